module
public import Init
@[expose] public section

/-!
# Lists and a map on natural numbers

The exporter runs in Lean's interpreter, also under builds of Lean that ship no compiled bodies for polymorphic
functions of other modules. So the few recursions here take a function and are specialised where they are used, and everything else is
inlined to them. Interpreter and kernel both evaluate what is written with them.

`NatMap` is a binary trie: look-up and insertion take as many steps as the key has bits, which keeps the passes
over programs near linear, in the kernel too.
-/

namespace Lmx

variable {α β γ : Type}

/-! ### The recursions -/

/-- `f a₁ (f a₂ (… b))`. -/
@[specialize] def foldr (f : α → β → β) (b : β) : List α → β
  | [] => b
  | a :: l => f a (foldr f b l)

/-- `f (… (f (f b a₁) a₂) …)`. -/
@[specialize] def foldl (f : β → α → β) (b : β) : List α → β
  | [] => b
  | a :: l => foldl f (f b a) l

/-- `f (f (… a))`, `n` times. -/
@[specialize] def iterate (f : α → α) (a : α) : Nat → α
  | 0 => a
  | n + 1 => f (iterate f a n)

/-! ### Lists -/

/-- `f` of each element. -/
@[inline] def map (f : α → β) (l : List α) : List β := foldr (fun a r => f a :: r) [] l

/-- The elements of `l`, then those of `m`. -/
@[inline] def append (l m : List α) : List α := foldr (fun a r => a :: r) m l

/-- The concatenation of lists. -/
@[inline] def join (l : List (List α)) : List α := foldr (fun a r => append a r) [] l

/-- The list in reverse order. -/
@[inline] def reverse (l : List α) : List α := foldl (fun r a => a :: r) [] l

/-- The number of elements. -/
@[inline] def length (l : List α) : Nat := foldr (fun _ n => n + 1) 0 l

/-- The element at a position, or `d` past the end. -/
@[inline] def nth (d : α) (l : List α) (n : Nat) : α :=
  foldr (fun a (k : Nat → α) (n : Nat) => match n with | 0 => a | n + 1 => k n) (fun _ => d) l n

/-- Does every element satisfy `p`? -/
@[inline] def all (p : α → Bool) (l : List α) : Bool := foldr (fun a r => p a && r) true l

/-- Does an element satisfy `p`? -/
@[inline] def any (p : α → Bool) (l : List α) : Bool := foldr (fun a r => p a || r) false l

/-- The elements that satisfy `p`. -/
@[inline] def filter (p : α → Bool) (l : List α) : List α := foldr (fun a r => cond (p a) (a :: r) r) [] l

/-- `f` of the elements at the same position, as long as both lists last. -/
@[inline] def zipWith (f : α → β → γ) (l : List α) (m : List β) : List γ :=
  foldr (fun a (k : List β → List γ) (m : List β) => match m with | [] => [] | b :: m => f a b :: k m) (fun _ => []) l m

/-- Pairs of elements at the same position, as long as both lists last. -/
@[inline] def zip (l : List α) (m : List β) : List (α × β) := zipWith (fun a b => (a, b)) l m

/-- The first `n` elements. -/
@[inline] def take (n : Nat) (l : List α) : List α :=
  foldr (fun a (k : Nat → List α) (n : Nat) => match n with | 0 => [] | n + 1 => a :: k n) (fun _ => []) l n

/-- All but the first `n` elements. -/
@[inline] def drop (n : Nat) (l : List α) : List α :=
  iterate (fun l => match l with | [] => [] | _ :: l => l) l n

/-- `n` copies. -/
@[inline] def replicate (a : α) (n : Nat) : List α := iterate (fun l => a :: l) [] n

/-- Equality of lists, given equality of elements. -/
@[inline] def listBeq (eq : α → α → Bool) (l m : List α) : Bool :=
  foldr (fun a (k : List α → Bool) (m : List α) => match m with | [] => false | b :: m => eq a b && k m)
    (fun m => match m with | [] => true | _ :: _ => false) l m

/-- `k, k + 1, …, k + n - 1`. -/
def rangeFrom (k : Nat) : Nat → List Nat
  | 0 => []
  | n + 1 => k :: rangeFrom (k + 1) n

/-- `0, 1, …, n - 1`. -/
def range (n : Nat) : List Nat := rangeFrom 0 n

/-- Is the number in the list? -/
def mem (n : Nat) (l : List Nat) : Bool := any (fun m => Nat.beq n m) l

/-- Equality of lists of numbers. -/
def natsBeq (a b : List Nat) : Bool := listBeq (fun n m => Nat.beq n m) a b

/-- The product of numbers. -/
def product (l : List Nat) : Nat := foldr (fun n r => n * r) 1 l

/-- A digit. -/
def digitText : Nat → String
  | 0 => "0" | 1 => "1" | 2 => "2" | 3 => "3" | 4 => "4" | 5 => "5" | 6 => "6" | 7 => "7" | 8 => "8" | _ => "9"

/-- Decimal digits; `fuel` exceeds their number. -/
def natTextFuel : Nat → Nat → String
  | 0, _ => ""
  | fuel + 1, n => cond (Nat.ble n 9) (digitText n) (natTextFuel fuel (n / 10) ++ digitText (n % 10))

/-- A number in decimal. The kernel evaluates it under every build of Lean, unlike `Nat.repr`. -/
def natText (n : Nat) : String := natTextFuel (n + 1) n

/-- `some a` if the condition holds. -/
@[inline] def guardSome (c : Bool) (a : α) : Option α := cond c (some a) none

/-! ### Maps from natural numbers -/

/-- A finite map from natural numbers. -/
inductive NatMap (α : Type) where
  /-- No keys. -/
  | leaf
  /-- The value at 0, and the maps `k ↦ 2k + 1` and `k ↦ 2k + 2`. -/
  | node (value : Option α) (odd even : NatMap α)

namespace NatMap

/-- `found` of the value at a key, `missing` if there is none. -/
@[specialize] def findWith (found : α → β) (missing : β) : NatMap α → Nat → β
  | leaf, _ => missing
  | node v o e, k =>
    match k with
    | 0 => match v with | some a => found a | none => missing
    | k + 1 => cond (Nat.beq (k % 2) 0) (findWith found missing o (k / 2)) (findWith found missing e (k / 2))

/-- The value at a key. -/
@[inline] def find (t : NatMap α) (k : Nat) : Option α := findWith (fun a => some a) none t k

/-- The map with the value at one key set by `f`; `fuel` exceeds the number of the key's bits. -/
@[specialize] def alterFuel (f : Option α → α) : Nat → NatMap α → Nat → NatMap α
  | 0, t, _ => t
  | n + 1, leaf, k =>
    match k with
    | 0 => node (some (f none)) leaf leaf
    | k + 1 => cond (Nat.beq (k % 2) 0) (node none (alterFuel f n leaf (k / 2)) leaf) (node none leaf (alterFuel f n leaf (k / 2)))
  | n + 1, node v o e, k =>
    match k with
    | 0 => node (some (f v)) o e
    | k + 1 => cond (Nat.beq (k % 2) 0) (node v (alterFuel f n o (k / 2)) e) (node v o (alterFuel f n e (k / 2)))

/-- The map with one key set. -/
@[inline] def insert (t : NatMap α) (k : Nat) (a : α) : NatMap α := alterFuel (fun _ => a) (k + 1) t k

end NatMap
end Lmx
end
