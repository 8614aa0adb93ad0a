module
public import Lmx.Calculus.Field
@[expose] public section

/-!
# Finite sums

Sums over lists and over finite types, in an ordered field.

Main definitions: `Idx`, a finite type with a chosen enumeration, with `Idx.ofList` for the members of a list; `lsum`,
the sum over a list; `sum`, the sum over a finite type.

Main results: sums may be reindexed along bijections (`lsum_bij`) and partial inverses (`lsum_partial`); nested sums
commute (`lsum_comm`, `sum_comm`); `lsum_dirac` and `sum_dirac` pick out one term.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section

/-! ### Sums over lists -/

section lists
variable {R : Type} [OrderedField R] {α β : Type}

/-- The sum of `f a` over the members `a` of a list, repeated members counted each time. -/
def lsum : List α → (α → R) → R
  | [], _ => 0
  | a :: l, f => f a + lsum l f

theorem lsum_append (l l' : List α) (f : α → R) : lsum (l ++ l') f = lsum l f + lsum l' f := by
  induction l <;> simp only [List.nil_append, List.cons_append, lsum] <;> grind

theorem lsum_map (g : β → α) (l : List β) (f : α → R) : lsum (l.map g) f = lsum l (fun b => f (g b)) := by
  induction l <;> simp_all only [List.map_nil, List.map_cons, lsum]

theorem lsum_flatMap (g : β → List α) (l : List β) (f : α → R) :
    lsum (l.flatMap g) f = lsum l (fun b => lsum (g b) f) := by
  induction l <;> simp_all only [List.flatMap_nil, List.flatMap_cons, lsum, lsum_append]

theorem lsum_congr {l : List α} {f g : α → R} (h : ∀ a ∈ l, f a = g a) : lsum l f = lsum l g := by
  induction l <;> grind [lsum]

theorem lsum_zero (l : List α) : lsum l (fun _ => (0 : R)) = 0 := by
  induction l <;> grind [lsum]

theorem lsum_add (l : List α) (f g : α → R) : lsum l (fun a => f a + g a) = lsum l f + lsum l g := by
  induction l <;> grind [lsum]

theorem lsum_mul (l : List α) (c : R) (f : α → R) : lsum l (fun a => c * f a) = c * lsum l f := by
  induction l <;> grind [lsum]

theorem lsum_comm (l : List α) (l' : List β) (f : α → β → R) :
    lsum l (fun a => lsum l' (fun b => f a b)) = lsum l' (fun b => lsum l (fun a => f a b)) := by
  induction l <;> simp_all only [lsum, lsum_zero, lsum_add]

/-- What holds of zero and of sums of two holds of sums. -/
theorem lsum_induction {P : (β → R) → Prop} (zero : P fun _ => 0) (add : ∀ {f g}, P f → P g → P fun b => f b + g b)
    (l : List α) {f : α → β → R} (h : ∀ a, P (f a)) : P fun b => lsum l fun a => f a b := by
  induction l with
  | nil => exact zero
  | cons a l ih => exact add (h a) ih

/-! Order. -/

theorem lsum_le {l : List α} {f g : α → R} (h : ∀ a, f a ≤ g a) : lsum l f ≤ lsum l g := by
  induction l <;> grind [lsum]

theorem lsum_nonneg {l : List α} {f : α → R} (h : ∀ a, 0 ≤ f a) : 0 ≤ lsum l f := by
  induction l <;> grind [lsum]

theorem lsum_pos {f : α → R} (h : ∀ a, 0 < f a) : ∀ l : List α, l ≠ [] → 0 < lsum l f
  | [], hl => absurd rfl hl
  | a :: l, _ => by
    have := lsum_nonneg (l := l) (f := f) (by grind)
    grind [lsum]

theorem lsum_single_le {l : List α} {f : α → R} (h : ∀ a, 0 ≤ f a) {a : α} (ha : a ∈ l) : f a ≤ lsum l f := by
  induction l with
  | nil => cases ha
  | cons b l ih =>
    have := lsum_nonneg (l := l) h
    grind [lsum]

/-! Terms that vanish, and reindexing. -/

theorem lsum_dirac_not [DecidableEq α] {l : List α} (f : α → R) {a : α} (ha : a ∉ l) :
    lsum l (fun b => if b = a then f b else 0) = 0 :=
  (lsum_congr (by grind)).trans (lsum_zero l)

theorem lsum_dirac [DecidableEq α] {l : List α} (hl : l.Nodup) (f : α → R) {a : α} (ha : a ∈ l) :
    lsum l (fun b => if b = a then f b else 0) = f a := by
  induction l with
  | nil => cases ha
  | cons b l ih =>
    have := lsum_dirac_not (l := l) f (a := a)
    grind [lsum]

/-- Only the terms that do not vanish count. -/
theorem lsum_subset {l m : List α} (hl : l.Nodup) (hm : m.Nodup) (hs : ∀ a ∈ m, a ∈ l) {f : α → R}
    (hf : ∀ a, a ∉ m → f a = 0) : lsum l f = lsum m f := by
  classical
  rw [lsum_congr (l := m) fun a ha => (lsum_dirac hl f (hs a ha)).symm, lsum_comm]
  refine lsum_congr fun b _ => ?_
  rw [lsum_congr (g := fun a => if a = b then f a else 0) (by grind)]
  by_cases hb : b ∈ m
  · exact (lsum_dirac hm f hb).symm
  · rw [lsum_dirac_not f hb, hf b hb]

/-- Reindexing along an injection `g` with partial inverse `h`: places that `g` does not reach contribute nothing. -/
theorem lsum_partial {l : List α} {m : List β} (hl : l.Nodup) (hm : m.Nodup) (g : α → β) (h : β → Option α)
    (H : ∀ a ∈ l, g a ∈ m ∧ h (g a) = some a) (H' : ∀ b ∈ m, ∀ a, h b = some a → a ∈ l ∧ g a = b)
    (d : α → R) (x : β → R) :
    lsum l (fun a => d a * x (g a)) = lsum m (fun b => (match h b with | some a => d a | none => 0) * x b) := by
  classical
  have e1 : ∀ a ∈ l, d a * x (g a) = lsum m fun b => if b = g a then d a * x b else 0 :=
    fun a ha => (lsum_dirac hm (fun b => d a * x b) (H a ha).1).symm
  rw [lsum_congr e1, lsum_comm]
  refine lsum_congr fun b hb => ?_
  cases hh : h b with
  | some a =>
    obtain ⟨ha, rfl⟩ := H' b hb a hh
    refine (lsum_congr fun a' ha' => ?_).trans (lsum_dirac hl (fun a => d a * x (g a)) ha)
    have := H a' ha'
    grind
  | none =>
    refine (lsum_congr (g := fun _ => 0) fun a ha => ?_).trans ((lsum_zero l).trans (by grind))
    have := H a ha
    grind

/-- Reindexing along a bijection `g` of the members, with inverse `h`. -/
theorem lsum_bij {l : List α} {m : List β} (hl : l.Nodup) (hm : m.Nodup) (g : α → β) (h : β → α)
    (maps : ∀ a ∈ l, g a ∈ m ∧ h (g a) = a) (maps' : ∀ b ∈ m, h b ∈ l ∧ g (h b) = b) (f : β → R) :
    lsum m f = lsum l (fun a => f (g a)) := by
  have key := lsum_partial hl hm g (fun b => some (h b)) (fun a ha => ⟨(maps a ha).1, congrArg some (maps a ha).2⟩)
    (fun b hb a e => Option.some.inj e ▸ maps' b hb) (fun _ => 1) f
  simp only [Semiring.one_mul] at key
  exact key.symm

end lists

/-! ### Finite types -/

/-- A finite type: decidable equality and a list of the members, each once. -/
class Idx (ι : Type) where
  /-- Equality is decidable. -/
  dec : DecidableEq ι
  /-- The members. -/
  elems : List ι
  nodup : elems.Nodup
  mem : ∀ i, i ∈ elems

instance {ι : Type} [Idx ι] : DecidableEq ι := Idx.dec

section sums
variable {R : Type} [OrderedField R] {ι κ : Type} [Idx ι] [Idx κ]

/-- The sum over a finite type. -/
def sum (f : ι → R) : R := lsum (Idx.elems : List ι) f

theorem sum_congr {f g : ι → R} (h : ∀ i, f i = g i) : sum f = sum g := by
  rw [show f = g from funext h]

theorem sum_zero : sum (fun _ : ι => (0 : R)) = 0 := lsum_zero _

theorem sum_add (f g : ι → R) : sum (fun i => f i + g i) = sum f + sum g := lsum_add ..

theorem sum_mul (c : R) (f : ι → R) : sum (fun i => c * f i) = c * sum f := lsum_mul ..

theorem sum_mul_right (c : R) (f : ι → R) : sum (fun i => f i * c) = sum f * c := by
  rw [CommSemiring.mul_comm, ← sum_mul]; apply sum_congr; grind

theorem sum_comm (f : ι → κ → R) : sum (fun i => sum (fun k => f i k)) = sum (fun k => sum (fun i => f i k)) :=
  lsum_comm ..

theorem sum_nonneg {f : ι → R} (h : ∀ i, 0 ≤ f i) : 0 ≤ sum f := lsum_nonneg h

theorem le_sum {f : ι → R} (h : ∀ i, 0 ≤ f i) (i : ι) : f i ≤ sum f := lsum_single_le h (Idx.mem i)

theorem sum_dirac (f : ι → R) (i : ι) : sum (fun j => if j = i then f j else 0) = f i :=
  lsum_dirac Idx.nodup f (Idx.mem i)

end sums

/-! ### Instances -/

instance : Idx Unit := ⟨inferInstance, [()], by simp, by simp⟩

/-- The members of a list without repetitions. -/
@[reducible] def Idx.ofList {α : Type} [DecidableEq α] (l : List α) (h : l.Nodup) : Idx {a : α // a ∈ l} where
  dec := inferInstance
  elems := l.attach
  nodup := by
    rw [← List.attach_map_subtype_val l] at h
    exact (List.pairwise_map.1 h).imp fun h e => h (congrArg Subtype.val e)
  mem := List.mem_attach l

theorem sum_ofList {R : Type} [OrderedField R] {α : Type} [DecidableEq α] (l : List α) (h : l.Nodup) (f : α → R) :
    @sum R _ {a : α // a ∈ l} (Idx.ofList l h) (fun a => f a.1) = lsum l f := by
  show lsum l.attach (fun a => f a.1) = _
  rw [← lsum_map Subtype.val, List.attach_map_subtype_val]

theorem sum_unit {R : Type} [OrderedField R] (f : Unit → R) : sum f = f () := by
  show f () + 0 = f ()
  grind

end
end Lmx.Calculus
