module
public import Lmx.Reals.HasSups
@[expose] public section

/-!
# The exponential from least upper bounds

Main definitions: `expApprox n x`, which is `(1 + x / 2^n) ^ 2^n` where the base is not negative, and increases with
`n`; `supExp`, the least upper bound of these approximations of the exponential. Main results: `one_add_le_supExp`,
`supExp_pos`, `supExp_add`.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R]

/-! ### Approximations -/

open Classical in
/-- `1 + x`, or zero if that is negative, for `x / 2^n` in the place of `x`, squared `n` times. -/
def expApprox : Nat → R → R
  | 0, x => if 0 ≤ 1 + x then 1 + x else 0
  | n + 1, x => expApprox n (x / 2) * expApprox n (x / 2)

theorem expApprox_nonneg : ∀ (n : Nat) (x : R), 0 ≤ expApprox n x
  | 0, x => by grind [expApprox]
  | n + 1, x => mul_self_nonneg _

theorem expApprox_le_succ (n : Nat) (x : R) : expApprox n x ≤ expApprox (n + 1) x := by
  induction n generalizing x with
  | zero =>
    have := mul_self_nonneg (x / 2)
    have := mul_self_nonneg (1 + x / 2)
    simp only [expApprox]
    (repeat' split) <;> grind
  | succ n ih => exact mul_le_mul (expApprox_nonneg ..) (ih _) (expApprox_nonneg ..) (ih _)

theorem expApprox_mono {m n : Nat} (h : m ≤ n) (x : R) : expApprox m x ≤ expApprox n x := by
  induction h with
  | refl => grind
  | @step n _ ih => have := expApprox_le_succ n x; grind

theorem expApprox_mul_le_add (m n : Nat) (x y : R) :
    expApprox m x * expApprox n y ≤ expApprox (m + n) x * expApprox (m + n) y :=
  mul_le_mul (expApprox_nonneg m x) (expApprox_mono (Nat.le_add_right m n) x) (expApprox_nonneg n y)
    (expApprox_mono (Nat.le_add_left n m) y)

/-- For opposite signs the approximations are submultiplicative. -/
theorem expApprox_mul_le (n : Nat) {x y : R} (h : x * y ≤ 0) : expApprox n x * expApprox n y ≤ expApprox n (x + y) := by
  induction n generalizing x y with
  | zero => simp only [expApprox]; (repeat' split) <;> grind
  | succ n ih =>
    have h1 := ih (x := x / 2) (y := y / 2) (by grind)
    have h0 := mul_nonneg (expApprox_nonneg n (x / 2)) (expApprox_nonneg n (y / 2))
    have := mul_le_mul h0 h1 h0 h1
    simp only [expApprox]
    rw [show (x + y) / 2 = x / 2 + y / 2 by grind]
    grind

theorem expApprox_zero (n : Nat) : expApprox n (0 : R) = 1 := by
  induction n with
  | zero => grind [expApprox]
  | succ n ih => simp only [expApprox]; rw [show (0 : R) / 2 = 0 by grind, ih]; grind

variable (hs : HasSups R)
include hs

theorem exists_expApprox_pos (x : R) : ∃ n, 0 < expApprox n x := by
  obtain ⟨t, ⟨n, h⟩, ht⟩ := exists_ge_of_double hs (S := fun t => ∃ n, ∀ x, -x < t → 0 < expApprox n x)
    ⟨0, by grind [expApprox]⟩ (fun t ⟨n, h⟩ => ⟨n + 1, fun x hx => mul_pos (h _ (by grind)) (h _ (by grind))⟩) (1 - x)
  exact ⟨n, h x (by grind)⟩

/-! ### Their least upper bound -/

theorem exists_supExp (x : R) : ∃ L, (∀ n, expApprox n x ≤ L) ∧ ∀ B, (∀ n, expApprox n x ≤ B) → L ≤ B := by
  obtain ⟨L, h1, h2⟩ := hs (fun y => ∃ n, y = expApprox n x) ⟨_, 0, rfl⟩ (by
    obtain ⟨k, hk⟩ := exists_expApprox_pos hs (-x)
    refine ⟨1 / expApprox k (-x), ?_⟩
    rintro _ ⟨n, rfl⟩
    have h1 := expApprox_mul_le_add n k x (-x)
    have h2 := expApprox_mul_le (n + k) (x := x) (y := -x) (by have := mul_self_nonneg x; grind)
    rw [show x + -x = 0 by grind, expApprox_zero] at h2
    exact (le_div_iff hk).2 (by grind))
  exact ⟨L, fun n => h1 _ ⟨n, rfl⟩, fun B hB => h2 B (by rintro _ ⟨n, rfl⟩; exact hB n)⟩

/-- The exponential. -/
def supExp (x : R) : R := (exists_supExp hs x).choose

theorem expApprox_le (n : Nat) (x : R) : expApprox n x ≤ supExp hs x := (exists_supExp hs x).choose_spec.1 n

theorem supExp_le {x B : R} (h : ∀ n, expApprox n x ≤ B) : supExp hs x ≤ B := (exists_supExp hs x).choose_spec.2 B h

theorem one_add_le_supExp (x : R) : 1 + x ≤ supExp hs x := by have := expApprox_le hs 0 x; grind [expApprox]

theorem supExp_nonneg (x : R) : 0 ≤ supExp hs x := by
  have := expApprox_le hs 0 x
  have := expApprox_nonneg 0 x
  grind

theorem supExp_zero : supExp hs (0 : R) = 1 := by
  have := expApprox_le hs 0 (0 : R)
  have := supExp_le hs (x := (0 : R)) (B := 1) fun n => by rw [expApprox_zero]; grind
  grind [expApprox_zero]

/-- A product of exponentials is at most `B` if the products of the approximations are. -/
theorem supExp_mul_supExp_le {x y B : R} (hB : 0 ≤ B) (h : ∀ n, expApprox n x * expApprox n y ≤ B) :
    supExp hs x * supExp hs y ≤ B := by
  have key (z : R) {a : R} (ha : 0 ≤ a) (h : ∀ n, expApprox n z * a ≤ B) : supExp hs z * a ≤ B := by
    by_cases h0 : a = 0
    · rw [h0]; grind
    · exact (le_div_iff (by grind)).1 (supExp_le hs fun n => (le_div_iff (by grind)).2 (h n))
  refine key x (supExp_nonneg hs y) fun m => ?_
  rw [CommSemiring.mul_comm]
  refine key y (expApprox_nonneg m x) fun n => ?_
  have := h (m + n)
  have := expApprox_mul_le_add m n x y
  grind

/-- For opposite signs the exponential is submultiplicative. -/
theorem supExp_mul_le {x y : R} (h : x * y ≤ 0) : supExp hs x * supExp hs y ≤ supExp hs (x + y) :=
  supExp_mul_supExp_le hs (supExp_nonneg hs _) fun n => by
    have := expApprox_mul_le n h
    have := expApprox_le hs n (x + y)
    grind

theorem supExp_half (x : R) : supExp hs (x / 2) * supExp hs (x / 2) ≤ supExp hs x :=
  supExp_mul_supExp_le hs (supExp_nonneg hs _) fun n => expApprox_le hs (n + 1) x

theorem supExp_mul_neg (x : R) : supExp hs x * supExp hs (-x) = 1 := by
  have hle (x : R) : supExp hs x * supExp hs (-x) ≤ 1 := by
    have := supExp_mul_le hs (x := x) (y := -x) (by have := mul_self_nonneg x; grind)
    rwa [show x + -x = 0 by grind, supExp_zero] at this
  -- what is missing to one is at most `x²`; if it is at most `x² / t` for all `x`, then `x² / 2t`, by `supExp_half`
  have base (x : R) : 1 * (1 - supExp hs x * supExp hs (-x)) ≤ x * x := by
    have := mul_nonneg (supExp_nonneg hs x) (supExp_nonneg hs (-x))
    by_cases h : abs x ≤ 1
    · have := mul_le_mul (show 0 ≤ 1 + x by grind [abs_le]) (one_add_le_supExp hs x) (show 0 ≤ 1 + -x by grind [abs_le])
        (one_add_le_supExp hs (-x))
      grind
    · have := mul_le_mul (show (0 : R) ≤ 1 by grind) (show 1 ≤ abs x by grind) (by grind) (show 1 ≤ abs x by grind)
      rw [abs_mul_self] at this
      grind
  have step (t : R) (ht : 0 < t ∧ ∀ x, t * (1 - supExp hs x * supExp hs (-x)) ≤ x * x) :
      0 < 2 * t ∧ ∀ x, 2 * t * (1 - supExp hs x * supExp hs (-x)) ≤ x * x := by
    refine ⟨by grind, fun x => ?_⟩
    have h1 := ht.2 (x / 2)
    have h2 := mul_le_mul (mul_self_nonneg _) (supExp_half hs x) (mul_self_nonneg _) (supExp_half hs (-x))
    rw [show -x / 2 = -(x / 2) by grind] at h2
    have h3 := mul_self_nonneg (1 - supExp hs (x / 2) * supExp hs (-(x / 2)))
    have h4 := OrderedRing.mul_le_mul_of_nonneg_left (show 1 - supExp hs x * supExp hs (-x) ≤
      2 * (1 - supExp hs (x / 2) * supExp hs (-(x / 2))) by grind) (show 0 ≤ t by grind)
    grind
  refine Classical.byContradiction fun hne => ?_
  obtain ⟨t, ht, htx⟩ := exists_ge_of_double hs ⟨by grind, base⟩ step ((x * x + 1) / (1 - supExp hs x * supExp hs (-x)))
  have := (div_le_iff (by have := hle x; grind)).1 htx
  have := ht.2 x
  grind

theorem supExp_pos (x : R) : 0 < supExp hs x := by
  have h1 := supExp_nonneg hs x
  have h2 := supExp_mul_neg hs x
  have : supExp hs x ≠ 0 := fun h => by rw [h] at h2; grind
  grind

theorem supExp_add (x y : R) : supExp hs (x + y) = supExp hs x * supExp hs y := by
  have opp : ∀ u v : R, u * v ≤ 0 → supExp hs (u + v) = supExp hs u * supExp hs v := fun u v h => by
    have h1 := supExp_mul_le hs h
    have h2 := supExp_mul_le hs (x := -u) (y := -v) (by grind)
    rw [← show -(u + v) = -u + -v by grind] at h2
    have h3 := inv_le_inv (mul_pos (supExp_pos hs (-u)) (supExp_pos hs (-v))) h2
    have := supExp_mul_neg hs u
    have := supExp_mul_neg hs v
    have := supExp_mul_neg hs (u + v)
    rw [show (supExp hs (-u) * supExp hs (-v))⁻¹ = supExp hs u * supExp hs v by grind,
      show (supExp hs (-(u + v)))⁻¹ = supExp hs (u + v) by grind] at h3
    grind
  by_cases h : x * y ≤ 0
  · exact opp x y h
  · have hyy := mul_self_nonneg y
    have h1 := opp (x + y) (-y) (by grind)
    rw [show x + y + -y = x by grind] at h1
    have := supExp_mul_neg hs y
    grind

end
end Lmx.Reals
