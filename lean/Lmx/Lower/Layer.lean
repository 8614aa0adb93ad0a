module
public import Lmx.Ir.Program
public import Lmx.Spec.Param
@[expose] public section

/-!
# Lowering layers

Each layer as a few nodes. A new layer is one more function here and one more line in `lowerLayer`.
-/

namespace Lmx

/-- `max x 0`. -/
def relu (x : Var) : Build Var := do
  let zero ← constant (.ofNat 0) x.shape
  maximum x zero

/-- A layer's activation. -/
def activate (a : Activation) (x : Var) : Build Var :=
  match a with
  | .identity => pure x
  | .relu => relu x

/-- `x + b`, a bias for each element of the last dimension. -/
def addBias (x b : Var) : Build Var := do
  let b ← broadcast [length x.shape - 1] x.shape b
  add x b

/-- `x · w + b` for `x : [B, n]`, `w : [n, units]`. -/
def dense (x w b : Var) : Build Var := do
  let y ← emit (.dot [] [] [1] [0]) [x, w]
  addBias y b

/-- The convolution of `x : [B, h, w, c]` with a kernel, plus a bias for each filter. -/
def conv2d (c : Conv) (x w b : Var) : Build Var := do
  let y ← emit (.conv c) [x, w]
  addBias y b

/-- The mean over height and width of `x : [B, h, w, c]`. -/
def globalAvgPool (height width channels : Nat) (x : Var) : Build Var := do
  let sum ← reduceSum [1, 2] x
  let scale ← constant (.inv (height * width)) (batched [channels])
  multiply sum scale

/-- The layer without its activation. `params` are its own parameters. -/
def lowerLayer (r : Resolved) (params : List Var) (x : Var) : Build Var :=
  match r.layer, r.input, params with
  | .dense _ _, _, [w, b] => dense x w b
  | .conv2d filters kernel stride padding _, [h, w, c], [k, b] =>
    conv2d ⟨padding.window kernel stride (h, w), (h, w), c, filters⟩ x k b
  | .maxPool size stride padding, [h, w, c], _ => emit (.maxPool ⟨padding.window size stride (h, w), (h, w), c⟩) [x]
  | .globalAvgPool, [h, w, c], _ => globalAvgPool h w c x
  | .flatten, s, _ => reshape (batched [product s]) x
  | _, _, _ => pure x

/-- Does the layer commute with a monotone activation before it? -/
def Layer.isMaxPool : Layer → Bool
  | .maxPool .. => true
  | _ => false

/-- The layers one after the other. An activation before a max-pool is applied after it: the results are equal, since the
activation is monotone, there is less to compute, and elements that the activation sends to zero are then no tie unless they are equal before. -/
def lowerLayers (pending : Activation) (x : Var) (params : List Var) : List Resolved → Build Var
  | [] => activate pending x
  | r :: rs =>
    let n := length r.params
    if r.layer.isMaxPool then do
      let y ← lowerLayer r (take n params) x
      lowerLayers pending y (drop n params) rs
    else do
      let x ← activate pending x
      let y ← lowerLayer r (take n params) x
      lowerLayers r.layer.activation y (drop n params) rs

/-- The logits `[B, classes]` of a net. -/
def NetSpec.lower (spec : NetSpec) (params : List Var) (image : Var) : Build Var :=
  lowerLayers .identity image params spec.resolved

end Lmx
end
