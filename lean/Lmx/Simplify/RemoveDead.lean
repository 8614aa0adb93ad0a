module
public import Lmx.Ir.Program
@[expose] public section

/-!
# Removal of dead nodes

A node that no output depends on may go.
-/

namespace Lmx

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

/-- The program without the nodes that no output depends on. The others keep their numbers. -/
def Program.removeDead (p : Program) : Program :=
  ⟨p.inputs, (liveNodes (Live.insertAll .leaf (map (fun o => o.var) p.outputs)) p.nodes).1, p.outputs⟩

end Lmx
end
