module
public import Lmx.Optim.Optimizer
@[expose] public section

namespace Lmx

/-- `1 - β^t`, as `1 - exp (t log β)`. -/
def biasCorrection (beta step : Var) : Build Var := do
  oneMinus (← exponential (← multiply step (← log beta)))

/-- AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2), with decoupled weight decay scaled by the learning rate:
`m ← β₁ m + (1 - β₁) g`, `v ← β₂ v + (1 - β₂) g²`, `p ← p - η (m̂ / (√v̂ + ε) + λ p)` where
`m̂ = m / (1 - β₁^t)`, `v̂ = v / (1 - β₂^t)` and `t` counts steps from 1. -/
def adamw : Optimizer where
  name := "adamw"
  slots := ["m", "v"]
  hyperparameters := ["beta1", "beta2", "epsilon", "learning_rate", "step", "weight_decay"]
  update hyper decay p g state :=
    match hyper, state with
    | [beta1, beta2, epsilon, rate, step, weightDecay], [m, v] => do
      let m ← add (← scale beta1 m) (← scale (← oneMinus beta1) g)
      let v ← add (← scale beta2 v) (← scale (← oneMinus beta2) (← multiply g g))
      let mHat ← divide m (← splat p.shape (← biasCorrection beta1 step))
      let vHat ← divide v (← splat p.shape (← biasCorrection beta2 step))
      let direction ← divide mHat (← add (← sqrt vHat) (← splat p.shape epsilon))
      let direction ← if decay then do add direction (← scale weightDecay p) else pure direction
      let p ← subtract p (← scale rate direction)
      return (p, [m, v])
    | _, _ => pure (p, state)

end Lmx
end
