module
public import Lmx.Theorems.Reverse.Gradient
public import Lmx.Lower.Net
public import Lmx.Theorems.ShapeLemmas
@[expose] public section

/-!
# The inputs of a net's programs

Which value each input of a program is: parameters, optimizer state (every parameter's first slot, then every second,
…), images, labels and hyperparameters, in this order.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat}

theorem getElem?_numberPorts (l : List (String × Role × Shape)) (next k : Nat) :
    (numberPorts next l)[k]? = l[k]?.map fun q => ⟨q.1, q.2.1, ⟨next + k, .f32 q.2.2⟩⟩ := by
  induction l generalizing next k with
  | nil => simp [numberPorts]
  | cons q l ih => cases k <;> simp [numberPorts, ih, Nat.add_assoc, Nat.add_comm 1]

/-- Element `k` of the `j`-th of equally long rows. -/
theorem getElem?_rows {α β γ : Type} (f : α → β → γ) (ps : List β) (ls : List α) {j k : Nat} (hk : k < ps.length) :
    (ls.map fun a => ps.map (f a)).flatten[j * ps.length + k]? = ls[j]?.bind fun a => ps[k]?.map (f a) := by
  induction ls generalizing j with
  | nil => simp
  | cons a ls ih =>
    cases j with
    | zero => simp [List.getElem?_append_left, hk]
    | succ j =>
      rw [Nat.succ_mul, Nat.add_right_comm, List.map_cons, List.flatten_cons, List.getElem?_append_right (by simp)]
      simpa using ih

theorem length_rows {α β γ : Type} (f : α → β → γ) (ps : List β) (ls : List α) :
    (ls.map fun a => ps.map (f a)).flatten.length = ls.length * ps.length := by
  induction ls <;> simp_all [Nat.succ_mul, Nat.add_comm]

theorem length_numberPorts (l : List (String × Role × Shape)) (next : Nat) :
    (numberPorts next l).length = l.length := by
  induction l generalizing next <;> simp_all [numberPorts]

/-- The shapes of the parameters. -/
noncomputable def NetSpec.paramShapes (spec : NetSpec) : List Shape := spec.params.map fun q => fixedShape q.shape

/-- The number of the image among the inputs of a program. -/
noncomputable abbrev NetSpec.imageAt (spec : NetSpec) (slots : List String) : Nat :=
  spec.params.length + slots.length * spec.params.length

section
variable (spec : NetSpec) (slots hyper : List String)

theorem inputs_params : (spec.inputs slots hyper).params =
    numberPorts 0 (spec.params.map fun p => (p.name, .param, fixedShape p.shape)) := by
  simp only [NetSpec.inputs, map_eq]

theorem inputs_state : (spec.inputs slots hyper).state = numberPorts spec.params.length (slots.map fun slot =>
    spec.params.map fun p => (slot ++ "/" ++ p.name, Role.optimizerState, fixedShape p.shape)).flatten := by
  simp only [NetSpec.inputs, map_eq, join_eq, length_eq, length_numberPorts, List.length_map]

theorem inputs_image : (spec.inputs slots hyper).image.var = ⟨spec.imageAt slots, .f32 (batched spec.input)⟩ := by
  simp only [NetSpec.inputs, map_eq, join_eq, length_eq, length_numberPorts, List.length_map, length_rows]

theorem inputs_label :
    (spec.inputs slots hyper).label.var = ⟨spec.imageAt slots + 1, .f32 (batched [spec.classes])⟩ := by
  simp only [NetSpec.inputs, map_eq, join_eq, length_eq, length_numberPorts, List.length_map, length_rows]

theorem inputs_hyper : (spec.inputs slots hyper).hyper =
    numberPorts (spec.imageAt slots + 2) (hyper.map fun h => (h, .hyperparameter, [])) := by
  simp only [NetSpec.inputs, map_eq, join_eq, length_eq, length_numberPorts, List.length_map, length_rows]

theorem length_inputs_params : (spec.inputs slots hyper).params.length = spec.params.length := by
  rw [inputs_params, length_numberPorts, List.length_map]

theorem length_inputs_state : (spec.inputs slots hyper).state.length = slots.length * spec.params.length := by
  rw [inputs_state, length_numberPorts, length_rows]

theorem getElem?_inputs_param {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    (spec.inputs slots hyper).params[k]? = some ⟨q.name, .param, ⟨k, .f32 (fixedShape q.shape)⟩⟩ := by
  simp [inputs_params, getElem?_numberPorts, h]

theorem getElem?_inputs_state {j k : Nat} {slot : String} {q : Param} (hj : slots[j]? = some slot)
    (h : spec.params[k]? = some q) :
    (spec.inputs slots hyper).state[j * spec.params.length + k]? = some ⟨slot ++ "/" ++ q.name, .optimizerState,
      ⟨spec.params.length + (j * spec.params.length + k), .f32 (fixedShape q.shape)⟩⟩ := by
  simp [inputs_state, getElem?_numberPorts, getElem?_rows _ _ _ (List.getElem?_eq_some_iff.1 h).1, hj, h]

theorem getElem?_inputs_hyper {m : Nat} {name : String} (h : hyper[m]? = some name) :
    (spec.inputs slots hyper).hyper[m]? = some ⟨name, .hyperparameter, ⟨spec.imageAt slots + 2 + m, .f32 []⟩⟩ := by
  simp [inputs_hyper, getElem?_numberPorts, h]

theorem inputs_ports : (spec.inputs slots hyper).ports =
    (spec.inputs slots hyper).params ++ ((spec.inputs slots hyper).state ++
      ((spec.inputs slots hyper).image :: (spec.inputs slots hyper).label :: (spec.inputs slots hyper).hyper)) := by
  simp only [Inputs.ports, append_eq]

theorem getElem?_ports_param {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    (spec.inputs slots hyper).ports[k]? = some ⟨q.name, .param, ⟨k, .f32 (fixedShape q.shape)⟩⟩ := by
  have hg := getElem?_inputs_param spec slots hyper h
  rw [inputs_ports, List.getElem?_append_left (List.getElem?_eq_some_iff.1 hg).1, hg]

theorem getElem?_ports_state {j k : Nat} {slot : String} {q : Param} (hj : slots[j]? = some slot)
    (h : spec.params[k]? = some q) :
    (spec.inputs slots hyper).ports[spec.params.length + (j * spec.params.length + k)]? =
      some ⟨slot ++ "/" ++ q.name, .optimizerState,
        ⟨spec.params.length + (j * spec.params.length + k), .f32 (fixedShape q.shape)⟩⟩ := by
  have hg := getElem?_inputs_state spec slots hyper hj h
  rw [inputs_ports, List.getElem?_append_right (by simp [length_inputs_params]), length_inputs_params,
    Nat.add_sub_cancel_left, List.getElem?_append_left (List.getElem?_eq_some_iff.1 hg).1, hg]

theorem getElem?_ports_rest (m : Nat) : (spec.inputs slots hyper).ports[spec.imageAt slots + m]? =
    ((spec.inputs slots hyper).image :: (spec.inputs slots hyper).label :: (spec.inputs slots hyper).hyper)[m]? := by
  rw [inputs_ports, ← List.append_assoc, List.getElem?_append_right] <;>
    simp [length_inputs_params, length_inputs_state]
end

/-- Before any node, an input holds the tensor given for it. -/
theorem holds_input {ports : List Port} {e : Env R} {k : Nat} {p : Port} (h : ports[k]? = some p) (hid : p.var.id = k)
    {t : Tensor R} (he : e k = clip (extents B p.var.shape) t) : Holds B e ⟨[], ports.length⟩ p.var p.var.type t :=
  ⟨by rw [hid]; exact (List.getElem?_eq_some_iff.1 h).1, rfl, by rw [hid]; exact he⟩

end Lmx
end
