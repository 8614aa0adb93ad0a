//! The folder in which tools and compiled modules are kept.

use std::env;
use std::path::PathBuf;

use crate::IreeError;

/// `$LMX_HOME`, else `$XDG_CACHE_HOME/lmx`, else `$HOME/.cache/lmx`.
///
/// # Errors
/// [`IreeError::NoHome`] where none of the three variables is set.
pub fn lmx_home() -> Result<PathBuf, IreeError> {
    let var = |name| {
        env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    var("LMX_HOME")
        .or_else(|| var("XDG_CACHE_HOME").map(|dir| dir.join("lmx")))
        .or_else(|| var("HOME").map(|dir| dir.join(".cache").join("lmx")))
        .ok_or(IreeError::NoHome)
}
