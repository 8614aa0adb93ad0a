module
public import Lmx.Theorems.Reverse.Gradient
public import Lmx.Lower.Net
public import Lmx.Theorems.ShapeLemmas
@[expose] public section

/-!
# The inputs of a net's programs

Which value each input of a program is: parameters, optimizer state (every parameter's first slot, then every second, …), images, labels and hyperparameters, in this order.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat}

theorem getElem?_numberPorts (l : List (String × Role × Shape)) : ∀ (next k : Nat),
    (numberPorts next l)[k]? = l[k]?.map fun q => ⟨q.1, q.2.1, ⟨next + k, .f32 q.2.2⟩⟩ := by
  induction l with
  | nil => simp [numberPorts]
  | cons q l ih =>
    intro next k
    obtain ⟨a, r, s⟩ := q
    cases k with
    | zero => simp [numberPorts]
    | succ k =>
      simp only [numberPorts, List.getElem?_cons_succ, ih]
      congr 1; funext q
      simp only [Port.mk.injEq, Var.mk.injEq, true_and, and_true]; omega

theorem join_eq {α : Type} (l : List (List α)) : join l = l.flatten := by
  induction l with
  | nil => rfl
  | cons a l ih =>
    have : join (a :: l) = append a (join l) := rfl
    rw [this, append_eq, ih, List.flatten_cons]

/-- Element `k` of the `j`-th of equally long rows. -/
theorem getElem?_rows {α β γ : Type} (f : α → β → γ) (ps : List β) (ls : List α) {j k : Nat} (hk : k < ps.length) :
    (ls.map fun a => ps.map (f a)).flatten[j * ps.length + k]? = ls[j]?.bind fun a => ps[k]?.map (f a) := by
  induction ls generalizing j with
  | nil => simp
  | cons a ls ih =>
    cases j with
    | zero => simp [List.getElem?_append_left, hk]
    | succ j =>
      rw [List.map_cons, List.flatten_cons, List.getElem?_append_right (by simp [Nat.succ_mul]; omega)]
      simp only [List.length_map, List.getElem?_cons_succ]
      rw [show (j + 1) * ps.length + k - ps.length = j * ps.length + k by rw [Nat.succ_mul]; omega, ih]

theorem length_rows {α β γ : Type} (f : α → β → γ) (ps : List β) (ls : List α) :
    (ls.map fun a => ps.map (f a)).flatten.length = ls.length * ps.length := by
  induction ls with
  | nil => simp
  | cons a ls ih => simp [ih, Nat.succ_mul, Nat.add_comm]

theorem length_numberPorts (l : List (String × Role × Shape)) (next : Nat) : (numberPorts next l).length = l.length := by
  induction l generalizing next with
  | nil => rfl
  | cons q l ih => obtain ⟨a, r, s⟩ := q; simp [numberPorts, ih]

/-- The shapes of the parameters. -/
noncomputable def NetSpec.paramShapes (spec : NetSpec) : List Shape := spec.params.map fun q => fixedShape q.shape

section
variable (spec : NetSpec) (slots hyper : List String)

theorem inputs_params : (spec.inputs slots hyper).params = numberPorts 0 (spec.params.map fun p => (p.name, .param, fixedShape p.shape)) := by
  simp only [NetSpec.inputs, map_eq]

theorem inputs_state : (spec.inputs slots hyper).state = numberPorts spec.params.length
    (slots.map fun slot => spec.params.map fun p => (slot ++ "/" ++ p.name, Role.optimizerState, fixedShape p.shape)).flatten := by
  simp only [NetSpec.inputs, map_eq, join_eq, length_eq, length_numberPorts, List.length_map]

theorem length_inputs_state : (spec.inputs slots hyper).state.length = slots.length * spec.params.length := by
  rw [inputs_state, length_numberPorts, length_rows]

theorem inputs_image : (spec.inputs slots hyper).image.var = ⟨spec.params.length + slots.length * spec.params.length, .f32 (batched spec.input)⟩ := by
  simp only [NetSpec.inputs, map_eq, join_eq, length_eq, length_numberPorts, List.length_map, length_rows]

theorem inputs_label : (spec.inputs slots hyper).label.var = ⟨spec.params.length + slots.length * spec.params.length + 1, .f32 (batched [spec.classes])⟩ := by
  simp only [NetSpec.inputs, map_eq, join_eq, length_eq, length_numberPorts, List.length_map, length_rows]

theorem inputs_hyper : (spec.inputs slots hyper).hyper = numberPorts (spec.params.length + slots.length * spec.params.length + 2)
    (hyper.map fun h => (h, .hyperparameter, [])) := by
  simp only [NetSpec.inputs, map_eq, join_eq, length_eq, length_numberPorts, List.length_map, length_rows]

theorem length_inputs_params : (spec.inputs slots hyper).params.length = spec.params.length := by
  rw [inputs_params, length_numberPorts, List.length_map]

theorem getElem?_inputs_param {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    (spec.inputs slots hyper).params[k]? = some ⟨q.name, .param, ⟨k, .f32 (fixedShape q.shape)⟩⟩ := by
  rw [inputs_params, getElem?_numberPorts, List.getElem?_map, h]; simp

theorem getElem?_inputs_state {j k : Nat} {slot : String} {q : Param} (hj : slots[j]? = some slot) (h : spec.params[k]? = some q) :
    (spec.inputs slots hyper).state[j * spec.params.length + k]? =
      some ⟨slot ++ "/" ++ q.name, .optimizerState, ⟨spec.params.length + (j * spec.params.length + k), .f32 (fixedShape q.shape)⟩⟩ := by
  rw [inputs_state, getElem?_numberPorts, getElem?_rows _ _ _ (List.getElem?_eq_some_iff.1 h).1, hj, h]; rfl

theorem getElem?_inputs_hyper {m : Nat} {name : String} (h : hyper[m]? = some name) :
    (spec.inputs slots hyper).hyper[m]? = some ⟨name, .hyperparameter, ⟨spec.params.length + slots.length * spec.params.length + 2 + m, .f32 []⟩⟩ := by
  rw [inputs_hyper, getElem?_numberPorts, List.getElem?_map, h]; rfl

theorem inputs_ports : (spec.inputs slots hyper).ports = (spec.inputs slots hyper).params ++ ((spec.inputs slots hyper).state ++
    ((spec.inputs slots hyper).image :: (spec.inputs slots hyper).label :: (spec.inputs slots hyper).hyper)) := by
  simp only [Inputs.ports, append_eq]

theorem getElem?_ports_param {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    (spec.inputs slots hyper).ports[k]? = some ⟨q.name, .param, ⟨k, .f32 (fixedShape q.shape)⟩⟩ := by
  rw [inputs_ports, List.getElem?_append_left (by rw [length_inputs_params]; exact (List.getElem?_eq_some_iff.1 h).1),
    getElem?_inputs_param _ _ _ h]

theorem getElem?_ports_state {j k : Nat} {slot : String} {q : Param} (hj : slots[j]? = some slot) (h : spec.params[k]? = some q) :
    (spec.inputs slots hyper).ports[spec.params.length + (j * spec.params.length + k)]? =
      some ⟨slot ++ "/" ++ q.name, .optimizerState, ⟨spec.params.length + (j * spec.params.length + k), .f32 (fixedShape q.shape)⟩⟩ := by
  have hg := getElem?_inputs_state spec slots hyper hj h
  rw [inputs_ports, List.getElem?_append_right (by rw [length_inputs_params]; omega), length_inputs_params, Nat.add_sub_cancel_left,
    List.getElem?_append_left (List.getElem?_eq_some_iff.1 hg).1, hg]

theorem getElem?_ports_rest (m : Nat) : (spec.inputs slots hyper).ports[spec.params.length + slots.length * spec.params.length + m]? =
    ((spec.inputs slots hyper).image :: (spec.inputs slots hyper).label :: (spec.inputs slots hyper).hyper)[m]? := by
  rw [inputs_ports, List.getElem?_append_right (by rw [length_inputs_params]; omega), length_inputs_params,
    List.getElem?_append_right (by rw [length_inputs_state]; omega), length_inputs_state]
  congr 1; omega
end

/-- Before any node, an input holds the tensor given for it. -/
theorem holds_input {ports : List Port} {e : Env R} {k : Nat} {p : Port} (h : ports[k]? = some p) (hid : p.var.id = k)
    {t : Tensor R} (he : e k = clip (extents B p.var.shape) t) : Holds B e ⟨[], ports.length⟩ p.var p.var.type t :=
  ⟨by rw [hid]; exact (List.getElem?_eq_some_iff.1 h).1, rfl, by rw [hid]; exact he⟩

end Lmx
end
