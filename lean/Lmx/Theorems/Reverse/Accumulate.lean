module
public import Lmx.Theorems.Pullback.Basic
public import Lmx.Ad.Reverse
@[expose] public section

/-!
# Cotangents, accumulated

The reverse pass keeps, for each value of the forward program, the value that holds its cotangent so far.
`storedPairing` is what these cotangents, paired with tangents of the values, amount to; accumulating contributions
adds their pairings.

Main results: `spec_accumulateAll`.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R]

noncomputable section

/-- The type of value `k`, where the values have the types `Γ`. -/
def typeAt (Γ : List TensorType) (k : Nat) : TensorType := Γ[k]?.getD (typeOr none)

/-- The stored cotangent of value `k`, zero if there is none. -/
def stored (c : Cotangents) (E : Env R) (k : Nat) : Tensor R :=
  match c.find k with
  | some d => E d.id
  | none => fun _ => 0

/-- The pairing of all stored cotangents with tangents. -/
def storedPairing (B : Nat) (Γ : List TensorType) (c : Cotangents) (E t : Env R) : R :=
  nsum Γ.length fun k => tdot (extents B (typeAt Γ k).shape) (stored c E k) (t k)

/-- Every stored cotangent is a value of the code, of the type of what it is the cotangent of. -/
def StoredTyped (B : Nat) (e : Env R) (Γ : List TensorType) (s : Code) (c : Cotangents) : Prop :=
  ∀ k τ d, Γ[k]? = some τ → c.find k = some d → Holds B e s d τ (s.env B e d.id)

end

variable {B : Nat} {e : Env R} {s s' : Code} {Γ : List TensorType} {c : Cotangents} {k : Nat} {τ : TensorType} {d : Var}

theorem tdot_zero_left (sh : List Nat) (x : Tensor R) : tdot sh (fun _ => 0) x = 0 :=
  (tsum_congr fun _ _ => by grind).trans (lsum_zero _)

theorem StoredTyped.mono (h : StoredTyped B e Γ s c) (hx : Extends B e s s') : StoredTyped B e Γ s' c :=
  fun k τ d hk hd => ((h k τ d hk hd).mono hx).self

theorem StoredTyped.insert (h : StoredTyped B e Γ s c) (hk : Γ[k]? = some τ) (hd : Holds B e s d τ (s.env B e d.id)) :
    StoredTyped B e Γ s (c.insert k d) := by
  grind [StoredTyped, NatMap.find_insert]

theorem storedPairing_mono (h : StoredTyped B e Γ s c) (hx : Extends B e s s') (t : Env R) :
    storedPairing B Γ c (s'.env B e) t = storedPairing B Γ c (s.env B e) t := nsum_congr fun k hk => by
  simp only [stored]
  split
  · rw [hx.env _ (h k _ _ (List.getElem?_eq_getElem hk) ‹_›).lt]
  · rfl

theorem storedPairing_leaf (E t : Env R) : storedPairing B Γ .leaf E t = 0 :=
  (nsum_congr fun _ _ => tdot_zero_left ..).trans (lsum_zero _)

/-- A cotangent that is larger by `δ` adds the pairing of `δ`. -/
theorem storedPairing_insert {E : Env R} {δ : Tensor R} (hk : Γ[k]? = some τ)
    (h : ∀ i, inRange (extents B τ.shape) i = true → E d.id i = stored c E k i + δ i) (t : Env R) :
    storedPairing B Γ (c.insert k d) E t = storedPairing B Γ c E t + tdot (extents B τ.shape) δ (t k) := by
  simp only [storedPairing, nsum]
  rw [← lsum_dirac List.nodup_range (fun _ => tdot (extents B τ.shape) δ (t k))
    (List.mem_range.2 (List.getElem?_eq_some_iff.1 hk).1), ← lsum_add]
  refine lsum_congr fun j _ => ?_
  by_cases hj : j = k
  · subst hj
    simp only [if_true, typeAt, hk, Option.getD_some, tdot, tsum, ← lsum_add]
    exact tsum_congr fun i hi => by simp only [stored, NatMap.find_insert, if_true, h i hi] at h ⊢; grind
  · simp only [stored, NatMap.find_insert, hj, if_false]; grind

/-- Accumulating a contribution adds its pairing. -/
theorem spec_accumulate {v : Var} (hv : Γ[v.id]? = some v.type) (hf : v.type.dtype = .f32) (hc : StoredTyped B e Γ s c)
    (hd : Holds B e s d v.type (s.env B e d.id)) :
    Spec B e (accumulate c v (some d)) s fun s' c' => StoredTyped B e Γ s' c' ∧
      ∀ t, storedPairing B Γ c' (s'.env B e) t =
        storedPairing B Γ c (s.env B e) t + tdot (extents B v.shape) (s.env B e d.id) (t v.id) := by
  simp only [accumulate]
  split
  · exact Spec.pure ⟨hc.insert hv hd, storedPairing_insert hv fun i _ => by simp only [stored, *]; grind⟩
  · rename_i u hu
    obtain ⟨id, dt, sh⟩ := v
    obtain rfl : dt = .f32 := hf
    have hu' := hc _ _ _ hv hu
    refine (spec_binary .add hu' hd).bind fun s1 w hx hw => Spec.pure ⟨(hc.mono hx).insert hv hw.self, fun t => ?_⟩
    rw [← storedPairing_mono hc hx]
    refine storedPairing_insert hv (fun i hi => ?_) t
    simp only [hw.value, stored, hu, hx.env _ hu'.lt]
    exact clip_of_inRange hi _

/-- Accumulating contributions adds their pairings. -/
theorem spec_accumulateAll {vs : List Var} {ds : List (Option Var)} (hv : ∀ v ∈ vs, Γ[v.id]? = some v.type)
    (hf : ∀ v ∈ vs, v.type.dtype = .f32) (hc : StoredTyped B e Γ s c) (hd : CotangentsTyped B e s vs ds) :
    Spec B e (accumulateAll c vs ds) s fun s' c' => StoredTyped B e Γ s' c' ∧
      ∀ t, storedPairing B Γ c' (s'.env B e) t = storedPairing B Γ c (s.env B e) t + pairing B (s.env B e) t vs ds := by
  suffices H : ∀ s₁, Extends B e s s₁ → StoredTyped B e Γ s₁ c → Spec B e (accumulateAll c vs ds) s₁ fun s' c' =>
      StoredTyped B e Γ s' c' ∧ ∀ t, storedPairing B Γ c' (s'.env B e) t =
        storedPairing B Γ c (s₁.env B e) t + pairing B (s.env B e) t vs ds from H s (.refl ..) hc
  clear hc
  induction vs generalizing ds c with
  | nil => exact fun _ _ hc => Spec.pure ⟨hc, fun t => by simp only [pairing]; grind⟩
  | cons v vs ih =>
    simp only [List.forall_mem_cons] at hv hf
    intro s₁ hx hc
    match ds with
    | [] => exact Spec.pure ⟨hc, fun t => by simp only [pairing]; grind⟩
    | none :: ds => exact ih hv.2 hf.2 hd s₁ hx hc
    | some d :: ds =>
      refine (spec_accumulate hv.1 hf.1 hc (hd.1.mono hx).self).bind fun s₂ c₂ hx₂ h₂ => ?_
      refine (ih hv.2 hf.2 hd.2 s₂ (hx.trans hx₂) h₂.1).mono fun s₃ c₃ _ h₃ => ⟨h₃.1, fun t => ?_⟩
      rw [h₃.2, h₂.2, hx.env _ hd.1.lt, pairing]; grind

end Lmx
end
