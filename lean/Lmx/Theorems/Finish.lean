module
public import Lmx.Theorems.Expand.Program
public import Lmx.Theorems.Simplify.Program
public import Lmx.Lower.Net
@[expose] public section

/-!
# What is exported computes what was written

`Program.finish` expands a program into primitives and simplifies it.

Main result: `Program.Typed.finish`.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {p : Program}

/-- A program as it is exported computes what the program computes. -/
theorem Program.Typed.finish (h : p.Typed) (B : Nat) (x : Nat → Tensor R) :
    p.finish.Scoped ∧ p.finish.denote B x = p.denote B x :=
  have he := h.expand B x
  have hs := he.1.simplify B x
  ⟨hs.1, hs.2.trans he.2⟩

end Lmx
end
