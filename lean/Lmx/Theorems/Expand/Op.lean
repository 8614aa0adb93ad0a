module
public import Lmx.Theorems.Expand.Conv
public import Lmx.Theorems.Expand.Pool
public import Lmx.Theorems.Expand.LogSoftmax
@[expose] public section

/-!
# The expansion of an op

Main result: `spec_expandOp`, an op and the primitives that it is expanded into compute the same.

Not claimed: anything about tensors with an extent of zero, which no checked program has. (The adjoint of a convolution in an image without rows
expands into code that no check passes, although the padding alone can make room for a window.)
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
  next c x k =>
    obtain ⟨_, _, _, hx, hk, hs, rfl⟩ := Op.infer_two ht nofun nofun
    obtain ⟨hb, rfl⟩ := guardSome_iff.1 hs
    simp only [Bool.and_eq_true, Shape.beq_iff] at hb
    obtain ⟨⟨hv, rfl⟩, rfl⟩ := hb
    have hx' := hpos x (by simp)
    have hk' := hpos k (by simp)
    exact spec_expandConv (hx ▸ hargs x (by simp)) (hk ▸ hargs k (by simp)) hv (by rwa [hx] at hx') (by rwa [hk] at hk')
  next c d k =>
    obtain ⟨_, _, _, hd, hk, hs, rfl⟩ := Op.infer_two ht nofun nofun
    obtain ⟨hb, rfl⟩ := guardSome_iff.1 hs
    simp only [Bool.and_eq_true, Shape.beq_iff] at hb
    obtain ⟨⟨hv, rfl⟩, rfl⟩ := hb
    have hk' := hpos k (by simp)
    exact spec_expandConvImageGrad (hd ▸ hargs d (by simp)) (hk ▸ hargs k (by simp)) hv ht' (by rwa [hk] at hk')
  next c x d =>
    obtain ⟨_, _, _, hx, hd, hs, rfl⟩ := Op.infer_two ht nofun nofun
    obtain ⟨hb, rfl⟩ := guardSome_iff.1 hs
    simp only [Bool.and_eq_true, Shape.beq_iff] at hb
    obtain ⟨⟨hv, rfl⟩, rfl⟩ := hb
    have hx' := hpos x (by simp)
    have hB : (extents B x.shape).getD 0 0 = B := by rw [Var.shape, hx]; exact Nat.one_mul B
    have := spec_expandConvKernelGrad (hx ▸ hargs x (by simp)) (hd ▸ hargs d (by simp)) hv (by rwa [hx] at hx') ht'
    simp only [List.map_cons, List.map_nil, Op.eval, Var.read, hB]
    exact this
  next p x =>
    obtain ⟨_, _, hx, hs, rfl⟩ := Op.infer_one ht nofun nofun
    obtain ⟨hb, rfl⟩ := guardSome_iff.1 hs
    simp only [Bool.and_eq_true, Shape.beq_iff] at hb
    obtain ⟨hv, rfl⟩ := hb
    have hx' := hpos x (by simp)
    exact spec_expandMaxPool (hx ▸ hargs x (by simp)) hv (by rwa [hx] at hx')
  next p x y d =>
    obtain ⟨ss, _, hss, hs, rfl⟩ := (Op.infer_iff (op := .maxPoolGrad p) nofun nofun).1 ht
    match ss, hss with
    | [_, _, _], hss =>
      simp only [List.map_cons, List.map_nil, List.cons.injEq, and_true] at hss
      obtain ⟨hx, hy, hd⟩ := hss
      obtain ⟨hb, rfl⟩ := guardSome_iff.1 hs
      simp only [Bool.and_eq_true, Shape.beq_iff] at hb
      obtain ⟨⟨⟨hv, rfl⟩, rfl⟩, rfl⟩ := hb
      exact spec_expandMaxPoolGrad (hx ▸ hargs x (by simp)) (hy ▸ hargs y (by simp)) (hd ▸ hargs d (by simp)) hv ht'
    | [], hss | [_], hss | [_, _], hss | _ :: _ :: _ :: _ :: _, hss => simp at hss
  next z =>
    obtain ⟨sh, _, hz, hs, rfl⟩ := Op.infer_one ht nofun nofun
    obtain ⟨hb, rfl⟩ := guardSome_iff.1 hs
    rw [Nat.beq_eq, length_eq] at hb
    obtain ⟨a, b, rfl⟩ : ∃ a b, sh = [a, b] := match sh, hb with | [a, b], _ => ⟨a, b, rfl⟩
    have hn : (extents B z.shape).getD 1 0 = b.size B := by rw [Var.shape, hz]; rfl
    simp only [List.map_cons, List.map_nil, Op.eval, Var.read, hn]
    exact spec_expandLogSoftmax (hz ▸ hargs z (by simp)) ht'
  next => exact spec_emit ht (Op.imagePositive_of_infer ht ht')

end Lmx
