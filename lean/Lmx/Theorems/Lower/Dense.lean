module
public import Lmx.Theorems.Lower.Basic
public import Lmx.Theorems.Literal
public import Lmx.Textbook.Layer
public import Lmx.Lower.Layer
@[expose] public section

/-!
# Lowering of activations and dense layers

A batch of examples is the tensor `stack X`, where `X b` is the tensor of example `b`. Each lemma says that a layer's
lowering, on a value that holds `stack X`, leaves `stack` of the textbook's layer, example by example.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {ι : Type} [Idx ι] {B : Nat} {E : (ι → R) → Env R} {θ : ι → R} {s : Code}

/-- The tensor of a batch of examples. -/
noncomputable def stack (X : Nat → Tensor R) : Tensor R
  | b :: i => X b i
  | [] => 0

theorem extents_batched (B : Nat) (l : List Nat) : extents B (batched l) = B :: l := by
  rw [batched, ← congrArg (B :: ·) (extents_fixedShape B l)]
  simp [extents, Dim.size]

theorem positive_batched {l : List Nat} (h : ∀ n ∈ l, 0 < n) : (batched l).positive = true := by
  simpa [Shape.positive, all_iff, batched, fixedShape, map_eq, Dim.coeff] using h

/-- A multi-index of a batch is the number of an example and a multi-index of it. -/
theorem exists_of_inRange_batched {l i : List Nat}
    (h : inRange (extents B (TensorType.f32 (batched l)).shape) i = true) :
    ∃ b j, i = b :: j ∧ b < B ∧ inRange l j = true := by
  rw [TensorType.f32, extents_batched] at h
  cases i with
  | nil => cases h
  | cons b j => exact ⟨b, j, rfl, inRange_cons.1 h⟩

theorem exists_of_inRange_pair {n : Nat} {i : List Nat}
    (h : inRange (extents B (TensorType.f32 (batched [n])).shape) i = true) :
    ∃ b j, i = [b, j] ∧ b < B ∧ j < n := by
  obtain ⟨b, j, rfl, hb, hj⟩ := exists_of_inRange_batched h
  match j with
  | [j] => exact ⟨b, j, rfl, hb, (inRange_cons.1 hj).1⟩
  | [] | _ :: _ :: _ => simp [inRange] at hj

section
variable {v w b : Var} {X : (ι → R) → Nat → Tensor R} {W b' : (ι → R) → Tensor R}

theorem lowers_relu {sh : List Nat} (hp : ∀ n ∈ sh, 0 < n)
    (h : HoldsAll B E s v (.f32 (batched sh)) fun θ => stack (X θ)) :
    Lowers B E θ (relu v) s (∀ b, b < B → Textbook.ActivationSmooth .relu sh (X · b) θ)
      fun θ s' u => Holds B (E θ) s' u (.f32 (batched sh)) (stack fun b => Textbook.relu (X θ b)) := by
  rw [relu, Var.shape, h.type]
  refine (smooth_emit (fun θ => spec_constant (by decide) (positive_batched hp)) trivial).then fun s1 z hx hz => ?_
  have hv := h.mono hx
  simp only [Literal.value_ofNat, Semiring.natCast_zero] at hz
  refine (lowers_emit (fun θ => spec_binary .maximum (hv θ) (hz θ)) trivial fun hc i hi => ?_).mono id
    fun θ s2 u _ hu => hu.congr fun i hi => ?_
    <;> obtain ⟨b, i, rfl, hb, hi'⟩ := exists_of_inRange_batched hi
  · simp only [fun θ => (hv θ).read, fun θ => (hz θ).read, clip_of_inRange hi]
    exact hc b hb i hi'
  · rfl

theorem lowers_activate {sh : List Nat} (a : Activation) (hp : ∀ n ∈ sh, 0 < n)
    (h : HoldsAll B E s v (.f32 (batched sh)) fun θ => stack (X θ)) :
    Lowers B E θ (activate a v) s (∀ b, b < B → Textbook.ActivationSmooth a sh (X · b) θ)
      fun θ s' u => Holds B (E θ) s' u (.f32 (batched sh)) (stack fun b => Textbook.activation a (X θ b)) := by
  cases a with
  | identity => exact Lowers.pure h
  | relu => exact lowers_relu hp h

/-- Adding a bias along the last dimension. -/
theorem lowers_addBias {sh : List Nat} {n : Nat} (hp : ∀ k ∈ sh ++ [n], 0 < k)
    (h : HoldsAll B E s v (.f32 (batched (sh ++ [n]))) fun θ => stack (X θ))
    (hb : HoldsAll B E s b (.f32 (fixedShape [n])) b') :
    Lowers B E θ (addBias v b) s True fun θ s' u =>
      Holds B (E θ) s' u (.f32 (batched (sh ++ [n]))) (stack fun k i => X θ k i + b' θ [i.getD sh.length 0]) := by
  have hl : length (batched (sh ++ [n])) = sh.length + 2 := by simp [length_eq, batched, fixedShape, map_eq]
  rw [addBias, Var.shape, h.type, show length (TensorType.f32 (batched (sh ++ [n]))).shape - 1 = sh.length + 1 by
    rw [TensorType.f32, hl]; rfl]
  refine (smooth_ite (fun θ => spec_broadcast ?_ ?_ (positive_batched hp) (hb θ)) trivial).then fun s1 c hx hc => ?_
  · simp [increasingBelow, hl]
  · simp [Shape.pick, Shape.dim, map_eq, batched, fixedShape, nth_eq]
  · refine (smooth_emit (fun θ => spec_binary .add (h.mono hx θ) (hc θ)) trivial).mono id
      fun θ s2 u _ hu => hu.congr fun i hi => ?_
    obtain ⟨k, i, rfl, -⟩ := exists_of_inRange_batched hi
    rfl

theorem lowers_dense {n units : Nat} (hu : 0 < units) (h : HoldsAll B E s v (.f32 (batched [n])) fun θ => stack (X θ))
    (hw : HoldsAll B E s w (.f32 (fixedShape [n, units])) W) (hb : HoldsAll B E s b (.f32 (fixedShape [units])) b') :
    Lowers B E θ (dense v w b) s True fun θ s' u =>
      Holds B (E θ) s' u (.f32 (batched [units])) (stack fun k => Textbook.dense n (W θ) (b' θ) (X θ k)) := by
  have hd : dotShape [] [] [1] [0] (batched [n]) (fixedShape [n, units]) = some (batched ([] ++ [units])) :=
    dotShape_iff.2 ⟨⟨by simp [batched, fixedShape, map_eq], by simp [fixedShape, map_eq], rfl, rfl, rfl, rfl⟩, rfl⟩
  refine (smooth_emit (fun θ => spec_dot hd (h θ) (hw θ)) trivial).then fun s1 y hx hy => ?_
  refine (lowers_addBias (X := fun θ k i => nsum n fun c => X θ k [c] * W θ [c, i.getD 0 0]) (by simpa using hu)
    (fun θ => (hy θ).congr fun i hi => ?_) (hb.mono hx)).mono id fun θ s2 u _ hu => hu.congr fun i hi => ?_
    <;> obtain ⟨k, j, rfl, -⟩ := exists_of_inRange_pair hi
  · refine (tsum_cons n [] _).trans (nsum_congr fun c _ => ?_)
    rw [tsum_nil]; rfl
  · rfl
end

end Lmx
end
