module
public import Lmx.Ir.Program
@[expose] public section

/-!
# The loss and the metric

Softmax cross-entropy with label smoothing (Szegedy et al. 2016, arXiv:1512.00567), the mean over the batch; and the number of correct predictions.
The label is a distribution for each row: one-hot for an example, zeros for a row that is only padding.
-/

namespace Lmx

/-- `(1 - ε) t + ε / classes`. -/
def smoothLabels (classes : Nat) (label smoothing : Var) : Build Var := do
  let one ← constant (.ofNat 1) []
  let keep ← subtract one smoothing
  let keep ← splat label.shape keep
  let kept ← multiply keep label
  let share ← constant (.inv classes) []
  let share ← multiply smoothing share
  let share ← splat label.shape share
  add kept share

/-- `-(Σ t · log softmax z) / B` over rows and classes. -/
def crossEntropy (logits target : Var) : Build Var := do
  let logp ← emit .logSoftmax [logits]
  let terms ← multiply target logp
  let sum ← reduceSum [0, 1] terms
  let sum ← negate sum
  let batch ← emit .batchSize []
  divide sum batch

/-- The number of rows whose label is the one and only largest logit. -/
def countCorrect (logits label : Var) : Build Var := do
  let zeros ← constant (.ofNat 0) logits.shape
  let ones ← constant (.ofNat 1) logits.shape
  let top ← emit (.reduceMax [1]) [logits]
  let top ← broadcast [0] logits.shape top
  let isTop ← compare .ge logits top
  let tops ← select isTop ones zeros
  let count ← reduceSum [1] tops
  let one ← constant (.ofNat 1) count.shape
  let unique ← compare .eq count one
  let hits ← multiply label tops
  let hits ← reduceSum [1] hits
  let zero ← constant (.ofNat 0) count.shape
  let correct ← select unique hits zero
  reduceSum [0] correct

end Lmx
end
