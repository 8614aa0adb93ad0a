module
public import Lmx.Theorems.Jvp.Basic
@[expose] public section

/-!
# The derivative of max-pooling off ties

Main results: `hasD_maxPoolAt`, where a window has a unique maximum its maximum is differentiable, with the derivative
`maxPoolJvpAt`; `maxPoolAt_eq` and `firstOffset_eq`, what a unique maximum is and where it is found. Near such a point
the same element stays the greatest, so that the maximum is that element there.

Nothing is claimed at ties.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [RealOps R] {ι : Type} [Idx ι]

theorem foldl_max2 (l : List R) (a : R) :
    (l.foldl max2 a = a ∨ l.foldl max2 a ∈ l) ∧ a ≤ l.foldl max2 a ∧ ∀ b ∈ l, b ≤ l.foldl max2 a := by
  induction l generalizing a with
  | nil => exact ⟨.inl rfl, by grind, by simp⟩
  | cons c l ih => have := ih (max2 a c); grind [max2]

/-- The largest number of a list is the member that no other exceeds. -/
theorem lmax_eq {l : List R} {a : R} (ha : a ∈ l) (h : ∀ b ∈ l, b ≤ a) : lmax l = a := by
  cases l with
  | nil => cases ha
  | cons c l => have := foldl_max2 l c; grind [lmax]

/-- A window's maximum is the element that no other exceeds. -/
theorem maxPoolAt_eq {p : Pool} {x : Tensor R} {b oh ow c : Nat} {q : Nat × Nat} (hq : q ∈ p.window.offsets)
    (h : ∀ q' ∈ p.window.offsets,
      windowAt p.window p.image lowestValue x b oh ow c q' ≤ windowAt p.window p.image lowestValue x b oh ow c q) :
    maxPoolAt p x [b, oh, ow, c] = windowAt p.window p.image lowestValue x b oh ow c q :=
  lmax_eq (List.mem_map_of_mem hq) (List.forall_mem_map.2 h)

/-- The first offset that attains a unique maximum is that maximum's. -/
theorem firstOffset_eq {p : Pool} {x : Tensor R} {b oh ow c : Nat} {q : Nat × Nat} (hq : q ∈ p.window.offsets)
    (h : ∀ q' ∈ p.window.offsets, q' ≠ q →
      windowAt p.window p.image lowestValue x b oh ow c q' < windowAt p.window p.image lowestValue x b oh ow c q) :
    firstOffset p x (maxPoolAt p x [b, oh, ow, c]) b oh ow c = some q := by
  rw [maxPoolAt_eq hq fun q' hq' => by by_cases e : q' = q <;> grind, firstOffset]
  cases e : p.window.offsets.find? _ with
  | none => exact absurd (List.find?_eq_none.1 e q hq) (by simp; grind)
  | some q' =>
    have h1 := List.find?_some e
    have h2 := List.mem_of_find?_eq_some e
    grind

/-- Where a window has a unique maximum, max-pooling is differentiable. -/
theorem hasD_maxPoolAt (p : Pool) {X DX : (ι → R) → Tensor R} {θ : ι → R}
    (h : ∀ i, HasD (fun θ => X θ i) (fun t => DX t i) θ) {b oh ow c : Nat} (hu : p.UniqueMax (X θ) b oh ow c) :
    HasD (fun θ => maxPoolAt p (X θ) [b, oh, ow, c]) (fun t => maxPoolJvpAt p (X θ) (DX t) [b, oh, ow, c]) θ := by
  obtain ⟨q, hq, hu⟩ := hu
  have hw := hasD_windowAt h p.window p.image lowestValue b oh ow c
  have near := Near.forall_mem (p.window.offsets.filter (· ≠ q)) fun q' hq' => (hw q').lt_near (hw q) (by grind)
  refine ((hw q).congr_of_local (near.mono fun y hy => maxPoolAt_eq hq fun q' hq' => ?_)).congr fun t => ?_
  · by_cases e : q' = q <;> grind
  · rw [maxPoolJvpAt, firstOffset_eq hq hu]

end
end Lmx
end
