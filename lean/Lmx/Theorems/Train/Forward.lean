module
public import Lmx.Theorems.Train.Held
@[expose] public section

/-!
# Every exported forward program computes logits, loss and metric

Kinks do not matter here: nothing is differentiated.

Main results: `denote_forwardSource` for the program as it is derived, `forward_correct` for the program as it is
exported.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {spec : NetSpec} {x : Nat → Tensor R}

theorem smooth_zero (n : Nat) (t : Tensor R) : Textbook.smooth n 0 t = fun k => t [k] := by
  funext k; rw [Textbook.smooth]; grind

/-- What the forward program emits. -/
noncomputable def NetSpec.forwardBody (spec : NetSpec) : Build (List Port) := do
  let logits ← spec.lower (vars (spec.inputs [] []).params) (spec.inputs [] []).image.var
  let loss ← crossEntropy logits (spec.inputs [] []).label.var
  let correct ← countCorrect logits (spec.inputs [] []).label.var
  return [⟨"logits", .logits, logits⟩, ⟨"loss", .loss, loss⟩, ⟨"correct", .metric, correct⟩]

theorem spec_forwardBody (hf : spec.Fits) (hB : 0 < B) (x : Nat → Tensor R) :
    Spec B (bind B (spec.inputs [] []).ports x) spec.forwardBody ⟨[], (spec.inputs [] []).ports.length⟩ fun s out =>
      Forward spec B x (out.map fun p => s.env B (bind B (spec.inputs [] []).ports x) p.var.id) := by
  have hin := inputsHold_point spec [] [] x B
  have hn : spec.imageAt [] = spec.params.length := by simp [NetSpec.imageAt]
  -- Nothing depends on a point here.
  refine ((lowers_logits (E := fun _ : Unit → R => _) (θ := fun _ => 0) hf (fun _ => hin.holdsParams)
    fun _ => hin.image).1 fun _ => 0).bind fun s1 z hx1 hz =>
    ((lowers_crossEntropy (E := fun _ : Unit → R => _) (θ := fun _ => 0) hf.classes hB (fun _ => hz)
      fun _ => hin.label.mono hx1).1 fun _ => 0).bind fun s2 l hx2 hl =>
      (spec_countCorrect hf.classes (hz.mono hx2) (hin.label.mono (hx1.trans hx2))).bind fun s3 c hx3 hc => .pure ?_
  simp only [List.map_cons, List.map_nil, ((hz.mono hx2).mono hx3).value, (hl.mono hx3).value, hc.value, hn, Forward,
    Textbook.loss, smooth_zero,
    TensorType.f32, extents_batched]
  rfl

/-- The forward program is typed. -/
theorem typed_forwardSource (R : Type) [RealOps R] (hf : spec.Fits) : spec.forwardSource.Typed :=
  have hs := vars_subset_ports (spec.inputs [] [])
  program_typed (m := spec.forwardBody) (out := id) hf (emits_bind (emits_lower spec hs.2.2.1 hs.1) fun _ =>
    emits_bind (emits_crossEntropy (by simp [values_var]) (List.mem_append_right _ hs.2.2.2.1)) fun _ =>
    emits_bind (emits_countCorrect (by simp [values_var])
      (List.mem_append_right _ (List.mem_append_right _ hs.2.2.2.1))) fun _ =>
    emits_pure (by simp [values_ports, values_var])) (spec_forwardBody (R := R) hf Nat.one_pos fun _ _ => 0).1
      fun _ hp => List.mem_map_of_mem hp

/-- **The forward program is right.** For every valid spec, every batch size, parameters and batch, at kinks too, the
program as it is exported computes the logits of the textbook's network for each example, the textbook's loss, and the
number of correct predictions. -/
theorem forward_correct (hv : spec.valid = true) (hB : 0 < B) (x : Nat → Tensor R) :
    Forward spec B x (spec.forwardSource.finish.denote B x) := by
  have hf := NetSpec.fits_of_valid hv
  rw [((typed_forwardSource R hf).finish B x).2]
  exact denote_of_spec (spec_forwardBody hf hB x)

end Lmx
end
