module
public import Lmx.Theorems.Simplify.Basic
public import Lmx.Expand.Program
@[expose] public section

/-!
# Expansion reads what it has emitted

`Emits A m` says that `m`, started where the values of the list `A` are defined, emits nodes in static single assignment
form and returns values that are defined after it. It says nothing of what is computed, so it follows from the shape of
the code alone.

Main definition: `Emits`. Main result: `emits_expandOp`.
-/

namespace Lmx

/-- The values that a build's result is made of. -/
class HasValues (α : Type) where
  /-- The values. -/
  values : α → List Var

export HasValues (values)

noncomputable instance : HasValues Var := ⟨fun v => [v]⟩
noncomputable instance : HasValues (List Var) := ⟨id⟩
noncomputable instance : HasValues (Option Var) := ⟨Option.toList⟩
noncomputable instance {α β : Type} [HasValues α] [HasValues β] : HasValues (α × β) :=
  ⟨fun p => values p.1 ++ values p.2⟩

/-- Where the values of `A` are defined, `m` only adds scoped nodes and returns defined values. -/
def Emits {α : Type} [HasValues α] (A : List Var) (m : Build α) : Prop :=
  ∀ Γ₀ s, s.Scoped Γ₀ → (∀ v ∈ A, s.Defines Γ₀ v) → Grows Γ₀ s (m s).2 ∧ ∀ v ∈ values (m s).1, (m s).2.Defines Γ₀ v

variable {α β : Type} [HasValues α] [HasValues β] {A : List Var} {x : Var}

theorem values_var (v : Var) : values v = [v] := rfl
theorem values_list (l : List Var) : values l = l := rfl
theorem values_none : values (none : Option Var) = [] := rfl
theorem values_some (v : Var) : values (some v) = [v] := rfl
theorem values_prod (p : α × β) : values p = values p.1 ++ values p.2 := rfl

theorem emits_pure {a : α} (h : values a ⊆ A) : Emits A (pure a : Build α) := fun _ _ hs ha =>
  ⟨hs.grows, fun v hv => ha v (h hv)⟩

theorem emits_bind {m : Build α} {f : α → Build β} (hm : Emits A m) (hf : ∀ a, Emits (values a ++ A) (f a)) :
    Emits A (m >>= f) := fun Γ₀ s hs ha =>
  have h := hm Γ₀ s hs ha
  have h' := hf (m s).1 Γ₀ (m s).2 h.1.scope fun v hv =>
    (List.mem_append.1 hv).elim (h.2 v) fun hv => h.1.defines v (ha v hv)
  ⟨h.1.trans h'.1, h'.2⟩

theorem emits_emit {op : Op} {args : List Var} (h : args ⊆ A) : Emits A (emit op args) := fun _ _ hs ha =>
  have hg := grows_emit hs fun a h' => ha a (h h')
  ⟨hg.1, fun _ hv => List.mem_singleton.1 hv ▸ hg.2⟩

theorem emits_buildMap {γ : Type} {f : γ → Build Var} {l : List γ} (hf : ∀ A', A ⊆ A' → ∀ c, Emits A' (f c)) :
    Emits A (buildMap f l) := by
  induction l generalizing A with
  | nil => exact emits_pure (List.nil_subset _)
  | cons c l ih =>
    refine emits_bind (hf A (List.Subset.refl _) c) fun b =>
      emits_bind (ih fun A' h => hf A' fun v hv => h (List.mem_append_right _ hv)) fun bs => emits_pure ?_
    simp +contextual [values_var, values_list, List.subset_def]

theorem emits_buildFold {γ : Type} {f : α → γ → Build α} {a : α} {l : List γ} (ha : values a ⊆ A)
    (hf : ∀ A', A ⊆ A' → ∀ a c, values a ⊆ A' → Emits A' (f a c)) : Emits A (buildFold f a l) := by
  induction l generalizing A a with
  | nil => exact emits_pure ha
  | cons c l ih =>
    exact emits_bind (hf A (List.Subset.refl _) a c ha) fun b =>
      ih (List.subset_append_left _ _) fun A' h => hf A' fun v hv => h (List.mem_append_right _ hv)

/-- Follows the shape of a build down to what is known of its parts. -/
local macro "emits" : tactic => `(tactic| repeat' with_reducible first
  | assumption
  | refine emits_bind ?_ fun _ => ?_
  | refine emits_pure ?_
  | refine emits_emit ?_
  | refine emits_buildMap fun _ _ _ => ?_
  | refine emits_buildFold ?_ fun _ _ _ _ _ => ?_
  | split
  | (simp_all [values_var, values_list, values_none, values_some, values_prod, List.subset_def]; done))

theorem emits_broadcast {dims : List Nat} {sh : Shape} (h : x ∈ A) : Emits A (broadcast dims sh x) := by
  unfold broadcast; emits

theorem emits_reshape {sh : Shape} (h : x ∈ A) : Emits A (reshape sh x) := by
  unfold reshape; emits

theorem emits_reduceSum {dims : List Nat} (h : x ∈ A) : Emits A (reduceSum dims x) := by
  unfold reduceSum; emits

/-- The expansion of an op reads its arguments and what it has emitted, and nothing else. -/
theorem emits_expandOp {op : Op} {args : List Var} (h : args ⊆ A) : Emits A (expandOp op args) := by
  unfold expandOp
  split <;> try simp only [List.cons_subset, expandConv, expandConvImageGrad, expandConvKernelGrad, expandMaxPool,
    expandMaxPoolGrad, takePlace, expandLogSoftmax, padImage, sliceImage, kernelAt, sumPlaces.eq_def, orZeros.eq_def,
    broadcast, reshape, reduceSum, constant, add, subtract, maximum, exponential, log, compare, select] at h ⊢
  all_goals emits

end Lmx
end
