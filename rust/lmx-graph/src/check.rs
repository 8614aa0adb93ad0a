//! What a graph must satisfy beyond its form: single assignment, typing, and the programs' inputs and outputs.

use std::collections::HashSet;

use crate::error::GraphError;
use crate::infer::{TypeError, infer};
use crate::limits;
use crate::names::Named;
use crate::read::PROGRAMS;
use crate::types::{DType, Graph, Program, Role, Shape, TensorType};

/// Checks a program by itself: arguments come before their use, every node's type follows from its op, names are
/// unique in their role, inputs are f32, and the limits are kept. `at` is the program's place, for messages.
pub fn check_program(at: &str, program: &Program) -> Result<(), GraphError> {
    for (what, found, limit) in [
        ("inputs", program.inputs.len(), limits::INPUTS),
        ("nodes", program.nodes.len(), limits::NODES),
        ("outputs", program.outputs.len(), limits::INPUTS),
    ] {
        if found > limit {
            let expected = format!("at most {limit}");
            return Err(disagrees(
                format!("{at}.{what}"),
                expected,
                found.to_string(),
            ));
        }
    }
    let mut seen = HashSet::new();
    for (i, input) in program.inputs.iter().enumerate() {
        let at = format!("{at}.inputs[{i}]");
        if input.ty.dtype != DType::F32 {
            let found = input.ty.dtype.to_string();
            return Err(disagrees(format!("{at}.dtype"), "f32".to_owned(), found));
        }
        if input.ty.shape.0.len() > limits::RANK || input.ty.shape.coefficient().is_none() {
            let expected = "at most 8 dimensions, with a product below 2^40".to_owned();
            return Err(disagrees(
                format!("{at}.shape"),
                expected,
                input.ty.shape.to_string(),
            ));
        }
        unique(&mut seen, at, input.role, &input.name)?;
    }
    for i in 0..program.nodes.len() {
        check_node(at, program, i)?;
    }
    seen.clear();
    let limit = program.inputs.len() + program.nodes.len();
    for (i, output) in program.outputs.iter().enumerate() {
        let at = format!("{at}.outputs[{i}]");
        if output.value >= limit {
            let at = format!("{at}.value");
            return Err(GraphError::Undefined {
                at,
                op: None,
                limit,
                found: output.value,
            });
        }
        unique(&mut seen, at, output.role, &output.name)?;
    }
    Ok(())
}

fn check_node(at: &str, program: &Program, i: usize) -> Result<(), GraphError> {
    let Some(node) = program.nodes.get(i) else {
        return Ok(());
    };
    let limit = program.inputs.len() + i;
    let mut args = Vec::with_capacity(node.args.len());
    for (j, arg) in node.args.iter().enumerate() {
        match program.ty(*arg).filter(|_| *arg < limit) {
            Some(ty) => args.push(ty),
            None => {
                let at = format!("{at}.nodes[{i}].args[{j}]");
                let op = Some(node.op.name());
                return Err(GraphError::Undefined {
                    at,
                    op,
                    limit,
                    found: *arg,
                });
            }
        }
    }
    let ty = infer(&node.op, &args, &node.ty).and_then(|ty| {
        if ty == node.ty {
            return Ok(());
        }
        let part = |differs: bool| if differs { ".shape" } else { ".dtype" };
        Err(TypeError {
            op: node.op.name(),
            place: part(ty.shape != node.ty.shape).to_owned(),
            expected: ty.to_string(),
            found: node.ty.to_string(),
        })
    });
    ty.map_err(|error| GraphError::Type {
        at: format!("{at}.nodes[{i}]"),
        error,
    })
}

fn unique<'a>(
    seen: &mut HashSet<(Role, &'a str)>,
    at: String,
    role: Role,
    name: &'a str,
) -> Result<(), GraphError> {
    if seen.insert((role, name)) {
        return Ok(());
    }
    let found = format!("{} `{name}`", role.name());
    Err(GraphError::Duplicate {
        at,
        what: "role and name",
        found,
    })
}

fn disagrees(at: String, expected: String, found: String) -> GraphError {
    GraphError::Disagrees {
        at,
        expected,
        found,
    }
}

/// Checks a whole graph.
pub(crate) fn check_graph(graph: &Graph) -> Result<(), GraphError> {
    check_manifest(graph)?;
    for name in PROGRAMS {
        let at = format!("programs.{name}");
        let Some(program) = graph.programs.get(name) else {
            return Err(disagrees(at, "a program".to_owned(), "none".to_owned()));
        };
        check_program(&at, program)?;
        let (inputs, outputs) = signature(graph, name);
        let found = program
            .inputs
            .iter()
            .map(|i| Port::of(i.role, &i.name, Some(&i.ty)));
        check_ports(&format!("{at}.inputs"), &inputs, found)?;
        let found = program
            .outputs
            .iter()
            .map(|o| Port::of(o.role, &o.name, program.ty(o.value)));
        check_ports(&format!("{at}.outputs"), &outputs, found)?;
    }
    Ok(())
}

/// Checks that the layers and the manifest name the same parameters, and the last layer's output.
fn check_manifest(graph: &Graph) -> Result<(), GraphError> {
    let mut params = HashSet::new();
    for (i, param) in graph.params.iter().enumerate() {
        if !params.insert(param.name.as_str()) {
            let (at, found) = (format!("params[{i}].name"), format!("`{}`", param.name));
            return Err(GraphError::Duplicate {
                at,
                what: "parameter",
                found,
            });
        }
    }
    let mut layers = HashSet::new();
    let mut used = HashSet::new();
    for (i, layer) in graph.spec.layers.iter().enumerate() {
        let at = format!("spec.layers[{i}]");
        if !layers.insert(layer.name.as_str()) {
            let (at, found) = (format!("{at}.name"), format!("`{}`", layer.name));
            return Err(GraphError::Duplicate {
                at,
                what: "layer",
                found,
            });
        }
        for (j, name) in layer.params.iter().enumerate() {
            if !params.contains(name.as_str()) {
                let (at, found) = (format!("{at}.params[{j}]"), format!("`{name}`"));
                return Err(disagrees(
                    at,
                    "a parameter of the manifest".to_owned(),
                    found,
                ));
            }
            used.insert(name.as_str());
        }
    }
    for (i, param) in graph.params.iter().enumerate() {
        if !used.contains(param.name.as_str()) {
            let (at, found) = (format!("params[{i}].name"), format!("`{}`", param.name));
            return Err(disagrees(
                at,
                "a parameter that a layer names".to_owned(),
                found,
            ));
        }
    }
    let last = graph.spec.layers.last().map(|l| l.output.as_slice());
    if last != Some(&[graph.spec.classes]) {
        let found = last.map_or("no layer".to_owned(), |l| Shape::fixed(l).to_string());
        let expected = format!("a last layer whose output is [{}]", graph.spec.classes);
        return Err(disagrees("spec.layers".to_owned(), expected, found));
    }
    Ok(())
}

/// An input or an output as the table of `docs/graph-format.md` lists it.
#[derive(PartialEq)]
struct Port {
    role: Role,
    name: String,
    ty: Option<TensorType>,
}

impl Port {
    fn new(role: Role, name: &str, shape: Shape) -> Self {
        Port {
            role,
            name: name.to_owned(),
            ty: Some(TensorType::f32(shape)),
        }
    }

    fn of(role: Role, name: &str, ty: Option<&TensorType>) -> Self {
        Port {
            role,
            name: name.to_owned(),
            ty: ty.cloned(),
        }
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}`", self.role.name(), self.name)?;
        self.ty.iter().try_for_each(|ty| write!(f, " {ty}"))
    }
}

/// The inputs and outputs that a program must have, in order.
fn signature(graph: &Graph, program: &str) -> (Vec<Port>, Vec<Port>) {
    let per_param = |role: Role, prefix: &str| {
        let port = |p: &crate::types::Param| {
            Port::new(role, &format!("{prefix}{}", p.name), Shape::fixed(&p.shape))
        };
        graph.params.iter().map(port).collect::<Vec<_>>()
    };
    let scalar = |role: Role, name: &str| Port::new(role, name, Shape(vec![]));
    let classes = Shape::batched(&[graph.spec.classes]);
    let (state, hyperparameters): (&[&str], &[&str]) = match program {
        "grad" => (&[], &["label_smoothing"]),
        "train_sgd" => (
            &["momentum/"],
            &[
                "label_smoothing",
                "learning_rate",
                "momentum",
                "weight_decay",
            ],
        ),
        "train_adamw" => (
            &["m/", "v/"],
            &[
                "label_smoothing",
                "beta1",
                "beta2",
                "epsilon",
                "learning_rate",
                "step",
                "weight_decay",
            ],
        ),
        _ => (&[], &[]),
    };
    let state = || {
        state
            .iter()
            .flat_map(|prefix| per_param(Role::OptimizerState, prefix))
    };

    let mut inputs = per_param(Role::Param, "");
    inputs.extend(state());
    inputs.push(Port::new(
        Role::Image,
        "image",
        Shape::batched(&graph.spec.input),
    ));
    inputs.push(Port::new(Role::Label, "label", classes.clone()));
    inputs.extend(
        hyperparameters
            .iter()
            .map(|name| scalar(Role::Hyperparameter, name)),
    );

    let mut outputs = vec![];
    match program {
        "forward" => outputs.push(Port::new(Role::Logits, "logits", classes)),
        "grad" => {}
        _ => outputs.extend(per_param(Role::Param, "").into_iter().chain(state())),
    }
    outputs.extend([scalar(Role::Loss, "loss"), scalar(Role::Metric, "correct")]);
    if program == "grad" {
        outputs.extend(per_param(Role::Gradient, ""));
    }
    (inputs, outputs)
}

fn check_ports(
    at: &str,
    expected: &[Port],
    found: impl ExactSizeIterator<Item = Port>,
) -> Result<(), GraphError> {
    let count = expected.len().max(found.len());
    let mut found = found;
    for i in 0..count {
        let (expected, found) = (expected.get(i), found.next());
        if expected != found.as_ref() {
            let show = |port: Option<&Port>| port.map_or("nothing".to_owned(), Port::to_string);
            return Err(disagrees(
                format!("{at}[{i}]"),
                show(expected),
                show(found.as_ref()),
            ));
        }
    }
    Ok(())
}
