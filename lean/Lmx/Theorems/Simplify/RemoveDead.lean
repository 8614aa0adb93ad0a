module
public import Lmx.Theorems.Simplify.Basic
public import Lmx.Simplify.RemoveDead
@[expose] public section

/-!
# Removal of dead nodes keeps the meaning

The nodes that `liveNodes` keeps have only live arguments, so a program and what is left of it agree on all live values.

Main results: `Program.kept_removeDead`, for passes that go over what is left; `Program.denote_removeDead`.

Not claimed: that no dead node is left.
-/

namespace Lmx
open Calculus

theorem Live.has_iff (s : Live) (v : Var) : s.has v = true ↔ NatMap.find s v.id ≠ none := by
  rw [Live.has]; cases NatMap.find s v.id <;> simp

theorem Live.find_insertAll (s : Live) (vs : List Var) (k : Nat) :
    NatMap.find (s.insertAll vs) k ≠ none ↔ NatMap.find s k ≠ none ∨ ∃ v ∈ vs, v.id = k := by
  rw [Live.insertAll, foldl_eq]
  induction vs generalizing s with
  | nil => simp
  | cons v vs ih =>
    rw [List.foldl_cons, ih, NatMap.find_insert]
    by_cases h : k = v.id <;> simp [h, Ne.symm]

theorem kept_liveNodes (live : Live) (ns : List Node) :
    Kept (fun k => NatMap.find live k ≠ none) (fun k => NatMap.find (liveNodes live ns).2 k ≠ none) ns
      (liveNodes live ns).1 := by
  induction ns with
  | nil => exact .nil
  | cons n ns ih =>
    rw [liveNodes]
    cases hb : (liveNodes live ns).2.has n.out <;> simp only [hb, cond_true, cond_false]
    · exact .drop ih fun h => Bool.noConfusion (hb.symm.trans ((Live.has_iff _ _).2 h))
    · exact .keep ih (fun k hk => (Live.find_insertAll _ _ k).2 (.inl hk)) fun a ha =>
        (Live.find_insertAll _ _ _).2 (.inr ⟨a, ha, rfl⟩)

/-- Is the value in what removal starts from? -/
def Program.Needs (p : Program) (k : Nat) : Prop :=
  NatMap.find (Live.insertAll .leaf (map (fun o => o.var) p.outputs)) k ≠ none

theorem Program.needs_outputs (p : Program) : ∀ o ∈ p.outputs, p.Needs o.var.id := fun o ho =>
  (Live.find_insertAll _ _ _).2 (.inr ⟨o.var, by rw [map_eq]; exact List.mem_map_of_mem ho, rfl⟩)

/-- The nodes that the outputs need are left. -/
theorem Program.kept_removeDead (p : Program) : Kept p.Needs
    (fun k => NatMap.find (liveNodes (Live.insertAll .leaf (map (fun o => o.var) p.outputs)) p.nodes).2 k ≠ none)
    p.nodes p.removeDead.nodes := kept_liveNodes _ _

variable {R : Type} [RealOps R] {B : Nat}

/-- Nodes, and those of them that are needed, give the same for what is needed. -/
theorem Kept.run {E D : Nat → Prop} {ns ks : List Node} (h : Kept E D ns ks) {e e' : Env R}
    (he : ∀ k, D k → e k = e' k) : ∀ k, E k → run B e ks k = run B e' ns k := by
  induction h generalizing e e' with
  | nil => exact he
  | @keep D D' n ns ks _ hD ha ih =>
    refine ih fun k hk => ?_
    have reads : n.args.map (Var.read B e) = n.args.map (Var.read B e') :=
      List.map_congr_left fun a h => by rw [Var.read, Var.read, he _ (ha a h)]
    simp only [Node.step, Env.set, Node.value, reads, he k (hD k hk)]
  | @drop D n ns ks _ hd ih =>
    exact ih fun k hk => (he k hk).trans (Env.set_ne _ _ fun h : k = n.out.id => hd (h ▸ hk)).symm

/-- Removal of dead nodes does not change what a program computes. -/
theorem Program.denote_removeDead (p : Program) (B : Nat) (x : Nat → Tensor R) :
    p.removeDead.denote B x = p.denote B x :=
  List.map_congr_left fun o ho => p.kept_removeDead.run (fun _ _ => rfl) _ (p.needs_outputs o ho)

end Lmx
end
