//! LLVM 22 with MLIR, as libraries and headers, and the libclang that bindgen reads headers with.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::place::Place;
use crate::setup::{Found, apt, install, python, version};
use crate::shell::{ask, which};

/// LLVM's major version, fixed by `melior` through `mlir-sys`.
const MAJOR: u32 = 22;

/// What the build needs of it, on Debian and Ubuntu.
const PACKAGES: [&str; 10] = [
    "libmlir-22-dev",
    "llvm-22-dev",
    "libpolly-22-dev",
    "libclang1-22",
    "libclang-common-22-dev",
    "libzstd-dev",
    "libxml2-dev",
    "libz3-dev",
    "zlib1g-dev",
    "g++",
];

/// What to do where apt does not have it.
const OTHERWISE: &str = "on Debian or Ubuntu add the source `llvm-toolchain-CODENAME-22` of https://apt.llvm.org (its script: `llvm.sh 22`), \
     then run this again; on macOS `brew install llvm@22`; elsewhere build LLVM 22 with the projects mlir and clang and set \
     MLIR_SYS_220_PREFIX to where it is installed";

/// An LLVM 22 with MLIR's headers and libraries, by prefix: from `MLIR_SYS_220_PREFIX`, `llvm-config-22` or `llvm-config` on
/// `PATH`, Debian's folder, Homebrew.
pub fn find() -> Option<Found> {
    if let Some(prefix) = env::var_os("MLIR_SYS_220_PREFIX").filter(|p| !p.is_empty()) {
        return at(Path::new(&prefix));
    }
    let configs = ["llvm-config-22", "llvm-config"]
        .into_iter()
        .filter_map(which);
    configs
        .filter_map(|c| ask(c, &["--prefix"]).map(PathBuf::from))
        .chain(
            [
                "/usr/lib/llvm-22",
                "/opt/homebrew/opt/llvm@22",
                "/usr/local/opt/llvm@22",
            ]
            .map(PathBuf::from),
        )
        .find_map(|p| at(&p))
}

fn at(prefix: &Path) -> Option<Found> {
    let has = |file: &str| prefix.join(file).exists();
    let config = prefix.join("bin/llvm-config");
    let version = ask(&config, &["--version"])?;
    let whole =
        version::is(&version, &[MAJOR]) && has("include/mlir-c/IR.h") && has("lib/libMLIRIR.a");
    whole.then(|| Found {
        path: prefix.to_path_buf(),
        version,
    })
}

/// Installs it if it is missing.
pub fn ensure() -> Result<Found> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if let Some(prefix) = env::var_os("MLIR_SYS_220_PREFIX").filter(|p| !p.is_empty()) {
        return Err(Error::Check(format!(
            "MLIR_SYS_220_PREFIX is {}, where there is no LLVM {MAJOR} with MLIR (bin/llvm-config, include/mlir-c, lib/libMLIRIR.a)",
            Path::new(&prefix).display()
        )));
    }
    apt::install("LLVM 22 with MLIR", &PACKAGES, OTHERWISE)?;
    find().ok_or_else(|| {
        Error::Check("LLVM 22 was installed, but /usr/lib/llvm-22 has no MLIR".into())
    })
}

/// How to get it.
pub fn remedy() -> String {
    format!("{}; or: {OTHERWISE}", apt::command_for(&PACKAGES))
}

/// The folder of a libclang: `LIBCLANG_PATH`, LLVM's own, else PyPI's wheel once installed.
pub fn find_libclang(place: &Place, llvm: Option<&Found>) -> Option<Found> {
    if let Some(path) = env::var_os("LIBCLANG_PATH").filter(|p| !p.is_empty()) {
        return Some(Found {
            path: path.into(),
            version: "from LIBCLANG_PATH".into(),
        });
    }
    let own = llvm.map(|l| (l.path.join("lib"), l.version.clone()));
    let wheel = (
        place
            .tools()
            .join("libclang")
            .join(LIBCLANG)
            .join("site/clang/native"),
        LIBCLANG.to_string(),
    );
    own.into_iter()
        .chain([wheel])
        .find(|(folder, _)| holds_libclang(folder))
        .map(|(path, version)| Found { path, version })
}

const LIBCLANG: &str = "18.1.1";

fn holds_libclang(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|e| {
            let name = e.file_name().to_string_lossy().into_owned();
            // Not libclang-cpp: that is another library.
            (name.starts_with("libclang.") || name.starts_with("libclang-22."))
                && (name.contains(".so") || name.ends_with(".dylib"))
        })
    })
}

/// Installs PyPI's if there is none.
pub fn ensure_libclang(place: &Place, llvm: &Found) -> Result<Found> {
    if let Some(found) = find_libclang(place, Some(llvm)) {
        return Ok(found);
    }
    let line = format!("libclang {LIBCLANG} from PyPI");
    let folder = install::once(place, "libclang", LIBCLANG, &line, |draft| {
        python::install_into(place, "requirements-libclang.txt", &draft.join("site"))
    })?;
    Ok(Found {
        path: folder.join("site/clang/native"),
        version: LIBCLANG.into(),
    })
}
