module
public import Lmx.Theorems.ShapeLemmas
public import Lmx.Spec.Param
@[expose] public section

/-!
# Resolved layers fit

In a valid spec each layer's input is the output of the one before it, and no dimension is zero.

Main results: `chain_of_resolve`.
-/

namespace Lmx

/-- Each layer takes what the one before it gives, to an output without empty dimensions; `s` is the first one's input. -/
def Chain : List Nat → List Resolved → Prop
  | _, [] => True
  | s, r :: rs => r.input = s ∧ r.layer.output s = .ok r.output ∧ (∀ n ∈ r.output, 0 < n) ∧ Chain r.output rs

theorem product_pos {l : List Nat} (h : ∀ n ∈ l, 0 < n) : 0 < product l := by
  induction l with
  | nil => exact Nat.one_pos
  | cons n l ih => exact Nat.mul_pos (h n (by simp)) (ih fun m hm => h m (by simp [hm]))

theorem Window.output_pos {w : Window} {image : Nat × Nat} (h : w.valid image = true) : 0 < (w.output image).1 ∧ 0 < (w.output image).2 := by
  simp only [Window.valid, Bool.and_eq_true, Nat.ble_eq] at h
  omega

/-- No dimension of a layer's output is zero. -/
theorem Layer.output_pos {l : Layer} {s t : List Nat} (hs : ∀ n ∈ s, 0 < n) (h : l.output s = .ok t) : ∀ n ∈ t, 0 < n := by
  unfold Layer.output at h
  split at h
  · split at h
    · cases h
    · rename_i hu; cases h; simp only [Bool.not_eq_true] at hu; simpa using Nat.pos_of_ne_zero fun e => by subst e; simp at hu
  · cases h
  · split at h
    · cases h
    · rename_i hf
      simp only at h
      split at h
      · rename_i hw; cases h
        have := Window.output_pos hw
        simp only [List.mem_cons, List.not_mem_nil, or_false, forall_eq_or_imp, forall_eq]
        exact ⟨this.1, this.2, Nat.pos_of_ne_zero fun e => by subst e; simp at hf⟩
      · cases h
  · cases h
  · simp only at h
    split at h
    · rename_i hw; cases h
      have := Window.output_pos hw
      simp only [List.mem_cons, List.not_mem_nil, or_false, forall_eq_or_imp, forall_eq] at hs ⊢
      exact ⟨this.1, this.2, hs.2.2⟩
    · cases h
  · cases h
  · cases h; simp only [List.mem_cons, List.not_mem_nil, or_false, forall_eq_or_imp, forall_eq] at hs ⊢; exact hs.2.2
  · cases h
  · cases h; simpa using product_pos hs

theorem chain_of_resolveLayers {net : String} {ls before : List Layer} {s : List Nat} {rs : List Resolved} (hs : ∀ n ∈ s, 0 < n)
    (h : resolveLayers net before s ls = .ok rs) : Chain s rs := by
  induction ls generalizing before s rs with
  | nil => cases h; trivial
  | cons l ls ih =>
    simp only [resolveLayers] at h
    split at h
    · cases h
    · rename_i t ht
      split at h
      · cases h
      · rename_i rest hr
        cases h
        have hp := Layer.output_pos hs ht
        exact ⟨rfl, ht, hp, ih hp hr⟩

/-- What a valid spec says. -/
structure NetSpec.Fits (spec : NetSpec) : Prop where
  input : ∀ n ∈ spec.input, 0 < n
  classes : 0 < spec.classes
  chain : Chain spec.input spec.resolved
  last : lastOutput spec.input spec.resolved = [spec.classes]

theorem NetSpec.fits_of_valid {spec : NetSpec} (h : spec.valid = true) : spec.Fits := by
  have hv : ∃ rs, spec.resolve = .ok rs := by
    simp only [NetSpec.valid] at h
    split at h
    · rename_i rs hr; exact ⟨rs, hr⟩
    · cases h
  obtain ⟨rs, hr⟩ := hv
  have hrs : spec.resolved = rs := by simp only [NetSpec.resolved, hr]
  unfold NetSpec.resolve at hr
  split at hr
  · cases hr
  rename_i hi
  split at hr
  · cases hr
  rename_i hc
  have hin : ∀ n ∈ spec.input, 0 < n := fun n hn => by
    have := (all_iff _ _).1 (by simpa using hi) n hn
    simpa [Nat.ble_eq] using this
  split at hr
  · cases hr
  rename_i rs' hr'
  simp only at hr
  split at hr
  · rename_i hb
    cases hr
    exact ⟨hin, Nat.pos_of_ne_zero fun e => by rw [e] at hc; simp at hc, hrs ▸ chain_of_resolveLayers hin hr',
      hrs ▸ (listBeq_iff (fun a b => by simp) _ _).1 hb⟩
  · cases hr

end Lmx
end
