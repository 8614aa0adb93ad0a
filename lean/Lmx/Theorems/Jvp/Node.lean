module
public import Lmx.Theorems.Jvp.Op
public import Lmx.Theorems.Jvp.Pool
public import Lmx.Theorems.Jvp.LogSoftmax
@[expose] public section

/-!
# The derivative of a node and of a run of nodes

Main definition: `tangentRun`, the forward-mode derivative of a list of nodes.

Main results: `Node.hasD_value`, the derivative of a node's value is `Node.jvp`, where the node is smooth;
`run_tangent`, the derivative of a run is `tangentRun`, where every node is smooth when it is reached. Nothing is
claimed where a node is not smooth.
-/

namespace Lmx
open Calculus

noncomputable section
variable {ι : Type} [Idx ι] {R : Type} [RealOps R] {B : Nat} {G D : (ι → R) → Env R} {θ : ι → R}

/-- The derivative of an element of an op's result is the op's Jacobian-vector product, where the op is smooth. -/
theorem Op.hasD_eval (hG : Tangent G D θ) {s i : List Nat} (hi : inRange s i = true) (op : Op) (vs : List Var)
    (hs : op.Smooth B s G θ vs) :
    HasD (fun θ => op.eval B (vs.map (Var.read B (G θ))) i)
      (fun h => op.jvp B (vs.map (Var.read B (G θ))) (vs.map (Var.read B (D h))) i) θ := by
  -- On a wrong number of arguments an op is zero.
  cases op <;> rcases vs with _ | ⟨v, _ | ⟨w, _ | _⟩⟩ <;> try first | exact hs.elim | exact HasD.const 0 θ
  case unary.cons.nil u => exact Unary.hasD_eval u (hG v.id i) (by rintro (rfl | rfl) <;> exact hs i hi)
  case binary.cons.cons.nil u =>
    exact Binary.hasD_eval u (hG v.id i) (hG w.id i) (by rintro rfl; exact hs i hi) (by rintro rfl; exact hs i hi)
  case broadcast.cons.nil | reshape.cons.nil | transpose.cons.nil | slice.cons.nil =>
    simp only [Op.eval, Op.jvp, List.map_cons, List.map_nil, Var.read]; exact hG v.id _
  case pad.cons.nil =>
    simp only [Op.eval, Op.jvp, List.map_cons, List.map_nil, Var.read]; split
    · exact hG v.id _
    · rw [Literal.value_zero]; exact HasD.const _ θ
  case dot.cons.cons.nil => exact hasD_dotAt _ _ _ _ _ _ i (hG v.id) (hG w.id)
  case reduceSum.cons.nil =>
    simp only [Op.eval, Op.jvp, List.map_cons, List.map_nil, Var.read, tsum]; exact HasD.lsum _ fun c => hG v.id _
  case conv.cons.cons.nil => exact hasD_convAt _ i (hG v.id) (hG w.id)
  case maxPool.cons.nil p =>
    match i, hi with
    | [b, oh, ow, c], hi => exact hasD_maxPoolAt p (hG v.id) (hs b oh ow c hi)
    | [], _ | [_], _ | [_, _], _ | [_, _, _], _ | _ :: _ :: _ :: _ :: _ :: _, _ => exact HasD.const 0 θ
  case logSoftmax.cons.nil =>
    match i with
    | [b, k] => exact hasD_logSoftmaxAt hs (hG v.id) b k
    | [] | [_] | _ :: _ :: _ :: _ => exact HasD.const 0 θ
  all_goals first | exact hasD_concatAt B _ hG _ i | exact HasD.const _ θ

/-- The derivative of a node's value, where the node is smooth. -/
theorem Node.hasD_value {n : Node} (hG : Tangent G D θ) (hs : n.Smooth B G θ) :
    ∀ i, HasD (fun θ => n.value B (G θ) i) (fun h => n.jvp B (G θ) (D h) i) θ := fun i =>
  hasD_clip _ i fun hi => Op.hasD_eval hG hi n.op n.args hs

/-- The tangents after a run of nodes, from the tangents `d` of the environment `e` before it: the forward mode. -/
def tangentRun (B : Nat) : Env R → Env R → List Node → Env R
  | _, d, [] => d
  | e, d, n :: ns => tangentRun B (n.step B e) (d.set n.out.id (n.jvp B e d)) ns

/-- The derivative of a run, where every node is smooth when it is reached. -/
theorem run_tangent {ns : List Node} (hG : Tangent G D θ) (hs : SmoothRun B G θ ns) :
    Tangent (fun θ => run B (G θ) ns) (fun h => tangentRun B (G θ) (D h) ns) θ := by
  induction ns generalizing G D with
  | nil => exact hG
  | cons n ns ih =>
    refine ih (fun k i => ?_) hs.2
    simp only [Node.step, Env.set]; split
    · exact n.hasD_value hG hs.1 i
    · exact hG k i

end
end Lmx
