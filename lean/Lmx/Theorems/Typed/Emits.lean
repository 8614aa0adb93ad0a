module
public import Lmx.Theorems.Expand.Scope
public import Lmx.Theorems.Lower.Layers
public import Lmx.Lower.Net
@[expose] public section

/-!
# Lowering and the reverse pass read what they have emitted

`Emits` for everything that a net's programs are made of. Whatever the types: this follows from the shape of the code
alone.

Main results: `emits_lower`, `emits_gradient`.
-/

namespace Lmx

noncomputable instance : HasValues (List (Option Var)) := ⟨fun l => l.flatMap values⟩
noncomputable instance : HasValues (List (Var × List Var)) := ⟨fun l => l.flatMap values⟩
noncomputable instance : HasValues (List Port) := ⟨fun l => l.map (·.var)⟩

variable {α β : Type} [HasValues α] [HasValues β] {A : List Var} {x y d : Var}

theorem values_options (l : List (Option Var)) : values l = l.flatMap Option.toList := rfl
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

theorem emits_lowerLayer (r : Resolved) {ps : List Var} (h : x ∈ A) (hp : ps ⊆ A) : Emits A (lowerLayer r ps x) := by
  unfold lowerLayer dense conv2d addBias globalAvgPool
  split <;> try simp only [List.cons_subset] at hp
  all_goals emits

theorem emits_lowerLayers (rs : List Resolved) {a : Activation} {ps : List Var} (h : x ∈ A) (hp : ps ⊆ A) :
    Emits A (lowerLayers a x ps rs) := by
  induction rs generalizing a x ps A with
  | nil => exact emits_activate a h
  | cons r rs ih =>
    simp only [lowerLayers, take_eq, drop_eq]
    have ht n : ps.take n ⊆ A := fun v hv => hp (List.mem_of_mem_take hv)
    have hd n : ps.drop n ⊆ A := fun v hv => hp (List.mem_of_mem_drop hv)
    split
    · exact emits_bind (emits_lowerLayer r h (ht _)) fun y =>
        ih (by simp [values_var]) (List.subset_append_of_subset_right _ (hd _))
    · exact emits_bind (emits_activate a h) fun y => emits_bind
        (emits_lowerLayer r (by simp [values_var]) (List.subset_append_of_subset_right _ (ht _))) fun z =>
        ih (by simp [values_var]) (List.subset_append_of_subset_right _ (List.subset_append_of_subset_right _ (hd _)))

theorem emits_lower (spec : NetSpec) {ps : List Var} (h : x ∈ A) (hp : ps ⊆ A) : Emits A (spec.lower ps x) :=
  emits_lowerLayers _ h hp

theorem emits_smoothLabels {n : Nat} (h : x ∈ A) (h' : y ∈ A) : Emits A (smoothLabels n x y) := by
  unfold smoothLabels; emits

theorem emits_crossEntropy (h : x ∈ A) (h' : y ∈ A) : Emits A (crossEntropy x y) := by unfold crossEntropy; emits

theorem emits_countCorrect (h : x ∈ A) (h' : y ∈ A) : Emits A (countCorrect x y) := by unfold countCorrect; emits

/-! ### The reverse pass -/

theorem emits_concatPullback (dim : Nat) {xs : List Var} (h : d ∈ A) (o : Nat) :
    Emits A (concatPullback dim d o xs) := by
  induction xs generalizing A o with
  | nil => exact emits_pure (List.nil_subset _)
  | cons x xs ih =>
    exact emits_bind (emits_emit (by simp [h])) fun g => emits_bind (ih (List.mem_append_right _ h) _) fun gs =>
      emits_pure (by simp +contextual [values_options, values_var, List.subset_def])

theorem emits_pullback {out : Var} {op : Op} {args : List Var} (ho : out ∈ A) (ha : args ⊆ A) (h : d ∈ A) :
    Emits A (pullback ⟨out, op, args⟩ d) := by
  unfold pullback dotPullback
  dsimp only
  split <;> try simp only [List.cons_subset, List.nil_subset, and_true] at ha
  case h_16 => exact emits_concatPullback _ h _
  all_goals emits

/-- The values of a map. -/
noncomputable def NatMap.values : NatMap Var → List Var
  | leaf => []
  | node v o e => v.toList ++ (values o ++ values e)

noncomputable instance : HasValues Cotangents := ⟨NatMap.values⟩

variable {c : Cotangents}

theorem mem_values_of_find {k : Nat} (h : c.find k = some d) : d ∈ values c := by
  change d ∈ c.values
  unfold NatMap.find at h
  induction c generalizing k with
  | leaf => cases h
  | node v o e ho he => cases v <;> cases k <;> grind [NatMap.findWith, NatMap.values]

theorem values_insert (hc : values c ⊆ A) (hd : d ∈ A) (k : Nat) : values (c.insert k d) ⊆ A := by
  have alter n (t : NatMap Var) k : ∀ v ∈ (t.alterFuel (fun _ => d) n k).values, v = d ∨ v ∈ t.values := by
    induction n generalizing t k with
    | zero => exact fun _ => .inr
    | succ n ih => rcases t with _ | ⟨_ | _, _, _⟩ <;> cases k <;> grind [NatMap.alterFuel, NatMap.values]
  exact fun v hv => (alter _ c k v hv).elim (· ▸ hd) (hc ·)

theorem emits_accumulate {v : Var} {o : Option Var} (hc : values c ⊆ A) (ho : values o ⊆ A) :
    Emits A (accumulate c v o) := by
  cases o with
  | none => exact emits_pure hc
  | some d =>
    have hd : d ∈ A := ho (by simp [values_some])
    simp only [accumulate]
    split
    · exact emits_pure (values_insert hc hd _)
    · rename_i he
      exact emits_bind (m := add _ d) (emits_emit (by simp [hd, hc (mem_values_of_find he)])) fun s =>
        emits_pure (values_insert (List.subset_append_of_subset_right _ hc) (by simp [values_var]) _)

theorem emits_accumulateAll {vs : List Var} {ds : List (Option Var)} (hc : values c ⊆ A) (hd : values ds ⊆ A) :
    Emits A (accumulateAll c vs ds) := by
  induction vs generalizing ds c A with
  | nil => exact emits_pure hc
  | cons v vs ih =>
    cases ds with
    | nil => exact emits_pure hc
    | cons d ds =>
      rw [values_options, List.flatMap_cons, List.append_subset] at hd
      exact emits_bind (emits_accumulate hc hd.1) fun c =>
        ih (List.subset_append_left _ _) (List.subset_append_of_subset_right _ hd.2)

theorem emits_reverseNode {n : Node} (hn : n.out ∈ A ∧ n.args ⊆ A) (hc : values c ⊆ A) : Emits A (reverseNode n c) := by
  unfold reverseNode
  split
  · exact emits_pure hc
  · rename_i hd
    exact emits_bind (emits_pullback hn.1 hn.2 (hc (mem_values_of_find hd))) fun ds =>
      emits_accumulateAll (List.subset_append_of_subset_right _ hc) (List.subset_append_left _ _)

theorem emits_reverseNodes {ns : List Node} (hn : ∀ n ∈ ns, n.out ∈ A ∧ n.args ⊆ A) (hc : values c ⊆ A) :
    Emits A (reverseNodes c ns) := by
  induction ns with
  | nil => exact emits_pure hc
  | cons n ns ih =>
    rw [List.forall_mem_cons] at hn
    exact emits_bind (ih hn.2) fun c => emits_reverseNode
      ⟨List.mem_append_right _ hn.1.1, List.subset_append_of_subset_right _ hn.1.2⟩ (List.subset_append_left _ _)

theorem emits_gradient_of {ns : List Node} (hn : ∀ n ∈ ns, n.out ∈ A ∧ n.args ⊆ A) (y : Var) (xs : List Var) :
    Emits A (gradient ns y xs) := by
  refine emits_bind (m := constant _ _) (emits_emit (List.nil_subset _)) fun one => emits_bind (emits_reverseNodes
    (fun n h => ⟨List.mem_append_right _ (hn n h).1, List.subset_append_of_subset_right _ (hn n h).2⟩)
    (values_insert (c := .leaf) (List.nil_subset _) (by simp [values_var]) _)) fun c => emits_buildMap fun A' hA x => ?_
  unfold cotangentOf
  split
  · rename_i d hd
    exact emits_pure (by simpa [values_var] using hA (List.mem_append_left _ (mem_values_of_find hd)))
  · exact emits_emit (List.nil_subset _)

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
  refine emits_gradient_of (A := s.nodes.flatMap fun n => n.out :: n.args) (fun n hn => ?_) y xs Γ₀ s hs fun v hv => ?_
  · rw [reverse_eq, List.mem_reverse] at hn
    exact List.cons_subset.1 fun v hv => List.mem_flatMap.2 ⟨n, hn, hv⟩
  · obtain ⟨n, hn, hv⟩ := List.mem_flatMap.1 hv
    exact hs.nodes.defines (List.mem_reverse.2 hn) v hv

end Lmx
