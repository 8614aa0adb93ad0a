//! From bytes to a checked graph.

use std::collections::BTreeMap;
use std::path::Path;

use crate::canonical;
use crate::check::check_graph;
use crate::decode::{At, DecodeError};
use crate::error::GraphError;
use crate::file::read_limited;
use crate::hash::sha256;
use crate::limits;
use crate::names::Named;
use crate::rational::parse_rational;
use crate::types::{
    Dim, Direction, Graph, Init, Input, Layer, LayerKind, Node, Op, Output, Param, Program, Role,
    Shape, Spec, TensorType,
};
use num_rational::BigRational;

/// The names of the programs that each graph holds.
pub(crate) const PROGRAMS: [&str; 4] = ["forward", "grad", "train_adamw", "train_sgd"];

/// The value of a file's `format`.
pub(crate) const FORMAT: &str = "lmx-graph";

/// The value of a file's `version`.
pub(crate) const VERSION: u64 = 1;

type Decoded<T> = Result<T, DecodeError>;

impl Graph {
    /// Reads and checks a graph file; one over 64 MiB is refused without reading it.
    pub fn read(path: &Path) -> Result<Graph, GraphError> {
        let bytes = read_limited(path, limits::FILE_BYTES)?;
        Graph::from_bytes(&bytes).map_err(|error| GraphError::File {
            path: path.to_owned(),
            error: Box::new(error),
        })
    }

    /// The graph that these bytes are the canonical spelling of, if it checks.
    pub fn from_bytes(bytes: &[u8]) -> Result<Graph, GraphError> {
        let found = bytes.len() as u64;
        if found > limits::FILE_BYTES {
            return Err(GraphError::TooLarge {
                limit: limits::FILE_BYTES,
                found,
            });
        }
        let json = canonical::parse(bytes)?;
        let root = At::root(&json);
        root.header(FORMAT, VERSION)?;
        let [_, name, params, programs, spec, _] =
            root.fields(["format", "name", "params", "programs", "spec", "version"])?;
        let mut graph = Graph {
            name: net_name(&name)?,
            spec: read_spec(spec)?,
            params: params.list("parameters", limits::INPUTS, read_param)?,
            programs: BTreeMap::new(),
            sha256: sha256(bytes),
        };
        for (name, at) in PROGRAMS.into_iter().zip(programs.fields(PROGRAMS)?) {
            graph.programs.insert(name.to_owned(), read_program(at)?);
        }
        check_graph(&graph)?;
        Ok(graph)
    }
}

/// A net's name.
pub(crate) fn net_name(at: &At<'_>) -> Decoded<String> {
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
    at.name(limits::NET_NAME, "a-z, 0-9 and '-'", allowed)
}

/// The name of a layer or a parameter.
fn name(at: &At<'_>) -> Decoded<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    at.name(limits::NAME, "A-Z, a-z, 0-9, '_', '-' and '.'", allowed)
}

/// The name of an input or an output, which may also hold the `/` of `momentum/conv1.weight`.
fn value_name(at: &At<'_>) -> Decoded<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    at.name(
        2 * limits::NAME,
        "A-Z, a-z, 0-9, '_', '-', '.' and '/'",
        allowed,
    )
}

fn read_spec(at: At<'_>) -> Decoded<Spec> {
    let [classes, input, layers] = at.fields(["classes", "input", "layers"])?;
    Ok(Spec {
        classes: classes.positive()?,
        input: sizes(input)?,
        layers: layers.list("layers", limits::NODES, read_layer)?,
    })
}

/// Dimensions without a batch dimension; one place of the rank is left for it.
fn sizes(at: At<'_>) -> Decoded<Vec<u64>> {
    at.list("dimensions", limits::RANK - 1, |d| d.positive())
}

fn pair(at: At<'_>) -> Decoded<[u64; 2]> {
    let pair = at.list("integers", 2, |d| d.positive())?;
    <[u64; 2]>::try_from(pair).map_err(|_| at.unexpected("an array of 2"))
}

fn read_layer(at: At<'_>) -> Decoded<Layer> {
    const KINDS: [&str; 5] = ["conv2d", "dense", "flatten", "global_avg_pool", "max_pool"];
    let [kind] = at.some_fields(["kind"])?;
    let kind = kind.one_of("layer kind", KINDS, |k| {
        KINDS.into_iter().find(|known| *known == k)
    })?;
    let ([layer_name, output, params], kind) = match kind {
        "dense" => {
            let [activation, _, name, output, params, units] =
                at.fields(["activation", "kind", "name", "output", "params", "units"])?;
            let kind = LayerKind::Dense {
                units: units.positive()?,
                activation: activation.named()?,
            };
            ([name, output, params], kind)
        }
        "conv2d" => {
            let [
                activation,
                filters,
                kernel,
                _,
                name,
                output,
                padding,
                params,
                stride,
            ] = at.fields([
                "activation",
                "filters",
                "kernel",
                "kind",
                "name",
                "output",
                "padding",
                "params",
                "stride",
            ])?;
            let kind = LayerKind::Conv2d {
                filters: filters.positive()?,
                kernel: pair(kernel)?,
                stride: pair(stride)?,
                padding: padding.named()?,
                activation: activation.named()?,
            };
            ([name, output, params], kind)
        }
        "max_pool" => {
            let [_, name, output, padding, params, stride, window] = at.fields([
                "kind", "name", "output", "padding", "params", "stride", "window",
            ])?;
            let kind = LayerKind::MaxPool {
                window: pair(window)?,
                stride: pair(stride)?,
                padding: padding.named()?,
            };
            ([name, output, params], kind)
        }
        plain => {
            let [_, name, output, params] = at.fields(["kind", "name", "output", "params"])?;
            let kind = if plain == "flatten" {
                LayerKind::Flatten
            } else {
                LayerKind::GlobalAvgPool
            };
            ([name, output, params], kind)
        }
    };
    Ok(Layer {
        name: name(&layer_name)?,
        kind,
        output: sizes(output)?,
        params: params.list("parameters", limits::INPUTS, |p| name(&p))?,
    })
}

fn read_param(at: At<'_>) -> Decoded<Param> {
    let [decay, init, param_name, role, shape] =
        at.fields(["decay", "init", "name", "role", "shape"])?;
    Ok(Param {
        name: name(&param_name)?,
        shape: shape.list("dimensions", limits::RANK, |d| d.positive())?,
        role: role.named()?,
        init: read_init(init)?,
        decay: decay.bool()?,
    })
}

fn read_init(at: At<'_>) -> Decoded<Init> {
    const KINDS: [&str; 3] = ["he_normal", "xavier_uniform", "zeros"];
    let [kind] = at.some_fields(["kind"])?;
    let kind = kind.one_of("init", KINDS, |k| {
        KINDS.into_iter().find(|known| *known == k)
    })?;
    match kind {
        "he_normal" => {
            let [fan_in, _] = at.fields(["fan_in", "kind"])?;
            Ok(Init::HeNormal {
                fan_in: fan_in.positive()?,
            })
        }
        "xavier_uniform" => {
            let [fan_in, fan_out, _] = at.fields(["fan_in", "fan_out", "kind"])?;
            let (fan_in, fan_out) = (fan_in.positive()?, fan_out.positive()?);
            Ok(Init::XavierUniform { fan_in, fan_out })
        }
        _ => at.fields(["kind"]).map(|_| Init::Zeros),
    }
}

fn read_program(at: At<'_>) -> Decoded<Program> {
    let [inputs, nodes, outputs] = at.fields(["inputs", "nodes", "outputs"])?;
    Ok(Program {
        inputs: inputs.list("inputs", limits::INPUTS, read_input)?,
        nodes: nodes.list("nodes", limits::NODES, read_node)?,
        outputs: outputs.list("outputs", limits::INPUTS, read_output)?,
    })
}

fn role(at: At<'_>, allowed: impl Fn(Role) -> bool + Copy) -> Decoded<Role> {
    let roles = Role::NAMES.iter().filter(|(role, _)| allowed(*role));
    let known = roles.map(|(_, name)| *name);
    at.one_of(Role::WHAT, known, |name| {
        Role::from_name(name).filter(|r| allowed(*r))
    })
}

fn read_input(at: At<'_>) -> Decoded<Input> {
    let [dtype, name, input_role, shape] = at.fields(["dtype", "name", "role", "shape"])?;
    Ok(Input {
        name: value_name(&name)?,
        role: role(input_role, Role::is_input)?,
        ty: TensorType {
            dtype: dtype.named()?,
            shape: read_shape(shape)?,
        },
    })
}

fn read_output(at: At<'_>) -> Decoded<Output> {
    let [name, output_role, value] = at.fields(["name", "role", "value"])?;
    Ok(Output {
        name: value_name(&name)?,
        role: role(output_role, Role::is_output)?,
        value: value.index()?,
    })
}

fn read_node(at: At<'_>) -> Decoded<Node> {
    let [args, attrs, dtype, op, shape] = at.fields(["args", "attrs", "dtype", "op", "shape"])?;
    Ok(Node {
        op: read_op(op, attrs)?,
        args: args.list("operands", limits::NODES, |a| a.index())?,
        ty: TensorType {
            dtype: dtype.named()?,
            shape: read_shape(shape)?,
        },
    })
}

fn read_shape(at: At<'_>) -> Decoded<Shape> {
    let shape = Shape(at.list("dimensions", limits::RANK, read_dim)?);
    match shape.coefficient() {
        Some(_) => Ok(shape),
        None => Err(DecodeError::Unexpected {
            at: at.to_string(),
            expected: "dimensions whose product is below 2^40".into(),
            found: shape.to_string(),
        }),
    }
}

fn read_dim(at: At<'_>) -> Decoded<Dim> {
    let dim = match at.json() {
        canonical::Json::Int(n @ 1..) => Some(Dim::Fixed(*n)),
        canonical::Json::Str(s) => s.strip_suffix('B').and_then(batch_multiple),
        _ => None,
    };
    dim.ok_or_else(|| at.unexpected("a positive integer, \"B\", or \"nB\" with n ≥ 2"))
}

fn batch_multiple(digits: &str) -> Option<Dim> {
    if digits.is_empty() {
        return Some(Dim::Batch(1));
    }
    let plain = digits.bytes().all(|c| c.is_ascii_digit()) && !digits.starts_with('0');
    let n = digits.parse().ok().filter(|n| *n >= 2)?;
    plain.then_some(Dim::Batch(n))
}

const OPS: [&str; 22] = [
    "add",
    "batch_size",
    "broadcast_in_dim",
    "compare",
    "concatenate",
    "constant",
    "divide",
    "dot_general",
    "exponential",
    "log",
    "maximum",
    "multiply",
    "negate",
    "pad",
    "reduce_max",
    "reduce_sum",
    "reshape",
    "select",
    "slice",
    "sqrt",
    "subtract",
    "transpose",
];

fn read_op(op: At<'_>, attrs: At<'_>) -> Decoded<Op> {
    let name = op.one_of("op", OPS, |name| {
        OPS.into_iter().find(|known| *known == name)
    })?;
    let plain = |op| attrs.fields([]).map(|[]| op);
    let indices = |at: At<'_>| at.list("entries", limits::RANK, |i| i.index());
    let integers = |at: At<'_>| at.list("entries", limits::RANK, |i| i.int());
    match name {
        "constant" => {
            let [value] = attrs.fields(["value"])?;
            Ok(Op::Constant {
                value: rational(value)?,
            })
        }
        "compare" => {
            let [direction] = attrs.fields(["direction"])?;
            Ok(Op::Compare {
                direction: direction.named::<Direction>()?,
            })
        }
        "broadcast_in_dim" => {
            let [dims] = attrs.fields(["dims"])?;
            Ok(Op::BroadcastInDim {
                dims: indices(dims)?,
            })
        }
        "transpose" => {
            let [permutation] = attrs.fields(["permutation"])?;
            Ok(Op::Transpose {
                permutation: indices(permutation)?,
            })
        }
        "slice" => {
            let [limit, start, stride] = attrs.fields(["limit", "start", "stride"])?;
            let limit = limit.list("entries", limits::RANK, read_dim)?;
            Ok(Op::Slice {
                start: integers(start)?,
                limit,
                stride: integers(stride)?,
            })
        }
        "pad" => {
            let [high, interior, low, value] =
                attrs.fields(["high", "interior", "low", "value"])?;
            Ok(Op::Pad {
                low: integers(low)?,
                high: integers(high)?,
                interior: integers(interior)?,
                value: rational(value)?,
            })
        }
        "concatenate" => {
            let [dim] = attrs.fields(["dim"])?;
            Ok(Op::Concatenate { dim: dim.index()? })
        }
        "dot_general" => {
            let [lhs_batch, lhs_contract, rhs_batch, rhs_contract] =
                attrs.fields(["lhs_batch", "lhs_contract", "rhs_batch", "rhs_contract"])?;
            Ok(Op::DotGeneral {
                lhs_batch: indices(lhs_batch)?,
                rhs_batch: indices(rhs_batch)?,
                lhs_contract: indices(lhs_contract)?,
                rhs_contract: indices(rhs_contract)?,
            })
        }
        "reduce_sum" => {
            let [dims] = attrs.fields(["dims"])?;
            Ok(Op::ReduceSum {
                dims: indices(dims)?,
            })
        }
        "reduce_max" => {
            let [dims] = attrs.fields(["dims"])?;
            Ok(Op::ReduceMax {
                dims: indices(dims)?,
            })
        }
        "batch_size" => plain(Op::BatchSize),
        "negate" => plain(Op::Negate),
        "exponential" => plain(Op::Exponential),
        "log" => plain(Op::Log),
        "sqrt" => plain(Op::Sqrt),
        "add" => plain(Op::Add),
        "subtract" => plain(Op::Subtract),
        "multiply" => plain(Op::Multiply),
        "divide" => plain(Op::Divide),
        "maximum" => plain(Op::Maximum),
        "select" => plain(Op::Select),
        "reshape" => plain(Op::Reshape),
        // `one_of` lets no other name through.
        _ => Err(op.unexpected("an op")),
    }
}

fn rational(at: At<'_>) -> Decoded<BigRational> {
    let parsed = at.str().ok().and_then(parse_rational);
    parsed
        .ok_or_else(|| at.unexpected("a rational \"p/q\" in lowest terms, at most 64 digits each"))
}
