module
public import Lmx.Theorems.Pullback.Basic
public import Lmx.Ad.Reverse
@[expose] public section

/-!
# Cotangents, accumulated

The reverse pass keeps, for each value of the forward program, the value that holds its cotangent so far.
`storedPairing` is what these cotangents, paired with tangents of the values, amount to; accumulating contributions adds
their pairings.

Main results: `spec_accumulateAll`.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R]

noncomputable section

/-- The type of value `k`, where the values have the types `Γ`. -/
def typeAt (Γ : List TensorType) (k : Nat) : TensorType := Γ[k]?.getD (typeOr none)

/-- The pairing of the stored cotangent of value `k` with its tangent. -/
def storedAt (B : Nat) (Γ : List TensorType) (c : Cotangents) (E t : Env R) (k : Nat) : R :=
  match c.find k with
  | some d => tdot (extents B (typeAt Γ k).shape) (E d.id) (t k)
  | none => 0

/-- The pairing of all stored cotangents with tangents. -/
def storedPairing (B : Nat) (Γ : List TensorType) (c : Cotangents) (E t : Env R) : R :=
  nsum Γ.length (storedAt B Γ c E t)

/-- Every stored cotangent is a value of the code, of the type of what it is the cotangent of. -/
def StoredTyped (B : Nat) (e : Env R) (Γ : List TensorType) (s : Code) (c : Cotangents) : Prop :=
  ∀ k d, k < Γ.length → c.find k = some d → Holds B e s d (typeAt Γ k) (s.env B e d.id)

end

variable {B : Nat} {e : Env R} {s s' : Code} {Γ : List TensorType} {c : Cotangents}

theorem tdot_add_left (sh : List Nat) (x y z : Tensor R) :
    tdot sh (fun i => x i + y i) z = tdot sh x z + tdot sh y z := by
  simp only [tdot, tsum, ← lsum_add]
  exact lsum_congr fun i _ => by grind

theorem nsum_add_dirac {n i : Nat} (h : i < n) (f g : Nat → R) (δ : R) (hi : g i = f i + δ)
    (hg : ∀ k, k ≠ i → g k = f k) : nsum n g = nsum n f + δ := by
  rw [nsum, nsum, ← lsum_dirac List.nodup_range (fun _ => δ) (List.mem_range.2 h), ← lsum_add]
  exact lsum_congr fun k _ => by grind

theorem typeAt_of_getElem? {τ : TensorType} {k : Nat} (h : Γ[k]? = some τ) : k < Γ.length ∧ typeAt Γ k = τ :=
  ⟨(List.getElem?_eq_some_iff.1 h).1, by simp [typeAt, h]⟩

theorem StoredTyped.mono (h : StoredTyped B e Γ s c) (hx : Extends B e s s') : StoredTyped B e Γ s' c :=
    fun k d hk hd => by
  have h1 := h k d hk hd
  rw [hx.env _ h1.lt]
  exact h1.mono hx

theorem storedPairing_mono (h : StoredTyped B e Γ s c) (hx : Extends B e s s') (t : Env R) :
    storedPairing B Γ c (s'.env B e) t = storedPairing B Γ c (s.env B e) t := by
  refine nsum_congr fun k hk => ?_
  simp only [storedAt]
  split
  · rename_i d hd
    rw [hx.env _ (h k d hk hd).lt]
  · rfl

theorem storedPairing_insert {E : Env R} {k : Nat} (hk : k < Γ.length) (d : Var) (t : Env R) {δ : R}
    (h : tdot (extents B (typeAt Γ k).shape) (E d.id) (t k) = storedAt B Γ c E t k + δ) :
    storedPairing B Γ (c.insert k d) E t = storedPairing B Γ c E t + δ := by
  refine nsum_add_dirac hk _ _ _ ?_ fun j hj => ?_
  · simp only [storedAt, NatMap.find_insert, if_true] at h ⊢; exact h
  · simp only [storedAt, NatMap.find_insert, hj, if_false]

theorem StoredTyped.insert (h : StoredTyped B e Γ s c) {k : Nat} {d : Var}
    (hd : Holds B e s d (typeAt Γ k) (s.env B e d.id)) : StoredTyped B e Γ s (c.insert k d) := fun j d' hj hd' => by
  rw [NatMap.find_insert] at hd'
  split at hd'
  · rename_i e; cases hd'; subst e; exact hd
  · exact h j d' hj hd'

/-- Accumulating a contribution adds its pairing. -/
theorem spec_accumulate {v d : Var} (hv : Γ[v.id]? = some v.type) (hf : v.type.dtype = .f32)
    (hc : StoredTyped B e Γ s c) (hd : Holds B e s d v.type (s.env B e d.id)) :
    Spec B e (accumulate c v (some d)) s fun s' c' => StoredTyped B e Γ s' c' ∧
      ∀ t, storedPairing B Γ c' (s'.env B e) t =
        storedPairing B Γ c (s.env B e) t + tdot (extents B v.shape) (s.env B e d.id) (t v.id) := by
  obtain ⟨hlt, hty⟩ := typeAt_of_getElem? hv
  simp only [accumulate]
  split
  · rename_i hn
    refine Spec.pure ⟨hc.insert (by rw [hty]; exact hd), fun t => storedPairing_insert hlt d t ?_⟩
    simp only [storedAt, hn, hty, Var.shape]; grind
  · rename_i e' hn
    have he' := hc _ _ hlt hn
    rw [hty] at he'
    have hsh : v.type = .f32 v.shape := by rw [Var.shape, TensorType.f32, ← hf]
    rw [hsh] at he' hd
    refine (spec_binary .add he' hd).bind fun s1 u hx hu => Spec.pure ?_
    have hu' : Holds B e s1 u (typeAt Γ v.id) (s1.env B e u.id) := by rw [hty, hsh]; exact hu.self
    refine ⟨(hc.mono hx).insert hu', fun t => ?_⟩
    rw [← storedPairing_mono hc hx]
    refine storedPairing_insert hlt u t ?_
    have h1 : (s1.env B e) e'.id = (s.env B e) e'.id := hx.env _ he'.lt
    simp only [storedAt, hn, hty, Var.shape] at *
    rw [hu.value, h1, ← tdot_add_left, hsh]
    exact tdot_clip_left ..

theorem CotangentsTyped.mono (hx : Extends B e s s') {vs : List Var} {ds : List (Option Var)}
    (h : CotangentsTyped B e s vs ds) :
    CotangentsTyped B e s' vs ds ∧ ∀ t, pairing B (s'.env B e) t vs ds = pairing B (s.env B e) t vs ds := by
  induction vs generalizing ds with
  | nil => cases ds <;> exact ⟨trivial, fun _ => rfl⟩
  | cons v vs ih =>
    match ds with
    | [] => exact ⟨trivial, fun _ => rfl⟩
    | none :: ds => exact ih h
    | some d :: ds =>
      have he := hx.env _ h.1.lt
      exact ⟨⟨by rw [he]; exact h.1.mono hx, (ih h.2).1⟩, fun t => by simp only [pairing, (ih h.2).2, he]⟩

/-- Accumulating contributions adds their pairings. -/
theorem spec_accumulateAll {vs : List Var} {ds : List (Option Var)} (hv : ∀ v ∈ vs, Γ[v.id]? = some v.type)
    (hf : ∀ v ∈ vs, v.type.dtype = .f32) (hc : StoredTyped B e Γ s c) (hd : CotangentsTyped B e s vs ds) :
    Spec B e (accumulateAll c vs ds) s fun s' c' => StoredTyped B e Γ s' c' ∧
      ∀ t, storedPairing B Γ c' (s'.env B e) t = storedPairing B Γ c (s.env B e) t + pairing B (s.env B e) t vs ds := by
  induction vs generalizing ds c s with
  | nil => exact Spec.pure ⟨hc, fun t => by simp only [pairing]; grind⟩
  | cons v vs ih =>
    rw [List.forall_mem_cons] at hv hf
    match ds with
    | [] => exact Spec.pure ⟨hc, fun t => by simp only [pairing]; grind⟩
    | none :: ds => exact ih hv.2 hf.2 hc hd
    | some d :: ds =>
      refine (spec_accumulate hv.1 hf.1 hc hd.1).bind fun s1 c1 hx h1 => ?_
      have hm := CotangentsTyped.mono hx hd.2
      refine (ih hv.2 hf.2 h1.1 hm.1).mono fun s2 c2 _ h2 => ⟨h2.1, fun t => ?_⟩
      rw [h2.2, h1.2, hm.2]; simp only [pairing]; grind

end Lmx
end
