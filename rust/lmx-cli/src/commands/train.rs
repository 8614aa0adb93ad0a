//! `lmx-rs train`

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lmx_graph::Graph;
use lmx_train::{Checkpoint, Config, Engine, Options, Outcome, RunFolder, Trainer, agree_on_flags};
use serde_json::{Value, json};

use crate::args::TrainArgs;
use crate::failure::{Failure, STOPPED};
use crate::progress::Progress;
use crate::{net, output, stop};

/// A run about to begin.
struct Run {
    graph: Graph,
    config: Config,
    start: Option<Checkpoint>,
    folder: Option<RunFolder>,
}

pub fn run(args: &TrainArgs) -> Result<(), Failure> {
    let begun = Instant::now();
    let options = options(args)?;
    let Some(cert) = options.cert.clone() else {
        return Err(Failure::new(
            "expected a certificate, found none on the command line and none in the configuration",
            "name it with --cert",
        ));
    };
    // Nothing is read, fetched or compiled for a certificate that is refused.
    let verified = net::verified_again(&cert, args.allowlist.as_deref(), &options)?;
    eprintln!(
        "{}: certificate accepted in {} by {}",
        verified.graph.name,
        milliseconds(begun.elapsed()),
        verified.accepted_by()
    );
    let graph = verified.graph;
    let stop = stop::on_ctrl_c()?;
    let name = match &options.data {
        Some(name) => name.clone(),
        None => net::data_set(&graph)?.name.to_owned(),
    };
    let data = net::load_or_get(&graph, &name)?;
    let options = Options {
        cert: Some(absolute(&cert)),
        allowlist: Some(absolute(&verified.allowlist)),
        allowlist_sha256: Some(verified.allowlist_sha256.to_string()),
        data: Some(name),
        ..options
    };
    let examples = data.train().len() as u64;
    let config = Config::resolve(&options, &graph, examples)?;
    let mut run = prepare(args, graph, config, examples)?;
    eprintln!("{}", net::describe(&run.graph, &run.config, &data));

    let engine = Engine::for_config(&run.config, &args.iree_flags)?;
    let version = engine.compiler().version();
    eprintln!("compiling with IREE {version} for {}", run.config.device);
    let trainer = match Trainer::new(&run.graph, run.config.clone(), data, &engine) {
        Ok(trainer) => trainer,
        // The terminal sends Ctrl-C to the compiler as well, which then fails.
        Err(_) if stop.load(Ordering::Relaxed) => return Err(Failure::Silent { code: STOPPED }),
        Err(error) => return Err(error.into()),
    };
    for compiled in trainer.compiled() {
        eprintln!("{compiled}");
    }
    let done = run
        .start
        .as_ref()
        .map_or(0, |checkpoint| checkpoint.progress.step);
    if let Some(folder) = &run.folder {
        let verb = if done > 0 { "going on" } else { "run folder" };
        let at = if done > 0 {
            format!(" from step {done}")
        } else {
            String::new()
        };
        eprintln!("{verb}: {}{at}", folder.path().display());
    }
    let ready = begun.elapsed();
    let mut progress = Progress::new(done, trainer.total_steps(), run.config.epochs);
    let outcome = trainer.run(run.start.take(), run.folder.as_mut(), &stop, &mut |event| {
        progress.show(&event)
    });
    progress.end();
    finish(args, &run, &outcome?, ready, begun.elapsed())
}

/// The settings that are given: on the command line, or in a file, or in the run that goes on.
fn options(args: &TrainArgs) -> Result<Options, Failure> {
    let given = args.options();
    let (path, file) = match (&args.resume, &args.settings.config) {
        (Some(folder), _) => (RunFolder::config_path(folder), net::run_settings(folder)?),
        (None, Some(path)) => (path.clone(), Options::read(path)?),
        (None, None) => return Ok(given),
    };
    if let Some(recorded) = file.iree_flags.as_deref().filter(|flags| !flags.is_empty()) {
        agree_on_flags(&path, recorded, &args.iree_flags)?;
    }
    Ok(given.or(file))
}

/// Takes up the old folder, or makes the new one.
fn prepare(args: &TrainArgs, graph: Graph, config: Config, examples: u64) -> Result<Run, Failure> {
    if let Some(folder) = &args.resume {
        let folder = RunFolder::open(folder)?;
        let checkpoint = folder.read_checkpoint(&graph, examples)?;
        let path = RunFolder::checkpoint_path(folder.path());
        agree_on_flags(&path, &checkpoint.config.iree_flags, &args.iree_flags)?;
        // The certificate may have moved, and another list may have been named; everything else is the run's own.
        let config = Config {
            cert: config.cert,
            allowlist: config.allowlist,
            allowlist_sha256: config.allowlist_sha256,
            ..checkpoint.config.clone()
        };
        folder.write_config(&config)?;
        return Ok(Run {
            graph,
            config,
            start: Some(checkpoint),
            folder: Some(folder),
        });
    }
    let folder = if args.no_save {
        None
    } else {
        let folder = match &args.run_dir {
            Some(path) => RunFolder::create(path)?,
            None => RunFolder::create(&default_folder(&graph.name))?,
        };
        folder.write_config(&config)?;
        Some(folder)
    };
    Ok(Run {
        graph,
        config,
        start: None,
        folder,
    })
}

fn finish(
    args: &TrainArgs,
    run: &Run,
    outcome: &Outcome,
    ready: Duration,
    total: Duration,
) -> Result<(), Failure> {
    let folder = run.folder.as_ref().map(RunFolder::path);
    let stopped = outcome.evaluation.is_none();
    if args.json {
        output::line(&report(run, outcome, folder, ready, total).to_string())?;
    } else if let Some(found) = outcome.evaluation {
        let speed = match outcome.images_per_s {
            Some(speed) => format!(", {} images/s", output::thousands(speed as u64)),
            None => String::new(),
        };
        output::line(&format!(
            "test accuracy {}, test loss {:.4} after {} steps{speed}, {:.1} s in all",
            output::percent(found.accuracy),
            found.loss,
            output::thousands(outcome.progress.step),
            total.as_secs_f64(),
        ))?;
    }
    if !stopped {
        return Ok(());
    }
    match folder {
        Some(folder) => eprintln!(
            "stopped at step {}; saved; go on with: lmx-rs train --resume {}",
            outcome.progress.step,
            folder.display()
        ),
        None => eprintln!(
            "stopped at step {}; nothing was saved",
            outcome.progress.step
        ),
    }
    Err(Failure::Silent { code: STOPPED })
}

fn report(
    run: &Run,
    outcome: &Outcome,
    folder: Option<&Path>,
    ready: Duration,
    total: Duration,
) -> Value {
    let (config, progress) = (&run.config, &outcome.progress);
    json!({
        "test_accuracy": outcome.evaluation.map(|found| found.accuracy),
        "test_loss": outcome.evaluation.map(|found| found.loss),
        "images_per_s": outcome.images_per_s,
        "seed": config.seed,
        "graph_sha256": run.graph.sha256.to_string(),
        "net": run.graph.name,
        "data": config.data,
        "optimizer": config.optimizer,
        "batch": config.batch,
        "epochs": progress.epoch,
        "steps": progress.step,
        "train_loss": outcome.train.map(|(loss, _)| loss),
        "train_accuracy": outcome.train.map(|(_, accuracy)| accuracy),
        "best_test_accuracy": progress.best_accuracy,
        "parameters": net::parameter_count(&run.graph),
        "device": config.device,
        "data_tiling": config.data_tiling,
        "iree_flags": config.iree_flags,
        "run_dir": folder.map(Path::to_string_lossy),
        "stopped": outcome.evaluation.is_none(),
        "seconds_to_first_step": ready.as_secs_f64(),
        "seconds": total.as_secs_f64(),
    })
}

/// A path that holds from other working folders too.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// `runs/NET-TIME`, in UTC; with a number if that is there already.
fn default_folder(net: &str) -> PathBuf {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs());
    let name = format!("{net}-{}", timestamp(seconds));
    let runs = Path::new("runs");
    let mut path = runs.join(&name);
    let mut number = 2;
    while path.exists() {
        path = runs.join(format!("{name}-{number}"));
        number += 1;
    }
    path
}

/// Seconds since 1970 as `YYYYMMDD-HHMMSS`, by Howard Hinnant's `civil_from_days`.
fn timestamp(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn timestamps() {
        // From `date -u -d @N +%Y%m%d-%H%M%S`.
        assert_eq!(timestamp(0), "19700101-000000");
        assert_eq!(timestamp(951_782_399), "20000228-235959");
        assert_eq!(timestamp(951_782_400), "20000229-000000");
        assert_eq!(timestamp(4_107_542_400), "21000301-000000");
        assert_eq!(timestamp(1_795_353_516), "20261122-131836");
    }
}
