import Lean
import Lmx.Export.Certificate
import Lmx.Export.SelfTest
import Lmx.Export.Vectors
import Lmx.Nets.All
import Lmx.Theorems.Exported

/-!
# The exporter

Elaborating this file writes `certificates/`.
-/

open Lmx

run_cmd do
  let env ← Lean.getEnv
  LmxSelfTest.run env
  let folder ← LmxCertificate.folder
  LmxVectors.write env folder
  LmxCertificate.exportNets env folder Nets.all
