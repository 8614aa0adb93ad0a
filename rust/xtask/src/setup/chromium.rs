//! A Chromium without a window, for the test of the generated pages.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::setup::{Found, apt};
use crate::shell::{ask, is_program, which};

const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
const MACOS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// The browser, if there is one: `$CHROME`, else by name.
pub fn find() -> Option<Found> {
    let named = std::env::var_os("CHROME").map(PathBuf::from);
    let path = named
        .filter(|p| is_program(p))
        .or_else(|| NAMES.iter().find_map(|n| which(n)))
        .or_else(|| MACOS.iter().map(PathBuf::from).find(|p| is_program(p)))?;
    let version = ask(&path, &["--version"])?;
    Some(Found { path, version })
}

/// How to get it.
pub fn remedy() -> String {
    format!(
        "{}, or install Chromium or Google Chrome and set CHROME to its program",
        apt::command_for(&["chromium"])
    )
}

/// The browser; installed if it is missing and apt may.
pub fn ensure() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found.path);
    }
    apt::install("Chromium", &["chromium"], &remedy())?;
    find().map(|f| f.path).ok_or_else(|| Error::Missing {
        component: "Chromium",
        reason: "apt installed it, but there is no such program".into(),
        remedy: remedy(),
    })
}

/// Arguments for a browser that shows nothing, keeps nothing and asks nobody.
pub fn arguments(profile: &Path) -> Vec<String> {
    let mut all: Vec<String> = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-extensions",
        "--disable-sync",
        "--metrics-recording-only",
        "--no-first-run",
        "--no-default-browser-check",
        "--hide-scrollbars",
        "--remote-debugging-pipe",
    ]
    .map(String::from)
    .to_vec();
    all.push(format!("--user-data-dir={}", profile.display()));
    all
}
