module
public import Lmx.Theorems.Typed.Emits
@[expose] public section

/-!
# The optimizers read what they have emitted

Main results: `emits_sgd`, `emits_adamw`, `emits_updateAll`.
-/

namespace Lmx

variable {A : List Var}

/-- The optimizer reads its arguments and what it has emitted. -/
def Optimizer.EmitsScoped (o : Optimizer) : Prop :=
  ∀ (A : List Var) (h : List Var) (decay : Bool) (p g : Var) (st : List Var), h ⊆ A → p ∈ A → g ∈ A → st ⊆ A →
    Emits A (o.update h decay p g st)

/-- Follows the shape of an update down to emitters of arguments that are defined. -/
local macro "emits" : tactic => `(tactic| (
  try simp only [scale, oneMinus, biasCorrection, constant, add, subtract, multiply, divide, log, exponential, sqrt,
    Bool.false_eq_true, if_true, if_false]
  repeat' with_reducible first
    | assumption
    | refine emits_emit ?_
    | refine emits_splat ?_
    | refine emits_pure ?_
    | refine emits_bind ?_ fun _ => ?_
    | (simp [values_var, values_list, values_prod, *]; done)))

theorem emits_sgd : sgd.EmitsScoped := fun A h decay p g st hh hp hg hs => by
  simp only [sgd]
  split <;> try simp only [List.cons_subset, List.nil_subset, and_true] at hh hs
  all_goals cases decay <;> emits

theorem emits_adamw : adamw.EmitsScoped := fun A h decay p g st hh hp hg hs => by
  simp only [adamw]
  split <;> try simp only [List.cons_subset, List.nil_subset, and_true] at hh hs
  all_goals cases decay <;> emits

theorem emits_updateAll {o : Optimizer} (ho : o.EmitsScoped) {hyper state : List Var} {count : Nat} (hh : hyper ⊆ A)
    (l : List (Param × Var × Var)) {k : Nat} (hl : ∀ e ∈ l, e.2.1 ∈ A ∧ e.2.2 ∈ A)
    (hs : ∀ slot j, slot < o.slots.length → j < l.length → nth .missing state (slot * count + (k + j)) ∈ A) :
    Emits A (updateAll o hyper state count k l) := by
  induction l generalizing k A with
  | nil => exact emits_pure (List.nil_subset _)
  | cons e l ih =>
    obtain ⟨q, p, g⟩ := e
    rw [List.forall_mem_cons] at hl
    refine emits_bind (ho _ _ _ _ _ _ hh hl.1.1 hl.1.2 fun v hv => ?_) fun r => emits_bind
      (ih (List.subset_append_of_subset_right _ hh) (by simp +contextual [hl.2]) fun slot j h h' => ?_)
      fun rest => emits_pure ?_
    · simp only [map_eq, range_eq, length_eq, List.mem_map, List.mem_range] at hv
      obtain ⟨slot, h, rfl⟩ := hv
      exact hs slot 0 h (by simp)
    · rw [Nat.add_assoc, Nat.add_comm 1]
      exact List.mem_append_right _ (hs slot (j + 1) h (by simpa using h'))
    · exact List.append_subset.2 (show values r ⊆ _ ∧ values rest ⊆ _ from
        ⟨List.subset_append_of_subset_right _ (List.subset_append_left _ _), List.subset_append_left _ _⟩)

end Lmx
