//! From a definition's value to a graph.

use std::collections::{BTreeMap, HashMap};

use lmx_graph::{
    Activation, DType, Dim, Direction, Graph, Input, LayerKind, Node, Op, Output, Padding, Program,
    Role, Sha256, Shape, TensorType, limits, parse_rational,
};

use super::spec::{self, NetSpec};
use super::{At, TermError};
use crate::canonical::{Declaration, Id, Kind, Term, Terms};

/// Elements of all lists of a term together: what is shared in the text is decoded again wherever it stands.
const ELEMENTS: usize = 1 << 23;
/// Characters of a name in a program: a prefix and a parameter's name.
const NAME: usize = 2 * limits::NAME;
/// Layers of a net.
const LAYERS: usize = 10_000;

type Decoded<T> = Result<T, TermError>;

/// The graph that a definition is of; `sha256` is of the definition's text.
pub(crate) fn decode(declaration: &Declaration<'_>, sha256: Sha256) -> Decoded<Graph> {
    let at = At::Root;
    let mut decoder = Decoder {
        terms: &declaration.terms,
        types: HashMap::new(),
        elements: 0,
        sha256,
    };
    let expected = "a definition of type Lmx.Graph without universe parameters";
    let (Kind::Def, 0, &[ty, value]) = (
        declaration.kind,
        declaration.parameters,
        declaration.roots.as_slice(),
    ) else {
        return decoder.not(
            at,
            expected,
            format!("a declaration `{}`", declaration.kind),
        );
    };
    if decoder.terms.get(ty) != Some(Term::Const("Lmx.Graph")) {
        return decoder.unexpected(at, expected, ty);
    }
    decoder.graph(value)
}

/// What is applied, and its first arguments.
struct Spine<'a> {
    head: &'a str,
    args: [Id; 8],
    count: usize,
}

impl Spine<'_> {
    /// The head and its arguments; of more than eight, none.
    fn parts(&self) -> (&str, &[Id]) {
        (self.head, self.args.get(..self.count).unwrap_or_default())
    }
}

/// The values of a program that stand before a place, by the terms that denote them.
struct Defined {
    values: Vec<Option<usize>>,
    count: usize,
}

impl Defined {
    fn new(terms: usize) -> Self {
        Defined {
            values: vec![None; terms],
            count: 0,
        }
    }

    fn get(&self, id: Id) -> Option<usize> {
        self.values.get(id).copied().flatten()
    }

    fn add(&mut self, id: Id) {
        if let Some(value) = self.values.get_mut(id) {
            *value = Some(self.count);
            self.count += 1;
        }
    }
}

struct Decoder<'d, 'a> {
    terms: &'d Terms<'a>,
    types: HashMap<Id, TensorType>,
    elements: usize,
    sha256: Sha256,
}

impl<'a> Decoder<'_, 'a> {
    fn not<T>(&self, at: At<'_>, expected: impl Into<String>, found: String) -> Decoded<T> {
        Err(TermError {
            at: at.to_string(),
            expected: expected.into(),
            found,
        })
    }

    fn unexpected<T>(&self, at: At<'_>, expected: impl Into<String>, id: Id) -> Decoded<T> {
        self.not(at, expected, self.terms.show(id))
    }

    /// A constant applied to at most eight terms; anything else has the empty head.
    fn spine(&self, id: Id) -> Spine<'a> {
        let mut reversed = [0; 8];
        let mut count = 0;
        let mut head = id;
        loop {
            match self.terms.get(head) {
                Some(Term::App(f, a)) => match reversed.get_mut(count) {
                    Some(place) => {
                        *place = a;
                        count += 1;
                        head = f;
                    }
                    None => break,
                },
                Some(Term::Const(head)) => {
                    let mut args = [0; 8];
                    let given = reversed.iter().take(count).rev();
                    for (arg, given) in args.iter_mut().zip(given) {
                        *arg = *given;
                    }
                    return Spine { head, args, count };
                }
                _ => break,
            }
        }
        Spine {
            head: "",
            args: [0; 8],
            count: 0,
        }
    }

    /// The arguments of a constructor.
    fn fields<const N: usize>(&self, at: At<'_>, id: Id, constructor: &str) -> Decoded<[Id; N]> {
        let spine = self.spine(id);
        let (head, args) = spine.parts();
        match <[Id; N]>::try_from(args) {
            Ok(args) if head == constructor => Ok(args),
            _ => self.unexpected(at, format!("{constructor} of {N} terms"), id),
        }
    }

    /// A member of an enumeration.
    fn member<T: Copy>(&self, at: At<'_>, id: Id, members: &[(&str, T)]) -> Decoded<T> {
        let found = match self.terms.get(id) {
            Some(Term::Const(name)) => members.iter().find(|(n, _)| *n == name),
            _ => None,
        };
        match found {
            Some((_, member)) => Ok(*member),
            None => {
                let names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
                self.unexpected(at, names.join(" or "), id)
            }
        }
    }

    /// A list of at most `limit` elements of a type, each read by `read`.
    fn list<T>(
        &mut self,
        at: At<'_>,
        id: Id,
        element: &str,
        limit: usize,
        mut read: impl FnMut(&mut Self, At<'_>, Id) -> Decoded<T>,
    ) -> Decoded<Vec<T>> {
        let mut list = vec![];
        let mut rest = id;
        loop {
            let spine = self.spine(rest);
            let (head, args) = spine.parts();
            let of = |ty: Id| self.terms.get(ty) == Some(Term::Const(element));
            match (head, args) {
                ("List.nil 0", [ty]) if of(*ty) => return Ok(list),
                ("List.cons 0", [ty, first, tail]) if of(*ty) => {
                    self.elements += 1;
                    if list.len() == limit || self.elements > ELEMENTS {
                        let expected =
                            format!("at most {limit} elements, and {ELEMENTS} in all lists");
                        return self.not(at, expected, "more".to_owned());
                    }
                    let element = read(self, at.index(list.len()), *first)?;
                    list.push(element);
                    rest = *tail;
                }
                _ => return self.unexpected(at, format!("a list of {element}"), rest),
            }
        }
    }

    fn digits(&self, at: At<'_>, id: Id, limit: usize) -> Decoded<&'a str> {
        match self.terms.get(id) {
            Some(Term::Nat(digits)) if digits.len() <= limit => Ok(digits),
            _ => self.unexpected(at, format!("a number of at most {limit} digits"), id),
        }
    }

    fn nat(&self, at: At<'_>, id: Id) -> Decoded<u64> {
        match self.digits(at, id, 20)?.parse() {
            Ok(n) => Ok(n),
            Err(_) => self.unexpected(at, "a number below 2^64", id),
        }
    }

    fn index(&self, at: At<'_>, id: Id) -> Decoded<usize> {
        match usize::try_from(self.nat(at, id)?) {
            Ok(n) => Ok(n),
            Err(_) => self.unexpected(at, "an index", id),
        }
    }

    fn text(&self, at: At<'_>, id: Id, limit: usize) -> Decoded<&'a str> {
        match self.terms.get(id) {
            Some(Term::Str(text)) if text.len() <= limit => Ok(text),
            _ => self.unexpected(at, format!("a text of at most {limit} bytes"), id),
        }
    }

    fn nats(&mut self, at: At<'_>, id: Id) -> Decoded<Vec<u64>> {
        self.list(at, id, "Nat", limits::RANK, |d, at, id| d.nat(at, id))
    }

    fn indices(&mut self, at: At<'_>, id: Id) -> Decoded<Vec<usize>> {
        self.list(at, id, "Nat", limits::RANK, |d, at, id| d.index(at, id))
    }

    fn graph(&mut self, id: Id) -> Decoded<Graph> {
        let at = At::Root;
        let [net, programs] = self.fields(at, id, "Lmx.Graph.mk")?;
        let place = at.field("spec");
        let net = self.spec(place, net)?;
        let name = net.name.clone();
        let (spec, params) = spec::resolve(place, net)?;
        let place = at.field("programs");
        let named = self.list(place, programs, "Lmx.NamedProgram", 16, |d, at, id| {
            let [name, program] = d.fields(at, id, "Lmx.NamedProgram.mk")?;
            let name = d.text(at.field("name"), name, NAME)?;
            Ok((name.to_owned(), d.program(at.field("program"), program)?))
        })?;
        if !named.is_sorted_by(|a, b| a.0 < b.0) {
            return self.unexpected(place, "programs sorted by name, each once", programs);
        }
        Ok(Graph {
            name,
            spec,
            params,
            programs: named.into_iter().collect::<BTreeMap<_, _>>(),
            sha256: self.sha256,
        })
    }

    fn spec(&mut self, at: At<'_>, id: Id) -> Decoded<NetSpec> {
        let [name, input, classes, layers] = self.fields(at, id, "Lmx.NetSpec.mk")?;
        let layers = self.list(at.field("layers"), layers, "Lmx.Layer", LAYERS, Self::layer)?;
        Ok(NetSpec {
            name: self
                .text(at.field("name"), name, limits::NET_NAME)?
                .to_owned(),
            input: self.nats(at.field("input"), input)?,
            classes: self.nat(at.field("classes"), classes)?,
            layers,
        })
    }

    fn layer(&mut self, at: At<'_>, id: Id) -> Decoded<LayerKind> {
        let spine = self.spine(id);
        match spine.parts() {
            ("Lmx.Layer.dense", &[units, activation]) => Ok(LayerKind::Dense {
                units: self.nat(at.field("units"), units)?,
                activation: self.activation(at, activation)?,
            }),
            ("Lmx.Layer.conv2d", &[filters, kernel, stride, padding, activation]) => {
                Ok(LayerKind::Conv2d {
                    filters: self.nat(at.field("filters"), filters)?,
                    kernel: self.pair(at.field("kernel"), kernel)?,
                    stride: self.pair(at.field("stride"), stride)?,
                    padding: self.padding(at, padding)?,
                    activation: self.activation(at, activation)?,
                })
            }
            ("Lmx.Layer.maxPool", &[window, stride, padding]) => Ok(LayerKind::MaxPool {
                window: self.pair(at.field("window"), window)?,
                stride: self.pair(at.field("stride"), stride)?,
                padding: self.padding(at, padding)?,
            }),
            ("Lmx.Layer.globalAvgPool", []) => Ok(LayerKind::GlobalAvgPool),
            ("Lmx.Layer.flatten", []) => Ok(LayerKind::Flatten),
            _ => self.unexpected(at, "a layer", id),
        }
    }

    fn pair(&self, at: At<'_>, id: Id) -> Decoded<[u64; 2]> {
        let [first, second, a, b] = self.fields(at, id, "Prod.mk 0 0")?;
        for ty in [first, second] {
            if self.terms.get(ty) != Some(Term::Const("Nat")) {
                return self.unexpected(at, "a pair of numbers", id);
            }
        }
        Ok([self.nat(at.index(0), a)?, self.nat(at.index(1), b)?])
    }

    fn activation(&self, at: At<'_>, id: Id) -> Decoded<Activation> {
        let members = [
            ("Lmx.Activation.identity", Activation::Identity),
            ("Lmx.Activation.relu", Activation::Relu),
        ];
        self.member(at.field("activation"), id, &members)
    }

    fn padding(&self, at: At<'_>, id: Id) -> Decoded<Padding> {
        let members = [
            ("Lmx.Padding.same", Padding::Same),
            ("Lmx.Padding.valid", Padding::Valid),
        ];
        self.member(at.field("padding"), id, &members)
    }

    fn program(&mut self, at: At<'_>, id: Id) -> Decoded<Program> {
        let [inputs, nodes, outputs] = self.fields(at, id, "Lmx.Program.mk")?;
        // Equal terms have one number: an argument is a value that was defined before, under the very type, if its term is.
        let mut defined = Defined::new(self.terms.len());
        let port = "Lmx.Port";
        let inputs = self.list(
            at.field("inputs"),
            inputs,
            port,
            limits::INPUTS,
            |d, at, id| {
                let (name, role, var) = d.port(at, id)?;
                let ty = d.define(at.field("var"), var, &mut defined)?;
                Ok(Input { name, role, ty })
            },
        )?;
        let nodes = self.list(
            at.field("nodes"),
            nodes,
            "Lmx.Node",
            limits::NODES,
            |d, at, id| {
                let [out, op, args] = d.fields(at, id, "Lmx.Node.mk")?;
                let args = d.list(
                    at.field("args"),
                    args,
                    "Lmx.Var",
                    limits::NODES,
                    |d, at, id| d.defined(at, id, &defined),
                )?;
                let ty = d.define(at.field("out"), out, &mut defined)?;
                let op = d.op(at.field("op"), op, &ty.shape)?;
                Ok(Node { op, args, ty })
            },
        )?;
        let outputs = self.list(
            at.field("outputs"),
            outputs,
            port,
            limits::INPUTS,
            |d, at, id| {
                let (name, role, var) = d.port(at, id)?;
                let value = d.defined(at.field("var"), var, &defined)?;
                Ok(Output { name, role, value })
            },
        )?;
        Ok(Program {
            inputs,
            nodes,
            outputs,
        })
    }

    fn port(&self, at: At<'_>, id: Id) -> Decoded<(String, Role, Id)> {
        let [name, role, var] = self.fields(at, id, "Lmx.Port.mk")?;
        let roles = [
            ("Lmx.Role.param", Role::Param),
            ("Lmx.Role.optimizerState", Role::OptimizerState),
            ("Lmx.Role.image", Role::Image),
            ("Lmx.Role.label", Role::Label),
            ("Lmx.Role.hyperparameter", Role::Hyperparameter),
            ("Lmx.Role.gradient", Role::Gradient),
            ("Lmx.Role.logits", Role::Logits),
            ("Lmx.Role.loss", Role::Loss),
            ("Lmx.Role.metric", Role::Metric),
        ];
        let name = self.text(at.field("name"), name, NAME)?.to_owned();
        Ok((name, self.member(at.field("role"), role, &roles)?, var))
    }

    /// The type of the next value.
    fn define(&mut self, at: At<'_>, id: Id, defined: &mut Defined) -> Decoded<TensorType> {
        let [number, ty] = self.fields(at, id, "Lmx.Var.mk")?;
        let next = defined.count;
        if self.index(at.field("id"), number)? != next {
            return self.unexpected(at.field("id"), next.to_string(), number);
        }
        let ty = self.ty(at.field("type"), ty)?;
        defined.add(id);
        Ok(ty)
    }

    /// The number of a value.
    fn defined(&self, at: At<'_>, id: Id, defined: &Defined) -> Decoded<usize> {
        match defined.get(id) {
            Some(value) => Ok(value),
            None => self.unexpected(at, "a value that is defined before, under its type", id),
        }
    }

    fn ty(&mut self, at: At<'_>, id: Id) -> Decoded<TensorType> {
        if let Some(ty) = self.types.get(&id) {
            return Ok(ty.clone());
        }
        let [dtype, shape] = self.fields(at, id, "Lmx.TensorType.mk")?;
        let dtypes = [("Lmx.DType.f32", DType::F32), ("Lmx.DType.i1", DType::I1)];
        let ty = TensorType {
            dtype: self.member(at.field("dtype"), dtype, &dtypes)?,
            shape: self.shape(at.field("shape"), shape)?,
        };
        self.types.insert(id, ty.clone());
        Ok(ty)
    }

    fn shape(&mut self, at: At<'_>, id: Id) -> Decoded<Shape> {
        let dims = self.list(at, id, "Lmx.Dim", limits::RANK, |d, at, id| {
            let spine = d.spine(id);
            match spine.parts() {
                ("Lmx.Dim.fixed", &[n]) => Ok(Dim::Fixed(d.nat(at, n)?)),
                ("Lmx.Dim.batch", &[n]) => Ok(Dim::Batch(d.nat(at, n)?)),
                _ => d.unexpected(at, "a dimension", id),
            }
        })?;
        Ok(Shape(dims))
    }

    fn op(&mut self, at: At<'_>, id: Id, result: &Shape) -> Decoded<Op> {
        let spine = self.spine(id);
        match spine.parts() {
            ("Lmx.Op.constant", &[value, shape]) => {
                let value = self.literal(at.field("value"), value)?;
                self.same_shape(at, shape, result)?;
                Ok(Op::Constant { value })
            }
            ("Lmx.Op.batchSize", []) => Ok(Op::BatchSize),
            ("Lmx.Op.unary", &[f]) => {
                let functions = ["negate", "exponential", "log", "sqrt"];
                let ops = [Op::Negate, Op::Exponential, Op::Log, Op::Sqrt];
                self.function(at, f, "Lmx.Unary.", &functions, ops)
            }
            ("Lmx.Op.binary", &[f]) => {
                let functions = ["add", "subtract", "multiply", "divide", "maximum"];
                let ops = [Op::Add, Op::Subtract, Op::Multiply, Op::Divide, Op::Maximum];
                self.function(at, f, "Lmx.Binary.", &functions, ops)
            }
            ("Lmx.Op.compare", &[direction]) => {
                let directions = [
                    ("Lmx.Direction.eq", Direction::Eq),
                    ("Lmx.Direction.ge", Direction::Ge),
                    ("Lmx.Direction.gt", Direction::Gt),
                ];
                let direction = self.member(at.field("direction"), direction, &directions)?;
                Ok(Op::Compare { direction })
            }
            ("Lmx.Op.select", []) => Ok(Op::Select),
            ("Lmx.Op.broadcast", &[dims, shape]) => {
                let dims = self.indices(at.field("dims"), dims)?;
                self.same_shape(at, shape, result)?;
                Ok(Op::BroadcastInDim { dims })
            }
            ("Lmx.Op.reshape", &[shape]) => {
                self.same_shape(at, shape, result)?;
                Ok(Op::Reshape)
            }
            ("Lmx.Op.transpose", &[permutation]) => Ok(Op::Transpose {
                permutation: self.indices(at.field("permutation"), permutation)?,
            }),
            ("Lmx.Op.slice", &[start, limit, stride]) => Ok(Op::Slice {
                start: self.nats(at.field("start"), start)?,
                limit: self.shape(at.field("limit"), limit)?.0,
                stride: self.nats(at.field("stride"), stride)?,
            }),
            ("Lmx.Op.pad", &[low, high, interior, value]) => Ok(Op::Pad {
                low: self.nats(at.field("low"), low)?,
                high: self.nats(at.field("high"), high)?,
                interior: self.nats(at.field("interior"), interior)?,
                value: self.literal(at.field("value"), value)?,
            }),
            ("Lmx.Op.concatenate", &[dim]) => Ok(Op::Concatenate {
                dim: self.index(at.field("dim"), dim)?,
            }),
            ("Lmx.Op.dot", &[lhs_batch, rhs_batch, lhs_contract, rhs_contract]) => {
                Ok(Op::DotGeneral {
                    lhs_batch: self.indices(at.field("lhsBatch"), lhs_batch)?,
                    rhs_batch: self.indices(at.field("rhsBatch"), rhs_batch)?,
                    lhs_contract: self.indices(at.field("lhsContract"), lhs_contract)?,
                    rhs_contract: self.indices(at.field("rhsContract"), rhs_contract)?,
                })
            }
            ("Lmx.Op.reduceSum", &[dims]) => Ok(Op::ReduceSum {
                dims: self.indices(at.field("dims"), dims)?,
            }),
            ("Lmx.Op.reduceMax", &[dims]) => Ok(Op::ReduceMax {
                dims: self.indices(at.field("dims"), dims)?,
            }),
            _ => self.unexpected(at, "an op that can be exported", id),
        }
    }

    /// A pointwise function, by its name below a prefix.
    fn function<const N: usize>(
        &self,
        at: At<'_>,
        id: Id,
        prefix: &str,
        names: &[&str; N],
        ops: [Op; N],
    ) -> Decoded<Op> {
        let found = match self.terms.get(id) {
            Some(Term::Const(name)) => name.strip_prefix(prefix),
            _ => None,
        };
        let mut named = names.iter().zip(ops);
        match named.find(|(name, _)| found == Some(**name)) {
            Some((_, op)) => Ok(op),
            None => self.unexpected(at, format!("{prefix}{}", names.join(" or ")), id),
        }
    }

    /// An op that carries the shape of its result.
    fn same_shape(&mut self, at: At<'_>, id: Id, result: &Shape) -> Decoded<()> {
        let at = at.field("shape");
        let shape = self.shape(at, id)?;
        if shape == *result {
            return Ok(());
        }
        self.not(
            at,
            format!("{result}, that of the value"),
            shape.to_string(),
        )
    }

    fn literal(&self, at: At<'_>, id: Id) -> Decoded<num_rational::BigRational> {
        let [negative, num, den] = self.fields(at, id, "Lmx.Literal.mk")?;
        let members = [("Bool.true", "-"), ("Bool.false", "")];
        let sign = self.member(at.field("negative"), negative, &members)?;
        let num = self.digits(at.field("num"), num, limits::RATIONAL_DIGITS)?;
        let den = self.digits(at.field("den"), den, limits::RATIONAL_DIGITS)?;
        match parse_rational(&format!("{sign}{num}/{den}")) {
            Some(value) => Ok(value),
            None => self.unexpected(at, "a rational in lowest terms", id),
        }
    }
}
