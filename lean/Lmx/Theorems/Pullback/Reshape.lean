module
public import Lmx.Theorems.Pullback.Linear
public import Lmx.Theorems.EmitShape
@[expose] public section

/-!
# The pullback of a change of shape

It is the change back. Main result: `pullsBack_reshape`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R}

/-- The sum over a tensor's elements, taken in the shape `t` of as many elements. -/
theorem tsum_reshape {s t : List Nat} (h : product s = product t) (f : Tensor R) :
    tsum s f = tsum t fun i => f (unravel s (ravel t i)) := by
  refine lsum_bij (nodup_indices _) (nodup_indices _) (fun i => unravel s (ravel t i)) (fun i => unravel t (ravel s i))
    (fun i hi => ?_) (fun i hi => ?_) f
  all_goals
    rw [mem_indices] at hi ⊢
    have h1 := unravel_ravel hi
    have h2 := ravel_unravel (k := ravel _ i) (t := _) (h ▸ h1.1)
    exact ⟨h2.1, by simp only [h2.2, h1.2]⟩

theorem Shape.coeff_pos_iff (sh : Shape) : 0 < sh.coeff ↔ sh.positive = true := by
  rw [Shape.positive_iff]
  induction sh with
  | nil => simp [Shape.coeff, map, foldr, product]
  | cons d sh ih =>
    have step : Shape.coeff (d :: sh) = d.coeff * Shape.coeff sh := rfl
    rw [step, List.forall_mem_cons, ← ih]
    exact ⟨fun h => ⟨Nat.pos_of_mul_pos_right h, Nat.pos_of_mul_pos_left h⟩, fun h => Nat.mul_pos h.1 h.2⟩

/-- The pullback of `reshape` is right. -/
theorem pullsBack_reshape {out x : Var} {sh : Shape} (h : (Op.reshape sh).infer [x.type] = some out.type) :
    PullsBack B e ⟨out, .reshape sh, [x]⟩ := by
  obtain ⟨xs, u, hx, hi, hout⟩ := Op.infer_one h nofun nofun
  obtain ⟨hu, rfl⟩ := guardSome_iff.1 hi
  rw [Bool.and_eq_true] at hu
  have hz : Shape.sameSize sh xs = true := by
    have := hu.1
    simp only [Shape.sameSize, Bool.and_eq_true, Nat.beq_eq] at this ⊢
    exact ⟨this.1.symm, this.2.symm⟩
  have hp : xs.positive = true := by
    have h1 := (Shape.coeff_pos_iff sh).2 hu.2
    simp only [Shape.sameSize, Bool.and_eq_true, Nat.beq_eq] at hz
    rw [hz.2] at h1
    exact (Shape.coeff_pos_iff xs).1 h1
  have hxs : x.shape = xs := congrArg TensorType.shape hx
  have hprod := product_of_sameSize hz B
  refine pullsBack_one hx hout (fun _ => rfl) (fun δ i => δ (unravel (extents B sh) (ravel (extents B xs) i)))
    (fun s d δ hδ => ?_) (fun v δ t => ?_)
  · rw [hxs]; exact spec_reshape hz hp hδ
  · rw [tdot, tsum_reshape hprod]
    refine tsum_congr fun i hi => ?_
    show δ _ * t (unravel (extents B xs) (ravel (extents B sh) _)) = _
    have h1 := unravel_ravel hi
    rw [(ravel_unravel (hprod ▸ h1.1)).2, h1.2]

end Lmx
end
