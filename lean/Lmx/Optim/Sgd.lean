module
public import Lmx.Optim.Optimizer
@[expose] public section

namespace Lmx

/-- Stochastic gradient descent with momentum (Sutskever et al. 2013, in the form of PyTorch's `SGD`) and L2 weight decay:
`g ← g + λ p`, `v ← μ v + g`, `p ← p - η v`, with the learning rate `η`, the momentum `μ` and the weight decay `λ`. -/
def sgd : Optimizer where
  name := "sgd"
  slots := ["momentum"]
  hyperparameters := ["learning_rate", "momentum", "weight_decay"]
  update hyper decay p g state :=
    match hyper, state with
    | [rate, momentum, weightDecay], [v] => do
      let g ← if decay then do add g (← scale weightDecay p) else pure g
      let v ← add (← scale momentum v) g
      let p ← subtract p (← scale rate v)
      return (p, [v])
    | _, _ => pure (p, state)

end Lmx
end
