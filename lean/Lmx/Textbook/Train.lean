module
public import Lmx.Textbook.Layer
@[expose] public section

/-!
# Loss, metric and optimizers, as a textbook defines them
-/

namespace Lmx.Textbook
open Calculus Lean.Grind

variable {R : Type} [RealOps R]

noncomputable section
open Classical

/-- `exp z_k / Σ_j exp z_j` -/
def softmax (n : Nat) (z : Tensor R) (k : Nat) : R := exp (z [k]) / nsum n fun j => exp (z [j])

/-- Cross-entropy of a target distribution over `n` classes: `-Σ_k t_k log softmax(z)_k`. -/
def crossEntropy (n : Nat) (t : Nat → R) (z : Tensor R) : R := -nsum n fun k => t k * log (softmax n z k)

/-- Label smoothing: `(1 - ε) t_k + ε / n` (Szegedy et al. 2016, arXiv:1512.00567). -/
def smooth (n : Nat) (ε : R) (t : Tensor R) (k : Nat) : R := (1 - ε) * t [k] + ε * (1 / (n : R))

/-- The mean cross-entropy of a batch of `B` examples `x` with labels `t`. -/
def loss (spec : NetSpec) (B : Nat) (ε : R) (θ : List (Tensor R)) (x t : Tensor R) : R :=
  (nsum B fun b => crossEntropy spec.classes (smooth spec.classes ε (row t b)) (logits spec θ (row x b))) / (B : R)

/-- The label's weight on the predicted class, the one with the largest logit; zero if two classes share the largest.
For a one-hot label: 1 if the prediction is right. -/
def correctness (n : Nat) (t z : Tensor R) : R := nsum n fun k => if ∀ j, j < n → j ≠ k →
    z [j] < z [k] then t [k] else 0

/-- The number of correct predictions of a batch. -/
def correct (spec : NetSpec) (B : Nat) (θ : List (Tensor R)) (x t : Tensor R) : R :=
  nsum B fun b => correctness spec.classes (row t b) (logits spec θ (row x b))

/-- Stochastic gradient descent with momentum `μ` and L2 weight decay `lam`, as in PyTorch's `SGD`: the new momentum,
`v ← μ v + (g + λ p)`. (Sutskever et al. 2013 put the learning rate into the momentum, which is the same as long as it is
constant.) -/
def sgdMomentum (μ lam : R) (decay : Bool) (p g v : Tensor R) : Tensor R := fun i =>
  μ * v i + if decay then g i + lam * p i else g i

/-- Its new parameter, `p ← p - η v`, for the new momentum `v`. -/
def sgdParam (η : R) (p v : Tensor R) : Tensor R := fun i => p i - η * v i

/-- `β^t` for a positive `β`. -/
def power (β t : R) : R := exp (t * log β)

/-- AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2): the new first moment, `m ← β₁ m + (1 - β₁) g`. -/
def adamwFirst (β₁ : R) (g m : Tensor R) : Tensor R := fun i => β₁ * m i + (1 - β₁) * g i

/-- Its new second moment, `v ← β₂ v + (1 - β₂) g²`. -/
def adamwSecond (β₂ : R) (g v : Tensor R) : Tensor R := fun i => β₂ * v i + (1 - β₂) * (g i * g i)

/-- Its new parameter, `p ← p - η (m̂ / (√v̂ + ε) + λ p)`, the weight decay scaled by the learning rate as in PyTorch's
`AdamW`, with `m̂ = m / (1 - β₁^t)`, `v̂ = v / (1 - β₂^t)`, for the
new moments `m`, `v`. -/
def adamwParam (β₁ β₂ ε η t lam : R) (decay : Bool) (p m v : Tensor R) : Tensor R := fun i =>
  let direction := m i / (1 - power β₁ t) / (sqrt (v i / (1 - power β₂ t)) + ε)
  p i - η * (if decay then direction + lam * p i else direction)

/-- An optimizer's step on one parameter: from the hyperparameters by number, whether weight decay applies, the
parameter, its gradient and its state tensors by number, to the new parameter and the new state. -/
abbrev Update (R : Type) := (Nat → R) → Bool → Tensor R → Tensor R → (Nat → Tensor R) → Tensor R × (Nat → Tensor R)

/-- SGD's step. Hyperparameters: learning rate, momentum, weight decay. State: the momentum. -/
def sgdUpdate : Update R := fun h decay p g state =>
  let v := sgdMomentum (h 1) (h 2) decay p g (state 0)
  (sgdParam (h 0) p v, fun _ => v)

/-- AdamW's step. Hyperparameters: β₁, β₂, ε, learning rate, step count, weight decay. State: the first and the second
moment. -/
def adamwUpdate : Update R := fun h decay p g state =>
  let m := adamwFirst (h 0) g (state 0)
  let v := adamwSecond (h 1) g (state 1)
  (adamwParam (h 0) (h 1) (h 2) (h 3) (h 4) (h 5) decay p m v, fun j => if j = 0 then m else v)

end
end Lmx.Textbook
end
