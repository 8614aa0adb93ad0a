module
public import Lmx.Semantics.Op
public import Lmx.Calculus.Near
public import Lmx.Spec.Param
@[expose] public section

/-!
# Layers, as a textbook defines them

Each layer is a function of one example's tensor and of its parameters' tensors, given by a sum over indices. No
program occurs here: these definitions are what the theorems about programs are stated against, and are meant to be
read by people.

Where a max-pool's window reaches over the border, the places outside the image count as the least binary32 number; a
convolution counts them as zero.
-/

namespace Lmx.Textbook
open Calculus Lean.Grind

variable {R : Type} [RealOps R]

noncomputable section
open Classical

/-- The tensor of one example of a batch. -/
def row (x : Tensor R) (b : Nat) : Tensor R := fun i => x (b :: i)

/-- `max x 0`, elementwise. -/
def relu (x : Tensor R) : Tensor R := fun i => if 0 < x i then x i else 0

/-- A layer's activation. -/
def activation : Activation → Tensor R → Tensor R
  | .identity, x => x
  | .relu, x => relu x

/-- `y[j] = Σ_k x[k] w[k,j] + b[j]`, for a vector `x` of length `n`. -/
def dense (n : Nat) (w b x : Tensor R) : Tensor R
  | [j] => nsum n (fun k => x [k] * w [k, j]) + b [j]
  | _ => 0

/-- The pixel of channel `c` at row `r` and column `q` of the image, counted from the padding's corner; `v` outside
the image. -/
def pixel (w : Window) (image : Nat × Nat) (v : R) (x : Tensor R) (r q c : Nat) : R :=
  if (w.low.1 ≤ r ∧ r - w.low.1 < image.1) ∧ (w.low.2 ≤ q ∧ q - w.low.2 < image.2) then x
    [r - w.low.1, q - w.low.2, c] else v

/-- `y[i,j,f] = Σ_{u,v,c} x[i·s + u - low, j·s + v - low, c] w[u,v,c,f] + b[f]` -/
def conv2d (c : Conv) (w b x : Tensor R) : Tensor R
  | [i, j, f] => (lsum c.window.offsets fun o => nsum c.inputs fun ci =>
      pixel c.window c.image 0 x (i * c.window.stride.1 + o.1) (j * c.window.stride.2 + o.2) ci *
        w [o.1, o.2, ci, f]) + b [f]
  | _ => 0

/-- The extents of a pooled image. -/
def poolExtents (p : Pool) : List Nat := [(p.window.output p.image).1, (p.window.output p.image).2, p.channels]

/-- `y[i,j,c] = max_{u,v} x[i·s + u - low, j·s + v - low, c]`, zero where there is no window. -/
def maxPool (p : Pool) (x : Tensor R) : Tensor R := clip (poolExtents p) fun
  | [i, j, c] => lmax (p.window.offsets.map fun o =>
      pixel p.window p.image lowestValue x (i * p.window.stride.1 + o.1) (j * p.window.stride.2 + o.2) c)
  | _ => 0

/-- `y[c] = Σ_{i,j} x[i,j,c] / (height · width)` -/
def globalAvgPool (height width : Nat) (x : Tensor R) : Tensor R
  | [c] => (nsum height fun i => nsum width fun j => x [i, j, c]) / ((height * width : Nat) : R)
  | _ => 0

/-- The elements of a tensor of shape `s` as a vector, row-major. -/
def flatten (s : List Nat) (x : Tensor R) : Tensor R
  | [k] => x (unravel s k)
  | _ => 0

/-- The pooling that a max-pool layer is, on an image `[height, width, channels]`. -/
def poolOf (size stride : Nat × Nat) (padding : Padding) (height width channels : Nat) : Pool :=
  ⟨padding.window size stride (height, width), (height, width), channels⟩

/-- The convolution that a layer is. -/
def convOf (filters : Nat) (kernel stride : Nat × Nat) (padding : Padding) (height width channels : Nat) : Conv :=
  ⟨padding.window kernel stride (height, width), (height, width), channels, filters⟩

/-- A layer of a net, without its activation. `θ` are its own parameters. -/
def layer (r : Resolved) (θ : List (Tensor R)) (x : Tensor R) : Tensor R :=
  match r.layer, r.input, θ with
  | .dense _ _, [n], [w, b] => dense n w b x
  | .conv2d filters kernel stride padding _, [h, wd, c], [w, b] =>
    conv2d (convOf filters kernel stride padding h wd c) w b x
  | .maxPool size stride padding, [h, w, c], _ => maxPool (poolOf size stride padding h w c) x
  | .globalAvgPool, [h, w, _], _ => globalAvgPool h w x
  | .flatten, s, _ => flatten s x
  | _, _, _ => x

/-- Layers one after the other, each followed by its activation. -/
def layers : List Resolved → List (Tensor R) → Tensor R → Tensor R
  | [], _, x => x
  | r :: rs, θ, x => layers rs (θ.drop r.params.length)
    (activation r.layer.activation (layer r (θ.take r.params.length) x))

/-- The logits of a net for one example. -/
def logits (spec : NetSpec) (θ : List (Tensor R)) (x : Tensor R) : Tensor R := layers spec.resolved θ x

/-! ### Kinks

Parameters are functions of a point `θ` here, and so is what the layers make of an example. -/

section kinks
variable {ι : Type} [Idx ι]

/-- No element at which an activation has a kink: each element that a ReLU sees is not zero, or keeps its sign at all
points near. `s` is the shape. -/
def ActivationSmooth (a : Activation) (s : List Nat) (x : (ι → R) → Tensor R) (θ : ι → R) : Prop :=
  match a with
  | .identity => True
  | .relu => ∀ i, inRange s i = true → OrderedNear (fun θ => x θ i) (fun _ => 0) θ

/-- Each window has an element that is the largest near: each other one is smaller, or at most as large at all points
near. So elements that are the same function of the point, such as those of a constant background, may tie. -/
def PoolSmooth (p : Pool) (x : (ι → R) → Tensor R) (θ : ι → R) : Prop :=
  ∀ i j c, inRange (poolExtents p) [i, j, c] = true → LargestNear (fun o θ => pixel p.window p.image lowestValue (x θ)
    (i * p.window.stride.1 + o.1) (j * p.window.stride.2 + o.2) c) p.window.offsets θ

/-- No layer meets a kink. `a` is the activation that `x`, of shape `s`, still has to pass; `P` are the layers'
parameters. A max-pool looks at its input before that activation, and the activation at what the max-pool gives. -/
def LayersSmooth (a : Activation) (s : List Nat) :
    List Resolved → (P : (ι → R) → List (Tensor R)) → (x : (ι → R) → Tensor R) → (θ : ι → R) → Prop
  | [], _, x, θ => ActivationSmooth a s x θ
  | r :: rs, P, x, θ =>
    match r.layer, r.input with
    | .maxPool size stride padding, [h, w, c] =>
      let p := poolOf size stride padding h w c
      PoolSmooth p x θ ∧ LayersSmooth a r.output rs P (fun θ => maxPool p (x θ)) θ
    | _, _ =>
      ActivationSmooth a s x θ ∧
        LayersSmooth r.layer.activation r.output rs (fun θ => (P θ).drop r.params.length)
          (fun θ => layer r ((P θ).take r.params.length) (activation a (x θ))) θ

/-- No activation and no max-pool of the net with the parameters `P θ` meets a kink at this example. -/
def OffKinks (spec : NetSpec) (P : (ι → R) → List (Tensor R)) (θ : ι → R) (x : Tensor R) : Prop :=
  LayersSmooth .identity spec.input spec.resolved P (fun _ => x) θ

end kinks

end
end Lmx.Textbook
end
