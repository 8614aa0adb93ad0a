module
public import Init
@[expose] public section

/-!
# Ordered fields

The scalars of the calculus are an arbitrary ordered field: neither completeness nor decidability is assumed, so the
theorems hold over the rationals and over the real numbers alike.

Main definitions: `OrderedField`, `abs`. Main results: products keep order (`mul_nonneg`, `mul_pos`, `mul_le_mul`),
which `grind` does not find by itself, and the laws of the absolute value (`abs_add`, `abs_mul`).
-/

namespace Lmx.Calculus
open Lean.Grind

/-- An ordered field, in the classes that `grind` knows. -/
class OrderedField (R : Type) extends Lean.Grind.Field R, LE R, LT R,
  Std.LawfulOrderLT R, Std.IsLinearOrder R, Lean.Grind.OrderedRing R

/-- The rationals are an ordered field. -/
instance : OrderedField Rat where

noncomputable section
variable {R : Type} [OrderedField R]

/-! ### Order -/

theorem mul_nonneg {x y : R} (h : 0 ≤ x) (h' : 0 ≤ y) : 0 ≤ x * y := OrderedRing.mul_nonneg h h'

theorem mul_pos {x y : R} (h : 0 < x) (h' : 0 < y) : 0 < x * y := OrderedRing.mul_pos h h'

theorem mul_self_nonneg (x : R) : 0 ≤ x * x := by
  have := OrderedRing.sq_nonneg (a := x)
  grind

theorem mul_le_mul {a b c d : R} (h0 : 0 ≤ a) (h : a ≤ b) (h1 : 0 ≤ c) (h2 : c ≤ d) : a * c ≤ b * d := by
  have h3 : a * c ≤ b * c := OrderedRing.mul_le_mul_of_nonneg_right h h1
  have h4 : b * c ≤ b * d := OrderedRing.mul_le_mul_of_nonneg_left h2 (by grind)
  grind

theorem inv_pos {x : R} (h : 0 < x) : 0 < x⁻¹ := Field.IsOrdered.inv_pos_iff.2 h

theorem div_pos {x y : R} (h : 0 < x) (h' : 0 < y) : 0 < x / y := Field.div_eq_mul_inv x y ▸ mul_pos h (inv_pos h')

theorem le_div_iff {x y z : R} (h : 0 < z) : x ≤ y / z ↔ x * z ≤ y := by
  rw [Field.div_eq_mul_inv, Field.IsOrdered.le_mul_inv_iff_mul_le _ _ h]

theorem div_le_iff {x y z : R} (h : 0 < z) : x / z ≤ y ↔ x ≤ y * z := by
  rw [← Field.IsOrdered.mul_le_mul_iff_of_pos_right h, show x / z * z = x by grind]

theorem inv_le_inv {x y : R} (h : 0 < x) (h' : x ≤ y) : y⁻¹ ≤ x⁻¹ := by
  rw [show x⁻¹ = 1 / x by grind, le_div_iff h, show y⁻¹ * x = x / y by grind, div_le_iff (by grind)]
  grind

theorem exists_min {a b : R} (ha : 0 < a) (hb : 0 < b) : ∃ c : R, 0 < c ∧ c ≤ a ∧ c ≤ b := by
  by_cases h : a ≤ b
  · exact ⟨a, by grind⟩
  · exact ⟨b, by grind⟩

/-! ### The absolute value -/

open Classical in
/-- The absolute value. -/
def abs (x : R) : R := if 0 ≤ x then x else -x

theorem abs_nonneg (x : R) : 0 ≤ abs x := by grind [abs]

theorem abs_pos {x : R} (h : x ≠ 0) : 0 < abs x := by grind [abs]

theorem abs_zero : abs (0 : R) = 0 := by grind [abs]

theorem abs_neg (x : R) : abs (-x) = abs x := by grind [abs]

theorem abs_add (x y : R) : abs (x + y) ≤ abs x + abs y := by grind [abs]

theorem abs_abs (x : R) : abs (abs x) = abs x := by grind [abs]

theorem le_abs (x : R) : x ≤ abs x := by grind [abs]

theorem abs_le {x b : R} : abs x ≤ b ↔ -b ≤ x ∧ x ≤ b := by grind [abs]

theorem abs_mul_self (x : R) : abs x * abs x = x * x := by grind [abs]

theorem abs_mul (x y : R) : abs (x * y) = abs x * abs y := by
  have h := mul_nonneg (abs_nonneg x) (abs_nonneg y)
  by_cases hx : 0 ≤ x <;> by_cases hy : 0 ≤ y <;> simp only [abs, hx, hy, if_true, if_false] at h ⊢ <;> grind

theorem abs_inv (x : R) : abs x⁻¹ = (abs x)⁻¹ := by
  have h1 : 0 < x → 0 < x⁻¹ := inv_pos
  have h2 : 0 < -x → 0 < (-x)⁻¹ := inv_pos
  grind [abs]

end
end Lmx.Calculus
