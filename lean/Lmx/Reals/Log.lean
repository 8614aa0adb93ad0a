module
public import Lmx.Reals.Exp
public import Lmx.Calculus.RealOps
@[expose] public section

/-!
# Logarithm and square root from least upper bounds

Main results: `exists_log`, every positive number has a logarithm; `realOpsOfSups`, an ordered field with least upper bounds is a model of
`RealOps`.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] (hs : HasSups R)
include hs

/-- Every positive number has a logarithm: the least upper bound of the numbers whose exponential is at most `y`. -/
theorem exists_log (y : R) (hy : 0 < y) : ∃ L, supExp hs L = y := by
  have hyi := inv_pos hy
  obtain ⟨L, h1, h2⟩ := hs (fun x => supExp hs x ≤ y)
    ⟨-y⁻¹, by
      have h3 := one_add_le_supExp hs y⁻¹
      have h4 := supExp_mul_neg hs y⁻¹
      have h5 := OrderedRing.mul_le_mul_of_nonneg_right (show y⁻¹ ≤ supExp hs y⁻¹ by grind) (supExp_nonneg hs (-y⁻¹))
      have h6 := OrderedRing.mul_le_mul_of_nonneg_left (show y⁻¹ * supExp hs (-y⁻¹) ≤ 1 by grind) (show 0 ≤ y by grind)
      rw [show y * (y⁻¹ * supExp hs (-y⁻¹)) = supExp hs (-y⁻¹) by grind] at h6
      grind⟩
    ⟨y, fun x hx => by have := one_add_le_supExp hs x; grind⟩
  have hL := supExp_pos hs L
  have hLi := inv_pos hL
  refine ⟨L, Classical.byContradiction fun hne => ?_⟩
  by_cases hlt : supExp hs L < y
  · -- `L + t` would be such a number too
    obtain ⟨t, ht⟩ : ∃ t, t = 1 - supExp hs L * y⁻¹ := ⟨_, rfl⟩
    have h3 := OrderedRing.mul_lt_mul_of_pos_right hlt hyi
    rw [show y * y⁻¹ = 1 by grind] at h3
    have h4 := one_add_le_supExp hs (-t)
    have h5 := supExp_mul_neg hs t
    have h6 := OrderedRing.mul_le_mul_of_nonneg_right (show supExp hs L * y⁻¹ ≤ supExp hs (-t) by grind) (supExp_nonneg hs t)
    have h7 := OrderedRing.mul_le_mul_of_nonneg_left (show supExp hs L * y⁻¹ * supExp hs t ≤ 1 by grind) (show 0 ≤ y by grind)
    rw [show y * (supExp hs L * y⁻¹ * supExp hs t) = supExp hs L * supExp hs t by grind] at h7
    have h8 := h1 (L + t) (by rw [supExp_add]; grind)
    grind
  · -- `L - t` would be an upper bound too
    obtain ⟨t, ht⟩ : ∃ t, t = 1 - y * (supExp hs L)⁻¹ := ⟨_, rfl⟩
    have h3 := OrderedRing.mul_lt_mul_of_pos_right (show y < supExp hs L by grind) hLi
    rw [show supExp hs L * (supExp hs L)⁻¹ = 1 by grind] at h3
    have h4 := h2 (L - t) fun x hx => by
      have h5 := one_add_le_supExp hs (x - L)
      have h6 := supExp_add hs L (x - L)
      rw [show L + (x - L) = x by grind] at h6
      have h7 := OrderedRing.mul_le_mul_of_nonneg_right (show supExp hs L * supExp hs (x - L) ≤ y by grind)
        (show 0 ≤ (supExp hs L)⁻¹ by grind)
      rw [show supExp hs L * supExp hs (x - L) * (supExp hs L)⁻¹ = supExp hs (x - L) by grind] at h7
      grind
    grind

open Classical in
/-- The logarithm, and zero where there is none. -/
def supLog (y : R) : R := if h : 0 < y then (exists_log hs y h).choose else 0

theorem supExp_supLog {y : R} (h : 0 < y) : supExp hs (supLog hs y) = y := by
  rw [supLog, dif_pos h]
  exact (exists_log hs y h).choose_spec

open Classical in
/-- An ordered field with least upper bounds is a model of `RealOps`. -/
@[reducible] def realOpsOfSups : RealOps R where
  exp := supExp hs
  log := supLog hs
  sqrt y := if 0 < y then supExp hs (supLog hs y / 2) else 0
  exp_add := supExp_add hs
  one_add_le_exp := one_add_le_supExp hs
  exp_log _ := supExp_supLog hs
  sqrt_mul_self a ha := by
    by_cases h : 0 < a
    · rw [if_pos h, ← supExp_add, show supLog hs a / 2 + supLog hs a / 2 = supLog hs a by grind, supExp_supLog hs h]
    · rw [if_neg h]; grind
  sqrt_nonneg a := by
    by_cases h : 0 < a
    · rw [if_pos h]; exact supExp_nonneg hs _
    · rw [if_neg h]; grind

end
end Lmx.Reals
