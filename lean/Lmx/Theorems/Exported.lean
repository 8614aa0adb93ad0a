module
public import Lmx.Theorems.WellFormed
public import Lmx.Lower.Net
@[expose] public section

/-!
# What is proved of every exported graph

The exporter defines each graph that it writes as a closed term, `Lmx.Exported.NET`, and has the kernel check
`Lmx.Exported.NET_wellFormed : Graph.WellFormed Lmx.Exported.NET`, by `Graph.wellFormed_of_check` and evaluation. The term is the
value that Lean's evaluator finds for `NetSpec.graph`; that it equals `NetSpec.graph` is not claimed here, nor that the
programs compute what the spec means.
-/

namespace Lmx

/-- The spec is valid and every program is well formed. -/
structure Graph.WellFormed (g : Graph) : Prop where
  /-- Layer after layer the shapes fit, and the last one gives the classes. -/
  spec_valid : g.spec.valid = true
  /-- Every program is in static single assignment form, of primitives, and every type follows from its op. -/
  programs : ∀ p ∈ g.programs, p.program.WellFormed

/-- Decides `Graph.WellFormed`. -/
def Graph.check (g : Graph) : Bool := g.spec.valid && all (fun p => p.program.check) g.programs

theorem Graph.wellFormed_of_check (g : Graph) (h : g.check = true) : g.WellFormed := by
  simp only [Graph.check, Bool.and_eq_true] at h
  refine ⟨h.1, fun p hp => Program.wellFormed_of_check ?_⟩
  have hall : ∀ l : List NamedProgram, all (fun p => p.program.check) l = true → ∀ p ∈ l, p.program.check = true := by
    intro l
    induction l with
    | nil => intro _ p hp; cases hp
    | cons a l ih =>
      intro h p hp
      simp only [all, foldr, Bool.and_eq_true] at h
      cases hp with
      | head => exact h.1
      | tail _ hp => exact ih h.2 p hp
  exact hall _ h.2 p hp

end Lmx
end
