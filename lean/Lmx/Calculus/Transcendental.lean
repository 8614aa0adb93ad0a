module
public import Lmx.Calculus.Scalar
public import Lmx.Calculus.RealOps
@[expose] public section

/-!
# Derivatives of exp, log and sqrt

They follow from the laws of `RealOps`: in each case the remainder is bounded by a multiple of the square of the increment.

Main results: `exp_deriv`, `log_deriv`, `sqrt_deriv`.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [RealOps R]

/-- `0 ≤ exp t - 1 - t ≤ 2 t²` for small `t`. -/
theorem exp_bound {t : R} (ht : abs t ≤ 1 / 2) : 0 ≤ exp t - 1 - t ∧ exp t - 1 - t ≤ 2 * (abs t * abs t) := by
  have h1 := one_add_le_exp t
  have h2 := one_add_le_exp (-t)
  have h3 := exp_mul_exp_neg t
  have h4 := mul_nonneg (x := exp t) (y := exp (-t) - (1 + -t)) (by have := exp_pos t; grind) (by grind)
  have h5 := mul_nonneg (x := exp t - 1 - t) (y := 1 - t - 1 / 2) (by grind) (by grind [abs])
  have h6 : abs t * abs t = t * t := by grind [abs]
  refine ⟨by grind, ?_⟩
  rw [h6]; grind

theorem exp_deriv (a : R) : HasD1 exp (exp a) a := by
  have hp := exp_pos a
  refine .of_quadratic (C := exp a * 2) (r := 1 / 2) (by grind) (by grind) fun t ht => ?_
  obtain ⟨h1, h2⟩ := exp_bound ht
  have h3 := mul_le_mul (show 0 ≤ exp a by grind) (show exp a ≤ exp a by grind) h1 h2
  have h4 := mul_nonneg (show 0 ≤ exp a by grind) h1
  rw [exp_add, show exp a * exp t - exp a - exp a * t = exp a * (exp t - 1 - t) by grind]
  grind [abs]

theorem log_deriv (a : R) (ha : 0 < a) : HasD1 log a⁻¹ a := by
  have hi : 0 < a⁻¹ := inv_pos ha
  have hii := mul_pos hi hi
  refine .of_quadratic (C := 2 * (a⁻¹ * a⁻¹)) (r := a / 2) (by grind) (by grind) fun t ht => ?_
  have hat : 0 < a + t := by grind [abs]
  -- with u = log (a + t) - log a and s = t / a: exp u = 1 + s, so s / (1 + s) ≤ u ≤ s
  have hu : exp (log (a + t) - log a) = 1 + a⁻¹ * t := by
    have h1 := exp_add (log (a + t) - log a) (log a)
    rw [show log (a + t) - log a + log a = log (a + t) by grind, exp_log _ hat, exp_log _ ha] at h1
    have : a ≠ 0 := by grind
    grind
  have h1 := one_add_le_exp (log (a + t) - log a)
  have h2 := one_add_le_exp (-(log (a + t) - log a))
  have h3 := exp_mul_exp_neg (log (a + t) - log a)
  rw [hu] at h1 h3
  generalize log (a + t) - log a = u at *
  have hs : -(1 / 2) ≤ a⁻¹ * t := by
    have := mul_nonneg (x := a⁻¹) (y := t + a / 2) (by grind) (by grind [abs])
    have : a⁻¹ * a = 1 := by grind
    grind
  have h6 : abs t * abs t = t * t := by grind [abs]
  rw [h6]
  have hm := mul_nonneg (x := 1 + a⁻¹ * t) (y := exp (-u) - (1 + -u)) (by grind) (by grind)
  have h7 := mul_nonneg (x := a⁻¹ * t - u) (y := 1 + a⁻¹ * t - 1 / 2) (by grind) (by grind)
  grind [abs]

theorem sqrt_deriv (a : R) (ha : 0 < a) : HasD1 sqrt (2 * sqrt a)⁻¹ a := by
  have hq := sqrt_pos ha
  have hi : 0 < (sqrt a)⁻¹ := inv_pos hq
  have hC := mul_pos hi (mul_pos hi hi)
  refine .of_quadratic (C := (sqrt a)⁻¹ * ((sqrt a)⁻¹ * (sqrt a)⁻¹)) (r := a) hC ha fun t ht => ?_
  have hr := sqrt_nonneg (a + t)
  have h1 := sqrt_mul_self (a + t) (by grind [abs])
  have h2 := sqrt_mul_self a (by grind)
  generalize sqrt (a + t) = r at *
  generalize sqrt a = q at *
  -- r - q - t / (2 q) = - (r - q)² / (2 q), and |r - q| ≤ |t| / q
  have e : r - q - (2 * q)⁻¹ * t = - ((2 * q)⁻¹ * ((r - q) * (r - q))) := by
    have : t = r * r - q * q := by grind
    subst this; grind
  have hd : abs (r - q) ≤ q⁻¹ * abs t := by
    have e1 : abs (r - q) * (r + q) = abs t := by
      rw [show r + q = abs (r + q) by grind [abs], ← abs_mul]; congr 1; grind
    have h3 := mul_nonneg (abs_nonneg (r - q)) hr
    have h4 := OrderedRing.mul_le_mul_of_nonneg_left (show abs (r - q) * q ≤ abs t by grind) (show 0 ≤ q⁻¹ by grind)
    rw [show q⁻¹ * (abs (r - q) * q) = abs (r - q) by grind] at h4
    exact h4
  have hh := mul_le_mul (abs_nonneg (r - q)) hd (abs_nonneg (r - q)) hd
  have h5 : (2 * q)⁻¹ = q⁻¹ / 2 := by grind
  have h6 := OrderedRing.mul_le_mul_of_nonneg_left hh (show 0 ≤ q⁻¹ by grind)
  have h7 := mul_nonneg (show 0 ≤ q⁻¹ by grind) (mul_nonneg (abs_nonneg (r - q)) (abs_nonneg (r - q)))
  rw [e, abs_neg, abs_mul, abs_mul, h5, show abs (q⁻¹ / 2) = q⁻¹ / 2 by grind [abs]]
  grind

end
end Lmx.Calculus
