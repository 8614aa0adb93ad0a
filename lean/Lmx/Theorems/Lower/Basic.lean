module
public import Lmx.Theorems.EmitDot
public import Lmx.Theorems.Pullback.Basic
@[expose] public section

/-!
# Emitting code that is smooth

`Lowers B e m s C Q` adds to `Spec B e m s Q` that the code after `m` is smooth if the code before it is and `C` holds,
where a code is smooth if each of its nodes is differentiable where it is run. Lowering is described with it: `C` says
which kinks are not met.
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

theorem smoothRun_append {l l' : List Node} :
    SmoothRun B e (l ++ l') ↔ SmoothRun B e l ∧ SmoothRun B (run B e l) l' := by
  induction l generalizing e with
  | nil => simp [SmoothRun, run]
  | cons n l ih => simp [SmoothRun, ih, and_assoc, run]

section
variable {m : Build α} {C C' : Prop} {Q Q' : Code → α → Prop}

theorem Lowers.pure {a : α} (h : Q s a) : Lowers B e (Pure.pure a : Build α) s C Q :=
  ⟨Spec.pure h, fun _ h => h, fun _ => .inl⟩

theorem Lowers.bind {f : α → Build β} {Q' : Code → β → Prop} (h : Lowers B e m s C Q)
    (hf : ∀ s' a, Extends B e s s' → Q s' a → Lowers B e (f a) s' C' Q') : Lowers B e (m >>= f) s (C ∧ C') Q' :=
  have h' := hf _ _ h.1.1 h.1.2
  ⟨h.1.bind fun s' a hx ha => (hf s' a hx ha).1, fun hc hs => h'.2 hc.2 (h.2 hc.1 hs),
    fun n hn => (h'.3 n hn).elim (h.3 n) .inr⟩

theorem Lowers.mono (h : Lowers B e m s C Q) (hc : C' → C) (hq : ∀ s' a, Extends B e s s' → Q s' a → Q' s' a) :
    Lowers B e m s C' Q' :=
  ⟨h.1.mono hq, fun c hs => h.2 (hc c) hs, h.3⟩

/-- With no kink possible in the first step. -/
theorem Lowers.then {f : α → Build β} {Q' : Code → β → Prop} (h : Lowers B e m s True Q)
    (hf : ∀ s' a, Extends B e s s' → Q s' a → Lowers B e (f a) s' C' Q') : Lowers B e (m >>= f) s C' Q' :=
  (h.bind hf).mono (fun c => ⟨trivial, c⟩) fun _ _ _ h => h
end

/-- An emitter that adds one node: the code stays smooth where the node's op is. -/
theorem Spec.lowers {op : Op} {args : List Var} {t : TensorType} {x : Tensor R} {C : Prop}
    (h : Spec B e (emit op args) s fun s' u => Holds B e s' u t x) (hj : op.HasJvp)
    (hc : C → op.Smooth (extents B t.shape) (args.map (Var.read B (s.env B e)))) :
    Lowers B e (emit op args) s C fun s' u => Holds B e s' u t x :=
  ⟨h, fun c hs => by
    obtain rfl := h.2.type
    rw [Code.Smooth, emit_eq, List.reverse_cons, smoothRun_append]
    exact ⟨hs, hc c, trivial⟩, fun _ hn => (List.mem_cons.1 hn).elim (fun hn => .inr (hn ▸ hj)) .inl⟩

/-- An emitter that adds one node, of an op without kinks. -/
theorem Spec.smooth {op : Op} {args : List Var} {t : TensorType} {x : Tensor R}
    (h : Spec B e (emit op args) s fun s' u => Holds B e s' u t x)
    (hc : op.Smooth (extents B t.shape) (args.map (Var.read B (s.env B e)))) :
    Lowers B e (emit op args) s True fun s' u => Holds B e s' u t x :=
  h.lowers hc.hasJvp fun _ => hc

/-- The same for an emitter that adds nothing where its argument will do. -/
theorem Spec.smooth_ite {c : Prop} [Decidable c] {v : Var} {op : Op} {args : List Var} {t : TensorType} {x : Tensor R}
    (h : Spec B e (if c then Pure.pure v else emit op args) s fun s' u => Holds B e s' u t x)
    (hc : op.Smooth (extents B t.shape) (args.map (Var.read B (s.env B e)))) :
    Lowers B e (if c then Pure.pure v else emit op args) s True fun s' u => Holds B e s' u t x := by
  split at h <;> rename_i hb
  · rw [if_pos hb]; exact .pure h.2
  · rw [if_neg hb]; exact h.smooth hc

end Lmx
end
