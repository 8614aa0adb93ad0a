//! Loss and accuracy of a part of a set, and the logits of single images.

use std::sync::atomic::{AtomicBool, Ordering};

use lmx_data::{Batches, Part, Prefetch, SetInfo};
use lmx_graph::{Graph, Role};
use lmx_iree::DeviceTensor;

use crate::engine::{Compiled, Engine, Loaded};
use crate::error::TrainError;
use crate::tensors::HostTensor;

/// The program `forward`, compiled at a batch size and loaded.
#[derive(Debug)]
pub struct Evaluator {
    engine: Engine,
    forward: Loaded,
}

/// What an evaluation found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean over the examples.
    pub loss: f64,
    /// The share of the examples whose label is the one and only largest logit.
    pub accuracy: f64,
    /// How many examples.
    pub examples: u64,
}

impl Evaluator {
    /// Compiles and loads `forward`.
    ///
    /// # Errors
    /// Those of [`Engine::compile`], and of loading.
    pub fn new(engine: &Engine, graph: &Graph, batch: u64) -> Result<Evaluator, TrainError> {
        Evaluator::with(engine, engine.compile(graph, "forward", batch)?)
    }

    /// Loads a compiled `forward`.
    pub(crate) fn with(engine: &Engine, forward: Compiled) -> Result<Evaluator, TrainError> {
        Ok(Evaluator {
            forward: engine.load(forward)?,
            engine: engine.clone(),
        })
    }

    /// The compiled program.
    pub fn compiled(&self) -> &Compiled {
        &self.forward.compiled
    }

    /// Loss and accuracy of parameters in memory. See [`Evaluator::evaluate`].
    ///
    /// # Errors
    /// Those of [`Evaluator::evaluate`].
    pub fn evaluate_host(
        &self,
        params: &[HostTensor],
        part: &Part,
        stop: &AtomicBool,
    ) -> Result<Option<Evaluation>, TrainError> {
        self.evaluate(&self.engine.upload(params)?, part, stop)
    }

    /// Loss and accuracy over a part of a set, in file order; `None` if `stop` was set before the end. A last batch
    /// that is not full is padded with zero images whose labels are all zero, which adds nothing to either. The sums over batches are in f64.
    ///
    /// # Errors
    /// The runtime's, and those of preparing batches.
    pub fn evaluate(
        &self,
        params: &[DeviceTensor],
        part: &Part,
        stop: &AtomicBool,
    ) -> Result<Option<Evaluation>, TrainError> {
        let batch = self.forward.compiled.batch();
        let size = usize::try_from(batch).unwrap_or(usize::MAX);
        let (mut loss, mut correct) = (0.0, 0.0);
        for batch_of in Prefetch::new(Batches::eval(part, size)?)? {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let results = self.call(params, &batch_of.images, &batch_of.labels)?;
            // The program divides by the batch size, padding included.
            loss += f64::from(self.forward.number(Role::Loss, &results)?) * batch as f64;
            correct += f64::from(self.forward.number(Role::Metric, &results)?);
        }
        let examples = part.len() as u64;
        Ok(Some(Evaluation {
            loss: loss / examples as f64,
            accuracy: correct / examples as f64,
            examples,
        }))
    }

    /// The logits of normalised images, `[batch, classes]` row-major.
    ///
    /// # Errors
    /// The runtime's; [`lmx_iree::IreeError::ElementCount`] if the images are not as many as the program was compiled for.
    pub fn logits(&self, params: &[HostTensor], images: &[f32]) -> Result<Vec<f32>, TrainError> {
        let labels = self.forward.compiled.dims_of(Role::Label)?;
        let count = labels.iter().product::<u64>();
        let labels = vec![0.0; usize::try_from(count).unwrap_or(0)];
        let results = self.call(&self.engine.upload(params)?, images, &labels)?;
        match self.forward.outputs(Role::Logits, &results).first() {
            Some(logits) => Ok(logits.download()?),
            None => Err(self.compiled().lacks("an output of role logits".to_owned())),
        }
    }

    fn call(
        &self,
        params: &[DeviceTensor],
        images: &[f32],
        labels: &[f32],
    ) -> Result<Vec<DeviceTensor>, TrainError> {
        let compiled = &self.forward.compiled;
        let device = self.engine.device();
        let image = DeviceTensor::upload(device, compiled.dims_of(Role::Image)?, images)?;
        let label = DeviceTensor::upload(device, compiled.dims_of(Role::Label)?, labels)?;
        let args: Vec<_> = params.iter().chain([&image, &label]).collect();
        self.forward.call(&args)
    }
}

/// Checks that the examples of a set are what the net takes: images of the input's shape, or of as many pixels where the
/// input is flat, and as many classes.
///
/// # Errors
/// [`TrainError::DataShape`].
pub fn check_set(graph: &Graph, set: &SetInfo) -> Result<(), TrainError> {
    let refused = |what, expected, found| TrainError::DataShape {
        data: set.name.to_owned(),
        net: graph.name.clone(),
        what,
        expected,
        found,
    };
    let (input, image) = (graph.spec.input.as_slice(), set.image_dims);
    let flat = [image.iter().product::<u64>()];
    if input != image && input != flat {
        return Err(refused(
            "images of shape",
            format!("{input:?}"),
            format!("{image:?}"),
        ));
    }
    let (expected, found) = (graph.spec.classes, set.classes);
    if expected != found {
        return Err(refused(
            "a number of classes of",
            expected.to_string(),
            found.to_string(),
        ));
    }
    Ok(())
}

/// The probabilities that logits stand for: `exp(x − max) / Σ exp(x − max)`, in f64.
pub fn softmax(logits: &[f32]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits
        .iter()
        .map(|x| (f64::from(*x) - f64::from(largest)).exp())
        .collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|p| p / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_is_stable_and_sums_to_one() {
        let found = softmax(&[0.0, 3f32.ln()]);
        assert!(
            (found[0] - 0.25).abs() < 1e-7 && (found[1] - 0.75).abs() < 1e-7,
            "{found:?}"
        );
        assert_eq!(softmax(&[-1e30, 0.0, 1e30]), [0.0, 0.0, 1.0]);
        assert_eq!(softmax(&[1e30, 1e30]), [0.5, 0.5]);
        assert!(softmax(&[]).is_empty());
    }
}
