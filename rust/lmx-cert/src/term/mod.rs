//! The graph that a theorem is about: a closed term, decoded.
//!
//! The certificate's statements refer to the graph by a constant, whose definition is the term file. [`decode`] reads the graph from it
//! as a constructor application of the types of `lean/Lmx/Ir` and `lean/Lmx/Spec`; what a graph file holds beyond it (the layers' names and shapes, the
//! parameter manifest) follows from the spec by [`spec::resolve`].

mod decode;
mod differ;
mod spec;

use std::fmt;

pub(crate) use decode::decode;
pub(crate) use differ::{Difference, difference};

/// A term that is not one of a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: expected {expected}, found {found}")]
pub struct TermError {
    /// Where, in the words of the Lean types.
    pub at: String,
    /// What should stand there.
    pub expected: String,
    /// What does.
    pub found: String,
}

/// A place in a term.
#[derive(Clone, Copy)]
pub(crate) enum At<'p> {
    Root,
    Field(&'p At<'p>, &'static str),
    Index(&'p At<'p>, usize),
}

impl<'p> At<'p> {
    pub(crate) fn field(&'p self, name: &'static str) -> At<'p> {
        At::Field(self, name)
    }

    pub(crate) fn index(&'p self, i: usize) -> At<'p> {
        At::Index(self, i)
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Root => write!(f, "the graph"),
            At::Field(At::Root, name) => write!(f, "{name}"),
            At::Field(parent, name) => write!(f, "{parent}.{name}"),
            At::Index(parent, i) => write!(f, "{parent}[{i}]"),
        }
    }
}
