module
public import Lmx.Basic.List
@[expose] public section

/-!
# Facts about lists and maps

The functions of `Lmx.Basic.List` are core's functions on lists under another definition, and `NatMap` behaves as a
finite map. Proofs turn one into the other by these facts, so that statements need only core's functions.

Main results: `map_eq`, `length_eq`, `all_iff`, `listBeq_iff`; `NatMap.find_insert`, `NatMap.findWith_eq`.
-/

namespace Lmx

variable {α β : Type}

/-! ### Lists -/

theorem map_eq (f : α → β) (l : List α) : map f l = l.map f := by induction l <;> simp_all [map, foldr]

theorem length_eq (l : List α) : length l = l.length := by induction l <;> simp_all [length, foldr]

theorem all_iff (p : α → Bool) (l : List α) : all p l = true ↔ ∀ a ∈ l, p a = true := by
  induction l <;> simp_all [all, foldr]

/-- `listBeq` decides equality if `eq` does. -/
theorem listBeq_iff {eq : α → α → Bool} (h : ∀ a b, eq a b = true ↔ a = b) (l m : List α) :
    listBeq eq l m = true ↔ l = m := by
  induction l generalizing m <;> cases m <;> simp_all [listBeq, foldr]

/-! ### Maps from natural numbers -/

namespace NatMap

/-- `findWith` is a case distinction on `find`. -/
theorem findWith_eq (found : α → β) (missing : β) (t : NatMap α) (k : Nat) :
    findWith found missing t k = (t.find k).elim missing found := by
  unfold find
  induction t generalizing k with
  | leaf => rfl
  | node v o e iho ihe => cases k <;> cases v <;> simp only [findWith, iho, ihe] <;> grind

/-- Setting a key by `f` changes that key alone, given enough fuel. -/
theorem find_alterFuel (f : Option α → α) (n : Nat) (t : NatMap α) (k j : Nat) (h : k < n) :
    (alterFuel f n t k).find j = if j = k then some (f (t.find k)) else t.find j := by
  unfold find
  induction n generalizing t k j with
  | zero => omega
  | succ n ih => rcases t with _ | ⟨_ | _, _, _⟩ <;> cases k <;> cases j <;> grind [alterFuel, findWith, Nat.beq_eq]

/-- Insertion sets one key and leaves the others. -/
theorem find_insert (t : NatMap α) (k : Nat) (a : α) (j : Nat) :
    (t.insert k a).find j = if j = k then some a else t.find j :=
  find_alterFuel (fun _ => a) (k + 1) t k j (Nat.lt_succ_self k)

end NatMap
end Lmx
end
