module
public import Lmx.Calculus.Vjp
@[expose] public section

/-!
# Derivatives are unique

Main results: `HasD.unique`, and `HasVJPAt.unique`: a function has at most one vector-Jacobian product at a point, so two reverse passes
that are both correct agree.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] {ι κ : Type} [Idx ι] [Idx κ]

theorem norm_smul (c : R) (x : ι → R) : norm (c • x) = abs c * norm x := by
  rw [norm, norm, ← sum_mul]
  exact sum_congr fun i => abs_mul c (x i)

/-- A linear form that is little-o is zero. -/
theorem IsLin.eq_zero_of_smallO {ℓ : (ι → R) → R} (h : IsLin ℓ) (hs : SmallO ℓ) (v : ι → R) : ℓ v = 0 := by
  refine Classical.byContradiction fun hv => ?_
  have h1 : 0 < abs (ℓ v) := by grind [abs]
  have hp : 0 < norm v + 1 := by have := norm_nonneg v; grind
  obtain ⟨δ, hδ, H⟩ := hs (abs (ℓ v) / (2 * (norm v + 1))) (div_pos h1 (by grind))
  obtain ⟨t, ht⟩ : ∃ t, t = δ / (norm v + 1) := ⟨_, rfl⟩
  have ht0 : 0 < t := by rw [ht]; exact div_pos hδ hp
  have habs : abs t = t := by grind [abs]
  have e : t * (norm v + 1) = δ := by grind
  have h2 := H (t • v) (by rw [norm_smul, habs]; grind)
  have h3 := mul_pos ht0 h1
  rw [h.smul, abs_mul, norm_smul, habs] at h2
  -- `|ℓ v| t ≤ |ℓ v| t ‖v‖ / (2 (‖v‖ + 1))`, which is less than `|ℓ v| t`
  have h4 := OrderedRing.mul_le_mul_of_nonneg_right h2 (show 0 ≤ 2 * (norm v + 1) by grind)
  rw [show abs (ℓ v) / (2 * (norm v + 1)) * (t * norm v) * (2 * (norm v + 1)) = t * abs (ℓ v) * norm v by grind] at h4
  have h5 := mul_nonneg (show 0 ≤ t * abs (ℓ v) by grind) (norm_nonneg v)
  grind

theorem HasD.unique {f ℓ m : (ι → R) → R} {x : ι → R} (hℓ : HasD f ℓ x) (hm : HasD f m x) : ℓ = m := by
  funext v
  have h := (hℓ.lin.plus (hm.lin.mul_left (-1))).eq_zero_of_smallO (by
    rw [show (fun h => ℓ h + -1 * m h) = fun h => (f (x + h) - f x - m h) + -1 * (f (x + h) - f x - ℓ h) from
      funext fun h => by grind]
    exact hm.small.plus (hℓ.small.mul_left (-1))) v
  grind

/-- The vector-Jacobian product is unique. -/
theorem HasVJPAt.unique {f : (ι → R) → κ → R} {x : ι → R} {B C : (κ → R) → ι → R} (hB : HasVJPAt f x B) (hC : HasVJPAt f x C) :
    B = C := by
  obtain ⟨L, hL, hB⟩ := hasVJPAt_iff.1 hB
  obtain ⟨M, hM, hC⟩ := hasVJPAt_iff.1 hC
  funext dy i
  have e : L (basis i) = M (basis i) := funext fun j => congrFun ((hL j).unique (hM j)) (basis i)
  rw [← dot_basis (B dy), ← dot_basis (C dy), ← hB, ← hC, e]

end
end Lmx.Calculus
