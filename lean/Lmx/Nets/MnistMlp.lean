module
public import Lmx.Spec.Layer
@[expose] public section

namespace Lmx.Nets

/-- 784-512-512-10, with ReLU between. -/
def mnistMlp : NetSpec where
  name := "mnist-mlp"
  input := [28, 28, 1]
  classes := 10
  layers := [
    .flatten,
    .dense 512,
    .dense 512,
    .dense 10 .identity]

end Lmx.Nets
end
