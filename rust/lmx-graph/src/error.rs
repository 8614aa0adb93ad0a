//! Why a graph was refused.

use std::path::PathBuf;

use crate::canonical::JsonError;
use crate::decode::DecodeError;
use crate::file::ReadError;
use crate::infer::TypeError;

/// Why a graph was refused. Each message says where, what was expected and what was found.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// The file could not be read, or is over the limit.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The error of a named file.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<GraphError>,
    },
    /// More bytes than a graph file may have.
    #[error("expected at most {limit} bytes, found {found}")]
    TooLarge {
        /// The limit.
        limit: u64,
        /// How many there are.
        found: u64,
    },
    /// The bytes are not canonical JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The JSON is not of the form of a graph.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// An argument or an output that names no earlier value.
    #[error("{at}: expected a value below {limit}, found {found}{}", forward(op))]
    Undefined {
        /// Where.
        at: String,
        /// The node's op, if it is an argument.
        op: Option<&'static str>,
        /// The number of values that are there already.
        limit: usize,
        /// The value that is named.
        found: usize,
    },
    /// A node that does not type.
    #[error("{at}{error}")]
    Type {
        /// The node.
        at: String,
        /// What is wrong with it.
        error: TypeError,
    },
    /// A name twice.
    #[error("{at}: expected each {what} once, found {found} again")]
    Duplicate {
        /// Where it stands again.
        at: String,
        /// What must be unique.
        what: &'static str,
        /// What is there twice.
        found: String,
    },
    /// Parts of the graph that do not agree with each other.
    #[error("{at}: expected {expected}, found {found}")]
    Disagrees {
        /// Where.
        at: String,
        /// What the other part demands.
        expected: String,
        /// What stands here.
        found: String,
    },
}

fn forward(op: &Option<&'static str>) -> String {
    op.map_or(String::new(), |op| {
        format!(" (a forward reference, in an op `{op}`)")
    })
}
