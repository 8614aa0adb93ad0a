module
public import Lmx.Theorems.Chapters.Dense
public import Lmx.Theorems.Jvp.Op
public import Lmx.Theorems.Pullback.Conv
public import Lmx.Theorems.Pullback.Reshape
public import Lmx.Theorems.Expand.Basic
@[expose] public section

/-!
# Backpropagation through convolution, global average pooling and flattening

Main results, for a batch of `N` images: `conv2d_has_vjp_image`, `conv2d_has_vjp_kernel`, `conv2d_has_vjp_bias`;
`globalAvgPool_has_vjp`; `flatten_has_vjp`. All hold for any stride, padding and size of the window.
-/

namespace Lmx.Textbook
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {N : Nat}

noncomputable section

/-! ### Convolution -/

/-- The gradient of a convolution's bias: the sum of the cotangent over the batch and the places of the window. -/
def convBiasGrad (c : Conv) (N : Nat) (d : Tensor R) : Tensor R
  | [f] => nsum N fun a =>
      nsum (c.window.output c.image).1 fun i => nsum (c.window.output c.image).2 fun j => d [a, i, j, f]
  | _ => 0

/-- Convolution in the image: `dx[h,w,c] = Σ dy[i,j,f] k[u,v,c,f]` over the places `(i,j)` and offsets `(u,v)` that meet
in `(h,w)`. -/
theorem conv2d_has_vjp_image (c : Conv) (k b : Tensor R) (x : Ix (c.imageExtents N) → R) :
    HasVJPAt (between (c.imageExtents N) (c.outputExtents N) (batch (conv2d c k b))) x
      (between (c.outputExtents N) (c.imageExtents N) fun d => convImageGradAt c d k) := by
  refine hasVJPAt_between (L := fun h => convAt c h k) (fun i hi => ?_) fun d h => tdot_convAt_image c N d h k
  obtain ⟨a, i, j, f, rfl, -⟩ := inRange4.1 hi
  exact HasD.add_const (HasD.lsum _ fun q => HasD.lsum _ fun ci =>
    (hasD_windowAt (hasD_toTensor x) c.window c.image 0 a i j ci q).mul_right _) (b [f])

/-- Convolution in the kernel: `dk[u,v,c,f] = Σ x[i·s + u - low, j·s + v - low, c] dy[i,j,f]`, over the batch too. -/
theorem conv2d_has_vjp_kernel (c : Conv) (x b : Tensor R) (k : Ix c.kernelExtents → R) :
    HasVJPAt (between c.kernelExtents (c.outputExtents N) fun k => batch (conv2d c k b) x) k
      (between (c.outputExtents N) c.kernelExtents (convKernelGradAt c N x)) := by
  refine hasVJPAt_between (L := convAt c x) (fun i hi => ?_) fun d h => tdot_convAt_kernel c N d x h
  obtain ⟨a, i, j, f, rfl, -⟩ := inRange4.1 hi
  exact HasD.add_const (HasD.lsum _ fun q : Nat × Nat => HasD.lsum _ fun ci =>
    (hasD_toTensor k [q.1, q.2, ci, f]).mul_left _) (b [f])

/-- Convolution in the bias. -/
theorem conv2d_has_vjp_bias (c : Conv) (x k : Tensor R) (b : Ix [c.outputs] → R) :
    HasVJPAt (between [c.outputs] (c.outputExtents N) fun b => batch (conv2d c k b) x) b
      (between (c.outputExtents N) [c.outputs] (convBiasGrad c N)) := by
  refine hasVJPAt_between (L := fun h i => h (i.drop 3)) (fun i hi => ?_) fun d h => ?_
  · obtain ⟨a, i, j, f, rfl, -⟩ := inRange4.1 hi
    exact ((HasD.const _ b).plus (hasD_toTensor b [f])).congr fun h => AddCommMonoid.zero_add _
  · simp only [tdot, Conv.outputExtents, tsum_cons, tsum_nil, convBiasGrad, nsum, lsum_mul_right, List.drop]
    exact lsum_rotate_four ..

/-! ### Global average pooling -/

/-- Every pixel of a channel gets the same share of the channel's cotangent. -/
def globalAvgPoolGrad (height width : Nat) (d : Tensor R) : Tensor R
  | [a, _, _, c] => d [a, c] / ((height * width : Nat) : R)
  | _ => 0

/-- The mean over an image, for each channel. -/
theorem globalAvgPool_has_vjp (height width channels : Nat) (x : Ix [N, height, width, channels] → R) :
    HasVJPAt (between [N, height, width, channels] [N, channels] (batch (globalAvgPool height width))) x
      (between [N, channels] [N, height, width, channels] (globalAvgPoolGrad height width)) := by
  refine hasVJPAt_between (L := batch (globalAvgPool height width)) (fun i hi => ?_) fun d h => ?_
  · obtain ⟨a, c, rfl, -, -⟩ := exists_pair hi
    simp only [batch, globalAvgPool, row, Field.div_eq_mul_inv]
    exact HasD.mul_right (HasD.lsum _ fun i => HasD.lsum _ fun j => hasD_toTensor x _) _
  · simp only [tdot, tsum_cons, tsum_nil, batch, globalAvgPool, row, globalAvgPoolGrad, Field.div_eq_mul_inv, nsum,
      lsum_mul_right, ← lsum_mul]
    exact lsum_congr fun a _ => (lsum_rotate_three ..).symm.trans
      (lsum_congr fun i _ => lsum_congr fun j _ => lsum_congr fun c _ => by grind)

/-! ### Flattening -/

/-- Flattening's cotangent, in the shape `s` again. -/
def flattenGrad (s : List Nat) (d : Tensor R) : Tensor R
  | a :: i => d [a, ravel s i]
  | [] => 0

/-- Flattening moves numbers, and its cotangent moves back. -/
theorem flatten_has_vjp (s : List Nat) (x : Ix (N :: s) → R) :
    HasVJPAt (between (N :: s) [N, product s] (batch (flatten s))) x
      (between [N, product s] (N :: s) (flattenGrad s)) := by
  refine hasVJPAt_between (L := batch (flatten s)) (fun i hi => ?_) fun d h => ?_
  · obtain ⟨a, k, rfl, -, -⟩ := exists_pair hi
    exact hasD_toTensor x _
  · have e : product s = product [product s] := (Nat.mul_one _).symm
    simp only [tdot, tsum_cons N, batch, flatten, row, flattenGrad, tsum_reshape e]
    refine nsum_congr fun a _ => tsum_congr fun i hi => ?_
    obtain ⟨k, rfl⟩ := List.length_eq_one_iff.1 (length_of_inRange hi)
    have hr := ravel_unravel (inRange_cons.1 hi).1
    simp [ravel, product, foldr, hr.2]

end
end Lmx.Textbook
end
