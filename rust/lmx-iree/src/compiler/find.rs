//! Finds an `iree-compile` of the right version.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Cache, Compiler, tool};
use crate::{IreeError, lmx_home};

/// The compiler's version, without the patch level. The runtime that is linked in is of this version, and IREE promises
/// nothing across versions.
pub const REQUIRED_VERSION: &str = "3.13";

/// Where to look.
#[derive(Debug)]
pub(super) struct Places {
    /// `LMX_IREE_COMPILE`: this one or none.
    named: Option<PathBuf>,
    home: PathBuf,
    path: Option<OsString>,
}

enum Candidate {
    Good { version: String, build: String },
    Other { found: String },
}

impl Places {
    pub(super) fn from_environment() -> Result<Places, IreeError> {
        Ok(Places {
            named: env::var_os("LMX_IREE_COMPILE")
                .filter(|v| !v.is_empty())
                .map(PathBuf::from),
            home: lmx_home()?,
            path: env::var_os("PATH"),
        })
    }

    pub(super) fn find(&self) -> Result<Compiler, IreeError> {
        if let Some(path) = &self.named {
            return match examine(path)? {
                Candidate::Good { version, build } => {
                    Ok(self.compiler(path.clone(), version, build))
                }
                Candidate::Other { found } => Err(IreeError::CompilerVersion {
                    path: path.clone(),
                    found,
                }),
            };
        }
        let mut tried = Vec::new();
        for path in self.candidates(&mut tried) {
            match examine(&path) {
                Ok(Candidate::Good { version, build }) => {
                    return Ok(self.compiler(path, version, build));
                }
                Ok(Candidate::Other { found }) => {
                    tried.push(format!("{}: version {found}", path.display()))
                }
                Err(error) => tried.push(error.to_string()),
            }
        }
        Err(IreeError::CompilerNotFound { tried })
    }

    fn compiler(&self, compile: PathBuf, version: String, build: String) -> Compiler {
        Compiler {
            compile,
            version,
            build,
            cache: Cache::new(self.home.join("vmfb")),
        }
    }

    /// The files there are, best first. `tried` gets the places that hold none.
    fn candidates(&self, tried: &mut Vec<String>) -> Vec<PathBuf> {
        let name = format!("iree-compile{}", env::consts::EXE_SUFFIX);
        let tools = self.home.join("tools").join("iree");
        let mut installed: Vec<PathBuf> = fs::read_dir(&tools)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path().join("bin").join(&name)))
            .filter(|path| path.is_file())
            .collect();
        installed.sort();
        installed.reverse();
        if installed.is_empty() {
            tried.push(format!("{}: none installed", tools.display()));
        }
        let on_path: Vec<PathBuf> = self
            .path
            .iter()
            .flat_map(env::split_paths)
            .map(|dir| dir.join(&name))
            .filter(|path| path.is_file())
            .collect();
        if on_path.is_empty() {
            tried.push(format!("PATH: no {name}"));
        }
        installed.into_iter().chain(on_path).collect()
    }
}

/// Asks a compiler for its version.
fn examine(path: &Path) -> Result<Candidate, IreeError> {
    let output = tool::run(path, &["--version".to_owned()], "")?;
    let build = String::from_utf8_lossy(&output).into_owned();
    let version = version_in(&build).unwrap_or("unknown").to_owned();
    let right = version
        .strip_prefix(REQUIRED_VERSION)
        .is_some_and(|rest| rest.starts_with('.'));
    Ok(if right {
        Candidate::Good { version, build }
    } else {
        Candidate::Other { found: version }
    })
}

fn version_in(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        line.trim()
            .strip_prefix("IREE compiler version ")?
            .split_whitespace()
            .next()
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// A test that writes a script while another starts a process lends it the open file: "text file busy".
    fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fake(dir: &Path, script: &str) -> PathBuf {
        fs::create_dir_all(dir).unwrap();
        let path = dir.join("iree-compile");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn says(version: &str) -> String {
        format!("echo 'IREE (https://iree.dev):'; echo '  IREE compiler version {version} @ abc'")
    }

    #[test]
    fn takes_the_installed_one_of_the_right_version() {
        let _alone = alone();
        let home = tempfile::tempdir().unwrap();
        let tools = home.path().join("tools/iree");
        fake(&tools.join("3.14.0/bin"), &says("3.14.0"));
        let good = fake(&tools.join("3.13.0/bin"), &says("3.13.0rc1"));
        let places = Places {
            named: None,
            home: home.path().into(),
            path: None,
        };
        let compiler = places.find().unwrap();
        assert_eq!(compiler.path(), good);
        assert_eq!(compiler.version(), "3.13.0rc1");
        assert_eq!(compiler.cache_folder(), home.path().join("vmfb"));
    }

    #[test]
    fn falls_back_to_the_path() {
        let _alone = alone();
        let home = tempfile::tempdir().unwrap();
        let bin = home.path().join("somewhere");
        let good = fake(&bin, &says("3.13.7"));
        let places = Places {
            named: None,
            home: home.path().into(),
            path: Some(bin.into()),
        };
        assert_eq!(places.find().unwrap().path(), good);
    }

    #[test]
    fn says_where_it_looked_and_what_it_found() {
        let _alone = alone();
        let home = tempfile::tempdir().unwrap();
        fake(&home.path().join("tools/iree/3.1.3/bin"), &says("3.1.3"));
        let places = Places {
            named: None,
            home: home.path().into(),
            path: None,
        };
        let error = places.find().unwrap_err().to_string();
        for part in [
            "3.13.x",
            "version 3.1.3",
            "PATH: no iree-compile",
            "cargo xtask setup",
            "LMX_IREE_COMPILE",
        ] {
            assert!(error.contains(part), "{part} not in: {error}");
        }
    }

    #[test]
    fn a_named_one_is_not_replaced_by_another() {
        let _alone = alone();
        let home = tempfile::tempdir().unwrap();
        fake(&home.path().join("tools/iree/3.13.0/bin"), &says("3.13.0"));
        let named = fake(&home.path().join("named"), &says("3.130.0"));
        let places = Places {
            named: Some(named),
            home: home.path().into(),
            path: None,
        };
        let error = places.find().unwrap_err().to_string();
        assert!(
            error.contains("expected IREE compiler version 3.13.x, found 3.130.0"),
            "{error}"
        );
        let places = Places {
            named: Some(home.path().join("absent")),
            ..places
        };
        assert!(matches!(
            places.find().unwrap_err(),
            IreeError::ToolStart { .. }
        ));
    }

    #[test]
    fn a_crash_is_an_error_with_what_was_said() {
        let _alone = alone();
        let home = tempfile::tempdir().unwrap();
        let named = fake(
            &home.path().join("named"),
            "echo 'Stack dump:' >&2; kill -SEGV $$",
        );
        let places = Places {
            named: Some(named),
            home: home.path().into(),
            path: None,
        };
        let error = places.find().unwrap_err().to_string();
        assert!(
            error.contains("crashed, signal 11") && error.contains("Stack dump:"),
            "{error}"
        );
    }
}
