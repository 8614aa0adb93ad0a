//! Prints a program of the graph format as StableHLO, one node to one op.
//!
//! [`emit`] checks a program, builds it with MLIR at a batch size, has MLIR verify it, and prints it in MLIR's generic form.
//! A node becomes the StableHLO op of its name; `pad` and the reductions, whose scalar operand is part of the node,
//! become that op and a constant.
//!
//! MLIR here does not know StableHLO: it checks the single assignment form, the function and its types, not the ops.
//! IREE's compiler checks those (`lmx_iree::Compiler::pretty`, `compile`). No optional attribute of StableHLO is printed, so
//! that a misspelt one cannot pass as absent.

mod builder;
mod emit;
mod error;
mod ops;

use std::collections::BTreeMap;

use lmx_graph::Program;

pub use emit::emit;
pub use error::EmitError;

/// How often each op occurs in a program, by the op's name in the graph format.
pub fn op_histogram(program: &Program) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for node in &program.nodes {
        *counts.entry(node.op.name()).or_insert(0) += 1;
    }
    counts
}
