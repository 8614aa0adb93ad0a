module
public import Lmx.Theorems.Train.Correct
public import Lmx.Theorems.Train.Kinks
public import Lmx.Theorems.Chapters.Loss
@[expose] public section

/-!
# Witnesses

The theorem about train steps has hypotheses, and a theorem whose hypotheses never hold says nothing. The files of this
folder take a small net of each kind with concrete numbers, none of them one that is exported, and prove of it what
`Live` lists: the hypotheses hold, and the conclusion is not that nothing happens.

Main results: `bias_gradient`, the derivative of the loss in a bias of the last layer; `live_of`, what has to be checked
of two-class nets.
-/

namespace Lmx.Textbook.Witness
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {spec : NetSpec} {B : Nat} {x : Nat → Tensor R}

attribute [local instance] Lean.Grind.Semiring.natCast

noncomputable section

/-- The tensor of shape `s` with the elements `l`, row-major. -/
def fill (s : List Nat) (l : List R) : Tensor R := clip s fun i => l.getD (ravel s i) 0

/-- On the shape `s`, `f` has the elements `l`. -/
def Has (s : List Nat) (l : List R) (f : Tensor R) : Prop := ∀ i ∈ indices s, f i = fill s l i

theorem Has.at {s : List Nat} {l : List R} {f : Tensor R} (h : Has s l f) (i : List Nat) (hi : inRange s i = true) :
    f i = l.getD (ravel s i) 0 :=
  (h i (mem_indices.2 hi)).trans (clip_of_inRange hi _)

theorem Has.ne_zero {s : List Nat} {l : List R} {f : Tensor R} (h : Has s l f) (hl : ∀ i ∈ indices s, fill s l i ≠ 0)
    (i : List Nat) (hi : inRange s i = true) : f i ≠ 0 :=
  h i (mem_indices.2 hi) ▸ hl i (mem_indices.2 hi)

/-- The parameters of a net with the elements `l`, row-major. -/
def paramsOf (spec : NetSpec) (l : List (List R)) : List (Tensor R) :=
  List.zipWith (fun q l => fill q.shape l) spec.params l

/-- The inputs of a train step with SGD: parameters, momenta of zero, images, labels, label smoothing 1/10, learning
rate 1/10, momentum 0, weight decay 1/100. -/
def inputs (params : List (Tensor R)) (images labels : Tensor R) (k : Nat) : Tensor R :=
  (params ++ (params.map (fun _ _ => 0) ++
    [images, labels, fun _ => 1 / 10, fun _ => 1 / 10, fun _ => 0, fun _ => 1 / 100])).getD k fun _ => 0

/-- The loss that `TrainStep` speaks of, for SGD, as a function of the parameters. -/
def lossAt (spec : NetSpec) (B : Nat) (x : Nat → Tensor R) (θ : spec.Point B R) : R :=
  let n := spec.imageInput sgd
  loss spec B (x (n + 2) []) (spec.tensors θ) (x n) (x (n + 1))

/-- The logits of an example of the batch. -/
def logitsAt (spec : NetSpec) (B : Nat) (x : Nat → Tensor R) (b : Nat) : Tensor R :=
  logits spec (spec.tensors (spec.point B x)) (row (x (spec.imageInput sgd)) b)

/-- The target of an example of the batch: its label, smoothed. -/
def targetAt (spec : NetSpec) (x : Nat → Tensor R) (b : Nat) : Nat → R :=
  smooth spec.classes (x (spec.imageInput sgd + 2) []) (row (x (spec.imageInput sgd + 1)) b)

/-- `trainStep_correct` applies to the inputs `x` with SGD, and what it says is not trivial. -/
structure Live (spec : NetSpec) (B : Nat) (x : Nat → Tensor R) : Prop where
  /-- The spec is valid. -/
  valid : spec.valid = true
  /-- There is an example. -/
  batch : 0 < B
  /-- No example meets a kink. -/
  offKinks : ∀ b, b < B → OffKinks spec spec.tensors (spec.point B x) (row (x (spec.imageInput sgd)) b)
  /-- Two images have different logits. -/
  forward : ∃ u v : Tensor R, ∃ k, k < spec.classes ∧
    logits spec (spec.tensors (spec.point B x)) u [k] ≠ logits spec (spec.tensors (spec.point B x)) v [k]
  /-- The loss is differentiable at the parameters. -/
  differentiable : ∃ g, HasFDerivAt (fun θ (_ : Unit) => lossAt spec B x θ) (fun _ => g) (spec.point B x)
  /-- The gradient of the loss has an element that is not zero. -/
  gradient : ∀ g, HasFDerivAt (fun θ (_ : Unit) => lossAt spec B x θ) (fun _ => g) (spec.point B x) → ∃ c, g c ≠ 0
  /-- The exported train step gives a parameter that differs from its input. -/
  moves : ∃ k q t i, spec.params[k]? = some q ∧ inRange q.shape i = true ∧
    ((spec.trainSource sgd).finish.denote B x)[k]? = some t ∧ t i ≠ x k i

/-! ### The derivative in a bias of the last layer -/

/-- The last parameter is added to the logits. -/
def LastIsBias (R : Type) [RealOps R] (spec : NetSpec) : Prop := ∃ n q, spec.params.length = n + 1 ∧
  spec.params[n]? = some q ∧ q.shape = [spec.classes] ∧ q.decay = false ∧
  ∀ (l : List (Tensor R)) (b x : Tensor R) (k : Nat), l.length = n →
    logits spec (l ++ [b]) x [k] = logits spec (l ++ [fun _ => 0]) x [k] + b [k]

theorem mem_lastBias (h : LastIsBias R spec) {j : Nat} (hj : j < spec.classes) :
    (spec.params.length - 1, [j]) ∈ coordinates B spec.paramShapes := by
  obtain ⟨n, q, hn, hq, hs, -⟩ := h
  rw [mem_coordinates, hn, Nat.add_sub_cancel, getD_paramShapes hq, hs, extents_fixedShape]
  exact ⟨by simp [NetSpec.paramShapes, hn], by simp [inRange, hj]⟩

/-- The logits after a move of one of the last biases. -/
theorem logits_move (h : LastIsBias R spec) {j : Nat} (hj : j < spec.classes) (θ : spec.Point B R) (s : R)
    (y : Tensor R) (k : Nat) : logits spec (spec.tensors fun c => θ c + basis ⟨_, mem_lastBias h hj⟩ c * s) y [k] =
      logits spec (spec.tensors θ) y [k] + if k = j then s else 0 := by
  obtain ⟨n, -, hn, -, -, -, ha⟩ := id h
  have ht (θ : spec.Point B R) : spec.tensors θ =
      (List.range n).map (atInput B spec.paramShapes θ) ++ [atInput B spec.paramShapes θ n] := by
    rw [NetSpec.tensors, hn, List.range_succ, List.map_append]; rfl
  have hm := mem_lastBias (B := B) h hj
  have hat (m : Nat) (i : List Nat) :
      atInput B spec.paramShapes (fun c => θ c + basis ⟨_, hm⟩ c * s) m i =
        atInput B spec.paramShapes θ m i + if m = n ∧ i = [j] then s else 0 := by
    simp only [atInput, assign, basis, Subtype.mk.injEq]
    grind
  have hl : (List.range n).map (atInput B spec.paramShapes fun c => θ c + basis ⟨_, hm⟩ c * s) =
      (List.range n).map (atInput B spec.paramShapes θ) := List.map_congr_left fun m hm => funext fun i => by
    rw [hat, if_neg fun e => Nat.ne_of_lt (List.mem_range.1 hm) e.1, AddCommMonoid.add_zero]
  rw [ht, ht, hl, ha _ _ _ _ (by simp), ha _ (atInput B spec.paramShapes θ n) _ _ (by simp), hat]
  grind

/-- The derivative of the loss in a bias of the last layer is the mean of `(Σ t) softmax z - t`. -/
theorem bias_gradient (h : LastIsBias R spec) {j : Nat} (hj : j < spec.classes) {g : spec.Point B R}
    (hg : HasFDerivAt (fun θ (_ : Unit) => lossAt spec B x θ) (fun _ => g) (spec.point B x)) :
    g ⟨_, mem_lastBias h hj⟩ =
      (nsum B fun b => logitsGrad spec.classes (targetAt spec x b) (logitsAt spec B x b) j) / (B : R) := by
  let θ := spec.point B x
  let c : Coordinate B spec.paramShapes := ⟨_, mem_lastBias h hj⟩
  let Z (s : Unit → R) : Tensor R := fun i =>
    (match i with | b :: i => logitsAt spec B x b i | [] => 0) + if i.drop 1 = [j] then s () else 0
  have hZ (i : List Nat) : HasD (fun s => Z s i) (fun s => if i.drop 1 = [j] then s () else 0) (fun _ => 0) := by
    refine ((HasD.const _ _).plus (?_ : HasD (fun s : Unit → R => if i.drop 1 = [j] then s () else 0) _ _)).congr
      fun _ => AddCommMonoid.zero_add _
    split
    · exact HasD.coord () _
    · exact HasD.const 0 _
  have h0 : HasD (lossAt spec B x) (fun v => mulVec (fun _ : Unit => g) v ()) fun c' => θ c' + basis c c' * 0 := by
    rw [show (fun c' => θ c' + basis c c' * 0) = θ from funext fun c' => by grind]
    exact (hasFDerivAt_iff ..).1 hg ()
  have hline := HasD.comp (f := fun (s : Unit → R) c' => θ c' + basis c c' * s ()) (L := fun s c' => basis c c' * s ())
    (x := fun _ => 0) h0 fun c' => ((HasD.const (θ c') _).plus ((HasD.coord () _).mul_left _)).congr
      fun _ => AddCommMonoid.zero_add _
  have hloss : (fun s : Unit → R => lossAt spec B x fun c' => θ c' + basis c c' * s ()) = fun s =>
      (nsum B fun b => crossEntropy spec.classes (targetAt spec x b) (row (Z s) b)) * (B : R)⁻¹ := funext fun s => by
    simp only [lossAt, loss, crossEntropy, softmax, c, logits_move h hj, Field.div_eq_mul_inv, row, Z, List.drop,
      List.cons.injEq, and_true]
    rfl
  have hd : HasD (fun s => (nsum B fun b => crossEntropy spec.classes (targetAt spec x b) (row (Z s) b)) * (B : R)⁻¹) _
      (fun _ : Unit => (0 : R)) :=
    (HasD.lsum (List.range B) fun b => hasD_crossEntropy (Nat.zero_lt_of_lt hj) (targetAt spec x b) hZ b).mul_right _
  have e := congrFun ((hloss ▸ hline).unique hd) fun _ => 1
  have hz0 (b : Nat) : row (Z fun _ => 0) b = logitsAt spec B x b := funext fun i => by
    simp only [row, Z]; split <;> exact AddCommMonoid.add_zero _
  have hs (b : Nat) : (nsum spec.classes fun k => logitsGrad spec.classes (targetAt spec x b) (logitsAt spec B x b) k *
      if List.drop 1 [b, k] = [j] then 1 else 0) =
        logitsGrad spec.classes (targetAt spec x b) (logitsAt spec B x b) j := by
    rw [← nsum_dirac hj (logitsGrad spec.classes (targetAt spec x b) (logitsAt spec B x b))]
    exact nsum_congr fun k _ => by simp only [List.drop, List.cons.injEq, and_true]; grind
  simp only [hz0] at e
  rw [Field.div_eq_mul_inv, ← nsum_congr (f := fun b => nsum spec.classes _) fun b _ => hs b]
  refine Eq.trans ?_ e
  simp only [mulVec, Semiring.mul_one]
  exact (dot_basis g c).symm

/-! ### Nets of two classes -/

theorem softmax_lt_half {z : Tensor R} (h : z [0] < z [1]) : softmax 2 z 0 < 1 / 2 := by
  have h0 := exp_pos (z [0])
  have h1 := one_add_le_exp (z [1] - z [0])
  have h2 := exp_add (z [1] - z [0]) (z [0])
  rw [show z [1] - z [0] + z [0] = z [1] by grind] at h2
  have h3 := mul_pos (x := RealOps.exp (z [1] - z [0]) - 1) (by grind) h0
  simp only [softmax, nsum, lsum, List.range_succ, List.range_zero, List.nil_append, List.cons_append]
  have h4 := inv_pos (x := RealOps.exp (z [0]) + (RealOps.exp (z [1]) + 0)) (by grind)
  have h5 := mul_pos h4 (show 0 < (RealOps.exp (z [1]) - RealOps.exp (z [0])) / 2 by grind)
  grind

theorem nsum_pos {f : Nat → R} (hB : 0 < B) (h : ∀ b, b < B → 0 < f b) : 0 < nsum B f := by
  rw [nsum_congr (g := fun b => if b < B then f b else 1) fun b hb => (if_pos hb).symm]
  exact lsum_pos (fun b => by split <;> grind) _ (by simp; omega)

/-- Nets of two classes: the loss grows less than a bias of the class 0 that is predicted too seldom. -/
theorem bias_gradient_neg (h : LastIsBias R spec) (hc : spec.classes = 2) (hB : 0 < B)
    (hz : ∀ b, b < B → logitsAt spec B x b [0] < logitsAt spec B x b [1])
    (ht : ∀ b, b < B → targetAt spec x b 0 + targetAt spec x b 1 = 1)
    (hs : (nsum B fun b => 1 / 2 - targetAt spec x b 0) ≤ 0) {g : spec.Point B R}
    (hg : HasFDerivAt (fun θ (_ : Unit) => lossAt spec B x θ) (fun _ => g) (spec.point B x)) :
    g ⟨_, mem_lastBias h (hc ▸ Nat.two_pos)⟩ < 0 := by
  rw [bias_gradient h (by omega) hg]
  have h1 := nsum_pos (f := fun b => (1 / 2 - targetAt spec x b 0) +
      -1 * logitsGrad spec.classes (targetAt spec x b) (logitsAt spec B x b) 0) hB fun b hb => by
    have h1 := softmax_lt_half (hz b hb)
    have h2 := ht b hb
    simp only [logitsGrad, hc, nsum, lsum, List.range_succ, List.range_zero, List.nil_append, List.cons_append]
    rw [AddCommMonoid.add_zero, h2]; grind
  have h2 : (0 : R) ≤ (B : R) := OrderedRing.natCast_nonneg
  have h3 := inv_pos (x := (B : R)) (by have := natCast_ne_zero (R := R) hB; grind)
  simp only [nsum, lsum_add, lsum_mul] at h1 hs ⊢
  have h4 := mul_pos h3 (show
    0 < -lsum (List.range B) fun b => logitsGrad spec.classes (targetAt spec x b) (logitsAt spec B x b) 0 by grind)
  grind

/-- What has to be checked: each parameter is given, the hypotheses hold, each example's logit of the class 1 is the
larger one, and the labels' weight on the class 0 is at least one half in the mean. -/
theorem live_of {ls : List (List R)} {images labels : Tensor R} (valid : spec.valid = true) (hB : 0 < B)
    (h : LastIsBias R spec) (hc : spec.classes = 2) (hls : ls.length = spec.params.length)
    (hk : ∀ b, b < B → ∀ (P : spec.Point B R → List (Tensor R)) (θ : spec.Point B R), P θ = paramsOf spec ls →
      OffKinks spec P θ (row images b))
    (hz : ∀ b, b < B →
      logits spec (paramsOf spec ls) (row images b) [0] < logits spec (paramsOf spec ls) (row images b) [1])
    (ht : ∀ b, b < B → labels [b, 0] + labels [b, 1] = 1) (hs : (nsum B fun b => 1 / 2 - labels [b, 0]) ≤ 0)
    (hf : ∃ u v, logits spec (paramsOf spec ls) u [1] ≠ logits spec (paramsOf spec ls) v [1]) :
    Live spec B (inputs (paramsOf spec ls) images labels) := by
  generalize hps : paramsOf spec ls = ps at *
  have hl : ps.length = spec.params.length := by simp [← hps, paramsOf, hls]
  have hi : spec.imageInput sgd = ps.length + ps.length := by simp [NetSpec.imageInput, sgd, hl]
  have hrest (k : Nat) : inputs ps images labels (spec.imageInput sgd + k) =
      [images, labels, fun _ => 1 / 10, fun _ => 1 / 10, fun _ => 0, fun _ => 1 / 100].getD k fun _ => 0 := by
    rw [inputs, hi, List.getD_eq_getElem?_getD, List.getElem?_append_right (by omega),
      List.getElem?_append_right (by simp; omega), List.length_map,
      show ps.length + ps.length + k - ps.length - ps.length = k by omega, ← List.getD_eq_getElem?_getD]
  have hp : spec.tensors (spec.point B (inputs ps images labels)) = ps := by
    refine List.ext_getElem (by rw [length_tensors, hl]) fun k h1 h2 => funext fun i => ?_
    rw [length_tensors] at h1
    have hq := List.getElem?_eq_getElem h1
    have e : clip spec.params[k].shape ps[k] = ps[k] := by simp [← hps, paramsOf, fill, clip_clip]
    have hx : inputs ps images labels k = ps[k] := by simp [inputs, List.getElem?_append_left h2, h2]
    refine Eq.trans ?_ (congrFun e i)
    simp only [NetSpec.tensors, List.getElem_map, List.getElem_range, atInput, assign, NetSpec.point, mem_coordinates,
      getD_paramShapes hq, extents_fixedShape, hx, dite_eq_ite, clip]
    simp [NetSpec.paramShapes, h1]
  have h0 : inputs ps images labels (spec.imageInput sgd) = images := hrest 0
  have htr (b : Nat) (k : Nat) : targetAt spec (inputs ps images labels) b k =
      (1 - 1 / 10) * labels [b, k] + 1 / 10 * (1 / ((2 : Nat) : R)) := by
    rw [targetAt, hrest 1, hrest 2, hc]; rfl
  have h2 : ((2 : Nat) : R) = 2 := (Semiring.ofNat_eq_natCast 2).symm
  have hneg {g : spec.Point B R} := bias_gradient_neg (g := g) (x := inputs ps images labels) h hc hB
    (by simpa only [logitsAt, h0, hp] using hz)
    (fun b hb => by have := ht b hb; rw [htr, htr, h2]; grind) (by
      have e : (nsum B fun b => 1 / 2 - targetAt spec (inputs ps images labels) b 0) =
          (1 - 1 / 10) * nsum B fun b => 1 / 2 - labels [b, 0] := by
        exact (lsum_congr fun b _ => by rw [htr, h2]; grind).trans (lsum_mul ..)
      rw [e]; grind)
  have hk' : ∀ b, b < B → OffKinks spec spec.tensors (spec.point B (inputs ps images labels))
      (row (inputs ps images labels (spec.imageInput sgd)) b) := fun b hb => by
    rw [h0]
    exact hk b hb _ _ hp
  obtain ⟨g, hg, hnew, -⟩ := trainStep_correct valid sgd_computes hB hk'
  have hg0 := hneg hg
  refine ⟨valid, hB, hk', ?_, ⟨g, hg⟩, fun g hg => ⟨⟨_, mem_lastBias h (j := 0) (by omega)⟩, fun e => ?_⟩, ?_⟩
  · obtain ⟨u, v, hne⟩ := hf
    exact ⟨u, v, 1, by omega, by rwa [hp]⟩
  · have := hneg hg
    rw [e] at this; grind
  · have hm := mem_lastBias (B := B) h (j := 0) (by omega)
    obtain ⟨n, q, hn, hq, hs, hd, -⟩ := id h
    obtain ⟨h3, -⟩ := hnew n q hq
    simp only [hn, Nat.add_sub_cancel] at hm hg0
    have hi : inRange q.shape [0] = true := by rw [hs, hc]; rfl
    refine ⟨n, q, _, [0], hq, hi, h3, ?_⟩
    have hst : inputs ps images labels (spec.params.length + (0 * spec.params.length + n)) [0] = 0 := by
      rw [inputs, List.getD_eq_getElem?_getD, List.getElem?_append_right (by omega),
        List.getElem?_append_left (by simp; omega), List.getElem?_map]
      exact congrFun (Option.getD_map (fun _ (_ : List Nat) => (0 : R)) (fun _ => 0) _) [0]
    rw [clip_of_inRange hi]
    simp only [sgdUpdate, sgdParam, sgdMomentum, hd, Bool.false_eq_true, if_false, hst, hrest 3, atInput, assign, hm,
      dif_pos, NetSpec.point, Nat.add_zero]
    show _ - 1 / 10 * _ ≠ _
    grind
end
end Lmx.Textbook.Witness
