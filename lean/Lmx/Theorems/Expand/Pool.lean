module
public import Lmx.Theorems.Expand.Window
public import Lmx.Expand.Pool
@[expose] public section

/-!
# The expansion of max-pooling

The primitives that max-pooling and the op that sends its cotangent back are expanded into compute what these ops mean.

Main results: `spec_expandMaxPool`, `spec_expandMaxPoolGrad`.

Not claimed: that the maxima given to the second are those of the image; where no element of a window is as large, its
cotangent is dropped.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code} {p : Pool} {x y d : Var} {X Y D : Tensor R}

theorem Literal.value_lowest : Literal.lowest.value = (lowestValue : R) := by
  have key (n : Nat) : (Literal.mk true n 1).value = -(n : R) := by
    simp only [Literal.value, Semiring.natCast_one, if_true]; grind
  exact key _

/-- The expansion of max-pooling. -/
theorem spec_expandMaxPool (hx : Holds B e s x (.f32 p.imageShape) X) (hv : p.window.valid p.image = true)
    (hx' : p.imageShape.positive = true) :
    Spec B e (expandMaxPool p x) s fun s' v => Holds B e s' v (.f32 p.outputShape) (maxPoolAt p X) := by
  have hf := Window.fits_of_valid hv
  obtain ⟨h1, h2, hc⟩ := positive_imageShape.1 hx'
  refine Spec.bind (spec_padWindow rfl hx h1 h2 hc) fun s1 xp hs1 hxp => ?_
  rw [Literal.value_lowest] at hxp
  rw [Window.places_eq]
  cases ho : p.window.offsets with
  | nil => exact absurd ho hf.offsets_ne_nil
  | cons q qs =>
    refine Spec.bind (spec_sliceWindow hxp hf hc (ho ▸ List.mem_cons_self)) fun s2 first hs2 hfirst => ?_
    refine (spec_buildFold (I := fun done s' v => Holds B e s' v (.f32 p.outputShape) (ofFun4 fun b oh ow c =>
      lmax ((q :: done).map (windowAt p.window p.image lowestValue X b oh ow c))))
      hfirst fun done a rest hl s3 v hs3 hacc => ?_).mono fun _ _ _ hv => hv.image_congr fun b oh ow c _ _ _ _ => ?_
    · refine Spec.bind (spec_sliceWindow (hxp.mono (hs2.trans hs3)) hf hc (by simp [ho, ← hl])) fun s4 y hs4 hy => ?_
      refine (spec_binary .maximum (hacc.mono hs4) hy).mono fun _ _ _ hv => hv.image_congr fun b oh ow c _ _ _ _ => ?_
      simp [ofFun4, lmax, Binary.eval]
    · rw [maxPoolAt, ho]; rfl

/-! ### The cotangent -/

section first
open Classical

/-- The first of some offsets at which the window's element is at least `m`. -/
def firstIn (p : Pool) (x : Tensor R) (m : R) (b oh ow c : Nat) (l : List (Nat × Nat)) : Option (Nat × Nat) :=
  l.find? fun q => decide (m ≤ windowAt p.window p.image lowestValue x b oh ow c q)

variable {done rest : List (Nat × Nat)} {a : Nat × Nat} {b oh ow c : Nat} {m δ hit : R}

/-- A place takes what is left if its element is large enough, and it then is the first such place. -/
theorem taken_eq (hl : done ++ a :: rest = p.window.offsets)
    (hh : hit = if m ≤ windowAt p.window p.image lowestValue X b oh ow c a then 1 else 0) :
    (if hit = 0 then 0 else if firstIn p X m b oh ow c done = none then δ else 0) =
      if firstOffset p X m b oh ow c = some a then δ else 0 := by
  have hn : (done ++ a :: rest).Nodup := hl ▸ p.window.nodup_offsets
  rw [List.nodup_append, List.nodup_cons] at hn
  have one : (1 : R) ≠ 0 := fun h => Field.zero_ne_one h.symm
  rw [firstOffset, ← hl, List.find?_append, hh, ← firstIn]
  cases hd : firstIn p X m b oh ow c done with
  | some q => simp [hn.2.2 q (List.mem_of_find?_eq_some hd) a List.mem_cons_self]
  | none =>
    by_cases ha : m ≤ windowAt p.window p.image lowestValue X b oh ow c a
    · simp [ha, one]
    · simpa [ha] using fun h => absurd (List.mem_of_find?_eq_some h) hn.2.1.1

/-- What is left after one more place. -/
theorem left_eq (hh : hit = if m ≤ windowAt p.window p.image lowestValue X b oh ow c a then 1 else 0) :
    (if hit = 0 then (if firstIn p X m b oh ow c done = none then δ else 0) else 0) =
      if firstIn p X m b oh ow c (done ++ [a]) = none then δ else 0 := by
  have one : (1 : R) ≠ 0 := fun h => Field.zero_ne_one h.symm
  by_cases ha : m ≤ windowAt p.window p.image lowestValue X b oh ow c a <;> simp [hh, firstIn, ha, one]

end first

/-- What some places leave of the cotangents. -/
def leftAt (p : Pool) (X Y D : Tensor R) (done : List (Nat × Nat)) : Tensor R := ofFun4 fun b oh ow c =>
  if firstIn p X (Y [b, oh, ow, c]) b oh ow c done = none then D [b, oh, ow, c] else 0

/-- The cotangents that the place `q` of the windows takes. -/
def takenAt (p : Pool) (X Y D : Tensor R) (q : Nat × Nat) : Tensor R := ofFun4 fun b oh ow c =>
  if firstOffset p X (Y [b, oh, ow, c]) b oh ow c = some q then D [b, oh, ow, c] else 0

/-- What the places took, put back into the image and added up, is the cotangent. -/
theorem lsum_takenAt (hf : p.window.Fits p.image) (b h w c : Nat) :
    (lsum p.window.offsets fun q => spreadAt q (p.window.stride.1 - 1, p.window.stride.2 - 1)
      (p.window.output p.image) 0 (takenAt p X Y D q) b (p.window.low.1 + h) (p.window.low.2 + w) c) =
      maxPoolGradAt p X Y D [b, h, w, c] := by
  simp only [spreadAt_eq_nsum, nsum, maxPoolGradAt, Nat.sub_add_cancel hf.stride.1, Nat.sub_add_cancel hf.stride.2]
  refine (lsum_comm ..).trans (lsum_congr fun oh _ => (lsum_comm ..).trans (lsum_congr fun ow _ => ?_))
  simp only [takenAt, ofFun4]
  cases hq : firstOffset p X (Y [b, oh, ow, c]) b oh ow c with
  | none => simpa using lsum_zero (R := R) p.window.offsets
  | some q =>
    simp only
    rw [← lsum_dirac p.window.nodup_offsets (fun q => ite _ _ _) (List.mem_of_find?_eq_some hq)]
    exact lsum_congr fun q' _ => by grind

open Classical in
/-- What a place takes, and what it leaves. -/
theorem spec_takePlace {xp zero left : Var} {done rest : List (Nat × Nat)} {a : Nat × Nat} (hf : p.window.Fits p.image)
    (hc : 0 < p.channels) (hl : done ++ a :: rest = p.window.offsets)
    (hxp : Holds B e s xp (.f32 (imageShape (p.window.padded p.image) p.channels))
      (ofFun4 (paddedAt p.window p.image lowestValue X)))
    (hy : Holds B e s y (.f32 p.outputShape) Y) (hzero : Holds B e s zero (.f32 p.outputShape) fun _ => 0)
    (hleft : Holds B e s left (.f32 p.outputShape) (leftAt p X Y D done)) :
    Spec B e (takePlace p xp y zero left a) s fun s' r =>
      (∃ H, Holds B e s' r.1 ⟨.i1, p.outputShape⟩ H ∧ ∀ b oh ow c,
        (if H [b, oh, ow, c] = 0 then leftAt p X Y D done [b, oh, ow, c] else 0) =
          leftAt p X Y D (done ++ [a]) [b, oh, ow, c]) ∧
      Holds B e s' r.2 (.f32 (imageShape (p.window.padded p.image) p.channels)) (ofFun4 (spreadAt a
        (p.window.stride.1 - 1, p.window.stride.2 - 1) (p.window.output p.image) 0 (takenAt p X Y D a))) := by
  have ha : a ∈ p.window.offsets := by rw [← hl]; simp
  obtain ⟨ha1, ha2⟩ := Window.mem_offsets.1 ha
  refine Spec.bind (spec_sliceWindow hxp hf hc ha) fun s1 u hs1 hu => ?_
  refine Spec.bind (spec_compare .ge hu (hy.mono hs1)) fun s2 hit hs2 hhit => ?_
  refine Spec.bind (spec_select hhit (hleft.mono (hs1.trans hs2)) (hzero.mono (hs1.trans hs2)))
    fun s3 taken hs3 htaken => ?_
  replace htaken : Holds B e s3 taken (.f32 p.outputShape) (takenAt p X Y D a) :=
    htaken.image_congr fun b oh ow c _ _ _ _ => taken_eq hl rfl
  have g1 := spread_size hf.output.1 hf.stride.1
  have g2 := spread_size hf.output.2 hf.stride.2
  have last := hf.last
  refine Spec.bind (spec_padImage (m := p.window.padded p.image) rfl htaken hf.output.1 hf.output.2 hc
    (by simp only [Window.padded]; omega) (by simp only [Window.padded]; omega)) fun s4 back hs4 hback => ?_
  rw [Literal.value_zero] at hback
  exact Spec.pure ⟨⟨_, hhit.mono (hs3.trans hs4), fun _ _ _ _ => left_eq rfl⟩, hback⟩

open Classical in
/-- The expansion of the op that sends cotangents back through max-pooling. -/
theorem spec_expandMaxPoolGrad (hx : Holds B e s x (.f32 p.imageShape) X) (hy : Holds B e s y (.f32 p.outputShape) Y)
    (hd : Holds B e s d (.f32 p.outputShape) D) (hv : p.window.valid p.image = true)
    (hx' : p.imageShape.positive = true) :
    Spec B e (expandMaxPoolGrad p x y d) s fun s' v => Holds B e s' v (.f32 p.imageShape) (maxPoolGradAt p X Y D) := by
  have hf := Window.fits_of_valid hv
  obtain ⟨h1, h2, hc⟩ := positive_imageShape.1 hx'
  refine Spec.bind (spec_padWindow rfl hx h1 h2 hc) fun s1 xp hs1 hxp => ?_
  rw [Literal.value_lowest] at hxp
  refine Spec.bind (spec_constant rfl (positive_imageShape.2 ⟨hf.output.1, hf.output.2, hc⟩)) fun s2 zero hs2 hzero => ?_
  rw [Literal.value_zero] at hzero
  rw [Window.places_eq]
  cases ho : p.window.offsets with
  | nil => exact absurd ho hf.offsets_ne_nil
  | cons q qs =>
    have hxp2 := hxp.mono hs2
    have hy2 := hy.mono (hs1.trans hs2)
    refine Spec.bind (spec_takePlace (done := []) (D := D) hf hc ho.symm hxp2 hy2 hzero
      ((hd.mono (hs1.trans hs2)).image_congr fun b oh ow c _ _ _ _ => by simp [leftAt, ofFun4, firstIn]))
      fun s3 first hs3 ⟨⟨H, hH, hleft⟩, hfirst⟩ => ?_
    refine Spec.bind (spec_buildFold (I := fun done s' (acc : (Var × Var) × Var) =>
      (∃ H L, Holds B e s' acc.1.1 ⟨.i1, p.outputShape⟩ H ∧ Holds B e s' acc.1.2 (.f32 p.outputShape) L ∧
        ∀ b oh ow c, (if H [b, oh, ow, c] = 0 then L [b, oh, ow, c] else 0) =
          leftAt p X Y D (q :: done) [b, oh, ow, c]) ∧
      Holds B e s' acc.2 (.f32 (imageShape (p.window.padded p.image) p.channels)) (ofFun4 fun b r w c =>
        lsum (q :: done) fun o => spreadAt o (p.window.stride.1 - 1, p.window.stride.2 - 1) (p.window.output p.image) 0
          (takenAt p X Y D o) b r w c))
      ⟨⟨H, _, hH, (hd.mono (hs1.trans (hs2.trans hs3))), ?_⟩, ?_⟩
      fun done a rest hl s4 acc hs4 ⟨⟨H, L, hH, hL, hleft⟩, hsum⟩ => ?_) fun s4 r hs4 ⟨_, hr⟩ => ?_
    · exact fun b oh ow c => by simpa [leftAt, ofFun4, firstIn] using hleft b oh ow c
    · exact hfirst.image_congr fun b r w c _ _ _ _ => by simp only [ofFun4, lsum, Semiring.add_zero]
    · have hs34 := hs3.trans hs4
      refine Spec.bind (spec_select hH (hzero.mono hs34) hL) fun s5 left hs5 hleft' => ?_
      replace hleft' := hleft'.image_congr (Y := leftAt p X Y D (q :: done)) fun b oh ow c _ _ _ _ => hleft b oh ow c
      refine Spec.bind (spec_takePlace (done := q :: done) hf hc (by rw [ho, ← hl]; rfl) (hxp2.mono (hs34.trans hs5))
        (hy2.mono (hs34.trans hs5)) (hzero.mono (hs34.trans hs5)) hleft')
        fun s6 new hs6 ⟨⟨H', hH', hnew⟩, hback⟩ => ?_
      refine Spec.bind (spec_binary .add (hsum.mono (hs5.trans hs6)) hback) fun s7 sum hs7 hsum => ?_
      refine Spec.pure ⟨⟨H', _, hH'.mono hs7, hleft'.mono (hs6.trans hs7), hnew⟩,
        hsum.image_congr fun b r w c _ _ _ _ => ?_⟩
      simp only [ofFun4, lsum_append, lsum, Semiring.add_zero, Binary.eval]; grind
    · refine (spec_sliceImage hr hc (by simp) (by simp) h1 h2 (by simp only [Window.padded]; omega)
        (by simp only [Window.padded]; omega)).mono fun _ _ _ hv => hv.image_congr fun b h w c _ _ _ _ => ?_
      simp only [ofFun4, Nat.mul_one]
      rw [← lsum_takenAt hf b h w c, ho]

end
end Lmx
