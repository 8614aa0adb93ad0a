module
public import Lmx.Theorems.Simplify.Basic
public import Lmx.Expand.Program
@[expose] public section

/-!
# Expansion reads what it has emitted

`Emits A m` says that `m`, started where the values of the list `A` are defined, emits nodes in static single assignment form and returns values that
are defined after it. It says nothing of what is computed, so it follows from the shape of the code alone.

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
noncomputable instance {α β : Type} [HasValues α] [HasValues β] : HasValues (α × β) := ⟨fun p => values p.1 ++ values p.2⟩

/-- Where the values of `A` are defined, `m` only adds scoped nodes and returns defined values. -/
def Emits {α : Type} [HasValues α] (A : List Var) (m : Build α) : Prop :=
  ∀ Γ₀ s, s.Scoped Γ₀ → (∀ v ∈ A, s.Defines Γ₀ v) → Grows Γ₀ s (m s).2 ∧ ∀ v ∈ values (m s).1, (m s).2.Defines Γ₀ v

variable {α β : Type} [HasValues α] [HasValues β] {A : List Var} {x y w d : Var}

theorem values_var (v : Var) : values v = [v] := rfl
theorem values_list (l : List Var) : values l = l := rfl
theorem values_none : values (none : Option Var) = [] := rfl
theorem values_some (v : Var) : values (some v) = [v] := rfl
theorem values_prod (a : α) (b : β) : values (a, b) = values a ++ values b := rfl

theorem emits_pure {a : α} (h : values a ⊆ A) : Emits A (pure a : Build α) := fun _ _ hs ha => ⟨hs.grows, fun v hv => ha v (h hv)⟩

theorem emits_bind {m : Build α} {f : α → Build β} (hm : Emits A m) (hf : ∀ a, Emits (values a ++ A) (f a)) : Emits A (m >>= f) := by
  intro Γ₀ s hs ha
  have h := hm Γ₀ s hs ha
  have h' := hf (m s).1 Γ₀ (m s).2 h.1.scope fun v hv => (List.mem_append.1 hv).elim (h.2 v) fun hv => h.1.defines v (ha v hv)
  exact ⟨h.1.trans h'.1, h'.2⟩

theorem emits_emit {op : Op} {args : List Var} (h : args ⊆ A) : Emits A (emit op args) := fun _ _ hs ha =>
  have hg := grows_emit hs fun a h' => ha a (h h')
  ⟨hg.1, fun _ hv => List.mem_singleton.1 hv ▸ hg.2⟩

theorem emits_buildMap {γ : Type} {f : γ → Build Var} {l : List γ} (hf : ∀ A', A ⊆ A' → ∀ c, Emits A' (f c)) : Emits A (buildMap f l) := by
  induction l generalizing A with
  | nil => exact emits_pure (List.nil_subset _)
  | cons c l ih =>
    refine emits_bind (hf A (List.Subset.refl _) c) fun b => emits_bind (ih fun A' h => hf A' fun v hv => h (List.mem_append_right _ hv)) fun bs =>
      emits_pure ?_
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
  | (simp_all [values_var, values_list, values_none, values_some, values_prod, List.subset_def]; done))

theorem emits_broadcast {dims : List Nat} {sh : Shape} (h : x ∈ A) : Emits A (broadcast dims sh x) := by
  unfold broadcast; split <;> emits

theorem emits_reshape {sh : Shape} (h : x ∈ A) : Emits A (reshape sh x) := by
  unfold reshape; split <;> emits

theorem emits_reduceSum {dims : List Nat} (h : x ∈ A) : Emits A (reduceSum dims x) := by
  unfold reduceSum; split <;> emits

theorem emits_padImage {low high interior : Nat × Nat} {v : Literal} (h : x ∈ A) : Emits A (padImage low high interior v x) := by
  unfold padImage; split <;> emits

theorem emits_sliceImage {start count stride : Nat × Nat} (h : x ∈ A) : Emits A (sliceImage start count stride x) := by
  simp only [sliceImage]; split <;> emits

theorem emits_kernelAt {c : Conv} {p : Nat × Nat} (h : w ∈ A) : Emits A (kernelAt c p w) :=
  emits_bind (emits_emit (by simp [h])) fun _ => emits_reshape (by simp [values_var])

theorem emits_orZeros {sh : Shape} {o : Option Var} (h : values o ⊆ A) : Emits A (orZeros sh o) := by
  cases o with
  | none => exact emits_emit (List.nil_subset _)
  | some v => exact emits_pure h

theorem emits_sumPlaces {f : Nat × Nat → Build Var} {l : List (Nat × Nat)} (hf : ∀ A', A ⊆ A' → ∀ q, Emits A' (f q)) :
    Emits A (sumPlaces f l) := by
  cases l with
  | nil => exact emits_pure (List.nil_subset _)
  | cons p l =>
    refine emits_bind (hf A (List.Subset.refl _) p) fun a => emits_bind (emits_buildFold (List.subset_append_left _ _) fun A' h a q ha =>
      emits_bind (hf A' (fun v hv => h (List.mem_append_right _ hv)) q) fun b => emits_emit ?_) fun b => emits_pure (List.subset_append_left _ _)
    simp_all [values_var]

theorem emits_expandConv {c : Conv} (hx : x ∈ A) (hw : w ∈ A) : Emits A (expandConv c x w) := by
  refine emits_bind (emits_padImage hx) fun xp => emits_bind (emits_sumPlaces fun A' h q => ?_) fun o => emits_orZeros (List.subset_append_left _ _)
  have hxp := h (List.mem_append_left A (List.mem_singleton_self xp))
  have hw' := h (List.mem_append_right _ hw)
  refine emits_bind (emits_sliceImage hxp) fun _ => emits_bind (emits_kernelAt (List.mem_append_right _ hw')) fun _ => ?_
  emits

theorem emits_expandConvImageGrad {c : Conv} (hd : d ∈ A) (hw : w ∈ A) : Emits A (expandConvImageGrad c d w) := by
  refine emits_bind (emits_padImage hd) fun dp => emits_bind (emits_sumPlaces fun A' h q => ?_) fun o => emits_orZeros (List.subset_append_left _ _)
  have hdp := h (List.mem_append_left A (List.mem_singleton_self dp))
  have hw' := h (List.mem_append_right _ hw)
  refine emits_bind (emits_sliceImage hdp) fun _ => emits_bind (emits_kernelAt (List.mem_append_right _ hw')) fun _ => ?_
  emits

theorem emits_expandConvKernelGrad {c : Conv} (hx : x ∈ A) (hd : d ∈ A) : Emits A (expandConvKernelGrad c x d) := by
  refine emits_bind (emits_padImage hx) fun xp => emits_bind (emits_buildMap fun A' h i => emits_bind (emits_buildMap fun A'' h' j => ?_) fun parts =>
    emits_emit (List.subset_append_left _ _)) fun rows => emits_emit (List.subset_append_left _ _)
  have hxp := h' (h (List.mem_append_left A (List.mem_singleton_self xp)))
  have hd' := h' (h (List.mem_append_right _ hd))
  refine emits_bind (emits_sliceImage hxp) fun s => emits_bind (emits_emit ?_) fun g => emits_bind (emits_reduceSum ?_) fun g => emits_reshape ?_
  all_goals simp [values_var, hd']

theorem emits_expandMaxPool {p : Pool} (hx : x ∈ A) : Emits A (expandMaxPool p x) := by
  refine emits_bind (emits_padImage hx) fun xp => ?_
  split
  · exact emits_emit (List.nil_subset _)
  · refine emits_bind (emits_sliceImage (List.mem_append_left _ (List.mem_singleton_self xp))) fun first =>
      emits_buildFold (List.subset_append_left _ _) fun A' h a q ha => ?_
    have hxp := h (List.mem_append_right _ (List.mem_append_left A (List.mem_singleton_self xp)))
    refine emits_bind (emits_sliceImage hxp) fun s => emits_emit ?_
    simp_all [values_var]

theorem emits_expandMaxPoolGrad {p : Pool} (hx : x ∈ A) (hy : y ∈ A) (hd : d ∈ A) : Emits A (expandMaxPoolGrad p x y d) := by
  refine emits_bind (emits_padImage hx) fun xp => emits_bind (emits_emit (List.nil_subset _)) fun zero =>
    emits_bind (emits_buildFold ?_ fun A' h acc q hacc => ?_) fun r => emits_bind (emits_orZeros ?_) fun sum =>
      emits_sliceImage (List.mem_append_left _ (List.mem_singleton_self sum))
  · simp [values_prod, values_none, values_var, hd]
  · obtain ⟨o, left⟩ := acc
    have hxp : xp ∈ A' := h (by simp [values_var])
    have hz : zero ∈ A' := h (by simp [values_var])
    have hy' : y ∈ A' := h (by simp [hy])
    refine emits_bind (emits_sliceImage hxp) fun s => emits_bind (emits_emit ?_) fun hit => emits_bind (emits_emit ?_) fun taken =>
      emits_bind (emits_emit ?_) fun left => emits_bind (emits_padImage ?_) fun back => ?_
    · simp [values_var, hy']
    · simp_all [values_var, values_prod]
    · simp_all [values_var, values_prod]
    · simp [values_var]
    · cases o with
      | none => exact emits_pure (by simp [values_prod, values_some, values_var])
      | some sum =>
        refine emits_bind (emits_emit ?_) fun v => emits_pure ?_
        · simp_all [values_var, values_prod, values_some]
        · simp [values_prod, values_some, values_var]
  · exact fun v hv => List.mem_append_left _ (List.mem_append_left _ hv)

theorem emits_expandLogSoftmax (hx : x ∈ A) : Emits A (expandLogSoftmax x) := by
  refine emits_bind (emits_emit ?_) fun top => emits_bind (emits_broadcast ?_) fun top => emits_bind (emits_emit ?_) fun s =>
    emits_bind (emits_emit ?_) fun e => emits_bind (emits_reduceSum ?_) fun sum => emits_bind (emits_emit ?_) fun l =>
      emits_bind (emits_broadcast ?_) fun l => emits_emit ?_
  all_goals simp [values_var, hx]

/-- The expansion of an op reads its arguments and what it has emitted, and nothing else. -/
theorem emits_expandOp {op : Op} {args : List Var} (h : args ⊆ A) : Emits A (expandOp op args) := by
  unfold expandOp
  split
  · exact emits_expandConv (h (by simp)) (h (by simp))
  · exact emits_expandConvImageGrad (h (by simp)) (h (by simp))
  · exact emits_expandConvKernelGrad (h (by simp)) (h (by simp))
  · exact emits_expandMaxPool (h (by simp))
  · exact emits_expandMaxPoolGrad (h (by simp)) (h (by simp)) (h (by simp))
  · exact emits_expandLogSoftmax (h (by simp))
  · exact emits_emit h

end Lmx
end
