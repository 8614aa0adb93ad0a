module
public import Lmx.Theorems.EmitDot
@[expose] public section

/-!
# The adjoint of a contraction

Paired with `δ`, a contraction of `x` and `y` is a sum of products `δ * x * y` over the batch, the rest of `x`, the rest of `y` and the
contracted dimensions. Taken in another order it is `x` paired with a contraction of `δ` and `y`, and `y` paired with one of `x` and `δ`.

Main results: `tdot_dotAt_left`, `tdot_dotAt_right`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {lb rb lc rc : List Nat} {sh sh' u : Shape}

/-- The multi-index of the first argument of a `dot`, of rank `n`, for indices of the batch, the rest and the contracted dimensions. -/
noncomputable abbrev dotLeft (n : Nat) (lb lc b l c : List Nat) : List Nat :=
    placeAt n (lb ++ (othersBelow n (lb ++ lc) ++ lc)) (b ++ (l ++ c))

/-- The multi-index of the second argument of a `dot`, of rank `n`, for indices of the batch, the contracted dimensions and the rest. -/
noncomputable abbrev dotRight (n : Nat) (rb rc b c r : List Nat) : List Nat :=
    placeAt n (rb ++ (rc ++ othersBelow n (rb ++ rc))) (b ++ (c ++ r))

/-- The pairing with a `dot`, as a sum of products. -/
theorem tdot_dotAt (ht : dotShape lb rb lc rc sh sh' = some u) (δ x y : Tensor R) :
    tdot (extents B u) δ (dotAt lb rb lc rc ⟨extents B sh, x⟩ ⟨extents B sh', y⟩) =
      tsum (pick (extents B sh) lb) fun b => tsum (pick (extents B sh) (othersBelow sh.length (lb ++ lc))) fun l =>
        tsum (pick (extents B sh') (othersBelow sh'.length (rb ++ rc))) fun r => tsum (pick (extents B sh) lc) fun c =>
          δ (b ++ (l ++ r)) * (x (dotLeft sh.length lb lc b l c) * y (dotRight sh'.length rb rc b c r)) := by
  obtain ⟨hf, rfl⟩ := dotShape_iff.1 ht
  rw [tdot, extents_append, extents_append, tsum_append]
  simp only [tsum_append, extents_pick]
  refine tsum_congr fun b hb => tsum_congr fun l hl => tsum_congr fun r _ => ?_
  rw [dotAt_append _ _ _ _ _ _ _ (length_of_inRange_pick hb) (by simpa only [length_extents] using length_of_inRange_pick hl), tsum_mul]
  simp only [length_extents]

/-- The adjoint in the first argument. -/
theorem tdot_dotAt_left (ht : dotShape lb rb lc rc sh sh' = some u) (δ x y : Tensor R) :
    tdot (extents B u) δ (dotAt lb rb lc rc ⟨extents B sh, x⟩ ⟨extents B sh', y⟩) =
      tdot (extents B sh) (fun i => tsum (pick (extents B sh') (othersBelow sh'.length (rb ++ rc))) fun r =>
        δ (pick i lb ++ (pick i (othersBelow sh.length (lb ++ lc)) ++ r)) * y (dotRight sh'.length rb rc (pick i lb) (pick i lc) r)) x := by
  have hc := (dotShape_iff.1 ht).1.covers_left
  have hc' : Covers (extents B sh).length (lb ++ (othersBelow sh.length (lb ++ lc) ++ lc)) := by rwa [length_extents]
  rw [tdot_dotAt ht]
  simp only [tsum_comm (pick (extents B sh') _)]
  rw [tsum_split₃ hc' fun b l c => tsum _ fun r => δ (b ++ (l ++ r)) *
    (x (dotLeft sh.length lb lc b l c) * y (dotRight sh'.length rb rc b c r))]
  refine tsum_congr fun i hi => ?_
  rw [← tsum_mul_right]
  refine tsum_congr fun r _ => ?_
  rw [dotLeft, ← pick_append, ← pick_append, placeAt_pick hc ((length_of_inRange hi).trans (length_extents ..))]
  grind

/-- The adjoint in the second argument. -/
theorem tdot_dotAt_right (ht : dotShape lb rb lc rc sh sh' = some u) (δ x y : Tensor R) :
    tdot (extents B u) δ (dotAt lb rb lc rc ⟨extents B sh, x⟩ ⟨extents B sh', y⟩) =
      tdot (extents B sh') (fun i => tsum (pick (extents B sh) (othersBelow sh.length (lb ++ lc))) fun l =>
        x (dotLeft sh.length lb lc (pick i rb) l (pick i rc)) * δ (pick i rb ++ (l ++ pick i (othersBelow sh'.length (rb ++ rc))))) y := by
  have hf := (dotShape_iff.1 ht).1
  have hc := hf.covers_right
  have hc' : Covers (extents B sh').length (rb ++ (rc ++ othersBelow sh'.length (rb ++ rc))) := by rwa [length_extents]
  rw [tdot_dotAt ht, ← extents_pick B sh lb, hf.batch, ← extents_pick B sh lc, hf.contract, extents_pick, extents_pick]
  -- The batch, the contracted dimensions, the rest of the second argument, then the rest of the first.
  simp only [tsum_comm (pick (extents B sh') (othersBelow sh'.length (rb ++ rc))) (pick (extents B sh') rc),
    tsum_comm (pick (extents B sh) _) (pick (extents B sh') _)]
  rw [tsum_split₃ hc' fun b c r => tsum _ fun l => δ (b ++ (l ++ r)) *
    (x (dotLeft sh.length lb lc b l c) * y (dotRight sh'.length rb rc b c r))]
  refine tsum_congr fun i hi => ?_
  rw [← tsum_mul_right]
  refine tsum_congr fun r _ => ?_
  rw [dotRight, ← pick_append, ← pick_append, placeAt_pick hc ((length_of_inRange hi).trans (length_extents ..))]
  grind

end Lmx
end
