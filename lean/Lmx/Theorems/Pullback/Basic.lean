module
public import Lmx.Theorems.Emit
public import Lmx.Semantics.Jvp
public import Lmx.Ad.Pullback
@[expose] public section

/-!
# What a pullback has to do

`PullsBack B e n` says that the code `pullback n d` computes the adjoint of the derivative of `n`: paired with any
tangents of the arguments, the emitted cotangents give what the cotangent of the result gives with the tangent of the
result. There is one file for each kind of op, and `Lmx.Theorems.Pullback` puts them together.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R]

noncomputable section

/-- Is the op one that has a derivative somewhere? -/
def Op.HasJvp : Op → Prop
  | .compare _ | .select | .reduceMax _ | .convImageGrad _ | .convKernelGrad _ | .maxPoolGrad _ => False
  | _ => True

theorem Op.Smooth.hasJvp {ι : Type} [Idx ι] {B : Nat} {op : Op} {s : List Nat} {E : (ι → R) → Env R} {θ : ι → R}
    {vs : List Var} (h : op.Smooth B s E θ vs) : op.HasJvp := by
  cases op <;> first | trivial | exact h

/-- The pairing of emitted cotangents `ds` of `args` with tangents `t`: `Σ_k ⟨ds_k, t_k⟩`. -/
def pairing (B : Nat) (c t : Env R) : List Var → List (Option Var) → R
  | a :: as, some d :: ds => tdot (extents B a.shape) (c d.id) (t a.id) + pairing B c t as ds
  | _ :: as, none :: ds => pairing B c t as ds
  | _, _ => 0

/-- Each cotangent is a value of the code, with the type of its argument. -/
def CotangentsTyped (B : Nat) (e : Env R) (s : Code) : List Var → List (Option Var) → Prop
  | a :: as, some d :: ds => Holds B e s d a.type (s.env B e d.id) ∧ CotangentsTyped B e s as ds
  | _ :: as, none :: ds => CotangentsTyped B e s as ds
  | _, _ => True

/-- The pullback of `n` emits the adjoint of its derivative. -/
def PullsBack (B : Nat) (e : Env R) (n : Node) : Prop :=
  ∀ (s : Code) (d : Var) (δ : Tensor R),
    (∀ a ∈ n.args, Holds B e s a a.type (s.env B e a.id)) →
    Holds B e s n.out n.out.type (n.op.eval B (n.args.map (Var.read B (s.env B e)))) →
    Holds B e s d n.out.type δ →
    n.op.HasJvp →
    Spec B e (pullback n d) s fun s' ds =>
      CotangentsTyped B e s' n.args ds ∧
      ∀ t : Env R, tdot (extents B n.out.shape) δ
        (n.op.jvp B (n.args.map (Var.read B (s.env B e))) (n.args.map (Var.read B t))) =
        pairing B (s'.env B e) t n.args ds

end
end Lmx
end
