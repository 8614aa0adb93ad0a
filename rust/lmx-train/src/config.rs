//! Settings of a run, resolved: every one has a value.

use std::path::{Path, PathBuf};

use lmx_graph::text::shown;
use lmx_graph::{Graph, LayerKind};
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::options::{OptimizerKind, Options, ScheduleKind};
use crate::schedule::Schedule;

/// A training set of fewer examples is small: it gets smaller batches, more epochs and a larger learning rate.
const SMALL: u64 = 10_000;

/// The settings of a run. Printed as TOML it is a configuration file for another run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The certificate.
    pub cert: PathBuf,
    /// The allow-list that accepted it.
    pub allowlist: PathBuf,
    /// The sha256 of that list.
    pub allowlist_sha256: String,
    /// The net's name, as the certificate has it.
    pub net: String,
    /// The data set.
    pub data: String,
    /// Passes over the training part. By default 6 for a net with convolutions, else 12; 30 on a small set.
    pub epochs: u64,
    /// Examples a step. By default 128; 32 on a small set.
    pub batch: u64,
    /// Examples at once in an evaluation, 250 by default. It decides the order of a sum in f32, and so its last bits.
    pub eval_batch: u64,
    /// The optimizer, by default AdamW.
    pub optimizer: OptimizerKind,
    /// The largest learning rate. By default 0.001 for AdamW (0.003 on a small set), 0.05 for SGD.
    pub lr: f64,
    /// What the learning rate does after the warm-up, by default cosine.
    pub schedule: ScheduleKind,
    /// Steps of linear warm-up. By default a twentieth of the run, at most 500.
    pub warmup_steps: u64,
    /// Decay of the weights that the manifest marks. By default 0.01 for AdamW (decoupled: times the learning rate),
    /// 0.0005 for SGD (added to the gradient).
    pub weight_decay: f64,
    /// Momentum of SGD, 0.9 by default. AdamW has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub momentum: Option<f64>,
    /// AdamW's decay of the first moment, 0.9 by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub beta1: Option<f64>,
    /// AdamW's decay of the second moment, 0.999 by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub beta2: Option<f64>,
    /// AdamW's term against division by zero, 1e-8 by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub epsilon: Option<f64>,
    /// Weight of the uniform distribution in the training target, 0 by default (Szegedy et al. 2016, arXiv:1512.00567).
    pub label_smoothing: f64,
    /// Decides the parameters' start and the order of the examples; 0 by default.
    pub seed: u64,
    /// The device, by default `local-task`: the CPU with all its cores.
    pub device: String,
    /// Whether IREE repacks operands into tiles; not by default.
    pub data_tiling: bool,
    /// More flags for `iree-compile`, as they were given on the command line; none by default. Read from a file they are a record alone:
    /// [`agree_on_flags`].
    pub iree_flags: Vec<String>,
    /// Steps between two lines of the metrics file, 50 by default.
    pub log_every: u64,
}

/// An optimizer's own settings.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // `Config` says what each is.
pub enum Update {
    Sgd {
        momentum: f64,
    },
    Adamw {
        beta1: f64,
        beta2: f64,
        epsilon: f64,
    },
}

impl Config {
    /// Gives every setting a value: the given one, or the default for this net and this number of training examples.
    ///
    /// # Errors
    /// [`TrainError::Setting`] for a value out of its range, or one that does not go with another.
    pub fn resolve(options: &Options, graph: &Graph, examples: u64) -> Result<Config, TrainError> {
        let o = options.clone();
        let small = examples < SMALL;
        let optimizer = o.optimizer.unwrap_or(OptimizerKind::Adamw);
        let adamw = optimizer == OptimizerKind::Adamw;
        let epochs = o.epochs.unwrap_or(match (small, has_convolution(graph)) {
            (true, _) => 30,
            (false, true) => 6,
            (false, false) => 12,
        });
        let batch = o
            .batch
            .unwrap_or(if small { 32.min(examples) } else { 128 });
        let steps = epochs.saturating_mul(examples.checked_div(batch).unwrap_or(0));
        let only = |applies: bool, default: f64, given: Option<f64>| {
            given.or_else(|| applies.then_some(default))
        };
        let config = Config {
            cert: o.cert.unwrap_or_default(),
            allowlist: o.allowlist.unwrap_or_default(),
            allowlist_sha256: o.allowlist_sha256.unwrap_or_default(),
            net: o.net.unwrap_or_else(|| graph.name.clone()),
            data: o.data.unwrap_or_default(),
            epochs,
            batch,
            eval_batch: o.eval_batch.unwrap_or(250),
            optimizer,
            lr: o.lr.unwrap_or(match (adamw, small) {
                (true, true) => 0.003,
                (true, false) => 0.001,
                (false, _) => 0.05,
            }),
            schedule: o.schedule.unwrap_or(ScheduleKind::Cosine),
            warmup_steps: o.warmup_steps.unwrap_or((steps / 20).min(500)),
            weight_decay: o.weight_decay.unwrap_or(if adamw { 0.01 } else { 0.0005 }),
            momentum: only(!adamw, 0.9, o.momentum),
            beta1: only(adamw, 0.9, o.beta1),
            beta2: only(adamw, 0.999, o.beta2),
            epsilon: only(adamw, 1e-8, o.epsilon),
            label_smoothing: o.label_smoothing.unwrap_or(0.0),
            seed: o.seed.unwrap_or(0),
            device: o.device.unwrap_or_else(|| "local-task".to_owned()),
            data_tiling: o.data_tiling.unwrap_or(false),
            iree_flags: o.iree_flags.unwrap_or_default(),
            log_every: o.log_every.unwrap_or(50),
        };
        config.check(graph, examples)?;
        Ok(config)
    }

    /// Checks every setting against its range, the net and the number of training examples.
    ///
    /// # Errors
    /// [`TrainError::Setting`].
    pub fn check(&self, graph: &Graph, examples: u64) -> Result<(), TrainError> {
        let whole = |name, value: u64, low: u64, high: u64| {
            setting((low..=high).contains(&value), name, || {
                (format!("{low} to {high}"), value.to_string())
            })
        };
        let real = |name, value: f64, fits: bool, expected: &str| {
            setting(value.is_finite() && fits, name, || {
                (expected.to_owned(), value.to_string())
            })
        };
        setting(self.net == graph.name, "net", || {
            let found = format!("{:?}", self.net);
            (format!("{:?}, the certificate's", graph.name), found)
        })?;
        whole("epochs", self.epochs, 1, 1_000_000)?;
        whole("batch", self.batch, 1, examples)?;
        whole("eval_batch", self.eval_batch, 1, 1_000_000)?;
        whole("log_every", self.log_every, 1, u64::MAX)?;
        // TOML's integers are signed.
        whole("seed", self.seed, 0, i64::MAX as u64)?;
        whole(
            "warmup_steps",
            self.warmup_steps,
            0,
            self.total_steps(examples),
        )?;
        real("lr", self.lr, self.lr > 0.0, "a number above 0")?;
        let fits = self.weight_decay >= 0.0;
        real("weight_decay", self.weight_decay, fits, "a number from 0")?;
        let share = |x: f64| (0.0..1.0).contains(&x);
        let smoothing = self.label_smoothing;
        real(
            "label_smoothing",
            smoothing,
            share(smoothing),
            "0 to below 1",
        )?;
        let others = match self.optimizer {
            OptimizerKind::Sgd => [
                ("beta1", self.beta1),
                ("beta2", self.beta2),
                ("epsilon", self.epsilon),
            ]
            .to_vec(),
            OptimizerKind::Adamw => vec![("momentum", self.momentum)],
        };
        for (name, value) in others {
            let expected = || format!("none: {} has no such setting", self.optimizer);
            setting(value.is_none(), name, || {
                (expected(), value.unwrap_or_default().to_string())
            })?;
        }
        match self.update() {
            Update::Sgd { momentum } => real("momentum", momentum, share(momentum), "0 to below 1"),
            Update::Adamw {
                beta1,
                beta2,
                epsilon,
            } => {
                // The program raises beta to the step by its logarithm.
                let open = |x: f64| x > 0.0 && x < 1.0;
                real("beta1", beta1, open(beta1), "a number between 0 and 1")?;
                real("beta2", beta2, open(beta2), "a number between 0 and 1")?;
                real("epsilon", epsilon, epsilon > 0.0, "a number above 0")
            }
        }
    }

    /// The optimizer's own settings.
    pub fn update(&self) -> Update {
        match self.optimizer {
            OptimizerKind::Sgd => Update::Sgd {
                momentum: self.momentum.unwrap_or(0.9),
            },
            OptimizerKind::Adamw => Update::Adamw {
                beta1: self.beta1.unwrap_or(0.9),
                beta2: self.beta2.unwrap_or(0.999),
                epsilon: self.epsilon.unwrap_or(1e-8),
            },
        }
    }

    /// The name of the train program in the graph.
    pub fn program(&self) -> &'static str {
        match self.optimizer {
            OptimizerKind::Sgd => "train_sgd",
            OptimizerKind::Adamw => "train_adamw",
        }
    }

    /// Steps of the run. A last batch that would not be full is left out of each epoch.
    pub fn total_steps(&self, examples: u64) -> u64 {
        self.epochs
            .saturating_mul(examples.checked_div(self.batch).unwrap_or(0))
    }

    /// The learning rate of each step.
    pub fn learning_rate(&self, examples: u64) -> Schedule {
        Schedule {
            kind: self.schedule,
            rate: self.lr,
            warmup: self.warmup_steps,
            total: self.total_steps(examples),
        }
    }

    /// As a configuration file.
    ///
    /// # Errors
    /// None for a configuration that [`Config::check`] accepts and whose certificate's path is UTF-8.
    pub fn to_toml(&self) -> Result<String, TrainError> {
        Ok(toml::to_string(self)?)
    }
}

/// Checks that the flags for `iree-compile` that a file records are the ones that were given. Such a flag can name a program to run, or
/// change the arithmetic, so that none may take effect because a file says so.
///
/// # Errors
/// [`TrainError::Flags`].
pub fn agree_on_flags(
    path: &Path,
    recorded: &[String],
    given: &[String],
) -> Result<(), TrainError> {
    if recorded == given {
        return Ok(());
    }
    Err(TrainError::Flags {
        path: path.to_owned(),
        expected: flags(recorded),
        found: flags(given),
    })
}

/// Flags as a message shows them.
fn flags(flags: &[String]) -> String {
    const SHOWN: usize = 10;
    if flags.is_empty() {
        return "none".to_owned();
    }
    let mut texts: Vec<_> = flags.iter().take(SHOWN).map(|flag| shown(flag)).collect();
    if flags.len() > SHOWN {
        texts.push(format!("{} more", flags.len() - SHOWN));
    }
    texts.join(", ")
}

fn setting(
    fits: bool,
    name: &'static str,
    describe: impl FnOnce() -> (String, String),
) -> Result<(), TrainError> {
    if fits {
        return Ok(());
    }
    let (expected, found) = describe();
    Err(TrainError::Setting {
        name,
        expected,
        found,
    })
}

fn has_convolution(graph: &Graph) -> bool {
    let is = |kind: &LayerKind| matches!(kind, LayerKind::Conv2d { .. });
    graph.spec.layers.iter().any(|layer| is(&layer.kind))
}
