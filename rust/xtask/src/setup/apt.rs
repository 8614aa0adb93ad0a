//! Debian's and Ubuntu's packages.

use std::process::Command;

use crate::error::{Error, Result};
use crate::shell::{ask, quiet, which};

/// The command that installs packages, for messages.
pub fn command_for(packages: &[&str]) -> String {
    format!(
        "apt-get install --no-install-recommends {}",
        packages.join(" ")
    )
}

/// Installs packages, as root or with a `sudo` that asks no password.
pub fn install(component: &'static str, packages: &[&str], otherwise: &str) -> Result<()> {
    let missing = |reason: &str, remedy: String| Error::Missing {
        component,
        reason: reason.into(),
        remedy,
    };
    let Some(apt) = which("apt-get") else {
        return Err(missing(
            "there is no apt-get on this system",
            otherwise.into(),
        ));
    };
    let root = ask("id", &["-u"]).as_deref() == Some("0");
    let sudo = which("sudo").filter(|s| !root && ask(s, &["-n", "true"]).is_some());
    if !root && sudo.is_none() {
        let remedy = format!("sudo {}", command_for(packages));
        return Err(missing(
            "this user is not root and sudo asks for a password",
            remedy,
        ));
    }
    let start = || {
        let mut command = match &sudo {
            Some(sudo) => {
                let mut c = Command::new(sudo);
                c.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive"])
                    .arg(&apt);
                c
            }
            None => Command::new(&apt),
        };
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    if !packages.iter().all(|p| known(p)) {
        eprintln!("setup: apt-get update");
        quiet(start().arg("update"))?;
    }
    let unknown: Vec<&str> = packages.iter().copied().filter(|p| !known(p)).collect();
    if !unknown.is_empty() {
        let reason = format!("this system's apt sources have no {}", unknown.join(", "));
        return Err(missing(&reason, otherwise.into()));
    }
    eprintln!("setup: {}", command_for(packages));
    quiet(
        start()
            .args(["install", "--yes", "--quiet", "--no-install-recommends"])
            .args(packages),
    )
    .map(|_| ())
}

/// Whether apt can install a package of this name.
fn known(package: &str) -> bool {
    ask("apt-cache", &["policy", package]).is_some_and(|t| {
        t.lines().any(|l| {
            l.trim()
                .strip_prefix("Candidate:")
                .is_some_and(|c| c.trim() != "(none)")
        })
    })
}
