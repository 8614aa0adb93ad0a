//! `lmx-rs train`, from the certificate to the run folder.

mod common;

use std::fs;
use std::path::Path;

use common::{cert, end, interrupt, lines, run, start, temp, text, train_digits, wait_until};
use lmx_graph::Graph;
use lmx_train::{Checkpoint, RunFolder};
use serde_json::Value;

fn checkpoint(folder: &Path) -> Checkpoint {
    let graph = Graph::read(&common::certificates().join("digits-mlp.graph.json")).unwrap();
    Checkpoint::read(&RunFolder::checkpoint_path(folder), &graph).unwrap()
}

fn bits(checkpoint: &Checkpoint) -> Vec<Vec<u32>> {
    let tensors = checkpoint.params.iter().chain(&checkpoint.state);
    tensors
        .map(|t| t.data.iter().map(|x| x.to_bits()).collect())
        .collect()
}

/// The metrics without what the clock decides.
fn metrics(folder: &Path) -> Vec<Value> {
    let line = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        let object = value.as_object_mut().unwrap();
        object.remove("images_per_s").unwrap();
        object.remove("seconds");
        value
    };
    let text = fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
    text.lines().map(line).collect()
}

#[test]
fn the_digits_are_learned_and_the_run_is_kept() {
    let dir = temp();
    let folder = dir.path().join("run");
    let ended = train_digits(&folder, &[]).with(0);
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
    let report = ended.json();
    assert!(
        report["test_accuracy"].as_f64().unwrap() >= 0.95,
        "{report}"
    );
    assert!(report["test_loss"].as_f64().unwrap() < 0.3, "{report}");
    assert!(report["images_per_s"].as_f64().unwrap() > 0.0, "{report}");
    assert_eq!(report["seed"], 0);
    assert_eq!(report["graph_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(report["run_dir"], text(&folder));
    assert_eq!(report["stopped"], false);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|f| f.unwrap().file_name())
        .collect();
    files.sort();
    let expected = [
        "best.safetensors",
        "checkpoint.safetensors",
        "config.toml",
        "metrics.jsonl",
        "run.lock",
    ];
    assert_eq!(files, expected);

    // What was kept gives the same numbers, and the settings that were kept give the same run.
    let evaluated = run(&["eval", "--run", text(&folder), "--json"])
        .with(0)
        .json();
    assert_eq!(evaluated["test_accuracy"], report["test_accuracy"]);
    assert_eq!(evaluated["test_loss"], report["test_loss"]);
    let best = run(&["eval", "--run", text(&folder), "--best", "--json"])
        .with(0)
        .json();
    assert_eq!(best["test_accuracy"], report["best_test_accuracy"]);
    let again = dir.path().join("again");
    let config = folder.join("config.toml");
    run(&[
        "train",
        "--config",
        text(&config),
        "--run-dir",
        text(&again),
    ])
    .with(0);
    assert!(bits(&checkpoint(&again)) == bits(&checkpoint(&folder)));
    assert_eq!(metrics(&again), metrics(&folder));
}

#[test]
fn ctrl_c_saves_and_resuming_gives_the_same_bits() {
    let dir = temp();
    let (straight, stopped) = (dir.path().join("straight"), dir.path().join("stopped"));
    // Long epochs of small batches, so that a signal arrives in the middle of one.
    let settings = ["--epochs", "12", "--batch", "2", "--log-every", "1"];
    train_digits(&straight, &settings).with(0);

    let steps = lines(&straight.join("metrics.jsonl"));
    let metrics_file = stopped.join("metrics.jsonl");
    let cert = cert("digits-mlp");
    let first = [
        "train",
        "--cert",
        &cert,
        "--run-dir",
        text(&stopped),
        "--json",
    ];
    let mut child = start(&[&first[..], &settings].concat());
    let mut in_an_epoch = 0;
    for part in 1..=3 {
        wait_until("some steps are done", || {
            lines(&metrics_file) > part * steps / 8
        });
        interrupt(&child);
        let ended = end(child)
            .with(130)
            .says(&["stopping after this step", "--resume"]);
        assert_eq!(ended.json()["stopped"], true);
        assert_eq!(ended.json()["test_accuracy"], Value::Null);
        let progress = checkpoint(&stopped).progress;
        assert!(progress.step < 12 * 718);
        in_an_epoch += usize::from(progress.batch > 0);
        child = start(&["train", "--resume", text(&stopped), "--json"]);
    }
    assert!(
        in_an_epoch > 0,
        "no signal arrived in the middle of an epoch"
    );
    let ended = end(child).with(0);
    assert_eq!(ended.json()["steps"], 12 * 718);
    assert!(
        bits(&checkpoint(&stopped)) == bits(&checkpoint(&straight)),
        "other bits"
    );
    assert_eq!(
        checkpoint(&stopped).progress,
        checkpoint(&straight).progress
    );
    assert_eq!(metrics(&stopped), metrics(&straight));
}

#[test]
fn the_seed_decides_the_loss_curve() {
    let dir = temp();
    let run = |name: &str, seed: &str| {
        let folder = dir.path().join(name);
        train_digits(&folder, &["--epochs", "2", "--seed", seed]).with(0);
        metrics(&folder)
    };
    let first = run("a", "7");
    assert_eq!(first, run("b", "7"));
    assert_ne!(first, run("c", "8"));
}

#[test]
fn two_runs_on_one_folder_are_refused() {
    let dir = temp();
    let folder = dir.path().join("run");
    let cert = cert("digits-mlp");
    let args = [
        "train",
        "--cert",
        &cert,
        "--run-dir",
        text(&folder),
        "--epochs",
        "100000",
        "--log-every",
        "1",
    ];
    let child = start(&args);
    wait_until("the run goes on", || {
        lines(&folder.join("metrics.jsonl")) > 100
    });
    let owner = format!("the run folder is in use by process {}", child.id());
    run(&args)
        .with(1)
        .says(&[&owner, text(&folder), "--run-dir"]);
    if RunFolder::checkpoint_path(&folder).is_file() {
        run(&["train", "--resume", text(&folder)])
            .with(1)
            .says(&[&owner]);
    }
    interrupt(&child);
    end(child).with(130);
    // The lock is gone with its process; the run is not.
    run(&args)
        .with(1)
        .says(&["expected a new or an empty folder", "--resume"]);
}

#[test]
fn nothing_is_kept_if_so_asked() {
    let dir = temp();
    let cert = cert("digits-mlp");
    let args = [
        "train",
        "--cert",
        &cert,
        "--epochs",
        "1",
        "--no-save",
        "--json",
    ];
    let ended: common::Ended = common::lmx()
        .args(args)
        .current_dir(dir.path())
        .output()
        .unwrap()
        .into();
    assert_eq!(ended.with(0).json()["run_dir"], Value::Null);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn the_default_folder_is_under_runs() {
    let dir = temp();
    let cert = cert("digits-mlp");
    let args = ["train", "--cert", &cert, "--epochs", "1"];
    let ended: common::Ended = common::lmx()
        .args(args)
        .current_dir(dir.path())
        .output()
        .unwrap()
        .into();
    let ended = ended.with(0);
    assert!(
        ended.stdout.starts_with("test accuracy "),
        "{}",
        ended.stdout
    );
    let runs: Vec<_> = fs::read_dir(dir.path().join("runs"))
        .unwrap()
        .map(|f| f.unwrap())
        .collect();
    assert_eq!(runs.len(), 1);
    let name = runs[0].file_name().into_string().unwrap();
    assert!(name.starts_with("digits-mlp-20"), "{name}");
}

#[test]
fn sgd_with_other_settings() {
    let dir = temp();
    let folder = dir.path().join("run");
    let sgd = [
        "--optimizer",
        "sgd",
        "--schedule",
        "constant",
        "--momentum",
        "0.8",
        "--label-smoothing",
        "0.1",
    ];
    let other = [
        "--lr",
        "0.03",
        "--warmup-steps",
        "10",
        "--weight-decay",
        "0",
        "--batch",
        "16",
        "--epochs",
        "10",
    ];
    let ended = train_digits(&folder, &[&sgd[..], &other].concat()).with(0);
    assert!(
        ended.json()["test_accuracy"].as_f64().unwrap() > 0.9,
        "{}",
        ended.stdout
    );
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    for line in [
        "optimizer = \"sgd\"",
        "schedule = \"constant\"",
        "momentum = 0.8",
        "warmup_steps = 10",
        "batch = 16",
    ] {
        assert!(
            config.lines().any(|l| l == line),
            "{line} not in:\n{config}"
        );
    }
}
