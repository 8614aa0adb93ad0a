module
public import Lmx.Calculus.Deriv
@[expose] public section

/-!
# Vector-Jacobian products

Main definition: `HasVJPAt f x B`, `f` is differentiable at `x` and `B` is the transpose of its Jacobian matrix. Main results:
`hasVJPAt_iff`, `B` is the adjoint of the derivative for the dot products, which is how proofs use it; the chain rule
(`HasVJPAt.comp`), fan-in (`HasVJPAt.pair`, `HasVJPAt.add`), linear and pointwise functions.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] {ι κ μ : Type} [Idx ι] [Idx κ] [Idx μ]

/-- `B` is the vector-Jacobian product of `f` at `x`: `f` is Fréchet differentiable at `x` and `B` is the transpose of its Jacobian. -/
def HasVJPAt (f : (ι → R) → κ → R) (x : ι → R) (B : (κ → R) → ι → R) : Prop :=
  ∃ J : κ → ι → R, HasFDerivAt f J x ∧ ∀ dy, B dy = mulVecT J dy

theorem dot_mulVec (J : κ → ι → R) (dy : κ → R) (h : ι → R) : dot dy (mulVec J h) = dot (mulVecT J dy) h := by
  simp only [dot, mulVec, mulVecT, ← sum_mul, ← sum_mul_right]
  rw [sum_comm]; apply sum_congr; intro; apply sum_congr; grind

/-- The working form: `B` is the adjoint of the derivative for the dot products. -/
theorem hasVJPAt_iff {f : (ι → R) → κ → R} {x : ι → R} {B : (κ → R) → ι → R} :
    HasVJPAt f x B ↔ ∃ L, HasFD f L x ∧ ∀ dy h, dot dy (L h) = dot (B dy) h := by
  constructor
  · rintro ⟨J, hJ, hB⟩
    exact ⟨mulVec J, (hasFDerivAt_iff f J x).1 hJ, fun dy h => by rw [hB]; exact dot_mulVec J dy h⟩
  · rintro ⟨L, hL, hB⟩
    refine ⟨fun j i => L (basis i) j, (hasFDerivAt_iff ..).2 (by rw [← hL.matrix]; exact hL), fun dy => ?_⟩
    funext i
    rw [← dot_basis (B dy) i, ← hB]; apply sum_congr; grind

theorem HasVJPAt.congr {f : (ι → R) → κ → R} {x : ι → R} {B B' : (κ → R) → ι → R} (h : HasVJPAt f x B)
    (e : ∀ dy, B dy = B' dy) : HasVJPAt f x B' := by
  rw [← show B = B' from funext e]; exact h

/-- The matrix of partial derivatives. -/
theorem HasVJPAt.of_grad {f : (ι → R) → κ → R} {x : ι → R} {J : κ → ι → R}
    (h : ∀ j, HasD (f · j) (fun v => sum fun i => J j i * v i) x) : HasVJPAt f x (mulVecT J) :=
  ⟨J, (hasFDerivAt_iff f J x).2 h, fun _ => rfl⟩

/-- The chain rule: the reverse pass runs through `g` and then through `f`. -/
theorem HasVJPAt.comp {f : (ι → R) → κ → R} {g : (κ → R) → μ → R} {x : ι → R} {B C}
    (hf : HasVJPAt f x B) (hg : HasVJPAt g (f x) C) : HasVJPAt (fun x => g (f x)) x (fun dz => B (C dz)) := by
  obtain ⟨L, hL, hB⟩ := hasVJPAt_iff.1 hf
  obtain ⟨M, hM, hC⟩ := hasVJPAt_iff.1 hg
  exact hasVJPAt_iff.2 ⟨fun h => M (L h), fun j => (hM j).comp hL, fun dz h => by rw [hC, hB]⟩

theorem HasVJPAt.id (x : ι → R) : HasVJPAt (fun x => x) x (fun d => d) :=
  hasVJPAt_iff.2 ⟨fun h => h, fun j => HasD.coord j x, fun _ _ => rfl⟩

theorem HasVJPAt.const (c : κ → R) (x : ι → R) : HasVJPAt (fun _ => c) x (fun _ _ => 0) :=
  hasVJPAt_iff.2 ⟨fun _ _ => 0, fun j => HasD.const (c j) x, fun dy h => by
    rw [dot_zero_right, dot_comm, dot_zero_right]⟩

/-- A linear function and its adjoint. -/
theorem HasVJPAt.linear {A : (ι → R) → κ → R} {A' : (κ → R) → ι → R} (hA : ∀ j, IsLin (A · j))
    (adj : ∀ dy h, dot dy (A h) = dot (A' dy) h) (x : ι → R) : HasVJPAt A x A' :=
  hasVJPAt_iff.2 ⟨A, fun j => HasD.of_lin (hA j) x, adj⟩

/-- The componentwise product. -/
def vmul (x y : ι → R) : ι → R := fun i => x i * y i

/-- A scalar function applied to every component. -/
theorem HasVJPAt.pointwise {φ : R → R} {x d : ι → R} (h : ∀ i, HasD1 φ (d i) (x i)) :
    HasVJPAt (fun x i => φ (x i)) x (fun dy => vmul d dy) := by
  refine hasVJPAt_iff.2 ⟨fun h => vmul d h, fun j => ?_, fun dy v => ?_⟩
  · exact HasD.pointwise (h j) (HasD.coord j x)
  · apply sum_congr; grind [vmul]

/-! ### Pairs -/

/-- Two vectors as one. -/
def pair (x : ι → R) (y : κ → R) : ι ⊕ κ → R
  | .inl i => x i
  | .inr k => y k

/-- The first vector of a pair. -/
def fst (z : ι ⊕ κ → R) : ι → R := fun i => z (.inl i)

/-- The second vector of a pair. -/
def snd (z : ι ⊕ κ → R) : κ → R := fun i => z (.inr i)

theorem dot_sum (z w : ι ⊕ κ → R) : dot z w = dot (fst z) (fst w) + dot (snd z) (snd w) := sum_sumType _

/-- Fan-in: the cotangents of the two uses are added. -/
theorem HasVJPAt.pair {f : (ι → R) → κ → R} {g : (ι → R) → μ → R} {x : ι → R} {B C}
    (hf : HasVJPAt f x B) (hg : HasVJPAt g x C) :
    HasVJPAt (fun x => Calculus.pair (f x) (g x)) x (fun d => B (fst d) + C (snd d)) := by
  obtain ⟨L, hL, hB⟩ := hasVJPAt_iff.1 hf
  obtain ⟨M, hM, hC⟩ := hasVJPAt_iff.1 hg
  refine hasVJPAt_iff.2 ⟨fun h => Calculus.pair (L h) (M h), ?_, fun d h => ?_⟩
  · rintro (j | j)
    · exact hL j
    · exact hM j
  · rw [dot_add_left, ← hB, ← hC, dot_sum]; rfl

theorem HasVJPAt.add {f g : (ι → R) → κ → R} {x : ι → R} {B C}
    (hf : HasVJPAt f x B) (hg : HasVJPAt g x C) : HasVJPAt (fun x => f x + g x) x (fun d => B d + C d) := by
  obtain ⟨L, hL, hB⟩ := hasVJPAt_iff.1 hf
  obtain ⟨M, hM, hC⟩ := hasVJPAt_iff.1 hg
  refine hasVJPAt_iff.2 ⟨fun h => L h + M h, fun j => (hL j).plus (hM j), fun d h => ?_⟩
  rw [dot_add_left, ← hB, ← hC, dot_add_right]

end
end Lmx.Calculus
