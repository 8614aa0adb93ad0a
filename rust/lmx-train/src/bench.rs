//! Timing of a compiled program.

use std::time::{Duration, Instant};

use lmx_graph::{Graph, Init, Param, ParamRole, Role};
use lmx_iree::DeviceTensor;

use crate::engine::{Compiled, Engine};
use crate::error::TrainError;
use crate::init;
use crate::tensors::element_count;

/// The seed of the parameters and the batch that are timed.
const SEED: u64 = 0;

/// What each of `iterations` calls took, after `warmup` calls that are not counted.
///
/// Parameters and optimizer state that a call returns are the next one's, as in training; the batch (normal pixels, labels in turn)
/// and the hyperparameters stay on the device. So a call's time is the program's own, without preparing or copying a batch.
///
/// # Errors
/// The runtime's.
pub fn step_times(
    engine: &Engine,
    graph: &Graph,
    compiled: Compiled,
    warmup: usize,
    iterations: usize,
) -> Result<Vec<Duration>, TrainError> {
    let loaded = engine.load(compiled)?;
    let device = engine.device();
    let mut params = engine.upload(&init::parameters(&graph.params, SEED)?)?;
    let mut state = Vec::new();
    for port in loaded.compiled.inputs(Role::OptimizerState) {
        let zeros = vec![0.0; element_count(&port.name, &port.dims)?];
        state.push(DeviceTensor::upload(device, &port.dims, &zeros)?);
    }
    let mut batch = Vec::new();
    for role in [Role::Image, Role::Label] {
        let dims = loaded.compiled.dims_of(role)?;
        let data = match role {
            Role::Image => normal(dims)?,
            _ => one_hot(dims)?,
        };
        batch.push(DeviceTensor::upload(device, dims, &data)?);
    }
    let mut hyper = Vec::new();
    for port in loaded.compiled.inputs(Role::Hyperparameter) {
        hyper.push(engine.scalar(default(&port.name))?);
    }
    let mut times = Vec::new();
    for i in 0..warmup.saturating_add(iterations) {
        let args: Vec<_> = params
            .iter()
            .chain(&state)
            .chain(&batch)
            .chain(&hyper)
            .collect();
        let start = Instant::now();
        let results = loaded.call(&args)?;
        let time = start.elapsed();
        let next = loaded.outputs(Role::Param, &results);
        if !next.is_empty() {
            params = next;
            state = loaded.outputs(Role::OptimizerState, &results);
        }
        if i >= warmup {
            times.push(time);
        }
    }
    Ok(times)
}

fn default(name: &str) -> f32 {
    match name {
        "beta1" | "momentum" => 0.9,
        "beta2" => 0.999,
        "epsilon" => 1e-8,
        "learning_rate" => 1e-3,
        "step" => 1.0,
        "weight_decay" => 1e-2,
        _ => 0.0,
    }
}

/// Normal numbers of deviation 1.
fn normal(dims: &[u64]) -> Result<Vec<f32>, TrainError> {
    let param = Param {
        name: "image".to_owned(),
        shape: dims.to_vec(),
        role: ParamRole::Weight,
        init: Init::HeNormal { fan_in: 2 },
        decay: false,
    };
    Ok(init::parameter(&param, SEED)?.data)
}

fn one_hot(dims: &[u64]) -> Result<Vec<f32>, TrainError> {
    let count = element_count("label", dims)?;
    let classes = dims
        .last()
        .map_or(1, |n| usize::try_from(*n).unwrap_or(usize::MAX))
        .max(1);
    let hot = |i: usize| (i / classes) % classes == i % classes;
    Ok((0..count).map(|i| f32::from(u8::from(hot(i)))).collect())
}
