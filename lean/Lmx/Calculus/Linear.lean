module
public import Lmx.Calculus.Sum
@[expose] public section

/-!
# Vectors and linear forms

A vector is a function `ι → R` from a type of indices, so that a tensor, a pair of tensors and all the tensors of a
program are vectors alike.

Main definitions: `norm`, the l1 norm; `dot`, the dot product; `basis`; `IsLin`, linear forms. Main result:
`IsLin.eq_sum`, a linear form is the dot product with its values on the basis.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] {ι κ : Type}

/-! ### Vectors -/

instance : Add (ι → R) := ⟨fun x y i => x i + y i⟩

instance : Sub (ι → R) := ⟨fun x y i => x i - y i⟩

instance : SMul R (ι → R) := ⟨fun c x i => c * x i⟩

@[simp, grind =] theorem add_app (x y : ι → R) (i : ι) : (x + y) i = x i + y i := rfl

@[simp, grind =] theorem sub_app (x y : ι → R) (i : ι) : (x - y) i = x i - y i := rfl

@[simp, grind =] theorem smul_app (c : R) (x : ι → R) (i : ι) : (c • x) i = c * x i := rfl

/-! ### Linear forms -/

/-- `ℓ` is linear. -/
structure IsLin (ℓ : (ι → R) → R) : Prop where
  add : ∀ x y, ℓ (x + y) = ℓ x + ℓ y
  smul : ∀ (c : R) x, ℓ (c • x) = c * ℓ x

theorem IsLin.zero : IsLin (fun _ : ι → R => (0 : R)) := ⟨by grind, by grind⟩

theorem IsLin.coord (i : ι) : IsLin (fun x : ι → R => x i) := ⟨by grind, by grind⟩

theorem IsLin.plus {ℓ m : (ι → R) → R} (h : IsLin ℓ) (h' : IsLin m) : IsLin (fun x => ℓ x + m x) := by
  constructor <;> intros <;> simp only [h.add, h'.add, h.smul, h'.smul] <;> grind

theorem IsLin.mul_left {ℓ : (ι → R) → R} (c : R) (h : IsLin ℓ) : IsLin (fun x => c * ℓ x) := by
  constructor <;> intros <;> simp only [h.add, h.smul] <;> grind

theorem IsLin.sum [Idx κ] {ℓ : κ → (ι → R) → R} (h : ∀ k, IsLin (ℓ k)) : IsLin (fun x => Calculus.sum fun k => ℓ k x) :=
  lsum_induction .zero .plus _ h

theorem IsLin.comp {m : (κ → R) → R} {L : (ι → R) → κ → R} (h : IsLin m) (h' : ∀ j, IsLin (L · j)) :
    IsLin (fun x => m (L x)) := by
  constructor <;> intros
  · rw [← h.add]; congr 1; funext j; exact (h' j).add _ _
  · rw [← h.smul]; congr 1; funext j; exact (h' j).smul _ _

/-- A linear form of a linear combination. -/
theorem IsLin.apply_lsum {α : Type} {ℓ : (ι → R) → R} (h : IsLin ℓ) (l : List α) (c : α → R) (e : α → ι → R) :
    ℓ (fun j => Calculus.lsum l (fun a => c a * e a j)) = Calculus.lsum l (fun a => c a * ℓ (e a)) := by
  induction l with
  | nil =>
    have := h.smul 0 (fun _ => 0)
    simp only [Calculus.lsum]
    rw [show (fun _ : ι => (0 : R)) = (0 : R) • (fun _ => 0) from funext fun j => by simp; grind, this]
    grind
  | cons a l ih =>
    simp only [Calculus.lsum]
    rw [← ih, ← h.smul, ← h.add]
    rfl

/-! ### Norm, dot product, basis -/

variable [Idx ι] [Idx κ]

/-- The sum of the absolute values. -/
def norm (x : ι → R) : R := sum fun i => abs (x i)

/-- The dot product. -/
def dot (x y : ι → R) : R := sum fun i => x i * y i

/-- One at `i` and zero elsewhere. -/
def basis (i : ι) : ι → R := fun j => if i = j then 1 else 0

theorem norm_nonneg (x : ι → R) : 0 ≤ norm x := sum_nonneg fun _ => abs_nonneg _

theorem abs_le_norm (x : ι → R) (i : ι) : abs (x i) ≤ norm x :=
  le_sum (f := fun i => abs (x i)) (fun _ => abs_nonneg _) i

theorem dot_add_left (x y z : ι → R) : dot (x + y) z = dot x z + dot y z := by
  simp only [dot, ← sum_add]; apply sum_congr; grind

theorem dot_add_right (x y z : ι → R) : dot x (y + z) = dot x y + dot x z := by
  simp only [dot, ← sum_add]; apply sum_congr; grind

theorem dot_basis (x : ι → R) (i : ι) : dot x (basis i) = x i := by
  rw [← sum_dirac x i]; apply sum_congr; grind [basis]

theorem IsLin.eq_sum {ℓ : (ι → R) → R} (h : IsLin ℓ) (x : ι → R) : ℓ x = Calculus.sum fun i => ℓ (basis i) * x i := by
  rw [sum_congr (g := fun i => x i * ℓ (basis i)) (by grind), Calculus.sum, ← h.apply_lsum]; congr 1; funext j
  show x j = Calculus.sum fun a => x a * basis a j
  rw [← sum_dirac x j]; apply sum_congr; grind [basis]

end
end Lmx.Calculus
