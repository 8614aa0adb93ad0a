module
public import Lmx.Semantics.Op
public import Lmx.Ir.Program
@[expose] public section

/-!
# The meaning of programs

An environment gives each value its tensor. A node sets one value; nodes are run in order. `Program.denote` reads the
outputs.
-/

namespace Lmx
open Calculus

variable {R : Type} [RealOps R]

/-- The tensor of each value. -/
abbrev Env (R : Type) := Nat → Tensor R

/-- The environment with one value set. -/
def Env.set (e : Env R) (k : Nat) (x : Tensor R) : Env R := fun j => if j = k then x else e j

noncomputable section

/-- A value with its extents, in an environment. -/
def Var.read (B : Nat) (e : Env R) (v : Var) : Value R := ⟨extents B v.shape, e v.id⟩

/-- The tensor that a node computes. -/
def Node.value (B : Nat) (e : Env R) (n : Node) : Tensor R :=
  clip (extents B n.out.shape) (n.op.eval B (n.args.map (Var.read B e)))

/-- Runs a node. -/
def Node.step (B : Nat) (e : Env R) (n : Node) : Env R := e.set n.out.id (n.value B e)

/-- Runs nodes in order. -/
def run (B : Nat) (e : Env R) (ns : List Node) : Env R := ns.foldl (Node.step B) e

/-- The inputs of a program in an environment: the tensors given for them, in order. -/
def bind (B : Nat) (inputs : List Port) (x : Nat → Tensor R) : Env R := fun k =>
  match inputs[k]? with
  | some p => clip (extents B p.var.shape) (x k)
  | none => fun _ => 0

/-- The tensors of a program's outputs, in order, for the tensors `x` of its inputs. -/
def Program.denote (B : Nat) (p : Program) (x : Nat → Tensor R) : List (Tensor R) :=
  p.outputs.map fun o => run B (bind B p.inputs x) p.nodes o.var.id

end
end Lmx
end
