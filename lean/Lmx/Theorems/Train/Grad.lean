module
public import Lmx.Theorems.Train.Gradient
@[expose] public section

/-!
# Every exported gradient program computes the gradient

Main results: `denote_gradSource` for the program as it is derived, `gradStep_correct` for the program as it is
exported.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {spec : NetSpec} {x : Nat → Tensor R}

/-- Metrics, then gradients. -/
noncomputable def gradOutputs (i : Inputs) (a : List Port × List Var) : List Port :=
  append a.1 (map (fun pg => ⟨pg.1.name, .gradient, pg.2⟩) (zip i.params a.2))

theorem gradSource_eq (spec : NetSpec) : spec.gradSource = (spec.inputs [] ["label_smoothing"]).program
    (spec.lossAndGradient (spec.inputs [] ["label_smoothing"]) (spec.hyperAt [] 0) >>= fun a =>
      pure (gradOutputs (spec.inputs [] ["label_smoothing"]) a)) := by
  have h : vars (spec.inputs [] ["label_smoothing"]).hyper = [spec.hyperAt [] 0] := by rw [inputs_hyper]; rfl
  rw [NetSpec.gradSource, h]; rfl

theorem map_gradOutputs {e : Env R} {s : Code} {a : List Port × List Var} {g : spec.Point B R} {l c : Var}
    {slots hyper : List String} {L C : Tensor R}
    (ha : a.1 = [⟨"loss", .loss, l⟩, ⟨"correct", .metric, c⟩]) (hl : s.env B e l.id = L) (hc : s.env B e c.id = C)
    (hg : HoldsGradient B e s g (vars (spec.inputs slots hyper).params) a.2) :
    (gradOutputs (spec.inputs slots hyper) a).map (fun p => s.env B e p.var.id) = L :: C :: spec.tensors g := by
  rw [gradOutputs, append_eq, map_eq, zip_eq, ha, List.map_append, List.map_map, ← hl, ← hc, ← hg.tensors]
  exact congrArg (_ :: _ :: ·) (map_zip_snd (fun v : Var => s.env B e v.id)
    (by rw [hg.1, length_inputs_params, length_vars_params]; exact Nat.le_refl _))

/-- The gradient program is typed. -/
theorem typed_gradSource (R : Type) [RealOps R] (hf : spec.Fits) : spec.gradSource.Typed := by
  obtain ⟨_, _, hS⟩ := spec_lossAndGradient (R := R) (slots := []) (hyper := ["label_smoothing"]) (fun _ _ => 0) hf
    Nat.one_pos Nat.one_pos
  have hs := vars_subset_ports (spec.inputs [] ["label_smoothing"])
  rw [gradSource_eq]
  refine program_typed hf (emits_lossAndGradient spec hs.1 hs.2.2.1 hs.2.2.2.1 (hs.2.2.2.2 (hyperAt_mem Nat.one_pos)))
    hS.1 fun p hp => ?_
  rw [gradOutputs, append_eq, map_eq, zip_eq, List.mem_append, List.mem_map] at hp
  rcases hp with hp | ⟨q, hq, rfl⟩
  · exact List.mem_append_left _ (List.mem_map_of_mem hp)
  · exact List.mem_append_right _ (List.of_mem_zip hq).2

/-- The gradient program as it is derived computes the loss, the number of correct predictions and the gradient, off
the kinks. -/
theorem denote_gradSource (hf : spec.Fits) (hB : 0 < B)
    (hk : ∀ b, b < B → Textbook.OffKinks spec spec.tensors (spec.point B x) (Textbook.row (x spec.params.length) b)) :
    GradStep spec B x (spec.gradSource.denote B x) := by
  have hn : spec.imageAt [] = spec.params.length := by simp [NetSpec.imageAt]
  rw [gradSource_eq]
  obtain ⟨g, hD, hS⟩ := spec_lossAndGradient (slots := []) (hyper := ["label_smoothing"]) x hf hB Nat.one_pos
  replace hD := hD (by rw [hn]; exact hk)
  refine denote_of_spec (P := GradStep spec B x) (.bind_of hS.1 (.pure ?_))
  obtain ⟨l, c, ha, hl, hc⟩ := hS.2.1
  rw [map_gradOutputs ha hl.value hc.value hS.2.2]
  simp only [NetSpec.lossAt, hn] at hD ⊢
  exact ⟨g, hD, rfl⟩

/-- **The gradient program is right.** For every valid spec, every batch size, parameters and batch at which no kink
is met, the program as it is exported computes the textbook's loss, the number of correct predictions, and the
gradient of that loss. -/
theorem gradStep_correct (hv : spec.valid = true) (hB : 0 < B)
    (hk : ∀ b, b < B → Textbook.OffKinks spec spec.tensors (spec.point B x) (Textbook.row (x spec.params.length) b)) :
    GradStep spec B x (spec.gradSource.finish.denote B x) := by
  have hf := NetSpec.fits_of_valid hv
  rw [((typed_gradSource R hf).finish B x).2]
  exact denote_gradSource hf hB hk

end Lmx
end
