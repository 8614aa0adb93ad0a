module
public import Lmx.Reals.Model
public import Lmx.Theorems.Exported
@[expose] public section

/-!
# Over the real numbers

The theorems hold over every ordered field with `exp`, `log` and `sqrt`. The constructed real numbers are one, so none of them is empty.

Main results: `trainStep_correct_real`, `Graph.Correct.trains_real`.
-/

namespace Lmx
open Reals

/-- `trainStep_correct` over the real numbers. -/
theorem trainStep_correct_real {spec : NetSpec} {o : Optimizer} {u : Textbook.Update Real} {B : Nat} {x : Nat → Tensor Real} (hv : spec.valid = true)
    (ho : o.Computes u) (hB : 0 < B) (ht : (spec.trainSource o).checkTyped = true)
    (hk : ∀ b, b < B → Textbook.OffKinks spec (spec.tensors (spec.point B x)) (Textbook.row (x (spec.imageInput o)) b)) :
    TrainStep spec o u B x ((spec.trainSource o).finish.denote B x) :=
  trainStep_correct hv ho hB ht hk

/-- The exported train step with SGD, over the real numbers: its outputs follow the derivative of the loss. -/
theorem Graph.Correct.trains_real {g : Graph} (h : g.Correct) {B : Nat} {x : Nat → Tensor Real} (hB : 0 < B)
    (hk : ∀ b, b < B → Textbook.OffKinks g.spec (g.spec.tensors (g.spec.point B x)) (Textbook.row (x (g.spec.imageInput sgd)) b)) :
    ∃ p, ⟨"train_sgd", p⟩ ∈ g.programs ∧ TrainStep g.spec sgd Textbook.sgdUpdate B x (p.denote B x) := by
  obtain ⟨p, hp, ht⟩ := h.train_sgd
  exact ⟨p, hp, ht Real B x hB hk⟩

end Lmx
end
