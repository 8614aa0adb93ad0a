module
public import Lmx.Calculus.Field
@[expose] public section

/-!
# Fields with exp, log and sqrt

The transcendental functions are assumed by algebraic laws alone. Each law holds of the real functions, and no limit
occurs in any: the derivatives are theorems (`Lmx.Calculus.Transcendental`), and the real numbers are a model
(`Lmx.Reals.Model`).

Main definition: `RealOps`. Main results: `exp_zero`, `exp_pos`, `exp_tangent`, `sqrt_pos`.

The laws say nothing of `log` off the positive numbers, and of `sqrt` on negative numbers only that it is not negative.
-/

namespace Lmx.Calculus
open Lean.Grind

/-- An ordered field with an exponential, a logarithm and a square root. -/
class RealOps (R : Type) extends OrderedField R where
  /-- The exponential. -/
  exp : R → R
  /-- The natural logarithm. -/
  log : R → R
  /-- The square root. -/
  sqrt : R → R
  exp_add : ∀ a b : R, exp (a + b) = exp a * exp b
  one_add_le_exp : ∀ a : R, 1 + a ≤ exp a
  exp_log : ∀ a : R, 0 < a → exp (log a) = a
  sqrt_mul_self : ∀ a : R, 0 ≤ a → sqrt a * sqrt a = a
  sqrt_nonneg : ∀ a : R, 0 ≤ sqrt a

export RealOps (exp log sqrt exp_add one_add_le_exp exp_log sqrt_mul_self sqrt_nonneg)

variable {R : Type} [RealOps R]

theorem exp_zero : exp (0 : R) = 1 := by
  have h1 := exp_add (0 : R) 0
  have h2 := one_add_le_exp (0 : R)
  rw [show (0 : R) + 0 = 0 by grind] at h1
  have h3 : exp (0 : R) ≠ 0 := by grind
  grind

theorem exp_mul_exp_neg (a : R) : exp a * exp (-a) = 1 := by
  rw [← exp_add, show a + -a = 0 by grind, exp_zero]

theorem exp_pos (a : R) : 0 < exp a := by
  have h1 := exp_add (a / 2) (a / 2)
  rw [show a / 2 + a / 2 = a by grind] at h1
  have h2 := mul_self_nonneg (exp (a / 2))
  have h3 : exp a ≠ 0 := by grind [exp_mul_exp_neg a]
  grind

/-- The exponential lies above its tangents. -/
theorem exp_tangent (a b : R) : exp a * (1 + (b - a)) ≤ exp b := by
  have := OrderedRing.mul_le_mul_of_nonneg_left (one_add_le_exp (b - a)) (show 0 ≤ exp a by have := exp_pos a; grind)
  rwa [← exp_add, show a + (b - a) = b by grind] at this

theorem sqrt_pos {a : R} (ha : 0 < a) : 0 < sqrt a := by
  have h1 := sqrt_nonneg a
  have h2 := sqrt_mul_self a (by grind)
  have h3 : sqrt a ≠ 0 := fun h => by rw [h] at h2; grind
  grind

end Lmx.Calculus
