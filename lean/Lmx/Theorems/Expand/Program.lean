module
public import Lmx.Theorems.Expand.Op
public import Lmx.Theorems.Expand.Scope
@[expose] public section

/-!
# Expansion keeps the meaning

The program with its structured ops as primitives computes what the program computes.

Main result: `Program.Typed.expand`.
-/

namespace Lmx
open Calculus

theorem expandNodes_eq (r : Renaming) (ns : List Node) : expandNodes r ns = rewriteNodes expandOp r ns := by
  induction ns generalizing r with
  | nil => rfl
  | cons n ns ih => funext s; simp only [expandNodes, rewriteNodes, ih]

theorem kept_all (ns : List Node) : Kept (fun _ => True) (fun _ => True) ns ns := by
  induction ns with
  | nil => exact .nil
  | cons n ns ih => exact .keep ih (fun _ => id) fun _ _ => trivial

/-- A node is typed where the values before it are defined. -/
theorem NodesTyped.of_mem {Γ : List TensorType} {ns : List Node} (h : NodesTyped Γ ns)
    (hΓ : ∀ t ∈ Γ, ∀ d ∈ t.shape, 0 < d.coeff) {n : Node} (hn : n ∈ ns) :
    ∃ Γ', NodeTyped Γ' n ∧ ∀ t ∈ Γ', ∀ d ∈ t.shape, 0 < d.coeff := by
  induction ns generalizing Γ with
  | nil => cases hn
  | cons m ns ih =>
    rcases List.mem_cons.1 hn with rfl | hn
    · exact ⟨Γ, h.1, hΓ⟩
    · exact ih h.2 (List.forall_mem_append.2 ⟨hΓ, List.forall_mem_singleton.2 h.1.positive⟩) hn

variable {R : Type} [RealOps R]

/-- Expansion leaves a scoped program that computes the same. -/
theorem Program.Typed.expand {p : Program} (h : p.Typed) (B : Nat) (x : Nat → Tensor R) :
    p.expand.Scoped ∧ p.expand.denote B x = p.denote B x := by
  have ht := Tracks.rewriteNodes (kept_all p.nodes) (f := expandOp) ?_ h.scoped.nodes (tracks_inputs B _ p.inputs x)
  · rw [← expandNodes_eq] at ht
    exact ht.program h.scoped fun _ _ => trivial
  · intro Γ s n hn _ hs args types ha holds
    obtain ⟨Γ', hn, hΓ⟩ := h.nodes.of_mem (List.forall_mem_map.2 fun i hi => (h.inputs i hi).2) hn
    have hp : ∀ t ∈ args.map Var.type, ∀ d ∈ t.shape, 0 < d.coeff :=
      types ▸ List.forall_mem_map.2 fun v hv => hΓ _ (List.mem_of_getElem? (hn.args v hv))
    have hsp := spec_expandOp (types ▸ hn.type) holds (List.forall_mem_map.1 hp) hn.positive
    have he := emits_expandOp (op := n.op) (List.Subset.refl args) _ s hs ha
    exact ⟨he.1, hsp.1.toKeeps, he.2 _ (List.mem_singleton_self _), hsp.2⟩

end Lmx
end
