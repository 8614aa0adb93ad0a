module
public import Lmx.Theorems.Jvp.Basic
@[expose] public section

/-!
# The derivative of max-pooling

Main results: `hasD_maxPoolAt`, where one element of a window is the largest near, the window's maximum is
differentiable, with the derivative `maxPoolJvpAt`. Near such a point the maximum is that element. The first element
that attains it may be another one, which then has the same derivative.

Nothing is claimed at other ties.
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

/-- The first offset that attains the maximum is there, and attains it. -/
theorem exists_firstOffset {p : Pool} {x : Tensor R} {b oh ow c : Nat} {q : Nat × Nat} (hq : q ∈ p.window.offsets)
    (h : ∀ q' ∈ p.window.offsets,
      windowAt p.window p.image lowestValue x b oh ow c q' ≤ windowAt p.window p.image lowestValue x b oh ow c q) :
    ∃ q' ∈ p.window.offsets, firstOffset p x (maxPoolAt p x [b, oh, ow, c]) b oh ow c = some q' ∧
      windowAt p.window p.image lowestValue x b oh ow c q' = windowAt p.window p.image lowestValue x b oh ow c q := by
  rw [maxPoolAt_eq hq h, firstOffset]
  cases e : p.window.offsets.find? _ with
  | none => exact absurd (List.find?_eq_none.1 e q hq) (by simp; grind)
  | some q' =>
    have h1 := List.find?_some e
    have h2 := List.mem_of_find?_eq_some e
    exact ⟨q', h2, rfl, by have := h q' h2; grind⟩

/-- Where one element of a window is the largest near, max-pooling is differentiable. -/
theorem hasD_maxPoolAt (p : Pool) {X DX : (ι → R) → Tensor R} {θ : ι → R}
    (h : ∀ i, HasD (fun θ => X θ i) (fun t => DX t i) θ) {b oh ow c : Nat}
    (hu : LargestNear (fun q θ => windowAt p.window p.image lowestValue (X θ) b oh ow c q) p.window.offsets θ) :
    HasD (fun θ => maxPoolAt p (X θ) [b, oh, ow, c]) (fun t => maxPoolJvpAt p (X θ) (DX t) [b, oh, ow, c]) θ := by
  obtain ⟨q, hq, hu⟩ := hu
  have hw := hasD_windowAt h p.window p.image lowestValue b oh ow c
  have le (q' : Nat × Nat) (hq' : q' ∈ p.window.offsets) : Near (fun θ =>
      windowAt p.window p.image lowestValue (X θ) b oh ow c q' ≤
        windowAt p.window p.image lowestValue (X θ) b oh ow c q) θ := by
    by_cases e : q' = q
    · exact e ▸ ⟨1, by grind, fun _ _ => by grind⟩
    · exact Or.elim (hu q' hq' e) (fun hlt => ((hw q').lt_near (hw q) hlt).mono fun y hy => by grind) id
  obtain ⟨q', hq', hf, he⟩ := exists_firstOffset hq fun q' hq' => (le q' hq').self
  refine ((hw q).congr_of_local ((Near.forall_mem _ le).mono fun y hy => maxPoolAt_eq hq hy)).congr fun t => ?_
  rw [maxPoolJvpAt, hf]
  exact (hw q).eq_of_le_near (hw q') (le q' hq') he.symm t

/-- A unique maximum is the largest near. -/
theorem Pool.UniqueMax.largestNear {p : Pool} {X : (ι → R) → Tensor R} {θ : ι → R} {b oh ow c : Nat}
    (h : p.UniqueMax (X θ) b oh ow c) :
    LargestNear (fun q θ => windowAt p.window p.image lowestValue (X θ) b oh ow c q) p.window.offsets θ :=
  let ⟨q, hq, h⟩ := h; ⟨q, hq, fun q' hq' hne => Or.inl (h q' hq' hne)⟩

end
end Lmx
end
