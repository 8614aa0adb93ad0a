import Lean
import Lmx.Export.Json
import Lmx.Export.Quote
import Lmx.Export.Canonical

/-!
# Certificates

Defines an exported graph as a closed term, has the kernel check what is claimed of it, and writes graph file and certificate:
`docs/certificate-format.md`.
-/

open Lean (Name Expr Environment)
open Lmx

namespace LmxCertificate

/-- The Lean that checks: its version and the commit that it was built from. -/
def toolchain : String := "Lean " ++ Lean.versionString

/-- What the exported programs do where the mathematics has no derivative. -/
def kinks : List String := [
  "max-pooling: the cotangent of a window goes to the first place, row by row, that attains its maximum",
  "ReLU: the derivative at 0 is 0"]

/-- An insertion into a sorted list. -/
def insertSorted (s : String) : List String → List String
  | [] => [s]
  | t :: l => if s < t then s :: t :: l else t :: insertSorted s l

/-- Texts in order. -/
def sorted (l : List String) : List String := foldr (fun s r => insertSorted s r) [] l

/-- The environment with a declaration that the kernel accepts. -/
def check (env : Environment) (name : Name) (d : Lean.Declaration) : Except String Environment :=
  match env.addDeclCore 0 d none with
  | .ok env => .ok env
  | .error _ => .error ("the kernel refuses " ++ LmxCanonical.nameText name)

/-- Adds the graph of a net as a definition `name`, and the theorem about it, which the kernel checks by evaluation. -/
def declare (env : Environment) (name theoremName spec : Name) (g : Graph) : Except String Environment :=
  match LmxQuote.graph spec g with
  | none => .error (g.spec.name ++ ": a structured op was left in an exported program")
  | some value =>
    let graph : Expr := .const name []
    match check env name (.defnDecl {
      name, levelParams := [], type := .const `Lmx.Graph [], value, hints := .abbrev, safety := .safe }) with
    | .error e => .error e
    | .ok env => check env theoremName (.thmDecl {
      name := theoremName, levelParams := []
      type := .app (.const `Lmx.Graph.WellFormed []) graph
      value := .app (.app (.const `Lmx.Graph.wellFormed_of_check []) graph)
        (.app (.app (.const `Eq.refl [.succ .zero]) (.const `Bool [])) (.const `Bool.true [])) })

/-- A theorem as a certificate lists it. -/
def theoremJson (name statement : String) (stated proved : LmxCanonical.Reached) : String :=
  Export.object [
    ("axioms", Export.array (map (fun a => Export.quote a) (sorted (map (fun a => LmxCanonical.nameText a) proved.axioms)))),
    ("name", Export.quote name),
    ("proof_sha256", Export.quote proved.sha256),
    ("statement", Export.quote statement),
    ("statement_sha256", Export.quote stated.sha256)]

/-- A certificate. -/
def certificate (name graphSha : String) (sources theorems : List String) (sealedCount : Nat) : String :=
  let before := [("axiom_closure", Export.object [("kind", Export.quote "project"), ("sealed", Export.nat sealedCount)])]
  let after := [
    ("format", Export.quote "lmx-cert"),
    ("graph", Export.object [("file", Export.quote (name ++ ".graph.json")), ("sha256", Export.quote graphSha)]),
    ("kinks", Export.array (map (fun k => Export.quote k) kinks)),
    ("name", Export.quote name),
    ("sources", Export.array sources),
    ("theorems", Export.array theorems),
    ("toolchain", Export.quote toolchain),
    ("version", Export.nat 1)]
  let digest := Sha256.ofString (Export.object (append before after))
  Export.object (append before (("digest", Export.quote digest) :: after))

mutual
/-- The Lean files below a folder. -/
partial def leanFiles (folder : System.FilePath) : IO (List String) := do
  let entries ← folder.readDir
  leanFilesFrom entries 0
/-- The Lean files of a folder's entries from a place on. -/
partial def leanFilesFrom (entries : Array IO.FS.DirEntry) (i : Nat) : IO (List String) := do
  if h : i < entries.size then
    let path := entries[i].path
    let rest ← leanFilesFrom entries (i + 1)
    if ← path.isDir then return append (← leanFiles path) rest
    else if path.toString.endsWith ".lean" then return path.toString :: rest
    else return rest
  else return []
end

/-- Source files with their hashes. -/
def sourcesJson : List String → IO (List String)
  | [] => pure []
  | f :: l => do
    let bytes ← IO.FS.readBinFile f
    let rest ← sourcesJson l
    return Export.object [("path", Export.quote ("lean/" ++ f)), ("sha256", Export.quote (Sha256.ofBytes bytes))] :: rest

/-- Writes graph file and certificate of each net. -/
def writeNets (env : Environment) (folder : String) (sources : List String) (cache : LmxCanonical.Cache) :
    List (String × NetSpec) → IO Unit
  | [] => pure ()
  | (decl, spec) :: nets => do
    match spec.resolve with
    | .error e => throw (IO.userError e)
    | .ok _ => pure ()
    let g := spec.graph
    let name := Name.str `Lmx.Exported decl
    let theoremName := Name.str `Lmx.Exported (decl ++ "_wellFormed")
    let env ← match declare env name theoremName (Name.str `Lmx.Nets decl) g with
      | .ok env => pure env
      | .error e => throw (IO.userError e)
    let text := Export.graph g
    let (stated, cache) := LmxCanonical.reachOf env theoremName false cache
    let (proved, cache) := LmxCanonical.reachOf env theoremName true cache
    let statement := "Lmx.Exported." ++ decl ++ ".WellFormed: the spec is valid; every exported program is in static single " ++
      "assignment form, of primitive ops, and every type is the one that its op's rule gives"
    let thm := theoremJson ("Lmx.Exported." ++ decl ++ "_wellFormed") statement stated proved
    IO.FS.writeFile (folder ++ "/" ++ spec.name ++ ".graph.json") text
    IO.FS.writeFile (folder ++ "/" ++ spec.name ++ ".cert.json")
      (certificate spec.name (Sha256.ofString text) sources [thm] proved.sealedCount)
    IO.println (spec.name ++ ": " ++ Nat.repr text.utf8ByteSize ++ " bytes")
    writeNets env folder sources cache nets

/-- Writes graph file and certificate of each net into the folder that `LMX_OUT` names, `../certificates` without it. -/
def exportNets (env : Environment) (nets : List (String × NetSpec)) : IO Unit := do
  let folder := match ← IO.getEnv "LMX_OUT" with
    | some folder => folder
    | none => "../certificates"
  let files ← leanFiles "Lmx"
  let sources ← sourcesJson (sorted files)
  writeNets env folder sources .leaf nets

end LmxCertificate
