//! Settings as they are given: on the command line, in a configuration file, or not at all.

use std::fmt;
use std::path::{Path, PathBuf};

use lmx_graph::file::read_limited;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;

/// Which train program of the graph is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// SGD with momentum: `train_sgd`.
    Sgd,
    /// AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101): `train_adamw`.
    Adamw,
}

/// What the learning rate does after the warm-up. [`crate::schedule::Schedule`] has the formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScheduleKind {
    /// Stays.
    Constant,
    /// Falls to zero along half a cosine.
    Cosine,
}

impl fmt::Display for OptimizerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OptimizerKind::Sgd => "sgd",
            OptimizerKind::Adamw => "adamw",
        })
    }
}

/// Settings, each of which may be missing. The keys of a configuration file are the names of the fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // `Config` has the same fields and says what each is.
pub struct Options {
    pub cert: Option<PathBuf>,
    pub allowlist: Option<PathBuf>,
    pub allowlist_sha256: Option<String>,
    pub net: Option<String>,
    pub data: Option<String>,
    pub epochs: Option<u64>,
    pub batch: Option<u64>,
    pub eval_batch: Option<u64>,
    pub optimizer: Option<OptimizerKind>,
    pub lr: Option<f64>,
    pub schedule: Option<ScheduleKind>,
    pub warmup_steps: Option<u64>,
    pub weight_decay: Option<f64>,
    pub momentum: Option<f64>,
    pub beta1: Option<f64>,
    pub beta2: Option<f64>,
    pub epsilon: Option<f64>,
    pub label_smoothing: Option<f64>,
    pub seed: Option<u64>,
    pub device: Option<String>,
    pub data_tiling: Option<bool>,
    pub iree_flags: Option<Vec<String>>,
    pub log_every: Option<u64>,
}

impl Options {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`TrainError::Read`], [`TrainError::Config`]: a key that is not known is refused.
    pub fn read(path: &Path) -> Result<Options, TrainError> {
        let bytes = read_limited(path, 1 << 20)?;
        let text = String::from_utf8_lossy(&bytes);
        toml::from_str(&text).map_err(|source| TrainError::Config {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// These settings, and where one is missing, the other's; but never the other's flags for `iree-compile`, which may run programs:
    /// [`agree_on_flags`](crate::agree_on_flags).
    pub fn or(self, other: Options) -> Options {
        Options {
            cert: self.cert.or(other.cert),
            allowlist: self.allowlist.or(other.allowlist),
            allowlist_sha256: self.allowlist_sha256.or(other.allowlist_sha256),
            net: self.net.or(other.net),
            data: self.data.or(other.data),
            epochs: self.epochs.or(other.epochs),
            batch: self.batch.or(other.batch),
            eval_batch: self.eval_batch.or(other.eval_batch),
            optimizer: self.optimizer.or(other.optimizer),
            lr: self.lr.or(other.lr),
            schedule: self.schedule.or(other.schedule),
            warmup_steps: self.warmup_steps.or(other.warmup_steps),
            weight_decay: self.weight_decay.or(other.weight_decay),
            momentum: self.momentum.or(other.momentum),
            beta1: self.beta1.or(other.beta1),
            beta2: self.beta2.or(other.beta2),
            epsilon: self.epsilon.or(other.epsilon),
            label_smoothing: self.label_smoothing.or(other.label_smoothing),
            seed: self.seed.or(other.seed),
            device: self.device.or(other.device),
            data_tiling: self.data_tiling.or(other.data_tiling),
            iree_flags: self.iree_flags,
            log_every: self.log_every.or(other.log_every),
        }
    }
}
