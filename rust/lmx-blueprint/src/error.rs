//! Why the pages could not be generated.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, such as `read`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A data file is not what it has to be.
    #[error("{file}: {reason}")]
    Data {
        /// The file.
        file: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The data files and the environment or the checkout do not agree. One line each.
    #[error("{file}: {} things to put right\n{}", faults.len(), faults.join("\n"))]
    Faults {
        /// The data file.
        file: &'static str,
        /// What does not agree.
        faults: Vec<String>,
    },
}

/// Adds action and path to an I/O error.
pub fn io<P: Into<PathBuf>>(action: &'static str, path: P) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io {
        action,
        path,
        source,
    }
}
