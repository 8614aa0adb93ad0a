//! From a graph to its canonical bytes.

use num_rational::BigRational;

use crate::canonical::Json;
use crate::names::Named;
use crate::read::{FORMAT, VERSION};
use crate::types::{
    Dim, Graph, Init, Input, Layer, LayerKind, Node, Op, Output, Param, Program, Shape, Spec,
};

/// The canonical bytes of a graph, which [`Graph::from_bytes`] reads back.
pub fn to_canonical_json(graph: &Graph) -> Vec<u8> {
    Json::object([
        ("format", FORMAT.into()),
        ("name", graph.name.as_str().into()),
        ("params", Json::array(graph.params.iter().map(param))),
        (
            "programs",
            Json::object(graph.programs.iter().map(|(n, p)| (n.as_str(), program(p)))),
        ),
        ("spec", spec(&graph.spec)),
        ("version", VERSION.into()),
    ])
    .to_bytes()
}

fn spec(spec: &Spec) -> Json<'_> {
    Json::object([
        ("classes", spec.classes.into()),
        ("input", Json::array(spec.input.iter().copied())),
        ("layers", Json::array(spec.layers.iter().map(layer))),
    ])
}

fn layer(layer: &Layer) -> Json<'_> {
    let (kind, mut members) = match &layer.kind {
        LayerKind::Dense { units, activation } => (
            "dense",
            vec![
                ("activation", activation.name().into()),
                ("units", (*units).into()),
            ],
        ),
        LayerKind::Conv2d {
            filters,
            kernel,
            stride,
            padding,
            activation,
        } => (
            "conv2d",
            vec![
                ("activation", activation.name().into()),
                ("filters", (*filters).into()),
                ("kernel", Json::array(*kernel)),
                ("padding", padding.name().into()),
                ("stride", Json::array(*stride)),
            ],
        ),
        LayerKind::MaxPool {
            window,
            stride,
            padding,
        } => (
            "max_pool",
            vec![
                ("padding", padding.name().into()),
                ("stride", Json::array(*stride)),
                ("window", Json::array(*window)),
            ],
        ),
        LayerKind::GlobalAvgPool => ("global_avg_pool", vec![]),
        LayerKind::Flatten => ("flatten", vec![]),
    };
    members.extend([
        ("kind", kind.into()),
        ("name", layer.name.as_str().into()),
        ("output", Json::array(layer.output.iter().copied())),
        (
            "params",
            Json::array(layer.params.iter().map(String::as_str)),
        ),
    ]);
    Json::object(members)
}

fn param(param: &Param) -> Json<'_> {
    let init = match param.init {
        Init::HeNormal { fan_in } => {
            Json::object([("fan_in", fan_in.into()), ("kind", "he_normal".into())])
        }
        Init::XavierUniform { fan_in, fan_out } => Json::object([
            ("fan_in", fan_in.into()),
            ("fan_out", fan_out.into()),
            ("kind", "xavier_uniform".into()),
        ]),
        Init::Zeros => Json::object([("kind", "zeros".into())]),
    };
    Json::object([
        ("decay", param.decay.into()),
        ("init", init),
        ("name", param.name.as_str().into()),
        ("role", param.role.name().into()),
        ("shape", Json::array(param.shape.iter().copied())),
    ])
}

fn program(program: &Program) -> Json<'_> {
    Json::object([
        ("inputs", Json::array(program.inputs.iter().map(input))),
        ("nodes", Json::array(program.nodes.iter().map(node))),
        ("outputs", Json::array(program.outputs.iter().map(output))),
    ])
}

fn input(input: &Input) -> Json<'_> {
    Json::object([
        ("dtype", input.ty.dtype.name().into()),
        ("name", input.name.as_str().into()),
        ("role", input.role.name().into()),
        ("shape", shape(&input.ty.shape)),
    ])
}

fn output(output: &Output) -> Json<'_> {
    Json::object([
        ("name", output.name.as_str().into()),
        ("role", output.role.name().into()),
        ("value", output.value.into()),
    ])
}

fn node(node: &Node) -> Json<'_> {
    Json::object([
        ("args", Json::array(node.args.iter().copied())),
        ("attrs", attrs(&node.op)),
        ("dtype", node.ty.dtype.name().into()),
        ("op", node.op.name().into()),
        ("shape", shape(&node.ty.shape)),
    ])
}

fn shape(shape: &Shape) -> Json<'static> {
    Json::array(shape.0.iter().copied().map(dim))
}

fn dim(dim: Dim) -> Json<'static> {
    match dim {
        Dim::Fixed(n) => n.into(),
        Dim::Batch(_) => dim.to_string().into(),
    }
}

fn rational(r: &BigRational) -> Json<'static> {
    format!("{}/{}", r.numer(), r.denom()).into()
}

fn attrs(op: &Op) -> Json<'_> {
    let indices = |list: &[usize]| Json::array(list.iter().copied());
    let integers = |list: &[u64]| Json::array(list.iter().copied());
    match op {
        Op::Constant { value } => Json::object([("value", rational(value))]),
        Op::Compare { direction } => Json::object([("direction", direction.name().into())]),
        Op::BroadcastInDim { dims } | Op::ReduceSum { dims } | Op::ReduceMax { dims } => {
            Json::object([("dims", indices(dims))])
        }
        Op::Transpose { permutation } => Json::object([("permutation", indices(permutation))]),
        Op::Slice {
            start,
            limit,
            stride,
        } => Json::object([
            ("limit", Json::array(limit.iter().copied().map(dim))),
            ("start", integers(start)),
            ("stride", integers(stride)),
        ]),
        Op::Pad {
            low,
            high,
            interior,
            value,
        } => Json::object([
            ("high", integers(high)),
            ("interior", integers(interior)),
            ("low", integers(low)),
            ("value", rational(value)),
        ]),
        Op::Concatenate { dim } => Json::object([("dim", (*dim).into())]),
        Op::DotGeneral {
            lhs_batch,
            rhs_batch,
            lhs_contract,
            rhs_contract,
        } => Json::object([
            ("lhs_batch", indices(lhs_batch)),
            ("lhs_contract", indices(lhs_contract)),
            ("rhs_batch", indices(rhs_batch)),
            ("rhs_contract", indices(rhs_contract)),
        ]),
        Op::BatchSize
        | Op::Negate
        | Op::Exponential
        | Op::Log
        | Op::Sqrt
        | Op::Add
        | Op::Subtract
        | Op::Multiply
        | Op::Divide
        | Op::Maximum
        | Op::Select
        | Op::Reshape => Json::Object(Default::default()),
    }
}
