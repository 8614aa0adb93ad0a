module
public import Lmx.Calculus.Transcendental
public import Lmx.Semantics.Jvp
@[expose] public section

/-!
# Tangents of environments, and locality of derivatives

Main definitions: `Tangent G D θ`, every value of the environment `G θ` has a derivative in `θ`, namely `D`; `Near P x`,
`P` holds in a neighbourhood of `x`.

Main results: `HasD.congr_of_local`, functions that agree near a point have the same derivative there; `HasD.lt_near`, a
strict inequality between differentiable functions holds near a point if it holds at the point; `hasD_windowAt`, the
derivative of an element of a window.
-/

namespace Lmx.Calculus
open Lean.Grind

/-! ### Locality -/

section
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

end
end Lmx.Calculus

/-! ### Tangents -/

namespace Lmx
open Calculus

noncomputable section
variable {ι : Type} [Idx ι] {R : Type} [RealOps R] {X DX : (ι → R) → Tensor R} {θ : ι → R}

/-- Each element of each value of `G θ` has a derivative in `θ`: `D`, applied to the change of `θ`. -/
def Tangent (G D : (ι → R) → Env R) (θ : ι → R) : Prop := ∀ k i, HasD (fun θ => G θ k i) (fun h => D h k i) θ

theorem hasD_clip (s : List Nat) (i : List Nat) (h : inRange s i = true → HasD (fun θ => X θ i) (fun h => DX h i) θ) :
    HasD (fun θ => clip s (X θ) i) (fun h => clip s (DX h) i) θ := by
  simp only [clip]; split
  · exact h (by assumption)
  · exact HasD.const 0 θ

/-- An element of a window on a padded image has the tangent that the window on the tangents, padded with zero, has
there. -/
theorem hasD_windowAt (hX : ∀ i, HasD (fun θ => X θ i) (fun h => DX h i) θ) (w : Window) (image : Nat × Nat) (v : R)
    (b oh ow c : Nat) (q : Nat × Nat) :
    HasD (fun θ => windowAt w image v (X θ) b oh ow c q) (fun h => windowAt w image 0 (DX h) b oh ow c q) θ := by
  simp only [windowAt, paddedAt]; split
  · exact hX _
  · exact HasD.const v θ

end
end Lmx
