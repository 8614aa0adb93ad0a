module
public import Lmx.Theorems.Witness.Dense
@[expose] public section

/-!
# A convolution with ReLU

A 3×3 convolution of one filter, padded, on a batch of two images of 2×2 pixels, and a dense layer. In both images ReLU
is active at some pixels and inactive at others.

Main results: `conv_awayFromKinks`, `conv_gradient_ne_zero`, `conv_step_moves`; `conv_live`, all together, and
`conv_live_real`, of the real numbers.
-/

namespace Lmx.Textbook.Witness
open Calculus Lean.Grind

variable {R : Type} [RealOps R]

noncomputable section

attribute [local simp] dense fill clip inRange ravel unravel product foldr nsum lsum List.range_succ indices

/-- The net. -/
def convNet : NetSpec where
  name := "witness-conv"
  input := [2, 2, 1]
  classes := 2
  layers := [.conv2d 1, .flatten, .dense 2 .identity]

/-- Its parameters. The kernel is a discrete Laplace operator. -/
abbrev convParams : List (Tensor R) :=
  paramsOf convNet [[0, 1, 0, 1, -4, 1, 0, 1, 0], [0], [0, 1, 1, 2, 0, 3, -1, 1], [0, 0]]

/-- Two images. -/
def convImages : Tensor R := fill [2, 2, 2, 1] [1, 2, 3, 5, 0, 1, 2, 0]

/-- Their labels: the classes 0 and 1. -/
def convLabels : Tensor R := fill [2, 2] [1, 0, 0, 1]

/-- The inputs of the train step. -/
abbrev convInputs : Nat → Tensor R := inputs convParams convImages convLabels

theorem conv_valid : convNet.valid = true := by decide +kernel

theorem conv_lastIsBias : LastIsBias R convNet := ⟨3, _, rfl, rfl, rfl, rfl, fun l b x k h => by
  match l, h with
  | [w, c, v], _ => exact congrArg (· + b [k]) (AddCommMonoid.add_zero _).symm⟩

/-- The arguments of the ReLUs at an image `x`. -/
def convHidden (x : Tensor R) : Tensor R :=
  conv2d (convOf 1 (3, 3) (1, 1) .same 2 2 1) (fill [3, 3, 1, 1] [0, 1, 0, 1, -4, 1, 0, 1, 0]) (fill [1] [0]) x

theorem convHidden_eq (x : Tensor R) : convHidden x [0, 0, 0] = x [0, 1, 0] + x [1, 0, 0] - 4 * x [0, 0, 0] ∧
    convHidden x [0, 1, 0] = x [0, 0, 0] + x [1, 1, 0] - 4 * x [0, 1, 0] ∧
    convHidden x [1, 0, 0] = x [0, 0, 0] + x [1, 1, 0] - 4 * x [1, 0, 0] ∧
    convHidden x [1, 1, 0] = x [0, 1, 0] + x [1, 0, 0] - 4 * x [1, 1, 0] := by
  have hc : convOf 1 (3, 3) (1, 1) .same 2 2 1 = ⟨⟨(3, 3), (1, 1), (1, 1), (1, 1)⟩, (2, 2), 1, 1⟩ := rfl
  simp [convHidden, hc, conv2d, pixel, Window.offsets]; grind

theorem conv_logits (x : Tensor R) :
    logits convNet convParams x [0] = relu (convHidden x) [0, 1, 0] - relu (convHidden x) [1, 1, 0] ∧
    logits convNet convParams x [1] = relu (convHidden x) [0, 0, 0] + 2 * relu (convHidden x) [0, 1, 0] +
      3 * relu (convHidden x) [1, 0, 0] + relu (convHidden x) [1, 1, 0] := by
  have e : logits convNet convParams x = dense 4 (fill [4, 2] [0, 1, 1, 2, 0, 3, -1, 1]) (fill [2] [0, 0])
    (flatten [2, 2, 1] (relu (convHidden x))) := rfl
  simp [e, flatten]; grind

/-- The arguments of the ReLUs: some are positive and some are negative, at both images. -/
theorem conv_hidden (b : Nat) (hb : b < 2) :
    Has [2, 2, 1] ([[1, -2, -6, -15], [3, -4, -8, 3]].getD b []) (convHidden (row (convImages (R := R)) b)) := by
  obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
  all_goals
    simp [Has, convHidden_eq, row, convImages]
    grind

/-- No argument of a ReLU is zero. -/
theorem conv_awayFromKinks (b : Nat) (hb : b < 2) :
    AwayFromKinks convNet convParams (row (convImages (R := R)) b) := by
  refine ⟨trivial, (conv_hidden b hb).ne_zero ?_, trivial, trivial⟩
  obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
  all_goals simp; grind

/-- The theorem about train steps applies, and says that something happens. -/
theorem conv_live : Live convNet 2 (convInputs (R := R)) := by
  refine live_of conv_valid (by omega) conv_lastIsBias rfl rfl
    (fun b hb _ _ h => .of_away (h ▸ conv_awayFromKinks b hb)) (fun b hb => ?_) (fun b hb => ?_) ?_
    ⟨row convImages 0, row convImages 1, ?_⟩
  · rw [(conv_logits _).1, (conv_logits _).2]
    obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
    all_goals
      have h := (conv_hidden (R := R) _ hb).at
      simp [relu_apply, h]; clear h; grind [Calculus.relu]
  · obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
    all_goals simp [convLabels]; grind
  · simp [convLabels]; grind
  · rw [(conv_logits _).2, (conv_logits _).2]
    have h := (conv_hidden (R := R) 0 (by omega)).at
    have h' := (conv_hidden (R := R) 1 (by omega)).at
    simp [relu_apply, h, h']; clear h h'; grind [Calculus.relu]

/-- The gradient of the loss is not zero. -/
theorem conv_gradient_ne_zero (g : convNet.Point 2 R)
    (hg : HasFDerivAt (fun θ (_ : Unit) => lossAt convNet 2 convInputs θ) (fun _ => g) (convNet.point 2 convInputs)) :
    ∃ c, g c ≠ 0 :=
  conv_live.gradient g hg

/-- The exported train step changes a parameter. -/
theorem conv_step_moves : ∃ k q t i, convNet.params[k]? = some q ∧ inRange q.shape i = true ∧
    ((convNet.trainSource sgd).finish.denote 2 (convInputs (R := R)))[k]? = some t ∧ t i ≠ convInputs k i :=
  conv_live.moves

/-- So it is over the real numbers. -/
theorem conv_live_real : Live (R := Reals.Real) convNet 2 convInputs := conv_live

end
end Lmx.Textbook.Witness
