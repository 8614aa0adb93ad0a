module
public import Lmx.Theorems.Train.Held
@[expose] public section

/-!
# Loss, metric and gradient of a net

What a train step and the gradient program share: `NetSpec.lossAndGradient`.

Main result: `spec_lossAndGradient`.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat}

/-! ### Typed nodes -/

/-- Inputs and results of typed nodes are zero out of range. -/
theorem clip_run {e : Env R} {Γ : List TensorType} {ns : List Node} (h : NodesTyped Γ ns)
    (he : ∀ k τ, Γ[k]? = some τ → e k = clip (extents B τ.shape) (e k)) : ∀ k τ,
    (Γ ++ ns.map fun n => n.out.type)[k]? = some τ → run B e ns k = clip (extents B τ.shape) (run B e ns k) := by
  induction ns generalizing Γ e with
  | nil => simpa using he
  | cons n ns ih =>
    intro k τ hk
    refine ih h.2 (e := n.step B e) (fun j σ hj => ?_) k τ (by simpa using hk)
    have hid := h.1.id
    rw [Node.step]
    rcases Nat.lt_trichotomy j Γ.length with hlt | heq | hgt
    · rw [Env.set_ne _ _ (by omega)]
      exact he j σ (by rwa [List.getElem?_append_left hlt] at hj)
    · obtain rfl : σ = n.out.type := by simpa [heq] using hj.symm
      rw [heq, ← hid, Env.set_same, Node.value, Var.shape, clip_clip]
    · rw [List.getElem?_eq_none (by simp; omega)] at hj
      cases hj

/-- Typed code that starts from the inputs has run. -/
theorem ran_of_typed {e : Env R} {Γ : List TensorType} {s : Code} (h : NodesTyped Γ s.nodes.reverse)
    (he : ∀ k τ, Γ[k]? = some τ → e k = clip (extents B τ.shape) (e k)) (hn : s.next = Γ.length + s.nodes.length) :
    Ran B e e Γ s.nodes.reverse s :=
  ⟨fun _ _ => rfl, fun k τ hk => ⟨hn ▸ by simpa using (List.getElem?_eq_some_iff.1 hk).1, rfl, clip_run h he k τ hk⟩⟩

/-! ### The emitted nodes -/

/-- What follows the loss in `NetSpec.lossAndGradient`. -/
noncomputable def gradientAndMetric (i : Inputs) (r : Var × Var) : Build (List Port × List Var) := do
  let grads ← fun code => gradient (reverse code.nodes) r.2 (vars i.params) code
  let correct ← countCorrect r.1 i.label.var
  return ([⟨"loss", .loss, r.2⟩, ⟨"correct", .metric, correct⟩], grads)

theorem lossAndGradient_eq (spec : NetSpec) (i : Inputs) (v : Var) :
    spec.lossAndGradient i v = spec.forwardLoss (vars i.params) i.image.var i.label.var v >>= gradientAndMetric i := rfl

theorem emits_forwardLoss (spec : NetSpec) {A ps : List Var} {x y v : Var} (hp : ps ⊆ A) (hx : x ∈ A) (hy : y ∈ A)
    (hv : v ∈ A) : Emits A (spec.forwardLoss ps x y v) :=
  emits_bind (emits_lower spec hx hp) fun _ =>
    emits_bind (emits_smoothLabels (List.mem_append_right _ hy) (List.mem_append_right _ hv)) fun _ =>
    emits_bind (emits_crossEntropy (by simp [values_var]) (by simp [values_var])) fun _ =>
    emits_pure (by simp [values_prod, values_var])

theorem emits_lossAndGradient (spec : NetSpec) {A : List Var} {i : Inputs} {v : Var} (hp : vars i.params ⊆ A)
    (hx : i.image.var ∈ A) (hy : i.label.var ∈ A) (hv : v ∈ A) : Emits A (spec.lossAndGradient i v) := by
  rw [lossAndGradient_eq]
  refine emits_bind (emits_forwardLoss spec hp hx hy hv) fun (z, l) => ?_
  exact emits_bind (m := fun code => gradient (reverse code.nodes) l (vars i.params) code)
    (emits_gradient l (vars i.params)) fun _ =>
    emits_bind (emits_countCorrect (by simp [values_prod, values_var]) (by simp [hy])) fun _ =>
    emits_pure (by simp [values_prod, values_ports, values_list, values_var])

variable {spec : NetSpec} {slots hyper : List String} {x : Nat → Tensor R}

/-- The values of a gradient, a tensor for each parameter. -/
theorem HoldsGradient.tensors {e : Env R} {s : Code} {g : spec.Point B R} {gs : List Var}
    (h : HoldsGradient B e s g (vars (spec.inputs slots hyper).params) gs) :
    gs.map (fun v => s.env B e v.id) = spec.tensors g := by
  refine List.ext_getElem? fun k => ?_
  by_cases hk : k < spec.params.length
  · have hq := List.getElem?_eq_getElem hk
    obtain ⟨v, hv, hh⟩ := h.2 k _ (getElem?_vars_params hq)
    rw [getElem?_tensors _ hk, List.getElem?_map, hv, Option.map_some, hh.value]
    exact congrArg some (clip_atInput g hq)
  · simp [h.1, length_vars_params, length_tensors, Nat.le_of_not_lt hk]

theorem map_zip_snd {α β γ : Type} {l : List α} {m : List β} (f : β → γ) (h : m.length ≤ l.length) :
    ((l.zip m).map fun p => f p.2) = m.map f := by
  rw [show (fun p : α × β => f p.2) = f ∘ Prod.snd from rfl, ← List.map_map, List.map_snd_zip h]

/-- The textbook's loss at a point of the parameter space, for the other inputs of a program. -/
noncomputable def NetSpec.lossAt (spec : NetSpec) (slots : List String) (B : Nat) (x : Nat → Tensor R)
    (θ : spec.Point B R) : R :=
  Textbook.loss spec B (x (spec.imageAt slots + 2) []) (spec.tensors θ) (x (spec.imageAt slots))
    (x (spec.imageAt slots + 1))

-- The inputs, the code before any node, and what is given for the inputs.
local notation "inputs" => spec.inputs slots hyper
local notation "start" => Code.mk [] (List.length (Inputs.ports inputs))
local notation "given" => bind B (Inputs.ports inputs) x

/-- The code for the gradient of a scalar that code computes from the inputs. It holds the gradient where that code is
smooth. -/
theorem spec_gradient_of_lowers {m : Build (Var × Var)} {L : spec.Point B R → R} {C : Prop}
    {Q : spec.Point B R → Code → Var × Var → Prop} (hf : spec.Fits) (hm : Emits ((inputs).ports.map (·.var)) m)
    (hlow : Lowers B (assign B spec.paramShapes given) (spec.point B x) m start C fun θ s r =>
      Q θ s r ∧ Holds B (assign B spec.paramShapes given θ) s r.2 (.f32 []) fun _ => L θ) :
    ∃ g : spec.Point B R, (C → HasFDerivAt (fun θ (_ : Unit) => L θ) (fun _ => g) (spec.point B x)) ∧
      Spec B given (gradient (m start).2.nodes.reverse (m start).1.2 (vars (inputs).params)) (m start).2
        fun s gs => HoldsGradient B given s g (vars (inputs).params) gs := by
  obtain ⟨hspec, hsmooth, hjvp⟩ := hlow
  have hl := hspec (spec.point B x)
  rw [assign_point] at hl
  have hn := typed_inputs hf hm hl.1
  have hout := (grows_inputs hm).2 (m start).1.2 (List.mem_append_right _ (List.mem_singleton_self _))
  have hpos := hf.positive_types (slots := slots) (hyper := hyper)
  generalize hi : inputs = i at *
  generalize hs₀ : (⟨[], i.ports.length⟩ : Code) = s₀ at *
  obtain ⟨hext, -, hloss⟩ := hl
  have hcount : (m s₀).2.next = (i.ports.map fun p => p.var.type).length + (m s₀).2.nodes.length := by
    simpa [← hs₀] using hext.count
  have hclip (k : Nat) (τ : TensorType) (h : (i.ports.map fun p => p.var.type)[k]? = some τ) :
      bind B i.ports x k = clip (extents B τ.shape) (bind B i.ports x k) := by
    rw [List.getElem?_map, Option.map_eq_some_iff] at h
    obtain ⟨p, hp, rfl⟩ := h
    simp only [bind, hp, Var.shape, clip_clip]
  have hΓ : InputShapes (i.ports.map fun p => p.var.type) spec.paramShapes := fun k sh h => by
    simp only [NetSpec.paramShapes, List.getElem?_map, Option.map_eq_some_iff] at h
    obtain ⟨q, hq, rfl⟩ := h
    rw [List.getElem?_map, ← hi, getElem?_ports_param spec _ _ hq]; rfl
  have hshapes : ∀ sh ∈ spec.paramShapes, Shape.positive sh = true := fun sh hsh => by
    obtain ⟨k, hk⟩ := List.getElem?_of_mem hsh
    exact hpos (.f32 sh) (List.mem_of_getElem? (hΓ k sh hk))
  have hvars : ∀ v ∈ vars i.params, ∃ sh, spec.paramShapes[v.id]? = some sh ∧ v.type = .f32 sh := fun v hv => by
    obtain ⟨k, hk⟩ := List.getElem?_of_mem (hi ▸ hv)
    have hq := List.getElem?_eq_getElem (l := spec.params) (i := k) (by
      rw [← length_vars_params (slots := slots) (hyper := hyper)]; exact (List.getElem?_eq_some_iff.1 hk).1)
    rw [← Option.some.inj ((getElem?_vars_params hq).symm.trans hk)]
    exact ⟨_, getElem?_paramShapes hq, rfl⟩
  obtain ⟨hgx, g, hD, hG⟩ := spec_gradient (xs := vars i.params) hn hpos
    (fun n hn => (hjvp n (List.mem_reverse.1 hn)).resolve_left (hs₀ ▸ nofun)) (ran_of_typed hn hclip hcount)
    (hout.trans (congrArg some hloss.type)) hloss.type hΓ hshapes hvars
  have hfun : (fun (θ : spec.Point B R) (_ : Unit) => run B (assign B spec.paramShapes (bind B i.ports x) θ)
      (m s₀).2.nodes.reverse (m s₀).1.2.id []) = fun θ _ => L θ := by
    funext θ _
    rw [show run B _ (m s₀).2.nodes.reverse = (m s₀).2.env B _ from rfl, (hspec θ).2.2.value]
    exact clip_of_inRange (s := extents B (TensorType.f32 []).shape) (i := []) rfl _
  rw [hfun, ← hi, bind_point] at hD
  exact ⟨g, fun hk => hD (by rw [hi]; exact hsmooth hk (hs₀ ▸ trivial)), hgx, hG⟩

/-- What `gradientAndMetric` leaves. -/
theorem spec_gradientAndMetric {e : Env R} {s : Code} {i : Inputs} {r : Var × Var} {g : spec.Point B R} {K : Nat}
    {Z T : Nat → Tensor R} {L : R} (hK : 0 < K) (hz : Holds B e s r.1 (.f32 (batched [K])) (stack Z))
    (ht : Holds B e s i.label.var (.f32 (batched [K])) (stack T)) (hl : Holds B e s r.2 (.f32 []) fun _ => L)
    (hg : Spec B e (gradient s.nodes.reverse r.2 (vars i.params)) s fun s' gs =>
      HoldsGradient B e s' g (vars i.params) gs) :
    Spec B e (gradientAndMetric i r) s fun s' a =>
      (∃ l c, a.1 = [⟨"loss", .loss, l⟩, ⟨"correct", .metric, c⟩] ∧ Holds B e s' l (.f32 []) (fun _ => L) ∧
        Holds B e s' c (.f32 []) fun _ => nsum B fun b => Textbook.correctness K (T b) (Z b)) ∧
      HoldsGradient B e s' g (vars i.params) a.2 := by
  rw [← reverse_eq] at hg
  exact Spec.bind (m := fun code => gradient (reverse code.nodes) r.2 (vars i.params) code)
    (Q := fun s' gs => HoldsGradient B e s' g (vars i.params) gs) hg fun s1 gs hx1 hgs =>
    (spec_countCorrect hK (hz.mono hx1) (ht.mono hx1)).bind fun s2 c hx2 hc => Spec.pure
      ⟨⟨_, _, rfl, (hl.mono hx1).mono hx2, hc⟩, hgs.1, fun j v hv =>
        let ⟨w, hw, h⟩ := hgs.2 j v hv; ⟨w, hw, h.mono hx2⟩⟩

variable (x) in
/-- Loss and metric, and the gradient off the kinks. -/
theorem spec_lossAndGradient (hf : spec.Fits) (hB : 0 < B) (hh : 0 < hyper.length) :
    ∃ g : spec.Point B R,
      ((∀ b, b < B → Textbook.OffKinks spec spec.tensors (spec.point B x) (Textbook.row (x (spec.imageAt slots)) b)) →
        HasFDerivAt (fun θ (_ : Unit) => spec.lossAt slots B x θ) (fun _ => g) (spec.point B x)) ∧
      Spec B given (spec.lossAndGradient inputs (spec.hyperAt slots 0)) start fun s a =>
        (∃ l c, a.1 = [⟨"loss", .loss, l⟩, ⟨"correct", .metric, c⟩] ∧
          Holds B given s l (.f32 []) (fun _ => spec.lossAt slots B x (spec.point B x)) ∧
          Holds B given s c (.f32 []) fun _ =>
            Textbook.correct spec B (spec.tensors (spec.point B x)) (x (spec.imageAt slots))
              (x (spec.imageAt slots + 1))) ∧
        HoldsGradient B given s g (vars (inputs).params) a.2 := by
  rw [lossAndGradient_eq]
  have h := inputsHold spec slots hyper x B
  have hlow := lowers_forwardLoss (θ := spec.point B x) hf hB (fun θ => (h θ).holdsParams) (fun θ => (h θ).image)
    (fun θ => (h θ).label) fun θ => (h θ).hyper 0 hh
  have hs := vars_subset_ports inputs
  have hm := emits_forwardLoss spec hs.1 hs.2.2.1 hs.2.2.2.1 (hs.2.2.2.2 (hyperAt_mem hh))
  generalize
    spec.forwardLoss (vars (inputs).params) (inputs).image.var (inputs).label.var (spec.hyperAt slots 0) = m at *
  obtain ⟨g, hD, hG⟩ := spec_gradient_of_lowers (L := spec.lossAt slots B x) hf hm hlow
  have hl := hlow.1 (spec.point B x)
  rw [assign_point] at hl
  have hlabel := ((inputsHold_point spec slots hyper x B).mono hl.1).label
  exact ⟨g, hD, .bind_of hl.1 (spec_gradientAndMetric hf.classes hl.2.1 hlabel hl.2.2 hG)⟩

end Lmx
end
