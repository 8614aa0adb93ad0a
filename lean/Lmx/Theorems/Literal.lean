module
public import Lmx.Semantics.Op
@[expose] public section

/-!
# The numbers that literals stand for
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R]

theorem Literal.value_ofNat (n : Nat) : (Literal.ofNat n).value = (n : R) := by
  simp only [Literal.value, Literal.ofNat, Semiring.natCast_one]; grind

theorem Literal.value_zero : (Literal.ofNat 0).value = (0 : R) := by rw [Literal.value_ofNat, Semiring.natCast_zero]

theorem Literal.value_ofNat_one : (Literal.ofNat 1).value = (1 : R) := by rw [Literal.value_ofNat, Semiring.natCast_one]

theorem Literal.value_inv (n : Nat) : (Literal.inv n).value = 1 / (n : R) := by
  simp only [Literal.value, Literal.inv, Semiring.natCast_one]; grind

theorem Literal.valid_inv {n : Nat} (h : 0 < n) : (Literal.inv n).valid = true := by
  simp [Literal.valid, Literal.inv]; omega

theorem natCast_ne_zero {n : Nat} (h : 0 < n) : (n : R) ≠ 0 := by
  obtain ⟨m, rfl⟩ := Nat.exists_eq_succ_of_ne_zero (Nat.ne_of_gt h)
  have hm : (0 : R) ≤ (m : R) := OrderedRing.natCast_nonneg
  rw [Semiring.natCast_succ]; grind

end Lmx
