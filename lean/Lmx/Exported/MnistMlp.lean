import Lean
import Lmx.Export.Net
import Lmx.Nets.MnistMlp
import Lmx.Theorems.Exported

/-! # `Lmx.Exported.mnistMlp` and `Lmx.Exported.mnistMlp_correct` -/

run_cmd LmxExport.net "mnistMlp" Lmx.Nets.mnistMlp
