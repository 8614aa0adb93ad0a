module
public import Lmx.Spec.Layer
@[expose] public section

/-!
# The parameter manifest

Each parameter's name, shape, role, initialisation and whether weight decay applies to it.
-/

namespace Lmx

/-- How a parameter starts. -/
inductive Init where
  /-- Normal with standard deviation √(2 / fan-in) (He et al. 2015, arXiv:1502.01852). -/
  | heNormal (fanIn : Nat)
  /-- Uniform on ±√(6 / (fan-in + fan-out)) (Glorot and Bengio 2010). -/
  | xavierUniform (fanIn fanOut : Nat)
  /-- All zeros. -/
  | zeros

/-- A weight or a bias. -/
inductive ParamRole where
  | weight | bias
  deriving DecidableEq

/-- A line of the manifest. -/
structure Param where
  /-- Its name, such as `conv1.weight`. -/
  name : String
  /-- Its shape. -/
  shape : List Nat
  /-- What it is. -/
  role : ParamRole
  /-- How it starts. -/
  init : Init
  /-- Whether weight decay applies to it. -/
  decay : Bool

/-- He's initialisation before a ReLU, Glorot's elsewhere. -/
def Activation.init (a : Activation) (fanIn fanOut : Nat) : Init :=
  match a with
  | .relu => .heNormal fanIn
  | .identity => .xavierUniform fanIn fanOut

/-- A weight and a bias. -/
def weightAndBias (layer : String) (shape : List Nat) (outputs : Nat) (init : Init) : List Param :=
  [⟨layer ++ ".weight", shape, .weight, init, true⟩, ⟨layer ++ ".bias", [outputs], .bias, .zeros, false⟩]

/-- A layer's parameters. -/
def Resolved.params (r : Resolved) : List Param :=
  match r.layer, r.input with
  | .dense units activation, [n] => weightAndBias r.name [n, units] units (activation.init n units)
  | .conv2d filters kernel _ _ activation, [_, _, c] =>
    weightAndBias r.name [kernel.1, kernel.2, c, filters] filters
      (activation.init (kernel.1 * kernel.2 * c) (kernel.1 * kernel.2 * filters))
  | _, _ => []

/-- The manifest of a net: the order of its programs' inputs. -/
def NetSpec.params (spec : NetSpec) : List Param := join (map (fun r => r.params) spec.resolved)

/-- The number of trainable numbers. -/
def NetSpec.paramCount (spec : NetSpec) : Nat := foldl (fun n p => n + product p.shape) 0 spec.params

end Lmx
end
