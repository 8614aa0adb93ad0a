module
public import Lmx.Calculus.Field
@[expose] public section

/-!
# Ordered fields with least upper bounds

Main definition: `HasSups`, the least upper bound property. Main result: `exists_ge_of_double`, by which such a field is
archimedean.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

/-- The least upper bound property. -/
def HasSups (R : Type) [OrderedField R] : Prop :=
  ∀ S : R → Prop, (∃ x, S x) → (∃ B, ∀ x, S x → x ≤ B) → ∃ L, (∀ x, S x → x ≤ L) ∧ ∀ B, (∀ x, S x → x ≤ B) → L ≤ B

/-- A set that contains one, and with each number its double, exceeds every number. -/
theorem exists_ge_of_double {R : Type} [OrderedField R] (hs : HasSups R) {S : R → Prop} (h1 : S 1)
    (h2 : ∀ t, S t → S (2 * t)) (x : R) : ∃ t, S t ∧ x ≤ t := by
  refine Classical.byContradiction fun h => ?_
  obtain ⟨L, hL, hL'⟩ := hs S ⟨1, h1⟩ ⟨x, fun t ht => by have : ¬ x ≤ t := fun h' => h ⟨t, ht, h'⟩; grind⟩
  have := hL' (L / 2) fun t ht => by have := hL _ (h2 t ht); grind
  have := hL 1 h1
  grind

end Lmx.Reals
