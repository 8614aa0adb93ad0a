//! Python packages, pinned with hashes, into folders of their own: no system or user package is touched.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::place::Place;
use crate::setup::{Found, apt, install, version};
use crate::shell::{all_on_path, ask, quiet};

/// The least Python that the pinned packages are published for.
const LEAST: [u32; 2] = [3, 11];

/// A Python that is new enough.
pub fn find() -> Option<Found> {
    let names = [
        "python3",
        "python3.14",
        "python3.13",
        "python3.12",
        "python3.11",
    ];
    names.iter().flat_map(|n| all_on_path(n)).find_map(|path| {
        let text = ask(&path, &["--version"]).filter(|v| version::at_least(v, &LEAST))?;
        Some(Found {
            path,
            version: text.trim_start_matches("Python ").to_string(),
        })
    })
}

fn ensure() -> Result<Found> {
    find().ok_or_else(|| Error::Missing {
        component: "Python",
        reason: "no python3 on PATH is version 3.11 or later".into(),
        remedy: "apt-get install python3 python3-venv (Debian 12, Ubuntu 24.04 or later), or brew install python".into(),
    })
}

/// A Python that has pip: the one found, else an environment in `tools/pip`. Debian ships Python without either; there the
/// package `python3-venv` brings what an environment is made from.
fn with_pip(place: &Place) -> Result<PathBuf> {
    let python = ensure()?.path;
    if ask(&python, &["-m", "pip", "--version"]).is_some() {
        return Ok(python);
    }
    if ask(&python, &["-c", "import ensurepip, venv"]).is_none() {
        apt::install(
            "pip",
            &["python3-venv"],
            "install pip or the venv module for the python3 that is on PATH",
        )?;
    }
    let name =
        version::first(&ask(&python, &["--version"]).unwrap_or_default()).unwrap_or_default();
    let name = name
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(".");
    let folder = install::once(
        place,
        "pip",
        &name,
        "a Python environment for pip",
        |draft| quiet(Command::new(&python).args(["-m", "venv"]).arg(draft)).map(|_| ()),
    )?;
    // Run as a module: the scripts in the environment hold the path it was made under.
    Ok(folder.join("bin/python3"))
}

/// Installs what a file in `ci/` pins into a folder, which then is a place for `PYTHONPATH`.
pub fn install_into(place: &Place, requirements: &str, target: &Path) -> Result<()> {
    let python = with_pip(place)?;
    let file = place.root.join("ci").join(requirements);
    let options = [
        "--quiet",
        "--disable-pip-version-check",
        "--no-cache-dir",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
    ];
    quiet(
        Command::new(python)
            .args(["-m", "pip", "install"])
            .args(options)
            .arg("--target")
            .arg(target)
            .arg("-r")
            .arg(file),
    )
    .map(|_| ())
}
