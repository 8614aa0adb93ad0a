import Lean
import Lmx.Export.Net
import Lmx.Nets.MnistCnn
import Lmx.Theorems.Exported

/-! # `Lmx.Exported.mnistCnn` and `Lmx.Exported.mnistCnn_correct` -/

run_cmd LmxExport.net "mnistCnn" Lmx.Nets.mnistCnn
