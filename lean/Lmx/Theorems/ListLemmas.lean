module
public import Lmx.Basic.List
@[expose] public section

/-!
# Facts about lists and maps

The functions of `Lmx.Basic.List` are core's functions on lists under another definition, and `NatMap` behaves as a finite
map. Proofs turn one into the other by these facts, so that statements need only core's functions.

Main results: `map_eq`, `length_eq`, `all_iff`, `listBeq_iff`; `NatMap.find_insert`, `NatMap.findWith_eq`.
-/

namespace Lmx

variable {α β : Type}

/-! ### Lists -/

theorem map_eq (f : α → β) (l : List α) : map f l = l.map f := by
  induction l with
  | nil => rfl
  | cons a l ih => exact congrArg (f a :: ·) ih

theorem length_eq (l : List α) : length l = l.length := by
  induction l with
  | nil => rfl
  | cons a l ih => exact congrArg (· + 1) ih

theorem all_iff (p : α → Bool) (l : List α) : all p l = true ↔ ∀ a ∈ l, p a = true := by
  induction l with
  | nil => exact ⟨fun _ _ h => (nomatch h), fun _ => rfl⟩
  | cons a l ih =>
    have step : all p (a :: l) = (p a && all p l) := rfl
    rw [step, Bool.and_eq_true, ih, List.forall_mem_cons]

/-- `listBeq` decides equality if `eq` does. -/
theorem listBeq_iff {eq : α → α → Bool} (h : ∀ a b, eq a b = true ↔ a = b) (l m : List α) :
    listBeq eq l m = true ↔ l = m := by
  induction l generalizing m with
  | nil => cases m <;> simp [listBeq, foldr]
  | cons a l ih =>
    cases m with
    | nil => simp [listBeq, foldr]
    | cons b m =>
      have step : listBeq eq (a :: l) (b :: m) = (eq a b && listBeq eq l m) := rfl
      rw [step, Bool.and_eq_true, h, ih, List.cons.injEq]

/-! ### Maps from natural numbers -/

namespace NatMap

/-! How look-up and insertion go down one step: even `k` to the left, odd `k` to the right. -/

theorem findWith_left (found : α → β) (missing : β) (v : Option α) (o e : NatMap α) {k : Nat} (h : k % 2 = 0) :
    findWith found missing (node v o e) (k + 1) = findWith found missing o (k / 2) :=
  congrArg (fun b => cond (Nat.beq b 0) (findWith found missing o (k / 2)) (findWith found missing e (k / 2))) h

theorem findWith_right (found : α → β) (missing : β) (v : Option α) (o e : NatMap α) {k : Nat} (h : k % 2 = 1) :
    findWith found missing (node v o e) (k + 1) = findWith found missing e (k / 2) :=
  congrArg (fun b => cond (Nat.beq b 0) (findWith found missing o (k / 2)) (findWith found missing e (k / 2))) h

theorem alterFuel_leaf (f : Option α → α) (n k : Nat) :
    alterFuel f (n + 1) leaf k = alterFuel f (n + 1) (node none leaf leaf) k := by
  cases k <;> rfl

theorem alterFuel_left (f : Option α → α) (n : Nat) (v : Option α) (o e : NatMap α) {k : Nat} (h : k % 2 = 0) :
    alterFuel f (n + 1) (node v o e) (k + 1) = node v (alterFuel f n o (k / 2)) e :=
  congrArg (fun b => cond (Nat.beq b 0) (node v (alterFuel f n o (k / 2)) e) (node v o (alterFuel f n e (k / 2)))) h

theorem alterFuel_right (f : Option α → α) (n : Nat) (v : Option α) (o e : NatMap α) {k : Nat} (h : k % 2 = 1) :
    alterFuel f (n + 1) (node v o e) (k + 1) = node v o (alterFuel f n e (k / 2)) :=
  congrArg (fun b => cond (Nat.beq b 0) (node v (alterFuel f n o (k / 2)) e) (node v o (alterFuel f n e (k / 2)))) h

/-- `findWith` is a case distinction on `find`. -/
theorem findWith_eq (found : α → β) (missing : β) (t : NatMap α) (k : Nat) :
    findWith found missing t k = (t.find k).elim missing found := by
  unfold find
  induction t generalizing k with
  | leaf => rfl
  | node v o e iho ihe =>
    cases k with
    | zero => cases v <;> rfl
    | succ k =>
      rcases Nat.mod_two_eq_zero_or_one k with h | h
      · rw [findWith_left _ _ _ _ _ h, findWith_left _ _ _ _ _ h, iho]
      · rw [findWith_right _ _ _ _ _ h, findWith_right _ _ _ _ _ h, ihe]

theorem find_empty (k : Nat) : (leaf : NatMap α).find k = none := rfl

/-- Setting a key by `f` changes that key alone, given enough fuel. -/
theorem find_alterFuel (f : Option α → α) (n : Nat) (t : NatMap α) (k j : Nat) (h : k < n) :
    (alterFuel f n t k).find j = if j = k then some (f (t.find k)) else t.find j := by
  -- A leaf is a node without values.
  have node_case (n : Nat) (v : Option α) (o e : NatMap α) (k j : Nat) (h : k < n + 1)
      (ih : ∀ (t : NatMap α) (k j : Nat), k < n →
        findWith (fun a => some a) none (alterFuel f n t k) j
          = if j = k then some (f (findWith (fun a => some a) none t k)) else findWith (fun a => some a) none t j) :
      (alterFuel f (n + 1) (node v o e) k).find j
        = if j = k then some (f ((node v o e).find k)) else (node v o e).find j := by
    unfold find
    cases k with
    | zero =>
      cases j with
      | zero => cases v <;> rfl
      | succ j => rfl
    | succ k =>
      have fuel : k / 2 < n := by omega
      cases j with
      | zero =>
        rcases Nat.mod_two_eq_zero_or_one k with hk | hk
        · rw [alterFuel_left _ _ _ _ _ hk, if_neg (by omega)]; rfl
        · rw [alterFuel_right _ _ _ _ _ hk, if_neg (by omega)]; rfl
      | succ j =>
        rcases Nat.mod_two_eq_zero_or_one k with hk | hk <;> rcases Nat.mod_two_eq_zero_or_one j with hj | hj
        · rw [alterFuel_left _ _ _ _ _ hk, findWith_left _ _ _ _ _ hj, findWith_left _ _ _ _ _ hj,
            findWith_left _ _ _ _ _ hk, ih _ _ _ fuel]
          have same : j / 2 = k / 2 ↔ j + 1 = k + 1 := by omega
          simp only [same]
        · rw [alterFuel_left _ _ _ _ _ hk, findWith_right _ _ _ _ _ hj, findWith_right _ _ _ _ _ hj, if_neg (by omega)]
        · rw [alterFuel_right _ _ _ _ _ hk, findWith_left _ _ _ _ _ hj, findWith_left _ _ _ _ _ hj, if_neg (by omega)]
        · rw [alterFuel_right _ _ _ _ _ hk, findWith_right _ _ _ _ _ hj, findWith_right _ _ _ _ _ hj,
            findWith_right _ _ _ _ _ hk, ih _ _ _ fuel]
          have same : j / 2 = k / 2 ↔ j + 1 = k + 1 := by omega
          simp only [same]
  induction n generalizing t k j with
  | zero => omega
  | succ n ih =>
    cases t with
    | node v o e => exact node_case n v o e k j h ih
    | leaf =>
      have empty (i : Nat) : (node none leaf leaf : NatMap α).find i = (leaf : NatMap α).find i := by
        cases i with
        | zero => rfl
        | succ i =>
          rcases Nat.mod_two_eq_zero_or_one i with hi | hi
          · exact findWith_left _ _ _ _ _ hi
          · exact findWith_right _ _ _ _ _ hi
      rw [alterFuel_leaf, node_case n none leaf leaf k j h ih, empty, empty]

/-- Insertion sets one key and leaves the others. -/
theorem find_insert (t : NatMap α) (k : Nat) (a : α) (j : Nat) :
    (t.insert k a).find j = if j = k then some a else t.find j :=
  find_alterFuel (fun _ => a) (k + 1) t k j (Nat.lt_succ_self k)

end NatMap
end Lmx
end
