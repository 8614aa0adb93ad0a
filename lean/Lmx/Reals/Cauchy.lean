module
public import Lmx.Calculus.Field
@[expose] public section

/-!
# Cauchy sequences of rationals

Main definitions: `Close u v`, the terms of two sequences come arbitrarily close, so that `Close u u` says that `u` is a
Cauchy sequence; `Continuous`, for functions of two rationals. Main result: `Close.map`, continuous functions keep
sequences close.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section
variable {u v w u' v' : Nat → Rat} {F : Rat → Rat → Rat}

/-- From some place on, the terms of the two sequences are as close to each other as desired. -/
def Close (u v : Nat → Rat) : Prop := ∀ ε : Rat, 0 < ε → ∃ N, ∀ m n, N ≤ m → N ≤ n → abs (u m - v n) ≤ ε

theorem Close.symm (h : Close u v) : Close v u := fun ε hε =>
  let ⟨N, h⟩ := h ε hε
  ⟨N, fun m n hm hn => by have := h n m hn hm; grind [abs_le]⟩

theorem Close.trans (h : Close u v) (h' : Close v w) : Close u w := fun ε hε => by
  obtain ⟨N, h⟩ := h (ε / 2) (by grind)
  obtain ⟨M, h'⟩ := h' (ε / 2) (by grind)
  refine ⟨N + M, fun m n hm hn => ?_⟩
  have := h m (N + M) (by omega) (by omega)
  have := h' (N + M) n (by omega) (by omega)
  grind [abs_le]

theorem Close.of_eq (h : Close u u) (N : Nat) (e : ∀ n, N ≤ n → u n = v n) : Close u v := fun ε hε =>
  let ⟨M, h⟩ := h ε hε
  ⟨N + M, fun m n hm hn => e n (by omega) ▸ h m n (by omega) (by omega)⟩

/-- Uniformly continuous, as long as the first argument of the one pair and the second of the other are bounded. -/
def Continuous (F : Rat → Rat → Rat) : Prop := ∀ B ε : Rat, 0 < B → 0 < ε → ∃ δ, 0 < δ ∧ ∀ x y x' y',
  abs x ≤ B → abs y' ≤ B → abs (x - x') ≤ δ → abs (y - y') ≤ δ → abs (F x y - F x' y') ≤ ε

theorem Close.bounded (h : Close u v) : ∃ B N, 0 < B ∧ ∀ n, N ≤ n → abs (u n) ≤ B := by
  obtain ⟨N, h⟩ := h 1 (by grind)
  refine ⟨abs (v N) + 1, N, by grind [abs], fun n hn => ?_⟩
  have := abs_add (u n - v N) (v N)
  grind

theorem Close.map (hF : Continuous F) (hu : Close u u') (hv : Close v v') :
    Close (fun n => F (u n) (v n)) (fun n => F (u' n) (v' n)) := fun ε hε => by
  obtain ⟨B, N, hB, hN⟩ := hu.bounded
  obtain ⟨C, M, hC, hM⟩ := hv.symm.bounded
  obtain ⟨δ, hδ, H⟩ := hF (B + C) ε (by grind) hε
  obtain ⟨N', hN'⟩ := hu δ hδ
  obtain ⟨M', hM'⟩ := hv δ hδ
  exact ⟨N + M + N' + M', fun m n hm hn =>
    H _ _ _ _ (by grind) (by grind) (hN' m n (by omega) (by omega)) (hM' m n (by omega) (by omega))⟩

theorem continuous_add : Continuous (· + ·) := fun _ ε _ hε =>
  ⟨ε / 2, by grind, fun x y x' y' _ _ _ _ => by grind [abs_le]⟩

theorem continuous_mul : Continuous (· * ·) := fun B ε hB hε => by
  refine ⟨ε / (2 * B), div_pos hε (by grind), fun x y x' y' hx hy' h h' => ?_⟩
  have h1 := mul_le_mul (abs_nonneg x) hx (abs_nonneg (y - y')) h'
  have h2 := mul_le_mul (abs_nonneg y') hy' (abs_nonneg (x - x')) h
  rw [← abs_mul, show B * (ε / (2 * B)) = ε / 2 by grind] at h1 h2
  grind [abs_le]

theorem continuous_max : Continuous fun x y => if x ≤ y then y else x := fun _ ε _ hε =>
  ⟨ε / 2, by grind, fun x y x' y' _ _ _ _ => by grind [abs_le]⟩

end
end Lmx.Reals
