module
public import Lmx.Theorems.Pullback.DotAdjoint
public import Lmx.Theorems.Pullback.Transpose
@[expose] public section

/-!
# The pullback of a contraction

It emits two contractions and puts their dimensions back in place. The contracted dimensions of one argument come out in the order of the
other's dimensions, which is why `dotPullback` sorts them by their partners: `sortedWith_spec`.

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
    rw [List.pairwise_cons] at h
    rw [dotPullback.insert]
    cases hb : Nat.ble p.2 q.2
    · have hq : q.2 ≤ p.2 := Nat.le_of_not_le fun hle => by rw [Nat.ble_eq_true_of_le hle] at hb; cases hb
      refine List.pairwise_cons.2 ⟨fun r hr => ?_, ih h.2⟩
      rcases List.mem_cons.1 ((perm_insert p l).mem_iff.1 hr) with rfl | hr
      · exact hq
      · exact h.1 r hr
    · have hp := Nat.le_of_ble_eq_true hb
      refine List.pairwise_cons.2 ⟨fun r hr => ?_, List.pairwise_cons.2 h⟩
      rcases List.mem_cons.1 hr with rfl | hr
      · exact hp
      · exact Nat.le_trans hp (h.1 r hr)

/-- `sortedWith a b` lists `a` in the order in which the partners in `b` increase. -/
theorem sortedWith_spec {a b : List Nat} (hl : a.length = b.length) (hb : b.Nodup) :
    ∃ S : List (Nat × Nat), S.Perm (a.zip b) ∧ dotPullback.sortedWith a b = S.map Prod.fst ∧ (S.map Prod.snd).Pairwise (· < ·) ∧
      (S.map Prod.fst).Perm a ∧ (S.map Prod.snd).Perm b := by
  have step : ∀ (l acc : List (Nat × Nat)), acc.Pairwise (·.2 ≤ ·.2) →
      (l.foldl (fun acc p => dotPullback.insert p acc) acc).Perm (acc ++ l) ∧
      (l.foldl (fun acc p => dotPullback.insert p acc) acc).Pairwise (·.2 ≤ ·.2) := by
    intro l
    induction l with
    | nil => intro acc h; exact ⟨by simp, h⟩
    | cons p l ih =>
      intro acc h
      obtain ⟨h1, h2⟩ := ih _ (pairwise_insert p h)
      exact ⟨h1.trans (((perm_insert p acc).append_right l).trans List.perm_middle.symm), h2⟩
  obtain ⟨h1, h2⟩ := step (a.zip b) [] .nil
  rw [List.nil_append] at h1
  have hb' := h1.map Prod.snd
  rw [List.map_snd_zip (Nat.le_of_eq hl.symm)] at hb'
  have ha' := h1.map Prod.fst
  rw [List.map_fst_zip (Nat.le_of_eq hl)] at ha'
  refine ⟨_, h1, ?_, ?_, ha', hb'⟩
  · rw [dotPullback.sortedWith, map_eq, foldl_eq, zip_eq]
  · have hn := hb'.nodup_iff.2 hb
    rw [List.nodup_iff_pairwise_ne] at hn
    exact ((List.pairwise_map.2 h2).and hn).imp fun h => Nat.lt_of_le_of_ne h.1 h.2

/-! ### The dimensions of the cotangent -/

theorem map_getD_range' {α : Type} (d : α) {a b : List α} (c : List α) {p q : Nat} (ha : a.length = p) (hb : b.length = q) :
    (List.range' p q).map (fun k => (a ++ (b ++ c)).getD k d) = b := by
  subst ha hb
  refine List.ext_getElem (by simp) fun k h1 h2 => ?_
  simp [List.getD_eq_getElem?_getD, List.getElem?_append_right, List.getElem?_append_left, h2]

theorem range_eq_append (p q t : Nat) : List.range (p + (q + t)) = List.range' 0 p ++ (List.range' p q ++ List.range' (p + q) t) := by
  have h := List.range'_append_1 (s := 0) (m := p) (n := q + t)
  rw [Nat.zero_add] at h
  rw [List.range'_append_1, h, List.range_eq_range']

theorem Covers.left {n : Nat} {a b : List Nat} (h : Covers n (a ++ b)) : a.Nodup ∧ ∀ k ∈ a, k < n :=
  ⟨(List.nodup_append.1 h.1).1, fun k hk => (h.2 k).1 (List.mem_append_left b hk)⟩

/-- If `a` and `b` are all dimensions, then those that are not in `a` are those of `b`, in increasing order. -/
theorem othersBelow_eq {n : Nat} {a b b' : List Nat} (h : Covers n (a ++ b)) (hb : b'.Perm b) (hs : b'.Pairwise (· < ·)) :
    othersBelow n a = b' :=
  eq_of_increasing (pairwise_othersBelow ..) hs fun k => by
    have h1 := h.2 k
    have h2 := (List.nodup_append.1 h.1).2.2 k
    rw [mem_othersBelow, hb.mem_iff, ← h1, List.mem_append]
    grind

/-! ### Values and shapes at sorted dimensions -/

section sorted
variable {S : List (Nat × Nat)} {a b : List Nat}

theorem zip_pick_perm (hS : S.Perm (a.zip b)) (hl : a.length = b.length) (i : List Nat) :
    ((S.map Prod.snd).zip (pick i (S.map Prod.fst))).Perm (b.zip (pick i a)) := by
  have h : ∀ T : List (Nat × Nat), (T.map Prod.snd).zip (pick i (T.map Prod.fst)) = T.map fun p => (p.2, i.getD p.1 0) := fun T => by
    rw [pick, List.map_map, List.zip_map']; rfl
  have h' := h (a.zip b)
  rw [List.map_snd_zip (Nat.le_of_eq hl.symm), List.map_fst_zip (Nat.le_of_eq hl)] at h'
  rw [h, h']
  exact hS.map _

theorem pick_eq_of_perm {sh sh' : Shape} (hS : S.Perm (a.zip b)) (hl : a.length = b.length) (h : sh.pick a = sh'.pick b) :
    sh.pick (S.map Prod.fst) = sh'.pick (S.map Prod.snd) := by
  simp only [Shape.pick_eq, List.map_map] at h ⊢
  have key : (a.zip b).map ((fun k => sh.getD k (.fixed 0)) ∘ Prod.fst) = (a.zip b).map ((fun k => sh'.getD k (.fixed 0)) ∘ Prod.snd) := by
    rw [← List.map_map, ← List.map_map, List.map_fst_zip (Nat.le_of_eq hl), List.map_snd_zip (Nat.le_of_eq hl.symm), h]
  exact List.map_congr_left fun p hp => List.map_inj_left.1 key p (hS.mem_iff.1 hp)

end sorted

/-! ### The emitted contractions -/

section emitted
variable {s : Code} {v w : Var} {sh sh' u : Shape} {x y δ : Tensor R}

theorem length_dotShape (ht : dotShape lb rb lc rc sh sh' = some u) :
    u.length = lb.length + ((othersBelow sh.length (lb ++ lc)).length + (othersBelow sh'.length (rb ++ rc)).length) := by
  rw [← (dotShape_iff.1 ht).2]
  simp only [List.length_append, Shape.length_pick]

theorem covers_dotShape (ht : dotShape lb rb lc rc sh sh' = some u) : Covers u.length (List.range' 0 lb.length ++
    (List.range' lb.length (othersBelow sh.length (lb ++ lc)).length ++
      List.range' (lb.length + (othersBelow sh.length (lb ++ lc)).length) (othersBelow sh'.length (rb ++ rc)).length)) := by
  rw [length_dotShape ht, ← range_eq_append]
  exact covers_range _

/-- The shape of a `dot` at its batch dimensions, those of the first argument and those of the second. -/
theorem pick_dotShape (ht : dotShape lb rb lc rc sh sh' = some u) : u.pick (List.range' 0 lb.length) = sh.pick lb ∧
    u.pick (List.range' lb.length (othersBelow sh.length (lb ++ lc)).length) = sh.pick (othersBelow sh.length (lb ++ lc)) ∧
    u.pick (List.range' (lb.length + (othersBelow sh.length (lb ++ lc)).length) (othersBelow sh'.length (rb ++ rc)).length) =
      sh'.pick (othersBelow sh'.length (rb ++ rc)) := by
  rw [← (dotShape_iff.1 ht).2]
  simp only [Shape.pick_eq _ (List.range' ..)]
  refine ⟨map_getD_range' (a := []) _ _ rfl (Shape.length_pick ..), map_getD_range' _ _ (Shape.length_pick ..) (Shape.length_pick ..), ?_⟩
  have h := map_getD_range' (.fixed 0) (a := sh.pick lb ++ sh.pick (othersBelow sh.length (lb ++ lc)))
    (b := sh'.pick (othersBelow sh'.length (rb ++ rc))) []
    (by rw [List.length_append, Shape.length_pick, Shape.length_pick]) (Shape.length_pick ..)
  rwa [List.append_nil, List.append_assoc] at h

/-- The contraction of the cotangent with the second argument. -/
theorem spec_dot_left (ht : dotShape lb rb lc rc sh sh' = some u) (h : Holds B e s v (.f32 u) δ) (h' : Holds B e s w (.f32 sh') y) :
    Covers sh.length (lb ++ (othersBelow sh.length (lb ++ lc) ++ dotPullback.sortedWith lc rc)) ∧
    Spec B e (emit (.dot (List.range' 0 lb.length) rb
      (List.range' (lb.length + (othersBelow sh.length (lb ++ lc)).length) (othersBelow sh'.length (rb ++ rc)).length)
      (othersBelow sh'.length (rb ++ rc))) [v, w]) s fun s' g =>
        ∃ G, Holds B e s' g (.f32 (sh.pick (lb ++ (othersBelow sh.length (lb ++ lc) ++ dotPullback.sortedWith lc rc)))) G ∧
        ∀ i, inRange (extents B sh) i = true → G (pick i (lb ++ (othersBelow sh.length (lb ++ lc) ++ dotPullback.sortedWith lc rc))) =
          tsum (pick (extents B sh') (othersBelow sh'.length (rb ++ rc))) fun r =>
            δ (pick i lb ++ (pick i (othersBelow sh.length (lb ++ lc)) ++ r)) *
              y (dotRight sh'.length rb rc (pick i lb) (pick i lc) r) := by
  have hf := (dotShape_iff.1 ht).1
  have hu := covers_dotShape ht
  obtain ⟨p1, p2, p3⟩ := pick_dotShape ht
  have hl := hf.covers_left
  have hr := hf.covers_right
  have hn := length_dotShape ht
  obtain ⟨S, hS, hs, hlt, hfst, hsnd⟩ := sortedWith_spec hf.length_contract (List.nodup_append.1 hf.right.1).2.1
  rw [hs]
  generalize othersBelow sh.length (lb ++ lc) = lf at *
  generalize hrf : othersBelow sh'.length (rb ++ rc) = rf at *
  have hr' : Covers sh'.length ((rb ++ rf) ++ rc) := hr.perm (by rw [List.append_assoc]; exact List.perm_append_comm.append_left rb)
  have hu' : Covers u.length ((List.range' 0 lb.length ++ List.range' (lb.length + lf.length) rf.length) ++
    List.range' lb.length lf.length) :=
    hu.perm (by rw [List.append_assoc]; exact List.perm_append_comm.append_left _)
  have o1 := othersBelow_eq hr' hsnd hlt
  have o2 := othersBelow_eq hu' (.refl _) (List.pairwise_lt_range' ..)
  have hts : dotShape (List.range' 0 lb.length) rb (List.range' (lb.length + lf.length) rf.length) rf u sh' =
    some (sh.pick (lb ++ (lf ++ S.map Prod.fst))) := by
    refine dotShape_iff.2 ⟨⟨hu'.left, hr'.left, ?_, ?_, p1.trans hf.batch, p3⟩, ?_⟩
    · rw [List.length_range', hf.length_batch]
    · rw [List.length_range']
    · rw [o1, o2, p1, p2, ← pick_eq_of_perm hS hf.length_contract hf.contract, Shape.pick_append, Shape.pick_append]
  refine ⟨hl.perm ((hfst.append_left lf).append_left lb), (spec_dot hts h h').mono fun s' g _ hg => ⟨_, hg, fun i hi => ?_⟩⟩
  rw [pick_append, pick_append, dotAt_append _ _ _ _ _ _ _ (by rw [length_pick, List.length_range'])
    (by simp only [length_extents]; rw [o2, length_pick, List.length_range'])]
  simp only [length_extents]
  rw [o1, o2, ← extents_pick, p3, extents_pick]
  refine tsum_congr fun r hr2 => ?_
  have hrl := length_of_inRange_pick hr2
  have hbl := (length_pick i lb).trans hf.length_batch
  rw [hn, ← range_eq_append, placeAt_range (by simp only [List.length_append, length_pick, hrl])]
  rw [dotRight, hrf]
  congr 2
  refine placeAt_eq_of_perm ?_ (hr'.perm ((by rw [List.append_assoc]; exact (hsnd.append_left rf).append_left rb))).1 hr.1 ?_ ?_
  · rw [List.zip_append hbl.symm, List.zip_append hrl.symm, List.zip_append hbl.symm,
      List.zip_append (by rw [length_pick, hf.length_contract])]
    exact (((zip_pick_perm hS hf.length_contract i).append_left _).trans List.perm_append_comm).append_left _
  · simp only [List.length_append, length_pick, List.length_map, hrl, hf.length_batch]
  · simp only [List.length_append, length_pick, hrl, hf.length_batch, hf.length_contract]

/-- The contraction of the first argument with the cotangent. -/
theorem spec_dot_right (ht : dotShape lb rb lc rc sh sh' = some u) (h : Holds B e s v (.f32 sh) x) (h' : Holds B e s w (.f32 u) δ) :
    Covers sh'.length (rb ++ (dotPullback.sortedWith rc lc ++ othersBelow sh'.length (rb ++ rc))) ∧
    Spec B e (emit (.dot lb (List.range' 0 lb.length) (othersBelow sh.length (lb ++ lc))
      (List.range' lb.length (othersBelow sh.length (lb ++ lc)).length)) [v, w]) s fun s' g =>
        ∃ G, Holds B e s' g (.f32 (sh'.pick (rb ++ (dotPullback.sortedWith rc lc ++ othersBelow sh'.length (rb ++ rc))))) G ∧
        ∀ i, inRange (extents B sh') i = true → G (pick i (rb ++ (dotPullback.sortedWith rc lc ++ othersBelow sh'.length (rb ++ rc)))) =
          tsum (pick (extents B sh) (othersBelow sh.length (lb ++ lc))) fun l =>
            x (dotLeft sh.length lb lc (pick i rb) l (pick i rc)) * δ (pick i rb ++ (l ++ pick i (othersBelow sh'.length (rb ++ rc)))) := by
  have hf := (dotShape_iff.1 ht).1
  have hu := covers_dotShape ht
  obtain ⟨p1, p2, p3⟩ := pick_dotShape ht
  have hl := hf.covers_left
  have hr := hf.covers_right
  have hn := length_dotShape ht
  obtain ⟨S, hS, hs, hlt, hfst, hsnd⟩ := sortedWith_spec hf.length_contract.symm (List.nodup_append.1 hf.left.1).2.1
  rw [hs]
  generalize hlf : othersBelow sh.length (lb ++ lc) = lf at *
  generalize othersBelow sh'.length (rb ++ rc) = rf at *
  have hl' : Covers sh.length ((lb ++ lf) ++ lc) := by rwa [List.append_assoc]
  have hu' : Covers u.length ((List.range' 0 lb.length ++ List.range' lb.length lf.length) ++
    List.range' (lb.length + lf.length) rf.length) := by
    rwa [List.append_assoc]
  have o1 := othersBelow_eq hl' hsnd hlt
  have o2 := othersBelow_eq hu' (.refl _) (List.pairwise_lt_range' ..)
  have hts : dotShape lb (List.range' 0 lb.length) lf (List.range' lb.length lf.length) sh u =
    some (sh'.pick (rb ++ (S.map Prod.fst ++ rf))) := by
    refine dotShape_iff.2 ⟨⟨hl'.left, hu'.left, ?_, ?_, p1.symm, p2.symm⟩, ?_⟩
    · rw [List.length_range']
    · rw [List.length_range']
    · rw [o1, o2, hf.batch, p3, ← pick_eq_of_perm hS hf.length_contract.symm hf.contract.symm, Shape.pick_append, Shape.pick_append]
  refine ⟨hr.perm ((hfst.append_right rf).append_left rb), (spec_dot hts h h').mono fun s' g _ hg => ⟨_, hg, fun i hi => ?_⟩⟩
  rw [pick_append, pick_append, dotAt_append _ _ _ _ _ _ _ (by rw [length_pick, hf.length_batch])
    (by simp only [length_extents]; rw [o1, length_pick, List.length_map, List.length_map])]
  simp only [length_extents]
  rw [o1, o2]
  refine tsum_congr fun l hl2 => ?_
  have hll := length_of_inRange_pick hl2
  have hbl := (length_pick i rb).trans hf.length_batch.symm
  rw [hn, ← range_eq_append, placeAt_range (by simp only [List.length_append, length_pick, hll, hf.length_batch])]
  rw [dotLeft, hlf]
  congr 2
  refine placeAt_eq_of_perm ?_ (hl.perm ((List.perm_append_comm.trans (hsnd.append_left lf)).append_left lb)).1 hl.1 ?_ ?_
  · rw [List.zip_append hbl.symm, List.zip_append (by rw [List.length_map, length_pick, List.length_map]), List.zip_append hbl.symm,
      List.zip_append hll.symm]
    exact (List.perm_append_comm.trans ((zip_pick_perm hS hf.length_contract.symm i).append_left _)).append_left _
  · simp only [List.length_append, length_pick, List.length_map, hll, hf.length_batch]
  · simp only [List.length_append, length_pick, hll, hf.length_batch, hf.length_contract]

end emitted

/-! ### The pullback -/

/-- The pullback of `dot` is right for all dimension numbers. -/
theorem pullsBack_dot {out x y : Var} (h : (Op.dot lb rb lc rc).infer [x.type, y.type] = some out.type) :
    PullsBack B e ⟨out, .dot lb rb lc rc, [x, y]⟩ := by
  obtain ⟨sh, sh', u, hx, hy, ht, hout⟩ := Op.infer_two h nofun nofun
  have ht : dotShape lb rb lc rc sh sh' = some u := ht
  intro s d δ hargs _ hd _
  have hxs : x.shape = sh := congrArg TensorType.shape hx
  have hys : y.shape = sh' := congrArg TensorType.shape hy
  have hus : out.shape = u := congrArg TensorType.shape hout
  have hvx := hx ▸ hargs x (by simp)
  have hvy := hy ▸ hargs y (by simp)
  rw [hout] at hd
  show Spec B e (dotPullback lb rb lc rc x y d) s _
  simp only [dotPullback, hxs, hys, Shape.others_eq, append_eq, length_eq, range_eq, rangeFrom_eq, List.range_eq_range']
  obtain ⟨hcl, hl⟩ := spec_dot_left ht hd hvy
  refine hl.bind fun s1 g e1 ⟨G, hg, hG⟩ => (spec_transpose_inverse hcl hg).bind fun s2 dx e2 hdx => ?_
  obtain ⟨hcr, hr⟩ := spec_dot_right ht (hvx.mono (e1.trans e2)) (hd.mono (e1.trans e2))
  refine hr.bind fun s3 g' e3 ⟨G', hg', hG'⟩ => (spec_transpose_inverse hcr hg').bind fun s4 dy e4 hdy => Spec.pure ?_
  have hdx := (hdx.congr hG).mono (e3.trans e4)
  have hdy := hdy.congr hG'
  rw [← hx] at hdx
  rw [← hy] at hdy
  refine cotangent_two hdx hdy fun t => ?_
  simp only [List.map_cons, List.map_nil, Op.jvp, Var.read, hxs, hys, hus]
  rw [← tdot_dotAt_left ht, ← tdot_dotAt_right ht]
  simp only [tdot, tsum, ← lsum_add]
  exact lsum_congr fun i _ => by grind

end Lmx
end
