//! The graph file: its types, a strict reader, a canonical printer and the checker of shapes and dtypes.
//!
//! `docs/graph-format.md` is the format. [`Graph::from_bytes`] accepts exactly the canonical bytes of a
//! graph that checks: it re-derives the type of every node with [`infer()`], and refuses versions, fields,
//! ops, roles and dtypes that it does not know. It never panics, whatever the bytes.
//!
//! It does not claim that a graph computes anything in particular: that is the certificate's part.

pub mod builder;
pub mod canonical;
mod check;
pub mod decode;
mod error;
pub mod file;
mod hash;
mod infer;
pub mod limits;
mod names;
mod rational;
mod read;
pub mod text;
mod types;
mod write;

pub use builder::ProgramBuilder;
pub use check::check_program;
pub use error::GraphError;
pub use hash::{Sha256ParseError, sha256};
pub use infer::{TypeError, infer};
pub use names::Named;
pub use rational::{parse_rational, rational_to_f32, rational_to_f64};
pub use types::*;
pub use write::to_canonical_json;
