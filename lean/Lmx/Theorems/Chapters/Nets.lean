module
public import Lmx.Calculus.Vjp
public import Lmx.Theorems.Train.Real
public import Lmx.Nets.MnistMlp
public import Lmx.Nets.MnistCnn
@[expose] public section

/-!
# Backpropagation through whole nets

The MNIST perceptron and the MNIST convolutional net over the real numbers: the loss, as a function of all parameters,
has a vector-Jacobian product, and it is what the exported gradient program gives; and what the exported train steps
give. Each holds off the kinks.

Main results: `mnistMlp_has_vjp_at`, `mnistCnn_has_vjp_at`.
-/

namespace Lmx.Nets
open Calculus Reals Textbook

variable {B : Nat} {x : Nat → Tensor Real}

/-- A gradient is the vector-Jacobian product of a scalar function. -/
theorem hasVJPAt_of_gradient {ι : Type} [Idx ι] {f : (ι → Real) → Real} {g θ : ι → Real}
    (h : HasFDerivAt (fun θ (_ : Unit) => f θ) (fun _ => g) θ) :
    HasVJPAt (fun θ (_ : Unit) => f θ) θ fun dy i => g i * dy () :=
  ⟨_, h, fun dy => funext fun i => (sum_unit fun j => g i * dy j).symm⟩

/-! ### 784-512-512-10, with ReLU between -/

theorem mnistMlp_valid : mnistMlp.valid = true := by decide +kernel

theorem mnistMlp_params : 6 = mnistMlp.params.length := by decide +kernel

theorem mnistMlp_has_vjp_at (hB : 0 < B)
    (hk : ∀ b, b < B → OffKinks mnistMlp mnistMlp.tensors (mnistMlp.point B x) (row (x 6) b)) :
    let images := x 6; let labels := x 7; let smoothing := x 8 []
    let θ := mnistMlp.point B x
    ∃ g : mnistMlp.Point B Real,
      HasVJPAt (fun (θ : mnistMlp.Point B Real) (_ : Unit) =>
        loss mnistMlp B smoothing (mnistMlp.tensors θ) images labels) θ (fun dy i => g i * dy ()) ∧
      mnistMlp.gradSource.finish.denote B x =
        (clip [] fun _ => loss mnistMlp B smoothing (mnistMlp.tensors θ) images labels) ::
        (clip [] fun _ => correct mnistMlp B (mnistMlp.tensors θ) images labels) :: mnistMlp.tensors g :=
  let ⟨g, hD, hout⟩ := gradStep_correct_real mnistMlp_params mnistMlp_valid hB hk
  ⟨g, hasVJPAt_of_gradient hD, hout⟩

theorem mnistMlp_sgd (hB : 0 < B) (hk : ∀ b, b < B →
      OffKinks mnistMlp mnistMlp.tensors (mnistMlp.point B x) (row (x (mnistMlp.imageInput sgd)) b)) :
    TrainStep mnistMlp sgd sgdUpdate B x ((mnistMlp.trainSource sgd).finish.denote B x) :=
  trainStep_correct mnistMlp_valid sgd_computes hB hk

theorem mnistMlp_adamw (hB : 0 < B) (hk : ∀ b, b < B →
      OffKinks mnistMlp mnistMlp.tensors (mnistMlp.point B x) (row (x (mnistMlp.imageInput adamw)) b)) :
    TrainStep mnistMlp adamw adamwUpdate B x ((mnistMlp.trainSource adamw).finish.denote B x) :=
  trainStep_correct mnistMlp_valid adamw_computes hB hk

/-! ### Two convolutions, a max-pool, and a 512-512-10 head -/

theorem mnistCnn_valid : mnistCnn.valid = true := by decide +kernel

theorem mnistCnn_params : 10 = mnistCnn.params.length := by decide +kernel

theorem mnistCnn_has_vjp_at (hB : 0 < B)
    (hk : ∀ b, b < B → OffKinks mnistCnn mnistCnn.tensors (mnistCnn.point B x) (row (x 10) b)) :
    let images := x 10; let labels := x 11; let smoothing := x 12 []
    let θ := mnistCnn.point B x
    ∃ g : mnistCnn.Point B Real,
      HasVJPAt (fun (θ : mnistCnn.Point B Real) (_ : Unit) =>
        loss mnistCnn B smoothing (mnistCnn.tensors θ) images labels) θ (fun dy i => g i * dy ()) ∧
      mnistCnn.gradSource.finish.denote B x =
        (clip [] fun _ => loss mnistCnn B smoothing (mnistCnn.tensors θ) images labels) ::
        (clip [] fun _ => correct mnistCnn B (mnistCnn.tensors θ) images labels) :: mnistCnn.tensors g :=
  let ⟨g, hD, hout⟩ := gradStep_correct_real mnistCnn_params mnistCnn_valid hB hk
  ⟨g, hasVJPAt_of_gradient hD, hout⟩

theorem mnistCnn_sgd (hB : 0 < B) (hk : ∀ b, b < B →
      OffKinks mnistCnn mnistCnn.tensors (mnistCnn.point B x) (row (x (mnistCnn.imageInput sgd)) b)) :
    TrainStep mnistCnn sgd sgdUpdate B x ((mnistCnn.trainSource sgd).finish.denote B x) :=
  trainStep_correct mnistCnn_valid sgd_computes hB hk

theorem mnistCnn_adamw (hB : 0 < B) (hk : ∀ b, b < B →
      OffKinks mnistCnn mnistCnn.tensors (mnistCnn.point B x) (row (x (mnistCnn.imageInput adamw)) b)) :
    TrainStep mnistCnn adamw adamwUpdate B x ((mnistCnn.trainSource adamw).finish.denote B x) :=
  trainStep_correct mnistCnn_valid adamw_computes hB hk

end Lmx.Nets
end
