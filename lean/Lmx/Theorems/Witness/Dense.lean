module
public import Lmx.Theorems.Witness.Basic
public import Lmx.Reals.Model
@[expose] public section

/-!
# A dense net with ReLU

Two dense layers of two units, on a batch of two. Each ReLU is active at one example and inactive at the other.

Main results: `dense_awayFromKinks`, `dense_gradient_ne_zero`, `dense_step_moves`; `dense_live`, all together, and
`dense_live_real`, of the real numbers.
-/

namespace Lmx.Textbook.Witness
open Calculus Lean.Grind

variable {R : Type} [RealOps R]

noncomputable section

attribute [local simp] dense fill clip inRange ravel product foldr nsum lsum List.range_succ

/-- The net. -/
def denseNet : NetSpec where
  name := "witness-dense"
  input := [2]
  classes := 2
  layers := [.dense 2, .dense 2 .identity]

/-- Its parameters. -/
abbrev denseParams : List (Tensor R) := paramsOf denseNet [[1, -1, -1, 1], [0, 0], [0, 1, 0, 2], [0, 0]]

/-- Two images. -/
def denseImages : Tensor R := fill [2, 2] [1, 2, 2, 1]

/-- Their labels: the classes 0 and 1. -/
def denseLabels : Tensor R := fill [2, 2] [1, 0, 0, 1]

/-- The inputs of the train step. -/
abbrev denseInputs : Nat → Tensor R := inputs denseParams denseImages denseLabels

theorem dense_valid : denseNet.valid = true := by decide +kernel

theorem dense_lastIsBias : LastIsBias R denseNet := ⟨3, _, rfl, rfl, rfl, rfl, fun l b x k h => by
  match l, h with
  | [w, c, v], _ => exact congrArg (· + b [k]) (AddCommMonoid.add_zero _).symm⟩

theorem relu_apply (x : Tensor R) (i : List Nat) : relu x i = Calculus.relu (x i) := rfl

/-- A dense layer of two units, the differences of the elements plus `c`. -/
def difference (c : R) (x : Tensor R) : Tensor R := dense 2 (fill [2, 2] [1, -1, -1, 1]) (fill [2] [c, c]) x

theorem difference_eq (c : R) (x : Tensor R) :
    difference c x [0] = x [0] - x [1] + c ∧ difference c x [1] = x [1] - x [0] + c := by
  simp [difference]; grind

/-- A dense layer whose first unit is zero. -/
def readout (x : Tensor R) : Tensor R := dense 2 (fill [2, 2] [0, 1, 0, 2]) (fill [2] [0, 0]) x

theorem readout_eq (x : Tensor R) : readout x [0] = 0 ∧ readout x [1] = x [0] + 2 * x [1] := by
  simp [readout]; grind

theorem dense_logits (x : Tensor R) : logits denseNet denseParams x = readout (relu (difference 0 x)) := rfl

theorem dense_images : denseImages (R := R) [0, 0] = 1 ∧ denseImages (R := R) [0, 1] = 2 ∧
    denseImages (R := R) [1, 0] = 2 ∧ denseImages (R := R) [1, 1] = 1 := ⟨rfl, rfl, rfl, rfl⟩

/-- Each unit is inactive at one example and active at the other. -/
theorem dense_active : difference 0 (row (denseImages (R := R)) 0) [0] < 0 ∧
    0 < difference 0 (row (denseImages (R := R)) 0) [1] ∧
    0 < difference 0 (row (denseImages (R := R)) 1) [0] ∧ difference 0 (row (denseImages (R := R)) 1) [1] < 0 := by
  simp only [difference_eq, row, dense_images]; grind

/-- No argument of a ReLU is zero. -/
theorem dense_awayFromKinks (b : Nat) (hb : b < 2) :
    AwayFromKinks denseNet denseParams (row (denseImages (R := R)) b) := by
  refine ⟨trivial, fun i hi => ?_, trivial⟩
  change difference 0 (row denseImages b) i ≠ 0
  have h := dense_active (R := R)
  have : i = [0] ∨ i = [1] := by simpa [indices, List.range_succ] using mem_indices.2 hi
  obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
  all_goals obtain rfl | rfl := this
  all_goals grind

/-- The theorem about train steps applies, and says that something happens. -/
theorem dense_live : Live denseNet 2 (denseInputs (R := R)) := by
  have h := dense_active (R := R)
  refine live_of dense_valid (by omega) dense_lastIsBias rfl rfl
    (fun b hb _ _ h => .of_away (h ▸ dense_awayFromKinks b hb)) (fun b hb => ?_) (fun b hb => ?_) ?_
    ⟨row denseImages 0, row denseImages 1, ?_⟩
  · simp only [dense_logits, readout_eq]
    obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
    all_goals simp only [relu]; grind
  · obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
    all_goals simp [denseLabels]; grind
  · simp [denseLabels]; grind
  · simp only [dense_logits, readout_eq, relu, difference_eq, row, dense_images]; grind

/-- The gradient of the loss is not zero. -/
theorem dense_gradient_ne_zero (g : denseNet.Point 2 R) (hg : HasFDerivAt
    (fun θ (_ : Unit) => lossAt denseNet 2 denseInputs θ) (fun _ => g) (denseNet.point 2 denseInputs)) : ∃ c, g c ≠ 0 :=
  dense_live.gradient g hg

/-- The exported train step changes a parameter. -/
theorem dense_step_moves : ∃ k q t i, denseNet.params[k]? = some q ∧ inRange q.shape i = true ∧
    ((denseNet.trainSource sgd).finish.denote 2 (denseInputs (R := R)))[k]? = some t ∧ t i ≠ denseInputs k i :=
  dense_live.moves

/-- So it is over the real numbers. -/
theorem dense_live_real : Live (R := Reals.Real) denseNet 2 denseInputs := dense_live

end
end Lmx.Textbook.Witness
