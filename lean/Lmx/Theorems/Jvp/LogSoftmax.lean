module
public import Lmx.Theorems.Jvp.Basic
@[expose] public section

/-!
# The derivative of log-softmax

Main results: `exp_logSoftmaxAt`, the exponential of log-softmax is softmax; `hasD_logSoftmaxAt`, log-softmax is
differentiable everywhere and `logSoftmaxJvpAt` is its derivative, for matrices with at least one column.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [RealOps R] {ι : Type} [Idx ι]

theorem nsum_exp_pos {n : Nat} (hn : 0 < n) (f : Nat → R) : 0 < nsum n fun j => RealOps.exp (f j) :=
  lsum_pos (fun j => exp_pos (f j)) _ (List.ne_nil_of_mem (List.mem_range.2 hn))

/-- The exponential of log-softmax is softmax. -/
theorem exp_logSoftmaxAt {n : Nat} (hn : 0 < n) (x : Tensor R) (b k : Nat) :
    RealOps.exp (logSoftmaxAt n x [b, k]) = RealOps.exp (x [b, k]) / nsum n fun j => RealOps.exp (x [b, j]) := by
  have hs := nsum_exp_pos hn fun j => x [b, j]
  have h1 := exp_add (logSoftmaxAt n x [b, k]) (RealOps.log (nsum n fun j => RealOps.exp (x [b, j])))
  rw [exp_log _ hs, logSoftmaxAt, show ∀ u v : R, u - v + v = u by grind] at h1
  rw [logSoftmaxAt, h1]
  grind

/-- The derivative of log-softmax. -/
theorem hasD_logSoftmaxAt {n : Nat} (hn : 0 < n) {X DX : (ι → R) → Tensor R} {θ : ι → R}
    (h : ∀ i, HasD (fun θ => X θ i) (fun t => DX t i) θ) (b k : Nat) :
    HasD (fun θ => logSoftmaxAt n (X θ) [b, k]) (fun t => logSoftmaxJvpAt n (X θ) (DX t) [b, k]) θ := by
  have hs := nsum_exp_pos hn fun j => X θ [b, j]
  have hsum : HasD (fun θ => nsum n fun j => RealOps.exp (X θ [b, j]))
      (fun t => nsum n fun j => RealOps.exp (X θ [b, j]) * DX t [b, j]) θ :=
    HasD.lsum _ fun j => HasD.pointwise (exp_deriv _) (h [b, j])
  have hlog := HasD.pointwise (f := fun θ => nsum n fun j => RealOps.exp (X θ [b, j])) (log_deriv _ hs) hsum
  refine ((h [b, k]).sub hlog).congr fun t => ?_
  simp only [logSoftmaxJvpAt, exp_logSoftmaxAt hn]
  have e : (nsum n fun j => RealOps.exp (X θ [b, j]) / (nsum n fun j => RealOps.exp (X θ [b, j])) * DX t [b, j]) =
      (nsum n fun j => RealOps.exp (X θ [b, j]))⁻¹ * nsum n fun j => RealOps.exp (X θ [b, j]) * DX t [b, j] :=
    (lsum_congr fun j _ => by grind).trans (lsum_mul ..)
  rw [e]

end
end Lmx
end
