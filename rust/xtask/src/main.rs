//! `cargo xtask`: provisions, builds, checks and tests the project. `cargo xtask help` lists the tasks.

mod blueprint;
mod cargo;
mod doctor;
mod error;
mod gate;
mod hash;
mod lean;
mod mutants;
mod place;
mod proofs;
mod setup;
mod shell;
mod tasks;

use std::process::ExitCode;

use error::{Error, Result};
use place::Place;

const HELP: &str = "\
usage: cargo xtask TASK

  train [-- ARGS]     provision what is missing, build, verify and train; ARGS go to `lmx-rs train`
  test                provision and run every check and test
  setup               provision for building, training and testing
  doctor [--json]     each component: found, where, which version, or how to get it
  build               provision and build the release binary
  lean [--force] [--check] [--jobs N] [FILES…]
                      check the Lean package, changed files only, and write certificates/
                      (--check: compare with what is committed)
  proofs [--out FOLDER]
                      the theorems' proofs, in the format that independent checkers read
  mutants [--sample N] [--seed S] [--jobs N] [--list] [NAMES…]
                      put deliberate errors into copies of the Lean sources: each must make its theorem fail
  axiom-gate          axioms of the certificates and forbidden words in the Lean sources
  blueprint [--out FOLDER] [--check] [--screenshots FOLDER]
                      write the dependency graph of definitions and theorems and the coverage tables, as web pages,
                      into target/blueprint (--check: and try them in a browser)
  bench [--json]      time one train step beside JAX's
  env                 print the environment of the build, for `eval \"$(cargo xtask env)\"`

Everything that is installed goes to $LMX_HOME (default ~/.cache/lmx), but for system packages.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::from(e.exit_code())
        }
    }
}

fn dispatch(args: &[String]) -> Result<()> {
    let (task, rest) = args
        .split_first()
        .map_or(("help", args), |(t, r)| (t.as_str(), r));
    match task {
        "train" => tasks::train(&Place::find()?, rest),
        "test" => tasks::test(&Place::find()?, rest),
        "setup" => none(rest)
            .and_then(|()| setup::all(&Place::find()?, true))
            .map(|_| ()),
        "doctor" => doctor::run(&Place::find()?, rest),
        "build" => none(rest).and_then(|()| tasks::build(&Place::find()?)),
        "lean" => lean::run(&Place::find()?, &lean::Options::parse(rest)?).map(drop),
        "blueprint" => blueprint::run(&Place::find()?, &blueprint::Options::parse(rest)?),
        "mutants" => mutants::run(&Place::find()?, &mutants::Options::parse(rest)?),
        "proofs" => proofs::run(&Place::find()?, rest),
        "axiom-gate" => none(rest).and_then(|()| gate::run(&Place::find()?)),
        "bench" => tasks::bench(&Place::find()?, rest),
        "env" => none(rest).and_then(|()| tasks::print_env(&Place::find()?)),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(Error::Usage(format!("no task {other}\n{HELP}"))),
    }
}

fn none(args: &[String]) -> Result<()> {
    match args {
        [] => Ok(()),
        [first, ..] => Err(Error::Usage(format!("unexpected argument {first}\n{HELP}"))),
    }
}
