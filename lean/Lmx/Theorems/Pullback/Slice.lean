module
public import Lmx.Theorems.Pullback.Cotangent
public import Lmx.Theorems.EmitWindow
@[expose] public section

/-!
# Pullbacks of slices and pads

The adjoint of a slice is a pad with zeros, and that of a pad a slice: `tdot_strided`.

Main results: `pullsBack_slice`, `pullsBack_pad`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {out x : Var}

/-- Taking the elements that a pad puts into place is the adjoint of padding with zeros. -/
theorem tdot_strided {sh sh' : Shape} {l h k : List Nat} (hp : padShape sh l h k = some sh') (d y : Tensor R) :
    tdot (extents B sh) d (fun i => y (strided l (k.map (· + 1)) i)) =
      tdot (extents B sh') (fun i => match unpad l k (extents B sh) i with | some j => d j | none => 0) y := by
  refine (lsum_partial (nodup_indices (extents B sh)) (nodup_indices (extents B sh')) (strided l (k.map (· + 1)))
    (unpad l k (extents B sh))
    (fun j hj => ?_) (fun i _ j hu => ?_) d y).trans (tsum_congr fun i _ => ?_)
  · rw [mem_indices] at hj ⊢
    exact ⟨inRange_strided B hp hj, unpad_strided B hp hj⟩
  · rw [mem_indices]
    exact strided_of_unpad hu
  · show _ = (match unpad l k (extents B sh) i with | some j => d j | none => 0) * y i
    cases unpad l k (extents B sh) i <;> rfl

/-- The slice that takes a tensor out of a pad has the tensor's shape. -/
theorem sliceShape_of_padShape {sh sh' : Shape} {l h k : List Nat} (hp : padShape sh l h k = some sh') :
    sliceShape sh' l (padLimit sh l k) (k.map (· + 1)) = some sh := by
  fun_induction padShape sh l h k generalizing sh' with
  | case1 => cases hp; rfl
  | case2 => cases hp
  | case3 ds l ls h hs k ks r hr n ih =>
    obtain ⟨hc, rfl⟩ := guardSome_iff.1 hp
    simp only [Bool.and_eq_true, Nat.beq_eq] at hc
    obtain ⟨⟨rfl, rfl⟩, rfl⟩ := hc
    simp [padLimit, sliceShape, ih hr, Dim.isBatch, guardSome, Dim.beq]
  | case4 ds l ls h hs k ks r hr n ih =>
    obtain ⟨hc, rfl⟩ := guardSome_iff.1 hp
    simp only [Nat.ble_eq] at hc
    have hq : (l + (n - 1) * (k + 1) + 1 - l + (k + 1) - 1) / (k + 1) = n := by
      rw [show l + (n - 1) * (k + 1) + 1 - l + (k + 1) - 1 = (n - 1) * (k + 1) + (k + 1) by omega, ← Nat.succ_mul,
        Nat.mul_div_cancel _ (Nat.succ_pos k)]
      omega
    have hm : (n - 1) * (k + 1) = (n - 1) * k + (n - 1) := Nat.mul_succ ..
    simp only [padLimit, List.map_cons, sliceShape, ih hr, Dim.isBatch, Dim.coeff, cond_false, hq]
    refine guardSome_iff.2 ⟨?_, rfl⟩
    simp only [Bool.and_eq_true, Nat.ble_eq]
    omega
  | case5 => cases hp

/-- The pullback of a slice: a pad. -/
theorem pullsBack_slice {a t : List Nat} {lim : Shape} (h : (Op.slice a lim t).infer [x.type] = some out.type) :
    PullsBack B e ⟨out, .slice a lim t, [x]⟩ := by
  obtain ⟨x, tx⟩ := x
  obtain ⟨out, to⟩ := out
  obtain ⟨sh, u, rfl, hu, rfl⟩ := Op.infer_one (op := .slice a lim t) (t := tx) (t' := to) h nofun nofun
  obtain ⟨hp, ht⟩ := padShape_of_sliceShape (show sliceShape sh a lim t = some u from hu)
  intro s d δ _ _ hd _
  show Spec B e (emit (.pad a (sliceRest sh a t u) (map (fun t => t - 1) t) (.ofNat 0)) [d] >>=
    fun g => pure [some g]) s _
  rw [map_eq]
  refine (spec_pad rfl hd hp).bind fun s' g _ hg => Spec.pure (cotangent_one hg fun τ => ?_)
  have := tdot_strided (B := B) hp δ (τ x)
  rw [ht] at this
  rw [Literal.value_zero]
  exact this

/-- The pullback of a pad: a slice. -/
theorem pullsBack_pad {l hi k : List Nat} {v : Literal} (h : (Op.pad l hi k v).infer [x.type] = some out.type) :
    PullsBack B e ⟨out, .pad l hi k v, [x]⟩ := by
  obtain ⟨x, tx⟩ := x
  obtain ⟨out, to⟩ := out
  obtain ⟨sh, u, rfl, hu, rfl⟩ := Op.infer_one (op := .pad l hi k v) (t := tx) (t' := to) h nofun nofun
  have hp : padShape sh l hi k = some u := by
    rw [Op.inferShape] at hu
    cases hv : v.valid <;> simp_all
  intro s d δ _ _ hd _
  show Spec B e (emit (.slice l (padLimit sh l k) (map (fun i => i + 1) k)) [d] >>= fun g => pure [some g]) s _
  rw [map_eq]
  refine (spec_slice hd (sliceShape_of_padShape hp)).bind fun s' g _ hg => Spec.pure (cotangent_one hg fun τ => ?_)
  refine Eq.trans ?_ ((tdot_strided (B := B) hp (τ x) δ).symm.trans (tdot_comm ..))
  rw [tdot_comm, ← Literal.value_zero]
  rfl

end Lmx
end
