module
public import Lmx.Theorems.Lower.Dense
public import Lmx.Theorems.Literal
public import Lmx.Theorems.Jvp.LogSoftmax
public import Lmx.Theorems.Pullback.LogSoftmax
public import Lmx.Theorems.Expand.LogSoftmax
public import Lmx.Textbook.Train
public import Lmx.Lower.Loss
@[expose] public section

/-!
# Lowering of the loss

Main results: `log_softmax`, the logarithm of the softmax is log-softmax; `lowers_smoothLabels`, `lowers_crossEntropy`, the emitted nodes
compute the textbook's smoothed labels and the mean of the textbook's cross-entropies, and are differentiable everywhere;
`lowers_softmaxCrossEntropy`, both together. They need a class, and the mean an example: both numbers are positive.

Not claimed: that the labels are distributions.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B K : Nat} {e : Env R} {s : Code}

/-! ### The logarithm of the softmax -/

theorem log_exp (a : R) : RealOps.log (exp a) = a := exp_injective (exp_log _ (exp_pos a))

/-- Log-softmax is the logarithm of the softmax. -/
theorem log_softmax (hK : 0 < K) (Z : Nat → Tensor R) (b k : Nat) :
    RealOps.log (Textbook.softmax K (Z b) k) = logSoftmaxAt K (stack Z) [b, k] :=
  (congrArg RealOps.log (exp_logSoftmaxAt hK (stack Z) b k).symm).trans (log_exp _)

theorem nsum_neg (n : Nat) (f : Nat → R) : (nsum n fun i => -f i) = -nsum n f := by
  have h := lsum_mul (List.range n) (-1) f
  simp only [nsum]
  rw [show -lsum (List.range n) f = -1 * lsum (List.range n) f by grind, ← h]
  exact lsum_congr fun _ _ => by grind

/-! ### The nodes -/

section
variable {logits label target smoothing : Var} {Z T : Nat → Tensor R} {Y : Tensor R} {ε : R}

/-- The smoothed labels of a batch. -/
theorem lowers_smoothLabels (hK : 0 < K) (hl : Holds B e s label (.f32 (batched [K])) (stack T))
    (hε : Holds B e s smoothing (.f32 []) fun _ => ε) :
    Lowers B e (smoothLabels K label smoothing) s True
      fun s' u => Holds B e s' u (.f32 (batched [K])) (stack fun b i => Textbook.smooth K ε (T b) (i.getD 0 0)) := by
  have hs : label.shape = batched [K] := congrArg TensorType.shape hl.type
  have hp : (batched [K]).positive = true := positive_batched (by simpa using hK)
  simp only [smoothLabels, hs]
  refine (lowers_constant rfl rfl).then fun s1 one x1 h1 => ?_
  refine ((lowers_binary .subtract h1 (hε.mono x1)).mono (fun _ _ _ => trivial) fun _ _ _ h => h).then fun s2 keep x2 h2 => ?_
  refine (lowers_splat hp h2).then fun s3 keep' x3 h3 => ?_
  have y3 := x1.trans (x2.trans x3)
  refine ((lowers_binary .multiply h3 (hl.mono y3)).mono (fun _ _ _ => trivial) fun _ _ _ h => h).then fun s4 kept x4 h4 => ?_
  refine (lowers_constant (Literal.valid_inv hK) rfl).then fun s5 inv x5 h5 => ?_
  have hε5 := hε.mono (y3.trans (x4.trans x5))
  refine ((lowers_binary .multiply hε5 h5).mono (fun _ _ _ => trivial) fun _ _ _ h => h).then fun s6 share x6 h6 => ?_
  refine (lowers_splat hp h6).then fun s7 share' x7 h7 => ?_
  refine (lowers_binary .add (h4.mono (x5.trans (x6.trans x7))) h7).mono (fun _ _ _ => trivial) fun s8 u _ hu => hu.congr fun i hi => ?_
  obtain ⟨b, k, rfl, -⟩ := exists_of_inRange_pair hi
  simp only [Binary.eval, Literal.value_ofNat_one, Literal.value_inv]
  rfl

/-- Log-softmax is the logarithm of the textbook's softmax, and has no kinks. -/
theorem lowers_logSoftmax (hK : 0 < K) (hl : Holds B e s logits (.f32 (batched [K])) (stack Z)) :
    Lowers B e (emit .logSoftmax [logits]) s True
      fun s' u => Holds B e s' u (.f32 (batched [K])) (stack fun b i => RealOps.log (Textbook.softmax K (Z b) (i.getD 0 0))) := by
  have ht : Op.logSoftmax.inferShape [batched [K]] = some (batched [K]) := rfl
  have hd : (extents B (TensorType.f32 (batched [K])).shape).getD 1 0 = K := by rw [TensorType.f32, extents_batched]; rfl
  have hi : Op.logSoftmax.infer ([logits].map Var.type) = some (.f32 (batched [K])) :=
    (Op.infer_iff (op := .logSoftmax) nofun nofun).2 ⟨[batched [K]], _, by simp [hl.type], ht, rfl⟩
  refine ((hl.emit_one (op := .logSoftmax) nofun nofun ht fun i hi => ?_).lowers hi trivial).mono (fun _ => ?_) fun _ _ _ h => h
  · obtain ⟨b, k, rfl, hb, hk⟩ := exists_of_inRange_pair hi
    have hc : ∀ j, j < K → clip (extents B (batched [K])) (stack Z) [b, j] = stack Z [b, j] := fun j hj => by
      rw [clip_of_inRange]; rw [extents_batched]; simp [inRange, hb, hj]
    show logSoftmaxAt ((extents B (batched [K])).getD 1 0) (clip (extents B (batched [K])) (stack Z)) [b, k] = _
    show _ = RealOps.log (Textbook.softmax K (Z b) k)
    rw [log_softmax hK, show (extents B (batched [K])).getD 1 0 = K from hd, logSoftmaxAt, logSoftmaxAt, hc k hk,
      nsum_congr fun j hj => by rw [hc j hj]]
  · simp only [List.map_cons, List.map_nil, hl.read]
    show 0 < (extents B (TensorType.f32 (batched [K])).shape).getD 1 0
    rw [hd]; exact hK

/-- The mean cross-entropy of a batch of targets. -/
theorem lowers_crossEntropy (hK : 0 < K) (hB : 0 < B) (hl : Holds B e s logits (.f32 (batched [K])) (stack Z))
    (ht : Holds B e s target (.f32 (batched [K])) Y) :
    Lowers B e (crossEntropy logits target) s True
      fun s' u => Holds B e s' u (.f32 []) fun _ => (nsum B fun b => Textbook.crossEntropy K (fun k => Y [b, k]) (Z b)) / (B : R) := by
  simp only [crossEntropy]
  refine (lowers_logSoftmax hK hl).then fun s1 logp x1 h1 => ?_
  refine ((lowers_binary .multiply (ht.mono x1) h1).mono (fun _ _ _ => trivial) fun _ _ _ h => h).then fun s2 terms x2 h2 => ?_
  refine (lowers_reduceSum (d := 0) (dims := [1]) rfl h2).then fun s3 sum x3 h3 => ?_
  refine (lowers_negate h3).then fun s4 neg x4 h4 => lowers_batchSize.then fun s5 batch x5 h5 => ?_
  refine (lowers_binary .divide (h4.mono x5) h5).mono (fun _ _ _ => natCast_ne_zero hB) fun s6 u _ hu => hu.congr fun i hi => ?_
  have hi : i = [] := by cases i with
    | nil => rfl
    | cons => exact absurd hi nofun
  subst hi
  simp only [Binary.eval, Textbook.crossEntropy, nsum_neg]
  have hx : pick (extents B (batched [K])) [0, 1] = [B, K] := by rw [extents_batched]; rfl
  rw [hx, tsum_two]
  rfl

/-- The mean cross-entropy of a batch, with the labels smoothed. -/
theorem lowers_softmaxCrossEntropy (hK : 0 < K) (hB : 0 < B) (hl : Holds B e s logits (.f32 (batched [K])) (stack Z))
    (ht : Holds B e s label (.f32 (batched [K])) (stack T)) (hε : Holds B e s smoothing (.f32 []) fun _ => ε) :
    Lowers B e (do let target ← smoothLabels K label smoothing; crossEntropy logits target) s True fun s' u =>
      Holds B e s' u (.f32 []) fun _ => (nsum B fun b => Textbook.crossEntropy K (Textbook.smooth K ε (T b)) (Z b)) / (B : R) :=
  (lowers_smoothLabels hK ht hε).then fun _ _ x1 h1 => lowers_crossEntropy hK hB (hl.mono x1) h1
end

end Lmx
