module
public import Lmx.Calculus.Linear
@[expose] public section

/-!
# Little-o and big-O at zero

Derivatives are proved by calculating with these two classes of functions, not with epsilons.

Main definitions: `SmallO`, `BigO`. Main results: both are closed under sums and multiplication by constants; linear forms are big-O
(`IsLin.bigO`), products of two big-O functions are little-o (`BigO.mul`), and `SmallO.comp` is what the chain rule needs.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] {ι κ : Type} [Idx ι] [Idx κ]

/-- `r h = o(‖h‖)` as `h → 0`. -/
def SmallO (r : (ι → R) → R) : Prop :=
  ∀ ε : R, 0 < ε → ∃ δ : R, 0 < δ ∧ ∀ h, norm h ≤ δ → abs (r h) ≤ ε * norm h

/-- `r h = O(‖h‖)` as `h → 0`. -/
def BigO (r : (ι → R) → R) : Prop :=
  ∃ C : R, 0 < C ∧ ∃ δ : R, 0 < δ ∧ ∀ h, norm h ≤ δ → abs (r h) ≤ C * norm h

theorem SmallO.bigO {r : (ι → R) → R} (h : SmallO r) : BigO r := ⟨1, by grind, h 1 (by grind)⟩

theorem SmallO.zero : SmallO (fun _ : ι → R => (0 : R)) := fun ε hε => ⟨1, by grind, fun h _ => by
  have := mul_nonneg (x := ε) (y := norm h) (by grind) (norm_nonneg h)
  rw [abs_zero]; exact this⟩

theorem BigO.plus {r s : (ι → R) → R} (hr : BigO r) (hs : BigO s) : BigO (fun h => r h + s h) := by
  obtain ⟨C, hC, δ, hδ, H⟩ := hr
  obtain ⟨C', hC', δ', hδ', H'⟩ := hs
  obtain ⟨d, hd, h1, h2⟩ := exists_min hδ hδ'
  refine ⟨C + C', by grind, d, hd, fun h hh => ?_⟩
  have := H h (by grind); have := H' h (by grind); have := abs_add (r h) (s h)
  grind

theorem SmallO.plus {r s : (ι → R) → R} (hr : SmallO r) (hs : SmallO s) : SmallO (fun h => r h + s h) := by
  intro ε hε
  obtain ⟨δ, hδ, H⟩ := hr (ε / 2) (by grind)
  obtain ⟨δ', hδ', H'⟩ := hs (ε / 2) (by grind)
  obtain ⟨d, hd, h1, h2⟩ := exists_min hδ hδ'
  refine ⟨d, hd, fun h hh => ?_⟩
  have := H h (by grind); have := H' h (by grind); have := abs_add (r h) (s h)
  grind

theorem BigO.mul_left {r : (ι → R) → R} (c : R) (hr : BigO r) : BigO (fun h => c * r h) := by
  obtain ⟨C, hC, δ, hδ, H⟩ := hr
  have hc := abs_nonneg c
  refine ⟨(abs c + 1) * C, mul_pos (by grind) hC, δ, hδ, fun h hh => ?_⟩
  have := mul_le_mul hc (show abs c ≤ abs c + 1 by grind) (abs_nonneg (r h)) (H h hh)
  rw [abs_mul]; grind

theorem SmallO.mul_left {r : (ι → R) → R} (c : R) (hr : SmallO r) : SmallO (fun h => c * r h) := by
  intro ε hε
  have hc := abs_nonneg c
  obtain ⟨δ, hδ, H⟩ := hr (ε / (abs c + 1)) (div_pos hε (by grind))
  refine ⟨δ, hδ, fun h hh => ?_⟩
  have := mul_le_mul hc (show abs c ≤ abs c + 1 by grind) (abs_nonneg (r h)) (H h hh)
  have e : (abs c + 1) * (ε / (abs c + 1) * norm h) = ε * norm h := by grind
  rw [abs_mul]; grind

theorem BigO.lsum {α : Type} {r : α → (ι → R) → R} (l : List α) (h : ∀ a, BigO (r a)) :
    BigO (fun x => Calculus.lsum l (fun a => r a x)) := by
  induction l with
  | nil => exact SmallO.zero.bigO
  | cons a l ih => exact (h a).plus ih

theorem SmallO.lsum {α : Type} {r : α → (ι → R) → R} (l : List α) (h : ∀ a, SmallO (r a)) :
    SmallO (fun x => Calculus.lsum l (fun a => r a x)) := by
  induction l with
  | nil => exact SmallO.zero
  | cons a l ih => exact (h a).plus ih

theorem BigO.abs {r : (ι → R) → R} (hr : BigO r) : BigO (fun h => abs (r h)) := by
  obtain ⟨C, hC, δ, hδ, H⟩ := hr
  exact ⟨C, hC, δ, hδ, fun h hh => by rw [abs_abs]; exact H h hh⟩

theorem BigO.mul {r s : (ι → R) → R} (hr : BigO r) (hs : BigO s) : SmallO (fun h => r h * s h) := by
  intro ε hε
  obtain ⟨C, hC, δ, hδ, H⟩ := hr
  obtain ⟨C', hC', δ', hδ', H'⟩ := hs
  obtain ⟨d, hd, h1, h2⟩ := exists_min hδ hδ'
  have hCC := mul_pos hC hC'
  obtain ⟨d', hd', h3, h4⟩ := exists_min hd (div_pos hε hCC)
  refine ⟨d', hd', fun h hh => ?_⟩
  have hn := norm_nonneg h
  have h5 := mul_le_mul (abs_nonneg (r h)) (H h (by grind)) (abs_nonneg (s h)) (H' h (by grind))
  have h6 := mul_le_mul hn (show norm h ≤ ε / (C * C') by grind) (show 0 ≤ C * C' by grind) (show C * C' ≤ C * C' by grind)
  have h7 := mul_le_mul (mul_nonneg hn (show 0 ≤ C * C' by grind)) h6 hn (show norm h ≤ norm h by grind)
  have e : ε / (C * C') * (C * C') = ε := by grind
  rw [e] at h7
  rw [abs_mul]; grind

theorem BigO.norm {k : (ι → R) → κ → R} (hk : ∀ j, BigO (k · j)) : BigO (fun h => norm (k h)) :=
  BigO.lsum _ fun j => (hk j).abs

theorem BigO.coord (i : ι) : BigO (fun h : ι → R => h i) :=
  ⟨1, by grind, 1, by grind, fun h _ => by have := abs_le_norm h i; grind⟩

theorem IsLin.bigO {ℓ : (ι → R) → R} (h : IsLin ℓ) : BigO ℓ := by
  rw [show ℓ = fun x => Calculus.sum fun i => ℓ (basis i) * x i from funext fun x => by
    rw [h.eq_sum]; apply sum_congr; grind]
  exact BigO.lsum _ fun i => (BigO.coord i).mul_left _

/-- A linear form of little-o's is little-o. -/
theorem IsLin.smallO {m : (κ → R) → R} {r : (ι → R) → κ → R} (h : IsLin m) (hr : ∀ j, SmallO (r · j)) :
    SmallO (fun x => m (r x)) := by
  rw [show (fun x => m (r x)) = fun x => Calculus.sum fun j => m (basis j) * r x j from funext fun x => by
    rw [h.eq_sum]; apply sum_congr; grind]
  exact SmallO.lsum _ fun i => (hr i).mul_left _

theorem SmallO.comp {r : (κ → R) → R} {k : (ι → R) → κ → R} (hr : SmallO r) (hk : ∀ j, BigO (k · j)) :
    SmallO (fun h => r (k h)) := by
  intro ε hε
  obtain ⟨C, hC, δ, hδ, H⟩ := BigO.norm hk
  obtain ⟨δ', hδ', H'⟩ := hr (ε / C) (div_pos hε hC)
  obtain ⟨d, hd, h1, h2⟩ := exists_min hδ (div_pos hδ' hC)
  refine ⟨d, hd, fun h hh => ?_⟩
  have h3 := H h (by grind)
  have h3 : Calculus.norm (k h) ≤ C * Calculus.norm h := by have := le_abs (Calculus.norm (k h)); grind
  have h4 := mul_le_mul (show 0 ≤ C by grind) (show C ≤ C by grind) (norm_nonneg h) (show Calculus.norm h ≤ δ' / C by grind)
  have e : C * (δ' / C) = δ' := by grind
  have h5 := H' (k h) (by grind)
  have hp := div_pos hε hC
  have h6 := mul_le_mul (show 0 ≤ ε / C by grind) (show ε / C ≤ ε / C by grind) (norm_nonneg (k h)) h3
  have e' : ε / C * (C * Calculus.norm h) = ε * Calculus.norm h := by grind
  grind

end
end Lmx.Calculus
