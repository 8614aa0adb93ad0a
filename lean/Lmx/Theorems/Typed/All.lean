module
public import Lmx.Theorems.Train.Correct
public import Lmx.Theorems.Train.Forward
public import Lmx.Theorems.Train.Grad
public import Lmx.Reals.Model
@[expose] public section

/-!
# Every valid spec derives typed programs

The programs as they are derived pass the type check, so no theorem about them needs to ask for it.

Main results: `NetSpec.forwardSource_typed`, `NetSpec.gradSource_typed`, `NetSpec.trainSource_typed`, and their forms
with `Program.checkTyped`.
-/

namespace Lmx
open Calculus

variable {spec : NetSpec}

theorem NetSpec.forwardSource_typed (hv : spec.valid = true) : spec.forwardSource.Typed :=
  typed_forwardSource Reals.Real (fits_of_valid hv)

theorem NetSpec.gradSource_typed (hv : spec.valid = true) : spec.gradSource.Typed :=
  typed_gradSource Reals.Real (fits_of_valid hv)

/-- For every optimizer that computes an update; `sgd_computes` and `adamw_computes` say that SGD and AdamW do. -/
theorem NetSpec.trainSource_typed {R : Type} [RealOps R] {o : Optimizer} {u : Textbook.Update R}
    (hv : spec.valid = true) (ho : o.Computes u) : (spec.trainSource o).Typed :=
  typed_trainSource (fits_of_valid hv) ho

theorem NetSpec.forwardSource_checkTyped (hv : spec.valid = true) : spec.forwardSource.checkTyped = true :=
  (Program.checkTyped_iff _).2 (forwardSource_typed hv)

theorem NetSpec.gradSource_checkTyped (hv : spec.valid = true) : spec.gradSource.checkTyped = true :=
  (Program.checkTyped_iff _).2 (gradSource_typed hv)

theorem NetSpec.trainSource_sgd_checkTyped (hv : spec.valid = true) : (spec.trainSource sgd).checkTyped = true :=
  (Program.checkTyped_iff _).2 (trainSource_typed hv (sgd_computes (R := Reals.Real)))

theorem NetSpec.trainSource_adamw_checkTyped (hv : spec.valid = true) : (spec.trainSource adamw).checkTyped = true :=
  (Program.checkTyped_iff _).2 (trainSource_typed hv (adamw_computes (R := Reals.Real)))

end Lmx
end
