module
public import Lmx.Theorems.Lower.Dense
public import Lmx.Theorems.Lower.Resolve
public import Lmx.Theorems.Expand.Window
public import Lmx.Theorems.Jvp.Pool
public import Lmx.Theorems.Literal
@[expose] public section

/-!
# Lowering of the layers on images

What the lowerings of convolution, pooling and flattening leave, example by example, in the form of
`Lmx.Theorems.Lower.Dense`.

Main results: `lowers_conv2d`, `lowers_maxPool`, `lowers_globalAvgPool`, `lowers_flatten`; `Textbook.maxPool_relu`, by
which ReLU may be applied after a max-pool instead of before it.

Not claimed: that max-pooling commutes with ReLU on an image without rows or columns. There a window may hold padding
alone.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {ι : Type} [Idx ι] {B : Nat} {E : (ι → R) → Env R} {θ : ι → R} {s : Code}
  {v w b : Var} {X : (ι → R) → Nat → Tensor R} {W b' : (ι → R) → Tensor R}

/-! ### Windows -/

/-- A window over a batch of images is a window over one of them. -/
theorem windowAt_stack {X : Nat → Tensor R} {win : Window} {image q : Nat × Nat} {a : R} {channels n i j k : Nat}
    (hn : n < B) (hk : k < channels) :
    windowAt win image a (clip (extents B (imageShape image channels)) (stack X)) n i j k q =
      Textbook.pixel win image a (X n) (i * win.stride.1 + q.1) (j * win.stride.2 + q.2) k := by
  simp only [windowAt, paddedAt, Textbook.pixel]
  split
  next h => exact clip_of_inRange (by rw [extents_image]; exact inRange4.2 ⟨_, _, _, _, rfl, hn, h.1.2, h.2.2, hk⟩) _
  next => rfl

/-- The convolution of a batch of images, with a bias for each filter. -/
theorem lowers_conv2d {c : Conv} (hv : c.window.valid c.image = true) (hc : 0 < c.outputs)
    (h : HoldsAll B E s v (.f32 c.imageShape) fun θ => stack (X θ))
    (hw : HoldsAll B E s w (.f32 c.kernelShape) W) (hb : HoldsAll B E s b (.f32 (fixedShape [c.outputs])) b') :
    Lowers B E θ (conv2d c v w b) s True fun θ s' u =>
      Holds B (E θ) s' u (.f32 c.outputShape) (stack fun n => Textbook.conv2d c (W θ) (b' θ) (X θ n)) := by
  have hf := Window.fits_of_valid hv
  have hs : (Op.conv c).inferShape [c.imageShape, c.kernelShape] = some c.outputShape := by
    simp [Op.inferShape, hv, Shape.beq_self, guardSome]
  have ht : (Op.conv c).infer ([v, w].map Var.type) = some (.f32 c.outputShape) :=
    (Op.infer_iff (op := .conv c) nofun nofun).2 ⟨[c.imageShape, c.kernelShape], _, by simp [h.type, hw.type], hs, rfl⟩
  refine (smooth_emit (fun θ => spec_emit ht trivial) trivial).then fun s1 y hx hy => ?_
  have hy' : HoldsAll B E s1 y
      (.f32 (batched ([(c.window.output c.image).1, (c.window.output c.image).2] ++ [c.outputs]))) fun θ =>
        stack fun n i => (Op.conv c).eval B ([v, w].map (Var.read B (s.env B (E θ)))) (n :: i) := fun θ =>
    Holds.image_congr (n := c.window.output c.image) (c := c.outputs) (hy θ) fun _ _ _ _ _ _ _ _ => rfl
  refine (lowers_addBias (by simpa using ⟨hf.output.1, hf.output.2, hc⟩) hy' (hb.mono hx)).mono id fun θ s2 u _ hu =>
    Holds.image_congr (n := c.window.output c.image) (c := c.outputs) hu fun n i j f hn _ _ hf => ?_
  simp only [stack, List.map_cons, List.map_nil, (h θ).read, (hw θ).read, Op.eval, convAt, Textbook.conv2d]
  refine congrArg (· + b' θ [f]) (lsum_congr fun q hq => nsum_congr fun k hk => ?_)
  obtain ⟨h1, h2⟩ := Window.mem_offsets.1 hq
  refine congr (congrArg _ (windowAt_stack hn hk)) (clip_of_inRange ?_ (W θ))
  exact (extents_fixedShape B _).symm ▸ inRange4.2 ⟨_, _, _, _, rfl, h1, h2, hk, hf⟩

theorem lowers_maxPool {p : Pool} (hv : p.window.valid p.image = true)
    (h : HoldsAll B E s v (.f32 p.imageShape) fun θ => stack (X θ)) :
    Lowers B E θ (emit (.maxPool p) [v]) s (∀ n, n < B → Textbook.PoolSmooth p (X · n) θ)
      fun θ s' u => Holds B (E θ) s' u (.f32 p.outputShape) (stack fun n => Textbook.maxPool p (X θ n)) := by
  refine (lowers_emit (fun θ => (h θ).emit_one (op := .maxPool p) (sh' := p.outputShape) nofun nofun
    (by simp [Op.inferShape, hv, Shape.beq_self, guardSome])
    fun _ _ => rfl) trivial fun hc n i j k hi => ?_).mono id fun θ s1 u _ hu =>
    Holds.image_congr (n := p.window.output p.image) (c := p.channels) hu fun n i j k hn hi hj hk => ?_
  · have hi : inRange (extents B (imageShape (p.window.output p.image) p.channels)) [n, i, j, k] = true := hi
    rw [extents_image] at hi
    obtain ⟨hn, hi⟩ := inRange_cons.1 hi
    refine Eq.mp (congrArg (LargestNear · p.window.offsets θ) (funext fun q => funext fun θ => ?_)) (hc n hn i j k hi)
    rw [(h θ).read]
    exact (windowAt_stack hn (inRange_cons.1 (inRange_cons.1 (inRange_cons.1 hi).2).2).1).symm
  · simp only [stack, Op.eval, maxPoolAt, Textbook.maxPool]
    rw [clip_of_inRange (by simp [Textbook.poolExtents, inRange, hi, hj, hk])]
    exact congrArg lmax (List.map_congr_left fun q _ => windowAt_stack hn hk)

/-! ### The mean over an image, and flattening -/

theorem lowers_globalAvgPool {height width channels : Nat} (hh : 0 < height) (hw : 0 < width) (hc : 0 < channels)
    (h : HoldsAll B E s v (.f32 (batched [height, width, channels])) fun θ => stack (X θ)) :
    Lowers B E θ (globalAvgPool height width channels v) s True
      fun θ s' u => Holds B (E θ) s' u (.f32 (batched [channels]))
        (stack fun n => Textbook.globalAvgPool height width (X θ n)) := by
  refine (smooth_emit (fun θ => spec_reduceSum (dims := [1, 2]) rfl (h θ)) trivial).then fun s1 y hx hy => ?_
  refine (smooth_emit (fun θ => spec_constant (Literal.valid_inv (Nat.mul_pos hh hw))
    (positive_batched (by simpa using hc))) trivial).then fun s2 z hx' hz => ?_
  refine (smooth_emit (fun θ => spec_binary .multiply (sh := batched [channels]) (HoldsAll.mono hy hx' θ) (hz θ))
    trivial).mono id fun θ s3 u _ hu => hu.congr fun i hi => ?_
  obtain ⟨n, k, rfl, -⟩ := exists_of_inRange_pair hi
  have hs : tsum [height, width] (fun c => stack (X θ) (reduceIndex 4 [1, 2] [n, k] c)) =
      nsum height fun i => nsum width fun j => X θ n [i, j, k] := by
    simp only [tsum_cons, tsum_nil]; rfl
  rw [extents_batched]
  refine (congr (congrArg _ hs) (Literal.value_inv _)).trans ?_
  simp only [stack, Textbook.globalAvgPool, Binary.eval, Field.div_eq_mul_inv]
  grind only

theorem sameSize_flatten (l : List Nat) : Shape.sameSize (batched l) (batched [product l]) = true := by
  have key (l : List Nat) : Shape.degree (fixedShape l) = 0 ∧ Shape.coeff (fixedShape l) = product l := by
    induction l with
    | nil => exact ⟨rfl, rfl⟩
    | cons n l ih => exact ⟨ih.1, congrArg (n * ·) ih.2⟩
  have h (l) : (batched l).degree = (fixedShape l).degree + 1 ∧ (batched l).coeff = 1 * (fixedShape l).coeff :=
    ⟨rfl, rfl⟩
  simp [Shape.sameSize, h, key, product, foldr]

theorem lowers_flatten {sh : List Nat} (hp : ∀ n ∈ sh, 0 < n)
    (h : HoldsAll B E s v (.f32 (batched sh)) fun θ => stack (X θ)) :
    Lowers B E θ (reshape (batched [product sh]) v) s True
      fun θ s' u => Holds B (E θ) s' u (.f32 (batched [product sh])) (stack fun n => Textbook.flatten sh (X θ n)) := by
  refine (smooth_ite (fun θ => spec_reshape (sameSize_flatten sh) (positive_batched (by simpa using product_pos hp))
    (h θ)) trivial).mono id fun θ s1 u _ hu => hu.congr fun i hi => ?_
  obtain ⟨n, k, rfl, -, hk⟩ := exists_of_inRange_pair hi
  have hr : ravel [B, product sh] [n, k] = product sh * n + k := by simp [ravel, product, foldr, Nat.mul_comm]
  simp [extents_batched, hr, unravel, Nat.mul_add_div (Nat.zero_lt_of_lt hk), Nat.div_eq_of_lt hk,
    Nat.mod_eq_of_lt hk, stack, Textbook.flatten]

/-! ### Max-pooling and ReLU -/

theorem lowestValue_neg : (lowestValue : R) < 0 := by
  have key {n : Nat} (h : 0 < n) : -(n : R) < 0 := by
    have h1 := natCast_ne_zero (R := R) h
    have h2 : (0 : R) ≤ (n : R) := OrderedRing.natCast_nonneg
    grind
  exact key (by decide)

open Classical in
/-- The maximum commutes with ReLU, even if ReLU is not applied to some of the negative numbers. -/
theorem lmax_relu {α : Type} {l : List α} {f g : α → R} {q : α} (hq : q ∈ l) (hgq : g q = if 0 < f q then f q else 0)
    (h : ∀ o ∈ l, g o = (if 0 < f o then f o else 0) ∨ g o = f o ∧ f o < 0) :
    lmax (l.map g) = if 0 < lmax (l.map f) then lmax (l.map f) else 0 := by
  obtain ⟨m, hm, hle⟩ : ∃ m ∈ l, ∀ o ∈ l, f o ≤ f m := by
    cases l with
    | nil => cases hq
    | cons a l => grind [foldl_max2 (l.map f) (f a)]
  rw [lmax_eq (List.mem_map_of_mem (f := f) hm) (List.forall_mem_map.2 hle)]
  refine lmax_eq (List.mem_map.2 ?_) (List.forall_mem_map.2 fun o ho => ?_) <;> grind

/-- Some place of every window is in the image, since the paddings are smaller than the window. -/
theorem Window.Fits.exists_inside {win : Window} {image : Nat × Nat} (h : win.Fits image) (h1 : 0 < image.1)
    (h2 : 0 < image.2) {i j : Nat}
    (hi : i < (win.output image).1) (hj : j < (win.output image).2) :
    ∃ q ∈ win.offsets, (win.low.1 ≤ i * win.stride.1 + q.1 ∧ i * win.stride.1 + q.1 - win.low.1 < image.1) ∧
      (win.low.2 ≤ j * win.stride.2 + q.2 ∧ j * win.stride.2 + q.2 - win.low.2 < image.2) := by
  have hi' := Nat.mul_le_mul_right win.stride.1 (Nat.le_sub_one_of_lt hi)
  have hj' := Nat.mul_le_mul_right win.stride.2 (Nat.le_sub_one_of_lt hj)
  obtain ⟨-, l, g, -, e⟩ := h
  refine ⟨(win.low.1 - i * win.stride.1, win.low.2 - j * win.stride.2), Window.mem_offsets.2 ?_, ?_⟩
    <;> simp only <;> omega

/-- Max-pooling commutes with ReLU. -/
theorem Textbook.maxPool_relu {p : Pool} (hv : p.window.valid p.image = true) (h1 : 0 < p.image.1) (h2 : 0 < p.image.2)
    (x : Tensor R) :
    Textbook.maxPool p (Textbook.relu x) = Textbook.relu (Textbook.maxPool p x) := by
  funext l
  by_cases hl : inRange (poolExtents p) l = true
  · match l, length_of_inRange hl with
    | [i, j, c], _ =>
      obtain ⟨hi, hj⟩ := inRange_cons.1 hl
      obtain ⟨q, hq, hin⟩ := (Window.fits_of_valid hv).exists_inside h1 h2 hi (inRange_cons.1 hj).1
      have apply (y : Tensor R) : maxPool p y [i, j, c] = lmax (p.window.offsets.map fun o =>
        pixel p.window p.image lowestValue y (i * p.window.stride.1 + o.1) (j * p.window.stride.2 + o.2) c) :=
          clip_of_inRange hl _
      rw [apply, relu, apply]
      have hlow := lowestValue_neg (R := R)
      refine lmax_relu hq ?_ fun o _ => ?_ <;> grind [pixel, Textbook.relu]
  · simp [maxPool, relu, clip, hl]

end Lmx
