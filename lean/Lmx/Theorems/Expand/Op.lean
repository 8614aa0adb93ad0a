module
public import Lmx.Theorems.Expand.Conv
public import Lmx.Theorems.Expand.Pool
public import Lmx.Theorems.Expand.LogSoftmax
@[expose] public section

/-!
# The expansion of an op

Main result: `spec_expandOp`, an op and the primitives that it is expanded into compute the same.

Not claimed: anything about tensors with an extent of zero, which no checked program has. (The adjoint of a convolution
in an image without rows expands into code that no check passes, although the padding alone can make room for a window.)
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code}

/-- `expandOp` computes the op. -/
theorem spec_expandOp {op : Op} {args : List Var} {t : TensorType} (ht : op.infer (args.map Var.type) = some t)
    (hargs : ∀ a ∈ args, Holds B e s a a.type (s.env B e a.id)) (hpos : ∀ a ∈ args, ∀ d ∈ a.shape, 0 < d.coeff)
    (hout : ∀ d ∈ t.shape, 0 < d.coeff) :
    Spec B e (expandOp op args) s fun s' v => Holds B e s' v t (op.eval B (args.map (Var.read B (s.env B e)))) := by
  replace hpos : ∀ a ∈ args, Shape.positive a.type.shape = true := fun a ha => (Shape.positive_iff _).2 (hpos a ha)
  have ht' := (Shape.positive_iff _).2 hout
  unfold expandOp
  split
  case h_7 => exact spec_emit ht (Op.imagePositive_of_infer ht ht')
  all_goals
    obtain ⟨ss, _, hss, hs, rfl⟩ := (Op.infer_iff (by nofun) (by nofun)).1 ht
    rcases ss with _ | ⟨sh, _ | ⟨_, _ | ⟨_, _ | _⟩⟩⟩ <;> simp at hss
    simp only [List.forall_mem_cons, hss] at hargs hpos
    simp only [Op.inferShape, guardSome_iff, Bool.and_eq_true, Shape.beq_iff] at hs
  · obtain ⟨⟨⟨hv, rfl⟩, rfl⟩, rfl⟩ := hs
    exact spec_expandConv hargs.1 hargs.2.1 hv hpos.1 hpos.2.1
  · obtain ⟨⟨⟨hv, rfl⟩, rfl⟩, rfl⟩ := hs
    exact spec_expandConvImageGrad hargs.1 hargs.2.1 hv ht' hpos.2.1
  · obtain ⟨⟨⟨hv, rfl⟩, rfl⟩, rfl⟩ := hs
    simpa [Op.eval, Var.read, Var.shape, hss, TensorType.f32, Conv.imageShape, extents_image] using
      spec_expandConvKernelGrad hargs.1 hargs.2.1 hv hpos.1 ht'
  · obtain ⟨⟨hv, rfl⟩, rfl⟩ := hs
    exact spec_expandMaxPool hargs.1 hv hpos.1
  · obtain ⟨⟨⟨⟨hv, rfl⟩, rfl⟩, rfl⟩, rfl⟩ := hs
    exact spec_expandMaxPoolGrad hargs.1 hargs.2.1 hargs.2.2.1 hv ht'
  · obtain ⟨hb, rfl⟩ := hs
    rw [Nat.beq_eq, length_eq] at hb
    obtain ⟨a, b, rfl⟩ : ∃ a b, sh = [a, b] := match sh, hb with | [a, b], _ => ⟨a, b, rfl⟩
    simpa [Op.eval, Var.read, Var.shape, hss, TensorType.f32, extents] using spec_expandLogSoftmax hargs.1 ht'

end Lmx
end
