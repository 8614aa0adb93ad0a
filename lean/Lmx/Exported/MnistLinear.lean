import Lean
import Lmx.Export.Net
import Lmx.Nets.MnistLinear
import Lmx.Theorems.Exported

/-! # `Lmx.Exported.mnistLinear` and `Lmx.Exported.mnistLinear_correct` -/

run_cmd LmxExport.net "mnistLinear" Lmx.Nets.mnistLinear
