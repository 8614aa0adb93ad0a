module
public import Lmx.Calculus.Vjp
@[expose] public section

/-!
# Gather, scatter and contraction

Nearly every op on tensors moves numbers along a map of indices, or multiplies numbers that two such maps bring together and adds up the
products. Their adjoints are of the same kind.

Main definitions: `pgather`, `pscatter`, along a map of indices that may be partial (a strided slice, padding), and `gather`, `scatter`,
along a total one; `IsBilin`, a bilinear function with both adjoints; `contract`, `out[σ t] += x[l t] * y[r t]`.

Main results: gather and scatter are adjoint (`pgather_pscatter`, `gather_scatter`); `IsBilin.vjp`; `isBilin_contract`, the adjoints of a
contraction are contractions of the same index set, with the roles exchanged.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] {ι κ μ τ : Type}

/-! ### Gather and scatter -/

/-- Component `k` is component `ρ k` of `x`. -/
def gather (ρ : κ → ι) (x : ι → R) : κ → R := fun k => x (ρ k)

/-- Component `k` is component `ρ k` of `x`, and zero where `ρ` is undefined. -/
def pgather (ρ : κ → Option ι) (x : ι → R) : κ → R := fun k => match ρ k with
  | none => 0
  | some i => x i

theorem gather_lin (ρ : κ → ι) (j : κ) : IsLin (fun x : ι → R => gather ρ x j) := IsLin.coord _

theorem pgather_lin (ρ : κ → Option ι) (j : κ) : IsLin (fun x : ι → R => pgather ρ x j) := by
  simp only [pgather]; split
  · exact IsLin.zero
  · exact IsLin.coord _

variable [Idx ι] [Idx κ]

/-- Component `k` of `d` is added to component `ρ k`. -/
def scatter (ρ : κ → ι) (d : κ → R) : ι → R := fun i => sum fun k => if ρ k = i then d k else 0

/-- Component `k` of `d` is added to component `ρ k`, and dropped where `ρ` is undefined. -/
def pscatter (ρ : κ → Option ι) (d : κ → R) : ι → R := fun i => sum fun k => if ρ k = some i then d k else 0

theorem scatter_lin (ρ : κ → ι) (j : ι) : IsLin (fun x : κ → R => scatter ρ x j) :=
  IsLin.sum fun k => by
    by_cases h : ρ k = j
    · simp only [h, if_true]; exact IsLin.coord k
    · simp only [h, if_false]; exact IsLin.zero

theorem pscatter_lin (ρ : κ → Option ι) (j : ι) : IsLin (fun x : κ → R => pscatter ρ x j) :=
  IsLin.sum fun k => by
    by_cases h : ρ k = some j
    · simp only [h, if_true]; exact IsLin.coord k
    · simp only [h, if_false]; exact IsLin.zero

theorem gather_scatter (ρ : κ → ι) (d : κ → R) (x : ι → R) : dot d (gather ρ x) = dot (scatter ρ d) x := by
  simp only [dot, gather, scatter, ← sum_mul_right]
  rw [sum_comm]; apply sum_congr; intro k
  rw [← sum_dirac' (fun i => d k * x i)]; apply sum_congr; grind

theorem pgather_pscatter (ρ : κ → Option ι) (d : κ → R) (x : ι → R) : dot d (pgather ρ x) = dot (pscatter ρ d) x := by
  simp only [dot, pscatter, ← sum_mul_right]
  rw [sum_comm]; apply sum_congr; intro k
  simp only [pgather]
  split
  · exact Eq.symm (Eq.trans (sum_congr (g := fun _ => 0) (by grind)) (sum_zero.trans (by grind)))
  · rename_i i h
    rw [← sum_dirac' (fun i => d k * x i) i]; apply sum_congr; grind

theorem HasVJPAt.gather (ρ : κ → ι) (x : ι → R) : HasVJPAt (gather ρ) x (scatter ρ) :=
  .linear (gather_lin ρ) (gather_scatter ρ) x

theorem HasVJPAt.scatter (ρ : κ → ι) (x : κ → R) : HasVJPAt (scatter ρ) x (Calculus.gather ρ) :=
  .linear (scatter_lin ρ) (fun dy h => by rw [dot_comm, ← gather_scatter, dot_comm]) x

theorem HasVJPAt.pgather (ρ : κ → Option ι) (x : ι → R) : HasVJPAt (pgather ρ) x (pscatter ρ) :=
  .linear (pgather_lin ρ) (pgather_pscatter ρ) x

theorem HasVJPAt.pscatter (ρ : κ → Option ι) (x : κ → R) : HasVJPAt (pscatter ρ) x (Calculus.pgather ρ) :=
  .linear (pscatter_lin ρ) (fun dy h => by rw [dot_comm, ← pgather_pscatter, dot_comm]) x

/-! ### Bilinear functions -/

variable [Idx μ] [Idx τ]

/-- `β` is linear in either argument, and `A₁`, `A₂` are the adjoints for the other one fixed. -/
structure IsBilin (β : (ι → R) → (κ → R) → μ → R) (A₁ : (κ → R) → (μ → R) → ι → R)
    (A₂ : (ι → R) → (μ → R) → κ → R) : Prop where
  lin₁ : ∀ y j, IsLin (fun x => β x y j)
  lin₂ : ∀ x j, IsLin (fun y => β x y j)
  adj₁ : ∀ d h y, dot d (β h y) = dot (A₁ y d) h
  adj₂ : ∀ d x k, dot d (β x k) = dot (A₂ x d) k

theorem IsBilin.vjp {β : (ι → R) → (κ → R) → μ → R} {A₁ A₂} (hβ : IsBilin β A₁ A₂) (z : ι ⊕ κ → R) :
    HasVJPAt (fun z => β (fst z) (snd z)) z (fun d => Calculus.pair (A₁ (snd z) d) (A₂ (fst z) d)) := by
  have f1 : ∀ j, IsLin (fun z : ι ⊕ κ → R => fst z j) := fun j => IsLin.coord _
  have s1 : ∀ j, IsLin (fun z : ι ⊕ κ → R => snd z j) := fun j => IsLin.coord _
  refine hasVJPAt_iff.2 ⟨fun h => β (fst h) (snd z) + β (fst z) (snd h), fun j => ⟨?_, ?_⟩, fun d h => ?_⟩
  · exact ((hβ.lin₁ (snd z) j).comp f1).plus ((hβ.lin₂ (fst z) j).comp s1)
  · rw [show (fun h => β (fst (z + h)) (snd (z + h)) j - β (fst z) (snd z) j
        - (β (fst h) (snd z) + β (fst z) (snd h)) j) = fun h => sum fun k => snd h k * β (fst h) (basis k) j from
      funext fun h => by
        have e0 := (hβ.lin₂ (fst h) j).eq_sum (snd h)
        have e1 := (hβ.lin₁ (snd (z + h)) j).add (fst z) (fst h)
        have e2 := (hβ.lin₂ (fst z) j).add (snd z) (snd h)
        have e3 := (hβ.lin₂ (fst h) j).add (snd z) (snd h)
        rw [← e0, add_app]
        rw [show fst (z + h) = fst z + fst h from rfl, e1, show snd (z + h) = snd z + snd h from rfl, e2, e3]
        grind]
    exact SmallO.lsum _ fun k => ((s1 k).bigO).mul ((hβ.lin₁ (basis k) j).comp f1).bigO
  · rw [dot_add_right, hβ.adj₁, hβ.adj₂, dot_sum]; rfl

theorem isBilin_vmul : IsBilin (R := R) (vmul (ι := ι)) vmul vmul where
  lin₁ y j := by constructor <;> intros <;> simp only [vmul, add_app, smul_app] <;> grind
  lin₂ y j := by constructor <;> intros <;> simp only [vmul, add_app, smul_app] <;> grind
  adj₁ d h y := by apply sum_congr; grind [vmul]
  adj₂ d h y := by apply sum_congr; grind [vmul]

/-! ### Contraction -/

/-- `out[σ t] += x[l t] * y[r t]` over `t : τ`: gather, gather, multiply, scatter. Matrix products and convolutions are of this form. -/
def contract (l : τ → Option ι) (r : τ → Option κ) (σ : τ → Option μ) (x : ι → R) (y : κ → R) : μ → R :=
  pscatter σ (vmul (pgather l x) (pgather r y))

theorem dot_vmul (a b c : ι → R) : dot a (vmul b c) = dot (vmul a c) b := by apply sum_congr; grind [vmul]

/-- The adjoints of a contraction are contractions of the same index set, with the roles exchanged. -/
theorem isBilin_contract (l : τ → Option ι) (r : τ → Option κ) (σ : τ → Option μ) :
    IsBilin (R := R) (contract l r σ) (fun y d => contract σ r l d y) (fun x d => contract σ l r d x) where
  lin₁ y j := (pscatter_lin σ j).comp fun t =>
    ⟨fun a b => by simp only [vmul, (pgather_lin l t).add]; grind,
      fun c a => by simp only [vmul, (pgather_lin l t).smul]; grind⟩
  lin₂ x j := (pscatter_lin σ j).comp fun t =>
    ⟨fun a b => by simp only [vmul, (pgather_lin r t).add]; grind,
      fun c a => by simp only [vmul, (pgather_lin r t).smul]; grind⟩
  adj₁ d h y := by
    simp only [contract]
    rw [dot_comm, ← pgather_pscatter, dot_comm, dot_vmul, ← pgather_pscatter]
  adj₂ d x k := by
    simp only [contract]
    rw [dot_comm, ← pgather_pscatter, dot_comm, ← pgather_pscatter, ← dot_vmul]
    apply sum_congr; grind [vmul]

end
end Lmx.Calculus
