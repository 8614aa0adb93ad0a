//! `lmx-rs run`

use lmx_train::{Engine, read_safetensors, write_safetensors};

use crate::args::{DeviceArgs, RunArgs};
use crate::failure::Failure;
use crate::net;

/// Bytes that a file of inputs may have.
const LIMIT: u64 = 16 << 30;

pub fn run(args: &RunArgs) -> Result<(), Failure> {
    let graph = net::verified(&args.cert)?.graph;
    let inputs = read_safetensors(&args.inputs, LIMIT)?;
    let engine = engine(&args.device)?;
    let compiled = engine.compile(&graph, &args.program, args.batch)?;
    let outputs = engine.run(compiled, &inputs)?;
    Ok(write_safetensors(&args.output, &outputs)?)
}

/// The engine that the options ask for.
pub fn engine(args: &DeviceArgs) -> Result<Engine, Failure> {
    Ok(Engine::open(
        &args.device,
        args.data_tiling,
        &args.iree_flags,
    )?)
}
