module
public import Lmx.Theorems.Pullback.Window
@[expose] public section

/-!
# The pullback of max-pooling

Main results: `tdot_maxPoolJvpAt`, the structured op `maxPoolGrad` is the adjoint of `maxPoolJvpAt`, for all tensors,
given the maxima; `pullsBack_maxPool`. Where `maxPoolJvpAt` is the derivative of max-pooling is the matter of
`Lmx.Theorems.Jvp.Pool`.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [RealOps R]

/-- The extents of a batch of `n` images that a pooling takes. -/
def Pool.imageExtents (p : Pool) (n : Nat) : List Nat := [n, p.image.1, p.image.2, p.channels]

/-- The extents of the result for `n` images. -/
def Pool.outputExtents (p : Pool) (n : Nat) : List Nat :=
  [n, (p.window.output p.image).1, (p.window.output p.image).2, p.channels]

/-- `maxPoolGradAt` is the adjoint of `maxPoolJvpAt`, if `y` are the maxima. -/
theorem tdot_maxPoolJvpAt (p : Pool) (n : Nat) (d dx : Tensor R) {x y : Tensor R}
    (hy : ∀ i, inRange (p.outputExtents n) i = true → y i = maxPoolAt p x i) :
    tdot (p.outputExtents n) d (maxPoolJvpAt p x dx) = tdot (p.imageExtents n) (maxPoolGradAt p x y d) dx := by
  simp only [Pool.outputExtents, Pool.imageExtents, tdot, tsum_four, maxPoolJvpAt, maxPoolGradAt]
  refine nsum_congr fun b hb => ?_
  simp only [nsum, lsum_mul_right]
  -- on both sides, the channel to the front, then `ow` and `oh`
  refine (lsum_rotate_three ..).trans ((lsum_congr fun c hc => ?_).trans (lsum_rotate_three ..).symm)
  refine (lsum_comm ..).trans ((lsum_congr fun ow how => ?_).trans (lsum_rotate_four ..).symm)
  refine (lsum_congr fun oh hoh => ?_).trans (lsum_rotate_three ..).symm
  rw [List.mem_range] at hc how hoh
  rw [hy [b, oh, ow, c] (by simp [inRange, Pool.outputExtents, hb, hc, how, hoh])]
  cases firstOffset p x (maxPoolAt p x [b, oh, ow, c]) b oh ow c with
  | some q => exact (nsum_nsum_windowAt p.window p.image (d [b, oh, ow, c]) dx b oh ow c q).symm
  | none => simp only [Semiring.zero_mul, Semiring.mul_zero, lsum_zero]

/-- The pooling's adjoint, with its own maxima. -/
theorem tdot_maxPoolJvpAt_self (p : Pool) (n : Nat) (d x dx : Tensor R) :
    tdot (p.outputExtents n) d (maxPoolJvpAt p x dx) =
      tdot (p.imageExtents n) (maxPoolGradAt p x (maxPoolAt p x) d) dx :=
  tdot_maxPoolJvpAt p n d dx fun _ _ => rfl

theorem infer_maxPool {p : Pool} {tx t : TensorType} (h : (Op.maxPool p).infer [tx] = some t) :
    p.window.valid p.image = true ∧ tx = .f32 p.imageShape ∧ t = .f32 p.outputShape := by
  obtain ⟨sx, s, rfl, hs, rfl⟩ := Op.infer_one h nofun nofun
  obtain ⟨hv, rfl⟩ := guardSome_iff.1 hs
  simp only [Bool.and_eq_true, Shape.beq_iff] at hv
  obtain ⟨hv, rfl⟩ := hv
  exact ⟨hv, rfl, rfl⟩

/-- The pullback of max-pooling emits the adjoint of its derivative. -/
theorem pullsBack_maxPool {B : Nat} {e : Env R} {out x : Var} {p : Pool}
    (h : (Op.maxPool p).infer [x.type] = some out.type) :
    PullsBack B e ⟨out, .maxPool p, [x]⟩ := by
  obtain ⟨hv, hx, ho⟩ := infer_maxPool h
  intro s d δ hargs hout hd _
  have hxs := hargs x (by simp)
  simp only [hx, ho] at hxs hout hd
  refine Spec.bind (spec_emit (t := x.type) ?_ trivial) fun s1 g hs1 hg => Spec.pure ⟨⟨hg.self, trivial⟩, fun t => ?_⟩
  · simp only [List.map_cons, List.map_nil, hd.type, ho, hx]
    simp only [Op.infer, TensorType.f32, shapesOf, Op.inferShape, Shape.beq_self, guardSome, hv, Bool.and_self,
      cond_true, numbers]
  simp only [pairing, hg.value, List.map_cons, List.map_nil, hd.read, hxs.read, hout.read, Var.shape, hx, ho,
    tdot_clip_left]
  rw [AddCommMonoid.add_zero]
  exact (tdot_clip_left ..).symm.trans (tdot_maxPoolJvpAt p (1 * B) _ (t x.id) fun i hi => clip_of_inRange hi _)

end
end Lmx
end
