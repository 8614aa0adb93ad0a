module
public import Lmx.Spec.Layer
@[expose] public section

namespace Lmx.Nets

/-- Softmax regression on 28×28 images. -/
def mnistLinear : NetSpec where
  name := "mnist-linear"
  input := [28, 28, 1]
  classes := 10
  layers := [
    .flatten,
    .dense 10 .identity]

end Lmx.Nets
end
