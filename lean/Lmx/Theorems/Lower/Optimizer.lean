module
public import Lmx.Theorems.EmitShape
public import Lmx.Theorems.Literal
public import Lmx.Textbook.Train
public import Lmx.Optim.Sgd
public import Lmx.Optim.AdamW
@[expose] public section

/-!
# What the optimizers compute

The emitted update of a parameter computes the textbook's, for a parameter of any shape without a zero dimension.

Main results: `spec_sgd`, `spec_adamw`.

Not claimed: that `β^t` is defined, or that `1 - β^t` and the denominators are not zero. Program and textbook make the
same of them.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {s : Code} {a p g x : Var} {sh : Shape} {α : R} {P G X : Tensor R}

theorem Holds.shape {t : TensorType} (h : Holds B e s x t X) : x.shape = t.shape := congrArg TensorType.shape h.type

theorem spec_scale (hs : sh.positive = true) (ha : Holds B e s a (.f32 []) fun _ => α)
    (hx : Holds B e s x (.f32 sh) X) :
    Spec B e (scale a x) s fun s' u => Holds B e s' u (.f32 sh) fun i => α * X i := by
  rw [scale, hx.shape]
  exact (spec_splat hs ha).bind fun s1 u h1 hu => spec_binary .multiply hu (hx.mono h1)

theorem spec_oneMinus (ha : Holds B e s a (.f32 []) fun _ => α) :
    Spec B e (oneMinus a) s fun s' u => Holds B e s' u (.f32 []) fun _ => 1 - α :=
  (spec_constant rfl rfl).bind fun s1 u h1 hu => (spec_binary .subtract hu (ha.mono h1)).mono fun _ _ _ h => by
    rw [Literal.value_ofNat_one] at h; exact h

theorem spec_biasCorrection {step : Var} {t : R} (ha : Holds B e s a (.f32 []) fun _ => α)
    (ht : Holds B e s step (.f32 []) fun _ => t) :
    Spec B e (biasCorrection a step) s fun s' u => Holds B e s' u (.f32 []) fun _ => 1 - Textbook.power α t :=
  (spec_unary .log ha).bind fun _ _ h1 hl => (spec_binary .multiply (ht.mono h1) hl).bind fun _ _ _ hm =>
    (spec_unary .exponential hm).bind fun _ _ _ he => spec_oneMinus he

/-- Weight decay, where it applies, and what is done then. -/
theorem spec_decay {β : Type} {f : Var → Build β} {Q : Code → β → Prop} (decay : Bool) (hs : sh.positive = true)
    (ha : Holds B e s a (.f32 []) fun _ => α) (hp : Holds B e s p (.f32 sh) P) (hg : Holds B e s g (.f32 sh) G)
    (hf : ∀ s' u, Extends B e s s' → Holds B e s' u (.f32 sh) (fun i => if decay then G i + α * P i else G i) →
      Spec B e (f u) s' Q) :
    Spec B e (if decay then scale a p >>= fun d => add g d >>= f else pure g >>= f) s Q := by
  cases decay with
  | false => exact (Spec.pure hg).bind hf
  | true =>
    exact (spec_scale hs ha hp).bind fun s1 d h1 hd => (spec_binary .add (hg.mono h1) hd).bind
      fun s2 u h2 hu => hf s2 u (h1.trans h2) hu

section sgd
variable {rate momentum weightDecay v : Var} {η μ lam : R} {V : Tensor R}

/-- The update of stochastic gradient descent. -/
theorem spec_sgd (decay : Bool) (hs : sh.positive = true) (hη : Holds B e s rate (.f32 []) fun _ => η)
    (hμ : Holds B e s momentum (.f32 []) fun _ => μ) (hlam : Holds B e s weightDecay (.f32 []) fun _ => lam)
    (hp : Holds B e s p (.f32 sh) P) (hg : Holds B e s g (.f32 sh) G) (hv : Holds B e s v (.f32 sh) V) :
    Spec B e (sgd.update [rate, momentum, weightDecay] decay p g [v]) s fun s' r => ∃ p' v', r = (p', [v']) ∧
      Holds B e s' p' (.f32 sh) (Textbook.sgdParam η P (Textbook.sgdMomentum μ lam decay P G V)) ∧
      Holds B e s' v' (.f32 sh) (Textbook.sgdMomentum μ lam decay P G V) := by
  refine spec_decay decay hs hlam hp hg fun s1 g' x1 hg => ?_
  refine (spec_scale hs (hμ.mono x1) (hv.mono x1)).bind fun s2 v1 x2 hv1 => ?_
  refine (spec_binary .add hv1 (hg.mono x2)).bind fun s3 v' x3 hv' => ?_
  have x13 := x1.trans (x2.trans x3)
  refine (spec_scale hs (hη.mono x13) hv').bind fun s4 d x4 hd => ?_
  exact (spec_binary .subtract (hp.mono (x13.trans x4)) hd).bind fun s5 p' x5 hp' =>
    Spec.pure ⟨p', v', rfl, hp', hv'.mono (x4.trans x5)⟩
end sgd

section adamw
variable {beta1 beta2 epsilon rate step weightDecay m v : Var} {β₁ β₂ ε η t lam : R} {M V : Tensor R}

/-- The update of AdamW. -/
theorem spec_adamw (decay : Bool) (hs : sh.positive = true) (h₁ : Holds B e s beta1 (.f32 []) fun _ => β₁)
    (h₂ : Holds B e s beta2 (.f32 []) fun _ => β₂) (hε : Holds B e s epsilon (.f32 []) fun _ => ε)
    (hη : Holds B e s rate (.f32 []) fun _ => η) (ht : Holds B e s step (.f32 []) fun _ => t)
    (hlam : Holds B e s weightDecay (.f32 []) fun _ => lam) (hp : Holds B e s p (.f32 sh) P)
    (hg : Holds B e s g (.f32 sh) G)
    (hm : Holds B e s m (.f32 sh) M) (hv : Holds B e s v (.f32 sh) V) :
    Spec B e (adamw.update [beta1, beta2, epsilon, rate, step, weightDecay] decay p g [m, v]) s fun s' r =>
      ∃ p' m' v', r = (p', [m', v']) ∧
      Holds B e s' p' (.f32 sh)
        (Textbook.adamwParam β₁ β₂ ε η t lam decay P (Textbook.adamwFirst β₁ G M) (Textbook.adamwSecond β₂ G V)) ∧
      Holds B e s' m' (.f32 sh) (Textbook.adamwFirst β₁ G M) ∧
        Holds B e s' v' (.f32 sh) (Textbook.adamwSecond β₂ G V) := by
  refine (spec_scale hs h₁ hm).bind fun s1 a1 x1 ha1 => ?_
  refine (spec_oneMinus (h₁.mono x1)).bind fun s2 a2 x2 ha2 => ?_
  refine (spec_scale hs ha2 (hg.mono (x1.trans x2))).bind fun s3 a3 x3 ha3 => ?_
  refine (spec_binary .add (ha1.mono (x2.trans x3)) ha3).bind fun s4 m' x4 hm' => ?_
  have y4 := x1.trans (x2.trans (x3.trans x4))
  refine (spec_scale hs (h₂.mono y4) (hv.mono y4)).bind fun s5 b1 x5 hb1 => ?_
  refine (spec_oneMinus (h₂.mono (y4.trans x5))).bind fun s6 b2 x6 hb2 => ?_
  have hg6 := hg.mono (y4.trans (x5.trans x6))
  refine (spec_binary .multiply hg6 hg6).bind fun s7 b3 x7 hb3 => ?_
  refine (spec_scale hs (hb2.mono x7) hb3).bind fun s8 b4 x8 hb4 => ?_
  refine (spec_binary .add (hb1.mono (x6.trans (x7.trans x8))) hb4).bind fun s9 v' x9 hv' => ?_
  have z9 := x5.trans (x6.trans (x7.trans (x8.trans x9)))
  have y9 := y4.trans z9
  refine (spec_biasCorrection (h₁.mono y9) (ht.mono y9)).bind fun s10 c1 x10 hc1 => ?_
  rw [hp.shape]
  refine (spec_splat hs hc1).bind fun s11 c2 x11 hc2 => ?_
  refine (spec_binary .divide (hm'.mono (z9.trans (x10.trans x11))) hc2).bind fun s12 mHat x12 hmHat => ?_
  have z12 := x10.trans (x11.trans x12)
  have y12 := y9.trans z12
  refine (spec_biasCorrection (h₂.mono y12) (ht.mono y12)).bind fun s13 d1 x13 hd1 => ?_
  refine (spec_splat hs hd1).bind fun s14 d2 x14 hd2 => ?_
  refine (spec_binary .divide (hv'.mono (z12.trans (x13.trans x14))) hd2).bind fun s15 vHat x15 hvHat => ?_
  refine (spec_unary .sqrt hvHat).bind fun s16 root x16 hroot => ?_
  have z16 := x13.trans (x14.trans (x15.trans x16))
  have y16 := y12.trans z16
  refine (spec_splat hs (hε.mono y16)).bind fun s17 f1 x17 hf1 => ?_
  refine (spec_binary .add (hroot.mono x17) hf1).bind fun s18 f2 x18 hf2 => ?_
  refine (spec_binary .divide (hmHat.mono (z16.trans (x17.trans x18))) hf2).bind fun s19 dir x19 hdir => ?_
  have z19 := x17.trans (x18.trans x19)
  have y19 := y16.trans z19
  refine spec_decay decay hs (hlam.mono y19) (hp.mono y19) hdir fun s20 dir' x20 hdir' => ?_
  refine (spec_scale hs (hη.mono (y19.trans x20)) hdir').bind fun s21 d x21 hd => ?_
  refine (spec_binary .subtract (hp.mono (y19.trans (x20.trans x21))) hd).bind fun s22 p' x22 hp' => ?_
  have z22 := z12.trans (z16.trans (z19.trans (x20.trans (x21.trans x22))))
  exact Spec.pure ⟨p', m', v', rfl, hp', hm'.mono (z9.trans z22), hv'.mono z22⟩
end adamw

end Lmx
