//! What Lean compiled, as hashes, axiom closures and proof objects, without running Lean.
//!
//! Lean leaves each module it checked in `.olean` files: an image of its memory, with every declaration, statement and proof. This crate reads them
//! ([`olean`]), puts the modules of a project together with what they reach of the core library ([`Environment`]), and computes from that
//!
//! - the canonical text and hash of a declaration, and what of the project a theorem reaches through its statement or its proof ([`canonical`]), as
//!   `docs/certificate-format.md` defines them;
//! - certificates ([`certify`]);
//! - whether the test vectors that Lean wrote agree with that ([`check`]);
//! - proof objects: a file with theorems and all that they rest on, axioms included, for checkers that are not Lean ([`ndjson`]).
//!
//! The files are read with every access checked: bytes that Lean did not write give an error with file and place, never a panic. Both layouts are
//! read, the 32-bit one of Lean's WebAssembly build and the 64-bit one.
//!
//! What is not claimed: nothing here checks a proof. A file that was tampered with, well formed, is taken for what Lean compiled; Lean's kernel, or
//! an independent checker of the exported proof objects, is what checks.
//!
//! ```no_run
//! use lmx_proof::canonical::{Canonical, Proofs};
//! use lmx_proof::{Environment, Folders};
//!
//! # fn main() -> lmx_proof::Result<()> {
//! let env = Environment::load(&Folders::new("out", "lean-wasm/lib"))?;
//! let theorem = env.find("Lmx.trainStep_correct")?;
//! let mut canonical = Canonical::new(&env);
//! let proof = canonical.reach(theorem.name, Proofs::Kept)?;
//! println!("{} declarations, {}", proof.project.len(), proof.sha256(&env.store));
//! # Ok(())
//! # }
//! ```

pub mod canonical;
pub mod certify;
pub mod check;
pub mod declaration;
pub mod environment;
pub mod error;
pub mod ndjson;
pub mod olean;
pub mod store;

pub use environment::{Environment, Folders, Module, ModuleId};
pub use error::{Problem, ProofError, Result};
