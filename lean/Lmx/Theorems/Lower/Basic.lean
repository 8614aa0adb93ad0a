module
public import Lmx.Theorems.EmitDot
public import Lmx.Theorems.Pullback.Basic
@[expose] public section

/-!
# Emitting code that is smooth

An environment may depend on a point, as that of a net's inputs does on the parameters: `E θ`. `HoldsAll`, `ExtendsAll`
say at every point what `Holds` and `Extends` say at one. `Lowers B E θ m s C Q` says that `m` meets its specification
`Q` at every point, and that the code after `m` is smooth in `θ` if the code before it is and `C` holds, where a code is
smooth if each of its nodes is differentiable where it is run. Lowering is described with it: `C` says which kinks are
not met.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {ι : Type} [Idx ι] {α β : Type} {B : Nat} {E : (ι → R) → Env R} {θ : ι → R}
  {s s' s'' : Code}

/-- At every point, `Holds`. -/
def HoldsAll (B : Nat) (E : (ι → R) → Env R) (s : Code) (v : Var) (t : TensorType) (X : (ι → R) → Tensor R) : Prop :=
  ∀ θ, Holds B (E θ) s v t (X θ)

/-- At every point, `Extends`. -/
def ExtendsAll (B : Nat) (E : (ι → R) → Env R) (s s' : Code) : Prop := ∀ θ, Extends B (E θ) s s'

section
omit [Idx ι]

theorem ExtendsAll.trans (h : ExtendsAll B E s s') (h' : ExtendsAll B E s' s'') : ExtendsAll B E s s'' :=
  fun θ => (h θ).trans (h' θ)

theorem HoldsAll.mono {v : Var} {t : TensorType} {X : (ι → R) → Tensor R} (h : HoldsAll B E s v t X)
    (hx : ExtendsAll B E s s') : HoldsAll B E s' v t X := fun θ => (h θ).mono (hx θ)

theorem HoldsAll.type {v : Var} {t : TensorType} {X : (ι → R) → Tensor R} (h : HoldsAll B E s v t X) : v.type = t :=
  (h fun _ => 0).type

end

/-- Every node of the code is differentiable where it is run. -/
def Code.Smooth (B : Nat) (E : (ι → R) → Env R) (θ : ι → R) (s : Code) : Prop := SmoothRun B E θ s.nodes.reverse

/-- `m` meets its specification at every point, and emits nodes of ops that have derivatives, which are smooth in `θ` if
`C` holds. -/
structure Lowers (B : Nat) (E : (ι → R) → Env R) (θ : ι → R) (m : Build α) (s : Code) (C : Prop)
    (Q : (ι → R) → Code → α → Prop) : Prop where
  spec : ∀ θ, Spec B (E θ) m s (Q θ)
  smooth : C → s.Smooth B E θ → (m s).2.Smooth B E θ
  hasJvp : ∀ n ∈ (m s).2.nodes, n ∈ s.nodes ∨ n.op.HasJvp

theorem smoothRun_append {l l' : List Node} :
    SmoothRun B E θ (l ++ l') ↔ SmoothRun B E θ l ∧ SmoothRun B (fun θ => run B (E θ) l) θ l' := by
  induction l generalizing E with
  | nil => simp [SmoothRun, run]
  | cons n l ih => simp [SmoothRun, ih, and_assoc, run]

section
variable {m : Build α} {C C' : Prop} {Q Q' : (ι → R) → Code → α → Prop}

theorem Lowers.pure {a : α} (h : ∀ θ, Q θ s a) : Lowers B E θ (Pure.pure a : Build α) s C Q :=
  ⟨fun θ => Spec.pure (h θ), fun _ h => h, fun _ => .inl⟩

theorem Lowers.bind {f : α → Build β} {Q' : (ι → R) → Code → β → Prop} (h : Lowers B E θ m s C Q)
    (hf : ∀ s' a, ExtendsAll B E s s' → (∀ θ, Q θ s' a) → Lowers B E θ (f a) s' C' Q') :
    Lowers B E θ (m >>= f) s (C ∧ C') Q' :=
  have h' := hf _ _ (fun θ => (h.1 θ).1) fun θ => (h.1 θ).2
  ⟨fun θ => Spec.bind_of (h.1 θ).1 (h'.1 θ), fun hc hs => h'.2 hc.2 (h.2 hc.1 hs),
    fun n hn => (h'.3 n hn).elim (h.3 n) .inr⟩

theorem Lowers.mono (h : Lowers B E θ m s C Q) (hc : C' → C)
    (hq : ∀ θ s' a, Extends B (E θ) s s' → Q θ s' a → Q' θ s' a) : Lowers B E θ m s C' Q' :=
  ⟨fun θ => (h.1 θ).mono (hq θ), fun c hs => h.2 (hc c) hs, h.3⟩

/-- With no kink possible in the first step. -/
theorem Lowers.then {f : α → Build β} {Q' : (ι → R) → Code → β → Prop} (h : Lowers B E θ m s True Q)
    (hf : ∀ s' a, ExtendsAll B E s s' → (∀ θ, Q θ s' a) → Lowers B E θ (f a) s' C' Q') :
    Lowers B E θ (m >>= f) s C' Q' :=
  (h.bind hf).mono (fun c => ⟨trivial, c⟩) fun _ _ _ _ h => h
end

section
variable {op : Op} {args : List Var} {t : TensorType} {X : (ι → R) → Tensor R} {C : Prop}

/-- An emitter that adds one node: the code stays smooth where the node's op is. -/
theorem lowers_emit (h : ∀ θ, Spec B (E θ) (emit op args) s fun s' u => Holds B (E θ) s' u t (X θ)) (hj : op.HasJvp)
    (hc : C → op.Smooth B (extents B t.shape) (fun θ => s.env B (E θ)) θ args) :
    Lowers B E θ (emit op args) s C fun θ s' u => Holds B (E θ) s' u t (X θ) :=
  ⟨h, fun c hs => by
    obtain rfl := (h θ).2.type
    rw [Code.Smooth, emit_eq, List.reverse_cons, smoothRun_append]
    exact ⟨hs, hc c, trivial⟩, fun _ hn => (List.mem_cons.1 hn).elim (fun hn => .inr (hn ▸ hj)) .inl⟩

/-- An emitter that adds one node, of an op without kinks. -/
theorem smooth_emit (h : ∀ θ, Spec B (E θ) (emit op args) s fun s' u => Holds B (E θ) s' u t (X θ))
    (hc : op.Smooth B (extents B t.shape) (fun θ => s.env B (E θ)) θ args) :
    Lowers B E θ (emit op args) s True fun θ s' u => Holds B (E θ) s' u t (X θ) :=
  lowers_emit h hc.hasJvp fun _ => hc

/-- The same for an emitter that adds nothing where its argument will do. -/
theorem smooth_ite {c : Prop} [Decidable c] {v : Var}
    (h : ∀ θ, Spec B (E θ) (if c then Pure.pure v else emit op args) s fun s' u => Holds B (E θ) s' u t (X θ))
    (hc : op.Smooth B (extents B t.shape) (fun θ => s.env B (E θ)) θ args) :
    Lowers B E θ (if c then Pure.pure v else emit op args) s True fun θ s' u => Holds B (E θ) s' u t (X θ) := by
  split at h <;> rename_i hb
  · rw [if_pos hb]; exact .pure fun θ => (h θ).2
  · rw [if_neg hb]; exact smooth_emit h hc

end

end Lmx
end
