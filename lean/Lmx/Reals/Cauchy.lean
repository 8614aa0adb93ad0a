module
public import Lmx.Calculus.Field
@[expose] public section

/-!
# Cauchy sequences of rationals

Main definitions: `Eventually`, `Null`, sequences that tend to zero; `CauchySeq`, with its sums, products and inverses. Main result:
`CauchySeq.away_from_zero`, a Cauchy sequence that is not null is eventually bounded away from zero, with a constant sign.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section

/-- From some `n` on. -/
def Eventually (P : Nat → Prop) : Prop := ∃ N, ∀ n, N ≤ n → P n

theorem Eventually.all {P : Nat → Prop} (h : ∀ n, P n) : Eventually P := ⟨0, fun n _ => h n⟩

theorem Eventually.and_imp {P Q S : Nat → Prop} (hP : Eventually P) (hQ : Eventually Q)
    (h : ∀ n, P n → Q n → S n) : Eventually S := by
  obtain ⟨N, hN⟩ := hP
  obtain ⟨M, hM⟩ := hQ
  exact ⟨N + M, fun n hn => h n (hN n (by omega)) (hM n (by omega))⟩

theorem Eventually.imp {P S : Nat → Prop} (hP : Eventually P) (h : ∀ n, P n → S n) : Eventually S :=
  hP.and_imp hP fun n h1 _ => h n h1

theorem Eventually.exists {P : Nat → Prop} (h : Eventually P) : ∃ n, P n :=
  let ⟨N, hN⟩ := h
  ⟨N, hN N (Nat.le_refl _)⟩

/-- The sequence tends to zero. -/
def Null (u : Nat → Rat) : Prop := ∀ ε : Rat, 0 < ε → Eventually fun n => abs (u n) ≤ ε

theorem Null.add {u v : Nat → Rat} (hu : Null u) (hv : Null v) : Null (fun n => u n + v n) := fun ε hε =>
  (hu (ε / 2) (by grind)).and_imp (hv (ε / 2) (by grind)) fun n h1 h2 => by have := abs_add (u n) (v n); grind

theorem Null.neg {u : Nat → Rat} (hu : Null u) : Null (fun n => - u n) := fun ε hε =>
  (hu ε hε).imp fun n h => by rw [abs_neg]; exact h

theorem Null.zero : Null (fun _ => 0) := fun ε hε => Eventually.all fun n => by rw [abs_zero]; grind

theorem Null.congr {u v : Nat → Rat} (hu : Null u) (h : ∀ n, u n = v n) : Null v := by
  rw [← show u = v from funext h]; exact hu

/-- The sequence is bounded from some `n` on. -/
def Bounded (u : Nat → Rat) : Prop := ∃ B : Rat, 0 < B ∧ Eventually fun n => abs (u n) ≤ B

theorem Null.mul {u v : Nat → Rat} (hu : Null u) (hv : Bounded v) : Null (fun n => u n * v n) := fun ε hε => by
  obtain ⟨B, hB, hb⟩ := hv
  refine (hu (ε / B) (div_pos hε hB)).and_imp hb fun n h1 h2 => ?_
  have := mul_le_mul (abs_nonneg (u n)) h1 (abs_nonneg (v n)) h2
  have e : ε / B * B = ε := by grind
  rw [abs_mul]; grind

/-- A Cauchy sequence of rationals. -/
structure CauchySeq where
  /-- The terms. -/
  f : Nat → Rat
  cauchy : ∀ ε : Rat, 0 < ε → ∃ N, ∀ m n, N ≤ m → N ≤ n → abs (f m - f n) ≤ ε

theorem CauchySeq.bounded (a : CauchySeq) : Bounded a.f := by
  obtain ⟨N, hN⟩ := a.cauchy 1 (by grind)
  refine ⟨abs (a.f N) + 1, by have := abs_nonneg (a.f N); grind, N, fun n hn => ?_⟩
  have := hN n N hn (Nat.le_refl _)
  have := abs_add (a.f n - a.f N) (a.f N)
  grind

/-- A sequence whose differences are bounded by those of two Cauchy sequences is a Cauchy sequence. -/
theorem cauchy_of_le (a b : CauchySeq) (g : Nat → Rat) (C : Rat) (hC : 0 < C)
    (h : ∃ N, ∀ m n, N ≤ m → N ≤ n → abs (g m - g n) ≤ C * abs (a.f m - a.f n) + C * abs (b.f m - b.f n)) :
    ∀ ε : Rat, 0 < ε → ∃ N, ∀ m n, N ≤ m → N ≤ n → abs (g m - g n) ≤ ε := fun ε hε => by
  obtain ⟨N, hN⟩ := h
  have hp := div_pos hε (show 0 < 2 * C by grind)
  obtain ⟨N1, h1⟩ := a.cauchy _ hp
  obtain ⟨N2, h2⟩ := b.cauchy _ hp
  refine ⟨N + N1 + N2, fun m n hm hn => ?_⟩
  have e1 := OrderedRing.mul_le_mul_of_nonneg_left (h1 m n (by omega) (by omega)) (show 0 ≤ C by grind)
  have e2 := OrderedRing.mul_le_mul_of_nonneg_left (h2 m n (by omega) (by omega)) (show 0 ≤ C by grind)
  have := hN m n (by omega) (by omega)
  have e : C * (ε / (2 * C)) = ε / 2 := by grind
  grind

/-- The constant sequence. -/
def CauchySeq.const (q : Rat) : CauchySeq :=
  ⟨fun _ => q, fun ε hε => ⟨0, fun m n _ _ => by rw [show q - q = 0 by grind, abs_zero]; grind⟩⟩

/-- The sum, term by term. -/
def CauchySeq.add (a b : CauchySeq) : CauchySeq := ⟨fun n => a.f n + b.f n, cauchy_of_le a b _ 1 (by grind) ⟨0, fun m n _ _ => by
  have := abs_add (a.f m - a.f n) (b.f m - b.f n)
  rw [show a.f m + b.f m - (a.f n + b.f n) = a.f m - a.f n + (b.f m - b.f n) by grind]; grind⟩⟩

/-- The negative, term by term. -/
def CauchySeq.neg (a : CauchySeq) : CauchySeq := ⟨fun n => - a.f n, cauchy_of_le a a _ 1 (by grind) ⟨0, fun m n _ _ => by
  have := abs_neg (a.f m - a.f n)
  have := abs_nonneg (a.f m - a.f n)
  rw [show - a.f m - - a.f n = - (a.f m - a.f n) by grind]; grind⟩⟩

/-- The product, term by term. -/
def CauchySeq.mul (a b : CauchySeq) : CauchySeq := ⟨fun n => a.f n * b.f n, by
  obtain ⟨A, hA, NA, ha⟩ := a.bounded
  obtain ⟨B, hB, NB, hb⟩ := b.bounded
  refine cauchy_of_le a b _ (A + B) (by grind) ⟨NA + NB, fun m n hm hn => ?_⟩
  have h1 := ha m (by omega)
  have h2 := hb n (by omega)
  rw [show a.f m * b.f m - a.f n * b.f n = a.f m * (b.f m - b.f n) + b.f n * (a.f m - a.f n) by grind]
  have h3 := abs_add (a.f m * (b.f m - b.f n)) (b.f n * (a.f m - a.f n))
  have h4 := OrderedRing.mul_le_mul_of_nonneg_right (show abs (a.f m) ≤ A + B by grind) (abs_nonneg (b.f m - b.f n))
  have h5 := OrderedRing.mul_le_mul_of_nonneg_right (show abs (b.f n) ≤ A + B by grind) (abs_nonneg (a.f m - a.f n))
  rw [abs_mul, abs_mul] at h3; grind⟩

/-- A Cauchy sequence that is not null is eventually bounded away from zero, with a constant sign. -/
theorem CauchySeq.away_from_zero (a : CauchySeq) (h : ¬ Null a.f) :
    ∃ ε : Rat, 0 < ε ∧ (Eventually (fun n => ε ≤ a.f n) ∨ Eventually (fun n => a.f n ≤ -ε)) := by
  simp only [Null, Classical.not_forall] at h
  obtain ⟨ε, hε, h⟩ := h
  obtain ⟨N, hN⟩ := a.cauchy (ε / 2) (by grind)
  obtain ⟨k, hk, hk'⟩ : ∃ n, N ≤ n ∧ ¬ abs (a.f n) ≤ ε :=
    Classical.byContradiction fun hc => h ⟨N, fun n hn => Classical.byContradiction fun hd => hc ⟨n, hn, hd⟩⟩
  refine ⟨ε / 2, by grind, ?_⟩
  by_cases hs : 0 ≤ a.f k
  · exact Or.inl ⟨N, fun n hn => by have := hN k n hk hn; grind [abs]⟩
  · exact Or.inr ⟨N, fun n hn => by have := hN k n hk hn; grind [abs]⟩

theorem CauchySeq.abs_away_from_zero (a : CauchySeq) (h : ¬ Null a.f) :
    ∃ ε : Rat, 0 < ε ∧ Eventually (fun n => ε ≤ abs (a.f n)) := by
  obtain ⟨ε, hε, h | h⟩ := a.away_from_zero h
  · exact ⟨ε, hε, h.imp fun n h => by grind [abs]⟩
  · exact ⟨ε, hε, h.imp fun n h => by grind [abs]⟩

theorem abs_inv_sub_inv {x y : Rat} (hx : x ≠ 0) (hy : y ≠ 0) : abs (x⁻¹ - y⁻¹) * (abs x * abs y) = abs (x - y) := by
  rw [← abs_mul, ← abs_mul, ← abs_neg (x - y)]; congr 1; grind

open Classical in
/-- The inverse, term by term, and zero for null sequences. -/
def CauchySeq.inv (a : CauchySeq) : CauchySeq := if h : Null a.f then .const 0 else ⟨fun n => (a.f n)⁻¹, by
  obtain ⟨ε, hε, N, hN⟩ := a.abs_away_from_zero h
  have hee := mul_pos hε hε
  refine cauchy_of_le a a _ (1 / (ε * ε)) (div_pos (by grind) hee) ⟨N, fun m n hm hn => ?_⟩
  have h1 := hN m hm
  have h2 := hN n hn
  have key := abs_inv_sub_inv (x := a.f m) (y := a.f n) (by grind [abs]) (by grind [abs])
  have hX := abs_nonneg ((a.f m)⁻¹ - (a.f n)⁻¹)
  have h3 := mul_le_mul (show 0 ≤ ε by grind) h1 (show 0 ≤ ε by grind) h2
  have h4 := OrderedRing.mul_le_mul_of_nonneg_left h3 hX
  have hc : 0 ≤ 1 / (ε * ε) := by have := div_pos (show (0:Rat) < 1 by grind) hee; grind
  have h5 := OrderedRing.mul_le_mul_of_nonneg_left
    (show abs ((a.f m)⁻¹ - (a.f n)⁻¹) * (ε * ε) ≤ abs (a.f m - a.f n) by grind) hc
  have h6 := mul_nonneg hc (abs_nonneg (a.f m - a.f n))
  have h7 : 1 / (ε * ε) * (abs ((a.f m)⁻¹ - (a.f n)⁻¹) * (ε * ε)) = abs ((a.f m)⁻¹ - (a.f n)⁻¹) := by grind
  grind⟩

end
end Lmx.Reals
