module
public import Lmx.Calculus.LittleO
@[expose] public section

/-!
# Fréchet derivatives

Main definitions: `HasFDerivAt f J x`, the textbook definition with the Jacobian matrix `J` and the l1 norm; `HasD`, the
derivative of a scalar function as a linear form, `HasFD`, the same for each component, and `HasD1`, the derivative of a
function of one variable, in which proofs are carried out.

Main results: `hasFDerivAt_iff`, the two notions agree; the rules for constants, linear forms, sums and products;
`HasD.comp`, the chain rule; `HasD.pointwise`, the chain rule for a function of one variable.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] {ι κ : Type} [Idx ι] [Idx κ]

/-! ### Fréchet derivatives of scalar functions -/

/-- `f : (ι → R) → R` has the Fréchet derivative (linear form) `ℓ` at `x`. -/
structure HasD (f ℓ : (ι → R) → R) (x : ι → R) : Prop where
  lin : IsLin ℓ
  small : SmallO (fun h => f (x + h) - f x - ℓ h)

variable {f g ℓ m : (ι → R) → R} {x : ι → R}

theorem HasD.bigO (H : HasD f ℓ x) : BigO (fun h => f (x + h) - f x) := by
  rw [show (fun h => f (x + h) - f x) = fun h => (f (x + h) - f x - ℓ h) + ℓ h from funext fun h => by grind]
  exact H.small.bigO.plus H.lin.bigO

theorem HasD.of_lin (h : IsLin ℓ) (x : ι → R) : HasD ℓ ℓ x := ⟨h, SmallO.zero.congr fun k => by rw [h.add]; grind⟩

theorem HasD.const (c : R) (x : ι → R) : HasD (fun _ => c) (fun _ => 0) x :=
  ⟨IsLin.zero, SmallO.zero.congr fun _ => by grind⟩

theorem HasD.coord (i : ι) (x : ι → R) : HasD (fun x => x i) (fun h => h i) x := HasD.of_lin (IsLin.coord i) x

theorem HasD.plus (hf : HasD f ℓ x) (hg : HasD g m x) : HasD (fun x => f x + g x) (fun h => ℓ h + m h) x :=
  ⟨hf.lin.plus hg.lin, (hf.small.plus hg.small).congr fun h => by grind⟩

theorem HasD.mul_left (c : R) (hf : HasD f ℓ x) : HasD (fun x => c * f x) (fun h => c * ℓ h) x :=
  ⟨hf.lin.mul_left c, (hf.small.mul_left c).congr fun h => by grind⟩

theorem HasD.mul (hf : HasD f ℓ x) (hg : HasD g m x) : HasD (fun x => f x * g x) (fun h => f x * m h + g x * ℓ h) x :=
  ⟨(hg.lin.mul_left _).plus (hf.lin.mul_left _),
    (((hg.small.mul_left (f x)).plus (hf.small.mul_left (g x))).plus (hf.bigO.mul hg.bigO)).congr fun h => by grind⟩

theorem HasD.lsum {α : Type} {f ℓ : α → (ι → R) → R} (l : List α) (h : ∀ a, HasD (f a) (ℓ a) x) :
    HasD (fun x => Calculus.lsum l (fun a => f a x)) (fun v => Calculus.lsum l (fun a => ℓ a v)) x := by
  induction l with
  | nil => exact HasD.const 0 x
  | cons a l ih => exact (h a).plus ih

/-- The chain rule. -/
theorem HasD.comp {g m : (κ → R) → R} {f L : (ι → R) → κ → R}
    (hg : HasD g m (f x)) (hf : ∀ j, HasD (f · j) (L · j) x) : HasD (fun x => g (f x)) (fun h => m (L h)) x :=
  ⟨hg.lin.comp fun j => (hf j).lin,
    ((hg.small.comp fun j => (hf j).bigO).plus (hg.lin.smallO fun j => (hf j).small)).congr fun h => by
      have e : f x + (fun j => f (x + h) j - f x j) = f (x + h) := by funext j; grind
      have e' : (fun j => f (x + h) j - f x j - L h j) + L h = fun j => f (x + h) j - f x j := by funext j; grind
      rw [e, ← e', hg.lin.add]; grind⟩

theorem HasD.congr {ℓ' : (ι → R) → R} (h : HasD f ℓ x) (e : ∀ v, ℓ v = ℓ' v) : HasD f ℓ' x := funext e ▸ h

/-! ### Functions of one variable -/

/-- The usual derivative of a function of one variable. -/
def HasD1 (φ : R → R) (d : R) (a : R) : Prop :=
  ∀ ε : R, 0 < ε → ∃ δ : R, 0 < δ ∧ ∀ t, abs t ≤ δ → abs (φ (a + t) - φ a - d * t) ≤ ε * abs t

/-- The chain rule for a function of one variable after a scalar function. -/
theorem HasD.pointwise {φ : R → R} {d : R} (hφ : HasD1 φ d (f x)) (hf : HasD f ℓ x) :
    HasD (fun x => φ (f x)) (fun h => d * ℓ h) x := by
  have nu (h : Unit → R) : norm h = abs (h ()) := sum_unit _
  refine HasD.comp (κ := Unit) (g := fun y => φ (y ())) (m := fun y => d * y ()) (f := fun x _ => f x)
    (L := fun h _ => ℓ h) ⟨(IsLin.coord ()).mul_left d, fun ε hε => ?_⟩ fun _ => hf
  obtain ⟨δ, hδ, H⟩ := hφ ε hε
  exact ⟨δ, hδ, fun h hh => by rw [nu] at hh ⊢; exact H _ hh⟩

/-! ### Vector-valued functions; the textbook definition with a matrix and a vector norm -/

/-- `L` is the Fréchet derivative of `f` at `x`, componentwise. -/
def HasFD (f L : (ι → R) → κ → R) (x : ι → R) : Prop := ∀ j, HasD (f · j) (L · j) x

/-- The matrix `J` times the vector `v`. -/
def mulVec (J : κ → ι → R) (v : ι → R) : κ → R := fun j => sum fun i => J j i * v i

/-- The transpose of the matrix `J` times the vector `w`. -/
def mulVecT (J : κ → ι → R) (w : κ → R) : ι → R := fun i => sum fun j => J j i * w j

/-- The textbook definition: `‖f (x + h) - f x - J h‖ ≤ ε ‖h‖` for small `h`. -/
def HasFDerivAt (f : (ι → R) → κ → R) (J : κ → ι → R) (x : ι → R) : Prop :=
  ∀ ε : R, 0 < ε → ∃ δ : R, 0 < δ ∧ ∀ h, norm h ≤ δ → norm (f (x + h) - f x - mulVec J h) ≤ ε * norm h

omit [Idx κ] in
theorem mulVec_lin (J : κ → ι → R) (j : κ) : IsLin (mulVec J · j) :=
  IsLin.sum fun i => (IsLin.coord i).mul_left _

/-- The derivative with the matrix `J` is the derivative of each component. -/
theorem hasFDerivAt_iff (f : (ι → R) → κ → R) (J : κ → ι → R) (x : ι → R) :
    HasFDerivAt f J x ↔ HasFD f (mulVec J) x := by
  refine ⟨fun H j => ⟨mulVec_lin J j, fun ε hε => (show Small _ from H ε hε).imp fun h hh => ?_⟩, fun H ε hε =>
    (SmallO.norm (fun j => (H j).small) ε hε).imp fun h hh => ?_⟩
  · have := abs_le_norm (f (x + h) - f x - mulVec J h) j
    simp only [sub_app] at this; grind
  · have := le_abs (norm (f (x + h) - f x - mulVec J h))
    exact Std.le_trans this hh

omit [Idx κ] in
/-- A derivative is its Jacobian matrix. -/
theorem HasFD.matrix {f L : (ι → R) → κ → R} (H : HasFD f L x) :
    L = mulVec (fun j i => L (basis i) j) := by
  funext v j; exact (H j).lin.eq_sum v

end
end Lmx.Calculus
