module
public import Lmx.Theorems.Simplify.Basic
@[expose] public section

/-!
# Removal of dead nodes keeps the meaning

The nodes that `liveNodes` keeps have only live arguments, so a program and what is left of it agree on all live values.

Main results: `kept_liveNodes`, `Program.Scoped.removeDead`.
-/

namespace Lmx
open Calculus

theorem copyNodes_eq (r : Renaming) (ns : List Node) : copyNodes r ns = rewriteNodes emit r ns := by
  induction ns generalizing r with
  | nil => rfl
  | cons n ns ih => funext s; simp only [copyNodes, rewriteNodes, ih]

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

variable {R : Type} [RealOps R]

/-- Removal of dead nodes leaves a scoped program that computes the same. -/
theorem Program.Scoped.removeDead {p : Program} (h : p.Scoped) (B : Nat) (x : Nat → Tensor R) :
    p.removeDead.Scoped ∧ p.removeDead.denote B x = p.denote B x := by
  have ht := Tracks.rewriteNodes (f := emit)
    (kept_liveNodes (Live.insertAll .leaf (map (fun o => o.var) p.outputs)) p.nodes)
    (fun _ s n _ hn hs args types ha _ => hn.type ▸ types ▸ computes_emit hs ha) h.nodes (tracks_inputs B _ p.inputs x)
  rw [← copyNodes_eq] at ht
  exact ht.program h fun o ho =>
    (Live.find_insertAll _ _ _).2 (.inr ⟨o.var, by rw [map_eq]; exact List.mem_map_of_mem ho, rfl⟩)

end Lmx
end
