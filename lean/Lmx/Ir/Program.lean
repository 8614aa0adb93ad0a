module
public import Lmx.Ir.Infer
@[expose] public section

/-!
# Programs

A program is a list of nodes, each one op on earlier values. A value is a name that carries its type, as in
`%5 : tensor<2x3xf32>`, so that its meaning is a function of the name alone. `Build` is the state monad in which
lowering, the reverse pass, the optimizers and the rewriting passes emit nodes.
-/

namespace Lmx

/-- A value: its number and its type. -/
structure Var where
  /-- Its number. -/
  id : Nat
  /-- Its type. -/
  type : TensorType

/-- The shape of a value. -/
def Var.shape (v : Var) : Shape := v.type.shape

/-- One op on earlier values. -/
structure Node where
  /-- The value that it defines. -/
  out : Var
  /-- The op. -/
  op : Op
  /-- Its arguments. -/
  args : List Var

/-- What an input or an output is for. -/
inductive Role where
  | param | optimizerState | image | label | hyperparameter | gradient | logits | loss | metric
  deriving DecidableEq

/-- A value of a program's interface. -/
structure Port where
  /-- Its name, unique in its role. -/
  name : String
  /-- What it is for. -/
  role : Role
  /-- The value. -/
  var : Var

/-- A straight-line program in static single assignment form. -/
structure Program where
  /-- Inputs; their values are numbered from 0. -/
  inputs : List Port
  /-- Nodes; their values are numbered on from the inputs'. -/
  nodes : List Node
  /-- Outputs. -/
  outputs : List Port

/-! ### Emission -/

/-- The nodes emitted so far, last first, and the next free number. -/
structure Code where
  /-- Nodes, last first. -/
  nodes : List Node
  /-- The next free number. -/
  next : Nat

/-- Emits nodes and returns a value. -/
abbrev Build (α : Type) := Code → α × Code

@[always_inline, inline] instance : Monad Build where
  pure a := fun s => (a, s)
  bind x f := fun s =>
    match x s with
    | (a, s') => f a s'

/-- The type of a value, or that of a tensor that nothing accepts. -/
def typeOr : Option TensorType → TensorType
  | some t => t
  | none => ⟨.i1, [.fixed 0]⟩

/-- Emits a node of a known type. -/
def emitTyped (op : Op) (args : List Var) (type : TensorType) : Build Var := fun s =>
  let out : Var := ⟨s.next, type⟩
  (out, ⟨⟨out, op, args⟩ :: s.nodes, s.next + 1⟩)

/-- Emits a node of the inferred type. An op that does not accept its arguments gets a type that no check passes. -/
def emit (op : Op) (args : List Var) : Build Var := emitTyped op args (typeOr (op.infer (map (fun v => v.type) args)))

/-- `f` on each element, in order. -/
@[specialize] def buildMap {α β : Type} (f : α → Build β) : List α → Build (List β)
  | [] => pure []
  | a :: l => do
    let b ← f a
    let bs ← buildMap f l
    return b :: bs

/-- `f` folded from the left. -/
@[specialize] def buildFold {α β : Type} (f : β → α → Build β) (b : β) : List α → Build β
  | [] => pure b
  | a :: l => do
    let b' ← f b a
    buildFold f b' l

/-! ### The emitters that lowering is written in -/

/-- A tensor of equal elements. -/
def constant (value : Literal) (shape : Shape) : Build Var := emit (.constant value shape) []
/-- `x + y` -/
def add (x y : Var) : Build Var := emit (.binary .add) [x, y]
/-- `x - y` -/
def subtract (x y : Var) : Build Var := emit (.binary .subtract) [x, y]
/-- `x * y` -/
def multiply (x y : Var) : Build Var := emit (.binary .multiply) [x, y]
/-- `x / y` -/
def divide (x y : Var) : Build Var := emit (.binary .divide) [x, y]
/-- `max x y` -/
def maximum (x y : Var) : Build Var := emit (.binary .maximum) [x, y]
/-- `-x` -/
def negate (x : Var) : Build Var := emit (.unary .negate) [x]
/-- `exp x` -/
def exponential (x : Var) : Build Var := emit (.unary .exponential) [x]
/-- `log x` -/
def log (x : Var) : Build Var := emit (.unary .log) [x]
/-- `√x` -/
def sqrt (x : Var) : Build Var := emit (.unary .sqrt) [x]
/-- `x ⋈ y` -/
def compare (d : Direction) (x y : Var) : Build Var := emit (.compare d) [x, y]
/-- `if p then x else y` -/
def select (p x y : Var) : Build Var := emit .select [p, x, y]
/-- `x` repeated into a shape; nothing where `x` has that shape already. -/
def broadcast (dims : List Nat) (shape : Shape) (x : Var) : Build Var :=
  if x.shape.beq shape then pure x else emit (.broadcast dims shape) [x]
/-- A scalar repeated into a shape. -/
def splat (shape : Shape) (x : Var) : Build Var := broadcast [] shape x
/-- `x` in another shape, row-major; nothing where `x` has that shape already. -/
def reshape (shape : Shape) (x : Var) : Build Var :=
  if x.shape.beq shape then pure x else emit (.reshape shape) [x]
/-- `x` with its dimensions in another order; nothing where the order is the same. -/
def transpose (permutation : List Nat) (x : Var) : Build Var :=
  if natsBeq permutation (range (length permutation)) then pure x else emit (.transpose permutation) [x]
/-- The sum over dimensions; nothing where there are none. -/
def reduceSum (dims : List Nat) (x : Var) : Build Var :=
  match dims with
  | [] => pure x
  | _ :: _ => emit (.reduceSum dims) [x]

/-! ### Renaming -/

/-- The values that stand for values of another program. -/
abbrev Renaming := NatMap Var

/-- The value that stands for `v`; `v` itself if none does. -/
def Renaming.apply (r : Renaming) (v : Var) : Var :=
  match r.find v.id with
  | some w => w
  | none => v

/-- The port with its value renamed. -/
def Port.rename (p : Port) (r : Renaming) : Port := ⟨p.name, p.role, r.apply p.var⟩

end Lmx
end
