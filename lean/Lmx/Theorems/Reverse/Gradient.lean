module
public import Lmx.Theorems.Reverse.Correct
public import Lmx.Theorems.Literal
@[expose] public section

/-!
# The emitted gradient is the gradient

A point is a number for each coordinate of some inputs, `Coordinate B shapes`: the input's number and a multi-index.
`spec_gradient` says that the code emitted by `gradient` holds the Fréchet derivative, with respect to these
coordinates, of the scalar that the nodes compute: for every typed program, at every point where each of its nodes is
smooth.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R]

noncomputable section

/-- The coordinates of the inputs `0, 1, …` of the given shapes. -/
def coordinates (B : Nat) (shapes : List Shape) : List (Nat × List Nat) :=
  (List.range shapes.length).flatMap fun k => (indices (extents B (shapes.getD k []))).map fun i => (k, i)

/-- A coordinate: the number of an input, and a multi-index of it. -/
abbrev Coordinate (B : Nat) (shapes : List Shape) : Type := {c : Nat × List Nat // c ∈ coordinates B shapes}

end

theorem mem_coordinates {B : Nat} {shapes : List Shape} {k : Nat} {i : List Nat} :
    (k, i) ∈ coordinates B shapes ↔ k < shapes.length ∧ inRange (extents B (shapes.getD k [])) i = true := by
  simp only [coordinates, List.mem_flatMap, List.mem_range, List.mem_map, Prod.mk.injEq, mem_indices]
  grind

theorem nodup_coordinates (B : Nat) (shapes : List Shape) : (coordinates B shapes).Nodup := by
  exact List.pairwise_flatMap.2 ⟨fun k _ => List.pairwise_map.2 ((nodup_indices _).imp (by grind)),
    List.nodup_range.imp (by grind)⟩

noncomputable instance (B : Nat) (shapes : List Shape) : Idx (Coordinate B shapes) :=
  Idx.ofList _ (nodup_coordinates B shapes)

noncomputable section

/-- The environment with the coordinates set to the point. -/
def assign (B : Nat) (shapes : List Shape) (e : Env R) (θ : Coordinate B shapes → R) : Env R := fun k i =>
  if h : (k, i) ∈ coordinates B shapes then θ ⟨(k, i), h⟩ else e k i

/-- A function of the coordinates as a tensor for each input. -/
def atInput (B : Nat) (shapes : List Shape) (g : Coordinate B shapes → R) (k : Nat) : Tensor R :=
  assign B shapes (fun _ _ => 0) g k

end

section
variable {B : Nat} {e : Env R} {s : Code} {Γ : List TensorType} {shapes : List Shape} {c : Cotangents}

omit [RealOps R] in
theorem assign_self (B : Nat) (shapes : List Shape) (e : Env R) : assign B shapes e (fun c => e c.1.1 c.1.2) = e := by
  funext k i; simp only [assign]; split <;> rfl

theorem assign_tangent (e : Env R) (θ : Coordinate B shapes → R) :
    Tangent (assign B shapes e) (atInput B shapes) θ := fun k i => by
  simp only [atInput, assign]; split
  · exact HasD.coord _ θ
  · exact HasD.const _ θ

/-- The inputs `0, 1, …` are tensors of numbers of the given shapes. -/
def InputShapes (Γ : List TensorType) (shapes : List Shape) : Prop :=
  ∀ (k : Nat) (sh : Shape), shapes[k]? = some sh → Γ[k]? = some (.f32 sh)

/-- The stored cotangents as a function of the coordinates. -/
noncomputable def storedGradient (B : Nat) (shapes : List Shape) (c : Cotangents) (E : Env R) :
    Coordinate B shapes → R := fun p => stored c E p.1.1 p.1.2

/-- Paired with tangents that move only the coordinates, the stored cotangents are the linear form `storedGradient`. -/
theorem storedPairing_atInput (hΓ : InputShapes Γ shapes) (c : Cotangents) (E : Env R) (h : Coordinate B shapes → R) :
    storedPairing B Γ c E (atInput B shapes h) = sum fun p => storedGradient B shapes c E p * h p := by
  have hval : (sum fun p => storedGradient B shapes c E p * h p) =
      lsum (coordinates B shapes) fun p => stored c E p.1 p.2 * atInput B shapes h p.1 p.2 :=
    (sum_congr fun p => by simp only [storedGradient, atInput, assign, p.2, dif_pos]).trans
      (sum_ofList _ (nodup_coordinates ..) fun p : Nat × List Nat => stored c E p.1 p.2 * atInput B shapes h p.1 p.2)
  have hin {k : Nat} (hk : k ∈ List.range shapes.length) := hΓ k _ (List.getElem?_eq_getElem (List.mem_range.1 hk))
  rw [hval, coordinates, lsum_flatMap, storedPairing, nsum, lsum_subset (m := List.range shapes.length) List.nodup_range
    List.nodup_range]
  · refine lsum_congr fun k hk => ?_
    rw [typeAt, hin hk, lsum_map, List.getD_eq_getElem?_getD, List.getElem?_eq_getElem (List.mem_range.1 hk)]; rfl
  · exact fun k hk => List.mem_range.2 (List.getElem?_eq_some_iff.1 (hin hk)).1
  · refine fun k hk => (tsum_congr fun i _ => ?_).trans (lsum_zero _)
    rw [atInput, assign, dif_neg fun hm => hk (List.mem_range.2 (mem_coordinates.1 hm).1)]; grind

/-- The values `gs` hold the parts of `g` that belong to the inputs `xs`. -/
def HoldsGradient (B : Nat) (e : Env R) (s : Code) (g : Coordinate B shapes → R) (xs gs : List Var) : Prop :=
  gs.length = xs.length ∧
    ∀ (j : Nat) (x : Var), xs[j]? = some x → ∃ v, gs[j]? = some v ∧ Holds B e s v x.type (atInput B shapes g x.id)

theorem spec_cotangentOf {s₀ : Code} (hΓ : InputShapes Γ shapes) (hpos : ∀ sh ∈ shapes, Shape.positive sh = true)
    (hc : StoredTyped B e Γ s₀ c) (h : Extends B e s₀ s) {x : Var}
    (hx : ∃ sh, shapes[x.id]? = some sh ∧ x.type = .f32 sh) :
    Spec B e (cotangentOf c x) s fun s' v =>
      Holds B e s' v x.type (atInput B shapes (storedGradient B shapes c (s₀.env B e)) x.id) := by
  obtain ⟨id, τ⟩ := x
  obtain ⟨sh, hx, rfl⟩ := hx
  have hin : ∀ i, inRange (extents B sh) i = true →
      stored c (s₀.env B e) id i = atInput B shapes (storedGradient B shapes c (s₀.env B e)) id i := fun i hi => by
    rw [atInput, assign, dif_pos (mem_coordinates.2 ⟨(List.getElem?_eq_some_iff.1 hx).1, by simpa [hx] using hi⟩)]; rfl
  simp only [stored] at hin
  simp only [cotangentOf]
  split <;> rename_i hd <;> simp only [hd] at hin
  · exact Spec.pure (((hc _ _ _ (hΓ _ _ hx) hd).mono h).congr hin)
  · refine (spec_constant (by decide) (hpos _ (List.mem_of_getElem? hx))).mono fun _ _ _ hv => hv.congr fun i hi => ?_
    rw [← hin i hi]; exact Literal.value_zero

theorem spec_cotangents {s₀ : Code} (hΓ : InputShapes Γ shapes) (hpos : ∀ sh ∈ shapes, Shape.positive sh = true)
    (hc : StoredTyped B e Γ s₀ c) (h : Extends B e s₀ s) {xs : List Var}
    (hx : ∀ x ∈ xs, ∃ sh, shapes[x.id]? = some sh ∧ x.type = .f32 sh) :
    Spec B e (buildMap (fun x => cotangentOf c x) xs) s fun s' gs =>
      HoldsGradient B e s' (storedGradient B shapes c (s₀.env B e)) xs gs := by
  induction xs generalizing s with
  | nil => exact Spec.pure ⟨rfl, nofun⟩
  | cons x xs ih =>
    rw [List.forall_mem_cons] at hx
    refine (spec_cotangentOf hΓ hpos hc h hx.1).bind fun s1 v h1 hv => ?_
    refine (ih (h.trans h1) hx.2).bind fun s2 vs h2 hvs => Spec.pure ⟨congrArg (· + 1) hvs.1, fun j z hz => ?_⟩
    cases j with
    | zero => cases hz; exact ⟨v, rfl, hv.mono h2⟩
    | succ j => exact hvs.2 j z hz

/-- The code that `gradient` emits for the scalar `y` of typed nodes holds something for each of the inputs `xs`,
which at every point where the nodes are smooth is the derivative of `y` with respect to their coordinates. -/
theorem spec_gradient {ns : List Node} {y : Var} {xs : List Var} (hn : NodesTyped Γ ns)
    (hΓ' : ∀ τ ∈ Γ, τ.shape.positive = true) (hs : ∀ n ∈ ns, n.op.HasJvp) (hr : Ran B e e Γ ns s)
    (hy : (Γ ++ ns.map fun n => n.out.type)[y.id]? = some (.f32 [])) (hyt : y.type = .f32 [])
    (hΓ : InputShapes Γ shapes) (hpos : ∀ sh ∈ shapes, Shape.positive sh = true)
    (hx : ∀ x ∈ xs, ∃ sh, shapes[x.id]? = some sh ∧ x.type = .f32 sh) :
    Spec B e (gradient ns y xs) s fun s' gs => ∃ g : Coordinate B shapes → R,
      (SmoothRun B (assign B shapes e) (fun c => e c.1.1 c.1.2) ns →
        HasFDerivAt (fun θ (_ : Unit) => run B (assign B shapes e θ) ns y.id []) (fun _ => g) fun c => e c.1.1 c.1.2) ∧
      HoldsGradient B e s' g xs gs := by
  obtain ⟨y, τ⟩ := y
  obtain rfl : τ = .f32 [] := hyt
  refine (spec_constant (by decide) rfl).bind fun s1 one hx1 hone => ?_
  have hc : StoredTyped B e _ s1 (NatMap.leaf.insert y one) := .insert (fun _ _ _ _ h => by cases h) hy hone.self
  refine (reverse_correct hn hΓ' hs (hr.mono hx1) hc).bind fun s2 c2 _ h2 => ?_
  refine (spec_cotangents hΓ hpos h2.1 (.refl ..) hx).mono fun _ _ _ h3 =>
    ⟨_, fun hs => (hasFDerivAt_iff ..).2 fun _ => ?_, h3⟩
  -- The seed, one for `y`, pairs with the values to `y`.
  have seed (t : Env R) : storedPairing B (Γ ++ ns.map fun n => n.out.type) (NatMap.leaf.insert y one) (s1.env B e) t =
      t y [] := by
    rw [storedPairing_insert (δ := fun _ => 1) hy fun i hi => ?_, storedPairing_leaf,
      show tdot (extents B (TensorType.f32 []).shape) = tdot [] from rfl, tdot, tsum_nil]
    · grind
    · rw [hone.value, show stored .leaf (s1.env B e) y i = 0 from rfl]
      exact (clip_of_inRange hi _).trans (by rw [Literal.value_ofNat_one]; grind)
  have hD := h2.2 (assign_self B shapes e) (assign_tangent e _) hs
  simp only [seed, storedPairing_atInput hΓ] at hD
  exact hD
end

end Lmx
end
