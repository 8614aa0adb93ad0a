module
public import Lmx.Ir.Op
@[expose] public section

/-!
# Declaring a network

`NetSpec` is what a user writes: an input shape, the number of classes and a list of layers. `NetSpec.resolve` checks it and gives
each layer its name, its input shape and its output shape; everything else about a net (parameters, programs, export) is
derived from the resolved layers.
-/

namespace Lmx

/-- The function applied to a layer's result. -/
inductive Activation where
  | identity | relu
  deriving DecidableEq

/-- How a window meets the border: `same` pads so that a stride of 1 keeps the size (the odd row or column goes below
and to the right), `valid` does not pad. -/
inductive Padding where
  | same | valid
  deriving DecidableEq

/-- A layer. Sizes of windows are (height, width). -/
inductive Layer where
  /-- A fully connected layer on a vector. -/
  | dense (units : Nat) (activation : Activation := .relu)
  /-- A two-dimensional convolution on an image `[height, width, channels]`. -/
  | conv2d (filters : Nat) (kernel : Nat × Nat := (3, 3)) (stride : Nat × Nat := (1, 1)) (padding : Padding := .same)
      (activation : Activation := .relu)
  /-- The maximum of each window of an image, per channel. -/
  | maxPool (window : Nat × Nat := (2, 2)) (stride : Nat × Nat := (2, 2)) (padding : Padding := .valid)
  /-- The mean over an image, per channel. -/
  | globalAvgPool
  /-- An image as a vector, row-major. -/
  | flatten

/-- A network that classifies. -/
structure NetSpec where
  /-- Its name: of `a-z`, `0-9` and `-`. -/
  name : String
  /-- The shape of one input. -/
  input : List Nat
  /-- The number of classes. -/
  classes : Nat
  /-- The layers, first to last. -/
  layers : List Layer

/-- A layer in its place in a net. -/
structure Resolved where
  /-- Its name, such as `conv1`. -/
  name : String
  /-- The layer. -/
  layer : Layer
  /-- The shape of one input. -/
  input : List Nat
  /-- The shape of one output. -/
  output : List Nat

/-- The first word of a layer's name. -/
def Layer.kind : Layer → String
  | .dense .. => "dense"
  | .conv2d .. => "conv"
  | .maxPool .. => "pool"
  | .globalAvgPool => "gap"
  | .flatten => "flatten"

/-- The number of a layer's kind. -/
def Layer.code : Layer → Nat
  | .dense .. => 0 | .conv2d .. => 1 | .maxPool .. => 2 | .globalAvgPool => 3 | .flatten => 4

/-- The activation that follows a layer. -/
def Layer.activation : Layer → Activation
  | .dense _ a => a
  | .conv2d _ _ _ _ a => a
  | _ => .identity

/-! ### Shapes -/

/-- `n / d`, rounded up. -/
def divUp (n d : Nat) : Nat := (n + d - 1) / d

/-- Padding before and after one dimension, so that ⌈extent / stride⌉ windows fit. -/
def samePadding (extent size stride : Nat) : Nat × Nat :=
  let total := (divUp extent stride - 1) * stride + size - extent
  (total / 2, total - total / 2)

/-- The window of a layer over an image. -/
def Padding.window (p : Padding) (size stride image : Nat × Nat) : Window :=
  match p with
  | .valid => ⟨size, stride, (0, 0), (0, 0)⟩
  | .same =>
    let h := samePadding image.1 size.1 stride.1
    let w := samePadding image.2 size.2 stride.2
    ⟨size, stride, (h.1, w.1), (h.2, w.2)⟩

/-- The text of a shape. -/
def showShape (s : List Nat) : String := "[" ++ go s ++ "]" where
  /-- The numbers, with commas. -/
  go : List Nat → String
    | [] => ""
    | n :: l =>
      match l with
      | [] => Nat.repr n
      | _ :: _ => Nat.repr n ++ ", " ++ go l

/-- The output shape of a layer on an input shape, or what is wrong. -/
def Layer.output (layer : Layer) (input : List Nat) : Except String (List Nat) :=
  match layer, input with
  | .dense units _, [_] =>
    if Nat.beq units 0 then .error "has no units" else .ok [units]
  | .dense .., s => .error ("takes a vector [n], found shape " ++ showShape s ++ "; put a flatten layer before it")
  | .conv2d filters kernel stride padding _, [h, w, _] =>
    let window := padding.window kernel stride (h, w)
    let out := window.output (h, w)
    if Nat.beq filters 0 then .error "has no filters"
    else if window.valid (h, w) then .ok [out.1, out.2, filters]
    else .error ("has a kernel of shape " ++ showShape [kernel.1, kernel.2] ++ " and stride " ++
      showShape [stride.1, stride.2] ++ ", which does not fit its input of shape " ++ showShape [h, w])
  | .conv2d .., s => .error ("takes an image [height, width, channels], found shape " ++ showShape s)
  | .maxPool size stride padding, [h, w, c] =>
    let window := padding.window size stride (h, w)
    let out := window.output (h, w)
    if window.valid (h, w) then .ok [out.1, out.2, c]
    else .error ("has a window of shape " ++ showShape [size.1, size.2] ++ " and stride " ++
      showShape [stride.1, stride.2] ++ ", which does not fit its input of shape " ++ showShape [h, w])
  | .maxPool .., s => .error ("takes an image [height, width, channels], found shape " ++ showShape s)
  | .globalAvgPool, [_, _, c] => .ok [c]
  | .globalAvgPool, s => .error ("takes an image [height, width, channels], found shape " ++ showShape s)
  | .flatten, s => .ok [product s]

/-- How many of the layers are of the kind. -/
def countKind (code : Nat) : List Layer → Nat
  | [] => 0
  | l :: ls => cond (Nat.beq l.code code) (countKind code ls + 1) (countKind code ls)

/-- Resolves layers, given those that stand before them. -/
def resolveLayers (net : String) (before : List Layer) (input : List Nat) : List Layer → Except String (List Resolved)
  | [] => .ok []
  | l :: ls =>
    let name := l.kind ++ natText (countKind l.code before + 1)
    match l.output input with
    | .error e => .error (net ++ ": layer " ++ Nat.repr (length before + 1) ++ " (" ++ name ++ ") " ++ e)
    | .ok output =>
      match resolveLayers net (append before [l]) output ls with
      | .error e => .error e
      | .ok rest => .ok (⟨name, l, input, output⟩ :: rest)

/-- The shape that comes out of the last layer. -/
def lastOutput (input : List Nat) : List Resolved → List Nat
  | [] => input
  | r :: rs => lastOutput r.output rs

/-- The layers with their names and shapes, or an error that names the layer and the shapes that clash. -/
def NetSpec.resolve (spec : NetSpec) : Except String (List Resolved) :=
  if !(all (fun n => Nat.ble 1 n) spec.input) then .error (spec.name ++ ": the input shape " ++ showShape spec.input ++ " has a dimension of size 0")
  else if Nat.beq spec.classes 0 then .error (spec.name ++ ": there must be at least one class")
  else
    match resolveLayers spec.name [] spec.input spec.layers with
    | .error e => .error e
    | .ok rs =>
      let out := lastOutput spec.input rs
      if natsBeq out [spec.classes] then .ok rs
      else .error (spec.name ++ ": the last layer gives shape " ++ showShape out ++ ", and " ++ Nat.repr spec.classes ++
        " classes need shape " ++ showShape [spec.classes])

/-- Does the spec resolve? -/
def NetSpec.valid (spec : NetSpec) : Bool :=
  match spec.resolve with
  | .ok _ => true
  | .error _ => false

/-- The resolved layers; none for a spec that is not valid. -/
def NetSpec.resolved (spec : NetSpec) : List Resolved :=
  match spec.resolve with
  | .ok rs => rs
  | .error _ => []

end Lmx
end
