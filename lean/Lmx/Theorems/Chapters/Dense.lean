module
public import Lmx.Theorems.Chapters.Basic
public import Lmx.Theorems.Pullback.LogSoftmax
public import Lmx.Theorems.Pullback.Window
@[expose] public section

/-!
# Backpropagation through dense layers

For a batch `y = x w + b` of `N` examples: `dx = dy wᵀ`, `dw = xᵀ dy`, and `db` is the sum of `dy` over the batch.

Main results: `dense_has_vjp_input`, `dense_has_vjp_weight`, `dense_has_vjp_bias`; `residual_has_vjp`, at a fan-in the
cotangents add; `dense_relu_dense_has_vjp_input`, `dense_relu_dense_has_vjp_weight`, the two-layer perceptron.
-/

namespace Lmx.Textbook
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {N n m p : Nat}

noncomputable section

/-- `dx = dy wᵀ`, for `m` units. -/
def denseInputGrad (m : Nat) (w d : Tensor R) : Tensor R
  | [a, k] => nsum m fun j => d [a, j] * w [k, j]
  | _ => 0

/-- `dw = xᵀ dy`, for `N` examples. -/
def denseWeightGrad (N : Nat) (x d : Tensor R) : Tensor R
  | [k, j] => nsum N fun a => x [a, k] * d [a, j]
  | _ => 0

/-- `db = Σ dy`, over `N` examples. -/
def denseBiasGrad (N : Nat) (d : Tensor R) : Tensor R
  | [j] => nsum N fun a => d [a, j]
  | _ => 0

theorem exists_pair {i : List Nat} (h : inRange [n, m] i = true) : ∃ a j, i = [a, j] ∧ a < n ∧ j < m := by
  match i with
  | [a, j] => exact ⟨a, j, rfl, by simpa [inRange] using h⟩
  | [] | [_] | _ :: _ :: _ :: _ => simp [inRange] at h

theorem inRange_pair {a j : Nat} (ha : a < n) (hj : j < m) : inRange [n, m] [a, j] = true := by simp [inRange, ha, hj]

/-- A dense layer in its input. -/
theorem dense_has_vjp_input (w b : Tensor R) (x : Ix [N, n] → R) :
    HasVJPAt (between [N, n] [N, m] (batch (dense n w b))) x (between [N, m] [N, n] (denseInputGrad m w)) := by
  refine hasVJPAt_between (L := batch (dense n w fun _ => 0)) (fun i hi => ?_) fun d h => ?_
  · obtain ⟨a, j, rfl, -, -⟩ := exists_pair hi
    exact ((HasD.lsum _ fun k => (hasD_toTensor x [a, k]).mul_right (w [k, j])).add_const (b [j])).congr fun h =>
      (AddCommMonoid.add_zero _).symm
  · simp only [tdot, tsum_two, batch, dense, row, denseInputGrad, AddCommMonoid.add_zero, nsum, ← lsum_mul,
      lsum_mul_right]
    exact lsum_congr fun a _ => (lsum_comm ..).trans (lsum_congr fun k _ => lsum_congr fun j _ => by grind)

/-- A dense layer in its weights. -/
theorem dense_has_vjp_weight (x b : Tensor R) (w : Ix [n, m] → R) :
    HasVJPAt (between [n, m] [N, m] fun w => batch (dense n w b) x) w
      (between [N, m] [n, m] (denseWeightGrad N x)) := by
  refine hasVJPAt_between (L := fun w => batch (dense n w fun _ => 0) x) (fun i hi => ?_) fun d h => ?_
  · obtain ⟨a, j, rfl, -, -⟩ := exists_pair hi
    exact ((HasD.lsum _ fun k => (hasD_toTensor w [k, j]).mul_left (x [a, k])).add_const (b [j])).congr fun h =>
      (AddCommMonoid.add_zero _).symm
  · simp only [tdot, tsum_two, batch, dense, row, denseWeightGrad, AddCommMonoid.add_zero, nsum, ← lsum_mul,
      lsum_mul_right]
    -- from the sum over `a`, `j`, `k` to the one over `k`, `j`, `a`
    exact (lsum_rotate_three ..).trans (lsum_congr fun k _ => (lsum_comm ..).trans
      (lsum_congr fun j _ => lsum_congr fun a _ => by grind))

/-- A dense layer in its bias. -/
theorem dense_has_vjp_bias (w x : Tensor R) (b : Ix [m] → R) :
    HasVJPAt (between [m] [N, m] fun b => batch (dense n w b) x) b (between [N, m] [m] (denseBiasGrad N)) := by
  refine hasVJPAt_between (L := fun b i => b (i.drop 1)) (fun i hi => ?_) fun d h => ?_
  · obtain ⟨a, j, rfl, -, -⟩ := exists_pair hi
    exact ((HasD.const _ b).plus (hasD_toTensor b [j])).congr fun h => AddCommMonoid.zero_add _
  · simp only [tdot, tsum_cons, tsum_nil, denseBiasGrad, nsum, lsum_mul_right, List.drop]
    exact lsum_comm ..

/-- Fan-in: what a residual connection `f x + x` sends back is the sum of what its two branches do. -/
theorem residual_has_vjp {ι : Type} [Idx ι] {f : (ι → R) → ι → R} {x : ι → R} {B : (ι → R) → ι → R}
    (h : HasVJPAt f x B) : HasVJPAt (fun x => f x + x) x (fun d => B d + d) :=
  h.add (.id x)

/-! ### The two-layer perceptron -/

theorem reads_denseInputGrad (w : Tensor R) : Reads [N, m] [N, n] (denseInputGrad m w) := fun _ _ h i hi => by
  obtain ⟨a, k, rfl, ha, -⟩ := exists_pair hi
  exact nsum_congr fun j hj => by rw [h _ (inRange_pair ha hj)]

theorem reads_denseWeightGrad (x : Tensor R) : Reads [N, m] [n, m] (denseWeightGrad N x) := fun _ _ h i hi => by
  obtain ⟨k, j, rfl, -, hj⟩ := exists_pair hi
  exact nsum_congr fun a ha => by rw [h _ (inRange_pair ha hj)]

theorem reads_dense (w b : Tensor R) : Reads [N, n] [N, m] (batch (dense n w b)) := fun _ _ h i hi => by
  obtain ⟨a, j, rfl, ha, -⟩ := exists_pair hi
  exact congrArg (· + b [j]) (nsum_congr fun k hk => by rw [row, row, h _ (inRange_pair ha hk)])

/-- ReLU and a dense layer after a function `f`, where no element of what `f` gives is zero. -/
theorem relu_dense_has_vjp_at (w b : Tensor R) {s : List Nat} {f B : Tensor R → Tensor R} {x : Ix s → R}
    (h : HasVJPAt (between s [N, m] f) x (between [N, m] s B)) (r : Reads [N, m] s B)
    (hz : ∀ i, inRange [N, m] i = true → f (toTensor x) i ≠ 0) :
    HasVJPAt (between s [N, p] fun x => batch (dense m w b) (relu (f x))) x
      (between [N, p] s fun d => B (reluGrad (f (toTensor x)) (denseInputGrad p w d))) :=
  hasVJPAt_comp (B := fun d => B (reluGrad (f (toTensor x)) d)) (hasVJPAt_relu h r hz) (dense_has_vjp_input w b _)
    (reads_dense w b) fun _ _ h => r fun i hi => by simp only [reluGrad, h i hi]

/-- Two dense layers with ReLU between them, in the input, where no argument `z` of ReLU is zero:
`dx = (relu' z ∘ (dy w₂ᵀ)) w₁ᵀ`. -/
theorem dense_relu_dense_has_vjp_input (w₁ b₁ w₂ b₂ : Tensor R) (x : Ix [N, n] → R)
    (hz : ∀ i, inRange [N, m] i = true → batch (dense n w₁ b₁) (toTensor x) i ≠ 0) :
    HasVJPAt (between [N, n] [N, p] fun x => batch (dense m w₂ b₂) (relu (batch (dense n w₁ b₁) x))) x
      (between [N, p] [N, n] fun d =>
        denseInputGrad m w₁ (reluGrad (batch (dense n w₁ b₁) (toTensor x)) (denseInputGrad p w₂ d))) :=
  relu_dense_has_vjp_at w₂ b₂ (dense_has_vjp_input w₁ b₁ x) (reads_denseInputGrad w₁) hz

/-- The same in the first layer's weights: `dw₁ = xᵀ (relu' z ∘ (dy w₂ᵀ))`. -/
theorem dense_relu_dense_has_vjp_weight (x b₁ w₂ b₂ : Tensor R) (w₁ : Ix [n, m] → R)
    (hz : ∀ i, inRange [N, m] i = true → batch (dense n (toTensor w₁) b₁) x i ≠ 0) :
    HasVJPAt (between [n, m] [N, p] fun w₁ => batch (dense m w₂ b₂) (relu (batch (dense n w₁ b₁) x))) w₁
      (between [N, p] [n, m] fun d =>
        denseWeightGrad N x (reluGrad (batch (dense n (toTensor w₁) b₁) x) (denseInputGrad p w₂ d))) :=
  relu_dense_has_vjp_at w₂ b₂ (f := fun w => batch (dense n w b₁) x) (dense_has_vjp_weight x b₁ w₁)
    (reads_denseWeightGrad x) hz

end
end Lmx.Textbook
end
