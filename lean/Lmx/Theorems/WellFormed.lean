module
public import Lmx.Theorems.ListLemmas
public import Lmx.Ir.Check
@[expose] public section

/-!
# What a passed check means

`Program.check` is a fast pass over a program with a map of types. This file says in plain terms, on lists, what it
decides, and proves that it decides exactly that.

Main definitions: `NodeTyped`, `NodesTyped`, `Program.Typed`, `Program.WellFormed`.

Main results: `Program.wellFormed_of_check`, its converse `Program.check_of_wellFormed`, and both as
`Program.check_iff`.

Not claimed: that a well formed program computes anything in particular; that `Op.infer` agrees with StableHLO's rules
(the Rust reader and IREE's verifier test that); anything about the names and roles of ports, or about outputs being
numbers or distinct; the limits on sizes in `docs/graph-format.md`.
-/

namespace Lmx

/-! ### The statement -/

/-- With values `0, 1, …` of types `Γ` defined, `n` defines the next one, at the type that the op gives. -/
structure NodeTyped (Γ : List TensorType) (n : Node) : Prop where
  /-- It defines the next value. -/
  id : n.out.id = Γ.length
  /-- Each argument is defined before, with the type that it carries. -/
  args : ∀ v ∈ n.args, Γ[v.id]? = some v.type
  /-- The declared type is the inferred one. -/
  type : n.op.infer (n.args.map Var.type) = some n.out.type
  /-- No dimension of the result is zero. -/
  positive : ∀ d ∈ n.out.shape, 0 < d.coeff

/-- Each node is typed where the values of `Γ` and those of the nodes before it are defined. -/
def NodesTyped (Γ : List TensorType) : List Node → Prop
  | [] => True
  | n :: ns => NodeTyped Γ n ∧ NodesTyped (Γ ++ [n.out.type]) ns

/-- A program in static single assignment form, with correct types. -/
structure Program.Typed (p : Program) : Prop where
  /-- The inputs are the values `0, 1, …`. -/
  input_ids : p.inputs.map (·.var.id) = List.range p.inputs.length
  /-- Inputs are numbers, and none of their dimensions is zero. -/
  inputs : ∀ i ∈ p.inputs, i.var.type.dtype = .f32 ∧ ∀ d ∈ i.var.shape, 0 < d.coeff
  /-- The nodes are typed, given the inputs. -/
  nodes : NodesTyped (p.inputs.map (·.var.type)) p.nodes
  /-- Each output is an input or a node's value, with the type that it carries. -/
  outputs : ∀ o ∈ p.outputs, (p.inputs.map (·.var.type) ++ p.nodes.map (·.out.type))[o.var.id]? = some o.var.type

/-- A program in static single assignment form, with correct types, in primitives. -/
structure Program.WellFormed (p : Program) : Prop extends p.Typed where
  /-- The ops are StableHLO's. -/
  primitive : ∀ n ∈ p.nodes, n.op.primitive = true

/-! ### The tests on types are equality -/

theorem Dim.beq_iff (a b : Dim) : a.beq b = true ↔ a = b := by
  cases a <;> cases b <;> simp [Dim.beq]

theorem Shape.beq_iff (s t : Shape) : s.beq t = true ↔ s = t :=
  listBeq_iff Dim.beq_iff s t

theorem DType.beq_iff (a b : DType) : a.beq b = true ↔ a = b := by
  cases a <;> cases b <;> simp [DType.beq]

theorem TensorType.beq_iff (a b : TensorType) : a.beq b = true ↔ a = b := by
  cases a; cases b; simp [TensorType.beq, DType.beq_iff, Shape.beq_iff]

theorem Shape.positive_iff (s : Shape) : s.positive = true ↔ ∀ d ∈ s, 0 < d.coeff := by
  simp [Shape.positive, all_iff, Nat.succ_le_iff]

theorem typeIs_iff (declared : TensorType) (o : Option TensorType) : typeIs declared o = true ↔ o = some declared := by
  cases o <;> simp [typeIs, TensorType.beq_iff]

theorem Types.has_iff (t : Types) (v : Var) : t.has v = true ↔ t.find v.id = some v.type := by
  rw [Types.has, NatMap.findWith_eq]
  cases t.find v.id <;> simp [TensorType.beq_iff]

/-! ### The checker's map is a list -/

/-- The map holds the types `Γ` of the values `0, 1, …`, and nothing else. -/
def Types.Agrees (t : Types) (Γ : List TensorType) : Prop := ∀ i, t.find i = Γ[i]?

theorem Types.Agrees.insert {t : Types} {Γ : List TensorType} (h : t.Agrees Γ) (a : TensorType) :
    Types.Agrees (t.insert Γ.length a) (Γ ++ [a]) := fun i => by
  rw [NatMap.find_insert, h i]
  grind

theorem Types.Agrees.addPorts {t : Types} {Γ : List TensorType} (h : t.Agrees Γ) {ps : List Port}
    (ids : ps.map (·.var.id) = List.range' Γ.length ps.length) :
    Types.Agrees (t.addPorts ps) (Γ ++ ps.map (·.var.type)) := by
  induction ps generalizing t Γ with
  | nil => simpa using h
  | cons p ps ih =>
    simp only [List.map_cons, List.length_cons, List.range'_succ, List.cons.injEq] at ids
    have step : t.addPorts (p :: ps) = Types.addPorts (t.insert p.var.id p.var.type) ps := rfl
    rw [step, ids.1]
    simpa using ih (h.insert p.var.type) (by simpa using ids.2)

/-! ### The check decides the statement -/

theorem checkInputs_iff (next : Nat) (ps : List Port) :
    checkInputs next ps = true ↔
      ps.map (·.var.id) = List.range' next ps.length ∧
      ∀ p ∈ ps, p.var.type.dtype = .f32 ∧ ∀ d ∈ p.var.shape, 0 < d.coeff := by
  induction ps generalizing next <;>
    grind [checkInputs, Nat.beq_eq, DType.beq_iff, Shape.positive_iff, List.range'_succ]

theorem checkNode_iff {t : Types} {Γ : List TensorType} (h : t.Agrees Γ) (n : Node) :
    checkNode t Γ.length n = true ↔ NodeTyped Γ n := by
  simp only [checkNode, Bool.and_eq_true, Nat.beq_eq, all_iff, map_eq, typeIs_iff, Shape.positive_iff, Types.has_iff,
    h _]
  exact ⟨fun ⟨⟨⟨a, c⟩, d⟩, e⟩ => ⟨a, c, d, e⟩, fun ⟨a, c, d, e⟩ => ⟨⟨⟨a, c⟩, d⟩, e⟩⟩

theorem checkNodes_iff {t : Types} {Γ : List TensorType} (h : t.Agrees Γ) (outputs : List Port) (ns : List Node) :
    checkNodes t Γ.length outputs ns = true ↔
      NodesTyped Γ ns ∧ ∀ o ∈ outputs, (Γ ++ ns.map (·.out.type))[o.var.id]? = some o.var.type := by
  induction ns generalizing t Γ with
  | nil => simp [checkNodes, NodesTyped, all_iff, Types.has_iff, h _]
  | cons n ns ih =>
    rw [checkNodes, Bool.and_eq_true, checkNode_iff h, NodesTyped, and_assoc]
    refine and_congr_right fun hn => ?_
    simpa [hn.id] using ih (h.insert n.out.type)

/-- The check of types is exact. -/
theorem Program.checkTyped_iff (p : Program) : p.checkTyped = true ↔ p.Typed := by
  have count : length p.inputs = (p.inputs.map (·.var.type)).length := by simp [length_eq]
  have empty : Types.Agrees .leaf [] := fun _ => rfl
  have nodes ids := checkNodes_iff (empty.addPorts (ps := p.inputs) ids) p.outputs p.nodes
  rw [List.nil_append, ← count] at nodes
  rw [Program.checkTyped, Bool.and_eq_true, checkInputs_iff]
  constructor
  · intro ⟨⟨ids, inputs⟩, rest⟩
    have typed := (nodes ids).1 rest
    exact ⟨by rw [List.range_eq_range', ids], inputs, typed.1, typed.2⟩
  · intro ⟨ids, inputs, typed, outputs⟩
    rw [List.range_eq_range'] at ids
    exact ⟨⟨ids, inputs⟩, (nodes ids).2 ⟨typed, outputs⟩⟩

/-- The check is exact. -/
theorem Program.check_iff (p : Program) : p.check = true ↔ p.WellFormed := by
  rw [Program.check, Bool.and_eq_true, Program.checkTyped_iff, all_iff]
  exact ⟨fun ⟨t, h⟩ => ⟨t, h⟩, fun ⟨t, h⟩ => ⟨t, h⟩⟩

/-- A program that passes the check is well formed. -/
theorem Program.wellFormed_of_check {p : Program} (h : p.check = true) : p.WellFormed := p.check_iff.1 h

/-- A well formed program passes the check. -/
theorem Program.check_of_wellFormed {p : Program} (h : p.WellFormed) : p.check = true := p.check_iff.2 h

/-- A program that fails the check is not well formed. -/
theorem Program.not_wellFormed_of_check {p : Program} (h : p.check = false) : ¬ p.WellFormed :=
  fun w => Bool.noConfusion ((Program.check_of_wellFormed w).symm.trans h)

end Lmx
end

/-! ### The check can pass and can fail

`good` passes. Each of `bad` differs from it in the way that its comment says, and fails. -/

namespace Lmx.WellFormed.Example

/-- `tensor<Bx3xf32>` -/
def images : TensorType := .f32 (batched [3])

/-- `%1 = negate %0; %2 = add %0, %1; return %2`, with the nodes, outputs and the input's number to choose. -/
def program (input : Nat := 0)
    (first : Node := ⟨⟨1, images⟩, .unary .negate, [⟨0, images⟩]⟩)
    (second : Node := ⟨⟨2, images⟩, .binary .add, [⟨0, images⟩, ⟨1, images⟩]⟩)
    (output : Var := ⟨2, images⟩) : Program :=
  ⟨[⟨"image", .image, ⟨input, images⟩⟩], [first, second], [⟨"logits", .logits, output⟩]⟩

def good : Program := program

def bad : List Program := [
  -- an op that is not a primitive
  program (first := ⟨⟨1, images⟩, .logSoftmax, [⟨0, images⟩]⟩),
  -- an input, and a node, that is not the next value
  program (input := 1),
  program (first := ⟨⟨0, images⟩, .unary .negate, [⟨0, images⟩]⟩),
  -- an argument that is defined later, and one that is the node itself
  program (first := ⟨⟨1, images⟩, .unary .negate, [⟨2, images⟩]⟩),
  program (first := ⟨⟨1, images⟩, .unary .negate, [⟨1, images⟩]⟩),
  -- an argument used at another type, which the op accepts
  program (first := ⟨⟨1, images⟩, .reshape images.shape, [⟨0, .f32 [.fixed 3, .batch 1]⟩]⟩),
  -- a result of another type, and an argument too few
  program (second := ⟨⟨2, .f32 (batched [4])⟩, .binary .add, [⟨0, images⟩, ⟨1, images⟩]⟩)
    (output := ⟨2, .f32 (batched [4])⟩),
  program (second := ⟨⟨2, images⟩, .binary .add, [⟨0, images⟩]⟩),
  -- an output that is not defined, and one of another type
  program (output := ⟨3, images⟩),
  program (output := ⟨2, .scalar⟩)]

example : good.check = true := by decide
example : ∀ p ∈ bad, p.check = false := by decide

/-- A program of one input and nothing else: its dimension must not be zero, and it must be a number. -/
def inputOnly (type : TensorType) : Program := ⟨[⟨"image", .image, ⟨0, type⟩⟩], [], []⟩

example : (inputOnly ⟨.f32, [.batch 1]⟩).check = true := by decide
example : (inputOnly ⟨.f32, [.batch 0]⟩).check = false := by decide
example : (inputOnly ⟨.i1, [.batch 1]⟩).check = false := by decide

/-- The types in the first of `bad` are right; the op of the sixth accepts the type at which its argument is used. -/
example : Op.logSoftmax.infer [images] = some images ∧
    (Op.reshape images.shape).infer [.f32 [.fixed 3, .batch 1]] = some images := ⟨rfl, rfl⟩

example : good.WellFormed := Program.wellFormed_of_check (by decide)
example : ∀ p ∈ bad, ¬ p.WellFormed := fun p h => Program.not_wellFormed_of_check (by revert p; decide)

end Lmx.WellFormed.Example
