//! Finds the components that the project needs and installs those that are missing.
//!
//! What is installed goes to `$LMX_HOME/tools`, but for packages of the system, which apt installs where it may.

pub mod apt;
pub mod build_env;
pub mod chromium;
pub mod cpp;
pub mod install;
pub mod iree;
pub mod lean;
pub mod llvm;
pub mod npm;
pub mod oracle;
pub mod python;
pub mod version;

use std::path::PathBuf;

use crate::error::Result;
use crate::place::Place;

/// A component that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where.
    pub path: PathBuf,
    /// Which version, as it names itself.
    pub version: String,
}

/// All that building, checking and training need; `oracle` adds what only tests and benchmarks do.
pub fn all(place: &Place, oracle: bool) -> Result<build_env::BuildEnv> {
    let env = build_env::ensure(place)?;
    iree::ensure(place)?;
    if crate::lean::native::find(place)?.is_none() {
        lean::lean_wasm(place)?;
    }
    if oracle {
        oracle::ensure(place)?;
    }
    Ok(env)
}
