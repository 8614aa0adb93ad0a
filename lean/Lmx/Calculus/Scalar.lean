module
public import Lmx.Calculus.Deriv
@[expose] public section

/-!
# Derivatives of negation, inverse and relu

Main definitions: `relu`, with its derivative `relu'` off zero. Main results: `hasD1_neg`, `hasD1_inv`, `hasD1_relu`; to
prove others, `HasD1.of_quadratic`.

Nothing is claimed of `relu` at zero.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R]

/-- A remainder that is at most quadratic near zero. -/
theorem HasD1.of_quadratic {φ : R → R} {d a C r : R} (hC : 0 < C) (hr : 0 < r)
    (h : ∀ t, abs t ≤ r → abs (φ (a + t) - φ a - d * t) ≤ C * (t * t)) : HasD1 φ d a := by
  intro ε hε
  obtain ⟨δ, hδ, h1, h2⟩ := exists_min hr (div_pos hε hC)
  refine ⟨δ, hδ, fun t ht => ?_⟩
  have h3 := h t (by grind)
  have h4 := OrderedRing.mul_le_mul_of_nonneg_right ((le_div_iff hC).1 (show abs t ≤ ε / C by grind)) (abs_nonneg t)
  rw [← abs_mul_self] at h3
  grind

/-- A remainder that is zero near zero. -/
theorem HasD1.of_eq {φ : R → R} {d a r : R} (hr : 0 < r)
    (h : ∀ t, abs t ≤ r → φ (a + t) = φ a + d * t) : HasD1 φ d a :=
  .of_quadratic (C := 1) (by grind) hr fun t ht => by
    have := mul_self_nonneg t
    rw [h t ht, show φ a + d * t - φ a - d * t = 0 by grind, abs_zero]
    grind

theorem hasD1_neg (a : R) : HasD1 (fun x => -x) (-1) a :=
  .of_eq (r := 1) (by grind) (by grind)

theorem hasD1_inv {a : R} (ha : a ≠ 0) : HasD1 (fun x => x⁻¹) (-(a⁻¹ * a⁻¹)) a := by
  have hp : 0 < abs a / 2 := by have := abs_pos ha; grind
  refine .of_quadratic (mul_pos (abs_pos (show a⁻¹ * a⁻¹ ≠ 0 by grind)) (inv_pos hp)) hp fun t ht => ?_
  -- the remainder is t² / (a² (a + t)), and |a + t| is at least |a| / 2
  have hb : abs a / 2 ≤ abs (a + t) := by grind [abs]
  have hb0 : a + t ≠ 0 := by grind [abs]
  have h3 := OrderedRing.mul_le_mul_of_nonneg_left (inv_le_inv hp hb)
    (mul_nonneg (abs_nonneg (a⁻¹ * a⁻¹)) (mul_self_nonneg t))
  rw [show (a + t)⁻¹ - a⁻¹ - -(a⁻¹ * a⁻¹) * t = a⁻¹ * a⁻¹ * (t * t) * (a + t)⁻¹ by grind, abs_mul, abs_mul, abs_inv,
    abs_mul t, abs_mul_self]
  grind

open Classical in
/-- The greater of `x` and zero. -/
def relu (x : R) : R := if 0 < x then x else 0

open Classical in
/-- The derivative of `relu` off zero. -/
def relu' (x : R) : R := if 0 < x then 1 else 0

theorem hasD1_relu {a : R} (ha : a ≠ 0) : HasD1 relu (relu' a) a :=
  .of_eq (r := abs a / 2) (by grind [abs]) fun t ht => by grind [abs, relu, relu']

end
end Lmx.Calculus
