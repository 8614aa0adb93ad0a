module
public import Lmx.Ad.Pullback
@[expose] public section

/-!
# The reverse pass

Reverse-mode differentiation as a transformation of programs: from the nodes of a program and the cotangent of one value it
emits nodes that compute the cotangents of all values. The emitted nodes are of the same language.
-/

namespace Lmx

/-- For each value, the value that holds its cotangent so far. -/
abbrev Cotangents := NatMap Var

/-- Adds a contribution to the cotangent of a value. -/
def accumulate (c : Cotangents) (v : Var) (d : Option Var) : Build Cotangents :=
  match d with
  | none => pure c
  | some d =>
    match c.find v.id with
    | none => pure (c.insert v.id d)
    | some e => do
      let sum ← add e d
      return c.insert v.id sum

/-- Adds a contribution to the cotangent of each value. -/
def accumulateAll (c : Cotangents) : List Var → List (Option Var) → Build Cotangents
  | v :: vs, d :: ds => do
    let c ← accumulate c v d
    accumulateAll c vs ds
  | _, _ => pure c

/-- Pulls the cotangent of a node's result back to its arguments. -/
def reverseNode (n : Node) (c : Cotangents) : Build Cotangents :=
  match c.find n.out.id with
  | none => pure c
  | some d => do
    let ds ← pullback n d
    accumulateAll c n.args ds

/-- Pulls cotangents back through nodes, the last one first. -/
def reverseNodes (c : Cotangents) : List Node → Build Cotangents
  | [] => pure c
  | n :: ns => do
    let c ← reverseNodes c ns
    reverseNode n c

/-- The cotangent of a value, zero if nothing depends on it. -/
def cotangentOf (c : Cotangents) (v : Var) : Build Var :=
  match c.find v.id with
  | some d => pure d
  | none => constant (.ofNat 0) v.shape

/-- Emits the gradient of the scalar `y`, which the nodes compute, with respect to the values `xs`. -/
def gradient (nodes : List Node) (y : Var) (xs : List Var) : Build (List Var) := do
  let one ← constant (.ofNat 1) y.shape
  let c ← reverseNodes (NatMap.leaf.insert y.id one) nodes
  buildMap (fun x => cotangentOf c x) xs

end Lmx
end
