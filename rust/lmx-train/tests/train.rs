//! Runs on the digits, with a graph that is written by hand. Needs IREE's compiler.

#[path = "../../lmx-graph/tests/common/mod.rs"]
mod common;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use lmx_data::{Dataset, LoadOptions};
use lmx_graph::Graph;
use lmx_train::{
    Checkpoint, Config, Engine, Evaluator, Event, OptimizerKind, Options, Outcome, RunFolder,
    ScheduleKind, TrainError, Trainer, check_set, init,
};

fn digits() -> Dataset {
    lmx_data::load("digits", &LoadOptions::default()).unwrap()
}

fn net() -> Graph {
    common::mlp("digits-test", &[64, 16, 10])
}

/// An engine whose compiled modules are the tests' own.
fn engine(config: &Config) -> Engine {
    match Engine::for_config(config, &[]) {
        Ok(engine) => engine.with_cache(Path::new(env!("CARGO_TARGET_TMPDIR"))),
        Err(error) => panic!("these tests need IREE's compiler: {error}"),
    }
}

fn trainer(options: Options) -> (Graph, Trainer) {
    let graph = net();
    let config = Config::resolve(&options, &graph, digits().train().len() as u64).unwrap();
    let engine = engine(&config);
    let trainer = Trainer::new(&graph, config, digits(), &engine).unwrap();
    (graph, trainer)
}

fn epochs(epochs: u64) -> Options {
    Options {
        epochs: Some(epochs),
        ..Options::default()
    }
}

/// A whole run in a folder.
fn train(options: Options, folder: &Path) -> (Graph, Outcome) {
    let (graph, trainer) = trainer(options);
    let mut folder = RunFolder::create(folder).unwrap();
    let never = AtomicBool::new(false);
    let outcome = trainer
        .run(None, Some(&mut folder), &never, &mut |_| {})
        .unwrap();
    (graph, outcome)
}

fn checkpoint(folder: &Path, graph: &Graph) -> Checkpoint {
    Checkpoint::read(&RunFolder::checkpoint_path(folder), graph).unwrap()
}

fn bits(checkpoint: &Checkpoint) -> Vec<Vec<u32>> {
    let tensors = checkpoint.params.iter().chain(&checkpoint.state);
    tensors
        .map(|t| t.data.iter().map(|x| x.to_bits()).collect())
        .collect()
}

/// The metrics without what the clock decides.
fn metrics(folder: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
    let line = |line: &str| {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        let object = value.as_object_mut().unwrap();
        object.remove("images_per_s").unwrap();
        object.remove("seconds");
        value
    };
    text.lines().map(line).collect()
}

#[test]
fn both_optimizers_learn_the_digits() {
    for optimizer in [OptimizerKind::Adamw, OptimizerKind::Sgd] {
        let dir = tempfile::tempdir().unwrap();
        let options = Options {
            optimizer: Some(optimizer),
            ..Options::default()
        };
        let (_, outcome) = train(options, &dir.path().join("run"));
        let found = outcome.evaluation.unwrap();
        assert!(found.accuracy >= 0.94, "{optimizer}: {found:?}");
        assert!(found.loss < 0.3, "{optimizer}: {found:?}");
    }
}

#[test]
fn the_seed_decides_every_bit() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, seed| {
        let path = dir.path().join(name);
        let options = Options {
            seed: Some(seed),
            log_every: Some(1),
            ..epochs(2)
        };
        let (graph, _) = train(options, &path);
        (metrics(&path), bits(&checkpoint(&path, &graph)))
    };
    let first = run("a", 1);
    assert_eq!(first.0.len(), 2 * 44 + 2);
    assert!(first == run("b", 1), "the same seed gave another run");
    assert_ne!(first.0, run("c", 2).0);
}

#[test]
fn a_stopped_run_goes_on_to_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let options = || Options {
        log_every: Some(1),
        ..epochs(3)
    };
    let straight = dir.path().join("straight");
    let (graph, _) = train(options(), &straight);
    // In an epoch, after the last step of one (before its evaluation), twice in a row, and not at all before the end.
    for stops in [vec![50], vec![44], vec![3, 4, 91], vec![131]] {
        let path = dir.path().join(format!("{stops:?}"));
        let (_, trainer) = trainer(options());
        let mut folder = RunFolder::create(&path).unwrap();
        let mut start = None;
        for at in &stops {
            let stop = AtomicBool::new(false);
            let mut observe = |event: Event| {
                if let Event::Step { step, .. } = event
                    && step.0 == *at
                {
                    stop.store(true, Ordering::Relaxed);
                }
            };
            let outcome = trainer
                .run(start, Some(&mut folder), &stop, &mut observe)
                .unwrap();
            assert_eq!(outcome.evaluation, None);
            assert_eq!(outcome.progress.step, *at);
            start = Some(folder.read_checkpoint(&graph, 1437).unwrap());
        }
        let never = AtomicBool::new(false);
        let outcome = trainer
            .run(start, Some(&mut folder), &never, &mut |_| {})
            .unwrap();
        assert!(outcome.evaluation.is_some());
        let (expected, found) = (checkpoint(&straight, &graph), checkpoint(&path, &graph));
        assert_eq!(found.progress, expected.progress);
        assert!(
            bits(&found) == bits(&expected),
            "other bits after stops at {stops:?}"
        );
        assert_eq!(metrics(&path), metrics(&straight), "{stops:?}");
        let best = |folder: &Path| {
            let best = Checkpoint::read(&RunFolder::best_path(folder), &graph).unwrap();
            (best.progress, bits(&best))
        };
        assert_eq!(best(&path), best(&straight));
    }
}

#[test]
fn a_loss_that_is_not_finite_stops_the_run_and_keeps_the_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run");
    let (graph, trainer) = trainer(Options {
        optimizer: Some(OptimizerKind::Sgd),
        lr: Some(1e30),
        schedule: Some(ScheduleKind::Constant),
        warmup_steps: Some(0),
        ..epochs(2)
    });
    let mut folder = RunFolder::create(&path).unwrap();
    let stop = AtomicBool::new(false);
    // A checkpoint of the state before the first step.
    let first = AtomicBool::new(true);
    trainer
        .run(None, Some(&mut folder), &first, &mut |_| {})
        .unwrap();
    let before = std::fs::read(RunFolder::checkpoint_path(&path)).unwrap();
    let start = folder.read_checkpoint(&graph, 1437).unwrap();
    let error = trainer
        .run(Some(start), Some(&mut folder), &stop, &mut |_| {})
        .unwrap_err();
    assert!(matches!(error, TrainError::NotFinite { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("(epoch 1, learning rate 1.000e30)"), "{text}");
    let help = error.help().unwrap();
    assert!(
        help.contains("--lr") && help.contains("checkpoint.safetensors"),
        "{help}"
    );
    assert_eq!(
        std::fs::read(RunFolder::checkpoint_path(&path)).unwrap(),
        before
    );
}

#[test]
fn evaluation_does_not_depend_on_the_batch_size() {
    let graph = net();
    let config = Config::resolve(&Options::default(), &graph, 1437).unwrap();
    let engine = engine(&config);
    let params = init::parameters(&graph.params, 0).unwrap();
    let stop = AtomicBool::new(false);
    // 360 test images: 100 leaves a padded batch, 500 is one padded batch.
    let found = [1, 100, 360, 500].map(|batch| {
        let evaluator = Evaluator::new(&engine, &graph, batch).unwrap();
        evaluator
            .evaluate_host(&params, digits().test(), &stop)
            .unwrap()
            .unwrap()
    });
    for one in found {
        assert_eq!(one.examples, 360);
        assert_eq!(one.accuracy, found[0].accuracy);
        assert!(
            (one.loss - found[0].loss).abs() < 1e-5 * found[0].loss,
            "{found:?}"
        );
    }
}

#[test]
fn a_set_of_another_shape_is_refused() {
    let mnist = lmx_data::find("mnist").unwrap();
    let error = check_set(&net(), mnist).unwrap_err();
    assert_eq!(
        error.to_string(),
        "data set mnist: expected images of shape [64], which net digits-test takes, found [28, 28, 1]"
    );
    let error = check_set(
        &common::mlp("n", &[64, 4]),
        lmx_data::find("digits").unwrap(),
    )
    .unwrap_err();
    assert!(
        error.to_string().contains("a number of classes of 4"),
        "{error}"
    );
}
