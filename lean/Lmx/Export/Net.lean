import Lean
import Lmx.Export.Declare
import Lmx.Export.Json

/-!
# Exporting a net

`LmxExport.net` declares a net's graph with the theorem about it and writes the graph file. The certificate is made of the compiled declarations.
-/

open Lean (Name)
open Lmx

namespace LmxExport

/-- The folder that `LMX_OUT` names, `../certificates` without it. -/
def folder : IO String := do
  match ← IO.getEnv "LMX_OUT" with
  | some folder => return folder
  | none => return "../certificates"

/-- Declares `Lmx.Exported.NAME` and `Lmx.Exported.NAME_correct` and writes the graph file, for the net that is declared as `Lmx.Nets.NAME`. -/
def net (name : String) (spec : NetSpec) : Lean.Elab.Command.CommandElabM Unit := do
  match spec.resolve with
  | .error e => throw (.error .missing (.ofFormat (.text e)))
  | .ok _ => pure ()
  let declared := Name.str `Lmx.Nets name
  let programs := LmxDeclare.programs (.const declared []) spec
  let g := LmxDeclare.graphOf spec programs
  let env ← Lean.getEnv
  match LmxDeclare.graph (Name.str `Lmx.Exported name) (Name.str `Lmx.Exported (name ++ "_correct")) declared programs g env with
  | .error e => throw (.error .missing (.ofFormat (.text (spec.name ++ ": " ++ e))))
  | .ok env => Lean.setEnv env
  let folder ← folder
  IO.FS.writeFile (folder ++ "/" ++ spec.name ++ ".graph.json") (Export.graph g)

end LmxExport
