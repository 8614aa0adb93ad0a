module
public import Lmx.Theorems.Simplify.Basic
public import Lmx.Simplify.Share
@[expose] public section

/-!
# Sharing of equal nodes keeps the meaning

Nodes with equal ops and arguments have equal values.

Main results: `Op.eq_of_beq`, `Program.Scoped.share`.

Not claimed: that no equal nodes are left.
-/

namespace Lmx
open Calculus

/-! ### The tests are equality -/

theorem Literal.beq_iff (a b : Literal) : a.beq b = true ↔ a = b := by
  cases a; cases b; simp [Literal.beq, and_assoc]

theorem Unary.eq_of_code {f g : Unary} (h : f.code = g.code) : f = g := by
  cases f <;> cases g <;> first | rfl | cases h

theorem Binary.eq_of_code {f g : Binary} (h : f.code = g.code) : f = g := by
  cases f <;> cases g <;> first | rfl | cases h

theorem Direction.eq_of_code {f g : Direction} (h : f.code = g.code) : f = g := by
  cases f <;> cases g <;> first | rfl | cases h

theorem Conv.eq_of_code {c d : Conv} (h : c.code = d.code) : c = d := by
  obtain ⟨⟨_, _, _, _⟩, _, _, _⟩ := c
  obtain ⟨⟨_, _, _, _⟩, _, _, _⟩ := d
  simp_all [Conv.code, Window.code, Prod.ext_iff]

theorem Pool.eq_of_code {c d : Pool} (h : c.code = d.code) : c = d := by
  obtain ⟨⟨_, _, _, _⟩, _, _⟩ := c
  obtain ⟨⟨_, _, _, _⟩, _, _⟩ := d
  simp_all [Pool.code, Window.code, Prod.ext_iff]

/-- Ops that the test finds equal are equal. -/
theorem Op.eq_of_beq {a b : Op} (h : a.beq b = true) : a = b := by
  revert h
  fun_cases Op.beq a b <;>
    simp only [Bool.and_eq_true, natsBeq_iff, Shape.beq_iff, Literal.beq_iff, Nat.beq_eq, Bool.false_eq_true,
      false_implies, forall_const, and_imp] <;>
    intros <;> subst_vars
  all_goals first
    | rfl
    | exact congrArg _ (Unary.eq_of_code ‹_›)
    | exact congrArg _ (Binary.eq_of_code ‹_›)
    | exact congrArg _ (Direction.eq_of_code ‹_›)
    | exact congrArg _ (Conv.eq_of_code ‹_›)
    | exact congrArg _ (Pool.eq_of_code ‹_›)

theorem findNode_spec {op : Op} {args : List Var} {l : List Node} {v : Var} (h : findNode op args l = some v) :
    ∃ m ∈ l, m.out = v ∧ m.op = op ∧ sameArgs m.args args = true := by
  induction l with
  | nil => cases h
  | cons m l ih =>
    rw [findNode] at h
    cases hb : sameArgs m.args args && m.op.beq op with
    | true =>
      rw [hb] at h
      rw [Bool.and_eq_true] at hb
      exact ⟨m, List.mem_cons_self, Option.some.inj h, Op.eq_of_beq hb.2, hb.1⟩
    | false =>
      rw [hb] at h
      obtain ⟨m, hm, hm'⟩ := ih h
      exact ⟨m, List.mem_cons_of_mem _ hm, hm'⟩

theorem Seen.at_insert (seen : Seen) (k : Nat) (l : List Node) (j : Nat) :
    Seen.at (seen.insert k l) j = if j = k then l else seen.at j := by
  simp only [Seen.at, NatMap.find_insert]
  by_cases h : j = k <;> simp [h]

variable {R : Type} [RealOps R] {B : Nat} {e es : Env R} {Γ₀ Γ : List TensorType} {s s' : Code} {r : Renaming}

theorem eq_of_sameArgs {l m : List Var} (hl : ∀ a ∈ l, s.Defines Γ₀ a) (hm : ∀ a ∈ m, s.Defines Γ₀ a)
    (h : sameArgs l m = true) : l = m := by
  induction l generalizing m with
  | nil => cases m <;> simp_all [sameArgs, listBeq, foldr]
  | cons a l ih =>
    cases m with
    | nil => exact absurd h Bool.false_ne_true
    | cons b m =>
      have h : (Nat.beq a.id b.id && sameArgs l m) = true := h
      rw [Bool.and_eq_true, Nat.beq_eq] at h
      rw [List.forall_mem_cons] at hl hm
      rw [hl.1.eq_of_id hm.1 h.1, ih hl.2 hm.2 h.2]

/-- What is known of the nodes in `Seen`: the code defines a node's value, and has for it what the node computes. -/
structure Known (Γ₀ : List TensorType) (B : Nat) (e : Env R) (s : Code) (m : Node) : Prop where
  defines : s.Defines Γ₀ m.out
  args : ∀ a ∈ m.args, s.Defines Γ₀ a
  type : m.out.type = typeOr (m.op.infer (m.args.map Var.type))
  value : s.env B e m.out.id = m.value B (s.env B e)

theorem reads_eq_of_keeps (he : Keeps B e s s') (hs : s.Scoped Γ₀) {args : List Var} (ha : ∀ a ∈ args, s.Defines Γ₀ a) :
    args.map (Var.read B (s'.env B e)) = args.map (Var.read B (s.env B e)) :=
  List.map_congr_left fun a h => by rw [Var.read, Var.read, he.env _ ((ha a h).lt hs)]

theorem Known.mono {m : Node} (h : Known Γ₀ B e s m) (hs : s.Scoped Γ₀) (hg : Grows Γ₀ s s') (he : Keeps B e s s') :
    Known Γ₀ B e s' m :=
  ⟨hg.defines _ h.defines, fun a ha => hg.defines _ (h.args a ha), h.type, by
    rw [he.env _ (h.defines.lt hs), h.value, Node.value, Node.value, reads_eq_of_keeps he hs h.args]⟩

/-- A known node with the op and the renamed arguments of `n` stands for the value of `n`. -/
theorem Known.stands {D : Nat → Prop} {m n : Node} (h : Known Γ₀ B e s m) (ht : Tracks Γ₀ B e D Γ es r s)
    (hn : NodeScoped Γ n) (hd : ∀ a ∈ n.args, D a.id) (hop : m.op = n.op)
    (hargs : m.args = n.args.map fun v => r.apply v) : Stands Γ₀ B e s m.out n.out.type (n.value B es) := by
  have type : m.out.type = n.out.type := by rw [h.type, hn.type, hop, hargs, ht.arg_types hn hd]
  refine ⟨h.defines, type, ?_, clip_clip ..⟩
  rw [h.value, Node.value, Node.value, Var.shape, Var.shape, type, hop, hargs, ht.arg_reads hn hd]

theorem emitTyped_eq {op : Op} {args : List Var} {t : TensorType} (h : t = typeOr (op.infer (args.map Var.type))) :
    emitTyped op args t = emit op args := by
  rw [h, ← map_eq]; rfl

theorem Tracks.shareNodes {ns : List Node} {seen : Seen} (hns : NodesScoped Γ ns)
    (h : Tracks Γ₀ B e (fun _ => True) Γ es r s) (hseen : ∀ k, ∀ m ∈ seen.at k, Known Γ₀ B e s m) :
    Tracks Γ₀ B e (fun _ => True) (Γ ++ ns.map (·.out.type)) (run B es ns)
      (shareNodes seen r ns s).1 (shareNodes seen r ns s).2 := by
  induction ns generalizing Γ es r s seen with
  | nil => simpa using h
  | cons n ns ih =>
    have hd : ∀ a ∈ n.args, True := fun _ _ => trivial
    have ha := h.arg_defines hns.1 hd
    rw [List.map_cons, ← List.singleton_append, ← List.append_assoc, Lmx.shareNodes, map_eq]
    cases hf : findNode n.op (n.args.map fun v => r.apply v) (seen.at (seenKey (n.args.map fun v => r.apply v))) with
    | some v =>
      obtain ⟨m, hm, rfl, hop, hargs⟩ := findNode_spec hf
      have hk := hseen _ m hm
      exact ih hns.2 (h.insert hns.1 (fun _ => id) h.scope.grows (Extends.refl ..).toKeeps
        (hk.stands h hns.1 hd hop (eq_of_sameArgs hk.args ha hargs))) hseen
    | none =>
      rw [emitTyped_eq (hns.1.type.trans (by rw [h.arg_types hns.1 hd]))]
      have hc := computes_emit (B := B) (e := e) (op := n.op) h.scope ha
      have hk : Known Γ₀ B e _ ⟨(emit n.op (n.args.map fun v => r.apply v) s).1, n.op, _⟩ :=
        ⟨hc.defines, fun a h => hc.grows.defines a (ha a h), hc.holds.type, by
          rw [hc.holds.value, Node.value, reads_eq_of_keeps hc.keeps h.scope ha, Var.shape, hc.holds.type]⟩
      have old := fun k m hm => (hseen k m hm).mono h.scope hc.grows hc.keeps
      have hv := hc.holds
      rw [h.arg_types hns.1 hd, h.arg_reads hns.1 hd, ← hns.1.type] at hv
      refine ih hns.2 (h.insert hns.1 (fun _ => id) hc.grows hc.keeps
        ⟨hc.defines, hv.type, hv.value, clip_clip ..⟩) fun k m hm => ?_
      rw [Seen.at_insert] at hm
      split at hm
      · exact (List.mem_cons.1 hm).elim (by rintro rfl; exact hk) (old _ m)
      · exact old _ m hm

/-- Sharing of equal nodes leaves a scoped program that computes the same. -/
theorem Program.Scoped.share {p : Program} (h : p.Scoped) (B : Nat) (x : Nat → Tensor R) :
    p.share.Scoped ∧ p.share.denote B x = p.denote B x :=
  (Tracks.shareNodes (seen := .leaf) h.nodes (tracks_inputs B _ p.inputs x) nofun).program h fun _ _ => trivial

end Lmx
end
