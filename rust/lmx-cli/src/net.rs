//! A verified net, its data set, and its trained parameters.

use std::path::{Path, PathBuf};

use lmx_cert::{Verified, check_recorded, verify, verify_recorded};
use lmx_data::{Dataset, Event, GetOptions, LoadOptions, SetInfo};
use lmx_graph::text::{plain, shown};
use lmx_graph::{Graph, Sha256};
use lmx_train::{
    Checkpoint, Config, Engine, Options, RunFolder, TrainError, agree_on_flags, check_set,
};

use crate::args::{CertArgs, WeightsArgs};
use crate::failure::Failure;

/// Verifies a certificate.
///
/// # Errors
/// The refusal.
pub fn verified(args: &CertArgs) -> Result<Verified, Failure> {
    Ok(verify(&args.cert, args.allowlist.as_deref())?)
}

/// Verifies a certificate against the list that is given, else against the one that the settings of a run record, which must be as it was, else
/// against the one beside the certificate.
///
/// # Errors
/// The refusal.
pub fn verified_again(
    cert: &Path,
    given: Option<&Path>,
    recorded: &Options,
) -> Result<Verified, Failure> {
    if given.is_some() {
        return Ok(verify(cert, given)?);
    }
    let sha256 = match &recorded.allowlist_sha256 {
        Some(text) => Some(recorded_sha256(text)?),
        None => None,
    };
    Ok(verify_recorded(
        cert,
        recorded.allowlist.as_deref(),
        sha256,
    )?)
}

/// The sha256 of an allow-list, as settings record it.
fn recorded_sha256(text: &str) -> Result<Sha256, TrainError> {
    text.parse().map_err(|_| TrainError::Setting {
        name: "allowlist_sha256",
        expected: "64 lower-case hexadecimal digits".to_owned(),
        found: shown(text),
    })
}

/// The set that a net is for: the longest set name that begins the net's name and is followed by `-`, else the one
/// set whose images are the net's input.
///
/// # Errors
/// Where none fits, or several do.
pub fn data_set(graph: &Graph) -> Result<&'static SetInfo, Failure> {
    let named = |set: &&str| {
        graph
            .name
            .strip_prefix(*set)
            .is_some_and(|rest| rest.starts_with('-'))
    };
    if let Some(name) = lmx_data::names()
        .filter(named)
        .max_by_key(|name| name.len())
    {
        return Ok(lmx_data::find(name)?);
    }
    let mut fits = Vec::new();
    for name in lmx_data::names() {
        let set = lmx_data::find(name)?;
        if set.image_dims.as_slice() == graph.spec.input && set.classes == graph.spec.classes {
            fits.push(set);
        }
    }
    match fits.as_slice() {
        [set] => Ok(set),
        _ => {
            let names: Vec<_> = lmx_data::names().collect();
            Err(Failure::new(
                format!(
                    "net {}: expected its name to begin with that of a data set, found none that does",
                    graph.name
                ),
                format!("name the set with --data: {}", names.join(", ")),
            ))
        }
    }
}

/// Loads a set that the net takes, and fetches it first if it is not here.
///
/// # Errors
/// Where it is not for this net, or cannot be had.
pub fn load_or_get(graph: &Graph, name: &str) -> Result<Dataset, Failure> {
    check_set(graph, lmx_data::find(name)?)?;
    let mut report = |event: Event<'_>| {
        if let Event::Line(line) = event {
            eprintln!("{line}");
        }
    };
    Ok(lmx_data::load_or_get(
        name,
        &GetOptions::default(),
        &mut report,
    )?)
}

/// Loads a set that the net takes, and that is here.
///
/// # Errors
/// Where it is not.
pub fn load(graph: &Graph, name: &str) -> Result<Dataset, Failure> {
    check_set(graph, lmx_data::find(name)?)?;
    Ok(lmx_data::load(name, &LoadOptions::default())?)
}

/// Trained parameters with their net.
pub struct Trained {
    pub graph: Graph,
    pub checkpoint: Checkpoint,
    /// The name of the data set.
    pub data: String,
    pub path: PathBuf,
}

/// Verifies the certificate and reads the checkpoint.
///
/// # Errors
/// The refusal of either.
pub fn trained(args: &WeightsArgs) -> Result<Trained, Failure> {
    let settings = match &args.run {
        Some(folder) => run_settings(folder)?,
        None => Options::default(),
    };
    let Some(cert) = args.cert.as_ref().or(settings.cert.as_ref()) else {
        return Err(Failure::new(
            "expected a certificate, found none given and none in the run's config.toml",
            "name it with --cert",
        ));
    };
    let given = args.allowlist.as_deref();
    let verified = verified_again(cert, given, &settings)?;
    let by = verified.accepted_by();
    let graph = verified.graph;
    let path = match (&args.run, &args.checkpoint) {
        (Some(folder), _) if args.best => RunFolder::best_path(folder),
        (Some(folder), _) => RunFolder::checkpoint_path(folder),
        (None, Some(path)) => path.clone(),
        // The grammar demands one of them.
        (None, None) => PathBuf::new(),
    };
    let checkpoint = Checkpoint::read(&path, &graph)?;
    if args.run.is_none() && given.is_none() {
        let recorded = recorded_sha256(&checkpoint.config.allowlist_sha256)?;
        check_recorded(&verified.allowlist, recorded, verified.allowlist_sha256)?;
    }
    eprintln!("{}: certificate accepted by {by}", graph.name);
    if !checkpoint.config.iree_flags.is_empty() {
        agree_on_flags(&path, &checkpoint.config.iree_flags, &args.iree_flags)?;
    }
    let data = args
        .data
        .clone()
        .unwrap_or_else(|| checkpoint.config.data.clone());
    Ok(Trained {
        graph,
        checkpoint,
        data,
        path,
    })
}

/// The engine for trained parameters. That flags are in force which the defaults do not have is said.
///
/// # Errors
/// Those of [`Engine::open`].
pub fn engine(args: &WeightsArgs, config: &Config) -> Result<Engine, Failure> {
    let special = special(config.data_tiling, &args.iree_flags);
    if !special.is_empty() {
        eprintln!("compiling {}", special.trim_start_matches("; "));
    }
    let (device, tiling) = (&args.device, config.data_tiling);
    Ok(Engine::open(device, tiling, &args.iree_flags)?)
}

/// How compilation departs from its defaults, each with a semicolon before it; empty if it does not.
fn special(data_tiling: bool, flags: &[String]) -> String {
    let tiling = if data_tiling {
        "; with data tiling"
    } else {
        ""
    };
    if flags.is_empty() {
        return tiling.to_owned();
    }
    let flags: Vec<_> = flags.iter().map(|flag| plain(flag)).collect();
    format!("{tiling}; with the flags {}", flags.join(" "))
}

/// The settings in a run folder.
///
/// # Errors
/// Where the folder has none.
pub fn run_settings(folder: &Path) -> Result<Options, Failure> {
    let path = RunFolder::config_path(folder);
    if !path.is_file() {
        return Err(TrainError::NoRun {
            path: folder.to_owned(),
            expected: "config.toml",
        }
        .into());
    }
    Ok(Options::read(&path)?)
}

/// The number of a net's trained numbers.
pub fn parameter_count(graph: &Graph) -> u64 {
    let count = |dims: &[u64]| dims.iter().fold(1u64, |n, d| n.saturating_mul(*d));
    let counts = graph.params.iter().map(|param| count(&param.shape));
    counts.fold(0, u64::saturating_add)
}

/// A line that says what is trained and how.
pub fn describe(graph: &Graph, config: &Config, data: &Dataset) -> String {
    format!(
        "{}: {} parameters; {}: {} training and {} test images; {}, batch {}, {} epochs, seed {}{}",
        graph.name,
        crate::output::thousands(parameter_count(graph)),
        data.name(),
        crate::output::thousands(data.train().len() as u64),
        crate::output::thousands(data.test().len() as u64),
        config.optimizer,
        config.batch,
        config.epochs,
        config.seed,
        special(config.data_tiling, &config.iree_flags),
    )
}
