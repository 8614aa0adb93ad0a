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

/-- Each layer takes what the one before it gives, to an output without empty dimensions; `s` is the first input. -/
def Chain : List Nat → List Resolved → Prop
  | _, [] => True
  | s, r :: rs => r.input = s ∧ r.layer.output s = .ok r.output ∧ (∀ n ∈ r.output, 0 < n) ∧ Chain r.output rs

theorem product_pos {l : List Nat} (h : ∀ n ∈ l, 0 < n) : 0 < product l := by
  induction l with
  | nil => exact Nat.one_pos
  | cons n l ih => exact Nat.mul_pos (h n (by simp)) (ih fun m hm => h m (by simp [hm]))

theorem Window.output_pos {w : Window} {image : Nat × Nat} (h : w.valid image = true) :
    0 < (w.output image).1 ∧ 0 < (w.output image).2 := by
  simp only [Window.valid, Bool.and_eq_true, Nat.ble_eq] at h
  omega

/-- No dimension of a layer's output is zero. -/
theorem Layer.output_pos {l : Layer} {s t : List Nat} (hs : ∀ n ∈ s, 0 < n) (h : l.output s = .ok t) :
    ∀ n ∈ t, 0 < n := by
  unfold Layer.output at h
  split at h <;> grind [Nat.beq_eq, Window.output_pos, product_pos]

theorem chain_of_resolveLayers {net : String} {ls before : List Layer} {s : List Nat} {rs : List Resolved}
    (hs : ∀ n ∈ s, 0 < n)
    (h : resolveLayers net before s ls = .ok rs) : Chain s rs := by
  induction ls generalizing before s rs with
  | nil => cases h; trivial
  | cons l ls ih => grind [resolveLayers, Chain, Layer.output_pos]

/-- What a valid spec says. -/
structure NetSpec.Fits (spec : NetSpec) : Prop where
  input : ∀ n ∈ spec.input, 0 < n
  classes : 0 < spec.classes
  chain : Chain spec.input spec.resolved
  last : lastOutput spec.input spec.resolved = [spec.classes]

theorem NetSpec.fits_of_valid {spec : NetSpec} (h : spec.valid = true) : spec.Fits := by
  obtain ⟨rs, hr⟩ : ∃ rs, spec.resolve = .ok rs := by grind [NetSpec.valid]
  have hrs : spec.resolved = rs := by rw [NetSpec.resolved, hr]
  have hin := all_iff (fun n => Nat.ble 1 n) spec.input
  have hout := natsBeq_iff (lastOutput spec.input rs) [spec.classes]
  simp only [Nat.ble_eq] at hin
  unfold NetSpec.resolve at hr
  constructor <;> grind [Nat.beq_eq, chain_of_resolveLayers]

end Lmx
end
