//! The training loop.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lmx_data::{Batch, Batches, Dataset, Prefetch};
use lmx_graph::{Graph, Param, Role};
use lmx_iree::DeviceTensor;

use crate::checkpoint::{Checkpoint, Progress};
use crate::config::{Config, Update};
use crate::engine::{Compiled, Engine, Loaded, download};
use crate::error::TrainError;
use crate::evaluate::{Evaluation, Evaluator, check_set};
use crate::init;
use crate::metrics::Line;
use crate::run_folder::RunFolder;
use crate::schedule::Schedule;

/// A net with its data, compiled for a device.
#[derive(Debug)]
pub struct Trainer {
    engine: Engine,
    step: Loaded,
    evaluator: Evaluator,
    data: Dataset,
    config: Config,
    schedule: Schedule,
    params: Vec<Param>,
    graph_sha256: lmx_graph::Sha256,
}

/// What a run tells while it goes on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A step is done.
    Step {
        /// Steps of the run that are done, and all.
        step: (u64, u64),
        /// The epoch, from 1, and the number of epochs.
        epoch: (u64, u64),
        /// Mean loss over the epoch so far.
        loss: f64,
        /// Share of correct predictions over the epoch so far, made while the parameters changed.
        accuracy: f64,
        /// Examples a second in this epoch, since it was begun or taken up.
        images_per_s: f64,
    },
    /// An evaluation begins.
    Evaluating,
    /// An epoch is done, and its line written. Always [`Line::Epoch`].
    Epoch(Line),
    /// A checkpoint was written.
    Saved(PathBuf),
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where it stands.
    pub progress: Progress,
    /// The last evaluation; `None` if the run was stopped.
    pub evaluation: Option<Evaluation>,
    /// Mean training loss and accuracy of the last epoch that was finished here.
    pub train: Option<(f64, f64)>,
    /// Examples a second over all training steps done here, without evaluation and checkpoints.
    pub images_per_s: Option<f64>,
}

/// The state on the device.
struct State {
    params: Vec<DeviceTensor>,
    state: Vec<DeviceTensor>,
    progress: Progress,
}

/// Steps and time spent in them.
#[derive(Clone, Copy, Default)]
struct Pace {
    steps: u64,
    time: Duration,
}

impl Pace {
    fn images_per_s(self, batch: u64) -> Option<f64> {
        let seconds = self.time.as_secs_f64();
        (self.steps > 0 && seconds > 0.0).then(|| (self.steps * batch) as f64 / seconds)
    }
}

impl Trainer {
    /// Compiles the train program and `forward`, side by side, and loads them.
    ///
    /// # Errors
    /// [`TrainError::DataShape`] if the set is not the net's, [`TrainError::Setting`], and those of compiling and loading.
    pub fn new(
        graph: &Graph,
        config: Config,
        data: Dataset,
        engine: &Engine,
    ) -> Result<Trainer, TrainError> {
        check_set(graph, lmx_data::find(data.name())?)?;
        let examples = data.train().len() as u64;
        config.check(graph, examples)?;
        let (step, forward) = std::thread::scope(|scope| {
            let forward = scope.spawn(|| engine.compile(graph, "forward", config.eval_batch));
            let step = engine.compile(graph, config.program(), config.batch);
            let forward = forward
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok::<_, TrainError>((step?, forward?))
        })?;
        Ok(Trainer {
            step: engine.load(step)?,
            evaluator: Evaluator::with(engine, forward)?,
            engine: engine.clone(),
            schedule: config.learning_rate(examples),
            data,
            config,
            params: graph.params.clone(),
            graph_sha256: graph.sha256,
        })
    }

    /// The compiled train program and `forward`.
    pub fn compiled(&self) -> [&Compiled; 2] {
        [&self.step.compiled, self.evaluator.compiled()]
    }

    /// Steps of the whole run.
    pub fn total_steps(&self) -> u64 {
        self.schedule.total
    }

    /// Trains from the start, or from a checkpoint of this graph and these settings, until the last epoch is done or `stop` is set.
    ///
    /// With a folder, the metrics are logged there, and the state is saved at the end of each epoch and when the run is stopped.
    ///
    /// # Errors
    /// [`TrainError::NotFinite`], [`TrainError::Write`], [`TrainError::CheckpointEntry`] for a checkpoint at no place of the run,
    /// and the runtime's. The checkpoint that was there before is left.
    pub fn run(
        &self,
        start: Option<Checkpoint>,
        mut folder: Option<&mut RunFolder>,
        stop: &AtomicBool,
        observe: &mut dyn FnMut(Event),
    ) -> Result<Outcome, TrainError> {
        if let Some(checkpoint) = &start {
            let path = folder
                .as_ref()
                .map(|f| RunFolder::checkpoint_path(f.path()));
            let path = path.unwrap_or_else(|| "checkpoint".into());
            checkpoint.check_progress(&path, self.data.train().len() as u64)?;
        }
        let mut state = self.start(start)?;
        if let Some(folder) = &mut folder {
            folder.begin(&state.progress)?;
        }
        let (mut pace, mut train, mut evaluation) = (Pace::default(), None, None);
        while state.progress.epoch < self.config.epochs {
            let begun = Instant::now();
            let of_epoch = self.epoch(&mut state, &mut folder, stop, observe)?;
            pace.steps += of_epoch.steps;
            pace.time += of_epoch.time;
            let found = if stop.load(Ordering::Relaxed) {
                None
            } else {
                observe(Event::Evaluating);
                self.evaluator
                    .evaluate(&state.params, self.data.test(), stop)?
            };
            let Some(found) = found else {
                self.save(&state, &mut folder, false, observe)?;
                return Ok(Outcome {
                    progress: state.progress,
                    evaluation: None,
                    train,
                    images_per_s: pace.images_per_s(self.config.batch),
                });
            };
            let (loss, accuracy) = self.means(&state.progress);
            let best = state
                .progress
                .best_accuracy
                .is_none_or(|best| found.accuracy > best);
            let line = Line::Epoch {
                epoch: state.progress.epoch + 1,
                step: state.progress.step,
                train_loss: loss,
                train_accuracy: accuracy,
                test_loss: found.loss,
                test_accuracy: found.accuracy,
                images_per_s: of_epoch.images_per_s(self.config.batch).unwrap_or(0.0),
                seconds: begun.elapsed().as_secs_f64(),
            };
            if let Some(folder) = &mut folder {
                folder.log(&line)?;
            }
            state.progress = Progress {
                step: state.progress.step,
                epoch: state.progress.epoch + 1,
                best_accuracy: if best {
                    Some(found.accuracy)
                } else {
                    state.progress.best_accuracy
                },
                ..Progress::default()
            };
            observe(Event::Epoch(line));
            self.save(&state, &mut folder, best, observe)?;
            (train, evaluation) = (Some((loss, accuracy)), Some(found));
        }
        if evaluation.is_none() {
            // A run that was done already.
            evaluation = self
                .evaluator
                .evaluate(&state.params, self.data.test(), stop)?;
        }
        Ok(Outcome {
            progress: state.progress,
            evaluation,
            train,
            images_per_s: pace.images_per_s(self.config.batch),
        })
    }

    fn start(&self, checkpoint: Option<Checkpoint>) -> Result<State, TrainError> {
        let (params, state, progress) = match checkpoint {
            Some(checkpoint) => (
                self.engine.upload(&checkpoint.params)?,
                self.engine.upload(&checkpoint.state)?,
                checkpoint.progress,
            ),
            None => {
                let params = init::parameters(&self.params, self.config.seed)?;
                let zeros = self.step.compiled.inputs(Role::OptimizerState).map(|port| {
                    let count = crate::tensors::element_count(&port.name, &port.dims)?;
                    let device = self.engine.device();
                    Ok(DeviceTensor::upload(device, &port.dims, &vec![0.0; count])?)
                });
                let zeros = zeros.collect::<Result<_, TrainError>>()?;
                (self.engine.upload(&params)?, zeros, Progress::default())
            }
        };
        Ok(State {
            params,
            state,
            progress,
        })
    }

    /// Runs what is left of an epoch's batches, or up to the step in which `stop` was set.
    fn epoch(
        &self,
        state: &mut State,
        folder: &mut Option<&mut RunFolder>,
        stop: &AtomicBool,
        observe: &mut dyn FnMut(Event),
    ) -> Result<Pace, TrainError> {
        let size = usize::try_from(self.config.batch).unwrap_or(usize::MAX);
        let epoch = state.progress.epoch;
        let first = usize::try_from(state.progress.batch).unwrap_or(usize::MAX);
        let batches = Batches::train(self.data.train(), size, self.config.seed, epoch)?;
        let constants = self.constants()?;
        let mut pace = Pace::default();
        let begun = Instant::now();
        for batch in Prefetch::new(batches.starting_at(first)?)? {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let rate = self.schedule.at(state.progress.step + 1);
            let loss = self.advance(state, &batch, rate, &constants)?;
            if !loss.is_finite() {
                let checkpoint = folder
                    .as_ref()
                    .map(|f| RunFolder::checkpoint_path(f.path()));
                return Err(TrainError::NotFinite {
                    loss,
                    step: state.progress.step,
                    epoch: epoch + 1,
                    learning_rate: rate,
                    checkpoint: checkpoint.filter(|path| path.exists()),
                });
            }
            pace = Pace {
                steps: pace.steps + 1,
                time: begun.elapsed(),
            };
            let images_per_s = pace.images_per_s(self.config.batch).unwrap_or(0.0);
            if state.progress.step.is_multiple_of(self.config.log_every)
                && let Some(folder) = folder
            {
                folder.log(&Line::Step {
                    step: state.progress.step,
                    epoch: epoch + 1,
                    loss,
                    learning_rate: rate,
                    images_per_s,
                })?;
            }
            let (loss, accuracy) = self.means(&state.progress);
            observe(Event::Step {
                step: (state.progress.step, self.schedule.total),
                epoch: (epoch + 1, self.config.epochs),
                loss,
                accuracy,
                images_per_s,
            });
        }
        Ok(pace)
    }

    /// One step: the results of the program take the place of its arguments. Returns the loss.
    fn advance(
        &self,
        state: &mut State,
        batch: &Batch,
        rate: f64,
        constants: &[(String, DeviceTensor)],
    ) -> Result<f32, TrainError> {
        let (step, device) = (&self.step, self.engine.device());
        let number = state.progress.step + 1;
        let image =
            DeviceTensor::upload(device, step.compiled.dims_of(Role::Image)?, &batch.images)?;
        let label =
            DeviceTensor::upload(device, step.compiled.dims_of(Role::Label)?, &batch.labels)?;
        let mut hyper = Vec::new();
        for port in step.compiled.inputs(Role::Hyperparameter) {
            hyper.push(match port.name.as_str() {
                "learning_rate" => self.engine.scalar(rate as f32)?,
                "step" => self.engine.scalar(number as f32)?,
                name => match constants.iter().find(|(n, _)| n == name) {
                    Some((_, tensor)) => tensor.clone(),
                    None => {
                        let expected =
                            format!("no hyperparameter {name}, which this trainer does not know,");
                        return Err(step.compiled.lacks(expected));
                    }
                },
            });
        }
        let args = state
            .params
            .iter()
            .chain(&state.state)
            .chain([&image, &label])
            .chain(&hyper);
        let results = step.call(&args.collect::<Vec<_>>())?;
        let loss = step.number(Role::Loss, &results)?;
        let correct = step.number(Role::Metric, &results)?;
        state.params = step.outputs(Role::Param, &results);
        state.state = step.outputs(Role::OptimizerState, &results);
        state.progress.step = number;
        state.progress.batch += 1;
        state.progress.loss_sum += f64::from(loss);
        state.progress.correct += f64::from(correct);
        Ok(loss)
    }

    /// The hyperparameters that are the same at every step.
    fn constants(&self) -> Result<Vec<(String, DeviceTensor)>, TrainError> {
        let mut values = vec![
            ("label_smoothing", self.config.label_smoothing),
            ("weight_decay", self.config.weight_decay),
        ];
        match self.config.update() {
            Update::Sgd { momentum } => values.push(("momentum", momentum)),
            Update::Adamw {
                beta1,
                beta2,
                epsilon,
            } => {
                values.extend([("beta1", beta1), ("beta2", beta2), ("epsilon", epsilon)]);
            }
        }
        let upload =
            |(name, value): (&str, f64)| Ok((name.to_owned(), self.engine.scalar(value as f32)?));
        values.into_iter().map(upload).collect()
    }

    /// Mean loss and accuracy over the batches of the epoch so far.
    fn means(&self, progress: &Progress) -> (f64, f64) {
        let batches = progress.batch.max(1) as f64;
        (
            progress.loss_sum / batches,
            progress.correct / (batches * self.config.batch as f64),
        )
    }

    fn save(
        &self,
        state: &State,
        folder: &mut Option<&mut RunFolder>,
        best: bool,
        observe: &mut dyn FnMut(Event),
    ) -> Result<(), TrainError> {
        let Some(folder) = folder else {
            return Ok(());
        };
        let named = |role, tensors: &[DeviceTensor]| {
            let ports = self.step.compiled.inputs(role).zip(tensors);
            ports
                .map(|(port, tensor)| download(port.name.clone(), tensor))
                .collect::<Result<Vec<_>, _>>()
        };
        let checkpoint = Checkpoint {
            graph_sha256: self.graph_sha256,
            config: self.config.clone(),
            progress: state.progress,
            params: named(Role::Param, &state.params)?,
            state: named(Role::OptimizerState, &state.state)?,
        };
        observe(Event::Saved(folder.save(&checkpoint, best)?));
        Ok(())
    }
}
