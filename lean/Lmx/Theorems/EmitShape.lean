module
public import Lmx.Theorems.Emit
public import Lmx.Theorems.Permute
public import Lmx.Theorems.ShapeLemmas
@[expose] public section

/-!
# What the emitters that change shapes compute

One lemma for each of `reduceSum`, `broadcast`, `splat`, `transpose` and `reshape`, under the condition on shapes that
`Op.infer` demands. An emitter that emits nothing, since the shape is right already, computes the same.

Main results: `spec_reduceSum`, `spec_broadcast`, `spec_splat`, `spec_transpose`, `spec_reshape`; `unravel_ravel`,
`ravel_unravel`, `product_of_sameSize`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code} {v : Var} {sh sh' : Shape} {x y : Tensor R}
  {dims : List Nat}

/-! ### Shapes that do not change -/

theorem Shape.pick_range (s : Shape) : s.pick (List.range s.length) = s := by
  rw [Shape.pick_eq]
  exact List.ext_getElem (by simp) fun k h1 h2 => by simp [List.getD_eq_getElem?_getD, h2]

theorem eq_range_of_increasing {n : Nat} (h : dims.Pairwise (· < ·)) (hn : ∀ k ∈ dims, k < n) (hl : dims.length = n) :
    dims = List.range n :=
  eq_of_increasing h List.pairwise_lt_range fun k =>
    ((covers_of_length (h.imp Nat.ne_of_lt) hn hl).2 k).trans List.mem_range.symm

theorem product_cons (n : Nat) (t : List Nat) : product (n :: t) = n * product t := rfl

theorem unravel_ravel {t i : List Nat} (h : inRange t i = true) :
    ravel t i < product t ∧ unravel t (ravel t i) = i := by
  induction t generalizing i with
  | nil => cases i <;> simp_all [inRange, ravel, unravel, product, foldr]
  | cons n t ih => cases i with
    | nil => simp [inRange] at h
    | cons a i =>
      rw [inRange_cons] at h
      obtain ⟨h1, h2⟩ := ih h.2
      rw [product_cons, ravel, unravel, Nat.mul_comm a, Nat.mul_add_div (by omega), Nat.div_eq_of_lt h1,
        Nat.mul_add_mod, Nat.mod_eq_of_lt h1, h2]
      have := Nat.mul_le_mul_left (product t) h.1
      exact ⟨by grind, rfl⟩

theorem ravel_unravel {t : List Nat} {k : Nat} (h : k < product t) :
    inRange t (unravel t k) = true ∧ ravel t (unravel t k) = k := by
  induction t generalizing k with
  | nil => simp_all [inRange, ravel, unravel, product, foldr]
  | cons n t ih =>
    rw [product_cons] at h
    have hp : 0 < product t := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt h)
    obtain ⟨h1, h2⟩ := ih (Nat.mod_lt k hp)
    rw [unravel, inRange_cons, ravel, h2, Nat.mul_comm]
    exact ⟨⟨(Nat.div_lt_iff_lt_mul hp).2 h, h1⟩, Nat.div_add_mod k (product t)⟩

/-- The number of elements is the coefficient times a power of the batch size. -/
theorem product_extents (B : Nat) (t : Shape) : product (extents B t) = t.coeff * B ^ t.degree := by
  induction t with
  | nil => rfl
  | cons d t ih =>
    simp only [extents, Shape.coeff, Shape.degree, map_eq, filter_eq, length_eq, List.map_cons, product_cons] at *
    rw [ih]
    cases d <;> simp [Dim.size, Dim.coeff, Dim.isBatch] <;> grind

theorem product_of_sameSize (h : Shape.sameSize sh sh' = true) (B : Nat) :
    product (extents B sh) = product (extents B sh') := by
  simp only [Shape.sameSize, Bool.and_eq_true, Nat.beq_eq] at h
  rw [product_extents, product_extents, h.1, h.2]

/-! ### The emitters -/

theorem Op.imagePositive_of_infer {op : Op} {ts : List TensorType} {t : TensorType} (h : op.infer ts = some t)
    (ht : t.shape.positive = true) : op.ImagePositive := by
  cases op with
  | convImageGrad c =>
    obtain ⟨ss, u, -, hu, rfl⟩ := (Op.infer_iff (op := .convImageGrad c) nofun nofun).1 h
    match ss, hu with
    | [_, _], hu => exact by rwa [← (guardSome_iff.1 hu).2] at ht
  | _ => trivial

/-- What an emitted op on one value holds, if it reads the value within its extents only. -/
theorem Holds.emit_one {op : Op} (hc : ∀ d, op ≠ .compare d) (hs : op ≠ .select) (h : Holds B e s v (.f32 sh) x)
    (ht : op.inferShape [sh] = some sh')
    (hx : ∀ i, inRange (extents B sh') i = true → op.eval B [⟨extents B sh, clip (extents B sh) x⟩] i = y i) :
    Spec B e (emit op [v]) s fun s' u => Holds B e s' u (.f32 sh') y :=
  Holds.emit_of_eq ((Op.infer_iff hc hs).2 ⟨[sh], sh', by simp [h.type], ht, rfl⟩)
    (fun i hi => by simpa only [List.map, h.read] using hx i hi) (by cases op <;> first | trivial | cases ht)

/-- `reduceSum` sums over dimensions. -/
theorem spec_reduceSum (hd : increasingBelow (length sh) dims = true) (h : Holds B e s v (.f32 sh) x) :
    Spec B e (reduceSum dims v) s fun s' u => Holds B e s' u (.f32 (sh.pick (sh.others dims))) fun i =>
      tsum (pick (extents B sh) dims) fun c => x (reduceIndex sh.length dims i c) := by
  have hd' := increasingBelow_iff.1 hd
  rw [length_eq, ← length_extents B] at hd'
  have hc := covers_others_append (hd'.1.imp Nat.ne_of_lt) hd'.2
  rw [Shape.others_eq, ← length_extents B]
  cases dims with
  | nil =>
    refine Spec.pure ?_
    rw [othersBelow_nil, length_extents, Shape.pick_range]
    refine h.congr fun i (hi : inRange (extents B sh) i = true) => ?_
    rw [pick_nil, tsum_nil, reduceIndex, othersBelow_nil, List.append_nil, List.append_nil, ← length_extents B,
      placeAt_range (length_of_inRange hi)]
  | cons k dims =>
    refine h.emit_one nofun nofun (guardSome_iff.2 ⟨by rw [hd]; rfl, ?_⟩) fun i hi => ?_
    · rw [Shape.others_eq, length_extents]
    refine tsum_congr fun c hi' => clip_of_inRange (inRange_placeAt hc (j := i ++ c) ?_) x
    rw [extents_pick] at hi
    rw [pick_append, inRange_append (length_of_inRange hi)]
    exact ⟨hi, hi'⟩

/-- `broadcast` repeats a tensor. -/
theorem spec_broadcast (hd : increasingBelow (length sh') dims = true) (hp : sh'.pick dims = sh)
    (hs : sh'.positive = true) (h : Holds B e s v (.f32 sh) x) :
    Spec B e (broadcast dims sh' v) s fun s' u => Holds B e s' u (.f32 sh') fun i => x (pick i dims) := by
  have hd' := increasingBelow_iff.1 hd
  rw [length_eq] at hd'
  rw [broadcast]
  split
  · rename_i hb
    rw [Var.shape, h.type, Shape.beq_iff] at hb
    obtain rfl : sh = sh' := hb
    refine Spec.pure (h.congr fun i (hi : inRange (extents B sh) i = true) => ?_)
    rw [eq_range_of_increasing hd'.1 hd'.2 (by rw [← Shape.length_pick sh, hp]), ← length_extents B,
      ← length_of_inRange hi, pick_range]
  · refine h.emit_one nofun nofun (guardSome_iff.2 ⟨by simp [hd, hs, hp, Shape.beq_self], rfl⟩) fun i hi =>
      clip_of_inRange ?_ x
    rw [← hp, extents_pick]
    exact inRange_pick (by rw [length_extents]; exact hd'.2) hi

/-- `splat` repeats a scalar. -/
theorem spec_splat (hs : sh.positive = true) (h : Holds B e s v (.f32 []) x) :
    Spec B e (splat sh v) s fun s' u => Holds B e s' u (.f32 sh) fun _ => x [] :=
  spec_broadcast (dims := []) rfl rfl hs h

/-- `transpose` moves dimension `p[k]` to place `k`. -/
theorem spec_transpose {p : List Nat} (hd : distinctBelow (length sh) p = true) (hl : length p = length sh)
    (h : Holds B e s v (.f32 sh) x) :
    Spec B e (transpose p v) s fun s' u => Holds B e s' u (.f32 (sh.pick p)) fun i => x (placeAt p.length p i) := by
  have hd' := distinctBelow_iff.1 hd
  have hl' := hl
  rw [length_eq, ← length_extents B] at hd'
  rw [length_eq, length_eq, ← length_extents B] at hl'
  rw [transpose]
  split
  · rename_i hb
    rw [natsBeq_iff, range_eq, length_eq, hl'] at hb
    refine Spec.pure ?_
    rw [hl', hb, length_extents, Shape.pick_range, ← length_extents B]
    exact h.congr fun i (hi : inRange (extents B sh) i = true) => by rw [placeAt_range (length_of_inRange hi)]
  · refine h.emit_one nofun nofun (guardSome_iff.2 ⟨by simp [hd, hl], rfl⟩) fun i hi => ?_
    rw [extents_pick] at hi
    rw [hl']
    simpa only [Op.eval, hl'] using clip_of_inRange (inRange_placeAt (covers_of_length hd'.1 hd'.2 hl') hi) x

/-- `reshape` keeps the row-major order. -/
theorem spec_reshape (hz : Shape.sameSize sh sh' = true) (hs : sh'.positive = true) (h : Holds B e s v (.f32 sh) x) :
    Spec B e (reshape sh' v) s fun s' u =>
      Holds B e s' u (.f32 sh') fun i => x (unravel (extents B sh) (ravel (extents B sh') i)) := by
  rw [reshape]
  split
  · rename_i hb
    rw [Var.shape, h.type, Shape.beq_iff] at hb
    obtain rfl : sh = sh' := hb
    exact Spec.pure (h.congr fun i (hi : inRange (extents B sh) i = true) => by rw [(unravel_ravel hi).2])
  · refine h.emit_one nofun nofun (guardSome_iff.2 ⟨by simp [hz, hs], rfl⟩) fun i hi =>
      clip_of_inRange (ravel_unravel ?_).1 x
    rw [product_of_sameSize hz]
    exact (unravel_ravel hi).1

end Lmx
end
