module
public import Lmx.Reals.Real
@[expose] public section

/-!
# The order of the real numbers

It is defined by the maximum, so that its laws are equations between real numbers, which hold because they hold of
rationals. That it is linear follows from there being no zero divisors.

Main result: the real numbers are an ordered field.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section

namespace Real

/-- The greater of two numbers. -/
def sup : Real → Real → Real := lift _ continuous_max

instance : LE Real := ⟨fun x y => sup x y = y⟩
instance : LT Real := ⟨fun x y => x ≤ y ∧ ¬ y ≤ x⟩

/-- The order may be read off the terms. -/
theorem mk_le_mk {a b : {u : Nat → Rat // Close u u}} (N : Nat) (h : ∀ n, N ≤ n → a.1 n ≤ b.1 n) : mk a ≤ mk b :=
  sound N fun n hn => if_pos (h n hn)

theorem sup_comm : ∀ x y : Real, sup x y = sup y x := ind fun a => ind fun b => sound 0 fun n _ => by grind

theorem sup_assoc : ∀ x y z : Real, sup (sup x y) z = sup x (sup y z) :=
  ind fun a => ind fun b => ind fun c => sound 0 fun n _ => by grind

theorem sup_add : ∀ x y z : Real, sup (x + z) (y + z) = sup x y + z :=
  ind fun a => ind fun b => ind fun c => sound 0 fun n _ => by grind

theorem sup_sub_mul_sup_sub : ∀ x y : Real, (sup x y - x) * (sup x y - y) = 0 :=
  ind fun a => ind fun b => sound 0 fun n _ => by grind

/-- A product of numbers that are not negative. -/
theorem sup_zero_mul : ∀ x y : Real, sup 0 (sup 0 x * sup 0 y) = sup 0 x * sup 0 y :=
  ind fun a => ind fun b => sound 0 fun n _ => if_pos (mul_nonneg (by grind) (by grind))

instance : Std.IsLinearOrder Real where
  le_refl := ind fun a => mk_le_mk 0 fun n _ => by grind
  le_trans x y z (h : sup x y = y) (h' : sup y z = z) := show sup x z = z by rw [← h', ← sup_assoc, h]
  le_antisymm x y (h : sup x y = y) (h' : sup y x = x) := by rw [← h, sup_comm, h']
  le_total x y := by
    have := sup_sub_mul_sup_sub x y
    have : sup x y = y ∨ sup x y = x := by grind
    exact this.imp_right fun h => (sup_comm y x).trans h

instance : Std.LawfulOrderLT Real := ⟨fun _ _ => Iff.rfl⟩

instance : OrderedAdd Real where
  add_le_left_iff {x y} z := ⟨fun (h : sup x y = y) => (sup_add ..).trans (by rw [h]), fun h => by
    have := (sup_add x y z).symm.trans h
    show sup x y = y
    grind⟩

theorem mul_lt_mul_left {x y z : Real} (h : x < y) (hz : 0 < z) : z * x < z * y := by
  have hd : 0 ≤ y - x := by grind
  have hm : 0 ≤ z * (y - x) := by have := sup_zero_mul z (y - x); rwa [hz.1, hd] at this
  rw [show z * (y - x) = z * y - z * x by grind] at hm
  refine Std.lt_of_le_of_ne (by grind) fun e => ?_
  have : z = 0 ∨ x = y := by grind
  grind

instance : Lean.Grind.OrderedRing Real where
  zero_lt_one := Std.lt_of_le_of_ne (mk_le_mk 0 fun _ _ => by grind) zero_ne_one
  mul_lt_mul_of_pos_left := mul_lt_mul_left
  mul_lt_mul_of_pos_right {x y z} h hz := by
    rw [CommRing.mul_comm x, CommRing.mul_comm y]
    exact mul_lt_mul_left h hz

/-- The real numbers are an ordered field. -/
instance : OrderedField Real where

end Real

end
end Lmx.Reals
