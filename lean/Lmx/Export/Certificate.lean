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

/-- Adds the graph of a net as a definition `name`, whose spec the kernel finds to be the declared one, and the theorem about it, which the
kernel checks by evaluation. -/
def declare (env : Environment) (name theoremName spec : Name) (g : Graph) : Except String Environment :=
  match LmxQuote.graph g with
  | none => .error (g.spec.name ++ ": a structured op was left in an exported program")
  | some value =>
    let graph : Expr := .const name []
    let specType : Expr := .const `Lmx.NetSpec []
    let declared : Expr := .const spec []
    match check env name (.defnDecl {
      name, levelParams := [], type := .const `Lmx.Graph [], value, hints := .abbrev, safety := .safe }) with
    | .error e => .error e
    | .ok env =>
      let specName := Name.str name "spec_eq"
      match check env specName (.thmDecl {
        name := specName, levelParams := []
        type := .app (.app (.app (.const `Eq [.succ .zero]) specType) (.app (.const `Lmx.Graph.spec []) graph)) declared
        value := .app (.app (.const `Eq.refl [.succ .zero]) specType) declared }) with
      | .error e => .error e
      | .ok env => check env theoremName (.thmDecl {
        name := theoremName, levelParams := []
        type := .app (.const `Lmx.Graph.WellFormed []) graph
        value := .app (.app (.const `Lmx.Graph.wellFormed_of_check []) graph)
          (.app (.app (.const `Eq.refl [.succ .zero]) (.const `Bool [])) (.const `Bool.true [])) })

/-- A theorem as a certificate lists it. -/
def theoremJson (name statement term : String) (stated proved : LmxCanonical.Reached) : String :=
  Export.object [
    ("axioms", Export.array (map (fun a => Export.quote a) (sorted (map (fun a => LmxCanonical.nameText a) proved.axioms)))),
    ("declarations", Export.array (map (fun d => Export.quote d) stated.declarations)),
    ("name", Export.quote name),
    ("proof_sha256", Export.quote proved.sha256),
    ("statement", Export.quote statement),
    ("statement_sha256", Export.quote stated.sha256),
    ("statement_term", Export.quote term)]

/-- A certificate. -/
def certificate (name graphSha constant termSha : String) (sources theorems : List String) (sealedCount : Nat) : String :=
  let before := [("axiom_closure", Export.object [("kind", Export.quote "project"), ("sealed", Export.nat sealedCount)])]
  let after := [
    ("format", Export.quote "lmx-cert"),
    ("graph", Export.object [("file", Export.quote (name ++ ".graph.json")), ("sha256", Export.quote graphSha)]),
    ("kinks", Export.array (map (fun k => Export.quote k) kinks)),
    ("name", Export.quote name),
    ("sources", Export.array sources),
    ("term", Export.object [
      ("constant", Export.quote constant), ("file", Export.quote (name ++ ".term")), ("sha256", Export.quote termSha)]),
    ("theorems", Export.array theorems),
    ("toolchain", Export.quote toolchain),
    ("version", Export.nat 2)]
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

/-- The text of a declaration that was just added. -/
def textOf (env : Environment) (n : Name) : IO String :=
  match LmxCanonical.textOf env n with
  | some text => pure text
  | none => throw (IO.userError (LmxCanonical.nameText n ++ ": no such declaration"))

/-- Writes graph file, term and certificate of each net. -/
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
    let term ← textOf env name
    let (stated, cache) := LmxCanonical.reachOf env theoremName false cache
    let (proved, cache) := LmxCanonical.reachOf env theoremName true cache
    let statement := "Lmx.Exported." ++ decl ++ ".WellFormed: the spec is valid; every exported program is in static single " ++
      "assignment form, of primitive ops, and every type is the one that its op's rule gives"
    let thm := theoremJson (LmxCanonical.nameText theoremName) statement (← textOf env theoremName) stated proved
    IO.FS.writeFile (folder ++ "/" ++ spec.name ++ ".graph.json") text
    IO.FS.writeFile (folder ++ "/" ++ spec.name ++ ".term") term
    IO.FS.writeFile (folder ++ "/" ++ spec.name ++ ".cert.json")
      (certificate spec.name (Sha256.ofString text) (LmxCanonical.nameText name) (Sha256.ofString term) sources [thm]
        proved.sealedCount)
    IO.println (spec.name ++ ": " ++ Nat.repr text.utf8ByteSize ++ " bytes, term " ++ Nat.repr term.utf8ByteSize)
    writeNets env folder sources cache nets

/-- The folder that `LMX_OUT` names, `../certificates` without it. -/
def folder : IO String := do
  match ← IO.getEnv "LMX_OUT" with
  | some folder => return folder
  | none => return "../certificates"

/-- Writes graph file, term and certificate of each net into the folder. -/
def exportNets (env : Environment) (folder : String) (nets : List (String × NetSpec)) : IO Unit := do
  let files ← leanFiles "Lmx"
  let sources ← sourcesJson (sorted files)
  writeNets env folder sources .leaf nets

end LmxCertificate
