module
public import Lmx.Reals.Cauchy
@[expose] public section

/-!
# The field of real numbers

Main definition: `Real`, Cauchy sequences of rationals up to null sequences. Main result: they are a field.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section

/-- Two sequences stand for the same number if their difference tends to zero. -/
instance nullSetoid : Setoid CauchySeq where
  r a b := Null (fun n => a.f n - b.f n)
  iseqv :=
    ⟨fun a => Null.zero.congr fun n => by grind, fun h => h.neg.congr fun n => by grind,
      fun h h' => (h.add h').congr fun n => by grind⟩

/-- The real numbers. -/
def Real : Type := Quotient nullSetoid

namespace Real

/-! ### Operations -/

/-- The limit of a Cauchy sequence of rationals. -/
def mk (a : CauchySeq) : Real := Quotient.mk _ a

theorem sound {a b : CauchySeq} (h : Null (fun n => a.f n - b.f n)) : mk a = mk b := Quotient.sound h

theorem sound_of_eq {a b : CauchySeq} (h : ∀ n, a.f n = b.f n) : mk a = mk b := sound (Null.zero.congr fun n => by grind)

theorem exact {a b : CauchySeq} (h : mk a = mk b) : Null (fun n => a.f n - b.f n) := Quotient.exact h

theorem ind {P : Real → Prop} (h : ∀ a, P (mk a)) : ∀ x, P x := Quotient.ind h

/-- The sum. -/
def add : Real → Real → Real := Quotient.lift₂ (fun a b => mk (a.add b)) fun a b a' b' h h' => sound <|
  (Null.add h h').congr fun n => by simp only [CauchySeq.add]; grind

/-- The product. -/
def mul : Real → Real → Real := Quotient.lift₂ (fun a b => mk (a.mul b)) fun a b a' b' h h' => sound <|
  ((Null.mul h b.bounded).add (Null.mul h' a'.bounded)).congr fun n => by simp only [CauchySeq.mul]; grind

/-- The negative. -/
def neg : Real → Real := Quotient.lift (fun a => mk a.neg) fun a a' h => sound <|
  (Null.neg h).congr fun n => by simp only [CauchySeq.neg]; grind

theorem null_inv_sub_inv (a a' : CauchySeq) (h : Null (fun n => a.f n - a'.f n)) : Null (fun n => a.inv.f n - a'.inv.f n) := by
  by_cases ha : Null a.f
  · have ha' : Null a'.f := (ha.add h.neg).congr fun n => by grind
    simp only [CauchySeq.inv, ha, ha', dif_pos]
    exact Null.zero.congr fun n => by grind [CauchySeq.const]
  · have ha' : ¬ Null a'.f := fun ha' => ha ((ha'.add h).congr fun n => by grind)
    simp only [CauchySeq.inv, ha, ha', dif_neg, not_false_eq_true]
    obtain ⟨ε, hε, h1⟩ := a.abs_away_from_zero ha
    obtain ⟨ε', hε', h2⟩ := a'.abs_away_from_zero ha'
    intro η hη
    refine (h1.and_imp h2 (S := fun n => ε ≤ abs (a.f n) ∧ ε' ≤ abs (a'.f n)) fun n p q => ⟨p, q⟩).and_imp
      (h (η * (ε * ε')) (mul_pos hη (mul_pos hε hε'))) fun n ⟨p, q⟩ r => ?_
    have key := abs_inv_sub_inv (x := a.f n) (y := a'.f n) (by grind [abs]) (by grind [abs])
    have h3 := mul_le_mul (show 0 ≤ ε by grind) p (show 0 ≤ ε' by grind) q
    have h4 := OrderedRing.mul_le_mul_of_nonneg_left h3 (abs_nonneg ((a.f n)⁻¹ - (a'.f n)⁻¹))
    refine Classical.byContradiction fun hc => ?_
    have h5 := OrderedRing.mul_lt_mul_of_pos_right (show η < abs ((a.f n)⁻¹ - (a'.f n)⁻¹) by grind) (mul_pos hε hε')
    grind

/-- The inverse; that of zero is zero. -/
def inv : Real → Real := Quotient.lift (fun a => mk a.inv) fun a a' h => sound (null_inv_sub_inv a a' h)

/-- A rational as a real number. -/
def ofRat (q : Rat) : Real := mk (.const q)

instance : Add Real := ⟨add⟩
instance : Mul Real := ⟨mul⟩
instance : Neg Real := ⟨neg⟩
instance : Sub Real := ⟨fun a b => a + -b⟩
instance : Inv Real := ⟨inv⟩
instance : Div Real := ⟨fun a b => a * b⁻¹⟩
instance (n : Nat) : OfNat Real n := ⟨ofRat n⟩
instance : NatCast Real := ⟨fun n => ofRat n⟩
instance : IntCast Real := ⟨fun n => ofRat n⟩

/-- Powers. -/
def npow (x : Real) : Nat → Real
  | 0 => 1
  | n + 1 => npow x n * x

instance : HPow Real Nat Real := ⟨npow⟩
instance : HPow Real Int Real := ⟨fun x n => match n with | .ofNat n => npow x n | .negSucc n => (npow x (n + 1))⁻¹⟩
instance : SMul Nat Real := ⟨fun n x => (n : Real) * x⟩
instance : SMul Int Real := ⟨fun n x => (n : Real) * x⟩

/-! ### The laws of a field -/

theorem add_comm (x y : Real) : x + y = y + x := by
  revert x y; refine ind fun a => ind fun b => sound_of_eq fun n => ?_; simp only [CauchySeq.add]; grind

theorem mul_comm (x y : Real) : x * y = y * x := by
  revert x y; refine ind fun a => ind fun b => sound_of_eq fun n => ?_; simp only [CauchySeq.mul]; grind

theorem add_assoc (x y z : Real) : x + y + z = x + (y + z) := by
  revert x y z; refine ind fun a => ind fun b => ind fun c => sound_of_eq fun n => ?_; simp only [CauchySeq.add]; grind

theorem mul_assoc (x y z : Real) : x * y * z = x * (y * z) := by
  revert x y z; refine ind fun a => ind fun b => ind fun c => sound_of_eq fun n => ?_; simp only [CauchySeq.mul]; grind

theorem left_distrib (x y z : Real) : x * (y + z) = x * y + x * z := by
  revert x y z; refine ind fun a => ind fun b => ind fun c => sound_of_eq fun n => ?_; simp only [CauchySeq.mul, CauchySeq.add]; grind

theorem add_zero (x : Real) : x + 0 = x := by
  revert x; refine ind fun a => sound_of_eq fun n => ?_; simp only [CauchySeq.add, CauchySeq.const]; grind

theorem mul_one (x : Real) : x * 1 = x := by
  revert x; refine ind fun a => sound_of_eq fun n => ?_; simp only [CauchySeq.mul, CauchySeq.const]; grind

theorem zero_mul (x : Real) : 0 * x = 0 := by
  revert x; refine ind fun a => sound_of_eq fun n => ?_; simp only [CauchySeq.mul, CauchySeq.const]; grind

theorem neg_add_cancel (x : Real) : -x + x = 0 := by
  revert x; refine ind fun a => sound_of_eq fun n => ?_; simp only [CauchySeq.add, CauchySeq.neg, CauchySeq.const]; grind

theorem ofRat_add (p q : Rat) : ofRat (p + q) = ofRat p + ofRat q := sound_of_eq fun _ => rfl

theorem ofRat_neg (p : Rat) : ofRat (-p) = - ofRat p := sound_of_eq fun _ => rfl

theorem zero_ne_one : (0 : Real) ≠ 1 := fun h => by
  obtain ⟨n, hn⟩ := (exact h (1 / 2) (by grind)).exists
  simp only [CauchySeq.const] at hn; grind [abs]

theorem mul_inv_cancel {x : Real} : x ≠ 0 → x * x⁻¹ = 1 := by
  refine ind (P := fun x => x ≠ 0 → x * x⁻¹ = 1) ?_ x; intro a ha
  have hn : ¬ Null a.f := fun hn => ha (sound (hn.congr fun n => by simp only [CauchySeq.const]; grind))
  obtain ⟨ε, hε, h⟩ := a.abs_away_from_zero hn
  refine sound fun η hη => h.imp fun n h => ?_
  have h0 : a.f n ≠ 0 := by grind [abs]
  simp only [CauchySeq.mul, CauchySeq.inv, hn, dif_neg, not_false_eq_true, CauchySeq.const]
  rw [show a.f n * (a.f n)⁻¹ - ((1 : Nat) : Rat) = 0 by grind, abs_zero]; grind

theorem inv_zero : (0 : Real)⁻¹ = 0 := by
  refine sound_of_eq fun n => ?_
  have : Null (CauchySeq.const ((0 : Nat) : Rat)).f := Null.zero.congr fun n => by simp only [CauchySeq.const]; grind
  exact congrFun (congrArg CauchySeq.f (dif_pos this)) n

instance : Lean.Grind.CommRing Real where
  add_zero := add_zero
  add_comm := add_comm
  add_assoc := add_assoc
  mul_assoc := mul_assoc
  mul_one := mul_one
  mul_comm := mul_comm
  left_distrib := left_distrib
  zero_mul := zero_mul
  pow_zero _ := rfl
  pow_succ _ _ := rfl
  ofNat_succ n := by
    refine Eq.trans ?_ (ofRat_add (n : Rat) ((1 : Nat) : Rat))
    show ofRat _ = ofRat _
    congr 1; grind
  neg_add_cancel := neg_add_cancel
  sub_eq_add_neg _ _ := rfl
  neg_zsmul n x := by
    show ofRat _ * x = -(ofRat _ * x)
    rw [show ((-n : Int) : Rat) = - (n : Rat) by grind, ofRat_neg]
    revert x; refine ind fun a => sound_of_eq fun n => ?_; simp only [CauchySeq.mul, CauchySeq.neg, CauchySeq.const]; grind
  zsmul_natCast_eq_nsmul n x := by
    show ofRat _ * x = ofRat _ * x
    rw [show (((n : Nat) : Int) : Rat) = (n : Rat) from Rat.intCast_natCast n]
  intCast_ofNat n := by
    show ofRat _ = ofRat _
    congr 1
  intCast_neg n := by
    show ofRat _ = - ofRat _
    rw [← ofRat_neg]; congr 1

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
  zpow_neg x n := by
    cases n with
    | ofNat n => cases n with
      | zero =>
        have := mul_inv_cancel (x := 1) fun h => zero_ne_one h.symm
        show (1 : Real) = (1 : Real)⁻¹
        grind
      | succ n => rfl
    | negSucc n => exact (inv_inv _).symm

end Real

end
end Lmx.Reals
