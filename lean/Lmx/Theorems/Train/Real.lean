module
public import Lmx.Theorems.Train.Correct
public import Lmx.Theorems.Train.Grad
public import Lmx.Theorems.Train.Forward
public import Lmx.Reals.Model
@[expose] public section

/-!
# The exported programs over the real numbers

The theorems of `Lmx.Theorems.Train` for the constructed real numbers, with everything written out: the derivative,
the update's formulas, the outputs.

Main results: `sgdStep_correct_real`, `adamwStep_correct_real`, `gradStep_correct_real`, `forward_correct_real`.
-/

namespace Lmx
open Calculus Reals Textbook

variable {spec : NetSpec} {B : Nat} {x : Nat → Tensor Real}

/-- The train step with SGD, over the real numbers. `P` is the number of parameters. Inputs: parameter `k` is `x k`,
its momentum `x (P + k)`; then images, labels, label smoothing, learning rate, momentum and weight decay, from `x (2 *
P)` on. -/
theorem sgdStep_correct_real {P : Nat} (hP : P = spec.params.length) (hv : spec.valid = true) (hB : 0 < B)
    (hk : ∀ b, b < B → OffKinks spec spec.tensors (spec.point B x) (row (x (2 * P)) b)) :
    let images := x (2 * P); let labels := x (2 * P + 1); let smoothing := x (2 * P + 2) []
    let rate := x (2 * P + 3) []; let momentum := x (2 * P + 4) []; let weightDecay := x (2 * P + 5) []
    let θ := spec.point B x
    let out := (spec.trainSource sgd).finish.denote B x
    ∃ g : spec.Point B Real,
      HasFDerivAt (fun (θ : spec.Point B Real) (_ : Unit) => loss spec B smoothing (spec.tensors θ) images labels)
        (fun _ => g) θ ∧
      (∀ k q, spec.params[k]? = some q →
        let param := atInput B spec.paramShapes θ k
        let v := sgdMomentum momentum weightDecay q.decay param (atInput B spec.paramShapes g k) (x (P + k))
        out[k]? = some (clip q.shape (sgdParam rate param v)) ∧ out[P + k]? = some (clip q.shape v)) ∧
      out[2 * P]? = some (clip [] fun _ => loss spec B smoothing (spec.tensors θ) images labels) ∧
      out[2 * P + 1]? = some (clip [] fun _ => correct spec B (spec.tensors θ) images labels) ∧
      out.length = 2 * P + 2 := by
  subst hP
  have hn : 2 * spec.params.length = spec.imageInput sgd := by
    rw [NetSpec.imageInput, show sgd.slots.length = 1 from rfl]; omega
  have h := trainStep_correct (x := x) hv sgd_computes hB (hn ▸ hk)
  rw [TrainStep, ← hn] at h
  obtain ⟨g, hD, hu, h⟩ := h
  refine ⟨g, hD, fun k q hq => ?_, h⟩
  obtain ⟨hp, hs⟩ := hu k q hq
  have h0 := hs 0 Nat.zero_lt_one
  simp only [sgdUpdate, Nat.zero_mul, Nat.zero_add] at hp h0
  exact ⟨hp, h0⟩

/-- The train step with AdamW, over the real numbers. `P` is the number of parameters. Inputs: parameter `k` is `x k`,
its first moment `x (P + k)`, its second moment `x (2 * P + k)`; then images, labels, label smoothing, β₁, β₂, ε,
learning rate, step count and weight decay, from `x (3 * P)` on. -/
theorem adamwStep_correct_real {P : Nat} (hP : P = spec.params.length) (hv : spec.valid = true) (hB : 0 < B)
    (hk : ∀ b, b < B → OffKinks spec spec.tensors (spec.point B x) (row (x (3 * P)) b)) :
    let images := x (3 * P); let labels := x (3 * P + 1); let smoothing := x (3 * P + 2) []
    let β₁ := x (3 * P + 3) []; let β₂ := x (3 * P + 4) []; let ε := x (3 * P + 5) []
    let rate := x (3 * P + 6) []; let step := x (3 * P + 7) []; let weightDecay := x (3 * P + 8) []
    let θ := spec.point B x
    let out := (spec.trainSource adamw).finish.denote B x
    ∃ g : spec.Point B Real,
      HasFDerivAt (fun (θ : spec.Point B Real) (_ : Unit) => loss spec B smoothing (spec.tensors θ) images labels)
        (fun _ => g) θ ∧
      (∀ k q, spec.params[k]? = some q →
        let param := atInput B spec.paramShapes θ k
        let m := adamwFirst β₁ (atInput B spec.paramShapes g k) (x (P + k))
        let v := adamwSecond β₂ (atInput B spec.paramShapes g k) (x (2 * P + k))
        out[k]? = some (clip q.shape (adamwParam β₁ β₂ ε rate step weightDecay q.decay param m v)) ∧
        out[P + k]? = some (clip q.shape m) ∧ out[2 * P + k]? = some (clip q.shape v)) ∧
      out[3 * P]? = some (clip [] fun _ => loss spec B smoothing (spec.tensors θ) images labels) ∧
      out[3 * P + 1]? = some (clip [] fun _ => correct spec B (spec.tensors θ) images labels) ∧
      out.length = 3 * P + 2 := by
  subst hP
  have hn : 3 * spec.params.length = spec.imageInput adamw := by
    rw [NetSpec.imageInput, show adamw.slots.length = 2 from rfl]; omega
  have h := trainStep_correct (x := x) hv adamw_computes hB (hn ▸ hk)
  rw [TrainStep, ← hn] at h
  obtain ⟨g, hD, hu, h⟩ := h
  refine ⟨g, hD, fun k q hq => ?_, h⟩
  have e1 : spec.params.length + (1 * spec.params.length + k) = 2 * spec.params.length + k := by omega
  obtain ⟨hp, hs⟩ := hu k q hq
  have h0 := hs 0 (by decide)
  have h1 := hs 1 (by decide)
  simp only [adamwUpdate, Nat.zero_mul, Nat.zero_add, e1] at hp h0 h1
  exact ⟨hp, h0, h1⟩

/-- The gradient program, over the real numbers: its outputs are the loss, the number of correct predictions, and the
gradient, a tensor for each parameter. -/
theorem gradStep_correct_real {P : Nat} (hP : P = spec.params.length) (hv : spec.valid = true) (hB : 0 < B)
    (hk : ∀ b, b < B → OffKinks spec spec.tensors (spec.point B x) (row (x P) b)) :
    let images := x P; let labels := x (P + 1); let smoothing := x (P + 2) []
    let θ := spec.point B x
    ∃ g : spec.Point B Real,
      HasFDerivAt (fun (θ : spec.Point B Real) (_ : Unit) => loss spec B smoothing (spec.tensors θ) images labels)
        (fun _ => g) θ ∧
      spec.gradSource.finish.denote B x =
        (clip [] fun _ => loss spec B smoothing (spec.tensors θ) images labels) ::
        (clip [] fun _ => correct spec B (spec.tensors θ) images labels) :: spec.tensors g := by
  subst hP
  exact gradStep_correct hv hB hk

/-- The forward program, over the real numbers: its outputs are the logits of each example, the loss, and the number
of correct predictions. -/
theorem forward_correct_real {P : Nat} (hP : P = spec.params.length) (hv : spec.valid = true) (hB : 0 < B) :
    let images := x P; let labels := x (P + 1)
    let θ := spec.tensors (spec.point B x)
    spec.forwardSource.finish.denote B x = [
      clip [B, spec.classes] (stack fun b => logits spec θ (row images b)),
      clip [] fun _ => loss spec B 0 θ images labels,
      clip [] fun _ => correct spec B θ images labels] := by
  subst hP
  exact forward_correct hv hB x

end Lmx
end
