//! Bad input: the exit code and the message of each.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Ended, cert, lmx, run, temp, text, train_digits};
use lmx_graph::{Graph, sha256};
use lmx_train::{Checkpoint, RunFolder};
use tempfile::TempDir;

/// A copy of the certificates, to be changed.
fn copy() -> TempDir {
    let dir = temp();
    for entry in fs::read_dir(common::certificates()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    dir
}

fn replace(path: &Path, from: &str, to: &str) {
    let old = fs::read_to_string(path).unwrap();
    let new = old.replacen(from, to, 1);
    assert_ne!(old, new, "{} has no {from}", path.display());
    fs::write(path, new).unwrap();
}

#[test]
fn every_command_refuses_a_changed_graph() {
    let dir = copy();
    // A change that keeps the graph well formed: the sign of a comparison.
    replace(
        &dir.path().join("digits-mlp.graph.json"),
        "\"direction\":\"GT\"",
        "\"direction\":\"GE\"",
    );
    let cert = dir.path().join("digits-mlp.cert.json");
    let cert = ["--cert", text(&cert)];
    let run_dir = dir.path().join("run");
    let commands: [&[&str]; 8] = [
        &["train", "--run-dir", text(&run_dir)],
        &["verify"],
        &["emit", "--program", "forward", "--batch", "2"],
        &["inspect"],
        &["bench", "--iters", "1"],
        &["eval", "--checkpoint", "none.safetensors"],
        &["predict", "--checkpoint", "none.safetensors", "none.png"],
        &[
            "run",
            "--program",
            "forward",
            "--batch",
            "2",
            "--inputs",
            "none",
            "--output",
            "none",
        ],
    ];
    for command in commands {
        let ended = run(&[&command[..1], &cert, &command[1..]].concat());
        ended.with(3).says(&[
            "digits-mlp.graph.json: sha256: expected ",
            ", found ",
            "the certificate was refused",
        ]);
    }
    assert!(!run_dir.exists());
}

#[test]
fn a_changed_certificate_is_refused() {
    let dir = copy();
    let path = dir.path().join("digits-mlp.cert.json");
    replace(&path, "\"Lean 4", "\"Lean 5");
    run(&["verify", "--cert", text(&path)])
        .with(3)
        .says(&["digits-mlp.cert.json: digest: expected "]);
}

#[test]
fn a_theorem_that_was_not_reviewed_is_refused() {
    let dir = copy();
    let path = dir.path().join("allowlist.json");
    let list = fs::read_to_string(&path).unwrap();
    let place = list.find("\"statement_sha256\"").unwrap();
    let digits = place
        + list[place..]
            .find(": \"")
            .map_or_else(|| list[place..].find(":\"").unwrap() + 2, |i| i + 3);
    let digit = if &list[digits..=digits] == "0" {
        "1"
    } else {
        "0"
    };
    fs::write(
        &path,
        format!("{}{digit}{}", &list[..digits], &list[digits + 1..]),
    )
    .unwrap();
    let refused = ["digits-mlp", "mnist-cnn", "mnist-linear", "mnist-mlp"].map(|net| {
        let ended = run(&["verify", "--cert", &cert(net), "--allowlist", text(&path)]);
        assert!(ended.code == 0 || ended.code == 3, "{ended:#?}");
        ended.code == 3 && ended.stderr.contains("statement_sha256: expected ")
    });
    assert_eq!(refused.iter().filter(|refused| **refused).count(), 1);
}

#[test]
fn a_certificate_that_is_not_there_is_no_refusal() {
    let ended = run(&["train", "--cert", "certificates/none.cert.json"]);
    ended.with(1).says(&[
        "none.cert.json: expected a certificate, found no such file",
        "cargo xtask lean",
    ]);
}

#[test]
fn a_checkpoint_of_another_graph_is_refused_with_both_hashes() {
    let dir = temp();
    let folder = dir.path().join("run");
    let report = train_digits(&folder, &["--epochs", "1"]).with(0).json();
    let checkpoint = folder.join("checkpoint.safetensors");
    let other = run(&["verify", "--cert", &cert("mnist-linear"), "--json"])
        .with(0)
        .json();
    let hashes = [&report, &other].map(|r| r["graph_sha256"].as_str().unwrap());
    for args in [
        vec!["eval", "--checkpoint", text(&checkpoint)],
        vec!["train", "--resume", text(&folder), "--run-dir"],
    ] {
        let cert = cert("mnist-linear");
        if args[0] == "eval" {
            let ended = run(&[&args[..], &["--cert", &cert]].concat());
            ended
                .with(1)
                .says(&[hashes[0], hashes[1], "a checkpoint of net digits-mlp"]);
        } else {
            // The configuration names the net, which is not the certificate's.
            let ended = run(&["train", "--resume", text(&folder), "--cert", &cert]);
            ended
                .with(1)
                .says(&["data set digits: expected images of shape [28, 28, 1]"]);
        }
    }
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let dir = temp();
    let folder = dir.path().join("run");
    train_digits(&folder, &["--epochs", "1"]).with(0);
    let path = folder.join("checkpoint.safetensors");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let resume = || run(&["train", "--resume", text(&folder)]);
    resume().with(1).says(&[
        "checkpoint.safetensors: expected a whole safetensors file",
        "best.safetensors",
    ]);
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&path, changed).unwrap();
    resume()
        .with(1)
        .says(&["checkpoint.safetensors: content sha256: expected "]);
    fs::remove_file(&path).unwrap();
    resume()
        .with(1)
        .says(&["with checkpoint.safetensors in it, found none"]);
    run(&["eval", "--run", text(&folder)])
        .with(1)
        .says(&["checkpoint.safetensors"]);
}

/// A program in a folder, which says what it is told to.
#[cfg(unix)]
fn script(dir: &Path, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.join("iree-compile");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[cfg(unix)]
#[test]
fn a_missing_or_wrong_compiler_is_named() {
    let dir = temp();
    let with = |compiler: &Path| -> Ended {
        let args = ["train", "--cert", &cert("digits-mlp"), "--no-save"];
        lmx()
            .args(args)
            .env("LMX_IREE_COMPILE", compiler)
            .output()
            .unwrap()
            .into()
    };
    let absent = dir.path().join("absent");
    with(&absent)
        .with(1)
        .says(&[text(&absent), "cargo xtask setup"]);
    let wrong = script(dir.path(), "echo '  IREE compiler version 3.14.0 @ abc'");
    with(&wrong).with(1).says(&[
        "expected IREE compiler version 3.13.x, found 3.14.0",
        "cargo xtask setup",
    ]);
    let doctor: Ended = lmx()
        .arg("doctor")
        .env("LMX_IREE_COMPILE", &wrong)
        .output()
        .unwrap()
        .into();
    assert!(doctor.with(1).stdout.contains("missing  iree-compile"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_checkpoint() {
    let dir = temp();
    let folder = dir.path().join("run");
    // A run that is stopped in the middle.
    let cert = cert("digits-mlp");
    let settings = ["--epochs", "100000", "--log-every", "1000000"];
    let child = common::start(
        &[
            &["train", "--cert", &cert, "--run-dir", text(&folder)],
            &settings[..],
        ]
        .concat(),
    );
    common::wait_until("a checkpoint is there", || {
        folder.join("checkpoint.safetensors").is_file()
    });
    common::interrupt(&child);
    common::end(child).with(130);
    fs::write(folder.join("metrics.jsonl"), "").unwrap();
    let before = fs::read(folder.join("checkpoint.safetensors")).unwrap();
    // A limit on the size of files fails a write half-way, as a full disk does.
    let limited = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
    let program = lmx();
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", limited])
        .arg(program.get_program())
        .args(["train", "--resume", text(&folder)]);
    shell.envs(program.get_envs().filter_map(|(k, v)| Some((k, v?))));
    let ended: Ended = shell.output().unwrap().into();
    ended.with(1).says(&[
        "cannot write ",
        "checkpoint.safetensors: ",
        "free some space",
        "--resume",
    ]);
    assert!(fs::read(folder.join("checkpoint.safetensors")).unwrap() == before);
    let left = fs::read_dir(&folder)
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.ends_with(".tmp")).count(), 0);
}

#[test]
fn a_loss_that_is_not_finite_is_told() {
    let args = [
        "--optimizer",
        "sgd",
        "--lr",
        "1e30",
        "--warmup-steps",
        "0",
        "--no-save",
    ];
    let ended = run(&[&["train", "--cert", &cert("digits-mlp")], &args[..]].concat());
    ended.with(1).says(&[
        "the loss became ",
        " at step ",
        "(epoch 1, learning rate ",
        "lower --lr",
    ]);
}

#[test]
fn data_of_another_shape_is_refused_before_it_is_fetched() {
    let ended = run(&[
        "train",
        "--cert",
        &cert("digits-mlp"),
        "--data",
        "mnist",
        "--no-save",
    ]);
    ended.with(1).says(&["data set mnist: expected images of shape [8, 8, 1], which net digits-mlp takes, found [28, 28, 1]"]);
    let ended = run(&[
        "train",
        "--cert",
        &cert("digits-mlp"),
        "--data",
        "cifar",
        "--no-save",
    ]);
    ended
        .with(1)
        .says(&["unknown data set `cifar`: expected one of mnist, fashion-mnist, digits"]);
}

#[test]
fn usage_errors_end_with_2() {
    let cert = cert("digits-mlp");
    let cert = cert.as_str();
    run(&["train"]).with(2).says(&["--cert"]);
    run(&["no-such-command"])
        .with(2)
        .says(&["unrecognized subcommand"]);
    run(&["train", "--cert", cert, "--optimizer", "adam"])
        .with(2)
        .says(&["possible values: sgd, adamw"]);
    run(&["train", "--cert", cert, "--epochs", "0"])
        .with(2)
        .says(&["epochs: expected 1 to 1000000, found 0"]);
    run(&["train", "--cert", cert, "--momentum", "0.5"])
        .with(2)
        .says(&["momentum: expected none: adamw"]);
    run(&["train", "--resume", "x", "--lr", "1"])
        .with(2)
        .says(&["cannot be used with"]);
    run(&["emit", "--cert", cert, "--program", "train", "--batch", "2"])
        .with(2)
        .says(&["train_adamw"]);
    run(&["eval", "--cert", cert])
        .with(2)
        .says(&["--run <RUN_DIR>|--checkpoint <FILE>"]);
    let dir = temp();
    let config = dir.path().join("c.toml");
    fs::write(&config, "epoch = 3\n").unwrap();
    run(&["train", "--cert", cert, "--config", text(&config)])
        .with(2)
        .says(&["c.toml", "unknown field `epoch`"]);
}

#[test]
fn an_unknown_device_is_told_with_those_there_are() {
    let ended = run(&[
        "train",
        "--cert",
        &cert("digits-mlp"),
        "--device",
        "tpu",
        "--no-save",
    ]);
    ended
        .with(1)
        .says(&["unknown device \"tpu\"", "local-task, local-sync"]);
}

/// Gives the newest checkpoint of a run other settings or another progress, and the digest that belongs to it.
fn forge(folder: &Path, change: impl FnOnce(&mut Checkpoint)) -> PathBuf {
    let graph = Graph::read(&common::certificates().join("digits-mlp.graph.json")).unwrap();
    let path = RunFolder::checkpoint_path(folder);
    let mut checkpoint = Checkpoint::read(&path, &graph).unwrap();
    change(&mut checkpoint);
    checkpoint.write(&path).unwrap();
    path
}

#[test]
fn no_file_gives_the_compiler_flags() {
    let dir = temp();
    let folder = dir.path().join("run");
    train_digits(&folder, &["--epochs", "1"]).with(0);
    let ran = dir.path().join("ran");
    let flag = format!(
        "--iree-llvmcpu-embedded-linker-path=touch {};true",
        text(&ran)
    );
    let flags = vec![flag.clone()];
    let settings = folder.join("config.toml");
    let run_dir = dir.path().join("another");
    let refused = |args: &[&str], file: &str| {
        run(args).with(2).says(&[
            file,
            "iree_flags: expected the flags that it records, \"--iree-llvmcpu-embedded-linker-path=touch ",
            ", on the command line, found none",
            "give each with --iree-flag",
        ]);
        assert!(!ran.exists(), "{args:?}");
    };
    let checkpoint = forge(&folder, |c| c.config.iree_flags = flags);
    let image = dir.path().join("none.png");
    let cert = cert("digits-mlp");
    let name = "checkpoint.safetensors: ";
    refused(&["train", "--resume", text(&folder)], name);
    refused(&["eval", "--run", text(&folder)], name);
    let given = ["--checkpoint", text(&checkpoint), "--cert", &cert];
    refused(&[&["eval"], &given[..]].concat(), name);
    refused(&[&["predict", text(&image)], &given[..]].concat(), name);
    // Flags that are given stand for themselves, not for those of the file.
    run(&[
        "eval",
        "--run",
        text(&folder),
        "--iree-flag=--iree-opt-level=O2",
    ])
    .with(2)
    .says(&["on the command line, found \"--iree-opt-level=O2\""]);

    forge(&folder, |c| c.config.iree_flags = vec![]);
    replace(
        &settings,
        "iree_flags = []",
        &format!("iree_flags = [\"{flag}\"]"),
    );
    let name = "config.toml: ";
    refused(&["train", "--resume", text(&folder)], name);
    let again = ["--run-dir", text(&run_dir)];
    refused(
        &[&["train", "--config", text(&settings)], &again[..]].concat(),
        name,
    );
    assert!(!run_dir.exists());
}

#[test]
fn flags_that_are_given_again_are_in_force_and_told() {
    let dir = temp();
    let folder = dir.path().join("run");
    let flag = "--iree-flag=--iree-opt-level=O2";
    let told = "with the flags --iree-opt-level=O2";
    let ended = train_digits(&folder, &["--epochs", "1", flag]);
    let report = ended.with(0).says(&[told]).json();
    assert_eq!(report["iree_flags"][0], "--iree-opt-level=O2");
    let folder = text(&folder);
    run(&["eval", "--run", folder]).with(2);
    run(&["eval", "--run", folder, flag]).with(0).says(&[told]);
    run(&["train", "--resume", folder]).with(2);
    run(&["train", "--resume", folder, flag])
        .with(0)
        .says(&[told]);
    // To the same bits: with no other flags than before.
    run(&["train", "--resume", folder, flag, "--iree-flag=--other"])
        .with(2)
        .says(&["found \"--iree-opt-level=O2\", \"--other\""]);
}

#[test]
fn a_run_keeps_to_its_allow_list() {
    let dir = copy();
    let path = |name: &str| dir.path().join(name);
    let (folder, cert) = (path("run"), path("digits-mlp.cert.json"));
    let (beside, list) = (path("allowlist.json"), path("mine.json"));
    fs::rename(&beside, &list).unwrap();
    let given = ["--allowlist", text(&list)];
    let begun = [
        "train",
        "--cert",
        text(&cert),
        "--run-dir",
        text(&folder),
        "--epochs",
        "1",
    ];
    let accepted = format!("by {} (sha256 ", text(&list));
    run(&[&begun[..], &given].concat())
        .with(0)
        .says(&["digits-mlp: certificate accepted in ", &accepted]);
    // The list is the run's, although none lies beside the certificate.
    let checkpoint = folder.join("checkpoint.safetensors");
    let again = [
        vec!["train", "--resume", text(&folder)],
        vec!["eval", "--run", text(&folder)],
    ];
    for args in &again {
        run(args).with(0).says(&[&accepted]);
    }

    let old = sha256(&fs::read(&list).unwrap()).to_string();
    replace(&list, "\"nets\"", " \"nets\"");
    let new = sha256(&fs::read(&list).unwrap()).to_string();
    let refused = |args: &[&str], list: &Path| {
        run(args).with(3).says(&[
            text(list),
            &format!("sha256: expected {old}, of the allow-list that was recorded, found {new}"),
            "name it with --allowlist",
        ]);
    };
    for args in &again {
        refused(args, &list);
    }
    fs::copy(&list, &beside).unwrap();
    let eval = [
        "eval",
        "--checkpoint",
        text(&checkpoint),
        "--cert",
        text(&cert),
    ];
    refused(&eval, &beside);
    run(&[&eval[..], &given].concat())
        .with(0)
        .says(&[&accepted]);
    for args in &again {
        run(&[&args[..], &given].concat())
            .with(0)
            .says(&[&accepted]);
    }
    // The list that was named is the run's from then on.
    for args in &again {
        run(args).with(0);
    }
}

#[test]
fn a_terminal_obeys_no_file() {
    let dir = copy();
    let path = dir.path().join("digits-mlp.cert.json");
    replace(
        &path,
        "{\"axiom_closure\"",
        r#"{"\u001b[2K\r":0,"axiom_closure"#,
    );
    run(&["verify", "--cert", text(&path)]).with(3);
    let config = dir.path().join("c.toml");
    fs::write(&config, "\"\\u001b[2K\\u202eepochs\" = 3\n").unwrap();
    let ended = run(&["train", "--config", text(&config)]).with(2);
    let ended = ended.says(&["c.toml", "unknown field `\\u{1b}[2K\\u{202e}epochs`"]);
    let told = ended.stderr;
    assert!(!told.contains(['\u{1b}', '\u{202e}']), "{told:?}");
}

#[test]
fn a_checkpoint_at_no_place_of_its_run_is_refused() {
    let dir = temp();
    let folder = dir.path().join("run");
    train_digits(&folder, &["--epochs", "1"]).with(0);
    forge(&folder, |c| {
        c.progress.step = u64::MAX;
        c.progress.epoch = 0;
    });
    run(&["train", "--resume", text(&folder)]).with(1).says(&[
        "checkpoint.safetensors: metadata entry \"progress\": expected a step of 0, ",
        "found 18446744073709551615",
    ]);
}

#[test]
fn a_run_that_saved_nothing_is_begun_anew() {
    let dir = temp();
    let folder = dir.path().join("run");
    // Its first step fails.
    let diverge = ["--optimizer", "sgd", "--lr", "1e30", "--warmup-steps", "0"];
    train_digits(&folder, &diverge).with(1);
    assert!(folder.join("config.toml").is_file());
    let ended = train_digits(&folder, &[]).with(1);
    let told = ended.says(&["expected a new or an empty folder", "remove the folder"]);
    assert!(!told.stderr.contains("--resume"), "{}", told.stderr);
    run(&["train", "--resume", text(&folder)]).with(1).says(&[
        "with checkpoint.safetensors in it, found none",
        "begin anew",
    ]);
    fs::remove_dir_all(&folder).unwrap();
    train_digits(&folder, &["--epochs", "1"]).with(0);
}
