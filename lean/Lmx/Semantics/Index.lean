module
public import Lmx.Calculus.Sum
public import Lmx.Ir.Op
@[expose] public section

/-!
# Multi-indices

A tensor is a function on multi-indices, `List Nat → R`, and its extents say which of them count: `indices s` lists
these in row-major order. Index maps of ops (slices, transpositions, paddings, …) are functions on lists, so that
nothing here needs casts.

Main definitions: `inRange`, `indices`, `clip`, `placeAt`, `ravel`, `unravel`, `strided`, `unpad`.
-/

namespace Lmx
open Calculus

noncomputable section

/-- The extents of a shape at batch size `B`. -/
def extents (B : Nat) (s : Shape) : List Nat := s.map (Dim.size B)

/-- Is the multi-index below the extents in every dimension, and of their length? -/
def inRange : List Nat → List Nat → Bool
  | [], [] => true
  | n :: s, i :: is => decide (i < n) && inRange s is
  | _, _ => false

/-- The multi-indices below the extents, row-major. -/
def indices : List Nat → List (List Nat)
  | [] => [[]]
  | n :: s => (List.range n).flatMap fun i => (indices s).map fun is => i :: is

/-- A tensor: a number for each multi-index. -/
abbrev Tensor (R : Type) := List Nat → R

/-- The extents at some dimensions. -/
def pick (s dims : List Nat) : List Nat := dims.map fun k => s.getD k 0

/-- The dimensions below `rank` that are not in the list. -/
def othersBelow (rank : Nat) (dims : List Nat) : List Nat := (List.range rank).filter fun k => !dims.contains k

/-- The multi-index of length `rank` whose entry at dimension `dims[k]` is `values[k]`. -/
def placeAt (rank : Nat) (dims values : List Nat) : List Nat :=
  (List.range rank).map fun m => values.getD (dims.idxOf m) 0

/-- The row-major position of a multi-index. -/
def ravel : List Nat → List Nat → Nat
  | _ :: s, i :: is => i * product s + ravel s is
  | _, _ => 0

/-- The multi-index at a row-major position. -/
def unravel : List Nat → Nat → List Nat
  | [], _ => []
  | _ :: s, k => k / product s :: unravel s (k % product s)

/-- `start + i * stride` in every dimension. -/
def strided : List Nat → List Nat → List Nat → List Nat
  | a :: as, t :: ts, i :: is => (a + i * t) :: strided as ts is
  | _, _, _ => []

/-- The multi-index of the element that padding puts at `i`, if it is an element: `i = low + j * (interior + 1)` with
`j` below the extents, in every dimension. Arguments: `low`, `interior`, extents, `i`. -/
def unpad : List Nat → List Nat → List Nat → List Nat → Option (List Nat)
  | [], [], [], [] => some []
  | l :: ls, k :: ks, n :: ns, i :: is =>
    if l ≤ i ∧ (i - l) % (k + 1) = 0 ∧ (i - l) / (k + 1) < n then
      (unpad ls ks ns is).map fun j => (i - l) / (k + 1) :: j
    else none
  | _, _, _, _ => none

end

/-! ### Facts -/

theorem mem_indices {s i : List Nat} : i ∈ indices s ↔ inRange s i = true := by
  induction s generalizing i <;> cases i <;> simp_all [indices, inRange]

theorem nodup_indices (s : List Nat) : (indices s).Nodup := by
  induction s with
  | nil => simp [indices]
  | cons n s ih =>
    exact List.pairwise_flatMap.2
      ⟨fun i _ => List.pairwise_map.2 (ih.imp (by simp)), List.nodup_range.imp (by simp +contextual)⟩

theorem inRange_cons {n i : Nat} {s is : List Nat} :
    inRange (n :: s) (i :: is) = true ↔ i < n ∧ inRange s is = true := by
  simp [inRange]

theorem inRange_iff {s i : List Nat} :
    inRange s i = true ↔ i.length = s.length ∧ ∀ k, k < s.length → i.getD k 0 < s.getD k 0 := by
  induction s generalizing i with
  | nil => cases i <;> simp [inRange]
  | cons n s ih => cases i <;> simp [inRange, ih, Nat.forall_lt_succ_left, and_left_comm]

theorem length_of_inRange {s i : List Nat} (h : inRange s i = true) : i.length = s.length := (inRange_iff.1 h).1

theorem inRange_append {s t i j : List Nat} (h : i.length = s.length) :
    inRange (s ++ t) (i ++ j) = true ↔ inRange s i = true ∧ inRange t j = true := by
  induction s generalizing i <;> cases i <;> simp_all [inRange, and_assoc]

noncomputable section
variable {R : Type} [OrderedField R]

/-- The sum over a tensor's elements. -/
def tsum (s : List Nat) (x : Tensor R) : R := lsum (indices s) x

/-- The sum over `0, …, n - 1`. -/
def nsum (n : Nat) (f : Nat → R) : R := lsum (List.range n) f

/-- The inner product of two tensors. -/
def tdot (s : List Nat) (x y : Tensor R) : R := tsum s fun i => x i * y i

/-- `x` within the extents, zero outside. -/
def clip (s : List Nat) (x : Tensor R) : Tensor R := fun i => if inRange s i then x i else 0

theorem tsum_nil (x : Tensor R) : tsum [] x = x [] := Lean.Grind.AddCommMonoid.add_zero _

theorem tsum_cons (n : Nat) (s : List Nat) (x : Tensor R) :
    tsum (n :: s) x = nsum n fun i => tsum s fun is => x (i :: is) :=
  (lsum_flatMap ..).trans (lsum_congr fun _ _ => lsum_map ..)

theorem tsum_congr {s : List Nat} {x y : Tensor R} (h : ∀ i, inRange s i = true → x i = y i) :
    tsum s x = tsum s y :=
  lsum_congr fun i hi => h i (mem_indices.1 hi)

theorem nsum_congr {n : Nat} {f g : Nat → R} (h : ∀ i, i < n → f i = g i) : nsum n f = nsum n g :=
  lsum_congr fun i hi => h i (List.mem_range.1 hi)

theorem tsum_append (s t : List Nat) (x : Tensor R) : tsum (s ++ t) x = tsum s fun i => tsum t fun j => x (i ++ j) := by
  induction s generalizing x with
  | nil => rw [List.nil_append, tsum_nil]; rfl
  | cons n s ih => simp only [List.cons_append, tsum_cons, ih]

theorem clip_of_inRange {s i : List Nat} (h : inRange s i = true) (x : Tensor R) : clip s x i = x i := if_pos h

theorem clip_congr {s : List Nat} {x y : Tensor R} (h : ∀ i, inRange s i = true → x i = y i) :
    clip s x = clip s y := by
  grind [clip]

theorem clip_clip (s : List Nat) (x : Tensor R) : clip s (clip s x) = clip s x :=
  clip_congr fun _ h => clip_of_inRange h x

theorem tdot_clip_left (s : List Nat) (x y : Tensor R) : tdot s (clip s x) y = tdot s x y :=
  tsum_congr fun i h => by rw [clip_of_inRange h]

theorem tdot_clip_right (s : List Nat) (x y : Tensor R) : tdot s x (clip s y) = tdot s x y :=
  tsum_congr fun i h => by rw [clip_of_inRange h]
end

end Lmx
end
