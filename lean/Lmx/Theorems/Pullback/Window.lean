module
public import Lmx.Theorems.Pullback.Basic
public import Lmx.Theorems.Permute
public import Lmx.Theorems.ShapeLemmas
@[expose] public section

/-!
# Sums over images and windows

What the pullbacks of convolution and max-pooling share.

Main result: `nsum_nsum_windowAt`, the element of an image that a window reads is a sum of Dirac terms over the rows and
columns of the image; the adjoints come from there by exchanging sums.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] {α β γ δ ε : Type}

theorem tsum_four (a b c d : Nat) (x : Tensor R) :
    tsum [a, b, c, d] x = nsum a fun i => nsum b fun j => nsum c fun k => nsum d fun l => x [i, j, k, l] := by
  simp only [tsum_cons, tsum_nil]

/-- Moves the third of three sums to the front. -/
theorem lsum_rotate_three (l : List α) (m : List β) (n : List γ) (f : α → β → γ → R) :
    (lsum l fun a => lsum m fun b => lsum n fun c => f a b c) =
      lsum n fun c => lsum l fun a => lsum m fun b => f a b c :=
  (lsum_congr fun _ _ => lsum_comm ..).trans (lsum_comm ..)

/-- Moves the last of four sums to the front. -/
theorem lsum_rotate_four (l : List α) (m : List β) (n : List γ) (o : List δ) (f : α → β → γ → δ → R) :
    (lsum l fun a => lsum m fun b => lsum n fun c => lsum o fun d => f a b c d) =
      lsum o fun d => lsum l fun a => lsum m fun b => lsum n fun c => f a b c d :=
  (lsum_congr fun _ _ => lsum_rotate_three ..).trans (lsum_comm ..)

/-- Moves the last of five sums to the front. -/
theorem lsum_rotate_five (l : List α) (m : List β) (n : List γ) (o : List δ) (p : List ε) (f : α → β → γ → δ → ε → R) :
    (lsum l fun a => lsum m fun b => lsum n fun c => lsum o fun d => lsum p fun e => f a b c d e) =
      lsum p fun e => lsum l fun a => lsum m fun b => lsum n fun c => lsum o fun d => f a b c d e :=
  (lsum_congr fun _ _ => lsum_rotate_four ..).trans (lsum_comm ..)

theorem lsum_offsets (w : Window) (f : Nat × Nat → R) :
    lsum w.offsets f = nsum w.size.1 fun i => nsum w.size.2 fun j => f (i, j) := by
  simp only [Window.offsets, lsum_flatMap, lsum_map, nsum]

/-- Only the row with `r = i + low` counts. -/
theorem nsum_dirac_low (n low r : Nat) (f : Nat → R) :
    (nsum n fun i => if r = i + low then f i else 0) = if low ≤ r ∧ r - low < n then f (r - low) else 0 := by
  rw [nsum]
  by_cases h : low ≤ r ∧ r - low < n
  · rw [if_pos h, ← lsum_dirac List.nodup_range f (List.mem_range.2 h.2)]
    refine lsum_congr fun i _ => ?_
    simp only [show r = i + low ↔ i = r - low by omega]
  · rw [if_neg h]
    refine (lsum_congr fun i hi => ?_).trans (lsum_zero _)
    exact if_neg fun e => h (by have := List.mem_range.1 hi; omega)

/-- A window's element, zero in the padding, as a sum over the image. -/
theorem nsum_nsum_windowAt (w : Window) (image : Nat × Nat) (g : R) (x : Tensor R) (b oh ow c : Nat) (q : Nat × Nat) :
    (nsum image.1 fun h => nsum image.2 fun v =>
      (if oh * w.stride.1 + q.1 = h + w.low.1 ∧ ow * w.stride.2 + q.2 = v + w.low.2 then g else 0) * x [b, h, v, c]) =
      g * windowAt w image 0 x b oh ow c q := by
  have split : ∀ h v, (if oh * w.stride.1 + q.1 = h + w.low.1 ∧ ow * w.stride.2 + q.2 = v + w.low.2 then g else 0) *
      x [b, h, v, c] =
      if ow * w.stride.2 + q.2 = v + w.low.2 then
        (if oh * w.stride.1 + q.1 = h + w.low.1 then g * x [b, h, v, c] else 0) else 0 := by
    intro h v; grind
  simp only [split, nsum_dirac_low]
  have := nsum_dirac_low image.1 w.low.1 (oh * w.stride.1 + q.1) fun h =>
    g * x [b, h, ow * w.stride.2 + q.2 - w.low.2, c]
  rw [windowAt, paddedAt]
  by_cases h : w.low.2 ≤ ow * w.stride.2 + q.2 ∧ ow * w.stride.2 + q.2 - w.low.2 < image.2
  · simp only [h, and_self, if_true, this, and_true]; grind
  · simp only [h, if_false, and_false]; exact (lsum_zero _).trans (by grind)

end
end Lmx
end
