module
public import Lmx.Spec.Layer
@[expose] public section

namespace Lmx.Nets

/-- 64-32-10 on 8×8 images. -/
def digitsMlp : NetSpec where
  name := "digits-mlp"
  input := [8, 8, 1]
  classes := 10
  layers := [
    .flatten,
    .dense 32,
    .dense 10 .identity]

end Lmx.Nets
end
