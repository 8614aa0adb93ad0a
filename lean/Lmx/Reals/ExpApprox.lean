module
public import Lmx.Reals.HasSups
@[expose] public section

/-!
# Approximations of the exponential

`expApprox n x` is `(1 + x / 2^n) ^ 2^n`. Main results: from some `n` on it increases (`expApprox_mono`), is at least `1 + x`
(`one_add_le_expApprox`), and its product with its value at `-x` tends to one (`expApprox_mul_neg_le`, `le_expApprox_mul_neg`).
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R]

/-- Squares `n` times, so that the result is `y ^ 2^n`. -/
def sqIter : Nat → R → R
  | 0, y => y
  | n + 1, y => sqIter n (y * y)

theorem sqIter_mul (n : Nat) (y z : R) : sqIter n (y * z) = sqIter n y * sqIter n z := by
  induction n generalizing y z with
  | zero => rfl
  | succ n ih => simp only [sqIter]; rw [← ih]; congr 1; grind

theorem sqIter_nonneg (n : Nat) {y : R} (h : 0 ≤ y) : 0 ≤ sqIter n y := by
  induction n generalizing y with
  | zero => exact h
  | succ n ih => exact ih (mul_nonneg h h)

theorem sqIter_mono (n : Nat) {y z : R} (h : 0 ≤ y) (h' : y ≤ z) : sqIter n y ≤ sqIter n z := by
  induction n generalizing y z with
  | zero => exact h'
  | succ n ih => exact ih (mul_nonneg h h) (mul_le_mul h h' h h')

theorem sqIter_one (n : Nat) : sqIter n (1 : R) = 1 := by
  induction n with
  | zero => rfl
  | succ n ih => simp only [sqIter]; rw [show (1 : R) * 1 = 1 by grind]; exact ih

/-- Bernoulli's inequality for exponents that are powers of two. -/
theorem bernoulli (n : Nat) {c : R} (h : 0 ≤ 1 + c) : 1 + twoPow n * c ≤ sqIter n (1 + c) := by
  induction n generalizing c with
  | zero => simp only [sqIter, twoPow]; grind
  | succ n ih =>
    have h1 := ih (c := 2 * c + c * c) (by have := mul_nonneg h h; grind)
    simp only [sqIter, twoPow]
    rw [show (1 + c) * (1 + c) = 1 + (2 * c + c * c) by grind]
    have h2 := mul_self_nonneg c
    have h3 := mul_nonneg (show 0 ≤ (twoPow n : R) by have := twoPow_pos (R := R) n; grind) h2
    grind

/-- `(1 + x / 2^n) ^ 2^n` -/
def expApprox (n : Nat) (x : R) : R := sqIter n (1 + x / twoPow n)

theorem base_nonneg {n : Nat} {x : R} (h : abs x ≤ twoPow n) : 0 ≤ 1 + x / twoPow n := by
  have hp := twoPow_pos (R := R) n
  have := mul_nonneg (x := (twoPow n : R)⁻¹) (y := twoPow n + x) (by have := inv_pos hp; grind) (by grind [abs])
  have : (twoPow n : R)⁻¹ * twoPow n = 1 := by grind
  rw [Field.div_eq_mul_inv]; grind

theorem expApprox_le_succ {n : Nat} {x : R} (h : abs x ≤ twoPow n) : expApprox n x ≤ expApprox (n + 1) x := by
  refine sqIter_mono n (base_nonneg h) ?_
  have hp := twoPow_pos (R := R) n
  have h2 := mul_self_nonneg (x / (2 * twoPow n))
  simp only [twoPow]
  rw [show (1 + x / (2 * twoPow n)) * (1 + x / (2 * twoPow n))
    = 1 + x / twoPow n + x / (2 * twoPow n) * (x / (2 * twoPow n)) by grind]
  grind

theorem expApprox_mono {m n : Nat} {x : R} (h : abs x ≤ twoPow m) (hmn : m ≤ n) : expApprox m x ≤ expApprox n x := by
  induction hmn with
  | refl => grind
  | step hk ih => have := expApprox_le_succ (le_twoPow_of_le h hk); grind

theorem one_add_le_expApprox {n : Nat} {x : R} (h : abs x ≤ twoPow n) : 1 + x ≤ expApprox n x := by
  have := bernoulli n (base_nonneg h)
  have hp := twoPow_pos (R := R) n
  rw [show twoPow n * (x / twoPow n) = x by grind] at this; exact this

theorem expApprox_nonneg {n : Nat} {x : R} (h : abs x ≤ twoPow n) : 0 ≤ expApprox n x := sqIter_nonneg n (base_nonneg h)

theorem expApprox_mul {n : Nat} (x y : R) :
    expApprox n x * expApprox n y = sqIter n (1 + (x + y) / twoPow n + x * y * ((twoPow n)⁻¹ * (twoPow n)⁻¹)) := by
  rw [expApprox, expApprox, ← sqIter_mul]; congr 1; grind

theorem inv_sq_nonneg (n : Nat) : 0 ≤ (twoPow n : R)⁻¹ * (twoPow n)⁻¹ := by
  have := inv_pos (twoPow_pos (R := R) n)
  have := mul_pos this this; grind

/-- For opposite signs the approximations are submultiplicative. -/
theorem expApprox_mul_le {n : Nat} {x y : R} (hx : abs x ≤ twoPow n) (hy : abs y ≤ twoPow n) (hxy : x * y ≤ 0) :
    expApprox n x * expApprox n y ≤ expApprox n (x + y) := by
  have h0 := mul_nonneg (base_nonneg hx) (base_nonneg hy)
  have h1 := mul_nonneg (x := -(x * y)) (by grind) (inv_sq_nonneg (R := R) n)
  rw [expApprox_mul]
  refine sqIter_mono n ?_ (by grind)
  rw [show 1 + (x + y) / twoPow n + x * y * ((twoPow n)⁻¹ * (twoPow n)⁻¹) = (1 + x / twoPow n) * (1 + y / twoPow n) by grind]
  exact h0

theorem expApprox_mul_neg_le {n : Nat} {x : R} (hx : abs x ≤ twoPow n) : expApprox n x * expApprox n (-x) ≤ 1 := by
  have hxx : x * -x ≤ 0 := by have := mul_self_nonneg x; grind
  have := expApprox_mul_le hx (by rw [abs_neg]; exact hx) hxx
  have e : expApprox n (0 : R) = 1 := by rw [expApprox, show (1 : R) + 0 / twoPow n = 1 by grind, sqIter_one]
  rw [show x + -x = 0 by grind, e] at this; exact this

theorem le_expApprox_mul_neg {n : Nat} {x : R} (hx : abs x ≤ twoPow n) :
    1 - x * x * (twoPow n)⁻¹ ≤ expApprox n x * expApprox n (-x) := by
  have hp := twoPow_pos (R := R) n
  have h0 := mul_nonneg (base_nonneg hx) (base_nonneg (x := -x) (n := n) (by rw [abs_neg]; exact hx))
  rw [expApprox_mul]
  have := bernoulli n (c := x * -x * ((twoPow n)⁻¹ * (twoPow n)⁻¹)) (by grind)
  rw [show 1 + (x + -x) / twoPow n + x * -x * ((twoPow n)⁻¹ * (twoPow n)⁻¹) = 1 + x * -x * ((twoPow n)⁻¹ * (twoPow n)⁻¹) by grind]
  rw [show twoPow n * (x * -x * ((twoPow n)⁻¹ * (twoPow n)⁻¹)) = -(x * x * (twoPow n)⁻¹) by grind] at this
  grind

end
end Lmx.Reals
