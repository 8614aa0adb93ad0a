//! Why a program was not printed.

use lmx_graph::GraphError;

/// Why a program was not printed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The batch size is zero.
    #[error("the batch size must be at least 1, found 0")]
    NoBatch,

    /// The program does not check.
    #[error(transparent)]
    Program(#[from] GraphError),

    /// A tensor's bytes cannot be counted at this batch size.
    #[error(
        "{at}: a tensor of shape {shape} is too large at batch size {batch}; choose a smaller batch"
    )]
    TooLarge {
        /// Which value, such as `nodes[3]`.
        at: String,
        /// Its shape.
        shape: String,
        /// The batch size.
        batch: u64,
    },

    /// MLIR did not take an op or an attribute: a fault of this crate, not of the program.
    #[error("{at}: `{op}`: {source}")]
    Op {
        /// Which node, such as `nodes[3]`.
        at: String,
        /// The op.
        op: &'static str,
        /// MLIR's error.
        source: melior::Error,
    },

    /// MLIR did not take the function: a fault of this crate, not of the program.
    #[error("cannot build the function `main`: {0}")]
    Function(#[from] melior::Error),

    /// MLIR's verifier refused the module: a fault of this crate, not of the program.
    #[error("MLIR refused the module: {}", messages.join("; "))]
    Refused {
        /// What the verifier said.
        messages: Vec<String>,
    },
}
