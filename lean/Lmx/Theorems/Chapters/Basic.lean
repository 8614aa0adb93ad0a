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
def Reads (s t : List Nat) (f : Tensor R → Tensor R) : Prop :=
  ∀ ⦃x y⦄, (∀ i, inRange s i = true → x i = y i) → ∀ i, inRange t i = true → f x i = f y i

theorem toTensor_apply (x : Ix s → R) (i : Ix s) : toTensor x i.1 = x i := dif_pos i.2

theorem toTensor_restrict (x : Tensor R) : toTensor (fun i : Ix s => x i.1) = clip s x := by
  grind [toTensor, clip, mem_indices]

theorem toTensor_between (f : Tensor R → Tensor R) (x : Ix s → R) :
    toTensor (between s t f x) = clip t (f (toTensor x)) :=
  toTensor_restrict _

theorem dot_eq_tdot (x y : Ix s → R) : dot x y = tdot s (toTensor x) (toTensor y) := by
  simpa only [toTensor_apply] using sum_ofList (indices s) (nodup_indices s) fun i => toTensor x i * toTensor y i

theorem hasD_toTensor (x : Ix s → R) (i : List Nat) : HasD (fun x => toTensor x i) (fun h => toTensor h i) x := by
  simp only [toTensor]; split
  · exact HasD.coord _ x
  · exact HasD.const 0 x

/-- A function on tensors with the derivative `L`, coordinate by coordinate, has the adjoint `B` of `L` as its
vector-Jacobian product. -/
theorem hasVJPAt_between {f L B : Tensor R → Tensor R} {x : Ix s → R}
    (hf : ∀ i, inRange t i = true → HasD (fun x => f (toTensor x) i) (fun h => L (toTensor h) i) x)
    (hB : ∀ d h, tdot t d (L h) = tdot s (B d) h) : HasVJPAt (between s t f) x (between t s B) :=
  hasVJPAt_iff.2 ⟨between s t L, fun j => hf j.1 (mem_indices.1 j.2), fun d h => by
    simp only [dot_eq_tdot, toTensor_between, tdot_clip_left, tdot_clip_right, hB]⟩

theorem between_congr {f f' : Tensor R → Tensor R} (h : ∀ x i, inRange t i = true → f' x i = f x i) :
    between s t f' = between s t f :=
  funext fun _ => funext fun i => h _ i.1 (mem_indices.1 i.2)

/-- Functions that agree in range have the same vector-Jacobian product. -/
theorem hasVJPAt_congr {f f' B B' : Tensor R → Tensor R} {x : Ix s → R}
    (h : HasVJPAt (between s t f) x (between t s B)) (hf : ∀ x i, inRange t i = true → f' x i = f x i)
    (hB : ∀ d i, inRange s i = true → B' d i = B d i) : HasVJPAt (between s t f') x (between t s B') := by
  rwa [between_congr hf, between_congr hB]

theorem between_between {f g : Tensor R → Tensor R} (h : Reads t u g) (x : Ix s → R) :
    between t u g (between s t f x) = between s u (fun x => g (f x)) x :=
  funext fun i => h (fun _ hi => by rw [toTensor_between, clip_of_inRange hi]) i.1 (mem_indices.1 i.2)

/-- The chain rule, for functions on tensors. -/
theorem hasVJPAt_comp {f g B C : Tensor R → Tensor R} {x : Ix s → R} (hf : HasVJPAt (between s t f) x (between t s B))
    (hg : HasVJPAt (between t u g) (between s t f x) (between u t C)) (rg : Reads t u g) (rB : Reads t s B) :
    HasVJPAt (between s u fun x => g (f x)) x (between u s fun d => B (C d)) := by
  simpa only [between_between rg, between_between rB] using hf.comp hg

/-- A backward map that differs from the right one at a cotangent `d` is not the vector-Jacobian product. -/
theorem not_hasVJPAt {f : (Ix s → R) → Ix t → R} {x : Ix s → R} {B C : Tensor R → Tensor R}
    (h : HasVJPAt f x (between t s B)) (d : Tensor R) {i : List Nat} (hi : inRange s i = true)
    (hne : C (clip t d) i ≠ B (clip t d) i) : ¬HasVJPAt f x (between t s C) := fun h' => hne <| by
  simpa only [between, toTensor_restrict] using
    congrFun (congrFun (h'.unique h) fun j => d j.1) ⟨i, mem_indices.2 hi⟩

/-! ### Derivatives of one variable's multiples -/

section
variable {ι : Type} [Idx ι] {f ℓ : (ι → R) → R} {x : ι → R}

theorem _root_.Lmx.Calculus.HasD.mul_right (hf : HasD f ℓ x) (c : R) : HasD (f · * c) (ℓ · * c) x := by
  simpa only [CommSemiring.mul_comm c] using hf.mul_left c

theorem _root_.Lmx.Calculus.HasD.add_const (hf : HasD f ℓ x) (c : R) : HasD (f · + c) ℓ x := by
  simpa only [AddCommMonoid.add_zero] using hf.plus (HasD.const c x)
end

/-! ### ReLU -/

/-- The cotangent of ReLU at `x`: it passes where `x` is positive. -/
def reluGrad (x d : Tensor R) : Tensor R := fun i => open Classical in if 0 < x i then d i else 0

/-- ReLU, off its kink: no element is zero. -/
theorem relu_has_vjp_at (x : Ix s → R) (hx : ∀ i, x i ≠ 0) :
    HasVJPAt (between s s relu) x (between s s (reluGrad (toTensor x))) := by
  refine hasVJPAt_between (L := reluGrad (toTensor x)) (fun i hi => ?_) fun d h => tsum_congr fun i _ => ?_
  · have h0 := toTensor_apply x ⟨i, mem_indices.2 hi⟩
    refine (HasD.pointwise (hasD1_relu (a := toTensor x i) (h0 ▸ hx _)) (hasD_toTensor x i)).congr fun h => ?_
    grind [reluGrad, relu']
  · grind [reluGrad]

/-- ReLU after `f`, where no element of what `f` gives is zero. -/
theorem hasVJPAt_relu {f B : Tensor R → Tensor R} {x : Ix s → R} (h : HasVJPAt (between s t f) x (between t s B))
    (r : Reads t s B) (hz : ∀ i, inRange t i = true → f (toTensor x) i ≠ 0) :
    HasVJPAt (between s t fun x => relu (f x)) x (between t s fun d => B (reluGrad (f (toTensor x)) d)) :=
  hasVJPAt_congr (hasVJPAt_comp h (relu_has_vjp_at _ fun i => hz _ (mem_indices.1 i.2))
    (fun _ _ h i hi => by rw [relu, relu, h i hi]) r) (fun _ _ _ => rfl) fun _ => r fun i hi => by
      rw [reluGrad, reluGrad, toTensor_between, clip_of_inRange hi]

end
end Lmx.Textbook
end
