module
public import Lmx.Semantics.Denote
public import Lmx.Theorems.WellFormed
@[expose] public section

/-!
# Shapes in terms of core's lists

The rules by which `Op.infer` types an op, and the functions on shapes that they use, as statements about core's lists,
so that proofs about ops can use core's lemmas.

Main results: `append_eq`, `range_eq`, `filter_eq`, `nth_eq` (the functions of `Lmx.Basic.List` are core's);
`distinctBelow_iff`, `increasingBelow_iff`; `extents_pick`, `Shape.others_eq`; `Op.infer_iff`, which reduces the type of
an op on numbers to a statement about shapes.
-/

namespace Lmx

variable {α β : Type}

/-! ### Lists -/

theorem append_eq (l m : List α) : append l m = l ++ m := by induction l <;> simp_all [append, foldr]

theorem join_eq (l : List (List α)) : join l = l.flatten := by
  induction l with
  | nil => rfl
  | cons a l ih => exact (append_eq a _).trans (congrArg (a ++ ·) ih)

theorem foldl_eq (f : β → α → β) (b : β) (l : List α) : foldl f b l = l.foldl f b := by
  induction l generalizing b <;> simp_all [foldl]

theorem zip_eq (l : List α) (m : List β) : zip l m = l.zip m := by
  induction l generalizing m <;> cases m <;> simp_all [zip, zipWith, foldr]

theorem filter_eq (p : α → Bool) (l : List α) : filter p l = l.filter p := by
  induction l <;> simp_all [filter, foldr, List.filter_cons]

theorem nth_eq (d : α) (l : List α) (n : Nat) : nth d l n = l.getD n d := by
  induction l generalizing n <;> cases n <;> simp_all [nth, foldr]

theorem rangeFrom_eq (k n : Nat) : rangeFrom k n = List.range' k n := by
  induction n generalizing k <;> simp_all [rangeFrom, List.range'_succ]

theorem range_eq (n : Nat) : range n = List.range n := by rw [range, rangeFrom_eq, List.range_eq_range']

theorem mem_eq (n : Nat) (l : List Nat) : mem n l = l.contains n := by
  have beq (a : Nat) : Nat.beq n a = decide (n = a) := Bool.eq_iff_iff.2 (by simp)
  induction l <;> simp_all [mem, any, foldr]

theorem natsBeq_iff (l m : List Nat) : natsBeq l m = true ↔ l = m := listBeq_iff (fun a b => by simp) l m

theorem guardSome_iff {c : Bool} {a b : α} : guardSome c a = some b ↔ c = true ∧ a = b := by
  cases c <;> simp [guardSome]

theorem distinctBelow_iff {n : Nat} {l : List Nat} : distinctBelow n l = true ↔ l.Nodup ∧ ∀ k ∈ l, k < n := by
  induction l <;> grind [distinctBelow, mem_eq, Nat.ble_eq]

theorem increasingBelow_iff {n : Nat} {l : List Nat} :
    increasingBelow n l = true ↔ l.Pairwise (· < ·) ∧ ∀ k ∈ l, k < n := by
  induction l with
  | nil => simp [increasingBelow]
  | cons a l ih => cases l <;> grind [increasingBelow, Nat.ble_eq, List.pairwise_cons]

/-! ### Shapes -/

theorem Shape.pick_eq (s : Shape) (l : List Nat) : s.pick l = l.map fun k => s.getD k (.fixed 0) := by
  simp only [Shape.pick, map_eq, Shape.dim, nth_eq]

theorem Shape.length_pick (s : Shape) (l : List Nat) : (s.pick l).length = l.length := by simp [Shape.pick_eq]

theorem Shape.pick_append (s : Shape) (l m : List Nat) : s.pick (l ++ m) = s.pick l ++ s.pick m := by
  simp only [Shape.pick_eq, List.map_append]

theorem Shape.others_eq (s : Shape) (l : List Nat) : s.others l = othersBelow s.length l := by
  simp only [Shape.others, filter_eq, range_eq, length_eq, othersBelow, mem_eq]

theorem length_extents (B : Nat) (s : Shape) : (extents B s).length = s.length := List.length_map ..

theorem extents_append (B : Nat) (s t : Shape) : extents B (s ++ t) = extents B s ++ extents B t := List.map_append ..

theorem extents_fixedShape (B : Nat) (l : List Nat) : extents B (fixedShape l) = l := by
  simp [extents, fixedShape, map_eq, Function.comp_def, Dim.size]

theorem positive_imageShape {n : Nat × Nat} {c : Nat} :
    (imageShape n c).positive = true ↔ 0 < n.1 ∧ 0 < n.2 ∧ 0 < c := by
  simp [imageShape, batched, fixedShape, map_eq, Shape.positive_iff, Dim.coeff]

theorem extents_pick (B : Nat) (s : Shape) (l : List Nat) : extents B (s.pick l) = pick (extents B s) l := by
  simp only [extents, Shape.pick_eq, pick, List.map_map, List.getD_eq_getElem?_getD, List.getElem?_map]
  exact List.map_congr_left fun k _ => by cases h : s[k]? <;> simp [h, Dim.size]

/-! ### Types of ops on numbers -/

theorem numbers_iff {o : Option Shape} {t : TensorType} : numbers o = some t ↔ ∃ u, o = some u ∧ t = .f32 u := by
  cases o <;> simp [numbers, eq_comm]

theorem shapesOf_iff {ts : List TensorType} {ss : List Shape} :
    shapesOf ts = some ss ↔ ts = ss.map TensorType.f32 := by
  fun_induction shapesOf ts generalizing ss <;> cases ss <;> grind [TensorType.f32]

/-- Arguments and result of an op other than `compare` and `select` are numbers. -/
theorem Op.infer_iff {op : Op} (hc : ∀ d, op ≠ .compare d) (hs : op ≠ .select) {ts : List TensorType}
    {t : TensorType} :
    op.infer ts = some t ↔ ∃ ss u, ts = ss.map TensorType.f32 ∧ op.inferShape ss = some u ∧ t = .f32 u := by
  unfold Op.infer
  split
  · exact absurd rfl (hc _)
  · exact absurd rfl hs
  · cases h : shapesOf ts <;> simp [← shapesOf_iff, h, numbers_iff]

/-- The type of an op with one argument. -/
theorem Op.infer_one {op : Op} {t t' : TensorType} (h : op.infer [t] = some t') (hc : ∀ d, op ≠ .compare d)
    (hs : op ≠ .select) : ∃ x u, t = .f32 x ∧ op.inferShape [x] = some u ∧ t' = .f32 u := by
  obtain ⟨_ | ⟨x, _ | _⟩, u, e, h⟩ := (Op.infer_iff hc hs).1 h <;> simp at e
  exact ⟨x, u, e, h⟩

/-- The type of an op with two arguments. -/
theorem Op.infer_two {op : Op} {t t' t'' : TensorType} (h : op.infer [t, t'] = some t'') (hc : ∀ d, op ≠ .compare d)
    (hs : op ≠ .select) : ∃ x y u, t = .f32 x ∧ t' = .f32 y ∧ op.inferShape [x, y] = some u ∧ t'' = .f32 u := by
  obtain ⟨_ | ⟨x, _ | ⟨y, _ | _⟩⟩, u, e, h⟩ := (Op.infer_iff hc hs).1 h <;> simp at e
  exact ⟨x, y, u, e.1, e.2, h⟩

end Lmx
end
