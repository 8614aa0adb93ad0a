module
public import Lmx.Ir.Program
@[expose] public section

/-!
# Sharing of equal nodes, and removal of dead ones

Neither changes what a program's outputs mean: an op is a function of its arguments, and a value that no output depends on may go.
-/

namespace Lmx

/-! ### Sharing -/

/-- The nodes kept so far, by the number of their first argument (0 for none), so that a look-up compares few. -/
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
      let v ← emit n.op args
      shareNodes (seen.insert key (⟨v, n.op, args⟩ :: seen.at key)) (r.insert n.out.id v) ns

/-- The program with equal nodes shared. -/
def Program.share (p : Program) : Program :=
  match shareNodes .leaf .leaf p.nodes ⟨[], length p.inputs⟩ with
  | (r, code) => ⟨p.inputs, reverse code.nodes, map (fun o => o.rename r) p.outputs⟩

/-! ### Removal -/

/-- A set of values. -/
abbrev Live := NatMap Unit

/-- The set with more values. -/
def Live.insertAll (s : Live) (vs : List Var) : Live := foldl (fun s v => NatMap.insert s v.id ()) s vs

/-- Is the value in the set? -/
def Live.has (s : Live) (v : Var) : Bool :=
  match NatMap.find s v.id with
  | some _ => true
  | none => false

/-- The nodes that live values need, and the values that those need in turn. -/
def liveNodes (live : Live) : List Node → List Node × Live
  | [] => ([], live)
  | n :: ns =>
    match liveNodes live ns with
    | (kept, live) => cond (live.has n.out) (n :: kept, live.insertAll n.args) (kept, live)

/-- Copies nodes with new numbers. -/
def copyNodes (r : Renaming) : List Node → Build Renaming
  | [] => pure r
  | n :: ns => do
    let v ← emit n.op (map (fun v => r.apply v) n.args)
    copyNodes (r.insert n.out.id v) ns

/-- The program without the nodes that no output depends on, numbered anew. -/
def Program.removeDead (p : Program) : Program :=
  match copyNodes .leaf (liveNodes (Live.insertAll .leaf (map (fun o => o.var) p.outputs)) p.nodes).1 ⟨[], length p.inputs⟩ with
  | (r, code) => ⟨p.inputs, reverse code.nodes, map (fun o => o.rename r) p.outputs⟩

/-- Both. -/
def Program.simplify (p : Program) : Program := p.share.removeDead

end Lmx
end
