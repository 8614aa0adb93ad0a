module
public import Lmx.Calculus.Deriv
@[expose] public section

/-!
# Vector-Jacobian products

Main definition: `HasVJPAt f x B`, `f` is differentiable at `x` and `B` is the transpose of its Jacobian matrix. Main
results: `hasVJPAt_iff`, `B` is the adjoint of the derivative for the dot products, which is how proofs use it; the
chain rule (`HasVJPAt.comp`) and fan-in (`HasVJPAt.add`).
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] {ι κ μ : Type} [Idx ι] [Idx κ] [Idx μ]

/-- `B` is the vector-Jacobian product of `f` at `x`: `f` is Fréchet differentiable there, and `B` is the transpose of
its Jacobian. -/
def HasVJPAt (f : (ι → R) → κ → R) (x : ι → R) (B : (κ → R) → ι → R) : Prop :=
  ∃ J : κ → ι → R, HasFDerivAt f J x ∧ ∀ dy, B dy = mulVecT J dy

variable {f g : (ι → R) → κ → R} {x : ι → R} {B C : (κ → R) → ι → R}

theorem dot_mulVec (J : κ → ι → R) (dy : κ → R) (h : ι → R) : dot dy (mulVec J h) = dot (mulVecT J dy) h := by
  simp only [dot, mulVec, mulVecT, ← sum_mul, ← sum_mul_right]
  rw [sum_comm]; apply sum_congr; intro; apply sum_congr; grind

/-- The working form: `B` is the adjoint of the derivative for the dot products. -/
theorem hasVJPAt_iff : HasVJPAt f x B ↔ ∃ L, HasFD f L x ∧ ∀ dy h, dot dy (L h) = dot (B dy) h := by
  constructor
  · rintro ⟨J, hJ, hB⟩
    exact ⟨mulVec J, (hasFDerivAt_iff f J x).1 hJ, fun dy h => by rw [hB]; exact dot_mulVec J dy h⟩
  · rintro ⟨L, hL, hB⟩
    refine ⟨fun j i => L (basis i) j, (hasFDerivAt_iff ..).2 (by rw [← hL.matrix]; exact hL), fun dy => ?_⟩
    funext i
    rw [← dot_basis (B dy) i, ← hB]; apply sum_congr; grind

/-- The chain rule: the reverse pass runs through `g` and then through `f`. -/
theorem HasVJPAt.comp {g : (κ → R) → μ → R} {C : (μ → R) → κ → R} (hf : HasVJPAt f x B) (hg : HasVJPAt g (f x) C) :
    HasVJPAt (fun x => g (f x)) x (fun dz => B (C dz)) := by
  obtain ⟨L, hL, hB⟩ := hasVJPAt_iff.1 hf
  obtain ⟨M, hM, hC⟩ := hasVJPAt_iff.1 hg
  exact hasVJPAt_iff.2 ⟨fun h => M (L h), fun j => (hM j).comp hL, fun dz h => by rw [hC, hB]⟩

theorem HasVJPAt.id (x : ι → R) : HasVJPAt (fun x => x) x (fun d => d) :=
  hasVJPAt_iff.2 ⟨fun h => h, fun j => HasD.coord j x, fun _ _ => rfl⟩

/-- Fan-in: the cotangents of the two uses are added. -/
theorem HasVJPAt.add (hf : HasVJPAt f x B) (hg : HasVJPAt g x C) :
    HasVJPAt (fun x => f x + g x) x (fun d => B d + C d) := by
  obtain ⟨L, hL, hB⟩ := hasVJPAt_iff.1 hf
  obtain ⟨M, hM, hC⟩ := hasVJPAt_iff.1 hg
  refine hasVJPAt_iff.2 ⟨fun h => L h + M h, fun j => (hL j).plus (hM j), fun d h => ?_⟩
  rw [dot_add_left, ← hB, ← hC, dot_add_right]

end
end Lmx.Calculus
