//! `cargo xtask axiom-gate`: no certificate rests on an axiom that is not on the list, and no Lean source uses a way around
//! the kernel.

mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lmx_cert::NEVER_ALLOWED;
use serde_json::Value;

use crate::error::{Error, Result, io};
use crate::place::Place;

/// Runs the gate on the checkout.
pub fn run(place: &Place) -> Result<()> {
    let certificates = place.root.join("certificates");
    let lean = place.root.join("lean");
    let faults = check(&certificates, &lean)?;
    if faults.is_empty() {
        eprintln!("axiom-gate: certificates and Lean sources pass");
        return Ok(());
    }
    Err(Error::Check(format!(
        "axiom-gate: {} faults\n  {}",
        faults.len(),
        faults.join("\n  ")
    )))
}

/// Everything wrong with the certificates of a folder and the Lean sources of another, one line each.
fn check(certificates: &Path, lean: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let allowlist = certificates.join("allowlist.json");
    let allowed = allowed_axioms(&read_json(&allowlist)?, &mut faults);
    let mut count = 0;
    for path in files(certificates, "json")? {
        if path.to_string_lossy().ends_with(".cert.json") {
            count += 1;
            let name = path
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default();
            check_certificate(&name, &read_json(&path)?, &allowed, &mut faults);
        }
    }
    if count == 0 {
        faults.push(format!(
            "{}: no certificate to check",
            certificates.display()
        ));
    }
    let sources = files(lean, "lean")?;
    if sources.is_empty() {
        faults.push(format!("{}: no Lean source to check", lean.display()));
    }
    for path in sources {
        let text = fs::read_to_string(&path).map_err(io("read", &path))?;
        let shown = path
            .strip_prefix(lean)
            .unwrap_or(&path)
            .display()
            .to_string();
        for (line, word, why) in source::forbidden(&text) {
            faults.push(format!("lean/{shown}:{line}: `{word}`: {why}"));
        }
    }
    Ok(faults)
}

fn allowed_axioms(list: &Value, faults: &mut Vec<String>) -> BTreeSet<String> {
    let Some(axioms) = list.get("axioms").and_then(Value::as_array) else {
        faults.push("allowlist.json: no list `axioms`".into());
        return BTreeSet::new();
    };
    let mut allowed = BTreeSet::new();
    for axiom in axioms {
        match axiom.as_str() {
            Some(name) if NEVER_ALLOWED.contains(&name) => faults.push(format!(
                "allowlist.json: `axioms` holds {name}, which nothing may allow"
            )),
            Some(name) => drop(allowed.insert(name.to_string())),
            None => faults.push(format!(
                "allowlist.json: `axioms` holds {axiom}, which is not a name"
            )),
        }
    }
    allowed
}

fn check_certificate(
    file: &str,
    certificate: &Value,
    allowed: &BTreeSet<String>,
    faults: &mut Vec<String>,
) {
    let theorems = certificate
        .get("theorems")
        .and_then(Value::as_array)
        .filter(|t| !t.is_empty());
    let Some(theorems) = theorems else {
        faults.push(format!("{file}: no list `theorems`, or an empty one"));
        return;
    };
    for theorem in theorems {
        let name = theorem
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or("(no name)");
        let Some(axioms) = theorem.get("axioms").and_then(Value::as_array) else {
            faults.push(format!("{file}: theorem {name} has no list `axioms`"));
            continue;
        };
        for axiom in axioms {
            match axiom.as_str() {
                Some(a) if allowed.contains(a) && !NEVER_ALLOWED.contains(&a) => {}
                Some(a) => faults.push(format!(
                    "{file}: theorem {name} rests on {a}, which is not on the list"
                )),
                None => faults.push(format!(
                    "{file}: theorem {name}: `axioms` holds {axiom}, which is not a name"
                )),
            }
        }
    }
}

fn read_json(path: &Path) -> Result<Value> {
    let bytes = fs::read(path).map_err(io("read", path))?;
    serde_json::from_slice(&bytes).map_err(|e| Error::Check(format!("{}: {e}", path.display())))
}

/// The files with this extension under a folder, in order.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io("list", folder))? {
        let path = entry.map_err(io("list", folder))?.path();
        let hidden = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: &str = r#"{"axioms":["propext","Quot.sound","Classical.choice"]}"#;

    fn faults(allowlist: &str, certificate: &str, lean: &str) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let (certificates, sources) = (dir.path().join("certificates"), dir.path().join("lean"));
        fs::create_dir_all(&certificates).unwrap();
        fs::create_dir_all(sources.join("Lmx")).unwrap();
        fs::write(certificates.join("allowlist.json"), allowlist).unwrap();
        fs::write(certificates.join("a.cert.json"), certificate).unwrap();
        fs::write(sources.join("Lmx/A.lean"), lean).unwrap();
        check(&certificates, &sources).unwrap()
    }

    fn certificate(axioms: &str) -> String {
        format!(r#"{{"theorems":[{{"name":"T","axioms":{axioms}}}]}}"#)
    }

    const GOOD: &str = "theorem t : True := trivial";

    #[test]
    fn listed_axioms_and_plain_sources_pass() {
        let none: Vec<String> = Vec::new();
        assert_eq!(
            faults(
                ALLOWED,
                &certificate(r#"["propext","Quot.sound","Classical.choice"]"#),
                GOOD
            ),
            none
        );
        assert_eq!(faults(ALLOWED, &certificate("[]"), GOOD), none);
    }

    #[test]
    fn an_axiom_that_is_not_listed_fails() {
        for axiom in [
            "Lmx.magic",
            "sorryAx",
            "Lean.ofReduceBool",
            "Lean.trustCompiler",
            "",
        ] {
            let found = faults(ALLOWED, &certificate(&format!("[\"{axiom}\"]")), GOOD);
            assert_eq!(found.len(), 1, "{axiom}");
            assert!(
                found[0].contains(&format!("theorem T rests on {axiom}")),
                "{}",
                found[0]
            );
        }
    }

    #[test]
    fn the_list_cannot_allow_what_nothing_may() {
        for axiom in NEVER_ALLOWED {
            let found = faults(
                &format!(r#"{{"axioms":["{axiom}"]}}"#),
                &certificate(&format!("[\"{axiom}\"]")),
                GOOD,
            );
            assert_eq!(found.len(), 2, "{axiom}: {found:?}");
        }
    }

    #[test]
    fn a_certificate_that_says_nothing_fails() {
        for text in [
            "{}",
            r#"{"theorems":[]}"#,
            r#"{"theorems":[{"name":"T"}]}"#,
            r#"{"theorems":[{"axioms":[3]}]}"#,
        ] {
            assert_eq!(faults(ALLOWED, text, GOOD).len(), 1, "{text}");
        }
        assert_eq!(
            faults("{}", &certificate("[]"), GOOD),
            ["allowlist.json: no list `axioms`"]
        );
    }

    #[test]
    fn a_forbidden_word_in_a_source_is_named_with_its_line() {
        let found = faults(
            ALLOWED,
            &certificate("[]"),
            "-- fine\ntheorem t : False := sorry\n",
        );
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("lean/Lmx/A.lean:2: `sorry`"),
            "{}",
            found[0]
        );
    }

    #[test]
    fn nothing_to_check_is_a_fault() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("allowlist.json"), ALLOWED).unwrap();
        assert_eq!(check(dir.path(), dir.path()).unwrap().len(), 2);
    }
}
