module
public import Lmx.Theorems.Witness.PoolLayers
@[expose] public section

/-!
# Convolutions, max-pooling and dense layers with ReLU

The layers of `mnistCnn`: two padded 3×3 convolutions, a max-pool and three dense layers; with one filter and two units,
on a batch of two images of 2×4 pixels. In one window of each image two elements tie below the maximum, and in the other
an element is zero below it: neither is a kink.

Main results: `pool_awayFromKinks`, `pool_gradient_ne_zero`, `pool_step_moves`; `pool_live`, all together, and
`pool_live_real`, of the real numbers.
-/

namespace Lmx.Textbook.Witness
open Calculus Lean.Grind

variable {R : Type} [RealOps R]

noncomputable section

attribute [local simp] fill clip inRange ravel unravel product foldr nsum lsum List.range_succ indices

/-- The net. -/
def poolNet : NetSpec where
  name := "witness-pool"
  input := [2, 4, 1]
  classes := 2
  layers := [.conv2d 1, .conv2d 1, .maxPool, .flatten, .dense 2, .dense 2, .dense 2 .identity]

/-- Its parameters. The kernels are discrete Laplace operators. -/
abbrev poolParams : List (Tensor R) :=
  paramsOf poolNet [[0, 1, 0, 1, -4, 1, 0, 1, 0], [1], [0, 1, 0, 1, -4, 1, 0, 1, 0], [-1], [1, -1, -1, 1], [0, 0],
    [1, -1, -1, 1], [1, 1], [0, 1, 0, 2], [0, 0]]

/-- Their labels: the classes 0 and 1. -/
def poolLabels : Tensor R := fill [2, 2] [1, 0, 0, 1]

/-- The inputs of the train step. -/
abbrev poolInputs : Nat → Tensor R := inputs poolParams poolImages poolLabels

theorem pool_valid : poolNet.valid = true := by decide +kernel

theorem pool_lastIsBias : LastIsBias R poolNet := ⟨9, _, rfl, rfl, rfl, rfl, fun l b x k h => by
  match l, h with
  | [_, _, _, _, _, _, _, _, _], _ => exact congrArg (· + b [k]) (AddCommMonoid.add_zero _).symm⟩

/-- The three dense layers after the max-pool; the arguments of their ReLUs are the inner terms. -/
theorem pool_logits (b : Nat) : logits poolNet poolParams (row (poolImages (R := R)) b) =
    readout (relu (difference 1 (relu (difference 0 (flatten [1, 2, 1] (maxPool halves (relu (pooled b)))))))) := rfl

/-- Neither a ReLU nor the max-pool meets a kink. -/
theorem pool_awayFromKinks (b : Nat) (hb : b < 2) :
    AwayFromKinks poolNet poolParams (row (poolImages (R := R)) b) := by
  have h := (pool_max (R := R) _ hb).at
  have two {f : Tensor R} (h0 : f [0] ≠ 0) (h1 : f [1] ≠ 0) (i : List Nat) (hi : inRange [2] i = true) : f i ≠ 0 := by
    have : i = [0] ∨ i = [1] := by simpa [indices] using mem_indices.2 hi
    obtain rfl | rfl := this
    · exact h0
    · exact h1
  have hd (k : Nat) (hk : k < 2) : difference 0 (flatten [1, 2, 1] (relu (maxPool halves (pooled (R := R) b)))) [k] =
      if k = b then 3 else -3 := by
    obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
    all_goals obtain rfl | rfl : k = 0 ∨ k = 1 := by omega
    all_goals simp [difference_eq, flatten, relu_apply, h]; clear h; grind [Calculus.relu]
  refine ⟨trivial, (pool_first b hb).ne_zero ?_, pool_smooth b hb, (pool_max b hb).ne_zero ?_, trivial, ?_, ?_, trivial⟩
  · obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
    all_goals simp; grind
  · obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
    all_goals simp; grind
  · refine two (f := difference 0 (flatten [1, 2, 1] (relu (maxPool halves (pooled b))))) ?_ ?_
    all_goals rw [hd _ (by omega)]; grind
  · refine two (f := difference 1 (relu (difference 0 (flatten [1, 2, 1] (relu (maxPool halves (pooled b))))))) ?_ ?_
    all_goals
      simp only [difference_eq (1 : R), relu_apply, hd 0 (by omega), hd 1 (by omega)]
      clear h hd; grind [Calculus.relu]

theorem pool_outputs (b : Nat) (hb : b < 2) : logits poolNet poolParams (row (poolImages (R := R)) b) [0] = 0 ∧
    logits poolNet poolParams (row (poolImages (R := R)) b) [1] = if b = 0 then 4 else 8 := by
  have h := (pool_max_relu (R := R) _ hb).at
  rw [pool_logits]
  obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
  all_goals simp [readout_eq, difference_eq, flatten, relu_apply, h]; clear h; grind [Calculus.relu]

/-- The theorem about train steps applies, and says that something happens. -/
theorem pool_live : Live poolNet 2 (poolInputs (R := R)) := by
  refine live_of pool_valid (by omega) pool_lastIsBias rfl rfl
    (fun b hb _ _ h => .of_away (h ▸ pool_awayFromKinks b hb)) (fun b hb => ?_) (fun b hb => ?_) ?_
    ⟨row poolImages 0, row poolImages 1, ?_⟩
  · rw [(pool_outputs b hb).1, (pool_outputs b hb).2]; grind
  · obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
    all_goals simp [poolLabels]; grind
  · simp [poolLabels]; grind
  · rw [(pool_outputs 0 (by omega)).2, (pool_outputs 1 (by omega)).2]; grind

theorem pool_gradient_ne_zero (g : poolNet.Point 2 R)
    (hg : HasFDerivAt (fun θ (_ : Unit) => lossAt poolNet 2 poolInputs θ) (fun _ => g) (poolNet.point 2 poolInputs)) :
    ∃ c, g c ≠ 0 :=
  pool_live.gradient g hg

theorem pool_step_moves : ∃ k q t i, poolNet.params[k]? = some q ∧ inRange q.shape i = true ∧
    ((poolNet.trainSource sgd).finish.denote 2 (poolInputs (R := R)))[k]? = some t ∧ t i ≠ poolInputs k i :=
  pool_live.moves

theorem pool_live_real : Live (R := Reals.Real) poolNet 2 poolInputs := pool_live

end
end Lmx.Textbook.Witness
