module
public import Lmx.Theorems.EmitShape
public import Lmx.Ad.Pullback
@[expose] public section

/-!
# Emitted slices and paddings

What emitted slices and pads hold. The index maps of a slice and of a pad are partial inverses: `strided` puts an
element where padding puts it, and `unpad` finds it there. A batch dimension is never cut nor padded.

Main results: `spec_slice`, `spec_pad`; `inRange_strided`, `unpad_strided`, `strided_of_unpad`;
`padShape_of_sliceShape`, by which what holds of pads also holds of slices.
-/

namespace Lmx
open Calculus

/-! ### Index maps -/

section index
variable {sh sh' : Shape} {l h k a t i j xs : List Nat} {lim : Shape}

theorem guardSome_eq {α : Type} (b : Bool) (a : α) : guardSome b a = if b then some a else none := by cases b <;> rfl

/-- Padding puts every element into the result. -/
theorem inRange_strided (B : Nat) (hp : padShape sh l h k = some sh') (hj : inRange (extents B sh) j = true) :
    inRange (extents B sh') (strided l (k.map (· + 1)) j) = true := by
  fun_induction padShape sh l h k generalizing sh' j with
  | case1 => cases hp; rfl
  | case2 | case5 => cases hp
  | case3 ds l ls h hs k ks r hr n ih =>
    obtain ⟨hc, rfl⟩ := guardSome_iff.1 hp
    cases j <;> simp [extents, inRange, strided] at hc hj ⊢
    obtain ⟨⟨rfl, rfl⟩, rfl⟩ := hc
    exact ⟨by simpa using hj.1, ih hr hj.2⟩
  | case4 ds l ls h hs k ks r hr n ih =>
    obtain ⟨hc, rfl⟩ := guardSome_iff.1 hp
    cases j <;> simp [extents, inRange, strided, Dim.size] at hc hj ⊢
    have := Nat.mul_le_mul_right k (Nat.le_sub_one_of_lt hj.1)
    exact ⟨by grind, ih hr hj.2⟩

/-- An element is found where padding puts it. -/
theorem unpad_strided (B : Nat) (hp : padShape sh l h k = some sh') (hj : inRange (extents B sh) j = true) :
    unpad l k (extents B sh) (strided l (k.map (· + 1)) j) = some j := by
  fun_induction padShape sh l h k generalizing sh' j with
  | case1 => cases j <;> simp_all [extents, strided, inRange, unpad]
  | case2 | case5 => cases hp
  | case3 | case4 => cases j <;> simp_all [extents, inRange, strided, unpad, Dim.size]

/-- An element that is found is one of the tensor's, and padding puts it there. -/
theorem strided_of_unpad (h : unpad l k xs i = some j) : inRange xs j = true ∧ strided l (k.map (· + 1)) j = i := by
  fun_induction unpad l k xs i generalizing j with
  | case1 => cases h; exact ⟨rfl, rfl⟩
  | case2 l ls k ks n ns i is hc ih =>
    obtain ⟨js, hjs, rfl⟩ := Option.map_eq_some_iff.1 h
    have := Nat.div_mul_cancel (Nat.dvd_of_mod_eq_zero hc.2.1)
    simp [inRange_cons, strided, ih hjs, hc.2.2]
    omega
  | case3 | case4 => cases h

/-- The pad that puts the elements of a slice back into place has the shape of the tensor that was sliced. -/
theorem padShape_of_sliceShape (h : sliceShape sh a lim t = some sh') :
    padShape sh' a (sliceRest sh a t sh') (t.map (· - 1)) = some sh ∧ (t.map (· - 1)).map (· + 1) = t := by
  fun_induction sliceShape sh a lim t generalizing sh' with
  | case1 => cases h; exact ⟨rfl, rfl⟩
  | case2 | case4 | case6 => cases h
  | case3 ds a as l ls t ts r hr n ih =>
    obtain ⟨hc, rfl⟩ := guardSome_iff.1 h
    simp_all [sliceRest, padShape, Dim.isBatch, guardSome_eq]
  | case5 ds a as ls t ts r hr n m ih =>
    obtain ⟨hc, rfl⟩ := guardSome_iff.1 h
    simp only [Bool.and_eq_true, Nat.ble_eq] at hc
    have hq : (m - a + t - 1) / t = (m - a - 1) / t + 1 := by
      rw [show m - a + t - 1 = m - a - 1 + t by omega, Nat.add_div_right _ (by omega)]
    have hle := Nat.div_mul_le_self (m - a - 1) t
    have ht := Nat.sub_add_cancel hc.1.1
    have hmul := Nat.mul_succ ((m - a - 1) / t) (t - 1)
    rw [Nat.succ_eq_add_one, ht] at hmul
    simp [sliceRest, padShape, ih hr, hq, Dim.isBatch, Dim.coeff, guardSome_eq, ht]
    omega

end index

/-! ### Emitters -/

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code} {v : Var} {sh sh' : Shape} {x : Tensor R}

theorem spec_pad {l hi k : List Nat} {a : Literal} (ha : a.valid = true) (h : Holds B e s v (.f32 sh) x)
    (hp : padShape sh l hi k = some sh') :
    Spec B e (emit (.pad l hi k a) [v]) s fun s' u => Holds B e s' u (.f32 sh') fun i =>
      match unpad l k (extents B sh) i with
      | some j => x j
      | none => a.value := by
  refine h.emit_one nofun nofun (by rw [Op.inferShape, ha, cond_true, hp]) fun i _ => ?_
  cases hu : unpad l k (extents B sh) i with
  | none => simp only [Op.eval, hu]
  | some j => simp only [Op.eval, hu]; exact clip_of_inRange (strided_of_unpad hu).1 x

theorem spec_slice {a t : List Nat} {lim : Shape} (h : Holds B e s v (.f32 sh) x)
    (hs : sliceShape sh a lim t = some sh') :
    Spec B e (emit (.slice a lim t) [v]) s fun s' u => Holds B e s' u (.f32 sh') fun i => x (strided a t i) := by
  refine h.emit_one nofun nofun hs fun i hi => ?_
  obtain ⟨hp, ht⟩ := padShape_of_sliceShape hs
  have := inRange_strided B hp hi
  rw [ht] at this
  exact clip_of_inRange this x

end Lmx
end
