import Lean
import Lmx.Export.Canonical
import Lmx.Export.Json

/-!
# Test vectors of the canonical serialisation

Written with every export, to `canonical-vectors.json`: declarations as plain trees, in which nothing is shared and every part of a name stands by itself, each with the text
and the hash that `LmxCanonical` gives it. A test of `lmx-cert` computes the same texts from the trees.
-/

open Lean (Name Level Expr ConstantInfo Environment)
open Lmx

namespace LmxVectors

/-- The components of a name, before others. -/
def components (rest : List String) : Name → List String
  | .anonymous => rest
  | .str p s => components (Export.quote s :: rest) p
  | .num p n => components (Export.nat n :: rest) p

/-- A name. -/
def name (n : Name) : String := Export.array (components [] n)

/-- A level. -/
def level (params : List Name) : Level → String
  | .zero => Export.array [Export.quote "0"]
  | .succ l => Export.array [Export.quote "S", level params l]
  | .max a b => Export.array [Export.quote "M", level params a, level params b]
  | .imax a b => Export.array [Export.quote "I", level params a, level params b]
  | .param n => Export.array [Export.quote "P", Export.nat (LmxCanonical.place n params)]
  | .mvar _ => "null"

/-- A term. -/
def tree (params : List Name) : Expr → String
  | .bvar i => Export.array [Export.quote "v", Export.nat i]
  | .sort l => Export.array [Export.quote "s", level params l]
  | .const n ls => Export.array [Export.quote "c", name n, Export.array (map (fun l => level params l) ls)]
  | .app f a => Export.array [Export.quote "a", tree params f, tree params a]
  | .lam _ t b _ => Export.array [Export.quote "l", tree params t, tree params b]
  | .forallE _ t b _ => Export.array [Export.quote "p", tree params t, tree params b]
  | .letE _ t v b _ => Export.array [Export.quote "z", tree params t, tree params v, tree params b]
  | .proj n i b => Export.array [Export.quote "j", name n, Export.nat i, tree params b]
  | .lit (.natVal n) => Export.array [Export.quote "n", Export.quote (Nat.repr n)]
  | .lit (.strVal s) => Export.array [Export.quote "t", Export.quote s]
  | .mdata _ e => tree params e
  | .fvar _ | .mvar _ => "null"

/-- A declaration with its text and its hash; proofs are left out. -/
def vector (c : ConstantInfo) : String :=
  let text := (LmxCanonical.declaration c false).1
  let params := c.toConstantVal.levelParams
  Export.object [
    ("kind", Export.quote (LmxCanonical.kind c)),
    ("name", name c.toConstantVal.name),
    ("params", Export.nat (length params)),
    ("roots", Export.array (map (fun e => tree params e) (LmxCanonical.terms c false))),
    ("sha256", Export.quote (Sha256.ofString text)),
    ("text", Export.quote text)]

/-- A definition. -/
def define (n : Name) (levelParams : List Name) (type value : Expr) : ConstantInfo :=
  .defnInfo { name := n, levelParams, type, value, hints := .abbrev, safety := .safe }

/-- The type of numbers. -/
def natType : Expr := .const `Nat []
/-- A number. -/
def nat (n : Nat) : Expr := .lit (.natVal n)
/-- The identity on numbers, with a binder of some name. -/
def identity (binder : Name) : Expr := .lam binder natType (.bvar 0) .default

/-- Declarations made for the purpose; they need not type. -/
def made : List ConstantInfo := [
  -- Levels, binders, and a parameter that is not the first.
  define `Lmx.Vectors.levels [`u, `v]
    (.forallE `α (.sort (.succ (.param `v))) (.sort (.max (.succ (.param `u)) (.imax (.param `v) .zero))) .implicit)
    (.lam `α (.sort (.succ (.param `v))) (.const `List [.param `v, .succ (.succ .zero)]) .instImplicit),
  -- Binder names and annotations do not count: what differs in them alone is one subterm.
  define `Lmx.Vectors.shared [] natType
    (.app (.app (.app (.const `f []) (identity `x)) (identity `y))
      (.app (.app (.const `g []) (.mdata {} (identity `x))) (.app (.mdata {} (.const `g [])) (identity `z)))),
  -- Literals.
  define `Lmx.Vectors.literals [] (.const `String [])
    (.app (.app (.lit (.strVal "")) (.lit (.strVal "two\nlines, \"quoted\" \\ ∀ 𝔽\t"))) (.app (nat 0) (nat 1180591620717411303424))),
  -- A `let` and a projection.
  define `Lmx.Vectors.letProj [] natType
    (.letE `p (.const `Pair []) (.app (.const `mk []) (nat 7)) (.proj `Pair 1 (.bvar 0)) false),
  -- Names: numbers, digits, dots, spaces, percent signs, nothing.
  define (.str (.num (.str (.str .anonymous "_private") "Lmx") 0) "x") [] natType
    (.app (.app (.const (.str (.str .anonymous "a.b") "1c2") []) (.const (.num (.str .anonymous "a") 12) []))
      (.app (.const (.str (.str .anonymous "a") "12") []) (.const (.str (.str .anonymous "50% of\n") "") []))),
  .axiomInfo { name := `Lmx.Vectors.«ünï», levelParams := [], type := .sort .zero, isUnsafe := false },
  .thmInfo { name := `Lmx.Vectors.unproved, levelParams := [`u], type := .sort (.param `u), value := nat 0 }]

/-- Declarations of the project. -/
def real : List Name := [`Lmx.Dim, `Lmx.Dim.fixed, `Lmx.Dim.rec, `Lmx.Shape, `Lmx.windowCount, `Lmx.Graph.wellFormed_of_check]

/-- The declarations that there are. -/
def found (env : Environment) : List Name → List ConstantInfo
  | [] => []
  | n :: l =>
    match env.find? n with
    | some c => c :: found env l
    | none => found env l

/-- Theorems, with and without their proofs, that reach what is written above and more. -/
def theorems : List (Name × Bool) := [(`Lmx.Graph.wellFormed_of_check, false), (`Lmx.map_eq, true)]

/-- What a theorem reaches. -/
def theoremVector (env : Environment) (t : Name × Bool) : String :=
  let reached := (LmxCanonical.reachOf env t.1 t.2 .leaf).1
  Export.object [
    ("declarations", Export.nat (length reached.project)),
    ("name", name t.1),
    ("proofs", Export.bool t.2),
    ("sha256", Export.quote reached.sha256)]

/-- Writes the file. -/
def write (env : Environment) (folder : String) : IO Unit := do
  let declarations := found env real
  if Nat.beq (length declarations) (length real) then
    IO.FS.writeFile (folder ++ "/canonical-vectors.json") (Export.object [
      ("format", Export.quote "lmx-canonical-vectors"),
      ("theorems", Export.array (map (fun t => theoremVector env t) theorems)),
      ("vectors", Export.array (map (fun c => vector c) (append made declarations))),
      ("version", Export.nat 2)])
  else throw (IO.userError "test vectors: a declaration is not there")

end LmxVectors
