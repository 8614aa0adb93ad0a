module
public import Lmx.Theorems.Train.Loss
public import Lmx.Theorems.Train.Update
public import Lmx.Theorems.Lower.Metric
public import Lmx.Theorems.Pullback.All
@[expose] public section

/-!
# What a net's programs have to give

Without any program: `TrainStep spec o u B x out` says what a train step of the net has to give for the inputs `x`,
the new parameters and the new optimizer state by the textbook's update `u` applied to the gradient, the loss, and the
number of correct predictions. The gradient is the Fréchet derivative of the textbook's loss of the textbook's
network. `GradStep` says the same of the program that gives the gradient itself, and `Forward` of the one that gives
the logits.

Main definitions: `TrainStep`, `GradStep`, `Forward`. `Lmx.Theorems.Train.Correct`, `Grad` and `Forward` prove them of
every net's programs.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat}

noncomputable section

/-- A point in the space of a net's parameters: a number for each element of each. (No parameter's shape depends on
the batch size `B`; inputs in general may.) -/
abbrev NetSpec.Point (spec : NetSpec) (B : Nat) (R : Type) := Coordinate B spec.paramShapes → R

/-- The parameters' tensors at a point. -/
def NetSpec.tensors (spec : NetSpec) (θ : spec.Point B R) : List (Tensor R) := (List.range spec.params.length).map
    (atInput B spec.paramShapes θ)

/-- The point that the parameters' tensors, given first among a program's inputs `x`, are. -/
def NetSpec.point (spec : NetSpec) (B : Nat) (x : Nat → Tensor R) : spec.Point B R := fun c => x c.1.1 c.1.2

/-- The number of the image among the inputs of a train step: the parameters come first, then the optimizer's state
tensors. Label, label smoothing and the optimizer's hyperparameters follow. -/
def NetSpec.imageInput (spec : NetSpec) (o : Optimizer) : Nat := spec.params.length + o.slots.length *
    spec.params.length

/-- What a train step gives for the inputs `x`: parameters, state, images, labels, label smoothing, hyperparameters. -/
def TrainStep (spec : NetSpec) (o : Optimizer) (u : Textbook.Update R) (B : Nat) (x : Nat → Tensor R)
    (out : List (Tensor R)) : Prop :=
  let n := spec.imageInput o
  let loss (θ : spec.Point B R) : R := Textbook.loss spec B (x (n + 2) []) (spec.tensors θ) (x n) (x (n + 1))
  let θ := spec.point B x
  ∃ g : spec.Point B R, HasFDerivAt (fun θ (_ : Unit) => loss θ) (fun _ => g) θ ∧
    (∀ k q, spec.params[k]? = some q →
      let new := u (fun m => x (n + 3 + m) []) q.decay (atInput B spec.paramShapes θ k) (atInput B spec.paramShapes g k)
        fun slot => x (spec.params.length + (slot * spec.params.length + k))
      out[k]? = some (clip q.shape new.1) ∧
      ∀ slot, slot < o.slots.length → out[spec.params.length + (slot * spec.params.length + k)]? =
        some (clip q.shape (new.2 slot))) ∧
    out[n]? = some (clip [] fun _ => loss θ) ∧
    out[n + 1]? = some (clip [] fun _ => Textbook.correct spec B (spec.tensors θ) (x n) (x (n + 1))) ∧
    out.length = n + 2

/-- What the gradient program gives for the inputs `x`: parameters, images, labels, label smoothing. Its outputs are
the loss, the number of correct predictions, and the gradient of the loss, a tensor for each parameter. -/
def GradStep (spec : NetSpec) (B : Nat) (x : Nat → Tensor R) (out : List (Tensor R)) : Prop :=
  let n := spec.params.length
  let loss (θ : spec.Point B R) : R := Textbook.loss spec B (x (n + 2) []) (spec.tensors θ) (x n) (x (n + 1))
  let θ := spec.point B x
  ∃ g : spec.Point B R, HasFDerivAt (fun θ (_ : Unit) => loss θ) (fun _ => g) θ ∧
    out = (clip [] fun _ => loss θ) :: (clip [] fun _ => Textbook.correct spec B (spec.tensors θ) (x n) (x (n + 1))) ::
      spec.tensors g

/-- What the forward program gives for the inputs `x`: parameters, images, labels. Its outputs are the logits of each
example, the loss without label smoothing, and the number of correct predictions. -/
def Forward (spec : NetSpec) (B : Nat) (x : Nat → Tensor R) (out : List (Tensor R)) : Prop :=
  let n := spec.params.length
  let θ := spec.tensors (spec.point B x)
  out = [clip [B, spec.classes] (stack fun b => Textbook.logits spec θ (Textbook.row (x n) b)),
    clip [] fun _ => Textbook.loss spec B 0 θ (x n) (x (n + 1)),
    clip [] fun _ => Textbook.correct spec B θ (x n) (x (n + 1))]
end

end Lmx
end
