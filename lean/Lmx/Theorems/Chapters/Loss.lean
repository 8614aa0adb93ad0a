module
public import Lmx.Theorems.Chapters.Dense
public import Lmx.Theorems.Lower.Loss
@[expose] public section

/-!
# Backpropagation through softmax and cross-entropy

The gradient of the cross-entropy of `softmax z` with a target `t` is `softmax z - t`, where the target's weights add up
to one; for any target, it is `(Σ t) softmax z - t`.

Main results: `crossEntropy_has_vjp`, for one example; `softmaxCrossEntropy_has_vjp`, for the mean over a batch, and
`softmaxCrossEntropy_has_vjp_of_sum_one`, the familiar form.
-/

namespace Lmx.Textbook
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {N n : Nat}

noncomputable section

attribute [local instance] Lean.Grind.Semiring.natCast

/-- `(Σ t) softmax z - t`, the gradient of the cross-entropy in the logits. -/
def logitsGrad (n : Nat) (t : Nat → R) (z : Tensor R) (k : Nat) : R := nsum n t * softmax n z k - t k

theorem hasD_crossEntropy {ι : Type} [Idx ι] (hn : 0 < n) (t : Nat → R) {Z DZ : (ι → R) → Tensor R} {θ : ι → R}
    (h : ∀ i, HasD (fun θ => Z θ i) (fun v => DZ v i) θ) (a : Nat) :
    HasD (fun θ => crossEntropy n t (row (Z θ) a))
      (fun v => nsum n fun k => logitsGrad n t (row (Z θ) a) k * DZ v [a, k]) θ := by
  simp only [crossEntropy, show ∀ z k, RealOps.log (softmax n (row z a) k) = logSoftmaxAt n z [a, k] from
    fun z => log_softmax hn (row z) a]
  refine (HasD.lsum _ fun k => (hasD_logSoftmaxAt hn h a k).mul_left (t k)).neg.congr fun v => ?_
  refine (congrArg (- ·) (nsum_mul_sub n t (fun j => RealOps.exp (logSoftmaxAt n (Z θ) [a, j])) _)).trans ?_
  simp only [← nsum_neg, exp_logSoftmaxAt hn]
  exact nsum_congr fun k _ => by simp only [logitsGrad, softmax, row]; grind

/-- The cotangent of one example's logits. -/
def crossEntropyGrad (n : Nat) (t : Nat → R) (z d : Tensor R) : Tensor R
  | [k] => d [] * logitsGrad n t z k
  | _ => 0

/-- The cross-entropy of one example, in the logits. -/
theorem crossEntropy_has_vjp (hn : 0 < n) (t : Nat → R) (z : Ix [n] → R) :
    HasVJPAt (between [n] [] fun z _ => crossEntropy n t z) z (between [] [n] (crossEntropyGrad n t (toTensor z))) := by
  refine hasVJPAt_between (L := fun h _ => nsum n fun k => logitsGrad n t (toTensor z) k * h [k])
    (fun i _ => hasD_crossEntropy hn t (Z := fun z i => toTensor z (i.drop 1))
      (DZ := fun h i => toTensor h (i.drop 1)) (fun i => hasD_toTensor z _) 0) fun d h => ?_
  simp only [tdot, tsum_cons, tsum_nil, crossEntropyGrad, nsum, ← lsum_mul]
  exact lsum_congr fun k _ => by grind

/-- The cotangent of a batch's logits, for the mean over the batch. -/
def softmaxCrossEntropyGrad (N n : Nat) (t : Nat → Nat → R) (z d : Tensor R) : Tensor R
  | [a, k] => d [] * (logitsGrad n (t a) (row z a) k / (N : R))
  | _ => 0

/-- The mean cross-entropy of a batch of `N` examples with targets `t`, in the logits: `dz = ((Σ t) softmax z - t) / N`,
for any targets. -/
theorem softmaxCrossEntropy_has_vjp (hn : 0 < n) (t : Nat → Nat → R) (z : Ix [N, n] → R) :
    HasVJPAt (between [N, n] [] fun z _ => (nsum N fun a => crossEntropy n (t a) (row z a)) / (N : R)) z
      (between [] [N, n] (softmaxCrossEntropyGrad N n t (toTensor z))) := by
  refine hasVJPAt_between (L := fun h _ => (nsum N fun a => nsum n fun k =>
    logitsGrad n (t a) (row (toTensor z) a) k * h [a, k]) * (N : R)⁻¹) (fun i _ => ?_) fun d h => ?_
  · simp only [Field.div_eq_mul_inv]
    exact (HasD.lsum _ fun a => hasD_crossEntropy hn (t a) (hasD_toTensor z) a).mul_right _
  · simp only [tdot, tsum_cons, tsum_nil, softmaxCrossEntropyGrad, nsum, ← lsum_mul, lsum_mul_right,
      Field.div_eq_mul_inv]
    exact lsum_congr fun a _ => lsum_congr fun k _ => by grind

/-- For targets whose weights add up to one, `dz = (softmax z - t) / N`. -/
theorem softmaxCrossEntropy_has_vjp_of_sum_one (hn : 0 < n) (t : Nat → Nat → R)
    (ht : ∀ a, a < N → nsum n (t a) = 1) (z : Ix [N, n] → R) :
    HasVJPAt (between [N, n] [] fun z _ => (nsum N fun a => crossEntropy n (t a) (row z a)) / (N : R)) z
      (between [] [N, n] fun d i => d [] *
        ((softmax n (row (toTensor z) (i.getD 0 0)) (i.getD 1 0) - t (i.getD 0 0) (i.getD 1 0)) / (N : R))) := by
  refine hasVJPAt_congr (softmaxCrossEntropy_has_vjp hn t z) (fun _ _ _ => rfl) fun d i hi => ?_
  obtain ⟨a, k, rfl, ha, -⟩ := exists_pair hi
  simp only [softmaxCrossEntropyGrad, logitsGrad, ht a ha, Semiring.one_mul]
  rfl

end
end Lmx.Textbook
end
