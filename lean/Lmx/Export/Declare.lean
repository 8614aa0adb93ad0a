import Lean
import Lmx.Export.Quote

/-!
# Exported graphs as declarations

Defines a net's graph as a closed term, `Lmx.Exported.NET`, and has the kernel prove `Lmx.Exported.NET_correct : Graph.Correct Lmx.Exported.NET`.
What the exporter computes on the way is only a guess: the kernel evaluates every stage of every program itself, from the spec on, and compares. A stage
starts at the closed term with which the one before it ended, so that the kernel holds one stage at a time.
-/

open Lean (Name Expr Environment)
open Lmx

namespace LmxDeclare

/-- An environment, or what the kernel refuses. -/
abbrev Declared := Except String Environment

/-- What `f` makes of an environment, if there is one. -/
@[inline] def and (d : Declared) (f : Environment → Declared) : Declared :=
  match d with
  | .ok env => f env
  | .error e => .error e

/-- The environment with a declaration that the kernel accepts. -/
def check (name : Name) (d : Lean.Declaration) (env : Environment) : Declared :=
  match env.addDeclCore 0 d none with
  | .ok env => .ok env
  | .error _ => .error ("the kernel refuses " ++ name.toString)

/-- Defines a term of a type of the project. -/
def define (name type : Name) (value : Expr) : Environment → Declared :=
  check name (.defnDecl { name, levelParams := [], type := .const type [], value, hints := .abbrev, safety := .safe })

/-- States and proves. -/
def prove (name : Name) (type value : Expr) : Environment → Declared :=
  check name (.thmDecl { name, levelParams := [], type, value })

/-- The statement `a = b`. -/
def equation (type a b : Expr) : Expr := .app (.app (.app (.const `Eq [.succ .zero]) type) a) b

/-- Proves `a = b` by evaluation in the kernel. -/
def evaluate (name : Name) (type a b : Expr) : Environment → Declared :=
  prove name (equation type a b) (.app (.app (.const `Eq.refl [.succ .zero]) type) b)

/-- Proves that a truth value is true by evaluation in the kernel. -/
def decide (name : Name) (a : Expr) : Environment → Declared := evaluate name (.const `Bool []) a (.const `Bool.true [])

/-- A program in the making: as it is derived, and after each pass. -/
structure Stages where
  /-- Its name. -/
  name : String
  /-- Its derivation from the spec. -/
  derivation : Expr
  /-- As it is derived. -/
  source : Program
  /-- Without dead nodes, in primitives. -/
  expanded : Program
  /-- With equal nodes shared. -/
  final : Program

/-- The stages of a program. -/
def Stages.of (name : String) (derivation : Expr) (source : Program) : Stages :=
  let expanded := source.removeDead.expand
  ⟨name, derivation, source, expanded, expanded.share⟩

/-- The programs of a net, in the order of the graph. -/
def programs (spec : Expr) (s : NetSpec) : List Stages :=
  let train (o : Name) : Expr := LmxQuote.app `Lmx.NetSpec.trainSource [spec, .const o []]
  [.of "forward" (LmxQuote.app `Lmx.NetSpec.forwardSource [spec]) s.forwardSource,
   .of "grad" (LmxQuote.app `Lmx.NetSpec.gradSource [spec]) s.gradSource,
   .of "train_adamw" (train `Lmx.adamw) (s.trainSource adamw),
   .of "train_sgd" (train `Lmx.sgd) (s.trainSource sgd)]

/-- A declaration of a program. -/
def part (name : Name) (s : String) : Expr := .const (Name.str name s) []

/-- Defines what a pass gives and proves that it does: `NAME.STAGE`, and `NAME.STAGE_eq : TERM = NAME.STAGE`. -/
def stage (name : Name) (s : String) (term : Expr) (result : Program) (env : Environment) : Declared :=
  and (define (Name.str name s) `Lmx.Program (LmxQuote.program result) env) fun env =>
    evaluate (Name.str name (s ++ "_eq")) (.const `Lmx.Program []) term (part name s) env

/-- Declares the stages of a program, and `NAME.finish_eq : Program.finish DERIVATION = NAME.final`. -/
def program (name : Name) (s : Stages) (env : Environment) : Declared :=
  let stages := map (fun s => part name s) ["source", "expanded", "final", "expanded_eq", "final_eq"]
  let finished := LmxQuote.app `Lmx.Program.finish_eq_of_stages stages
  and (stage name "source" s.derivation s.source env) fun env =>
  and (stage name "expanded" (LmxQuote.app `Lmx.Program.expand [LmxQuote.app `Lmx.Program.removeDead [part name "source"]]) s.expanded env) fun env =>
  and (stage name "final" (LmxQuote.app `Lmx.Program.share [part name "expanded"]) s.final env) fun env =>
    prove (Name.str name "finish_eq") (equation (.const `Lmx.Program []) (LmxQuote.app `Lmx.Program.finish [s.derivation]) (part name "final"))
      (LmxQuote.app `Lmx.Program.finish_eq_of_source [s.derivation, part name "source", part name "final", part name "source_eq", finished]) env

/-- Declares the stages of programs. -/
def all (name : Name) : List Stages → Environment → Declared
  | [], env => .ok env
  | s :: l, env => and (program (Name.str name s.name) s env) fun env => all name l env

/-- The graph that the programs make. -/
def graphOf (spec : NetSpec) (l : List Stages) : Graph := ⟨spec, map (fun s => ⟨s.name, s.final⟩) l⟩

/-- Declares the graph of a net as `name`, whose spec is declared as `spec`, and proves `name ++ "_correct"`. -/
def graph (name theoremName spec : Name) (l : List Stages) (g : Graph) (env : Environment) : Declared :=
  let graph : Expr := .const name []
  let of (s : String) : List Expr := map (fun p => part (Name.str name p.name) s) l
  let net : Expr := .const spec []
  and (all name l env) fun env =>
  and (define name `Lmx.Graph (LmxQuote.graph g) env) fun env =>
  and (prove (Name.str name "derived") (equation (.const `Lmx.Graph []) (LmxQuote.app `Lmx.NetSpec.graph [net]) graph)
    (LmxQuote.app `Lmx.NetSpec.graph_eq_of_programs (append (net :: of "final") (of "finish_eq"))) env) fun env =>
  and (decide (Name.str name "check") (LmxQuote.app `Lmx.Graph.check [graph]) env) fun env =>
    prove theoremName (LmxQuote.app `Lmx.Graph.Correct [graph])
      (LmxQuote.app `Lmx.Graph.correct_of_derived [net, graph, part name "derived", part name "check"]) env

end LmxDeclare
