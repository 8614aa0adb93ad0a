import Lean
import Lmx.Export.Net
import Lmx.Nets.DigitsMlp
import Lmx.Theorems.Exported

/-! # `Lmx.Exported.digitsMlp` and `Lmx.Exported.digitsMlp_correct` -/

run_cmd LmxExport.net "digitsMlp" Lmx.Nets.digitsMlp
