module
public import Lmx.Spec.Layer
@[expose] public section

namespace Lmx.Nets

/-- Two 3×3 convolutions of 32 filters, a max-pool, and a 512-512-10 head. -/
def mnistCnn : NetSpec where
  name := "mnist-cnn"
  input := [28, 28, 1]
  classes := 10
  layers := [
    .conv2d 32,
    .conv2d 32,
    .maxPool,
    .flatten,
    .dense 512,
    .dense 512,
    .dense 10 .identity]

end Lmx.Nets
end
