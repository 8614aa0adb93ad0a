module
public import Lmx.Theorems.Train.Held
@[expose] public section

/-!
# Every exported forward program computes logits, loss and metric

Kinks do not matter here: nothing is differentiated.

Main results: `denote_forwardSource` for the program as it is derived, `forward_correct` for the program as it is exported.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {spec : NetSpec} {x : Nat → Tensor R}

theorem smooth_zero (n : Nat) (t : Tensor R) : Textbook.smooth n 0 t = fun k => t [k] := by
  funext k; rw [Textbook.smooth]; grind

/-- The forward program as it is derived computes the logits, the loss and the number of correct predictions. -/
theorem denote_forwardSource (hv : spec.valid = true) (hB : 0 < B) (x : Nat → Tensor R) : Forward spec B x (spec.forwardSource.denote B x) := by
  have hf := NetSpec.fits_of_valid hv
  have hin := inputsHold_point spec [] [] x B
  have hn : spec.imageAt [] = spec.params.length := by simp [NetSpec.imageAt]
  refine denote_of_spec (P := Forward spec B x) ((lowers_logits hf hin.holdsParams hin.image).1.bind fun s1 z hx1 hz =>
    (lowers_crossEntropy hf.classes hB hz (hin.label.mono hx1)).1.bind fun s2 l hx2 hl =>
      (spec_countCorrect hf.classes (hz.mono hx2) (hin.label.mono (hx1.trans hx2))).bind fun s3 c hx3 hc => .pure ?_)
  simp only [List.map_cons, List.map_nil, ((hz.mono hx2).mono hx3).value, (hl.mono hx3).value, hc.value, hn, Forward, Textbook.loss, smooth_zero,
    TensorType.f32, extents_batched]
  rfl

/-- **The forward program is right.** For every valid spec whose derived forward program is typed, every batch size, parameters and batch, at kinks too, the
program as it is exported computes the logits of the textbook's network for each example, the textbook's loss, and the number of correct predictions. -/
theorem forward_correct (hv : spec.valid = true) (hB : 0 < B) (ht : spec.forwardSource.checkTyped = true) (x : Nat → Tensor R) :
    Forward spec B x (spec.forwardSource.finish.denote B x) := by
  rw [(((Program.checkTyped_iff _).1 ht).finish B x).2]
  exact denote_forwardSource hv hB x

end Lmx
end
