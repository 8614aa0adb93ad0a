module
public import Lmx.Calculus.Unique
public import Lmx.Textbook.Layer
public import Lmx.Theorems.Jvp.Basic
@[expose] public section

/-!
# Layers as functions of vectors

The vector-Jacobian product is a notion for vectors `ι → R`. A tensor of extents `s` is the vector of its elements, with
the indices `Ix s`.

Main definitions: `Ix`, `toTensor`; `between s t f`, a function on tensors as one on the vectors of their elements;
`batch f`, a function applied to each example of a batch.

Main results: `hasVJPAt_between`, the adjoint of the derivative is the vector-Jacobian product; `hasVJPAt_comp`, the
chain rule for functions that read only elements in range; `not_hasVJPAt`, any other backward map is wrong.
-/

namespace Lmx.Textbook
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {s t u : List Nat}

/-- The indices of the elements of a tensor of extents `s`. -/
abbrev Ix (s : List Nat) : Type := {i : List Nat // i ∈ indices s}

noncomputable section

instance (s : List Nat) : Idx (Ix s) := Idx.ofList _ (nodup_indices s)

/-- The tensor with the given elements, zero out of range. -/
def toTensor (x : Ix s → R) : Tensor R := fun i => if h : i ∈ indices s then x ⟨i, h⟩ else 0

/-- A function on tensors, as a function of the elements of extents `s` that gives those of extents `t`. -/
def between (s t : List Nat) (f : Tensor R → Tensor R) (x : Ix s → R) : Ix t → R := fun i => f (toTensor x) i.1

/-- A function of one example, applied to each example of a batch. -/
def batch (f : Tensor R → Tensor R) (x : Tensor R) : Tensor R
  | b :: i => f (row x b) i
  | [] => 0

/-- What `f` gives within `t` does not depend on elements outside `s`. -/
def Reads (s t : List Nat) (f : Tensor R → Tensor R) : Prop := ∀ x i, inRange t i = true → f (clip s x) i = f x i

theorem toTensor_apply (x : Ix s → R) (i : Ix s) : toTensor x i.1 = x i := dif_pos i.2

theorem toTensor_restrict (x : Tensor R) : toTensor (fun i : Ix s => x i.1) = clip s x := by
  funext i
  simp only [toTensor, clip, mem_indices]
  split <;> rfl

theorem toTensor_between (f : Tensor R → Tensor R) (x : Ix s → R) : toTensor (between s t f x) = clip t (f (toTensor x)) := toTensor_restrict _

theorem dot_eq_tdot (x y : Tensor R) : dot (fun i : Ix s => x i.1) (fun i => y i.1) = tdot s x y :=
  sum_ofList (indices s) (nodup_indices s) fun i => x i * y i

theorem hasD_toTensor (x : Ix s → R) (i : List Nat) : HasD (fun x => toTensor x i) (fun h => toTensor h i) x := by
  simp only [toTensor]; split
  · exact HasD.coord _ x
  · exact HasD.const 0 x

/-- A function on tensors with the derivative `L`, coordinate by coordinate, has the adjoint `B` of `L` as its
vector-Jacobian product. -/
theorem hasVJPAt_between {f L B : Tensor R → Tensor R} {x : Ix s → R}
    (hf : ∀ i, inRange t i = true → HasD (fun x => f (toTensor x) i) (fun h => L (toTensor h) i) x)
    (hB : ∀ d h, tdot t d (L h) = tdot s (B d) h) : HasVJPAt (between s t f) x (between t s B) := by
  refine hasVJPAt_iff.2 ⟨between s t L, fun j => hf j.1 (mem_indices.1 j.2), fun d h => ?_⟩
  have hd := dot_eq_tdot (s := t) (toTensor d) (L (toTensor h))
  have hh := dot_eq_tdot (s := s) (B (toTensor d)) (toTensor h)
  simp only [toTensor_apply] at hd hh
  exact hd.trans ((hB ..).trans hh.symm)

/-- Functions that agree in range have the same vector-Jacobian product. -/
theorem hasVJPAt_congr {f f' B B' : Tensor R → Tensor R} {x : Ix s → R} (h : HasVJPAt (between s t f) x (between t s B))
    (hf : ∀ x i, inRange t i = true → f' x i = f x i) (hB : ∀ d i, inRange s i = true → B' d i = B d i) :
    HasVJPAt (between s t f') x (between t s B') := by
  have e1 : between s t f' = between s t f := funext fun x => funext fun i => hf _ i.1 (mem_indices.1 i.2)
  have e2 : between t s B' = between t s B := funext fun d => funext fun i => hB _ i.1 (mem_indices.1 i.2)
  rw [e1, e2]; exact h

/-- The chain rule, for functions on tensors. -/
theorem hasVJPAt_comp {f g B C : Tensor R → Tensor R} {x : Ix s → R} (hf : HasVJPAt (between s t f) x (between t s B))
    (hg : HasVJPAt (between t u g) (between s t f x) (between u t C)) (rg : Reads t u g) (rB : Reads t s B) :
    HasVJPAt (between s u fun x => g (f x)) x (between u s fun d => B (C d)) := by
  have e1 : (fun x => between t u g (between s t f x)) = between s u fun x => g (f x) := funext fun x => funext fun i => by
    rw [between, toTensor_between, rg _ _ (mem_indices.1 i.2)]; rfl
  have e2 : (fun d => between t s B (between u t C d)) = between u s fun d => B (C d) := funext fun d => funext fun i => by
    rw [between, toTensor_between, rB _ _ (mem_indices.1 i.2)]; rfl
  have h := hf.comp hg
  rw [e1, e2] at h
  exact h

/-- A backward map that differs from the right one at a cotangent `d` is not the vector-Jacobian product. -/
theorem not_hasVJPAt {f : (Ix s → R) → Ix t → R} {x : Ix s → R} {B C : Tensor R → Tensor R} (h : HasVJPAt f x (between t s B)) (d : Tensor R)
    {i : List Nat} (hi : inRange s i = true) (hne : C (clip t d) i ≠ B (clip t d) i) : ¬HasVJPAt f x (between t s C) := fun h' => by
  have e := congrFun (congrFun (h'.unique h) fun j => d j.1) ⟨i, mem_indices.2 hi⟩
  simp only [between, toTensor_restrict] at e
  exact hne e

/-! ### Derivatives of one variable's multiples -/

section
variable {ι : Type} [Idx ι] {f ℓ : (ι → R) → R} {x : ι → R}

theorem _root_.Lmx.Calculus.HasD.mul_right (hf : HasD f ℓ x) (c : R) : HasD (fun x => f x * c) (fun h => ℓ h * c) x := by
  have h := hf.mul_left c
  simpa only [CommSemiring.mul_comm c] using h

theorem _root_.Lmx.Calculus.HasD.add_const (hf : HasD f ℓ x) (c : R) : HasD (fun x => f x + c) ℓ x :=
  (hf.plus (HasD.const c x)).congr fun _ => by grind
end

/-! ### ReLU -/

/-- The cotangent of ReLU at `x`: it passes where `x` is positive. -/
def reluGrad (x d : Tensor R) : Tensor R := fun i => open Classical in if 0 < x i then d i else 0

/-- ReLU, off its kink: no element is zero. -/
theorem relu_has_vjp_at (x : Ix s → R) (hx : ∀ i, x i ≠ 0) : HasVJPAt (between s s relu) x (between s s (reluGrad (toTensor x))) := by
  refine hasVJPAt_between (L := reluGrad (toTensor x)) (fun i hi => ?_) fun d h => tsum_congr fun i _ => ?_
  · have h0 := toTensor_apply x ⟨i, mem_indices.2 hi⟩
    refine (HasD.pointwise (hasD1_relu (a := toTensor x i) (h0 ▸ hx _)) (hasD_toTensor x i)).congr fun h => ?_
    simp only [reluGrad, relu']; grind
  · simp only [reluGrad]; grind

end
end Lmx.Textbook
end
