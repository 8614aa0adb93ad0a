module
public import Lmx.Theorems.Simplify.Share
public import Lmx.Theorems.Simplify.RemoveDead
@[expose] public section

/-!
# Simplification keeps the meaning

Main results: `Program.denote_share`, `Program.denote_removeDead`, `Program.denote_simplify`.

Not claimed: that the results are smaller, or that no equal or dead nodes are left.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {p : Program}

/-- Simplification leaves a scoped program that computes the same. -/
theorem Program.Scoped.simplify (h : p.Scoped) (B : Nat) (x : Nat → Tensor R) :
    p.simplify.Scoped ∧ p.simplify.denote B x = p.denote B x :=
  have hs := h.share B x
  have hr := hs.1.removeDead B x
  ⟨hr.1, hr.2.trans hs.2⟩

/-- Sharing of equal nodes does not change what a program computes. -/
theorem Program.denote_share (h : p.Typed) (B : Nat) (x : Nat → Tensor R) : p.share.denote B x = p.denote B x :=
  (h.scoped.share B x).2

/-- Removal of dead nodes does not change what a program computes. -/
theorem Program.denote_removeDead (h : p.Typed) (B : Nat) (x : Nat → Tensor R) :
    p.removeDead.denote B x = p.denote B x := (h.scoped.removeDead B x).2

/-- Simplification does not change what a program computes. -/
theorem Program.denote_simplify (h : p.Typed) (B : Nat) (x : Nat → Tensor R) : p.simplify.denote B x = p.denote B x :=
  (h.scoped.simplify B x).2

end Lmx
end
