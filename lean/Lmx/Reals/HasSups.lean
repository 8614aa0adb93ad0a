module
public import Lmx.Calculus.Field
@[expose] public section

/-!
# Ordered fields with least upper bounds

Main definitions: `HasSups`, the least upper bound property; `twoPow`, the powers of two. Main result: `exists_le_twoPow`, such a field is
archimedean.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section

/-- The least upper bound property. -/
def HasSups (R : Type) [OrderedField R] : Prop :=
  ∀ S : R → Prop, (∃ x, S x) → (∃ B, ∀ x, S x → x ≤ B) → ∃ L, (∀ x, S x → x ≤ L) ∧ ∀ B, (∀ x, S x → x ≤ B) → L ≤ B

variable {R : Type} [OrderedField R]

/-- `2 ^ n`. -/
def twoPow : Nat → R
  | 0 => 1
  | n + 1 => 2 * twoPow n

theorem twoPow_pos (n : Nat) : 0 < (twoPow n : R) := by induction n <;> grind [twoPow]

theorem twoPow_le {m n : Nat} (h : m ≤ n) : (twoPow m : R) ≤ twoPow n := by
  induction h with
  | refl => grind
  | step _ ih => have := twoPow_pos (R := R) m; simp only [twoPow]; grind

theorem le_twoPow_of_le {x : R} {m n : Nat} (h : x ≤ twoPow m) (hmn : m ≤ n) : x ≤ twoPow n := by
  have := twoPow_le (R := R) hmn
  grind

/-- Powers of two exceed every number. -/
theorem exists_le_twoPow (hs : HasSups R) (x : R) : ∃ n, x ≤ twoPow n := by
  refine Classical.byContradiction fun h => ?_
  have hb : ∀ n, (twoPow n : R) ≤ x := fun n => by
    have : ¬ x ≤ twoPow n := fun h' => h ⟨n, h'⟩
    grind
  obtain ⟨L, h1, h2⟩ := hs (fun y => ∃ n, y = twoPow n) ⟨_, 0, rfl⟩ ⟨x, by rintro _ ⟨n, rfl⟩; exact hb n⟩
  have h3 := h2 (L / 2) (by
    rintro _ ⟨n, rfl⟩
    have := h1 _ ⟨n + 1, rfl⟩
    simp only [twoPow] at this
    grind)
  have h4 := h1 _ ⟨0, rfl⟩
  simp only [twoPow] at h4
  grind

end
end Lmx.Reals
