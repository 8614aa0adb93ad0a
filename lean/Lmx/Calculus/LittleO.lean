module
public import Lmx.Calculus.Linear
@[expose] public section

/-!
# Little-o and big-O at zero

Derivatives are proved by calculating with these two classes of functions, not with epsilons.

Main definitions: `Small P`, `P` holds near zero; `SmallO`, `BigO`. Main results: both are closed under sums and
multiplication by constants; linear forms are big-O (`IsLin.bigO`), products of two big-O functions are little-o
(`BigO.mul`), and `SmallO.comp` is what the chain rule needs.
-/

namespace Lmx.Calculus
open Lean.Grind

noncomputable section
variable {R : Type} [OrderedField R] {ι κ : Type} [Idx ι] [Idx κ]

/-- `P h` for small `h`. -/
def Small (P : (ι → R) → Prop) : Prop := ∃ δ : R, 0 < δ ∧ ∀ h, norm h ≤ δ → P h

theorem Small.norm_le {ε : R} (hε : 0 < ε) : Small fun h : ι → R => norm h ≤ ε := ⟨ε, hε, fun _ h => h⟩

theorem Small.imp₂ {P Q S : (ι → R) → Prop} (hP : Small P) (hQ : Small Q) (H : ∀ h, P h → Q h → S h) : Small S := by
  obtain ⟨δ, hδ, hP⟩ := hP
  obtain ⟨δ', hδ', hQ⟩ := hQ
  obtain ⟨d, hd, h1, h2⟩ := exists_min hδ hδ'
  exact ⟨d, hd, fun h hh => H h (hP h (by grind)) (hQ h (by grind))⟩

theorem Small.imp {P S : (ι → R) → Prop} (hP : Small P) (H : ∀ h, P h → S h) : Small S :=
  hP.imp₂ hP fun h h' _ => H h h'

/-- `|r h| ≤ C ‖h‖` for small `h`. -/
def Within (C : R) (r : (ι → R) → R) : Prop := Small fun h => abs (r h) ≤ C * norm h

/-- `r h = o(‖h‖)` as `h → 0`. -/
def SmallO (r : (ι → R) → R) : Prop := ∀ ε : R, 0 < ε → Within ε r

/-- `r h = O(‖h‖)` as `h → 0`. -/
def BigO (r : (ι → R) → R) : Prop := ∃ C : R, 0 < C ∧ Within C r

variable {r s : (ι → R) → R} {C C' : R}

theorem Within.plus (hr : Within C r) (hs : Within C' s) : Within (C + C') (fun h => r h + s h) :=
  hr.imp₂ hs fun h h1 h2 => by have := abs_add (r h) (s h); grind

theorem Within.mul_left (c : R) (hr : Within C r) : Within ((abs c + 1) * C) (fun h => c * r h) := hr.imp fun h hh => by
  have hc := abs_nonneg c
  have := mul_le_mul hc (show abs c ≤ abs c + 1 by grind) (abs_nonneg (r h)) hh
  rw [abs_mul]; grind

theorem SmallO.bigO (h : SmallO r) : BigO r := ⟨1, by grind, h 1 (by grind)⟩

theorem SmallO.congr (hr : SmallO r) (e : ∀ h, r h = s h) : SmallO s := funext e ▸ hr

/-- A bound for each `ε` may be a fixed multiple of it. -/
theorem SmallO.of_mul {K : R} (hK : 0 < K) (H : ∀ ε, 0 < ε → Within (K * ε) r) : SmallO r := fun ε hε => by
  have := H (ε / K) (div_pos hε hK)
  rwa [show K * (ε / K) = ε by grind] at this

theorem SmallO.zero : SmallO (fun _ : ι → R => (0 : R)) := fun ε hε => (Small.norm_le hε).imp fun h _ => by
  rw [abs_zero]; exact mul_nonneg (by grind) (norm_nonneg h)

theorem BigO.plus : BigO r → BigO s → BigO (fun h => r h + s h) :=
  fun ⟨C, hC, hr⟩ ⟨C', hC', hs⟩ => ⟨C + C', by grind, hr.plus hs⟩

theorem SmallO.plus (hr : SmallO r) (hs : SmallO s) : SmallO (fun h => r h + s h) :=
  .of_mul (K := 2) (by grind) fun ε hε => (show ε + ε = 2 * ε by grind) ▸ (hr ε hε).plus (hs ε hε)

theorem abs_add_one_pos (c : R) : 0 < abs c + 1 := by have := abs_nonneg c; grind

theorem BigO.mul_left (c : R) : BigO r → BigO (fun h => c * r h) :=
  fun ⟨_, hC, hr⟩ => ⟨_, mul_pos (abs_add_one_pos c) hC, hr.mul_left c⟩

theorem SmallO.mul_left (c : R) (hr : SmallO r) : SmallO (fun h => c * r h) :=
  .of_mul (abs_add_one_pos c) fun ε hε => (hr ε hε).mul_left c

theorem BigO.mul (hr : BigO r) (hs : BigO s) : SmallO (fun h => r h * s h) := by
  obtain ⟨C, hC, hr⟩ := hr
  obtain ⟨C', hC', hs⟩ := hs
  refine .of_mul hC fun ε hε => (hr.imp₂ hs fun _ => And.intro).imp₂ (.norm_le (div_pos hε hC')) fun h ⟨h1, h2⟩ h3 => ?_
  have h3 := (le_div_iff hC').1 h3
  have := mul_le_mul (abs_nonneg (r h)) h1 (abs_nonneg (s h)) (show abs (s h) ≤ ε by grind)
  rw [abs_mul]; grind

theorem BigO.sum {r : κ → (ι → R) → R} (h : ∀ j, BigO (r j)) : BigO fun x => Calculus.sum fun j => r j x :=
  lsum_induction SmallO.zero.bigO .plus _ h

theorem SmallO.sum {r : κ → (ι → R) → R} (h : ∀ j, SmallO (r j)) : SmallO fun x => Calculus.sum fun j => r j x :=
  lsum_induction .zero .plus _ h

theorem BigO.norm {k : (ι → R) → κ → R} (hk : ∀ j, BigO (k · j)) : BigO (fun h => norm (k h)) :=
  .sum fun j => by simpa only [BigO, Within, abs_abs] using hk j

theorem SmallO.norm {k : (ι → R) → κ → R} (hk : ∀ j, SmallO (k · j)) : SmallO (fun h => Calculus.norm (k h)) :=
  .sum fun j => by simpa only [SmallO, Within, abs_abs] using hk j

theorem BigO.coord (i : ι) : BigO (fun h : ι → R => h i) :=
  ⟨1, by grind, 1, by grind, fun h _ => by have := abs_le_norm h i; grind⟩

theorem IsLin.bigO {ℓ : (ι → R) → R} (h : IsLin ℓ) : BigO ℓ := by
  rw [show ℓ = _ from funext h.eq_sum]
  exact .sum fun i => (BigO.coord i).mul_left _

/-- A linear form of little-o's is little-o. -/
theorem IsLin.smallO {m : (κ → R) → R} {r : (ι → R) → κ → R} (h : IsLin m) (hr : ∀ j, SmallO (r · j)) :
    SmallO (fun x => m (r x)) :=
  (SmallO.sum fun i => (hr i).mul_left (m (basis i))).congr fun x => (h.eq_sum (r x)).symm

theorem SmallO.comp {r : (κ → R) → R} {k : (ι → R) → κ → R} (hr : SmallO r) (hk : ∀ j, BigO (k · j)) :
    SmallO (fun h => r (k h)) := by
  obtain ⟨C, hC, hk⟩ := BigO.norm hk
  refine .of_mul hC fun ε hε => ?_
  obtain ⟨δ, hδ, H⟩ := hr ε hε
  refine hk.imp₂ (.norm_le (div_pos hδ hC)) fun h h1 h2 => ?_
  have h2 := (le_div_iff hC).1 h2
  have h3 : Calculus.norm (k h) ≤ C * Calculus.norm h := by have := le_abs (Calculus.norm (k h)); grind
  have h4 := OrderedRing.mul_le_mul_of_nonneg_left h3 (show 0 ≤ ε by grind)
  have := H (k h) (by grind)
  grind

theorem norm_smul (c : R) (x : ι → R) : norm (c • x) = abs c * norm x := by
  rw [norm, norm, ← sum_mul]
  exact sum_congr fun i => abs_mul c (x i)

/-- A linear form that is little-o is zero. -/
theorem IsLin.eq_zero_of_smallO {ℓ : (ι → R) → R} (h : IsLin ℓ) (hs : SmallO ℓ) (v : ι → R) : ℓ v = 0 := by
  refine Classical.byContradiction fun hv => ?_
  have hn : 0 < norm v + 1 := by have := norm_nonneg v; grind
  obtain ⟨c, hc, e⟩ : ∃ c, 0 < c ∧ abs (ℓ v) = c * (norm v + 1) := ⟨_, div_pos (abs_pos hv) hn, by grind⟩
  obtain ⟨δ, hδ, H⟩ := hs c hc
  obtain ⟨t, ht, e'⟩ : ∃ t, 0 < t ∧ δ = t * (norm v + 1) := ⟨_, div_pos hδ hn, by grind⟩
  have ha : abs t = t := by grind [abs]
  have h1 : abs (ℓ (t • v)) ≤ c * norm (t • v) := H _ (by rw [norm_smul, ha]; grind)
  rw [h.smul, abs_mul, norm_smul, ha, e] at h1
  have := mul_pos ht hc
  grind

end
end Lmx.Calculus
