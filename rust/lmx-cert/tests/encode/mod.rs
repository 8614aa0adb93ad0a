//! A graph as the closed term that Lean's exporter writes, independently of the decoder: the inverse, on small and on real graphs.
#![allow(dead_code)] // Each test uses its part.

use std::collections::HashMap;

use lmx_cert::canonical::{Declaration, Id, Kind, Term, TermsBuilder};
use lmx_graph::{
    Activation, DType, Dim, Direction, Graph, Init, LayerKind, Op, Padding, Program, Role, Shape,
    TensorType,
};

/// The text of the definition of `constant` as this graph.
pub fn term(constant: &'static str, graph: &Graph) -> String {
    let mut e = Encoder::default();
    let ty = e.constant("Lmx.Graph");
    let value = e.graph(graph);
    Declaration {
        kind: Kind::Def,
        name: constant,
        parameters: 0,
        terms: e.terms.finish(),
        roots: vec![ty, value],
    }
    .to_text()
}

/// Glorot's initialisation of the last layer, which has no ReLU, as Lean derives it.
pub fn with_lean_inits(mut graph: Graph) -> Graph {
    if let [.., last, _] = graph.params.as_mut_slice() {
        let (fan_in, fan_out) = (last.shape[0], last.shape[1]);
        last.init = Init::XavierUniform { fan_in, fan_out };
    }
    graph
}

#[derive(Default)]
struct Encoder {
    terms: TermsBuilder<'static>,
    /// Lists of arguments that were written in this program.
    arguments: HashMap<Vec<usize>, Id>,
}

fn keep(text: String) -> &'static str {
    text.leak()
}

impl Encoder {
    fn constant(&mut self, name: &'static str) -> Id {
        self.terms.add(Term::Const(name))
    }

    fn apply(&mut self, name: &'static str, args: &[Id]) -> Id {
        let head = self.constant(name);
        let mut add = |f, a: &Id| self.terms.add(Term::App(f, *a));
        args.iter().fold(head, &mut add)
    }

    fn nat(&mut self, n: u64) -> Id {
        self.terms.add(Term::Nat(keep(n.to_string())))
    }

    fn text(&mut self, text: &str) -> Id {
        self.terms.add(Term::Str(keep(text.to_owned())))
    }

    fn list(&mut self, element: &'static str, list: &[Id]) -> Id {
        let ty = self.constant(element);
        let nil = self.apply("List.nil 0", &[ty]);
        let mut cons = |tail, head: &Id| self.apply("List.cons 0", &[ty, *head, tail]);
        list.iter().rev().fold(nil, &mut cons)
    }

    fn nats<'n>(&mut self, list: impl IntoIterator<Item = &'n u64>) -> Id {
        let list: Vec<_> = list.into_iter().map(|n| self.nat(*n)).collect();
        self.list("Nat", &list)
    }

    fn indices(&mut self, list: &[usize]) -> Id {
        let list: Vec<_> = list.iter().map(|n| *n as u64).collect();
        self.nats(&list)
    }

    fn pair(&mut self, [a, b]: [u64; 2]) -> Id {
        let nat = self.constant("Nat");
        let (a, b) = (self.nat(a), self.nat(b));
        self.apply("Prod.mk 0 0", &[nat, nat, a, b])
    }

    fn graph(&mut self, graph: &Graph) -> Id {
        let layers: Vec<_> = graph
            .spec
            .layers
            .iter()
            .map(|l| self.layer(&l.kind))
            .collect();
        let spec = [
            self.text(&graph.name),
            self.nats(&graph.spec.input),
            self.nat(graph.spec.classes),
            self.list("Lmx.Layer", &layers),
        ];
        let spec = self.apply("Lmx.NetSpec.mk", &spec);
        let mut programs = vec![];
        for (name, program) in &graph.programs {
            let parts = [self.text(name), self.program(program)];
            programs.push(self.apply("Lmx.NamedProgram.mk", &parts));
        }
        let programs = self.list("Lmx.NamedProgram", &programs);
        self.apply("Lmx.Graph.mk", &[spec, programs])
    }

    fn activation(&mut self, activation: Activation) -> Id {
        self.constant(match activation {
            Activation::Identity => "Lmx.Activation.identity",
            Activation::Relu => "Lmx.Activation.relu",
        })
    }

    fn padding(&mut self, padding: Padding) -> Id {
        self.constant(match padding {
            Padding::Same => "Lmx.Padding.same",
            Padding::Valid => "Lmx.Padding.valid",
        })
    }

    fn layer(&mut self, kind: &LayerKind) -> Id {
        match *kind {
            LayerKind::Dense { units, activation } => {
                let args = [self.nat(units), self.activation(activation)];
                self.apply("Lmx.Layer.dense", &args)
            }
            LayerKind::Conv2d {
                filters,
                kernel,
                stride,
                padding,
                activation,
            } => {
                let args = [
                    self.nat(filters),
                    self.pair(kernel),
                    self.pair(stride),
                    self.padding(padding),
                    self.activation(activation),
                ];
                self.apply("Lmx.Layer.conv2d", &args)
            }
            LayerKind::MaxPool {
                window,
                stride,
                padding,
            } => {
                let args = [self.pair(window), self.pair(stride), self.padding(padding)];
                self.apply("Lmx.Layer.maxPool", &args)
            }
            LayerKind::GlobalAvgPool => self.constant("Lmx.Layer.globalAvgPool"),
            LayerKind::Flatten => self.constant("Lmx.Layer.flatten"),
        }
    }

    fn dims(&mut self, dims: &[Dim]) -> Id {
        let mut list = vec![];
        for dim in dims {
            let (name, n) = match dim {
                Dim::Fixed(n) => ("Lmx.Dim.fixed", *n),
                Dim::Batch(n) => ("Lmx.Dim.batch", *n),
            };
            let n = self.nat(n);
            list.push(self.apply(name, &[n]));
        }
        self.list("Lmx.Dim", &list)
    }

    fn var(&mut self, id: usize, ty: &TensorType) -> Id {
        let dtype = self.constant(match ty.dtype {
            DType::F32 => "Lmx.DType.f32",
            DType::I1 => "Lmx.DType.i1",
        });
        let shape = self.dims(&ty.shape.0);
        let ty = self.apply("Lmx.TensorType.mk", &[dtype, shape]);
        let id = self.nat(id as u64);
        self.apply("Lmx.Var.mk", &[id, ty])
    }

    fn port(&mut self, name: &str, role: Role, var: Id) -> Id {
        let role = self.constant(match role {
            Role::Param => "Lmx.Role.param",
            Role::OptimizerState => "Lmx.Role.optimizerState",
            Role::Image => "Lmx.Role.image",
            Role::Label => "Lmx.Role.label",
            Role::Hyperparameter => "Lmx.Role.hyperparameter",
            Role::Gradient => "Lmx.Role.gradient",
            Role::Logits => "Lmx.Role.logits",
            Role::Loss => "Lmx.Role.loss",
            Role::Metric => "Lmx.Role.metric",
        });
        let name = self.text(name);
        self.apply("Lmx.Port.mk", &[name, role, var])
    }

    fn arguments(&mut self, program: &Program, args: &[usize]) -> Id {
        if let Some(id) = self.arguments.get(args) {
            return *id;
        }
        let var = |a: &usize| self.var(*a, program.ty(*a).unwrap());
        let vars: Vec<_> = args.iter().map(var).collect();
        let id = self.list("Lmx.Var", &vars);
        self.arguments.insert(args.to_vec(), id);
        id
    }

    fn program(&mut self, program: &Program) -> Id {
        self.arguments.clear();
        let mut inputs = vec![];
        for (i, input) in program.inputs.iter().enumerate() {
            let var = self.var(i, &input.ty);
            inputs.push(self.port(&input.name, input.role, var));
        }
        let mut nodes = vec![];
        for (i, node) in program.nodes.iter().enumerate() {
            let out = self.var(inputs.len() + i, &node.ty);
            let op = self.op(&node.op, &node.ty.shape);
            let args = self.arguments(program, &node.args);
            nodes.push(self.apply("Lmx.Node.mk", &[out, op, args]));
        }
        let mut outputs = vec![];
        for output in &program.outputs {
            let var = self.var(output.value, program.ty(output.value).unwrap());
            outputs.push(self.port(&output.name, output.role, var));
        }
        let parts = [
            self.list("Lmx.Port", &inputs),
            self.list("Lmx.Node", &nodes),
            self.list("Lmx.Port", &outputs),
        ];
        self.apply("Lmx.Program.mk", &parts)
    }

    /// A rational, from its text `p/q`.
    fn literal(&mut self, value: &str) -> Id {
        let (p, q) = value.split_once('/').unwrap_or((value, "1"));
        let negative = self.constant(if p.starts_with('-') {
            "Bool.true"
        } else {
            "Bool.false"
        });
        let mut digits = |d: &str| self.terms.add(Term::Nat(keep(d.to_owned())));
        let (num, den) = (digits(p.trim_start_matches('-')), digits(q));
        self.apply("Lmx.Literal.mk", &[negative, num, den])
    }

    fn op(&mut self, op: &Op, shape: &Shape) -> Id {
        let function = match op {
            Op::Negate => Some(("Lmx.Op.unary", "Lmx.Unary.negate")),
            Op::Exponential => Some(("Lmx.Op.unary", "Lmx.Unary.exponential")),
            Op::Log => Some(("Lmx.Op.unary", "Lmx.Unary.log")),
            Op::Sqrt => Some(("Lmx.Op.unary", "Lmx.Unary.sqrt")),
            Op::Add => Some(("Lmx.Op.binary", "Lmx.Binary.add")),
            Op::Subtract => Some(("Lmx.Op.binary", "Lmx.Binary.subtract")),
            Op::Multiply => Some(("Lmx.Op.binary", "Lmx.Binary.multiply")),
            Op::Divide => Some(("Lmx.Op.binary", "Lmx.Binary.divide")),
            Op::Maximum => Some(("Lmx.Op.binary", "Lmx.Binary.maximum")),
            Op::Compare { direction } => Some((
                "Lmx.Op.compare",
                match direction {
                    Direction::Eq => "Lmx.Direction.eq",
                    Direction::Ge => "Lmx.Direction.ge",
                    Direction::Gt => "Lmx.Direction.gt",
                },
            )),
            _ => None,
        };
        if let Some((op, f)) = function {
            let f = self.constant(f);
            return self.apply(op, &[f]);
        }
        let (name, args) = match op {
            Op::Constant { value } => {
                let args = vec![self.literal(&value.to_string()), self.dims(&shape.0)];
                ("Lmx.Op.constant", args)
            }
            Op::BatchSize => ("Lmx.Op.batchSize", vec![]),
            Op::Select => ("Lmx.Op.select", vec![]),
            Op::BroadcastInDim { dims } => (
                "Lmx.Op.broadcast",
                vec![self.indices(dims), self.dims(&shape.0)],
            ),
            Op::Reshape => ("Lmx.Op.reshape", vec![self.dims(&shape.0)]),
            Op::Transpose { permutation } => ("Lmx.Op.transpose", vec![self.indices(permutation)]),
            Op::Slice {
                start,
                limit,
                stride,
            } => {
                let args = vec![self.nats(start), self.dims(limit), self.nats(stride)];
                ("Lmx.Op.slice", args)
            }
            Op::Pad {
                low,
                high,
                interior,
                value,
            } => {
                let args = vec![
                    self.nats(low),
                    self.nats(high),
                    self.nats(interior),
                    self.literal(&value.to_string()),
                ];
                ("Lmx.Op.pad", args)
            }
            Op::Concatenate { dim } => ("Lmx.Op.concatenate", vec![self.nat(*dim as u64)]),
            Op::DotGeneral {
                lhs_batch,
                rhs_batch,
                lhs_contract,
                rhs_contract,
            } => {
                let lists = [lhs_batch, rhs_batch, lhs_contract, rhs_contract];
                ("Lmx.Op.dot", lists.map(|l| self.indices(l)).to_vec())
            }
            Op::ReduceSum { dims } => ("Lmx.Op.reduceSum", vec![self.indices(dims)]),
            Op::ReduceMax { dims } => ("Lmx.Op.reduceMax", vec![self.indices(dims)]),
            _ => unreachable!("a pointwise function"),
        };
        self.apply(name, &args)
    }
}
