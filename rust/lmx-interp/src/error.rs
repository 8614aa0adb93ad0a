//! Why a program was not run.

/// Why a program was not run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InterpError {
    /// The batch size is zero.
    #[error("expected a batch size of at least 1, found 0")]
    EmptyBatch,
    /// Too many inputs, or too few.
    #[error("expected {expected} inputs, found {found}")]
    InputCount {
        /// The program's.
        expected: usize,
        /// Those given.
        found: usize,
    },
    /// An input of another shape.
    #[error("input `{name}`: expected dimensions {expected:?}, found {found:?}")]
    InputShape {
        /// The input.
        name: String,
        /// The program's, at this batch size.
        expected: Vec<u64>,
        /// Those given.
        found: Vec<u64>,
    },
    /// An input whose data do not fill its shape.
    #[error("input `{name}`: expected data for dimensions {expected:?}, found {found} numbers")]
    InputData {
        /// The input.
        name: String,
        /// Its dimensions.
        expected: Vec<u64>,
        /// How many numbers there are.
        found: usize,
    },
    /// A shape at this batch size is beyond memory.
    #[error("value {value}: expected dimensions that this machine can address, found larger ones")]
    TooLarge {
        /// The value.
        value: usize,
    },
    /// The program is not one that [`lmx_graph::check_program`] accepts.
    #[error(
        "value {value} (`{op}`): expected a program that checks, found a node that does not type"
    )]
    Unchecked {
        /// The value.
        value: usize,
        /// Its op.
        op: &'static str,
    },
}
