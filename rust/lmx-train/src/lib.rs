//! Training and evaluation of a checked graph on IREE.
//!
//! - [`Options`] → [`Config`]: settings as given, and resolved against a net and a data set;
//! - [`init`]: parameters from the manifest and a seed;
//! - [`schedule`]: the learning rate of each step;
//! - [`Trainer`]: the loop. Parameters and optimizer state stay on the device; the next batch is prepared while a step runs;
//! - [`Evaluator`]: loss and accuracy of a part of a set, and the logits of single images;
//! - [`Checkpoint`], [`RunFolder`], [`metrics`]: what is kept on disk, and how a run is taken up again to the same bits.
//!
//! The same graph, settings, data, machine and seed give the same numbers, bit for bit, whether or not the run was
//! stopped and resumed in between.
//!
//! What this crate does not do: verify certificates (the caller has done it), or compute anything of a net itself. It
//! feeds the programs of the graph and keeps what they return.

pub mod allocator;
mod atomic;
mod bench;
mod checkpoint;
mod config;
mod engine;
mod error;
mod evaluate;
pub mod init;
pub mod metrics;
mod options;
mod run_folder;
pub mod schedule;
mod tensors;
mod trainer;

pub use atomic::write_atomically;
pub use bench::step_times;
pub use checkpoint::{Checkpoint, Progress};
pub use config::{Config, Update, agree_on_flags};
pub use engine::{Compiled, Engine};
pub use error::TrainError;
pub use evaluate::{Evaluation, Evaluator, check_set, softmax};
pub use options::{OptimizerKind, Options, ScheduleKind};
pub use run_folder::RunFolder;
pub use tensors::{HostTensor, read_safetensors, write_safetensors};
pub use trainer::{Event, Outcome, Trainer};
