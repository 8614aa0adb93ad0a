//! Runs other programs and finds them.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::error::{Error, Result};

/// Runs a command with its output shown; an exit code other than 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|e| cannot_start(command, e))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Command {
            command: show(command),
            status: status.to_string(),
            output: String::new(),
        })
    }
}

/// Runs a command with its output kept: shown in the error if it fails.
pub fn quiet(command: &mut Command) -> Result<Output> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| cannot_start(command, e))?;
    if output.status.success() {
        return Ok(output);
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(30)..].join("\n");
    Err(Error::Command {
        command: show(command),
        status: output.status.to_string(),
        output: tail,
    })
}

/// What a command prints on standard output, trimmed; `None` if it cannot be run or fails.
pub fn ask(program: impl AsRef<OsStr>, args: &[&str]) -> Option<String> {
    let output = quiet(Command::new(program).args(args)).ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// The first program of this name on `PATH`.
pub fn which(name: &str) -> Option<PathBuf> {
    all_on_path(name).into_iter().next()
}

/// Every program of this name on `PATH`, in its order.
pub fn all_on_path(name: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|d| d.join(name))
        .filter(|p| is_program(p))
        .collect()
}

/// Whether this is a file that may be executed.
pub fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// The command line, for messages.
pub fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|w| {
            let w = w.to_string_lossy();
            if w.is_empty() || w.contains(char::is_whitespace) {
                format!("'{w}'")
            } else {
                w.into_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn cannot_start(command: &Command, source: std::io::Error) -> Error {
    Error::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    }
}
