module
public import Lmx.Reals.Order
public import Lmx.Reals.HasSups
@[expose] public section

/-!
# Least upper bounds of sets of real numbers

They are found by bisection with rational end points.

Main definition: `Real.bisect`. Main result: `Real.hasSups`, every set of real numbers that has a member and an upper bound has a least
upper bound.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

noncomputable section

namespace Real

variable (S : Real → Prop)

open Classical in
/-- The `n`-th interval: the upper half of the one before if a member of `S` is at or above its lower end, else the lower half. -/
def bisect (lo hi : Rat) : Nat → Rat × Rat
  | 0 => (lo, hi)
  | n + 1 =>
    let p := bisect lo hi n
    let m := (p.1 + p.2) / 2
    if ∃ s, S s ∧ ofRat m ≤ s then (m, p.2) else (p.1, m)

theorem bisect_length (lo hi : Rat) (n : Nat) : (bisect S lo hi n).2 - (bisect S lo hi n).1 = (hi - lo) / twoPow n := by
  induction n with
  | zero => simp only [bisect, twoPow]; grind
  | succ n ih =>
    have hp := twoPow_pos (R := Rat) n
    simp only [bisect, twoPow]; split <;> grind

theorem bisect_lower (lo hi : Rat) (h : ∃ s, S s ∧ ofRat lo ≤ s) (n : Nat) : ∃ s, S s ∧ ofRat (bisect S lo hi n).1 ≤ s := by
  induction n with
  | zero => exact h
  | succ n ih =>
    simp only [bisect]; split
    · assumption
    · exact ih

theorem bisect_upper (lo hi : Rat) (h : ∀ s, S s → s ≤ ofRat hi) (n : Nat) : ∀ s, S s → s ≤ ofRat (bisect S lo hi n).2 := by
  induction n with
  | zero => exact h
  | succ n ih =>
    simp only [bisect]; split
    · exact ih
    · rename_i hn
      intro s hs
      have : ¬ ofRat ((((bisect S lo hi n).1 + (bisect S lo hi n).2)) / 2) ≤ s := fun h => hn ⟨s, hs, h⟩
      grind

theorem bisect_mono (lo hi : Rat) (hlh : lo ≤ hi) {m n : Nat} (h : m ≤ n) :
    (bisect S lo hi m).1 ≤ (bisect S lo hi n).1 ∧ (bisect S lo hi n).2 ≤ (bisect S lo hi m).2 ∧
      (bisect S lo hi n).1 ≤ (bisect S lo hi n).2 := by
  induction h with
  | refl =>
    refine ⟨by grind, by grind, ?_⟩
    induction m with
    | zero => exact hlh
    | succ m ih => simp only [bisect]; split <;> grind
  | @step k hk ih => simp only [bisect]; split <;> grind

theorem rat_exists_le_twoPow (q : Rat) : ∃ n, q ≤ twoPow n := by
  have hn : ∀ n : Nat, (n : Rat) ≤ twoPow n := fun n => by
    induction n with
    | zero => simp only [twoPow]; grind
    | succ n ih => have := twoPow_le (R := Rat) (Nat.zero_le n); simp only [twoPow] at this ⊢; grind
  refine ⟨(q.floor + 1).toNat, ?_⟩
  have h1 := hn (q.floor + 1).toNat
  have h2 := Rat.lt_floor_add_one q
  have h3 : q.floor + 1 ≤ ((q.floor + 1).toNat : Int) := Int.self_le_toNat _
  have h4 : ((q.floor + 1 : Int) : Rat) ≤ (((q.floor + 1).toNat : Int) : Rat) := Rat.intCast_le_intCast.2 h3
  have h5 : (((q.floor + 1).toNat : Int) : Rat) = ((q.floor + 1).toNat : Rat) := Rat.intCast_natCast _
  grind

theorem ofRat_le (p q : Rat) : ofRat p ≤ ofRat q ↔ p ≤ q := by
  constructor
  · intro h
    refine Classical.byContradiction fun hc => ?_
    obtain ⟨n, hn⟩ := ((mk_le_mk ..).1 h ((p - q) / 2) (by grind)).exists
    simp only [CauchySeq.const] at hn; grind
  · exact fun h ε hε => Eventually.all fun n => by simp only [CauchySeq.const]; grind

theorem exists_rat_ge (x : Real) : ∃ q : Rat, x ≤ ofRat q := by
  revert x; refine ind fun a => ?_
  obtain ⟨B, hB, h⟩ := a.bounded
  exact ⟨B, fun ε hε => h.imp fun n hn => by simp only [CauchySeq.const]; grind [abs]⟩

/-- Bounded sets of real numbers have least upper bounds. -/
theorem hasSups : HasSups Real := by
  rintro S ⟨s₀, hs₀⟩ ⟨B, hB⟩
  obtain ⟨hi, hhi⟩ := exists_rat_ge B
  obtain ⟨l, hl⟩ := exists_rat_ge (-s₀)
  have hlo : ofRat (-l) ≤ s₀ := by rw [ofRat_neg]; grind
  have h0 : ∀ s, S s → s ≤ ofRat hi := fun s hs => by have := hB s hs; grind
  have hlh : -l ≤ hi := (ofRat_le _ _).1 (by have := h0 s₀ hs₀; grind)
  have hL := bisect_lower S (-l) hi ⟨s₀, hs₀, hlo⟩
  have hH := bisect_upper S (-l) hi h0
  have hlen := bisect_length S (-l) hi
  have hmono := fun {m n : Nat} (h : m ≤ n) => bisect_mono S (-l) hi hlh h
  have small : ∀ ε : Rat, 0 < ε → ∃ N, (bisect S (-l) hi N).2 - (bisect S (-l) hi N).1 ≤ ε := by
    intro ε hε
    obtain ⟨N, hN⟩ := rat_exists_le_twoPow ((hi - -l) / ε)
    refine ⟨N, ?_⟩
    rw [hlen]
    have hp := twoPow_pos (R := Rat) N
    have h1 := OrderedRing.mul_le_mul_of_nonneg_right hN (show 0 ≤ ε * (twoPow N)⁻¹ by
      have := mul_pos hε (inv_pos hp); grind)
    rw [show (hi - -l) / ε * (ε * (twoPow N)⁻¹) = (hi - -l) / twoPow N by grind,
      show twoPow N * (ε * (twoPow N)⁻¹) = ε by grind] at h1
    exact h1
  generalize bisect S (-l) hi = b at *
  let c : CauchySeq := ⟨fun n => (b n).1, fun ε hε => by
    obtain ⟨N, hN⟩ := small ε hε
    refine ⟨N, fun m n hm hn => ?_⟩
    have h1 := hmono hm
    have h2 := hmono hn
    grind [abs]⟩
  refine ⟨mk c, ?_, ?_⟩
  · intro s hs
    have h := fun n => hH n s hs
    clear hs
    revert s
    refine ind fun a h ε hε => ?_
    obtain ⟨N, hN⟩ := small (ε / 2) (by grind)
    refine ((mk_le_mk ..).1 (h N) (ε / 2) (by grind)).and_imp (Q := fun n => N ≤ n) ⟨N, fun n hn => hn⟩ fun n h1 h2 => ?_
    have h3 := hmono h2
    simp only [CauchySeq.const] at h1
    show a.f n ≤ (b n).1 + ε
    grind
  · intro u hu
    have h : ∀ n, ofRat (b n).1 ≤ u := fun n => by
      obtain ⟨s, h1, h2⟩ := hL n
      have := hu s h1; grind
    clear hu
    revert u
    refine ind fun a h ε hε => ?_
    obtain ⟨N, hN⟩ := small (ε / 2) (by grind)
    refine ((mk_le_mk ..).1 (h N) (ε / 2) (by grind)).and_imp (Q := fun n => N ≤ n) ⟨N, fun n hn => hn⟩ fun n h1 h2 => ?_
    have h3 := hmono h2
    simp only [CauchySeq.const] at h1
    show (b n).1 ≤ a.f n + ε
    grind

end Real

end
end Lmx.Reals
