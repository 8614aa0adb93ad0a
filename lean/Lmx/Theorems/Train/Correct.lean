module
public import Lmx.Theorems.Train.Step
public import Lmx.Theorems.Finish
@[expose] public section

/-!
# Every exported train step computes the gradient

Main results: `denote_trainSource` for the program as it is derived, `trainStep_correct` for the program as it is exported.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat}

/-- The outputs of a train step. -/
noncomputable def trainOutputs (i : Inputs) (slots : Nat) (loss correct : Var) (new : List (Var × List Var)) : List Port :=
  append (map (fun pn => ⟨pn.1.name, .param, pn.2.1⟩) (zip i.params new))
    (append (map (fun pv => ⟨pv.1.name, .optimizerState, pv.2⟩)
      (zip i.state (join (map (fun slot => map (fun n => nth .missing n.2 slot) new) (range slots)))))
      [⟨"loss", .loss, loss⟩, ⟨"correct", .metric, correct⟩])

/-- What follows the loss in a train step. -/
noncomputable def NetSpec.afterLoss (spec : NetSpec) (o : Optimizer) (r : Var × Var) : Build (List Port) := do
  let i := spec.trainInputs o
  let grads ← fun code => gradient (reverse code.nodes) r.2 (vars i.params) code
  let correct ← countCorrect r.1 i.label.var
  let new ← updateAll o (spec.hyperVars o) (vars i.state) (length i.params) 0 (zip spec.params (zip (vars i.params) grads))
  return trainOutputs i (length o.slots) r.2 correct new

/-- A train step is the loss and what follows it. -/
theorem trainSource_eq (spec : NetSpec) (o : Optimizer) : spec.trainSource o = (spec.trainInputs o).program
    (spec.forwardLoss (vars (spec.trainInputs o).params) (spec.trainInputs o).image.var (spec.trainInputs o).label.var (spec.hyperVar o 0) >>=
      spec.afterLoss o) := by
  have h : spec.trainSource o = (spec.trainInputs o).program (
    match vars (spec.trainInputs o).hyper with
    | smoothing :: hyper => do
      let (metrics, grads) ← spec.lossAndGradient (spec.trainInputs o) smoothing
      let new ← updateAll o hyper (vars (spec.trainInputs o).state) (length (spec.trainInputs o).params) 0
        (zip spec.params (zip (vars (spec.trainInputs o).params) grads))
      let params := map (fun pn => ⟨pn.1.name, .param, pn.2.1⟩) (zip (spec.trainInputs o).params new)
      let states := join (map (fun slot => map (fun n => nth .missing n.2 slot) new) (range (length o.slots)))
      let state := map (fun pv => ⟨pv.1.name, .optimizerState, pv.2⟩) (zip (spec.trainInputs o).state states)
      return append params (append state metrics)
    | [] => pure []) := rfl
  rw [h, vars_hyper]
  rfl

/-! ### The nodes of the loss -/

theorem getElem?_zip_of {α β : Type} {l : List α} {m : List β} {k : Nat} {a : α} {b : β} (h : l[k]? = some a) (h' : m[k]? = some b) :
    (l.zip m)[k]? = some (a, b) := List.getElem?_zip_eq_some.2 ⟨h, h'⟩

theorem pullsBack_of_nodesTyped {e : Env R} {Γ : List TensorType} {ns : List Node} (h : NodesTyped Γ ns) (hΓ : ∀ τ ∈ Γ, τ.shape.positive = true) :
    ∀ n ∈ ns, PullsBack B e n := by
  induction ns generalizing Γ with
  | nil => exact fun n hn => by cases hn
  | cons m ns ih =>
    intro n hn
    rcases List.mem_cons.1 hn with rfl | hn
    · exact pullsBack_of_typed h.1 hΓ
    · refine ih h.2 (fun τ hτ => ?_) n hn
      rcases List.mem_append.1 hτ with hτ | hτ
      · exact hΓ τ hτ
      · rw [List.mem_singleton.1 hτ]; exact (Shape.positive_iff _).2 h.1.positive

/-- Inputs and results of typed nodes are zero out of range. -/
theorem clip_run {e : Env R} {Γ : List TensorType} {ns : List Node} (h : NodesTyped Γ ns)
    (he : ∀ k τ, Γ[k]? = some τ → e k = clip (extents B τ.shape) (e k)) :
    ∀ k τ, (Γ ++ ns.map fun n => n.out.type)[k]? = some τ → run B e ns k = clip (extents B τ.shape) (run B e ns k) := by
  induction ns generalizing Γ e with
  | nil => simpa using he
  | cons n ns ih =>
    intro k τ hk
    refine ih h.2 (e := n.step B e) (fun j σ hj => ?_) k τ (by simpa using hk)
    by_cases hjn : j = n.out.id
    · subst hjn
      have : σ = n.out.type := by
        rw [h.1.id, List.getElem?_append_right (Nat.le_refl _)] at hj
        simpa using hj.symm
      subst this
      rw [Node.step, Env.set_same, Node.value, Var.shape, clip_clip]
    · have hlt : j < Γ.length := by
        have h1 := (List.getElem?_eq_some_iff.1 hj).1
        have h2 := h.1.id
        simp only [List.length_append, List.length_singleton] at h1
        omega
      rw [Node.step, Env.set_ne _ _ hjn]
      exact he j σ (by rwa [List.getElem?_append_left hlt] at hj)

/-- Typed code that starts from the inputs has run. -/
theorem ran_of_typed {e : Env R} {Γ : List TensorType} {s : Code} (h : NodesTyped Γ s.nodes.reverse)
    (he : ∀ k τ, Γ[k]? = some τ → e k = clip (extents B τ.shape) (e k)) (hn : s.next = Γ.length + s.nodes.length) :
    Ran B e e Γ s.nodes.reverse s := by
  refine ⟨fun _ _ => rfl, fun k τ hk => ⟨?_, rfl, clip_run h he k τ hk⟩⟩
  have h1 := (List.getElem?_eq_some_iff.1 hk).1
  simp only [List.length_append, List.length_map, List.length_reverse] at h1
  show k < s.next
  omega

/-! ### The outputs -/

section
variable {i : Inputs} {slots : Nat} {loss correct : Var} {new : List (Var × List Var)}

theorem trainOutputs_eq : trainOutputs i slots loss correct new =
    (i.params.zip new).map (fun pn => ⟨pn.1.name, .param, pn.2.1⟩) ++
      ((i.state.zip (((List.range slots).map fun slot => new.map fun n => nth .missing n.2 slot).flatten)).map (fun pv => ⟨pv.1.name, .optimizerState, pv.2⟩) ++
        [⟨"loss", .loss, loss⟩, ⟨"correct", .metric, correct⟩]) := by
  simp only [trainOutputs, append_eq, map_eq, zip_eq, join_eq, range_eq]

theorem length_trainParams (hn : new.length = i.params.length) :
    ((i.params.zip new).map fun pn => (⟨pn.1.name, .param, pn.2.1⟩ : Port)).length = i.params.length := by simp [hn]

theorem length_trainState (hn : new.length = i.params.length) (hs : i.state.length = slots * i.params.length) :
    ((i.state.zip (((List.range slots).map fun slot => new.map fun n => nth .missing n.2 slot).flatten)).map
      fun pv => (⟨pv.1.name, .optimizerState, pv.2⟩ : Port)).length = slots * i.params.length := by
  rw [List.length_map, List.length_zip, length_rows, hs, hn, List.length_range, Nat.min_self]

theorem getElem?_trainOutputs_param (hn : new.length = i.params.length) {k : Nat} {p : Port} {r : Var × List Var} (hp : i.params[k]? = some p)
    (hr : new[k]? = some r) : (trainOutputs i slots loss correct new)[k]? = some ⟨p.name, .param, r.1⟩ := by
  rw [trainOutputs_eq, List.getElem?_append_left (by rw [length_trainParams hn]; exact (List.getElem?_eq_some_iff.1 hp).1),
    List.getElem?_map, getElem?_zip_of hp hr]
  rfl

theorem getElem?_trainOutputs_state (hn : new.length = i.params.length) (hs : i.state.length = slots * i.params.length) {k slot : Nat} {p : Port}
    {r : Var × List Var} (hp : i.state[slot * i.params.length + k]? = some p) (hr : new[k]? = some r) (hslot : slot < slots) :
    (trainOutputs i slots loss correct new)[i.params.length + (slot * i.params.length + k)]? = some ⟨p.name, .optimizerState, nth .missing r.2 slot⟩ := by
  have hst := (List.getElem?_eq_some_iff.1 hp).1
  have hk : k < new.length := (List.getElem?_eq_some_iff.1 hr).1
  have hrow := getElem?_rows (fun slot (n : Var × List Var) => nth .missing n.2 slot) new (List.range slots) (j := slot) hk
  rw [List.getElem?_range hslot, hr, hn] at hrow
  rw [trainOutputs_eq, List.getElem?_append_right (by rw [length_trainParams hn]; omega), length_trainParams hn, Nat.add_sub_cancel_left,
    List.getElem?_append_left (by rw [length_trainState hn hs, ← hs]; exact hst), List.getElem?_map,
    getElem?_zip_of hp hrow]
  rfl

theorem getElem?_trainOutputs_rest (hn : new.length = i.params.length) (hs : i.state.length = slots * i.params.length) (m : Nat) :
    (trainOutputs i slots loss correct new)[i.params.length + slots * i.params.length + m]? =
      [(⟨"loss", .loss, loss⟩ : Port), ⟨"correct", .metric, correct⟩][m]? := by
  rw [trainOutputs_eq, List.getElem?_append_right (by rw [length_trainParams hn]; omega), length_trainParams hn,
    List.getElem?_append_right (by rw [length_trainState hn hs]; omega), length_trainState hn hs]
  congr 1; omega

theorem length_trainOutputs (hn : new.length = i.params.length) (hs : i.state.length = slots * i.params.length) :
    (trainOutputs i slots loss correct new).length = i.params.length + slots * i.params.length + 2 := by
  rw [trainOutputs_eq, List.length_append, List.length_append, length_trainParams hn, length_trainState hn hs]; rfl
end

/-! ### The theorem -/

theorem appends_afterLoss {o : Optimizer} {u : Textbook.Update R} (ho : o.Computes u) (spec : NetSpec) (r : Var × Var) : Appends (spec.afterLoss o r) :=
  Appends.bind (m := fun code => gradient (reverse code.nodes) r.2 (vars (spec.trainInputs o).params) code)
    ⟨fun s => (appends_gradient ..).suffix s⟩ fun _ => (appends_countCorrect ..).bind fun _ => (appends_updateAll ho.appends ..).bind fun _ => .pure _

section
variable {spec : NetSpec} {o : Optimizer} {u : Textbook.Update R} {x : Nat → Tensor R} {s : Code}

theorem getElem?_vars_params {k : Nat} {q : Param} (h : spec.params[k]? = some q) :
    (vars (spec.trainInputs o).params)[k]? = some ⟨k, .f32 (fixedShape q.shape)⟩ := by
  rw [vars, map_eq, List.getElem?_map, NetSpec.trainInputs, getElem?_inputs_param _ _ _ h]; rfl

theorem length_vars_params : (vars (spec.trainInputs o).params).length = spec.params.length := by
  rw [vars, map_eq, List.length_map, NetSpec.trainInputs, length_inputs_params]

theorem getElem?_vars_state {k slot : Nat} {q : Param} (h : spec.params[k]? = some q) (hs : slot < o.slots.length) :
    nth .missing (vars (spec.trainInputs o).state) (slot * spec.params.length + k) =
      ⟨spec.params.length + (slot * spec.params.length + k), .f32 (fixedShape q.shape)⟩ := by
  rw [nth_eq, List.getD_eq_getElem?_getD, vars, map_eq, List.getElem?_map, NetSpec.trainInputs,
    getElem?_inputs_state _ _ _ (List.getElem?_eq_getElem hs) h]; rfl

theorem lowers_lossAt {B : Nat} (hf : spec.Fits) (hB : 0 < B) (o : Optimizer) {e : Env R} {θ : spec.Point B R} (h : InputsHold spec o x B e s θ) :
    Lowers B e (spec.forwardLoss (vars (spec.trainInputs o).params) (spec.trainInputs o).image.var (spec.trainInputs o).label.var (spec.hyperVar o 0)) s
      (∀ b, b < B → Textbook.OffKinks spec (spec.tensors θ) (Textbook.row (x (spec.imageInput o)) b)) fun s' r =>
      Holds B e s' r.1 (.f32 (batched [spec.classes])) (stack fun b => Textbook.logits spec (spec.tensors θ) (Textbook.row (x (spec.imageInput o)) b)) ∧
      Holds B e s' r.2 (.f32 []) fun _ =>
        Textbook.loss spec B (x (spec.imageInput o + 2) []) (spec.tensors θ) (x (spec.imageInput o)) (x (spec.imageInput o + 1)) := by
  refine lowers_forwardLoss hf hB (holdsParams_of length_vars_params (length_tensors θ) fun k q p t hq hp ht => ?_) h.image h.label (h.hyper 0 (by omega))
  have hk := (List.getElem?_eq_some_iff.1 hq).1
  rw [getElem?_vars_params hq] at hp
  rw [getElem?_tensors θ hk] at ht
  cases hp; cases ht
  exact h.params k q hq

/-- What follows the loss leaves what a train step has to give. -/
theorem spec_afterLoss {B : Nat} (hf : spec.Fits) (ho : o.Computes u) {e : Env R} (hin : InputsHold spec o x B e s (spec.point B x))
    (hq : ∀ (k : Nat) (q : Param), spec.params[k]? = some q → (fixedShape q.shape).positive = true) {r : Var × Var} {g : spec.Point B R} {Z : Nat → Tensor R} {L : R}
    (hz : Holds B e s r.1 (.f32 (batched [spec.classes])) (stack Z)) (hl : Holds B e s r.2 (.f32 []) fun _ => L)
    (hg : Spec B e (gradient (reverse s.nodes) r.2 (vars (spec.trainInputs o).params)) s fun s' gs =>
      HoldsGradient B e s' g (vars (spec.trainInputs o).params) gs) :
    Spec B e (spec.afterLoss o r) s fun s' out =>
      (∀ k q, spec.params[k]? = some q →
        let new := u (fun m => x (spec.imageInput o + 3 + m) []) q.decay (atInput B spec.paramShapes (spec.point B x) k) (atInput B spec.paramShapes g k)
          fun slot => x (spec.params.length + (slot * spec.params.length + k))
        (∃ p : Port, out[k]? = some p ∧ Holds B e s' p.var (.f32 (fixedShape q.shape)) new.1) ∧
        ∀ slot, slot < o.slots.length → ∃ p : Port, out[spec.params.length + (slot * spec.params.length + k)]? = some p ∧
          Holds B e s' p.var (.f32 (fixedShape q.shape)) (new.2 slot)) ∧
      (∃ p : Port, out[spec.imageInput o]? = some p ∧ Holds B e s' p.var (.f32 []) fun _ => L) ∧
      (∃ p : Port, out[spec.imageInput o + 1]? = some p ∧
        Holds B e s' p.var (.f32 []) fun _ => nsum B fun b => Textbook.correctness spec.classes (Textbook.row (x (spec.imageInput o + 1)) b) (Z b)) ∧
      out.length = spec.imageInput o + 2 := by
  have hg' : Spec B e (fun code => gradient (reverse code.nodes) r.2 (vars (spec.trainInputs o).params) code) s fun s' gs =>
      HoldsGradient B e s' g (vars (spec.trainInputs o).params) gs := ⟨hg.1, hg.2⟩
  refine hg'.bind fun s1 gs hx1 hgs => ?_
  refine (spec_countCorrect hf.classes (hz.mono hx1) (hin.label.mono hx1)).bind fun s2 correct hx2 hcorrect => ?_
  have hin2 := hin.mono (hx1.trans hx2)
  have hzip : ∀ j (q : Param) (p v : Var), (zip spec.params (zip (vars (spec.trainInputs o).params) gs))[j]? = some (q, p, v) →
      spec.params[j]? = some q ∧ (vars (spec.trainInputs o).params)[j]? = some p ∧ gs[j]? = some v := fun j q p v h => by
    rw [zip_eq, zip_eq, List.getElem?_zip_eq_some, List.getElem?_zip_eq_some] at h
    exact h
  refine (spec_updateAll ho (H := fun m => x (spec.imageInput o + 3 + m) []) (P := atInput B spec.paramShapes (spec.point B x))
    (G := atInput B spec.paramShapes g) (S := fun slot k => x (spec.params.length + (slot * spec.params.length + k)))
    (count := length (spec.trainInputs o).params) (state := vars (spec.trainInputs o).state) (hyper := spec.hyperVars o) (by simp [NetSpec.hyperVars])
    (zip spec.params (zip (vars (spec.trainInputs o).params) gs)) 0 s2 (fun m v hv => ?_) fun j q p v h => ?_).bind fun s3 new hx3 hnew => Spec.pure ?_
  · simp only [NetSpec.hyperVars, List.getElem?_map] at hv
    by_cases hm : m < o.hyperparameters.length
    · rw [List.getElem?_range hm] at hv
      cases hv
      have := hin2.hyper (m + 1) (by omega)
      rw [show spec.imageInput o + 2 + (m + 1) = spec.imageInput o + 3 + m by omega] at this
      exact this
    · rw [List.getElem?_eq_none (by simpa using hm)] at hv; cases hv
  · obtain ⟨h1, h2, h3⟩ := hzip j q p v h
    have h4 := h2
    rw [getElem?_vars_params h1] at h2
    cases h2
    obtain ⟨v', hv', hh⟩ := hgs.2 j _ h4
    rw [h3] at hv'
    cases hv'
    rw [Nat.zero_add]
    refine ⟨hq j q h1, hin2.params j q h1, hh.mono hx2, fun slot hs => ?_⟩
    rw [length_eq, NetSpec.trainInputs, length_inputs_params, ← NetSpec.trainInputs, getElem?_vars_state h1 hs]
    exact hin2.state j q slot h1 hs
  · have hi : (spec.trainInputs o).params.length = spec.params.length := by rw [NetSpec.trainInputs, length_inputs_params]
    have hlen : new.length = (spec.trainInputs o).params.length := by
      rw [hnew.1, zip_eq, zip_eq, List.length_zip, List.length_zip, hgs.1, length_vars_params, hi]; omega
    have hst : (spec.trainInputs o).state.length = o.slots.length * (spec.trainInputs o).params.length := by
      rw [hi, NetSpec.trainInputs, length_inputs_state]
    have hsl : length o.slots = o.slots.length := length_eq _
    rw [hsl]
    refine ⟨fun k q hk => ?_, ?_, ?_, ?_⟩
    · have hk' := (List.getElem?_eq_some_iff.1 hk).1
      have hr : new[k]? = some (new[k]'(by omega)) := List.getElem?_eq_getElem _
      obtain ⟨v, hv, -⟩ := hgs.2 k _ (getElem?_vars_params hk)
      have hz : (zip spec.params (zip (vars (spec.trainInputs o).params) gs))[k]? = some (q, ⟨k, .f32 (fixedShape q.shape)⟩, v) := by
        rw [zip_eq, zip_eq]; exact getElem?_zip_of hk (getElem?_zip_of (getElem?_vars_params hk) hv)
      obtain ⟨n1, n2, n3⟩ := hnew.2 k q _ v _ hz hr
      rw [Nat.zero_add] at n1 n3
      have hp : (spec.trainInputs o).params[k]? = some ⟨q.name, .param, ⟨k, .f32 (fixedShape q.shape)⟩⟩ := getElem?_inputs_param _ _ _ hk
      refine ⟨⟨_, getElem?_trainOutputs_param hlen hp hr, n1⟩, fun slot hs => ?_⟩
      have hps := getElem?_inputs_state spec o.slots ("label_smoothing" :: o.hyperparameters) (List.getElem?_eq_getElem hs) hk
      rw [← NetSpec.trainInputs, ← hi] at hps
      have hout := getElem?_trainOutputs_state (loss := r.2) (correct := correct) hlen hst hps hr hs
      rw [hi] at hout
      refine ⟨_, hout, ?_⟩
      have hnth : ∀ l : List Var, slot < l.length → l[slot]? = some (nth .missing l slot) := fun l hl => by
        rw [nth_eq, List.getD_eq_getElem?_getD, List.getElem?_eq_getElem hl]; rfl
      exact n3 slot _ (hnth _ (by rw [n2]; exact hs))
    · have h := getElem?_trainOutputs_rest (loss := r.2) (correct := correct) hlen hst 0
      rw [hi] at h
      exact ⟨_, h, ((hl.mono hx1).mono hx2).mono hx3⟩
    · have h := getElem?_trainOutputs_rest (loss := r.2) (correct := correct) hlen hst 1
      rw [hi] at h
      exact ⟨_, h, hcorrect.mono hx3⟩
    · rw [length_trainOutputs hlen hst, hi]; rfl

theorem loss_mem_afterLoss (spec : NetSpec) (o : Optimizer) (r : Var × Var) (s : Code) : ⟨"loss", .loss, r.2⟩ ∈ (spec.afterLoss o r s).1 := by
  have h : ∃ n c new, (spec.afterLoss o r s).1 = trainOutputs (spec.trainInputs o) n r.2 c new := ⟨_, _, _, rfl⟩
  obtain ⟨n, c, new, h⟩ := h
  rw [h, trainOutputs_eq]
  simp

theorem run_eq_env (e : Env R) (s : Code) : run B e s.nodes.reverse = s.env B e := rfl

/-- The train step as it is derived computes what a train step has to give, off the kinks. -/
theorem denote_trainSource {B : Nat} (hv : spec.valid = true) (ho : o.Computes u) (hB : 0 < B) (ht : (spec.trainSource o).Typed)
    (hk : ∀ b, b < B → Textbook.OffKinks spec (spec.tensors (spec.point B x)) (Textbook.row (x (spec.imageInput o)) b)) :
    TrainStep spec o u B x ((spec.trainSource o).denote B x) := by
  have hf := NetSpec.fits_of_valid hv
  -- The environment of the inputs, and the point in it.
  have hports : (spec.trainSource o).inputs = (spec.trainInputs o).ports := by rw [trainSource_eq]; rfl
  have hpoint : (fun c : Coordinate B spec.paramShapes => bind B (spec.trainInputs o).ports x c.1.1 c.1.2) = spec.point B x := by
    funext ⟨⟨k, i⟩, hc⟩
    obtain ⟨hk, hi⟩ := mem_coordinates.1 hc
    have hk' : k < spec.params.length := by simpa [NetSpec.paramShapes] using hk
    have hq := List.getElem?_eq_getElem hk'
    have hg : spec.paramShapes.getD k [] = fixedShape spec.params[k].shape := by
      rw [List.getD_eq_getElem?_getD, getElem?_paramShapes hq]; rfl
    rw [hg] at hi
    simp only [bind, NetSpec.trainInputs, getElem?_ports_param spec _ _ hq, NetSpec.point]
    exact clip_of_inRange hi _
  have hbase : assign B spec.paramShapes (bind B (spec.trainInputs o).ports x) (spec.point B x) = bind B (spec.trainInputs o).ports x := by
    rw [← hpoint]; exact assign_self ..
  have hin := inputsHold spec o x B
  -- The code up to the loss.
  let s₀ : Code := ⟨[], (spec.trainInputs o).ports.length⟩
  let m := spec.forwardLoss (vars (spec.trainInputs o).params) (spec.trainInputs o).image.var (spec.trainInputs o).label.var (spec.hyperVar o 0)
  have hlow := fun θ : spec.Point B R => lowers_lossAt hf hB o (hin θ)
  have hnodes : (spec.trainSource o).nodes = (spec.afterLoss o (m s₀).1 (m s₀).2).2.nodes.reverse := by
    rw [trainSource_eq, ← reverse_eq]
    show reverse ((m >>= spec.afterLoss o) ⟨[], (spec.trainInputs o).count⟩).2.nodes = _
    rw [Inputs.count, length_eq]; rfl
  have houts : (spec.trainSource o).outputs = (spec.afterLoss o (m s₀).1 (m s₀).2).1 := by
    rw [trainSource_eq]
    show ((m >>= spec.afterLoss o) ⟨[], (spec.trainInputs o).count⟩).1 = _
    rw [Inputs.count, length_eq]; rfl
  have htyped := ht.nodes
  rw [hnodes, hports] at htyped
  obtain ⟨pre, hpre⟩ := (appends_afterLoss ho spec (m s₀).1).suffix (m s₀).2
  rw [← hpre, List.reverse_append] at htyped
  have hn := htyped.of_append
  have hpos : ∀ τ ∈ (spec.trainInputs o).ports.map fun p => p.var.type, τ.shape.positive = true := fun τ hτ => by
    obtain ⟨p, hp, rfl⟩ := List.mem_map.1 hτ
    exact (Shape.positive_iff _).2 (ht.inputs p (hports ▸ hp)).2
  have hΓ : InputShapes ((spec.trainInputs o).ports.map fun p => p.var.type) spec.paramShapes := fun k sh h => by
    simp only [NetSpec.paramShapes, List.getElem?_map, Option.map_eq_some_iff] at h
    obtain ⟨q, hq, rfl⟩ := h
    rw [List.getElem?_map, NetSpec.trainInputs, getElem?_ports_param spec _ _ hq]; rfl
  have hq : ∀ (k : Nat) (q : Param), spec.params[k]? = some q → (fixedShape q.shape).positive = true := fun k q h =>
    hpos (.f32 (fixedShape q.shape)) (List.mem_of_getElem? (hΓ k _ (getElem?_paramShapes h)))
  have hl := hlow (spec.point B x)
  rw [hbase] at hl
  have hext := hl.1.1
  have hcount : (m s₀).2.next = ((spec.trainInputs o).ports.map fun p => p.var.type).length + (m s₀).2.nodes.length := by
    have := hext.count
    simpa using this
  have hclip : ∀ k τ, ((spec.trainInputs o).ports.map fun p => p.var.type)[k]? = some τ →
      bind B (spec.trainInputs o).ports x k = clip (extents B τ.shape) (bind B (spec.trainInputs o).ports x k) := fun k τ h => by
    rw [List.getElem?_map, Option.map_eq_some_iff] at h
    obtain ⟨p, hp, rfl⟩ := h
    simp only [bind, hp, Var.shape, clip_clip]
  have hran := ran_of_typed hn hclip hcount
  have hloss := hl.1.2.2
  -- The gradient.
  have hgrad := spec_gradient (y := (m s₀).1.2) (xs := vars (spec.trainInputs o).params) hn (pullsBack_of_nodesTyped (B := B) (e := bind B (spec.trainInputs o).ports x) hn hpos)
    (hl.2 hk trivial) hran (by
      have h1 := hloss.lt
      rw [hcount] at h1
      have h2 := ht.outputs ⟨"loss", .loss, (m s₀).1.2⟩ (by rw [houts]; exact loss_mem_afterLoss ..)
      rw [hnodes, hports, ← hpre, List.reverse_append, List.map_append, ← List.append_assoc,
        List.getElem?_append_left (by simpa using h1)] at h2
      exact h2.trans (congrArg some hloss.type)) hloss.type hΓ (fun sh hsh => by
      obtain ⟨k, hk'⟩ := List.getElem?_of_mem hsh
      exact hpos (.f32 sh) (List.mem_of_getElem? (hΓ k sh hk'))) (fun v hv => by
      obtain ⟨k, hk'⟩ := List.getElem?_of_mem hv
      have hlt : k < spec.params.length := by rw [← length_vars_params (o := o)]; exact (List.getElem?_eq_some_iff.1 hk').1
      have hqk := List.getElem?_eq_getElem hlt
      rw [getElem?_vars_params hqk] at hk'
      cases hk'
      exact ⟨_, getElem?_paramShapes hqk, rfl⟩)
  obtain ⟨hgx, g, hD, hG⟩ := hgrad
  have hfun : (fun (θ : spec.Point B R) (_ : Unit) => run B (assign B spec.paramShapes (bind B (spec.trainInputs o).ports x) θ) (m s₀).2.nodes.reverse (m s₀).1.2.id []) =
      fun θ _ => Textbook.loss spec B (x (spec.imageInput o + 2) []) (spec.tensors θ) (x (spec.imageInput o)) (x (spec.imageInput o + 1)) := by
    funext θ _
    rw [run_eq_env, (hlow θ).1.2.2.value]
    exact clip_of_inRange (s := extents B (TensorType.f32 []).shape) (i := []) rfl _
  rw [hfun, hpoint] at hD
  -- What follows.
  have hin' := (hin (spec.point B x)).mono (s' := (m s₀).2) (by rw [hbase]; exact hext)
  rw [hbase] at hin'
  have hafter := spec_afterLoss hf ho hin' hq hl.1.2.1 hloss (by rw [reverse_eq]; exact ⟨hgx, hG⟩)
  have hden : (spec.trainSource o).denote B x =
      (spec.afterLoss o (m s₀).1 (m s₀).2).1.map fun p => (spec.afterLoss o (m s₀).1 (m s₀).2).2.env B (bind B (spec.trainInputs o).ports x) p.var.id := by
    rw [Program.denote, hnodes, houts, hports]; rfl
  have hval : ∀ {k : Nat} {t : Tensor R} {sh : Shape}, (∃ p : Port, (spec.afterLoss o (m s₀).1 (m s₀).2).1[k]? = some p ∧
      Holds B (bind B (spec.trainInputs o).ports x) (spec.afterLoss o (m s₀).1 (m s₀).2).2 p.var (.f32 sh) t) →
      ((spec.trainSource o).denote B x)[k]? = some (clip (extents B sh) t) := by
    rintro k t sh ⟨p, hp, hh⟩
    rw [hden, List.getElem?_map, hp, Option.map_some, hh.value]; rfl
  obtain ⟨h1, h2, h3, h4⟩ := hafter.2
  refine ⟨g, hD, fun k q hk' => ⟨?_, fun slot hs => ?_⟩, hval h2, hval h3, by rw [hden, List.length_map]; exact h4⟩
  · have := hval (h1 k q hk').1
    rwa [extents_fixedShape] at this
  · have := hval ((h1 k q hk').2 slot hs)
    rwa [extents_fixedShape] at this

/-- **The train step is right.** For every valid spec whose derived train step is typed, every batch size, parameters, state, batch and hyperparameters at which no kink
is met, the train step as it is exported computes the textbook's loss, the optimizer's published update of every parameter by the gradient of that
loss, the new state, and the number of correct predictions. -/
theorem trainStep_correct {B : Nat} (hv : spec.valid = true) (ho : o.Computes u) (hB : 0 < B) (ht : (spec.trainSource o).checkTyped = true)
    (hk : ∀ b, b < B → Textbook.OffKinks spec (spec.tensors (spec.point B x)) (Textbook.row (x (spec.imageInput o)) b)) :
    TrainStep spec o u B x ((spec.trainSource o).finish.denote B x) := by
  have ht' := (Program.checkTyped_iff _).1 ht
  rw [(ht'.finish B x).2]
  exact denote_trainSource hv ho hB ht' hk
end

end Lmx
end
