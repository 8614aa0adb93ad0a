module
public import Lmx.Reals.ExpApprox
@[expose] public section

/-!
# The exponential from least upper bounds

Main definition: `supExp`, the least upper bound of the approximations of the exponential. Main results: `one_add_le_supExp`,
`supExp_pos`, `supExp_add`.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] (hs : HasSups R)
include hs

/-- The approximations have a least upper bound. -/
theorem exists_sup_expApprox (x : R) : ∃ L, (∀ n, abs x ≤ twoPow n → expApprox n x ≤ L) ∧
    ∀ B, (∀ n, abs x ≤ twoPow n → expApprox n x ≤ B) → L ≤ B := by
  obtain ⟨N, hN⟩ := exists_le_twoPow hs (abs x)
  obtain ⟨L, h1, h2⟩ := hs (fun y => ∃ n, abs x ≤ twoPow n ∧ y = expApprox n x) ⟨_, N, hN, rfl⟩ (by
    -- they are at most `1 / expApprox k (-x)`, for `k` so large that this is positive
    obtain ⟨M, hM⟩ := exists_le_twoPow hs (2 * (x * x))
    obtain ⟨k, hk⟩ : ∃ k, k = N + M := ⟨_, rfl⟩
    have hNk : abs x ≤ twoPow k := le_twoPow_of_le hN (by omega)
    have hNk' : abs (-x) ≤ twoPow k := by rw [abs_neg]; exact hNk
    have hMk : 2 * (x * x) ≤ twoPow k := le_twoPow_of_le hM (by omega)
    have hp := twoPow_pos (R := R) k
    have hq := OrderedRing.mul_le_mul_of_nonneg_right hMk (show 0 ≤ (twoPow k : R)⁻¹ by have := inv_pos hp; grind)
    rw [show twoPow k * (twoPow k : R)⁻¹ = 1 by grind] at hq
    have hge := le_expApprox_mul_neg hNk
    have hnn := expApprox_nonneg hNk'
    have hpos : 0 < expApprox k (-x) := by
      have : expApprox k (-x) ≠ 0 := fun h => by rw [h] at hge; grind
      grind
    refine ⟨(expApprox k (-x))⁻¹, ?_⟩
    rintro _ ⟨n, hn, rfl⟩
    have h3 := expApprox_mul_neg_le (le_twoPow_of_le hn (show n ≤ n + k by omega))
    have h4 := mul_le_mul (expApprox_nonneg hn) (expApprox_mono hn (show n ≤ n + k by omega)) hnn
      (expApprox_mono hNk' (show k ≤ n + k by omega))
    have h5 := OrderedRing.mul_le_mul_of_nonneg_right (show expApprox n x * expApprox k (-x) ≤ 1 by grind)
      (show 0 ≤ (expApprox k (-x))⁻¹ by have := inv_pos hpos; grind)
    rw [show expApprox n x * expApprox k (-x) * (expApprox k (-x))⁻¹ = expApprox n x by grind] at h5
    grind)
  exact ⟨L, fun n hn => h1 _ ⟨n, hn, rfl⟩, fun B hB => h2 B (by rintro _ ⟨n, hn, rfl⟩; exact hB n hn)⟩

/-- The exponential. -/
def supExp (x : R) : R := (exists_sup_expApprox hs x).choose

theorem expApprox_le (x : R) {n : Nat} (h : abs x ≤ twoPow n) : expApprox n x ≤ supExp hs x :=
  (exists_sup_expApprox hs x).choose_spec.1 n h

theorem supExp_le (x : R) {B : R} (h : ∀ n, abs x ≤ twoPow n → expApprox n x ≤ B) : supExp hs x ≤ B :=
  (exists_sup_expApprox hs x).choose_spec.2 B h

theorem one_add_le_supExp (x : R) : 1 + x ≤ supExp hs x := by
  obtain ⟨N, hN⟩ := exists_le_twoPow hs (abs x)
  have := one_add_le_expApprox hN
  have := expApprox_le hs x hN
  grind

theorem supExp_nonneg (x : R) : 0 ≤ supExp hs x := by
  obtain ⟨N, hN⟩ := exists_le_twoPow hs (abs x)
  have := expApprox_nonneg hN
  have := expApprox_le hs x hN
  grind

/-- A product of exponentials is at most `B` if the products of the approximations are. -/
theorem supExp_mul_supExp_le (x y B : R) (hB : 0 ≤ B)
    (h : ∀ n, abs x ≤ twoPow n → abs y ≤ twoPow n → expApprox n x * expApprox n y ≤ B) : supExp hs x * supExp hs y ≤ B := by
  -- `a * sup ≤ B` follows from `a * u ≤ B` for each approximation `u`
  have key : ∀ z a : R, 0 ≤ a → (∀ n, abs z ≤ twoPow n → a * expApprox n z ≤ B) → a * supExp hs z ≤ B := by
    intro z a ha hz
    by_cases h0 : a = 0
    · rw [h0]; grind
    · have hi := inv_pos (show 0 < a by grind)
      have h1 := supExp_le hs z (B := a⁻¹ * B) fun n hn => by
        have h2 := OrderedRing.mul_le_mul_of_nonneg_left (hz n hn) (show 0 ≤ a⁻¹ by grind)
        rw [show a⁻¹ * (a * expApprox n z) = expApprox n z by grind] at h2
        exact h2
      have h3 := OrderedRing.mul_le_mul_of_nonneg_left h1 ha
      rw [show a * (a⁻¹ * B) = B by grind] at h3
      exact h3
  rw [CommSemiring.mul_comm]
  refine key x _ (supExp_nonneg hs y) fun m hm => ?_
  rw [CommSemiring.mul_comm]
  refine key y _ (expApprox_nonneg hm) fun n hn => ?_
  have h1 := h (m + n) (le_twoPow_of_le hm (by omega)) (le_twoPow_of_le hn (by omega))
  have h2 := mul_le_mul (expApprox_nonneg hm) (expApprox_mono hm (show m ≤ m + n by omega)) (expApprox_nonneg hn)
    (expApprox_mono hn (show n ≤ m + n by omega))
  grind

theorem supExp_mul_neg (x : R) : supExp hs x * supExp hs (-x) = 1 := by
  have h1 := supExp_mul_supExp_le hs x (-x) 1 (by grind) fun n hn _ => expApprox_mul_neg_le hn
  refine Classical.byContradiction fun hne => ?_
  -- else `1 - x² / 2^n` would stay below a number `1 - d` that is less than one
  obtain ⟨d, hd⟩ : ∃ d, d = 1 - supExp hs x * supExp hs (-x) := ⟨_, rfl⟩
  obtain ⟨N, hN⟩ := exists_le_twoPow hs (abs x)
  obtain ⟨M, hM⟩ := exists_le_twoPow hs ((x * x + 1) / d)
  have hn : abs x ≤ twoPow (N + M) := le_twoPow_of_le hN (by omega)
  have hn' : abs (-x) ≤ twoPow (N + M) := by rw [abs_neg]; exact hn
  have h2 := le_expApprox_mul_neg hn
  have h3 := mul_le_mul (expApprox_nonneg hn) (expApprox_le hs x hn) (expApprox_nonneg hn') (expApprox_le hs (-x) hn')
  have hp := twoPow_pos (R := R) (N + M)
  have h4 := OrderedRing.mul_le_mul_of_nonneg_right (le_twoPow_of_le hM (show M ≤ N + M by omega)) (show 0 ≤ d by grind)
  rw [show (x * x + 1) / d * d = x * x + 1 by grind] at h4
  have h5 := OrderedRing.mul_le_mul_of_nonneg_left (show d ≤ x * x * (twoPow (N + M))⁻¹ by grind)
    (show 0 ≤ (twoPow (N + M) : R) by grind)
  rw [show twoPow (N + M) * (x * x * (twoPow (N + M))⁻¹) = x * x by grind] at h5
  grind

theorem supExp_pos (x : R) : 0 < supExp hs x := by
  have h1 := supExp_nonneg hs x
  have h2 := supExp_mul_neg hs x
  have : supExp hs x ≠ 0 := fun h => by rw [h] at h2; grind
  grind

/-- For opposite signs the exponential is submultiplicative. -/
theorem supExp_mul_le {x y : R} (hxy : x * y ≤ 0) : supExp hs x * supExp hs y ≤ supExp hs (x + y) :=
  supExp_mul_supExp_le hs x y _ (supExp_nonneg hs _) fun n hx hy => by
    by_cases h : abs (x + y) ≤ twoPow n
    · have := expApprox_mul_le hx hy hxy
      have := expApprox_le hs (x + y) h
      grind
    · have h1 : 0 < x → 0 < y → 0 < x * y := mul_pos
      have h2 : 0 < -x → 0 < -y → 0 < -x * -y := mul_pos
      grind [abs]

theorem supExp_add (x y : R) : supExp hs (x + y) = supExp hs x * supExp hs y := by
  have opp : ∀ u v : R, u * v ≤ 0 → supExp hs (u + v) = supExp hs u * supExp hs v := by
    intro u v h
    have h1 := supExp_mul_le hs h
    -- the other inequality is this one at `-u`, `-v`, inverted
    have h2 := supExp_mul_le hs (x := -u) (y := -v) (by grind)
    rw [show -u + -v = -(u + v) by grind] at h2
    have hu := supExp_mul_neg hs u
    have hv := supExp_mul_neg hs v
    have hw := supExp_mul_neg hs (u + v)
    have h3 := OrderedRing.mul_le_mul_of_nonneg_left h2 (mul_nonneg (mul_nonneg (supExp_nonneg hs u) (supExp_nonneg hs v))
      (supExp_nonneg hs (u + v)))
    rw [show supExp hs u * supExp hs v * supExp hs (u + v) * (supExp hs (-u) * supExp hs (-v)) = supExp hs (u + v) by grind,
      show supExp hs u * supExp hs v * supExp hs (u + v) * supExp hs (-(u + v)) = supExp hs u * supExp hs v by grind] at h3
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
