module
public import Lmx.Ir.Program
public import Lmx.Spec.Param
@[expose] public section

/-!
# Optimizers

An optimizer is a program for one parameter: from the parameter, its gradient, its state and the hyperparameters (scalars, chosen
at run time) to the new parameter and the new state. A new optimizer is one more record.
-/

namespace Lmx

/-- An optimizer. -/
structure Optimizer where
  /-- Its name; the program is `train_` and this. -/
  name : String
  /-- Names of its state tensors, each of the parameter's shape and zero at the start. -/
  slots : List String
  /-- Names of its hyperparameters. -/
  hyperparameters : List String
  /-- Emits the update: hyperparameters, whether weight decay applies, parameter, gradient, state; to parameter and state. -/
  update : List Var → Bool → Var → Var → List Var → Build (Var × List Var)

/-- `a * x` for a scalar `a`. -/
def scale (a x : Var) : Build Var := do
  let a ← splat x.shape a
  multiply a x

/-- `1 - a` for a scalar `a`. -/
def oneMinus (a : Var) : Build Var := do
  let one ← constant (.ofNat 1) []
  subtract one a

end Lmx
end
