module
public import Lmx.Theorems.Chapters.Image
public import Lmx.Theorems.Chapters.Pool
public import Lmx.Theorems.Chapters.Loss
@[expose] public section

/-!
# Backward maps that are wrong

Mistakes that are easy to make, on the smallest instances that tell: each is proved not to be the vector-Jacobian
product. So the theorems of the other chapters do tell right from wrong, and their hypotheses can be met.
-/

namespace Lmx.Textbook.Wrong
open Calculus Lean.Grind

variable {R : Type} [RealOps R]

noncomputable section

/-- One at `j`, zero elsewhere. -/
def unit (j : List Nat) : Tensor R := fun i => if i = j then 1 else 0

theorem zero_lt_one : (0 : R) < 1 := by grind

attribute [local simp] nsum lsum List.range_succ clip inRange indices toTensor unit exp_zero

/-- `dx = dy w`, without the transpose. -/
theorem dense_input_without_transpose (b : Tensor R) (x : Ix [1, 2] → R) :
    ¬HasVJPAt (between [1, 2] [1, 2] (batch (dense 2 (unit [0, 1]) b))) x
      (between [1, 2] [1, 2] (denseInputGrad 2 fun i => unit [0, 1] i.reverse)) :=
  not_hasVJPAt (dense_has_vjp_input ..) (unit [0, 1]) (i := [0, 0]) rfl (by simp [denseInputGrad]; grind)

/-- `dw = dyᵀ x`, the transpose of the right matrix. -/
theorem dense_weight_transposed (b : Tensor R) (w : Ix [2, 2] → R) :
    ¬HasVJPAt (between [2, 2] [1, 2] fun w => batch (dense 2 w b) (unit [0, 0])) w
      (between [1, 2] [2, 2] fun d i => denseWeightGrad 1 (unit [0, 0]) d i.reverse) :=
  not_hasVJPAt (dense_has_vjp_weight ..) (unit [0, 1]) (i := [0, 1]) rfl (by simp [denseWeightGrad]; grind)

/-- `db = dy`, without the sum over the batch. -/
theorem dense_bias_without_sum (w x : Tensor R) (b : Ix [1] → R) :
    ¬HasVJPAt (between [1] [2, 1] fun b => batch (dense 1 w b) x) b (between [2, 1] [1] fun d i => d (0 :: i)) :=
  not_hasVJPAt (dense_has_vjp_bias ..) (unit [1, 0]) (i := [0]) rfl (by simp [denseBiasGrad]; grind)

/-- ReLU's cotangent passed on everywhere. -/
theorem relu_identity : ¬HasVJPAt (between [1] [1] relu) (fun _ => (-1 : R)) (between [1] [1] fun d => d) :=
  not_hasVJPAt (relu_has_vjp_at _ fun _ => by grind) (unit [0]) (i := [0]) rfl (by simp [reluGrad]; grind)

/-- A convolution with a kernel of one row and two columns, on an image of one row and two columns. -/
def pairConv : Conv := ⟨⟨(1, 2), (1, 1), (0, 0), (0, 0)⟩, (1, 2), 1, 1⟩

/-- The convolution that slides such a kernel over the padded cotangent. -/
def pairConvFull : Conv := ⟨⟨(1, 2), (1, 1), (0, 1), (0, 1)⟩, (1, 1), 1, 1⟩

/-- The padded cotangent, convolved with the kernel as it is instead of reversed. -/
theorem conv_image_without_flip (b : Tensor R) (x : Ix (pairConv.imageExtents 1) → R) :
    ¬HasVJPAt (between (pairConv.imageExtents 1) (pairConv.outputExtents 1)
        (batch (conv2d pairConv (unit [0, 0, 0, 0]) b))) x
      (between (pairConv.outputExtents 1) (pairConv.imageExtents 1)
        fun d => convAt pairConvFull d (unit [0, 0, 0, 0])) :=
  not_hasVJPAt (conv2d_has_vjp_image ..) (unit [0, 0, 0, 0]) (i := [0, 0, 0, 0]) rfl (by
    have hc : pairConv.window.output pairConv.image = (1, 1) := rfl
    simp only [convImageGradAt, convAt, Conv.outputExtents, hc]
    simp [pairConv, pairConvFull, Window.offsets, windowAt, paddedAt]
    grind)

/-- A pooling with windows of two columns, on an image of one row and two columns. -/
def pairPool : Pool := ⟨⟨(1, 2), (1, 2), (0, 0), (0, 0)⟩, (1, 2), 1⟩

/-- The image whose second column is one. -/
def pairImage : Tensor R := toTensor fun i : Ix (pairPool.imageExtents 1) => unit [0, 0, 1, 0] i.1

theorem pairPool_uniqueMax (a i j c : Nat) (hi : inRange (pairPool.outputExtents 1) [a, i, j, c] = true) :
    pairPool.UniqueMax (pairImage (R := R)) a i j c := by
  have h01 := zero_lt_one (R := R)
  obtain ⟨rfl, rfl, rfl, rfl⟩ : a = 0 ∧ i = 0 ∧ j = 0 ∧ c = 0 := by
    simpa [show pairPool.outputExtents 1 = [1, 1, 1, 1] from rfl] using hi
  refine ⟨(0, 1), by decide, ?_⟩
  simp [pairImage, pairPool, Window.offsets, windowAt, paddedAt, Pool.imageExtents, h01]

/-- The cotangent of each window given to all of its elements. -/
theorem maxPool_to_all :
    ¬HasVJPAt (between (pairPool.imageExtents 1) (pairPool.outputExtents 1) (batch (maxPool pairPool)))
      (fun i => unit (R := R) [0, 0, 1, 0] i.1)
      (between (pairPool.outputExtents 1) (pairPool.imageExtents 1) fun d i => d [0, 0, i.getD 2 0 / 2, 0]) :=
  not_hasVJPAt (maxPool_has_vjp_at _ _ pairPool_uniqueMax) (unit [0, 0, 0, 0]) (i := [0, 0, 0, 0]) rfl (by
    have ho : pairPool.window.offsets = [(0, 0), (0, 1)] := rfl
    have h10 : (0 : R) ≠ 1 := by grind
    have hw : pairPool.window.output pairPool.image = (1, 1) := rfl
    have hm : batch (maxPool pairPool) (pairImage (R := R)) [0, 0, 0, 0] = 1 := by
      rw [batch_maxPool (N := 1) _ rfl, maxPoolAt]
      simp [pairImage, pairPool, Pool.imageExtents, Window.offsets, windowAt, paddedAt, lmax, max2]
      grind
    have h0 : pairImage (R := R) [0, 0, 0, 0] = 0 := by simp [pairImage, pairPool, Pool.imageExtents]
    change _ ≠ maxPoolInputGrad pairPool pairImage _ _
    simp only [maxPoolInputGrad, Pool.outputExtents, hw, ho, nsum, lsum, List.range_succ, List.range_zero,
      List.nil_append, hm, h0, h10, and_false, if_false]
    simp [pairPool]
    grind)

/-- A one-hot target, of the class 0. -/
def first (k : Nat) : R := if k = 0 then 1 else 0

/-- `t - softmax z`. -/
theorem crossEntropy_sign : ¬HasVJPAt (between [2] [] fun z _ => crossEntropy 2 first z) (fun _ => (0 : R))
    (between [] [2] fun d => crossEntropyGrad 2 first (fun _ => 0) fun i => -d i) :=
  not_hasVJPAt (crossEntropy_has_vjp (by decide) first _) (unit []) (i := [0]) rfl (by
    simp [crossEntropyGrad, logitsGrad, softmax, first]; grind)

/-- `softmax z - t` for a target whose weights do not add up to one. -/
theorem crossEntropy_of_sum_ne_one :
    ¬HasVJPAt (between [1] [] fun z _ => crossEntropy 1 (fun _ => 0) z) (fun _ => (0 : R))
      (between [] [1] fun d i => d [] * softmax 1 (fun _ => 0) (i.getD 0 0)) :=
  not_hasVJPAt (crossEntropy_has_vjp (by decide) (fun _ => 0) _) (unit []) (i := [0]) rfl (by
    simp [crossEntropyGrad, logitsGrad, softmax]; grind)

attribute [local instance] Lean.Grind.Semiring.natCast

/-- `softmax z - t` for the mean over a batch of two. -/
theorem softmaxCrossEntropy_without_mean :
    ¬HasVJPAt (between [2, 2] [] fun z _ => (nsum 2 fun a => crossEntropy 2 first (row z a)) / ((2 : Nat) : R))
      (fun _ => 0) (between [] [2, 2] fun d i => d [] * (softmax 2 (fun _ => 0) (i.getD 1 0) - first (i.getD 1 0))) :=
  not_hasVJPAt (softmaxCrossEntropy_has_vjp (by decide) (fun _ => first) _) (unit []) (i := [0, 0]) rfl (by
    simp [softmaxCrossEntropyGrad, logitsGrad, softmax, row, first]; grind)

end
end Lmx.Textbook.Wrong
end
