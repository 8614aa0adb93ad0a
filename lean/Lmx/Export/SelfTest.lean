import Lean
import Lmx.Export.Declare
import Lmx.Export.Sha256
import Lmx.Nets.MnistLinear

/-!
# What must fail, fails

Run with every export: the texts of errors about specs, the hash, and that the kernel refuses a program that is not well formed, and one that is not what its
pass gives.
-/

open Lean (Name Environment)
open Lmx

namespace LmxSelfTest

/-- What a spec's error says. -/
def errorOf (spec : NetSpec) : String :=
  match spec.resolve with
  | .ok _ => "no error"
  | .error e => e

/-- A net on 28×28 images. -/
def net (layers : List Layer) : NetSpec := { name := "bad", input := [28, 28, 1], classes := 10, layers }

/-- A found text and the expected one. -/
def texts : List (String × String) := [
  (errorOf (net [.conv2d 32, .maxPool, .dense 10 .identity]),
    "bad: layer 3 (dense1) takes a vector [n], found shape [14, 14, 32]; put a flatten layer before it"),
  (errorOf (net [.flatten, .conv2d 32]), "bad: layer 2 (conv1) takes an image [height, width, channels], found shape [784]"),
  (errorOf (net [.conv2d 8 (3, 3) (1, 1) .valid, .conv2d 8 (40, 3) (1, 1) .valid]),
    "bad: layer 2 (conv2) has a kernel of shape [40, 3] and stride [1, 1], which does not fit its input of shape [26, 26]"),
  (errorOf (net [.maxPool (2, 2) (0, 2)]),
    "bad: layer 1 (pool1) has a window of shape [2, 2] and stride [0, 2], which does not fit its input of shape [28, 28]"),
  (errorOf (net [.flatten, .globalAvgPool]), "bad: layer 2 (gap1) takes an image [height, width, channels], found shape [784]"),
  (errorOf (net [.flatten, .dense 0]), "bad: layer 2 (dense1) has no units"),
  (errorOf (net [.flatten, .dense 12 .identity]), "bad: the last layer gives shape [12], and 10 classes need shape [10]"),
  (errorOf { net [.flatten] with input := [28, 0, 1] }, "bad: the input shape [28, 0, 1] has a dimension of size 0"),
  (errorOf (net [.conv2d 4 (3, 3) (2, 2), .maxPool (3, 3) (2, 2) .same, .globalAvgPool, .dense 10 .identity]), "no error"),
  (Sha256.ofString "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
  (Sha256.ofString "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]

/-- The graph with the nodes of its programs changed. -/
def change (f : List Node → List Node) (g : Graph) : Graph :=
  { g with programs := map (fun p => { p with program := { p.program with nodes := f p.program.nodes } }) g.programs }

/-- Does the kernel accept the declarations? -/
def accepts (d : LmxDeclare.Declared) : Bool :=
  match d with
  | .ok _ => true
  | .error _ => false

/-- Does the kernel accept the graph as well formed? -/
def wellFormed (env : Environment) (g : Graph) : Bool :=
  accepts (LmxDeclare.and (LmxDeclare.define `Lmx.Exported.selfTest `Lmx.Graph (LmxQuote.graph g) env) fun env =>
    LmxDeclare.decide `Lmx.Exported.selfTest_check (LmxQuote.app `Lmx.Graph.check [.const `Lmx.Exported.selfTest []]) env)

/-- Programs that are not well formed: without the first node; with a wrong type on it; with the first two exchanged; with a structured
op. -/
def wrong (g : Graph) : List Graph := [
  change (fun l => drop 1 l) g,
  change (fun l => match l with | n :: l => { n with out := { n.out with type := .f32 [.fixed 3] } } :: l | [] => []) g,
  change (fun l => match l with | a :: b :: l => b :: a :: l | l => l) g,
  change (fun l => match l with | n :: l => { n with op := .logSoftmax } :: l | [] => []) g]

/-- A node that subtracts instead of adding, or adds instead of subtracting. -/
def changeSign (n : Node) : Node :=
  match n.op with
  | .binary .add => { n with op := .binary .subtract }
  | .binary .subtract => { n with op := .binary .add }
  | _ => n

/-- Does the kernel accept what the last pass gives, changed by `f`? -/
def accepted (env : Environment) (s : LmxDeclare.Stages) (f : List Node → List Node) : Bool :=
  accepts (LmxDeclare.program `Lmx.Exported.selfTest.program { s with final := { s.final with nodes := f s.final.nodes } } env)

/-- Programs that are well formed and not what the pass gives: an order of arguments, a sign. -/
def otherwise : List (List Node → List Node) := [
  fun l => map (fun n => { n with args := reverse n.args }) l,
  fun l => map (fun n => changeSign n) l]

/-- Compares texts. -/
def compare : List (String × String) → IO Unit
  | [] => pure ()
  | (found, expected) :: l =>
    if found == expected then compare l
    else throw (IO.userError ("self-test: expected\n  " ++ expected ++ "\nfound\n  " ++ found))

/-- Fails unless everything is as it must be. -/
def run (env : Environment) : IO Unit := do
  compare texts
  let g := Nets.mnistLinear.graph
  let sgdStep := LmxDeclare.Stages.of "train_sgd"
    (LmxQuote.app `Lmx.NetSpec.trainSource [.const `Lmx.Nets.mnistLinear [], .const `Lmx.sgd []]) (Nets.mnistLinear.trainSource sgd)
  if !wellFormed env g then throw (IO.userError "self-test: the kernel refuses a program that is well formed")
  else if any (fun w => wellFormed env w) (wrong g) then
    throw (IO.userError "self-test: the kernel accepts a program that is not well formed")
  else if !accepted env sgdStep (fun l => l) then throw (IO.userError "self-test: the kernel refuses what the last pass gives")
  else if any (fun f => accepted env sgdStep f) otherwise then
    throw (IO.userError "self-test: the kernel accepts another program in the place of what the last pass gives")
  else pure ()

end LmxSelfTest
