module
public import Lmx.Theorems.Pullback.Broadcast
public import Lmx.Theorems.Pullback.Concatenate
public import Lmx.Theorems.Pullback.Conv
public import Lmx.Theorems.Pullback.Dot
public import Lmx.Theorems.Pullback.LogSoftmax
public import Lmx.Theorems.Pullback.MaxPool
public import Lmx.Theorems.Pullback.Pointwise
public import Lmx.Theorems.Pullback.Reshape
public import Lmx.Theorems.Pullback.Slice
public import Lmx.Theorems.Pullback.Transpose
@[expose] public section

/-!
# Every pullback is right

Main result: `pullsBack_of_typed`: the pullback of every typed node emits the adjoint of its derivative.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {e : Env R}

/-! ### How many arguments an op takes -/

section
variable {op : Op} {args : List Var} {t : TensorType}

theorem args_none (h : op.infer (args.map Var.type) = some t) (hc : ∀ d, op ≠ .compare d) (hs : op ≠ .select)
    (h1 : ∀ a l, op.inferShape (a :: l) = none) : args = [] := by
  obtain ⟨ss, u, e, hu, -⟩ := (Op.infer_iff hc hs).1 h
  match ss with
  | [] => simpa using e
  | _ :: _ => rw [h1] at hu; cases hu

theorem args_one (h : op.infer (args.map Var.type) = some t) (hc : ∀ d, op ≠ .compare d) (hs : op ≠ .select)
    (h0 : op.inferShape [] = none) (h2 : ∀ a b l, op.inferShape (a :: b :: l) = none) : ∃ x, args = [x] := by
  obtain ⟨ss, u, e, hu, -⟩ := (Op.infer_iff hc hs).1 h
  have hl := congrArg List.length e
  match ss with
  | [] => rw [h0] at hu; cases hu
  | [_] => exact List.length_eq_one_iff.1 (by simpa using hl)
  | _ :: _ :: _ => rw [h2] at hu; cases hu

theorem args_two (h : op.infer (args.map Var.type) = some t) (hc : ∀ d, op ≠ .compare d) (hs : op ≠ .select)
    (h0 : op.inferShape [] = none) (h1 : ∀ a, op.inferShape [a] = none) (h3 : ∀ a b c l, op.inferShape (a :: b :: c :: l) = none) :
    ∃ x y, args = [x, y] := by
  obtain ⟨ss, u, e, hu, -⟩ := (Op.infer_iff hc hs).1 h
  have hl := congrArg List.length e
  match ss with
  | [] => rw [h0] at hu; cases hu
  | [_] => rw [h1] at hu; cases hu
  | [_, _] =>
    match args with
    | [x, y] => exact ⟨x, y, rfl⟩
    | [] | [_] | _ :: _ :: _ :: _ => simp at hl
  | _ :: _ :: _ :: _ => rw [h3] at hu; cases hu
end

/-- Ops without arguments have nothing to pull back to. -/
theorem pullsBack_nullary {out : Var} {op : Op} (hj : ∀ t, op.jvp B ([] : List (Value R)) t = fun _ => 0)
    (hp : ∀ d, pullback ⟨out, op, []⟩ d = pure []) : PullsBack B e ⟨out, op, []⟩ := fun s d δ _ _ _ _ => by
  rw [hp]
  refine Spec.pure ⟨trivial, fun t => ?_⟩
  simp only [List.map_nil, hj, pairing]
  exact (tsum_congr fun i _ => by grind).trans (lsum_zero _)

/-- The pullback of every typed node emits the adjoint of its derivative. -/
theorem pullsBack_of_typed {Γ : List TensorType} {n : Node} (h : NodeTyped Γ n) (hΓ : ∀ τ ∈ Γ, τ.shape.positive = true) : PullsBack B e n := by
  have hout : n.out.shape.positive = true := (Shape.positive_iff _).2 h.positive
  have hpos : ∀ a ∈ n.args, a.shape.positive = true := fun a ha => hΓ _ (List.mem_of_getElem? (h.args a ha))
  have ht := h.type
  obtain ⟨out, op, args⟩ := n
  cases op with
  | constant v sh =>
    obtain rfl := args_none ht nofun nofun fun _ _ => rfl
    exact pullsBack_nullary (fun _ => rfl) fun _ => rfl
  | batchSize =>
    obtain rfl := args_none ht nofun nofun fun _ _ => rfl
    exact pullsBack_nullary (fun _ => rfl) fun _ => rfl
  | unary f =>
    obtain ⟨x, rfl⟩ := args_one ht nofun nofun rfl fun _ _ _ => rfl
    exact pullsBack_unary ht
  | binary f =>
    obtain ⟨x, y, rfl⟩ := args_two ht nofun nofun rfl (fun _ => rfl) fun _ _ _ _ => rfl
    exact pullsBack_binary ht hout
  | broadcast dims sh =>
    obtain ⟨x, rfl⟩ := args_one ht nofun nofun rfl fun _ _ _ => rfl
    exact pullsBack_broadcast ht
  | reshape sh =>
    obtain ⟨x, rfl⟩ := args_one ht nofun nofun rfl fun _ _ _ => rfl
    exact pullsBack_reshape ht
  | transpose p =>
    obtain ⟨x, rfl⟩ := args_one ht nofun nofun rfl fun _ _ _ => rfl
    exact pullsBack_transpose ht
  | slice a l t =>
    obtain ⟨x, rfl⟩ := args_one ht nofun nofun rfl fun _ _ _ => rfl
    exact pullsBack_slice ht
  | pad l hi i v =>
    obtain ⟨x, rfl⟩ := args_one ht nofun nofun rfl fun _ _ _ => rfl
    exact pullsBack_pad ht
  | concatenate dim => exact pullsBack_concatenate ht hpos
  | dot lb rb lc rc =>
    obtain ⟨x, y, rfl⟩ := args_two ht nofun nofun rfl (fun _ => rfl) fun _ _ _ _ => rfl
    exact pullsBack_dot ht
  | reduceSum dims =>
    obtain ⟨x, rfl⟩ := args_one ht nofun nofun rfl fun _ _ _ => rfl
    exact pullsBack_reduceSum ht (hpos x (by simp))
  | conv c =>
    obtain ⟨x, y, rfl⟩ := args_two ht nofun nofun rfl (fun _ => rfl) fun _ _ _ _ => rfl
    exact pullsBack_conv ht (hpos x (by simp))
  | maxPool p =>
    obtain ⟨x, rfl⟩ := args_one ht nofun nofun rfl fun _ _ _ => rfl
    exact pullsBack_maxPool ht
  | logSoftmax =>
    obtain ⟨x, rfl⟩ := args_one ht nofun nofun rfl fun _ _ _ => rfl
    exact pullsBack_logSoftmax ht hout
  | compare | select | reduceMax | convImageGrad | convKernelGrad | maxPoolGrad => exact fun _ _ _ _ _ _ hs => hs.elim

end Lmx
end
