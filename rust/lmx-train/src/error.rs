//! What can go wrong, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use lmx_data::DataError;
use lmx_graph::file::ReadError;
use lmx_iree::IreeError;
use lmx_mlir::EmitError;

use crate::run_folder::CHECKPOINT;

/// Any failure of this crate. The message says what, where, expected and found; [`TrainError::help`] says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// Of a data set or an image.
    #[error(transparent)]
    Data(Box<DataError>),
    /// Of the compiler or the runtime.
    #[error(transparent)]
    Iree(Box<IreeError>),
    /// Of a program's printing.
    #[error(transparent)]
    Emit(Box<EmitError>),
    /// A file that cannot be read, or is over its limit.
    #[error(transparent)]
    Read(#[from] ReadError),

    /// A setting out of its range, or one that does not go with another.
    #[error("{name}: expected {expected}, found {found}")]
    Setting {
        /// The setting, as in the configuration file.
        name: &'static str,
        /// What would do.
        expected: String,
        /// What was given.
        found: String,
    },
    /// Flags for `iree-compile` that a file records, and that were not given again.
    #[error("{}: iree_flags: expected the flags that it records, {expected}, on the command line, found {found}", path.display())]
    Flags {
        /// The configuration or the checkpoint.
        path: PathBuf,
        /// The flags that it records.
        expected: String,
        /// Those given.
        found: String,
    },
    /// A configuration file that is not of its form.
    #[error("{}: {source}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The parser's reason, with line and column.
        source: Box<toml::de::Error>,
    },
    /// The resolved configuration could not be printed.
    #[error("cannot print the configuration: {0}")]
    PrintConfig(#[from] toml::ser::Error),
    /// The graph lacks a program.
    #[error("net {net}: expected a program {found:?} among {known}, found none")]
    NoProgram {
        /// The net.
        net: String,
        /// The program asked for.
        found: String,
        /// Those it has.
        known: String,
    },
    /// A program has no input or output that its role demands. The graph's reader refuses such a graph.
    #[error("program {program}: expected {expected}, found none")]
    Signature {
        /// The program.
        program: String,
        /// What is missing.
        expected: String,
    },
    /// A tensor given to a program is not what it takes.
    #[error("program {program}: input {name}: expected {expected}, found {found}")]
    Argument {
        /// The program.
        program: String,
        /// The tensor, as `ROLE/NAME`.
        name: String,
        /// What would do.
        expected: String,
        /// What was given.
        found: String,
    },
    /// The data set's examples are not the net's.
    #[error("data set {data}: expected {what} {expected}, which net {net} takes, found {found}")]
    DataShape {
        /// The data set.
        data: String,
        /// The net.
        net: String,
        /// `images of shape`, `a number of classes of`
        what: &'static str,
        /// The net's.
        expected: String,
        /// The set's.
        found: String,
    },
    /// A tensor beyond the address space.
    #[error("tensor {name}: dimensions {dims:?} are too large for this machine")]
    TooLarge {
        /// Its name.
        name: String,
        /// Its dimensions.
        dims: Vec<u64>,
    },
    /// The loss is NaN or infinite.
    #[error(
        "the loss became {loss} at step {step} (epoch {epoch}, learning rate {learning_rate:.3e})"
    )]
    NotFinite {
        /// The loss.
        loss: f32,
        /// The step, from 1.
        step: u64,
        /// The epoch, from 1.
        epoch: u64,
        /// The step's learning rate.
        learning_rate: f64,
        /// The checkpoint that is left, if there is one.
        checkpoint: Option<PathBuf>,
    },

    /// A file that cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Tensors that safetensors does not take.
    #[error("cannot serialise tensors: {0}")]
    Serialize(safetensors::SafeTensorError),
    /// A file that is no safetensors file, or a truncated one.
    #[error("{}: expected a whole safetensors file, found: {source}", path.display())]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// The parser's reason.
        source: safetensors::SafeTensorError,
    },
    /// A tensor of another type.
    #[error("{}: tensor {name}: expected type F32, found {found}", path.display())]
    TensorType {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its type.
        found: String,
    },

    /// A checkpoint's metadata lack an entry, or have one of another form.
    #[error("{}: metadata entry {entry:?}: expected {expected}, found {found}", path.display())]
    CheckpointEntry {
        /// The checkpoint.
        path: PathBuf,
        /// The entry.
        entry: &'static str,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A checkpoint was changed or damaged after it was written.
    #[error("{}: content sha256: expected {expected}, which its metadata name, found {found}", path.display())]
    CheckpointDigest {
        /// The checkpoint.
        path: PathBuf,
        /// What it names.
        expected: String,
        /// Of its content.
        found: String,
    },
    /// A checkpoint of another graph.
    #[error("{}: graph_sha256: expected {expected}, the graph of net {net}, found {found}, a checkpoint of net {found_net}", path.display())]
    OtherGraph {
        /// The checkpoint.
        path: PathBuf,
        /// The net in use.
        net: String,
        /// The sha256 of its graph.
        expected: String,
        /// The sha256 of the checkpoint's graph.
        found: String,
        /// The checkpoint's net.
        found_net: String,
    },
    /// A checkpoint's tensors are not the graph's.
    #[error("{}: tensor {name}: expected {expected}, found {found}", path.display())]
    CheckpointTensor {
        /// The checkpoint.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// The graph's.
        expected: String,
        /// The checkpoint's.
        found: String,
    },

    /// Another process uses the run folder.
    #[error("{}: the run folder is in use by {owner}", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
        /// `process 123`, or `another process`.
        owner: String,
    },
    /// A new run in a folder that has one.
    #[error("{}: expected a new or an empty folder for a new run, found {found} in it", path.display())]
    RunExists {
        /// The folder.
        path: PathBuf,
        /// What is there.
        found: &'static str,
        /// Whether that run can be gone on with.
        saved: bool,
    },
    /// A run that cannot be taken up.
    #[error("{}: expected the folder of a run, with {expected} in it, found none", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// The file that is missing.
        expected: &'static str,
    },
}

impl TrainError {
    /// What to do about it, where the message does not say it already.
    pub fn help(&self) -> Option<String> {
        use TrainError::*;
        let full = |source: &io::Error| {
            matches!(
                source.kind(),
                io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::FileTooLarge
            )
        };
        Some(match self {
            Data(_) | Iree(_) | Emit(_) | Signature { .. } => return None,
            Read(_) => "check the path".to_owned(),
            Setting { name, .. } => format!("change {name}; `lmx-rs train --help` explains each setting"),
            Flags { .. } => "a flag for iree-compile can run a program or change the arithmetic, so none is taken from a file; \
                             if you know these flags and want them, give each with --iree-flag"
                .to_owned(),
            Config { .. } => "correct the file; `config.toml` in any run folder is an example".to_owned(),
            NoProgram { .. } => "choose one of these".to_owned(),
            DataShape { .. } => "choose another set with --data, or another certificate".to_owned(),
            Argument { .. } => "`lmx-rs inspect` lists the inputs of each program".to_owned(),
            TooLarge { .. } => "use a smaller net or batch".to_owned(),
            NotFinite { checkpoint, .. } => {
                let kept = match checkpoint {
                    Some(path) => format!("{} holds the last state that was saved. ", path.display()),
                    None => String::new(),
                };
                format!("{kept}Try a lower --lr, more --warmup-steps, or another --seed")
            }
            Write { source, .. } if full(source) => {
                "free some space, then go on with --resume: the files that were there before are whole".to_owned()
            }
            Write { .. } => "choose a folder that can be written".to_owned(),
            PrintConfig(_) | Serialize(_) => "this is a fault of lmx-train: please report it".to_owned(),
            Safetensors { .. } | CheckpointDigest { .. } | CheckpointEntry { .. } => {
                "the file is damaged, truncated or of another kind; use another checkpoint, \
                 such as best.safetensors of the run folder"
                    .to_owned()
            }
            TensorType { .. } => "convert it to F32".to_owned(),
            OtherGraph { .. } => {
                "use the certificate that the run was started with; a net that was changed and exported again needs a new run"
                    .to_owned()
            }
            CheckpointTensor { .. } => "use a checkpoint of this net and optimizer".to_owned(),
            Locked { .. } => "wait for it to end, stop it, or choose another --run-dir".to_owned(),
            RunExists { saved: false, .. } => {
                "that run saved no state, so that it cannot be gone on with: remove the folder, or choose another --run-dir".to_owned()
            }
            RunExists { path, .. } => {
                format!("go on with it by `--resume {}`, or choose another --run-dir", path.display())
            }
            NoRun { expected, .. } if *expected == CHECKPOINT => {
                "the run ended before its first save, at the end of the first epoch or at Ctrl-C: remove the folder and begin anew, \
                 or check the path"
                    .to_owned()
            }
            NoRun { .. } => "check the path".to_owned(),
        })
    }

    /// A [`TrainError::Write`] maker for `map_err`.
    pub(crate) fn writing(path: &Path) -> impl FnOnce(io::Error) -> TrainError {
        let path = path.to_path_buf();
        move |source| TrainError::Write { path, source }
    }
}

impl From<DataError> for TrainError {
    fn from(error: DataError) -> TrainError {
        TrainError::Data(Box::new(error))
    }
}

impl From<IreeError> for TrainError {
    fn from(error: IreeError) -> TrainError {
        TrainError::Iree(Box::new(error))
    }
}

impl From<EmitError> for TrainError {
    fn from(error: EmitError) -> TrainError {
        TrainError::Emit(Box::new(error))
    }
}
