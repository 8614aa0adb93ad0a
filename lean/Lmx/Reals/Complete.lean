module
public import Lmx.Reals.Order
public import Lmx.Reals.HasSups
@[expose] public section

/-!
# Least upper bounds of sets of real numbers

Main result: `Real.hasSups`, every set of real numbers that has a member and an upper bound has a least upper bound: the
limit of rationals `q` that are at most some member, while `q + ε` is an upper bound, for smaller and smaller `ε`.
-/

namespace Lmx.Reals
open Calculus Lean.Grind

namespace Real

theorem exists_nat_ge (q : Rat) : ∃ n : Nat, q ≤ n := by
  refine ⟨(q.floor + 1).toNat, ?_⟩
  have h1 := Rat.lt_floor_add_one q
  have h2 := Rat.intCast_le_intCast.2 (Int.self_le_toNat (q.floor + 1))
  rw [Rat.intCast_natCast] at h2
  grind

theorem exists_inv_le {ε : Rat} (hε : 0 < ε) : ∃ N : Nat, ∀ n, N ≤ n → ((n : Rat) + 1)⁻¹ ≤ ε := by
  obtain ⟨N, hN⟩ := exists_nat_ge ε⁻¹
  refine ⟨N, fun n hn => ?_⟩
  have h1 : (N : Rat) ≤ n := Rat.natCast_le_natCast.2 hn
  have h2 := inv_le_inv (inv_pos hε) (show ε⁻¹ ≤ (n : Rat) + 1 by grind)
  grind

theorem ofRat_le {p q : Rat} : ofRat p ≤ ofRat q ↔ p ≤ q := by
  refine ⟨fun h => Classical.byContradiction fun hpq => ?_, fun h => mk_le_mk 0 fun _ _ => h⟩
  obtain ⟨N, hN⟩ := Quotient.exact h ((p - q) / 2) (by grind)
  have := hN N N (Nat.le_refl _) (Nat.le_refl _)
  grind [abs]

theorem exists_rat_ge : ∀ x : Real, ∃ q : Rat, ofRat (-q) ≤ x ∧ x ≤ ofRat q := ind fun a =>
  let ⟨B, N, _, h⟩ := a.2.bounded
  ⟨B, mk_le_mk N fun n hn => (abs_le.1 (h n hn)).1, mk_le_mk N fun n hn => (abs_le.1 (h n hn)).2⟩

theorem le_of_le_add {x y : Real} (h : ∀ ε : Rat, 0 < ε → x ≤ y + ofRat ε) : x ≤ y := by
  refine Classical.byContradiction fun hxy => ?_
  have hd := inv_pos (show 0 < x - y by grind)
  obtain ⟨q, -, hq⟩ := exists_rat_ge (x - y)⁻¹
  have hq0 : ¬ q ≤ 0 := fun h => by have : ofRat q ≤ 0 := ofRat_le.2 h; grind
  have h1 := h (1 / (2 * q)) (div_pos (by grind) (by grind))
  have h2 := mul_le_mul (by grind) hq (show 0 ≤ x - y by grind) (show x - y ≤ ofRat (1 / (2 * q)) by grind)
  rw [show (x - y)⁻¹ * (x - y) = 1 by grind] at h2
  have h3 : ofRat 1 ≤ ofRat (q * (1 / (2 * q))) := h2
  rw [ofRat_le] at h3
  grind

/-- A rational that is at most some member of a set, while it is an upper bound if `ε` is added. -/
theorem exists_rat_near {S : Real → Prop} {s B : Real} (hs : S s) (hB : ∀ s, S s → s ≤ B) {ε : Rat} (hε : 0 < ε) :
    ∃ q : Rat, (∃ s, S s ∧ ofRat q ≤ s) ∧ ∀ s, S s → s ≤ ofRat (q + ε) := by
  refine Classical.byContradiction fun hc => ?_
  obtain ⟨p, hp, -⟩ := exists_rat_ge s
  obtain ⟨b, -, hb⟩ := exists_rat_ge B
  have key : ∀ k : Nat, ∃ s, S s ∧ ofRat (-p + k * ε) ≤ s := fun k => by
    induction k with
    | zero => exact ⟨s, hs, by rwa [show -p + (0 : Nat) * ε = -p by grind]⟩
    | succ k ih =>
      refine Classical.byContradiction fun h => hc ⟨_, ih, fun s hs => ?_⟩
      have : ¬ ofRat (-p + (k + 1 : Nat) * ε) ≤ s := fun h' => h ⟨s, hs, h'⟩
      rw [show -p + (k + 1 : Nat) * ε = -p + k * ε + ε by grind] at this
      grind
  obtain ⟨k, hk⟩ := exists_nat_ge ((b + p + 1) / ε)
  obtain ⟨s, hs, h⟩ := key k
  have h1 := hB s hs
  have h2 := ofRat_le.1 (show ofRat (-p + k * ε) ≤ ofRat b by grind)
  have h3 := OrderedRing.mul_le_mul_of_nonneg_right hk (show 0 ≤ ε by grind)
  rw [show (b + p + 1) / ε * ε = b + p + 1 by grind] at h3
  grind

/-- Bounded sets of real numbers have least upper bounds. -/
theorem hasSups : HasSups Real := by
  rintro S ⟨s₀, hs₀⟩ ⟨B, hB⟩
  obtain ⟨c, hc⟩ := Classical.axiomOfChoice fun n : Nat => exists_rat_near hs₀ hB (ε := ((n : Rat) + 1)⁻¹)
    (inv_pos (by have := Rat.natCast_nonneg (a := n); grind))
  have key (m n : Nat) : c m ≤ c n + ((n : Rat) + 1)⁻¹ := by
    obtain ⟨s, hs, h⟩ := (hc m).1
    have := (hc n).2 s hs
    exact ofRat_le.1 (by grind)
  let L := mk ⟨c, fun ε hε => by
    obtain ⟨N, hN⟩ := exists_inv_le hε
    refine ⟨N, fun m n hm hn => abs_le.2 ?_⟩
    have := key m n
    have := key n m
    have := hN m hm
    have := hN n hn
    grind⟩
  refine ⟨L, fun s hs => le_of_le_add fun ε hε => ?_, fun u hu => le_of_le_add fun ε hε => ?_⟩
  · obtain ⟨N, hN⟩ := exists_inv_le (show 0 < ε / 2 by grind)
    have h1 : ofRat (c N + ((N : Rat) + 1)⁻¹) ≤ L + ofRat ε := mk_le_mk N fun m hm => by
      have := key N m
      have := hN m hm
      have := hN N (Nat.le_refl N)
      show c N + ((N : Rat) + 1)⁻¹ ≤ c m + ε
      grind
    have := (hc N).2 s hs
    grind
  · obtain ⟨N, hN⟩ := exists_inv_le hε
    obtain ⟨s, hs, h⟩ := (hc N).1
    have h1 : L ≤ ofRat (c N) + ofRat ε := mk_le_mk 0 fun m _ => by
      have := key m N
      have := hN N (Nat.le_refl N)
      show c m ≤ c N + ε
      grind
    have := hu s hs
    grind

end Real

end Lmx.Reals
