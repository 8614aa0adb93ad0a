module
public import Lmx.Theorems.EmitShape
@[expose] public section

/-!
# What an emitted contraction computes

Main definition: `DotFits`, what `Op.infer` demands of the dimension numbers of a `dot`. Main results: `dotShape_iff`,
`spec_dot`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code} {v w : Var} {sh sh' : Shape} {x y : Tensor R}

/-- A multi-index of a tensor with dimensions `s ++ t` is one of `s` followed by one of `t`. -/
theorem exists_append_of_inRange {s t i : List Nat} (h : inRange (s ++ t) i = true) :
    ∃ a b, i = a ++ b ∧ inRange s a = true ∧ inRange t b = true := by
  have hl := length_of_inRange h
  rw [List.length_append] at hl
  rw [← List.take_append_drop s.length i] at h
  exact ⟨_, _, (List.take_append_drop s.length i).symm, (inRange_append (by rw [List.length_take]; omega)).1 h⟩

/-- The dimension numbers `lb`, `rb`, `lc`, `rc` of a `dot` fit the shapes of its arguments. -/
structure DotFits (lb rb lc rc : List Nat) (x y : Shape) : Prop where
  left : (lb ++ lc).Nodup ∧ ∀ k ∈ lb ++ lc, k < x.length
  right : (rb ++ rc).Nodup ∧ ∀ k ∈ rb ++ rc, k < y.length
  length_batch : lb.length = rb.length
  length_contract : lc.length = rc.length
  batch : x.pick lb = y.pick rb
  contract : x.pick lc = y.pick rc

/-- The shape of a `dot`: batch, then the rest of `x`, then the rest of `y`. -/
theorem dotShape_iff {lb rb lc rc : List Nat} {x y u : Shape} :
    dotShape lb rb lc rc x y = some u ↔ DotFits lb rb lc rc x y ∧
    x.pick lb ++ (x.pick (othersBelow x.length (lb ++ lc)) ++ y.pick (othersBelow y.length (rb ++ rc))) = u := by
  simp only [dotShape, guardSome_iff, Bool.and_eq_true, append_eq, length_eq, distinctBelow_iff, Nat.beq_eq,
    Shape.beq_iff, Shape.others_eq]
  exact and_congr_left fun _ => ⟨fun ⟨⟨⟨⟨⟨a, b⟩, c⟩, d⟩, e⟩, f⟩ => ⟨a, b, c, d, e, f⟩, fun ⟨a, b, c, d, e, f⟩ =>
    ⟨⟨⟨⟨⟨a, b⟩, c⟩, d⟩, e⟩, f⟩⟩

section dot
variable {lb rb lc rc : List Nat} {u : Shape}

theorem DotFits.covers_left (h : DotFits lb rb lc rc sh sh') :
    Covers sh.length (lb ++ (othersBelow sh.length (lb ++ lc) ++ lc)) :=
  (covers_append_others h.left.1 h.left.2).perm (by rw [List.append_assoc]; exact List.perm_append_comm.append_left lb)

theorem DotFits.covers_right (h : DotFits lb rb lc rc sh sh') :
    Covers sh'.length (rb ++ (rc ++ othersBelow sh'.length (rb ++ rc))) := by
  rw [← List.append_assoc]; exact covers_append_others h.right.1 h.right.2

theorem inRange_placeAt_extents {p j : List Nat} (h : Covers sh.length p)
    (hj : inRange (extents B (sh.pick p)) j = true) :
    inRange (extents B sh) (placeAt sh.length p j) = true := by
  rw [extents_pick] at hj
  rw [← length_extents B sh] at h ⊢
  exact inRange_placeAt h hj

/-- An emitted `dot` contracts. -/
theorem spec_dot (ht : dotShape lb rb lc rc sh sh' = some u) (h : Holds B e s v (.f32 sh) x)
    (h' : Holds B e s w (.f32 sh') y) :
    Spec B e (emit (.dot lb rb lc rc) [v, w]) s fun s' r =>
      Holds B e s' r (.f32 u) (dotAt lb rb lc rc ⟨extents B sh, x⟩ ⟨extents B sh', y⟩) := by
  have htype := (Op.infer_iff (op := .dot lb rb lc rc) nofun nofun).2 ⟨[sh, sh'], u, rfl, ht, rfl⟩
  refine Holds.emit_of_eq (by simpa [h.type, h'.type] using htype) (fun i hi => ?_) trivial
  simp only [List.map_cons, List.map_nil, h.read, h'.read]
  obtain ⟨hf, rfl⟩ := dotShape_iff.1 ht
  rw [TensorType.f32, extents_append, extents_append] at hi
  obtain ⟨b, _, rfl, hb, hlr⟩ := exists_append_of_inRange hi
  obtain ⟨l, r, rfl, hl, hr⟩ := exists_append_of_inRange hlr
  have nb := length_of_inRange hb
  have nl := length_of_inRange hl
  rw [length_extents, Shape.length_pick] at nb nl
  show dotAt lb rb lc rc ⟨extents B sh, clip (extents B sh) x⟩ ⟨extents B sh', clip (extents B sh') y⟩ _ = _
  simp only [dotAt, length_extents, List.take_left' nb, List.drop_left' nb, List.take_left' nl, List.drop_left' nl]
  refine tsum_congr fun c hc => ?_
  rw [← extents_pick] at hc
  have hb' := hf.batch ▸ hb
  have hc' := hf.contract ▸ hc
  rw [clip_of_inRange (inRange_placeAt_extents hf.covers_left _),
    clip_of_inRange (inRange_placeAt_extents hf.covers_right _)]
  · simp only [Shape.pick_append, extents_append, inRange_append (length_of_inRange hb'),
      inRange_append (length_of_inRange hc'), hb', hr,
      hc', and_self]
  · simp only [Shape.pick_append, extents_append, inRange_append (length_of_inRange hb),
      inRange_append (length_of_inRange hl), hb, hl,
      hc, and_self]

end dot
end Lmx
end
