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

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s s' : Code}

/-- The values `ps` hold the tensors `θ` of the parameters. -/
def HoldsParams (B : Nat) (e : Env R) (s : Code) : List Param → List Var → List (Tensor R) → Prop
  | [], _, _ => True
  | q :: qs, p :: ps, t :: ts => Holds B e s p (.f32 (fixedShape q.shape)) t ∧ HoldsParams B e s qs ps ts
  | _ :: _, _, _ => False

theorem HoldsParams.mono {qs : List Param} {ps : List Var} {θ : List (Tensor R)} (h : HoldsParams B e s qs ps θ)
    (hx : Extends B e s s') :
    HoldsParams B e s' qs ps θ := by
  induction qs generalizing ps θ <;> cases ps <;> cases θ <;> grind [HoldsParams, Holds.mono]

theorem HoldsParams.split {qs qs' : List Param} {ps : List Var} {θ : List (Tensor R)}
    (h : HoldsParams B e s (qs ++ qs') ps θ) :
    HoldsParams B e s qs (ps.take qs.length) (θ.take qs.length) ∧
      HoldsParams B e s qs' (ps.drop qs.length) (θ.drop qs.length) := by
  induction qs generalizing ps θ <;> cases ps <;> cases θ <;> grind [HoldsParams]

/-- The layer meets no kink of its own. -/
def LayerSmooth (r : Resolved) (x : Tensor R) : Prop :=
  match r.layer, r.input with
  | .maxPool size stride padding, [h, w, c] => Textbook.PoolSmooth (Textbook.poolOf size stride padding h w c) x
  | _, _ => True

theorem exists_of_two_params {q q' : Param} {ps : List Var} {θ : List (Tensor R)} (h : HoldsParams B e s [q, q'] ps θ)
    (hps : ps.length ≤ 2) (hθ : θ.length ≤ 2) : ∃ p p' t t', ps = [p, p'] ∧ θ = [t, t'] ∧
      Holds B e s p (.f32 (fixedShape q.shape)) t ∧ Holds B e s p' (.f32 (fixedShape q'.shape)) t' := by
  rcases ps with _ | ⟨p, _ | ⟨p', _ | _⟩⟩ <;> rcases θ with _ | ⟨t, _ | ⟨t', _ | _⟩⟩
    <;> first | exact ⟨_, _, _, _, rfl, rfl, h.1, h.2.1⟩ | simp_all [HoldsParams]

/-- A layer without its activation. -/
theorem lowers_layer {r : Resolved} {x : Var} {X : Nat → Tensor R} {ps : List Var} {θ : List (Tensor R)}
    (hp : ∀ n ∈ r.input, 0 < n)
    (ho : r.layer.output r.input = .ok r.output) (h : Holds B e s x (.f32 (batched r.input)) (stack X))
    (hps : HoldsParams B e s r.params (ps.take r.params.length) (θ.take r.params.length)) :
    Lowers B e (lowerLayer r (ps.take r.params.length) x) s (∀ b, b < B → LayerSmooth r (X b)) fun s' v =>
      Holds B e s' v (.f32 (batched r.output)) (stack fun b => Textbook.layer r (θ.take r.params.length) (X b)) := by
  have hpos := Layer.output_pos hp ho
  have hl := List.length_take_le r.params.length ps
  have hl' := List.length_take_le r.params.length θ
  generalize ps.take r.params.length = ps at *
  generalize θ.take r.params.length = θ at *
  obtain ⟨name, layer, input, output⟩ := r
  simp only [Layer.output] at ho
  split at ho <;> try cases ho
  · split at ho <;> cases ho
    obtain ⟨p, p', t, t', rfl, rfl, h1, h2⟩ := exists_of_two_params hps hl hl'
    exact (lowers_dense (hpos _ (by simp)) h h1 h2).mono (fun _ => trivial) fun _ _ _ h => h
  · rename_i filters kernel stride padding a hh w c
    split at ho <;> try cases ho
    split at ho <;> cases ho
    rename_i hv
    obtain ⟨p, p', t, t', rfl, rfl, h1, h2⟩ := exists_of_two_params hps hl hl'
    exact (lowers_conv2d (c := Textbook.convOf filters kernel stride padding hh w c) hv (hpos filters (by simp)) h
      (by cases padding <;> exact h1) h2).mono (fun _ => trivial) fun _ _ _ h => h
  · split at ho <;> cases ho
    rename_i hv
    exact lowers_maxPool (p := Textbook.poolOf ..) hv h
  · exact (lowers_globalAvgPool (hp _ (by simp)) (hp _ (by simp)) (hp _ (by simp)) h).mono (fun _ => trivial)
      fun _ _ _ h => h
  · exact (lowers_flatten hp h).mono (fun _ => trivial) fun _ _ _ h => h

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
theorem lowers_layers {rs : List Resolved} {a : Activation} {sh : List Nat} {x : Var} {X : Nat → Tensor R}
    {ps : List Var} {θ : List (Tensor R)}
    (hp : ∀ n ∈ sh, 0 < n) (hc : Chain sh rs) (h : Holds B e s x (.f32 (batched sh)) (stack X))
    (hps : HoldsParams B e s (paramsOf rs) ps θ) :
    Lowers B e (lowerLayers a x ps rs) s (∀ b, b < B → Textbook.LayersSmooth a sh rs θ (X b)) fun s' v =>
      Holds B e s' v (.f32 (batched (lastOutput sh rs)))
        (stack fun b => Textbook.layers rs θ (Textbook.activation a (X b))) := by
  induction rs generalizing a sh x X ps θ s with
  | nil => exact lowers_activate a hp h
  | cons r rs ih =>
    obtain ⟨hin, hout, hpos, hc⟩ := hc
    subst hin
    obtain ⟨h1, h2⟩ := hps.split (qs := r.params) (qs' := paramsOf rs)
    obtain ⟨name, layer, input, output⟩ := r
    cases layer
      <;> simp only [lowerLayers, take_eq, drop_eq, length_eq, Layer.isMaxPool, if_true, Bool.false_eq_true, if_false]
    case maxPool size stride padding =>
      match input with
      | [hh, w, c] =>
        have hv : (padding.window size stride (hh, w)).valid (hh, w) = true := by grind [Layer.output]
        refine ((lowers_layer hp hout h h1).bind fun s2 z hx2 hz => ih (a := a) hpos hc hz (h2.mono hx2)).mono
          (fun hk => ⟨fun b hb => (hk b hb).1, fun b hb => (hk b hb).2⟩) fun s3 v _ hv' => ?_
        have e : ∀ b, Textbook.activation a (Textbook.maxPool (Textbook.poolOf size stride padding hh w c) (X b)) =
            Textbook.maxPool (Textbook.poolOf size stride padding hh w c) (Textbook.activation a (X b)) := fun b => by
          cases a
          · rfl
          · exact (Textbook.maxPool_relu (p := Textbook.poolOf ..) hv (hp hh (by simp)) (hp w (by simp)) (X b)).symm
        refine hv'.congr fun i _ => ?_
        cases i with
        | nil => rfl
        | cons b i => exact congrFun (congrArg (Textbook.layers rs _) (e b)) i
      | [] | [_] | [_, _] | _ :: _ :: _ :: _ :: _ => cases hout
    all_goals
      exact ((lowers_activate a hp h).bind fun s1 y hx1 hy => (lowers_layer hp hout hy (h1.mono hx1)).bind
        fun s2 z hx2 hz => ih hpos hc hz (h2.mono (hx1.trans hx2))).mono
          (fun hk => ⟨fun b hb => (hk b hb).1, fun _ _ => trivial, fun b hb => (hk b hb).2⟩) fun _ _ _ h => h

end Lmx
end
