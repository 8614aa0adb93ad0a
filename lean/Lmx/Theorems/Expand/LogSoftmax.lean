module
public import Lmx.Theorems.Expand.Basic
public import Lmx.Expand.Program
@[expose] public section

/-!
# The expansion of log-softmax

The stable form subtracts the largest element of each row first. The result does not depend on what is subtracted, so
that nothing need be known of the maximum.

Main results: `log_exp_mul`, `spec_expandLogSoftmax`.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {R : Type} [RealOps R]

theorem exp_injective {a b : R} (h : exp a = exp b) : a = b := by
  have one {a b : R} (h : exp a = exp b) : exp (a - b) = 1 := by
    rw [show a - b = a + -b by grind, exp_add, h, exp_mul_exp_neg]
  have h1 := one_add_le_exp (a - b)
  have h2 := one_add_le_exp (b - a)
  rw [one h] at h1
  rw [one h.symm] at h2
  grind

theorem log_exp_mul {a b : R} (h : 0 < b) : RealOps.log (exp a * b) = a + RealOps.log b :=
  exp_injective (by rw [exp_log _ (mul_pos (exp_pos a) h), exp_add, exp_log _ h])

/-- A number may be subtracted from each element first. -/
theorem sub_log_nsum_exp {n k : Nat} (hk : k < n) (f : Nat → R) (m : R) :
    f k - m - RealOps.log (nsum n fun j => exp (f j - m)) = f k - RealOps.log (nsum n fun j => exp (f j)) := by
  have hpos : 0 < nsum n fun j => exp (f j) :=
    lsum_pos (fun j => exp_pos (f j)) _ (List.ne_nil_of_mem (List.mem_range.2 hk))
  have hs : (nsum n fun j => exp (f j - m)) = exp (-m) * nsum n fun j => exp (f j) := by
    rw [nsum, nsum, ← lsum_mul]
    exact lsum_congr fun j _ => by rw [← exp_add]; congr 1; grind
  rw [hs, log_exp_mul hpos]
  grind

/-- The expansion of log-softmax. -/
theorem spec_expandLogSoftmax {B : Nat} {e : Env R} {s : Code} {z : Var} {X : Tensor R} {a b : Dim}
    (h : Holds B e s z (.f32 [a, b]) X) (hpos : Shape.positive [a, b] = true) :
    Spec B e (expandLogSoftmax z) s fun s' v => Holds B e s' v (.f32 [a, b]) (logSoftmaxAt (b.size B) X) := by
  have hz : z.shape = [a, b] := congrArg TensorType.shape h.type
  rw [expandLogSoftmax, hz]
  refine Spec.bind (h.emit_one (op := .reduceMax [1]) nofun nofun (sh' := [a]) rfl fun _ _ => rfl) fun s1 t hs1 ht => ?_
  generalize Op.eval (R := R) B (.reduceMax [1]) _ = T at ht
  refine Spec.bind (spec_broadcast (dims := [0]) (sh' := [a, b]) rfl rfl hpos ht) fun s2 t hs2 ht => ?_
  refine Spec.bind (spec_binary .subtract (h.mono (hs1.trans hs2)) ht) fun s3 u hs3 hu => ?_
  refine Spec.bind (spec_unary .exponential hu) fun s4 v hs4 hv => ?_
  refine Spec.bind (spec_reduceSum (dims := [1]) rfl hv) fun s5 v hs5 hv => ?_
  refine Spec.bind (spec_unary .log hv) fun s6 v hs6 hv => ?_
  refine Spec.bind (spec_broadcast (dims := [0]) (sh' := [a, b]) rfl rfl hpos hv) fun s7 v hs7 hv => ?_
  refine (spec_binary .subtract (hu.mono (((hs4.trans hs5).trans hs6).trans hs7)) hv).mono fun _ _ _ hw =>
    hw.congr fun i hi => ?_
  obtain ⟨r, k, rfl, -, hk⟩ := inRange2.1 hi
  refine Eq.trans ?_ (sub_log_nsum_exp hk (fun j => X [r, j]) (T [r]))
  exact congrArg _ (congrArg RealOps.log ((tsum_cons (b.size B) [] _).trans (nsum_congr fun j _ => tsum_nil _)))

end
end Lmx
