module
public import Lmx.Semantics.Index
@[expose] public section

/-!
# Sums over permuted dimensions

If `dims` lists the dimensions below `n` once each (`Covers n dims`), then `placeAt n dims` and `fun i => pick i dims`
are inverse bijections between the multi-indices of `pick s dims` and those of `s`: `placeAt n dims` picks at the
inverse permutation, `places n dims`. So a sum over a tensor may be taken in any order of its dimensions, and in stages,
first over some dimensions and then over the others.

Main results: `pick_pick`, `placeAt_pick`, `pick_placeAt`, `inRange_pick`, `inRange_placeAt`, `tsum_pick`, `tsum_split`,
`tdot_placeAt`.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section

/-! ### Entries -/

theorem getD_idxOf {l : List Nat} {k : Nat} (h : k ∈ l) : l.getD (l.idxOf k) 0 = k := by
  induction l <;> grind

theorem idxOf_getD {l : List Nat} (hl : l.Nodup) {k : Nat} (hk : k < l.length) : l.idxOf (l.getD k 0) = k := by
  induction l generalizing k <;> grind

theorem length_pick (s dims : List Nat) : (pick s dims).length = dims.length := List.length_map ..

theorem length_placeAt (n : Nat) (dims v : List Nat) : (placeAt n dims v).length = n := by simp [placeAt]

theorem pick_append (s a b : List Nat) : pick s (a ++ b) = pick s a ++ pick s b := List.map_append ..

theorem pick_nil (s : List Nat) : pick s [] = [] := rfl

theorem pick_pick (s : List Nat) {a b : List Nat} (h : ∀ k ∈ b, k < a.length) :
    pick (pick s a) b = pick s (pick a b) := by
  simp +contextual [pick, h, List.getD_eq_getElem?_getD]

theorem pick_range (i : List Nat) : pick i (List.range i.length) = i :=
  List.ext_getElem (by simp [pick]) (by simp +contextual [pick, List.getD_eq_getElem?_getD])

theorem range_pick {n : Nat} {dims : List Nat} (h : ∀ k ∈ dims, k < n) : pick (List.range n) dims = dims :=
  (List.map_congr_left (g := id) (by grind)).trans (List.map_id _)

/-! ### Lists of all dimensions -/

/-- `dims` is a permutation of the dimensions below `n`. -/
def Covers (n : Nat) (dims : List Nat) : Prop := dims.Nodup ∧ ∀ k, k ∈ dims ↔ k < n

theorem perm_of_nodup {l m : List Nat} (hl : l.Nodup) (hm : m.Nodup) (h : ∀ k, k ∈ l ↔ k ∈ m) : l.Perm m := by
  simp [List.perm_iff_count, hl.count, hm.count, h]

theorem covers_range (n : Nat) : Covers n (List.range n) := ⟨List.nodup_range, fun _ => List.mem_range⟩

theorem Covers.perm {n : Nat} {a b : List Nat} (h : Covers n a) (hp : b.Perm a) : Covers n b :=
  ⟨hp.nodup_iff.2 h.1, fun k => hp.mem_iff.trans (h.2 k)⟩

theorem Covers.perm_range {n : Nat} {dims : List Nat} (h : Covers n dims) : dims.Perm (List.range n) :=
  perm_of_nodup h.1 List.nodup_range fun k => (h.2 k).trans List.mem_range.symm

theorem Covers.length {n : Nat} {dims : List Nat} (h : Covers n dims) : dims.length = n := by
  simpa using h.perm_range.length_eq

theorem Covers.of_append {n : Nat} {a b : List Nat} (h : Covers n (a ++ b)) : a.Nodup ∧ ∀ k ∈ a, k < n :=
  ⟨(List.nodup_append.1 h.1).1, fun k hk => (h.2 k).1 (List.mem_append_left b hk)⟩

theorem mem_othersBelow {n k : Nat} {dims : List Nat} : k ∈ othersBelow n dims ↔ k < n ∧ k ∉ dims := by
  simp [othersBelow]

theorem pairwise_othersBelow (n : Nat) (dims : List Nat) : (othersBelow n dims).Pairwise (· < ·) :=
    List.pairwise_lt_range.filter _

theorem othersBelow_nil (n : Nat) : othersBelow n [] = List.range n := by simp [othersBelow]

theorem covers_append_others {n : Nat} {dims : List Nat} (h : dims.Nodup) (hn : ∀ k ∈ dims, k < n) :
    Covers n (dims ++ othersBelow n dims) := by
  refine ⟨List.nodup_append.2 ⟨h, List.nodup_range.filter _, ?_⟩, ?_⟩ <;> grind [mem_othersBelow]

theorem covers_others_append {n : Nat} {dims : List Nat} (h : dims.Nodup) (hn : ∀ k ∈ dims, k < n) :
    Covers n (othersBelow n dims ++ dims) :=
  (covers_append_others h hn).perm List.perm_append_comm

/-- As many distinct dimensions below `n` as there are, are all. -/
theorem covers_of_length {n : Nat} {dims : List Nat} (h : dims.Nodup) (hn : ∀ k ∈ dims, k < n) (hl : dims.length = n) :
    Covers n dims := by
  have hc := covers_append_others h hn
  have h0 : othersBelow n dims = [] :=
    List.length_eq_zero_iff.1 (by have := hc.length; rw [List.length_append] at this; omega)
  rwa [h0, List.append_nil] at hc

/-- Increasing lists with the same members are equal. -/
theorem eq_of_increasing {l m : List Nat} (hl : l.Pairwise (· < ·)) (hm : m.Pairwise (· < ·))
    (h : ∀ k, k ∈ l ↔ k ∈ m) : l = m :=
  (perm_of_nodup (hl.imp Nat.ne_of_lt) (hm.imp Nat.ne_of_lt) h).eq_of_pairwise (by grind) hl hm

/-- If `a` and `b` are all dimensions, and `b` is increasing, then `b` are those that are not in `a`. -/
theorem othersBelow_eq {n : Nat} {a b : List Nat} (h : Covers n (a ++ b)) (hb : b.Pairwise (· < ·)) :
    othersBelow n a = b :=
  eq_of_increasing (pairwise_othersBelow ..) hb fun k => by
    grind [mem_othersBelow, h.2 k, List.nodup_append.1 h.1]

/-! ### The bijection -/

/-- The places of the dimensions below `n` in a list of them: the inverse permutation. -/
def places (n : Nat) (dims : List Nat) : List Nat := (List.range n).map dims.idxOf

theorem placeAt_eq (n : Nat) (dims v : List Nat) : placeAt n dims v = pick v (places n dims) := by
  simp [placeAt, places, pick]

section
variable {n : Nat} {s i j dims : List Nat}

theorem Covers.places_lt (h : Covers n dims) : ∀ k ∈ places n dims, k < dims.length := by
  simp [places, List.idxOf_lt_length_iff, h.2]

theorem pick_places (h : Covers n dims) : pick dims (places n dims) = List.range n := by
  simp only [places, pick, List.map_map]
  exact (List.map_congr_left (g := id) (by grind [getD_idxOf, Covers])).trans (List.map_id _)

theorem places_pick (h : Covers n dims) : pick (places n dims) dims = List.range n := by
  refine List.ext_getElem (by simp [pick, h.length]) fun k h1 h2 => ?_
  have h3 : k < dims.length := by simpa [h.length] using h2
  have h4 := (h.2 _).1 (List.getElem_mem h3)
  have h5 := idxOf_getD h.1 h3
  simp_all [pick, places, List.getD_eq_getElem?_getD]

theorem Covers.places (h : Covers n dims) : Covers n (places n dims) := by
  refine covers_of_length ?_ (h.length ▸ h.places_lt) (by simp [Lmx.places])
  have := List.nodup_range (n := n)
  rw [← pick_places h] at this
  exact (List.pairwise_map.1 this).imp fun hne e => hne (congrArg (dims.getD · 0) e)

theorem placeAt_pick (h : Covers n dims) (hi : i.length = n) : placeAt n dims (pick i dims) = i := by
  rw [placeAt_eq, pick_pick _ h.places_lt, pick_places h, ← hi, pick_range]

theorem pick_placeAt (h : Covers n dims) (hj : j.length = dims.length) : pick (placeAt n dims j) dims = j := by
  rw [placeAt_eq, pick_pick _ (by simp [places, h.2]), places_pick h, ← h.length, ← hj, pick_range]

theorem placeAt_range (hi : i.length = n) : placeAt n (List.range n) i = i := by
  have := placeAt_pick (covers_range n) hi
  rwa [← hi, pick_range, hi] at this

theorem inRange_pick (hn : ∀ k ∈ dims, k < s.length) (hi : inRange s i = true) :
    inRange (pick s dims) (pick i dims) = true := by
  induction dims with
  | nil => rfl
  | cons k dims ih =>
    rw [List.forall_mem_cons] at hn
    exact inRange_cons.2 ⟨(inRange_iff.1 hi).2 _ hn.1, ih hn.2⟩

theorem length_of_inRange_pick (hj : inRange (pick s dims) j = true) : j.length = dims.length := by
  rw [length_of_inRange hj, length_pick]

theorem inRange_placeAt (h : Covers s.length dims) (hj : inRange (pick s dims) j = true) :
    inRange s (placeAt s.length dims j) = true := by
  have := inRange_pick (dims := places s.length dims) (by simpa [length_pick] using h.places_lt) hj
  rwa [pick_pick _ h.places_lt, pick_places h, pick_range, ← placeAt_eq] at this

end

/-! ### Sums -/

variable {R : Type} [OrderedField R] {s dims a b : List Nat}

/-- The dimensions of a sum may be taken in any order. -/
theorem tsum_pick (h : Covers s.length dims) (f : Tensor R) :
    tsum (pick s dims) f = tsum s fun i => f (pick i dims) := by
  refine lsum_bij (nodup_indices _) (nodup_indices _) (fun i => pick i dims) (placeAt s.length dims) (fun i hi => ?_)
    (fun j hj => ?_) f
  · rw [mem_indices] at hi ⊢
    exact ⟨inRange_pick (fun k => (h.2 k).1) hi, placeAt_pick h (length_of_inRange hi)⟩
  · rw [mem_indices] at hj ⊢
    exact ⟨inRange_placeAt h hj, pick_placeAt h (length_of_inRange_pick hj)⟩

/-- A sum may be taken first over some dimensions and then over the others. -/
theorem tsum_split (h : Covers s.length (a ++ b)) (f : List Nat → List Nat → R) :
    (tsum (pick s a) fun i => tsum (pick s b) fun j => f i j) = tsum s fun i => f (pick i a) (pick i b) := by
  have key := tsum_pick h fun k => f (k.take a.length) (k.drop a.length)
  simp only [pick_append, List.take_left' (length_pick ..), List.drop_left' (length_pick ..)] at key
  rw [← key, tsum_append]
  refine tsum_congr fun i hi => ?_
  simp only [List.take_left' (length_of_inRange_pick hi), List.drop_left' (length_of_inRange_pick hi)]

/-- Picking from the multi-index is adjoint to putting it back in place. -/
theorem tdot_placeAt (h : Covers s.length dims) (x y : Tensor R) :
    tdot s (fun i => x (pick i dims)) y = tdot (pick s dims) x fun j => y (placeAt s.length dims j) := by
  rw [tdot, tdot, tsum_pick h]
  exact tsum_congr fun i hi => by rw [placeAt_pick h (length_of_inRange hi)]

theorem tdot_add (s : List Nat) (x y z : Tensor R) : tdot s x (fun i => y i + z i) = tdot s x y + tdot s x z := by
  simp only [tdot, tsum, ← lsum_add, Semiring.left_distrib]

theorem lsum_mul_right {α : Type} (l : List α) (c : R) (f : α → R) : lsum l f * c = lsum l fun a => f a * c := by
  rw [CommSemiring.mul_comm, ← lsum_mul]; exact lsum_congr fun a _ => CommSemiring.mul_comm ..

end
end Lmx
end
