module
public import Lmx.Theorems.Lower.Image
public import Lmx.Theorems.Lower.Resolve
@[expose] public section

/-!
# Lowering a chain of layers

Main results: `lowers_layer`, `lowers_layers`: the lowered layers compute the textbook's, example by example, and emit smooth nodes off the kinks.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s s' : Code}

/-- The values `ps` hold the tensors `θ` of the parameters. -/
def HoldsParams (B : Nat) (e : Env R) (s : Code) : List Param → List Var → List (Tensor R) → Prop
  | [], _, _ => True
  | q :: qs, p :: ps, t :: ts => Holds B e s p (.f32 (fixedShape q.shape)) t ∧ HoldsParams B e s qs ps ts
  | _ :: _, _, _ => False

theorem HoldsParams.mono {qs : List Param} {ps : List Var} {θ : List (Tensor R)} (h : HoldsParams B e s qs ps θ) (hx : Extends B e s s') :
    HoldsParams B e s' qs ps θ := by
  induction qs generalizing ps θ with
  | nil => trivial
  | cons q qs ih =>
    match ps, θ with
    | p :: ps, t :: θ => exact ⟨h.1.mono hx, ih h.2⟩
    | [], _ => exact h
    | _ :: _, [] => exact h

theorem HoldsParams.split {qs qs' : List Param} {ps : List Var} {θ : List (Tensor R)} (h : HoldsParams B e s (qs ++ qs') ps θ) :
    HoldsParams B e s qs (ps.take qs.length) (θ.take qs.length) ∧ HoldsParams B e s qs' (ps.drop qs.length) (θ.drop qs.length) := by
  induction qs generalizing ps θ with
  | nil => exact ⟨trivial, h⟩
  | cons q qs ih =>
    match ps, θ with
    | p :: ps, t :: θ => exact ⟨⟨h.1, (ih h.2).1⟩, (ih h.2).2⟩
    | [], _ => exact h.elim
    | _ :: _, [] => exact h.elim

/-- The layer meets no kink of its own. -/
def LayerSmooth (r : Resolved) (x : Tensor R) : Prop :=
  match r.layer, r.input with
  | .maxPool size stride padding, [h, w, c] => Textbook.PoolSmooth (Textbook.poolOf size stride padding h w c) x
  | _, _ => True

theorem Padding.window_size (p : Padding) (size stride image : Nat × Nat) : (p.window size stride image).size = size := by cases p <;> rfl

theorem exists_of_two_params {q q' : Param} {ps : List Var} {θ : List (Tensor R)} (h : HoldsParams B e s [q, q'] (ps.take 2) (θ.take 2)) :
    ∃ p p' t t', ps.take 2 = [p, p'] ∧ θ.take 2 = [t, t'] ∧
      Holds B e s p (.f32 (fixedShape q.shape)) t ∧ Holds B e s p' (.f32 (fixedShape q'.shape)) t' := by
  match ps, θ with
  | p :: p' :: ps, t :: t' :: θ => exact ⟨p, p', t, t', rfl, rfl, h.1, h.2.1⟩
  | [], _ => exact h.elim
  | [_], [] | [_], [_] | [_], _ :: _ :: _ => simp [HoldsParams] at h
  | _ :: _ :: _, [] => exact h.elim
  | _ :: _ :: _, [_] => exact h.2.elim

/-- A layer without its activation. -/
theorem lowers_layer {r : Resolved} {x : Var} {X : Nat → Tensor R} {ps : List Var} {θ : List (Tensor R)} (hp : ∀ n ∈ r.input, 0 < n)
    (ho : r.layer.output r.input = .ok r.output) (h : Holds B e s x (.f32 (batched r.input)) (stack X))
    (hps : HoldsParams B e s r.params (ps.take r.params.length) (θ.take r.params.length)) :
    Lowers B e (lowerLayer r (ps.take r.params.length) x) s (∀ b, b < B → LayerSmooth r (X b)) fun s' v =>
      Holds B e s' v (.f32 (batched r.output)) (stack fun b => Textbook.layer r (θ.take r.params.length) (X b)) := by
  have hpos := Layer.output_pos hp ho
  obtain ⟨name, layer, input, output⟩ := r
  cases layer with
  | dense units a =>
    match input with
    | [n] =>
      simp only [Layer.output] at ho
      split at ho
      · cases ho
      cases ho
      obtain ⟨p, p', t, t', e1, e2, h1, h2⟩ := exists_of_two_params hps
      have e1' : ps.take (Resolved.params ⟨name, .dense units a, [n], [units]⟩).length = [p, p'] := e1
      have e2' : θ.take (Resolved.params ⟨name, .dense units a, [n], [units]⟩).length = [t, t'] := e2
      rw [e1', e2']
      exact (lowers_dense (hpos _ (by simp)) h h1 h2).mono (fun _ => trivial) fun _ _ _ h => h
    | [] | _ :: _ :: _ => cases ho
  | conv2d filters kernel stride padding a =>
    match input with
    | [hh, w, c] =>
      simp only [Layer.output] at ho
      split at ho
      · cases ho
      split at ho
      · rename_i hv
        cases ho
        obtain ⟨p, p', t, t', e1, e2, h1, h2⟩ := exists_of_two_params hps
        have e1' : ∀ o, ps.take (Resolved.params ⟨name, .conv2d filters kernel stride padding a, [hh, w, c], o⟩).length = [p, p'] := fun _ => e1
        have e2' : ∀ o, θ.take (Resolved.params ⟨name, .conv2d filters kernel stride padding a, [hh, w, c], o⟩).length = [t, t'] := fun _ => e2
        rw [e1', e2']
        have hk : fixedShape [kernel.1, kernel.2, c, filters] = (Textbook.convOf filters kernel stride padding hh w c).kernelShape := by
          simp only [Conv.kernelShape, Textbook.convOf, Padding.window_size]
        exact (lowers_conv2d (c := Textbook.convOf filters kernel stride padding hh w c) hv (hpos filters (by simp)) h (hk ▸ h1) h2).mono
          (fun _ => trivial) fun _ _ _ h => h
      · cases ho
    | [] | [_] | [_, _] | _ :: _ :: _ :: _ :: _ => cases ho
  | maxPool size stride padding =>
    match input with
    | [hh, w, c] =>
      simp only [Layer.output] at ho
      split at ho
      · rename_i hv
        cases ho
        exact lowers_maxPool (p := Textbook.poolOf size stride padding hh w c) hv h
      · cases ho
    | [] | [_] | [_, _] | _ :: _ :: _ :: _ :: _ => cases ho
  | globalAvgPool =>
    match input with
    | [hh, w, c] =>
      cases ho
      exact (lowers_globalAvgPool (hp _ (by simp)) (hp _ (by simp)) (hp _ (by simp)) h).mono (fun _ => trivial) fun _ _ _ h => h
    | [] | [_] | [_, _] | _ :: _ :: _ :: _ :: _ => cases ho
  | flatten =>
    have hout : output = [product input] := by
      match input with
      | [] | [_] | [_, _] | [_, _, _] | _ :: _ :: _ :: _ :: _ => exact (Except.ok.inj ho).symm
    subst hout
    have hl : ∀ t : List (Tensor R), (fun b => Textbook.layer ⟨name, .flatten, input, [product input]⟩ t (X b)) = fun b => Textbook.flatten input (X b) := by
      intro t; funext b
      match input with
      | [] | [_] | [_, _] | [_, _, _] | _ :: _ :: _ :: _ :: _ => rfl
    have hl' : ∀ q, lowerLayer ⟨name, .flatten, input, [product input]⟩ q x = reshape (batched [product input]) x := by
      intro q
      match input with
      | [] | [_] | [_, _] | [_, _, _] | _ :: _ :: _ :: _ :: _ => rfl
    rw [hl, hl']
    exact (lowers_flatten hp h).mono (fun _ => trivial) fun _ _ _ h => h

theorem take_eq {α : Type} (n : Nat) (l : List α) : take n l = l.take n := by
  induction l generalizing n with
  | nil => simp [take, foldr]
  | cons a l ih =>
    cases n with
    | zero => rfl
    | succ n => exact congrArg (a :: ·) (ih n)

theorem drop_eq {α : Type} (n : Nat) (l : List α) : drop n l = l.drop n := by
  have step : ∀ n (l : List α), drop (n + 1) l = (drop n l).tail := fun n l => by
    show (match drop n l with | [] => [] | _ :: l => l) = _
    cases drop n l <;> rfl
  induction n generalizing l with
  | zero => rfl
  | succ n ih => rw [step, ih, List.tail_drop]

/-- The parameters of a chain of layers, in order. -/
noncomputable def paramsOf (rs : List Resolved) : List Param := rs.flatMap Resolved.params

/-- The layers, one after the other, with the activation that is still pending before the first. -/
theorem lowers_layers {rs : List Resolved} {a : Activation} {sh : List Nat} {x : Var} {X : Nat → Tensor R} {ps : List Var} {θ : List (Tensor R)}
    (hp : ∀ n ∈ sh, 0 < n) (hc : Chain sh rs) (h : Holds B e s x (.f32 (batched sh)) (stack X)) (hps : HoldsParams B e s (paramsOf rs) ps θ) :
    Lowers B e (lowerLayers a x ps rs) s (∀ b, b < B → Textbook.LayersSmooth a sh rs θ (X b)) fun s' v =>
      Holds B e s' v (.f32 (batched (lastOutput sh rs))) (stack fun b => Textbook.layers rs θ (Textbook.activation a (X b))) := by
  induction rs generalizing a sh x X ps θ s with
  | nil => exact lowers_activate a hp h
  | cons r rs ih =>
    obtain ⟨hin, hout, hpos, hc⟩ := hc
    subst hin
    obtain ⟨h1, h2⟩ := hps.split (qs := r.params) (qs' := paramsOf rs)
    simp only [lowerLayers, take_eq, drop_eq, length_eq]
    cases hm : r.layer.isMaxPool
    · have hsm : ∀ b, Textbook.LayersSmooth a r.input (r :: rs) θ (X b) → Textbook.ActivationSmooth a r.input (X b) ∧
          Textbook.LayersSmooth r.layer.activation r.output rs (θ.drop r.params.length)
            (Textbook.layer r (θ.take r.params.length) (Textbook.activation a (X b))) := fun b hb => by
        obtain ⟨name, layer, input, output⟩ := r
        cases layer <;> first | exact hb | cases hm
      refine ((lowers_activate a hp h).bind fun s1 y hx1 hy =>
        (lowers_layer hp hout hy (h1.mono hx1)).bind fun s2 z hx2 hz =>
          ih (a := r.layer.activation) hpos hc hz (h2.mono (hx1.trans hx2))).mono (fun hk => ⟨fun b hb => (hsm b (hk b hb)).1, fun b _ => ?_, fun b hb => (hsm b (hk b hb)).2⟩)
          fun _ _ _ h => h
      obtain ⟨name, layer, input, output⟩ := r
      cases layer <;> first | trivial | cases hm
    · obtain ⟨name, layer, input, output⟩ := r
      cases layer with
      | maxPool size stride padding =>
        match input with
        | [hh, w, c] =>
          have hv : (Textbook.poolOf size stride padding hh w c).window.valid (Textbook.poolOf size stride padding hh w c).image = true := by
            simp only [Layer.output] at hout
            split at hout
            · assumption
            · cases hout
          refine ((lowers_layer hp hout h h1).bind fun s2 z hx2 hz => ih (a := a) hpos hc hz (h2.mono hx2)).mono
            (fun hk => ⟨fun b hb => (hk b hb).1, fun b hb => (hk b hb).2⟩) fun s3 v _ hv' => ?_
          have e : ∀ b, Textbook.activation a (Textbook.maxPool (Textbook.poolOf size stride padding hh w c) (X b)) =
              Textbook.maxPool (Textbook.poolOf size stride padding hh w c) (Textbook.activation a (X b)) := fun b => by
            cases a
            · rfl
            · exact (Textbook.maxPool_relu hv (hp hh (by simp)) (hp w (by simp)) (X b)).symm
          refine hv'.congr fun i _ => ?_
          cases i with
          | nil => rfl
          | cons b i => exact congrFun (congrArg (Textbook.layers rs _) (e b)) i
        | [] | [_] | [_, _] | _ :: _ :: _ :: _ :: _ => cases hout
      | _ => cases hm

end Lmx
end
