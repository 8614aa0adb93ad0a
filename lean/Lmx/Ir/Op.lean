module
public import Lmx.Ir.Type
@[expose] public section

/-!
# Ops

The primitives are StableHLO's, one to one: each op that can be exported is printed as one StableHLO op, whose
published meaning (the section of the specification that bears its name) is meant. Three families are structured: convolution, max-pooling and log-softmax, with their
adjoints. They exist so that the reverse pass emits closed forms at their level; `Lmx.Expand` rewrites
them into primitives before export.
-/

namespace Lmx

/-- Pointwise functions of one argument. -/
inductive Unary where
  | negate | exponential | log | sqrt
  deriving DecidableEq

/-- Pointwise functions of two arguments. -/
inductive Binary where
  | add | subtract | multiply | divide | maximum
  deriving DecidableEq

/-- The relations of `compare`: `=`, `≥`, `>`. -/
inductive Direction where
  | eq | ge | gt
  deriving DecidableEq

/-- The geometry of a two-dimensional window that slides over images: `[height, width]` pairs. -/
structure Window where
  /-- Height and width of the window. -/
  size : Nat × Nat
  /-- Steps between windows. -/
  stride : Nat × Nat
  /-- Rows above and columns to the left that are added to the image. -/
  low : Nat × Nat
  /-- Rows below and columns to the right that are added to the image. -/
  high : Nat × Nat

/-- A two-dimensional convolution of images `[B, height, width, inputs]` with a kernel `[window height, window width, inputs, outputs]`. -/
structure Conv where
  /-- The window. -/
  window : Window
  /-- Height and width of the image. -/
  image : Nat × Nat
  /-- Input channels. -/
  inputs : Nat
  /-- Output channels. -/
  outputs : Nat

/-- Max-pooling of images `[B, height, width, channels]`. -/
structure Pool where
  /-- The window. -/
  window : Window
  /-- Height and width of the image. -/
  image : Nat × Nat
  /-- Channels. -/
  channels : Nat

/-- An op with its attributes. `x`, `y` are its arguments in order, `d` a cotangent. -/
inductive Op where
  /-- The tensor of the given shape, all of whose elements are the literal. -/
  | constant (value : Literal) (shape : Shape)
  /-- The batch size, as a scalar. -/
  | batchSize
  /-- `f x`, elementwise. -/
  | unary (f : Unary)
  /-- `f x y`, elementwise. -/
  | binary (f : Binary)
  /-- `x ⋈ y`, elementwise. -/
  | compare (d : Direction)
  /-- `if p then x else y`, elementwise; arguments `p`, `x`, `y`. -/
  | select
  /-- Repeats `x`: its dimension `i` becomes dimension `dims[i]` of the result. -/
  | broadcast (dims : List Nat) (shape : Shape)
  /-- The same elements in row-major order. -/
  | reshape (shape : Shape)
  /-- Dimension `i` of the result is dimension `permutation[i]` of `x`. -/
  | transpose (permutation : List Nat)
  /-- The elements at `start`, `start + stride`, … below `limit`. -/
  | slice (start : List Nat) (limit : Shape) (stride : List Nat)
  /-- `x` with `value` before, after and between its elements. -/
  | pad (low high interior : List Nat) (value : Literal)
  /-- The arguments one after the other along a dimension. -/
  | concatenate (dim : Nat)
  /-- The sum over the contracted dimensions of products; result dimensions: batch, then the rest of `x`, then the rest of `y`. -/
  | dot (lhsBatch rhsBatch lhsContract rhsContract : List Nat)
  /-- The sum over dimensions. -/
  | reduceSum (dims : List Nat)
  /-- The maximum over dimensions. -/
  | reduceMax (dims : List Nat)
  /-- Convolution: arguments image, kernel. -/
  | conv (c : Conv)
  /-- The adjoint of a convolution in its image: arguments cotangent, kernel. -/
  | convImageGrad (c : Conv)
  /-- The adjoint of a convolution in its kernel: arguments image, cotangent. -/
  | convKernelGrad (c : Conv)
  /-- The maximum of each window. -/
  | maxPool (p : Pool)
  /-- The cotangent of each window's maximum, sent to the first place of the window that attains it: arguments image, maxima, cotangent. -/
  | maxPoolGrad (p : Pool)
  /-- `x - log Σ exp x` along the last dimension of a matrix. -/
  | logSoftmax

/-! ### Equality, computable by the interpreter and by the kernel -/

/-- The number of a constructor. -/
def Unary.code : Unary → Nat
  | .negate => 0 | .exponential => 1 | .log => 2 | .sqrt => 3

/-- The number of a constructor. -/
def Binary.code : Binary → Nat
  | .add => 0 | .subtract => 1 | .multiply => 2 | .divide => 3 | .maximum => 4

/-- The number of a constructor. -/
def Direction.code : Direction → Nat
  | .eq => 0 | .ge => 1 | .gt => 2

/-- The numbers that a window is made of. -/
def Window.code (w : Window) : List Nat :=
  [w.size.1, w.size.2, w.stride.1, w.stride.2, w.low.1, w.low.2, w.high.1, w.high.2]

/-- The numbers that a convolution is made of. -/
def Conv.code (c : Conv) : List Nat := c.image.1 :: c.image.2 :: c.inputs :: c.outputs :: c.window.code

/-- The numbers that a pooling is made of. -/
def Pool.code (p : Pool) : List Nat := p.image.1 :: p.image.2 :: p.channels :: p.window.code

/-- Equality of ops. -/
def Op.beq : Op → Op → Bool
  | .constant v s, .constant v' s' => v.beq v' && s.beq s'
  | .batchSize, .batchSize => true
  | .unary f, .unary f' => Nat.beq f.code f'.code
  | .binary f, .binary f' => Nat.beq f.code f'.code
  | .compare d, .compare d' => Nat.beq d.code d'.code
  | .select, .select => true
  | .broadcast a s, .broadcast a' s' => natsBeq a a' && s.beq s'
  | .reshape s, .reshape s' => s.beq s'
  | .transpose a, .transpose a' => natsBeq a a'
  | .slice a s b, .slice a' s' b' => natsBeq a a' && s.beq s' && natsBeq b b'
  | .pad a b c v, .pad a' b' c' v' => natsBeq a a' && natsBeq b b' && natsBeq c c' && v.beq v'
  | .concatenate d, .concatenate d' => Nat.beq d d'
  | .dot a b c d, .dot a' b' c' d' => natsBeq a a' && natsBeq b b' && natsBeq c c' && natsBeq d d'
  | .reduceSum a, .reduceSum a' => natsBeq a a'
  | .reduceMax a, .reduceMax a' => natsBeq a a'
  | .conv c, .conv c' => natsBeq c.code c'.code
  | .convImageGrad c, .convImageGrad c' => natsBeq c.code c'.code
  | .convKernelGrad c, .convKernelGrad c' => natsBeq c.code c'.code
  | .maxPool p, .maxPool p' => natsBeq p.code p'.code
  | .maxPoolGrad p, .maxPoolGrad p' => natsBeq p.code p'.code
  | .logSoftmax, .logSoftmax => true
  | _, _ => false

/-- Is the op one that StableHLO has, and that may be exported? -/
def Op.primitive : Op → Bool
  | .conv _ | .convImageGrad _ | .convKernelGrad _ | .maxPool _ | .maxPoolGrad _ | .logSoftmax => false
  | _ => true

/-! ### Windows -/

/-- How many windows of `size` fit into `extent`, `stride` apart; zero if none does. -/
def windowCount (extent size stride : Nat) : Nat := cond (Nat.ble size extent) ((extent - size) / stride + 1) 0

/-- Rows and columns of windows over an image. -/
def Window.output (w : Window) (image : Nat × Nat) : Nat × Nat :=
  (windowCount (w.low.1 + image.1 + w.high.1) w.size.1 w.stride.1, windowCount (w.low.2 + image.2 + w.high.2) w.size.2 w.stride.2)

/-- Is there a window, and is no padding as wide as the window? -/
def Window.valid (w : Window) (image : Nat × Nat) : Bool :=
  Nat.ble 1 w.stride.1 && Nat.ble 1 w.stride.2 && Nat.ble 1 w.size.1 && Nat.ble 1 w.size.2 &&
  Nat.ble (w.low.1 + 1) w.size.1 && Nat.ble (w.low.2 + 1) w.size.2 &&
  Nat.ble (w.high.1 + 1) w.size.1 && Nat.ble (w.high.2 + 1) w.size.2 &&
  Nat.ble 1 (w.output image).1 && Nat.ble 1 (w.output image).2

/-- Shape of a batch of images. -/
def imageShape (size : Nat × Nat) (channels : Nat) : Shape := batched [size.1, size.2, channels]

/-- Shape of the images. -/
def Conv.imageShape (c : Conv) : Shape := Lmx.imageShape c.image c.inputs
/-- Shape of the kernel. -/
def Conv.kernelShape (c : Conv) : Shape := fixedShape [c.window.size.1, c.window.size.2, c.inputs, c.outputs]
/-- Shape of the result. -/
def Conv.outputShape (c : Conv) : Shape := Lmx.imageShape (c.window.output c.image) c.outputs
/-- Shape of the images. -/
def Pool.imageShape (p : Pool) : Shape := Lmx.imageShape p.image p.channels
/-- Shape of the result. -/
def Pool.outputShape (p : Pool) : Shape := Lmx.imageShape (p.window.output p.image) p.channels

end Lmx
end
