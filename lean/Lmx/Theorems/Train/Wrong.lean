module
public import Lmx.Theorems.Train.Step
public import Lmx.Calculus.Unique
@[expose] public section

/-!
# Outputs that are wrong

The statements determine the outputs: if some outputs are right, no others are. So a wrong sign, a missing update or one output too many is refused.

Main results: `GradStep.unique`, `TrainStep.unique`, `Forward.unique`; `not_gradStep_neg`, a gradient of the wrong sign is wrong unless it is zero.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {spec : NetSpec} {x : Nat → Tensor R} {out out' : List (Tensor R)}

theorem gradient_unique {ι : Type} [Idx ι] {f : (ι → R) → R} {g g' x : ι → R} (h : HasFDerivAt (fun x (_ : Unit) => f x) (fun _ => g) x)
    (h' : HasFDerivAt (fun x (_ : Unit) => f x) (fun _ => g') x) : g = g' := by
  funext i
  rw [← dot_basis g, ← dot_basis g']
  exact congrFun (((hasFDerivAt_iff ..).1 h ()).unique ((hasFDerivAt_iff ..).1 h' ())) (basis i)

theorem Forward.unique (h : Forward spec B x out) (h' : Forward spec B x out') : out = out' := h.trans h'.symm

theorem GradStep.unique (h : GradStep spec B x out) (h' : GradStep spec B x out') : out = out' := by
  obtain ⟨g, hD, rfl⟩ := h
  obtain ⟨g', hD', rfl⟩ := h'
  rw [gradient_unique hD hD']

theorem TrainStep.unique {o : Optimizer} {u : Textbook.Update R} (h : TrainStep spec o u B x out) (h' : TrainStep spec o u B x out') : out = out' := by
  obtain ⟨g, hD, hu, hl, hc, hn⟩ := h
  obtain ⟨g', hD', hu', hl', hc', hn'⟩ := h'
  obtain rfl := gradient_unique hD hD'
  refine List.ext_getElem? fun j => ?_
  rcases Nat.lt_or_ge j spec.params.length with h1 | h1
  · have hq := List.getElem?_eq_getElem h1
    rw [(hu j _ hq).1, (hu' j _ hq).1]
  rcases Nat.lt_or_ge j (spec.imageInput o) with h2 | h2
  · rw [NetSpec.imageInput] at h2
    have hp : 0 < spec.params.length := Nat.pos_of_ne_zero fun h => by rw [h, Nat.mul_zero] at h2; omega
    have hlt := Nat.mod_lt (j - spec.params.length) hp
    have hs : (j - spec.params.length) / spec.params.length < o.slots.length := Nat.div_lt_of_lt_mul (by rw [Nat.mul_comm]; omega)
    have hq := List.getElem?_eq_getElem hlt
    have e : j = spec.params.length + ((j - spec.params.length) / spec.params.length * spec.params.length + (j - spec.params.length) % spec.params.length) := by
      have := Nat.div_add_mod' (j - spec.params.length) spec.params.length
      omega
    rw [e, (hu _ _ hq).2 _ hs, (hu' _ _ hq).2 _ hs]
  · by_cases h3 : j = spec.imageInput o
    · rw [h3, hl, hl']
    by_cases h4 : j = spec.imageInput o + 1
    · rw [h4, hc, hc']
    · rw [List.getElem?_eq_none (by omega), List.getElem?_eq_none (by omega)]

/-- The gradient with the wrong sign. -/
theorem not_gradStep_neg {l c : Tensor R} {g : spec.Point B R} (h : GradStep spec B x (l :: c :: spec.tensors g))
    (hne : spec.tensors (fun i => -g i) ≠ spec.tensors g) : ¬GradStep spec B x (l :: c :: spec.tensors fun i => -g i) := fun h' =>
  hne (List.cons.inj (List.cons.inj (h'.unique h)).2).2

end Lmx
end
