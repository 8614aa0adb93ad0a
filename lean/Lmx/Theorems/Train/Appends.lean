module
public import Lmx.Theorems.Emit
public import Lmx.Lower.Net
@[expose] public section

/-!
# Emitters only add nodes

Whatever the types: this is about the lists of nodes alone. So the nodes of a part of a build are the first nodes of the program, and are typed if it is.
-/

namespace Lmx

variable {α β : Type}

/-- `m` keeps the nodes before it. -/
structure Appends (m : Build α) : Prop where
  suffix : ∀ s, s.nodes <:+ (m s).2.nodes

theorem Appends.pure (a : α) : Appends (Pure.pure a : Build α) := ⟨fun s => List.suffix_refl s.nodes⟩

theorem Appends.bind {m : Build α} {f : α → Build β} (h : Appends m) (hf : ∀ a, Appends (f a)) : Appends (m >>= f) := ⟨fun s =>
  (h.suffix s).trans ((hf (m s).1).suffix (m s).2)⟩

theorem appends_emit (op : Op) (args : List Var) : Appends (emit op args) := ⟨fun s => List.suffix_cons _ s.nodes⟩

theorem appends_ite {c : Prop} [Decidable c] {m m' : Build α} (h : Appends m) (h' : Appends m') : Appends (if c then m else m') := by
  split
  · exact h
  · exact h'

theorem appends_broadcast (dims : List Nat) (sh : Shape) (x : Var) : Appends (broadcast dims sh x) :=
  appends_ite (.pure x) (appends_emit ..)

theorem appends_reshape (sh : Shape) (x : Var) : Appends (reshape sh x) := appends_ite (.pure x) (appends_emit ..)

theorem appends_transpose (p : List Nat) (x : Var) : Appends (transpose p x) := appends_ite (.pure x) (appends_emit ..)

theorem appends_reduceSum (dims : List Nat) (x : Var) : Appends (reduceSum dims x) := by
  unfold reduceSum; split
  · exact .pure x
  · exact appends_emit ..

theorem appends_buildMap {f : α → Build β} (h : ∀ a, Appends (f a)) (l : List α) : Appends (buildMap f l) := by
  induction l with
  | nil => exact .pure _
  | cons a l ih => exact (h a).bind fun b => ih.bind fun bs => .pure _

theorem appends_concatPullback (dim : Nat) (d : Var) (xs : List Var) : ∀ offset, Appends (concatPullback dim d offset xs) := by
  induction xs with
  | nil => exact fun _ => .pure _
  | cons x xs ih => exact fun _ => (appends_emit ..).bind fun g => (ih _).bind fun gs => .pure _

theorem appends_dotPullback (lb rb lc rc : List Nat) (x y d : Var) : Appends (dotPullback lb rb lc rc x y d) :=
  (appends_emit ..).bind fun _ => (appends_transpose ..).bind fun _ => (appends_emit ..).bind fun _ => (appends_transpose ..).bind fun _ => .pure _

theorem appends_pullback (n : Node) (d : Var) : Appends (pullback n d) := by
  unfold pullback
  split
  all_goals repeat first
    | exact Appends.pure _
    | exact appends_concatPullback ..
    | exact appends_dotPullback ..
    | exact appends_broadcast ..
    | exact appends_reshape ..
    | exact appends_transpose ..
    | exact appends_reduceSum ..
    | exact appends_emit ..
    | refine Appends.bind ?_ fun _ => ?_

theorem appends_accumulate (c : Cotangents) (v : Var) (d : Option Var) : Appends (accumulate c v d) := by
  unfold accumulate; split
  · exact .pure _
  · split
    · exact .pure _
    · exact (appends_emit ..).bind fun _ => .pure _

theorem appends_accumulateAll (vs : List Var) : ∀ (ds : List (Option Var)) (c : Cotangents), Appends (accumulateAll c vs ds) := by
  induction vs with
  | nil => exact fun _ _ => .pure _
  | cons v vs ih =>
    intro ds c
    cases ds with
    | nil => exact .pure _
    | cons d ds => exact (appends_accumulate ..).bind fun c => ih ds c

theorem appends_reverseNodes (c : Cotangents) (ns : List Node) : Appends (reverseNodes c ns) := by
  induction ns generalizing c with
  | nil => exact .pure _
  | cons n ns ih =>
    refine (ih c).bind fun c => ?_
    unfold reverseNode; split
    · exact .pure _
    · exact (appends_pullback ..).bind fun ds => appends_accumulateAll ..

theorem appends_gradient (ns : List Node) (y : Var) (xs : List Var) : Appends (gradient ns y xs) :=
  (appends_emit ..).bind fun _ => (appends_reverseNodes ..).bind fun c => appends_buildMap (fun x => by
    unfold cotangentOf; split
    · exact .pure _
    · exact appends_emit ..) _

theorem appends_countCorrect (logits label : Var) : Appends (countCorrect logits label) := by
  unfold countCorrect
  repeat first
    | exact appends_reduceSum ..
    | exact appends_broadcast ..
    | exact appends_emit ..
    | refine Appends.bind ?_ fun _ => ?_

theorem appends_updateAll {o : Optimizer} (ho : ∀ h d p g st, Appends (o.update h d p g st)) (hyper state : List Var) (count : Nat)
    (l : List (Param × Var × Var)) : ∀ k, Appends (updateAll o hyper state count k l) := by
  induction l with
  | nil => exact fun _ => .pure _
  | cons a l ih => exact fun k => (ho ..).bind fun _ => (ih (k + 1)).bind fun _ => .pure _

/-- The first nodes of typed nodes are typed. -/
theorem NodesTyped.of_append {Γ : List TensorType} {ns ns' : List Node} (h : NodesTyped Γ (ns ++ ns')) : NodesTyped Γ ns := by
  induction ns generalizing Γ with
  | nil => trivial
  | cons n ns ih => exact ⟨h.1, ih h.2⟩

end Lmx
end
