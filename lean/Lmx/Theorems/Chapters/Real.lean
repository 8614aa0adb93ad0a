module
public import Lmx.Theorems.Chapters.Image
public import Lmx.Theorems.Chapters.Pool
public import Lmx.Theorems.Chapters.Loss
public import Lmx.Reals.Model
@[expose] public section

/-!
# The chapters over the real numbers

Each chapter's main result for the constructed real numbers, with `HasVJPAt` written out: there is a matrix `J` that is
the Fréchet derivative at the point, and the backward map is the product with its transpose.

`between s t f` is `f` as a function from the elements of a tensor of extents `s` to those of a tensor of extents `t`,
and `batch f` applies `f` to each example.
-/

namespace Lmx.Textbook.Real
open Calculus

/-- The real numbers, constructed. -/
local notation "ℝ" => Reals.Real

variable {N n m p : Nat}

/-! ### Dense layers -/

theorem dense_input (w b : Tensor ℝ) (x : Ix [N, n] → ℝ) : ∃ J,
    HasFDerivAt (between [N, n] [N, m] (batch (dense n w b))) J x ∧ ∀ dy,
      between [N, m] [N, n] (denseInputGrad m w) dy = mulVecT J dy :=
  dense_has_vjp_input w b x

theorem dense_weight (x b : Tensor ℝ) (w : Ix [n, m] → ℝ) : ∃ J,
    HasFDerivAt (between [n, m] [N, m] fun w => batch (dense n w b) x) J w ∧ ∀ dy,
      between [N, m] [n, m] (denseWeightGrad N x) dy = mulVecT J dy :=
  dense_has_vjp_weight x b w

theorem dense_bias (w x : Tensor ℝ) (b : Ix [m] → ℝ) : ∃ J,
    HasFDerivAt (between [m] [N, m] fun b => batch (dense n w b) x) J b ∧ ∀ dy,
      between [N, m] [m] (denseBiasGrad N) dy = mulVecT J dy :=
  dense_has_vjp_bias w x b

/-- A residual connection. -/
theorem residual {ι : Type} [Idx ι] {f B : (ι → ℝ) → ι → ℝ} {x : ι → ℝ}
    (h : ∃ J, HasFDerivAt f J x ∧ ∀ dy, B dy = mulVecT J dy) :
    ∃ J, HasFDerivAt (fun x => f x + x) J x ∧ ∀ dy, B dy + dy = mulVecT J dy :=
  residual_has_vjp h

theorem dense_relu_dense_input (w₁ b₁ w₂ b₂ : Tensor ℝ) (x : Ix [N, n] → ℝ)
    (hz : ∀ i, inRange [N, m] i = true → batch (dense n w₁ b₁) (toTensor x) i ≠ 0) : ∃ J,
    HasFDerivAt (between [N, n] [N, p] fun x => batch (dense m w₂ b₂) (relu (batch (dense n w₁ b₁) x))) J x ∧ ∀ dy,
      between [N, p] [N, n] (fun d => denseInputGrad m w₁
        (reluGrad (batch (dense n w₁ b₁) (toTensor x)) (denseInputGrad p w₂ d))) dy = mulVecT J dy :=
  dense_relu_dense_has_vjp_input w₁ b₁ w₂ b₂ x hz

theorem dense_relu_dense_weight (x b₁ w₂ b₂ : Tensor ℝ) (w₁ : Ix [n, m] → ℝ)
    (hz : ∀ i, inRange [N, m] i = true → batch (dense n (toTensor w₁) b₁) x i ≠ 0) : ∃ J,
    HasFDerivAt (between [n, m] [N, p] fun w₁ => batch (dense m w₂ b₂) (relu (batch (dense n w₁ b₁) x))) J w₁ ∧ ∀ dy,
      between [N, p] [n, m] (fun d => denseWeightGrad N x
        (reluGrad (batch (dense n (toTensor w₁) b₁) x) (denseInputGrad p w₂ d))) dy = mulVecT J dy :=
  dense_relu_dense_has_vjp_weight x b₁ w₂ b₂ w₁ hz

/-! ### ReLU and pooling -/

theorem relu_at (s : List Nat) (x : Ix s → ℝ) (hx : ∀ i, x i ≠ 0) : ∃ J,
    HasFDerivAt (between s s relu) J x ∧ ∀ dy, between s s (reluGrad (toTensor x)) dy = mulVecT J dy :=
  relu_has_vjp_at x hx

theorem maxPool_at (p : Pool) (x : Ix (p.imageExtents N) → ℝ)
    (hx : ∀ a i j c, inRange (p.outputExtents N) [a, i, j, c] = true → p.UniqueMax (toTensor x) a i j c) : ∃ J,
    HasFDerivAt (between (p.imageExtents N) (p.outputExtents N) (batch (maxPool p))) J x ∧ ∀ dy,
      between (p.outputExtents N) (p.imageExtents N) (maxPoolInputGrad p (toTensor x)) dy = mulVecT J dy :=
  maxPool_has_vjp_at p x hx

theorem relu_maxPool_at (p : Pool) (hv : p.window.valid p.image = true) (h1 : 0 < p.image.1) (h2 : 0 < p.image.2)
    (x : Ix (p.imageExtents N) → ℝ)
    (hx : ∀ a i j c, inRange (p.outputExtents N) [a, i, j, c] = true → p.UniqueMax (toTensor x) a i j c)
    (hz : ∀ i, inRange (p.outputExtents N) i = true → batch (maxPool p) (toTensor x) i ≠ 0) : ∃ J,
    HasFDerivAt (between (p.imageExtents N) (p.outputExtents N) (batch fun x => maxPool p (relu x))) J x ∧ ∀ dy,
      between (p.outputExtents N) (p.imageExtents N) (fun d =>
        maxPoolInputGrad p (toTensor x) (reluGrad (batch (maxPool p) (toTensor x)) d)) dy = mulVecT J dy :=
  relu_maxPool_has_vjp_at p hv h1 h2 x hx hz

/-! ### Images -/

theorem conv2d_image (c : Conv) (k b : Tensor ℝ) (x : Ix (c.imageExtents N) → ℝ) : ∃ J,
    HasFDerivAt (between (c.imageExtents N) (c.outputExtents N) (batch (conv2d c k b))) J x ∧ ∀ dy,
      between (c.outputExtents N) (c.imageExtents N) (fun d => convImageGradAt c d k) dy = mulVecT J dy :=
  conv2d_has_vjp_image c k b x

theorem conv2d_kernel (c : Conv) (x b : Tensor ℝ) (k : Ix c.kernelExtents → ℝ) : ∃ J,
    HasFDerivAt (between c.kernelExtents (c.outputExtents N) fun k => batch (conv2d c k b) x) J k ∧ ∀ dy,
      between (c.outputExtents N) c.kernelExtents (convKernelGradAt c N x) dy = mulVecT J dy :=
  conv2d_has_vjp_kernel c x b k

theorem conv2d_bias (c : Conv) (x k : Tensor ℝ) (b : Ix [c.outputs] → ℝ) : ∃ J,
    HasFDerivAt (between [c.outputs] (c.outputExtents N) fun b => batch (conv2d c k b) x) J b ∧ ∀ dy,
      between (c.outputExtents N) [c.outputs] (convBiasGrad c N) dy = mulVecT J dy :=
  conv2d_has_vjp_bias c x k b

theorem globalAvgPool_image (height width channels : Nat) (x : Ix [N, height, width, channels] → ℝ) : ∃ J,
    HasFDerivAt (between [N, height, width, channels] [N, channels] (batch (globalAvgPool height width))) J x ∧ ∀ dy,
      between [N, channels] [N, height, width, channels] (globalAvgPoolGrad height width) dy = mulVecT J dy :=
  globalAvgPool_has_vjp height width channels x

theorem flatten_image (s : List Nat) (x : Ix (N :: s) → ℝ) : ∃ J,
    HasFDerivAt (between (N :: s) [N, product s] (batch (flatten s))) J x ∧ ∀ dy,
      between [N, product s] (N :: s) (flattenGrad s) dy = mulVecT J dy :=
  flatten_has_vjp s x

/-! ### Softmax and cross-entropy -/

attribute [local instance] Lean.Grind.Semiring.natCast

theorem softmaxCrossEntropy_logits (hn : 0 < n) (t : Nat → Nat → ℝ) (z : Ix [N, n] → ℝ) : ∃ J,
    HasFDerivAt (between [N, n] [] fun z _ => (nsum N fun a => crossEntropy n (t a) (row z a)) / (N : ℝ)) J z ∧ ∀ dy,
      between [] [N, n] (softmaxCrossEntropyGrad N n t (toTensor z)) dy = mulVecT J dy :=
  softmaxCrossEntropy_has_vjp hn t z

/-- For targets whose weights add up to one: `dz = (softmax z - t) / N`. -/
theorem softmaxCrossEntropy_of_sum_one (hn : 0 < n) (t : Nat → Nat → ℝ) (ht : ∀ a, a < N → nsum n (t a) = 1)
    (z : Ix [N, n] → ℝ) : ∃ J,
    HasFDerivAt (between [N, n] [] fun z _ => (nsum N fun a => crossEntropy n (t a) (row z a)) / (N : ℝ)) J z ∧ ∀ dy,
      between [] [N, n] (fun d i => d [] * ((softmax n (row (toTensor z) (i.getD 0 0)) (i.getD 1 0) -
        t (i.getD 0 0) (i.getD 1 0)) / (N : ℝ))) dy = mulVecT J dy :=
  softmaxCrossEntropy_has_vjp_of_sum_one hn t ht z

end Lmx.Textbook.Real
end
