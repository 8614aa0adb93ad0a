import Lean
import Lmx.Basic.List
import Lmx.Export.Sha256

/-!
# Canonical serialisation of statements and proofs

A declaration as lines of text, one for each distinct subterm in order of completion, so that a shared subterm is written once; binder names and
annotations do not appear. `docs/certificate-format.md` describes the lines, and `lmx-cert` reads and writes the same ones. A declaration is
hashed on its own; the hash of a theorem is over the names and hashes of the project's declarations that it reaches, in order of first use.
-/

open Lean (Name Level Expr ConstantInfo Environment)
open Lmx

namespace LmxCanonical

/-- Is a character of a name written as `%` and two hexadecimal digits? -/
def escaped (c : Char) : Bool :=
  let n := c.toNat
  Nat.ble n 32 || Nat.beq n 37 || Nat.beq n 46 || Nat.beq n 127

/-- Is a character a digit, which only a number begins with? -/
def isDigit (c : Char) : Bool := Nat.ble 48 c.toNat && Nat.ble c.toNat 57

/-- A character of a name. -/
def nameChar (escape : Bool) (c : Char) : String := cond escape ("%" ++ Sha256.hex c.toNat 2) (String.singleton c)

/-- A component of a name. -/
def component (s : String) : String :=
  match s.toList with
  | [] => "%"
  | c :: l =>
    if escaped c || isDigit c || any (fun d => escaped d) l then
      foldl (fun t d => t ++ nameChar (escaped d) d) (nameChar (escaped c || isDigit c) c) l
    else s

/-- The text of a name: its components, with dots between. -/
def nameText : Name → String
  | .anonymous => ""
  | .str .anonymous s => component s
  | .num .anonymous n => Nat.repr n
  | .str p s => nameText p ++ "." ++ component s
  | .num p n => nameText p ++ "." ++ Nat.repr n

/-- Is the declaration the project's? All others are the core library's. -/
def isProject : Name → Bool
  | .anonymous => false
  | .str .anonymous s => s == "Lmx"
  | .str (.str .anonymous t) s => t == "Lmx" || (t == "_private" && s == "Lmx")
  | .str p _ => isProject p
  | .num p _ => isProject p

/-- The place of a name in a list. -/
def place (n : Name) : List Name → Nat
  | [] => 0
  | m :: l => cond (n == m) 0 (place n l + 1)

/-- A universe level; parameters by their place. -/
def level (params : List Name) : Level → String
  | .zero => "0"
  | .succ l => "S(" ++ level params l ++ ")"
  | .max a b => "M(" ++ level params a ++ "," ++ level params b ++ ")"
  | .imax a b => "I(" ++ level params a ++ "," ++ level params b ++ ")"
  | .param n => "P" ++ Nat.repr (place n params)
  | .mvar _ => "?"

/-- The lines written, the numbers of the lines and of subterms (by their hashes), and the declarations used, last first. -/
structure Writer where
  /-- Lines, each with its line feed. -/
  text : String
  /-- How many. -/
  count : Nat
  /-- Lines and their numbers, by hash. -/
  lines : NatMap (List (String × Nat))
  /-- Subterms and their numbers, by hash: what is found here need not be descended into. -/
  numbers : NatMap (List (Expr × Nat))
  /-- Declarations used, last first. -/
  used : List Name

/-- The number of a subterm among those with its hash. -/
def findExpr (e : Expr) : List (Expr × Nat) → Option Nat
  | [] => none
  | (d, n) :: l => cond (d == e) (some n) (findExpr e l)

/-- The number of a line among those with its hash. -/
def findLine (s : String) : List (String × Nat) → Option Nat
  | [] => none
  | (t, n) :: l => cond (t == s) (some n) (findLine s l)

/-- The terms with a hash. -/
def Writer.bucket (w : Writer) (h : Nat) : List (Expr × Nat) :=
  match w.numbers.find h with
  | some l => l
  | none => []

/-- The lines with a hash. -/
def Writer.lineBucket (w : Writer) (h : Nat) : List (String × Nat) :=
  match w.lines.find h with
  | some l => l
  | none => []

/-- The key of a hash: a declaration has some thousands of subterms, and a look-up takes as many steps as a key has bits. -/
def key (h : UInt64) : Nat := h.toNat % 16384

/-- Writes the line of a subterm, unless it stands there already: subterms may differ in what is not written. -/
def Writer.line (w : Writer) (e : Expr) (s : String) : Nat × Writer :=
  let h := key e.hash
  let k := key (String.hash s)
  match findLine s (w.lineBucket k) with
  | some n => (n, { w with numbers := w.numbers.insert h ((e, n) :: w.bucket h) })
  | none =>
    (w.count, { w with
      text := w.text ++ s ++ "\n", count := w.count + 1
      lines := w.lines.insert k ((s, w.count) :: w.lineBucket k)
      numbers := w.numbers.insert h ((e, w.count) :: w.bucket h) })

/-- Notes a declaration as used. -/
def Writer.use (w : Writer) (n : Name) : Writer := { w with used := n :: w.used }

/-- Writes a term, if it was not written before; returns its number. -/
partial def write (params : List Name) (e : Expr) (w : Writer) : Nat × Writer :=
  match e with
  | .mdata _ e => write params e w
  | _ =>
    match findExpr e (w.bucket (key e.hash)) with
    | some n => (n, w)
    | none =>
      let two (s : String) (a b : Expr) : Nat × Writer :=
        let (i, w) := write params a w
        let (j, w) := write params b w
        w.line e (s ++ " " ++ Nat.repr i ++ " " ++ Nat.repr j)
      match e with
      | .bvar i => w.line e ("v " ++ Nat.repr i)
      | .sort l => w.line e ("s " ++ level params l)
      | .const n ls => (w.use n).line e ("c " ++ nameText n ++ foldr (fun l r => " " ++ level params l ++ r) "" ls)
      | .app f a => two "a" f a
      | .lam _ t b _ => two "l" t b
      | .forallE _ t b _ => two "p" t b
      | .letE _ t v b _ =>
        let (i, w) := write params t w
        let (j, w) := write params v w
        let (k, w) := write params b w
        w.line e ("z " ++ Nat.repr i ++ " " ++ Nat.repr j ++ " " ++ Nat.repr k)
      | .proj n i b =>
        let (j, w) := write params b w
        (w.use n).line e ("j " ++ nameText n ++ " " ++ Nat.repr i ++ " " ++ Nat.repr j)
      | .lit (.natVal n) => w.line e ("n " ++ Nat.repr n)
      | .lit (.strVal s) => w.line e ("t " ++ Nat.repr s.utf8ByteSize ++ " " ++ s)
      | .mdata _ _ | .fvar _ | .mvar _ => w.line e "?"

/-- The kind of a declaration. -/
def kind : ConstantInfo → String
  | .axiomInfo _ => "axiom" | .defnInfo _ => "def" | .thmInfo _ => "theorem" | .opaqueInfo _ => "opaque"
  | .quotInfo _ => "quot" | .inductInfo _ => "inductive" | .ctorInfo _ => "constructor" | .recInfo _ => "recursor"

/-- The terms of a declaration: its type, and its value unless that is a proof and proofs are left out. -/
def terms (c : ConstantInfo) (proofs : Bool) : List Expr :=
  match c with
  | .defnInfo d => [d.type, d.value]
  | .opaqueInfo d => [d.type, d.value]
  | .thmInfo d => cond proofs [d.type, d.value] [d.type]
  | .axiomInfo d => [d.type]
  | .quotInfo d => [d.type]
  | .inductInfo d => [d.type]
  | .ctorInfo d => [d.type]
  | .recInfo d => [d.type]

/-- Declarations that come with one. -/
def companions : ConstantInfo → List Name
  | .inductInfo i => i.ctors
  | .ctorInfo i => [i.induct]
  | .recInfo r => r.all
  | _ => []

/-- The text of a declaration, and the declarations that it uses in order of first use. -/
def declaration (c : ConstantInfo) (proofs : Bool) : String × List Name :=
  let params := c.toConstantVal.levelParams
  let (roots, w) := foldl (fun (acc : String × Writer) e =>
    let (n, w) := write params e acc.2
    (acc.1 ++ " " ++ Nat.repr n, w)) ("", ⟨"", 0, .leaf, .leaf, []⟩) (terms c proofs)
  (kind c ++ " " ++ nameText c.toConstantVal.name ++ " " ++ Nat.repr (length params) ++ "\n" ++ w.text ++ "r" ++ roots ++ "\n",
    append (reverse w.used) (companions c))

/-- What is kept of a declaration. -/
structure Hashed where
  /-- Its name. -/
  name : Name
  /-- Whether its proof counts. -/
  proofs : Bool
  /-- Its hash. -/
  sha256 : String
  /-- The declarations that it uses. -/
  uses : List Name

/-- Hashes of declarations, by the names' hashes, kept between theorems. -/
abbrev Cache := NatMap (List Hashed)

/-- The entry of a declaration. -/
def findHashed (n : Name) (proofs : Bool) : List Hashed → Option Hashed
  | [] => none
  | h :: l => cond (h.name == n && h.proofs == proofs) (some h) (findHashed n proofs l)

/-- The hash of a declaration and what it uses. -/
def hashed (c : ConstantInfo) (proofs : Bool) (cache : Cache) : Hashed × Cache :=
  let n := c.toConstantVal.name
  let k := key n.hash
  let bucket := match cache.find k with | some l => l | none => []
  match findHashed n proofs bucket with
  | some h => (h, cache)
  | none =>
    let (text, uses) := declaration c proofs
    let h : Hashed := ⟨n, proofs, Sha256.ofString text, uses⟩
    (h, cache.insert k (h :: bucket))

/-- What a theorem reaches. -/
structure Reached where
  /-- The project's declarations in order of first use, each with its hash; last first while it grows. -/
  project : List (Name × String)
  /-- How many theorems of the core library, which are not followed. -/
  sealedCount : Nat
  /-- Axioms. -/
  axioms : List Name

/-- The axioms that a core library can declare; any other axiom there is a theorem whose proof was not shipped. -/
def coreAxioms : List Name :=
  [`propext, `Quot.sound, `Classical.choice, `sorryAx, `Lean.ofReduceBool, `Lean.ofReduceNat, `Lean.trustCompiler]

/-- Is the name in the list? -/
def hasName (n : Name) (l : List Name) : Bool := any (fun m => m == n) l

/-- Follows declarations to the core library. -/
partial def reach (env : Environment) (proofs : Bool) (todo : List Name) (seen : NatMap (List Name)) (r : Reached) (cache : Cache) :
    Reached × Cache :=
  match todo with
  | [] => ({ r with project := reverse r.project }, cache)
  | n :: rest =>
    let k := key n.hash
    let bucket := match seen.find k with | some l => l | none => []
    if hasName n bucket then reach env proofs rest seen r cache
    else
      let seen := seen.insert k (n :: bucket)
      match env.find? n with
      | none => reach env proofs rest seen { r with axioms := n :: r.axioms } cache
      | some c =>
        let isAxiom := match c with | .axiomInfo _ => true | _ => false
        let isTheorem := match c with | .thmInfo _ => true | _ => false
        if isProject n then
          let (h, cache) := hashed c proofs cache
          let r := { r with project := (n, h.sha256) :: r.project, axioms := cond isAxiom (n :: r.axioms) r.axioms }
          reach env proofs (append h.uses rest) seen r cache
        else if hasName n coreAxioms then reach env proofs rest seen { r with axioms := n :: r.axioms } cache
        else if isAxiom || isTheorem then reach env proofs rest seen { r with sealedCount := r.sealedCount + 1 } cache
        else reach env proofs rest seen r cache

/-- Follows a theorem; with its proof, or only its statement. -/
def reachOf (env : Environment) (n : Name) (proofs : Bool) (cache : Cache) : Reached × Cache :=
  reach env proofs [n] .leaf ⟨[], 0, []⟩ cache

/-- Name and hash of each of the project's declarations reached. -/
def Reached.declarations (r : Reached) : List String := map (fun p => nameText p.1 ++ " " ++ p.2) r.project

/-- The hash of what a theorem reaches. -/
def Reached.sha256 (r : Reached) : String :=
  Sha256.ofString (foldl (fun s line => s ++ line ++ "\n") "" r.declarations)

/-- The text of a declaration of the environment, without proofs. -/
def textOf (env : Environment) (n : Name) : Option String :=
  match env.find? n with
  | some c => some (declaration c false).1
  | none => none

end LmxCanonical
