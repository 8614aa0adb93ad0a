module
public import Lmx.Theorems.Expand.Basic
@[expose] public section

/-!
# Windows over emitted images

The geometry of a valid window, and the emitted images that the expansion of convolution and of max-pooling share: the
padded image, its slice at a place of the window, and a cotangent spread by the stride.

Main definition: `Window.Fits`. Main results: `Window.fits_of_valid`, `spec_padWindow`, `spec_sliceWindow`,
`spreadAt_eq_nsum`.
-/

namespace Lmx
open Calculus Lean.Grind

/-! ### Geometry -/

/-- What `Window.valid` demands, and where the last window ends. -/
structure Window.Fits (w : Window) (image : Nat × Nat) : Prop where
  stride : 0 < w.stride.1 ∧ 0 < w.stride.2
  low : w.low.1 < w.size.1 ∧ w.low.2 < w.size.2
  high : w.high.1 < w.size.1 ∧ w.high.2 < w.size.2
  output : 0 < (w.output image).1 ∧ 0 < (w.output image).2
  last : ((w.output image).1 - 1) * w.stride.1 + w.size.1 ≤ w.low.1 + image.1 + w.high.1 ∧
    ((w.output image).2 - 1) * w.stride.2 + w.size.2 ≤ w.low.2 + image.2 + w.high.2

theorem windowCount_last {extent size stride : Nat} (h : 0 < windowCount extent size stride) :
    (windowCount extent size stride - 1) * stride + size ≤ extent := by
  rw [windowCount] at h ⊢
  cases hb : Nat.ble size extent <;> simp [hb] at h ⊢
  have := Nat.le_of_ble_eq_true hb
  have := Nat.div_mul_le_self (extent - size) stride
  omega

theorem Window.fits_of_valid {w : Window} {image : Nat × Nat} (h : w.valid image = true) : w.Fits image := by
  simp only [Window.valid, Bool.and_eq_true, Nat.ble_eq] at h
  exact ⟨by omega, by omega, by omega, ⟨h.1.2, h.2⟩, windowCount_last h.1.2, windowCount_last h.2⟩

theorem Window.Fits.offsets_ne_nil {w : Window} {image : Nat × Nat} (h : w.Fits image) : w.offsets ≠ [] :=
  List.ne_nil_of_mem (mem_offsets (q := (0, 0)).2 ⟨Nat.zero_lt_of_lt h.low.1, Nat.zero_lt_of_lt h.low.2⟩)

/-- Height and width of the padded image. -/
def Window.padded (w : Window) (image : Nat × Nat) : Nat × Nat :=
  (w.low.1 + image.1 + w.high.1, w.low.2 + image.2 + w.high.2)

/-- The extent of `n` elements that are `s` apart. -/
theorem spread_size {n s : Nat} (hn : 0 < n) (hs : 0 < s) : n + (n - 1) * (s - 1) = (n - 1) * s + 1 := by
  obtain ⟨s, rfl⟩ : ∃ t, s = t + 1 := ⟨s - 1, by omega⟩
  rw [Nat.add_sub_cancel, Nat.mul_succ]; omega

/-! ### Images -/

noncomputable section
variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code} {n : Nat × Nat} {c : Nat} {x : Var} {X : Tensor R}
  {w : Window}

theorem spec_padWindow {v : Literal} (hv : v.valid = true) (h : Holds B e s x (.f32 (imageShape n c)) X)
    (h1 : 0 < n.1) (h2 : 0 < n.2) (hc : 0 < c) :
    Spec B e (padImage w.low w.high (0, 0) v x) s fun s' u =>
      Holds B e s' u (.f32 (imageShape (w.padded n) c)) (ofFun4 (paddedAt w n v.value X)) := by
  refine (spec_padImage hv h h1 h2 hc (m := w.padded n) (by simp [Window.padded]) (by simp [Window.padded])).mono
    fun _ _ _ hu => hu.image_congr fun b r q k _ _ _ _ => ?_
  simp only [ofFun4, spreadAt, paddedAt, Nat.zero_add, Nat.mod_one, Nat.div_one, true_and]

theorem spec_sliceWindow {v : R} {p : Nat × Nat}
    (h : Holds B e s x (.f32 (imageShape (w.padded n) c)) (ofFun4 (paddedAt w n v X)))
    (hf : w.Fits n) (hc : 0 < c) (hp : p ∈ w.offsets) :
    Spec B e (sliceImage p (w.output n) w.stride x) s fun s' u => Holds B e s' u (.f32 (imageShape (w.output n) c))
      (ofFun4 fun b r q k => windowAt w n v X b r q k p) := by
  obtain ⟨hp1, hp2⟩ := Window.mem_offsets.1 hp
  have last := hf.last
  refine (spec_sliceImage h hc hf.stride.1 hf.stride.2 hf.output.1 hf.output.2 (by simp only [Window.padded]; omega)
    (by simp only [Window.padded]; omega)).mono fun _ _ _ hu => hu.image_congr fun b r q k _ _ _ _ => ?_
  simp only [ofFun4, windowAt, Nat.add_comm]

/-- The element that `i` is spread to is `l + i * (t + 1)`. -/
theorem nsum_spread (n l t r : Nat) (f : Nat → R) : (nsum n fun i => if l + i * (t + 1) = r then f i else 0) =
    if l ≤ r ∧ (r - l) % (t + 1) = 0 ∧ (r - l) / (t + 1) < n then f ((r - l) / (t + 1)) else 0 := by
  have key (i : Nat) : l + i * (t + 1) = r ↔ (l ≤ r ∧ (r - l) % (t + 1) = 0) ∧ i = (r - l) / (t + 1) := by
    constructor
    · rintro rfl
      simp
    · rintro ⟨⟨h1, h2⟩, rfl⟩
      rw [Nat.div_mul_cancel (Nat.dvd_of_mod_eq_zero h2)]; omega
  simp only [nsum, key]
  split
  next h => simpa only [h, and_self, true_and] using lsum_dirac List.nodup_range f (List.mem_range.2 h.2.2)
  next h => exact (lsum_congr fun i hi => if_neg (by grind)).trans (lsum_zero _)

/-- A spread image as a sum over the image. -/
theorem spreadAt_eq_nsum (low t n : Nat × Nat) (X : Tensor R) (b r q k : Nat) : spreadAt low t n 0 X b r q k =
    nsum n.1 fun i => nsum n.2 fun j =>
      if low.1 + i * (t.1 + 1) = r ∧ low.2 + j * (t.2 + 1) = q then X [b, i, j, k] else 0 := by
  have swap (i j : Nat) : (if low.1 + i * (t.1 + 1) = r ∧ low.2 + j * (t.2 + 1) = q then X [b, i, j, k] else 0) =
      if low.2 + j * (t.2 + 1) = q then if low.1 + i * (t.1 + 1) = r then X [b, i, j, k] else 0 else 0 := by grind
  simp only [swap, nsum_spread n.2 low.2, spreadAt]
  by_cases h : low.2 ≤ q ∧ (q - low.2) % (t.2 + 1) = 0 ∧ (q - low.2) / (t.2 + 1) < n.2 <;>
    simp only [h, and_true, and_false, if_true, if_false]
  · exact (nsum_spread n.1 low.1 t.1 r fun i => X [b, i, _, k]).symm
  · exact (lsum_zero _).symm

end
end Lmx
