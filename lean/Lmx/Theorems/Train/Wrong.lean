module
public import Lmx.Theorems.Train.Step
public import Lmx.Theorems.Chapters.Loss
@[expose] public section

/-!
# Outputs that are wrong

The statements determine the outputs: if some outputs are right, no others are. So a wrong sign, a missing update or
one output too many is refused.

Main results: `GradStep.unique`, `TrainStep.unique`, `Forward.unique`; `not_gradStep_neg`, a gradient of the wrong
sign is wrong unless it is zero; `tiny_wrong_sign`, on an instance where it is not zero.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {spec : NetSpec} {x : Nat → Tensor R} {out out' : List (Tensor R)}

theorem gradient_unique {ι : Type} [Idx ι] {f : (ι → R) → R} {g g' x : ι → R}
    (h : HasFDerivAt (fun x (_ : Unit) => f x) (fun _ => g) x)
    (h' : HasFDerivAt (fun x (_ : Unit) => f x) (fun _ => g') x) : g = g' := by
  funext i
  rw [← dot_basis g, ← dot_basis g']
  exact congrFun (((hasFDerivAt_iff ..).1 h ()).unique ((hasFDerivAt_iff ..).1 h' ())) (basis i)

theorem Forward.unique (h : Forward spec B x out) (h' : Forward spec B x out') : out = out' := h.trans h'.symm

theorem GradStep.unique (h : GradStep spec B x out) (h' : GradStep spec B x out') : out = out' := by
  obtain ⟨g, hD, rfl⟩ := h
  obtain ⟨g', hD', rfl⟩ := h'
  rw [gradient_unique hD hD']

theorem TrainStep.unique {o : Optimizer} {u : Textbook.Update R} (h : TrainStep spec o u B x out)
    (h' : TrainStep spec o u B x out') :
    out = out' := by
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
    have hs : (j - spec.params.length) / spec.params.length < o.slots.length :=
      Nat.div_lt_of_lt_mul (by rw [Nat.mul_comm]; omega)
    have hq := List.getElem?_eq_getElem hlt
    have e : j = spec.params.length + ((j - spec.params.length) / spec.params.length * spec.params.length +
      (j - spec.params.length) %
      spec.params.length) := by
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
    (hne : spec.tensors (fun i => -g i) ≠ spec.tensors g) :
    ¬GradStep spec B x (l :: c :: spec.tensors fun i => -g i) := fun h' =>
  hne (List.cons.inj (List.cons.inj (h'.unique h)).2).2

/-! ### An instance -/

noncomputable section

/-- One number in, two classes, one dense layer. -/
def tiny : NetSpec where
  name := "tiny"
  input := [1]
  classes := 2
  layers := [.dense 2 .identity]

/-- Parameters and image zero, the label of class 0, no smoothing. -/
def tinyInputs : Nat → Tensor R
  | 3 => fun i => if i = [0, 0] then 1 else 0
  | _ => fun _ => 0

/-- In these inputs the bias of class 0 has the gradient `1 / 2 - 1`. -/
theorem tiny_bias {out : List (Tensor R)} (h : GradStep tiny 1 tinyInputs out) : ∃ b : Tensor R, out[3]? = some b ∧ 2 *
    b [0] = -1 := by
  obtain ⟨g, hD, rfl⟩ := h
  let c : Coordinate 1 tiny.paramShapes := ⟨(1, [0]), mem_coordinates.2 ⟨by decide, rfl⟩⟩
  let b (θ : tiny.Point 1 R) : Tensor R := atInput 1 tiny.paramShapes θ 1
  let t : Nat → R := Textbook.smooth 2 0 fun i => if i = [0] then 1 else 0
  have hZ : ∀ i, HasD (fun θ => (fun i : List Nat => b θ (i.drop 1)) i)
    (fun h => (fun i : List Nat => b h (i.drop 1)) i)
      (tiny.point 1 tinyInputs) := fun i => assign_tangent (fun _ _ => 0) _ 1 (i.drop 1)
  have hL : ∀ θ : tiny.Point 1 R, Textbook.loss tiny 1 0 (tiny.tensors θ) (fun _ => 0) (tinyInputs 3) =
      Textbook.crossEntropy 2 t (b θ) := fun θ => by
    have hz : ∀ k, Textbook.logits tiny (tiny.tensors θ) (Textbook.row (fun _ => 0) 0) [k] = b θ [k] := fun k => by
      show nsum 1 (fun j => (0 : R) * atInput 1 tiny.paramShapes θ 0 [j, k]) + b θ [k] = _
      simp only [nsum, List.range_succ, List.range_zero, List.nil_append, lsum]; grind
    have ht : Textbook.smooth 2 0 (Textbook.row (tinyInputs (R := R) 3) 0) = t := by
      funext k; simp [t, Textbook.smooth, Textbook.row, tinyInputs]
    have hs : Textbook.crossEntropy 2 t (Textbook.logits tiny (tiny.tensors θ) (Textbook.row (fun _ => 0) 0)) =
        Textbook.crossEntropy 2 t (b θ) := by
      simp only [Textbook.crossEntropy, Textbook.softmax, hz]
    show (nsum 1 fun a => Textbook.crossEntropy 2 (Textbook.smooth 2 0 (Textbook.row (tinyInputs 3) a))
      (Textbook.logits tiny (tiny.tensors θ) (Textbook.row (fun _ => 0) a))) / ((1 : Nat) : R) = _
    simp only [nsum, List.range_succ, List.range_zero, List.nil_append, lsum, ht, hs, Semiring.natCast_one]; grind
  have h1 := Textbook.hasD_crossEntropy (n := 2) (by decide) t hZ 0
  have h2 := (hasFDerivAt_iff ..).1 hD ()
  have h3 := congrFun (h2.unique (f := fun θ => Textbook.loss tiny 1 0 (tiny.tensors θ) (fun _ => 0) (tinyInputs 3))
    (by rw [funext hL]; exact h1)) (basis c)
  have hg : mulVec (fun _ : Unit => g) (basis c) () = g c := dot_basis g c
  have hb : ∀ i, b (tiny.point 1 tinyInputs) i = 0 := fun i => by
    simp only [b, atInput, assign]; split <;> rfl
  have hc : ∀ θ, b θ [0] = θ c := fun θ => by simp only [b, atInput, assign]; exact dif_pos c.2
  have e0 : b (basis c) [0] = 1 := (hc _).trans (if_pos rfl)
  have e1 : b (basis c) [1] = 0 := by
    simp only [b, atInput, assign]; split
    · exact if_neg fun h => by simpa [c] using congrArg (fun c => c.1.2) h
    · rfl
  refine ⟨b g, rfl, ?_⟩
  rw [hc, ← hg, h3]
  have hlg : ∀ k, Textbook.logitsGrad 2 t (Textbook.row
    (fun i : List Nat => b (tiny.point 1 tinyInputs) (i.drop 1)) 0) k =
      1 / 2 - t k := fun k => by
    simp only [Textbook.logitsGrad, Textbook.softmax, Textbook.row, List.drop, hb, exp_zero, nsum, List.range_succ,
      List.range_zero,
      List.nil_append, List.cons_append, lsum, t, Textbook.smooth]
    simp
    grind
  simp only [hlg, nsum, List.range_succ, List.range_zero, List.nil_append, List.cons_append, lsum, List.drop, e0, e1]
  simp [t, Textbook.smooth]
  grind

/-- The gradient program with the wrong sign. -/
theorem tiny_wrong_sign {out out' : List (Tensor R)} (h : GradStep tiny 1 tinyInputs out)
    (hs : out'[3]? = out[3]?.map fun (b : Tensor R) i => -b i) :
    ¬GradStep tiny 1 tinyInputs out' := fun h' => by
  obtain ⟨b, hb, h1⟩ := tiny_bias h
  obtain ⟨b', hb', h2⟩ := tiny_bias h'
  rw [hb, hb'] at hs
  rw [Option.some.inj hs] at h2
  grind

end
end Lmx
end
