module
public import Lmx.Ir.Program
@[expose] public section

/-!
# The check of a program

`Program.checkTyped` decides that a program is typed: every value is defined once, before its uses and under one type; every type is the one that the
op's rule gives; ports have the types of their values. `Program.check` decides that it is well formed: typed, and of primitives only. `Lmx.Theorems.WellFormed` proves what a passed check means.
-/

namespace Lmx

/-- The types of the values defined so far. -/
abbrev Types := NatMap TensorType

/-- Is `v` defined, with the type that it carries? -/
def Types.has (t : Types) (v : Var) : Bool := t.findWith (fun ty => ty.beq v.type) false v.id

/-- Do the inputs have the numbers from `next` on, and number types with positive dimensions? -/
def checkInputs (next : Nat) : List Port → Bool
  | [] => true
  | p :: ps =>
    Nat.beq p.var.id next && p.var.type.dtype.beq .f32 && p.var.shape.positive && checkInputs (next + 1) ps

/-- The types with those of the ports' values. -/
def Types.addPorts (t : Types) (ps : List Port) : Types := foldl (fun t p => t.insert p.var.id p.var.type) t ps

/-- Is the inferred type the declared one? -/
def typeIs (declared : TensorType) : Option TensorType → Bool
  | some t => t.beq declared
  | none => false

/-- Is a node the next value, an op on defined values, of the type that the op has on them? -/
def checkNode (t : Types) (next : Nat) (n : Node) : Bool :=
  Nat.beq n.out.id next && all (fun v => t.has v) n.args &&
    typeIs n.out.type (n.op.infer (map (fun v => v.type) n.args)) && n.out.shape.positive

/-- Checks nodes in order, then the outputs. -/
def checkNodes (t : Types) (next : Nat) (outputs : List Port) : List Node → Bool
  | [] => all (fun p => t.has p.var) outputs
  | n :: ns => checkNode t next n && checkNodes (t.insert n.out.id n.out.type) (next + 1) outputs ns

/-- Is the program typed? -/
def Program.checkTyped (p : Program) : Bool :=
  checkInputs 0 p.inputs && checkNodes (Types.addPorts .leaf p.inputs) (length p.inputs) p.outputs p.nodes

/-- Is the program well formed: typed, and of primitives only? -/
def Program.check (p : Program) : Bool := p.checkTyped && all (fun n => n.op.primitive) p.nodes

end Lmx
end
