module
public import Lmx.Theorems.Lower.Dense
public import Lmx.Theorems.Literal
public import Lmx.Theorems.Jvp.Pool
public import Lmx.Textbook.Train
public import Lmx.Lower.Loss
@[expose] public section

/-!
# The number of correct predictions

The emitted metric marks the logits that are as large as the largest, and counts the row's label on the mark if there is one mark only.

Main results: `correctness_eq`, that number is the textbook's; `spec_countCorrect`. The metric is not differentiated.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [RealOps R] {B K : Nat} {e : Env R} {s : Code} {v : Var}

theorem lmax_mem {l : List R} (h : l ≠ []) : lmax l ∈ l := by
  cases l with
  | nil => exact absurd rfl h
  | cons a l => exact List.mem_cons.2 (foldl_max2 l a).1

theorem le_lmax {l : List R} {b : R} (h : b ∈ l) : b ≤ lmax l := by
  cases l with
  | nil => cases h
  | cons a l =>
    obtain ⟨-, h1, h2⟩ := foldl_max2 l a
    rcases List.mem_cons.1 h with rfl | h
    · exact h1
    · exact h2 _ h

theorem nsum_dirac {n k : Nat} (hk : k < n) (f : Nat → R) : (nsum n fun j => if j = k then f j else 0) = f k :=
  lsum_dirac List.nodup_range f (List.mem_range.2 hk)

section
open Classical

/-- The marks of the largest elements among `z [0], …, z [n - 1]`. -/
def topAt (n : Nat) (z : Tensor R) (k : Nat) : R := if lmax ((List.range n).map fun j => z [j]) ≤ z [k] then 1 else 0

/-- If only one element is as large as the largest, it is greater than all others. -/
theorem exists_lt_of_nsum_topAt {n : Nat} {z : Tensor R} (h : nsum n (topAt n z) = 1) :
    ∃ k, k < n ∧ ∀ j, j < n → j ≠ k → z [j] < z [k] := by
  have hn : (List.range n).map (fun j => z [j]) ≠ [] := fun hn => by
    have : n = 0 := by simpa using hn
    subst this; exact Field.zero_ne_one h
  obtain ⟨k, hk, hz⟩ := List.mem_map.1 (lmax_mem hn)
  rw [List.mem_range] at hk
  refine ⟨k, hk, fun j hj hjk => Classical.byContradiction fun hlt => ?_⟩
  -- two marks are more than one
  have hle : ∀ i, (if i = k then (1 : R) else 0) + (if i = j then 1 else 0) ≤ topAt n z i := fun i => by grind [topAt]
  have h2 := lsum_le (l := List.range n) hle
  have hk1 := nsum_dirac hk fun _ => (1 : R)
  have hj1 := nsum_dirac hj fun _ => (1 : R)
  rw [lsum_add] at h2
  rw [nsum] at hk1 hj1 h
  grind

/-- The textbook's number, by marks. -/
theorem correctness_eq (n : Nat) (t z : Tensor R) :
    (if nsum n (topAt n z) = 1 then nsum n fun k => t [k] * topAt n z k else 0) = Textbook.correctness n t z := by
  by_cases h : ∃ k, k < n ∧ ∀ j, j < n → j ≠ k → z [j] < z [k]
  · obtain ⟨k, hk, hu⟩ := h
    have hm : lmax ((List.range n).map fun j => z [j]) = z [k] := lmax_eq (List.mem_map_of_mem (List.mem_range.2 hk)) fun y hy => by
      obtain ⟨j, hj, rfl⟩ := List.mem_map.1 hy
      have := hu j (List.mem_range.1 hj)
      by_cases e : j = k <;> grind
    have htop : ∀ j, j < n → topAt n z j = if j = k then 1 else 0 := fun j hj => by have := hu j hj; grind [topAt]
    rw [nsum_congr htop, nsum_dirac hk fun _ => (1 : R), if_pos rfl,
      nsum_congr (g := fun j => if j = k then t [j] else 0) fun j hj => by grind, nsum_dirac hk fun j => t [j], Textbook.correctness]
    refine (nsum_dirac hk fun j => t [j]).symm.trans (nsum_congr fun j hj => ?_)
    have := hu j hj
    by_cases e : j = k
    · subst e; rw [if_pos rfl, if_pos hu]
    · rw [if_neg e, if_neg fun hj' => by have := hj' k hk (Ne.symm e); grind]
  · rw [if_neg fun h1 => h (exists_lt_of_nsum_topAt h1)]
    refine (lsum_zero (List.range n)).symm.trans (lsum_congr fun k hk => (if_neg fun hu => h ⟨k, List.mem_range.1 hk, hu⟩).symm)

theorem ite_ite_eq_zero {p : Prop} (x y : R) : (if (if p then (1 : R) else 0) = 0 then y else x) = if p then x else y := by
  by_cases hp : p
  · rw [if_pos hp, if_pos hp, if_neg fun h => Field.zero_ne_one h.symm]
  · rw [if_neg hp, if_neg hp, if_pos rfl]
end

/-! ### The nodes -/

theorem exists_of_inRange_row {i : List Nat} (h : inRange (extents B (TensorType.f32 (batched [])).shape) i = true) :
    ∃ b, i = [b] ∧ b < B := by
  rw [TensorType.f32, extents_batched] at h
  match i, h with
  | [b], h => exact ⟨b, rfl, (inRange_cons.1 h).1⟩
  | _ :: _ :: _, h => exact absurd (inRange_cons.1 h).2 nofun

theorem spec_rowSum {X : Tensor R} (h : Holds B e s v (.f32 (batched [K])) X) :
    Spec B e (reduceSum [1] v) s fun s' u => Holds B e s' u (.f32 (batched [])) fun i => nsum K fun k => X [i.getD 0 0, k] := by
  refine (spec_reduceSum (dims := [1]) rfl h).mono fun _ u _ hu => Holds.congr (t := .f32 (batched [])) hu fun i hi => ?_
  obtain ⟨b, rfl, -⟩ := exists_of_inRange_row hi
  rw [extents_batched]
  exact (tsum_cons K [] _).trans (nsum_congr fun k _ => tsum_nil _)

theorem spec_rowMax {X : Tensor R} (h : Holds B e s v (.f32 (batched [K])) X) :
    Spec B e (emit (.reduceMax [1]) [v]) s fun s' u =>
      Holds B e s' u (.f32 (batched [])) fun i => lmax ((List.range K).map fun k => X [i.getD 0 0, k]) := by
  refine h.emit_one (op := .reduceMax [1]) nofun nofun (sh' := batched []) rfl fun i hi => ?_
  obtain ⟨b, rfl, hb⟩ := exists_of_inRange_row hi
  have hi : indices [K] = (List.range K).map fun k => [k] := List.map_eq_flatMap.symm
  show lmax ((indices (pick (extents B (batched [K])) [1])).map fun c =>
    clip (extents B (batched [K])) X (reduceIndex (extents B (batched [K])).length [1] [b] c)) = _
  rw [extents_batched, show pick [B, K] [1] = [K] from rfl, hi, List.map_map]
  refine congrArg lmax (List.map_congr_left fun k hk => ?_)
  show clip [B, K] X [b, k] = X [b, k]
  rw [clip_of_inRange]
  simp [inRange, hb, List.mem_range.1 hk]

/-- The number of correct predictions of a batch. -/
theorem spec_countCorrect {logits label : Var} {Z T : Nat → Tensor R} (hK : 0 < K) (hz : Holds B e s logits (.f32 (batched [K])) (stack Z))
    (ht : Holds B e s label (.f32 (batched [K])) (stack T)) :
    Spec B e (countCorrect logits label) s fun s' u =>
      Holds B e s' u (.f32 []) fun _ => nsum B fun b => Textbook.correctness K (T b) (Z b) := by
  have hs : logits.shape = batched [K] := congrArg TensorType.shape hz.type
  have hp : (batched [K]).positive = true := positive_batched (by simpa using hK)
  simp only [countCorrect, hs]
  refine (spec_constant rfl hp).bind fun s1 zeros x1 h1 => (spec_constant rfl hp).bind fun s2 ones x2 h2 => ?_
  have y2 := x1.trans x2
  refine (spec_rowMax (hz.mono y2)).bind fun s3 top x3 h3 => ?_
  refine (spec_broadcast (dims := [0]) (sh := batched []) (sh' := batched [K]) rfl rfl hp h3).bind fun s4 top' x4 h4 => ?_
  have y4 := y2.trans (x3.trans x4)
  refine (spec_compare .ge (hz.mono y4) h4).bind fun s5 isTop x5 h5 => ?_
  have z5 := x3.trans (x4.trans x5)
  refine (spec_select h5 (h2.mono z5) (h1.mono (x2.trans z5))).bind fun s6 tops x6 h6 => ?_
  have h6' : Holds B e s6 tops (.f32 (batched [K])) fun i => topAt K (Z (i.getD 0 0)) (i.getD 1 0) := h6.congr fun i hi => ?_
  · refine (spec_rowSum h6').bind fun s7 count x7 h7 => ?_
    have hc : count.shape = batched [] := congrArg TensorType.shape h7.type
    simp only [hc]
    refine (spec_constant rfl rfl).bind fun s8 one x8 h8 => ?_
    refine (spec_compare .eq (h7.mono x8) h8).bind fun s9 unique x9 h9 => ?_
    have z9 := x7.trans (x8.trans x9)
    refine (spec_binary .multiply (ht.mono (y4.trans (x5.trans (x6.trans z9)))) (h6'.mono z9)).bind fun s10 hits x10 h10 => ?_
    refine (spec_rowSum h10).bind fun s11 hits' x11 h11 => (spec_constant rfl rfl).bind fun s12 zero x12 h12 => ?_
    refine (spec_select (h9.mono (x10.trans (x11.trans x12))) (h11.mono x12) h12).bind fun s13 correct x13 h13 => ?_
    refine (spec_reduceSum (dims := [0]) rfl h13).mono fun _ u _ hu => Holds.congr (t := .f32 []) hu fun i hi => ?_
    match i, hi with
    | [], _ =>
      rw [extents_batched]
      refine (tsum_cons B [] _).trans (nsum_congr fun b _ => ?_)
      rw [tsum_nil, ← correctness_eq, Literal.value_ofNat_one, Literal.value_ofNat, Semiring.natCast_zero]
      exact ite_ite_eq_zero ..
  · obtain ⟨b, k, rfl, -⟩ := exists_of_inRange_pair hi
    rw [Literal.value_ofNat_one, Literal.value_ofNat, Semiring.natCast_zero]
    exact ite_ite_eq_zero ..

end
end Lmx
