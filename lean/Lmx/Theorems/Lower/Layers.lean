module
public import Lmx.Theorems.Lower.Image
public import Lmx.Theorems.Lower.Resolve
@[expose] public section

/-!
# Lowering a chain of layers

Main results: `lowers_layer`, `lowers_layers`: the lowered layers compute the textbook's, example by example, and emit
smooth nodes off the kinks.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {ι : Type} [Idx ι] {B : Nat} {e : Env R} {E : (ι → R) → Env R} {θ : ι → R} {s s' : Code}

/-- The values `ps` hold the tensors `θ` of the parameters. -/
def HoldsParams (B : Nat) (e : Env R) (s : Code) : List Param → List Var → List (Tensor R) → Prop
  | [], _, _ => True
  | q :: qs, p :: ps, t :: ts => Holds B e s p (.f32 (fixedShape q.shape)) t ∧ HoldsParams B e s qs ps ts
  | _ :: _, _, _ => False

theorem HoldsParams.mono {qs : List Param} {ps : List Var} {P : List (Tensor R)} (h : HoldsParams B e s qs ps P)
    (hx : Extends B e s s') :
    HoldsParams B e s' qs ps P := by
  induction qs generalizing ps P <;> cases ps <;> cases P <;> grind [HoldsParams, Holds.mono]

theorem HoldsParams.split {qs qs' : List Param} {ps : List Var} {P : List (Tensor R)}
    (h : HoldsParams B e s (qs ++ qs') ps P) :
    HoldsParams B e s qs (ps.take qs.length) (P.take qs.length) ∧
      HoldsParams B e s qs' (ps.drop qs.length) (P.drop qs.length) := by
  induction qs generalizing ps P <;> cases ps <;> cases P <;> grind [HoldsParams]

/-- The layer meets no kink of its own. -/
def LayerSmooth (r : Resolved) (x : (ι → R) → Tensor R) (θ : ι → R) : Prop :=
  match r.layer, r.input with
  | .maxPool size stride padding, [h, w, c] => Textbook.PoolSmooth (Textbook.poolOf size stride padding h w c) x θ
  | _, _ => True

omit [Idx ι] in
theorem exists_of_two_params {q q' : Param} {ps : List Var} {P : (ι → R) → List (Tensor R)}
    (h : ∀ θ, HoldsParams B (E θ) s [q, q'] ps (P θ)) (hps : ps.length ≤ 2) (hP : ∀ θ, (P θ).length ≤ 2) :
    ∃ p p' t t', ps = [p, p'] ∧ (∀ θ, P θ = [t θ, t' θ]) ∧
      HoldsAll B E s p (.f32 (fixedShape q.shape)) t ∧ HoldsAll B E s p' (.f32 (fixedShape q'.shape)) t' := by
  have two (θ : ι → R) : ∃ p p' t t', ps = [p, p'] ∧ P θ = [t, t'] ∧
      Holds B (E θ) s p (.f32 (fixedShape q.shape)) t ∧ Holds B (E θ) s p' (.f32 (fixedShape q'.shape)) t' := by
    have h := h θ
    have hP := hP θ
    generalize P θ = P at h hP
    rcases ps with _ | ⟨p, _ | ⟨p', _ | _⟩⟩ <;> rcases P with _ | ⟨t, _ | ⟨t', _ | _⟩⟩
      <;> first | exact ⟨_, _, _, _, rfl, rfl, h.1, h.2.1⟩ | simp_all [HoldsParams]
  obtain ⟨p, p', -, -, rfl, -⟩ := two fun _ => 0
  refine ⟨p, p', fun θ => (P θ).getD 0 fun _ => 0, fun θ => (P θ).getD 1 fun _ => 0, rfl, fun θ => ?_, fun θ => ?_,
    fun θ => ?_⟩ <;> obtain ⟨_, _, t, t', e, ht, h1, h2⟩ := two θ <;> cases e <;> simp only [ht]
  · rfl
  · exact h1
  · exact h2

/-- A layer without its activation. -/
theorem lowers_layer {r : Resolved} {x : Var} {X : (ι → R) → Nat → Tensor R} {ps : List Var}
    {P : (ι → R) → List (Tensor R)} (hp : ∀ n ∈ r.input, 0 < n) (ho : r.layer.output r.input = .ok r.output)
    (h : HoldsAll B E s x (.f32 (batched r.input)) fun θ => stack (X θ))
    (hps : ∀ θ, HoldsParams B (E θ) s r.params (ps.take r.params.length) ((P θ).take r.params.length)) :
    Lowers B E θ (lowerLayer r (ps.take r.params.length) x) s (∀ b, b < B → LayerSmooth r (X · b) θ) fun θ s' v =>
      Holds B (E θ) s' v (.f32 (batched r.output))
        (stack fun b => Textbook.layer r ((P θ).take r.params.length) (X θ b)) := by
  have hpos := Layer.output_pos hp ho
  have hl := List.length_take_le r.params.length ps
  have hl' := fun θ => List.length_take_le r.params.length (P θ)
  generalize ps.take r.params.length = ps at *
  generalize hP : (fun θ => (P θ).take r.params.length) = P' at *
  obtain rfl := hP
  obtain ⟨name, layer, input, output⟩ := r
  simp only [Layer.output] at ho
  split at ho <;> try cases ho
  · split at ho <;> cases ho
    obtain ⟨p, p', t, t', rfl, e, h1, h2⟩ := exists_of_two_params hps hl hl'
    exact (lowers_dense (hpos _ (by simp)) h h1 h2).mono (fun _ => trivial) fun θ _ _ _ h => by rw [e θ]; exact h
  · rename_i filters kernel stride padding a hh w c
    split at ho <;> try cases ho
    split at ho <;> cases ho
    rename_i hv
    obtain ⟨p, p', t, t', rfl, e, h1, h2⟩ := exists_of_two_params hps hl hl'
    exact (lowers_conv2d (c := Textbook.convOf filters kernel stride padding hh w c) hv (hpos filters (by simp)) h
      (by cases padding <;> exact h1) h2).mono (fun _ => trivial) fun θ _ _ _ h => by rw [e θ]; exact h
  · split at ho <;> cases ho
    rename_i hv
    exact lowers_maxPool (p := Textbook.poolOf ..) hv h
  · exact (lowers_globalAvgPool (hp _ (by simp)) (hp _ (by simp)) (hp _ (by simp)) h).mono (fun _ => trivial)
      fun _ _ _ _ h => h
  · exact (lowers_flatten hp h).mono (fun _ => trivial) fun _ _ _ _ h => h

theorem take_eq {α : Type} (n : Nat) (l : List α) : take n l = l.take n := by
  induction l generalizing n with
  | nil => simp [take, foldr]
  | cons a l ih => cases n with
    | zero => rfl
    | succ n => exact congrArg (a :: ·) (ih n)

theorem drop_eq {α : Type} (n : Nat) (l : List α) : drop n l = l.drop n := by
  induction n with
  | zero => rfl
  | succ n ih =>
    rw [← List.tail_drop, ← ih]
    show (match drop n l with | [] => [] | _ :: l => l) = _
    cases drop n l <;> rfl

/-- The parameters of a chain of layers, in order. -/
noncomputable def paramsOf (rs : List Resolved) : List Param := rs.flatMap Resolved.params

/-- The layers, one after the other, with the activation that is still pending before the first. -/
theorem lowers_layers {rs : List Resolved} {a : Activation} {sh : List Nat} {x : Var} {X : (ι → R) → Nat → Tensor R}
    {ps : List Var} {P : (ι → R) → List (Tensor R)} (hp : ∀ n ∈ sh, 0 < n) (hc : Chain sh rs)
    (h : HoldsAll B E s x (.f32 (batched sh)) fun θ => stack (X θ))
    (hps : ∀ θ, HoldsParams B (E θ) s (paramsOf rs) ps (P θ)) :
    Lowers B E θ (lowerLayers a x ps rs) s (∀ b, b < B → Textbook.LayersSmooth a sh rs P (X · b) θ) fun θ s' v =>
      Holds B (E θ) s' v (.f32 (batched (lastOutput sh rs)))
        (stack fun b => Textbook.layers rs (P θ) (Textbook.activation a (X θ b))) := by
  induction rs generalizing a sh x X ps P s with
  | nil => exact lowers_activate a hp h
  | cons r rs ih =>
    obtain ⟨hin, hout, hpos, hc⟩ := hc
    subst hin
    have h1 := fun θ => ((hps θ).split (qs := r.params) (qs' := paramsOf rs)).1
    have h2 := fun θ => ((hps θ).split (qs := r.params) (qs' := paramsOf rs)).2
    obtain ⟨name, layer, input, output⟩ := r
    cases layer
      <;> simp only [lowerLayers, take_eq, drop_eq, length_eq, Layer.isMaxPool, if_true, Bool.false_eq_true, if_false]
    case maxPool size stride padding =>
      match input with
      | [hh, w, c] =>
        have hv : (padding.window size stride (hh, w)).valid (hh, w) = true := by grind [Layer.output]
        refine ((lowers_layer hp hout h h1).bind fun s2 z hx2 hz => ih (a := a) hpos hc hz
          fun θ => (h2 θ).mono (hx2 θ)).mono
          (fun hk => ⟨fun b hb => (hk b hb).1, fun b hb => (hk b hb).2⟩) fun θ s3 v _ hv' => ?_
        have e : ∀ b, Textbook.activation a (Textbook.maxPool (Textbook.poolOf size stride padding hh w c) (X θ b)) =
            Textbook.maxPool (Textbook.poolOf size stride padding hh w c) (Textbook.activation a (X θ b)) := fun b => by
          cases a
          · rfl
          · exact (Textbook.maxPool_relu (p := Textbook.poolOf ..) hv (hp hh (by simp)) (hp w (by simp)) (X θ b)).symm
        refine hv'.congr fun i _ => ?_
        cases i with
        | nil => rfl
        | cons b i => exact congrFun (congrArg (Textbook.layers rs _) (e b)) i
      | [] | [_] | [_, _] | _ :: _ :: _ :: _ :: _ => cases hout
    all_goals
      exact ((lowers_activate a hp h).bind fun s1 y hx1 hy =>
        (lowers_layer hp hout hy fun θ => (h1 θ).mono (hx1 θ)).bind fun s2 z hx2 hz =>
          ih hpos hc hz fun θ => (h2 θ).mono (hx1.trans hx2 θ)).mono
            (fun hk => ⟨fun b hb => (hk b hb).1, fun _ _ => trivial, fun b hb => (hk b hb).2⟩) fun _ _ _ _ h => h

end Lmx
end
