module
public import Lmx.Calculus.Scalar
public import Lmx.Calculus.RealOps
@[expose] public section

/-!
# Derivatives of exp, log and sqrt

They follow from the laws of `RealOps`: in each case the remainder is bounded by a multiple of the square of the
increment.

Main results: `exp_deriv`, `log_deriv`, `sqrt_deriv`.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [RealOps R]

theorem exp_deriv (a : R) : HasD1 exp (exp a) a := by
  have hp := exp_pos a
  refine .of_quadratic (C := exp a * 2) (r := 1 / 2) (by grind) (by grind) fun t ht => ?_
  have h1 := exp_tangent a (a + t)
  have h2 := exp_tangent (a + t) a
  rw [abs_le] at ht
  -- the remainder, multiplied by `1 - t`, is at most `exp a * t²`
  have := mul_nonneg (x := exp (a + t) - exp a - exp a * t) (y := 1 - t - 1 / 2) (by grind) (by grind)
  exact abs_le.2 (by have := mul_nonneg (show 0 ≤ exp a by grind) (mul_self_nonneg t); grind)

theorem log_deriv (a : R) (ha : 0 < a) : HasD1 log a⁻¹ a := by
  have hi := inv_pos ha
  refine .of_quadratic (C := 2 * (a⁻¹ * a⁻¹)) (r := a / 2) (by have := mul_pos hi hi; grind) (by grind) fun t ht => ?_
  -- with `u = log (a + t) - log a` and `s = t / a`: `s / (1 + s) ≤ u ≤ s`
  obtain ⟨s, rfl⟩ : ∃ s, t = a * s := ⟨a⁻¹ * t, by grind⟩
  rw [abs_le] at ht
  have hs := (Field.IsOrdered.mul_le_mul_iff_of_pos_left ha).1 (show a * (-(1 / 2)) ≤ a * s by grind)
  have h1 := exp_tangent (log a) (log (a + a * s))
  have h2 := exp_tangent (log (a + a * s)) (log a)
  rw [exp_log _ ha, exp_log _ (by grind)] at h1 h2
  obtain ⟨u, hu⟩ : ∃ u, log (a + a * s) = log a + u := ⟨log (a + a * s) - log a, by grind⟩
  rw [hu] at h1 h2 ⊢
  have h1 := (Field.IsOrdered.mul_le_mul_iff_of_pos_left ha).1 (show a * u ≤ a * s by grind)
  have h2 := (Field.IsOrdered.mul_le_mul_iff_of_pos_left ha).1 (show a * ((1 + s) * (1 - u)) ≤ a * 1 by grind)
  have := mul_nonneg (x := s - u) (y := 1 + s - 1 / 2) (by grind) (by grind)
  rw [show a⁻¹ * (a * s) = s by grind, show 2 * (a⁻¹ * a⁻¹) * (a * s * (a * s)) = 2 * (s * s) by grind]
  exact abs_le.2 (by have := mul_self_nonneg s; grind)

theorem sqrt_deriv (a : R) (ha : 0 < a) : HasD1 sqrt (2 * sqrt a)⁻¹ a := by
  have hq := sqrt_pos ha
  have hi := inv_pos hq
  have hC := mul_pos hi (mul_pos hi hi)
  refine .of_quadratic (C := (sqrt a)⁻¹ * ((sqrt a)⁻¹ * (sqrt a)⁻¹)) (r := a) hC ha fun t ht => ?_
  have hr := sqrt_nonneg (a + t)
  have h1 := sqrt_mul_self (a + t) (by grind [abs])
  have h2 := sqrt_mul_self a (by grind)
  generalize sqrt (a + t) = r at *
  generalize sqrt a = q at *
  -- the remainder is `- (r - q)² / (2 q)`, and `t² = (r - q)² (r + q)²` is at least `(r - q)² q²`
  obtain rfl : t = r * r - q * q := by grind
  have h3 := mul_nonneg (show 0 ≤ q⁻¹ by grind) (mul_self_nonneg (r - q))
  have h4 := mul_nonneg (show 0 ≤ q⁻¹ * (q⁻¹ * q⁻¹) by grind) (mul_nonneg (mul_self_nonneg (r - q))
    (show 0 ≤ r * r + 2 * (r * q) by have := mul_self_nonneg r; have := mul_nonneg hr (show 0 ≤ q by grind); grind))
  rw [show q⁻¹ * (q⁻¹ * q⁻¹) * ((r - q) * (r - q) * (r * r + 2 * (r * q))) =
    q⁻¹ * (q⁻¹ * q⁻¹) * ((r * r - q * q) * (r * r - q * q)) - q⁻¹ * ((r - q) * (r - q)) by grind] at h4
  rw [show r - q - (2 * q)⁻¹ * (r * r - q * q) = - (q⁻¹ * ((r - q) * (r - q)) / 2) by grind]
  exact abs_le.2 (by grind)

end
end Lmx.Calculus
