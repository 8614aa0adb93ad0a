module
public import Lmx.Theorems.Reverse.Nodes
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
  refine List.pairwise_flatMap.2
    ⟨fun k _ => List.pairwise_map.2 ((nodup_indices _).imp fun h e => h (Prod.mk.inj e).2), ?_⟩
  exact List.nodup_range.imp fun {a b} h x hx y hy e => by grind

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
    Tangent (assign B shapes e) (assign B shapes fun _ _ => 0) θ := by
  intro k i
  simp only [assign]; split
  · exact HasD.coord _ θ
  · exact HasD.const _ θ

/-- The inputs `0, 1, …` are tensors of numbers of the given shapes. -/
def InputShapes (Γ : List TensorType) (shapes : List Shape) : Prop :=
  ∀ (k : Nat) (sh : Shape), shapes[k]? = some sh → Γ[k]? = some (.f32 sh)

/-- The stored cotangents as a function of the coordinates. -/
noncomputable def storedGradient (B : Nat) (shapes : List Shape) (c : Cotangents) (E : Env R)
    (p : Coordinate B shapes) : R :=
  match c.find p.1.1 with
  | some d => E d.id p.1.2
  | none => 0

theorem typeAt_of_shapes (hΓ : InputShapes Γ shapes) {k : Nat} (hk : k < shapes.length) :
    (typeAt Γ k).shape = shapes.getD k [] := by
  have h := hΓ k shapes[k] (List.getElem?_eq_getElem hk)
  rw [(typeAt_of_getElem? h).2, List.getD_eq_getElem?_getD, List.getElem?_eq_getElem hk]; rfl

/-- Paired with tangents that move only the coordinates, the stored cotangents are a linear form with the coefficients
`storedGradient`. -/
theorem storedPairing_assign (hΓ : InputShapes Γ shapes) (c : Cotangents) (E : Env R)
    (h : Coordinate B shapes → R) :
    storedPairing B Γ c E (assign B shapes (fun _ _ => 0) h) = sum fun p => storedGradient B shapes c E p * h p := by
  have hlen : shapes.length ≤ Γ.length := Nat.le_of_not_lt fun h =>
    Nat.lt_irrefl _ (typeAt_of_getElem? (hΓ _ _ (List.getElem?_eq_getElem h))).1
  let t := assign B shapes (fun _ _ => 0) h
  let F (p : Nat × List Nat) : R := (match c.find p.1 with | some d => E d.id p.2 | none => 0) * t p.1 p.2
  have hsum : (sum fun p => storedGradient B shapes c E p * h p) = lsum (coordinates B shapes) F :=
    (sum_congr fun p => by simp only [storedGradient, t, assign, p.2, dif_pos, F]).trans
      (sum_ofList _ (nodup_coordinates B shapes) F)
  have hsub : storedPairing B Γ c E t = lsum (List.range shapes.length) (storedAt B Γ c E t) := by
    refine lsum_subset List.nodup_range List.nodup_range
      (fun k hk => by simp only [List.mem_range] at *; omega) fun k hk => ?_
    have hz : t k = fun _ => 0 := funext fun i => dif_neg fun hc => hk (List.mem_range.2 (mem_coordinates.1 hc).1)
    simp only [storedAt, hz]
    split
    · exact (tsum_congr fun i _ => by grind).trans (lsum_zero _)
    · rfl
  rw [hsum, hsub]
  simp only [coordinates, lsum_flatMap, lsum_map, F]
  refine lsum_congr fun k hk => ?_
  simp only [storedAt, typeAt_of_shapes hΓ (List.mem_range.1 hk)]
  cases c.find k with
  | some d => rfl
  | none => exact ((lsum_congr fun i _ => by grind).trans (lsum_zero _)).symm

/-- The values `gs` hold the parts of `g` that belong to the inputs `xs`. -/
def HoldsGradient (B : Nat) (e : Env R) (s : Code) (g : Coordinate B shapes → R) (xs gs : List Var) : Prop :=
  gs.length = xs.length ∧
    ∀ (j : Nat) (x : Var), xs[j]? = some x → ∃ v, gs[j]? = some v ∧ Holds B e s v x.type (atInput B shapes g x.id)

theorem spec_cotangentOf (hΓ : InputShapes Γ shapes) (hpos : ∀ sh ∈ shapes, Shape.positive sh = true) {x : Var}
    {sh : Shape} (hx : shapes[x.id]? = some sh) (ht : x.type = .f32 sh) {s₀ : Code} (h₀ : Extends B e s₀ s)
    (hc₀ : StoredTyped B e Γ s₀ c) :
    Spec B e (cotangentOf c x) s fun s' v =>
      Holds B e s' v x.type (atInput B shapes (storedGradient B shapes c (s₀.env B e)) x.id) := by
  obtain ⟨hk, rfl⟩ := List.getElem?_eq_some_iff.1 hx
  obtain ⟨hlt, hty⟩ := typeAt_of_getElem? (hΓ _ _ hx)
  have hin i (hi : inRange (extents B (TensorType.f32 shapes[x.id]).shape) i = true) :
      atInput B shapes (storedGradient B shapes c (s₀.env B e)) x.id i =
        match c.find x.id with | some d => s₀.env B e d.id i | none => 0 := by
    have : (x.id, i) ∈ coordinates B shapes := mem_coordinates.2 ⟨hk, by simpa [hk] using hi⟩
    simp only [atInput, assign, this, dif_pos, storedGradient]
  simp only [cotangentOf, ht]
  split
  · rename_i d hd
    have h1 := hc₀ _ _ hlt hd
    rw [hty] at h1
    exact Spec.pure ((h1.mono h₀).congr fun i hi => by rw [hin i hi, hd])
  · rename_i hd
    rw [Var.shape, ht]
    exact (spec_constant (by decide) (hpos _ (List.getElem_mem _))).mono fun s' v _ hv =>
      hv.congr fun i hi => by rw [hin i hi, hd, Literal.value_zero]

theorem SmoothRun.hasJvp {ns : List Node} (h : SmoothRun B e ns) : ∀ n ∈ ns, n.op.HasJvp := by
  induction ns generalizing e with
  | nil => exact fun n hn => by cases hn
  | cons m ns ih => exact List.forall_mem_cons.2 ⟨h.1.hasJvp, ih h.2⟩

/-- The code that `gradient` emits for the scalar `y` of typed nodes holds something for each of the inputs `xs`, which
at every point where the nodes are smooth is the derivative of `y` with respect to their coordinates. -/
theorem spec_gradient_of_hasJvp {ns : List Node} {y : Var} {xs : List Var} (hn : NodesTyped Γ ns)
    (hp : ∀ n ∈ ns, PullsBack B e n) (hs : ∀ n ∈ ns, n.op.HasJvp) (hr : Ran B e e Γ ns s)
    (hy : (Γ ++ ns.map fun n => n.out.type)[y.id]? = some (.f32 [])) (hyt : y.type = .f32 [])
    (hΓ : InputShapes Γ shapes) (hpos : ∀ sh ∈ shapes, Shape.positive sh = true)
    (hx : ∀ x ∈ xs, ∃ sh, shapes[x.id]? = some sh ∧ x.type = .f32 sh) :
    Spec B e (gradient ns y xs) s fun s' gs => ∃ g : Coordinate B shapes → R,
      (SmoothRun B e ns → HasFDerivAt (fun θ (_ : Unit) => run B (assign B shapes e θ) ns y.id []) (fun _ => g)
        fun c => e c.1.1 c.1.2) ∧
      HoldsGradient B e s' g xs gs := by
  have hys : y.shape = [] := by rw [Var.shape, hyt]; rfl
  simp only [gradient, hys]
  refine (spec_constant (by decide) (by decide)).bind fun s1 one hx1 hone => ?_
  obtain ⟨hylt, hyty⟩ := typeAt_of_getElem? hy
  have hc1 : StoredTyped B e (Γ ++ ns.map fun n => n.out.type) s1 (NatMap.leaf.insert y.id one) := fun k d _ hd => by
    rw [NatMap.find_insert] at hd
    split at hd
    · rename_i h; cases hd; rw [h, hyty]; exact hone.self
    · cases hd
  refine (spec_reverseNodes hn hp hs (hr.mono hx1) hc1).bind fun s2 c2 hx2 h2 => ?_
  refine Spec.mono (Q := fun s' gs => HoldsGradient B e s' (storedGradient B shapes c2 (s2.env B e)) xs gs) ?_
    fun s3 gs _ h3 => ⟨_, fun hs => (hasFDerivAt_iff ..).2 fun _ => ?_, h3⟩
  · have key (l : List Var) : ∀ s', Extends B e s2 s' → (∀ x ∈ l, ∃ sh, shapes[x.id]? = some sh ∧ x.type = .f32 sh) →
        Spec B e (buildMap (fun x => cotangentOf c2 x) l) s' fun s'' gs =>
          HoldsGradient B e s'' (storedGradient B shapes c2 (s2.env B e)) l gs := by
      induction l with
      | nil => exact fun s' _ _ => Spec.pure ⟨rfl, fun j x h => by simp at h⟩
      | cons x l ih =>
        intro s' hs' hl
        obtain ⟨⟨sh, h4, h5⟩, hl⟩ := List.forall_mem_cons.1 hl
        refine (spec_cotangentOf hΓ hpos h4 h5 hs' h2.1).bind fun s4 v hx4 hv =>
          (ih s4 (hs'.trans hx4) hl).bind fun s5 vs hx5 hvs => Spec.pure ⟨by simp [hvs.1], fun j z hz => ?_⟩
        cases j with
        | zero => cases hz; exact ⟨v, rfl, hv.mono hx5⟩
        | succ j => exact hvs.2 j z hz
    exact key xs s2 (Extends.refl ..) hx
  · have ht := run_tangent (ns := ns) (assign_tangent (B := B) (shapes := shapes) e (fun c => e c.1.1 c.1.2))
      (by rw [assign_self]; exact hs) y.id []
    rw [assign_self] at ht
    refine ht.congr fun h => ?_
    have h6 := h2.2 (assign B shapes (fun _ _ => 0) h)
    rw [storedPairing_assign hΓ] at h6
    rw [mulVec, h6]
    -- Only `y` has a cotangent when the pass starts, and it is 1.
    let t := tangentRun B e (assign B shapes (fun _ _ => 0) h) ns
    have h7 := storedPairing_insert (B := B) (c := .leaf) (E := s1.env B e) hylt one t (δ := t y.id []) ?_
    · have h8 : storedPairing B (Γ ++ ns.map fun n => n.out.type) .leaf (s1.env B e) t = 0 := lsum_zero _
      rw [h7, h8]; grind
    · rw [hyty, show extents B (TensorType.f32 []).shape = [] from rfl, tdot, tsum_nil, hone.value,
        clip_of_inRange (show inRange (extents B (TensorType.f32 []).shape) [] = true from rfl),
        Literal.value_ofNat_one,
        show storedAt B (Γ ++ ns.map fun n => n.out.type) .leaf (s1.env B e) t y.id = 0 from rfl]
      grind

/-- The code that `gradient` emits for the scalar `y` of typed nodes holds the derivative of `y` with respect to the
coordinates of the inputs `xs`, at every point where the nodes are smooth. -/
theorem spec_gradient {ns : List Node} {y : Var} {xs : List Var} (hn : NodesTyped Γ ns)
    (hp : ∀ n ∈ ns, PullsBack B e n) (hs : SmoothRun B e ns) (hr : Ran B e e Γ ns s)
    (hy : (Γ ++ ns.map fun n => n.out.type)[y.id]? = some (.f32 [])) (hyt : y.type = .f32 [])
    (hΓ : InputShapes Γ shapes) (hpos : ∀ sh ∈ shapes, Shape.positive sh = true)
    (hx : ∀ x ∈ xs, ∃ sh, shapes[x.id]? = some sh ∧ x.type = .f32 sh) :
    Spec B e (gradient ns y xs) s fun s' gs => ∃ g : Coordinate B shapes → R,
      HasFDerivAt (fun θ (_ : Unit) => run B (assign B shapes e θ) ns y.id []) (fun _ => g) (fun c => e c.1.1 c.1.2) ∧
      HoldsGradient B e s' g xs gs :=
  (spec_gradient_of_hasJvp hn hp hs.hasJvp hr hy hyt hΓ hpos hx).mono fun _ _ _ ⟨g, hD, hG⟩ => ⟨g, hD hs, hG⟩
end

end Lmx
end
