//! Builds the workspace.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde_json::Value;

use crate::error::{Error, Result, io};
use crate::place::Place;
use crate::setup::build_env::BuildEnv;
use crate::shell::{quiet, run};

/// Builds the release binary and gives its path.
///
/// Everything is built in the release profile and for the whole workspace, by the tests too: so the features of the C and
/// C++ dependencies are always the same, and they are built once.
pub fn build(place: &Place, env: &BuildEnv) -> Result<PathBuf> {
    run(env.cargo(place).args(["build", "--release", "--workspace"]))?;
    let target = target_folder(place, env)?;
    settle(&target)?;
    Ok(target.join("release/lmx-rs"))
}

/// Runs a cargo command that may build, made by [`BuildEnv::cargo`].
pub fn cargo(place: &Place, env: &BuildEnv, command: &mut Command) -> Result<()> {
    run(command)?;
    settle(&target_folder(place, env)?)
}

fn target_folder(place: &Place, env: &BuildEnv) -> Result<PathBuf> {
    let output = quiet(env.cargo(place).args([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ]))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|e| Error::Check(format!("cargo metadata gave no JSON: {e}")))?;
    let folder = metadata.get("target_directory").and_then(Value::as_str);
    folder
        .map(PathBuf::from)
        .ok_or_else(|| Error::Check("cargo metadata names no target_directory".into()))
}

/// Keeps `eerie-sys` from being built again by each cargo command.
///
/// Its build script asks cargo to watch the folder that it writes itself. Cargo compares what it watches with the time of the
/// file `output`, which it sets to the moment before the script ran: so the script's last run is always out of date.
/// Moving that to the moment of the script's last write settles it, and is still before anything was compiled against it.
fn settle(target: &Path) -> Result<()> {
    for profile in ["debug", "release"] {
        let Ok(entries) = fs::read_dir(target.join(profile).join("build")) else {
            continue;
        };
        for entry in entries.flatten() {
            let output = entry.path().join("output");
            if !entry.file_name().to_string_lossy().starts_with("eerie") || !output.is_file() {
                continue;
            }
            let time = modified(&output)?;
            let last = last_write(&entry.path().join("out"), time)?;
            if last > time {
                let file = File::options()
                    .append(true)
                    .open(&output)
                    .map_err(io("open", &output))?;
                file.set_modified(last)
                    .map_err(io("set the time of", &output))?;
            }
        }
    }
    Ok(())
}

/// The latest time of anything in a folder, if that is after `time`.
fn last_write(folder: &Path, time: SystemTime) -> Result<SystemTime> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(time);
    };
    let mut last = time.max(modified(folder)?);
    for entry in entries.flatten() {
        let path = entry.path();
        last = match entry.file_type() {
            Ok(kind) if kind.is_dir() => last_write(&path, last)?,
            Ok(kind) if kind.is_file() => last.max(modified(&path)?),
            _ => last,
        };
    }
    Ok(last)
}

fn modified(path: &Path) -> Result<SystemTime> {
    fs::metadata(path)
        .and_then(|m| m.modified())
        .map_err(io("look at", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_output_of_eerie_gets_the_time_of_the_last_write() {
        let dir = tempfile::tempdir().unwrap();
        let [early, late] =
            [1_000_000, 1_000_060].map(|s| SystemTime::UNIX_EPOCH + Duration::from_secs(s));
        let set = |path: &Path, time| {
            let file = if path.is_dir() {
                File::open(path)
            } else {
                File::options().append(true).open(path)
            };
            file.unwrap().set_modified(time).unwrap();
        };
        let outputs = ["eerie-sys-0123", "mlir-sys-0123"].map(|name| {
            let folder = dir.path().join("release/build").join(name);
            fs::create_dir_all(folder.join("out/build")).unwrap();
            let (output, made) = (folder.join("output"), folder.join("out/build/made.a"));
            fs::write(&output, "x").unwrap();
            fs::write(&made, "x").unwrap();
            set(&output, early);
            set(&made, late);
            set(&folder.join("out/build"), early);
            set(&folder.join("out"), early);
            output
        });
        for _ in 0..2 {
            settle(dir.path()).unwrap();
            assert_eq!(modified(&outputs[0]).unwrap(), late);
            assert_eq!(modified(&outputs[1]).unwrap(), early);
        }
    }
}
