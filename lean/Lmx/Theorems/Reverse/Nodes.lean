module
public import Lmx.Theorems.Reverse.Accumulate
public import Lmx.Theorems.Jvp.Node
@[expose] public section

/-!
# The reverse pass over nodes

Pulled back through the nodes of a program, the stored cotangents pair with the tangents of the values before these nodes as they did with
the tangents of all values.

Main result: `spec_reverseNodes`.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {e₀ e : Env R} {s : Code} {Γ : List TensorType} {c : Cotangents}


theorem run_of_lt {ns : List Node} (h : NodesTyped Γ ns) (e : Env R) {k : Nat} (hk : k < Γ.length) : run B e ns k = e k := by
  induction ns generalizing Γ e with
  | nil => rfl
  | cons n ns ih =>
    have h1 := ih h.2 (n.step B e) (by simp only [List.length_append, List.length_singleton]; omega)
    refine h1.trans (Env.set_ne _ _ ?_)
    have := h.1.id; omega

theorem typeAt_append {τ : TensorType} {k : Nat} (h : k < Γ.length) : typeAt (Γ ++ [τ]) k = typeAt Γ k := by
  simp [typeAt, List.getElem?_append_left h]

theorem storedPairing_append (c : Cotangents) (E t : Env R) (τ : TensorType) :
    storedPairing B (Γ ++ [τ]) c E t = storedPairing B Γ c E t + storedAt B (Γ ++ [τ]) c E t Γ.length := by
  simp only [storedPairing, nsum, List.length_append, List.length_singleton, List.range_succ, lsum_append, lsum]
  have : lsum (List.range Γ.length) (storedAt B (Γ ++ [τ]) c E t) = lsum (List.range Γ.length) (storedAt B Γ c E t) :=
    lsum_congr fun k hk => by simp only [storedAt, typeAt_append (List.mem_range.1 hk)]
  rw [this]; grind

theorem StoredTyped.of_append {τ : TensorType} (h : StoredTyped B e₀ (Γ ++ [τ]) s c) : StoredTyped B e₀ Γ s c := fun k d hk hd => by
  have := h k d (by simp only [List.length_append, List.length_singleton]; omega) hd
  rwa [typeAt_append hk] at this

theorem dtype_of_inferShape {ts : List TensorType} {ss : List Shape} (h : shapesOf ts = some ss) : ∀ t ∈ ts, t.dtype = .f32 := by
  induction ts generalizing ss with
  | nil => simp
  | cons t ts ih =>
    obtain ⟨dt, sh⟩ := t
    cases dt with
    | i1 => simp [shapesOf] at h
    | f32 =>
      simp only [shapesOf] at h
      split at h
      · cases h
      · rename_i hr
        intro u hu
        rcases List.mem_cons.1 hu with rfl | hu
        · rfl
        · exact ih hr u hu

/-- The arguments of a differentiable op are numbers. -/
theorem dtype_of_hasJvp {n : Node} (h : n.op.infer (n.args.map Var.type) = some n.out.type) (hs : n.op.HasJvp) :
    ∀ a ∈ n.args, a.type.dtype = .f32 := by
  have key : ∃ ss, shapesOf (n.args.map Var.type) = some ss := by
    obtain ⟨out, op, args⟩ := n
    cases hss : shapesOf (args.map Var.type) with
    | some ss => exact ⟨ss, rfl⟩
    | none =>
      exfalso
      cases op
      case compare => exact hs
      case select => exact hs
      all_goals simp only [Op.infer, hss] at h; cases h
  obtain ⟨ss, hss⟩ := key
  exact fun a ha => dtype_of_inferShape hss a.type (List.mem_map_of_mem ha)

/-- What holds of the values when the reverse pass starts: those before the nodes and those of the nodes are in the code, which has the
environment that running the nodes gives. -/
structure Ran (B : Nat) (e₀ e : Env R) (Γ : List TensorType) (ns : List Node) (s : Code) : Prop where
  run : ∀ k, k < Γ.length + ns.length → s.env B e₀ k = run B e ns k
  holds : ∀ k τ, (Γ ++ ns.map fun n => n.out.type)[k]? = some τ → Holds B e₀ s ⟨k, τ⟩ τ (s.env B e₀ k)

/-- The reverse pass over one node. -/
theorem spec_reverseNode {n : Node} (hn : NodeTyped Γ n) (hp : PullsBack B e₀ n) (hs : n.op.HasJvp)
    (he : ∀ k, k < Γ.length → s.env B e₀ k = e k) (hr : ∀ k τ, Γ[k]? = some τ → Holds B e₀ s ⟨k, τ⟩ τ (s.env B e₀ k))
    (ho : Holds B e₀ s n.out n.out.type (n.op.eval B (n.args.map (Var.read B e))))
    (hc : StoredTyped B e₀ (Γ ++ [n.out.type]) s c) :
    Spec B e₀ (reverseNode n c) s fun s' c' => StoredTyped B e₀ Γ s' c' ∧
      ∀ t, storedPairing B Γ c' (s'.env B e₀) t =
        storedPairing B (Γ ++ [n.out.type]) c (s.env B e₀) (t.set n.out.id (n.jvp B e t)) := by
  have hset : ∀ t : Env R, storedPairing B (Γ ++ [n.out.type]) c (s.env B e₀) (t.set n.out.id (n.jvp B e t)) =
      storedPairing B Γ c (s.env B e₀) t + storedAt B (Γ ++ [n.out.type]) c (s.env B e₀) (t.set n.out.id (n.jvp B e t)) n.out.id := by
    intro t
    rw [storedPairing_append, hn.id]
    congr 1
    refine nsum_congr fun k hk => ?_
    simp only [storedAt, Env.set_ne t _ (Nat.ne_of_lt hk)]
  have hread : n.args.map (Var.read B (s.env B e₀)) = n.args.map (Var.read B e) := by
    refine List.map_congr_left fun a ha => ?_
    rw [Var.read, Var.read, he _ (typeAt_of_getElem? (hn.args a ha)).1]
  simp only [reverseNode]
  split
  · rename_i hno
    refine Spec.pure ⟨hc.of_append, fun t => ?_⟩
    rw [hset]; simp only [storedAt, hno]; grind
  · rename_i d hd
    have hout : typeAt (Γ ++ [n.out.type]) n.out.id = n.out.type := by simp [typeAt, hn.id]
    have hdh := hc _ _ (by rw [hn.id]; simp) hd
    rw [hout] at hdh
    refine (hp s d _ (fun a ha => hr _ _ (hn.args a ha)) (by rw [hread]; exact ho) hdh hs).bind
      fun s1 ds hx h1 => ?_
    refine (spec_accumulateAll hn.args (dtype_of_hasJvp hn.type hs) (hc.of_append.mono hx) h1.1).mono fun s2 c2 _ h2 => ⟨h2.1, fun t => ?_⟩
    rw [h2.2, hset, storedPairing_mono hc.of_append hx, ← h1.2, hread]
    simp only [storedAt, hd, hout, Env.set_same, Node.jvp, Var.shape, tdot_clip_right]

/-- The reverse pass over nodes: pairings with tangents are kept. -/
theorem spec_reverseNodes {ns : List Node} (hn : NodesTyped Γ ns) (hp : ∀ n ∈ ns, PullsBack B e₀ n) (hs : ∀ n ∈ ns, n.op.HasJvp)
    (hr : Ran B e₀ e Γ ns s) (hc : StoredTyped B e₀ (Γ ++ ns.map fun n => n.out.type) s c) :
    Spec B e₀ (reverseNodes c ns) s fun s' c' => StoredTyped B e₀ Γ s' c' ∧
      ∀ t, storedPairing B Γ c' (s'.env B e₀) t =
        storedPairing B (Γ ++ ns.map fun n => n.out.type) c (s.env B e₀) (tangentRun B e t ns) := by
  induction ns generalizing Γ e with
  | nil => exact Spec.pure ⟨by simpa using hc, fun t => by simp [tangentRun]⟩
  | cons n ns ih =>
    have hassoc : Γ ++ (n :: ns).map (fun n => n.out.type) = (Γ ++ [n.out.type]) ++ ns.map fun n => n.out.type := by simp
    have hlow : ∀ k, k < Γ.length → s.env B e₀ k = e k := fun k hk => by
      rw [hr.run k (by omega)]; exact run_of_lt hn e hk
    rw [hassoc] at hc ⊢
    refine (ih (e := n.step B e) hn.2 (fun m hm => hp m (by simp [hm])) (fun m hm => hs m (by simp [hm]))
      ⟨fun k hk => hr.run k (by simp only [List.length_append, List.length_cons, List.length_nil] at hk ⊢; omega), fun k τ h => hr.holds k τ (by rw [hassoc]; exact h)⟩ hc).bind
      fun s1 c1 hx h1 => ?_
    have hval : ∀ k τ, (Γ ++ [n.out.type])[k]? = some τ → Holds B e₀ s ⟨k, τ⟩ τ (s.env B e₀ k) := fun k τ h =>
      hr.holds k τ (by rw [hassoc, List.getElem?_append_left (List.getElem?_eq_some_iff.1 h).1]; exact h)
    have hmono : ∀ k τ, Γ[k]? = some τ → Holds B e₀ s1 ⟨k, τ⟩ τ (s1.env B e₀ k) := fun k τ h => by
      have h2 := hval k τ (by rw [List.getElem?_append_left (List.getElem?_eq_some_iff.1 h).1]; exact h)
      rw [hx.env _ h2.lt]; exact h2.mono hx
    have hlow1 : ∀ k, k < Γ.length → s1.env B e₀ k = e k := fun k hk => by
      have h2 := (hval k Γ[k] (by rw [List.getElem?_append_left hk, List.getElem?_eq_getElem hk])).lt
      rw [hx.env _ h2, hlow k hk]
    have hout : Holds B e₀ s n.out n.out.type (n.op.eval B (n.args.map (Var.read B e))) := by
      have h2 := hval n.out.id n.out.type (by simp [hn.1.id])
      refine ⟨h2.lt, rfl, ?_⟩
      rw [hr.run _ (by rw [hn.1.id]; simp)]
      exact (run_of_lt hn.2 (n.step B e) (by rw [hn.1.id]; simp)).trans (Env.set_same ..)
    refine (spec_reverseNode hn.1 (hp n (by simp)) (hs n (by simp)) hlow1 hmono (hout.mono hx) h1.1).mono fun s2 c2 _ h2 => ⟨h2.1, fun t => ?_⟩
    rw [h2.2, h1.2]; rfl

end Lmx
end
