module
public import Lmx.Calculus.Vjp
@[expose] public section

/-!
# Derivatives are unique

Main results: `HasD.unique`, and `HasVJPAt.unique`: a function has at most one vector-Jacobian product at a point, so
two reverse passes that are both correct agree.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] {ι κ : Type} [Idx ι] [Idx κ]

theorem HasD.unique {f ℓ m : (ι → R) → R} {x : ι → R} (hℓ : HasD f ℓ x) (hm : HasD f m x) : ℓ = m := by
  funext v
  have := (hℓ.lin.plus (hm.lin.mul_left (-1))).eq_zero_of_smallO
    ((hm.small.plus (hℓ.small.mul_left (-1))).congr fun h => by grind) v
  grind

/-- The vector-Jacobian product is unique. -/
theorem HasVJPAt.unique {f : (ι → R) → κ → R} {x : ι → R} {B C : (κ → R) → ι → R} (hB : HasVJPAt f x B)
    (hC : HasVJPAt f x C) : B = C := by
  obtain ⟨L, hL, hB⟩ := hasVJPAt_iff.1 hB
  obtain ⟨M, hM, hC⟩ := hasVJPAt_iff.1 hC
  funext dy i
  have e : L (basis i) = M (basis i) := funext fun j => congrFun ((hL j).unique (hM j)) (basis i)
  rw [← dot_basis (B dy), ← dot_basis (C dy), ← hB, ← hC, e]

end
end Lmx.Calculus
