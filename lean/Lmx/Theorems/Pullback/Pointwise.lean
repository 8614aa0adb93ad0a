module
public import Lmx.Theorems.Pullback.Cotangent
public import Lmx.Theorems.ShapeLemmas
@[expose] public section

/-!
# Pullbacks of pointwise ops

Main results: `pullsBack_unary`, `pullsBack_binary`. The pullback of `maximum` emits a tensor of zeros, so the shape
must be positive.
-/

namespace Lmx
open Calculus Lean.Grind

variable {R : Type} [RealOps R] {B : Nat} {e : Env R} {out x y : Var}

theorem tdot_eq_add {sh : List Nat} {a b c d a' b' : Tensor R} (h : ∀ i, a i * b i = c i * d i + a' i * b' i) :
    tdot sh a b = tdot sh c d + tdot sh a' b' := by
  simp only [tdot, tsum, ← lsum_add, h]

/-- The pullback of a pointwise function of one argument: multiplication by its slope. -/
theorem pullsBack_unary {f : Unary} (h : (Op.unary f).infer [x.type] = some out.type) :
    PullsBack B e ⟨out, .unary f, [x]⟩ := by
  obtain ⟨x, tx⟩ := x
  obtain ⟨out, to⟩ := out
  obtain ⟨sh, u, rfl, hu, rfl⟩ := Op.infer_one (op := .unary f) (t := tx) (t' := to) h nofun nofun
  obtain rfl : sh = u := Option.some.inj hu
  intro s d δ hargs hout hd _
  have hx := hargs _ List.mem_cons_self
  cases f with
  | negate =>
    refine (spec_unary .negate hd).bind fun s' g _ hg => Spec.pure (cotangent_one hg fun τ => tsum_congr fun i _ => ?_)
    show δ i * (-1 * τ x i) = -δ i * τ x i
    grind
  | exponential =>
    refine (spec_binary .multiply hd hout).bind fun s' g _ hg =>
      Spec.pure (cotangent_one hg fun τ => tsum_congr fun i _ => ?_)
    show δ i * (RealOps.exp (s.env B e x i) * τ x i) = δ i * RealOps.exp (s.env B e x i) * τ x i
    grind
  | log =>
    refine (spec_binary .divide hd hx).bind fun s' g _ hg =>
      Spec.pure (cotangent_one hg fun τ => tsum_congr fun i _ => ?_)
    show δ i * ((s.env B e x i)⁻¹ * τ x i) = δ i / s.env B e x i * τ x i
    grind
  | sqrt =>
    refine (spec_binary .add hout hout).bind fun s' g hs hg => (spec_binary .divide (hd.mono hs) hg).bind
      fun s'' g' _ hg' =>
      Spec.pure (cotangent_one hg' fun τ => tsum_congr fun i _ => ?_)
    show δ i * ((2 * RealOps.sqrt (s.env B e x i))⁻¹ * τ x i) =
      δ i / (RealOps.sqrt (s.env B e x i) + RealOps.sqrt (s.env B e x i)) * τ x i
    rw [show RealOps.sqrt (s.env B e x i) + RealOps.sqrt (s.env B e x i) = 2 * RealOps.sqrt (s.env B e x i) by grind]
    grind

open Classical in
/-- The pullback of a pointwise function of two arguments. -/
theorem pullsBack_binary {f : Binary} (h : (Op.binary f).infer [x.type, y.type] = some out.type)
    (hp : out.shape.positive = true) :
    PullsBack B e ⟨out, .binary f, [x, y]⟩ := by
  obtain ⟨x, tx⟩ := x
  obtain ⟨y, ty⟩ := y
  obtain ⟨out, to⟩ := out
  obtain ⟨sh, sh', u, rfl, rfl, hu, rfl⟩ := Op.infer_two (op := .binary f) (t := tx) (t' := ty)
    (t'' := to) h nofun nofun
  obtain ⟨hs, rfl⟩ := guardSome_iff.1 (show guardSome (sh.beq sh') sh = some u from hu)
  obtain rfl := (Shape.beq_iff ..).1 hs
  intro s d δ hargs hout hd _
  have hx := hargs _ List.mem_cons_self
  have hy := hargs _ (List.mem_cons_of_mem _ List.mem_cons_self)
  cases f with
  | add =>
    refine Spec.pure (cotangent_two hd hd fun τ => tdot_eq_add fun i => ?_)
    show δ i * (τ x i + τ y i) = δ i * τ x i + δ i * τ y i
    grind
  | subtract =>
    refine (spec_unary .negate hd).bind fun s' g hs hg =>
      Spec.pure (cotangent_two (hd.mono hs) hg fun τ => tdot_eq_add fun i => ?_)
    show δ i * (τ x i - τ y i) = δ i * τ x i + -δ i * τ y i
    grind
  | multiply =>
    refine (spec_binary .multiply hd hy).bind fun s' g hs hg =>
      (spec_binary .multiply (hx.mono hs) (hd.mono hs)).bind fun s'' g' hs' hg' =>
      Spec.pure (cotangent_two (hg.mono hs') hg' fun τ => tdot_eq_add fun i => ?_)
    show δ i * (s.env B e x i * τ y i + s.env B e y i * τ x i) =
      δ i * s.env B e y i * τ x i + s.env B e x i * δ i * τ y i
    grind
  | divide =>
    refine (spec_binary .divide hd hy).bind fun s' g hs hg => (spec_binary .multiply hg (hout.mono hs)).bind
      fun s'' g' hs' hg' =>
      (spec_unary .negate hg').bind fun s''' g'' hs'' hg'' =>
      Spec.pure (cotangent_two (hg.mono (hs'.trans hs'')) hg'' fun τ => tdot_eq_add fun i => ?_)
    show δ i * (τ x i / s.env B e y i - s.env B e x i / s.env B e y i * (τ y i / s.env B e y i)) =
      δ i / s.env B e y i * τ x i + -(δ i / s.env B e y i * (s.env B e x i / s.env B e y i)) * τ y i
    grind
  | maximum =>
    refine (spec_constant rfl hp).bind fun s1 z h1 hz => (spec_compare .gt (hx.mono h1) (hy.mono h1)).bind
      fun s2 c h2 hc =>
      (spec_select hc (hd.mono (h1.trans h2)) (hz.mono h2)).bind fun s3 g h3 hg =>
      (spec_select (hc.mono h3) (hz.mono (h2.trans h3)) (hd.mono (h1.trans (h2.trans h3)))).bind fun s4 g' h4 hg' =>
      Spec.pure (cotangent_two (hg.mono h4) hg' fun τ => tdot_eq_add fun i => ?_)
    show δ i * (if s.env B e y i < s.env B e x i then τ x i else τ y i) =
      (if (if s.env B e y i < s.env B e x i then (1 : R) else 0) = 0 then (Literal.ofNat 0).value else δ i) * τ x i +
      (if (if s.env B e y i < s.env B e x i then (1 : R) else 0) = 0 then δ i else (Literal.ofNat 0).value) * τ y i
    rw [Literal.value_zero]
    grind

end Lmx
end
