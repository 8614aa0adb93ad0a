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

Main result: `pullsBack_of_typed`, the pullback of every typed node emits the adjoint of its derivative.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {e : Env R}

/-- Ops without arguments have nothing to pull back to. -/
theorem pullsBack_nullary {out : Var} {op : Op} (hj : ∀ t, op.jvp B ([] : List (Value R)) t = fun _ => 0)
    (hp : ∀ d, pullback ⟨out, op, []⟩ d = pure []) : PullsBack B e ⟨out, op, []⟩ := fun s d δ _ _ _ _ => by
  rw [hp]
  refine Spec.pure ⟨trivial, fun t => ?_⟩
  simp only [List.map_nil, hj, pairing]
  exact (tsum_congr fun i _ => by grind).trans (lsum_zero _)

/-- The pullback of every typed node emits the adjoint of its derivative. -/
theorem pullsBack_of_typed {Γ : List TensorType} {n : Node} (h : NodeTyped Γ n)
    (hΓ : ∀ τ ∈ Γ, τ.shape.positive = true) : PullsBack B e n := by
  have hout : n.out.shape.positive = true := (Shape.positive_iff _).2 h.positive
  have hpos : ∀ a ∈ n.args, a.shape.positive = true := fun a ha => hΓ _ (List.mem_of_getElem? (h.args a ha))
  have ht := h.type
  obtain ⟨out, op, args⟩ := n
  have hinfer := fun hc hs => (Op.infer_iff hc hs).1 ht
  cases op with
  | compare | select | reduceMax | convImageGrad | convKernelGrad | maxPoolGrad => exact fun _ _ _ _ _ _ hs => hs.elim
  | concatenate dim => exact pullsBack_concatenate ht hpos
  | _ =>
    -- as many arguments as the op's typing rule has
    obtain ⟨ss, u, hss, hu, -⟩ := hinfer nofun nofun
    rcases ss with _ | ⟨_, _ | ⟨_, _ | _⟩⟩ <;> try (cases hu; done)
    rcases args with _ | ⟨x, _ | ⟨y, _ | _⟩⟩ <;> try (simp at hss; done)
    first
    | exact pullsBack_nullary (fun _ => rfl) fun _ => rfl
    | exact pullsBack_unary ht
    | exact pullsBack_binary ht hout
    | exact pullsBack_broadcast ht
    | exact pullsBack_reshape ht
    | exact pullsBack_transpose ht
    | exact pullsBack_slice ht
    | exact pullsBack_pad ht
    | exact pullsBack_dot ht
    | exact pullsBack_reduceSum ht (hpos x List.mem_cons_self)
    | exact pullsBack_conv ht (hpos x List.mem_cons_self)
    | exact pullsBack_maxPool ht
    | exact pullsBack_logSoftmax ht hout

/-- The pullbacks of typed nodes are right. -/
theorem pullsBack_of_nodesTyped {Γ : List TensorType} {ns : List Node} (h : NodesTyped Γ ns)
    (hΓ : ∀ τ ∈ Γ, τ.shape.positive = true) : ∀ n ∈ ns, PullsBack B e n := by
  induction ns generalizing Γ with
  | nil => exact fun _ hn => nomatch hn
  | cons m ns ih =>
    refine List.forall_mem_cons.2 ⟨pullsBack_of_typed h.1 hΓ, ih h.2 ?_⟩
    simpa [or_imp, forall_and] using ⟨hΓ, (Shape.positive_iff _).2 h.1.positive⟩

end Lmx
end
