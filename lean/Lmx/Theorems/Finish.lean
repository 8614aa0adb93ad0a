module
public import Lmx.Theorems.Expand.Program
public import Lmx.Theorems.Simplify.RemoveDead
public import Lmx.Theorems.Simplify.Share
public import Lmx.Lower.Net
@[expose] public section

/-!
# What is exported computes what was written

`Program.finish` removes dead nodes, expands the others into primitives and shares equal ones.

Main result: `Program.Typed.finish`.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {p : Program}

/-- A program as it is exported computes what the program computes. -/
theorem Program.Typed.finish (h : p.Typed) (B : Nat) (x : Nat → Tensor R) :
    p.finish.Scoped ∧ p.finish.denote B x = p.denote B x :=
  have he := h.expand p.kept_removeDead p.needs_outputs B x
  have hs := he.1.share B x
  ⟨hs.1, hs.2.trans he.2⟩

end Lmx
end
