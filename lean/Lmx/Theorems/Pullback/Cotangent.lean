module
public import Lmx.Theorems.Pullback.Basic
public import Lmx.Theorems.Literal
@[expose] public section

/-!
# The cotangents of one or two arguments

What is left to prove of a pullback once its code is run: `cotangent_one`, `cotangent_two`.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code} {x y g g' : Var} {γ γ' : Tensor R} {L : Env R → R}

theorem tdot_comm (sh : List Nat) (x y : Tensor R) : tdot sh x y = tdot sh y x :=
  tsum_congr fun _ _ => CommSemiring.mul_comm ..

/-- What a cotangent of one argument has to satisfy. -/
theorem cotangent_one (h : Holds B e s g x.type γ) (hL : ∀ t : Env R, L t = tdot (extents B x.shape) γ (t x.id)) :
    CotangentsTyped B e s [x] [some g] ∧ ∀ t, L t = pairing B (s.env B e) t [x] [some g] := by
  refine ⟨⟨h.self, trivial⟩, fun t => ?_⟩
  rw [hL, pairing, pairing, h.value]
  · rw [show x.type.shape = x.shape from rfl, tdot_clip_left]; grind
  all_goals nofun

/-- What the cotangents of two arguments have to satisfy. -/
theorem cotangent_two (h : Holds B e s g x.type γ) (h' : Holds B e s g' y.type γ')
    (hL : ∀ t : Env R, L t = tdot (extents B x.shape) γ (t x.id) + tdot (extents B y.shape) γ' (t y.id)) :
    CotangentsTyped B e s [x, y] [some g, some g'] ∧ ∀ t, L t = pairing B (s.env B e) t [x, y] [some g, some g'] := by
  obtain ⟨h1, h2⟩ := cotangent_one (L := fun t => tdot (extents B y.shape) γ' (t y.id)) h' fun _ => rfl
  refine ⟨⟨h.self, h1⟩, fun t => ?_⟩
  rw [hL, pairing, ← h2, h.value, show x.type.shape = x.shape from rfl, tdot_clip_left]

end Lmx
end
