module
public import Lmx.Theorems.Witness.Dense
@[expose] public section

/-!
# Ties that are no kinks

A 3×3 convolution, a max-pool and a dense layer, on two images that are constant, as the background of an image is. The
convolution is constant too, whatever its parameters are, and all elements of the max-pool's window tie: they are the
same function of the parameters.

Main results: `ties_tie`, `ties_not_away`, `ties_offKinks`; `ties_live`, and `ties_live_real`, of the real numbers.
-/

namespace Lmx.Textbook.Witness
open Calculus Lean.Grind

variable {R : Type} [RealOps R]

noncomputable section

attribute [local simp] fill clip inRange ravel unravel product foldr nsum lsum List.range_succ indices

/-- The net. -/
def tiesNet : NetSpec where
  name := "witness-ties"
  input := [4, 4, 1]
  classes := 2
  layers := [.conv2d 1 (3, 3) (1, 1) .valid, .maxPool, .flatten, .dense 2 .identity]

/-- Its parameters. -/
abbrev tiesParams : List (Tensor R) := paramsOf tiesNet [[1, 0, 0, 0, 0, 0, 0, 0, 0], [1], [0, 1], [0, 0]]

/-- Two images, one of ones and one of twos. -/
def tiesImages : Tensor R
  | b :: _ => if b = 0 then 1 else 2
  | [] => 0

/-- Their labels: the classes 0 and 1. -/
def tiesLabels : Tensor R := fill [2, 2] [1, 0, 0, 1]

/-- The inputs of the train step. -/
abbrev tiesInputs : Nat → Tensor R := inputs tiesParams tiesImages tiesLabels

theorem ties_valid : tiesNet.valid = true := by decide +kernel

theorem ties_lastIsBias : LastIsBias R tiesNet := ⟨3, _, rfl, rfl, rfl, rfl, fun l b x k h => by
  match l, h with
  | [_, _, _], _ => exact congrArg (· + b [k]) (AddCommMonoid.add_zero _).symm⟩

/-- The convolution, with any parameters. -/
def tiesConv (P : List (Tensor R)) (x : Tensor R) : Tensor R :=
  layer ⟨"conv1", .conv2d 1 (3, 3) (1, 1) .valid, [4, 4, 1], [2, 2, 1]⟩ (P.take 2) x

/-- The max-pool. -/
def tiesPool : Pool := poolOf (2, 2) (2, 2) .valid 2 2 1

theorem tiesPool_eq : tiesPool = ⟨⟨(2, 2), (2, 2), (0, 0), (0, 0)⟩, (2, 2), 1⟩ := rfl

theorem offsets_tiesPool : tiesPool.window.offsets = [(0, 0), (0, 1), (1, 0), (1, 1)] := rfl

/-- On a constant image the elements of the convolution are the same, whatever the parameters are. -/
theorem ties_tie (P : List (Tensor R)) (a : R) {i j : Nat} (hi : i < 2) (hj : j < 2) :
    tiesConv P (fun _ => a) [i, j, 0] = tiesConv P (fun _ => a) [0, 0, 0] := by
  have hc : convOf 1 (3, 3) (1, 1) .valid 4 4 1 = ⟨⟨(3, 3), (1, 1), (0, 0), (0, 0)⟩, (4, 4), 1, 1⟩ := rfl
  obtain rfl | rfl : i = 0 ∨ i = 1 := by omega
  all_goals obtain rfl | rfl : j = 0 ∨ j = 1 := by omega
  all_goals
    match P with
    | [] | [_] => rfl
    | _ :: _ :: _ => simp [tiesConv, layer, hc, conv2d, pixel, Window.offsets]

theorem row_tiesImages (b : Nat) : row (tiesImages (R := R)) b = fun _ => if b = 0 then 1 else 2 := rfl

theorem ties_value (a : R) (i j : Nat) (hi : i < 2) (hj : j < 2) :
    tiesConv tiesParams (fun _ => a) [i, j, 0] = a + 1 := by
  have hc : convOf 1 (3, 3) (1, 1) .valid 4 4 1 = ⟨⟨(3, 3), (1, 1), (0, 0), (0, 0)⟩, (4, 4), 1, 1⟩ := rfl
  rw [ties_tie _ _ hi hj]
  show conv2d (convOf 1 (3, 3) (1, 1) .valid 4 4 1) (fill [3, 3, 1, 1] [1, 0, 0, 0, 0, 0, 0, 0, 0]) (fill [1] [1])
    (fun _ => a) [0, 0, 0] = a + 1
  simp [hc, conv2d, pixel, Window.offsets]; grind

theorem ties_max (a : R) : maxPool tiesPool (tiesConv tiesParams fun _ => a) [0, 0, 0] = a + 1 := by
  have he : poolExtents tiesPool = [1, 1, 1] := rfl
  rw [maxPool, he, clip_of_inRange rfl, offsets_tiesPool]
  simp [tiesPool_eq, pixel, lmax, ties_value]; grind [max2]

/-- The maximum is not unique. -/
theorem ties_not_away (b : Nat) : ¬AwayFromKinks tiesNet tiesParams (row (tiesImages (R := R)) b) := fun h => by
  obtain ⟨o, ho, hmax⟩ := h.2.1 0 0 0 rfl
  have ho : o ∈ tiesPool.window.offsets := ho
  have hmax : ∀ o' ∈ tiesPool.window.offsets, o' ≠ o →
      pixel tiesPool.window tiesPool.image lowestValue (tiesConv tiesParams (row tiesImages b)) (0 * 2 + o'.1)
        (0 * 2 + o'.2) 0 < pixel tiesPool.window tiesPool.image lowestValue
          (tiesConv tiesParams (row (tiesImages (R := R)) b)) (0 * 2 + o.1) (0 * 2 + o.2) 0 := hmax
  rw [row_tiesImages] at hmax
  have h1 := hmax (0, 0) (by simp [offsets_tiesPool])
  have h2 := hmax (0, 1) (by simp [offsets_tiesPool])
  rw [offsets_tiesPool] at ho
  simp only [List.mem_cons, List.not_mem_nil, or_false] at ho
  obtain rfl | rfl | rfl | rfl := ho
  all_goals simp [tiesPool_eq, pixel, ties_value] at h1 h2
  all_goals grind

/-- Neither a ReLU nor the max-pool meets a kink, whatever functions of a point the parameters are. -/
theorem ties_offKinks (b : Nat) {ι : Type} [Idx ι] (P : (ι → R) → List (Tensor R)) (θ : ι → R) (h : P θ = tiesParams) :
    OffKinks tiesNet P θ (row tiesImages b) := by
  refine ⟨trivial, fun i j c hi => ?_, fun i hi => .inl ?_, trivial, trivial⟩
  · have : inRange [1, 1, 1] [i, j, c] = true := hi
    simp at this
    obtain ⟨rfl, rfl, rfl⟩ := this
    refine ⟨(0, 0), by decide, fun o ho _ => .inr ⟨1, by grind, fun k _ => ?_⟩⟩
    have ho : o ∈ tiesPool.window.offsets := ho
    show pixel tiesPool.window tiesPool.image lowestValue (tiesConv (P (θ + k)) (row tiesImages b)) (0 * 2 + o.1)
      (0 * 2 + o.2) 0 ≤ pixel tiesPool.window tiesPool.image lowestValue (tiesConv (P (θ + k)) (row tiesImages b))
        (0 * 2 + 0) (0 * 2 + 0) 0
    rw [row_tiesImages, offsets_tiesPool] at *
    simp only [List.mem_cons, List.not_mem_nil, or_false] at ho
    obtain rfl | rfl | rfl | rfl := ho
    all_goals simp [tiesPool_eq, pixel, ties_tie]
    all_goals grind
  · show maxPool tiesPool (tiesConv (P θ) (row tiesImages b)) i ≠ 0
    have hi : i = [0, 0, 0] := by simpa using mem_indices.2 (show inRange [1, 1, 1] i = true from hi)
    rw [h, hi, row_tiesImages, ties_max]
    split <;> grind

theorem ties_outputs (b : Nat) : logits tiesNet tiesParams (row (tiesImages (R := R)) b) [0] = 0 ∧
    logits tiesNet tiesParams (row (tiesImages (R := R)) b) [1] = if b = 0 then 2 else 3 := by
  have e (k : Nat) : logits tiesNet tiesParams (row (tiesImages (R := R)) b) [k] = dense 1 (fill [1, 2] [0, 1])
      (fill [2] [0, 0]) (flatten [1, 1, 1] (maxPool tiesPool (relu (tiesConv tiesParams (row tiesImages b))))) [k] :=
    rfl
  rw [e, e, row_tiesImages, maxPool_relu (p := tiesPool) rfl (by decide) (by decide)]
  simp [dense, flatten, relu_apply, ties_max]
  split <;> grind [Calculus.relu]

/-- The theorem about train steps applies, and says that something happens. -/
theorem ties_live : Live tiesNet 2 (tiesInputs (R := R)) := by
  refine live_of ties_valid (by omega) ties_lastIsBias rfl rfl (fun b _ => ties_offKinks b) (fun b hb => ?_)
    (fun b hb => ?_) ?_ ⟨row tiesImages 0, row tiesImages 1, ?_⟩
  · rw [(ties_outputs b).1, (ties_outputs b).2]; grind
  · obtain rfl | rfl : b = 0 ∨ b = 1 := by omega
    all_goals simp [tiesLabels]; grind
  · simp [tiesLabels]; grind
  · rw [(ties_outputs 0).2, (ties_outputs 1).2]; grind

theorem ties_live_real : Live (R := Reals.Real) tiesNet 2 tiesInputs := ties_live

end
end Lmx.Textbook.Witness
end
