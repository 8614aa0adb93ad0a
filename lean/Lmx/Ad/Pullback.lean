module
public import Lmx.Ir.Program
@[expose] public section

/-!
# Pullbacks

For each op, the code that turns the cotangent of its result into the cotangents of its arguments, in closed form: the
pullback of a contraction is a contraction, that of a slice a pad, and so on. Conventions at kinks: `maximum x y` sends the cotangent
to `x` only where `x > y`, so that the derivative of ReLU at 0 is 0; max-pooling sends it to the first place of a window that
attains the maximum.

Ops that occur only in gradients, metrics or rewritten programs have no pullback (`Op.differentiable` is false).
-/

namespace Lmx

/-- Has the op a pullback here? -/
def Op.differentiable : Op → Bool
  | .reduceMax _ | .convImageGrad _ | .convKernelGrad _ | .maxPoolGrad _ => false
  | _ => true

/-- The place of each dimension in a list of dimensions: the inverse of a permutation. -/
def inversePermutation (p : List Nat) : List Nat := map (fun i => indexOf p i) (range (length p)) where
  /-- The first place at which a number stands. -/
  indexOf : List Nat → Nat → Nat
    | [], _ => 0
    | a :: l, n => cond (Nat.beq a n) 0 (indexOf l n + 1)

/-- How much must be added after the last element that a slice takes, for each dimension of `x`. -/
def sliceRest : Shape → List Nat → List Nat → Shape → List Nat
  | d :: ds, a :: as, t :: ts, o :: os =>
    cond d.isBatch 0 (d.coeff - (a + (o.coeff - 1) * t + 1)) :: sliceRest ds as ts os
  | _, _, _, _ => []

/-- Where the elements of `x` end after padding, for each dimension. -/
def padLimit : Shape → List Nat → List Nat → Shape
  | d :: ds, l :: ls, i :: is =>
    cond d.isBatch d (.fixed (l + (d.coeff - 1) * (i + 1) + 1)) :: padLimit ds ls is
  | _, _, _ => []

/-- The slice of a concatenation that is its argument of this shape, which starts at `offset`. -/
def concatPart (dim offset : Nat) (s : Shape) (d : Var) : Build Var :=
  let n := length s
  emit (.slice (map (fun i => cond (Nat.beq i dim) offset 0) (range n))
    (map (fun i => cond (Nat.beq i dim) (.fixed (offset + (s.dim i).coeff)) (s.dim i)) (range n)) (replicate 1 n)) [d]

/-- The cotangents of a concatenation's arguments. -/
def concatPullback (dim : Nat) (d : Var) (offset : Nat) : List Var → Build (List (Option Var))
  | [] => pure []
  | x :: xs => do
    let g ← concatPart dim offset x.shape d
    let gs ← concatPullback dim d (offset + (x.shape.dim dim).coeff) xs
    return some g :: gs

/-- The cotangents of the arguments of `dot`: `d · yᵀ` and `xᵀ · d`, with the dimensions put back in place. -/
def dotPullback (lb rb lc rc : List Nat) (x y d : Var) : Build (List (Option Var)) := do
  let lf := x.shape.others (append lb lc)
  let rf := y.shape.others (append rb rc)
  let batch := range (length lb)
  let lhs := rangeFrom (length lb) (length lf)
  let rhs := rangeFrom (length lb + length lf) (length rf)
  -- The contracted dimensions of the other operand come out in their own order.
  let dx ← emit (.dot batch rb rhs rf) [d, y]
  let dx ← transpose (inversePermutation (append lb (append lf (sortedWith lc rc)))) dx
  let dy ← emit (.dot lb batch lf lhs) [x, d]
  let dy ← transpose (inversePermutation (append rb (append (sortedWith rc lc) rf))) dy
  return [some dx, some dy]
where
  /-- The numbers of `a` in the order in which their partners in `b` increase. -/
  sortedWith (a b : List Nat) : List Nat := map (fun p => p.1) (foldl (fun acc p => insert p acc) [] (zip a b))
  /-- Insertion by the second number. -/
  insert (p : Nat × Nat) : List (Nat × Nat) → List (Nat × Nat)
    | [] => [p]
    | q :: l => cond (Nat.ble p.2 q.2) (p :: q :: l) (q :: insert p l)

/-- Emits the cotangents of the arguments of a node, given that of its result; `none` where it is always zero. -/
def pullback (n : Node) (d : Var) : Build (List (Option Var)) :=
  match n.op, n.args with
  | .unary .negate, [_] => do return [some (← negate d)]
  | .unary .exponential, [_] => do return [some (← multiply d n.out)]
  | .unary .log, [x] => do return [some (← divide d x)]
  | .unary .sqrt, [_] => do return [some (← divide d (← add n.out n.out))]
  | .binary .add, [_, _] => pure [some d, some d]
  | .binary .subtract, [_, _] => do return [some d, some (← negate d)]
  | .binary .multiply, [x, y] => do return [some (← multiply d y), some (← multiply x d)]
  | .binary .divide, [_, y] => do
    let dx ← divide d y
    return [some dx, some (← negate (← multiply dx n.out))]
  | .binary .maximum, [x, y] => do
    let zero ← constant (.ofNat 0) n.out.shape
    let left ← compare .gt x y
    return [some (← select left d zero), some (← select left zero d)]
  | .select, [p, _, _] => do
    let zero ← constant (.ofNat 0) n.out.shape
    return [none, some (← select p d zero), some (← select p zero d)]
  | .broadcast dims s, [_] => do return [some (← reduceSum (s.others dims) d)]
  | .reshape _, [x] => do return [some (← reshape x.shape d)]
  | .transpose p, [_] => do return [some (← transpose (inversePermutation p) d)]
  | .slice start _ stride, [x] => do
    let g ← emit (.pad start (sliceRest x.shape start stride n.out.shape) (map (fun t => t - 1) stride) (.ofNat 0)) [d]
    return [some g]
  | .pad low _ interior _, [x] => do
    let g ← emit (.slice low (padLimit x.shape low interior) (map (fun i => i + 1) interior)) [d]
    return [some g]
  | .concatenate dim, xs => concatPullback dim d 0 xs
  | .dot lb rb lc rc, [x, y] => dotPullback lb rb lc rc x y d
  | .reduceSum dims, [x] => do return [some (← broadcast (x.shape.others dims) x.shape d)]
  | .conv c, [x, w] => do
    return [some (← emit (.convImageGrad c) [d, w]), some (← emit (.convKernelGrad c) [x, d])]
  | .maxPool p, [x] => do return [some (← emit (.maxPoolGrad p) [x, n.out, d])]
  | .logSoftmax, [x] => do
    let p ← exponential n.out
    let sum ← reduceSum [1] d
    let sum ← broadcast [0] x.shape sum
    let rest ← multiply p sum
    return [some (← subtract d rest)]
  | _, _ => pure []

end Lmx
end
