module
public import Lmx.Ir.Program
@[expose] public section

/-!
# Sharing of equal nodes

An op is a function of its arguments, so that one node can stand for all that are equal to it.
-/

namespace Lmx

/-- The nodes kept so far, by one more than the number of their first argument (0 for none), so that a look-up compares few. -/
abbrev Seen := NatMap (List Node)

/-- Where a node stands in `Seen`. -/
def seenKey : List Var → Nat
  | [] => 0
  | v :: _ => v.id + 1

/-- Are the arguments the same values? -/
def sameArgs (a b : List Var) : Bool := listBeq (fun v w => Nat.beq v.id w.id) a b

/-- The result of a node with this op and these arguments. -/
def findNode (op : Op) (args : List Var) : List Node → Option Var
  | [] => none
  | n :: ns => cond (sameArgs n.args args && n.op.beq op) (some n.out) (findNode op args ns)

/-- The nodes seen at a key. -/
def Seen.at (s : Seen) (k : Nat) : List Node :=
  match s.find k with
  | some l => l
  | none => []

/-- Copies nodes; one that equals an earlier one is replaced by it. -/
def shareNodes (seen : Seen) (r : Renaming) : List Node → Build Renaming
  | [] => pure r
  | n :: ns =>
    let args := map (fun v => r.apply v) n.args
    let key := seenKey args
    match findNode n.op args (seen.at key) with
    | some v => shareNodes seen (r.insert n.out.id v) ns
    | none => do
      let v ← emitTyped n.op args n.out.type
      shareNodes (seen.insert key (⟨v, n.op, args⟩ :: seen.at key)) (r.insert n.out.id v) ns

/-- The program with equal nodes shared. -/
def Program.share (p : Program) : Program :=
  match shareNodes .leaf .leaf p.nodes ⟨[], length p.inputs⟩ with
  | (r, code) => ⟨p.inputs, reverse code.nodes, map (fun o => o.rename r) p.outputs⟩

end Lmx
end
