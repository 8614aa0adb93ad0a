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

variable {R : Type} [RealOps R] {ι : Type} [Idx ι] {B : Nat} {E : (ι → R) → Env R} {θ : ι → R} {s : Code}

/-- Emits logits and loss: the part of a train step that is differentiated. -/
def NetSpec.forwardLoss (spec : NetSpec) (params : List Var) (image label smoothing : Var) : Build (Var × Var) := do
  let logits ← spec.lower params image
  let target ← smoothLabels spec.classes label smoothing
  let loss ← crossEntropy logits target
  return (logits, loss)

theorem lowers_logits {spec : NetSpec} (hf : spec.Fits) {ps : List Var} {image : Var} {P : (ι → R) → List (Tensor R)}
    {X : Nat → Tensor R} (hp : ∀ θ, HoldsParams B (E θ) s spec.params ps (P θ))
    (hx : HoldsAll B E s image (.f32 (batched spec.input)) fun _ => stack X) :
    Lowers B E θ (spec.lower ps image) s (∀ b, b < B → Textbook.OffKinks spec P θ (X b)) fun θ s' v =>
      Holds B (E θ) s' v (.f32 (batched [spec.classes])) (stack fun b => Textbook.logits spec (P θ) (X b)) := by
  have hl := lowers_layers (a := .identity) (θ := θ) hf.input hf.chain hx (ps := ps) (P := P) (by
    rwa [show paramsOf spec.resolved = spec.params by simp only [NetSpec.params, join_eq, map_eq, paramsOf,
      List.flatMap_def]])
  rwa [hf.last] at hl

theorem lowers_forwardLoss {spec : NetSpec} (hf : spec.Fits) (hB : 0 < B) {ps : List Var} {image label smoothing : Var}
    {P : (ι → R) → List (Tensor R)} {X T : Nat → Tensor R} {ε : R}
    (hp : ∀ θ, HoldsParams B (E θ) s spec.params ps (P θ))
    (hx : HoldsAll B E s image (.f32 (batched spec.input)) fun _ => stack X)
    (ht : HoldsAll B E s label (.f32 (batched [spec.classes])) fun _ => stack T)
    (hε : HoldsAll B E s smoothing (.f32 []) fun _ _ => ε) :
    Lowers B E θ (spec.forwardLoss ps image label smoothing) s (∀ b, b < B → Textbook.OffKinks spec P θ (X b))
      fun θ s' r =>
        Holds B (E θ) s' r.1 (.f32 (batched [spec.classes])) (stack fun b => Textbook.logits spec (P θ) (X b)) ∧
        Holds B (E θ) s' r.2 (.f32 []) fun _ =>
          (nsum B fun b => Textbook.crossEntropy spec.classes (Textbook.smooth spec.classes ε (T b))
            (Textbook.logits spec (P θ) (X b))) / (B : R) :=
  ((lowers_logits hf hp hx).bind fun _ _ hx1 hz =>
    (lowers_smoothLabels hf.classes (ht.mono hx1) (hε.mono hx1)).then fun _ _ hx2 hy =>
      (lowers_crossEntropy hf.classes hB (HoldsAll.mono hz hx2) hy).then fun _ _ hx3 hloss =>
        (Lowers.pure (C := True) fun θ => ⟨((hz θ).mono (hx2 θ)).mono (hx3 θ), hloss θ⟩)).mono
          (fun c => ⟨c, trivial⟩) fun _ _ _ _ h => h

end Lmx
end
