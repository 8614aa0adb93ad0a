module
public import Lmx.Theorems.Pullback.Linear
public import Lmx.Theorems.EmitShape
@[expose] public section

/-!
# The pullback of a transposition

It is the transposition by the inverse permutation. Main results: `spec_transpose_inverse`, `pullsBack_transpose`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {p : List Nat}

theorem indexOf_eq (l : List Nat) (k : Nat) : inversePermutation.indexOf l k = l.idxOf k := by
  induction l with
  | nil => rfl
  | cons a l ih =>
    rw [inversePermutation.indexOf, ih, List.idxOf_cons, show Nat.beq a k = (a == k) from Bool.eq_iff_iff.2 (by simp)]

theorem inversePermutation_eq (p : List Nat) : inversePermutation p = (List.range p.length).map p.idxOf := by
  rw [inversePermutation, map_eq, range_eq, length_eq]
  exact List.map_congr_left fun k _ => indexOf_eq p k

theorem length_inversePermutation (p : List Nat) : (inversePermutation p).length = p.length := by simp [inversePermutation_eq]

theorem getD_inversePermutation {k : Nat} (hk : k < p.length) : (inversePermutation p).getD k 0 = p.idxOf k := by
  simp [inversePermutation_eq, List.getD_eq_getElem?_getD, hk]

theorem covers_inversePermutation {n : Nat} (h : Covers n p) : Covers n (inversePermutation p) := by
  have hl := h.length
  refine covers_of_length ?_ (fun k hk => ?_) ((length_inversePermutation p).trans hl)
  · rw [inversePermutation_eq, List.nodup_iff_pairwise_ne, List.pairwise_map]
    refine List.nodup_range.imp_of_mem fun {a b} ha hb hab e => hab ?_
    rw [List.mem_range, hl] at ha hb
    rw [← getD_idxOf ((h.2 a).2 ha), e, getD_idxOf ((h.2 b).2 hb)]
  · rw [inversePermutation_eq] at hk
    obtain ⟨m, hm, rfl⟩ := List.mem_map.1 hk
    rw [List.mem_range, hl] at hm
    have := List.idxOf_lt_length_iff.2 ((h.2 m).2 hm)
    rwa [hl] at this

theorem placeAt_inversePermutation {n : Nat} (h : Covers n p) (i : List Nat) : placeAt n (inversePermutation p) i = pick i p := by
  have hl := h.length
  refine eq_of_getD (by rw [length_placeAt, length_pick, hl]) fun k hk => ?_
  rw [length_placeAt] at hk
  have hpk : p.getD k 0 < n := (h.2 _).1 (mem_getD 0 (by rwa [hl]))
  rw [getD_placeAt _ _ hk, getD_pick i (by rwa [hl])]
  congr 1
  have hi := covers_inversePermutation h
  have e : (inversePermutation p).getD (p.getD k 0) 0 = k := by
    rw [getD_inversePermutation (by rwa [hl]), idxOf_getD h.1 (by rwa [hl])]
  rw [← e, idxOf_getD hi.1 (by rwa [length_inversePermutation, hl]), e]

theorem Shape.pick_inversePermutation {sh : Shape} (h : Covers sh.length p) : (sh.pick p).pick (inversePermutation p) = sh := by
  have hl := h.length
  rw [Shape.pick_eq, Shape.pick_eq, inversePermutation_eq, List.map_map]
  refine List.ext_getElem (by simp [hl]) fun k h1 h2 => ?_
  have hm := (h.2 k).2 h2
  have := getD_idxOf hm
  have hi := List.idxOf_lt_length_iff.2 hm
  simp_all [List.getD_eq_getElem?_getD]

/-- Transposing by the inverse of `p` puts dimension `k` to place `p[k]`. -/
theorem spec_transpose_inverse {s : Code} {v : Var} {sh : Shape} {x : Tensor R} (hp : Covers sh.length p)
    (h : Holds B e s v (.f32 (sh.pick p)) x) :
    Spec B e (transpose (inversePermutation p) v) s fun s' u => Holds B e s' u (.f32 sh) fun i => x (pick i p) := by
  have hi := covers_inversePermutation hp
  have hl := hp.length
  have key := spec_transpose (p := inversePermutation p)
    (distinctBelow_iff.2 ⟨hi.1, fun k hk => by rw [length_eq, Shape.length_pick, hl]; exact (hi.2 k).1 hk⟩)
    (by rw [length_eq, length_eq, Shape.length_pick, length_inversePermutation]) h
  rw [Shape.pick_inversePermutation hp, length_inversePermutation, hl] at key
  simpa only [placeAt_inversePermutation hp] using key

/-- The pullback of `transpose` is right. -/
theorem pullsBack_transpose {out x : Var} (h : (Op.transpose p).infer [x.type] = some out.type) :
    PullsBack B e ⟨out, .transpose p, [x]⟩ := by
  obtain ⟨xs, u, hx, hi, hout⟩ := Op.infer_one h nofun nofun
  obtain ⟨hu, rfl⟩ := guardSome_iff.1 hi
  simp only [Bool.and_eq_true, Nat.beq_eq, length_eq, distinctBelow_iff] at hu
  have hc := covers_of_length hu.1.1 hu.1.2 hu.2
  refine pullsBack_one hx hout (fun _ => rfl) (fun δ i => δ (pick i p)) (fun s d δ hδ => spec_transpose_inverse hc hδ) (fun v δ t => ?_)
  have hc' : Covers (extents B xs).length p := by rwa [length_extents]
  rw [extents_pick, tdot, tsum_pick hc']
  refine tsum_congr fun i hi => ?_
  show δ (pick i p) * t (placeAt p.length p (pick i p)) = _
  rw [placeAt_pick (by rwa [hu.2]) ((length_of_inRange hi).trans (by rw [length_extents, hu.2]))]

end Lmx
end
