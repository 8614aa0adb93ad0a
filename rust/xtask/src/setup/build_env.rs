//! The environment that the C and C++ dependencies are built in: always the same, so that cargo rebuilds nothing.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::place::Place;
use crate::setup::{cpp, llvm};
use crate::shell::{ask, which};

/// Variables for cargo.
#[derive(Clone, Debug)]
pub struct BuildEnv {
    /// Name and value.
    pub vars: Vec<(&'static str, String)>,
}

/// Installs what a build needs and gives its environment.
pub fn ensure(place: &Place) -> Result<BuildEnv> {
    let compiler = cpp::ensure_compiler()?;
    cpp::ensure_make()?;
    let llvm = llvm::ensure()?;
    let cmake = cpp::ensure_cmake(place)?;
    let libclang = llvm::ensure_libclang(place, &llvm)?;
    let prefix = llvm.path.display().to_string();
    let mut vars = vec![
        ("LMX_HOME", place.home.display().to_string()),
        ("MLIR_SYS_220_PREFIX", prefix.clone()),
        ("TABLEGEN_220_PREFIX", prefix.clone()),
        ("LIBCLANG_PATH", libclang.path.display().to_string()),
    ];
    if env::var_os("BINDGEN_EXTRA_CLANG_ARGS").is_none()
        && let Some(headers) = clang_headers(&llvm.path, &compiler.path)
    {
        vars.push((
            "BINDGEN_EXTRA_CLANG_ARGS",
            format!("-I{}", headers.display()),
        ));
    }
    if which("cmake").as_deref() != Some(cmake.path.as_path()) {
        vars.push((
            "PATH",
            with_first(cmake.path.parent().unwrap_or(Path::new("/")))?,
        ));
    }
    Ok(BuildEnv { vars })
}

/// The folder of `stddef.h` and its like, which a libclang that stands alone does not have.
fn clang_headers(llvm: &Path, compiler: &Path) -> Option<PathBuf> {
    let own = llvm.join("lib/clang/22/include");
    if own.join("stddef.h").is_file() {
        return Some(own);
    }
    let gcc = ask(compiler, &["-print-file-name=include"]).map(PathBuf::from)?;
    gcc.join("stddef.h").is_file().then_some(gcc)
}

fn with_first(folder: &Path) -> Result<String> {
    let old = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder.to_path_buf()).chain(env::split_paths(&old));
    env::join_paths(all)
        .map(|p| p.to_string_lossy().into_owned())
        .map_err(|e| Error::Check(format!("PATH cannot begin with {}: {e}", folder.display())))
}

impl BuildEnv {
    /// A cargo command in this environment, at the checkout.
    pub fn cargo(&self, place: &Place) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        self.apply(&mut command);
        command.current_dir(&place.root);
        // What cargo set for this program is not meant for the next cargo.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || name == "CARGO_BIN_NAME"
            {
                command.env_remove(name);
            }
        }
        command
    }

    /// Sets the variables for any command.
    pub fn apply(&self, command: &mut Command) {
        command.envs(self.vars.iter().map(|(k, v)| (*k, v)));
    }
}
