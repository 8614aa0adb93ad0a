import Lean
import Lmx.Export.Certificate
import Lmx.Export.SelfTest
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
  LmxCertificate.exportNets env Nets.all
