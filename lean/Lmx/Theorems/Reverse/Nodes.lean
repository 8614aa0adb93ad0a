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

variable {R : Type} [RealOps R] {B : Nat} {e₀ e : Env R} {s s' : Code} {Γ : List TensorType} {c : Cotangents}

theorem run_of_lt {ns : List Node} (h : NodesTyped Γ ns) (e : Env R) {k : Nat} (hk : k < Γ.length) :
    run B e ns k = e k := by
  induction ns generalizing Γ e with
  | nil => rfl
  | cons n ns ih => exact (ih h.2 (n.step B e) (by grind)).trans (Env.set_ne _ _ (by have := h.1.id; omega))

theorem typeAt_append {τ : TensorType} {k : Nat} (h : k < Γ.length) : typeAt (Γ ++ [τ]) k = typeAt Γ k := by
  simp [typeAt, List.getElem?_append_left h]

theorem storedPairing_append (c : Cotangents) (E t : Env R) (τ : TensorType) :
    storedPairing B (Γ ++ [τ]) c E t = storedPairing B Γ c E t + storedAt B (Γ ++ [τ]) c E t Γ.length := by
  have : nsum Γ.length (storedAt B (Γ ++ [τ]) c E t) = nsum Γ.length (storedAt B Γ c E t) :=
    nsum_congr fun k hk => by simp only [storedAt, typeAt_append hk]
  simp only [storedPairing, nsum, List.length_append, List.length_singleton, List.range_succ, lsum_append, lsum] at *
  rw [this]; grind

theorem StoredTyped.of_append {τ : TensorType} (h : StoredTyped B e₀ (Γ ++ [τ]) s c) : StoredTyped B e₀ Γ s c :=
  fun k d hk hd => typeAt_append hk ▸ h k d (by simp; omega) hd

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

theorem Ran.mono {ns : List Node} (h : Ran B e₀ e Γ ns s) (hx : Extends B e₀ s s') : Ran B e₀ e Γ ns s' where
  run k hk := by
    have hk' : k < (Γ ++ ns.map fun n => n.out.type).length := by simpa using hk
    rw [hx.env _ (h.holds k _ (List.getElem?_eq_getElem hk')).lt, h.run k hk]
  holds k τ hk := by
    have hh := h.holds k τ hk
    rw [hx.env _ hh.lt]; exact hh.mono hx

/-- The reverse pass over one node, which has run with the nodes `ns` after it. -/
theorem spec_reverseNode {n : Node} {ns : List Node} (hn : NodesTyped Γ (n :: ns)) (hp : PullsBack B e₀ n)
    (hs : n.op.HasJvp) (hr : Ran B e₀ e Γ (n :: ns) s) (hc : StoredTyped B e₀ (Γ ++ [n.out.type]) s c) :
    Spec B e₀ (reverseNode n c) s fun s' c' => StoredTyped B e₀ Γ s' c' ∧
      ∀ t, storedPairing B Γ c' (s'.env B e₀) t =
        storedPairing B (Γ ++ [n.out.type]) c (s.env B e₀) (t.set n.out.id (n.jvp B e t)) := by
  have hid := hn.1.id
  have hset (t : Env R) : storedPairing B (Γ ++ [n.out.type]) c (s.env B e₀) (t.set n.out.id (n.jvp B e t)) =
      storedPairing B Γ c (s.env B e₀) t +
        storedAt B (Γ ++ [n.out.type]) c (s.env B e₀) (t.set n.out.id (n.jvp B e t)) n.out.id := by
    rw [storedPairing_append, hid]
    congr 1
    exact nsum_congr fun k hk => by simp only [storedAt, Env.set_ne t _ (Nat.ne_of_lt hk)]
  have hread : n.args.map (Var.read B (s.env B e₀)) = n.args.map (Var.read B e) :=
    List.map_congr_left fun a ha => by
      have hlt := (typeAt_of_getElem? (hn.1.args a ha)).1
      rw [Var.read, Var.read, hr.run _ (by omega), run_of_lt hn e hlt]
  simp only [reverseNode]
  split
  · rename_i hno
    refine Spec.pure ⟨hc.of_append, fun t => ?_⟩
    rw [hset]; simp only [storedAt, hno]; grind
  · rename_i d hd
    have hout : typeAt (Γ ++ [n.out.type]) n.out.id = n.out.type := by simp [typeAt, hid]
    have hdh := hc _ _ (by simp [hid]) hd
    rw [hout] at hdh
    have ho : Holds B e₀ s n.out n.out.type (n.op.eval B (n.args.map (Var.read B e))) := by
      have h2 := hr.holds n.out.id n.out.type (by simp [hid])
      refine ⟨h2.lt, rfl, ?_⟩
      rw [hr.run _ (by simp [hid])]
      exact (run_of_lt hn.2 (n.step B e) (by simp [hid])).trans (Env.set_same ..)
    have ha (a) (ha : a ∈ n.args) := hr.holds _ _ (List.getElem?_append_left
      (typeAt_of_getElem? (hn.1.args a ha)).1 ▸ hn.1.args a ha)
    refine (hp s d _ ha (by rw [hread]; exact ho) hdh hs).bind fun s1 ds hx h1 => ?_
    refine (spec_accumulateAll hn.1.args (dtype_of_hasJvp hn.1.type hs) (hc.of_append.mono hx) h1.1).mono
      fun s2 c2 _ h2 => ⟨h2.1, fun t => ?_⟩
    rw [h2.2, hset, storedPairing_mono hc.of_append hx, ← h1.2, hread]
    simp only [storedAt, hd, hout, Env.set_same, Node.jvp, Var.shape, tdot_clip_right]

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
    have hassoc : Γ ++ (n :: ns).map (·.out.type) = (Γ ++ [n.out.type]) ++ ns.map (·.out.type) := by simp
    rw [List.forall_mem_cons] at hp hs
    rw [hassoc] at hc ⊢
    refine (ih (e := n.step B e) hn.2 hp.2 hs.2
      ⟨fun k hk => hr.run k (by grind), fun k τ h => hr.holds k τ (by rw [hassoc]; exact h)⟩ hc).bind
      fun s1 c1 hx h1 => ?_
    refine (spec_reverseNode hn hp.1 hs.1 (hr.mono hx) h1.1).mono fun s2 c2 _ h2 => ⟨h2.1, fun t => ?_⟩
    rw [h2.2, h1.2]; rfl

end Lmx
end
