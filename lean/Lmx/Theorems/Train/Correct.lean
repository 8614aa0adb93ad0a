module
public import Lmx.Theorems.Train.Gradient
public import Lmx.Theorems.Train.Update
@[expose] public section

/-!
# Every exported train step computes the gradient and the update

Main results: `denote_trainSource` for the program as it is derived, `trainStep_correct` for the program as it is
exported.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R]

/-! ### A train step is loss and gradient, and the update -/

/-- The inputs of a train step. -/
noncomputable abbrev NetSpec.trainInputs (spec : NetSpec) (o : Optimizer) : Inputs :=
    spec.inputs o.slots ("label_smoothing" :: o.hyperparameters)

/-- The optimizer's hyperparameters: those after label smoothing. -/
noncomputable def NetSpec.hyperVars (spec : NetSpec) (o : Optimizer) : List Var :=
    (vars (spec.trainInputs o).hyper).tail

theorem vars_hyper (spec : NetSpec) (o : Optimizer) :
    vars (spec.trainInputs o).hyper = spec.hyperAt o.slots 0 :: spec.hyperVars o := by
  rw [NetSpec.hyperVars, inputs_hyper]; rfl

/-- The outputs of a train step. -/
noncomputable def trainOutputs (i : Inputs) (slots : Nat) (metrics : List Port) (new : List (Var × List Var)) :
    List Port :=
  append (map (fun pn => ⟨pn.1.name, .param, pn.2.1⟩) (zip i.params new))
    (append (map (fun pv => ⟨pv.1.name, .optimizerState, pv.2⟩)
      (zip i.state (join (map (fun slot => map (fun n => nth .missing n.2 slot) new) (range slots))))) metrics)

/-- What follows loss and gradient in a train step. -/
noncomputable def NetSpec.update (spec : NetSpec) (o : Optimizer) (a : List Port × List Var) :
    Build (List Port × List (Var × List Var)) := do
  let i := spec.trainInputs o
  let new ← updateAll o (spec.hyperVars o) (vars i.state) (length i.params) 0
    (zip spec.params (zip (vars i.params) a.2))
  return (a.1, new)

theorem trainSource_eq (spec : NetSpec) (o : Optimizer) : spec.trainSource o = (spec.trainInputs o).program
    ((spec.lossAndGradient (spec.trainInputs o) (spec.hyperAt o.slots 0) >>= spec.update o) >>= fun r =>
      pure (trainOutputs (spec.trainInputs o) (length o.slots) r.1 r.2)) := by
  rw [NetSpec.trainSource, vars_hyper]; rfl

/-- What the outputs hold, for any function of their variables. -/
theorem map_trainOutputs {i : Inputs} {slots : Nat} {new : List (Var × List Var)} {α : Type} (v : Var → α)
    (metrics : List Port)
    (hn : new.length = i.params.length) (hs : i.state.length = slots * i.params.length) :
    (trainOutputs i slots metrics new).map (fun p => v p.var) = new.map (fun r => v r.1) ++
      ((((List.range slots).map fun slot => new.map fun r => v (nth .missing r.2 slot)).flatten) ++ metrics.map
        fun p => v p.var) := by
  simp only [trainOutputs, append_eq, map_eq, zip_eq, join_eq, range_eq, List.map_append, List.map_map]
  congr 1
  · exact map_zip_snd (fun r : Var × List Var => v r.1) (Nat.le_of_eq hn)
  congr 1
  refine (map_zip_snd v (by rw [length_rows, List.length_range, hs, hn]; exact Nat.le_refl _)).trans ?_
  simp only [List.map_flatten, List.map_map, Function.comp_def]

/-- Parameters, then a row for each slot, then the metrics. -/
theorem getElem?_trainOutputs {β γ : Type} {new : List β} (f : β → γ) (h : Nat → β → γ) (tail : List γ) (slots : Nat)
    {n : Nat} (hn : new.length = n) :
    let out := new.map f ++ ((((List.range slots).map fun slot => new.map (h slot)).flatten) ++ tail)
    (∀ k r, new[k]? = some r → out[k]? = some (f r) ∧ ∀ slot, slot < slots → out[n + (slot * n + k)]? =
    some (h slot r)) ∧
      (∀ m, out[n + slots * n + m]? = tail[m]?) ∧ out.length = n + slots * n + tail.length := by
  subst hn
  have hr : (((List.range slots).map fun slot => new.map (h slot)).flatten).length = slots * new.length :=
    by rw [length_rows, List.length_range]
  refine ⟨fun k r hk => ⟨?_, fun slot hs => ?_⟩, fun m => ?_,
    by rw [List.length_append, List.length_append, List.length_map, hr, Nat.add_assoc]⟩
  · rw [List.getElem?_append_left (by rw [List.length_map]; exact (List.getElem?_eq_some_iff.1 hk).1),
      List.getElem?_map, hk]; rfl
  · have hk' := (List.getElem?_eq_some_iff.1 hk).1
    have h1 := getElem?_rows h new (List.range slots) (j := slot) hk'
    rw [List.getElem?_range hs, hk] at h1
    rw [List.getElem?_append_right (by rw [List.length_map]; omega), List.length_map, Nat.add_sub_cancel_left,
      List.getElem?_append_left (List.getElem?_eq_some_iff.1 h1).1, h1]; rfl
  · rw [List.getElem?_append_right (by rw [List.length_map]; omega), List.length_map, List.getElem?_append_right
      (by rw [hr]; omega), hr]
    congr 1; omega

/-! ### The update -/

variable {spec : NetSpec} {o : Optimizer} {u : Textbook.Update R} {x : Nat → Tensor R} {s : Code} {B : Nat} {e : Env R}
    {g : spec.Point B R}

/-- The new parameter and the new state of the parameter `k` of the net. -/
def HoldsUpdate (spec : NetSpec) (o : Optimizer) (u : Textbook.Update R) (x : Nat → Tensor R) (B : Nat) (e : Env R)
    (s : Code) (g : spec.Point B R) (k : Nat) (q : Param)
    (r : Var × List Var) : Prop :=
  let new := u (fun m => x (spec.imageInput o + 3 + m) []) q.decay (atInput B spec.paramShapes (spec.point B x) k)
    (atInput B spec.paramShapes g k)
    fun slot => x (spec.params.length + (slot * spec.params.length + k))
  Holds B e s r.1 (.f32 (fixedShape q.shape)) new.1 ∧ r.2.length = o.slots.length ∧
    HoldsList B e s (.f32 (fixedShape q.shape)) r.2 new.2

theorem spec_update (hf : spec.Fits) (ho : o.Computes u) {a : List Port × List Var}
    (hin : InputsHold spec o.slots ("label_smoothing" :: o.hyperparameters) x B e s (spec.point B x))
    (hg : HoldsGradient B e s g (vars (spec.trainInputs o).params) a.2) :
    Spec B e (spec.update o a) s fun s' r => r.1 = a.1 ∧ r.2.length = spec.params.length ∧
      ∀ k q, spec.params[k]? = some q → ∃ new, r.2[k]? = some new ∧ HoldsUpdate spec o u x B e s' g k q new := by
  have hzip : ∀ j (q : Param) (p v : Var), (zip spec.params (zip (vars (spec.trainInputs o).params) a.2))[j]? =
    some (q, p, v) ↔
      spec.params[j]? = some q ∧ (vars (spec.trainInputs o).params)[j]? = some p ∧ a.2[j]? = some v := fun j q p v => by
    rw [zip_eq, zip_eq, List.getElem?_zip_eq_some, List.getElem?_zip_eq_some]
  refine (spec_updateAll ho (H := fun m => x (spec.imageInput o + 3 + m) [])
    (P := atInput B spec.paramShapes (spec.point B x))
    (G := atInput B spec.paramShapes g) (S := fun slot k => x (spec.params.length + (slot * spec.params.length + k)))
    (count := length (spec.trainInputs o).params) (state := vars (spec.trainInputs o).state)
    (hyper := spec.hyperVars o) (by simp [NetSpec.hyperVars, vars, map_eq, inputs_hyper, length_numberPorts])
    (zip spec.params (zip (vars (spec.trainInputs o).params) a.2)) 0 s (fun m v hv => ?_) fun j q p v h => ?_).bind
    fun s' new hx hnew => Spec.pure ?_
  · rw [NetSpec.hyperVars, List.getElem?_tail, vars, map_eq, List.getElem?_map, Option.map_eq_some_iff] at hv
    obtain ⟨p, hp, rfl⟩ := hv
    have hm : m + 1 < ("label_smoothing" :: o.hyperparameters).length := by
      have := (List.getElem?_eq_some_iff.1 hp).1
      rwa [inputs_hyper, length_numberPorts, List.length_map] at this
    rw [getElem?_inputs_hyper _ _ _ (List.getElem?_eq_getElem hm)] at hp
    cases hp
    have := hin.hyper (m + 1) hm
    rwa [show spec.imageAt o.slots + 2 + (m + 1) = spec.imageInput o + 3 + m by
      simp only [NetSpec.imageAt, NetSpec.imageInput]; omega] at this
  · obtain ⟨h1, h2, h3⟩ := (hzip j q p v).1 h
    have h4 := h2
    rw [getElem?_vars_params h1] at h2
    cases h2
    obtain ⟨v', hv', hh⟩ := hg.2 j _ h4
    rw [h3] at hv'
    cases hv'
    rw [Nat.zero_add]
    refine ⟨hf.positive_params q (List.mem_of_getElem? h1), hin.params j q h1, hh, fun slot hs => ?_⟩
    rw [length_eq, length_inputs_params, nth_vars_state h1 hs]
    exact hin.state j q slot h1 hs
  · have hlen : new.length = spec.params.length := by
      rw [hnew.1, zip_eq, zip_eq, List.length_zip, List.length_zip, hg.1, length_vars_params]; omega
    refine ⟨rfl, hlen, fun k q hk => ?_⟩
    have hr := List.getElem?_eq_getElem (l := new) (i := k) (by rw [hlen]; exact (List.getElem?_eq_some_iff.1 hk).1)
    obtain ⟨v, hv, -⟩ := hg.2 k _ (getElem?_vars_params hk)
    have := hnew.2 k q _ v _ ((hzip k q _ v).2 ⟨hk, getElem?_vars_params hk, hv⟩) hr
    rw [Nat.zero_add] at this
    exact ⟨_, hr, this⟩

theorem emits_update (ho : o.EmitsScoped) (spec : NetSpec) {A : List Var}
    (hA : (spec.trainInputs o).ports.map (·.var) ⊆ A) {a : List Port × List Var}
    (ha : values a ⊆ A) : Emits A (spec.update o a) := by
  have hs := vars_subset_ports (spec.trainInputs o)
  refine emits_bind (emits_updateAll ho (fun v hv =>
    hA (hs.2.2.2.2 (by rw [vars_hyper]; exact List.mem_cons_of_mem _ hv))) _ (fun c hc => ?_) fun slot j h h' => ?_)
    fun new => emits_pure fun v hv => ?_
  · obtain ⟨q, p, g⟩ := c
    rw [zip_eq, zip_eq] at hc
    have hc := List.of_mem_zip (List.of_mem_zip hc).2
    exact ⟨hA (hs.1 hc.1), ha (List.mem_append_right _ hc.2)⟩
  · rw [zip_eq, List.length_zip] at h'
    rw [Nat.zero_add, length_eq, length_inputs_params, nth_eq, List.getD_eq_getElem?_getD]
    have hlt : slot * spec.params.length + j < (vars (spec.trainInputs o).state).length := by
      rw [vars, map_eq, List.length_map, length_inputs_state]
      calc slot * spec.params.length + j < (slot + 1) * spec.params.length := by rw [Nat.succ_mul]; omega
        _ ≤ _ := Nat.mul_le_mul_right _ h
    rw [List.getElem?_eq_getElem hlt]
    exact hA (hs.2.1 (List.getElem_mem hlt))
  · rcases List.mem_append.1 hv with hv | hv
    · exact List.mem_append_right _ (ha (List.mem_append_left _ hv))
    · exact List.mem_append_left _ hv

theorem trainStep_of_outputs {new : List (Var × List Var)} {l c : Var}
    (hD : HasFDerivAt (fun θ (_ : Unit) => spec.lossAt o.slots B x θ) (fun _ => g) (spec.point B x))
    (hl : Holds B e s l (.f32 []) fun _ => spec.lossAt o.slots B x (spec.point B x))
    (hc : Holds B e s c (.f32 []) fun _ => Textbook.correct spec B (spec.tensors (spec.point B x))
    (x (spec.imageInput o)) (x (spec.imageInput o + 1)))
    (hlen : new.length = spec.params.length) (hnew : ∀ k q, spec.params[k]? = some q → ∃ r, new[k]? = some r ∧
    HoldsUpdate spec o u x B e s g k q r) :
    TrainStep spec o u B x ((trainOutputs (spec.trainInputs o) (length o.slots)
      [⟨"loss", .loss, l⟩, ⟨"correct", .metric, c⟩] new).map fun p => s.env B e p.var.id) := by
  have hi : (spec.trainInputs o).params.length = spec.params.length := length_inputs_params ..
  rw [map_trainOutputs (fun v => s.env B e v.id) _ (hlen.trans hi.symm) (by rw [hi, length_inputs_state, length_eq]),
    length_eq]
  obtain ⟨h1, h2, h3⟩ := getElem?_trainOutputs (new := new) (fun r => s.env B e r.1.id)
    (fun slot r => s.env B e (nth .missing r.2 slot).id)
    ([(⟨"loss", .loss, l⟩ : Port), ⟨"correct", .metric, c⟩].map fun p => s.env B e p.var.id) o.slots.length hlen
  refine ⟨g, hD, fun k q hk => ?_, (h2 0).trans (congrArg some hl.value), (h2 1).trans (congrArg some hc.value), h3⟩
  obtain ⟨r, hr, hp, hn, hst⟩ := hnew k q hk
  rw [← extents_fixedShape B q.shape]
  refine ⟨((h1 k r hr).1).trans (congrArg some hp.value), fun slot hs => ((h1 k r hr).2 slot hs).trans
    (congrArg some (hst slot _ ?_).value)⟩
  rw [nth_eq, List.getD_eq_getElem?_getD, List.getElem?_eq_getElem (by rw [hn]; exact hs)]; rfl

theorem mem_values_of_trainOutputs {i : Inputs} {slots : Nat} {r : List Port × List (Var × List Var)}
    (hn : r.2.length = i.params.length)
    (hs : i.state.length = slots * i.params.length) (hl : ∀ n ∈ r.2, n.2.length = slots) {p : Port}
    (hp : p ∈ trainOutputs i slots r.1 r.2) :
    p.var ∈ values r := by
  replace hp := List.mem_map_of_mem (f := fun p : Port => p.var) hp
  rw [map_trainOutputs (fun v => v) _ hn hs] at hp
  have hv (n : Var × List Var) (hn : n ∈ r.2) (v : Var) (hv : v ∈ n.1 :: n.2) : v ∈ values r := List.mem_append_right _
    (List.mem_flatMap.2 ⟨n, hn, hv⟩)
  simp only [List.mem_append, List.mem_flatten, List.mem_map, List.mem_range] at hp
  rcases hp with ⟨n, hn, hp⟩ | ⟨_, ⟨slot, hslot, rfl⟩, hp⟩ | ⟨q, hq, hp⟩
  · exact hp ▸ hv n hn _ List.mem_cons_self
  · obtain ⟨n, hn, hp⟩ := List.mem_map.1 hp
    refine hp ▸ hv n hn _ (List.mem_cons_of_mem _ ?_)
    rw [nth_eq, List.getD_eq_getElem?_getD, List.getElem?_eq_getElem (by rw [hl n hn]; exact hslot)]
    exact List.getElem_mem _
  · exact hp ▸ List.mem_append_left _ (List.mem_map_of_mem hq)

/-- The train step is typed. -/
theorem typed_trainSource (hf : spec.Fits) (ho : o.Computes u) : (spec.trainSource o).Typed := by
  obtain ⟨_, _, hS⟩ := spec_lossAndGradient (R := R) (slots := o.slots)
    (hyper := "label_smoothing" :: o.hyperparameters) (fun _ _ => 0) hf Nat.one_pos (Nat.succ_pos _)
  have hu := Spec.bind_of hS.1 (spec_update hf ho ((inputsHold_point spec _ _ _ 1).mono hS.1) hS.2.2)
  have hs := vars_subset_ports (spec.trainInputs o)
  have hi : (spec.trainInputs o).params.length = spec.params.length := length_inputs_params ..
  rw [trainSource_eq]
  refine program_typed hf (emits_bind (emits_lossAndGradient spec hs.1 hs.2.2.1 hs.2.2.2.1
      (hs.2.2.2.2 (hyperAt_mem (Nat.succ_pos _)))) fun a =>
    emits_update ho.emits spec (List.subset_append_right _ _) (List.subset_append_left _ _)) hu.1 fun p hp =>
      mem_values_of_trainOutputs
    (hu.2.2.1.trans hi.symm) (by rw [hi, length_inputs_state, length_eq]) (fun n hn => ?_) hp
  obtain ⟨k, hk, rfl⟩ := List.getElem_of_mem hn
  obtain ⟨n, hn, -, hl, -⟩ := hu.2.2.2 k _ (List.getElem?_eq_getElem (hu.2.2.1 ▸ hk))
  rw [List.getElem?_eq_getElem hk, Option.some.injEq] at hn
  rw [hn, hl, length_eq]

/-- The train step as it is derived computes what a train step has to give, off the kinks. -/
theorem denote_trainSource {B : Nat} (hf : spec.Fits) (ho : o.Computes u) (hB : 0 < B)
    (hk : ∀ b, b < B → Textbook.OffKinks spec spec.tensors (spec.point B x)
    (Textbook.row (x (spec.imageInput o)) b)) :
    TrainStep spec o u B x ((spec.trainSource o).denote B x) := by
  rw [trainSource_eq]
  obtain ⟨g, hD, hS⟩ := spec_lossAndGradient (slots := o.slots) (hyper := "label_smoothing" :: o.hyperparameters) x hf
    hB (Nat.succ_pos _)
  have hU := spec_update hf ho ((inputsHold_point spec _ _ x B).mono hS.1) hS.2.2
  refine denote_of_spec (P := TrainStep spec o u B x) (.bind_of (hS.1.trans hU.1) (.pure ?_))
  obtain ⟨hr, hlen, hnew⟩ := hU.2
  obtain ⟨l, c, ha, hl, hc⟩ := hS.2.1
  have h := trainStep_of_outputs (hD hk) (hl.mono hU.1) (hc.mono hU.1) hlen hnew
  rw [← ha, ← hr] at h
  exact h

/-- **The train step is right.** For every valid spec, every batch size, parameters, state, batch and hyperparameters
at which no kink is met, the train step as it is exported computes the textbook's loss, the optimizer's published
update of every parameter by the gradient of that loss, the new state, and the number of correct predictions. -/
theorem trainStep_correct {B : Nat} (hv : spec.valid = true) (ho : o.Computes u) (hB : 0 < B)
    (hk : ∀ b, b < B → Textbook.OffKinks spec spec.tensors (spec.point B x)
    (Textbook.row (x (spec.imageInput o)) b)) :
    TrainStep spec o u B x ((spec.trainSource o).finish.denote B x) := by
  have hf := NetSpec.fits_of_valid hv
  rw [((typed_trainSource hf ho).finish B x).2]
  exact denote_trainSource hf ho hB hk

end Lmx
end
