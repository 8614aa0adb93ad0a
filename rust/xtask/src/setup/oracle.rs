//! JAX and what else the differential tests in `oracle/` run on.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::error::{Result, io};
use crate::hash::{Hasher, hex};
use crate::place::Place;
use crate::setup::{Found, install, python};

const REQUIREMENTS: &str = "requirements-oracle.txt";

/// The folder of the installed packages, for `PYTHONPATH`; by the pins and by the Python that they were chosen for.
fn version(place: &Place, python: &Found) -> Result<String> {
    let path = place.root.join("ci").join(REQUIREMENTS);
    let mut hasher = Hasher::default();
    hasher
        .field(fs::read(&path).map_err(io("read", &path))?)
        .field(&python.version);
    Ok(hex(&hasher.finish())[..16].to_string())
}

/// The packages, if they are installed.
pub fn find(place: &Place) -> Option<Found> {
    let python = python::find()?;
    let folder = place
        .tools()
        .join("oracle")
        .join(version(place, &python).ok()?);
    folder.is_dir().then(|| Found {
        path: folder.join("site"),
        version: format!("for Python {}", python.version),
    })
}

/// Installs them if they are missing; their folder.
pub fn ensure(place: &Place) -> Result<PathBuf> {
    let python = python::find();
    let name = python
        .as_ref()
        .map_or(Ok("none".to_string()), |p| version(place, p))?;
    let folder = install::once(
        place,
        "oracle",
        &name,
        "JAX and pytest for the oracles, from PyPI",
        |draft| python::install_into(place, REQUIREMENTS, &draft.join("site")),
    )?;
    Ok(folder.join("site"))
}

/// A Python command that sees the packages and nothing else that was installed.
pub fn command(place: &Place) -> Result<Command> {
    let site = ensure(place)?;
    let python = python::find().map_or_else(|| PathBuf::from("python3"), |p| p.path);
    let mut command = Command::new(python);
    command
        .env("PYTHONPATH", site)
        .env("PYTHONNOUSERSITE", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}
