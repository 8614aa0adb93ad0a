//! What can go wrong, and what to do about it.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use crate::compiler::{Diagnostic, REQUIRED_VERSION};

/// An error of the compiler, its cache or the runtime.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IreeError {
    /// No environment variable says where to keep files.
    #[error(
        "no folder for tools and caches: none of LMX_HOME, XDG_CACHE_HOME and HOME is set; set LMX_HOME"
    )]
    NoHome,

    /// No usable compiler was found.
    #[error(
        "no iree-compile of version {REQUIRED_VERSION}.x found; looked at:\n{}\nrun `cargo xtask setup`, or set LMX_IREE_COMPILE to one",
        tried.iter().map(|t| format!("  {t}")).collect::<Vec<_>>().join("\n")
    )]
    CompilerNotFound {
        /// Each place, with what was wrong with it.
        tried: Vec<String>,
    },

    /// The compiler that LMX_IREE_COMPILE names is of another version.
    #[error(
        "{}: expected IREE compiler version {REQUIRED_VERSION}.x, found {found}; unset LMX_IREE_COMPILE and run `cargo xtask setup`, or name another",
        path.display()
    )]
    CompilerVersion {
        /// The tool.
        path: PathBuf,
        /// What it said.
        found: String,
    },

    /// A tool could not be started.
    #[error("cannot start {}: {source}; run `cargo xtask setup`, or set LMX_IREE_COMPILE", path.display())]
    ToolStart {
        /// The tool.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// A tool died, or failed without naming a line of its input.
    #[error("{} failed ({status}):\n{stderr}", path.display())]
    ToolFailed {
        /// The tool.
        path: PathBuf,
        /// Its exit code or the signal that ended it.
        status: String,
        /// The end of what it wrote.
        stderr: String,
    },

    /// The compiler refused the module.
    #[error("IREE refused the module:\n{}", list_diagnostics(diagnostics))]
    Refused {
        /// Errors, warnings and notes, in the compiler's order.
        diagnostics: Vec<Diagnostic>,
        /// The end of what the compiler wrote.
        stderr: String,
    },

    /// The cache of compiled modules could not be read or written.
    #[error(
        "cannot {action} {}: {source}{}",
        path.display(),
        if source.kind() == io::ErrorKind::StorageFull { "; free some space, or set LMX_HOME to a folder on another disk" } else { "" }
    )]
    Cache {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },

    /// There is no such device, or this program was built without its driver.
    #[error("unknown device {name:?}; this program was built with {}{hint}", known.join(", "))]
    UnknownDevice {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
        /// How to get it, or nothing.
        hint: String,
    },

    /// The runtime failed.
    #[error("IREE runtime: cannot {action}: {message}")]
    Runtime {
        /// What was tried.
        action: String,
        /// The runtime's own message.
        message: String,
    },

    /// A buffer's length does not fit its dimensions.
    #[error("a tensor of dimensions {dims:?} has {expected} elements, found {found}")]
    ElementCount {
        /// The dimensions.
        dims: Vec<u64>,
        /// Their product.
        expected: usize,
        /// How many there are.
        found: usize,
    },

    /// The dimensions' product does not fit the address space.
    #[error("the dimensions {dims:?} are too large for this machine")]
    TooLarge {
        /// The dimensions.
        dims: Vec<u64>,
    },

    /// A tensor of one device was given to a session of another.
    #[error(
        "argument {index} lives on device {found}, the session runs on {expected}; download it and upload it there"
    )]
    OtherDevice {
        /// Which argument, from 0.
        index: usize,
        /// The session's device.
        expected: String,
        /// The tensor's device.
        found: String,
    },
}

/// Diagnostics as a compiler prints them, one to a line.
pub fn list_diagnostics(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for (i, d) in diagnostics.iter().enumerate() {
        let _ = write!(text, "{}{d}", if i == 0 { "" } else { "\n" });
    }
    text
}
