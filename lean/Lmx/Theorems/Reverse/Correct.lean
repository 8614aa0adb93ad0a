module
public import Lmx.Theorems.Reverse.Nodes
public import Lmx.Theorems.Pullback.All
@[expose] public section

/-!
# The reverse pass is right

Main result: `reverse_correct`. Seeded with a cotangent for some of the values of a program, the reverse pass emits the
vector-Jacobian product: the cotangents that it leaves for the values before the nodes are the derivative of the
pairing of the seeds with the values.

Not claimed: anything about the derivative where a node is not smooth.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {e₀ e : Env R} {s : Code} {Γ : List TensorType} {c : Cotangents}

theorem hasD_storedPairing {ι : Type} [Idx ι] {G D : (ι → R) → Env R} {θ : ι → R} (hG : Tangent G D θ) (c : Cotangents)
    (E : Env R) : HasD (fun θ => storedPairing B Γ c E (G θ)) (fun h => storedPairing B Γ c E (D h)) θ :=
  HasD.lsum _ fun k => HasD.lsum _ fun i => (hG k i).mul_left _

/-- **The reverse pass is right.** Let the cotangents `c` be stored for values of typed nodes, of ops that have
derivatives, and of what is before them, in code that has run these nodes. The code that the reverse pass emits holds
cotangents of the values before the nodes. For every way to vary those values, if every node is smooth where it is run,
the derivative of the pairing of `c` with all values is the pairing of the new cotangents with the derivatives of the
values before the nodes. -/
theorem reverse_correct {ns : List Node} (hn : NodesTyped Γ ns) (hpos : ∀ τ ∈ Γ, τ.shape.positive = true)
    (hs : ∀ n ∈ ns, n.op.HasJvp) (hr : Ran B e₀ e Γ ns s)
    (hc : StoredTyped B e₀ (Γ ++ ns.map fun n => n.out.type) s c) :
    Spec B e₀ (reverseNodes c ns) s fun s' c' => StoredTyped B e₀ Γ s' c' ∧
      ∀ {ι : Type} [Idx ι] {G D : (ι → R) → Env R} {θ : ι → R}, G θ = e → Tangent G D θ → SmoothRun B G θ ns →
        HasD (fun θ => storedPairing B (Γ ++ ns.map fun n => n.out.type) c (s.env B e₀) (run B (G θ) ns))
          (fun h => storedPairing B Γ c' (s'.env B e₀) (D h)) θ :=
  (spec_reverseNodes hn (pullsBack_of_nodesTyped hn hpos) hs hr hc).mono fun _ _ _ h => ⟨h.1, fun hG ht hsm =>
    (hasD_storedPairing (run_tangent ht hsm) c _).congr fun _ => by rw [h.2, hG]⟩

end Lmx
end
