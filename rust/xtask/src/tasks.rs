//! The tasks that put the others together: `train`, `test`, `bench`.

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::cargo;
use crate::error::{Error, Result};
use crate::place::Place;
use crate::setup::build_env::BuildEnv;
use crate::shell::{run, show};
use crate::{blueprint, gate, lean, mutants, setup};

/// How many mutants a test run tries: other ones after each change of the Lean sources.
const MUTANTS: usize = 3;

const DEFAULT_CERTIFICATE: &str = "certificates/mnist-mlp.cert.json";

/// `cargo xtask train [-- ARGS]`: provisions, checks, builds, then trains.
pub fn train(place: &Place, args: &[String]) -> Result<()> {
    let args = args.strip_prefix(&["--".to_string()]).unwrap_or(args);
    let env = setup::all(place, false)?;
    lean::run(place, &lean::Options::default())?;
    let lmx = cargo::build(place, &env)?;
    let args = train_args(args);
    if let Some(certificate) = certificate(&args) {
        run(program(place, &env, &lmx).args(["verify", "--cert", certificate]))?;
        if certificate.contains("mnist") && !args.iter().any(|a| a.starts_with("--data")) {
            run(program(place, &env, &lmx).args(["data", "get", "mnist"]))?;
        }
    }
    let mut command = program(place, &env, &lmx);
    command.arg("train").args(&args);
    eprintln!("train: {}", show(&command));
    become_program(command)
}

/// The arguments for `lmx-rs train`: with the default certificate unless they name one or a run to go on with.
fn train_args(args: &[String]) -> Vec<String> {
    let names_one = |a: &String| {
        ["--cert", "--resume", "--config", "--help"]
            .iter()
            .any(|f| a == f || a.starts_with(&format!("{f}=")))
            || a == "-h"
    };
    let mut all = args.to_vec();
    if !args.iter().any(names_one) {
        all.splice(
            0..0,
            ["--cert".to_string(), DEFAULT_CERTIFICATE.to_string()],
        );
    }
    all
}

fn certificate(args: &[String]) -> Option<&str> {
    let after = args
        .iter()
        .skip_while(|a| *a != "--cert")
        .nth(1)
        .map(String::as_str);
    after.or_else(|| args.iter().find_map(|a| a.strip_prefix("--cert=")))
}

fn program(place: &Place, env: &BuildEnv, lmx: &Path) -> Command {
    let mut command = Command::new(lmx);
    env.apply(&mut command);
    command.current_dir(&place.root);
    command
}

/// Replaces this process, so that Ctrl-C and the exit code are the program's own.
fn become_program(mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let source = command.exec();
    Err(Error::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })
}

/// `cargo xtask build`: provisions and builds the release binary.
pub fn build(place: &Place) -> Result<()> {
    let env = setup::build_env::ensure(place)?;
    let lmx = cargo::build(place, &env)?;
    println!("{}", lmx.display());
    Ok(())
}

/// `cargo xtask test`: everything that must hold, what fails quickly first.
pub fn test(place: &Place, args: &[String]) -> Result<()> {
    if !args.is_empty() {
        return Err(Error::Usage("cargo xtask test takes no arguments: for one test, `eval \"$(cargo xtask env)\"`, then cargo test".into()));
    }
    let began = Instant::now();
    let cargo_version = |args: &[&str]| {
        run(
            Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
                .args(args)
                .current_dir(&place.root),
        )
    };
    step("formatting", || cargo_version(&["fmt", "--all", "--check"]))?;
    let mut compiled = None;
    step("Lean, and its exports are the committed ones", || {
        let options = lean::Options {
            check: true,
            ..Default::default()
        };
        compiled = lean::run(place, &options)?;
        Ok(())
    })?;
    if let Some(compiled) = &compiled {
        step("blueprint and coverage", || {
            blueprint::test(place, compiled)
        })?;
    }
    step("mutants of the Lean sources, a sample", || {
        mutants::run(
            place,
            &mutants::Options {
                sample: Some(MUTANTS),
                ..Default::default()
            },
        )
    })?;
    step("axiom gate", || gate::run(place))?;
    let mut env = BuildEnv { vars: Vec::new() };
    step("provisioning", || setup::all(place, true).map(|e| env = e))?;
    let workspace = ["--workspace", "--release"];
    let cargo = |args: &[&str]| cargo::cargo(place, &env, env.cargo(place).args(args));
    step("clippy", || {
        let lints = ["--all-targets", "--", "-D", "warnings"];
        cargo(&[&["clippy"], &workspace[..], &lints].concat())
    })?;
    step("documentation", || {
        let mut command = env.cargo(place);
        command
            .env("RUSTDOCFLAGS", "-D warnings")
            .args(["doc", "--no-deps"])
            .args(workspace);
        cargo::cargo(place, &env, &mut command)
    })?;
    let lmx = cargo::build(place, &env)?;
    step("Rust tests", || {
        cargo(&[&["test", "--no-fail-fast"], &workspace[..]].concat())
    })?;
    step("oracles", || {
        let mut command = setup::oracle::command(place)?;
        env.apply(&mut command);
        command
            .env("LMX_RS", &lmx)
            .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "oracle"])
            .current_dir(&place.root);
        run(&mut command)
    })?;
    eprintln!(
        "test: everything passed in {:.0} s",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Runs a step between two lines that say what it is and how long it took.
fn step(name: &str, act: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("test: {name} …");
    let began = Instant::now();
    act()?;
    eprintln!(
        "test: {name}: passed in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

/// `cargo xtask bench [ARGS]`: `oracle/bench.py` measures ours and JAX's step in one run.
pub fn bench(place: &Place, args: &[String]) -> Result<()> {
    let env = setup::all(place, true)?;
    lean::run(place, &lean::Options::default())?;
    let lmx = cargo::build(place, &env)?;
    let mut command = setup::oracle::command(place)?;
    env.apply(&mut command);
    command
        .env("LMX_RS", &lmx)
        .arg("oracle/bench.py")
        .args(args)
        .current_dir(&place.root);
    become_program(command)
}

/// `cargo xtask env`: the environment of the build, for a shell's `eval`.
pub fn print_env(place: &Place) -> Result<()> {
    for (name, value) in setup::build_env::ensure(place)?.vars {
        println!("export {name}='{}'", value.replace('\'', "'\\''"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_string).collect()
    }

    #[test]
    fn the_default_certificate_stands_in_only_where_none_is_named() {
        assert_eq!(
            train_args(&words("--epochs 3")),
            words(&format!("--cert {DEFAULT_CERTIFICATE} --epochs 3"))
        );
        for line in [
            "--cert a.cert.json",
            "--cert=a",
            "--resume runs/1",
            "--config c.toml",
        ] {
            assert_eq!(train_args(&words(line)), words(line));
        }
    }

    #[test]
    fn the_certificate_is_found_in_both_forms() {
        assert_eq!(
            certificate(&words("--epochs 3 --cert a --seed 1")),
            Some("a")
        );
        assert_eq!(certificate(&words("--cert=b")), Some("b"));
        assert_eq!(certificate(&words("--resume r")), None);
    }
}
