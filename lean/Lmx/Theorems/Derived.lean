module
public import Lmx.Lower.Net
@[expose] public section

/-!
# From stages to the derived graph

The exporter defines each program of a net as a closed term, and these theorems reduce `spec.graph = graph`, with such
terms in `graph`, to equations that the kernel closes by `Eq.refl`: from the spec to the source of a program, and from
the source to the finished program. Each equation starts at a closed term, so that what the kernel has to keep in
memory is bounded by one stage of one program.

Main result: `NetSpec.graph_eq_of_programs`. It says nothing of what the programs compute.
-/

namespace Lmx

/-- The finished program, by way of the program as it was derived. -/
theorem Program.finish_eq_of_source {derived source final : Program} (derive : derived = source)
    (finish : source.finish = final) :
    derived.finish = final :=
  derive ▸ finish

/-- `Program.finish`, one stage at a time. -/
theorem Program.finish_eq_of_stages {source expanded final : Program} (expand : source.removeDead.expand = expanded)
    (share : expanded.share = final) : source.finish = final := by
  rw [← share, ← expand]; rfl

/-- The graph of a net consists of its finished programs. -/
theorem NetSpec.graph_eq_of_programs {spec : NetSpec} {forward grad adamwStep sgdStep : Program}
    (forward_eq : spec.forwardSource.finish = forward) (grad_eq : spec.gradSource.finish = grad)
    (adamw_eq : (spec.trainSource adamw).finish = adamwStep) (sgd_eq : (spec.trainSource sgd).finish = sgdStep) :
    spec.graph = ⟨spec, [⟨"forward", forward⟩, ⟨"grad", grad⟩, ⟨"train_adamw", adamwStep⟩,
      ⟨"train_sgd", sgdStep⟩]⟩ := by
  rw [← forward_eq, ← grad_eq, ← adamw_eq, ← sgd_eq]; rfl

end Lmx
end
