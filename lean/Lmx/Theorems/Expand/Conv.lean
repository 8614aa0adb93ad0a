module
public import Lmx.Theorems.Expand.Window
public import Lmx.Theorems.EmitDot
@[expose] public section

/-!
# The expansion of convolution

The primitives that convolution and its two adjoints are expanded into compute the textbook formulas.

Main results: `spec_expandConv`, `spec_expandConvImageGrad`, `spec_expandConvKernelGrad`; `spec_concatenate`, for arguments of extent one.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code} {c : Conv} {x k d : Var} {X K D : Tensor R}

/-! ### Matrices of the kernel -/

theorem extents_fixed (l : List Nat) : extents B (fixedShape l) = l := by
  simp [extents, fixedShape, map_eq, Dim.size, Function.comp_def]

theorem inRange2 {a b : Nat} {i : List Nat} : inRange [a, b] i = true ↔ ∃ j k, i = [j, k] ∧ j < a ∧ k < b := by
  match i with
  | [j, k] =>
    simp only [inRange, Bool.and_true, Bool.and_eq_true, decide_eq_true_eq, List.cons.injEq, and_true]
    exact ⟨fun h => ⟨j, k, ⟨rfl, rfl⟩, h⟩, fun ⟨_, _, ⟨h1, h2⟩, h⟩ => h1 ▸ h2 ▸ h⟩
  | [] | [_] | _ :: _ :: _ :: _ => simp [inRange]

theorem ravel_one_one (a b i j : Nat) : ravel [1, 1, a, b] [0, 0, i, j] = ravel [a, b] [i, j] := by simp [ravel]

theorem sameSize_one_one (a b : Nat) : Shape.sameSize (fixedShape [1, 1, a, b]) (fixedShape [a, b]) = true := by
  have h : Shape.coeff (fixedShape [1, 1, a, b]) = Shape.coeff (fixedShape [a, b]) := by
    show 1 * (1 * (a * (b * 1))) = a * (b * 1); omega
  rw [Shape.sameSize, h, Nat.beq_refl]; rfl

theorem positive_fixed {l : List Nat} (h : ∀ n ∈ l, 0 < n) : (fixedShape l).positive = true := by
  rw [Shape.positive_iff, fixedShape, map_eq]
  intro d hd
  obtain ⟨n, hn, rfl⟩ := List.mem_map.1 hd
  exact h n hn

theorem spec_kernelAt {p : Nat × Nat} (hk : Holds B e s k (.f32 c.kernelShape) K) (hp : p ∈ c.window.offsets)
    (hi : 0 < c.inputs) (ho : 0 < c.outputs) :
    Spec B e (kernelAt c p k) s fun s' v => Holds B e s' v (.f32 (fixedShape [c.inputs, c.outputs])) fun i => K (p.1 :: p.2 :: i) := by
  obtain ⟨hp1, hp2⟩ := Window.mem_offsets.1 hp
  have hle {a b : Nat} (h : a ≤ b) : Nat.ble a b = true := Nat.ble_eq_true_of_le h
  refine Spec.bind (spec_slice hk (sh' := fixedShape [1, 1, c.inputs, c.outputs]) ?_) fun s1 v _ hv => ?_
  · show sliceShape [.fixed _, .fixed _, .fixed _, .fixed _] _ [.fixed _, .fixed _, .fixed _, .fixed _] _ =
      some [.fixed 1, .fixed 1, .fixed _, .fixed _]
    have one (a : Nat) : (a + 1 - a + 1 - 1) / 1 = 1 := by simp
    have all (a : Nat) : (a - 0 + 1 - 1) / 1 = a := by simp
    simp only [sliceShape, guardSome, hle hi, hle ho, hle (show p.1 + 1 ≤ c.window.size.1 from hp1),
      hle (show p.2 + 1 ≤ c.window.size.2 from hp2), hle (Nat.le_refl _), cond_true, Bool.and_self, Nat.zero_add, one, all]
  · refine (spec_reshape (sameSize_one_one ..) (positive_fixed (by simp [hi, ho])) hv).mono fun _ _ _ hu => hu.congr fun i hin => ?_
    rw [TensorType.f32, extents_fixed] at hin
    obtain ⟨a, b, rfl, ha, hb⟩ := inRange2.1 hin
    rw [extents_fixed, extents_fixed, ← ravel_one_one, (unravel_ravel (inRange4.2 ⟨0, 0, a, b, rfl, by simp, by simp, ha, hb⟩)).2]
    simp only [strided, Nat.add_zero, Nat.mul_one, Nat.zero_add]

/-! ### Contractions -/

theorem dotShape_image {n : Nat × Nat} {ci co : Nat} :
    dotShape [] [] [3] [0] (imageShape n ci) (fixedShape [ci, co]) = some (imageShape n co) := by
  refine guardSome_iff.2 ⟨?_, rfl⟩
  simp only [Bool.and_eq_true, Shape.beq_iff]
  exact ⟨⟨⟨⟨⟨rfl, rfl⟩, rfl⟩, rfl⟩, rfl⟩, rfl⟩

theorem dotShape_imageGrad {n : Nat × Nat} {ci co : Nat} :
    dotShape [] [] [3] [1] (imageShape n co) (fixedShape [ci, co]) = some (imageShape n ci) := by
  refine guardSome_iff.2 ⟨?_, rfl⟩
  simp only [Bool.and_eq_true, Shape.beq_iff]
  exact ⟨⟨⟨⟨⟨rfl, rfl⟩, rfl⟩, rfl⟩, rfl⟩, rfl⟩

theorem dotShape_kernelGrad {n : Nat × Nat} {ci co : Nat} :
    dotShape [0] [0] [1, 2] [1, 2] (imageShape n ci) (imageShape n co) = some [.batch 1, .fixed ci, .fixed co] := by
  refine guardSome_iff.2 ⟨?_, rfl⟩
  simp only [Bool.and_eq_true, Shape.beq_iff]
  exact ⟨⟨⟨⟨⟨rfl, rfl⟩, rfl⟩, rfl⟩, rfl⟩, rfl⟩

theorem dotAt_image {a h w ci co : Nat} (X Y : Tensor R) (b r q j : Nat) :
    dotAt [] [] [3] [0] ⟨[a, h, w, ci], X⟩ ⟨[ci, co], Y⟩ [b, r, q, j] = nsum ci fun i => X [b, r, q, i] * Y [i, j] := by
  refine (tsum_cons ci [] _).trans (nsum_congr fun i _ => ?_)
  rw [tsum_nil]; rfl

theorem dotAt_imageGrad {a h w ci co : Nat} (X Y : Tensor R) (b r q i : Nat) :
    dotAt [] [] [3] [1] ⟨[a, h, w, co], X⟩ ⟨[ci, co], Y⟩ [b, r, q, i] = nsum co fun j => X [b, r, q, j] * Y [i, j] := by
  refine (tsum_cons co [] _).trans (nsum_congr fun j _ => ?_)
  rw [tsum_nil]; rfl

theorem dotAt_kernelGrad {a h w ci co : Nat} (X Y : Tensor R) (b i j : Nat) :
    dotAt [0] [0] [1, 2] [1, 2] ⟨[a, h, w, ci], X⟩ ⟨[a, h, w, co], Y⟩ [b, i, j] =
      nsum h fun r => nsum w fun q => X [b, r, q, i] * Y [b, r, q, j] := by
  refine (tsum_cons h [w] _).trans (nsum_congr fun r _ => (tsum_cons w [] _).trans (nsum_congr fun q _ => ?_))
  rw [tsum_nil]; rfl

/-! ### Convolution and its adjoint in the image -/

/-- The expansion of a convolution. -/
theorem spec_expandConv (hx : Holds B e s x (.f32 c.imageShape) X) (hk : Holds B e s k (.f32 c.kernelShape) K)
    (hv : c.window.valid c.image = true) (hx' : c.imageShape.positive = true) (hk' : c.kernelShape.positive = true) :
    Spec B e (expandConv c x k) s fun s' v => Holds B e s' v (.f32 c.outputShape) (convAt c X K) := by
  have hf := Window.fits_of_valid hv
  obtain ⟨-, h1, h2, hi⟩ : 0 < 1 ∧ 0 < c.image.1 ∧ 0 < c.image.2 ∧ 0 < c.inputs := by
    simpa [Shape.positive_iff, Conv.imageShape, imageShape_eq, Dim.coeff] using hx'
  obtain ⟨-, -, -, ho⟩ : 0 < c.window.size.1 ∧ 0 < c.window.size.2 ∧ 0 < c.inputs ∧ 0 < c.outputs := by
    simpa [Shape.positive_iff, Conv.kernelShape, fixedShape, map_eq, Dim.coeff] using hk'
  refine Spec.bind (spec_padWindow rfl hx h1 h2 hi) fun s1 xp hs1 hxp => ?_
  rw [Window.places_eq, Literal.value_ofNat_zero] at *
  refine Spec.bind (spec_sumPlaces (sh := c.outputShape) (T := fun p => ofFun4 fun b r q co => nsum c.inputs fun ci =>
    windowAt c.window c.image 0 X b r q ci p * K [p.1, p.2, ci, co])
    (Window.offsets_ne_nil (Nat.zero_lt_of_lt hf.low.1) (Nat.zero_lt_of_lt hf.low.2))
    fun p hp s2 hs2 => ?_) fun s2 o _ ho => ?_
  · refine Spec.bind (spec_sliceWindow (hxp.mono hs2) hf hi hp) fun s3 y hs3 hy => ?_
    refine Spec.bind (spec_kernelAt (hk.mono ((hs1.trans hs2).trans hs3)) hp hi ho) fun s4 m hs4 hm => ?_
    refine (spec_dot dotShape_image (hy.mono hs4) hm).mono fun _ _ _ hv => hv.image_congr fun b r q co _ _ _ _ => ?_
    rw [extents_image, extents_fixed, dotAt_image]
    rfl
  · obtain ⟨v, rfl, hv⟩ := ho
    exact Spec.pure (hv.image_congr fun b r q co _ _ _ _ => rfl)

/-- The expansion of the adjoint of a convolution in its image. -/
theorem spec_expandConvImageGrad (hd : Holds B e s d (.f32 c.outputShape) D) (hk : Holds B e s k (.f32 c.kernelShape) K)
    (hv : c.window.valid c.image = true) (hx' : c.imageShape.positive = true) (hk' : c.kernelShape.positive = true) :
    Spec B e (expandConvImageGrad c d k) s fun s' v => Holds B e s' v (.f32 c.imageShape) (convImageGradAt c D K) := by
  have hf := Window.fits_of_valid hv
  obtain ⟨-, h1, h2, hi⟩ : 0 < 1 ∧ 0 < c.image.1 ∧ 0 < c.image.2 ∧ 0 < c.inputs := by
    simpa [Shape.positive_iff, Conv.imageShape, imageShape_eq, Dim.coeff] using hx'
  obtain ⟨-, -, -, ho⟩ : 0 < c.window.size.1 ∧ 0 < c.window.size.2 ∧ 0 < c.inputs ∧ 0 < c.outputs := by
    simpa [Shape.positive_iff, Conv.kernelShape, fixedShape, map_eq, Dim.coeff] using hk'
  obtain ⟨st, l, g, o, last⟩ := hf
  have g1 := spread_size o.1 st.1
  have g2 := spread_size o.2 st.2
  refine Spec.bind (spec_padImage (m := (c.window.size.1 - 1 + c.image.1, c.window.size.2 - 1 + c.image.2)) rfl hd o.1 o.2 ho
    (by simp only; omega) (by simp only; omega)) fun s1 dp hs1 hdp => ?_
  rw [Window.places_eq, Literal.value_ofNat_zero] at *
  refine Spec.bind (spec_sumPlaces (sh := c.imageShape) (T := fun p => ofFun4 fun b h w ci =>
      nsum (c.window.output c.image).1 fun oh => nsum (c.window.output c.image).2 fun ow =>
        if oh * c.window.stride.1 + p.1 = h + c.window.low.1 ∧ ow * c.window.stride.2 + p.2 = w + c.window.low.2 then
          nsum c.outputs fun co => D [b, oh, ow, co] * K [p.1, p.2, ci, co] else 0)
      (Window.offsets_ne_nil (Nat.zero_lt_of_lt l.1) (Nat.zero_lt_of_lt l.2)) fun p hp s2 hs2 => ?_) fun s2 r _ hr => ?_
  · obtain ⟨hp1, hp2⟩ := Window.mem_offsets.1 hp
    refine Spec.bind (spec_sliceImage (hdp.mono hs2) ho (by simp) (by simp) h1 h2 (by simp only; omega)
      (by simp only; omega)) fun s3 y hs3 hy => ?_
    refine Spec.bind (spec_kernelAt (hk.mono ((hs1.trans hs2).trans hs3)) hp hi ho) fun s4 m hs4 hm => ?_
    refine (spec_dot dotShape_imageGrad (hy.mono hs4) hm).mono fun _ _ _ hv => hv.image_congr fun b h w ci _ _ _ _ => ?_
    rw [extents_image, extents_fixed, dotAt_imageGrad]
    simp only [ofFun4]
    -- the contraction of a spread image is the spread contraction
    have swap (low t n : Nat × Nat) (r q : Nat) : (nsum c.outputs fun co => spreadAt low t n 0 D b r q co * K [p.1, p.2, ci, co]) =
        spreadAt low t n 0 (ofFun4 fun b i j ci => nsum c.outputs fun co => D [b, i, j, co] * K [p.1, p.2, ci, co]) b r q ci := by
      simp only [spreadAt]
      split
      · rfl
      · exact (nsum_congr fun co _ => by grind).trans (lsum_zero _)
    rw [swap, spreadAt_eq_nsum]
    refine nsum_congr fun oh _ => nsum_congr fun ow _ => ?_
    simp only [ofFun4, Nat.sub_add_cancel st.1, Nat.sub_add_cancel st.2, Nat.mul_one]
    refine ite_congr (propext ?_) (fun _ => rfl) fun _ => rfl
    omega
  · obtain ⟨v, rfl, hv⟩ := hr
    exact Spec.pure (hv.image_congr fun b r q co _ _ _ _ => rfl)

/-! ### The adjoint in the kernel -/

section concatenate
variable {dim n : Nat} {S : Nat → Shape} {sh : Shape} {T : Nat → Tensor R} {l : List Nat} {vs : List Var}

theorem concatShape_replicate (hd : dim < (S 1).length) (hfix : ∀ m k, (S m).setDim dim (.fixed k) = S k)
    (hdim : ∀ m, (S m).dim dim = .fixed m) : concatShape dim (List.replicate (n + 1) (S 1)) = some (S (n + 1)) := by
  have hd' : Nat.ble (dim + 1) (length (S 1)) = true := by rw [length_eq]; exact Nat.ble_eq_true_of_le hd
  induction n with
  | zero =>
    show guardSome (Nat.ble (dim + 1) (length (S 1)) && !((S 1).dim dim).isBatch) (S 1) = _
    rw [hd', hdim]; rfl
  | succ n ih =>
    have step : concatShape dim (S 1 :: S 1 :: List.replicate n (S 1)) = match concatShape dim (S 1 :: List.replicate n (S 1)) with
      | none => none
      | some r => guardSome (Nat.ble (dim + 1) (length (S 1)) && !((S 1).dim dim).isBatch && Shape.beq ((S 1).setDim dim (r.dim dim)) r)
          (r.setDim dim (.fixed (((S 1).dim dim).coeff + (r.dim dim).coeff))) := rfl
    rw [List.replicate_succ] at ih
    rw [List.replicate_succ, List.replicate_succ, step, ih]
    simp only [hd', hdim, hfix, Shape.beq_self, Dim.isBatch, Dim.coeff, guardSome, Bool.not_false, Bool.and_self, cond_true, Nat.add_comm 1]

theorem Each.types (h : Each (fun j v => Holds B e s v (.f32 sh) (T j)) l vs) :
    vs.map Var.type = (List.replicate l.length sh).map TensorType.f32 := by
  induction l generalizing vs with
  | nil => cases vs with
    | nil => rfl
    | cons v vs => exact h.elim
  | cons a l ih => cases vs with
    | nil => exact h.elim
    | cons v vs => rw [List.map_cons, h.1.type, ih h.2]; rfl

theorem concatAt_each (hone : (extents B sh).getD dim 0 = 1) (h : Each (fun j v => Holds B e s v (.f32 sh) (T j)) l vs) {i : List Nat}
    (hi : inRange (extents B sh) (i.set dim 0) = true) (hj : i.getD dim 0 < l.length) :
    concatAt dim (vs.map (Var.read B (s.env B e))) i = T (l.getD (i.getD dim 0) 0) (i.set dim 0) := by
  have hdim : dim < i.length := by
    rw [← List.length_set (i := dim) (a := 0), length_of_inRange hi]
    exact Nat.lt_of_not_le fun hle => by rw [List.getD_eq_getElem?_getD, List.getElem?_eq_none hle] at hone; exact absurd hone (by decide)
  induction l generalizing vs i with
  | nil => exact absurd hj (Nat.not_lt_zero _)
  | cons a l ih => cases vs with
    | nil => exact h.elim
    | cons v vs =>
      obtain ⟨ha, hl⟩ := h
      rw [List.map_cons, concatAt, ha.read]
      simp only [TensorType.f32, hone]
      cases hk : i.getD dim 0 with
      | zero =>
        have e0 : i = i.set dim 0 := by
          conv => lhs; rw [← List.set_getElem_self hdim]
          rw [List.getD_eq_getElem?_getD, List.getElem?_eq_getElem hdim] at hk
          exact congrArg (i.set dim) hk
        rw [if_pos Nat.zero_lt_one, ← e0]
        rw [← e0] at hi
        exact clip_of_inRange hi _
      | succ m =>
        have hset : (i.set dim m).getD dim 0 = m := by simp [List.getD_eq_getElem?_getD, hdim]
        rw [if_neg (by omega), Nat.add_sub_cancel]
        have := ih hl (i := i.set dim m) (by rwa [List.set_set]) (by rw [hset]; simp only [List.length_cons] at hj; omega) (by simpa using hdim)
        rw [hset, List.set_set] at this
        exact this

/-- Tensors of extent one along a dimension, one after the other. -/
theorem spec_concatenate (hn : 0 < n) (hd : dim < (S 1).length) (hfix : ∀ m k, (S m).setDim dim (.fixed k) = S k)
    (hdim : ∀ m, (S m).dim dim = .fixed m) (hone : (extents B (S 1)).getD dim 0 = 1)
    (hr : ∀ i, inRange (extents B (S n)) i = true → i.getD dim 0 < n ∧ inRange (extents B (S 1)) (i.set dim 0) = true)
    (h : Each (fun j v => Holds B e s v (.f32 (S 1)) (T j)) (List.range n) vs) :
    Spec B e (emit (.concatenate dim) vs) s fun s' v => Holds B e s' v (.f32 (S n)) fun i => T (i.getD dim 0) (i.set dim 0) := by
  obtain ⟨m, rfl⟩ : ∃ m, n = m + 1 := ⟨n - 1, by omega⟩
  refine Holds.emit_of_eq ((Op.infer_iff (op := .concatenate dim) nofun nofun).2
    ⟨List.replicate (m + 1) (S 1), S (m + 1), ?_, concatShape_replicate hd hfix hdim, rfl⟩) (fun i hi => ?_) trivial
  · rw [h.types, List.length_range]
  · obtain ⟨h1, h2⟩ := hr i hi
    show concatAt dim _ i = _
    rw [concatAt_each hone h h2 (by rwa [List.length_range])]
    rw [show (List.range (m + 1)).getD (i.getD dim 0) 0 = i.getD dim 0 by
      rw [List.getD_eq_getElem?_getD, List.getElem?_range h1]; rfl]

end concatenate

/-- The expansion of the adjoint of a convolution in its kernel. -/
theorem spec_expandConvKernelGrad (hx : Holds B e s x (.f32 c.imageShape) X) (hd : Holds B e s d (.f32 c.outputShape) D)
    (hv : c.window.valid c.image = true) (hx' : c.imageShape.positive = true) (hk' : c.kernelShape.positive = true) :
    Spec B e (expandConvKernelGrad c x d) s fun s' v => Holds B e s' v (.f32 c.kernelShape) (convKernelGradAt c B X D) := by
  have hf := Window.fits_of_valid hv
  obtain ⟨-, h1, h2, hi⟩ : 0 < 1 ∧ 0 < c.image.1 ∧ 0 < c.image.2 ∧ 0 < c.inputs := by
    simpa [Shape.positive_iff, Conv.imageShape, imageShape_eq, Dim.coeff] using hx'
  obtain ⟨w1, w2, -, ho⟩ : 0 < c.window.size.1 ∧ 0 < c.window.size.2 ∧ 0 < c.inputs ∧ 0 < c.outputs := by
    simpa [Shape.positive_iff, Conv.kernelShape, fixedShape, map_eq, Dim.coeff] using hk'
  refine Spec.bind (spec_padWindow rfl hx h1 h2 hi) fun s1 xp hs1 hxp => ?_
  rw [Literal.value_ofNat_zero] at hxp
  rw [range_eq, range_eq]
  refine Spec.bind (spec_buildMap (P := fun s' kh v => Holds B e s' v (.f32 (fixedShape [1, c.window.size.2, c.inputs, c.outputs]))
    (ofFun4 fun _ kw ci co => convKernelGradAt c B X D [kh, kw, ci, co])) (fun _ _ _ _ hs h => h.mono hs) fun kh hkh s2 hs2 => ?_)
    fun s2 rows _ hrows => ?_
  · refine Spec.bind (spec_buildMap (P := fun s' kw v => Holds B e s' v (.f32 (fixedShape [1, 1, c.inputs, c.outputs]))
      (ofFun4 fun _ _ ci co => convKernelGradAt c B X D [kh, kw, ci, co])) (fun _ _ _ _ hs h => h.mono hs) fun kw hkw s3 hs3 => ?_)
      fun s3 parts _ hparts => ?_
    · have hp : (kh, kw) ∈ c.window.offsets := Window.mem_offsets.2 ⟨List.mem_range.1 hkh, List.mem_range.1 hkw⟩
      refine Spec.bind (spec_sliceWindow (hxp.mono (hs2.trans hs3)) hf hi hp) fun s4 y hs4 hy => ?_
      refine Spec.bind (spec_dot dotShape_kernelGrad hy (hd.mono (((hs1.trans hs2).trans hs3).trans hs4))) fun s5 g _ hg => ?_
      refine Spec.bind (spec_reduceSum (dims := [0]) rfl hg) fun s6 g _ hg => ?_
      have hz : Shape.sameSize (fixedShape [c.inputs, c.outputs]) (fixedShape [1, 1, c.inputs, c.outputs]) = true := by
        have := sameSize_one_one c.inputs c.outputs
        simp only [Shape.sameSize, Bool.and_eq_true, Nat.beq_eq] at this ⊢
        exact ⟨this.1.symm, this.2.symm⟩
      refine (spec_reshape (sh := fixedShape [c.inputs, c.outputs]) hz (positive_fixed (by simp [hi, ho])) hg).mono
        fun _ _ _ hu => hu.congr fun i hin => ?_
      rw [TensorType.f32, extents_fixed] at hin
      obtain ⟨a, b, ci, co, rfl, ha, hb, hci, hco⟩ := inRange4.1 hin
      obtain rfl : a = 0 := by omega
      obtain rfl : b = 0 := by omega
      rw [extents_fixed, extents_fixed, ravel_one_one, (unravel_ravel (inRange2.2 ⟨ci, co, rfl, hci, hco⟩)).2]
      show tsum [1 * B] _ = _
      rw [Nat.one_mul, tsum_cons]
      refine nsum_congr fun b _ => ?_
      rw [tsum_nil, extents_image, extents_image]
      exact dotAt_kernelGrad ..
    · refine (spec_concatenate (S := fun m => fixedShape [1, m, c.inputs, c.outputs]) w2 (show 1 < 4 by decide) (fun _ _ => rfl) (fun _ => rfl)
        (by rw [extents_fixed]; rfl) (fun i hin => ?_) hparts).mono fun _ _ _ hv => hv.congr fun i hin => ?_
      all_goals
        first | rw [TensorType.f32, extents_fixed] at hin | rw [extents_fixed] at hin
        obtain ⟨a, b, ci, co, rfl, ha, hb, hci, hco⟩ := inRange4.1 hin
      · rw [extents_fixed]
        exact ⟨hb, inRange4.2 ⟨a, 0, ci, co, rfl, ha, Nat.zero_lt_one, hci, hco⟩⟩
      · rfl
  · refine (spec_concatenate (S := fun m => fixedShape [m, c.window.size.2, c.inputs, c.outputs]) w1 (show 0 < 4 by decide)
      (fun _ _ => rfl) (fun _ => rfl) (by rw [extents_fixed]; rfl) (fun i hin => ?_) hrows).mono fun _ _ _ hv => hv.congr fun i hin => ?_
    · rw [extents_fixed] at hin
      obtain ⟨a, b, ci, co, rfl, ha, hb, hci, hco⟩ := inRange4.1 hin
      rw [extents_fixed]
      exact ⟨ha, inRange4.2 ⟨0, b, ci, co, rfl, Nat.zero_lt_one, hb, hci, hco⟩⟩
    · rw [TensorType.f32, extents_fixed] at hin
      obtain ⟨a, b, ci, co, rfl, ha, hb, hci, hco⟩ := inRange4.1 hin
      rfl

end
end Lmx
