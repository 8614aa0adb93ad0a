module
public import Lmx.Theorems.Chapters.Dense
public import Lmx.Theorems.Jvp.Pool
public import Lmx.Theorems.Pullback.MaxPool
public import Lmx.Theorems.Lower.Image
@[expose] public section

/-!
# Backpropagation through max-pooling

The cotangent of a window's maximum goes to the element that is the maximum. Where windows overlap, an element gets the
sum over the windows whose maximum it is.

Main results: `maxPool_has_vjp_at`, where the maximum of each window is unique; `relu_maxPool_has_vjp_at`, for ReLU
before the max-pool, where the maximum of each window of ReLU's argument is unique and not zero. The second does not
follow from the first: after ReLU, elements of a window may tie.

Nothing is claimed at ties of the largest element.
-/

namespace Lmx.Textbook
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {N : Nat}

noncomputable section
open Classical

/-- Each element of the image gets the cotangents of the windows that contain it and whose maximum it is. -/
def maxPoolInputGrad (p : Pool) (x d : Tensor R) : Tensor R
  | [a, h, w, c] =>
    nsum (p.window.output p.image).1 fun i => nsum (p.window.output p.image).2 fun j => lsum p.window.offsets fun o =>
      if (i * p.window.stride.1 + o.1 = h + p.window.low.1 ∧ j * p.window.stride.2 + o.2 = w + p.window.low.2) ∧
        x [a, h, w, c] = batch (maxPool p) x [a, i, j, c] then d [a, i, j, c] else 0
  | _ => 0

theorem batch_maxPool {p : Pool} (x : Tensor R) {i : List Nat} (hi : inRange (p.outputExtents N) i = true) :
    batch (maxPool p) x i = maxPoolAt p x i := by
  obtain ⟨a, i, j, c, rfl, -⟩ := inRange4.1 hi
  have hr : inRange (poolExtents p) [i, j, c] = true := (inRange_cons.1 hi).2
  simp only [batch, maxPool, clip_of_inRange hr]
  rfl

omit [RealOps R] in
/-- The window at an offset that meets the element `(h, w)` of the image. -/
theorem windowAt_of_meets {win : Window} {image : Nat × Nat} {v : R} (x : Tensor R) (a c : Nat) {i j h w : Nat}
    {o : Nat × Nat} (hh : h < image.1) (hw : w < image.2) (h1 : i * win.stride.1 + o.1 = h + win.low.1)
    (h2 : j * win.stride.2 + o.2 = w + win.low.2) :
    windowAt win image v x a i j c o = x [a, h, w, c] := by
  simp [windowAt, paddedAt, h1, h2, hh, hw]

/-- The first offset that attains a unique maximum is that maximum's. -/
theorem firstOffset_eq {p : Pool} {x : Tensor R} {b oh ow c : Nat} {q : Nat × Nat} (hq : q ∈ p.window.offsets)
    (h : ∀ q' ∈ p.window.offsets, q' ≠ q →
      windowAt p.window p.image lowestValue x b oh ow c q' < windowAt p.window p.image lowestValue x b oh ow c q) :
    firstOffset p x (maxPoolAt p x [b, oh, ow, c]) b oh ow c = some q := by
  obtain ⟨q', hq', hf, he⟩ := exists_firstOffset (x := x) (b := b) (oh := oh) (ow := ow) (c := c) hq fun q' hq' => by
    by_cases e : q' = q <;> grind
  rw [hf]
  by_cases e : q' = q <;> grind

theorem maxPoolInputGrad_eq {p : Pool} {x : Tensor R}
    (hu : ∀ a i j c, inRange (p.outputExtents N) [a, i, j, c] = true → p.UniqueMax x a i j c)
    (d : Tensor R) {i : List Nat} (hi : inRange (p.imageExtents N) i = true) :
    maxPoolInputGrad p x d i = maxPoolGradAt p x (maxPoolAt p x) d i := by
  obtain ⟨a, h, w, c, rfl, ha, hh, hw, hc⟩ := inRange4.1 hi
  refine nsum_congr fun i hi => nsum_congr fun j hj => ?_
  have hr : inRange (p.outputExtents N) [a, i, j, c] = true := inRange4.2 ⟨a, i, j, c, rfl, ha, hi, hj, hc⟩
  obtain ⟨q, hq, hu⟩ := hu a i j c hr
  rw [firstOffset_eq hq hu, batch_maxPool x hr, maxPoolAt_eq hq fun q' hq' => by by_cases e : q' = q <;> grind]
  refine (lsum_congr fun o ho => ?_).trans (lsum_dirac p.window.nodup_offsets (fun o =>
    if i * p.window.stride.1 + o.1 = h + p.window.low.1 ∧ j * p.window.stride.2 + o.2 = w + p.window.low.2
    then d [a, i, j, c] else 0) hq)
  have e := windowAt_of_meets (v := lowestValue) x a c (win := p.window) (i := i) (j := j) (o := o) hh hw
  have := hu o ho
  grind

/-- Max-pooling, where the maximum of each window is unique. -/
theorem maxPool_has_vjp_at (p : Pool) (x : Ix (p.imageExtents N) → R)
    (hx : ∀ a i j c, inRange (p.outputExtents N) [a, i, j, c] = true → p.UniqueMax (toTensor x) a i j c) :
    HasVJPAt (between (p.imageExtents N) (p.outputExtents N) (batch (maxPool p))) x
      (between (p.outputExtents N) (p.imageExtents N) (maxPoolInputGrad p (toTensor x))) := by
  refine hasVJPAt_congr (hasVJPAt_between (f := maxPoolAt p) (L := maxPoolJvpAt p (toTensor x)) (fun i hi => ?_)
    fun d h => tdot_maxPoolJvpAt_self p N d (toTensor x) h) (fun _ _ => batch_maxPool _)
    fun _ _ => maxPoolInputGrad_eq hx _
  obtain ⟨a, i, j, c, rfl, -⟩ := inRange4.1 hi
  exact hasD_maxPoolAt p (hasD_toTensor x) (hx a i j c hi).largestNear

theorem reads_maxPoolInputGrad (p : Pool) (x : Tensor R) :
    Reads (p.outputExtents N) (p.imageExtents N) (maxPoolInputGrad p x) := fun _ _ h i hi => by
  obtain ⟨a, r, w, c, rfl, ha, -, -, hc⟩ := inRange4.1 hi
  refine nsum_congr fun i hi => nsum_congr fun j hj => lsum_congr fun o _ => ?_
  rw [h [a, i, j, c] (inRange4.2 ⟨a, i, j, c, rfl, ha, hi, hj, hc⟩)]

/-- ReLU, then max-pooling, for a valid window on a nonempty image. The maximum of each window of `x` is unique and not
zero; elements below it may tie, before ReLU or after. The cotangent goes to the maximum, if it is positive. -/
theorem relu_maxPool_has_vjp_at (p : Pool) (hv : p.window.valid p.image = true) (h1 : 0 < p.image.1)
    (h2 : 0 < p.image.2) (x : Ix (p.imageExtents N) → R)
    (hx : ∀ a i j c, inRange (p.outputExtents N) [a, i, j, c] = true → p.UniqueMax (toTensor x) a i j c)
    (hz : ∀ i, inRange (p.outputExtents N) i = true → batch (maxPool p) (toTensor x) i ≠ 0) :
    HasVJPAt (between (p.imageExtents N) (p.outputExtents N) (batch fun x => maxPool p (relu x))) x
      (between (p.outputExtents N) (p.imageExtents N) fun d =>
        maxPoolInputGrad p (toTensor x) (reluGrad (batch (maxPool p) (toTensor x)) d)) := by
  refine hasVJPAt_congr (hasVJPAt_relu (maxPool_has_vjp_at p x hx) (reads_maxPoolInputGrad p _) hz) (fun y i hi => ?_)
    fun _ _ _ => rfl
  obtain ⟨a, i, j, c, rfl, -⟩ := inRange4.1 hi
  exact congrFun (maxPool_relu hv h1 h2 (row y a)) [i, j, c]

end
end Lmx.Textbook
end
