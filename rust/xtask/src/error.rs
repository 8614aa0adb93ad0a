//! Why a task failed, in words for the person at the keyboard.

use std::io;
use std::path::PathBuf;

/// Result of a task's step.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed step.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be used.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, such as `read`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program could not be started.
    #[error("cannot start {program}: {source}")]
    Start {
        /// Its path or name.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended with a failure.
    #[error("{command}\n  ended with {status}{}", indent(output))]
    Command {
        /// The command line.
        command: String,
        /// Its exit status.
        status: String,
        /// The end of what it printed, where that was captured.
        output: String,
    },
    /// A component is missing and cannot be installed from here.
    #[error("{component} is missing: {reason}\n  to install it: {remedy}")]
    Missing {
        /// The component.
        component: &'static str,
        /// Why it could not be installed.
        reason: String,
        /// The command or place to get it.
        remedy: String,
    },
    /// A downloaded archive is not the pinned one.
    #[error("{what} is not the pinned one\n  expected {expected}\n  found    {found}\n  {remedy}")]
    Pin {
        /// Package and version.
        what: String,
        /// The pinned hash.
        expected: String,
        /// The hash of what arrived.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The blueprint could not be generated.
    #[error("blueprint: {0}")]
    Blueprint(#[from] lmx_blueprint::error::Error),
    /// A check did not hold.
    #[error("{0}")]
    Check(String),
    /// What Lean compiled is not what was expected.
    #[error(transparent)]
    Compiled(#[from] lmx_proof::ProofError),
    /// The command line was not understood; the text says how to call.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// The process's exit code: 2 for a wrong command line, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 2,
            _ => 1,
        }
    }
}

/// Adds action and path to an I/O error: `fs::read(p).map_err(io("read", p))`.
pub fn io<P: Into<PathBuf>>(action: &'static str, path: P) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io {
        action,
        path,
        source,
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|l| format!("\n  | {l}")).collect()
}
