module
public import Lmx.Lower.Layer
public import Lmx.Lower.Loss
public import Lmx.Ad.Reverse
public import Lmx.Expand.Program
public import Lmx.Simplify.RemoveDead
public import Lmx.Simplify.Share
public import Lmx.Optim.Sgd
public import Lmx.Optim.AdamW
@[expose] public section

/-!
# From a spec to its programs

`forward` (logits, loss and metric), `grad` (loss and gradients) and a train step for each optimizer, all derived from the one
spec. `NetSpec.graph` is what is exported.
-/

namespace Lmx

/-- Input ports, numbered from `next`. -/
def numberPorts (next : Nat) : List (String × Role × Shape) → List Port
  | [] => []
  | (name, role, shape) :: l => ⟨name, role, ⟨next, .f32 shape⟩⟩ :: numberPorts (next + 1) l

/-- The values of ports. -/
def vars (l : List Port) : List Var := map (fun p => p.var) l

/-- The inputs of a program, in the order of the graph format. -/
structure Inputs where
  /-- Parameters. -/
  params : List Port
  /-- Optimizer state: every parameter's first slot, then every second, … -/
  state : List Port
  /-- The batch. -/
  image : Port
  /-- Its labels. -/
  label : Port
  /-- Hyperparameters. -/
  hyper : List Port

/-- The inputs as one list. -/
def Inputs.ports (i : Inputs) : List Port := append i.params (append i.state (i.image :: i.label :: i.hyper))

/-- The inputs of a program of the net. -/
def NetSpec.inputs (spec : NetSpec) (slots hyper : List String) : Inputs :=
  let params := numberPorts 0 (map (fun p => (p.name, .param, fixedShape p.shape)) spec.params)
  let state := numberPorts (length params) (join (map (fun slot =>
    map (fun p => (slot ++ "/" ++ p.name, .optimizerState, fixedShape p.shape)) spec.params) slots))
  let n := length params + length state
  { params, state
    image := ⟨"image", .image, ⟨n, .f32 (batched spec.input)⟩⟩
    label := ⟨"label", .label, ⟨n + 1, .f32 (batched [spec.classes])⟩⟩
    hyper := numberPorts (n + 2) (map (fun h => (h, .hyperparameter, [])) hyper) }

/-- The number of ports. -/
def Inputs.count (i : Inputs) : Nat := length i.ports

/-- Runs a build after the inputs; its result is the outputs. -/
def Inputs.program (i : Inputs) (body : Build (List Port)) : Program :=
  match body ⟨[], i.count⟩ with
  | (outputs, code) => ⟨i.ports, reverse code.nodes, outputs⟩

/-- Logits, loss without smoothing, and metric. -/
def NetSpec.forwardSource (spec : NetSpec) : Program :=
  let i := spec.inputs [] []
  i.program do
    let logits ← spec.lower (vars i.params) i.image.var
    let loss ← crossEntropy logits i.label.var
    let correct ← countCorrect logits i.label.var
    return [⟨"logits", .logits, logits⟩, ⟨"loss", .loss, loss⟩, ⟨"correct", .metric, correct⟩]

/-- Emits loss, metric and the gradient of the loss for each parameter. -/
def NetSpec.lossAndGradient (spec : NetSpec) (i : Inputs) (smoothing : Var) : Build (List Port × List Var) := do
  let logits ← spec.lower (vars i.params) i.image.var
  let target ← smoothLabels spec.classes i.label.var smoothing
  let loss ← crossEntropy logits target
  let grads ← fun code => gradient (reverse code.nodes) loss (vars i.params) code
  let correct ← countCorrect logits i.label.var
  return ([⟨"loss", .loss, loss⟩, ⟨"correct", .metric, correct⟩], grads)

/-- Loss, metric and gradients. -/
def NetSpec.gradSource (spec : NetSpec) : Program :=
  let i := spec.inputs [] ["label_smoothing"]
  i.program (
    match vars i.hyper with
    | [smoothing] => do
      let (metrics, grads) ← spec.lossAndGradient i smoothing
      return append metrics (map (fun pg => ⟨pg.1.name, .gradient, pg.2⟩) (zip i.params grads))
    | _ => pure [])

/-- A value that stands for a missing one. -/
def Var.missing : Var := ⟨0, typeOr none⟩

/-- The update of each parameter: the new parameters, each with its new state. `k` is the number of the first. -/
def updateAll (o : Optimizer) (hyper state : List Var) (count k : Nat) : List (Param × Var × Var) → Build (List (Var × List Var))
  | [] => pure []
  | (param, p, g) :: l => do
    let own := map (fun slot => nth .missing state (slot * count + k)) (range (length o.slots))
    let new ← o.update hyper param.decay p g own
    let rest ← updateAll o hyper state count (k + 1) l
    return new :: rest

/-- New parameters, new state, loss and metric. -/
def NetSpec.trainSource (spec : NetSpec) (o : Optimizer) : Program :=
  let i := spec.inputs o.slots ("label_smoothing" :: o.hyperparameters)
  i.program (
    match vars i.hyper with
    | smoothing :: hyper => do
      let (metrics, grads) ← spec.lossAndGradient i smoothing
      let new ← updateAll o hyper (vars i.state) (length i.params) 0 (zip spec.params (zip (vars i.params) grads))
      let params := map (fun pn => ⟨pn.1.name, .param, pn.2.1⟩) (zip i.params new)
      let states := join (map (fun slot => map (fun n => nth .missing n.2 slot) new) (range (length o.slots)))
      let state := map (fun pv => ⟨pv.1.name, .optimizerState, pv.2⟩) (zip i.state states)
      return append params (append state metrics)
    | [] => pure [])

/-- A program under its name in the graph file. -/
structure NamedProgram where
  /-- Its name. -/
  name : String
  /-- The program. -/
  program : Program

/-- All that is exported of a net: the spec and its programs, in primitives. -/
structure Graph where
  /-- The net. -/
  spec : NetSpec
  /-- Its programs, sorted by name. -/
  programs : List NamedProgram

/-- A program as it is exported. -/
def Program.finish (p : Program) : Program := p.removeDead.expand.share

/-- The graph of a net. -/
def NetSpec.graph (spec : NetSpec) : Graph where
  spec := spec
  programs := [
    ⟨"forward", spec.forwardSource.finish⟩,
    ⟨"grad", spec.gradSource.finish⟩,
    ⟨"train_adamw", (spec.trainSource adamw).finish⟩,
    ⟨"train_sgd", (spec.trainSource sgd).finish⟩]

end Lmx
end
