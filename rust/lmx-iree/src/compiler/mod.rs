//! The compiler: found, checked, run as a subprocess, its results cached by content.

mod cache;
mod cpu;
mod diagnostic;
mod find;
mod target;
mod tool;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use diagnostic::Diagnostic;
pub use find::REQUIRED_VERSION;
pub use target::{Backend, Target};

use crate::IreeError;
use cache::{Cache, Key};

/// An `iree-compile` of the right version, with the cache of what it compiled.
#[derive(Clone, Debug)]
pub struct Compiler {
    compile: PathBuf,
    version: String,
    /// What the whole of `--version` says: a nightly differs from a release in its commit alone.
    build: String,
    cache: Cache,
}

/// A compiled module, in memory.
#[derive(Clone, Debug)]
pub struct CompiledModule {
    bytes: Arc<[u8]>,
    path: PathBuf,
    cached: bool,
}

impl Compiler {
    /// The compiler that `LMX_IREE_COMPILE` names; else the newest of `$LMX_HOME/tools/iree/*/bin`; else the
    /// first on `PATH` that has the right version. Compiled modules are cached in `$LMX_HOME/vmfb`.
    ///
    /// # Errors
    /// Where none is found, with every place that was looked at and what was wrong there.
    pub fn find() -> Result<Compiler, IreeError> {
        find::Places::from_environment()?.find()
    }

    /// The same compiler with another cache folder.
    pub fn with_cache(mut self, folder: impl Into<PathBuf>) -> Compiler {
        self.cache = Cache::new(folder.into());
        self
    }

    /// The version, such as `3.13.0rc20261016`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The path of `iree-compile`.
    pub fn path(&self) -> &Path {
        &self.compile
    }

    /// The folder of the cache.
    pub fn cache_folder(&self) -> &Path {
        self.cache.folder()
    }

    /// Compiles a StableHLO module for a target, or takes it from the cache.
    ///
    /// The cache key is the sha256 of the compiler's build, the target's flags, the CPU where the target means
    /// this one, and the text. An entry that was damaged is compiled again. Two processes may compile the same module at
    /// once: each sees a whole entry or none.
    ///
    /// # Errors
    /// [`IreeError::Refused`] with line and column where the module is at fault.
    pub fn compile(&self, mlir: &str, target: &Target) -> Result<CompiledModule, IreeError> {
        let flags = target.flags();
        let key = Key::new(&self.build, &flags, target.cpu_identity().as_deref(), mlir);
        let path = self.cache.path(&key);
        if let Some(bytes) = self.cache.read(&key)? {
            return Ok(CompiledModule {
                bytes: bytes.into(),
                path,
                cached: true,
            });
        }
        // Made before the compiler's seconds are spent: a folder that cannot be written should say so at once.
        self.cache.create()?;
        let mut args = flags;
        args.extend(["-".into(), "-o".into(), "-".into()]);
        let bytes = tool::run(&self.compile, &args, mlir)?;
        self.cache.write(&key, &bytes)?;
        Ok(CompiledModule {
            bytes: bytes.into(),
            path,
            cached: false,
        })
    }

    /// Parses and verifies a module with IREE's own dialects, and prints it in their pretty form.
    ///
    /// # Errors
    /// [`IreeError::Refused`] with line and column where the module is at fault.
    pub fn pretty(&self, mlir: &str) -> Result<String, IreeError> {
        let opt = self
            .compile
            .with_file_name(format!("iree-opt{}", std::env::consts::EXE_SUFFIX));
        let text = tool::run(&opt, &["-".to_owned()], mlir)?;
        String::from_utf8(text).map_err(|_| IreeError::ToolFailed {
            path: opt,
            status: "output is not UTF-8".into(),
            stderr: String::new(),
        })
    }
}

impl CompiledModule {
    /// The module's bytes, IREE's `vmfb` format.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its cache entry, which IREE's own tools read too.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it came from the cache.
    pub fn cached(&self) -> bool {
        self.cached
    }
}
