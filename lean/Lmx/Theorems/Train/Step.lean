module
public import Lmx.Theorems.Train.Loss
public import Lmx.Theorems.Train.Update
public import Lmx.Theorems.Lower.Metric
public import Lmx.Theorems.Pullback.All
@[expose] public section

/-!
# The train step is right

`TrainStep spec o u B x out` says, without any program, what a train step of the net has to give for the inputs `x`: the new parameters and the new optimizer
state by the textbook's update `u` applied to the gradient, the loss, and the number of correct predictions. The gradient is the Fréchet derivative of the textbook's
loss of the textbook's network.

Main definition: `TrainStep`. `Lmx.Theorems.Train.Correct` proves it of every net's train step.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat}

noncomputable section

/-- A point in the space of a net's parameters: a number for each element of each. (No parameter's shape depends on the batch size `B`; inputs in general may.) -/
abbrev NetSpec.Point (spec : NetSpec) (B : Nat) (R : Type) := Coordinate B spec.paramShapes → R

/-- The parameters' tensors at a point. -/
def NetSpec.tensors (spec : NetSpec) (θ : spec.Point B R) : List (Tensor R) := (List.range spec.params.length).map (atInput B spec.paramShapes θ)

/-- The point that the parameters' tensors, given first among a program's inputs `x`, are. -/
def NetSpec.point (spec : NetSpec) (B : Nat) (x : Nat → Tensor R) : spec.Point B R := fun c => x c.1.1 c.1.2

/-- The number of the image among the inputs of a train step: the parameters come first, then the optimizer's state tensors. Label, label smoothing and
the optimizer's hyperparameters follow. -/
def NetSpec.imageInput (spec : NetSpec) (o : Optimizer) : Nat := spec.params.length + o.slots.length * spec.params.length

/-- What a train step gives for the inputs `x`: parameters, state, images, labels, label smoothing, hyperparameters. -/
def TrainStep (spec : NetSpec) (o : Optimizer) (u : Textbook.Update R) (B : Nat) (x : Nat → Tensor R) (out : List (Tensor R)) : Prop :=
  let n := spec.imageInput o
  let loss (θ : spec.Point B R) : R := Textbook.loss spec B (x (n + 2) []) (spec.tensors θ) (x n) (x (n + 1))
  let θ := spec.point B x
  ∃ g : spec.Point B R, HasFDerivAt (fun θ (_ : Unit) => loss θ) (fun _ => g) θ ∧
    (∀ k q, spec.params[k]? = some q →
      let new := u (fun m => x (n + 3 + m) []) q.decay (atInput B spec.paramShapes θ k) (atInput B spec.paramShapes g k)
        fun slot => x (spec.params.length + (slot * spec.params.length + k))
      out[k]? = some (clip q.shape new.1) ∧
      ∀ slot, slot < o.slots.length → out[spec.params.length + (slot * spec.params.length + k)]? = some (clip q.shape (new.2 slot))) ∧
    out[n]? = some (clip [] fun _ => loss θ) ∧
    out[n + 1]? = some (clip [] fun _ => Textbook.correct spec B (spec.tensors θ) (x n) (x (n + 1))) ∧
    out.length = n + 2
end

/-! ### The inputs hold what they should -/

section
variable {spec : NetSpec} {o : Optimizer} {x : Nat → Tensor R} {e : Env R} {s : Code}

theorem getElem?_paramShapes {k : Nat} {q : Param} (h : spec.params[k]? = some q) : spec.paramShapes[k]? = some (fixedShape q.shape) := by
  rw [NetSpec.paramShapes, List.getElem?_map, h]; rfl

theorem holdsParams_of {qs : List Param} {ps : List Var} {θ : List (Tensor R)} (hl : ps.length = qs.length) (hl' : θ.length = qs.length)
    (h : ∀ (k : Nat) (q : Param) (p : Var) (t : Tensor R), qs[k]? = some q → ps[k]? = some p → θ[k]? = some t → Holds B e s p (.f32 (fixedShape q.shape)) t) :
    HoldsParams B e s qs ps θ := by
  induction qs generalizing ps θ with
  | nil => trivial
  | cons q qs ih =>
    match ps, θ with
    | p :: ps, t :: θ =>
      exact ⟨h 0 q p t rfl rfl rfl, ih (by simpa using hl) (by simpa using hl') fun k q' p' t' => h (k + 1) q' p' t'⟩
    | [], _ => simp at hl
    | _ :: _, [] => simp at hl'

/-- The inputs of a train step. -/
noncomputable def NetSpec.trainInputs (spec : NetSpec) (o : Optimizer) : Inputs := spec.inputs o.slots ("label_smoothing" :: o.hyperparameters)

/-- The variable of a hyperparameter, label smoothing first. -/
noncomputable def NetSpec.hyperVar (spec : NetSpec) (o : Optimizer) (m : Nat) : Var := ⟨spec.imageInput o + 2 + m, .f32 []⟩

/-- The optimizer's hyperparameters. -/
noncomputable def NetSpec.hyperVars (spec : NetSpec) (o : Optimizer) : List Var := (List.range o.hyperparameters.length).map fun m => spec.hyperVar o (m + 1)

theorem vars_hyper : vars (spec.trainInputs o).hyper = spec.hyperVar o 0 :: spec.hyperVars o := by
  refine List.ext_getElem? fun k => ?_
  rw [vars, map_eq, List.getElem?_map, NetSpec.trainInputs, inputs_hyper, getElem?_numberPorts, List.getElem?_map]
  cases k with
  | zero => rfl
  | succ k =>
    simp only [List.getElem?_cons_succ, NetSpec.hyperVars, List.getElem?_map]
    by_cases hk : k < o.hyperparameters.length
    · rw [List.getElem?_eq_getElem hk, List.getElem?_range hk]; rfl
    · rw [List.getElem?_eq_none (by omega), List.getElem?_eq_none (by simpa using hk)]; rfl

/-- The environment of the inputs at a point of the parameter space. -/
theorem assign_bind_param (θ : spec.Point B R) {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    assign B spec.paramShapes (bind B (spec.trainInputs o).ports x) θ k = clip (extents B (fixedShape q.shape)) (atInput B spec.paramShapes θ k) := by
  have hs := getElem?_paramShapes h
  have hk := (List.getElem?_eq_some_iff.1 hs).1
  have hg : spec.paramShapes.getD k [] = fixedShape q.shape := by rw [List.getD_eq_getElem?_getD, hs]; rfl
  funext i
  simp only [assign, atInput, clip]
  by_cases hi : inRange (extents B (fixedShape q.shape)) i = true
  · have hm : (k, i) ∈ coordinates B spec.paramShapes := mem_coordinates.2 ⟨hk, by rw [hg]; exact hi⟩
    simp only [hm, dif_pos, hi, if_true]
  · have hm : (k, i) ∉ coordinates B spec.paramShapes := fun hm => hi (by have := (mem_coordinates.1 hm).2; rwa [hg] at this)
    rw [dif_neg hm, if_neg hi]
    simp only [bind, NetSpec.trainInputs, getElem?_ports_param spec _ _ h]
    exact if_neg hi

omit [RealOps R] in
theorem assign_of_ge (e : Env R) (θ : spec.Point B R) {k : Nat} (h : spec.params.length ≤ k) : assign B spec.paramShapes e θ k = e k := by
  funext i
  rw [assign, dif_neg]
  intro hm
  have := (mem_coordinates.1 hm).1
  simp only [NetSpec.paramShapes, List.length_map] at this
  omega

theorem length_tensors (θ : spec.Point B R) : (spec.tensors θ).length = spec.params.length := by simp [NetSpec.tensors]

theorem getElem?_tensors (θ : spec.Point B R) {k : Nat} (h : k < spec.params.length) :
    (spec.tensors θ)[k]? = some (atInput B spec.paramShapes θ k) := by
  rw [NetSpec.tensors, List.getElem?_map, List.getElem?_range h]; rfl

/-- What the inputs hold at a point of the parameter space. -/
structure InputsHold (spec : NetSpec) (o : Optimizer) (x : Nat → Tensor R) (B : Nat) (e : Env R) (s : Code) (θ : spec.Point B R) : Prop where
  params : ∀ k q, spec.params[k]? = some q → Holds B e s ⟨k, .f32 (fixedShape q.shape)⟩ (.f32 (fixedShape q.shape)) (atInput B spec.paramShapes θ k)
  state : ∀ k q slot, spec.params[k]? = some q → slot < o.slots.length →
    Holds B e s ⟨spec.params.length + (slot * spec.params.length + k), .f32 (fixedShape q.shape)⟩ (.f32 (fixedShape q.shape))
      (x (spec.params.length + (slot * spec.params.length + k)))
  image : Holds B e s (spec.trainInputs o).image.var (.f32 (batched spec.input)) (stack (Textbook.row (x (spec.imageInput o))))
  label : Holds B e s (spec.trainInputs o).label.var (.f32 (batched [spec.classes])) (stack (Textbook.row (x (spec.imageInput o + 1))))
  hyper : ∀ m, m < o.hyperparameters.length + 1 → Holds B e s (spec.hyperVar o m) (.f32 []) fun _ => x (spec.imageInput o + 2 + m) []

theorem InputsHold.mono {s' : Code} {θ : spec.Point B R} (h : InputsHold spec o x B e s θ) (hx : Extends B e s s') : InputsHold spec o x B e s' θ :=
  ⟨fun k q hq => (h.params k q hq).mono hx, fun k q slot hq hs => (h.state k q slot hq hs).mono hx, h.image.mono hx, h.label.mono hx,
    fun m hm => (h.hyper m hm).mono hx⟩

theorem stack_row {l : List Nat} (t : Tensor R) : ∀ i, inRange (extents B (TensorType.f32 (batched l)).shape) i = true → t i = stack (Textbook.row t) i := by
  intro i hi
  cases i with
  | nil => simp [TensorType.f32, extents_batched, inRange] at hi
  | cons b i => rfl

theorem inputsHold (spec : NetSpec) (o : Optimizer) (x : Nat → Tensor R) (B : Nat) (θ : spec.Point B R) :
    InputsHold spec o x B (assign B spec.paramShapes (bind B (spec.trainInputs o).ports x) θ) ⟨[], (spec.trainInputs o).ports.length⟩ θ := by
  have rest : ∀ (k : Nat) (p : Port), spec.params.length ≤ k → (spec.trainInputs o).ports[k]? = some p → p.var.id = k →
      Holds B (assign B spec.paramShapes (bind B (spec.trainInputs o).ports x) θ) ⟨[], (spec.trainInputs o).ports.length⟩ p.var p.var.type (x k) :=
    fun k p hk hp hid => holds_input hp hid (by rw [assign_of_ge _ _ hk]; simp only [bind, hp])
  have hn : ∀ m, (spec.trainInputs o).ports[spec.imageInput o + m]? =
      ((spec.trainInputs o).image :: (spec.trainInputs o).label :: (spec.trainInputs o).hyper)[m]? := fun m => getElem?_ports_rest spec _ _ m
  refine ⟨fun k q hq => holds_input (getElem?_ports_param spec _ _ hq) rfl (assign_bind_param θ hq), fun k q slot hq hs => ?_, ?_, ?_, fun m hm => ?_⟩
  · exact rest _ _ (by omega) (getElem?_ports_state spec _ _ (List.getElem?_eq_getElem hs) hq) rfl
  · have h := rest (spec.imageInput o) _ (Nat.le_add_right ..) (hn 0) (by rw [NetSpec.trainInputs, inputs_image]; rfl)
    have ht : (spec.trainInputs o).image.var.type = .f32 (batched spec.input) := by rw [NetSpec.trainInputs, inputs_image]
    rw [ht] at h
    exact h.congr (stack_row _)
  · have h := rest (spec.imageInput o + 1) _ (by simp only [NetSpec.imageInput]; omega) (hn 1) (by rw [NetSpec.trainInputs, inputs_label]; rfl)
    have ht : (spec.trainInputs o).label.var.type = .f32 (batched [spec.classes]) := by rw [NetSpec.trainInputs, inputs_label]
    rw [ht] at h
    exact h.congr (stack_row _)
  · have hlt : m < ("label_smoothing" :: o.hyperparameters).length := by simpa using hm
    have hp := getElem?_inputs_hyper spec o.slots ("label_smoothing" :: o.hyperparameters) (List.getElem?_eq_getElem hlt)
    have h := rest (spec.imageInput o + 2 + m) _ (by simp only [NetSpec.imageInput]; omega) (by rw [Nat.add_assoc, Nat.add_comm 2 m, hn (m + 2)]; exact hp) rfl
    exact h.congr fun i hi => by
      have : i = [] := by
        cases i with
        | nil => rfl
        | cons a i => exact absurd hi (by simp [TensorType.f32, extents, inRange])
      rw [this]
end

end Lmx
end
