module
public import Lmx.Theorems.Train.Step
public import Lmx.Theorems.Typed.Program
public import Lmx.Theorems.Finish
@[expose] public section

/-!
# What the inputs of a net's programs hold

Main definition: `InputsHold`, the inputs hold the tensors given for them, the parameters those of a point of the
parameter space. Main result: `inputsHold`.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {spec : NetSpec} {slots hyper : List String} {x : Nat → Tensor R}
  {e : Env R} {s : Code}

/-- The variable of a hyperparameter. -/
noncomputable def NetSpec.hyperAt (spec : NetSpec) (slots : List String) (m : Nat) : Var :=
  ⟨spec.imageAt slots + 2 + m, .f32 []⟩

/-! ### A point of the parameter space as inputs -/

theorem getElem?_paramShapes {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    spec.paramShapes[k]? = some (fixedShape q.shape) := by
  rw [NetSpec.paramShapes, List.getElem?_map, h]; rfl

theorem getD_paramShapes {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    spec.paramShapes.getD k [] = fixedShape q.shape := by
  rw [List.getD_eq_getElem?_getD, getElem?_paramShapes h]; rfl

theorem mem_coordinates_param {k : Nat} {q : Param} (h : spec.params[k]? = some q) (i : List Nat) :
    (k, i) ∈ coordinates B spec.paramShapes ↔ inRange (extents B (fixedShape q.shape)) i = true := by
  rw [mem_coordinates, getD_paramShapes h]
  exact and_iff_right (List.getElem?_eq_some_iff.1 (getElem?_paramShapes h)).1

/-- The environment of the inputs at a point of the parameter space. -/
theorem assign_bind_param (θ : spec.Point B R) {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    assign B spec.paramShapes (bind B (spec.inputs slots hyper).ports x) θ k =
      clip (extents B (fixedShape q.shape)) (atInput B spec.paramShapes θ k) := by
  funext i
  simp only [assign, atInput, clip, mem_coordinates_param h, bind, getElem?_ports_param spec _ _ h]
  split <;> simp_all [Var.shape, TensorType.f32]

omit [RealOps R] in
theorem assign_of_ge (e : Env R) (θ : spec.Point B R) {k : Nat} (h : spec.params.length ≤ k) :
    assign B spec.paramShapes e θ k = e k :=
  funext fun i => dif_neg fun hm => by
    have := (mem_coordinates.1 hm).1
    simp only [NetSpec.paramShapes, List.length_map] at this
    omega

/-- The point that the inputs are. -/
theorem bind_point (spec : NetSpec) (slots hyper : List String) (x : Nat → Tensor R) (B : Nat) :
    (fun c : Coordinate B spec.paramShapes => bind B (spec.inputs slots hyper).ports x c.1.1 c.1.2) =
      spec.point B x := by
  funext ⟨⟨k, i⟩, hc⟩
  have hq := List.getElem?_eq_getElem (l := spec.params) (i := k) (by
    simpa [NetSpec.paramShapes] using (mem_coordinates.1 hc).1)
  simp only [bind, getElem?_ports_param spec _ _ hq, NetSpec.point]
  exact clip_of_inRange ((mem_coordinates_param hq i).1 hc) _

theorem assign_point (spec : NetSpec) (slots hyper : List String) (x : Nat → Tensor R) (B : Nat) :
    assign B spec.paramShapes (bind B (spec.inputs slots hyper).ports x) (spec.point B x) =
      bind B (spec.inputs slots hyper).ports x := by
  rw [← bind_point spec slots hyper]; exact assign_self ..

theorem length_tensors (θ : spec.Point B R) : (spec.tensors θ).length = spec.params.length := by simp [NetSpec.tensors]

theorem getElem?_tensors (θ : spec.Point B R) {k : Nat} (h : k < spec.params.length) :
    (spec.tensors θ)[k]? = some (atInput B spec.paramShapes θ k) := by
  rw [NetSpec.tensors, List.getElem?_map, List.getElem?_range h]; rfl

theorem clip_atInput (θ : spec.Point B R) {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    clip (extents B (fixedShape q.shape)) (atInput B spec.paramShapes θ k) = atInput B spec.paramShapes θ k := by
  funext i
  simp only [clip, atInput, assign, mem_coordinates_param h]
  split <;> rfl

/-! ### The variables -/

theorem getElem?_vars_params {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    (vars (spec.inputs slots hyper).params)[k]? = some ⟨k, .f32 (fixedShape q.shape)⟩ := by
  rw [vars, map_eq, List.getElem?_map, getElem?_inputs_param _ _ _ h]; rfl

theorem length_vars_params : (vars (spec.inputs slots hyper).params).length = spec.params.length := by
  rw [vars, map_eq, List.length_map, length_inputs_params]

theorem nth_vars_state {k slot : Nat} {q : Param} (h : spec.params[k]? = some q) (hs : slot < slots.length) :
    nth .missing (vars (spec.inputs slots hyper).state) (slot * spec.params.length + k) =
      ⟨spec.params.length + (slot * spec.params.length + k), .f32 (fixedShape q.shape)⟩ := by
  simp [nth_eq, vars, map_eq, getElem?_inputs_state _ _ _ (List.getElem?_eq_getElem hs) h]

/-! ### The inputs hold what they should -/

theorem holdsParams_of {qs : List Param} {ps : List Var} {θ : List (Tensor R)} (hl : ps.length = qs.length)
    (hl' : θ.length = qs.length) (h : ∀ (k : Nat) (q : Param) (p : Var) (t : Tensor R),
      qs[k]? = some q → ps[k]? = some p → θ[k]? = some t → Holds B e s p (.f32 (fixedShape q.shape)) t) :
    HoldsParams B e s qs ps θ := by
  induction qs generalizing ps θ with
  | nil => trivial
  | cons q qs ih =>
    match ps, θ with
    | p :: ps, t :: θ =>
      exact ⟨h 0 q p t rfl rfl rfl, ih (by simpa using hl) (by simpa using hl') fun k q' p' t' => h (k + 1) q' p' t'⟩
    | [], _ => simp at hl
    | _ :: _, [] => simp at hl'

/-- What the inputs hold at a point of the parameter space. -/
structure InputsHold (spec : NetSpec) (slots hyper : List String) (x : Nat → Tensor R) (B : Nat) (e : Env R) (s : Code)
    (θ : spec.Point B R) : Prop where
  params : ∀ k q, spec.params[k]? = some q →
    Holds B e s ⟨k, .f32 (fixedShape q.shape)⟩ (.f32 (fixedShape q.shape)) (atInput B spec.paramShapes θ k)
  state : ∀ k q slot, spec.params[k]? = some q → slot < slots.length →
    Holds B e s ⟨spec.params.length + (slot * spec.params.length + k), .f32 (fixedShape q.shape)⟩
      (.f32 (fixedShape q.shape)) (x (spec.params.length + (slot * spec.params.length + k)))
  image : Holds B e s (spec.inputs slots hyper).image.var (.f32 (batched spec.input))
    (stack (Textbook.row (x (spec.imageAt slots))))
  label : Holds B e s (spec.inputs slots hyper).label.var (.f32 (batched [spec.classes]))
    (stack (Textbook.row (x (spec.imageAt slots + 1))))
  hyper : ∀ m, m < hyper.length →
    Holds B e s (spec.hyperAt slots m) (.f32 []) fun _ => x (spec.imageAt slots + 2 + m) []

namespace InputsHold
variable {θ : spec.Point B R}

theorem mono {s' : Code} (h : InputsHold spec slots hyper x B e s θ) (hx : Extends B e s s') :
    InputsHold spec slots hyper x B e s' θ :=
  ⟨fun k q hq => (h.params k q hq).mono hx, fun k q slot hq hs => (h.state k q slot hq hs).mono hx, h.image.mono hx,
    h.label.mono hx, fun m hm => (h.hyper m hm).mono hx⟩

theorem holdsParams (h : InputsHold spec slots hyper x B e s θ) :
    HoldsParams B e s spec.params (vars (spec.inputs slots hyper).params) (spec.tensors θ) :=
  holdsParams_of length_vars_params (length_tensors θ) fun k q p t hq hp ht => by
    rw [getElem?_vars_params hq] at hp
    rw [getElem?_tensors θ (List.getElem?_eq_some_iff.1 hq).1] at ht
    cases hp; cases ht
    exact h.params k q hq
end InputsHold

theorem stack_row {l : List Nat} (t : Tensor R) :
    ∀ i, inRange (extents B (TensorType.f32 (batched l)).shape) i = true → t i = stack (Textbook.row t) i
  | [], h => by simp [TensorType.f32, extents_batched, inRange] at h
  | _ :: _, _ => rfl

theorem inputsHold (spec : NetSpec) (slots hyper : List String) (x : Nat → Tensor R) (B : Nat) (θ : spec.Point B R) :
    InputsHold spec slots hyper x B (assign B spec.paramShapes (bind B (spec.inputs slots hyper).ports x) θ)
      ⟨[], (spec.inputs slots hyper).ports.length⟩ θ := by
  have rest (k : Nat) (p : Port) (t : TensorType) (hk : spec.params.length ≤ k)
      (hp : (spec.inputs slots hyper).ports[k]? = some p) (hv : p.var = ⟨k, t⟩) :
      Holds B (assign B spec.paramShapes (bind B (spec.inputs slots hyper).ports x) θ)
        ⟨[], (spec.inputs slots hyper).ports.length⟩ p.var t (x k) := by
    have h := holds_input (B := B) (t := x k) hp (congrArg Var.id hv) (e :=
      assign B spec.paramShapes (bind B (spec.inputs slots hyper).ports x) θ) (by
        rw [assign_of_ge _ _ hk]; simp only [bind, hp])
    rwa [congrArg Var.type hv] at h
  have hn := getElem?_ports_rest spec slots hyper
  refine ⟨fun k q hq => holds_input (getElem?_ports_param spec _ _ hq) rfl (assign_bind_param θ hq),
    fun k q slot hq hs => ?_, ?_, ?_, fun m hm => ?_⟩
  · exact rest _ _ _ (by omega) (getElem?_ports_state spec _ _ (List.getElem?_eq_getElem hs) hq) rfl
  · exact (rest _ _ _ (Nat.le_add_right ..) (hn 0) (inputs_image ..)).congr (stack_row _)
  · exact (rest _ _ _ (by simp only [NetSpec.imageAt]; omega) (hn 1) (inputs_label ..)).congr (stack_row _)
  · have hp := getElem?_inputs_hyper spec slots hyper (List.getElem?_eq_getElem hm)
    refine (rest (spec.imageAt slots + 2 + m) _ _ (by simp only [NetSpec.imageAt]; omega) (by
      rw [Nat.add_assoc, Nat.add_comm 2 m, hn (m + 2)]; exact hp) rfl).congr fun i hi => ?_
    cases i with
    | nil => rfl
    | cons a i => simp [TensorType.f32, extents, inRange] at hi

/-- What the inputs of a program hold where it starts. -/
theorem inputsHold_point (spec : NetSpec) (slots hyper : List String) (x : Nat → Tensor R) (B : Nat) :
    InputsHold spec slots hyper x B (bind B (spec.inputs slots hyper).ports x)
      ⟨[], (spec.inputs slots hyper).ports.length⟩ (spec.point B x) := by
  have h := inputsHold spec slots hyper x B (spec.point B x)
  rwa [assign_point] at h

/-! ### A program's outputs -/

/-- What holds of the outputs that a build leaves holds of the program's. -/
theorem denote_of_spec {i : Inputs} {m : Build (List Port)} {P : List (Tensor R) → Prop}
    (h : Spec B (bind B i.ports x) m ⟨[], i.ports.length⟩ fun s out =>
      P (out.map fun p => s.env B (bind B i.ports x) p.var.id)) : P ((i.program m).denote B x) := by
  rw [program_eq]; exact h.2

theorem hyperAt_mem {m : Nat} (h : m < hyper.length) : spec.hyperAt slots m ∈ vars (spec.inputs slots hyper).hyper := by
  rw [vars, map_eq]
  have hp := getElem?_inputs_hyper spec slots hyper (List.getElem?_eq_getElem h)
  exact List.mem_map.2 ⟨_, List.mem_of_getElem? hp, rfl⟩

/-- The inputs, by kind. -/
theorem vars_subset_ports (i : Inputs) : vars i.params ⊆ i.ports.map (·.var) ∧ vars i.state ⊆ i.ports.map (·.var) ∧
    i.image.var ∈ i.ports.map (·.var) ∧ i.label.var ∈ i.ports.map (·.var) ∧ vars i.hyper ⊆ i.ports.map (·.var) := by
  simp +contextual [Inputs.ports, append_eq, vars, map_eq, List.subset_def]

end Lmx
end
