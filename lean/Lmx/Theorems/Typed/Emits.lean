module
public import Lmx.Theorems.Expand.Scope
public import Lmx.Theorems.Lower.Layers
public import Lmx.Lower.Net
@[expose] public section

/-!
# Lowering and the reverse pass read what they have emitted

`Emits` for everything that a net's programs are made of. Whatever the types: this follows from the shape of the code alone.

Main results: `emits_lower`, `emits_gradient`.
-/

namespace Lmx

noncomputable instance : HasValues (List (Option Var)) := ⟨fun l => l.flatMap values⟩
noncomputable instance : HasValues (List (Var × List Var)) := ⟨fun l => l.flatMap values⟩
noncomputable instance : HasValues (List Port) := ⟨fun l => l.map (·.var)⟩

variable {α β : Type} [HasValues α] [HasValues β] {A : List Var} {x y w b d : Var}

theorem values_options (l : List (Option Var)) : values l = l.flatMap Option.toList := rfl
theorem values_updates (l : List (Var × List Var)) : values l = l.flatMap fun r => r.1 :: r.2 := rfl
theorem values_ports (l : List Port) : values l = l.map (·.var) := rfl

theorem emits_splat {sh : Shape} (h : x ∈ A) : Emits A (splat sh x) := emits_broadcast h

theorem emits_transpose {p : List Nat} (h : x ∈ A) : Emits A (transpose p x) := by
  unfold transpose; split
  · exact emits_pure (by simp [values_var, h])
  · exact emits_emit (by simp [h])

/-- Follows the shape of a build down to emitters of arguments that are defined. -/
local macro "emits" : tactic => `(tactic| (
  try simp only [constant, add, subtract, multiply, divide, maximum, negate, exponential, log, sqrt, compare, select]
  repeat' with_reducible first
    | assumption
    | refine emits_emit ?_
    | refine emits_splat ?_
    | refine emits_broadcast ?_
    | refine emits_reshape ?_
    | refine emits_transpose ?_
    | refine emits_reduceSum ?_
    | refine emits_pure ?_
    | refine emits_bind ?_ fun _ => ?_
    | (simp [values_var, values_list, values_prod, values_options, *]; done)))

/-! ### Layers, loss and metric -/

theorem emits_activate (a : Activation) (h : x ∈ A) : Emits A (activate a x) := by
  unfold activate relu; split <;> emits

theorem emits_addBias (h : x ∈ A) (hb : b ∈ A) : Emits A (addBias x b) := by unfold addBias; emits

theorem emits_lowerLayer (r : Resolved) {ps : List Var} (h : x ∈ A) (hp : ps ⊆ A) : Emits A (lowerLayer r ps x) := by
  unfold lowerLayer dense conv2d globalAvgPool
  split
  · rw [List.cons_subset, List.cons_subset] at hp
    exact emits_bind (emits_emit (by simp [h, hp.1])) fun _ => emits_addBias (by simp [values_var]) (by simp [hp.2.1])
  · rw [List.cons_subset, List.cons_subset] at hp
    exact emits_bind (emits_emit (by simp [h, hp.1])) fun _ => emits_addBias (by simp [values_var]) (by simp [hp.2.1])
  all_goals emits

theorem emits_lowerLayers (rs : List Resolved) {a : Activation} {ps : List Var} (h : x ∈ A) (hp : ps ⊆ A) : Emits A (lowerLayers a x ps rs) := by
  induction rs generalizing a x ps A with
  | nil => exact emits_activate a h
  | cons r rs ih =>
    simp only [lowerLayers, take_eq, drop_eq]
    have ht := fun n v hv => hp (List.mem_of_mem_take (i := n) (a := v) hv)
    have hd := fun n v hv => hp (List.mem_of_mem_drop (i := n) (a := v) hv)
    split
    · exact emits_bind (emits_lowerLayer r h (ht _)) fun y => ih (by simp [values_var]) fun v hv => List.mem_append_right _ (hd _ v hv)
    · refine emits_bind (emits_activate a h) fun y => emits_bind (emits_lowerLayer r (by simp [values_var]) fun v hv => List.mem_append_right _ (ht _ v hv))
        fun z => ih (by simp [values_var]) fun v hv => List.mem_append_right _ (List.mem_append_right _ (hd _ v hv))

theorem emits_lower (spec : NetSpec) {ps : List Var} (h : x ∈ A) (hp : ps ⊆ A) : Emits A (spec.lower ps x) := emits_lowerLayers _ h hp

theorem emits_smoothLabels {n : Nat} (h : x ∈ A) (h' : y ∈ A) : Emits A (smoothLabels n x y) := by unfold smoothLabels; emits

theorem emits_crossEntropy (h : x ∈ A) (h' : y ∈ A) : Emits A (crossEntropy x y) := by unfold crossEntropy; emits

theorem emits_countCorrect (h : x ∈ A) (h' : y ∈ A) : Emits A (countCorrect x y) := by unfold countCorrect; emits

/-! ### The reverse pass -/

theorem emits_concatPullback (dim : Nat) {xs : List Var} (h : d ∈ A) : ∀ o, Emits A (concatPullback dim d o xs) := by
  induction xs generalizing A with
  | nil => exact fun _ => emits_pure (List.nil_subset _)
  | cons x xs ih =>
    exact fun _ => emits_bind (emits_emit (by simp [h])) fun g => emits_bind (ih (List.mem_append_right _ h) _) fun gs =>
      emits_pure (by simp +contextual [values_options, values_var, List.subset_def])

theorem emits_dotPullback {lb rb lc rc : List Nat} (hx : x ∈ A) (hy : y ∈ A) (h : d ∈ A) : Emits A (dotPullback lb rb lc rc x y d) := by
  unfold dotPullback
  emits

theorem emits_pullback {out : Var} {op : Op} {args : List Var} (ho : out ∈ A) (ha : args ⊆ A) (h : d ∈ A) : Emits A (pullback ⟨out, op, args⟩ d) := by
  unfold pullback
  dsimp only
  split <;> try simp only [List.cons_subset, List.nil_subset, and_true] at ha
  case h_17 => exact emits_dotPullback ha.1 ha.2 h
  case h_16 => exact emits_concatPullback _ h _
  all_goals emits

/-- The cotangents are values of `A`. -/
def Cotangents.In (A : List Var) (c : Cotangents) : Prop := ∀ k d, c.find k = some d → d ∈ A

theorem Cotangents.In.insert {c : Cotangents} {A' : List Var} (h : c.In A) (hA : A ⊆ A') (hd : d ∈ A') (k : Nat) : Cotangents.In A' (c.insert k d) := by
  intro j e he
  rw [NatMap.find_insert] at he
  split at he
  · cases he; exact hd
  · exact hA (h j e he)

/-! What goes on with the cotangents emits in scope. -/

section reverse
variable {c : Cotangents} {f : Cotangents → Build β} (hf : ∀ A' c', A ⊆ A' → Cotangents.In A' c' → Emits A' (f c'))
include hf

theorem emits_accumulate_bind {v : Var} {o : Option Var} (hc : c.In A) (ho : values o ⊆ A) : Emits A (accumulate c v o >>= f) := by
  cases o with
  | none => exact hf A c (List.Subset.refl _) hc
  | some d =>
    have hd : d ∈ A := ho (by simp [values_some])
    simp only [accumulate]
    split
    · exact hf A _ (List.Subset.refl _) (hc.insert (List.Subset.refl _) hd _)
    · rename_i e he
      show Emits A (add e d >>= fun s => f (c.insert v.id s))
      exact emits_bind (m := add e d) (emits_emit (by simp [hd, hc _ _ he])) fun s =>
        hf _ _ (List.subset_append_right _ _) (hc.insert (List.subset_append_right _ _) (by simp [values_var]) _)

theorem emits_accumulateAll_bind {vs : List Var} {ds : List (Option Var)} (hc : c.In A) (hd : values ds ⊆ A) : Emits A (accumulateAll c vs ds >>= f) := by
  induction vs generalizing ds c A with
  | nil => exact hf A c (List.Subset.refl _) hc
  | cons v vs ih =>
    cases ds with
    | nil => exact hf A c (List.Subset.refl _) hc
    | cons d ds =>
      rw [values_options, List.flatMap_cons] at hd
      exact emits_accumulate_bind (f := fun c => accumulateAll c vs ds >>= f) (fun A' c' hA hc' => ih (fun A'' c'' h => hf A'' c'' fun v hv => h (hA hv)) hc'
        fun v hv => hA (hd (List.mem_append_right _ hv))) hc fun v hv => hd (List.mem_append_left _ hv)

theorem emits_reverseNode_bind {n : Node} (hn : n.out ∈ A ∧ n.args ⊆ A) (hc : c.In A) : Emits A (reverseNode n c >>= f) := by
  unfold reverseNode
  split
  · exact hf A c (List.Subset.refl _) hc
  · rename_i d hd
    exact emits_bind (m := pullback n d) (emits_pullback hn.1 hn.2 (hc _ _ hd)) fun ds => emits_accumulateAll_bind
      (fun A' c' h => hf A' c' fun v hv => h (List.mem_append_right _ hv)) (fun k e he => List.mem_append_right _ (hc k e he)) (List.subset_append_left _ _)

theorem emits_reverseNodes_bind {ns : List Node} (hn : ∀ n ∈ ns, n.out ∈ A ∧ n.args ⊆ A) (hc : c.In A) : Emits A (reverseNodes c ns >>= f) := by
  induction ns generalizing f with
  | nil => exact hf A c (List.Subset.refl _) hc
  | cons n ns ih =>
    rw [List.forall_mem_cons] at hn
    exact ih (f := fun c => reverseNode n c >>= f) (fun A' c' hA hc' => emits_reverseNode_bind (fun A'' c'' h => hf A'' c'' fun v hv => h (hA hv))
      ⟨hA hn.1.1, fun v hv => hA (hn.1.2 hv)⟩ hc') hn.2
end reverse

theorem NodesScoped.defines {Γ : List TensorType} {ns : List Node} (h : NodesScoped Γ ns) {n : Node} (hn : n ∈ ns) :
    ∀ v ∈ n.out :: n.args, (Γ ++ ns.map (·.out.type))[v.id]? = some v.type := by
  induction ns generalizing Γ with
  | nil => cases hn
  | cons m ns ih =>
    rcases List.mem_cons.1 hn with rfl | hn
    · refine List.forall_mem_cons.2 ⟨by simp [h.1.id], fun v hv => ?_⟩
      rw [List.getElem?_append_left (List.getElem?_eq_some_iff.1 (h.1.args v hv)).1]
      exact h.1.args v hv
    · simpa using ih h.2 hn

/-- The gradient of a value of the code before it. -/
theorem emits_gradient (y : Var) (xs : List Var) : Emits A fun s => gradient (reverse s.nodes) y xs s := by
  intro Γ₀ s hs _
  let A := s.nodes.flatMap fun n => n.out :: n.args
  have hA : ∀ v ∈ A, s.Defines Γ₀ v := fun v hv => by
    obtain ⟨n, hn, hv⟩ := List.mem_flatMap.1 hv
    exact hs.nodes.defines (List.mem_reverse.2 hn) v hv
  refine emits_bind (A := A) (m := constant (.ofNat 1) y.shape) (f := fun one => reverseNodes (NatMap.leaf.insert y.id one) (reverse s.nodes) >>= fun c =>
    buildMap (fun x => cotangentOf c x) xs) (emits_emit (List.nil_subset _)) (fun one => ?_) Γ₀ s hs hA
  refine emits_reverseNodes_bind (fun A' c _ hc => emits_buildMap fun A'' hA x => ?_) (fun n hn => ?_) ?_
  · unfold cotangentOf
    split
    · rename_i d hd; exact emits_pure (by simpa [values_var] using hA (hc _ _ hd))
    · exact emits_emit (List.nil_subset _)
  · have hn : n ∈ s.nodes := by rw [reverse_eq] at hn; exact List.mem_reverse.1 hn
    have hm : ∀ v ∈ n.out :: n.args, v ∈ values one ++ A := fun v hv => List.mem_append_right _ (List.mem_flatMap.2 ⟨n, hn, hv⟩)
    exact ⟨hm _ (by simp), fun v hv => hm v (by simp [hv])⟩
  · exact Cotangents.In.insert (A := []) (c := .leaf) nofun (List.nil_subset _) (by simp [values_var]) _

end Lmx
end
