module
public import Lmx.Semantics.Index
@[expose] public section

/-!
# Sums over permuted dimensions

If `dims` lists the dimensions below `n` once each (`Covers n dims`), then `placeAt n dims` and `fun i => pick i dims` are inverse
bijections between the multi-indices of `pick s dims` and those of `s`. So a sum over a tensor may be taken in any order of its
dimensions, and in stages, first over some dimensions and then over the others.

Main results: `placeAt_pick`, `pick_placeAt`, `inRange_pick`, `inRange_placeAt`, `tsum_placeAt`, `tsum_split`, `tsum_split₃`,
`placeAt_eq_of_perm`.
-/

namespace Lmx
open Calculus Lean.Grind

/-! ### Entries -/

theorem getD_map_of_lt {α : Type} {l : List Nat} (f : Nat → α) (d : α) {k : Nat} (hk : k < l.length) :
    (l.map f).getD k d = f (l.getD k 0) := by
  simp [List.getD_eq_getElem?_getD, hk]

theorem mem_getD {α : Type} {l : List α} (d : α) {k : Nat} (hk : k < l.length) : l.getD k d ∈ l := by
  simp [List.getD_eq_getElem?_getD, hk]

theorem eq_of_getD {i j : List Nat} (h : i.length = j.length) (hk : ∀ k, k < i.length → i.getD k 0 = j.getD k 0) : i = j := by
  refine List.ext_getElem h fun k h1 h2 => ?_
  simpa [List.getD_eq_getElem?_getD, h1, h2] using hk k h1

theorem getD_idxOf {l : List Nat} {k : Nat} (h : k ∈ l) : l.getD (l.idxOf k) 0 = k := by
  induction l with
  | nil => cases h
  | cons a l ih => by_cases e : a = k <;> simp_all [List.idxOf_cons] <;> grind

theorem idxOf_getD {l : List Nat} (hl : l.Nodup) {k : Nat} (hk : k < l.length) : l.idxOf (l.getD k 0) = k := by
  induction l generalizing k with
  | nil => cases hk
  | cons a l ih =>
    rw [List.nodup_cons] at hl
    cases k with
    | zero => simp
    | succ k =>
      have hk' : k < l.length := by simpa using hk
      have hm := mem_getD 0 hk'
      have hne : (a == l.getD k 0) = false := by grind
      rw [List.getD_cons_succ, List.idxOf_cons, hne, cond_false, ih hl.2 hk']

theorem length_pick (s dims : List Nat) : (pick s dims).length = dims.length := List.length_map ..

theorem length_placeAt (n : Nat) (dims v : List Nat) : (placeAt n dims v).length = n := by simp [placeAt]

theorem pick_append (s a b : List Nat) : pick s (a ++ b) = pick s a ++ pick s b := List.map_append ..

theorem pick_nil (s : List Nat) : pick s [] = [] := rfl

theorem getD_pick (s : List Nat) {dims : List Nat} {k : Nat} (hk : k < dims.length) : (pick s dims).getD k 0 = s.getD (dims.getD k 0) 0 :=
  getD_map_of_lt _ _ hk

theorem getD_placeAt {n : Nat} (dims v : List Nat) {m : Nat} (hm : m < n) : (placeAt n dims v).getD m 0 = v.getD (dims.idxOf m) 0 := by
  simp [placeAt, List.getD_eq_getElem?_getD, hm]

theorem pick_range (i : List Nat) : pick i (List.range i.length) = i :=
  eq_of_getD (by simp [length_pick]) fun k hk => by
    rw [length_pick] at hk
    rw [getD_pick i hk]; simp_all [List.getD_eq_getElem?_getD]

/-! ### Lists of all dimensions -/

/-- `dims` is a permutation of the dimensions below `n`. -/
def Covers (n : Nat) (dims : List Nat) : Prop := dims.Nodup ∧ ∀ k, k ∈ dims ↔ k < n

theorem perm_of_nodup {l m : List Nat} (hl : l.Nodup) (hm : m.Nodup) (h : ∀ k, k ∈ l ↔ k ∈ m) : l.Perm m := by
  induction l generalizing m with
  | nil => cases m with
    | nil => exact .nil
    | cons b m => exact absurd ((h b).2 List.mem_cons_self) List.not_mem_nil
  | cons a l ih =>
    rw [List.nodup_cons] at hl
    have ha : a ∈ m := (h a).1 List.mem_cons_self
    refine .trans (.cons a (ih hl.2 (hm.erase a) fun k => ?_)) (List.perm_cons_erase ha).symm
    rw [hm.mem_erase_iff, ← h k, List.mem_cons]
    grind

theorem covers_range (n : Nat) : Covers n (List.range n) := ⟨List.nodup_range, fun _ => List.mem_range⟩

theorem Covers.perm {n : Nat} {a b : List Nat} (h : Covers n a) (hp : b.Perm a) : Covers n b :=
  ⟨hp.nodup_iff.2 h.1, fun k => hp.mem_iff.trans (h.2 k)⟩

theorem Covers.length {n : Nat} {dims : List Nat} (h : Covers n dims) : dims.length = n := by
  have := (perm_of_nodup h.1 List.nodup_range fun k => (h.2 k).trans List.mem_range.symm).length_eq
  simpa using this

theorem mem_othersBelow {n k : Nat} {dims : List Nat} : k ∈ othersBelow n dims ↔ k < n ∧ k ∉ dims := by
  simp [othersBelow]

theorem pairwise_othersBelow (n : Nat) (dims : List Nat) : (othersBelow n dims).Pairwise (· < ·) := List.pairwise_lt_range.filter _

theorem nodup_othersBelow (n : Nat) (dims : List Nat) : (othersBelow n dims).Nodup := List.nodup_range.filter _

theorem othersBelow_nil (n : Nat) : othersBelow n [] = List.range n := by simp [othersBelow]

theorem covers_append_others {n : Nat} {dims : List Nat} (h : dims.Nodup) (hn : ∀ k ∈ dims, k < n) :
    Covers n (dims ++ othersBelow n dims) := by
  refine ⟨List.nodup_append.2 ⟨h, nodup_othersBelow .., fun a ha b hb => ?_⟩, fun k => ?_⟩
  · rintro rfl; exact (mem_othersBelow.1 hb).2 ha
  · rw [List.mem_append, mem_othersBelow]
    have := hn k
    grind

theorem covers_others_append {n : Nat} {dims : List Nat} (h : dims.Nodup) (hn : ∀ k ∈ dims, k < n) :
    Covers n (othersBelow n dims ++ dims) :=
  (covers_append_others h hn).perm List.perm_append_comm

/-- As many distinct dimensions below `n` as there are, are all. -/
theorem covers_of_length {n : Nat} {dims : List Nat} (h : dims.Nodup) (hn : ∀ k ∈ dims, k < n) (hl : dims.length = n) : Covers n dims := by
  have hc := covers_append_others h hn
  have h0 : othersBelow n dims = [] := List.eq_nil_of_length_eq_zero (by have := hc.length; rw [List.length_append] at this; omega)
  rwa [h0, List.append_nil] at hc

/-- Increasing lists with the same members are equal. -/
theorem eq_of_increasing {l m : List Nat} (hl : l.Pairwise (· < ·)) (hm : m.Pairwise (· < ·)) (h : ∀ k, k ∈ l ↔ k ∈ m) : l = m :=
  (perm_of_nodup (hl.imp Nat.ne_of_lt) (hm.imp Nat.ne_of_lt) h).eq_of_pairwise (fun _ _ _ _ h h' => absurd h (Nat.lt_asymm h')) hl hm

/-- The dimensions that are not among the others. -/
theorem othersBelow_othersBelow {n : Nat} {dims : List Nat} (h : dims.Pairwise (· < ·)) (hn : ∀ k ∈ dims, k < n) :
    othersBelow n (othersBelow n dims) = dims :=
  eq_of_increasing (pairwise_othersBelow ..) h fun k => by
    simp only [mem_othersBelow]
    have := hn k
    grind

/-! ### The bijection -/

section
variable {n : Nat} {s i j v dims a b c : List Nat}

theorem placeAt_pick (h : Covers n dims) (hi : i.length = n) : placeAt n dims (pick i dims) = i :=
  eq_of_getD (by rw [length_placeAt, hi]) fun k hk => by
    rw [length_placeAt] at hk
    have hm := (h.2 k).2 hk
    rw [getD_placeAt _ _ hk, getD_pick i (List.idxOf_lt_length_iff.2 hm), getD_idxOf hm]

theorem pick_placeAt (h : dims.Nodup) (hn : ∀ k ∈ dims, k < n) (hj : j.length = dims.length) : pick (placeAt n dims j) dims = j :=
  eq_of_getD (by rw [length_pick, hj]) fun k hk => by
    rw [length_pick] at hk
    rw [getD_pick _ hk, getD_placeAt _ _ (hn _ (mem_getD 0 hk)), idxOf_getD h hk]

theorem placeAt_range (hi : i.length = n) : placeAt n (List.range n) i = i := by
  have := placeAt_pick (covers_range n) hi
  rwa [← hi, pick_range, hi] at this

theorem inRange_pick (hn : ∀ k ∈ dims, k < s.length) (hi : inRange s i = true) : inRange (pick s dims) (pick i dims) = true :=
  inRange_iff.2 ⟨by simp only [length_pick], fun k hk => by
    rw [length_pick] at hk
    rw [getD_pick _ hk, getD_pick _ hk]
    exact (inRange_iff.1 hi).2 _ (hn _ (mem_getD 0 hk))⟩

theorem inRange_placeAt (h : Covers s.length dims) (hj : inRange (pick s dims) j = true) : inRange s (placeAt s.length dims j) = true :=
  inRange_iff.2 ⟨length_placeAt .., fun k hk => by
    have hm := (h.2 k).2 hk
    have hl := List.idxOf_lt_length_iff.2 hm
    have := (inRange_iff.1 hj).2 (dims.idxOf k) (by rwa [length_pick])
    rwa [getD_pick _ hl, getD_idxOf hm, ← getD_placeAt dims j hk] at this⟩

theorem length_of_inRange_pick (hj : inRange (pick s dims) j = true) : j.length = dims.length := by
  rw [length_of_inRange hj, length_pick]

/-- Where an entry is put depends only on the pairs of dimension and entry. -/
theorem placeAt_eq_of_perm {w : List Nat} (hp : (a.zip v).Perm (b.zip w)) (ha : a.Nodup) (hb : b.Nodup) (hv : v.length = a.length)
    (hw : w.length = b.length) : placeAt n a v = placeAt n b w := by
  have look : ∀ {l u : List Nat}, l.Nodup → u.length = l.length → ∀ m x, (m, x) ∈ l.zip u ↔ m ∈ l ∧ u.getD (l.idxOf m) 0 = x := by
    intro l u hl hu m x
    constructor
    · intro h
      obtain ⟨k, hk, e⟩ := List.mem_iff_getElem.1 h
      have hk' : k < l.length := by rw [List.length_zip] at hk; omega
      rw [List.getElem_zip, Prod.mk.injEq] at e
      have := idxOf_getD hl hk'
      simp only [List.getD_eq_getElem?_getD, List.getElem?_eq_getElem hk', Option.getD_some, e.1] at this
      exact ⟨e.1 ▸ List.getElem_mem _, by simp [this, List.getD_eq_getElem?_getD, hu, hk', e.2]⟩
    · rintro ⟨hm, rfl⟩
      have hk := List.idxOf_lt_length_iff.2 hm
      refine List.mem_iff_getElem.2 ⟨l.idxOf m, by rw [List.length_zip]; omega, ?_⟩
      have := getD_idxOf hm
      rw [List.getElem_zip]
      simp_all [List.getD_eq_getElem?_getD]
  refine List.map_congr_left fun m _ => ?_
  by_cases hm : m ∈ a
  · exact ((look hb hw m _).1 (hp.mem_iff.1 ((look ha hv m _).2 ⟨hm, rfl⟩))).2.symm
  · have hm' : m ∉ b := fun h => hm ((look ha hv m _).1 (hp.mem_iff.2 ((look hb hw m _).2 ⟨h, rfl⟩))).1
    rw [List.idxOf_eq_length hm, List.idxOf_eq_length hm']
    simp [List.getD_eq_getElem?_getD, ← hv, ← hw]

end

/-! ### Sums -/

noncomputable section
variable {R : Type} [OrderedField R] {s dims a b : List Nat}

/-- The dimensions of a sum may be taken in any order. -/
theorem tsum_placeAt (h : Covers s.length dims) (f : Tensor R) : tsum s f = tsum (pick s dims) fun i => f (placeAt s.length dims i) := by
  refine lsum_bij (nodup_indices _) (nodup_indices _) (placeAt s.length dims) (fun i => pick i dims) (fun j hj => ?_) (fun i hi => ?_) f
  · rw [mem_indices] at hj ⊢
    exact ⟨inRange_placeAt h hj, pick_placeAt h.1 (fun k hk => (h.2 k).1 hk) (length_of_inRange_pick hj)⟩
  · rw [mem_indices] at hi ⊢
    exact ⟨inRange_pick (fun k hk => (h.2 k).1 hk) hi, placeAt_pick h (length_of_inRange hi)⟩

theorem tsum_pick (h : Covers s.length dims) (f : Tensor R) : tsum (pick s dims) f = tsum s fun i => f (pick i dims) := by
  rw [tsum_placeAt h]
  exact tsum_congr fun j hj => by rw [pick_placeAt h.1 (fun k hk => (h.2 k).1 hk) (length_of_inRange_pick hj)]

theorem tsum_tsum_pick (s a b : List Nat) (f : List Nat → List Nat → R) :
    (tsum (pick s a) fun i => tsum (pick s b) fun j => f i j) = tsum (pick s (a ++ b)) fun k => f (k.take a.length) (k.drop a.length) := by
  rw [pick_append, tsum_append]
  refine tsum_congr fun i hi => tsum_congr fun j _ => ?_
  rw [← length_of_inRange_pick hi, List.take_left, List.drop_left]

theorem take_pick_append (i a b : List Nat) : (pick i (a ++ b)).take a.length = pick i a := by
  rw [pick_append, ← length_pick i a, List.take_left]

theorem drop_pick_append (i a b : List Nat) : (pick i (a ++ b)).drop a.length = pick i b := by
  rw [pick_append, ← length_pick i a, List.drop_left]

/-- A sum may be taken first over some dimensions and then over the others. -/
theorem tsum_split (h : Covers s.length (a ++ b)) (f : List Nat → List Nat → R) :
    (tsum (pick s a) fun i => tsum (pick s b) fun j => f i j) = tsum s fun i => f (pick i a) (pick i b) := by
  rw [tsum_tsum_pick, tsum_pick h]
  simp only [take_pick_append, drop_pick_append]

/-- A sum may be taken in three stages. -/
theorem tsum_split₃ {c : List Nat} (h : Covers s.length (a ++ (b ++ c))) (f : List Nat → List Nat → List Nat → R) :
    (tsum (pick s a) fun i => tsum (pick s b) fun j => tsum (pick s c) fun k => f i j k) =
      tsum s fun i => f (pick i a) (pick i b) (pick i c) := by
  simp only [tsum_tsum_pick s b c]
  rw [tsum_split h fun i k => f i (k.take b.length) (k.drop b.length)]
  simp only [take_pick_append, drop_pick_append]

theorem tsum_comm (s t : List Nat) (f : List Nat → List Nat → R) :
    (tsum s fun i => tsum t fun j => f i j) = tsum t fun j => tsum s fun i => f i j :=
  lsum_comm ..

theorem tsum_mul (c : R) (s : List Nat) (f : Tensor R) : (tsum s fun i => c * f i) = c * tsum s f := lsum_mul ..

theorem tsum_mul_right (c : R) (s : List Nat) (f : Tensor R) : (tsum s fun i => f i * c) = tsum s f * c := by
  rw [CommSemiring.mul_comm, ← tsum_mul]
  exact tsum_congr fun i _ => CommSemiring.mul_comm ..

end
end Lmx
end
