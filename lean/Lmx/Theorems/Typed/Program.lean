module
public import Lmx.Theorems.Typed.Infer
public import Lmx.Theorems.Typed.Emits
public import Lmx.Theorems.Train.Inputs
@[expose] public section

/-!
# A net's programs are typed

A program of a valid spec is typed if its build reads what it has emitted (`Emits`) and emits ops that accept their
arguments (`Extends`).

Main results: `program_typed`, `typed_inputs`.
-/

namespace Lmx
open Calculus

theorem program_eq (i : Inputs) (m : Build (List Port)) :
    i.program m = ⟨i.ports, (m ⟨[], i.ports.length⟩).2.nodes.reverse, (m ⟨[], i.ports.length⟩).1⟩ := by
  rw [← reverse_eq, ← length_eq]; rfl

theorem ids_numberPorts (l : List (String × Role × Shape)) (next : Nat) :
    (numberPorts next l).map (·.var.id) = List.range' next l.length := by
  induction l generalizing next <;> simp_all [numberPorts, List.range'_succ]

theorem positive_numberPorts {l : List (String × Role × Shape)} (h : ∀ q ∈ l, q.2.2.positive = true) (next : Nat) :
    ∀ p ∈ numberPorts next l, p.var.type.dtype = .f32 ∧ p.var.shape.positive = true := by
  induction l generalizing next with
  | nil => nofun
  | cons q l ih =>
    rw [List.forall_mem_cons] at h
    exact List.forall_mem_cons.2 ⟨⟨rfl, h.1⟩, ih h.2 _⟩

section
variable {spec : NetSpec} {slots hyper : List String}

/-- No parameter of a valid spec is empty. -/
theorem NetSpec.Fits.positive_params (hf : spec.Fits) :
    ∀ q ∈ spec.params, (fixedShape q.shape).positive = true := fun q hq => by
  have := hf.chain.params_pos hf.input q (by simpa only [NetSpec.params, join_eq, map_eq, List.flatMap_def] using hq)
  exact (Shape.positive_cons.1 (positive_batched this)).2

theorem NetSpec.Fits.positive_ports (hf : spec.Fits) :
    ∀ p ∈ (spec.inputs slots hyper).ports, p.var.type.dtype = .f32 ∧ p.var.shape.positive = true := by
  simp only [inputs_ports, inputs_params, inputs_state, inputs_hyper, List.forall_mem_append, List.forall_mem_cons]
  refine ⟨positive_numberPorts ?_ _, positive_numberPorts ?_ _, ?_, ?_, positive_numberPorts ?_ _⟩
  · exact List.forall_mem_map.2 hf.positive_params
  · intro q hq
    obtain ⟨_, hl, hq⟩ := List.mem_flatten.1 hq
    obtain ⟨_, -, rfl⟩ := List.mem_map.1 hl
    obtain ⟨p, hp, rfl⟩ := List.mem_map.1 hq
    exact hf.positive_params p hp
  · rw [inputs_image]; exact ⟨rfl, positive_batched hf.input⟩
  · rw [inputs_label]; exact ⟨rfl, positive_batched (by simpa using hf.classes)⟩
  · exact List.forall_mem_map.2 fun _ _ => rfl

theorem NetSpec.Fits.positive_types (hf : spec.Fits) :
    ∀ τ ∈ (spec.inputs slots hyper).ports.map (·.var.type), τ.shape.positive = true :=
  List.forall_mem_map.2 fun p hp => (hf.positive_ports p hp).2

theorem ids_ports (spec : NetSpec) (slots hyper : List String) :
    (spec.inputs slots hyper).ports.map (·.var.id) = List.range (spec.inputs slots hyper).ports.length := by
  have hi := congrArg Var.id (inputs_image spec slots hyper)
  have hl := congrArg Var.id (inputs_label spec slots hyper)
  simp only [inputs_ports, List.range_eq_range', inputs_params, inputs_state, inputs_hyper, List.map_append,
    List.map_cons, hi, hl, ids_numberPorts, List.length_append, List.length_cons, length_numberPorts, List.length_map,
    length_rows]
  rw [← List.range'_append_1, Nat.zero_add, ← List.range'_append_1, List.range'_succ, List.range'_succ]

variable {α : Type} [HasValues α] {m : Build α}

/-- A build that starts after the inputs and reads them and what it has emitted. -/
theorem grows_inputs (hm : Emits ((spec.inputs slots hyper).ports.map (·.var)) m) :
    let s := m ⟨[], (spec.inputs slots hyper).ports.length⟩
    Grows ((spec.inputs slots hyper).ports.map (·.var.type)) ⟨[], (spec.inputs slots hyper).ports.length⟩ s.2 ∧
      ∀ v ∈ values s.1, s.2.Defines ((spec.inputs slots hyper).ports.map (·.var.type)) v := by
  refine hm _ _ ⟨by simp [Code.types], trivial⟩ fun v hv => ?_
  obtain ⟨p, hp, rfl⟩ := List.mem_map.1 hv
  obtain ⟨k, hk, rfl⟩ := List.getElem_of_mem hp
  have h := congrArg (·[k]?) (ids_ports spec slots hyper)
  simp only [List.getElem?_map, List.getElem?_eq_getElem hk, List.getElem?_range hk, Option.map_some,
    Option.some.injEq] at h
  simp [Code.Defines, Code.types, h, hk]

variable {R : Type} [RealOps R] {B : Nat} {e : Env R}

theorem typed_inputs (hf : spec.Fits) (hm : Emits ((spec.inputs slots hyper).ports.map (·.var)) m)
    (hx : Extends B e ⟨[], (spec.inputs slots hyper).ports.length⟩ (m ⟨[], (spec.inputs slots hyper).ports.length⟩).2) :
    NodesTyped ((spec.inputs slots hyper).ports.map (·.var.type))
      (m ⟨[], (spec.inputs slots hyper).ports.length⟩).2.nodes.reverse :=
  (grows_inputs hm).1.scope.nodes.typed hf.positive_types fun n hn =>
    (hx.infer n (List.mem_reverse.1 hn)).resolve_left nofun

/-- A program is typed that reads what it has emitted, emits ops that accept their arguments, and gives what it has read
or emitted. -/
theorem program_typed {out : α → List Port} (hf : spec.Fits)
    (hm : Emits ((spec.inputs slots hyper).ports.map (·.var)) m)
    (hx : Extends B e ⟨[], (spec.inputs slots hyper).ports.length⟩ (m ⟨[], (spec.inputs slots hyper).ports.length⟩).2)
    (ho : let a := (m ⟨[], (spec.inputs slots hyper).ports.length⟩).1
      ∀ p ∈ out a, p.var ∈ values a) :
    ((spec.inputs slots hyper).program (m >>= fun a => pure (out a))).Typed := by
  have hp := hf.positive_ports (slots := slots) (hyper := hyper)
  rw [program_eq]
  exact ⟨ids_ports .., fun p h => ⟨(hp p h).1, (Shape.positive_iff _).1 (hp p h).2⟩, typed_inputs (m := m) hf hm hx,
    fun p hp => (grows_inputs (m := m) hm).2 _ (ho p hp)⟩
end

end Lmx
end
