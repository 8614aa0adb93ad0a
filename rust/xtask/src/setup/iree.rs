//! IREE's compiler: `iree-compile` and `iree-opt` of version 3.13.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, io};
use crate::place::Place;
use crate::setup::{Found, install, python, version};
use crate::shell::{ask, which};

/// The version that is installed; the runtime that `eerie` builds is the same.
const VERSION: &str = "3.13.0";
const SERIES: [u32; 2] = [3, 13];

/// `LMX_IREE_COMPILE`, else what was installed, else `PATH`; only of the right version.
pub fn find(place: &Place) -> Option<Found> {
    if let Some(named) = env::var_os("LMX_IREE_COMPILE").filter(|p| !p.is_empty()) {
        return at(Path::new(&named));
    }
    let own = installed(place);
    if own.is_file() {
        return Some(Found {
            path: own,
            version: VERSION.into(),
        });
    }
    which("iree-compile").and_then(|p| at(&p))
}

fn installed(place: &Place) -> PathBuf {
    place
        .tools()
        .join("iree")
        .join(VERSION)
        .join("bin/iree-compile")
}

fn at(path: &Path) -> Option<Found> {
    let text = ask(path, &["--version"])?;
    let line = text.lines().find(|l| l.contains("IREE compiler version"))?;
    version::is(line, &SERIES).then(|| Found {
        path: path.to_path_buf(),
        version: line.trim().into(),
    })
}

/// Installs it if it is missing.
pub fn ensure(place: &Place) -> Result<Found> {
    if let Some(found) = find(place) {
        return Ok(found);
    }
    if let Some(named) = env::var_os("LMX_IREE_COMPILE").filter(|p| !p.is_empty()) {
        return Err(Error::Check(format!(
            "LMX_IREE_COMPILE is {}, which is not an iree-compile of version {VERSION}: unset it and one is installed",
            Path::new(&named).display()
        )));
    }
    let line = format!("IREE's compiler {VERSION} from PyPI");
    install::once(place, "iree", VERSION, &line, |draft| {
        python::install_into(place, "requirements-iree.txt", &draft.join("site"))?;
        let bin = draft.join("bin");
        fs::create_dir(&bin).map_err(io("create", &bin))?;
        // The wheel's own launchers are Python scripts; the programs behind them need none.
        for program in ["iree-compile", "iree-opt"] {
            let link = bin.join(program);
            symlink(
                Path::new("../site/iree/compiler/_mlir_libs").join(program),
                &link,
            )
            .map_err(io("link", &link))?;
        }
        Ok(())
    })?;
    at(&installed(place)).ok_or_else(|| {
        Error::Check(format!(
            "{} was installed, but does not run",
            installed(place).display()
        ))
    })
}
