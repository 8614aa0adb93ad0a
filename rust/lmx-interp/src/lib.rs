//! A plain interpreter of the graph in f64: the executable form of the ops' meaning, for tests and oracles.
//!
//! Each op is written as its section of the [StableHLO specification](https://openxla.org/stablehlo/spec) reads, an
//! element of the result at a time, to be right rather than fast. Constants are the f64 nearest to their rational; nothing is
//! rounded to f32, so that a run is a reference against which an f32 run's noise can be measured.

mod error;
mod gradient;
mod index;
mod ops;
mod tensor;

pub use error::InterpError;
pub use gradient::finite_difference;
pub use tensor::Tensor;

use lmx_graph::{Program, ValueId};
use tensor::Value;

/// Runs a program that checks, at a batch size, on inputs in the program's order; the outputs in the program's order.
pub fn run(program: &Program, batch: u64, inputs: &[Tensor]) -> Result<Vec<Tensor>, InterpError> {
    if batch == 0 {
        return Err(InterpError::EmptyBatch);
    }
    if inputs.len() != program.inputs.len() {
        let (expected, found) = (program.inputs.len(), inputs.len());
        return Err(InterpError::InputCount { expected, found });
    }
    let mut values: Vec<Option<Value>> = Vec::with_capacity(inputs.len() + program.nodes.len());
    for (input, tensor) in program.inputs.iter().zip(inputs) {
        let name = || input.name.clone();
        let expected = input.ty.shape.at(batch).ok_or(InterpError::TooLarge {
            value: values.len(),
        })?;
        if tensor.dims != expected {
            let found = tensor.dims.clone();
            return Err(InterpError::InputShape {
                name: name(),
                expected,
                found,
            });
        }
        if tensor.data.len() as u64 != expected.iter().product::<u64>() {
            let found = tensor.data.len();
            return Err(InterpError::InputData {
                name: name(),
                expected,
                found,
            });
        }
        values.push(Some(Value::Numbers(tensor.clone())));
    }

    let last_use = last_uses(program);
    for node in &program.nodes {
        let id = values.len();
        let dims = index::dims(&node.ty.shape, batch).ok_or(InterpError::TooLarge { value: id })?;
        let args = node
            .args
            .iter()
            .map(|a| values.get(*a).and_then(Option::as_ref));
        let args: Option<Vec<&Value>> = args.collect();
        let value = args.and_then(|args| ops::eval(&node.op, &args, dims, batch));
        let op = node.op.name();
        values.push(Some(value.ok_or(InterpError::Unchecked { value: id, op })?));
        // A value is dropped after its last use, so that a run holds what lives and no more.
        for arg in &node.args {
            if last_use.get(*arg) == Some(&id)
                && let Some(slot) = values.get_mut(*arg)
            {
                *slot = None;
            }
        }
    }
    let output = |value: ValueId| match values.get(value).and_then(Option::as_ref) {
        Some(Value::Numbers(tensor)) => Ok(tensor.clone()),
        _ => Err(InterpError::Unchecked {
            value,
            op: "output",
        }),
    };
    program.outputs.iter().map(|o| output(o.value)).collect()
}

/// For each value the number of the node that uses it last; outputs are used after the end.
fn last_uses(program: &Program) -> Vec<ValueId> {
    let count = program.inputs.len() + program.nodes.len();
    let mut last = vec![0; count];
    let uses = program.nodes.iter().enumerate();
    let uses = uses.flat_map(|(i, n)| n.args.iter().map(move |a| (*a, program.inputs.len() + i)));
    for (value, user) in uses.chain(program.outputs.iter().map(|o| (o.value, count))) {
        if let Some(slot) = last.get_mut(value) {
            *slot = user;
        }
    }
    last
}
