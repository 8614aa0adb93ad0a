module
public import Lmx.Theorems.EmitDot
public import Lmx.Theorems.Pullback.Basic
@[expose] public section

/-!
# Emitting code that is smooth

`Lowers B e m s C Q` adds to `Spec B e m s Q` that the code after `m` is smooth if the code before it is and `C` holds, where a code is smooth if each of its
nodes is differentiable where it is run. Lowering is described with it: `C` says which kinks are not met.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {α β : Type} {B : Nat} {e : Env R} {s : Code}

/-- Every node of the code is differentiable where it is run. -/
def Code.Smooth (B : Nat) (e : Env R) (s : Code) : Prop := SmoothRun B e s.nodes.reverse

/-- `m` meets its specification, and emits nodes of ops that have derivatives, which are smooth if `C` holds. -/
structure Lowers (B : Nat) (e : Env R) (m : Build α) (s : Code) (C : Prop) (Q : Code → α → Prop) : Prop where
  spec : Spec B e m s Q
  smooth : C → s.Smooth B e → (m s).2.Smooth B e
  hasJvp : ∀ n ∈ (m s).2.nodes, n ∈ s.nodes ∨ n.op.HasJvp

theorem smoothRun_append {l l' : List Node} : SmoothRun B e (l ++ l') ↔ SmoothRun B e l ∧ SmoothRun B (run B e l) l' := by
  induction l generalizing e with
  | nil => exact (true_and _).symm ▸ Iff.rfl
  | cons n l ih => simp only [List.cons_append, SmoothRun, ih, and_assoc]; rfl

section
variable {m : Build α} {C C' : Prop} {Q Q' : Code → α → Prop}

theorem Lowers.pure {a : α} (h : Q s a) : Lowers B e (Pure.pure a : Build α) s C Q := ⟨Spec.pure h, fun _ h => h, fun _ => .inl⟩

theorem Lowers.bind {f : α → Build β} {Q' : Code → β → Prop} (h : Lowers B e m s C Q)
    (hf : ∀ s' a, Extends B e s s' → Q s' a → Lowers B e (f a) s' C' Q') : Lowers B e (m >>= f) s (C ∧ C') Q' :=
  have h' := hf _ _ h.1.1 h.1.2
  ⟨h.1.bind fun s' a hx ha => (hf s' a hx ha).1, fun hc hs => h'.2 hc.2 (h.2 hc.1 hs), fun n hn => (h'.3 n hn).elim (h.3 n) .inr⟩

theorem Lowers.mono (h : Lowers B e m s C Q) (hc : C' → C) (hq : ∀ s' a, Extends B e s s' → Q s' a → Q' s' a) : Lowers B e m s C' Q' :=
  ⟨h.1.mono hq, fun c hs => h.2 (hc c) hs, h.3⟩

/-- With no kink possible in the first step. -/
theorem Lowers.then {f : α → Build β} {Q' : Code → β → Prop} (h : Lowers B e m s True Q)
    (hf : ∀ s' a, Extends B e s s' → Q s' a → Lowers B e (f a) s' C' Q') : Lowers B e (m >>= f) s C' Q' :=
  (h.bind hf).mono (fun c => ⟨trivial, c⟩) fun _ _ _ h => h
end

theorem hasJvp_emit {op : Op} (args : List Var) (h : op.HasJvp) : ∀ n ∈ (emit op args s).2.nodes, n ∈ s.nodes ∨ n.op.HasJvp :=
  fun _ hn => (List.mem_cons.1 hn).elim (fun hn => .inr (hn ▸ h)) .inl

theorem smooth_emit {op : Op} {args : List Var} {t : TensorType} (ht : op.infer (args.map Var.type) = some t)
    (hc : op.Smooth (extents B t.shape) (args.map (Var.read B (s.env B e)))) (hs : s.Smooth B e) : (emit op args s).2.Smooth B e := by
  rw [Code.Smooth, emit_eq, List.reverse_cons, smoothRun_append]
  refine ⟨hs, ?_, trivial⟩
  rw [map_eq, ht]; exact hc

/-- An emitter that adds one node. -/
theorem Spec.lowers {op : Op} {args : List Var} {Q : Code → Var → Prop} {t : TensorType} (h : Spec B e (emit op args) s Q)
    (ht : op.infer (args.map Var.type) = some t) (hj : op.HasJvp) :
    Lowers B e (emit op args) s (op.Smooth (extents B t.shape) (args.map (Var.read B (s.env B e)))) Q :=
  ⟨h, smooth_emit ht, hasJvp_emit args hj⟩

/-! ### The emitters -/

section emitters
variable {v w : Var} {sh sh' : Shape} {x y : Tensor R}

theorem infer_unary (f : Unary) : (Op.unary f).infer [.f32 sh] = some (.f32 sh) := rfl

theorem infer_binary (f : Binary) : (Op.binary f).infer [.f32 sh, .f32 sh] = some (.f32 sh) := by
  simp only [Op.infer, TensorType.f32, shapesOf, Op.inferShape, Shape.beq_self, guardSome, cond_true, numbers]

theorem lowers_binary (f : Binary) (h : Holds B e s v (.f32 sh) x) (h' : Holds B e s w (.f32 sh) y) :
    Lowers B e (emit (.binary f) [v, w]) s (∀ i, inRange (extents B sh) i = true →
        match f with | .divide => y i ≠ 0 | .maximum => x i ≠ y i | _ => True)
      fun s' u => Holds B e s' u (.f32 sh) fun i => f.eval (x i) (y i) := by
  have ht : (Op.binary f).infer ([v, w].map Var.type) = some (.f32 sh) := by
    simp only [List.map_cons, List.map_nil, h.type, h'.type, infer_binary]
  refine ((spec_binary f h h').lowers ht trivial).mono (fun hc => ?_) fun _ _ _ h => h
  simp only [List.map_cons, List.map_nil, h.read, h'.read]
  cases f <;> first | trivial | (intro i hi; simpa only [clip_of_inRange (show inRange (extents B (TensorType.f32 sh).shape) i = true from hi)] using hc i hi)

theorem lowers_negate (h : Holds B e s v (.f32 sh) x) :
    Lowers B e (negate v) s True fun s' u => Holds B e s' u (.f32 sh) fun i => -x i :=
  ((spec_unary .negate h).lowers (t := .f32 sh) (by simp only [List.map_cons, List.map_nil, h.type, infer_unary]) trivial).mono
    (fun _ => trivial) fun _ _ _ h => h

theorem lowers_constant {a : Literal} (ha : a.valid = true) (hs : Shape.positive sh = true) :
    Lowers B e (constant a sh) s True fun s' u => Holds B e s' u (.f32 sh) fun _ => a.value :=
  ((spec_constant ha hs).lowers (t := .f32 sh) (by
    simp only [List.map_nil, Op.infer, shapesOf, Op.inferShape, ha, hs, guardSome, Bool.and_self, cond_true, numbers]) trivial).mono
    (fun _ => trivial) fun _ _ _ h => h

theorem lowers_batchSize : Lowers B e (emit .batchSize []) s True fun s' u => Holds B e s' u (.f32 []) fun _ => (B : R) :=
  (spec_batchSize.lowers (t := .f32 []) rfl trivial).mono (fun _ => trivial) fun _ _ _ h => h

theorem lowers_dot {lb rb lc rc : List Nat} {u : Shape} (ht : dotShape lb rb lc rc sh sh' = some u) (h : Holds B e s v (.f32 sh) x)
    (h' : Holds B e s w (.f32 sh') y) :
    Lowers B e (emit (.dot lb rb lc rc) [v, w]) s True fun s' r =>
      Holds B e s' r (.f32 u) (dotAt lb rb lc rc ⟨extents B sh, x⟩ ⟨extents B sh', y⟩) :=
  ((spec_dot ht h h').lowers ((Op.infer_iff (op := .dot lb rb lc rc) nofun nofun).2 ⟨[sh, sh'], u, by simp [h.type, h'.type], ht, rfl⟩) trivial).mono
    (fun _ => trivial) fun _ _ _ h => h

theorem lowers_broadcast {dims : List Nat} (hd : increasingBelow (length sh') dims = true) (hp : sh'.pick dims = sh) (hs : sh'.positive = true)
    (h : Holds B e s v (.f32 sh) x) :
    Lowers B e (broadcast dims sh' v) s True fun s' u => Holds B e s' u (.f32 sh') fun i => x (pick i dims) := by
  refine ⟨spec_broadcast hd hp hs h, fun _ hsm => ?_, ?_⟩ <;> rw [broadcast] <;> split
  · exact hsm
  · refine smooth_emit (t := .f32 sh') ?_ trivial hsm
    simp only [List.map_cons, List.map_nil, h.type, Op.infer, TensorType.f32, shapesOf, Op.inferShape, hd, hp, Shape.beq_self, hs, guardSome,
        Bool.and_self, cond_true, numbers]
  · exact fun _ => .inl
  · exact hasJvp_emit _ trivial

theorem lowers_splat (hs : sh.positive = true) (h : Holds B e s v (.f32 []) x) :
    Lowers B e (splat sh v) s True fun s' u => Holds B e s' u (.f32 sh) fun _ => x [] :=
  lowers_broadcast (dims := []) rfl rfl hs h

theorem lowers_reshape (hz : Shape.sameSize sh sh' = true) (hs : sh'.positive = true) (h : Holds B e s v (.f32 sh) x) :
    Lowers B e (reshape sh' v) s True fun s' u => Holds B e s' u (.f32 sh') fun i => x (unravel (extents B sh) (ravel (extents B sh') i)) := by
  refine ⟨spec_reshape hz hs h, fun _ hsm => ?_, ?_⟩ <;> rw [reshape] <;> split
  · exact hsm
  · refine smooth_emit (t := .f32 sh') ?_ trivial hsm
    simp only [List.map_cons, List.map_nil, h.type, Op.infer, TensorType.f32, shapesOf, Op.inferShape, hz, hs, guardSome,
        Bool.and_self, cond_true, numbers]
  · exact fun _ => .inl
  · exact hasJvp_emit _ trivial

theorem lowers_reduceSum {d : Nat} {dims : List Nat} (hd : increasingBelow (length sh) (d :: dims) = true) (h : Holds B e s v (.f32 sh) x) :
    Lowers B e (reduceSum (d :: dims) v) s True fun s' u => Holds B e s' u (.f32 (sh.pick (sh.others (d :: dims)))) fun i =>
      tsum (pick (extents B sh) (d :: dims)) fun c => x (reduceIndex sh.length (d :: dims) i c) := by
  refine ⟨spec_reduceSum hd h, fun _ hsm => ?_, hasJvp_emit _ trivial⟩
  refine smooth_emit (t := .f32 (sh.pick (sh.others (d :: dims)))) ?_ trivial hsm
  simp only [List.map_cons, List.map_nil, h.type, Op.infer, TensorType.f32, shapesOf, Op.inferShape, reduceShape, hd, guardSome, numbers]
  rw [show Nat.ble 1 (length (d :: dims)) = true by simp [length_eq]]; rfl

end emitters
end Lmx
end
