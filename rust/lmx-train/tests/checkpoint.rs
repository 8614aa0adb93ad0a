//! Checkpoints: what is written is read, and what was changed, cut or belongs to another graph is refused.

#[path = "../../lmx-graph/tests/common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};

use lmx_graph::{Graph, Role};
use lmx_train::{Checkpoint, Config, HostTensor, Options, Progress, TrainError, init};
use tempfile::TempDir;

fn checkpoint(graph: &Graph) -> Checkpoint {
    let config = Config::resolve(&Options::default(), graph, 1437).unwrap();
    let inputs = &graph.programs[config.program()].inputs;
    let state = inputs
        .iter()
        .filter(|input| input.role == Role::OptimizerState);
    let state = state.enumerate().map(|(i, input)| {
        let dims = input.ty.shape.at(1).unwrap();
        let count = dims.iter().product::<u64>();
        let data = (0..count)
            .map(|x| (x as f32 - 0.3) * 1e-9 * i as f32)
            .collect();
        let name = input.name.clone();
        HostTensor { name, dims, data }
    });
    Checkpoint {
        graph_sha256: graph.sha256,
        params: init::parameters(&graph.params, 5).unwrap(),
        state: state.collect(),
        config,
        progress: Progress {
            step: 91,
            epoch: 2,
            batch: 3,
            loss_sum: 0.1 + 0.2,
            correct: 90.0,
            best_accuracy: Some(1.0 / 3.0),
        },
    }
}

fn written(graph: &Graph) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("checkpoint.safetensors");
    checkpoint(graph).write(&path).unwrap();
    (dir, path)
}

fn net() -> Graph {
    common::mlp("tiny", &[6, 3, 2])
}

fn refusal(path: &Path, graph: &Graph) -> TrainError {
    Checkpoint::read(path, graph).expect_err("the checkpoint was accepted")
}

#[test]
fn what_is_written_is_read() {
    let graph = net();
    let (_dir, path) = written(&graph);
    assert_eq!(Checkpoint::read(&path, &graph).unwrap(), checkpoint(&graph));
}

#[test]
fn every_cut_is_seen() {
    let graph = net();
    let (_dir, path) = written(&graph);
    let whole = std::fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        std::fs::write(&path, &whole[..length]).unwrap();
        let error = refusal(&path, &graph);
        assert!(
            error.to_string().contains("checkpoint.safetensors"),
            "{error}"
        );
        assert!(
            error
                .help()
                .is_some_and(|help| help.contains("best.safetensors")),
            "{error}"
        );
    }
}

#[test]
fn every_changed_byte_is_seen() {
    let graph = net();
    let (_dir, path) = written(&graph);
    let whole = std::fs::read(&path).unwrap();
    let original = checkpoint(&graph);
    for i in 0..whole.len() {
        let mut changed = whole.clone();
        changed[i] ^= 1;
        std::fs::write(&path, changed).unwrap();
        match Checkpoint::read(&path, &graph) {
            Err(_) => {}
            // White space that fills the header up may be another white space.
            Ok(found) => assert_eq!(found, original, "byte {i}"),
        }
    }
}

#[test]
fn a_changed_tensor_is_named_by_its_digest() {
    let graph = net();
    let (_dir, path) = written(&graph);
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(
        refusal(&path, &graph),
        TrainError::CheckpointDigest { .. }
    ));
}

#[test]
fn another_graph_is_refused_with_both_hashes() {
    let (graph, other) = (net(), common::mlp("other", &[6, 3, 2]));
    let (_dir, path) = written(&graph);
    let error = refusal(&path, &other);
    let text = error.to_string();
    for part in [
        graph.sha256.to_string(),
        other.sha256.to_string(),
        "net tiny".into(),
        "net other".into(),
    ] {
        assert!(text.contains(&part), "{part} not in: {text}");
    }
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("certificate"))
    );
}

#[test]
fn wrong_tensors_are_refused_by_name() {
    let graph = net();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.safetensors");
    let refused = |change: &dyn Fn(&mut Checkpoint), expected: &str| {
        let mut changed = checkpoint(&graph);
        change(&mut changed);
        changed.write(&path).unwrap();
        let error = refusal(&path, &graph).to_string();
        assert!(error.contains(expected), "{expected} not in: {error}");
    };
    refused(
        &|c| c.params[0].dims.reverse(),
        "tensor param/dense1.weight: expected one of dimensions [6, 3], found [3, 6]",
    );
    refused(
        &|c| drop(c.state.pop()),
        "tensor optimizer_state/v/dense2.bias: expected one of dimensions [2], found none",
    );
    refused(
        &|c| {
            c.params.push(HostTensor {
                name: "more".into(),
                dims: vec![],
                data: vec![1.0],
            })
        },
        "tensor param/more: expected no such tensor in this net, found one",
    );
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.safetensors");
    lmx_train::write_safetensors(&path, &checkpoint(&net()).params).unwrap();
    let error = refusal(&path, &net()).to_string();
    assert!(
        error.contains("metadata entry \"format\": expected an entry, found none"),
        "{error}"
    );
}

#[test]
fn a_checkpoint_at_no_place_of_its_run_is_refused() {
    let graph = net();
    let path = Path::new("c.safetensors");
    // 30 epochs of 44 batches of 32.
    let at = |step, epoch, batch| {
        let mut checkpoint = checkpoint(&graph);
        checkpoint.progress = Progress {
            step,
            epoch,
            batch,
            ..Progress::default()
        };
        let found = checkpoint.check_progress(path, 1437);
        found.map_err(|error| error.to_string())
    };
    for (step, epoch, batch) in [(0, 0, 0), (44, 0, 44), (91, 2, 3), (1320, 30, 0)] {
        assert_eq!(at(step, epoch, batch), Ok(()));
    }
    let start = "c.safetensors: metadata entry \"progress\": expected ";
    for (place, message) in [
        (
            (u64::MAX, 0, 0),
            "a step of 0, 0 epochs of 44 batches and 0 more, found 18446744073709551615",
        ),
        (
            (92, 2, 3),
            "a step of 91, 2 epochs of 44 batches and 3 more, found 92",
        ),
        (
            (5, 0, 1 << 63),
            "a batch of at most 44 in epoch 1, found 9223372036854775808",
        ),
        ((45, 0, 45), "a batch of at most 44 in epoch 1, found 45"),
        ((1321, 30, 1), "a batch of at most 0 in epoch 31, found 1"),
        (
            (0, u64::MAX, 0),
            "an epoch of at most 30, the run's, found 18446744073709551615",
        ),
    ] {
        let (step, epoch, batch) = place;
        assert_eq!(at(step, epoch, batch), Err(format!("{start}{message}")));
    }
    // A batch size that leaves no step.
    let mut empty = checkpoint(&graph);
    empty.config.batch = 0;
    assert!(empty.check_progress(path, 1437).is_err());
}
