module
public import Lmx.Theorems.Typed.Optim
public import Lmx.Theorems.Lower.Optimizer
public import Lmx.Textbook.Train
@[expose] public section

/-!
# Optimizer steps on all parameters

Main results: `sgd_computes`, `adamw_computes` (an optimizer emits the textbook's step) and `spec_updateAll` (for
every parameter).
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code}

/-- The values hold the tensors `x 0`, `x 1`, …, all of type `t`. -/
def HoldsList (B : Nat) (e : Env R) (s : Code) (t : TensorType) (vs : List Var) (x : Nat → Tensor R) : Prop :=
  ∀ (j : Nat) (v : Var), vs[j]? = some v → Holds B e s v t (x j)

/-- The optimizer emits the step `u`. -/
structure Optimizer.Computes (o : Optimizer) (u : Textbook.Update R) : Prop where
  emits : o.EmitsScoped
  spec : ∀ {B : Nat} {e : Env R} {s : Code} {sh : Shape} {hs : List Var} {decay : Bool} {p g : Var} {st : List Var}
    {H : Nat → R}
    {P G : Tensor R} {S : Nat → Tensor R}, sh.positive = true → hs.length = o.hyperparameters.length →
    HoldsList B e s (.f32 []) hs (fun m _ => H m) → Holds B e s p (.f32 sh) P → Holds B e s g (.f32 sh) G →
    st.length = o.slots.length → HoldsList B e s (.f32 sh) st S →
    Spec B e (o.update hs decay p g st) s fun s' r => Holds B e s' r.1 (.f32 sh) (u H decay P G S).1 ∧
      r.2.length = o.slots.length ∧ HoldsList B e s' (.f32 sh) r.2 (u H decay P G S).2

theorem sgd_computes : sgd.Computes (Textbook.sgdUpdate (R := R)) where
  emits := emits_sgd
  spec := by
    intro B e s sh hs decay p g st H P G S hsh hl hh hp hg hl' hst
    match hs, hl with
    | [a, b, c], _ =>
      match st, hl' with
      | [v], _ =>
        refine (spec_sgd decay hsh (hh 0 a rfl) (hh 1 b rfl) (hh 2 c rfl) hp hg (hst 0 v rfl)).mono fun s' r _ h => ?_
        obtain ⟨p', v', rfl, h1, h2⟩ := h
        refine ⟨h1, rfl, fun j w hw => ?_⟩
        match j, hw with
        | 0, hw => cases hw; exact h2

theorem adamw_computes : adamw.Computes (Textbook.adamwUpdate (R := R)) where
  emits := emits_adamw
  spec := by
    intro B e s sh hs decay p g st H P G S hsh hl hh hp hg hl' hst
    match hs, hl with
    | [a, b, c, d, f, w], _ =>
      match st, hl' with
      | [m, v], _ =>
        refine (spec_adamw decay hsh (hh 0 a rfl) (hh 1 b rfl) (hh 2 c rfl) (hh 3 d rfl) (hh 4 f rfl) (hh 5 w rfl) hp
          hg (hst 0 m rfl)
          (hst 1 v rfl)).mono fun s' r _ h => ?_
        obtain ⟨p', m', v', rfl, h1, h2, h3⟩ := h
        refine ⟨h1, rfl, fun j w hw => ?_⟩
        match j, hw with
        | 0, hw => cases hw; exact h2
        | 1, hw => cases hw; exact h3

/-- The new parameters and states, one after the other. `k` is the number of the first parameter. -/
theorem spec_updateAll {o : Optimizer} {u : Textbook.Update R} (ho : o.Computes u) {hyper state : List Var}
    {count : Nat} {H : Nat → R}
    {P G : Nat → Tensor R} {S : Nat → Nat → Tensor R} (hl : hyper.length = o.hyperparameters.length)
    (l : List (Param × Var × Var)) : ∀ (k : Nat) (s : Code), HoldsList B e s (.f32 []) hyper (fun m _ => H m) →
    (∀ j q p g, l[j]? = some (q, p, g) → (fixedShape q.shape).positive = true ∧
    Holds B e s p (.f32 (fixedShape q.shape)) (P (k + j)) ∧
      Holds B e s g (.f32 (fixedShape q.shape)) (G (k + j)) ∧
      ∀ slot, slot < o.slots.length → Holds B e s (nth .missing state (slot * count + (k + j)))
        (.f32 (fixedShape q.shape)) (S slot (k + j))) →
    Spec B e (updateAll o hyper state count k l) s fun s' new => new.length = l.length ∧
      ∀ j q p g r, l[j]? = some (q, p, g) → new[j]? = some r →
        Holds B e s' r.1 (.f32 (fixedShape q.shape)) (u H q.decay (P (k + j)) (G (k + j)) fun slot =>
          S slot (k + j)).1 ∧
        r.2.length = o.slots.length ∧
        HoldsList B e s' (.f32 (fixedShape q.shape)) r.2 (u H q.decay (P (k + j)) (G (k + j)) fun slot =>
          S slot (k + j)).2 := by
  induction l with
  | nil => exact fun k s _ _ => Spec.pure ⟨rfl, fun j q p g r h => by simp at h⟩
  | cons a l ih =>
    obtain ⟨q, p, g⟩ := a
    intro k s hh ha
    obtain ⟨hq, hp, hg, hst⟩ := ha 0 q p g rfl
    simp only [updateAll]
    refine (ho.spec (H := H) (P := P k) (G := G k) (S := fun slot => S slot k) (decay := q.decay) hq hl hh hp hg ?_
      ?_).bind fun s1 r hx1 h1 => ?_
    · simp [map_eq, range_eq, length_eq]
    · intro j v hv
      simp only [map_eq, range_eq, length_eq, List.getElem?_map] at hv
      cases hj : (List.range o.slots.length)[j]? with
      | none => rw [hj] at hv; cases hv
      | some m =>
        rw [hj] at hv; cases hv
        obtain ⟨h2, h3⟩ := List.getElem?_eq_some_iff.1 hj
        simp only [List.getElem_range] at h3
        subst h3
        exact hst j (by simpa using h2)
    refine (ih (k + 1) s1 (fun m v hv => (hh m v hv).mono hx1) fun j q' p' g' h => ?_).bind fun s2 new hx2 h2 =>
      Spec.pure ⟨by simp [h2.1], ?_⟩
    · obtain ⟨b1, b2, b3, b4⟩ := ha (j + 1) q' p' g' h
      have e1 : k + 1 + j = k + (j + 1) := by omega
      rw [e1]
      exact ⟨b1, b2.mono hx1, b3.mono hx1, fun slot hs => (b4 slot hs).mono hx1⟩
    · intro j q' p' g' r' hl' hr'
      cases j with
      | zero =>
        cases hl'; cases hr'
        exact ⟨h1.1.mono hx2, h1.2.1, fun j v hv => (h1.2.2 j v hv).mono hx2⟩
      | succ j =>
        have e1 : k + (j + 1) = k + 1 + j := by omega
        rw [e1]
        exact h2.2 j q' p' g' r' hl' hr'

end Lmx
end
