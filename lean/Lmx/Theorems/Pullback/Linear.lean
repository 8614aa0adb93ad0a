module
public import Lmx.Theorems.Pullback.Cotangent
@[expose] public section

/-!
# Pullbacks of linear ops of one argument

Such an op is its own derivative, and its pullback emits the transposed map. Main result: `pullsBack_one`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R}

/-- If the pullback emits `m`, and `m` computes the adjoint `adj` of the op's derivative, then the pullback is right. -/
theorem pullsBack_one {out x : Var} {op : Op} {m : Var → Build Var} {sh u : Shape} (hx : x.type = .f32 sh)
    (hout : out.type = .f32 u)
    (hm : ∀ d, pullback ⟨out, op, [x]⟩ d = do return [some (← m d)]) (adj : Tensor R → Tensor R)
    (hs : ∀ s d δ, Holds B e s d (.f32 u) δ → Spec B e (m d) s fun s' v => Holds B e s' v (.f32 sh) (adj δ))
    (hj : ∀ (v : Value R) (δ t : Tensor R),
      tdot (extents B u) δ (op.jvp B [v] [⟨extents B sh, t⟩]) = tdot (extents B sh) (adj δ) t) :
    PullsBack B e ⟨out, op, [x]⟩ := by
  intro s d δ _ _ hd _
  rw [hout] at hd
  rw [hm]
  refine (hs s d δ hd).bind fun s' v _ hv => Spec.pure (cotangent_one (hx ▸ hv) fun t => ?_)
  have hsh : x.shape = sh := congrArg TensorType.shape hx
  have hu : out.shape = u := congrArg TensorType.shape hout
  simp only [List.map_cons, List.map_nil, Var.read, hsh, hu, hj]

end Lmx
end
