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

theorem inversePermutation_eq (p : List Nat) : inversePermutation p = places p.length p := by
  rw [inversePermutation, map_eq, range_eq, length_eq]
  exact List.map_congr_left fun k _ => indexOf_eq p k

theorem Shape.pick_pick (s : Shape) {a b : List Nat} (h : ∀ k ∈ b, k < a.length) :
    (s.pick a).pick b = s.pick (Lmx.pick a b) := by
  simp +contextual [Shape.pick_eq, Lmx.pick, h, List.getD_eq_getElem?_getD]

theorem Shape.pick_places {sh : Shape} (h : Covers sh.length p) : (sh.pick p).pick (places sh.length p) = sh := by
  rw [Shape.pick_pick _ h.places_lt, Lmx.pick_places h, Shape.pick_range]

/-- Transposing by the inverse of `p` puts dimension `k` to place `p[k]`. -/
theorem spec_transpose_inverse {s : Code} {v : Var} {sh : Shape} {x : Tensor R} (hp : Covers sh.length p)
    (h : Holds B e s v (.f32 (sh.pick p)) x) :
    Spec B e (transpose (inversePermutation p) v) s fun s' u => Holds B e s' u (.f32 sh) fun i => x (pick i p) := by
  have hi := hp.places
  have hl := hp.length
  have key := spec_transpose (p := places sh.length p)
    (distinctBelow_iff.2 ⟨hi.1, fun k hk => by rw [length_eq, Shape.length_pick, hl]; exact (hi.2 k).1 hk⟩)
    (by rw [length_eq, length_eq, Shape.length_pick, hl, hi.length]) h
  rw [Shape.pick_places hp, hi.length] at key
  rw [inversePermutation_eq, hl]
  refine key.mono fun _ _ _ hu => hu.congr fun i hr => ?_
  have hn : i.length = sh.length := (length_of_inRange hr).trans (length_extents ..)
  have := placeAt_pick hi (i := pick i p) (by rw [length_pick, hl])
  rw [pick_pick _ hp.places_lt, pick_places hp, ← hn, pick_range, hn] at this
  rw [this]

/-- The pullback of `transpose` is right. -/
theorem pullsBack_transpose {out x : Var} (h : (Op.transpose p).infer [x.type] = some out.type) :
    PullsBack B e ⟨out, .transpose p, [x]⟩ := by
  obtain ⟨xs, u, hx, hi, hout⟩ := Op.infer_one h nofun nofun
  obtain ⟨hu, rfl⟩ := guardSome_iff.1 hi
  simp only [Bool.and_eq_true, Nat.beq_eq, length_eq, distinctBelow_iff] at hu
  have hc := covers_of_length hu.1.1 hu.1.2 hu.2
  refine pullsBack_one hx hout (fun _ => rfl) (fun δ i => δ (pick i p)) (fun s d δ hδ => spec_transpose_inverse hc hδ)
    (fun v δ t => ?_)
  rw [tdot_placeAt (by rwa [length_extents]), extents_pick, length_extents, ← hu.2]
  rfl

end Lmx
end
