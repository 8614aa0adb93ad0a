//! Where things are: the checkout, the folder for what is installed and cached.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, io};

/// The folders a task works with.
#[derive(Clone, Debug)]
pub struct Place {
    /// The checkout.
    pub root: PathBuf,
    /// `$LMX_HOME`: everything kept outside the checkout.
    pub home: PathBuf,
}

impl Place {
    /// Finds the checkout from this crate's own place and `LMX_HOME` from the environment.
    pub fn find() -> Result<Place> {
        let crate_dir = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = crate_dir
            .ancestors()
            .nth(2)
            .map(Path::to_path_buf)
            .ok_or_else(|| {
                Error::Check(format!("{} is not inside a checkout", crate_dir.display()))
            })?;
        let root = fs::canonicalize(&root).map_err(io("find", &root))?;
        let home = home_dir(|name| env::var_os(name).map(PathBuf::from))?;
        fs::create_dir_all(&home).map_err(io("create", &home))?;
        let home = fs::canonicalize(&home).map_err(io("find", &home))?;
        Ok(Place { root, home })
    }

    /// Where tools are installed.
    pub fn tools(&self) -> PathBuf {
        self.home.join("tools")
    }

    /// A path for messages: relative to the checkout if it is inside.
    pub fn show(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

/// `$LMX_HOME`, else `$XDG_CACHE_HOME/lmx`, else `$HOME/.cache/lmx`.
fn home_dir(var: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf> {
    let set = |name| var(name).filter(|p| !p.as_os_str().is_empty());
    set("LMX_HOME")
        .or_else(|| set("XDG_CACHE_HOME").map(|p| p.join("lmx")))
        .or_else(|| set("HOME").map(|p| p.join(".cache/lmx")))
        .ok_or_else(|| {
            Error::Check("none of LMX_HOME, XDG_CACHE_HOME and HOME is set: set LMX_HOME".into())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(vars: &[(&str, &str)]) -> Result<PathBuf> {
        home_dir(|n| {
            vars.iter()
                .find(|(k, _)| *k == n)
                .map(|(_, v)| PathBuf::from(v))
        })
    }

    #[test]
    fn lmx_home_comes_before_the_cache_folders() {
        let all = [("LMX_HOME", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")];
        assert_eq!(home(&all).unwrap(), Path::new("/a"));
        assert_eq!(home(&all[1..]).unwrap(), Path::new("/b/lmx"));
        assert_eq!(home(&all[2..]).unwrap(), Path::new("/c/.cache/lmx"));
    }

    #[test]
    fn an_empty_variable_counts_as_unset_and_none_is_an_error() {
        assert_eq!(
            home(&[("LMX_HOME", ""), ("HOME", "/c")]).unwrap(),
            Path::new("/c/.cache/lmx")
        );
        assert!(home(&[]).unwrap_err().to_string().contains("set LMX_HOME"));
    }
}
