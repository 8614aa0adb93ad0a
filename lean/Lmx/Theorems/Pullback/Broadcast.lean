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

/-- Repeating over `b` what is indexed by `a` is adjoint to summing over `b`. -/
theorem tdot_pick {a b : List Nat} (h : Covers s.length (a ++ b)) (ha : a.Pairwise (· < ·)) (x y : Tensor R) :
    tdot s x (fun i => y (pick i a)) =
      tdot (pick s a) (fun i => tsum (pick s b) fun c => x (reduceIndex s.length b i c)) y := by
  simp only [tdot, tsum, lsum_mul_right, reduceIndex, othersBelow_eq (h.perm List.perm_append_comm) ha]
  refine Eq.trans ?_ (tsum_split h _).symm
  exact tsum_congr fun i hi => by rw [← pick_append, placeAt_pick h (length_of_inRange hi)]

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
  · have key := spec_reduceSum (dims := sh.others dims)
      (by rw [Shape.others_eq, length_eq]; exact increasingBelow_othersBelow ..) hδ
    rwa [Shape.others_eq, Shape.others_eq, othersBelow_eq (covers_others_append (hd.1.imp Nat.ne_of_lt) hd.2) hd.1,
      ← Shape.others_eq] at key
  · have key := tdot_pick (s := extents B sh)
      (covers_append_others (hd.1.imp Nat.ne_of_lt) (by rw [length_extents]; exact hd.2)) hd.1 δ t
    rw [length_extents] at key
    rw [Shape.others_eq, extents_pick, ← key]; rfl

/-- The pullback repeats the cotangent into the argument's shape, which therefore must have no empty dimension. -/
theorem pullsBack_reduceSum {out x : Var} (h : (Op.reduceSum dims).infer [x.type] = some out.type)
    (hp : x.shape.positive = true) :
    PullsBack B e ⟨out, .reduceSum dims, [x]⟩ := by
  obtain ⟨xs, u, hx, hi, hout⟩ := Op.infer_one h nofun nofun
  obtain ⟨hu, rfl⟩ := guardSome_iff.1 hi
  simp only [Bool.and_eq_true] at hu
  have hd := increasingBelow_iff.1 hu.1
  rw [length_eq] at hd
  have hxs : x.shape = xs := congrArg TensorType.shape hx
  rw [hxs] at hp
  refine pullsBack_one hx hout (fun _ => rfl) (fun δ i => δ (pick i (xs.others dims))) (fun s d δ hδ => ?_)
    (fun v δ t => ?_)
  · rw [hxs]
    exact spec_broadcast (by rw [Shape.others_eq, length_eq]; exact increasingBelow_othersBelow ..) rfl hp hδ
  · have key := tdot_pick (s := extents B xs)
      (covers_others_append (hd.1.imp Nat.ne_of_lt) (by rw [length_extents]; exact hd.2)) (pairwise_othersBelow ..) t δ
    rw [length_extents] at key
    have he : (Op.reduceSum dims).jvp B [v] [⟨extents B xs, t⟩] =
        fun i => tsum (pick (extents B xs) dims) fun c => t (reduceIndex (extents B xs).length dims i c) := rfl
    rw [Shape.others_eq, tdot_comm _ _ t, key, tdot_comm, extents_pick, he, length_extents]

end Lmx
end
