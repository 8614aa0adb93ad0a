module
public import Lmx.Expand.Pool
@[expose] public section

/-!
# Expansion

Rewrites the structured ops of a program into primitives. Everything else is copied.
-/

namespace Lmx

/-- Log-softmax in its stable form: with `s = z - max z`, `s - log Σ exp s`. -/
def expandLogSoftmax (z : Var) : Build Var := do
  let top ← emit (.reduceMax [1]) [z]
  let top ← broadcast [0] z.shape top
  let s ← subtract z top
  let e ← exponential s
  let sum ← reduceSum [1] e
  let l ← log sum
  let l ← broadcast [0] z.shape l
  subtract s l

/-- Emits an op on arguments, a structured one as primitives. -/
def expandOp (op : Op) (args : List Var) : Build Var :=
  match op, args with
  | .conv c, [x, w] => expandConv c x w
  | .convImageGrad c, [d, w] => expandConvImageGrad c d w
  | .convKernelGrad c, [x, d] => expandConvKernelGrad c x d
  | .maxPool p, [x] => expandMaxPool p x
  | .maxPoolGrad p, [x, y, d] => expandMaxPoolGrad p x y d
  | .logSoftmax, [z] => expandLogSoftmax z
  | op, args => emit op args

/-- Expands nodes, under the renaming of the values before them. -/
def expandNodes (r : Renaming) : List Node → Build Renaming
  | [] => pure r
  | n :: ns => do
    let v ← expandOp n.op (map (fun v => r.apply v) n.args)
    expandNodes (r.insert n.out.id v) ns

/-- The program with its structured ops as primitives. -/
def Program.expand (p : Program) : Program :=
  match expandNodes .leaf p.nodes ⟨[], length p.inputs⟩ with
  | (r, code) => ⟨p.inputs, reverse code.nodes, map (fun o => o.rename r) p.outputs⟩

end Lmx
end
