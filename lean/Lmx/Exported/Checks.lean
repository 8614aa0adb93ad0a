import Lean
import Lmx.Export.Net
import Lmx.Export.SelfTest
import Lmx.Export.Vectors
import Lmx.Theorems.Exported

/-! # The exporter's self-test and the test vectors of the canonical serialisation -/

run_cmd do
  let env ← Lean.getEnv
  LmxSelfTest.run env
  LmxVectors.write env (← LmxExport.folder)
