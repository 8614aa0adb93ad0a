//! Compiles StableHLO with IREE's compiler and runs the result with IREE's runtime.
//!
//! Compiling ([`Compiler`]) starts `iree-compile` as a subprocess, so that a crash of the compiler is an
//! error and not the end of this program, and keeps each compiled module in a cache by content. Running
//! ([`Device`], [`Session`], [`DeviceTensor`]) links IREE's runtime through the `eerie` crate; tensors stay on the device
//! from one call to the next until they are downloaded.
//!
//! ```no_run
//! use lmx_iree::{Compiler, Device, DeviceTensor, Session, Target};
//!
//! # fn main() -> Result<(), lmx_iree::IreeError> {
//! # let text = "";
//! let module = Compiler::find()?.compile(text, &Target::llvm_cpu())?;
//! let device = Device::open("local-task")?;
//! let session = Session::load(&device, &module)?;
//! let x = DeviceTensor::upload(&device, &[2], &[1.0, 2.0])?;
//! let y = session.call(&[&x])?;
//! # Ok(())
//! # }
//! ```
//!
//! What this crate does not claim: that IREE computes what StableHLO says. Tests compare every op with the
//! interpreter of `lmx-interp`.

mod compiler;
mod error;
mod home;
mod runtime;

pub use compiler::{Backend, CompiledModule, Compiler, Diagnostic, REQUIRED_VERSION, Target};
pub use error::{IreeError, list_diagnostics};
pub use home::lmx_home;
pub use runtime::{Device, DeviceTensor, Session};
