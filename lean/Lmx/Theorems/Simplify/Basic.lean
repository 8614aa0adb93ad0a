module
public import Lmx.Theorems.Emit
public import Lmx.Theorems.ShapeLemmas
@[expose] public section

/-!
# Rewriting a program node by node

What expansion and sharing have in common: they go through a program's nodes, emit code, and keep a renaming from the
program's values to those of the code. `Tracks` is the invariant. `Kept` says which nodes may be left out on the way.

Main definitions: `Program.Scoped`, `Code.Scoped`, `Computes`, `Tracks`, `Kept`.

Main results: `Program.Typed.scoped`, `computes_emit`, `Tracks.insert`, `Tracks.skip`, `Tracks.program`.
-/

namespace Lmx
open Calculus

theorem reverse_eq {α : Type} (l : List α) : reverse l = l.reverse := by
  rw [reverse, foldl_eq, List.foldl_flip_cons_eq_append', List.append_nil]

theorem getElem?_concat {α : Type} {l : List α} {a b : α} {k : Nat} :
    (l ++ [a])[k]? = some b ↔ l[k]? = some b ∨ k = l.length ∧ a = b := by
  rw [List.getElem?_append]; split <;> grind

/-! ### Scoping -/

/-- `NodeTyped` of what `emit` makes: an op may reject its arguments, and has the type `typeOr none` then. -/
structure NodeScoped (Γ : List TensorType) (n : Node) : Prop where
  /-- It defines the next value. -/
  id : n.out.id = Γ.length
  /-- Each argument is defined before, with the type that it carries. -/
  args : ∀ v ∈ n.args, Γ[v.id]? = some v.type
  /-- The declared type is the one that `emit` gives. -/
  type : n.out.type = typeOr (n.op.infer (n.args.map Var.type))

/-- Each node is scoped where the values of `Γ` and those of the nodes before it are defined. -/
def NodesScoped (Γ : List TensorType) : List Node → Prop
  | [] => True
  | n :: ns => NodeScoped Γ n ∧ NodesScoped (Γ ++ [n.out.type]) ns

/-- A program in static single assignment form with the types that `emit` gives. -/
structure Program.Scoped (p : Program) : Prop where
  /-- The nodes are scoped, given the inputs. -/
  nodes : NodesScoped (p.inputs.map (·.var.type)) p.nodes
  /-- Each output is an input or a node's value, with the type that it carries. -/
  outputs : ∀ o ∈ p.outputs, (p.inputs.map (·.var.type) ++ p.nodes.map (·.out.type))[o.var.id]? = some o.var.type

theorem NodesTyped.scoped {Γ : List TensorType} {ns : List Node} (h : NodesTyped Γ ns) : NodesScoped Γ ns := by
  induction ns generalizing Γ with
  | nil => trivial
  | cons n ns ih => exact ⟨⟨h.1.id, h.1.args, by rw [h.1.type]; rfl⟩, ih h.2⟩

theorem Program.Typed.scoped {p : Program} (h : p.Typed) : p.Scoped := ⟨h.nodes.scoped, h.outputs⟩

theorem nodesScoped_concat {Γ : List TensorType} {ns : List Node} {n : Node} :
    NodesScoped Γ (ns ++ [n]) ↔ NodesScoped Γ ns ∧ NodeScoped (Γ ++ ns.map (·.out.type)) n := by
  induction ns generalizing Γ with
  | nil => simp [NodesScoped]
  | cons m ns ih => simp [NodesScoped, ih, and_assoc]

/-- The types of the values `0, 1, …`, where the inputs have the types `Γ₀`. -/
noncomputable def Code.types (Γ₀ : List TensorType) (s : Code) : List TensorType :=
  Γ₀ ++ s.nodes.reverse.map (·.out.type)

/-- The code's nodes are scoped, and it goes on with the next number. -/
structure Code.Scoped (Γ₀ : List TensorType) (s : Code) : Prop where
  next : s.next = (s.types Γ₀).length
  nodes : NodesScoped Γ₀ s.nodes.reverse

/-- `v` is a value of the code, with the type that it carries. -/
def Code.Defines (Γ₀ : List TensorType) (s : Code) (v : Var) : Prop := (s.types Γ₀)[v.id]? = some v.type

/-- `s'` is scoped and defines what `s` defines. -/
structure Grows (Γ₀ : List TensorType) (s s' : Code) : Prop where
  scope : s'.Scoped Γ₀
  defines : ∀ v, s.Defines Γ₀ v → s'.Defines Γ₀ v

section scoping
variable {Γ₀ : List TensorType} {s s' s'' : Code} {v w : Var}

theorem Code.Scoped.grows (h : s.Scoped Γ₀) : Grows Γ₀ s s := ⟨h, fun _ => id⟩

theorem Grows.trans (h : Grows Γ₀ s s') (h' : Grows Γ₀ s' s'') : Grows Γ₀ s s'' :=
  ⟨h'.scope, fun v hv => h'.defines v (h.defines v hv)⟩

theorem Code.Defines.lt (h : s.Defines Γ₀ v) (hs : s.Scoped Γ₀) : v.id < s.next :=
  hs.next ▸ (List.getElem?_eq_some_iff.1 h).1

theorem Code.Defines.eq_of_id (hv : s.Defines Γ₀ v) (hw : s.Defines Γ₀ w) (h : v.id = w.id) : v = w := by
  cases v; cases w; cases h
  exact congrArg _ (Option.some.inj (hv.symm.trans hw))

theorem grows_emit {op : Op} {args : List Var} (hs : s.Scoped Γ₀) (ha : ∀ a ∈ args, s.Defines Γ₀ a) :
    Grows Γ₀ s (emit op args s).2 ∧ (emit op args s).2.Defines Γ₀ (emit op args s).1 := by
  rw [emit_eq, map_eq]
  have types (n : Node) : Code.types Γ₀ ⟨n :: s.nodes, s.next + 1⟩ = s.types Γ₀ ++ [n.out.type] := by simp [Code.types]
  refine ⟨⟨⟨by rw [types, hs.next]; simp, ?_⟩, fun v hv => ?_⟩, ?_⟩
  · rw [List.reverse_cons]
    exact nodesScoped_concat.2 ⟨hs.nodes, hs.next, ha, rfl⟩
  · rw [Code.Defines, types, getElem?_concat]; exact .inl hv
  · rw [Code.Defines, types, getElem?_concat]; exact .inr ⟨hs.next, rfl⟩

end scoping

/-! ### Emission for a node -/

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {Γ₀ : List TensorType} {s s' : Code}

/-- After `s`, code has been emitted that leaves a value of type `t` with the elements `x`. -/
structure Computes (Γ₀ : List TensorType) (B : Nat) (e : Env R) (s : Code) (r : Var × Code) (t : TensorType)
    (x : Tensor R) : Prop where
  grows : Grows Γ₀ s r.2
  keeps : Keeps B e s r.2
  defines : r.2.Defines Γ₀ r.1
  holds : Holds B e r.2 r.1 t x

theorem computes_emit {op : Op} {args : List Var} (hs : s.Scoped Γ₀) (ha : ∀ a ∈ args, s.Defines Γ₀ a) :
    Computes Γ₀ B e s (emit op args s) (typeOr (op.infer (args.map Var.type)))
      (op.eval B (args.map (Var.read B (s.env B e)))) := by
  have hg := grows_emit (op := op) hs ha
  refine ⟨hg.1, keeps_emit op args, hg.2, Nat.lt_succ_self _, by rw [emit_eq, map_eq], ?_⟩
  simp only [emit_eq, map_eq, Code.env, List.reverse_cons, run_append]
  exact Env.set_same ..

theorem Renaming.apply_insert (r : Renaming) (k : Nat) (w v : Var) :
    Renaming.apply (r.insert k w) v = if v.id = k then w else r.apply v := by
  simp only [Renaming.apply, NatMap.find_insert]
  by_cases h : v.id = k <;> simp [h]

/-! ### The invariant -/

/-- In the code `s`, `w` is a value of type `t` that is `x`, which is zero out of range. -/
structure Stands (Γ₀ : List TensorType) (B : Nat) (e : Env R) (s : Code) (w : Var) (t : TensorType) (x : Tensor R) :
    Prop where
  defines : s.Defines Γ₀ w
  type : w.type = t
  value : s.env B e w.id = x
  clipped : clip (extents B t.shape) x = x

/-- In the code `s`, the renaming of each value of `Γ` in `D` stands for what the environment `es` has for the value. -/
structure Tracks (Γ₀ : List TensorType) (B : Nat) (e : Env R) (D : Nat → Prop) (Γ : List TensorType) (es : Env R)
    (r : Renaming) (s : Code) : Prop where
  scope : s.Scoped Γ₀
  stands : ∀ v, D v.id → Γ[v.id]? = some v.type → Stands Γ₀ B e s (r.apply v) v.type (es v.id)

variable {D D' E : Nat → Prop} {Γ : List TensorType} {es : Env R} {r : Renaming} {n : Node}

/-- A node's value and the values before it. -/
theorem NodeScoped.cases (B : Nat) (es : Env R) {k : Nat} {t : TensorType} (hn : NodeScoped Γ n)
    (hk : (Γ ++ [n.out.type])[k]? = some t) : (k ≠ n.out.id ∧ n.step B es k = es k ∧ Γ[k]? = some t) ∨
      k = n.out.id ∧ n.step B es k = n.value B es ∧ t = n.out.type := by
  rcases getElem?_concat.1 hk with hk | ⟨rfl, rfl⟩
  · have ne : k ≠ n.out.id := hn.id ▸ Nat.ne_of_lt (List.getElem?_eq_some_iff.1 hk).1
    exact .inl ⟨ne, Env.set_ne _ _ ne, hk⟩
  · exact .inr ⟨hn.id.symm, by rw [← hn.id]; exact Env.set_same .., rfl⟩

/-- The value that a node defines is the code's `w`. -/
theorem Tracks.insert {w : Var} (h : Tracks Γ₀ B e D' Γ es r s) (hn : NodeScoped Γ n) (hD : ∀ k, D k → D' k)
    (hg : Grows Γ₀ s s') (he : Keeps B e s s') (hw : Stands Γ₀ B e s' w n.out.type (n.value B es)) :
    Tracks Γ₀ B e D (Γ ++ [n.out.type]) (n.step B es) (r.insert n.out.id w) s' := by
  refine ⟨hg.scope, fun v hd hv => ?_⟩
  rw [Renaming.apply_insert]
  rcases hn.cases B es hv with ⟨ne, e, hv⟩ | ⟨hk, e, ht⟩ <;> rw [e]
  · have hs := h.stands v (hD _ hd) hv
    rw [if_neg ne]
    exact ⟨hg.defines _ hs.defines, hs.type, (he.env _ (hs.defines.lt h.scope)).trans hs.value, hs.clipped⟩
  · rwa [if_pos hk, ht]

/-- A value outside `D` may be left out. -/
theorem Tracks.skip (h : Tracks Γ₀ B e D Γ es r s) (hn : NodeScoped Γ n) (hd : ¬ D n.out.id) :
    Tracks Γ₀ B e D (Γ ++ [n.out.type]) (n.step B es) r s := by
  refine ⟨h.scope, fun v hv ht => ?_⟩
  rcases hn.cases B es ht with ⟨-, e, ht⟩ | ⟨hk, -⟩
  · rw [e]; exact h.stands v hv ht
  · exact absurd (hk ▸ hv) hd

/-! What a node's renamed arguments are in the code. -/

section args
variable (h : Tracks Γ₀ B e D Γ es r s) (hn : NodeScoped Γ n) (ha : ∀ a ∈ n.args, D a.id)
include h hn ha

theorem Tracks.arg_stands : ∀ v ∈ n.args, Stands Γ₀ B e s (r.apply v) v.type (es v.id) :=
  fun v hv => h.stands v (ha v hv) (hn.args v hv)

theorem Tracks.arg_defines : ∀ a ∈ n.args.map fun v => r.apply v, s.Defines Γ₀ a :=
  List.forall_mem_map.2 fun v hv => (h.arg_stands hn ha v hv).defines

theorem Tracks.arg_types : (n.args.map fun v => r.apply v).map Var.type = n.args.map Var.type := by
  rw [List.map_map]
  exact List.map_congr_left fun v hv => (h.arg_stands hn ha v hv).type

theorem Tracks.arg_reads :
    (n.args.map fun v => r.apply v).map (Var.read B (s.env B e)) = n.args.map (Var.read B es) := by
  rw [List.map_map]
  refine List.map_congr_left fun v hv => ?_
  have hs := h.arg_stands hn ha v hv
  simp only [Function.comp, Var.read, Var.shape, hs.type, hs.value]

theorem Tracks.arg_holds : ∀ a ∈ n.args.map fun v => r.apply v, Holds B e s a a.type (s.env B e a.id) :=
  List.forall_mem_map.2 fun v hv =>
    have hs := h.arg_stands hn ha v hv
    ⟨hs.defines.lt h.scope, rfl, by rw [hs.value, hs.type, hs.clipped]⟩

end args

/-- `Kept E D ns ks`: `ks` are nodes of `ns`, at least those whose values are needed where those of `E` are needed after
them; those of `D` are needed before them. -/
inductive Kept (E : Nat → Prop) : (Nat → Prop) → List Node → List Node → Prop
  | nil : Kept E E [] []
  | keep {D D' : Nat → Prop} {n : Node} {ns ks : List Node} (h : Kept E D ns ks) (hD : ∀ k, D k → D' k)
    (ha : ∀ a ∈ n.args, D' a.id) : Kept E D' (n :: ns) (n :: ks)
  | drop {D : Nat → Prop} {n : Node} {ns ks : List Node} (h : Kept E D ns ks) (hd : ¬ D n.out.id) :
    Kept E D (n :: ns) ks

/-! ### Programs -/

theorem tracks_inputs (B : Nat) (D : Nat → Prop) (inputs : List Port) (x : Nat → Tensor R) :
    Tracks (inputs.map (·.var.type)) B (bind B inputs x) D (inputs.map (·.var.type)) (bind B inputs x) .leaf
      ⟨[], length inputs⟩ where
  scope := ⟨by simp [Code.types, length_eq], trivial⟩
  stands v _ h := by
    refine ⟨by simpa [Code.Defines, Code.types] using h, rfl, rfl, ?_⟩
    rw [List.getElem?_map, Option.map_eq_some_iff] at h
    obtain ⟨p, hp, ht⟩ := h
    simp only [bind, hp, Var.shape, ht, clip_clip]

/-- The program of the code that keeps track of `p` is scoped and computes what `p` computes. -/
theorem Tracks.program {p : Program} {x : Nat → Tensor R}
    (h : Tracks (p.inputs.map (·.var.type)) B (bind B p.inputs x) D
      (p.inputs.map (·.var.type) ++ p.nodes.map (·.out.type)) (run B (bind B p.inputs x) p.nodes) r s)
    (hp : p.Scoped) (hd : ∀ o ∈ p.outputs, D o.var.id) :
    Program.Scoped ⟨p.inputs, reverse s.nodes, map (fun o => o.rename r) p.outputs⟩ ∧
      Program.denote B ⟨p.inputs, reverse s.nodes, map (fun o => o.rename r) p.outputs⟩ x = p.denote B x := by
  rw [reverse_eq, map_eq]
  refine ⟨⟨h.scope.nodes, List.forall_mem_map.2 fun o ho => (h.stands o.var (hd o ho) (hp.outputs o ho)).defines⟩, ?_⟩
  rw [Program.denote, Program.denote, List.map_map]
  exact List.map_congr_left fun o ho => (h.stands o.var (hd o ho) (hp.outputs o ho)).value

end Lmx
end
