module
public import Lmx.Theorems.Pullback.DotAdjoint
@[expose] public section

/-!
# The pullback of a contraction

It emits two contractions and puts their dimensions back in place: each is the adjoint by `spec_dot_transpose`. The
contracted dimensions of one argument come out in the order of the other's dimensions, which is why `dotPullback` sorts
them by their partners: `sortedWith_spec`.

Main result: `pullsBack_dot`, for any dimension numbers.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {lb rb lc rc : List Nat}

/-! ### Sorting by partner -/

theorem perm_insert (p : Nat × Nat) (l : List (Nat × Nat)) : (dotPullback.insert p l).Perm (p :: l) := by
  induction l with
  | nil => exact .refl _
  | cons q l ih =>
    rw [dotPullback.insert]
    cases Nat.ble p.2 q.2
    · exact (ih.cons q).trans (.swap p q l)
    · exact .refl _

theorem pairwise_insert (p : Nat × Nat) {l : List (Nat × Nat)} (h : l.Pairwise (·.2 ≤ ·.2)) :
    (dotPullback.insert p l).Pairwise (·.2 ≤ ·.2) := by
  induction l with
  | nil => simp [dotPullback.insert]
  | cons q l ih =>
    have hb := Nat.ble_eq (x := p.2) (y := q.2)
    rw [dotPullback.insert]
    cases hc : Nat.ble p.2 q.2 <;> simp only [cond_true, cond_false, List.pairwise_cons, (perm_insert p l).mem_iff,
      List.mem_cons] at h ⊢ <;>
      grind

/-- `sortedWith a b` lists `a` in the order in which the partners in `b` increase. -/
theorem sortedWith_spec {a b : List Nat} (hl : a.length = b.length) (hb : b.Nodup) :
    ∃ b', b'.Perm b ∧ b'.Pairwise (· < ·) ∧ (dotPullback.sortedWith a b).Perm a ∧
      ∀ X Y, pick X a = pick Y b → pick X (dotPullback.sortedWith a b) = pick Y b' := by
  have step (l : List (Nat × Nat)) : ∀ acc : List (Nat × Nat), acc.Pairwise (·.2 ≤ ·.2) →
      (l.foldl (fun acc p => dotPullback.insert p acc) acc).Perm (acc ++ l) ∧
      (l.foldl (fun acc p => dotPullback.insert p acc) acc).Pairwise (·.2 ≤ ·.2) := by
    induction l with
    | nil => exact fun acc h => ⟨by simp, h⟩
    | cons p l ih =>
      refine fun acc h => (ih _ (pairwise_insert p h)).imp_left fun h => h.trans ?_
      exact ((perm_insert p acc).append_right l).trans List.perm_middle.symm
  obtain ⟨h1, h2⟩ := step (a.zip b) [] .nil
  rw [dotPullback.sortedWith, map_eq, foldl_eq, zip_eq]
  generalize (a.zip b).foldl (fun acc p => dotPullback.insert p acc) [] = S at *
  rw [List.nil_append] at h1
  have ha' := List.map_fst_zip (Nat.le_of_eq hl)
  have hb' := List.map_snd_zip (Nat.le_of_eq hl.symm)
  have hp := hb' ▸ h1.map Prod.snd
  refine ⟨S.map Prod.snd, hp, ?_, ha' ▸ h1.map Prod.fst, fun X Y h => ?_⟩
  · exact ((List.pairwise_map.2 h2).and (hp.nodup_iff.2 hb)).imp fun h => Nat.lt_of_le_of_ne h.1 h.2
  · have h : pick X ((a.zip b).map Prod.fst) = pick Y ((a.zip b).map Prod.snd) := by rwa [ha', hb']
    simp only [pick, List.map_map, List.map_inj_left] at h ⊢
    exact fun p hp => h p (h1.mem_iff.1 hp)

theorem map_getD_range' {α : Type} (d : α) (a b c : List α) :
    (List.range' a.length b.length).map (fun k => (a ++ (b ++ c)).getD k d) = b := by
  refine List.ext_getElem (by simp) fun k h1 h2 => ?_
  simp [List.getD_eq_getElem?_getD, List.getElem?_append_right, List.getElem?_append_left, h2]

/-- The parts of a list. -/
theorem pick_range_append (a b c : List Nat) : let D := a ++ (b ++ c)
    pick D (List.range' 0 a.length) = a ∧ pick D (List.range' a.length b.length) = b ∧
    pick D (List.range' (a.length + b.length) c.length) = c ∧
    Covers D.length ((List.range' 0 a.length ++ List.range' a.length b.length) ++
      List.range' (a.length + b.length) c.length) := by
  refine ⟨map_getD_range' 0 [] a _, map_getD_range' 0 a b c, ?_, ?_⟩
  · simpa [pick] using map_getD_range' 0 (a ++ b) c []
  · rw [List.length_append, List.length_append, ← Nat.add_assoc]
    have h (m k : Nat) := List.range'_append_1 (s := 0) (m := m) (n := k)
    simp only [Nat.zero_add] at h
    rw [h, h, ← List.range_eq_range']
    exact covers_range _

/-! ### The labels -/

section labels
variable {sh sh' u : Shape}

/-- The dimensions of the first argument of a `dot` and the rest of those of the second, `s`, label the dimensions of
both, and of the result. -/
theorem exists_labels (ht : dotShape lb rb lc rc sh sh' = some u) : ∃ (s : Shape) (X Y lf rf : List Nat),
    DotLabels s.length X Y lb lf lc rb rc rf ∧ s.pick X = sh ∧ s.pick Y = sh' ∧
    s.pick (pick X lb ++ (pick X lf ++ pick Y rf)) = u := by
  obtain ⟨hf, rfl⟩ := dotShape_iff.1 ht
  have hl := covers_append_others hf.left.1 hf.left.2
  have hr := hf.covers_right
  have il := pairwise_othersBelow sh.length (lb ++ lc)
  have ir := pairwise_othersBelow sh'.length (rb ++ rc)
  generalize othersBelow sh.length (lb ++ lc) = lf at *
  generalize othersBelow sh'.length (rb ++ rc) = rf at *
  have hlt := fun k => (hl.2 k).1
  simp only [List.forall_mem_append] at hlt
  let R := List.range' sh.length rf.length
  let Y := placeAt sh'.length (rb ++ (rc ++ rf)) (lb ++ (lc ++ R))
  have nY : Y.length = sh'.length := length_placeAt ..
  have hY : pick Y (rb ++ (rc ++ rf)) = lb ++ (lc ++ R) :=
    pick_placeAt hr (by simp only [R, List.length_append, List.length_range', hf.length_batch, hf.length_contract])
  have hY' := hY
  rw [pick_append, pick_append] at hY'
  obtain ⟨hYb, hY'⟩ := List.append_inj hY' (by rw [length_pick, hf.length_batch])
  obtain ⟨hYc, hYf⟩ := List.append_inj hY' (by rw [length_pick, hf.length_contract])
  have hX : Shape.pick (sh ++ sh'.pick rf) (List.range sh.length) = sh := by
    rw [Shape.pick_eq, List.range_eq_range']
    exact map_getD_range' _ [] sh _
  have hR : Shape.pick (sh ++ sh'.pick rf) R = sh'.pick rf := by
    simpa [Shape.pick_eq, R] using map_getD_range' (.fixed 0) sh (sh'.pick rf) []
  have hpick {dims : List Nat} (h : ∀ k ∈ dims, k < sh.length) :
      Shape.pick (sh ++ sh'.pick rf) dims = sh.pick dims := by
    rw [← range_pick h, ← Shape.pick_pick _ (by simpa using h), hX, range_pick h]
  have hYs : Shape.pick (sh ++ sh'.pick rf) Y = sh' := by
    have h1 : (Shape.pick (sh ++ sh'.pick rf) Y).pick (rb ++ (rc ++ rf)) = sh'.pick (rb ++ (rc ++ rf)) := by
      rw [Shape.pick_pick _ (nY ▸ fun k => (hr.2 k).1), hY]
      simp only [Shape.pick_append, hpick hlt.1.1, hpick hlt.1.2, hR, hf.batch, hf.contract]
    have h2 := Shape.pick_places (sh := Shape.pick (sh ++ sh'.pick rf) Y) (p := rb ++ (rc ++ rf))
      (by rwa [Shape.length_pick, nY])
    rw [Shape.length_pick, nY, h1, Shape.pick_places hr] at h2
    exact h2.symm
  refine ⟨sh ++ sh'.pick rf, List.range sh.length, Y, lf, rf, ⟨by rwa [List.length_range], ?_, ⟨il, ir⟩, ?_, ?_, ?_⟩,
    hX, hYs, ?_⟩
  · rw [nY, List.append_assoc]; exact hr
  · rw [range_pick hlt.1.1, hYb]
  · rw [range_pick hlt.1.2, hYc]
  · rw [range_pick hlt.1.1, range_pick hlt.2, range_pick hlt.1.2, hYf, List.length_append, Shape.length_pick]
    refine (covers_range _).perm ?_
    have := hl.perm_range
    rw [List.range_eq_range', ← List.range'_append_1, ← List.range_eq_range', Nat.zero_add]
    grind
  · rw [range_pick hlt.1.1, range_pick hlt.2, hYf]
    simp only [Shape.pick_append, hpick hlt.1.1, hpick hlt.2, hR]

end labels

/-! ### The pullback -/

-- Contractions with other dimension numbers are other contractions: they are not compared by what they emit.
attribute [local irreducible] emit in
/-- The pullback of `dot` is right for all dimension numbers. -/
theorem pullsBack_dot {out x y : Var} (h : (Op.dot lb rb lc rc).infer [x.type, y.type] = some out.type) :
    PullsBack B e ⟨out, .dot lb rb lc rc, [x, y]⟩ := by
  obtain ⟨sh, sh', u, hx, hy, ht, hout⟩ := Op.infer_two h nofun nofun
  obtain ⟨σ, X, Y, lf, rf, hL, rfl, rfl, rfl⟩ := exists_labels ht
  intro s d δ hargs _ hd _
  have hxs : x.shape = σ.pick X := congrArg TensorType.shape hx
  have hys : y.shape = σ.pick Y := congrArg TensorType.shape hy
  have hus : out.shape = σ.pick _ := congrArg TensorType.shape hout
  have hvx := hx ▸ hargs x (by simp)
  have hvy := hy ▸ hargs y (by simp)
  rw [hout] at hd
  show Spec B e (dotPullback lb rb lc rc x y d) s _
  simp only [dotPullback, hxs, hys, Shape.others_eq, append_eq, length_eq, range_eq, rangeFrom_eq, List.range_eq_range',
    Shape.length_pick,
    hL.others]
  obtain ⟨db, dl, dr, hD⟩ := pick_range_append (pick X lb) (pick X lf) (pick Y rf)
  simp only [length_pick] at db dl dr hD
  have nc : lc.length = rc.length := by simpa only [length_pick] using congrArg List.length hL.contract
  obtain ⟨rc', hr, hri, hrp, hrc⟩ := sortedWith_spec nc (List.nodup_append.1 hL.right.of_append.1).2.1
  obtain ⟨lc', hl, hli, hlp, hlc⟩ := sortedWith_spec nc.symm (List.nodup_append.1 hL.left.of_append.1).2.1
  have left := hL.pullback (hD.perm (by grind)) (List.pairwise_lt_range' ..) db dl dr hri hr
  have right := (hL.flip.pullback hD (List.pairwise_lt_range' ..) (db.trans hL.batch) dr dl hli hl).flip
  show Spec B e ((emit _ _ >>= transpose _) >>= fun dx =>
    (emit _ _ >>= transpose _) >>= fun dy => pure [some dx, some dy]) s _
  have px : Covers X.length (lb ++ (lf ++ dotPullback.sortedWith lc rc)) := hL.left.perm (by grind)
  have py : Covers Y.length (rb ++ (dotPullback.sortedWith rc lc ++ rf)) := hL.right.perm (by grind)
  have sx := spec_dot_transpose left hd hvy px (by rw [pick_append, pick_append, db, dl, hrc _ _ hL.contract])
  refine sx.bind fun s1 dx e1 ⟨z, hz, hzt⟩ => ?_
  have sy := spec_dot_transpose right (hvx.mono e1) (hd.mono e1) py (by
    rw [pick_append, pick_append, dr, hlc _ _ hL.contract.symm, hL.batch])
  refine sy.bind fun s2 dy e2 ⟨z', hz', hzt'⟩ => Spec.pure (cotangent_two (hx ▸ hz.mono e2) (hy ▸ hz') fun t => ?_)
  simp only [List.map_cons, List.map_nil, Op.jvp, Var.read, hxs, hys, hus]
  rw [hzt, hzt']
  have key := tdot_dotAt (s := extents B σ) (by rw [length_extents]; exact hL) δ
  simp only [← extents_pick] at key
  rw [tdot_add, key, key]
  congr 1 <;> exact tsum_congr fun i _ => by grind

end Lmx
