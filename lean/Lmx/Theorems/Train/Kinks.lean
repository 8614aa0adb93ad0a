module
public import Lmx.Textbook.Layer
@[expose] public section

/-!
# A condition at one point for being off the kinks

`OffKinks` is about all parameters near a point. `AwayFromKinks` is about the point alone, and stronger: no argument of
a ReLU is zero, and the maximum of each window is unique.

Main result: `OffKinks.of_away`.
-/

namespace Lmx.Textbook
open Calculus

variable {R : Type} [RealOps R] {ι : Type} [Idx ι]

/-- No element of `x` is zero, if a ReLU sees it. `s` is the shape. -/
def ActivationAway (a : Activation) (s : List Nat) (x : Tensor R) : Prop :=
  match a with
  | .identity => True
  | .relu => ∀ i, inRange s i = true → x i ≠ 0

/-- Each window has one largest element: no other may be as large, whatever the others are among themselves. -/
def PoolAway (p : Pool) (x : Tensor R) : Prop :=
  ∀ i j c, inRange (poolExtents p) [i, j, c] = true →
    ∃ o ∈ p.window.offsets, ∀ o' ∈ p.window.offsets, o' ≠ o →
      pixel p.window p.image lowestValue x (i * p.window.stride.1 + o'.1) (j * p.window.stride.2 + o'.2) c <
        pixel p.window p.image lowestValue x (i * p.window.stride.1 + o.1) (j * p.window.stride.2 + o.2) c

/-- `LayersSmooth` with these two conditions. -/
def LayersAway : Activation → List Nat → List Resolved → List (Tensor R) → Tensor R → Prop
  | a, s, [], _, x => ActivationAway a s x
  | a, s, r :: rs, θ, x =>
    match r.layer, r.input with
    | .maxPool size stride padding, [h, w, c] =>
      let p := poolOf size stride padding h w c
      PoolAway p x ∧ LayersAway a r.output rs θ (maxPool p x)
    | _, _ =>
      ActivationAway a s x ∧
        LayersAway r.layer.activation r.output rs (θ.drop r.params.length)
          (layer r (θ.take r.params.length) (activation a x))

/-- At this example, with the parameters `θ`, no argument of a ReLU is zero, and the maximum of each window is unique.
Before a max-pool the first is asked only of the maxima. -/
def AwayFromKinks (spec : NetSpec) (θ : List (Tensor R)) (x : Tensor R) : Prop :=
  LayersAway .identity spec.input spec.resolved θ x

theorem ActivationAway.smooth {a : Activation} {s : List Nat} {x : (ι → R) → Tensor R} {θ : ι → R}
    (h : ActivationAway a s (x θ)) : ActivationSmooth a s x θ :=
  match a with
  | .identity => trivial
  | .relu => fun i hi => .inl (h i hi)

theorem PoolAway.smooth {p : Pool} {x : (ι → R) → Tensor R} {θ : ι → R} (h : PoolAway p (x θ)) : PoolSmooth p x θ :=
  fun i j c hi => let ⟨o, ho, h⟩ := h i j c hi; ⟨o, ho, fun o' ho' hne => .inl (h o' ho' hne)⟩

theorem LayersAway.smooth {rs : List Resolved} {a : Activation} {s : List Nat} {P : (ι → R) → List (Tensor R)}
    {x : (ι → R) → Tensor R} {θ : ι → R} (h : LayersAway a s rs (P θ) (x θ)) : LayersSmooth a s rs P x θ := by
  induction rs generalizing a s P x with
  | nil => exact ActivationAway.smooth h
  | cons r rs ih =>
    rw [LayersSmooth]
    rw [LayersAway] at h
    split
    · rename_i layer input
      simp only [layer, input] at h
      exact ⟨PoolAway.smooth h.1, ih h.2⟩
    · rename_i other
      split at h
      · rename_i layer input
        exact (other _ _ _ _ _ _ layer input).elim
      · exact ⟨ActivationAway.smooth h.1, ih h.2⟩

/-- Away from the kinks, whatever functions of a point the parameters are. -/
theorem OffKinks.of_away {spec : NetSpec} {P : (ι → R) → List (Tensor R)} {θ : ι → R} {x : Tensor R}
    (h : AwayFromKinks spec (P θ) x) : OffKinks spec P θ x := LayersAway.smooth h

end Lmx.Textbook
end
