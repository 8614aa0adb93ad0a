module
public import Lmx.Reals.Complete
public import Lmx.Reals.Log
@[expose] public section

/-!
# The real numbers are a model

What is assumed of scalars elsewhere, the class `RealOps`, holds of the real numbers: no theorem about it is vacuous.
-/

namespace Lmx.Reals
open Calculus

/-- The real numbers with their exponential, logarithm and square root. -/
noncomputable instance : RealOps Real := realOpsOfSups Real.hasSups

end Lmx.Reals
