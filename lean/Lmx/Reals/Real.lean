module
public import Lmx.Reals.Cauchy
@[expose] public section

/-!
# The field of real numbers

Main definitions: `Real`, Cauchy sequences of rationals up to closeness; `Real.lift`, a continuous function of two
rationals as one of two real numbers, by which sum, product and maximum are defined, so that their laws are those of the
rationals. Main result: the real numbers are a field.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section

/-- Cauchy sequences; two that are close stand for the same number. -/
instance cauchySetoid : Setoid {u : Nat → Rat // Close u u} :=
  ⟨fun a b => Close a.1 b.1, fun a => a.2, Close.symm, Close.trans⟩

/-- The real numbers. -/
def Real : Type := Quotient cauchySetoid

namespace Real

/-! ### Operations -/

/-- The limit of a Cauchy sequence of rationals. -/
def mk (a : {u : Nat → Rat // Close u u}) : Real := Quotient.mk _ a

theorem sound {a b : {u : Nat → Rat // Close u u}} (N : Nat) (h : ∀ n, N ≤ n → a.1 n = b.1 n) : mk a = mk b :=
  Quotient.sound (a.2.of_eq N h)

theorem ind {P : Real → Prop} (h : ∀ a, P (mk a)) : ∀ x, P x := Quotient.ind h

/-- A function of two rationals on real numbers, term by term. -/
def lift (F : Rat → Rat → Rat) (hF : Continuous F) : Real → Real → Real :=
  Quotient.lift₂ (fun a b => mk ⟨fun n => F (a.1 n) (b.1 n), a.2.map hF b.2⟩) fun _ _ _ _ h h' =>
    Quotient.sound (h.map hF h')

/-- A rational as a real number. -/
def ofRat (q : Rat) : Real := mk ⟨fun _ => q, fun ε hε => ⟨0, fun _ _ _ _ => by grind [abs]⟩⟩

instance : Add Real := ⟨lift (· + ·) continuous_add⟩
instance : Mul Real := ⟨lift (· * ·) continuous_mul⟩
instance : Neg Real := ⟨fun x => ofRat (-1) * x⟩
instance : Sub Real := ⟨fun x y => x + -y⟩
instance (n : Nat) : OfNat Real n := ⟨ofRat n⟩
instance : NatCast Real := ⟨fun n => ofRat n⟩
instance : IntCast Real := ⟨fun n => ofRat n⟩
instance : SMul Nat Real := ⟨fun n x => (n : Real) * x⟩
instance : SMul Int Real := ⟨fun n x => (n : Real) * x⟩

/-- Powers. -/
def npow (x : Real) : Nat → Real
  | 0 => 1
  | n + 1 => npow x n * x

instance : HPow Real Nat Real := ⟨npow⟩

/-! ### The laws of a field -/

instance : Lean.Grind.CommRing Real where
  add_zero := ind fun a => sound 0 fun n _ => by grind
  add_comm := ind fun a => ind fun b => sound 0 fun n _ => by grind
  add_assoc := ind fun a => ind fun b => ind fun c => sound 0 fun n _ => by grind
  mul_assoc := ind fun a => ind fun b => ind fun c => sound 0 fun n _ => by grind
  mul_one := ind fun a => sound 0 fun n _ => by grind
  mul_comm := ind fun a => ind fun b => sound 0 fun n _ => by grind
  one_mul := ind fun a => sound 0 fun n _ => by grind
  left_distrib := ind fun a => ind fun b => ind fun c => sound 0 fun n _ => by grind
  right_distrib := ind fun a => ind fun b => ind fun c => sound 0 fun n _ => by grind
  zero_mul := ind fun a => sound 0 fun n _ => by grind
  mul_zero := ind fun a => sound 0 fun n _ => by grind
  pow_zero _ := rfl
  pow_succ _ _ := rfl
  ofNat_succ n := sound 0 fun _ _ => by grind
  neg_add_cancel := ind fun a => sound 0 fun n _ => by grind
  sub_eq_add_neg _ _ := rfl
  neg_zsmul i := ind fun a => sound 0 fun n _ => by grind
  intCast_neg i := sound 0 fun n _ => by grind

theorem zero_ne_one : (0 : Real) ≠ 1 := fun h => by
  obtain ⟨N, hN⟩ := Quotient.exact h (1 / 2) (by grind)
  have := hN N N (Nat.le_refl _) (Nat.le_refl _)
  grind [abs]

/-- A Cauchy sequence that is not close to zero is bounded away from it, so that it can be inverted term by term. -/
theorem exists_inv : ∀ x : Real, x ≠ 0 → ∃ y, x * y = 1 := ind fun a hx => by
  obtain ⟨ε, hε, N, hN⟩ : ∃ ε : Rat, 0 < ε ∧ ∃ N, ∀ n, N ≤ n → ε ≤ abs (a.1 n) :=
    Classical.byContradiction fun hc => hx <| Quotient.sound fun ε hε => by
      obtain ⟨N, hN⟩ := a.2 (ε / 2) (by grind)
      refine ⟨N, fun m n hm _ => Classical.byContradiction fun h => hc ⟨ε / 2, by grind, N, fun k hk => ?_⟩⟩
      have := hN m k hm hk
      grind [abs]
  have h0 : ∀ n, N ≤ n → a.1 n ≠ 0 := fun n hn => by have := hN n hn; grind [abs]
  refine ⟨mk ⟨fun n => (a.1 n)⁻¹, fun η hη => ?_⟩, sound N fun n hn => ?_⟩
  · obtain ⟨M, hM⟩ := a.2 (η * (ε * ε)) (mul_pos hη (mul_pos hε hε))
    refine ⟨N + M, fun m n hm hn => ?_⟩
    have h1 := inv_le_inv hε (hN m (by omega))
    have h2 := inv_le_inv hε (hN n (by omega))
    rw [← abs_inv] at h1 h2
    have h3 := mul_le_mul (abs_nonneg (a.1 m)⁻¹) h1 (abs_nonneg (a.1 n)⁻¹) h2
    rw [← abs_mul] at h3
    have h3 := mul_le_mul (abs_nonneg _) (hM m n (by omega) (by omega)) (abs_nonneg _) h3
    have h4 := h0 m (by omega)
    have h5 := h0 n (by omega)
    rw [← abs_mul, show η * (ε * ε) * (ε⁻¹ * ε⁻¹) = η by grind, ← abs_neg] at h3
    rwa [show (a.1 m)⁻¹ - (a.1 n)⁻¹ = -((a.1 m - a.1 n) * ((a.1 m)⁻¹ * (a.1 n)⁻¹)) by grind]
  · have := h0 n hn
    grind

open Classical in
instance : Inv Real := ⟨fun x => if h : x = 0 then 0 else (exists_inv x h).choose⟩
instance : Div Real := ⟨fun x y => x * y⁻¹⟩
instance : HPow Real Int Real := ⟨fun x n => match n with | .ofNat n => x ^ n | .negSucc n => (x ^ (n + 1))⁻¹⟩

theorem inv_zero : (0 : Real)⁻¹ = 0 := dif_pos rfl

theorem mul_inv_cancel {x : Real} (h : x ≠ 0) : x * x⁻¹ = 1 := by
  rw [show x⁻¹ = (exists_inv x h).choose from dif_neg h]
  exact (exists_inv x h).choose_spec

theorem inv_inv (x : Real) : x⁻¹⁻¹ = x := by
  by_cases h : x = 0
  · rw [h, inv_zero, inv_zero]
  · have h1 := mul_inv_cancel h
    have h2 : x⁻¹ ≠ 0 := fun h2 => zero_ne_one (by rw [← h1, h2]; grind)
    have h3 := mul_inv_cancel h2
    grind

instance : Lean.Grind.Field Real where
  div_eq_mul_inv _ _ := rfl
  zero_ne_one := zero_ne_one
  inv_zero := inv_zero
  mul_inv_cancel := mul_inv_cancel
  zpow_zero _ := rfl
  zpow_succ _ _ := rfl
  zpow_neg x n := match n with
    | .ofNat 0 => by
      have := mul_inv_cancel (x := 1) fun h => zero_ne_one h.symm
      show (1 : Real) = (1 : Real)⁻¹
      grind
    | .ofNat (n + 1) => rfl
    | .negSucc n => (inv_inv _).symm

end Real

end
end Lmx.Reals
