module
public import Lmx.Calculus.Field
@[expose] public section

/-!
# Finite sums

Sums over lists and over finite types, in an ordered field.

Main definitions: `Idx`, a finite type with a chosen enumeration, for which there are instances for `Fin`, `Unit`, products, disjoint and
dependent sums, and `Idx.ofList` for the members of a list; `lsum`, the sum over a list; `sum`, the sum over a finite type.

Main results: sums do not depend on the order (`lsum_perm`); they may be reindexed along bijections (`lsum_bij`) and partial inverses
(`lsum_partial`); nested sums commute (`sum_comm`) and are sums over pairs (`sum_prod`, `sum_sigma`); `sum_dirac` picks out one term.
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
  induction l with
  | nil => simp only [List.nil_append, lsum]; grind
  | cons a l ih => simp only [List.cons_append, lsum]; grind

theorem lsum_map (g : β → α) (l : List β) (f : α → R) : lsum (l.map g) f = lsum l (fun b => f (g b)) := by
  induction l with
  | nil => rfl
  | cons a l ih => simp only [List.map_cons, lsum, ih]

theorem lsum_flatMap (g : β → List α) (l : List β) (f : α → R) :
    lsum (l.flatMap g) f = lsum l (fun b => lsum (g b) f) := by
  induction l with
  | nil => rfl
  | cons a l ih => simp only [List.flatMap_cons, lsum, lsum_append, ih]

theorem lsum_attach (l : List α) (f : α → R) : lsum l.attach (fun a => f a.1) = lsum l f := by
  have := lsum_map Subtype.val l.attach f
  rw [List.attach_map_subtype_val] at this
  exact this.symm

theorem lsum_congr {l : List α} {f g : α → R} (h : ∀ a ∈ l, f a = g a) : lsum l f = lsum l g := by
  induction l with
  | nil => rfl
  | cons a l ih => simp only [lsum]; grind

theorem lsum_zero (l : List α) : lsum l (fun _ => (0 : R)) = 0 := by
  induction l with
  | nil => rfl
  | cons a l ih => simp only [lsum, ih]; grind

theorem lsum_add (l : List α) (f g : α → R) : lsum l (fun a => f a + g a) = lsum l f + lsum l g := by
  induction l with
  | nil => simp only [lsum]; grind
  | cons a l ih => simp only [lsum, ih]; grind

theorem lsum_mul (l : List α) (c : R) (f : α → R) : lsum l (fun a => c * f a) = c * lsum l f := by
  induction l with
  | nil => simp only [lsum]; grind
  | cons a l ih => simp only [lsum, ih]; grind

theorem lsum_comm (l : List α) (l' : List β) (f : α → β → R) :
    lsum l (fun a => lsum l' (fun b => f a b)) = lsum l' (fun b => lsum l (fun a => f a b)) := by
  induction l with
  | nil => simp only [lsum, lsum_zero]
  | cons a l ih => simp only [lsum, ih, lsum_add]

theorem lsum_perm {l l' : List α} (h : l.Perm l') (f : α → R) : lsum l f = lsum l' f := by
  induction h with
  | nil => rfl
  | cons a _ ih => simp only [lsum, ih]
  | swap a b l => simp only [lsum]; grind
  | trans _ _ ih ih' => exact ih.trans ih'

/-! Order. -/

theorem lsum_le {l : List α} {f g : α → R} (h : ∀ a, f a ≤ g a) : lsum l f ≤ lsum l g := by
  induction l with
  | nil => simp only [lsum]; grind
  | cons a l ih => have := h a; simp only [lsum]; grind

theorem lsum_nonneg {l : List α} {f : α → R} (h : ∀ a, 0 ≤ f a) : 0 ≤ lsum l f := by
  have := lsum_le (l := l) h
  rw [lsum_zero] at this
  exact this

theorem lsum_pos {f : α → R} (h : ∀ a, 0 < f a) : ∀ l : List α, l ≠ [] → 0 < lsum l f
  | [], hl => absurd rfl hl
  | a :: l, _ => by
    have h1 := h a
    have h2 := lsum_nonneg (l := l) fun a => show 0 ≤ f a by have := h a; grind
    simp only [lsum]; grind

theorem abs_lsum (l : List α) (f : α → R) : abs (lsum l f) ≤ lsum l (fun a => abs (f a)) := by
  induction l with
  | nil => simp only [lsum]; grind [abs]
  | cons a l ih => have := abs_add (f a) (lsum l f); simp only [lsum]; grind

theorem lsum_single_le {l : List α} {f : α → R} (h : ∀ a, 0 ≤ f a) {a : α} (ha : a ∈ l) : f a ≤ lsum l f := by
  induction l with
  | nil => cases ha
  | cons b l ih =>
    simp only [lsum]
    have h1 := lsum_nonneg (l := l) h
    have h2 := h b
    rcases List.mem_cons.1 ha with e | e
    · subst e; grind
    · have := ih e; grind

/-! Terms that vanish, and reindexing. -/

theorem lsum_dirac_not [DecidableEq α] {l : List α} (f : α → R) {a : α} (ha : a ∉ l) :
    lsum l (fun b => if b = a then f b else 0) = 0 := by
  refine Eq.trans (lsum_congr (g := fun _ => 0) ?_) (lsum_zero l); grind

theorem lsum_dirac [DecidableEq α] {l : List α} (hl : l.Nodup) (f : α → R) {a : α} (ha : a ∈ l) :
    lsum l (fun b => if b = a then f b else 0) = f a := by
  induction l with
  | nil => cases ha
  | cons b l ih =>
    simp only [lsum]
    rw [List.nodup_cons] at hl
    by_cases e : b = a
    · subst e; rw [lsum_dirac_not f hl.1]; grind
    · rw [ih hl.2 (by grind)]; grind

/-- Only the terms that do not vanish count. -/
theorem lsum_subset {l m : List α} (hl : l.Nodup) (hm : m.Nodup) (hs : ∀ a ∈ m, a ∈ l) {f : α → R}
    (hf : ∀ a, a ∉ m → f a = 0) : lsum l f = lsum m f := by
  classical
  have e1 : ∀ a ∈ m, f a = lsum l fun b => if b = a then f b else 0 := fun a ha => (lsum_dirac hl f (hs a ha)).symm
  rw [lsum_congr e1, lsum_comm]
  refine lsum_congr fun b _ => Eq.symm ?_
  by_cases hb : b ∈ m
  · exact (lsum_congr (g := fun a => if a = b then f a else 0) (by grind)).trans (lsum_dirac hm f hb)
  · exact (lsum_congr (g := fun a => if a = b then f a else 0) (by grind)).trans ((lsum_dirac_not f hb).trans (hf b hb).symm)

/-- Reindexing along an injection `g` with partial inverse `h`: places that `g` does not reach contribute nothing. -/
theorem lsum_partial {l : List α} {m : List β} (hl : l.Nodup) (hm : m.Nodup) (g : α → β) (h : β → Option α)
    (H : ∀ a ∈ l, g a ∈ m ∧ h (g a) = some a) (H' : ∀ b ∈ m, ∀ a, h b = some a → a ∈ l ∧ g a = b) (d : α → R) (x : β → R) :
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

theorem sum_neg (f : ι → R) : sum (fun i => - f i) = - sum f := by
  rw [show - sum f = (-1) * sum f by grind, ← sum_mul]; apply sum_congr; grind

theorem sum_sub (f g : ι → R) : sum (fun i => f i - g i) = sum f - sum g := by
  rw [show sum f - sum g = sum f + - sum g by grind, ← sum_neg, ← sum_add]; apply sum_congr; grind

theorem sum_comm (f : ι → κ → R) : sum (fun i => sum (fun k => f i k)) = sum (fun k => sum (fun i => f i k)) :=
  lsum_comm ..

theorem sum_le {f g : ι → R} (h : ∀ i, f i ≤ g i) : sum f ≤ sum g := lsum_le h

theorem sum_nonneg {f : ι → R} (h : ∀ i, 0 ≤ f i) : 0 ≤ sum f := lsum_nonneg h

/-- A sum of positive terms over a type with a member `i` is positive. -/
theorem sum_pos {f : ι → R} (h : ∀ i, 0 < f i) (i : ι) : 0 < sum f :=
  lsum_pos h _ (List.ne_nil_of_mem (Idx.mem i))

theorem abs_sum (f : ι → R) : abs (sum f) ≤ sum (fun i => abs (f i)) := abs_lsum ..

theorem le_sum {f : ι → R} (h : ∀ i, 0 ≤ f i) (i : ι) : f i ≤ sum f := lsum_single_le h (Idx.mem i)

theorem sum_dirac (f : ι → R) (i : ι) : sum (fun j => if j = i then f j else 0) = f i :=
  lsum_dirac Idx.nodup f (Idx.mem i)

theorem sum_dirac' (f : ι → R) (i : ι) : sum (fun j => if i = j then f j else 0) = f i := by
  rw [← sum_dirac f i]; apply sum_congr; grind

end sums

/-! ### Instances -/

/-- The members of `Fin n`, in order. -/
def finElems : (n : Nat) → List (Fin n)
  | 0 => []
  | n + 1 => 0 :: (finElems n).map Fin.succ

theorem mem_finElems : {n : Nat} → (i : Fin n) → i ∈ finElems n
  | 0, i => i.elim0
  | n + 1, ⟨0, h⟩ => by simp [finElems]
  | n + 1, ⟨i + 1, h⟩ => by
    simp only [finElems, List.mem_cons, List.mem_map]
    exact Or.inr ⟨⟨i, by omega⟩, mem_finElems _, rfl⟩

theorem nodup_finElems : (n : Nat) → (finElems n).Nodup
  | 0 => List.Pairwise.nil
  | n + 1 => by
    simp only [finElems, List.nodup_cons, List.mem_map]
    refine ⟨?_, ?_⟩
    · rintro ⟨i, -, h⟩; exact absurd h (Fin.succ_ne_zero i)
    · exact List.pairwise_map.2 ((nodup_finElems n).imp (fun h e => h (Fin.succ_inj.1 e)))

instance (n : Nat) : Idx (Fin n) := ⟨inferInstance, finElems n, nodup_finElems n, mem_finElems⟩

instance : Idx Unit := ⟨inferInstance, [()], by simp, by simp⟩

theorem nodup_attach {α : Type} {l : List α} (h : l.Nodup) : l.attach.Nodup := by
  rw [← List.attach_map_subtype_val l] at h
  exact (List.pairwise_map.1 h).imp fun h e => h (congrArg Subtype.val e)

/-- The members of a list without repetitions. -/
@[reducible] def Idx.ofList {α : Type} [DecidableEq α] (l : List α) (h : l.Nodup) : Idx {a : α // a ∈ l} :=
  ⟨inferInstance, l.attach, nodup_attach h, List.mem_attach l⟩

theorem sum_ofList {R : Type} [OrderedField R] {α : Type} [DecidableEq α] (l : List α) (h : l.Nodup) (f : α → R) :
    @sum R _ {a : α // a ∈ l} (Idx.ofList l h) (fun a => f a.1) = lsum l f :=
  lsum_attach l f

theorem sum_unit {R : Type} [OrderedField R] (f : Unit → R) : sum f = f () := by
  show f () + 0 = f ()
  grind

section sigma
variable {α : Type} {β : α → Type} [Idx α] [∀ a, Idx (β a)]

instance : Idx (Sigma β) where
  dec := fun ⟨a, b⟩ ⟨a', b'⟩ =>
    if h : a = a' then by
      subst h; exact decidable_of_iff (b = b') ⟨fun h => h ▸ rfl, fun h => by cases h; rfl⟩
    else isFalse (fun e => h (by cases e; rfl))
  elems := (Idx.elems : List α).flatMap fun a => (Idx.elems : List (β a)).map fun b => ⟨a, b⟩
  nodup := by
    refine List.pairwise_flatMap.2 ⟨fun a _ => List.pairwise_map.2 ((Idx.nodup (ι := β a)).imp ?_), (Idx.nodup (ι := α)).imp ?_⟩
    · intro b b' h e; cases e; exact h rfl
    · intro a a' h x hx y hy e
      simp only [List.mem_map] at hx hy
      obtain ⟨b, -, rfl⟩ := hx
      obtain ⟨b', -, rfl⟩ := hy
      cases e; exact h rfl
  mem := by
    rintro ⟨a, b⟩
    exact List.mem_flatMap.2 ⟨a, Idx.mem a, List.mem_map.2 ⟨b, Idx.mem b, rfl⟩⟩

theorem sum_sigma {R : Type} [OrderedField R] (f : Sigma β → R) : sum f = sum (fun a => sum (fun b => f ⟨a, b⟩)) :=
  (lsum_flatMap ..).trans (lsum_congr fun _ _ => lsum_map ..)

end sigma

section prod
variable {α β : Type} [Idx α] [Idx β]

instance : Idx (α × β) where
  dec := inferInstance
  elems := (Idx.elems : List α).flatMap fun a => (Idx.elems : List β).map fun b => (a, b)
  nodup := by
    refine List.pairwise_flatMap.2 ⟨fun a _ => List.pairwise_map.2 ((Idx.nodup (ι := β)).imp ?_), (Idx.nodup (ι := α)).imp ?_⟩
    · intro b b' h e; cases e; exact h rfl
    · intro a a' h x hx y hy e
      simp only [List.mem_map] at hx hy
      obtain ⟨b, -, rfl⟩ := hx
      obtain ⟨b', -, rfl⟩ := hy
      cases e; exact h rfl
  mem := by
    rintro ⟨a, b⟩
    exact List.mem_flatMap.2 ⟨a, Idx.mem a, List.mem_map.2 ⟨b, Idx.mem b, rfl⟩⟩

instance : Idx (α ⊕ β) where
  dec := inferInstance
  elems := (Idx.elems : List α).map Sum.inl ++ (Idx.elems : List β).map Sum.inr
  nodup := by
    refine List.pairwise_append.2 ⟨List.pairwise_map.2 ((Idx.nodup (ι := α)).imp ?_),
      List.pairwise_map.2 ((Idx.nodup (ι := β)).imp ?_), ?_⟩
    · intro b b' h e; cases e; exact h rfl
    · intro b b' h e; cases e; exact h rfl
    · intro x hx y hy e
      simp only [List.mem_map] at hx hy
      obtain ⟨b, -, rfl⟩ := hx
      obtain ⟨b', -, rfl⟩ := hy
      cases e
  mem := by
    rintro (a | b) <;> simp [Idx.mem]

variable {R : Type} [OrderedField R]

theorem sum_prod (f : α × β → R) : sum f = sum (fun a => sum (fun b => f (a, b))) :=
  (lsum_flatMap ..).trans (lsum_congr fun _ _ => lsum_map ..)

theorem sum_sumType (f : α ⊕ β → R) : sum f = sum (fun a => f (.inl a)) + sum (fun b => f (.inr b)) := by
  refine (lsum_append ..).trans ?_
  rw [lsum_map, lsum_map]
  rfl

end prod

end
end Lmx.Calculus
