//! `lmx-rs`: verifies the certificate of a network, and trains, evaluates and inspects its graph.
//!
//! Each command is a module of [`commands`]; [`args`] is the command line's grammar. Results go to standard output,
//! everything else to standard error. Exit codes: see [`failure`].

mod args;
mod commands;
mod failure;
mod net;
mod output;
mod progress;
mod stop;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use failure::Failure;

fn main() -> ExitCode {
    // Before any thread is started.
    lmx_train::allocator::keep_large_blocks();
    let cli = Cli::parse();
    failure::install_reporter();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Train(args) => commands::train::run(&args),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Predict(args) => commands::predict::run(&args),
        Command::Verify(args) => commands::verify::run(&args),
        Command::Emit(args) => commands::emit::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Data(args) => commands::data::run(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Doctor(args) => commands::doctor::run(&args),
        Command::Completions(args) => commands::completions::run(&args),
    }
}
