//! `lmx-rs inspect`

use std::fmt::Write as _;

use lmx_graph::{Activation, Graph, LayerKind, Named, Program};
use lmx_mlir::op_histogram;
use lmx_train::TrainError;
use serde_json::{Value, json};

use crate::args::InspectArgs;
use crate::failure::Failure;
use crate::output::{dims, table, thousands};
use crate::{net, output};

pub fn run(args: &InspectArgs) -> Result<(), Failure> {
    let graph = net::verified(&args.cert)?.graph;
    if args.dot {
        let Some(program) = graph.programs.get(&args.program) else {
            let known: Vec<_> = graph.programs.into_keys().collect();
            return Err(TrainError::NoProgram {
                net: graph.name,
                found: args.program.clone(),
                known: known.join(", "),
            }
            .into());
        };
        return output::write(&dot(&format!("{}.{}", graph.name, args.program), program));
    }
    if args.json {
        return output::line(&report(&graph).to_string());
    }
    output::write(&text(&graph))
}

/// A layer's kind in words, without its units.
fn describe(kind: &LayerKind) -> String {
    let with = |text: String, activation: &Activation| match activation {
        Activation::Identity => text,
        Activation::Relu => format!("{text} {}", activation.name()),
    };
    match kind {
        LayerKind::Dense { units, activation } => with(format!("dense {units}"), activation),
        LayerKind::Conv2d {
            filters,
            kernel,
            stride,
            padding,
            activation,
        } => with(
            format!(
                "conv2d {filters} {} stride {} {}",
                dims(kernel),
                dims(stride),
                padding.name()
            ),
            activation,
        ),
        LayerKind::MaxPool {
            window,
            stride,
            padding,
        } => {
            format!(
                "max_pool {} stride {} {}",
                dims(window),
                dims(stride),
                padding.name()
            )
        }
        LayerKind::GlobalAvgPool => "global_avg_pool".to_owned(),
        LayerKind::Flatten => "flatten".to_owned(),
    }
}

fn count(shape: &[u64]) -> u64 {
    shape.iter().fold(1u64, |n, d| n.saturating_mul(*d))
}

/// The number of a layer's parameters.
fn parameters(graph: &Graph, names: &[String]) -> u64 {
    let own = graph
        .params
        .iter()
        .filter(|param| names.contains(&param.name));
    own.map(|param| count(&param.shape))
        .fold(0, u64::saturating_add)
}

fn text(graph: &Graph) -> String {
    let mut out = format!("{}\ngraph sha256 {}\n\n", graph.name, graph.sha256);
    let mut rows = vec![
        ["layer", "kind", "output", "parameters"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.push(vec![
        "input".to_owned(),
        String::new(),
        dims(&graph.spec.input),
        String::new(),
    ]);
    for layer in &graph.spec.layers {
        let own = parameters(graph, &layer.params);
        let own = if own == 0 {
            String::new()
        } else {
            thousands(own)
        };
        rows.push(vec![
            layer.name.clone(),
            describe(&layer.kind),
            dims(&layer.output),
            own,
        ]);
    }
    rows.push(vec![
        "in all".to_owned(),
        String::new(),
        String::new(),
        thousands(net::parameter_count(graph)),
    ]);
    out += &table(&rows, &[1, 2]);

    out += "\n";
    let mut rows = vec![
        ["parameter", "shape", "start", "decay"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for param in &graph.params {
        let decay = if param.decay { "yes" } else { "no" }.to_owned();
        rows.push(vec![
            param.name.clone(),
            dims(&param.shape),
            start(param.init),
            decay,
        ]);
    }
    out += &table(&rows, &[1, 2, 3]);

    out += "\n";
    let histograms: Vec<_> = graph.programs.values().map(op_histogram).collect();
    let mut ops: Vec<_> = histograms.iter().flat_map(|h| h.keys().copied()).collect();
    ops.sort_unstable();
    ops.dedup();
    let mut rows = vec![
        std::iter::once("op".to_owned())
            .chain(graph.programs.keys().cloned())
            .collect::<Vec<_>>(),
    ];
    for op in ops {
        let counts = histograms
            .iter()
            .map(|h| h.get(op).copied().unwrap_or(0).to_string());
        rows.push(std::iter::once(op.to_owned()).chain(counts).collect());
    }
    let nodes = graph
        .programs
        .values()
        .map(|program| program.nodes.len().to_string());
    rows.push(std::iter::once("in all".to_owned()).chain(nodes).collect());
    out + &table(&rows, &[])
}

fn start(init: lmx_graph::Init) -> String {
    use lmx_graph::Init;
    match init {
        Init::HeNormal { fan_in } => format!("he_normal, fan_in {fan_in}"),
        Init::XavierUniform { fan_in, fan_out } => {
            format!("xavier_uniform, fan_in {fan_in}, fan_out {fan_out}")
        }
        Init::Zeros => "zeros".to_owned(),
    }
}

fn report(graph: &Graph) -> Value {
    let layers = graph.spec.layers.iter().map(|layer| {
        json!({
            "name": layer.name,
            "kind": describe(&layer.kind),
            "output": layer.output,
            "parameters": parameters(graph, &layer.params),
        })
    });
    let params = graph.params.iter().map(|param| {
        json!({
            "name": param.name,
            "shape": param.shape,
            "role": param.role.name(),
            "start": start(param.init),
            "decay": param.decay,
        })
    });
    let programs = graph.programs.iter().map(|(name, program)| {
        let ports = |names: Vec<String>| names;
        let inputs = program
            .inputs
            .iter()
            .map(|i| format!("{}/{}", i.role.name(), i.name))
            .collect();
        let outputs = program
            .outputs
            .iter()
            .map(|o| format!("{}/{}", o.role.name(), o.name))
            .collect();
        let report = json!({
            "inputs": ports(inputs),
            "outputs": ports(outputs),
            "nodes": program.nodes.len(),
            "ops": op_histogram(program),
        });
        (name.clone(), report)
    });
    json!({
        "net": graph.name,
        "graph_sha256": graph.sha256.to_string(),
        "input": graph.spec.input,
        "classes": graph.spec.classes,
        "parameters": net::parameter_count(graph),
        "layers": layers.collect::<Vec<_>>(),
        "params": params.collect::<Vec<_>>(),
        "programs": programs.collect::<serde_json::Map<_, _>>(),
    })
}

/// A program in Graphviz's language. Names hold no character that needs an escape.
fn dot(name: &str, program: &Program) -> String {
    let mut out = format!(
        "digraph \"{name}\" {{\n  rankdir=TB;\n  node [shape=box, fontname=\"monospace\"];\n"
    );
    for (i, input) in program.inputs.iter().enumerate() {
        let role = input.role.name();
        let shape = &input.ty.shape;
        let _ = writeln!(
            out,
            "  v{i} [shape=ellipse, label=\"{role}\\n{}\\n{shape}\"];",
            input.name
        );
    }
    for (i, node) in program.nodes.iter().enumerate() {
        let value = program.inputs.len() + i;
        let _ = writeln!(
            out,
            "  v{value} [label=\"{}\\n{}\"];",
            node.op.name(),
            node.ty.shape
        );
        for arg in &node.args {
            let _ = writeln!(out, "  v{arg} -> v{value};");
        }
    }
    for (i, output) in program.outputs.iter().enumerate() {
        let role = output.role.name();
        let _ = writeln!(
            out,
            "  o{i} [shape=ellipse, style=bold, label=\"{role}\\n{}\"];",
            output.name
        );
        let _ = writeln!(out, "  v{} -> o{i};", output.value);
    }
    out + "}\n"
}
