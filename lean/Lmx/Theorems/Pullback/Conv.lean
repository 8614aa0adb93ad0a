module
public import Lmx.Theorems.Pullback.Window
@[expose] public section

/-!
# The pullback of convolution

Main results: `tdot_convAt_image` and `tdot_convAt_kernel`, the structured ops `convImageGrad` and `convKernelGrad` are
the adjoints of convolution in its image and in its kernel, for all tensors; `tdot_conv_jvp`, together they are the
adjoint of its derivative; `pullsBack_conv`, its pullback emits them.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [RealOps R]

/-- The extents of a batch of `n` images that a convolution takes. -/
def Conv.imageExtents (c : Conv) (n : Nat) : List Nat := [n, c.image.1, c.image.2, c.inputs]

/-- The extents of the kernel. -/
def Conv.kernelExtents (c : Conv) : List Nat := [c.window.size.1, c.window.size.2, c.inputs, c.outputs]

/-- The extents of the result for `n` images. -/
def Conv.outputExtents (c : Conv) (n : Nat) : List Nat :=
  [n, (c.window.output c.image).1, (c.window.output c.image).2, c.outputs]

/-- `convImageGradAt` is the adjoint of convolution in the image. -/
theorem tdot_convAt_image (c : Conv) (n : Nat) (d dx k : Tensor R) :
    tdot (c.outputExtents n) d (convAt c dx k) = tdot (c.imageExtents n) (convImageGradAt c d k) dx := by
  simp only [Conv.outputExtents, Conv.imageExtents, tdot, tsum_four, convAt, convImageGradAt]
  refine nsum_congr fun b _ => ?_
  simp only [nsum, lsum_mul_right, ← lsum_mul]
  -- on both sides, the offset `q` to the front, then `oh`, `ow` and `ci`
  refine (lsum_rotate_four ..).trans ((lsum_congr fun q _ => ?_).trans (lsum_rotate_four ..).symm)
  refine (lsum_congr fun oh _ => ?_).trans (lsum_rotate_four ..).symm
  refine (lsum_congr fun ow _ => ?_).trans (lsum_rotate_four ..).symm
  refine (lsum_comm ..).trans ((lsum_congr fun ci _ => ?_).trans (lsum_rotate_three ..).symm)
  refine Eq.trans ?_ (nsum_nsum_windowAt c.window c.image _ dx b oh ow ci q).symm
  rw [lsum_mul_right]
  exact lsum_congr fun co _ => by grind

/-- `convKernelGradAt` is the adjoint of convolution in the kernel. -/
theorem tdot_convAt_kernel (c : Conv) (n : Nat) (d x dk : Tensor R) :
    tdot (c.outputExtents n) d (convAt c x dk) = tdot c.kernelExtents (convKernelGradAt c n x d) dk := by
  simp only [Conv.outputExtents, Conv.kernelExtents, tdot, tsum_four, convAt, convKernelGradAt, lsum_offsets]
  simp only [nsum, lsum_mul_right, ← lsum_mul]
  refine (lsum_congr fun b _ => ?_).trans (lsum_rotate_five ..).symm
  refine (lsum_congr fun oh _ => ?_).trans (lsum_rotate_five ..).symm
  refine (lsum_congr fun ow _ => ?_).trans (lsum_rotate_five ..).symm
  refine (lsum_congr fun co _ => ?_).trans (lsum_rotate_four ..).symm
  exact lsum_congr fun kh _ => lsum_congr fun kw _ => lsum_congr fun ci _ => by grind

/-- The two ops are the adjoint of the derivative of convolution. -/
theorem tdot_conv_jvp (B n : Nat) (c : Conv) (d : Tensor R) {x k : Value R} (dx dk : Value R) {out : List Nat}
    (hx : x.extents = c.imageExtents n) :
    tdot (c.outputExtents n) d ((Op.conv c).jvp B [x, k] [dx, dk]) =
      tdot (c.imageExtents n) ((Op.convImageGrad c).eval B [⟨out, d⟩, k]) dx.elem +
      tdot c.kernelExtents ((Op.convKernelGrad c).eval B [x, ⟨out, d⟩]) dk.elem := by
  simp only [Op.jvp, Op.eval, hx, tdot_add]
  rw [tdot_convAt_image, tdot_convAt_kernel]
  rfl

theorem infer_conv {c : Conv} {tx tk t : TensorType} (h : (Op.conv c).infer [tx, tk] = some t) :
    c.window.valid c.image = true ∧ tx = .f32 c.imageShape ∧ tk = .f32 c.kernelShape ∧ t = .f32 c.outputShape := by
  obtain ⟨sx, sk, s, rfl, rfl, hs, rfl⟩ := Op.infer_two h nofun nofun
  obtain ⟨hv, rfl⟩ := guardSome_iff.1 hs
  simp only [Bool.and_eq_true, Shape.beq_iff] at hv
  obtain ⟨⟨hv, rfl⟩, rfl⟩ := hv
  exact ⟨hv, rfl, rfl, rfl⟩

/-- The pullback of convolution emits the adjoint of its derivative. The cotangent of the image is not empty, as the
image is not. -/
theorem pullsBack_conv {B : Nat} {e : Env R} {out x k : Var} {c : Conv}
    (h : (Op.conv c).infer [x.type, k.type] = some out.type)
    (hp : x.shape.positive = true) : PullsBack B e ⟨out, .conv c, [x, k]⟩ := by
  obtain ⟨hv, hx, hk, ho⟩ := infer_conv h
  rw [Var.shape, hx] at hp
  intro s d δ hargs _ hd _
  have hxs := hargs x (by simp)
  have hks := hargs k (by simp)
  simp only [hx, hk, ho] at hxs hks hd
  refine Spec.bind (spec_emit (t := x.type) ?_ hp) fun s1 g hs1 hg =>
    Spec.bind (spec_emit (t := k.type) ?_ trivial) fun s2 g' hs2 hg' => Spec.pure ?_
  · simp only [List.map_cons, List.map_nil, hd.type, hk, hx]
    simp only [Op.infer, TensorType.f32, shapesOf, Op.inferShape, Shape.beq_self, guardSome, hv, Bool.and_self,
      cond_true, numbers]
  · simp only [List.map_cons, List.map_nil, hd.type, hk, hx]
    simp only [Op.infer, TensorType.f32, shapesOf, Op.inferShape, Shape.beq_self, guardSome, hv, Bool.and_self,
      cond_true, numbers]
  have hg := hg.mono hs2
  refine ⟨⟨hg.self, hg'.self, trivial⟩, fun t => ?_⟩
  simp only [pairing, hg.value, hg'.value, List.map_cons, List.map_nil, hd.read, hxs.read, hks.read,
    (hd.mono hs1).read, (hxs.mono hs1).read, Var.shape, hx, hk, ho, tdot_clip_left]
  rw [AddCommMonoid.add_zero]
  exact (tdot_clip_left ..).symm.trans (tdot_conv_jvp B (1 * B) c _ (Var.read B t x) (Var.read B t k) rfl)

end
end Lmx
end
