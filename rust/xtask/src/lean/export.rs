//! Brings what the Lean package exports into `certificates/`, or compares it with what is committed there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result, io};
use crate::lean::compiled::Files;
use crate::place::Place;

/// How the name of a graph file ends.
pub const GRAPH: &str = ".graph.json";
/// The test vectors of the canonical serialisation.
pub const VECTORS: &str = "canonical-vectors.json";

/// Writes files into `certificates/`, or, with `check`, fails if they are not what lies there.
pub fn deliver(place: &Place, fresh: &Files, check: bool) -> Result<()> {
    let target = place.root.join("certificates");
    if fresh.is_empty() {
        if check {
            return Err(Error::Check(
                "the Lean package exported no file: there is nothing to compare".into(),
            ));
        }
        return Ok(());
    }
    let committed = exported_in(&target)?;
    if check {
        return compare(fresh, &committed, &place.show(&target));
    }
    fs::create_dir_all(&target).map_err(io("create", &target))?;
    let mut written = 0;
    for (name, bytes) in fresh {
        if committed.get(name) != Some(bytes) {
            write_atomically(&target.join(name), bytes)?;
            eprintln!("lean: wrote {}", place.show(&target.join(name)));
            written += 1;
        }
    }
    for name in committed.keys().filter(|n| !fresh.contains_key(*n)) {
        eprintln!(
            "lean: {} is exported no more: remove it",
            place.show(&target.join(name))
        );
    }
    if written == 0 {
        eprintln!("lean: {} exported files, none changed", fresh.len());
    }
    Ok(())
}

/// An error that lists each file that differs, is missing or has no source.
fn compare(fresh: &Files, committed: &Files, folder: &str) -> Result<()> {
    let names: BTreeSet<&String> = fresh.keys().chain(committed.keys()).collect();
    let lines: Vec<String> = names
        .into_iter()
        .filter_map(|name| match (committed.get(name), fresh.get(name)) {
            (Some(old), Some(new)) if same(old, new) => None,
            (Some(old), Some(new)) => Some(format!("  {folder}/{name}: {}", difference(old, new))),
            (None, _) => Some(format!("  {folder}/{name}: not committed")),
            (_, None) => Some(format!("  {folder}/{name}: committed, but not exported")),
        })
        .collect();
    if lines.is_empty() {
        eprintln!(
            "lean: {} exported files are the committed ones",
            fresh.len()
        );
        return Ok(());
    }
    Err(Error::Check(format!(
        "what Lean exports is not what is committed:\n{}\n  run `cargo xtask lean`, review the changes and commit them",
        lines.join("\n")
    )))
}

/// Are the files equal, or certificates of two builds of Lean that say the same?
fn same(old: &[u8], new: &[u8]) -> bool {
    old == new
        || matches!((built_anywhere(old), built_anywhere(new)), (Some((a, old)), Some((b, new))) if a != b && old == new)
}

/// The build of Lean that a certificate names, and the certificate without it and what depends on it: how far the core library shows its proofs,
/// and the digest of it all.
fn built_anywhere(bytes: &[u8]) -> Option<(Value, Value)> {
    let mut value: Value = serde_json::from_slice(bytes).ok()?;
    let members = value.as_object_mut()?;
    let build = members.remove("toolchain")?;
    for member in ["axiom_closure", "digest", "proofs"] {
        members.remove(member)?;
    }
    Some((build, value))
}

fn difference(old: &[u8], new: &[u8]) -> String {
    let at = old
        .iter()
        .zip(new)
        .position(|(a, b)| a != b)
        .unwrap_or(old.len().min(new.len()));
    let around = |bytes: &[u8]| {
        let from = at.saturating_sub(20);
        let to = bytes.len().min(at + 40);
        String::from_utf8_lossy(bytes.get(from..to).unwrap_or_default()).into_owned()
    };
    format!(
        "{} bytes committed, {} exported; first difference at byte {at}: …{}… became …{}…",
        old.len(),
        new.len(),
        around(old),
        around(new)
    )
}

/// The exported files in `certificates/`: all but the allow-list, which people write.
fn exported_in(folder: &Path) -> Result<Files> {
    read_folder(folder, |n| {
        n.ends_with(GRAPH) || n.ends_with(".cert.json") || n.ends_with(".term") || n == VECTORS
    })
}

/// The files of a folder, by name; none where there is no folder.
pub fn read_folder(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Files> {
    let mut files = Files::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(files),
        Err(e) => return Err(io("list", folder)(e)),
    };
    for entry in entries {
        let path = entry.map_err(io("list", folder))?.path();
        let Some(name) = path.file_name().map(|n| n.to_string_lossy().into_owned()) else {
            continue;
        };
        if path.is_file() && wanted(&name) {
            files.insert(name, fs::read(&path).map_err(io("read", &path))?);
        }
    }
    Ok(files)
}

fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.tmp", std::process::id()));
    let draft = PathBuf::from(draft);
    fs::write(&draft, bytes).map_err(io("write", &draft))?;
    fs::rename(&draft, path).map_err(io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(
        files: &[(&str, &str)],
        exported: &[(&str, &str)],
    ) -> (tempfile::TempDir, Place, Files) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("certificates")).unwrap();
        for (name, text) in files {
            fs::write(root.join("certificates").join(name), text).unwrap();
        }
        let bytes = |(name, text): &(&str, &str)| (name.to_string(), text.as_bytes().to_vec());
        let home = dir.path().join("home");
        (
            dir,
            Place { root, home },
            exported.iter().map(bytes).collect(),
        )
    }

    #[test]
    fn files_are_written_and_then_agree() {
        let (_dir, place, fresh) = place(
            &[("a.graph.json", "old"), ("allowlist.json", "{}")],
            &[("a.graph.json", "new")],
        );
        assert!(deliver(&place, &fresh, true).is_err());
        deliver(&place, &fresh, false).unwrap();
        assert_eq!(
            fs::read_to_string(place.root.join("certificates/a.graph.json")).unwrap(),
            "new"
        );
        deliver(&place, &fresh, true).unwrap();
    }

    #[test]
    fn each_kind_of_difference_is_told() {
        let committed = [("a.cert.json", "same old"), ("b.cert.json", "x")];
        let (_dir, place, fresh) = place(
            &committed,
            &[("a.cert.json", "same new"), ("c.cert.json", "y")],
        );
        let e = deliver(&place, &fresh, true).unwrap_err().to_string();
        for part in [
            "a.cert.json: 8 bytes committed, 8 exported; first difference at byte 5",
            "b.cert.json: committed, but",
            "c.cert.json: not committed",
        ] {
            assert!(e.contains(part), "{part} in {e}");
        }
    }

    #[test]
    fn no_export_at_all_does_not_pass_the_check() {
        let (_dir, place, _) = place(&[], &[]);
        assert!(deliver(&place, &Files::new(), true).is_err());
    }

    #[test]
    fn certificates_of_two_builds_are_the_same_but_nothing_else_may_differ() {
        let certificate = |toolchain: &str, closure: &str, graph: &str| {
            format!(
                "{{\"axiom_closure\":\"{closure}\",\"digest\":\"{toolchain}{closure}{graph}\",\"graph\":\"{graph}\",\"proofs\":\"{closure}\",\"toolchain\":\"{toolchain}\"}}"
            )
            .into_bytes()
        };
        let committed = certificate("a", "project", "g");
        assert!(same(&committed, &certificate("b", "full", "g")));
        assert!(!same(&committed, &certificate("b", "full", "h")));
        // One build says one thing.
        assert!(same(&committed, &certificate("a", "project", "g")));
        assert!(!same(&committed, &certificate("a", "full", "g")));
        assert!(!same(b"{\"nodes\":1}", b"{\"nodes\":2}"));
    }
}
