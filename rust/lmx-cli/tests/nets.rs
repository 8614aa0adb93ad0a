//! What is emitted for the committed nets: the small ones in full, all of them by hash and op count.

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use common::{cert, run};
use lmx_graph::{Graph, ValueId, sha256};

const BATCH: u64 = 128;
const NETS: [&str; 4] = ["digits-mlp", "mnist-cnn", "mnist-linear", "mnist-mlp"];

fn graph(net: &str) -> Graph {
    Graph::read(&common::certificates().join(format!("{net}.graph.json"))).unwrap()
}

#[test]
fn every_program_of_every_net_is_pinned() {
    let mut lines = String::new();
    for net in NETS {
        for (name, program) in &graph(net).programs {
            let text = lmx_mlir::emit(program, BATCH).unwrap();
            let hash = sha256(text.as_bytes()).to_string();
            let ops: Vec<String> = lmx_mlir::op_histogram(program)
                .into_iter()
                .map(|(op, n)| format!("{op} {n}"))
                .collect();
            writeln!(lines, "{net} {name} {hash}\n  {}", ops.join(", ")).unwrap();
        }
    }
    insta::assert_snapshot!(lines);
}

#[test]
fn no_node_is_dead_and_no_two_are_equal() {
    for net in NETS {
        for (name, program) in &graph(net).programs {
            let used: BTreeSet<ValueId> = program
                .nodes
                .iter()
                .flat_map(|n| n.args.iter().copied())
                .chain(program.outputs.iter().map(|o| o.value))
                .collect();
            for (i, node) in program.nodes.iter().enumerate() {
                let value = program.inputs.len() + i;
                assert!(
                    used.contains(&value),
                    "{net} {name}: %{value} is dead: {node:?}"
                );
                assert!(
                    !program.nodes[..i].contains(node),
                    "{net} {name}: %{value} equals an earlier node: {node:?}"
                );
            }
        }
    }
}

/// The emitted text of a program of a net, as `lmx-rs emit` writes it.
fn emitted(net: &str, program: &str) -> String {
    let cert = cert(net);
    assert!(Path::new(&cert).exists(), "no {cert}");
    run(&[
        "emit",
        "--cert",
        &cert,
        "--program",
        program,
        "--batch",
        "32",
    ])
    .with(0)
    .stdout
}

#[test]
fn digits_mlp_train_step() {
    insta::assert_snapshot!(emitted("digits-mlp", "train_sgd"));
}

#[test]
fn mnist_linear_forward() {
    insta::assert_snapshot!(emitted("mnist-linear", "forward"));
}

#[test]
fn mnist_linear_train_step() {
    insta::assert_snapshot!(emitted("mnist-linear", "train_adamw"));
}
