module
public import Lmx.Theorems.Pullback.Linear
public import Lmx.Theorems.EmitShape
@[expose] public section

/-!
# Pullbacks of broadcasts and sums

Each is the adjoint of the other. Main results: `pullsBack_broadcast`, `pullsBack_reduceSum`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s dims : List Nat}

theorem increasingBelow_othersBelow (n : Nat) (dims : List Nat) : increasingBelow n (othersBelow n dims) = true :=
  increasingBelow_iff.2 ⟨pairwise_othersBelow .., fun _ h => (mem_othersBelow.1 h).1⟩

/-- Repeating over `others` what is indexed by `dims` is adjoint to summing over `others`. -/
theorem tdot_pick (h : dims.Pairwise (· < ·)) (hn : ∀ k ∈ dims, k < s.length) (x y : Tensor R) :
    tdot s x (fun i => y (pick i dims)) = tdot (pick s dims)
      (fun i => tsum (pick s (othersBelow s.length dims)) fun c => x (reduceIndex s.length (othersBelow s.length dims) i c)) y := by
  have hc := covers_append_others (h.imp Nat.ne_of_lt) hn
  simp only [tdot, ← tsum_mul_right, reduceIndex, othersBelow_othersBelow h hn]
  rw [tsum_split hc fun i c => x (placeAt s.length (dims ++ othersBelow s.length dims) (i ++ c)) * y i]
  refine tsum_congr fun i hi => ?_
  rw [← pick_append, placeAt_pick hc (length_of_inRange hi)]

/-- The pullback of `broadcast` is right. -/
theorem pullsBack_broadcast {out x : Var} {sh : Shape} (h : (Op.broadcast dims sh).infer [x.type] = some out.type) :
    PullsBack B e ⟨out, .broadcast dims sh, [x]⟩ := by
  obtain ⟨xs, u, hx, hi, hout⟩ := Op.infer_one h nofun nofun
  obtain ⟨hu, rfl⟩ := guardSome_iff.1 hi
  simp only [Bool.and_eq_true, Shape.beq_iff] at hu
  obtain ⟨⟨hd, rfl⟩, -⟩ := hu
  have hd := increasingBelow_iff.1 hd
  rw [length_eq] at hd
  refine pullsBack_one hx hout (fun _ => rfl)
    (fun δ i => tsum (pick (extents B sh) (sh.others dims)) fun c => δ (reduceIndex sh.length (sh.others dims) i c))
    (fun s d δ hδ => ?_) (fun v δ t => ?_)
  · have key := spec_reduceSum (dims := sh.others dims) (by rw [Shape.others_eq, length_eq]; exact increasingBelow_othersBelow ..) hδ
    have hoo : sh.others (sh.others dims) = dims := by rw [Shape.others_eq, Shape.others_eq, othersBelow_othersBelow hd.1 hd.2]
    rwa [hoo] at key
  · have key := tdot_pick (s := extents B sh) hd.1 (by rw [length_extents]; exact hd.2) δ t
    rw [length_extents] at key
    rw [Shape.others_eq, extents_pick, ← key]; rfl

/-- The pullback repeats the cotangent into the argument's shape, which therefore must have no empty dimension. -/
theorem pullsBack_reduceSum {out x : Var} (h : (Op.reduceSum dims).infer [x.type] = some out.type) (hp : x.shape.positive = true) :
    PullsBack B e ⟨out, .reduceSum dims, [x]⟩ := by
  obtain ⟨xs, u, hx, hi, hout⟩ := Op.infer_one h nofun nofun
  obtain ⟨hu, rfl⟩ := guardSome_iff.1 hi
  simp only [Bool.and_eq_true] at hu
  have hd := increasingBelow_iff.1 hu.1
  rw [length_eq] at hd
  have hxs : x.shape = xs := congrArg TensorType.shape hx
  rw [hxs] at hp
  refine pullsBack_one hx hout (fun _ => rfl) (fun δ i => δ (pick i (xs.others dims))) (fun s d δ hδ => ?_) (fun v δ t => ?_)
  · rw [hxs]
    exact spec_broadcast (by rw [Shape.others_eq, length_eq]; exact increasingBelow_othersBelow ..) rfl hp hδ
  · have key := tdot_pick (s := extents B xs) (dims := othersBelow xs.length dims) (pairwise_othersBelow ..)
      (fun k hk => by rw [length_extents]; exact (mem_othersBelow.1 hk).1) t δ
    rw [length_extents, othersBelow_othersBelow hd.1 hd.2] at key
    have he : (Op.reduceSum dims).jvp B [v] [⟨extents B xs, t⟩] =
        fun i => tsum (pick (extents B xs) dims) fun c => t (reduceIndex (extents B xs).length dims i c) := rfl
    rw [Shape.others_eq, tdot_comm _ _ t, key, tdot_comm, extents_pick, he, length_extents]

end Lmx
end
