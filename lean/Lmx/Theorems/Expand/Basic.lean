module
public import Lmx.Theorems.EmitWindow
public import Lmx.Theorems.Literal
public import Lmx.Expand.Conv
@[expose] public section

/-!
# The helpers of the expansion

What `Lmx.Expand` builds its programs from: folds and maps of emitters, sums over the places of a window, and padding
and slicing batches of images. A tensor of four dimensions is given by a function of four numbers, `ofFun4`.

Main results: `spec_buildFold`, `spec_buildMap`, `spec_sumPlaces`, `spec_padImage`, `spec_sliceImage`.

Not claimed: anything about shapes other than `imageShape`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {α β : Type} {B : Nat} {e : Env R} {s : Code}

/-! ### Lists of numbers -/

theorem Window.places_eq (w : Window) : w.places = w.offsets := by
  simp only [places, offsets, join_eq, map_eq, range_eq, List.flatMap]

theorem Window.mem_offsets {w : Window} {q : Nat × Nat} : q ∈ w.offsets ↔ q.1 < w.size.1 ∧ q.2 < w.size.2 := by
  simp [offsets, Prod.ext_iff]

theorem Window.nodup_offsets (w : Window) : w.offsets.Nodup :=
  List.pairwise_flatMap.2 ⟨fun i _ => List.pairwise_map.2 (List.nodup_range.imp fun h e => h (Prod.mk.inj e).2),
    List.nodup_range.imp fun h => by grind⟩

/-! ### Folds and maps of emitters -/

/-- A fold keeps an invariant of the elements that are done. -/
theorem spec_buildFold {f : β → α → Build β} {I : List α → Code → β → Prop} {l : List α} {b : β} (h0 : I [] s b)
    (step : ∀ done a rest, done ++ a :: rest = l → ∀ s' b, Extends B e s s' → I done s' b →
      Spec B e (f b a) s' (I (done ++ [a]))) :
    Spec B e (buildFold f b l) s (I l) := by
  induction l generalizing s b I with
  | nil => exact Spec.pure h0
  | cons a l ih =>
    exact (step [] a l rfl s b (Extends.refl ..) h0).bind fun s' b' hx h => ih (I := fun done => I (a :: done)) h
      fun done a' rest hl s'' b'' hx' => step (a :: done) a' rest (congrArg _ hl) s'' b'' (hx.trans hx')

/-- The relation holds of the elements at the same place, and the lists are of one length. -/
def Each (P : α → β → Prop) : List α → List β → Prop
  | [], [] => True
  | a :: l, b :: m => P a b ∧ Each P l m
  | _, _ => False

theorem spec_buildMap {f : α → Build β} {P : Code → α → β → Prop} {l : List α}
    (mono : ∀ s' s'' a b, Extends B e s' s'' → P s' a b → P s'' a b)
    (hf : ∀ a ∈ l, ∀ s', Extends B e s s' → Spec B e (f a) s' fun s'' b => P s'' a b) :
    Spec B e (buildMap f l) s fun s' bs => Each (P s') l bs := by
  induction l generalizing s with
  | nil => exact Spec.pure trivial
  | cons a l ih =>
    exact (hf a (by simp) s (Extends.refl ..)).bind fun s1 b hx hb =>
      (ih fun a ha s' h => hf a (by simp [ha]) s' (hx.trans h)).bind fun s2 bs hx' hbs =>
        Spec.pure ⟨mono _ _ _ _ hx' hb, hbs⟩

theorem spec_sumPlaces {sh : Shape} {f : Nat × Nat → Build Var} {T : Nat × Nat → Tensor R} {ps : List (Nat × Nat)}
    (hne : ps ≠ []) (hf : ∀ p ∈ ps, ∀ s', Extends B e s s' →
      Spec B e (f p) s' fun s'' v => Holds B e s'' v (.f32 sh) (T p)) :
    Spec B e (sumPlaces f ps) s fun s' o =>
      ∃ v, o = some v ∧ Holds B e s' v (.f32 sh) fun i => lsum ps fun p => T p i := by
  cases ps with
  | nil => exact absurd rfl hne
  | cons p ps =>
    refine Spec.bind (hf p (by simp) s (Extends.refl ..)) fun s1 v hx hv => ?_
    refine Spec.bind (spec_buildFold
      (I := fun done s' v => Holds B e s' v (.f32 sh) fun i => T p i + lsum done fun p => T p i)
      (hv.congr fun i _ => by simp only [lsum]; grind) ?_) fun s2 v hx' hv => Spec.pure ⟨v, rfl, hv⟩
    intro done q rest hl s' v hx' hv
    refine Spec.bind (hf q (by simp [← hl]) s' (hx.trans hx')) fun s'' y hx'' hy => ?_
    refine (spec_binary .add (hv.mono hx'') hy).mono fun _ _ _ h => h.congr fun i _ => ?_
    simp only [Binary.eval, lsum_append, lsum]
    grind

/-! ### Batches of images -/

theorem imageShape_eq (n : Nat × Nat) (c : Nat) : imageShape n c = [.batch 1, .fixed n.1, .fixed n.2, .fixed c] := rfl

theorem extents_image (n : Nat × Nat) (c : Nat) : extents B (imageShape n c) = [B, n.1, n.2, c] := by
  simp [imageShape_eq, extents, Dim.size]

theorem inRange2 {a b : Nat} {i : List Nat} : inRange [a, b] i = true ↔ ∃ j k, i = [j, k] ∧ j < a ∧ k < b := by
  match i with
  | [j, k] => simp [inRange, and_assoc]
  | [] | [_] | _ :: _ :: _ :: _ => simp [inRange]

theorem inRange4 {a b c d : Nat} {i : List Nat} :
    inRange [a, b, c, d] i = true ↔ ∃ j k l m, i = [j, k, l, m] ∧ j < a ∧ k < b ∧ l < c ∧ m < d := by
  match i with
  | [j, k, l, m] => simp [inRange, and_assoc]
  | [] | [_] | [_, _] | [_, _, _] | _ :: _ :: _ :: _ :: _ :: _ => simp [inRange]

noncomputable section

/-- The tensor of four dimensions with these elements. -/
def ofFun4 (f : Nat → Nat → Nat → Nat → R) : Tensor R
  | [b, r, q, k] => f b r q k
  | _ => 0

/-- An image with `interior` elements `v` after each row and column, moved by `low`, on a ground of `v`. -/
def spreadAt (low interior n : Nat × Nat) (v : R) (X : Tensor R) (b r q k : Nat) : R :=
  if (low.1 ≤ r ∧ (r - low.1) % (interior.1 + 1) = 0 ∧ (r - low.1) / (interior.1 + 1) < n.1) ∧
    (low.2 ≤ q ∧ (q - low.2) % (interior.2 + 1) = 0 ∧ (q - low.2) / (interior.2 + 1) < n.2)
  then X [b, (r - low.1) / (interior.1 + 1), (q - low.2) / (interior.2 + 1), k] else v

end

variable {n : Nat × Nat} {c : Nat} {x : Var} {X : Tensor R}

theorem Holds.image_congr {v : Var} {X Y : Tensor R} (h : Holds B e s v (.f32 (imageShape n c)) X)
    (hxy : ∀ b r q k, b < B → r < n.1 → q < n.2 → k < c → X [b, r, q, k] = Y [b, r, q, k]) :
    Holds B e s v (.f32 (imageShape n c)) Y := by
  refine h.congr fun i hi => ?_
  rw [TensorType.f32, extents_image] at hi
  obtain ⟨b, r, q, k, rfl, h1, h2, h3, h4⟩ := inRange4.1 hi
  exact hxy b r q k h1 h2 h3 h4

theorem spec_padImage {low high interior m : Nat × Nat} {v : Literal} (hv : v.valid = true)
    (h : Holds B e s x (.f32 (imageShape n c)) X) (h1 : 0 < n.1) (h2 : 0 < n.2) (hc : 0 < c)
    (hm1 : m.1 = low.1 + n.1 + (n.1 - 1) * interior.1 + high.1)
    (hm2 : m.2 = low.2 + n.2 + (n.2 - 1) * interior.2 + high.2) :
    Spec B e (padImage low high interior v x) s fun s' u =>
      Holds B e s' u (.f32 (imageShape m c)) (ofFun4 (spreadAt low interior n v.value X)) := by
  unfold padImage
  split
  next hz =>
    simp only [natsBeq_iff, List.cons.injEq, and_true] at hz
    obtain rfl : m = n := by grind
    exact Spec.pure (h.image_congr fun b r q k _ hr hq _ => by simp [ofFun4, spreadAt, Nat.mod_one, hr, hq, hz])
  next =>
    refine (spec_pad hv h (sh' := imageShape m c) ?_).mono fun _ _ _ hu => hu.image_congr fun b r q k hb _ _ hk => ?_
    · simp [imageShape_eq, padShape, guardSome_eq, Nat.succ_le_iff, *]
    · simp only [extents_image, ofFun4, spreadAt, unpad, Nat.zero_le, Nat.sub_zero, Nat.zero_add, Nat.mod_one,
        Nat.div_one, hb, hk, true_and, if_true]
      grind

theorem spec_sliceImage {start count stride : Nat × Nat} (h : Holds B e s x (.f32 (imageShape n c)) X) (hc : 0 < c)
    (hs1 : 0 < stride.1) (hs2 : 0 < stride.2) (hn1 : 0 < count.1) (hn2 : 0 < count.2)
    (h1 : start.1 + (count.1 - 1) * stride.1 + 1 ≤ n.1) (h2 : start.2 + (count.2 - 1) * stride.2 + 1 ≤ n.2) :
    Spec B e (sliceImage start count stride x) s fun s' u => Holds B e s' u (.f32 (imageShape count c))
      (ofFun4 fun b r q k => X [b, start.1 + r * stride.1, start.2 + q * stride.2, k]) := by
  have hsh : x.shape = imageShape n c := congrArg TensorType.shape h.type
  simp only [sliceImage, hsh]
  split
  next hz =>
    simp only [Bool.and_eq_true, Shape.beq_iff, natsBeq_iff, List.cons.injEq, and_true, imageShape_eq,
      Dim.fixed.injEq] at hz
    obtain rfl : count = n := by grind
    exact Spec.pure (h.image_congr fun b r q k _ _ _ _ => by simp [ofFun4, hz])
  next =>
    refine (spec_slice h (sh' := imageShape count c) ?_).mono fun _ _ _ hu => hu.image_congr fun b r q k _ _ _ _ => ?_
    · have size {a m t : Nat} (ht : 0 < t) (hm : 0 < m) : (a + (m - 1) * t + 1 - a + t - 1) / t = m := by
        rw [show a + (m - 1) * t + 1 - a + t - 1 = (m - 1) * t + t by omega, Nat.add_div_right _ ht,
          Nat.mul_div_cancel _ ht]
        omega
      have in1 : start.1 < start.1 + (count.1 - 1) * stride.1 + 1 := by omega
      have in2 : start.2 < start.2 + (count.2 - 1) * stride.2 + 1 := by omega
      show sliceShape _ _ [.batch 1, .fixed _, .fixed _, .fixed c] _ = _
      simp [imageShape_eq, sliceShape, guardSome_eq, Nat.succ_le_iff, Dim.beq, *]
    · simp only [ofFun4, strided, Nat.mul_one, Nat.zero_add]

end Lmx
