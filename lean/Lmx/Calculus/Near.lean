module
public import Lmx.Calculus.Deriv
@[expose] public section

/-!
# What holds near a point

Main definitions: `Near P x`, `P` holds in a neighbourhood of `x`; `OrderedNear` and `LargestNear`, an order between
functions that lasts near `x`.

Main results: `HasD.congr_of_local`, functions that agree near a point have the same derivative there; `HasD.lt_near`, a
strict inequality between differentiable functions holds near a point if it holds at the point; `HasD.eq_of_le_near`,
functions that agree at a point and are in order near it have the same derivative there.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {ι : Type} [Idx ι]
variable {R : Type} [OrderedField R] {α : Type} {P Q : (ι → R) → Prop} {f g ℓ m : (ι → R) → R} {x : ι → R}

/-- `P` holds in a neighbourhood of `x`. -/
def Near (P : (ι → R) → Prop) (x : ι → R) : Prop := ∃ δ : R, 0 < δ ∧ ∀ h, norm h ≤ δ → P (x + h)

theorem Near.mono (hP : Near P x) (h : ∀ y, P y → Q y) : Near Q x := by
  obtain ⟨δ, hδ, H⟩ := hP
  exact ⟨δ, hδ, fun k hk => h _ (H k hk)⟩

theorem Near.and (hP : Near P x) (hQ : Near Q x) : Near (fun y => P y ∧ Q y) x := by
  obtain ⟨δ, hδ, H⟩ := hP
  obtain ⟨δ', hδ', H'⟩ := hQ
  obtain ⟨d, hd, h1, h2⟩ := exists_min hδ hδ'
  exact ⟨d, hd, fun h hh => ⟨H h (by grind), H' h (by grind)⟩⟩

theorem Near.forall_mem {P : α → (ι → R) → Prop} (l : List α) (h : ∀ a ∈ l, Near (P a) x) :
    Near (fun y => ∀ a ∈ l, P a y) x := by
  induction l with
  | nil => exact ⟨1, by grind, by simp⟩
  | cons a l ih =>
    exact ((h a (by simp)).and (ih fun b hb => h b (by simp [hb]))).mono fun _ hy => List.forall_mem_cons.2 hy

theorem Near.self (h : Near P x) : P x := by
  obtain ⟨δ, hδ, H⟩ := h
  have h0 : norm (fun _ : ι => (0 : R)) = 0 := (sum_congr fun _ => abs_zero).trans sum_zero
  have hx : x + (fun _ => 0) = x := funext fun i => by rw [add_app]; grind
  have := H (fun _ => 0) (by grind)
  rwa [hx] at this

/-- `f` and `g` have an order near `x`: they differ at `x`, or one of them is at most the other at all points near
`x`. -/
def OrderedNear (f g : (ι → R) → R) (x : ι → R) : Prop :=
  f x ≠ g x ∨ Near (fun y => f y ≤ g y) x ∨ Near (fun y => g y ≤ f y) x

/-- Of the functions `f a`, for `a` in `l`, one is the largest near `x`: each other one is smaller at `x`, or at most as
large at all points near `x`. -/
def LargestNear (f : α → (ι → R) → R) (l : List α) (x : ι → R) : Prop :=
  ∃ a ∈ l, ∀ b ∈ l, b ≠ a → f b x < f a x ∨ Near (fun y => f b y ≤ f a y) x

/-- Functions that agree near a point have the same derivative there. -/
theorem HasD.congr_of_local (hf : HasD f ℓ x) (e : Near (fun y => g y = f y) x) : HasD g ℓ x := by
  have ex := e.self
  obtain ⟨δ, hδ, e⟩ := e
  refine ⟨hf.lin, fun ε hε => ?_⟩
  obtain ⟨δ', hδ', H⟩ := hf.small ε hε
  obtain ⟨d, hd, h1, h2⟩ := exists_min hδ hδ'
  exact ⟨d, hd, fun h hh => by simpa only [e h (by grind), ex] using H h (by grind)⟩

theorem HasD.neg (hf : HasD f ℓ x) : HasD (fun x => -f x) (fun h => -ℓ h) x := by
  simpa only [show ∀ a : R, -1 * a = -a by grind] using hf.mul_left (-1)

theorem HasD.sub (hf : HasD f ℓ x) (hg : HasD g m x) : HasD (fun x => f x - g x) (fun h => ℓ h - m h) x := by
  simpa only [show ∀ a b : R, a - b = a + -b by grind] using hf.plus hg.neg

theorem HasD.pos_near (hf : HasD f ℓ x) (h : 0 < f x) : Near (fun y => 0 < f y) x := by
  obtain ⟨C, hC, δ, hδ, H⟩ := hf.bigO
  obtain ⟨d, hd, h1, h2⟩ := exists_min hδ (div_pos h (show 0 < 2 * C by grind))
  refine ⟨d, hd, fun k hk => ?_⟩
  have h3 := H k (by grind)
  have h4 := OrderedRing.mul_le_mul_of_nonneg_left (show norm k ≤ f x / (2 * C) by grind) (show 0 ≤ C by grind)
  rw [show C * (f x / (2 * C)) = f x / 2 by grind] at h4
  grind [abs]

/-- A strict inequality between differentiable functions holds near a point if it holds at the point. -/
theorem HasD.lt_near (hf : HasD f ℓ x) (hg : HasD g m x) (h : f x < g x) : Near (fun y => f y < g y) x :=
  ((hg.sub hf).pos_near (by grind)).mono fun _ _ => by grind

/-- At a minimum the derivative is zero. -/
theorem HasD.eq_zero_of_min (hf : HasD f ℓ x) (h : Near (fun y => f x ≤ f y) x) (v : ι → R) : ℓ v = 0 := by
  refine hf.lin.eq_zero_of_smallO (fun ε hε => ?_) v
  obtain ⟨δ, hδ, H⟩ := h
  obtain ⟨δ', hδ', H'⟩ := hf.small ε hε
  obtain ⟨d, hd, h1, h2⟩ := exists_min hδ hδ'
  refine ⟨d, hd, fun k hk => ?_⟩
  have hn : norm ((-1 : R) • k) = norm k := by rw [norm_smul]; grind [abs]
  have e := hf.lin.smul (-1) k
  have a := H k (by grind)
  have a' := H ((-1 : R) • k) (by grind)
  have b := H' k (by grind)
  have b' := H' ((-1 : R) • k) (by grind)
  simp only [hn] at b'
  grind [abs]

/-- Functions that have an order near a point and agree there have the same derivative. -/
theorem HasD.eq_of_le_near (hf : HasD f ℓ x) (hg : HasD g m x) (h : Near (fun y => g y ≤ f y) x) (e : f x = g x)
    (v : ι → R) : ℓ v = m v := by
  have := (hf.sub hg).eq_zero_of_min (h.mono fun y hy => by grind) v
  grind

end
end Lmx.Calculus
end
