module
public import Lmx.Lower.Net
public import Lmx.Export.Sha256
@[expose] public section

/-!
# The graph file

Canonical JSON of a net: `docs/graph-format.md`. Keys are written in sorted order.
-/

namespace Lmx.Export

/-- Texts with commas between. -/
def commas (l : List String) : String :=
  foldr (fun s (k : Bool → String) (first : Bool) => (cond first "" ",") ++ s ++ k false) (fun _ => "") l true

/-- Does a character stand for itself? -/
def plain (c : Char) : Bool :=
  let n := c.toNat
  Nat.ble 32 n && Nat.ble n 126 && !Nat.beq n 34 && !Nat.beq n 92

/-- A UTF-16 code unit. -/
def unit (n : Nat) : String := "\\u" ++ Sha256.hex n 4

/-- A character as it stands in quotes. -/
def quoteChar (c : Char) : String :=
  match c.toNat with
  | 8 => "\\b" | 9 => "\\t" | 10 => "\\n" | 12 => "\\f" | 13 => "\\r" | 34 => "\\\"" | 92 => "\\\\"
  | n =>
    if plain c then String.singleton c
    else if Nat.ble n 65535 then unit n
    else unit (55296 + (n - 65536) / 1024) ++ unit (56320 + (n - 65536) % 1024)

/-- A text in quotes. -/
def quote (s : String) : String :=
  let l := s.toList
  "\"" ++ cond (all (fun c => plain c) l) s (foldl (fun t c => t ++ quoteChar c) "" l) ++ "\""
/-- A list. -/
def array (l : List String) : String := "[" ++ commas l ++ "]"
/-- An object; keys must be sorted. -/
def object (l : List (String × String)) : String := "{" ++ commas (map (fun kv => quote kv.1 ++ ":" ++ kv.2) l) ++ "}"
/-- A number. -/
def nat (n : Nat) : String := Nat.repr n
/-- A truth value. -/
def bool (b : Bool) : String := cond b "true" "false"
/-- A list of numbers. -/
def nats (l : List Nat) : String := array (map (fun n => nat n) l)
/-- A pair of numbers. -/
def pair (p : Nat × Nat) : String := nats [p.1, p.2]

/-- A dimension. -/
def dim : Dim → String
  | .fixed n => nat n
  | .batch n => quote (cond (Nat.beq n 1) "B" (nat n ++ "B"))
/-- A shape. -/
def shape (s : Shape) : String := array (map (fun d => dim d) s)
/-- A literal. -/
def literal (v : Literal) : String := quote (cond v.negative "-" "" ++ nat v.num ++ "/" ++ nat v.den)
/-- An element type. -/
def dtype : DType → String
  | .f32 => quote "f32"
  | .i1 => quote "i1"

/-- Name of a function. -/
def unary : Unary → String
  | .negate => "negate" | .exponential => "exponential" | .log => "log" | .sqrt => "sqrt"
/-- Name of a function. -/
def binary : Binary → String
  | .add => "add" | .subtract => "subtract" | .multiply => "multiply" | .divide => "divide" | .maximum => "maximum"
/-- Name of a relation. -/
def direction : Direction → String
  | .eq => "EQ" | .ge => "GE" | .gt => "GT"

/-- Name and attributes of an op. A structured op has no name in the format, and a reader refuses it. -/
def op : Op → String × List (String × String)
  | .constant v _ => ("constant", [("value", literal v)])
  | .batchSize => ("batch_size", [])
  | .unary f => (unary f, [])
  | .binary f => (binary f, [])
  | .compare d => ("compare", [("direction", quote (direction d))])
  | .select => ("select", [])
  | .broadcast dims _ => ("broadcast_in_dim", [("dims", nats dims)])
  | .reshape _ => ("reshape", [])
  | .transpose p => ("transpose", [("permutation", nats p)])
  | .slice start limit stride => ("slice", [("limit", shape limit), ("start", nats start), ("stride", nats stride)])
  | .pad low high interior value =>
    ("pad", [("high", nats high), ("interior", nats interior), ("low", nats low), ("value", literal value)])
  | .concatenate d => ("concatenate", [("dim", nat d)])
  | .dot lb rb lc rc =>
    ("dot_general", [("lhs_batch", nats lb), ("lhs_contract", nats lc), ("rhs_batch", nats rb), ("rhs_contract", nats rc)])
  | .reduceSum dims => ("reduce_sum", [("dims", nats dims)])
  | .reduceMax dims => ("reduce_max", [("dims", nats dims)])
  | .conv _ | .convImageGrad _ | .convKernelGrad _ | .maxPool _ | .maxPoolGrad _ | .logSoftmax => ("structured", [])

/-- A node. -/
def node (n : Node) : String :=
  let o := op n.op
  object [("args", nats (map (fun v => v.id) n.args)), ("attrs", object o.2), ("dtype", dtype n.out.type.dtype),
    ("op", quote o.1), ("shape", shape n.out.shape)]

/-- Name of a role. -/
def role : Role → String
  | .param => "param" | .optimizerState => "optimizer_state" | .image => "image" | .label => "label"
  | .hyperparameter => "hyperparameter" | .gradient => "gradient" | .logits => "logits" | .loss => "loss" | .metric => "metric"

/-- An input. -/
def input (p : Port) : String :=
  object [("dtype", dtype p.var.type.dtype), ("name", quote p.name), ("role", quote (role p.role)), ("shape", shape p.var.shape)]
/-- An output. -/
def output (p : Port) : String :=
  object [("name", quote p.name), ("role", quote (role p.role)), ("value", nat p.var.id)]

/-- A program. -/
def program (p : Program) : String :=
  object [("inputs", array (map (fun i => input i) p.inputs)), ("nodes", array (map (fun n => node n) p.nodes)),
    ("outputs", array (map (fun o => output o) p.outputs))]

/-- An activation. -/
def activation : Activation → String
  | .identity => quote "identity"
  | .relu => quote "relu"
/-- A padding. -/
def padding : Padding → String
  | .same => quote "same"
  | .valid => quote "valid"

/-- A layer. -/
def layer (r : Resolved) : String :=
  let name := ("name", quote r.name)
  let output := ("output", nats r.output)
  let params := ("params", array (map (fun p => quote p.name) r.params))
  match r.layer with
  | .dense units a =>
    object [("activation", activation a), ("kind", quote "dense"), name, output, params, ("units", nat units)]
  | .conv2d filters kernel stride pad a =>
    object [("activation", activation a), ("filters", nat filters), ("kernel", pair kernel), ("kind", quote "conv2d"), name,
      output, ("padding", padding pad), params, ("stride", pair stride)]
  | .maxPool window stride pad =>
    object [("kind", quote "max_pool"), name, output, ("padding", padding pad), params, ("stride", pair stride),
      ("window", pair window)]
  | .globalAvgPool => object [("kind", quote "global_avg_pool"), name, output, params]
  | .flatten => object [("kind", quote "flatten"), name, output, params]

/-- An initialisation. -/
def init : Init → String
  | .heNormal n => object [("fan_in", nat n), ("kind", quote "he_normal")]
  | .xavierUniform n m => object [("fan_in", nat n), ("fan_out", nat m), ("kind", quote "xavier_uniform")]
  | .zeros => object [("kind", quote "zeros")]

/-- What a parameter is. -/
def paramRole : ParamRole → String
  | .weight => quote "weight"
  | .bias => quote "bias"

/-- A line of the manifest. -/
def param (p : Param) : String :=
  object [("decay", bool p.decay), ("init", init p.init), ("name", quote p.name), ("role", paramRole p.role), ("shape", nats p.shape)]

/-- The declared network. -/
def spec (s : NetSpec) : String :=
  object [("classes", nat s.classes), ("input", nats s.input), ("layers", array (map (fun r => layer r) s.resolved))]

/-- The graph file of a net. -/
def graph (g : Graph) : String :=
  object [("format", quote "lmx-graph"), ("name", quote g.spec.name), ("params", array (map (fun p => param p) g.spec.params)),
    ("programs", object (map (fun p => (p.name, program p.program)) g.programs)), ("spec", spec g.spec), ("version", nat 1)]

end Lmx.Export
end
