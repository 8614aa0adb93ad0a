module
public import Lmx.Theorems.Lower.Dense
public import Lmx.Theorems.Literal
public import Lmx.Theorems.Jvp.Pool
public import Lmx.Textbook.Train
public import Lmx.Lower.Loss
@[expose] public section

/-!
# The number of correct predictions

The emitted metric marks the logits that are as large as the largest, and counts the row's label on the mark if there is
one mark only.

Main results: `correctness_eq`, that number is the textbook's; `spec_countCorrect`. The metric is not differentiated.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [RealOps R] {B K : Nat} {e : Env R} {s : Code} {v : Var}

theorem nsum_dirac {n k : Nat} (hk : k < n) (f : Nat → R) : (nsum n fun j => if j = k then f j else 0) = f k :=
  lsum_dirac List.nodup_range f (List.mem_range.2 hk)

section
open Classical

/-- The marks of the largest elements among `z [0], …, z [n - 1]`. -/
def topAt (n : Nat) (z : Tensor R) (k : Nat) : R := if lmax ((List.range n).map fun j => z [j]) ≤ z [k] then 1 else 0

/-- An element is greater than all others if it has the only mark. -/
theorem forall_lt_iff {n k : Nat} {z : Tensor R} (hk : k < n) :
    (∀ j, j < n → j ≠ k → z [j] < z [k]) ↔ nsum n (topAt n z) = 1 ∧ topAt n z k = 1 := by
  refine ⟨fun h => ?_, fun ⟨h, h'⟩ j hj hjk => Classical.byContradiction fun hlt => ?_⟩
  · have hm : lmax ((List.range n).map fun j => z [j]) = z [k] :=
      lmax_eq (List.mem_map_of_mem (List.mem_range.2 hk)) (by grind)
    refine ⟨.trans (nsum_congr fun j hj => ?_) (nsum_dirac hk fun _ => (1 : R)), ?_⟩ <;> grind [topAt]
  · -- two marks are more than one
    have h2 := lsum_le (l := List.range n) (f := fun i => (if i = k then (1 : R) else 0) + (if i = j then 1 else 0))
      (g := topAt n z) fun i => by grind [topAt]
    have hk1 := nsum_dirac hk fun _ => (1 : R)
    have hj1 := nsum_dirac hj fun _ => (1 : R)
    rw [lsum_add] at h2
    grind [nsum]

/-- The textbook's number, by marks. -/
theorem correctness_eq (n : Nat) (t z : Tensor R) :
    (if nsum n (topAt n z) = 1 then nsum n fun k => t [k] * topAt n z k else 0) = Textbook.correctness n t z := by
  rw [Textbook.correctness]
  split
  · exact nsum_congr fun k hk => by grind [forall_lt_iff (z := z) hk, topAt]
  · exact (lsum_zero (List.range n)).symm.trans (nsum_congr fun k hk => by grind [forall_lt_iff (z := z) hk])

theorem ite_ite_eq_zero {p : Prop} (x y : R) :
    (if (if p then (1 : R) else 0) = 0 then y else x) = if p then x else y := by
  grind
end

/-! ### The nodes -/

theorem spec_rowSum {X : Tensor R} (h : Holds B e s v (.f32 (batched [K])) X) :
    Spec B e (reduceSum [1] v) s
      fun s' u => Holds B e s' u (.f32 (batched [])) fun i => nsum K fun k => X [i.getD 0 0, k] := by
  refine (spec_reduceSum (dims := [1]) rfl h).mono fun _ u _ hu =>
    Holds.congr (t := .f32 (batched [])) hu fun i hi => ?_
  obtain ⟨b, _ | _, rfl, -, hj⟩ := exists_of_inRange_batched hi
  · rw [extents_batched]
    exact (tsum_cons K [] _).trans (nsum_congr fun k _ => tsum_nil _)
  · cases hj

theorem spec_rowMax {X : Tensor R} (h : Holds B e s v (.f32 (batched [K])) X) :
    Spec B e (emit (.reduceMax [1]) [v]) s fun s' u =>
      Holds B e s' u (.f32 (batched [])) fun i => lmax ((List.range K).map fun k => X [i.getD 0 0, k]) := by
  refine h.emit_one (op := .reduceMax [1]) nofun nofun (sh' := batched []) rfl fun i hi => ?_
  obtain ⟨b, _ | _, rfl, hb, hj⟩ := exists_of_inRange_batched hi
  · have hi : indices [K] = (List.range K).map fun k => [k] := List.map_eq_flatMap.symm
    rw [extents_batched]
    show lmax ((indices [K]).map fun c => clip [B, K] X (reduceIndex 2 [1] [b] c)) = _
    rw [hi, List.map_map]
    exact congrArg lmax
      (List.map_congr_left fun k hk => clip_of_inRange (i := [b, k]) (by simpa [inRange, hb] using hk) X)
  · cases hj

/-- The number of correct predictions of a batch. -/
theorem spec_countCorrect {logits label : Var} {Z T : Nat → Tensor R} (hK : 0 < K)
    (hz : Holds B e s logits (.f32 (batched [K])) (stack Z))
    (ht : Holds B e s label (.f32 (batched [K])) (stack T)) :
    Spec B e (countCorrect logits label) s fun s' u =>
      Holds B e s' u (.f32 []) fun _ => nsum B fun b => Textbook.correctness K (T b) (Z b) := by
  have hs : logits.shape = batched [K] := congrArg TensorType.shape hz.type
  have hp : (batched [K]).positive = true := positive_batched (by simpa using hK)
  simp only [countCorrect, hs]
  refine (spec_constant rfl hp).bind fun s1 zeros x1 h1 => (spec_constant rfl hp).bind fun s2 ones x2 h2 => ?_
  have y2 := x1.trans x2
  refine (spec_rowMax (hz.mono y2)).bind fun s3 top x3 h3 => ?_
  refine (spec_broadcast (dims := [0]) (sh := batched []) (sh' := batched [K]) rfl rfl hp h3).bind
    fun s4 top' x4 h4 => ?_
  have y4 := y2.trans (x3.trans x4)
  refine (spec_compare .ge (hz.mono y4) h4).bind fun s5 isTop x5 h5 => ?_
  have z5 := x3.trans (x4.trans x5)
  refine (spec_select h5 (h2.mono z5) (h1.mono (x2.trans z5))).bind fun s6 tops x6 h6 => ?_
  have h6' : Holds B e s6 tops (.f32 (batched [K])) fun i => topAt K (Z (i.getD 0 0)) (i.getD 1 0) :=
    h6.congr fun i hi => ?_
  · refine (spec_rowSum h6').bind fun s7 count x7 h7 => ?_
    have hc : count.shape = batched [] := congrArg TensorType.shape h7.type
    simp only [hc]
    refine (spec_constant rfl rfl).bind fun s8 one x8 h8 => ?_
    refine (spec_compare .eq (h7.mono x8) h8).bind fun s9 unique x9 h9 => ?_
    have z9 := x7.trans (x8.trans x9)
    refine (spec_binary .multiply (ht.mono (y4.trans (x5.trans (x6.trans z9)))) (h6'.mono z9)).bind
      fun s10 hits x10 h10 => ?_
    refine (spec_rowSum h10).bind fun s11 hits' x11 h11 => (spec_constant rfl rfl).bind fun s12 zero x12 h12 => ?_
    refine (spec_select (h9.mono (x10.trans (x11.trans x12))) (h11.mono x12) h12).bind fun s13 correct x13 h13 => ?_
    refine (spec_reduceSum (dims := [0]) rfl h13).mono fun _ u _ hu => Holds.congr (t := .f32 []) hu fun i hi => ?_
    obtain rfl := List.length_eq_zero_iff.1 (length_of_inRange hi)
    rw [extents_batched]
    refine (tsum_cons B [] _).trans (nsum_congr fun b _ => ?_)
    rw [tsum_nil, ← correctness_eq, Literal.value_ofNat_one, Literal.value_ofNat, Semiring.natCast_zero]
    exact ite_ite_eq_zero ..
  · obtain ⟨b, k, rfl, -⟩ := exists_of_inRange_pair hi
    rw [Literal.value_ofNat_one, Literal.value_ofNat, Semiring.natCast_zero]
    exact ite_ite_eq_zero ..

end
end Lmx
