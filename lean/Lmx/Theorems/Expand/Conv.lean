module
public import Lmx.Theorems.Expand.Window
public import Lmx.Theorems.EmitDot
@[expose] public section

/-!
# The expansion of convolution

The primitives that convolution and its two adjoints are expanded into compute the textbook formulas.

Main results: `spec_expandConv`, `spec_expandConvImageGrad`, `spec_expandConvKernelGrad`; `spec_concatenate`, for
arguments of extent one.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code} {c : Conv} {x k d : Var} {X K D : Tensor R}

/-! ### Matrices of the kernel -/

theorem positive_fixed {l : List Nat} : (fixedShape l).positive = true ↔ ∀ n ∈ l, 0 < n := by
  simp [Shape.positive_iff, fixedShape, map_eq, Dim.coeff]

theorem ravel_one_one (a b i j : Nat) : ravel [1, 1, a, b] [0, 0, i, j] = ravel [a, b] [i, j] := by simp [ravel]

theorem coeff_one_one (a b : Nat) : Shape.coeff (fixedShape [1, 1, a, b]) = Shape.coeff (fixedShape [a, b]) := by
  simp [Shape.coeff, fixedShape, map_eq, product, foldr, Dim.coeff]

theorem spec_kernelAt {p : Nat × Nat} (hk : Holds B e s k (.f32 c.kernelShape) K) (hp : p ∈ c.window.offsets)
    (hi : 0 < c.inputs) (ho : 0 < c.outputs) :
    Spec B e (kernelAt c p k) s fun s' v =>
      Holds B e s' v (.f32 (fixedShape [c.inputs, c.outputs])) fun i => K (p.1 :: p.2 :: i) := by
  obtain ⟨hp1, hp2⟩ := Window.mem_offsets.1 hp
  refine Spec.bind (spec_slice hk (sh' := fixedShape [1, 1, c.inputs, c.outputs]) ?_) fun s1 v _ hv => ?_
  · simp [sliceShape, Conv.kernelShape, fixedShape, map_eq, guardSome_eq, Nat.succ_le_iff, *]
  · refine (spec_reshape (by simp [Shape.sameSize, coeff_one_one]; rfl) (positive_fixed.2 (by simp [hi, ho])) hv).mono
      fun _ _ _ hu => hu.congr fun i hin => ?_
    rw [TensorType.f32, extents_fixedShape] at hin
    obtain ⟨a, b, rfl, ha, hb⟩ := inRange2.1 hin
    rw [extents_fixedShape, extents_fixedShape, ← ravel_one_one,
      (unravel_ravel (inRange4.2 ⟨0, 0, a, b, rfl, by simp, by simp, ha, hb⟩)).2]
    simp only [strided, Nat.add_zero, Nat.mul_one, Nat.zero_add]

/-! ### Contractions -/

section dot
variable {a h w ci co : Nat}

/-- The shape of a `dot`, found by computation. -/
theorem dotShape_eq {lb rb lc rc : List Nat} {x y u : Shape}
    (h : (distinctBelow (length x) (append lb lc) && distinctBelow (length y) (append rb rc) &&
      Nat.beq (length lb) (length rb) && Nat.beq (length lc) (length rc)) = true := by rfl)
    (hb : x.pick lb = y.pick rb := by rfl) (hc : x.pick lc = y.pick rc := by rfl)
    (hu : append (x.pick lb) (append (x.pick (x.others (append lb lc))) (y.pick (y.others (append rb rc)))) = u := by
      rfl) : dotShape lb rb lc rc x y = some u := by
  simp [dotShape, guardSome_eq, h, hb, hc, Shape.beq_self, ← hu]

theorem dotAt_image (X Y : Tensor R) (b r q j : Nat) :
    dotAt [] [] [3] [0] ⟨[a, h, w, ci], X⟩ ⟨[ci, co], Y⟩ [b, r, q, j] = nsum ci fun i => X [b, r, q, i] * Y [i, j] :=
  (tsum_cons ci [] _).trans (nsum_congr fun _ _ => tsum_nil _)

theorem dotAt_imageGrad (X Y : Tensor R) (b r q i : Nat) :
    dotAt [] [] [3] [1] ⟨[a, h, w, co], X⟩ ⟨[ci, co], Y⟩ [b, r, q, i] = nsum co fun j => X [b, r, q, j] * Y [i, j] :=
  (tsum_cons co [] _).trans (nsum_congr fun _ _ => tsum_nil _)

theorem dotAt_kernelGrad (X Y : Tensor R) (b i j : Nat) :
    dotAt [0] [0] [1, 2] [1, 2] ⟨[a, h, w, ci], X⟩ ⟨[a, h, w, co], Y⟩ [b, i, j] =
      nsum h fun r => nsum w fun q => X [b, r, q, i] * Y [b, r, q, j] :=
  (tsum_cons h [w] _).trans (nsum_congr fun _ _ => (tsum_cons w [] _).trans (nsum_congr fun _ _ => tsum_nil _))

end dot

/-! ### Convolution and its adjoint in the image -/

/-- The expansion of a convolution. -/
theorem spec_expandConv (hx : Holds B e s x (.f32 c.imageShape) X) (hk : Holds B e s k (.f32 c.kernelShape) K)
    (hv : c.window.valid c.image = true) (hx' : c.imageShape.positive = true) (hk' : c.kernelShape.positive = true) :
    Spec B e (expandConv c x k) s fun s' v => Holds B e s' v (.f32 c.outputShape) (convAt c X K) := by
  have hf := Window.fits_of_valid hv
  obtain ⟨h1, h2, hi⟩ := positive_imageShape.1 hx'
  have ho : 0 < c.outputs := positive_fixed.1 hk' _ (by simp)
  refine Spec.bind (spec_padWindow rfl hx h1 h2 hi) fun s1 xp hs1 hxp => ?_
  rw [Window.places_eq, Literal.value_zero] at *
  refine Spec.bind (spec_sumPlaces (sh := c.outputShape) hf.offsets_ne_nil fun p hp s2 hs2 =>
    Spec.bind (spec_sliceWindow (hxp.mono hs2) hf hi hp) fun s3 y hs3 hy =>
    Spec.bind (spec_kernelAt (hk.mono ((hs1.trans hs2).trans hs3)) hp hi ho) fun s4 m hs4 hm =>
    spec_dot dotShape_eq (hy.mono hs4) hm) fun s2 o _ ho => ?_
  obtain ⟨v, rfl, hv⟩ := ho
  refine Spec.pure (hv.image_congr fun b r q co _ _ _ _ => lsum_congr fun p _ => ?_)
  rw [extents_image, extents_fixedShape, dotAt_image]
  rfl

/-- The expansion of the adjoint of a convolution in its image. -/
theorem spec_expandConvImageGrad (hd : Holds B e s d (.f32 c.outputShape) D) (hk : Holds B e s k (.f32 c.kernelShape) K)
    (hv : c.window.valid c.image = true) (hx' : c.imageShape.positive = true) (hk' : c.kernelShape.positive = true) :
    Spec B e (expandConvImageGrad c d k) s fun s' v => Holds B e s' v (.f32 c.imageShape) (convImageGradAt c D K) := by
  have hf := Window.fits_of_valid hv
  obtain ⟨h1, h2, hi⟩ := positive_imageShape.1 hx'
  have ho : 0 < c.outputs := positive_fixed.1 hk' _ (by simp)
  have ⟨st, l, g, o, last⟩ := hf
  have g1 := spread_size o.1 st.1
  have g2 := spread_size o.2 st.2
  refine Spec.bind (spec_padImage (m := (c.window.size.1 - 1 + c.image.1, c.window.size.2 - 1 + c.image.2)) rfl hd
    o.1 o.2 ho (by simp only; omega) (by simp only; omega)) fun s1 dp hs1 hdp => ?_
  rw [Window.places_eq, Literal.value_zero] at *
  refine Spec.bind (spec_sumPlaces (sh := c.imageShape) hf.offsets_ne_nil fun p hp s2 hs2 =>
    Spec.bind (spec_sliceImage (hdp.mono hs2) ho (by simp) (by simp) h1 h2 (by simp only; omega)
      (by simp only; omega)) fun s3 y hs3 hy =>
    Spec.bind (spec_kernelAt (hk.mono ((hs1.trans hs2).trans hs3)) hp hi ho) fun s4 m hs4 hm =>
    spec_dot dotShape_eq (hy.mono hs4) hm) fun s2 r _ hr => ?_
  obtain ⟨v, rfl, hv⟩ := hr
  refine Spec.pure (hv.image_congr fun b h w ci _ _ _ _ => lsum_congr fun p hp => ?_)
  obtain ⟨hp1, hp2⟩ := Window.mem_offsets.1 hp
  rw [extents_image, extents_fixedShape, dotAt_imageGrad]
  simp only [ofFun4]
  -- the contraction of a spread image is the spread contraction
  have swap (low t n : Nat × Nat) (r q : Nat) :
      (nsum c.outputs fun co => spreadAt low t n 0 D b r q co * K [p.1, p.2, ci, co]) = spreadAt low t n 0
        (ofFun4 fun b i j ci => nsum c.outputs fun co => D [b, i, j, co] * K [p.1, p.2, ci, co]) b r q ci := by
    simp only [spreadAt]
    split
    · rfl
    · exact (nsum_congr fun co _ => by grind).trans (lsum_zero _)
  rw [swap, spreadAt_eq_nsum]
  refine nsum_congr fun oh _ => nsum_congr fun ow _ => ?_
  simp only [ofFun4, Nat.sub_add_cancel st.1, Nat.sub_add_cancel st.2, Nat.mul_one]
  refine ite_congr (propext ?_) (fun _ => rfl) fun _ => rfl
  omega

/-! ### The adjoint in the kernel -/

section concatenate
variable {dim n : Nat} {S : Nat → Shape} {sh : Shape} {T : Nat → Tensor R} {l : List Nat} {vs : List Var}

theorem concatShape_replicate (hd : dim < (S 1).length) (hfix : ∀ m k, (S m).setDim dim (.fixed k) = S k)
    (hdim : ∀ m, (S m).dim dim = .fixed m) : concatShape dim (List.replicate (n + 1) (S 1)) = some (S (n + 1)) := by
  induction n with
  | zero => simp [concatShape, guardSome_eq, length_eq, hdim, Dim.isBatch, Nat.succ_le_iff, hd]
  | succ n ih =>
    rw [List.replicate_succ] at ih ⊢
    rw [List.replicate_succ, concatShape, ih]
    simp [guardSome_eq, length_eq, hdim, hfix, Shape.beq_self, Dim.isBatch, Dim.coeff, Nat.succ_le_iff, hd,
      Nat.add_comm 1]

/-- Emitted values of one shape, and their elements. -/
theorem Each.maps (h : Each (fun j v => Holds B e s v (.f32 sh) (T j)) l vs) :
    vs.map Var.type = List.replicate l.length (.f32 sh) ∧
    vs.map (Var.read B (s.env B e)) = l.map fun j => ⟨extents B sh, clip (extents B sh) (T j)⟩ := by
  induction l generalizing vs with
  | nil => cases vs <;> simp_all [Each]
  | cons a l ih => cases vs with
    | nil => exact h.elim
    | cons v vs => simp [List.replicate_succ, h.1.type, h.1.read, ih h.2, TensorType.f32]

/-- Of tensors of extent one along a dimension, the index along it picks one. -/
theorem concatAt_range' {a : Nat} {xs i : List Nat} (hone : xs.getD dim 0 = 1) (hi : dim < i.length)
    (hj : i.getD dim 0 < n) :
    concatAt dim ((List.range' a n).map fun j => ⟨xs, T j⟩) i = T (a + i.getD dim 0) (i.set dim 0) := by
  induction n generalizing a i with
  | zero => cases hj
  | succ n ih =>
    simp only [List.range'_succ, List.map_cons, concatAt, hone]
    simp only [List.getD_eq_getElem?_getD, List.getElem?_eq_getElem hi, Option.getD_some] at hj ⊢
    split
    next h =>
      have e : i[dim] = 0 := by omega
      have := List.set_getElem_self hi
      simp_all
    next h =>
      rw [ih (by simpa using hi) (by simp [List.getD_eq_getElem?_getD, hi]; omega)]
      simp [List.getD_eq_getElem?_getD, hi]
      congr 1
      omega

theorem inRange_set {xs i : List Nat} (hd : dim < xs.length) (h : inRange (xs.set dim n) i = true) :
    i.getD dim 0 < n ∧ inRange (xs.set dim 1) (i.set dim 0) = true := by
  induction xs generalizing i dim with
  | nil => cases hd
  | cons x xs ih => cases i <;> cases dim <;> simp_all [inRange]

/-- Tensors of extent one along a dimension, one after the other. -/
theorem spec_concatenate {xs : List Nat} {F : Tensor R} (hn : 0 < n) (hd : dim < xs.length)
    (hfix : ∀ m k, (fixedShape (xs.set dim m)).setDim dim (.fixed k) = fixedShape (xs.set dim k))
    (hdim : ∀ m, (fixedShape (xs.set dim m)).dim dim = .fixed m)
    (h : Each (fun j v => Holds B e s v (.f32 (fixedShape (xs.set dim 1))) fun i => F (i.set dim j))
      (List.range n) vs) :
    Spec B e (emit (.concatenate dim) vs) s fun s' v => Holds B e s' v (.f32 (fixedShape (xs.set dim n))) F := by
  obtain ⟨m, rfl⟩ : ∃ m, n = m + 1 := ⟨n - 1, by omega⟩
  have hm := h.maps
  refine Holds.emit_of_eq ((Op.infer_iff (op := .concatenate dim) nofun nofun).2
    ⟨List.replicate (m + 1) (fixedShape (xs.set dim 1)), _, by simp [hm.1],
    concatShape_replicate (S := fun m => fixedShape (xs.set dim m)) (by simp [fixedShape, map_eq, hd]) hfix hdim, rfl⟩)
    (fun i hi => ?_) trivial
  rw [TensorType.f32, extents_fixedShape] at hi
  obtain ⟨h1, h2⟩ := inRange_set hd hi
  have hl : dim < i.length := by rw [length_of_inRange hi, List.length_set]; exact hd
  simp only [Op.eval, hm.2, List.range_eq_range', extents_fixedShape]
  rw [concatAt_range' (by simp [List.getD_eq_getElem?_getD, hd]) hl h1, clip_of_inRange h2]
  simp [List.getD_eq_getElem?_getD, hl]

end concatenate

/-- The expansion of the adjoint of a convolution in its kernel. -/
theorem spec_expandConvKernelGrad (hx : Holds B e s x (.f32 c.imageShape) X) (hd : Holds B e s d (.f32 c.outputShape) D)
    (hv : c.window.valid c.image = true) (hx' : c.imageShape.positive = true) (hk' : c.kernelShape.positive = true) :
    Spec B e (expandConvKernelGrad c x d) s fun s' v =>
      Holds B e s' v (.f32 c.kernelShape) (convKernelGradAt c B X D) := by
  have hf := Window.fits_of_valid hv
  obtain ⟨h1, h2, hi⟩ := positive_imageShape.1 hx'
  have ho : 0 < c.outputs := positive_fixed.1 hk' _ (by simp)
  refine Spec.bind (spec_padWindow rfl hx h1 h2 hi) fun s1 xp hs1 hxp => ?_
  rw [Literal.value_zero] at hxp
  rw [range_eq, range_eq]
  refine Spec.bind (spec_buildMap
    (P := fun s' kh v => Holds B e s' v (.f32 (fixedShape [1, c.window.size.2, c.inputs, c.outputs]))
      fun i => convKernelGradAt c B X D (i.set 0 kh))
    (fun _ _ _ _ hs h => h.mono hs) fun kh hkh s2 hs2 => ?_) fun s2 rows _ hrows =>
      spec_concatenate (xs := [1, c.window.size.2, c.inputs, c.outputs]) (Nat.zero_lt_of_lt hf.low.1) (by simp)
        (fun _ _ => rfl) (fun _ => rfl) hrows
  refine Spec.bind (spec_buildMap (P := fun s' kw v => Holds B e s' v (.f32 (fixedShape [1, 1, c.inputs, c.outputs]))
      fun i => convKernelGradAt c B X D ((i.set 1 kw).set 0 kh))
    (fun _ _ _ _ hs h => h.mono hs) fun kw hkw s3 hs3 => ?_) fun s3 parts _ hparts =>
      spec_concatenate (xs := [1, 1, c.inputs, c.outputs]) (Nat.zero_lt_of_lt hf.low.2) (by simp)
        (fun _ _ => rfl) (fun _ => rfl) hparts
  have hp : (kh, kw) ∈ c.window.offsets := Window.mem_offsets.2 ⟨List.mem_range.1 hkh, List.mem_range.1 hkw⟩
  refine Spec.bind (spec_sliceWindow (hxp.mono (hs2.trans hs3)) hf hi hp) fun s4 y hs4 hy => ?_
  refine Spec.bind (spec_dot (u := [.batch 1, .fixed c.inputs, .fixed c.outputs]) dotShape_eq hy
    (hd.mono (((hs1.trans hs2).trans hs3).trans hs4))) fun s5 g _ hg => ?_
  refine Spec.bind (spec_reduceSum (dims := [0]) rfl hg) fun s6 g _ hg => ?_
  refine (spec_reshape (sh := fixedShape [c.inputs, c.outputs]) (by simp [Shape.sameSize, coeff_one_one]; rfl)
    (positive_fixed.2 (by simp [hi, ho])) hg).mono fun _ _ _ hu => hu.congr fun i hin => ?_
  rw [TensorType.f32, extents_fixedShape] at hin
  obtain ⟨a, b, ci, co, rfl, ha, hb, hci, hco⟩ := inRange4.1 hin
  obtain ⟨rfl, rfl⟩ : a = 0 ∧ b = 0 := by omega
  rw [extents_fixedShape, extents_fixedShape, ravel_one_one, (unravel_ravel (inRange2.2 ⟨ci, co, rfl, hci, hco⟩)).2]
  show tsum [1 * B] _ = _
  rw [Nat.one_mul, tsum_cons]
  refine nsum_congr fun b _ => ?_
  rw [tsum_nil, extents_image, Conv.outputShape, extents_image]
  exact dotAt_kernelGrad ..

end
end Lmx
