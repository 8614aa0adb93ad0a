module
public import Lmx.Theorems.Pullback.Cotangent
public import Lmx.Theorems.EmitWindow
@[expose] public section

/-!
# The pullback of concatenation

The shapes that may be concatenated along `dim` are one shape with various extents `ms` at `dim`, and the result has
their sum there (`concatShape_eq_some`). A sum over the result is the sum over the parts, each moved by the extents
before it (`tsum_set_add`); the cotangent of a part is a slice.

Main result: `pullsBack_concatenate`. An argument without elements has no slice, so the shapes of the arguments must be
positive.
-/

namespace Lmx
open Calculus Lean.Grind

/-! ### Shapes -/

theorem replicate_eq {α : Type} (a : α) (n : Nat) : replicate a n = List.replicate n a := by
  induction n with
  | zero => rfl
  | succ n ih => exact congrArg (a :: ·) ih

theorem Shape.setDim_eq (s : Shape) (k : Nat) (d : Dim) : s.setDim k d = s.set k d := by
  induction s generalizing k with
  | nil => rfl
  | cons a s ih => cases k with
    | zero => rfl
    | succ k => exact congrArg (a :: ·) (ih k)

theorem Shape.dim_eq (s : Shape) (k : Nat) : s.dim k = s.getD k (.fixed 0) := nth_eq ..

theorem Shape.dim_set (c : Shape) {k : Nat} (hk : k < c.length) (d : Dim) : Shape.dim (c.set k d) k = d := by
  simp [Shape.dim_eq, List.getD_eq_getElem?_getD, hk]

theorem Shape.set_dim (c : Shape) {k : Nat} (hk : k < c.length) : c.set k (c.dim k) = c := by
  simp [Shape.dim_eq, List.getD_eq_getElem?_getD, hk]

theorem extents_set (B : Nat) (c : Shape) (k m : Nat) : extents B (c.set k (.fixed m)) = (extents B c).set k m := by
  simp [extents, List.map_set, Dim.size]

/-- Which shapes may be concatenated, and what comes out. -/
theorem concatShape_eq_some {dim : Nat} {ss : List Shape} {r : Shape} (h : concatShape dim ss = some r) :
    dim < r.length ∧ ∃ ms : List Nat, ss = ms.map (fun m => r.set dim (.fixed m)) ∧ r = r.set dim (.fixed ms.sum) := by
  have fixed {d : Dim} (h : (!d.isBatch) = true) : d = .fixed d.coeff := by
    cases d <;> simp_all [Dim.isBatch, Dim.coeff]
  induction ss generalizing r with
  | nil => cases h
  | cons s l ih =>
    cases l with
    | nil =>
      obtain ⟨hc, rfl⟩ := guardSome_iff.1 h
      simp only [Bool.and_eq_true, Nat.ble_eq, length_eq] at hc
      have e : s = s.set dim (.fixed (s.dim dim).coeff) := by rw [← fixed hc.2, Shape.set_dim s hc.1]
      exact ⟨hc.1, [(s.dim dim).coeff], by simpa using e, by simpa using e⟩
    | cons s' l =>
      rw [concatShape] at h
      cases hr : concatShape dim (s' :: l) with
      | none => rw [hr] at h; cases h
      | some r' =>
        rw [hr] at h
        obtain ⟨hc, rfl⟩ := guardSome_iff.1 h
        simp only [Bool.and_eq_true, Nat.ble_eq, length_eq, Shape.setDim_eq, Shape.beq_iff] at hc ⊢
        obtain ⟨hl, ms, hms, hsum⟩ := ih hr
        have hd : (r'.dim dim).coeff = ms.sum := by rw [hsum, Shape.dim_set _ hl]; rfl
        have e : s = r'.set dim (.fixed (s.dim dim).coeff) := by
          rw [← hc.2, List.set_set, ← fixed hc.1.2, Shape.set_dim s hc.1.1]
        refine ⟨by simpa using hl, (s.dim dim).coeff :: ms, ?_, ?_⟩
        · simp only [List.map_cons, List.set_set, hms]
          rw [← e]
        · simp only [List.set_set, hd, List.sum_cons]

theorem sliceShape_part {c : Shape} {dim o m N : Nat} (h : Shape.positive (c.set dim (.fixed m)) = true)
    (hN : o + m ≤ N) :
    sliceShape (c.set dim (.fixed N)) ((List.replicate c.length 0).set dim o) (c.set dim (.fixed (o + m)))
      (List.replicate c.length 1) = some (c.set dim (.fixed m)) := by
  induction c generalizing dim with
  | nil => rfl
  | cons d c ih =>
    cases dim with
    | zero =>
      rw [List.set_cons_zero, Shape.positive_iff, List.forall_mem_cons, ← Shape.positive_iff] at h
      have hm : 0 < m := h.1
      have whole := ih (dim := c.length)
      simp only [List.set_eq_of_length_le, Nat.le_refl, List.length_replicate] at whole
      simp only [List.length_cons, List.replicate_succ, List.set_cons_zero, sliceShape, whole h.2]
      refine guardSome_iff.2 ⟨?_, by simp⟩
      simp only [Bool.and_eq_true, Nat.ble_eq]
      omega
    | succ dim =>
      rw [List.set_cons_succ, Shape.positive_iff, List.forall_mem_cons, ← Shape.positive_iff] at h
      simp only [List.length_cons, List.replicate_succ, List.set_cons_succ, sliceShape, ih h.2]
      cases d with
      | batch n => simp [guardSome, Dim.beq]
      | fixed n => exact guardSome_iff.2 ⟨by simpa [Dim.coeff] using h.1, by simp⟩

/-! ### Indices -/

theorem strided_part (dim o : Nat) (i : List Nat) :
    strided ((List.replicate i.length 0).set dim o) (List.replicate i.length 1) i = i.modify dim (o + ·) := by
  induction i generalizing dim with
  | nil => cases dim <;> rfl
  | cons a i ih =>
    cases dim with
    | zero =>
      have whole := ih i.length
      simp only [List.set_eq_of_length_le, List.modify_eq_self, Nat.le_refl, List.length_replicate] at whole
      simp [List.replicate_succ, strided, whole]
    | succ dim => simp [List.replicate_succ, strided, ih]

noncomputable section
variable {R : Type} [RealOps R]

/-! ### Sums and values -/

theorem nsum_add (m k : Nat) (f : Nat → R) : nsum (m + k) f = nsum m f + nsum k fun i => f (m + i) := by
  rw [nsum, List.range_add, lsum_append, lsum_map]; rfl

/-- A sum over two tensors of the extents `m`, `k` at `dim`, one after the other. -/
theorem tsum_set_add {s : List Nat} {dim : Nat} (h : dim < s.length) (m k : Nat) (f : Tensor R) :
    tsum (s.set dim (m + k)) f = tsum (s.set dim m) f + tsum (s.set dim k) fun i => f (i.modify dim (m + ·)) := by
  induction s generalizing dim f with
  | nil => cases h
  | cons n s ih =>
    cases dim with
    | zero => simp only [List.set_cons_zero, tsum_cons, nsum_add, List.modify_zero_cons]
    | succ dim =>
      simp only [List.set_cons_succ, tsum_cons, ih (Nat.lt_of_succ_lt_succ h), List.modify_succ_cons]
      exact lsum_add ..

theorem getD_lt_of_inRange_set {s i : List Nat} {dim m : Nat} (h : dim < s.length)
    (hi : inRange (s.set dim m) i = true) :
    dim < i.length ∧ i.getD dim 0 < m := by
  obtain ⟨hl, hk⟩ := inRange_iff.1 hi
  have := hk dim (by simpa using h)
  rw [List.length_set] at hl
  refine ⟨by omega, ?_⟩
  simpa [List.getD_eq_getElem?_getD, h] using this

theorem tsum_set_zero {s : List Nat} {dim : Nat} (h : dim < s.length) (f : Tensor R) : tsum (s.set dim 0) f = 0 :=
  (tsum_congr fun _ hi => absurd (getD_lt_of_inRange_set h hi).2 (Nat.not_lt_zero _)).trans (lsum_zero _)

theorem concatAt_tail {x : Value R} {xs : List (Value R)} {dim : Nat} {i : List Nat} (h : dim < i.length) :
    concatAt dim (x :: xs) (i.modify dim (x.extents.getD dim 0 + ·)) = concatAt dim xs i := by
  have e : (i.modify dim (x.extents.getD dim 0 + ·)).getD dim 0 = x.extents.getD dim 0 + i.getD dim 0 := by
    simp [List.getD_eq_getElem?_getD, h]
  rw [concatAt, e, if_neg (by omega), Nat.add_sub_cancel_left]
  refine congrArg _ (List.ext_getElem (by simp) fun k h1 h2 => ?_)
  simp only [List.getElem_set, List.getElem_modify, List.getD_eq_getElem?_getD]
  split <;> simp_all

/-- The inner product with a concatenation is the sum of those with the first part and with the rest. -/
theorem tdot_concatAt {s : List Nat} {dim m k : Nat} (h : dim < s.length) (δ : Tensor R) {x : Value R}
    (hx : x.extents = s.set dim m)
    (xs : List (Value R)) (o : Nat) :
    tdot (s.set dim (m + k)) (fun i => δ (i.modify dim (o + ·))) (concatAt dim (x :: xs)) =
      tdot (s.set dim m) (fun i => δ (i.modify dim (o + ·))) x.elem +
      tdot (s.set dim k) (fun i => δ (i.modify dim (o + m + ·))) (concatAt dim xs) := by
  have hm : x.extents.getD dim 0 = m := by simp [hx, List.getD_eq_getElem?_getD, h]
  rw [tdot, tsum_set_add h]
  congr 1
  · refine tsum_congr fun i hi => ?_
    rw [concatAt, if_pos (by rw [hm]; exact (getD_lt_of_inRange_set h hi).2)]
  · refine tsum_congr fun i hi => ?_
    have := concatAt_tail (x := x) (xs := xs) (getD_lt_of_inRange_set h hi).1
    rw [hm] at this
    rw [this, List.modify_modify_eq]
    congr 3
    funext j
    exact (Nat.add_assoc ..).symm

/-! ### Code -/

variable {B : Nat} {e : Env R} {s : Code} {d : Var} {δ : Tensor R} {c : Shape} {dim N : Nat}

theorem map_cond_range {α : Type} (f g : Nat → α) (k n : Nat) :
    map (fun i => cond (Nat.beq i k) (f i) (g i)) (range n) = ((List.range n).map g).set k (f k) := by
  rw [map_eq, range_eq]
  refine List.ext_getElem (by simp) fun j _ _ => ?_
  have := Nat.beq_eq (x := j) (y := k)
  cases h : Nat.beq j k <;> simp_all [List.getElem_set] <;> grind

theorem spec_concatPart {o m : Nat} (hk : dim < c.length) (hd : Holds B e s d (.f32 (c.set dim (.fixed N))) δ)
    (hp : Shape.positive (c.set dim (.fixed m)) = true) (hN : o + m ≤ N) :
    Spec B e (concatPart dim o (c.set dim (.fixed m)) d) s fun s' g =>
      Holds B e s' g (.f32 (c.set dim (.fixed m))) fun i => δ (i.modify dim (o + ·)) := by
  have h1 (s : Shape) : (List.range s.length).map s.dim = s := by rw [← map_eq]; exact Shape.pick_range s
  have h2 := h1 (c.set dim (.fixed m))
  rw [List.length_set] at h2
  simp only [concatPart, map_cond_range, length_eq, List.length_set, replicate_eq, List.map_const', List.length_range,
    h2, Shape.dim_set c hk,
    List.set_set, Dim.coeff]
  refine (spec_slice hd (sliceShape_part hp hN)).mono fun s' g _ hg => hg.congr fun i hi => ?_
  have hl : i.length = c.length := by
    have := length_of_inRange hi
    rwa [length_extents, TensorType.f32, List.length_set] at this
  rw [← hl, strided_part]

theorem spec_concatPullback (hk : dim < c.length) (as : List Var) {ms : List Nat} {o : Nat}
    (hd : Holds B e s d (.f32 (c.set dim (.fixed N))) δ)
    (hty : as.map Var.type = ms.map fun m => .f32 (c.set dim (.fixed m)))
    (hp : ∀ a ∈ as, a.shape.positive = true) (hN : o + ms.sum ≤ N) :
    Spec B e (concatPullback dim d o as) s fun s' ds => CotangentsTyped B e s' as ds ∧
      ∀ t : Env R, tdot ((extents B c).set dim ms.sum) (fun i => δ (i.modify dim (o + ·)))
          (concatAt dim (as.map (Var.read B t))) =
        pairing B (s'.env B e) t as ds := by
  have hk' : dim < (extents B c).length := by rwa [length_extents]
  induction as generalizing ms o s with
  | nil =>
    cases ms with
    | cons m ms => cases hty
    | nil => exact Spec.pure ⟨trivial, fun t => tsum_set_zero hk' _⟩
  | cons a as ih =>
    cases ms with
    | nil => cases hty
    | cons m ms =>
      obtain ⟨a, ta⟩ := a
      simp only [List.map_cons, List.cons.injEq] at hty
      obtain ⟨rfl, hty⟩ := hty
      rw [List.forall_mem_cons] at hp
      rw [List.sum_cons] at hN ⊢
      refine (spec_concatPart hk hd hp.1 (by omega)).bind fun s' g hs hg => ?_
      have hdim : (Shape.dim (Var.shape ⟨a, .f32 (c.set dim (.fixed m))⟩) dim).coeff = m :=
        congrArg Dim.coeff (Shape.dim_set c hk _)
      rw [hdim]
      refine (ih (hd.mono hs) hty hp.2 (by omega)).bind fun s'' gs hs' hgs => Spec.pure ?_
      have hg := hg.mono hs'
      refine ⟨⟨hg.self, hgs.1⟩, fun t => ?_⟩
      rw [pairing, ← hgs.2 t, List.map_cons,
        tdot_concatAt hk' δ (x := Var.read B t ⟨a, .f32 (c.set dim (.fixed m))⟩) (extents_set ..), hg.value]
      show _ = tdot (extents B (c.set dim (.fixed m))) (clip (extents B (c.set dim (.fixed m))) _) (t a) + _
      rw [tdot_clip_left, extents_set]
      rfl

/-- The pullback of a concatenation: the slice that each argument is. -/
theorem pullsBack_concatenate {out : Var} {args : List Var}
    (h : (Op.concatenate dim).infer (args.map Var.type) = some out.type)
    (hp : ∀ a ∈ args, a.shape.positive = true) : PullsBack B e ⟨out, .concatenate dim, args⟩ := by
  obtain ⟨out, to⟩ := out
  obtain ⟨ss, r, hss, hr, hto⟩ := (Op.infer_iff (op := .concatenate dim) nofun nofun).1 h
  obtain rfl : to = .f32 r := hto
  obtain ⟨hk, ms, rfl, hsum⟩ := concatShape_eq_some (show concatShape dim ss = some r from hr)
  intro s d δ _ _ hd _
  have hd : Holds B e s d (.f32 r) δ := hd
  rw [hsum] at hd
  refine (spec_concatPullback hk args (o := 0) hd (by rw [hss, List.map_map]; rfl) hp (by omega)).mono
    fun s' ds _ hds =>
    ⟨hds.1, fun t => ?_⟩
  refine Eq.trans ?_ (hds.2 t)
  have e : extents B r = (extents B r).set dim ms.sum := by rw [← extents_set, ← hsum]
  show tdot (extents B r) δ (concatAt dim (args.map (Var.read B t))) = _
  rw [← e]
  refine tsum_congr fun i _ => ?_
  show δ i * _ = δ (i.modify dim fun x => 0 + x) * _
  rw [show (fun x => 0 + x) = (id : Nat → Nat) from funext Nat.zero_add, List.modify_id]

end
end Lmx
end
