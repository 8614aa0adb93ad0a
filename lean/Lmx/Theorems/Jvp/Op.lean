module
public import Lmx.Theorems.Jvp.Basic
public import Lmx.Theorems.Literal
@[expose] public section

/-!
# The derivatives of pointwise functions, `concatenate`, `dot_general` and convolution

One lemma for each: if the arguments' elements are differentiable, so is each element of the result, and its derivative
is what `Lmx.Semantics.Jvp` says. Max-pooling and log-softmax have files of their own.
-/

namespace Lmx
open Calculus Lean.Grind

noncomputable section
variable {ι : Type} [Idx ι] {R : Type} [RealOps R] {θ : ι → R}

/-! ### Pointwise functions -/

section pointwise
variable {f g ℓ m : (ι → R) → R}

theorem Unary.hasD_eval (u : Unary) (hf : HasD f ℓ θ) (hs : u = .log ∨ u = .sqrt → 0 < f θ) :
    HasD (fun θ => u.eval (f θ)) (fun h => u.slope (f θ) * ℓ h) θ := by
  cases u with
  | negate => exact HasD.pointwise (hasD1_neg _) hf
  | exponential => exact HasD.pointwise (exp_deriv _) hf
  | log => exact HasD.pointwise (log_deriv _ (hs (.inl rfl))) hf
  | sqrt => exact HasD.pointwise (sqrt_deriv _ (hs (.inr rfl))) hf

theorem Binary.hasD_eval (u : Binary) (hf : HasD f ℓ θ) (hg : HasD g m θ) (hd : u = .divide → g θ ≠ 0)
    (hm : u = .maximum → OrderedNear f g θ) :
    HasD (fun θ => u.eval (f θ) (g θ)) (fun h => u.jvp (f θ) (g θ) (ℓ h) (m h)) θ := by
  cases u with
  | add => exact hf.plus hg
  | subtract => exact hf.sub hg
  | multiply => exact hf.mul hg
  | divide =>
    have h := (hf.mul (HasD.pointwise (hasD1_inv (hd rfl)) hg)).congr
      (ℓ' := fun h => Binary.divide.jvp (f θ) (g θ) (ℓ h) (m h)) fun h => by simp only [Binary.jvp]; grind
    simpa only [Binary.eval, Field.div_eq_mul_inv] using h
  | maximum =>
    have left (h : Near (fun y => g y ≤ f y) θ) : HasD (fun θ => Binary.maximum.eval (f θ) (g θ)) ℓ θ :=
      hf.congr_of_local (h.mono fun y hy => by simp only [Binary.eval, max2]; grind)
    have right (h : Near (fun y => f y ≤ g y) θ) : HasD (fun θ => Binary.maximum.eval (f θ) (g θ)) m θ :=
      hg.congr_of_local (h.mono fun y hy => by simp only [Binary.eval, max2]; grind)
    simp only [Binary.jvp]
    split
    · exact left ((hg.lt_near hf (by assumption)).mono fun y hy => by grind)
    · rcases hm rfl with h | h | h
      · exact right ((hf.lt_near hg (by grind)).mono fun y hy => by grind)
      · exact right h
      · exact (left h).congr fun v => hf.eq_of_le_near hg h (by have := Near.self h; grind) v

end pointwise

/-! ### Sums of products -/

/-- A sum of products, by the product rule; the two halves of the derivative apart. -/
theorem hasD_lsum_mul {α : Type} (l : List α) {F G DF DG : (ι → R) → α → R} (hF : ∀ a, HasD (F · a) (DF · a) θ)
    (hG : ∀ a, HasD (G · a) (DG · a) θ) :
    HasD (fun θ => lsum l fun a => F θ a * G θ a)
      (fun h => lsum l (fun a => DF h a * G θ a) + lsum l fun a => F θ a * DG h a) θ :=
  (HasD.lsum l fun a => (hF a).mul (hG a)).congr fun h => by
    rw [← lsum_add]; exact lsum_congr fun a _ => by grind

variable {X Y DX DY : (ι → R) → Tensor R}

theorem hasD_dotAt (lb rb lc rc s t i : List Nat) (hX : ∀ i, HasD (X · i) (DX · i) θ)
    (hY : ∀ i, HasD (Y · i) (DY · i) θ) :
    HasD (fun θ => dotAt lb rb lc rc ⟨s, X θ⟩ ⟨t, Y θ⟩ i)
      (fun h => dotAt lb rb lc rc ⟨s, DX h⟩ ⟨t, Y θ⟩ i + dotAt lb rb lc rc ⟨s, X θ⟩ ⟨t, DY h⟩ i) θ := by
  simp only [dotAt, tsum]; exact hasD_lsum_mul _ (fun _ => hX _) fun _ => hY _

theorem hasD_convAt (c : Conv) (i : List Nat) (hX : ∀ i, HasD (X · i) (DX · i) θ) (hY : ∀ i, HasD (Y · i) (DY · i) θ) :
    HasD (fun θ => convAt c (X θ) (Y θ) i) (fun h => convAt c (DX h) (Y θ) i + convAt c (X θ) (DY h) i) θ := by
  match i with
  | [b, oh, ow, co] =>
    exact (HasD.lsum _ fun q => hasD_lsum_mul _
      (fun ci => hasD_windowAt hX c.window c.image 0 b oh ow ci q) fun _ => hY _).congr fun h => lsum_add ..
  | [] | [_] | [_, _] | [_, _, _] | _ :: _ :: _ :: _ :: _ :: _ =>
    exact (HasD.const 0 θ).congr fun h => by simp only [convAt]; grind

/-! ### Concatenation -/

theorem hasD_concatAt (B dim : Nat) {G D : (ι → R) → Env R} (hG : Tangent G D θ) (vs : List Var) (i : List Nat) :
    HasD (fun θ => concatAt dim (vs.map (Var.read B (G θ))) i)
      (fun h => concatAt dim (vs.map (Var.read B (D h))) i) θ := by
  induction vs generalizing i with
  | nil => exact HasD.const 0 θ
  | cons v vs ih =>
    simp only [List.map_cons, concatAt, Var.read]; split
    · exact hG _ _
    · exact ih _

end
end Lmx
