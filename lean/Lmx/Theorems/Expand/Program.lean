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

theorem NodesTyped.infer_eq {Γ : List TensorType} {ns : List Node} (h : NodesTyped Γ ns) {n : Node} (hn : n ∈ ns) :
    n.op.infer (n.args.map Var.type) = some n.out.type := by
  induction ns generalizing Γ with
  | nil => cases hn
  | cons m ns ih =>
    rcases List.mem_cons.1 hn with rfl | hn
    · exact h.1.type
    · exact ih h.2 hn

theorem NodesTyped.positive {Γ : List TensorType} {ns : List Node} (h : NodesTyped Γ ns) {n : Node} (hn : n ∈ ns) :
    ∀ d ∈ n.out.shape, 0 < d.coeff := by
  induction ns generalizing Γ with
  | nil => cases hn
  | cons m ns ih =>
    rcases List.mem_cons.1 hn with rfl | hn
    · exact h.1.positive
    · exact ih h.2 hn

theorem NodesTyped.positive_args {Γ : List TensorType} {ns : List Node} (h : NodesTyped Γ ns) (hΓ : ∀ t ∈ Γ, ∀ d ∈ t.shape, 0 < d.coeff)
    {n : Node} (hn : n ∈ ns) : ∀ t ∈ n.args.map Var.type, ∀ d ∈ t.shape, 0 < d.coeff := by
  induction ns generalizing Γ with
  | nil => cases hn
  | cons m ns ih =>
    rcases List.mem_cons.1 hn with rfl | hn
    · intro t ht
      obtain ⟨v, hv, rfl⟩ := List.mem_map.1 ht
      exact hΓ _ (List.mem_of_getElem? (h.1.args v hv))
    · refine ih h.2 (fun t ht => ?_) hn
      rcases List.mem_append.1 ht with ht | ht
      · exact hΓ t ht
      · rw [List.mem_singleton.1 ht]; exact h.1.positive

variable {R : Type} [RealOps R]

/-- Expansion leaves a scoped program that computes the same. -/
theorem Program.Typed.expand {p : Program} (h : p.Typed) (B : Nat) (x : Nat → Tensor R) :
    p.expand.Scoped ∧ p.expand.denote B x = p.denote B x := by
  have ht := Tracks.rewriteNodes (kept_all p.nodes) (f := expandOp) ?_ h.scoped.nodes (tracks_inputs B _ p.inputs x)
  · rw [← expandNodes_eq] at ht
    exact ht.program h.scoped fun _ _ => trivial
  · intro Γ s n hn _ hs args types ha holds
    have hp := h.nodes.positive_args (fun t ht => by
      obtain ⟨i, hi, rfl⟩ := List.mem_map.1 ht
      exact (h.inputs i hi).2) hn
    rw [← types] at hp
    have hsp := spec_expandOp (t := n.out.type) (types ▸ h.nodes.infer_eq hn) holds (fun a ha => hp _ (List.mem_map_of_mem ha)) (h.nodes.positive hn)
    have he := emits_expandOp (op := n.op) (List.Subset.refl args) _ s hs ha
    exact ⟨he.1, hsp.1.toKeeps, he.2 _ (List.mem_singleton_self _), hsp.2⟩

end Lmx
end
