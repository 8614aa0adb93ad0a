module
public import Lmx.Calculus.Transcendental
public import Lmx.Semantics.Jvp
@[expose] public section

/-!
# Tangents of environments

Main definition: `Tangent G D θ`, every value of the environment `G θ` has a derivative in `θ`, namely `D`. Main result:
`hasD_windowAt`, the derivative of an element of a window.
-/

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
