module
public import Lmx.Theorems.EmitDot
public import Lmx.Theorems.Pullback.Transpose
@[expose] public section

/-!
# Contractions by labels

Label the dimensions of both arguments of a `dot` such that the two share the labels of the batch and of the contracted
dimensions and no others (`DotLabels`). Then `dot`, paired with `δ`, is the sum of the products `δ * x * y` over the
multi-indices of all labels, where each tensor picks the entries at its own labels (`tdot_dotAt`). In this form a
contraction of any two of the three tensors is the adjoint in the third: `spec_dot_transpose` says so of the emitted
code.

Main results: `tdot_dotAt`, `spec_dot_transpose`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {n : Nat} {X Y lb lf lc rb rc rf : List Nat}

/-- `X` and `Y` label the dimensions of the arguments of a `dot` by the numbers below `n`. The dimensions `lb`, `rb` are
the batch, `lc`, `rc` are contracted, `lf`, `rf` are the rest. -/
structure DotLabels (n : Nat) (X Y lb lf lc rb rc rf : List Nat) : Prop where
  left : Covers X.length ((lb ++ lc) ++ lf)
  right : Covers Y.length ((rb ++ rc) ++ rf)
  increasing : lf.Pairwise (· < ·) ∧ rf.Pairwise (· < ·)
  batch : pick X lb = pick Y rb
  contract : pick X lc = pick Y rc
  all : Covers n ((pick X lb ++ (pick X lf ++ pick Y rf)) ++ pick X lc)

theorem DotLabels.others (h : DotLabels n X Y lb lf lc rb rc rf) :
    othersBelow X.length (lb ++ lc) = lf ∧ othersBelow Y.length (rb ++ rc) = rf :=
  ⟨othersBelow_eq h.left h.increasing.1, othersBelow_eq h.right h.increasing.2⟩

/-- The roles of the two arguments may be exchanged. -/
theorem DotLabels.flip (h : DotLabels n X Y lb lf lc rb rc rf) : DotLabels n Y X rb rf rc lb lc lf :=
  ⟨h.right, h.left, h.increasing.symm, h.batch.symm, h.contract.symm, h.all.perm (by rw [h.batch, h.contract]; grind)⟩

/-- The labels with which the result, whose labels `D` are those of the batch and of the rest, is contracted with the
second argument. -/
theorem DotLabels.pullback (h : DotLabels n X Y lb lf lc rb rc rf) {D db dl dr rc' : List Nat}
    (hD : Covers D.length ((db ++ dr) ++ dl))
    (hdl : dl.Pairwise (· < ·)) (hb : pick D db = pick X lb) (hl : pick D dl = pick X lf) (hr : pick D dr = pick Y rf)
    (hi : rc'.Pairwise (· < ·)) (hc : rc'.Perm rc) : DotLabels n D Y db dl dr rb rf rc' :=
  ⟨hD, h.right.perm (by grind), ⟨hdl, hi⟩, hb.trans h.batch, hr, h.all.perm (by
    have : (pick Y rc').Perm (pick X lc) := h.contract ▸ hc.map _
    rw [hb, hl, hr]; grind)⟩

/-- The pairing with a `dot`, as a sum of products. -/
theorem tdot_dotAt {s : List Nat} (h : DotLabels s.length X Y lb lf lc rb rc rf) (δ x y : Tensor R) :
    tdot (pick s (pick X lb ++ (pick X lf ++ pick Y rf))) δ (dotAt lb rb lc rc ⟨pick s X, x⟩ ⟨pick s Y, y⟩) =
      tsum s fun i => δ (pick i (pick X lb ++ (pick X lf ++ pick Y rf))) * (x (pick i X) * y (pick i Y)) := by
  have hl : Covers X.length (lb ++ (lf ++ lc)) := h.left.perm (by grind)
  have hr : Covers Y.length (rb ++ (rc ++ rf)) := by rw [← List.append_assoc]; exact h.right
  simp only [tdot, dotAt, length_pick, h.others, ← lsum_mul, tsum]
  rw [pick_pick s fun k hk => (h.left.2 k).1 (by simp [hk])]
  refine (tsum_split h.all fun j c => _).trans (tsum_congr fun i hi => ?_)
  have ex := placeAt_pick hl (length_pick i X)
  have ey := placeAt_pick hr (length_pick i Y)
  rw [pick_pick i fun k => (hl.2 k).1] at ex
  rw [pick_pick i fun k => (hr.2 k).1] at ey
  have hn (a : List Nat) : (pick i (pick X a)).length = a.length := by rw [length_pick, length_pick]
  simp only [pick_append] at ex ey ⊢
  simp only [List.take_left' (hn _), List.drop_left' (hn _)]
  rw [ex, h.batch, h.contract, ey]

/-- An emitted `dot`, transposed into the order `Z` of its labels, is the adjoint. -/
theorem spec_dot_transpose {B : Nat} {e : Env R} {c : Code} {v w : Var} {s : Shape} {x y : Tensor R} {Z p : List Nat}
    (h : DotLabels s.length X Y lb lf lc rb rc rf) (hv : Holds B e c v (.f32 (s.pick X)) x)
    (hw : Holds B e c w (.f32 (s.pick Y)) y)
    (hZ : Covers Z.length p) (hp : pick Z p = pick X lb ++ (pick X lf ++ pick Y rf)) :
    Spec B e (emit (.dot lb rb lc rc) [v, w] >>= transpose (inversePermutation p)) c fun c' g => ∃ z : Tensor R,
      Holds B e c' g (.f32 (s.pick Z)) z ∧ ∀ t, tdot (extents B (s.pick Z)) z t =
        tsum (extents B s) fun i => x (pick i X) * y (pick i Y) * t (pick i Z) := by
  have hl := fun k => (h.left.2 k).1
  have hr := fun k => (h.right.2 k).1
  have hz := fun k => (hZ.2 k).1
  have ht : dotShape lb rb lc rc (s.pick X) (s.pick Y) = some ((s.pick Z).pick p) := by
    simp only [List.forall_mem_append] at hl hr
    refine dotShape_iff.2 ⟨⟨by rw [Shape.length_pick]; exact h.left.of_append,
      by rw [Shape.length_pick]; exact h.right.of_append,
      by simpa only [length_pick] using congrArg List.length h.batch,
      by simpa only [length_pick] using congrArg List.length h.contract,
      ?_, ?_⟩, ?_⟩
    · rw [Shape.pick_pick _ hl.1.1, Shape.pick_pick _ hr.1.1, h.batch]
    · rw [Shape.pick_pick _ hl.1.2, Shape.pick_pick _ hr.1.2, h.contract]
    · rw [Shape.length_pick, Shape.length_pick, h.others.1, h.others.2, Shape.pick_pick _ hl.1.1,
        Shape.pick_pick _ hl.2,
        Shape.pick_pick _ hr.2, Shape.pick_pick _ hz, hp, Shape.pick_append, Shape.pick_append]
  refine (spec_dot ht hv hw).bind fun c1 g _ hg =>
    (spec_transpose_inverse (by rwa [Shape.length_pick]) hg).mono fun c2 g' _ hg' => ⟨_, hg', fun t => ?_⟩
  rw [tdot_placeAt (by rwa [length_extents, Shape.length_pick]), ← extents_pick, Shape.pick_pick _ hz, hp, tdot_comm]
  simp only [extents_pick]
  rw [tdot_dotAt (by rwa [length_extents])]
  refine tsum_congr fun i hi => ?_
  rw [← hp, ← pick_pick i hz, length_pick, placeAt_pick hZ (length_pick ..)]
  grind

end Lmx
