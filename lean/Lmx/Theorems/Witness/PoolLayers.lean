module
public import Lmx.Theorems.Witness.Dense
@[expose] public section

/-!
# Convolutions and a max-pool at two images

The layers of the net of `Lmx.Theorems.Witness.Pool` up to the max-pool, evaluated.
-/

namespace Lmx.Textbook.Witness
open Calculus Lean.Grind

variable {R : Type} [RealOps R]

noncomputable section

attribute [local simp] fill clip inRange ravel unravel product foldr nsum lsum List.range_succ indices

/-- Two images, of one bright pixel each. -/
def poolImages : Tensor R := fill [2, 2, 4, 1] [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]

/-- A convolution with bias `c`. -/
def laplace (c : R) (x : Tensor R) : Tensor R :=
  conv2d (convOf 1 (3, 3) (1, 1) .same 2 4 1) (fill [3, 3, 1, 1] [0, 1, 0, 1, -4, 1, 0, 1, 0]) (fill [1] [c]) x

theorem laplace_eq (c : R) (x : Tensor R) (i j : Nat) (hi : i < 2) (hj : j < 4) :
    laplace c x [i, j, 0] = x [1 - i, j, 0] + (if 0 < j then x [i, j - 1, 0] else 0) +
      (if j < 3 then x [i, j + 1, 0] else 0) - 4 * x [i, j, 0] + c := by
  have hc : convOf 1 (3, 3) (1, 1) .same 2 4 1 = ⟨⟨(3, 3), (1, 1), (1, 1), (1, 1)⟩, (2, 4), 1, 1⟩ := rfl
  obtain rfl | rfl : i = 0 ∨ i = 1 := by omega
  all_goals obtain rfl | rfl | rfl | rfl : j = 0 ∨ j = 1 ∨ j = 2 ∨ j = 3 := by omega
  all_goals simp [laplace, hc, conv2d, pixel, Window.offsets]; grind

/-- The arguments of the first ReLU. -/
theorem pool_first (b : Nat) (hb : b < 2) :
    Has [2, 4, 1] ([[2, 1, 1, 1, -3, 2, 1, 1], [1, 1, 1, 2, 1, 1, 2, -3]].getD b [])
      (laplace 1 (row (poolImages (R := R)) b)) := by
  obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
  all_goals simp [Has, laplace_eq, row, poolImages]; grind

/-- What the max-pool sees: the second convolution, before its ReLU. -/
def pooled (b : Nat) : Tensor R := laplace (-1) (relu (laplace 1 (row poolImages b)))

theorem pool_second (b : Nat) (hb : b < 2) :
    Has [2, 4, 1] ([[-8, 0, -2, -3, 3, -7, -1, -3], [-3, -2, 0, -8, -3, -1, -7, 3]].getD b []) (pooled (R := R) b) := by
  obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
  all_goals
    have h := (pool_first (R := R) _ hb).at
    simp [Has, pooled, laplace_eq (-1 : R), relu_apply, h]; clear h; grind [Calculus.relu]

/-- The max-pool. -/
def halves : Pool := poolOf (2, 2) (2, 2) .valid 2 4 1

theorem halves_eq : halves = ⟨⟨(2, 2), (2, 2), (0, 0), (0, 0)⟩, (2, 4), 1⟩ := rfl

theorem offsets_halves : halves.window.offsets = [(0, 0), (0, 1), (1, 0), (1, 1)] := rfl

/-- In each window the element at `(1, b)` is the largest. -/
theorem pool_smooth (b : Nat) (hb : b < 2) : PoolAway halves (pooled (R := R) b) := by
  intro i j c hi
  have : inRange [1, 2, 1] [i, j, c] = true := hi
  simp only [inRange, Bool.and_eq_true, decide_eq_true_eq, and_true] at this
  have h := (pool_second (R := R) _ hb).at
  obtain ⟨hi, hj, hc⟩ := this
  obtain rfl : i = 0 := by omega
  obtain rfl : c = 0 := by omega
  refine ⟨(1, b), by rw [offsets_halves]; simp; omega, fun o ho hne => ?_⟩
  rw [offsets_halves] at ho
  simp only [List.mem_cons, List.not_mem_nil, or_false] at ho
  obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
  all_goals obtain rfl | rfl : j = 0 ∨ j = 1 := by omega
  all_goals obtain rfl | rfl | rfl | rfl := ho
  all_goals first
    | exact absurd rfl hne
    | simp [halves_eq, pixel, h]; clear h; grind

theorem maxPool_halves (x : Tensor R) (j : Nat) (hj : j < 2) :
    maxPool halves x [0, j, 0] =
      max2 (max2 (max2 (x [0, 2 * j, 0]) (x [0, 2 * j + 1, 0])) (x [1, 2 * j, 0])) (x [1, 2 * j + 1, 0]) := by
  have he : poolExtents halves = [1, 2, 1] := rfl
  obtain rfl | rfl : j = 0 ∨ j = 1 := by omega
  all_goals
    rw [maxPool, he, clip_of_inRange rfl, offsets_halves]
    simp [halves_eq, pixel, lmax]

theorem pool_max (b : Nat) (hb : b < 2) :
    Has [1, 2, 1] ([[3, -1], [-1, 3]].getD b []) (maxPool halves (pooled (R := R) b)) := by
  have h := (pool_second (R := R) _ hb).at
  obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
  all_goals simp [Has, maxPool_halves, h]; clear h; grind [max2]

theorem pool_max_relu (b : Nat) (hb : b < 2) :
    Has [1, 2, 1] ([[3, 0], [0, 3]].getD b []) (maxPool halves (relu (pooled (R := R) b))) := by
  have h := (pool_second (R := R) _ hb).at
  obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
  all_goals simp [Has, maxPool_halves, relu_apply, h]; clear h; grind [max2, Calculus.relu]

end
end Lmx.Textbook.Witness
