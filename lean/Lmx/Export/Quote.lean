import Lean
import Lmx.Lower.Net

/-!
# Graphs as terms

The closed term, in Lean's syntax trees, that denotes a graph. The names are those of the declarations that the theorems are about.
-/

open Lean (Name Expr)
open Lmx

namespace LmxQuote

/-- A declaration of the project. -/
def const (n : Name) : Expr := .const n []

/-- A declaration applied to terms. -/
def app (n : Name) (args : List Expr) : Expr := foldl (fun f a => .app f a) (const n) args

/-- A number. -/
def nat (n : Nat) : Expr := .lit (.natVal n)
/-- A text. -/
def str (s : String) : Expr := .lit (.strVal s)
/-- A truth value. -/
def bool (b : Bool) : Expr := .const (if b then `Bool.true else `Bool.false) []
/-- The type of numbers. -/
def natType : Expr := .const `Nat []

/-- A list of terms of a type. -/
def list (type : Expr) (l : List Expr) : Expr :=
  foldr (fun a r => .app (.app (.app (.const `List.cons [.zero]) type) a) r) (.app (.const `List.nil [.zero]) type) l

/-- A list of numbers. -/
def nats (l : List Nat) : Expr := list natType (map (fun n => nat n) l)
/-- A list of terms of a type of the project. -/
def listOf (type : Name) (l : List Expr) : Expr := list (const type) l

/-- A dimension. -/
def dim : Dim → Expr
  | .fixed n => app `Lmx.Dim.fixed [nat n]
  | .batch n => app `Lmx.Dim.batch [nat n]
/-- A shape. -/
def shape (s : Shape) : Expr := listOf `Lmx.Dim (map (fun d => dim d) s)
/-- An element type. -/
def dtype : DType → Expr
  | .f32 => app `Lmx.DType.f32 []
  | .i1 => app `Lmx.DType.i1 []
/-- A type. -/
def type (t : TensorType) : Expr := app `Lmx.TensorType.mk [dtype t.dtype, shape t.shape]
/-- A literal. -/
def literal (v : Lmx.Literal) : Expr := app `Lmx.Literal.mk [bool v.negative, nat v.num, nat v.den]
/-- A value. -/
def var (v : Var) : Expr := app `Lmx.Var.mk [nat v.id, type v.type]

/-- A function. -/
def unary : Unary → Expr
  | .negate => app `Lmx.Unary.negate [] | .exponential => app `Lmx.Unary.exponential []
  | .log => app `Lmx.Unary.log [] | .sqrt => app `Lmx.Unary.sqrt []
/-- A function. -/
def binary : Binary → Expr
  | .add => app `Lmx.Binary.add [] | .subtract => app `Lmx.Binary.subtract [] | .multiply => app `Lmx.Binary.multiply []
  | .divide => app `Lmx.Binary.divide [] | .maximum => app `Lmx.Binary.maximum []
/-- A relation. -/
def direction : Direction → Expr
  | .eq => app `Lmx.Direction.eq [] | .ge => app `Lmx.Direction.ge [] | .gt => app `Lmx.Direction.gt []

/-- A pair of numbers. -/
def pair (p : Nat × Nat) : Expr :=
  .app (.app (.app (.app (.const `Prod.mk [.zero, .zero]) natType) natType) (nat p.1)) (nat p.2)

/-- A window. -/
def window (w : Window) : Expr := app `Lmx.Window.mk [pair w.size, pair w.stride, pair w.low, pair w.high]
/-- A convolution. -/
def conv (c : Conv) : Expr := app `Lmx.Conv.mk [window c.window, pair c.image, nat c.inputs, nat c.outputs]
/-- A pooling. -/
def pool (p : Pool) : Expr := app `Lmx.Pool.mk [window p.window, pair p.image, nat p.channels]

/-- An op. -/
def op : Op → Expr
  | .constant v s => app `Lmx.Op.constant [literal v, shape s]
  | .batchSize => app `Lmx.Op.batchSize []
  | .unary f => app `Lmx.Op.unary [unary f]
  | .binary f => app `Lmx.Op.binary [binary f]
  | .compare d => app `Lmx.Op.compare [direction d]
  | .select => app `Lmx.Op.select []
  | .broadcast d s => app `Lmx.Op.broadcast [nats d, shape s]
  | .reshape s => app `Lmx.Op.reshape [shape s]
  | .transpose p => app `Lmx.Op.transpose [nats p]
  | .slice a l t => app `Lmx.Op.slice [nats a, shape l, nats t]
  | .pad l h i v => app `Lmx.Op.pad [nats l, nats h, nats i, literal v]
  | .concatenate d => app `Lmx.Op.concatenate [nat d]
  | .dot a b c d => app `Lmx.Op.dot [nats a, nats b, nats c, nats d]
  | .reduceSum d => app `Lmx.Op.reduceSum [nats d]
  | .reduceMax d => app `Lmx.Op.reduceMax [nats d]
  | .conv c => app `Lmx.Op.conv [conv c]
  | .convImageGrad c => app `Lmx.Op.convImageGrad [conv c]
  | .convKernelGrad c => app `Lmx.Op.convKernelGrad [conv c]
  | .maxPool p => app `Lmx.Op.maxPool [pool p]
  | .maxPoolGrad p => app `Lmx.Op.maxPoolGrad [pool p]
  | .logSoftmax => app `Lmx.Op.logSoftmax []

/-- A node. -/
def node (n : Node) : Expr := app `Lmx.Node.mk [var n.out, op n.op, listOf `Lmx.Var (map (fun v => var v) n.args)]

/-- A role. -/
def role : Role → Expr
  | .param => app `Lmx.Role.param [] | .optimizerState => app `Lmx.Role.optimizerState [] | .image => app `Lmx.Role.image []
  | .label => app `Lmx.Role.label [] | .hyperparameter => app `Lmx.Role.hyperparameter [] | .gradient => app `Lmx.Role.gradient []
  | .logits => app `Lmx.Role.logits [] | .loss => app `Lmx.Role.loss [] | .metric => app `Lmx.Role.metric []

/-- A port. -/
def port (p : Port) : Expr := app `Lmx.Port.mk [str p.name, role p.role, var p.var]

/-- A program. -/
def program (p : Program) : Expr := app `Lmx.Program.mk [
  listOf `Lmx.Port (map (fun i => port i) p.inputs), listOf `Lmx.Node (map (fun n => node n) p.nodes),
  listOf `Lmx.Port (map (fun o => port o) p.outputs)]

/-- A program under its name. -/
def named (p : NamedProgram) : Expr := app `Lmx.NamedProgram.mk [str p.name, program p.program]

/-- An activation. -/
def activation : Activation → Expr
  | .identity => app `Lmx.Activation.identity []
  | .relu => app `Lmx.Activation.relu []
/-- A padding. -/
def padding : Padding → Expr
  | .same => app `Lmx.Padding.same []
  | .valid => app `Lmx.Padding.valid []

/-- A layer. -/
def layer : Layer → Expr
  | .dense units a => app `Lmx.Layer.dense [nat units, activation a]
  | .conv2d filters kernel stride pad a =>
    app `Lmx.Layer.conv2d [nat filters, pair kernel, pair stride, padding pad, activation a]
  | .maxPool window stride pad => app `Lmx.Layer.maxPool [pair window, pair stride, padding pad]
  | .globalAvgPool => app `Lmx.Layer.globalAvgPool []
  | .flatten => app `Lmx.Layer.flatten []

/-- A spec. -/
def spec (s : NetSpec) : Expr :=
  app `Lmx.NetSpec.mk [str s.name, nats s.input, nat s.classes, listOf `Lmx.Layer (map (fun l => layer l) s.layers)]

/-- A graph. -/
def graph (g : Graph) : Expr := app `Lmx.Graph.mk [spec g.spec, listOf `Lmx.NamedProgram (map (fun p => named p) g.programs)]

end LmxQuote
