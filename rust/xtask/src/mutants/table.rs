//! `ci/mutants.toml`: the deliberate errors.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result, io};
use crate::hash::{Hasher, hex};
use crate::lean::modules::{Modules, module_name};
use crate::mutants::verdict;

/// The table, from the checkout's root.
pub const FILE: &str = "ci/mutants.toml";

/// A deliberate error; `ci/mutants.toml` says what the fields mean.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// What the report calls it.
    pub name: String,
    /// The error, in a sentence.
    pub error: String,
    /// The file to change, below `lean/`.
    pub file: PathBuf,
    /// What is replaced.
    pub old: String,
    /// By what.
    pub new: String,
    /// The module that must fail.
    pub module: String,
    /// The theorem of it that must fail.
    pub theorem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    mutant: Vec<Mutant>,
}

impl Mutant {
    /// The module that is changed.
    pub fn changed(&self) -> String {
        module_name(&self.file)
    }

    /// The file's text with the error in it.
    pub fn apply(&self, text: &str) -> Result<String> {
        self.changed_text(text)
            .map_err(|why| Error::Check(format!("mutant {}: {why}", self.name)))
    }

    /// The same, or why it cannot be: the text to replace must occur exactly once.
    fn changed_text(&self, text: &str) -> std::result::Result<String, String> {
        let found = text.matches(&self.old).count();
        if self.old.is_empty() || found != 1 {
            let file = self.file.display();
            return Err(format!(
                "its text occurs {found} times in lean/{file}, expected once"
            ));
        }
        Ok(text.replacen(&self.old, &self.new, 1))
    }
}

/// Reads the table and checks it against the sources. Every fault is named.
pub fn read(root: &Path) -> Result<Vec<Mutant>> {
    let path = root.join(FILE);
    let text = fs::read_to_string(&path).map_err(io("read", &path))?;
    let table: Table =
        toml::from_str(&text).map_err(|e| Error::Check(format!("{}: {e}", path.display())))?;
    let faults = faults(&table.mutant, &root.join("lean"))?;
    if faults.is_empty() {
        return Ok(table.mutant);
    }
    Err(Error::Check(format!(
        "{FILE} does not fit the Lean sources: bring it up to date\n  {}",
        faults.join("\n  ")
    )))
}

/// What is wrong with the table, a line each.
fn faults(table: &[Mutant], lean: &Path) -> Result<Vec<String>> {
    let modules = Modules::read(lean, "")?;
    let mut names = BTreeSet::new();
    let mut faults = Vec::new();
    if table.is_empty() {
        faults.push("no mutant".to_string());
    }
    for mutant in table {
        if !names.insert(&mutant.name) {
            faults.push(format!("mutant {}: the name is used twice", mutant.name));
        }
        if let Some(fault) = fault(mutant, lean, &modules)? {
            faults.push(format!("mutant {}: {fault}", mutant.name));
        }
    }
    Ok(faults)
}

/// What does not fit the sources: a text that does not occur exactly once, a module or theorem that is not there, a module that the change
/// cannot reach.
fn fault(mutant: &Mutant, lean: &Path, modules: &Modules) -> Result<Option<String>> {
    let read = |file: &Path| {
        let path = lean.join(file);
        fs::read_to_string(&path).map_err(io("read", &path))
    };
    let changed = mutant.changed();
    if modules.get(&changed).is_none() {
        return Ok(Some(format!("there is no lean/{}", mutant.file.display())));
    }
    if mutant.old == mutant.new {
        return Ok(Some("it changes nothing".into()));
    }
    if let Err(why) = mutant.changed_text(&read(&mutant.file)?) {
        return Ok(Some(why));
    }
    let Some(module) = modules.get(&mutant.module) else {
        return Ok(Some(format!("there is no module {}", mutant.module)));
    };
    let reached = modules.closure(std::slice::from_ref(&mutant.module));
    if changed == mutant.module || !reached.contains(&changed) {
        return Ok(Some(format!("{} does not import {changed}", mutant.module)));
    }
    let text = read(&module.file)?;
    let there = verdict::theorems(&text).any(|(_, t)| t == mutant.theorem);
    Ok((!there).then(|| format!("{} has no theorem {}", mutant.module, mutant.theorem)))
}

/// A seed that changes with the Lean sources and with nothing else.
pub fn seed(root: &Path) -> Result<String> {
    let mut hasher = Hasher::default();
    for module in Modules::read(&root.join("lean"), "")?.ordered() {
        hasher.field(&module.key);
    }
    Ok(hex(&hasher.finish())[..12].to_string())
}

/// Draws `count` mutants, the same for the same seed; from different files as far as there are enough.
pub fn sample(table: Vec<Mutant>, count: usize, seed: &str) -> Vec<Mutant> {
    let mut keyed: Vec<(Vec<u8>, Mutant)> = table
        .into_iter()
        .map(|m| {
            let mut hasher = Hasher::default();
            hasher.field(seed).field(&m.name);
            (hasher.finish(), m)
        })
        .collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    let mut files = BTreeSet::new();
    let (first, again): (Vec<_>, Vec<_>) = keyed
        .into_iter()
        .map(|(_, m)| m)
        .partition(|m| files.insert(m.file.clone()));
    first.into_iter().chain(again).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;

    fn mutant(name: &str, file: &str) -> Mutant {
        Mutant {
            name: name.into(),
            error: String::new(),
            file: file.into(),
            old: "a + b".into(),
            new: "a - b".into(),
            module: "T".into(),
            theorem: "add_comm".into(),
        }
    }

    #[test]
    fn the_committed_table_fits_the_committed_sources() {
        let table = read(&Place::find().unwrap().root).unwrap();
        assert!(table.len() >= 12, "{} mutants", table.len());
        for m in &table {
            assert!(m.module.starts_with("Lmx.Theorems."), "{}", m.name);
            assert!(m.error.ends_with('.'), "{}", m.name);
        }
    }

    #[test]
    fn each_fault_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("P.lean", "module\ndef f := a + b\n");
        write("Q.lean", "module\ndef g := a + b\ndef h := a + b\n");
        write(
            "T.lean",
            "module\nimport P\nimport Q\n/-- x -/\ntheorem add_comm : p := q\n",
        );
        let faults = |table: &[Mutant]| faults(table, folder.path()).unwrap().join("\n");
        let with = |change: fn(&mut Mutant)| {
            let mut m = mutant("m", "P.lean");
            change(&mut m);
            [m]
        };
        assert_eq!(faults(&[mutant("m", "P.lean")]), "");
        let cases: [([Mutant; 1], &str); 8] = [
            (with(|m| m.file = "Q.lean".into()), "occurs 2 times"),
            (with(|m| m.old = "a * b".into()), "occurs 0 times"),
            (with(|m| m.old = String::new()), "expected once"),
            (with(|m| m.new = m.old.clone()), "changes nothing"),
            (with(|m| m.file = "R.lean".into()), "no lean/R.lean"),
            (with(|m| m.module = "R".into()), "no module R"),
            (with(|m| m.module = "Q".into()), "Q does not import P"),
            (with(|m| m.theorem = "x".into()), "no theorem x"),
        ];
        for (table, words) in cases {
            let found = faults(&table);
            assert!(
                found.contains(words) && found.contains("mutant m"),
                "{found}"
            );
        }
        let twice = [mutant("m", "P.lean"), mutant("m", "P.lean")];
        assert!(faults(&twice).contains("used twice"));
        assert!(faults(&[]).contains("no mutant"));
    }

    #[test]
    fn a_sample_depends_on_the_seed_alone_and_spreads_over_files() {
        let table = || -> Vec<Mutant> {
            (0..30)
                .map(|i| mutant(&format!("m{i}"), &format!("F{}.lean", i % 3)))
                .collect()
        };
        let names = |seed: &str, count: usize| -> Vec<String> {
            let drawn = sample(table(), count, seed);
            drawn.into_iter().map(|m| m.name).collect()
        };
        assert_eq!(names("a", 3), names("a", 3));
        assert_ne!(names("a", 3), names("b", 3));
        let files: BTreeSet<_> = sample(table(), 3, "a")
            .into_iter()
            .map(|m| m.file)
            .collect();
        assert_eq!(files.len(), 3);
        assert_eq!(names("a", 100).len(), 30);
        let drawn: BTreeSet<_> = (0..200).flat_map(|s| names(&s.to_string(), 3)).collect();
        assert_eq!(drawn.len(), 30, "every mutant is drawn by some seed");
    }
}
