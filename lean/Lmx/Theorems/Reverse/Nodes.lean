module
public import Lmx.Theorems.Reverse.Accumulate
public import Lmx.Theorems.Jvp.Node
public import Lmx.Theorems.ShapeLemmas
@[expose] public section

/-!
# The reverse pass over nodes

Pulled back through the nodes of a program, the stored cotangents pair with the tangents of the values before these
nodes as they did with the tangents of all values.

Main result: `spec_reverseNodes`.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R] {B : Nat} {e₀ e : Env R} {s : Code} {Γ : List TensorType} {c : Cotangents}

theorem run_of_lt {ns : List Node} (h : NodesTyped Γ ns) (e : Env R) {k : Nat} (hk : k < Γ.length) :
    run B e ns k = e k := by
  induction ns generalizing Γ e with
  | nil => rfl
  | cons n ns ih => exact (ih h.2 (n.step B e) (by simp; omega)).trans (Env.set_ne _ _ (by have := h.1.id; omega))

theorem storedPairing_append (c : Cotangents) (E t : Env R) (τ : TensorType) (x : Tensor R) :
    storedPairing B (Γ ++ [τ]) c E (t.set Γ.length x) =
      storedPairing B Γ c E t + tdot (extents B τ.shape) (stored c E Γ.length) x := by
  simp only [storedPairing, nsum, List.length_append, List.length_singleton, List.range_succ, lsum_append, lsum]
  rw [lsum_congr (g := fun k => tdot (extents B (typeAt Γ k).shape) (stored c E k) (t k)) fun k hk => by
    have hk := List.mem_range.1 hk
    simp [typeAt, List.getElem?_append_left hk, Env.set, Nat.ne_of_lt hk]]
  simp only [typeAt, List.getElem?_concat_length, Option.getD_some, Env.set_same]; grind

/-- The arguments of a differentiable op are numbers. -/
theorem dtype_of_hasJvp {n : Node} (h : n.op.infer (n.args.map Var.type) = some n.out.type) (hs : n.op.HasJvp) :
    ∀ a ∈ n.args, a.type.dtype = .f32 := fun a ha => by
  obtain ⟨ss, _, e, -⟩ := (Op.infer_iff (fun _ e => by rwa [e] at hs) (fun e => by rwa [e] at hs)).1 h
  obtain ⟨s, -, e⟩ := List.mem_map.1 (e ▸ List.mem_map_of_mem ha : a.type ∈ ss.map TensorType.f32)
  rw [← e]; rfl

/-- What holds of the values when the reverse pass starts: those before the nodes and those of the nodes are in the
code, which has the environment that running the nodes gives. -/
structure Ran (B : Nat) (e₀ e : Env R) (Γ : List TensorType) (ns : List Node) (s : Code) : Prop where
  run : ∀ k, k < Γ.length + ns.length → s.env B e₀ k = run B e ns k
  holds : ∀ k τ, (Γ ++ ns.map fun n => n.out.type)[k]? = some τ → Holds B e₀ s ⟨k, τ⟩ τ (s.env B e₀ k)

theorem Ran.mono {s' : Code} {ns : List Node} (h : Ran B e₀ e Γ ns s) (hx : Extends B e₀ s s') : Ran B e₀ e Γ ns s' :=
  ⟨fun k hk => (hx.env k (h.holds k _ (List.getElem?_eq_getElem (by simpa using hk))).lt).trans (h.run k hk),
    fun k τ hk => ((h.holds k τ hk).mono hx).self⟩

/-- The reverse pass over one node. -/
theorem spec_reverseNode {n : Node} (hn : NodeTyped Γ n) (hp : PullsBack B e₀ n) (hs : n.op.HasJvp)
    (hr : Ran B e₀ e Γ [n] s) (hc : StoredTyped B e₀ (Γ ++ [n.out.type]) s c) :
    Spec B e₀ (reverseNode n c) s fun s' c' => StoredTyped B e₀ Γ s' c' ∧
      ∀ t, storedPairing B Γ c' (s'.env B e₀) t =
        storedPairing B (Γ ++ [n.out.type]) c (s.env B e₀) (t.set n.out.id (n.jvp B e t)) := by
  have hlt : ∀ a ∈ n.args, a.id < Γ.length := fun a ha => (List.getElem?_eq_some_iff.1 (hn.args a ha)).1
  have hread : n.args.map (Var.read B (s.env B e₀)) = n.args.map (Var.read B e) := List.map_congr_left fun a ha => by
    have := hlt a ha
    rw [Var.read, Var.read, hr.run _ (by simp; omega)]
    exact congrArg _ (Env.set_ne _ _ (by rw [hn.id]; omega))
  have hout : (Γ ++ [n.out.type])[n.out.id]? = some n.out.type := by simp [hn.id]
  have hc' : StoredTyped B e₀ Γ s c := fun k τ d hk => hc k τ d (by grind)
  simp only [reverseNode]
  split
  · rename_i hno
    refine Spec.pure ⟨hc', fun t => ?_⟩
    rw [hn.id] at hno ⊢
    rw [storedPairing_append, stored, hno, tdot_zero_left]; grind
  · rename_i d hd
    refine (hp s d _ (fun a ha => hr.holds _ _ (by rw [List.getElem?_append_left (hlt a ha)]; exact hn.args a ha))
      ⟨(hr.holds _ _ hout).lt, rfl, ?_⟩ (hc _ _ _ hout hd) hs).bind fun s1 ds hx h1 => ?_
    · rw [hread, hr.run _ (by simp [hn.id])]; exact Env.set_same ..
    have hf := dtype_of_hasJvp hn.type hs
    refine (spec_accumulateAll hn.args hf (hc'.mono hx) h1.1).mono fun s2 c2 _ h2 => ⟨h2.1, fun t => ?_⟩
    rw [h2.2, storedPairing_mono hc' hx, ← h1.2, hread]
    rw [hn.id] at hd ⊢
    rw [storedPairing_append, stored, hd, Node.jvp, ← Var.shape, tdot_clip_right]

/-- The reverse pass over nodes: pairings with tangents are kept. -/
theorem spec_reverseNodes {ns : List Node} (hn : NodesTyped Γ ns) (hp : ∀ n ∈ ns, PullsBack B e₀ n)
    (hs : ∀ n ∈ ns, n.op.HasJvp) (hr : Ran B e₀ e Γ ns s)
    (hc : StoredTyped B e₀ (Γ ++ ns.map fun n => n.out.type) s c) :
    Spec B e₀ (reverseNodes c ns) s fun s' c' => StoredTyped B e₀ Γ s' c' ∧
      ∀ t, storedPairing B Γ c' (s'.env B e₀) t =
        storedPairing B (Γ ++ ns.map fun n => n.out.type) c (s.env B e₀) (tangentRun B e t ns) := by
  induction ns generalizing Γ e with
  | nil => exact Spec.pure ⟨by simpa using hc, fun t => by simp [tangentRun]⟩
  | cons n ns ih =>
    simp only [List.forall_mem_cons] at hp hs
    have hh := hr.holds
    rw [List.map_cons, List.append_cons] at hc hh ⊢
    have hr' : Ran B e₀ (n.step B e) (Γ ++ [n.out.type]) ns s := ⟨fun k hk => hr.run k (by simp at hk ⊢; omega), hh⟩
    refine (ih hn.2 hp.2 hs.2 hr' hc).bind fun s1 c1 hx h1 => ?_
    have hr1 : Ran B e₀ e Γ [n] s := ⟨fun k hk => (hr'.run k (by simp at hk ⊢; omega)).trans
        (run_of_lt hn.2 _ (by simpa using hk)),
      fun k τ h => hh k τ ((List.getElem?_append_left (List.getElem?_eq_some_iff.1 h).1).trans h)⟩
    refine (spec_reverseNode hn.1 hp.1 hs.1 (hr1.mono hx) h1.1).mono fun s2 c2 _ h2 => ⟨h2.1, fun t => ?_⟩
    rw [h2.2, h1.2]; rfl

end Lmx
end
