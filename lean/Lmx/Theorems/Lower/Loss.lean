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

Main results: `log_softmax`, the logarithm of the softmax is log-softmax; `lowers_smoothLabels`, `lowers_crossEntropy`,
the emitted nodes compute the textbook's smoothed labels and the mean of the textbook's cross-entropies, and are
differentiable everywhere; `lowers_softmaxCrossEntropy`, both together. They need a class, and the mean an example: both
numbers are positive.

Not claimed: that the labels are distributions.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {ι : Type} [Idx ι] {B K : Nat} {E : (ι → R) → Env R} {θ : ι → R} {s : Code}

/-! ### The logarithm of the softmax -/

theorem log_exp (a : R) : RealOps.log (exp a) = a := exp_injective (exp_log _ (exp_pos a))

/-- Log-softmax is the logarithm of the softmax. -/
theorem log_softmax (hK : 0 < K) (Z : Nat → Tensor R) (b k : Nat) :
    RealOps.log (Textbook.softmax K (Z b) k) = logSoftmaxAt K (stack Z) [b, k] :=
  (congrArg RealOps.log (exp_logSoftmaxAt hK (stack Z) b k).symm).trans (log_exp _)

theorem nsum_neg (n : Nat) (f : Nat → R) : (nsum n fun i => -f i) = -nsum n f := by
  have h := lsum_mul (List.range n) (-1) f
  have h' : lsum (List.range n) (fun i => -f i) = lsum (List.range n) fun i => -1 * f i := lsum_congr (by grind)
  grind [nsum]

/-! ### The nodes -/

section
variable {logits label target smoothing : Var} {Z T : (ι → R) → Nat → Tensor R} {Y : (ι → R) → Tensor R} {ε : R}

/-- The smoothed labels of a batch. -/
theorem lowers_smoothLabels (hK : 0 < K) (hl : HoldsAll B E s label (.f32 (batched [K])) fun θ => stack (T θ))
    (hε : HoldsAll B E s smoothing (.f32 []) fun _ _ => ε) :
    Lowers B E θ (smoothLabels K label smoothing) s True fun θ s' u =>
      Holds B (E θ) s' u (.f32 (batched [K])) (stack fun b i => Textbook.smooth K ε (T θ b) (i.getD 0 0)) := by
  have hp : (batched [K]).positive = true := positive_batched (by simpa using hK)
  rw [smoothLabels, Var.shape, hl.type]
  refine (smooth_emit (fun θ => spec_constant rfl rfl) trivial).then fun s1 one x1 h1 => ?_
  refine (smooth_emit (fun θ => spec_binary .subtract (h1 θ) (hε.mono x1 θ)) trivial).then fun s2 keep x2 h2 => ?_
  refine (smooth_ite (fun θ => spec_splat hp (h2 θ)) trivial).then fun s3 keep' x3 h3 => ?_
  have y3 := x1.trans (x2.trans x3)
  refine (smooth_emit (fun θ => spec_binary .multiply (h3 θ) (hl.mono y3 θ)) trivial).then fun s4 kept x4 h4 => ?_
  refine (smooth_emit (fun θ => spec_constant (Literal.valid_inv hK) rfl) trivial).then fun s5 inv x5 h5 => ?_
  refine (smooth_emit (fun θ => spec_binary .multiply (hε.mono (y3.trans (x4.trans x5)) θ) (h5 θ)) trivial).then
    fun s6 share x6 h6 => ?_
  refine (smooth_ite (fun θ => spec_splat hp (h6 θ)) trivial).then fun s7 share' x7 h7 => ?_
  refine (smooth_emit (fun θ => spec_binary .add ((h4 θ).mono (x5.trans (x6.trans x7) θ)) (h7 θ)) trivial).mono id
    fun θ s8 u _ hu => hu.congr fun i hi => ?_
  obtain ⟨b, k, rfl, -⟩ := exists_of_inRange_pair hi
  simp only [Binary.eval, Literal.value_ofNat_one, Literal.value_inv]
  rfl

/-- Log-softmax is the logarithm of the textbook's softmax, and has no kinks. -/
theorem lowers_logSoftmax (hK : 0 < K) (hl : HoldsAll B E s logits (.f32 (batched [K])) fun θ => stack (Z θ)) :
    Lowers B E θ (emit .logSoftmax [logits]) s True fun θ s' u => Holds B (E θ) s' u (.f32 (batched [K]))
      (stack fun b i => RealOps.log (Textbook.softmax K (Z θ b) (i.getD 0 0))) := by
  have hd : (extents B (batched [K])).getD 1 0 = K := congrArg (List.getD · 1 0) (extents_batched B [K])
  refine smooth_emit (fun θ => (hl θ).emit_one (op := .logSoftmax) (sh' := batched [K]) nofun nofun rfl
    fun i hi => ?_) ?_
  · obtain ⟨b, k, rfl, hb, hk⟩ := exists_of_inRange_pair hi
    have hc : ∀ j, j < K → clip (extents B (batched [K])) (stack (Z θ)) [b, j] = stack (Z θ) [b, j] := fun j hj => by
      rw [clip_of_inRange]; rw [extents_batched]; simp [inRange, hb, hj]
    refine .trans ?_ (log_softmax hK (Z θ) b k).symm
    simp only [Op.eval, hd, logSoftmaxAt, hc k hk]
    rw [nsum_congr fun j hj => by rw [hc j hj]]
  · show 0 < (extents B logits.shape).getD 1 0
    rw [Var.shape, hl.type]
    exact hd.symm ▸ hK

/-- The mean cross-entropy of a batch of targets. -/
theorem lowers_crossEntropy (hK : 0 < K) (hB : 0 < B)
    (hl : HoldsAll B E s logits (.f32 (batched [K])) fun θ => stack (Z θ))
    (ht : HoldsAll B E s target (.f32 (batched [K])) Y) :
    Lowers B E θ (crossEntropy logits target) s True fun θ s' u => Holds B (E θ) s' u (.f32 []) fun _ =>
      (nsum B fun b => Textbook.crossEntropy K (fun k => Y θ [b, k]) (Z θ b)) / (B : R) := by
  simp only [crossEntropy]
  refine (lowers_logSoftmax hK hl).then fun s1 logp x1 h1 => ?_
  refine (smooth_emit (fun θ => spec_binary .multiply (ht.mono x1 θ) (h1 θ)) trivial).then fun s2 terms x2 h2 => ?_
  refine (smooth_emit (fun θ => spec_reduceSum (dims := [0, 1]) rfl (h2 θ)) trivial).then fun s3 sum x3 h3 => ?_
  refine (smooth_emit (fun θ => spec_unary .negate (h3 θ)) trivial).then fun s4 neg x4 h4 => ?_
  refine (smooth_emit (E := E) (θ := θ) (fun θ => spec_batchSize) trivial).then fun s5 batch x5 h5 => ?_
  refine (lowers_emit (fun θ => spec_binary .divide (sh := []) ((h4 θ).mono (x5 θ)) (h5 θ)) trivial
    fun _ i hi => ?_).mono id fun θ s6 u _ hu => hu.congr fun i hi => ?_
  · simpa only [(h5 θ).read, clip_of_inRange hi] using natCast_ne_zero (R := R) hB
  · simp only [Binary.eval, Unary.eval, Textbook.crossEntropy, nsum_neg, extents_batched]
    rw [List.length_eq_zero_iff.1 (length_of_inRange hi)]
    exact congrArg (-· / (B : R)) (tsum_two B K _)

/-- The mean cross-entropy of a batch, with the labels smoothed. -/
theorem lowers_softmaxCrossEntropy (hK : 0 < K) (hB : 0 < B)
    (hl : HoldsAll B E s logits (.f32 (batched [K])) fun θ => stack (Z θ))
    (ht : HoldsAll B E s label (.f32 (batched [K])) fun θ => stack (T θ))
    (hε : HoldsAll B E s smoothing (.f32 []) fun _ _ => ε) :
    Lowers B E θ (do let target ← smoothLabels K label smoothing; crossEntropy logits target) s True fun θ s' u =>
      Holds B (E θ) s' u (.f32 []) fun _ =>
        (nsum B fun b => Textbook.crossEntropy K (Textbook.smooth K ε (T θ b)) (Z θ b)) / (B : R) :=
  (lowers_smoothLabels hK ht hε).then fun _ _ x1 h1 => lowers_crossEntropy hK hB (hl.mono x1) h1
end

end Lmx
end
