module
public import Lmx.Theorems.EmitWindow
public import Lmx.Theorems.EmitDot
public import Lmx.Theorems.Simplify.Basic
public import Lmx.Theorems.Lower.Resolve
@[expose] public section

/-!
# Scoped nodes whose ops accept their arguments are typed

What is left to see of types once code is known to be scoped: no op makes a tensor without elements from tensors with
elements, but for the adjoint of a convolution (`Op.ImagePositive`).

Main results: `Op.positive_of_infer`, `NodesScoped.typed`; `Chain.params_pos`, no parameter of a valid spec is empty.
-/

namespace Lmx

theorem Shape.positive_pick {s : Shape} {l : List Nat} (h : s.positive = true) (hl : ∀ k ∈ l, k < s.length) :
    (s.pick l).positive = true := by
  rw [Shape.positive_iff] at *
  grind [Shape.pick_eq]

theorem Shape.positive_others {s : Shape} (l : List Nat) (h : s.positive = true) :
    (s.pick (s.others l)).positive = true :=
  positive_pick h fun k hk => by rw [Shape.others_eq] at hk; exact (mem_othersBelow.1 hk).1

theorem Shape.positive_cons {d : Dim} {s : Shape} :
    Shape.positive (d :: s) = true ↔ 0 < d.coeff ∧ s.positive = true := by
  simp only [Shape.positive_iff, List.forall_mem_cons]

theorem Shape.positive_append {s t : Shape} :
    Shape.positive (s ++ t) = true ↔ s.positive = true ∧ t.positive = true := by
  simp only [Shape.positive_iff, List.forall_mem_append]

theorem positive_sliceShape {s l r : Shape} {a t : List Nat} (hs : s.positive = true)
    (h : sliceShape s a l t = some r) : r.positive = true := by
  fun_induction sliceShape s a l t generalizing r <;>
    grind [guardSome_iff, Shape.positive_cons, Nat.ble_eq, Nat.div_pos, Dim.coeff]

theorem positive_padShape {s r : Shape} {l h i : List Nat} (hs : s.positive = true) (hr : padShape s l h i = some r) :
    r.positive = true := by
  fun_induction padShape s l h i generalizing r <;>
    grind [guardSome_iff, Shape.positive_cons, Nat.ble_eq, Dim.coeff]

theorem Shape.positive_setDim {s : Shape} {d : Dim} (hs : s.positive = true) (hd : 0 < d.coeff) (k : Nat) :
    (s.setDim k d).positive = true := by
  induction s generalizing k <;> cases k <;> simp_all [setDim, positive_cons]

theorem positive_concatShape {dim : Nat} {ss : List Shape} {r : Shape} (hs : ∀ s ∈ ss, s.positive = true)
    (h : concatShape dim ss = some r) : r.positive = true := by
  fun_induction concatShape dim ss generalizing r <;>
    grind [guardSome_iff, Shape.positive_setDim, Shape.positive_iff, Nat.ble_eq, length_eq, Shape.dim, nth_eq,
      Dim.coeff]

theorem Conv.positive_kernelShape {c : Conv} :
    c.kernelShape.positive = true ↔ 0 < c.window.size.1 ∧ 0 < c.window.size.2 ∧ 0 < c.inputs ∧ 0 < c.outputs := by
  simp [Conv.kernelShape, fixedShape, map_eq, Shape.positive_iff, Dim.coeff]

/-- The result of an op on tensors with elements has elements. -/
theorem Op.positive_of_infer {op : Op} {ts : List TensorType} {t : TensorType} (h : op.infer ts = some t)
    (hi : op.ImagePositive) (hp : ∀ τ ∈ ts, τ.shape.positive = true) : t.shape.positive = true := by
  unfold Op.infer at h
  split at h
  · exact (guardSome_iff.1 h).2 ▸ hp ⟨.f32, _⟩ (by simp)
  · exact (guardSome_iff.1 h).2 ▸ hp ⟨.f32, _⟩ (by simp)
  split at h
  · cases h
  next ss hss =>
  obtain ⟨u, hu, rfl⟩ := numbers_iff.1 h
  obtain rfl := shapesOf_iff.1 hss
  replace hp : ∀ s ∈ ss, s.positive = true := fun s hs => hp (.f32 s) (List.mem_map_of_mem hs)
  show u.positive = true
  unfold Op.inferShape at hu
  split at hu
  all_goals simp only [guardSome_iff, Bool.and_eq_true, Shape.beq_iff, List.forall_mem_cons] at hu hp
  all_goals try first
    | exact hu.2 ▸ hu.1.2
    | exact hu.2 ▸ hp.1
    | exact (guardSome_iff.1 hu).2 ▸ Shape.positive_others _ hp.1
  next => cases hu; rfl
  next => cases hu; exact hp.1
  next => exact hu.2 ▸ Shape.positive_pick hp.1 fun k hk => length_eq _ ▸ (distinctBelow_iff.1 hu.1.1).2 k hk
  next => exact positive_sliceShape hp.1 hu
  next v _ _ _ => cases hv : v.valid <;> rw [hv] at hu <;> first | cases hu | exact positive_padShape hp.1 hu
  next => exact positive_concatShape hp hu
  next =>
    obtain ⟨hf, rfl⟩ := dotShape_iff.1 hu
    simp only [← Shape.others_eq, Shape.positive_append, Shape.positive_others _ hp.1, Shape.positive_others _ hp.2.1,
      and_true]
    exact Shape.positive_pick hp.1 fun k hk => hf.left.2 k (List.mem_append_left _ hk)
  next =>
    obtain ⟨⟨⟨hv, -⟩, rfl⟩, rfl⟩ := hu
    have ho := Window.output_pos hv
    exact positive_imageShape.2 ⟨ho.1, ho.2, (Conv.positive_kernelShape.1 hp.2.1).2.2.2⟩
  next => exact hu.2 ▸ hi
  next =>
    obtain ⟨⟨⟨hv, rfl⟩, rfl⟩, rfl⟩ := hu
    simp only [Window.valid, Bool.and_eq_true, Nat.ble_eq] at hv
    exact Conv.positive_kernelShape.2
      ⟨by omega, by omega, (positive_imageShape.1 hp.1).2.2, (positive_imageShape.1 hp.2.1).2.2⟩
  next =>
    obtain ⟨⟨hv, rfl⟩, rfl⟩ := hu
    exact positive_imageShape.2 ⟨(Window.output_pos hv).1, (Window.output_pos hv).2, (positive_imageShape.1 hp.1).2.2⟩
  next => exact hu.2 ▸ hu.1.1.1.2 ▸ hp.1
  next => cases hu

/-- Scoped nodes whose ops accept their arguments are typed, after inputs with elements. -/
theorem NodesScoped.typed {Γ : List TensorType} {ns : List Node} (h : NodesScoped Γ ns)
    (hΓ : ∀ τ ∈ Γ, τ.shape.positive = true)
    (hi : ∀ n ∈ ns, n.op.infer (n.args.map Var.type) = some n.out.type ∧ n.op.ImagePositive) : NodesTyped Γ ns := by
  induction ns generalizing Γ with
  | nil => trivial
  | cons n ns ih =>
    rw [List.forall_mem_cons] at hi
    have hp : n.out.type.shape.positive = true := Op.positive_of_infer hi.1.1 hi.1.2 fun τ hτ => by
      obtain ⟨v, hv, rfl⟩ := List.mem_map.1 hτ
      exact hΓ _ (List.mem_of_getElem? (h.1.args v hv))
    exact ⟨⟨h.1.id, h.1.args, hi.1.1, (Shape.positive_iff _).1 hp⟩,
      ih h.2 (fun τ hτ => (List.mem_append.1 hτ).elim (hΓ τ) fun hτ => List.mem_singleton.1 hτ ▸ hp) hi.2⟩

/-- No parameter of a chain of layers is empty. -/
theorem Chain.params_pos {s : List Nat} {rs : List Resolved} (hs : ∀ n ∈ s, 0 < n) (h : Chain s rs) :
    ∀ q ∈ rs.flatMap Resolved.params, ∀ n ∈ q.shape, 0 < n := by
  induction rs generalizing s with
  | nil => exact fun q hq => by cases hq
  | cons r rs ih =>
    obtain ⟨rfl, ho, hpos, hc⟩ := h
    rw [List.flatMap_cons, List.forall_mem_append]
    refine ⟨?_, ih hpos hc⟩
    unfold Resolved.params
    split <;> simp only [weightAndBias, List.forall_mem_cons, List.not_mem_nil, false_implies, implies_true, and_true]
    · rename_i n _ hi
      have := hs n (by simp [hi])
      grind [Layer.output, Nat.beq_eq]
    · rename_i filters kernel stride padding _ h w c _ hi
      have := hs c (by simp [hi])
      have hk : (padding.window kernel stride (h, w)).size = kernel := by cases padding <;> rfl
      grind [Layer.output, Window.valid, Nat.beq_eq, Nat.ble_eq]

end Lmx
