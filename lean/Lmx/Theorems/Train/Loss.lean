module
public import Lmx.Theorems.Lower.Layers
public import Lmx.Theorems.Lower.Loss
public import Lmx.Theorems.Train.Inputs
@[expose] public section

/-!
# The loss of a net, lowered

Main result: `lowers_forwardLoss`: what a net's lowering and its loss compute is the textbook's loss of the textbook's
network, and the code is smooth off the kinks.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code}

/-- Emits logits and loss: the part of a train step that is differentiated. -/
def NetSpec.forwardLoss (spec : NetSpec) (params : List Var) (image label smoothing : Var) : Build (Var × Var) := do
  let logits ← spec.lower params image
  let target ← smoothLabels spec.classes label smoothing
  let loss ← crossEntropy logits target
  return (logits, loss)

theorem lowers_logits {spec : NetSpec} (hf : spec.Fits) {ps : List Var} {image : Var} {θ : List (Tensor R)}
    {X : Nat → Tensor R}
    (hp : HoldsParams B e s spec.params ps θ) (hx : Holds B e s image (.f32 (batched spec.input)) (stack X)) :
    Lowers B e (spec.lower ps image) s (∀ b, b < B → Textbook.OffKinks spec θ (X b)) fun s' v =>
      Holds B e s' v (.f32 (batched [spec.classes])) (stack fun b => Textbook.logits spec θ (X b)) := by
  have hl := lowers_layers (a := .identity) hf.input hf.chain hx (ps := ps) (θ := θ) (by
    rwa [show paramsOf spec.resolved = spec.params by simp only [NetSpec.params, join_eq, map_eq, paramsOf,
      List.flatMap_def]])
  rwa [hf.last] at hl

theorem lowers_forwardLoss {spec : NetSpec} (hf : spec.Fits) (hB : 0 < B) {ps : List Var} {image label smoothing : Var}
    {θ : List (Tensor R)}
    {X T : Nat → Tensor R} {ε : R} (hp : HoldsParams B e s spec.params ps θ)
    (hx : Holds B e s image (.f32 (batched spec.input)) (stack X))
    (ht : Holds B e s label (.f32 (batched [spec.classes])) (stack T))
    (hε : Holds B e s smoothing (.f32 []) fun _ => ε) :
    Lowers B e (spec.forwardLoss ps image label smoothing) s (∀ b, b < B → Textbook.OffKinks spec θ (X b)) fun s' r =>
      Holds B e s' r.1 (.f32 (batched [spec.classes])) (stack fun b => Textbook.logits spec θ (X b)) ∧
      Holds B e s' r.2 (.f32 []) fun _ =>
        (nsum B fun b => Textbook.crossEntropy spec.classes (Textbook.smooth spec.classes ε (T b))
          (Textbook.logits spec θ (X b))) / (B : R) :=
  ((lowers_logits hf hp hx).bind fun _ _ hx1 hz =>
    (lowers_smoothLabels hf.classes (ht.mono hx1) (hε.mono hx1)).then fun _ _ hx2 hy =>
      (lowers_crossEntropy hf.classes hB (hz.mono hx2) hy).then fun _ _ hx3 hloss =>
        (Lowers.pure (C := True) ⟨(hz.mono hx2).mono hx3, hloss⟩)).mono (fun c => ⟨c, trivial⟩) fun _ _ _ h => h

end Lmx
end
