//! The certificate that travels with a graph, and its verification without Lean.
//!
//! `docs/certificate-format.md` is the format. [`verify`] establishes that the files are the ones that the certificate
//! speaks of, that the theorems it carries, their axioms and the toolchain are those that people reviewed and put on the
//! allow-list, and that the graph is the one that the theorems' own term denotes: statements are tied to the term by their hashes, in the
//! [`canonical`] serialisation, and the term is decoded and compared. It does not check proofs: [`Verified`] says which [`Level`]s were
//! established, and which were not.

mod allowlist;
pub mod canonical;
mod certificate;
mod error;
mod kinks;
mod report;
mod statement;
mod term;
mod verify;

pub use allowlist::{AllowList, AllowedTheorem, NEVER_ALLOWED};
pub use certificate::{
    AxiomClosure, CORRECT, Certificate, Declared, Derived, ProofObjects, Source, TermRef, Theorem,
};
pub use error::CertError;
pub use kinks::kinks;
pub use statement::check_statements;
pub use term::TermError;
pub use verify::{
    Level, Verified, check_allowed, check_graph, check_recorded, check_term, verify,
    verify_recorded,
};
