//! The binary, in folders of the tests' own.
#![allow(dead_code)] // Each test binary uses a part of it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The committed certificates.
pub fn certificates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../certificates")
}

/// A certificate, such as `digits-mlp`.
pub fn cert(net: &str) -> String {
    let path = certificates().join(format!("{net}.cert.json"));
    path.to_str().unwrap().to_owned()
}

/// `lmx-rs` with IREE's compiler and a cache of the tests' own, so that a module is compiled once for all of them.
pub fn lmx() -> Command {
    let compiler = match lmx_iree::Compiler::find() {
        Ok(compiler) => compiler.path().to_owned(),
        Err(error) => panic!("these tests need IREE's compiler: {error}"),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_lmx-rs"));
    command
        .env("LMX_IREE_COMPILE", compiler)
        .env(
            "LMX_HOME",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("home"),
        )
        .env_remove("LMX_DATA_DIR")
        .env("NO_COLOR", "1");
    command
}

/// What a command ended with.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Fails unless it ended with this code.
    #[track_caller]
    pub fn with(self, code: i32) -> Ended {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Fails unless standard error has each of these parts.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Ended {
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "{part:?} not in:\n{}",
                self.stderr
            );
        }
        self
    }

    /// The JSON of the last line of standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(self.stdout.lines().last().expect("no output")).expect("no JSON")
    }
}

/// Runs `lmx-rs` to its end.
pub fn run(args: &[&str]) -> Ended {
    lmx().args(args).output().unwrap().into()
}

/// A temporary folder.
pub fn temp() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Starts `lmx-rs`.
pub fn start(args: &[&str]) -> Child {
    lmx()
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until something is so, for a minute at most.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "waited in vain until {what}"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Sends a process the signal of Ctrl-C.
pub fn interrupt(child: &Child) {
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

/// Waits for the end of a started command.
pub fn end(child: Child) -> Ended {
    child.wait_with_output().unwrap().into()
}

/// The number of lines in a file; 0 if there is none.
pub fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

/// Trains the digits for some epochs in a folder.
pub fn train_digits(folder: &Path, more: &[&str]) -> Ended {
    let cert = cert("digits-mlp");
    let args = [
        "train",
        "--cert",
        &cert,
        "--run-dir",
        text(folder),
        "--json",
    ];
    run(&[&args[..], more].concat())
}
