module
public import Lmx.Theorems.Expand.Op
public import Lmx.Theorems.Expand.Scope
@[expose] public section

/-!
# Expansion keeps the meaning

A program with its structured ops as primitives, and without nodes that no output needs, computes what it computes.

Main result: `Program.Typed.expand`.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {e es : Env R} {Γ Γ₀ : List TensorType} {s : Code}

/-- The expansion of a typed node's op computes it. -/
theorem computes_expandOp {n : Node} (hn : NodeTyped Γ n) (hΓ : ∀ t ∈ Γ, ∀ d ∈ t.shape, 0 < d.coeff)
    (hs : s.Scoped Γ₀) {args : List Var} (types : args.map Var.type = n.args.map Var.type)
    (ha : ∀ a ∈ args, s.Defines Γ₀ a) (holds : ∀ a ∈ args, Holds B e s a a.type (s.env B e a.id)) :
    Computes Γ₀ B e s (expandOp n.op args s) n.out.type (n.op.eval B (args.map (Var.read B (s.env B e)))) := by
  have hp : ∀ t ∈ args.map Var.type, ∀ d ∈ t.shape, 0 < d.coeff :=
    types ▸ List.forall_mem_map.2 fun v hv => hΓ _ (List.mem_of_getElem? (hn.args v hv))
  have hsp := spec_expandOp (types ▸ hn.type) holds (List.forall_mem_map.1 hp) hn.positive
  have he := emits_expandOp (op := n.op) (List.Subset.refl args) _ s hs ha
  exact ⟨he.1, hsp.1.toKeeps, he.2 _ (List.mem_singleton_self _), hsp.2⟩

/-- Expansion keeps track of what the nodes compute. -/
theorem Tracks.expandNodes {E D : Nat → Prop} {ns ks : List Node} {r : Renaming} (hk : Kept E D ns ks)
    (hn : NodesTyped Γ ns) (hΓ : ∀ t ∈ Γ, ∀ d ∈ t.shape, 0 < d.coeff) (h : Tracks Γ₀ B e D Γ es r s) :
    Tracks Γ₀ B e E (Γ ++ ns.map (·.out.type)) (run B es ns) (expandNodes r ks s).1 (expandNodes r ks s).2 := by
  induction hk generalizing Γ es r s with
  | nil => simpa using h
  | @keep D D' n ns ks _ hD ha ih =>
    have hs := NodesTyped.scoped (ns := [n]) ⟨hn.1, trivial⟩
    have hc := computes_expandOp hn.1 hΓ h.scope (h.arg_types hs.1 ha) (h.arg_defines hs.1 ha) (h.arg_holds hs.1 ha)
    rw [h.arg_reads hs.1 ha, ← map_eq] at hc
    have hi := h.insert hs.1 hD hc.grows hc.keeps ⟨hc.defines, hc.holds.type, hc.holds.value, clip_clip ..⟩
    have := ih hn.2 (List.forall_mem_append.2 ⟨hΓ, List.forall_mem_singleton.2 hn.1.positive⟩) hi
    rwa [List.append_assoc] at this
  | @drop D n ns ks _ hd ih =>
    have hs := NodesTyped.scoped (ns := [n]) ⟨hn.1, trivial⟩
    have := ih hn.2 (List.forall_mem_append.2 ⟨hΓ, List.forall_mem_singleton.2 hn.1.positive⟩) (h.skip hs.1 hd)
    rwa [List.append_assoc] at this

/-- Expansion of the nodes that the outputs need leaves a scoped program that computes the same. -/
theorem Program.Typed.expand {p : Program} {E D : Nat → Prop} {ks : List Node} (h : p.Typed) (hk : Kept E D p.nodes ks)
    (ho : ∀ o ∈ p.outputs, E o.var.id) (B : Nat) (x : Nat → Tensor R) :
    (Program.expand ⟨p.inputs, ks, p.outputs⟩).Scoped ∧
      (Program.expand ⟨p.inputs, ks, p.outputs⟩).denote B x = p.denote B x :=
  (Tracks.expandNodes hk h.nodes (List.forall_mem_map.2 fun i hi => (h.inputs i hi).2)
    (tracks_inputs B _ p.inputs x)).program h.scoped ho

end Lmx
end
