module
public import Lmx.Semantics.Denote
public import Lmx.Theorems.WellFormed
@[expose] public section

/-!
# What emitted code computes

Reasoning about `Build`: `Spec B e m s Q` says that `m`, started after the code `s`, only adds nodes (no value of `s`
changes) and that `Q` holds of the code after it and of its result. `Holds B e s v t x` says that the code `s` leaves in
`v`, of type `t`, the tensor `x`.

Main results: `Spec.bind`, `spec_emit`, and one lemma for each pointwise emitter.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {α β : Type}

noncomputable section

/-- The environment that emitted code leaves, from the environment `e` of the inputs. -/
def Code.env (B : Nat) (e : Env R) (s : Code) : Env R := run B e s.nodes.reverse

/-- `s'` adds nodes to `s` and keeps its values. -/
structure Keeps (B : Nat) (e : Env R) (s s' : Code) : Prop where
  next : s.next ≤ s'.next
  env : ∀ k, k < s.next → s'.env B e k = s.env B e k
  nodes : s.nodes <:+ s'.nodes
  count : s'.next + s.nodes.length = s.next + s'.nodes.length

/-- If the op is the adjoint of a convolution, its result is not empty. (Padding alone may make room for a window. No
other op makes something empty from what is not.) -/
def Op.ImagePositive : Op → Prop
  | .convImageGrad c => c.imageShape.positive = true
  | _ => True

/-- `s'` adds nodes to `s`, whose ops accept their arguments, and keeps its values. -/
structure Extends (B : Nat) (e : Env R) (s s' : Code) : Prop extends Keeps B e s s' where
  infer : ∀ n ∈ s'.nodes, n ∈ s.nodes ∨ n.op.infer (n.args.map Var.type) = some n.out.type ∧ n.op.ImagePositive

/-- `v` is a value of the code, of type `t`, and holds `x`. -/
structure Holds (B : Nat) (e : Env R) (s : Code) (v : Var) (t : TensorType) (x : Tensor R) : Prop where
  lt : v.id < s.next
  type : v.type = t
  value : s.env B e v.id = clip (extents B t.shape) x

/-- `m`, run after `s`, only adds to `s`, and `Q` holds of the code and the result. -/
def Spec (B : Nat) (e : Env R) (m : Build α) (s : Code) (Q : Code → α → Prop) : Prop :=
  Extends B e s (m s).2 ∧ Q (m s).2 (m s).1

end

variable {B : Nat} {e : Env R} {s s' s'' : Code}

theorem Extends.refl (B : Nat) (e : Env R) (s : Code) : Extends B e s s :=
  ⟨⟨Nat.le_refl _, fun _ _ => rfl, List.suffix_refl _, rfl⟩, fun _ => .inl⟩

theorem Extends.trans (h : Extends B e s s') (h' : Extends B e s' s'') : Extends B e s s'' :=
  ⟨⟨Nat.le_trans h.next h'.next, fun k hk => by rw [h'.env k (Nat.lt_of_lt_of_le hk h.next), h.env k hk],
    h.nodes.trans h'.nodes, by have := h.count; have := h'.count; omega⟩,
    fun n hn => (h'.infer n hn).elim (h.infer n) .inr⟩

theorem Holds.mono {v : Var} {t : TensorType} {x : Tensor R} (h : Holds B e s v t x) (hx : Extends B e s s') :
    Holds B e s' v t x :=
  ⟨Nat.lt_of_lt_of_le h.lt hx.next, h.type, by rw [hx.env _ h.lt, h.value]⟩

theorem Holds.congr {v : Var} {t : TensorType} {x y : Tensor R} (h : Holds B e s v t x)
    (hxy : ∀ i, inRange (extents B t.shape) i = true → x i = y i) : Holds B e s v t y :=
  ⟨h.lt, h.type, h.value.trans (clip_congr hxy)⟩

theorem Holds.read {v : Var} {t : TensorType} {x : Tensor R} (h : Holds B e s v t x) :
    v.read B (s.env B e) = ⟨extents B t.shape, clip (extents B t.shape) x⟩ := by
  rw [Var.read, Var.shape, h.type, h.value]

/-- What an op reads of a value, within its extents. -/
theorem Holds.elem {v : Var} {t : TensorType} {x : Tensor R} (h : Holds B e s v t x) {i : List Nat}
    (hi : inRange (extents B t.shape) i = true) : (v.read B (s.env B e)).elem i = x i := by
  rw [h.read]; exact clip_of_inRange hi x

/-- A value holds what the environment has for it. -/
theorem Holds.self {v : Var} {t : TensorType} {x : Tensor R} (h : Holds B e s v t x) :
    Holds B e s v t (s.env B e v.id) :=
  ⟨h.lt, h.type, by rw [h.value, clip_clip]⟩

theorem Spec.pure {a : α} {Q : Code → α → Prop} (h : Q s a) : Spec B e (Pure.pure a : Build α) s Q :=
  ⟨Extends.refl .., h⟩

theorem Spec.bind {m : Build α} {f : α → Build β} {Q : Code → α → Prop} {Q' : Code → β → Prop} (h : Spec B e m s Q)
    (hf : ∀ s' a, Extends B e s s' → Q s' a → Spec B e (f a) s' Q') : Spec B e (m >>= f) s Q' :=
  have h2 := hf _ _ h.1 h.2
  ⟨h.1.trans h2.1, h2.2⟩

theorem Spec.bind_of {m : Build α} {f : α → Build β} {Q : Code → β → Prop} (h : Extends B e s (m s).2)
    (hf : Spec B e (f (m s).1) (m s).2 Q) : Spec B e (m >>= f) s Q := ⟨h.trans hf.1, hf.2⟩

theorem Spec.mono {m : Build α} {Q Q' : Code → α → Prop} (h : Spec B e m s Q)
    (hq : ∀ s' a, Extends B e s s' → Q s' a → Q' s' a) : Spec B e m s Q' := ⟨h.1, hq _ _ h.1 h.2⟩

theorem run_append (B : Nat) (e : Env R) (l l' : List Node) : run B e (l ++ l') = run B (run B e l) l' :=
  List.foldl_append

omit [RealOps R] in
theorem Env.set_same (e : Env R) (k : Nat) (x : Tensor R) : e.set k x k = x := by simp [Env.set]

omit [RealOps R] in
theorem Env.set_ne (e : Env R) {k j : Nat} (x : Tensor R) (h : j ≠ k) : e.set k x j = e j := by simp [Env.set, h]

theorem emit_eq (op : Op) (args : List Var) (s : Code) : emit op args s =
    (⟨s.next, typeOr (op.infer (map (fun v => v.type) args))⟩,
      ⟨⟨⟨s.next, typeOr (op.infer (map (fun v => v.type) args))⟩, op, args⟩ :: s.nodes, s.next + 1⟩) := rfl

theorem keeps_emit (op : Op) (args : List Var) : Keeps B e s (emit op args s).2 := by
  refine ⟨Nat.le_succ _, fun k hk => ?_, List.suffix_cons .., Nat.add_right_comm s.next 1 s.nodes.length⟩
  rw [emit_eq, Code.env, List.reverse_cons, run_append]
  exact Env.set_ne _ _ (Nat.ne_of_lt hk)

/-- An emitted node holds its op's meaning, if the op accepts the types of the arguments. -/
theorem spec_emit {op : Op} {args : List Var} {t : TensorType} (h : op.infer (args.map Var.type) = some t)
    (hi : op.ImagePositive) :
    Spec B e (emit op args) s fun s' v => Holds B e s' v t (op.eval B (args.map (Var.read B (s.env B e)))) := by
  have hk := keeps_emit (B := B) (e := e) (s := s) op args
  rw [Spec]
  rw [emit_eq, map_eq, h] at hk ⊢
  refine ⟨⟨hk, fun n hn => (List.mem_cons.1 hn).elim (fun hn => .inr (hn ▸ ⟨h, hi⟩)) .inl⟩, Nat.lt_succ_self _, rfl, ?_⟩
  simp only [Code.env, List.reverse_cons, run_append]
  exact Env.set_same ..

/-! ### Pointwise emitters -/

section pointwise
variable {v w p : Var} {sh : Shape} {x y : Tensor R}

theorem Holds.emit_of_eq {op : Op} {args : List Var} {t : TensorType} {x : Tensor R}
    (h : op.infer (args.map Var.type) = some t)
    (hx : ∀ i, inRange (extents B t.shape) i = true → op.eval B (args.map (Var.read B (s.env B e))) i = x i)
    (hi : op.ImagePositive) : Spec B e (emit op args) s fun s' v => Holds B e s' v t x :=
  (spec_emit h hi).mono fun _ _ _ hv => hv.congr hx

theorem Shape.beq_self (s : Shape) : Shape.beq s s = true := (Shape.beq_iff s s).2 rfl

theorem spec_unary (f : Unary) (h : Holds B e s v (.f32 sh) x) :
    Spec B e (emit (.unary f) [v]) s fun s' u => Holds B e s' u (.f32 sh) fun i => f.eval (x i) :=
  Holds.emit_of_eq (by simp only [List.map, h.type]; rfl) (fun i hi => by simp only [List.map, Op.eval, h.elem hi])
    trivial

theorem spec_binary (f : Binary) (h : Holds B e s v (.f32 sh) x) (h' : Holds B e s w (.f32 sh) y) :
    Spec B e (emit (.binary f) [v, w]) s fun s' u => Holds B e s' u (.f32 sh) fun i => f.eval (x i) (y i) :=
  Holds.emit_of_eq
    (by simp [h.type, h'.type, Op.infer, shapesOf, TensorType.f32, Op.inferShape, Shape.beq_self, guardSome, numbers])
    (fun i hi => by simp only [List.map, Op.eval, h.elem hi, h'.elem hi]) trivial

theorem spec_compare (d : Direction) (h : Holds B e s v (.f32 sh) x) (h' : Holds B e s w (.f32 sh) y) :
    Spec B e (emit (.compare d) [v, w]) s fun s' u => Holds B e s' u ⟨.i1, sh⟩ fun i => d.eval (x i) (y i) :=
  Holds.emit_of_eq (by simp [h.type, h'.type, Op.infer, TensorType.f32, Shape.beq_self, guardSome])
    (fun i hi => by simp only [List.map, Op.eval, h.elem hi, h'.elem hi]) trivial

open Classical in
theorem spec_select {c : Tensor R} (hp : Holds B e s p ⟨.i1, sh⟩ c) (h : Holds B e s v (.f32 sh) x)
    (h' : Holds B e s w (.f32 sh) y) :
    Spec B e (emit .select [p, v, w]) s fun s' u => Holds B e s' u (.f32 sh) fun i => if c i = 0 then y i else x i :=
  Holds.emit_of_eq (by simp [hp.type, h.type, h'.type, Op.infer, TensorType.f32, Shape.beq_self, guardSome])
    (fun i hi => by simp only [List.map, Op.eval, hp.elem hi, h.elem hi, h'.elem hi]) trivial

theorem spec_constant {a : Literal} (ha : a.valid = true) (hs : Shape.positive sh = true) :
    Spec B e (constant a sh) s fun s' u => Holds B e s' u (.f32 sh) fun _ => a.value :=
  Holds.emit_of_eq (by simp [Op.infer, shapesOf, Op.inferShape, ha, hs, guardSome, numbers]) (fun _ _ => rfl) trivial

theorem spec_batchSize : Spec B e (emit .batchSize []) s fun s' u => Holds B e s' u (.f32 []) fun _ => (B : R) :=
  Holds.emit_of_eq rfl (fun _ _ => rfl) trivial

end pointwise
end Lmx
end
