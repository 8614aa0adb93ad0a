//! Mutants by an installed Lean: `lake build MODULE` in the copy.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::lean::messages::{self, Message};
use crate::lean::modules::module_name;
use crate::mutants::copy::{Copy, Folder};
use crate::mutants::table::Mutant;
use crate::mutants::verdict::{self, Failure, Verdict};
use crate::mutants::{Checker, one};
use crate::place::Place;
use crate::shell::show;

/// Runs the control and the mutants; the names of those that are not as they must be. Lake itself uses all cores.
pub fn run(place: &Place, lake: &Path, mutants: &[Mutant]) -> Result<Vec<String>> {
    let folder = Folder::make(place)?;
    let mut build = Build {
        lake: lake.to_path_buf(),
        copy: Copy::make(place, folder.path.join("lean"))?,
    };
    let mut failed = Vec::new();
    for task in [None].into_iter().chain(mutants.iter().map(Some)) {
        failed.extend(one(&mut build, task, mutants)?);
    }
    Ok(failed)
}

struct Build {
    lake: PathBuf,
    copy: Copy,
}

impl Build {
    /// Builds modules; what Lake printed, if it failed.
    fn build(&self, modules: &[String]) -> Result<Option<Vec<String>>> {
        let mut command = Command::new(&self.lake);
        command
            .args(["--wfail", "build"])
            .args(modules)
            .current_dir(&self.copy.folder)
            .stdin(Stdio::null());
        let output = command.output().map_err(|source| Error::Start {
            program: show(&command),
            source,
        })?;
        let text = [output.stdout, output.stderr].concat();
        let lines = String::from_utf8_lossy(&text);
        Ok((!output.status.success()).then(|| lines.lines().map(str::to_string).collect()))
    }

    /// The failure that counts: in the changed file, else in a module other than the expected one, else in that.
    fn failure(&self, mutant: &Mutant, printed: &[String]) -> Result<Failure> {
        let output: Vec<String> = printed.iter().map(|l| as_lean(l)).collect();
        let complaints: Vec<Message> = messages::parse(&output)
            .into_iter()
            .filter(|m| m.severity != "info")
            .collect();
        let rank = |m: &Message| {
            let module = module_name(Path::new(&m.file));
            (module != mutant.changed(), module == mutant.module)
        };
        let Some(first) = complaints.iter().min_by_key(|m| rank(m)) else {
            return Ok(Failure {
                module: mutant.module.clone(),
                source: String::new(),
                messages: Vec::new(),
                crash: Some(printed.join("\n")),
            });
        };
        Ok(Failure {
            module: module_name(Path::new(&first.file)),
            source: self.copy.text(Path::new(&first.file))?,
            messages: complaints
                .iter()
                .filter(|m| m.file == first.file)
                .cloned()
                .collect(),
            crash: None,
        })
    }
}

impl Checker for Build {
    fn mutant(&mut self, mutant: &Mutant) -> Result<Verdict> {
        let names = std::slice::from_ref(&mutant.module);
        let failure = self.copy.with_error(mutant, || {
            let printed = self.build(names)?;
            printed.map(|p| self.failure(mutant, &p)).transpose()
        })?;
        Ok(verdict::judge(mutant, failure.as_ref()))
    }

    fn control(&mut self, mutants: &[Mutant]) -> Result<std::result::Result<usize, String>> {
        let mut names: Vec<String> = mutants.iter().map(|m| m.module.clone()).collect();
        names.sort();
        names.dedup();
        let printed = self.copy.with_comments(mutants, || self.build(&names))?;
        Ok(printed.map_or(Ok(names.len()), |p| Err(p.join("\n"))))
    }
}

/// A line of Lake's in Lean's form: `error: FILE:LINE:COLUMN: TEXT` as `FILE:LINE:COLUMN: error: TEXT`.
fn as_lean(line: &str) -> String {
    ["error", "warning", "info"]
        .into_iter()
        .find_map(|severity| {
            let rest = line.strip_prefix(severity)?.strip_prefix(": ")?;
            let (place, text) = rest.split_once(": ")?;
            let mut place = place;
            while let Some(shorter) = place.strip_prefix("./") {
                place = shorter;
            }
            Some(format!("{place}: {severity}: {text}"))
        })
        .unwrap_or_else(|| line.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lakes_lines_are_read_as_leans() {
        assert_eq!(
            as_lean("error: ././Lmx/A.lean:3:2: unsolved goals"),
            "Lmx/A.lean:3:2: error: unsolved goals"
        );
        assert_eq!(
            as_lean("warning: Lmx/A.lean:3:2: unused variable: `x`"),
            "Lmx/A.lean:3:2: warning: unused variable: `x`"
        );
        assert_eq!(as_lean("⊢ x = 1"), "⊢ x = 1");
        let lines = ["error: build failed", "✖ [2/3] Building Lmx.A"].map(as_lean);
        assert!(messages::parse(&lines).is_empty());
    }
}
