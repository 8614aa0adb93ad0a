module
public import Lmx.Theorems.Pullback.Cotangent
public import Lmx.Theorems.EmitShape
@[expose] public section

/-!
# The pullback of log-softmax

The adjoint of `dx ↦ dx - Σ p dx`, where `p` is the softmax, is `d ↦ d - p Σ d` (`nsum_mul_sub`).

Main result: `pullsBack_logSoftmax`. The pullback broadcasts the sums, so the shape must be positive.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {out x : Var}

theorem nsum_mul_sub (n : Nat) (d p t : Nat → R) :
    (nsum n fun k => d k * (t k - nsum n fun j => p j * t j)) = nsum n fun k => (d k - p k * nsum n d) * t k := by
  have h : ∀ (c : R) (f : Nat → R), (nsum n fun k => d k * t k + -c * f k) =
      (nsum n fun k => d k * t k) + -c * nsum n f := fun c f => by
    simp only [nsum, lsum_add, lsum_mul]
  refine (nsum_congr fun k _ => ?_).trans ((h (nsum n fun j => p j * t j) d).trans ?_)
  · grind
  refine Eq.trans ?_ ((h (nsum n d) fun k => p k * t k).symm.trans (nsum_congr fun k _ => ?_))
  · grind
  · grind

theorem tsum_two (m n : Nat) (f : Tensor R) : tsum [m, n] f = nsum m fun i => nsum n fun j => f [i, j] := by
  simp only [tsum_cons, tsum_nil]

/-- The pullback of log-softmax: `d - exp y Σ d` for the result `y`. -/
theorem pullsBack_logSoftmax (h : Op.logSoftmax.infer [x.type] = some out.type) (hp : out.shape.positive = true) :
    PullsBack B e ⟨out, .logSoftmax, [x]⟩ := by
  obtain ⟨x, tx⟩ := x
  obtain ⟨out, to⟩ := out
  obtain ⟨sh, u, rfl, hu, rfl⟩ := Op.infer_one (op := .logSoftmax) (t := tx) (t' := to) h nofun nofun
  obtain ⟨hl, rfl⟩ := guardSome_iff.1 (show guardSome (Nat.beq (length sh) 2) sh = some u from hu)
  match sh, hl with
  | [d0, d1], _ =>
    intro s d δ _ hout hd _
    refine (spec_unary .exponential hout).bind fun s1 p h1 hep =>
      (spec_reduceSum (dims := [1]) rfl (hd.mono h1)).bind fun s2 v h2 hv =>
      (spec_broadcast (dims := [0]) (sh := [d0]) (sh' := [d0, d1]) rfl rfl hp hv).bind fun s3 w h3 hw =>
      (spec_binary .multiply (hep.mono (h2.trans h3)) hw).bind fun s4 r h4 hr =>
      (spec_binary .subtract (hd.mono (h1.trans (h2.trans (h3.trans h4)))) hr).bind fun s5 g h5 hg =>
      Spec.pure (cotangent_one hg fun τ => ?_)
    refine (tsum_two (d0.size B) (d1.size B) _).trans
      (Eq.trans (nsum_congr fun b _ => ?_) (tsum_two (d0.size B) (d1.size B) _).symm)
    refine (nsum_mul_sub (d1.size B) (fun k => δ [b, k])
      (fun j => RealOps.exp (logSoftmaxAt (d1.size B) (s.env B e x) [b, j])) (fun k => τ x [b, k])).trans
      (nsum_congr fun k _ => ?_)
    have hs : (tsum [d1.size B] fun c => δ (reduceIndex 2 [1] [b] c)) = nsum (d1.size B) fun j => δ [b, j] := by
      simp only [tsum_cons, tsum_nil]; rfl
    rw [← hs]
    rfl

end Lmx
end
