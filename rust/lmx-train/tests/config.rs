//! Settings: defaults, ranges, and the configuration file.

#[path = "../../lmx-graph/tests/common/mod.rs"]
mod common;

use std::path::Path;

use lmx_graph::{Activation, Graph, LayerKind, Padding};
use lmx_train::{Config, OptimizerKind, Options, ScheduleKind, TrainError, Update, agree_on_flags};

fn net() -> Graph {
    common::mlp("tiny", &[64, 8, 10])
}

fn resolve(options: &Options) -> Result<Config, TrainError> {
    Config::resolve(options, &net(), 60_000)
}

#[test]
fn defaults_of_a_perceptron_on_a_large_set() {
    let config = resolve(&Options::default()).unwrap();
    assert_eq!((config.epochs, config.batch, config.lr), (12, 128, 0.001));
    assert_eq!(config.optimizer, OptimizerKind::Adamw);
    assert_eq!(config.schedule, ScheduleKind::Cosine);
    // 12 epochs of 468 batches.
    assert_eq!(config.total_steps(60_000), 5616);
    assert_eq!(config.warmup_steps, 280);
    assert_eq!(config.momentum, None);
    let adamw = Update::Adamw {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
    };
    assert_eq!(config.update(), adamw);
}

#[test]
fn defaults_with_convolutions_on_a_small_set_and_with_sgd() {
    let mut graph = net();
    graph.spec.layers[0].kind = LayerKind::Conv2d {
        filters: 8,
        kernel: [3, 3],
        stride: [1, 1],
        padding: Padding::Same,
        activation: Activation::Relu,
    };
    let config = Config::resolve(&Options::default(), &graph, 60_000).unwrap();
    assert_eq!((config.epochs, config.batch), (6, 128));
    let config = Config::resolve(&Options::default(), &graph, 1437).unwrap();
    assert_eq!((config.epochs, config.batch, config.lr), (30, 32, 0.003));
    let options = Options {
        optimizer: Some(OptimizerKind::Sgd),
        ..Options::default()
    };
    let config = resolve(&options).unwrap();
    assert_eq!((config.lr, config.weight_decay), (0.05, 0.0005));
    assert_eq!(config.update(), Update::Sgd { momentum: 0.9 });
    assert_eq!((config.beta1, config.epsilon), (None, None));
}

#[test]
fn the_printed_configuration_is_a_configuration_file() {
    let sgd = Options {
        optimizer: Some(OptimizerKind::Sgd),
        iree_flags: Some(vec!["--iree-opt-level=O2".into()]),
        lr: Some(0.1 + 0.2),
        ..Options::default()
    };
    for options in [Options::default(), sgd] {
        let config = resolve(&options).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, config.to_toml().unwrap()).unwrap();
        let read = Options::read(&path).unwrap();
        assert_eq!(resolve(&read).unwrap(), config);
    }
}

#[test]
fn the_command_line_wins_over_the_file() {
    let line = Options {
        lr: Some(0.5),
        ..Options::default()
    };
    let file = Options {
        lr: Some(0.1),
        epochs: Some(3),
        ..Options::default()
    };
    let config = resolve(&line.or(file)).unwrap();
    assert_eq!((config.lr, config.epochs), (0.5, 3));
}

/// A flag can name a program to run.
#[test]
fn a_file_gives_the_compiler_no_flags() {
    let flags = vec!["--iree-opt-level=O2".to_owned()];
    let file = Options {
        iree_flags: Some(flags.clone()),
        ..Options::default()
    };
    let config = resolve(&Options::default().or(file.clone())).unwrap();
    assert_eq!(config.iree_flags, Vec::<String>::new());
    let config = resolve(&file.or(Options::default())).unwrap();
    assert_eq!(config.iree_flags, flags);

    let path = Path::new("config.toml");
    assert!(agree_on_flags(path, &flags, &flags).is_ok());
    assert!(agree_on_flags(path, &[], &[]).is_ok());
    let error = agree_on_flags(path, &flags, &[]).unwrap_err();
    let expected = "config.toml: iree_flags: expected the flags that it records, \"--iree-opt-level=O2\", on the command line, found none";
    assert_eq!(error.to_string(), expected);
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("--iree-flag"))
    );
    assert!(agree_on_flags(path, &[], &flags).is_err());
}

#[test]
fn an_unknown_key_is_refused_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, "epochs = 3\nlearning = 1\n").unwrap();
    let error = Options::read(&path).unwrap_err().to_string();
    assert!(
        error.contains("config.toml") && error.contains("line 2"),
        "{error}"
    );
    assert!(error.contains("unknown field `learning`"), "{error}");
}

#[test]
fn settings_out_of_range_are_refused() {
    let none = Options::default;
    let cases = [
        (
            Options {
                epochs: Some(0),
                ..none()
            },
            "epochs: expected 1 to 1000000, found 0",
        ),
        (
            Options {
                batch: Some(0),
                ..none()
            },
            "batch: expected 1 to 60000, found 0",
        ),
        (
            Options {
                batch: Some(60_001),
                ..none()
            },
            "batch: expected 1 to 60000, found 60001",
        ),
        (
            Options {
                lr: Some(0.0),
                ..none()
            },
            "lr: expected a number above 0, found 0",
        ),
        (
            Options {
                lr: Some(f64::NAN),
                ..none()
            },
            "lr: expected a number above 0, found NaN",
        ),
        (
            Options {
                seed: Some(u64::MAX),
                ..none()
            },
            "seed: expected 0 to 9223372036854775807",
        ),
        (
            Options {
                warmup_steps: Some(5617),
                ..none()
            },
            "warmup_steps: expected 0 to 5616, found 5617",
        ),
        (
            Options {
                weight_decay: Some(-1.0),
                ..none()
            },
            "weight_decay: expected a number from 0, found -1",
        ),
        (
            Options {
                label_smoothing: Some(1.0),
                ..none()
            },
            "label_smoothing: expected 0 to below 1, found 1",
        ),
        (
            Options {
                beta1: Some(0.0),
                ..none()
            },
            "beta1: expected a number between 0 and 1, found 0",
        ),
        (
            Options {
                epsilon: Some(0.0),
                ..none()
            },
            "epsilon: expected a number above 0, found 0",
        ),
        (
            Options {
                momentum: Some(0.9),
                ..none()
            },
            "momentum: expected none: adamw has no such setting, found 0.9",
        ),
        (
            Options {
                net: Some("other".into()),
                ..none()
            },
            "net: expected \"tiny\", the certificate's, found \"other\"",
        ),
    ];
    for (options, expected) in cases {
        let error = resolve(&options).unwrap_err();
        assert!(matches!(error, TrainError::Setting { .. }));
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}
