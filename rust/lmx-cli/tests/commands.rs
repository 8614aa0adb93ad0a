//! The commands that read and print.

mod common;

use std::fs;
use std::path::Path;

use common::{cert, lmx, run, temp, text, train_digits};
use lmx_graph::{Graph, Role};
use lmx_train::{HostTensor, read_safetensors, write_safetensors};

/// Text without what changes with each export and each checkout.
fn stable(output: &str) -> String {
    let folder = common::certificates();
    let output = output.replace(text(&folder), "certificates");
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let parts = output.split_inclusive(|c| !is_hex(c)).map(|part| {
        let digits = part.trim_end_matches(|c| !is_hex(c));
        if digits.len() == 64 || (digits.len() == 12 && part.ends_with('…')) {
            part.replace(digits, "[sha256]")
        } else {
            part.to_owned()
        }
    });
    let text: String = parts.collect();
    // How many sources and core declarations there are, and how large the proofs, changes with every Lean file.
    let counted = |line: &str| {
        let line = line.trim_end();
        let counts = ["Lean files named", "of Lean's core", "MB of lean4export"];
        if !counts.iter().any(|c| line.contains(c)) {
            return line.to_owned();
        }
        line.split(' ')
            .map(|w| if w.parse::<f64>().is_ok() { "[n]" } else { w })
            .collect::<Vec<_>>()
            .join(" ")
    };
    text.lines().map(|l| counted(l) + "\n").collect()
}

#[test]
fn verify_says_what_it_established() {
    let ended = run(&["verify", "--cert", &cert("digits-mlp")]).with(0);
    insta::assert_snapshot!(stable(&ended.stdout));
    let report = run(&["verify", "--cert", &cert("digits-mlp"), "--json"])
        .with(0)
        .json();
    assert_eq!(report["accepted"], true);
    let levels = serde_json::json!(["hashes", "allow-list", "term"]);
    assert_eq!(report["levels"], levels);
    assert_eq!(report["theorems"].as_array().unwrap().len(), 1);
    // What is only said is kept apart.
    let said = &report["as_the_certificate_says"];
    assert_eq!(report["theorems"][0].get("statement"), None);
    assert!(said["theorems"][0]["statement"].is_string(), "{said}");
    assert_eq!(said["axiom_closure"]["kind"], "project");
    assert!(
        ended
            .stdout
            .contains(report["theorems"][0]["name"].as_str().unwrap())
    );
}

#[test]
fn inspect_lists_layers_parameters_and_ops() {
    let ended = run(&["inspect", "--cert", &cert("digits-mlp")]).with(0);
    insta::assert_snapshot!(stable(&ended.stdout));
    let report = run(&["inspect", "--cert", &cert("mnist-cnn"), "--json"])
        .with(0)
        .json();
    assert_eq!(report["input"], serde_json::json!([28, 28, 1]));
    let counted = report["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["parameters"].as_u64().unwrap());
    assert_eq!(counted.sum::<u64>(), report["parameters"].as_u64().unwrap());
    assert!(
        report["programs"]["train_adamw"]["ops"]["dot_general"]
            .as_u64()
            .unwrap()
            > 0
    );
}

#[test]
fn inspect_draws_a_program() {
    let ended = run(&["inspect", "--cert", &cert("digits-mlp"), "--dot"]).with(0);
    insta::assert_snapshot!(ended.stdout);
    let graph = Graph::read(&common::certificates().join("digits-mlp.graph.json")).unwrap();
    let ended = run(&[
        "inspect",
        "--cert",
        &cert("digits-mlp"),
        "--dot",
        "--program",
        "train_sgd",
    ])
    .with(0);
    let program = &graph.programs["train_sgd"];
    let values = program.inputs.len() + program.nodes.len() + program.outputs.len();
    assert_eq!(
        ended.stdout.matches("[label=").count() + ended.stdout.matches("shape=ellipse").count(),
        values
    );
}

#[test]
fn emit_prints_stablehlo() {
    let cert = cert("digits-mlp");
    let forward = [
        "emit",
        "--cert",
        &cert,
        "--program",
        "forward",
        "--batch",
        "4",
    ];
    insta::assert_snapshot!(run(&forward).with(0).stdout);
    let dir = temp();
    let path = dir.path().join("forward.mlir");
    let to_file = [&forward[..], &["--generic", "-o", text(&path)]].concat();
    assert_eq!(run(&to_file).with(0).stdout, "");
    let generic = fs::read_to_string(&path).unwrap();
    assert!(generic.contains("\"stablehlo.dot_general\"") && generic.contains("tensor<4x10xf32>"));
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = common::start(&[
        "inspect",
        "--cert",
        &cert("mnist-cnn"),
        "--dot",
        "--program",
        "train_adamw",
    ]);
    drop(child.stdout.take());
    let ended = common::end(child);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

/// Images of the test part, as PNG files of eight times their size.
fn write_digits(folder: &Path, count: usize, light_ground: bool) -> Vec<u32> {
    let digits = lmx_data::load("digits", &lmx_data::LoadOptions::default()).unwrap();
    let mut labels = Vec::new();
    for i in 0..count {
        let (pixels, label) = digits.test().example(i).unwrap();
        let image = image::GrayImage::from_fn(64, 64, |x, y| {
            let pixel = u32::from(pixels[(y / 8 * 8 + x / 8) as usize]) * 255 / 16;
            let pixel = u8::try_from(pixel).unwrap();
            image::Luma([if light_ground { 255 - pixel } else { pixel }])
        });
        image.save(folder.join(format!("{i}.png"))).unwrap();
        labels.push(label);
    }
    labels
}

#[test]
fn predict_reads_an_image_file() {
    let dir = temp();
    let folder = dir.path().join("run");
    train_digits(&folder, &[]).with(0);
    let predict = |name: &str, more: &[&str]| {
        let image = dir.path().join(name);
        run(&[&["predict", "--run", text(&folder), text(&image)], more].concat())
    };
    let labels = write_digits(dir.path(), 10, false);
    let mut right = 0;
    for (i, label) in labels.iter().enumerate() {
        let report = predict(&format!("{i}.png"), &["--json"]).with(0).json();
        let probabilities: Vec<f64> =
            serde_json::from_value(report["probabilities"].clone()).unwrap();
        assert_eq!(probabilities.len(), 10);
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        right += usize::from(report["class"] == *label);
    }
    assert!(right >= 8, "{right} of 10 right");

    let dark = predict("0.png", &[]).with(0);
    assert_eq!(dark.stdout.lines().count(), 10);
    assert_eq!(dark.stderr.lines().count(), 1, "{}", dark.stderr);
    let dark = dark.says(&["digits-mlp: certificate accepted by "]);
    write_digits(dir.path(), 1, true);
    predict("0.png", &[]).with(0).says(&["try --invert"]);
    let inverted = predict("0.png", &["--invert"]).with(0);
    let class = |out: &str| out.split_whitespace().next().unwrap().to_owned();
    assert_eq!(class(&inverted.stdout), class(&dark.stdout));
    predict("none.png", &[]).with(1).says(&["none.png"]);
    fs::write(dir.path().join("text.png"), "no image").unwrap();
    predict("text.png", &[])
        .with(1)
        .says(&["text.png: cannot decode the image"]);
}

#[test]
fn run_runs_one_program_on_given_tensors() {
    let graph = Graph::read(&common::certificates().join("digits-mlp.graph.json")).unwrap();
    let tensor = |role: &str, name: &str, dims: Vec<u64>, data: Vec<f32>| HostTensor {
        name: format!("{role}/{name}"),
        dims,
        data,
    };
    let mut inputs = Vec::new();
    for input in &graph.programs["grad"].inputs {
        let dims = input.ty.shape.at(2).unwrap();
        let mut data = vec![0.0; dims.iter().product::<u64>() as usize];
        if input.role == Role::Label {
            (data[3], data[10]) = (1.0, 1.0);
        }
        inputs.push(tensor(
            lmx_graph::Named::name(input.role),
            &input.name,
            dims,
            data,
        ));
    }
    let dir = temp();
    let (given, result) = (
        dir.path().join("in.safetensors"),
        dir.path().join("out.safetensors"),
    );
    let cert = cert("digits-mlp");
    let args = ["run", "--cert", &cert, "--program", "grad", "--batch", "2"];
    let args = [
        &args[..],
        &["--inputs", text(&given), "--output", text(&result)],
    ]
    .concat();
    write_safetensors(&given, &inputs).unwrap();
    run(&args).with(0);
    let outputs = read_safetensors(&result, 1 << 20).unwrap();
    let names: Vec<_> = outputs.iter().map(|t| t.name.as_str()).collect();
    let bias = graph.params.last().unwrap();
    assert_eq!(names.len(), graph.params.len() + 2);
    // All parameters are zero: uniform probabilities.
    let found = |name: &str| &outputs.iter().find(|t| t.name == name).unwrap().data;
    assert!(
        (found("loss/loss")[0] - 10f32.ln()).abs() < 1e-6,
        "{names:?}"
    );
    assert_eq!(found("metric/correct"), &[0.0]);
    let gradient = found(&format!("gradient/{}", bias.name));
    for (class, g) in gradient.iter().enumerate() {
        let hits = if [0, 3].contains(&class) { 0.5 } else { 0.0 };
        assert!((g - (0.1 - hits)).abs() < 1e-6, "{gradient:?}");
    }

    let label = inputs.iter().position(|t| t.name == "label/label").unwrap();
    let mut wrong = inputs.clone();
    wrong[label] = tensor("label", "label", vec![20], vec![0.0; 20]);
    write_safetensors(&given, &wrong).unwrap();
    run(&args)
        .with(1)
        .says(&["input label/label: expected one of dimensions [2, 10], found [20]"]);
    wrong.remove(label);
    write_safetensors(&given, &wrong).unwrap();
    run(&args)
        .with(1)
        .says(&["input label/label: expected one of dimensions [2, 10], found none"]);
    inputs.push(tensor("param", "more", vec![], vec![0.0]));
    write_safetensors(&given, &inputs).unwrap();
    run(&args)
        .with(1)
        .says(&["input param/more: expected no other input than "]);
}

#[test]
fn data_lists_the_sets() {
    let list = run(&["data", "list", "--json"]).with(0).json();
    let names: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|set| set["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["mnist", "fashion-mnist", "digits"]);
    assert_eq!(list[2]["place"], "embedded");
    run(&["data", "get", "digits"]).with(0).says(&["embedded"]);
    let dir = temp();
    let home = dir.path().join("home");
    let ended: common::Ended = lmx()
        .args(["data", "get", "mnist", "--from", text(dir.path())])
        .env("LMX_HOME", &home)
        .output()
        .unwrap()
        .into();
    ended.with(1).says(&["train-images-idx3-ubyte"]);
}

#[test]
fn bench_times_each_stage() {
    let args = [
        "bench",
        "--cert",
        &cert("digits-mlp"),
        "--batch",
        "8",
        "--iters",
        "5",
        "--json",
    ];
    let report = run(&args).with(0).json();
    for key in [
        "step_ms",
        "verification_ms",
        "emission_ms",
        "compilation_s",
        "images_per_s",
    ] {
        assert!(report[key].as_f64().unwrap() > 0.0, "{key}: {report}");
    }
    assert_eq!(report["iterations"], 5);
}

#[test]
fn doctor_finds_what_the_tests_use() {
    let ended = run(&["doctor"]).with(0);
    assert!(
        ended.stdout.contains("ok  iree-compile"),
        "{}",
        ended.stdout
    );
    assert_eq!(run(&["doctor", "--json"]).with(0).json()["well"], true);
}

#[test]
fn completions_complete() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]).with(0).stdout;
        assert!(
            script.contains("lmx-rs") && script.contains("label-smoothing"),
            "{shell}"
        );
    }
    run(&["completions", "ksh"]).with(2);
}

#[test]
fn help_names_the_exit_codes() {
    for args in [&["--help"][..], &["train", "--help"]] {
        let help = run(args).with(0).stdout;
        assert!(
            help.contains("3 certificate refused") && help.contains("130 stopped by Ctrl-C"),
            "{help}"
        );
        assert!(
            help.contains("a second Ctrl-C ends it at once, without saving"),
            "{help}"
        );
    }
}
