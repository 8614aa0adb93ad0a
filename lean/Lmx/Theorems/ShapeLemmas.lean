module
public import Lmx.Semantics.Denote
public import Lmx.Theorems.WellFormed
@[expose] public section

/-!
# Shapes in terms of core's lists

The rules by which `Op.infer` types an op, and the functions on shapes that they use, as statements about core's lists, so that proofs
about ops can use core's lemmas.

Main results: `append_eq`, `range_eq`, `filter_eq`, `nth_eq` (the functions of `Lmx.Basic.List` are core's); `distinctBelow_iff`,
`increasingBelow_iff`; `extents_pick`, `Shape.others_eq`; `Op.infer_iff`, which reduces the type of an op on numbers to a statement about
shapes.
-/

namespace Lmx

variable {α β : Type}

/-! ### Lists -/

theorem append_eq (l m : List α) : append l m = l ++ m := by
  induction l with
  | nil => rfl
  | cons a l ih => exact congrArg (a :: ·) ih

theorem foldl_eq (f : β → α → β) (b : β) (l : List α) : foldl f b l = l.foldl f b := by
  induction l generalizing b with
  | nil => rfl
  | cons a l ih => exact ih _

theorem zip_eq (l : List α) (m : List β) : zip l m = l.zip m := by
  induction l generalizing m with
  | nil => cases m <;> rfl
  | cons a l ih =>
    cases m with
    | nil => rfl
    | cons b m => exact congrArg ((a, b) :: ·) (ih m)

theorem filter_eq (p : α → Bool) (l : List α) : filter p l = l.filter p := by
  induction l with
  | nil => rfl
  | cons a l ih =>
    have step : filter p (a :: l) = cond (p a) (a :: filter p l) (filter p l) := rfl
    rw [step, ih, List.filter_cons]
    cases p a <;> rfl

theorem nth_eq (d : α) (l : List α) (n : Nat) : nth d l n = l.getD n d := by
  induction l generalizing n with
  | nil => rfl
  | cons a l ih => cases n with
    | zero => rfl
    | succ n => simpa using ih n

theorem rangeFrom_eq (k n : Nat) : rangeFrom k n = List.range' k n := by
  induction n generalizing k with
  | zero => rfl
  | succ n ih => rw [List.range'_succ, rangeFrom, ih]

theorem range_eq (n : Nat) : range n = List.range n := by rw [range, rangeFrom_eq, List.range_eq_range']

theorem mem_eq (n : Nat) (l : List Nat) : mem n l = l.contains n := by
  induction l with
  | nil => rfl
  | cons a l ih =>
    have step : mem n (a :: l) = (Nat.beq n a || mem n l) := rfl
    rw [step, ih, List.contains_cons, show Nat.beq n a = (n == a) from Bool.eq_iff_iff.2 (by simp)]

theorem natsBeq_iff (l m : List Nat) : natsBeq l m = true ↔ l = m := listBeq_iff (fun a b => by simp) l m

theorem guardSome_iff {c : Bool} {a b : α} : guardSome c a = some b ↔ c = true ∧ a = b := by
  cases c <;> simp [guardSome]

theorem distinctBelow_iff {n : Nat} {l : List Nat} : distinctBelow n l = true ↔ l.Nodup ∧ ∀ k ∈ l, k < n := by
  induction l with
  | nil => simp [distinctBelow]
  | cons a l ih =>
    simp only [distinctBelow, Bool.and_eq_true, Nat.ble_eq, ih, mem_eq, List.nodup_cons, List.forall_mem_cons, Bool.not_eq_true',
      List.contains_eq_mem,
      decide_eq_false_iff_not]
    exact ⟨fun ⟨⟨h, h1⟩, h2, h3⟩ => ⟨⟨h1, h2⟩, h, h3⟩, fun ⟨⟨h1, h2⟩, h, h3⟩ => ⟨⟨h, h1⟩, h2, h3⟩⟩

theorem increasingBelow_iff {n : Nat} {l : List Nat} : increasingBelow n l = true ↔ l.Pairwise (· < ·) ∧ ∀ k ∈ l, k < n := by
  induction l with
  | nil => simp [increasingBelow]
  | cons a l ih =>
    cases l with
    | nil => simp [increasingBelow]; omega
    | cons b l =>
      rw [increasingBelow, Bool.and_eq_true, ih, Nat.ble_eq]
      grind [List.pairwise_cons]

/-! ### Shapes -/

theorem Shape.pick_eq (s : Shape) (l : List Nat) : s.pick l = l.map fun k => s.getD k (.fixed 0) := by
  rw [Shape.pick, map_eq]; exact List.map_congr_left fun k _ => nth_eq ..

theorem Shape.length_pick (s : Shape) (l : List Nat) : (s.pick l).length = l.length := by rw [Shape.pick_eq, List.length_map]

theorem Shape.pick_append (s : Shape) (l m : List Nat) : s.pick (l ++ m) = s.pick l ++ s.pick m := by
  simp only [Shape.pick_eq, List.map_append]

theorem Shape.others_eq (s : Shape) (l : List Nat) : s.others l = othersBelow s.length l := by
  rw [Shape.others, filter_eq, range_eq, length_eq, othersBelow]
  simp only [mem_eq]

theorem length_extents (B : Nat) (s : Shape) : (extents B s).length = s.length := List.length_map ..

theorem extents_append (B : Nat) (s t : Shape) : extents B (s ++ t) = extents B s ++ extents B t := List.map_append ..

theorem extents_pick (B : Nat) (s : Shape) (l : List Nat) : extents B (s.pick l) = pick (extents B s) l := by
  rw [extents, Shape.pick_eq, List.map_map]
  refine List.map_congr_left fun k _ => ?_
  simp only [Function.comp_apply, extents, List.getD_eq_getElem?_getD, List.getElem?_map]
  cases s[k]? <;> rfl

/-! ### Types of ops on numbers -/

theorem numbers_iff {o : Option Shape} {t : TensorType} : numbers o = some t ↔ ∃ u, o = some u ∧ t = .f32 u := by
  cases o <;> simp [numbers, eq_comm]

theorem shapesOf_iff {ts : List TensorType} {ss : List Shape} : shapesOf ts = some ss ↔ ts = ss.map TensorType.f32 := by
  induction ts generalizing ss with
  | nil => cases ss <;> simp [shapesOf]
  | cons t ts ih =>
    obtain ⟨d, s⟩ := t
    cases d with
    | i1 => cases ss <;> simp [shapesOf, TensorType.f32]
    | f32 =>
      rw [shapesOf]
      cases h : shapesOf ts with
      | none =>
        refine ⟨nofun, fun e => ?_⟩
        cases ss with
        | nil => cases e
        | cons u ss => rw [ih.2 (List.cons.inj e).2] at h; cases h
      | some r =>
        cases ss with
        | nil => simp
        | cons u ss => simp [TensorType.f32, ← ih, h]

theorem Op.infer_eq {op : Op} (hc : ∀ d, op ≠ .compare d) (hs : op ≠ .select) (ts : List TensorType) :
    op.infer ts = match shapesOf ts with
      | none => none
      | some ss => numbers (op.inferShape ss) := by
  unfold Op.infer
  split
  · exact absurd rfl (hc _)
  · exact absurd rfl hs
  · rfl

/-- Arguments and result of an op other than `compare` and `select` are numbers. -/
theorem Op.infer_iff {op : Op} (hc : ∀ d, op ≠ .compare d) (hs : op ≠ .select) {ts : List TensorType} {t : TensorType} :
    op.infer ts = some t ↔ ∃ ss u, ts = ss.map TensorType.f32 ∧ op.inferShape ss = some u ∧ t = .f32 u := by
  rw [Op.infer_eq hc hs]
  constructor
  · intro h
    cases e : shapesOf ts with
    | none => rw [e] at h; cases h
    | some ss =>
      rw [e] at h
      obtain ⟨u, hu, ht⟩ := numbers_iff.1 h
      exact ⟨ss, u, shapesOf_iff.1 e, hu, ht⟩
  · rintro ⟨ss, u, e, hu, rfl⟩
    rw [shapesOf_iff.2 e]
    exact numbers_iff.2 ⟨u, hu, rfl⟩

/-- The type of an op with one argument. -/
theorem Op.infer_one {op : Op} {t t' : TensorType} (h : op.infer [t] = some t') (hc : ∀ d, op ≠ .compare d) (hs : op ≠ .select) :
    ∃ x u, t = .f32 x ∧ op.inferShape [x] = some u ∧ t' = .f32 u := by
  obtain ⟨ss, u, e, hu, ht⟩ := (Op.infer_iff hc hs).1 h
  match ss, e with
  | [x], e => exact ⟨x, u, by simpa using e, hu, ht⟩

/-- The type of an op with two arguments. -/
theorem Op.infer_two {op : Op} {t t' t'' : TensorType} (h : op.infer [t, t'] = some t'') (hc : ∀ d, op ≠ .compare d) (hs : op ≠ .select) :
    ∃ x y u, t = .f32 x ∧ t' = .f32 y ∧ op.inferShape [x, y] = some u ∧ t'' = .f32 u := by
  obtain ⟨ss, u, e, hu, ht⟩ := (Op.infer_iff hc hs).1 h
  match ss, e with
  | [x, y], e =>
    simp only [List.map_cons, List.map_nil, List.cons.injEq, and_true] at e
    exact ⟨x, y, u, e.1, e.2, hu, ht⟩

end Lmx
end
