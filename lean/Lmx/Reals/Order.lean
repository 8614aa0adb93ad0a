module
public import Lmx.Reals.Real
@[expose] public section

/-!
# The order of the real numbers

Main result: the real numbers are an ordered field.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section

namespace Real

theorem le_congr {a b a' b' : CauchySeq} (h : Null (fun n => a.f n - a'.f n)) (h' : Null (fun n => b.f n - b'.f n))
    (H : ∀ ε : Rat, 0 < ε → Eventually fun n => a.f n ≤ b.f n + ε) (ε : Rat) (hε : 0 < ε) :
    Eventually fun n => a'.f n ≤ b'.f n + ε :=
  ((h (ε / 3) (by grind)).and_imp (h' (ε / 3) (by grind)) fun _ => And.intro).and_imp (H (ε / 3) (by grind))
    fun n ⟨p, q⟩ r => by grind [abs]

/-- `x ≤ y`: the terms of `x` are at most those of `y`, up to any positive number, from some place on. -/
def le : Real → Real → Prop := Quotient.lift₂ (fun a b => ∀ ε : Rat, 0 < ε → Eventually fun n => a.f n ≤ b.f n + ε)
  fun _ _ _ _ h h' => propext ⟨le_congr h h', le_congr (h.neg.congr fun n => by grind) (h'.neg.congr fun n => by grind)⟩

instance : LE Real := ⟨le⟩
instance : LT Real := ⟨fun x y => x ≤ y ∧ ¬ y ≤ x⟩

theorem mk_le_mk (a b : CauchySeq) : mk a ≤ mk b ↔ ∀ ε : Rat, 0 < ε → Eventually fun n => a.f n ≤ b.f n + ε := Iff.rfl

theorem total (x y : Real) : x ≤ y ∨ y ≤ x := by
  revert x y; refine ind fun a => ind fun b => ?_
  simp only [mk_le_mk]
  by_cases h : Null (a.add b.neg).f
  · exact Or.inl fun ε hε => (h ε hε).imp fun n hn => by simp only [CauchySeq.add, CauchySeq.neg] at hn; grind [abs]
  · obtain ⟨ε, hε, h | h⟩ := CauchySeq.away_from_zero _ h
    · exact Or.inr fun η hη => h.imp fun n hn => by simp only [CauchySeq.add, CauchySeq.neg] at hn; grind
    · exact Or.inl fun η hη => h.imp fun n hn => by simp only [CauchySeq.add, CauchySeq.neg] at hn; grind

instance : Std.IsLinearOrder Real where
  le_refl := ind fun a ε hε => Eventually.all fun n => by grind
  le_trans := ind fun a => ind fun b => ind fun c h h' ε hε =>
    ((mk_le_mk ..).1 h (ε / 2) (by grind)).and_imp ((mk_le_mk ..).1 h' (ε / 2) (by grind)) fun n p q => by grind
  le_antisymm := ind fun a => ind fun b h h' => sound fun ε hε =>
    ((mk_le_mk ..).1 h ε hε).and_imp ((mk_le_mk ..).1 h' ε hε) fun n p q => by grind [abs]
  le_total := total

instance : Std.LawfulOrderLT Real where
  lt_iff _ _ := Iff.rfl

theorem mk_pos_iff (a : CauchySeq) : (0 : Real) < mk a ↔ ∃ ε : Rat, 0 < ε ∧ Eventually fun n => ε ≤ a.f n := by
  constructor
  · intro h
    by_cases hn : Null a.f
    · exact absurd (fun ε hε => (hn ε hε).imp fun n hn => by simp only [CauchySeq.const]; grind [abs]) h.2
    · obtain ⟨ε, hε, h' | h'⟩ := CauchySeq.away_from_zero _ hn
      · exact ⟨ε, hε, h'⟩
      · exact absurd (fun η hη => h'.imp fun n hn => by simp only [CauchySeq.const]; grind) h.2
  · rintro ⟨ε, hε, h⟩
    refine ⟨fun η hη => h.imp fun n hn => by simp only [CauchySeq.const]; grind, fun h' => ?_⟩
    obtain ⟨n, hn⟩ := (((mk_le_mk ..).1 h' (ε / 2) (by grind)).and_imp h (S := fun _ => False)
      fun n p q => by simp only [CauchySeq.const] at p; grind).exists
    exact hn

theorem add_le_left_iff {x y : Real} (z : Real) : x ≤ y ↔ x + z ≤ y + z := by
  revert z; refine ind fun c => ?_
  revert x y; refine @ind _ fun a => @ind _ fun b => ?_
  constructor
  · exact fun h ε hε => ((mk_le_mk ..).1 h ε hε).imp fun n hn => by simp only [CauchySeq.add]; grind
  · exact fun h ε hε => ((mk_le_mk ..).1 h ε hε).imp fun n hn => by simp only [CauchySeq.add] at hn; grind

theorem zero_lt_mul (x y : Real) : 0 < x → 0 < y → 0 < x * y := by
  revert x y; refine ind fun a => ind fun b h h' => ?_
  obtain ⟨ε, hε, h⟩ := (mk_pos_iff a).1 h
  obtain ⟨η, hη, h'⟩ := (mk_pos_iff b).1 h'
  exact (mk_pos_iff _).2 ⟨ε * η, mul_pos hε hη, h.and_imp h' fun n p q =>
    mul_le_mul (show 0 ≤ ε by grind) p (show 0 ≤ η by grind) q⟩

theorem lt_iff_sub {x y : Real} : x < y ↔ 0 < y - x := by
  have h1 := add_le_left_iff (x := x) (y := y) (-x)
  have h2 := add_le_left_iff (x := y) (y := x) (-x)
  have e1 : x + -x = 0 := by grind
  have e2 : y + -x = y - x := by grind
  rw [e1, e2] at h1 h2
  exact ⟨fun h => ⟨h1.1 h.1, fun h' => h.2 (h2.2 h')⟩, fun h => ⟨h1.2 h.1, fun h' => h.2 (h2.1 h')⟩⟩

instance : Lean.Grind.OrderedRing Real where
  add_le_left_iff := add_le_left_iff
  zero_lt_one := (mk_pos_iff _).2 ⟨1, by grind, Eventually.all fun n => by simp only [CauchySeq.const]; grind⟩
  mul_lt_mul_of_pos_left {a b c} h hc := by
    rw [lt_iff_sub] at h ⊢
    rw [show c * b - c * a = c * (b - a) by grind]
    exact zero_lt_mul _ _ hc h
  mul_lt_mul_of_pos_right {a b c} h hc := by
    rw [lt_iff_sub] at h ⊢
    rw [show b * c - a * c = (b - a) * c by grind]
    exact zero_lt_mul _ _ h hc

/-- The real numbers are an ordered field. -/
instance : OrderedField Real where

end Real

end
end Lmx.Reals
