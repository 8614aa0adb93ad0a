module
public import Lmx.Nets.DigitsMlp
public import Lmx.Nets.MnistCnn
public import Lmx.Nets.MnistLinear
public import Lmx.Nets.MnistMlp
@[expose] public section

/-!
# The nets that are exported

A new net is a file in this folder, an import above and a line below.
-/

namespace Lmx.Nets

/-- Each net, with the name of its declaration. -/
def all : List (String × NetSpec) := [
  ("digitsMlp", digitsMlp),
  ("mnistCnn", mnistCnn),
  ("mnistLinear", mnistLinear),
  ("mnistMlp", mnistMlp)]

end Lmx.Nets
end
