module
public import Lmx.Theorems.WellFormed
public import Lmx.Theorems.Derived
public import Lmx.Theorems.Train.Correct
public import Lmx.Theorems.Train.Forward
public import Lmx.Theorems.Train.Grad
@[expose] public section

/-!
# What is proved of every exported graph

Each net's graph is declared as a closed term, `Lmx.Exported.NET`, with the theorem `Lmx.Exported.NET_correct :
Graph.Correct Lmx.Exported.NET`: that the term is the graph which is derived from the spec, and that its programs
compute what a textbook says: logits, loss, gradient, the optimizer's update. `Graph.correct_of_derived` reduces this
to one equation between closed terms, of which the kernel evaluates one stage at a time (`Lmx.Theorems.Derived`), and
to the check.

Main definition: `Graph.Correct`. Main result: `Graph.correct_of_derived`.

Not claimed: anything of gradients at a kink; anything about floating-point numbers.
-/

namespace Lmx

/-- The spec is valid and every program is well formed. -/
structure Graph.WellFormed (g : Graph) : Prop where
  /-- Layer after layer the shapes fit, and the last one gives the classes. -/
  spec_valid : g.spec.valid = true
  /-- Every program is in static single assignment form, of primitives, and every type follows from its op. -/
  programs : ∀ p ∈ g.programs, p.program.WellFormed

/-- Decides `Graph.WellFormed`. -/
def Graph.check (g : Graph) : Bool := g.spec.valid && all (fun p => p.program.check) g.programs

theorem Graph.wellFormed_of_check (g : Graph) (h : g.check = true) : g.WellFormed := by
  simp only [Graph.check, Bool.and_eq_true] at h
  exact ⟨h.1, fun p hp => Program.wellFormed_of_check ((all_iff _ _).1 h.2 p hp)⟩

/-- A program is a train step of the net with the optimizer `o`, whose published update is `u`: over every ordered
field with `exp`, `log` and `sqrt`, for every batch size and all inputs `x` (parameters, state, images, labels, label
smoothing, hyperparameters) at which no activation and no max-pool of the net meets a kink, its outputs are what
`TrainStep` says. -/
def Program.TrainsWith (p : Program) (spec : NetSpec) (o : Optimizer)
    (u : {R : Type} → [Calculus.RealOps R] → Textbook.Update R) : Prop :=
  ∀ (R : Type) [Calculus.RealOps R] (B : Nat) (x : Nat → Tensor R), 0 < B →
    (∀ b, b < B → Textbook.OffKinks spec spec.tensors (spec.point B x) (Textbook.row (x (spec.imageInput o)) b)) →
    TrainStep spec o u B x (p.denote B x)

/-- A program gives the gradient of the net's loss: as for `Program.TrainsWith`, for all inputs `x` (parameters,
images, labels, label smoothing) off the kinks, its outputs are what `GradStep` says. -/
def Program.ComputesGradient (p : Program) (spec : NetSpec) : Prop :=
  ∀ (R : Type) [Calculus.RealOps R] (B : Nat) (x : Nat → Tensor R), 0 < B →
    (∀ b, b < B → Textbook.OffKinks spec spec.tensors (spec.point B x) (Textbook.row (x spec.params.length) b)) →
    GradStep spec B x (p.denote B x)

/-- A program gives the net's logits, loss and metric: for all inputs `x` (parameters, images, labels), kinks or not,
its outputs are what `Forward` says. -/
def Program.Evaluates (p : Program) (spec : NetSpec) : Prop :=
  ∀ (R : Type) [Calculus.RealOps R] (B : Nat) (x : Nat → Tensor R), 0 < B → Forward spec B x (p.denote B x)

/-- What is proved of an exported graph. -/
structure Graph.Correct (g : Graph) : Prop where
  /-- The spec is valid; every program is in static single assignment form, typed, and of primitive ops only. -/
  well_formed : g.WellFormed
  /-- The graph is the one that is derived from its spec. -/
  derived : g.spec.graph = g
  /-- The program `forward` gives the logits of the textbook's network, its loss and the number of correct
  predictions. -/
  forward : ∃ p, ⟨"forward", p⟩ ∈ g.programs ∧ p.Evaluates g.spec
  /-- The program `grad` gives, off the kinks, the loss, the number of correct predictions, and the gradient: the
  derivative of that loss. -/
  grad : ∃ p, ⟨"grad", p⟩ ∈ g.programs ∧ p.ComputesGradient g.spec
  /-- The program `train_sgd` gives, off the kinks, SGD's published update of every parameter by that gradient, the new
  momenta, the loss, and the number of correct predictions. -/
  train_sgd : ∃ p, ⟨"train_sgd", p⟩ ∈ g.programs ∧ p.TrainsWith g.spec sgd Textbook.sgdUpdate
  /-- The program `train_adamw` gives the same with AdamW's published update and moments. -/
  train_adamw : ∃ p, ⟨"train_adamw", p⟩ ∈ g.programs ∧ p.TrainsWith g.spec adamw Textbook.adamwUpdate

/-- A graph that is derived from a spec is correct, if it passes the check. Evaluation decides both. -/
theorem Graph.correct_of_derived {spec : NetSpec} {g : Graph} (derived : spec.graph = g) (check : g.check = true) :
    g.Correct := by
  have hw := Graph.wellFormed_of_check g check
  have hv := hw.spec_valid
  subst derived
  exact {
    well_formed := hw
    derived := rfl
    forward := ⟨_, .head _, fun R _ B x hB => forward_correct hv hB x⟩
    grad := ⟨_, .tail _ (.head _), fun R _ B x hB hk => gradStep_correct hv hB hk⟩
    train_sgd := ⟨_, .tail _ (.tail _ (.tail _ (.head _))), fun R _ B x hB hk =>
      trainStep_correct hv sgd_computes hB hk⟩
    train_adamw := ⟨_, .tail _ (.tail _ (.head _)), fun R _ B x hB hk => trainStep_correct hv adamw_computes hB hk⟩ }

end Lmx
end
