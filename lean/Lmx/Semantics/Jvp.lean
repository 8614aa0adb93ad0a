module
public import Lmx.Semantics.Denote
public import Lmx.Calculus.Near
@[expose] public section

/-!
# Derivatives of ops

`Op.jvp B op args dargs` is the derivative of `op` at `args`, applied to the tangents `dargs` (the Jacobian-vector
product), and `Op.Smooth` says where that is so, for arguments that are functions of a point: where `log` and `sqrt` see
positive numbers, no divisor is zero, and of the numbers from which `maximum` or max-pooling takes the largest one is
the largest at all points near. Ops that the reverse pass does not differentiate are smooth nowhere.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R]

noncomputable section
open Classical

/-- The derivative of a function of one argument, as a factor. -/
def Unary.slope : Unary → R → R
  | .negate, _ => -1
  | .exponential, x => RealOps.exp x
  | .log, x => x⁻¹
  | .sqrt, x => (2 * RealOps.sqrt x)⁻¹

/-- The derivative of a function of two arguments at `x`, `y`, on tangents. -/
def Binary.jvp : Binary → R → R → R → R → R
  | .add, _, _, dx, dy => dx + dy
  | .subtract, _, _, dx, dy => dx - dy
  | .multiply, x, y, dx, dy => x * dy + y * dx
  | .divide, x, y, dx, dy => dx / y - (x / y) * (dy / y)
  | .maximum, x, y, dx, dy => if y < x then dx else dy

/-- The tangent of each window's maximum: the tangent of the first element of the window that attains it. -/
def maxPoolJvpAt (p : Pool) (x dx : Tensor R) : Tensor R
  | [b, oh, ow, c] =>
    match firstOffset p x (maxPoolAt p x [b, oh, ow, c]) b oh ow c with
    | some q => windowAt p.window p.image 0 dx b oh ow c q
    | none => 0
  | _ => 0

/-- The tangent of log-softmax: `dx - Σ softmax(x) dx`. -/
def logSoftmaxJvpAt (n : Nat) (x dx : Tensor R) : Tensor R
  | [b, k] => dx [b, k] - nsum n fun j => RealOps.exp (logSoftmaxAt n x [b, j]) * dx [b, j]
  | _ => 0

/-- The derivative of an op, applied to the tangents of its arguments. -/
def Op.jvp (B : Nat) : Op → List (Value R) → List (Value R) → Tensor R
  | .unary f, [x], [dx] => fun i => f.slope (x.elem i) * dx.elem i
  | .binary f, [x, y], [dx, dy] => fun i => f.jvp (x.elem i) (y.elem i) (dx.elem i) (dy.elem i)
  | .broadcast dims s, _, d => (Op.broadcast dims s).eval B d
  | .reshape s, _, d => (Op.reshape s).eval B d
  | .transpose p, _, d => (Op.transpose p).eval B d
  | .slice start limit stride, _, d => (Op.slice start limit stride).eval B d
  | .pad low high interior _, _, d => (Op.pad low high interior (.ofNat 0)).eval B d
  | .concatenate dim, _, d => (Op.concatenate dim).eval B d
  | .dot lb rb lc rc, [x, y], [dx, dy] => fun i => dotAt lb rb lc rc dx y i + dotAt lb rb lc rc x dy i
  | .reduceSum dims, _, d => (Op.reduceSum dims).eval B d
  | .conv c, [x, k], [dx, dk] => fun i => convAt c dx.elem k.elem i + convAt c x.elem dk.elem i
  | .maxPool p, [x], [dx] => maxPoolJvpAt p x.elem dx.elem
  | .logSoftmax, [x], [dx] => logSoftmaxJvpAt (x.extents.getD 1 0) x.elem dx.elem
  | _, _, _ => fun _ => 0

/-- Has the window at each index a unique maximum? No other element of the window, padding included, may be as large;
the others may be equal among themselves. -/
def Pool.UniqueMax (p : Pool) (x : Tensor R) (b oh ow c : Nat) : Prop :=
  ∃ q ∈ p.window.offsets, ∀ q' ∈ p.window.offsets, q' ≠ q →
    windowAt p.window p.image lowestValue x b oh ow c q' < windowAt p.window p.image lowestValue x b oh ow c q

variable {ι : Type} [Idx ι]

/-- Is the op differentiable in `θ`, for the arguments `args` in the environment `E θ`? `s` are the extents of its
result. -/
def Op.Smooth (B : Nat) (s : List Nat) (E : (ι → R) → Env R) (θ : ι → R) (op : Op) (args : List Var) : Prop :=
  let elem (v : Var) (i : List Nat) (θ : ι → R) : R := (v.read B (E θ)).elem i
  match op, args with
  | .unary .log, [x] => ∀ i, inRange s i = true → 0 < elem x i θ
  | .unary .sqrt, [x] => ∀ i, inRange s i = true → 0 < elem x i θ
  | .unary _, [_] => True
  | .binary .divide, [_, y] => ∀ i, inRange s i = true → elem y i θ ≠ 0
  | .binary .maximum, [x, y] => ∀ i, inRange s i = true → OrderedNear (elem x i) (elem y i) θ
  | .binary _, [_, _] => True
  | .maxPool p, [x] => ∀ b oh ow c, inRange s [b, oh, ow, c] = true →
    LargestNear (fun q θ => windowAt p.window p.image lowestValue (x.read B (E θ)).elem b oh ow c q) p.window.offsets θ
  | .logSoftmax, [x] => 0 < (extents B x.shape).getD 1 0
  | .compare _, _ | .select, _ | .reduceMax _, _ => False
  | .convImageGrad _, _ | .convKernelGrad _, _ | .maxPoolGrad _, _ => False
  | _, _ => True

/-- The tangent of a node's result, for tangents `d` of its arguments. -/
def Node.jvp (B : Nat) (e d : Env R) (n : Node) : Tensor R :=
  clip (extents B n.out.shape) (n.op.jvp B (n.args.map (Var.read B e)) (n.args.map (Var.read B d)))

/-- Is a node's op differentiable in `θ`, where the environment is `E θ`? -/
def Node.Smooth (B : Nat) (E : (ι → R) → Env R) (θ : ι → R) (n : Node) : Prop :=
  n.op.Smooth B (extents B n.out.shape) E θ n.args

/-- Is every node differentiable in `θ` where it is run, starting from the environment `E θ`? -/
def SmoothRun (B : Nat) (E : (ι → R) → Env R) (θ : ι → R) : List Node → Prop
  | [] => True
  | n :: ns => n.Smooth B E θ ∧ SmoothRun B (fun θ => n.step B (E θ)) θ ns

end
end Lmx
end
