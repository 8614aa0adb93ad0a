module
public import Lmx.Reals.Exp
public import Lmx.Calculus.RealOps
@[expose] public section

/-!
# Logarithm and square root from least upper bounds

Main results: `exists_log`, every positive number has a logarithm; `realOpsOfSups`, an ordered field with least upper
bounds is a model of `RealOps`.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] (hs : HasSups R)
include hs

/-- The exponential lies above its tangents. -/
theorem supExp_tangent (x y : R) : supExp hs x * (1 + (y - x)) ≤ supExp hs y := by
  have := OrderedRing.mul_le_mul_of_nonneg_left (one_add_le_supExp hs (y - x)) (supExp_nonneg hs x)
  rwa [← supExp_add, show x + (y - x) = y by grind] at this

/-- Every positive number has a logarithm: the least upper bound of the numbers whose exponential is at most `y`. -/
theorem exists_log (y : R) (hy : 0 < y) : ∃ L, supExp hs L = y := by
  obtain ⟨L, h1, h2⟩ := hs (fun x => supExp hs x ≤ y)
    ⟨-y⁻¹, by
      have := supExp_tangent hs (-y⁻¹) 0
      have := supExp_pos hs (-y⁻¹)
      have := (div_le_iff hy).1 (show supExp hs (-y⁻¹) / y ≤ 1 by grind [supExp_zero])
      grind⟩
    ⟨y, fun x hx => by have := one_add_le_supExp hs x; grind⟩
  have hL := supExp_pos hs L
  refine ⟨L, Classical.byContradiction fun hne => ?_⟩
  by_cases hlt : supExp hs L < y
  · -- `L + t` would be such a number too
    have := h1 (L + (1 - supExp hs L / y)) (by
      have := (le_div_iff (div_pos hL hy)).2
        (show supExp hs (L + (1 - supExp hs L / y)) * (supExp hs L / y) ≤ supExp hs L by
          have := supExp_tangent hs (L + (1 - supExp hs L / y)) L
          grind)
      rwa [show supExp hs L / (supExp hs L / y) = y by grind] at this)
    have := (le_div_iff hy).1 (show 1 ≤ supExp hs L / y by grind)
    grind
  · -- `L - t` would be an upper bound too
    have := h2 (L - (1 - y / supExp hs L)) fun x hx => by
      have := (le_div_iff hL).2 (show (1 + (x - L)) * supExp hs L ≤ y by have := supExp_tangent hs L x; grind)
      grind
    have := (le_div_iff hL).1 (show 1 ≤ y / supExp hs L by grind)
    grind

open Classical in
/-- The logarithm, and zero where there is none. -/
def supLog (y : R) : R := if h : 0 < y then (exists_log hs y h).choose else 0

theorem supExp_supLog {y : R} (h : 0 < y) : supExp hs (supLog hs y) = y := by
  rw [supLog, dif_pos h, (exists_log hs y h).choose_spec]

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
    split
    · rw [← supExp_add, show supLog hs a / 2 + supLog hs a / 2 = supLog hs a by grind, supExp_supLog hs (by assumption)]
    · grind
  sqrt_nonneg a := by
    have := supExp_nonneg hs (supLog hs a / 2)
    split <;> grind

end
end Lmx.Reals
