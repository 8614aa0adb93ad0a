//! A Lean that is installed: `lake build`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result, io};
use crate::lean::compiled::Compiled;
use crate::lean::modules::Modules;
use crate::lean::{Options, bundle, messages, store};
use crate::place::Place;
use crate::shell::{ask, quiet, run as run_shown, which};

/// `lake`, if it is on `PATH` and runs the toolchain that `lean/lean-toolchain` names.
pub fn find(place: &Place) -> Result<Option<PathBuf>> {
    let Some(lake) = which("lake") else {
        return Ok(None);
    };
    let path = place.root.join("lean/lean-toolchain");
    let wanted = fs::read_to_string(&path).map_err(io("read", &path))?;
    // Asked inside lean/: elan runs there what the file names, and gets it first if need be.
    let version = quiet(
        Command::new(&lake)
            .args(["env", "lean", "--version"])
            .current_dir(place.root.join("lean")),
    )
    .ok()
    .map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    if version
        .as_deref()
        .is_some_and(|v| same_release(wanted.trim(), v))
    {
        return Ok(Some(lake));
    }
    let found = version
        .or_else(|| ask(&lake, &["--version"]))
        .unwrap_or_else(|| "no version".into());
    eprintln!(
        "lean: {} does not run {} ({}): using Lean as WebAssembly",
        lake.display(),
        wanted.trim(),
        found.trim()
    );
    Ok(None)
}

/// Whether `Lean (version 4.28.0, …)` is the release of `leanprover/lean4:v4.28.0`.
fn same_release(toolchain: &str, version: &str) -> bool {
    let wanted = toolchain
        .rsplit(':')
        .next()
        .unwrap_or(toolchain)
        .trim_start_matches('v');
    version
        .split_once("version ")
        .and_then(|(_, v)| v.split([',', ')', ' ']).next())
        == Some(wanted)
}

/// Builds with Lake; any warning fails. Then elaborates what runs the exporter, since Lake does not run it when nothing changed.
pub fn run(place: &Place, lake: &Path, options: &Options) -> Result<Option<Compiled>> {
    let folder = place.root.join("lean");
    eprintln!("lean: lake build, {}", lake.display());
    if options.force {
        run_shown(Command::new(lake).arg("clean").current_dir(&folder))?;
    }
    let mut build = Command::new(lake);
    build.args(["--wfail", "build"]).current_dir(&folder);
    for file in &options.files {
        let path = fs::canonicalize(file).map_err(io("find", file))?;
        build.arg(path);
    }
    run_shown(&mut build)?;
    if !options.files.is_empty() {
        return Ok(None);
    }
    let modules = Modules::read(&folder, "")?;
    let mut exports = BTreeMap::new();
    for module in modules.ordered().iter().filter(|m| bundle::runs(&m.name)) {
        let out = folder.join(".lake/export").join(&module.name);
        store::remove(&out)?;
        fs::create_dir_all(&out).map_err(io("create", &out))?;
        let output = quiet(
            Command::new(lake)
                .args(["env", "lean"])
                .arg(&module.file)
                .env("LMX_OUT", &out)
                .current_dir(&folder),
        )?;
        let text = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<String> = text.lines().map(str::to_string).collect();
        if messages::complains(&lines) {
            return Err(Error::Check(
                messages::shown(&lines, &module.file).join("\n"),
            ));
        }
        exports.insert(module.name.clone(), out);
    }
    let libdir = quiet(
        Command::new(lake)
            .args(["env", "lean", "--print-libdir"])
            .current_dir(&folder),
    )?;
    Ok(Some(Compiled {
        project: folder.join(".lake/build/lib/lean"),
        core: PathBuf::from(String::from_utf8_lossy(&libdir.stdout).trim()),
        folder,
        modules,
        exports,
    }))
}

/// The options in the `[leanOptions]` table, or `leanOptions = {…}`, of a `lakefile.toml`: `name=value`.
pub fn lean_options(lakefile: &str) -> Vec<String> {
    let mut inside = false;
    let mut options = Vec::new();
    for line in lakefile.lines() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if line.starts_with('[') {
            inside = line == "[leanOptions]";
        } else if let Some(table) = line
            .strip_prefix("leanOptions")
            .and_then(|l| l.trim_start().strip_prefix('='))
        {
            let table = table.trim().trim_start_matches('{').trim_end_matches('}');
            options.extend(table.split(',').filter_map(option));
        } else if inside {
            options.extend(option(line));
        }
    }
    options
}

fn option(text: &str) -> Option<String> {
    let (name, value) = text.split_once('=')?;
    let plain = |s: &str| s.trim().trim_matches('"').to_string();
    (!name.trim_start().starts_with('#')).then(|| format!("{}={}", plain(name), plain(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_compared_in_full() {
        let toolchain = "leanprover/lean4:v4.28.0";
        assert!(same_release(
            toolchain,
            "Lean (version 4.28.0, x86_64-unknown-linux-gnu, commit abc, Release)"
        ));
        assert!(!same_release(toolchain, "Lean (version 4.28.1, x86_64)"));
        assert!(!same_release(
            toolchain,
            "Lean (version 4.28.0-rc1, x86_64)"
        ));
        assert!(!same_release(toolchain, ""));
        assert!(same_release(
            "leanprover/lean4:v4.28.0-rc1",
            "Lean (version 4.28.0-rc1, x86_64)"
        ));
    }

    #[test]
    fn options_are_read_from_both_forms() {
        let table = "name = \"lmx\"\n[leanOptions]\nautoImplicit = false # why\npp.unicode.fun = true\n# x = 1\n[[lean_lib]]\nname = \"Lmx\"\n";
        assert_eq!(
            lean_options(table),
            ["autoImplicit=false", "pp.unicode.fun=true"]
        );
        assert_eq!(
            lean_options("leanOptions = { autoImplicit = false, \"pp.x\" = 3 }"),
            ["autoImplicit=false", "pp.x=3"]
        );
        assert!(lean_options("name = \"lmx\"\n").is_empty());
    }
}
