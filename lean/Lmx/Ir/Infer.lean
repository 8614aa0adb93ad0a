module
public import Lmx.Ir.Op
@[expose] public section

/-!
# The type of an op's result

`Op.infer op types` is the type of `op`'s result on arguments of these types, or `none` if the op does not accept
them. `docs/graph-format.md` gives the same rules in a table; the Rust reader re-derives every type by them.
-/

namespace Lmx

/-- Are the numbers strictly increasing and below `n`? -/
def increasingBelow (n : Nat) : List Nat → Bool
  | [] => true
  | a :: l =>
    match l with
    | [] => Nat.ble (a + 1) n
    | b :: _ => Nat.ble (a + 1) b && increasingBelow n l

/-- Are the numbers distinct and below `n`? -/
def distinctBelow (n : Nat) : List Nat → Bool
  | [] => true
  | a :: l => Nat.ble (a + 1) n && !mem a l && distinctBelow n l

/-- The dimensions at the given places. -/
def Shape.pick (s : Shape) (l : List Nat) : Shape := map (fun i => s.dim i) l

/-- The places of a shape that are not in the list. -/
def Shape.others (s : Shape) (l : List Nat) : List Nat := filter (fun i => !mem i l) (range (length s))

/-- The sizes of a slice, one for each dimension, or `none` if it does not fit. -/
def sliceShape : Shape → List Nat → Shape → List Nat → Option Shape
  | [], [], [], [] => some []
  | d :: ds, a :: as, l :: ls, t :: ts =>
    match sliceShape ds as ls ts with
    | none => none
    | some r =>
      match d with
      | .batch _ => guardSome (Nat.beq a 0 && Nat.beq t 1 && l.beq d) (d :: r)
      | .fixed n =>
        match l with
        | .batch _ => none
        | .fixed m => guardSome (Nat.ble 1 t && Nat.ble (a + 1) m && Nat.ble m n) (.fixed ((m - a + t - 1) / t) :: r)
  | _, _, _, _ => none

/-- The sizes after padding, one for each dimension. -/
def padShape : Shape → List Nat → List Nat → List Nat → Option Shape
  | [], [], [], [] => some []
  | d :: ds, l :: ls, h :: hs, i :: is =>
    match padShape ds ls hs is with
    | none => none
    | some r =>
      match d with
      | .batch _ => guardSome (Nat.beq l 0 && Nat.beq h 0 && Nat.beq i 0) (d :: r)
      | .fixed n => guardSome (Nat.ble 1 n) (.fixed (l + n + (n - 1) * i + h) :: r)
  | _, _, _, _ => none

/-- The shape with the dimension at a place replaced. -/
def Shape.setDim : Shape → Nat → Dim → Shape
  | [], _, _ => []
  | _ :: s, 0, d => d :: s
  | a :: s, n + 1, d => a :: Shape.setDim s n d

/-- The shape of tensors one after the other along a fixed dimension. -/
def concatShape (dim : Nat) : List Shape → Option Shape
  | [] => none
  | s :: l =>
    match l with
    | [] => guardSome (Nat.ble (dim + 1) (length s) && !(s.dim dim).isBatch) s
    | _ :: _ =>
      match concatShape dim l with
      | none => none
      | some r =>
        guardSome (Nat.ble (dim + 1) (length s) && !(s.dim dim).isBatch && Shape.beq (s.setDim dim (r.dim dim)) r)
          (r.setDim dim (.fixed ((s.dim dim).coeff + (r.dim dim).coeff)))

/-- The shape of a `dot`. -/
def dotShape (lb rb lc rc : List Nat) (x y : Shape) : Option Shape :=
  guardSome
    (distinctBelow (length x) (append lb lc) && distinctBelow (length y) (append rb rc) &&
      Nat.beq (length lb) (length rb) && Nat.beq (length lc) (length rc) &&
      Shape.beq (x.pick lb) (y.pick rb) && Shape.beq (x.pick lc) (y.pick rc))
    (append (x.pick lb) (append (x.pick (x.others (append lb lc))) (y.pick (y.others (append rb rc)))))

/-- The shape after a reduction over some dimensions. -/
def reduceShape (dims : List Nat) (x : Shape) : Option Shape :=
  guardSome (increasingBelow (length x) dims && Nat.ble 1 (length dims)) (x.pick (x.others dims))

/-- A tensor of numbers, if its shape could be found. -/
def numbers : Option Shape → Option TensorType
  | none => none
  | some s => some (.f32 s)

/-- The shapes of arguments that are all numbers. -/
def shapesOf : List TensorType → Option (List Shape)
  | [] => some []
  | ⟨.f32, s⟩ :: l =>
    match shapesOf l with
    | none => none
    | some r => some (s :: r)
  | ⟨.i1, _⟩ :: _ => none

/-- The result's shape of an op whose arguments and result are numbers. -/
def Op.inferShape : Op → List Shape → Option Shape
  | .constant v s, [] => guardSome (v.valid && s.positive) s
  | .batchSize, [] => some []
  | .unary _, [x] => some x
  | .binary _, [x, y] => guardSome (x.beq y) x
  | .broadcast dims s, [x] =>
    guardSome (increasingBelow (length s) dims && Shape.beq (s.pick dims) x && s.positive) s
  | .reshape s, [x] => guardSome (Shape.sameSize x s && s.positive) s
  | .transpose p, [x] => guardSome (distinctBelow (length x) p && Nat.beq (length p) (length x)) (x.pick p)
  | .slice a l t, [x] => sliceShape x a l t
  | .pad l h i v, [x] => cond v.valid (padShape x l h i) none
  | .concatenate dim, xs => concatShape dim xs
  | .dot lb rb lc rc, [x, y] => dotShape lb rb lc rc x y
  | .reduceSum dims, [x] => reduceShape dims x
  | .reduceMax dims, [x] => reduceShape dims x
  | .conv c, [x, w] => guardSome (c.window.valid c.image && x.beq c.imageShape && w.beq c.kernelShape) c.outputShape
  | .convImageGrad c, [d, w] => guardSome (c.window.valid c.image && d.beq c.outputShape && w.beq c.kernelShape) c.imageShape
  | .convKernelGrad c, [x, d] => guardSome (c.window.valid c.image && x.beq c.imageShape && d.beq c.outputShape) c.kernelShape
  | .maxPool p, [x] => guardSome (p.window.valid p.image && x.beq p.imageShape) p.outputShape
  | .maxPoolGrad p, [x, y, d] =>
    guardSome (p.window.valid p.image && x.beq p.imageShape && y.beq p.outputShape && d.beq p.outputShape) p.imageShape
  | .logSoftmax, [x] => guardSome (Nat.beq (length x) 2) x
  | _, _ => none

/-- The result's type. -/
def Op.infer : Op → List TensorType → Option TensorType
  | .compare _, [⟨.f32, x⟩, ⟨.f32, y⟩] => guardSome (x.beq y) ⟨.i1, x⟩
  | .select, [⟨.i1, p⟩, ⟨.f32, x⟩, ⟨.f32, y⟩] => guardSome (p.beq x && x.beq y) (.f32 x)
  | op, l =>
    match shapesOf l with
    | none => none
    | some ss => numbers (op.inferShape ss)

end Lmx
end
