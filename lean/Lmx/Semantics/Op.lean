module
public import Lmx.Semantics.Index
public import Lmx.Calculus.RealOps
@[expose] public section

/-!
# The meaning of ops

`Op.eval B op args` is the tensor that `op` gives at batch size `B`, over any ordered field with `exp`, `log` and
`sqrt`. For a primitive it is the meaning that the StableHLO specification publishes under the op's name (`add`,
`broadcast_in_dim`, `dot_general`, …), with the numbers of `R` in place of floating-point ones; for a structured op it
is the textbook formula.

A truth value is a number, 1 for true and 0 for false. `x / 0`, `log x` and `sqrt x` for `x ≤ 0` are what the field
makes of them: every theorem that needs them defined says so. The literal that pads a max-pool is the least binary32
number, not `-∞`.
-/

namespace Lmx
open Calculus Lean.Grind

attribute [scoped instance] Lean.Grind.Semiring.natCast

variable {R : Type} [RealOps R]

/-- An argument of an op: its extents and its elements. -/
structure Value (R : Type) where
  /-- Extents. -/
  extents : List Nat
  /-- Elements. -/
  elem : Tensor R

noncomputable section
open Classical

/-- The number that a literal stands for. -/
def Literal.value (a : Literal) : R := (if a.negative then -1 else 1) * (a.num : R) / (a.den : R)

/-- The larger of two numbers. -/
def max2 (a b : R) : R := if b < a then a else b

/-- The largest number of a list; zero for the empty list. -/
def lmax : List R → R
  | [] => 0
  | a :: l => l.foldl max2 a

/-- `negate`, `exponential`, `log`, `sqrt` -/
def Unary.eval : Unary → R → R
  | .negate, x => -x
  | .exponential, x => RealOps.exp x
  | .log, x => RealOps.log x
  | .sqrt, x => RealOps.sqrt x

/-- `add`, `subtract`, `multiply`, `divide`, `maximum` -/
def Binary.eval : Binary → R → R → R
  | .add, x, y => x + y
  | .subtract, x, y => x - y
  | .multiply, x, y => x * y
  | .divide, x, y => x / y
  | .maximum, x, y => max2 x y

/-- `compare`: the relations `=`, `≥`, `>`. -/
def Direction.eval : Direction → R → R → R
  | .eq, x, y => if x = y then 1 else 0
  | .ge, x, y => if y ≤ x then 1 else 0
  | .gt, x, y => if y < x then 1 else 0

/-- `concatenate` along a dimension: the argument in which the index falls. -/
def concatAt (dim : Nat) : List (Value R) → Tensor R
  | [], _ => 0
  | x :: xs, i =>
    if i.getD dim 0 < x.extents.getD dim 0 then x.elem i
    else concatAt dim xs (i.set dim (i.getD dim 0 - x.extents.getD dim 0))

/-- `dot_general`: result dimensions are the batch, then the rest of `x`, then the rest of `y`. -/
def dotAt (lb rb lc rc : List Nat) (x y : Value R) : Tensor R := fun i =>
  let lf := othersBelow x.extents.length (lb ++ lc)
  let rf := othersBelow y.extents.length (rb ++ rc)
  let b := i.take lb.length
  let l := (i.drop lb.length).take lf.length
  let r := (i.drop lb.length).drop lf.length
  tsum (pick x.extents lc) fun c =>
    x.elem (placeAt x.extents.length (lb ++ (lf ++ lc)) (b ++ (l ++ c))) *
      y.elem (placeAt y.extents.length (rb ++ (rc ++ rf)) (b ++ (c ++ r)))

/-- The multi-index of `x` that a reduction over `dims` reads for the result's `i` and the reduced `c`. -/
def reduceIndex (rank : Nat) (dims i c : List Nat) : List Nat := placeAt rank (othersBelow rank dims ++ dims) (i ++ c)

/-- An image `x` padded by a window's rows and columns of `v`, at batch element `b`, row `r`, column `q`, channel `c`.
-/
def paddedAt (w : Window) (image : Nat × Nat) (v : R) (x : Tensor R) (b r q c : Nat) : R :=
  if (w.low.1 ≤ r ∧ r - w.low.1 < image.1) ∧ (w.low.2 ≤ q ∧ q - w.low.2 < image.2)
  then x [b, r - w.low.1, q - w.low.2, c] else v

/-- The pairs (row, column) of a window, row by row. -/
def Window.offsets (w : Window) : List (Nat × Nat) :=
  (List.range w.size.1).flatMap fun i => (List.range w.size.2).map fun j => (i, j)

/-- The element of the padded image that the window at `(oh, ow)` has at the offset `q`. -/
def windowAt (w : Window) (image : Nat × Nat) (v : R) (x : Tensor R) (b oh ow c : Nat) (q : Nat × Nat) : R :=
  paddedAt w image v x b (oh * w.stride.1 + q.1) (ow * w.stride.2 + q.2) c

/-- The least finite binary32 number, with which a max-pool pads. -/
def lowestValue : R := -((340282346638528859811704183484516925440 : Nat) : R)

/-- Convolution: `y[b,oh,ow,co] = Σ x[b, oh·s + kh - low, ow·s + kw - low, ci] · k[kh,kw,ci,co]`. -/
def convAt (c : Conv) (x k : Tensor R) : Tensor R
  | [b, oh, ow, co] => lsum c.window.offsets fun q => nsum c.inputs fun ci =>
      windowAt c.window c.image 0 x b oh ow ci q * k [q.1, q.2, ci, co]
  | _ => 0

/-- The adjoint of a convolution in its image. -/
def convImageGradAt (c : Conv) (d k : Tensor R) : Tensor R
  | [b, h, w, ci] => lsum c.window.offsets fun q =>
      nsum (c.window.output c.image).1 fun oh => nsum (c.window.output c.image).2 fun ow =>
      if oh * c.window.stride.1 + q.1 = h + c.window.low.1 ∧ ow * c.window.stride.2 + q.2 = w + c.window.low.2 then
        nsum c.outputs fun co => d [b, oh, ow, co] * k [q.1, q.2, ci, co]
      else 0
  | _ => 0

/-- The adjoint of a convolution in its kernel, for a batch of `n` images. -/
def convKernelGradAt (c : Conv) (n : Nat) (x d : Tensor R) : Tensor R
  | [kh, kw, ci, co] => nsum n fun b =>
      nsum (c.window.output c.image).1 fun oh => nsum (c.window.output c.image).2 fun ow =>
      windowAt c.window c.image 0 x b oh ow ci (kh, kw) * d [b, oh, ow, co]
  | _ => 0

/-- The maximum of each window. -/
def maxPoolAt (p : Pool) (x : Tensor R) : Tensor R
  | [b, oh, ow, c] => lmax (p.window.offsets.map (windowAt p.window p.image lowestValue x b oh ow c))
  | _ => 0

/-- The first offset at which the window's element is at least `m`. -/
def firstOffset (p : Pool) (x : Tensor R) (m : R) (b oh ow c : Nat) : Option (Nat × Nat) :=
  p.window.offsets.find? fun q => decide (m ≤ windowAt p.window p.image lowestValue x b oh ow c q)

/-- The cotangent of each window's maximum `y`, at the first place of the window that attains it. -/
def maxPoolGradAt (p : Pool) (x y d : Tensor R) : Tensor R
  | [b, h, w, c] => nsum (p.window.output p.image).1 fun oh => nsum (p.window.output p.image).2 fun ow =>
      match firstOffset p x (y [b, oh, ow, c]) b oh ow c with
      | some q =>
        if oh * p.window.stride.1 + q.1 = h + p.window.low.1 ∧ ow * p.window.stride.2 + q.2 = w + p.window.low.2 then
          d [b, oh, ow, c]
        else 0
      | none => 0
  | _ => 0

/-- `x - log Σ exp x` along the last dimension of a matrix with `n` columns. -/
def logSoftmaxAt (n : Nat) (x : Tensor R) : Tensor R
  | [b, k] => x [b, k] - RealOps.log (nsum n fun j => RealOps.exp (x [b, j]))
  | _ => 0

/-- The tensor that an op gives. -/
def Op.eval (B : Nat) : Op → List (Value R) → Tensor R
  | .constant v _, _ => fun _ => v.value
  | .batchSize, _ => fun _ => (B : R)
  | .unary f, [x] => fun i => f.eval (x.elem i)
  | .binary f, [x, y] => fun i => f.eval (x.elem i) (y.elem i)
  | .compare d, [x, y] => fun i => d.eval (x.elem i) (y.elem i)
  | .select, [p, x, y] => fun i => if p.elem i = 0 then y.elem i else x.elem i
  | .broadcast dims _, [x] => fun i => x.elem (pick i dims)
  | .reshape s, [x] => fun i => x.elem (unravel x.extents (ravel (extents B s) i))
  | .transpose p, [x] => fun i => x.elem (placeAt p.length p i)
  | .slice start _ stride, [x] => fun i => x.elem (strided start stride i)
  | .pad low _ interior v, [x] => fun i =>
    match unpad low interior x.extents i with
    | some j => x.elem j
    | none => v.value
  | .concatenate dim, xs => concatAt dim xs
  | .dot lb rb lc rc, [x, y] => dotAt lb rb lc rc x y
  | .reduceSum dims, [x] => fun i => tsum (pick x.extents dims) fun c => x.elem (reduceIndex x.extents.length dims i c)
  | .reduceMax dims, [x] => fun i =>
    lmax ((indices (pick x.extents dims)).map fun c => x.elem (reduceIndex x.extents.length dims i c))
  | .conv c, [x, k] => convAt c x.elem k.elem
  | .convImageGrad c, [d, k] => convImageGradAt c d.elem k.elem
  | .convKernelGrad c, [x, d] => convKernelGradAt c (x.extents.getD 0 0) x.elem d.elem
  | .maxPool p, [x] => maxPoolAt p x.elem
  | .maxPoolGrad p, [x, y, d] => maxPoolGradAt p x.elem y.elem d.elem
  | .logSoftmax, [x] => logSoftmaxAt (x.extents.getD 1 0) x.elem
  | _, _ => fun _ => 0

end
end Lmx
end
