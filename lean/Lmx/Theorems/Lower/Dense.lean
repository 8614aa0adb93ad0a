module
public import Lmx.Theorems.Lower.Basic
public import Lmx.Textbook.Layer
public import Lmx.Lower.Layer
@[expose] public section

/-!
# Lowering of activations and dense layers

A batch of examples is the tensor `stack X`, where `X b` is the tensor of example `b`. Each lemma says that a layer's lowering, on a value that
holds `stack X`, leaves `stack` of the textbook's layer, example by example.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code}

/-- The tensor of a batch of examples. -/
noncomputable def stack (X : Nat → Tensor R) : Tensor R
  | b :: i => X b i
  | [] => 0

theorem extents_fixedShape (B : Nat) (l : List Nat) : extents B (fixedShape l) = l := by
  simp only [extents, fixedShape, map_eq, List.map_map]
  exact (List.map_congr_left fun _ _ => rfl).trans (List.map_id l)

theorem extents_batched (B : Nat) (l : List Nat) : extents B (batched l) = B :: l := by
  have h : extents B (batched l) = B :: extents B (fixedShape l) := by simp [extents, batched, Dim.size]
  rw [h, extents_fixedShape]

theorem positive_batched {l : List Nat} (h : ∀ n ∈ l, 0 < n) : (batched l).positive = true := by
  rw [Shape.positive, all_iff]
  intro d hd
  rcases List.mem_cons.1 hd with rfl | hd
  · rfl
  · simp only [fixedShape, map_eq, List.mem_map] at hd
    obtain ⟨n, hn, rfl⟩ := hd
    exact Nat.ble_eq ▸ h n hn

section
variable {v w b : Var} {X : Nat → Tensor R} {W b' : Tensor R}

theorem lowers_relu {sh : List Nat} (hp : ∀ n ∈ sh, 0 < n) (h : Holds B e s v (.f32 (batched sh)) (stack X)) :
    Lowers B e (relu v) s (∀ b, b < B → Textbook.ActivationSmooth .relu sh (X b))
      fun s' u => Holds B e s' u (.f32 (batched sh)) (stack fun b => Textbook.relu (X b)) := by
  have hs : v.shape = batched sh := by rw [Var.shape, h.type]; rfl
  simp only [relu, hs]
  refine (lowers_constant (by decide) (positive_batched hp)).then fun s1 z hx hz => ?_
  have h0 : (Literal.ofNat 0).value = (0 : R) := by simp [Literal.value, Literal.ofNat]; grind
  refine (lowers_binary .maximum (h.mono hx) hz).mono (fun hc i hi => ?_) fun s2 u _ hu => hu.congr fun i hi => ?_
  · rw [extents_batched] at hi
    cases i with
    | nil => simp [inRange] at hi
    | cons b i => rw [h0]; exact hc b (inRange_cons.1 hi).1 i (inRange_cons.1 hi).2
  · rw [h0]
    cases i with
    | nil => simp [TensorType.f32, extents_batched, inRange] at hi
    | cons b i => rfl

theorem lowers_activate {sh : List Nat} (a : Activation) (hp : ∀ n ∈ sh, 0 < n) (h : Holds B e s v (.f32 (batched sh)) (stack X)) :
    Lowers B e (activate a v) s (∀ b, b < B → Textbook.ActivationSmooth a sh (X b))
      fun s' u => Holds B e s' u (.f32 (batched sh)) (stack fun b => Textbook.activation a (X b)) := by
  cases a with
  | identity => exact Lowers.pure h
  | relu => exact lowers_relu hp h

/-- Adding a bias along the last dimension. -/
theorem lowers_addBias {sh : List Nat} {n : Nat} (hp : ∀ k ∈ sh ++ [n], 0 < k) (h : Holds B e s v (.f32 (batched (sh ++ [n]))) (stack X))
    (hb : Holds B e s b (.f32 (fixedShape [n])) b') :
    Lowers B e (addBias v b) s True fun s' u => Holds B e s' u (.f32 (batched (sh ++ [n]))) (stack fun k i => X k i + b' [i.getD sh.length 0]) := by
  have hs : v.shape = batched (sh ++ [n]) := by rw [Var.shape, h.type]; rfl
  have hl : length (batched (sh ++ [n])) - 1 = sh.length + 1 := by
    simp [length_eq, batched, fixedShape, map_eq]
  simp only [addBias, hs, hl]
  refine (lowers_broadcast (sh' := batched (sh ++ [n])) (dims := [sh.length + 1]) ?_ ?_ (positive_batched hp) hb).then fun s1 c hx hc => ?_
  · simp [increasingBelow, length_eq, batched, fixedShape, map_eq]
  · simp only [Shape.pick, Shape.dim, map_eq, batched, fixedShape, List.map_cons, List.map_nil, List.map_append]
    simp [nth_eq]
  · refine (lowers_binary .add (h.mono hx) hc).mono (fun _ _ _ => trivial) fun s2 u _ hu => hu.congr fun i hi => ?_
    cases i with
    | nil => simp [TensorType.f32, extents_batched, inRange] at hi
    | cons k i => rfl

theorem exists_of_inRange_pair {n : Nat} {i : List Nat} (h : inRange (extents B (TensorType.f32 (batched [n])).shape) i = true) :
    ∃ b j, i = [b, j] ∧ b < B ∧ j < n := by
  rw [TensorType.f32, extents_batched] at h
  match i with
  | [b, j] => exact ⟨b, j, rfl, (inRange_cons.1 h).1, (inRange_cons.1 (inRange_cons.1 h).2).1⟩
  | [] | [_] | _ :: _ :: _ :: _ => simp [inRange] at h

theorem lowers_dense {n units : Nat} (hu : 0 < units) (h : Holds B e s v (.f32 (batched [n])) (stack X))
    (hw : Holds B e s w (.f32 (fixedShape [n, units])) W) (hb : Holds B e s b (.f32 (fixedShape [units])) b') :
    Lowers B e (dense v w b) s True
      fun s' u => Holds B e s' u (.f32 (batched [units])) (stack fun k => Textbook.dense n W b' (X k)) := by
  simp only [dense]
  have hd : dotShape [] [] [1] [0] (batched [n]) (fixedShape [n, units]) = some (batched ([] ++ [units])) := by
    rw [dotShape_iff]
    exact ⟨⟨by simp [batched, fixedShape, map_eq], by simp [fixedShape, map_eq], rfl, rfl, rfl, rfl⟩, rfl⟩
  refine (lowers_dot hd h hw).then fun s1 y hx hy => ?_
  have hy' : Holds B e s1 y (.f32 (batched ([] ++ [units]))) (stack fun k i => nsum n fun c => X k [c] * W [c, i.getD 0 0]) := hy.congr fun i hi => ?_
  · refine (lowers_addBias (by simpa using hu) hy' (hb.mono hx)).mono (fun c => c) fun s2 u _ hu => hu.congr fun i hi => ?_
    obtain ⟨k, j, rfl, hj⟩ := exists_of_inRange_pair hi
    rfl
  · obtain ⟨k, j, rfl, hj⟩ := exists_of_inRange_pair hi
    have h2 : dotAt [] [] [1] [0] ⟨extents B (batched [n]), stack X⟩ ⟨extents B (fixedShape [n, units]), W⟩ [k, j] =
        tsum [n] fun c => stack X (placeAt 2 [0, 1] (k :: c)) * W (placeAt 2 [0, 1] (c ++ [j])) := rfl
    rw [h2, tsum_cons]
    refine nsum_congr fun c _ => ?_
    rw [tsum_nil]; rfl
end

end Lmx
end
