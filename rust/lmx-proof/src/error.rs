//! What can go wrong, each with the file and the place.

use std::io;
use std::path::PathBuf;

use lmx_graph::file::ReadError;

/// Why compiled Lean was not read, hashed or written.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The operating system's reason.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file that was not read.
    #[error(transparent)]
    Read(ReadError),
    /// A file that is not what Lean writes.
    #[error("{}: byte {offset}: {problem}", path.display())]
    Olean {
        /// The file.
        path: PathBuf,
        /// The place in it.
        offset: u64,
        /// What is wrong there.
        problem: Problem,
    },
    /// A module that was asked for or is imported, and lies in none of the folders.
    #[error("module {module}{}: no {} in {folders}", by.as_ref().map(|m| format!(", which {m} imports")).unwrap_or_default(), module.replace('.', "/") + ".olean")]
    NoModule {
        /// The module.
        module: String,
        /// Who imports it.
        by: Option<String>,
        /// Where it was looked for.
        folders: String,
    },
    /// Two modules declare one name.
    #[error("{name} is declared by {first} and, differently, by {second}")]
    Twice {
        /// The name.
        name: String,
        /// One module.
        first: String,
        /// The other.
        second: String,
    },
    /// A declaration that is not there.
    #[error("{name}: not declared{}", by.as_ref().map(|n| format!(", but {n} uses it")).unwrap_or_default())]
    NoDeclaration {
        /// Its name.
        name: String,
        /// What needs it.
        by: Option<String>,
    },
    /// A declaration of a kind that is not fit for what was asked.
    #[error("{name}: expected {expected}, found {found}")]
    Kind {
        /// Its name.
        name: String,
        /// What was expected.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// Hashes or texts that should be those of a committed file and are not.
    #[error("{}: {differences}", path.display())]
    Differs {
        /// The file.
        path: PathBuf,
        /// What differs.
        differences: String,
    },
    /// A certificate or file of vectors that was not understood.
    #[error("{}: {reason}", path.display())]
    Committed {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What is wrong in an `.olean` file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file ends too early.
    #[error("expected {0} bytes more, found the end of the file")]
    Truncated(u64),
    /// Other bytes at the start.
    #[error("expected `olean`: not a file that Lean compiled")]
    Magic,
    /// A version of the file's form.
    #[error("expected version 2 of the form, found {0}")]
    Version(u8),
    /// A header with neither word size's addresses.
    #[error("expected the addresses of a 32-bit or a 64-bit Lean, found neither")]
    Layout,
    /// Parts of different builds.
    #[error("expected parts of one module by one Lean, found {0}")]
    Parts(&'static str),
    /// An address outside the module's parts.
    #[error("expected an address in the module's parts, found {0:#x}")]
    Address(u64),
    /// An address that is not behind the object it points at: Lean writes an object after those that it is made of.
    #[error("expected an object before this one, found the address {0:#x}")]
    Forward(u64),
    /// A value of another kind.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What should be there.
        expected: &'static str,
        /// What is.
        found: String,
    },
    /// Text that is not UTF-8.
    #[error("expected UTF-8")]
    Utf8,
    /// More than this reader holds.
    #[error("expected at most {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A free variable or a metavariable.
    #[error("expected a closed term, found {0}")]
    Open(&'static str),
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, ProofError>;
