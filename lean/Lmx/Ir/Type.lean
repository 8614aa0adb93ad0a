module
public import Lmx.Basic.List
@[expose] public section

/-!
# Tensor types

A dimension is a number or a multiple of the batch size `B`, which is chosen when a program is run. Literals are exact
rationals, so that the meaning of a program and its printed text share them.
-/

namespace Lmx

/-- A dimension of a tensor. -/
inductive Dim where
  /-- `n` -/
  | fixed (n : Nat)
  /-- `n` times the batch size -/
  | batch (n : Nat)
  deriving DecidableEq

/-- The dimensions of a tensor, outermost first. -/
abbrev Shape := List Dim

/-- The type of a tensor's elements. -/
inductive DType where
  /-- A number (IEEE binary32 where the program is run). -/
  | f32
  /-- A truth value. -/
  | i1
  deriving DecidableEq

/-- An element type and a shape. -/
structure TensorType where
  /-- Element type. -/
  dtype : DType
  /-- Shape. -/
  shape : Shape

/-- An exact rational, `±num/den`, in lowest terms with `den > 0`. -/
structure Literal where
  /-- Is it below zero? -/
  negative : Bool
  /-- Numerator's absolute value. -/
  num : Nat
  /-- Denominator. -/
  den : Nat

namespace Literal
/-- A natural number. -/
def ofNat (n : Nat) : Literal := ⟨false, n, 1⟩
/-- `1/n`. -/
def inv (n : Nat) : Literal := ⟨false, 1, n⟩
/-- Equality. -/
def beq (a b : Literal) : Bool :=
  (a.negative == b.negative) && Nat.beq a.num b.num && Nat.beq a.den b.den
/-- In lowest terms, with a positive denominator, and zero not negative. -/
def valid (a : Literal) : Bool :=
  Nat.beq (Nat.gcd a.num a.den) 1 && Nat.ble 1 a.den && (!a.negative || Nat.ble 1 a.num)
end Literal

namespace Dim
/-- The number, or the factor of the batch size. -/
def coeff : Dim → Nat
  | fixed n => n
  | batch n => n
/-- Does it depend on the batch size? -/
def isBatch : Dim → Bool
  | fixed _ => false
  | batch _ => true
/-- Equality. -/
def beq : Dim → Dim → Bool
  | fixed n, fixed m => Nat.beq n m
  | batch n, batch m => Nat.beq n m
  | _, _ => false
/-- The size at a batch size. -/
def size (B : Nat) : Dim → Nat
  | fixed n => n
  | batch n => n * B
end Dim

/-- Equality of shapes. -/
def Shape.beq (s t : Shape) : Bool := listBeq (fun a b => Dim.beq a b) s t

/-- How many of the dimensions depend on the batch size. -/
def Shape.degree (s : Shape) : Nat := length (filter (fun d => d.isBatch) s)

/-- The product of the dimensions' coefficients: with `degree`, the number of elements as a monomial in `B`. -/
def Shape.coeff (s : Shape) : Nat := product (map (fun d => d.coeff) s)

/-- Have two shapes the same number of elements at every batch size? -/
def Shape.sameSize (s t : Shape) : Bool := Nat.beq s.degree t.degree && Nat.beq s.coeff t.coeff

/-- The dimension at a place; zero past the end. -/
def Shape.dim (s : Shape) (i : Nat) : Dim := nth (.fixed 0) s i

/-- Is every dimension positive? -/
def Shape.positive (s : Shape) : Bool := all (fun d => Nat.ble 1 d.coeff) s

namespace DType
/-- Equality. -/
def beq : DType → DType → Bool
  | f32, f32 => true
  | i1, i1 => true
  | _, _ => false
end DType

namespace TensorType
/-- A tensor of numbers. -/
def f32 (s : Shape) : TensorType := ⟨.f32, s⟩
/-- A scalar. -/
def scalar : TensorType := ⟨.f32, []⟩
/-- Equality. -/
def beq (a b : TensorType) : Bool := DType.beq a.dtype b.dtype && Shape.beq a.shape b.shape
end TensorType

/-- A shape that does not depend on the batch size. -/
def fixedShape (s : List Nat) : Shape := map (fun n => Dim.fixed n) s

/-- One such tensor for each row of the batch. -/
def batched (s : List Nat) : Shape := .batch 1 :: fixedShape s

end Lmx
end
