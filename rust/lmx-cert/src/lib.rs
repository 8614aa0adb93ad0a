//! The certificate that travels with a graph, and its verification without Lean.
//!
//! `docs/certificate-format.md` is the format. [`verify`] establishes that the files are the ones that the certificate
//! speaks of, and that the theorems it carries, their axioms and the toolchain are those that people reviewed and put on the
//! allow-list. It does not check proofs: [`Verified`] says which [`Level`]s were established, and which were not.

mod allowlist;
mod certificate;
mod error;
mod report;
mod verify;

pub use allowlist::{AllowList, AllowedTheorem};
pub use certificate::{AxiomClosure, Certificate, Source, Theorem};
pub use error::CertError;
pub use verify::{Level, Verified, check_allowed, check_graph, verify};
