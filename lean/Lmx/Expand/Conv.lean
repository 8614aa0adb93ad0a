module
public import Lmx.Ir.Program
@[expose] public section

/-!
# Convolution as slices and dots

A convolution and its two adjoints, each as one `dot` for every place of the window: on a shifted slice of the padded image (the
convolution), on a shifted slice of the padded cotangent (the adjoint in the image), and between slice and cotangent (the
adjoint in the kernel). IREE's CPU backend runs these several times faster than its convolution.
-/

namespace Lmx

/-- Pads height and width of a batch of images; nothing where there is nothing to add. -/
def padImage (low high interior : Nat × Nat) (value : Literal) (x : Var) : Build Var :=
  if natsBeq [low.1, low.2, high.1, high.2, interior.1, interior.2] [0, 0, 0, 0, 0, 0] then pure x
  else emit (.pad [0, low.1, low.2, 0] [0, high.1, high.2, 0] [0, interior.1, interior.2, 0] value) [x]

/-- The pixels at `start`, `start + stride`, …, `count` of them, of a batch of images. -/
def sliceImage (start count stride : Nat × Nat) (x : Var) : Build Var :=
  let limit : Shape :=
    [x.shape.dim 0, .fixed (start.1 + (count.1 - 1) * stride.1 + 1), .fixed (start.2 + (count.2 - 1) * stride.2 + 1),
      x.shape.dim 3]
  if limit.beq x.shape && natsBeq [start.1, start.2, stride.1, stride.2] [0, 0, 1, 1] then pure x
  else emit (.slice [0, start.1, start.2, 0] limit [1, stride.1, stride.2, 1]) [x]

/-- The pairs (row, column) of a window, row by row. -/
def Window.places (w : Window) : List (Nat × Nat) :=
  join (map (fun i => map (fun j => (i, j)) (range w.size.2)) (range w.size.1))

/-- The matrix `[inputs, outputs]` at a place of a kernel. -/
def kernelAt (c : Conv) (place : Nat × Nat) (w : Var) : Build Var := do
  let k ← emit (.slice [place.1, place.2, 0, 0]
    (fixedShape [place.1 + 1, place.2 + 1, c.inputs, c.outputs]) [1, 1, 1, 1]) [w]
  reshape (fixedShape [c.inputs, c.outputs]) k

/-- The sum of the values that `f` emits at each place. -/
def sumPlaces (f : Nat × Nat → Build Var) : List (Nat × Nat) → Build (Option Var)
  | [] => pure none
  | p :: ps => do
    let first ← f p
    let sum ← buildFold (fun acc q => do
      let y ← f q
      add acc y) first ps
    return some sum

/-- The value, or zeros. -/
def orZeros (s : Shape) : Option Var → Build Var
  | some v => pure v
  | none => constant (.ofNat 0) s

/-- `Σ_place slice_place(pad x) · w[place]`. -/
def expandConv (c : Conv) (x w : Var) : Build Var := do
  let out := c.window.output c.image
  let xp ← padImage c.window.low c.window.high (0, 0) (.ofNat 0) x
  let sum ← sumPlaces (fun p => do
    let s ← sliceImage p out c.window.stride xp
    let k ← kernelAt c p w
    emit (.dot [] [] [3] [0]) [s, k]) c.window.places
  orZeros c.outputShape sum

/-- `Σ_place slice_(last - place)(pad d) · w[place]ᵀ`: the cotangent spread by the stride and padded so that its shifted slices have the image's size. -/
def expandConvImageGrad (c : Conv) (d w : Var) : Build Var := do
  let out := c.window.output c.image
  let last := (c.window.size.1 - 1, c.window.size.2 - 1)
  let low := (last.1 - c.window.low.1, last.2 - c.window.low.2)
  let high := (c.image.1 + c.window.low.1 - ((out.1 - 1) * c.window.stride.1 + 1),
    c.image.2 + c.window.low.2 - ((out.2 - 1) * c.window.stride.2 + 1))
  let dp ← padImage low high (c.window.stride.1 - 1, c.window.stride.2 - 1) (.ofNat 0) d
  let sum ← sumPlaces (fun p => do
    let s ← sliceImage (last.1 - p.1, last.2 - p.2) c.image (1, 1) dp
    let k ← kernelAt c p w
    emit (.dot [] [] [3] [1]) [s, k]) c.window.places
  orZeros c.imageShape sum

/-- At each place `slice_place(pad x)ᵀ · d`, contracted over height and width for each image, then added over the batch: one
contraction over all three is slower. -/
def expandConvKernelGrad (c : Conv) (x d : Var) : Build Var := do
  let out := c.window.output c.image
  let xp ← padImage c.window.low c.window.high (0, 0) (.ofNat 0) x
  let rows ← buildMap (fun i => do
    let parts ← buildMap (fun j => do
      let s ← sliceImage (i, j) out c.window.stride xp
      let g ← emit (.dot [0] [0] [1, 2] [1, 2]) [s, d]
      let g ← reduceSum [0] g
      reshape (fixedShape [1, 1, c.inputs, c.outputs]) g) (range c.window.size.2)
    emit (.concatenate 1) parts) (range c.window.size.1)
  emit (.concatenate 0) rows

end Lmx
end
