//! The grammar of the command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use lmx_train::{OptimizerKind, Options, ScheduleKind};

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 usage, 3 certificate refused, 130 stopped by Ctrl-C \
(a run that is kept is saved first; a second Ctrl-C ends it at once, without saving).\n\
Environment: LMX_HOME (tools, compiled modules, data sets), LMX_IREE_COMPILE (an iree-compile to use), \
LMX_DATA_DIR (a folder to look for data sets in).";

/// Trains neural networks whose graph and theorems come from Lean, on IREE.
#[derive(Debug, Parser)]
#[command(name = "lmx-rs", version, after_help = EXIT_CODES, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Train(Box<TrainArgs>),
    Eval(EvalArgs),
    Predict(PredictArgs),
    Verify(VerifyArgs),
    Emit(EmitArgs),
    Inspect(InspectArgs),
    Data(DataArgs),
    Run(RunArgs),
    Bench(BenchArgs),
    Doctor(DoctorArgs),
    Completions(CompletionsArgs),
}

/// A certificate and the list that it is checked against.
#[derive(Debug, Args)]
pub struct CertArgs {
    /// The certificate, such as certificates/mnist-mlp.cert.json; its graph lies beside it
    #[arg(long, value_name = "FILE")]
    pub cert: PathBuf,
    /// The reviewed theorems, axioms and toolchains [default: allowlist.json beside the certificate]
    #[arg(long, value_name = "FILE")]
    pub allowlist: Option<PathBuf>,
}

/// Train a network: verify its certificate, compile its train program, run it
///
/// Settings come from the command line, then from --config, then from defaults that depend on net and data set; the
/// run folder's config.toml has all of them. Ctrl-C saves the state and exits with code 130; a second Ctrl-C exits at once, without saving.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct TrainArgs {
    /// The certificate, such as certificates/mnist-mlp.cert.json; its graph lies beside it
    #[arg(long, value_name = "FILE", required_unless_present_any = ["config", "resume"])]
    pub cert: Option<PathBuf>,
    /// The reviewed theorems, axioms and toolchains [default: the run's, unchanged, else allowlist.json beside the certificate]
    #[arg(long, value_name = "FILE")]
    pub allowlist: Option<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
    /// A flag for iree-compile; may be given more than once. A run's flags are recorded, and must be given again with --resume or its config.toml
    #[arg(long = "iree-flag", value_name = "FLAG", allow_hyphen_values = true)]
    pub iree_flags: Vec<String>,
    /// Go on with the run in this folder, with its settings, to the same bits as if it had never stopped
    #[arg(long, value_name = "RUN_DIR", conflicts_with_all = ["Settings", "run_dir", "no_save"])]
    pub resume: Option<PathBuf>,
    /// The folder of the run, new or empty [default: runs/NET-TIME]
    #[arg(long, value_name = "DIR")]
    pub run_dir: Option<PathBuf>,
    /// Keep nothing: no run folder, no checkpoint
    #[arg(long, conflicts_with = "run_dir")]
    pub no_save: bool,
    /// End with one line of JSON on standard output
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// A TOML file of settings; its keys are these options' names with _ for -. The iree_flags of it must be on the command line as well
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data set: mnist, fashion-mnist or digits [default: the one of the net's name]
    #[arg(long, value_name = "NAME")]
    pub data: Option<String>,
    /// Passes over the training part [default: 6 with convolutions, else 12; 30 on a set below 10,000 examples]
    #[arg(long, value_name = "N")]
    pub epochs: Option<u64>,
    /// Examples a step [default: 128; 32 on a set below 10,000 examples]
    #[arg(long, value_name = "N")]
    pub batch: Option<u64>,
    /// Examples at once in an evaluation [default: 250]
    #[arg(long, value_name = "N")]
    pub eval_batch: Option<u64>,
    /// The optimizer [default: adamw]
    #[arg(long, value_name = "NAME")]
    pub optimizer: Option<OptimizerArg>,
    /// The largest learning rate [default: 0.001 for adamw (0.003 on a small set), 0.05 for sgd]
    #[arg(long, value_name = "X")]
    pub lr: Option<f64>,
    /// What the learning rate does after the warm-up [default: cosine]
    #[arg(long, value_name = "NAME")]
    pub schedule: Option<ScheduleArg>,
    /// Steps of linear warm-up [default: a twentieth of the run, at most 500]
    #[arg(long, value_name = "N")]
    pub warmup_steps: Option<u64>,
    /// Decay of the weights [default: 0.01 for adamw, 0.0005 for sgd]
    #[arg(long, value_name = "X")]
    pub weight_decay: Option<f64>,
    /// Momentum of sgd [default: 0.9]
    #[arg(long, value_name = "X")]
    pub momentum: Option<f64>,
    /// Decay of adamw's first moment [default: 0.9]
    #[arg(long, value_name = "X")]
    pub beta1: Option<f64>,
    /// Decay of adamw's second moment [default: 0.999]
    #[arg(long, value_name = "X")]
    pub beta2: Option<f64>,
    /// Adamw's term against division by zero [default: 1e-8]
    #[arg(long, value_name = "X")]
    pub epsilon: Option<f64>,
    /// Weight of the uniform distribution in the training target [default: 0]
    #[arg(long, value_name = "X")]
    pub label_smoothing: Option<f64>,
    /// Decides the parameters' start and the order of examples; the same seed gives the same bits [default: 0]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The device: local-task (all cores), local-sync (one), or one this program was built with [default: local-task]
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Let IREE repack the operands of products
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub data_tiling: Option<bool>,
    /// Steps between two lines of metrics.jsonl [default: 50]
    #[arg(long, value_name = "N")]
    pub log_every: Option<u64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OptimizerArg {
    /// SGD with momentum
    Sgd,
    /// Adam with decoupled weight decay
    Adamw,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ScheduleArg {
    /// Stays
    Constant,
    /// Falls along half a cosine
    Cosine,
}

impl TrainArgs {
    /// The settings that are on the command line.
    pub fn options(&self) -> Options {
        let s = &self.settings;
        Options {
            cert: self.cert.clone(),
            allowlist: self.allowlist.clone(),
            allowlist_sha256: None,
            net: None,
            data: s.data.clone(),
            epochs: s.epochs,
            batch: s.batch,
            eval_batch: s.eval_batch,
            optimizer: s.optimizer.map(|optimizer| match optimizer {
                OptimizerArg::Sgd => OptimizerKind::Sgd,
                OptimizerArg::Adamw => OptimizerKind::Adamw,
            }),
            lr: s.lr,
            schedule: s.schedule.map(|schedule| match schedule {
                ScheduleArg::Constant => ScheduleKind::Constant,
                ScheduleArg::Cosine => ScheduleKind::Cosine,
            }),
            warmup_steps: s.warmup_steps,
            weight_decay: s.weight_decay,
            momentum: s.momentum,
            beta1: s.beta1,
            beta2: s.beta2,
            epsilon: s.epsilon,
            label_smoothing: s.label_smoothing,
            seed: s.seed,
            device: s.device.clone(),
            data_tiling: s.data_tiling,
            iree_flags: (!self.iree_flags.is_empty()).then(|| self.iree_flags.clone()),
            log_every: s.log_every,
        }
    }
}

/// Which trained parameters, of which net.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("weights").required(true).args(["run", "checkpoint"]))]
pub struct WeightsArgs {
    /// The certificate [default: the run's]
    #[arg(long, value_name = "FILE", required_unless_present = "run")]
    pub cert: Option<PathBuf>,
    /// The reviewed theorems, axioms and toolchains [default: the run's, unchanged, else allowlist.json beside the certificate]
    #[arg(long, value_name = "FILE")]
    pub allowlist: Option<PathBuf>,
    /// The folder of a run: its newest checkpoint
    #[arg(long, value_name = "RUN_DIR")]
    pub run: Option<PathBuf>,
    /// With --run: the checkpoint of the best test accuracy
    #[arg(long, requires = "run")]
    pub best: bool,
    /// A checkpoint
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// The data set: examples, or how pixels become numbers [default: the run's]
    #[arg(long, value_name = "NAME")]
    pub data: Option<String>,
    /// The device [default: local-task]
    #[arg(
        long,
        value_name = "NAME",
        default_value = "local-task",
        hide_default_value = true
    )]
    pub device: String,
    /// A flag for iree-compile; may be given more than once. Those that the run or the checkpoint records must be given again
    #[arg(long = "iree-flag", value_name = "FLAG", allow_hyphen_values = true)]
    pub iree_flags: Vec<String>,
}

/// Loss and accuracy of trained parameters on the test part of a data set
#[derive(Debug, Args)]
pub struct EvalArgs {
    #[command(flatten)]
    pub weights: WeightsArgs,
    /// Examples at once
    #[arg(long, value_name = "N", default_value_t = 250)]
    pub batch: u64,
    /// One line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Class probabilities of an image file
///
/// The image becomes grayscale and is resized to the net's input. The probabilities are the softmax of the graph's
/// logits, which this program computes in f64: that last step is not part of the certified graph.
#[derive(Debug, Args)]
pub struct PredictArgs {
    #[command(flatten)]
    pub weights: WeightsArgs,
    /// A PNG, JPEG or BMP file
    #[arg(value_name = "IMAGE")]
    pub image: PathBuf,
    /// Exchange light and dark: the data sets have light strokes on a dark ground
    #[arg(long)]
    pub invert: bool,
    /// One line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Check a certificate and its graph against the allow-list, and say what that established
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub cert: CertArgs,
    /// One line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Print a program as StableHLO
#[derive(Debug, Args)]
pub struct EmitArgs {
    #[command(flatten)]
    pub cert: CertArgs,
    /// forward, grad, train_adamw or train_sgd
    #[arg(long, value_name = "NAME")]
    pub program: String,
    /// The batch size
    #[arg(long, value_name = "N")]
    pub batch: u64,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// MLIR's generic form, which needs no IREE
    #[arg(long)]
    pub generic: bool,
}

/// Layers, shapes, parameters and op counts of a net
#[derive(Debug, Args)]
pub struct InspectArgs {
    #[command(flatten)]
    pub cert: CertArgs,
    /// One line of JSON
    #[arg(long, conflicts_with = "dot")]
    pub json: bool,
    /// A program as a graph for Graphviz
    #[arg(long)]
    pub dot: bool,
    /// With --dot: the program
    #[arg(long, value_name = "NAME", default_value = "forward", requires = "dot")]
    pub program: String,
}

/// Fetch and list data sets
#[derive(Debug, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    pub command: DataCommand,
}

#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Fetch a data set, verified by checksums, and never half-written
    Get {
        /// mnist, fashion-mnist or digits
        name: String,
        /// Take the files from this folder, and from nowhere else
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// List the data sets and whether they are here
    List {
        /// One line of JSON
        #[arg(long)]
        json: bool,
    },
}

/// Run one program on given tensors
///
/// Inputs and outputs are safetensors files of f32 tensors named ROLE/NAME, such as param/dense1.weight, image/image or
/// hyperparameter/label_smoothing.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub cert: CertArgs,
    /// forward, grad, train_adamw or train_sgd
    #[arg(long, value_name = "NAME")]
    pub program: String,
    /// The batch size
    #[arg(long, value_name = "N")]
    pub batch: u64,
    /// The input tensors
    #[arg(long, value_name = "FILE")]
    pub inputs: PathBuf,
    /// Where the output tensors go
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    pub device: DeviceArgs,
}

/// A device and how to compile for it.
#[derive(Debug, Args)]
pub struct DeviceArgs {
    /// The device
    #[arg(long, value_name = "NAME", default_value = "local-task")]
    pub device: String,
    /// Let IREE repack the operands of products
    #[arg(long)]
    pub data_tiling: bool,
    /// A flag for iree-compile; may be given more than once
    #[arg(long = "iree-flag", value_name = "FLAG", allow_hyphen_values = true)]
    pub iree_flags: Vec<String>,
}

/// Time verification, emission, compilation and a program's steps
#[derive(Debug, Args)]
pub struct BenchArgs {
    #[command(flatten)]
    pub cert: CertArgs,
    /// forward, grad, train_adamw or train_sgd
    #[arg(long, value_name = "NAME", default_value = "train_adamw")]
    pub program: String,
    /// The batch size
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub batch: u64,
    /// Steps that are timed
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub iters: usize,
    /// Steps before those
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub warmup: usize,
    #[command(flatten)]
    pub device: DeviceArgs,
    /// One line of JSON
    #[arg(long)]
    pub json: bool,
}

/// What is here and what is missing: compiler, devices, caches, data sets, memory
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// One line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Print a script that completes this command line in a shell
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        super::Cli::command().debug_assert();
    }
}
