//! Installs into a folder in one step: what is there under its name is whole.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::{Result, io};
use crate::lean::store::remove;
use crate::place::Place;

/// Gives the folder `tools/NAME/VERSION`, made by `make` if it is not there yet.
///
/// `make` fills an empty folder, which then gets its name by a rename. A lock keeps a second process waiting. One line says
/// what is installed and why it may take a while.
pub fn once(
    place: &Place,
    name: &str,
    version: &str,
    line: &str,
    make: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let parent = place.tools().join(name);
    let target = parent.join(version);
    if target.is_dir() {
        return Ok(target);
    }
    fs::create_dir_all(&parent).map_err(io("create", &parent))?;
    let _lock = lock(&parent.join(".lock"))?;
    if target.is_dir() {
        return Ok(target);
    }
    eprintln!("setup: {line}");
    let draft = parent.join(format!(".draft-{version}"));
    remove(&draft)?;
    fs::create_dir_all(&draft).map_err(io("create", &draft))?;
    make(&draft)?;
    fs::rename(&draft, &target).map_err(io("install", &target))?;
    Ok(target)
}

/// Waits for the lock on a file and holds it until the value is dropped.
pub fn lock(path: &Path) -> Result<File> {
    let file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .map_err(io("open", path))?;
    file.lock().map_err(io("lock", path))?;
    Ok(file)
}
