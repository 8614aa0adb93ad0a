//! Mutants by Lean as WebAssembly: only what the change reaches is checked, in processes that go from one mutant to the next.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Result;
use crate::lean::messages;
use crate::lean::modules::Modules;
use crate::lean::process::Launch;
use crate::lean::store::{self, Store};
use crate::lean::worker::Worker;
use crate::lean::{self, Wasm};
use crate::mutants::copy::{Copy, Folder};
use crate::mutants::table::Mutant;
use crate::mutants::verdict::{self, Failure, Verdict};
use crate::mutants::{Checker, one};
use crate::place::Place;

/// Runs the control and the mutants; the names of those that are not as they must be.
pub fn run(place: &Place, mutants: &[Mutant], jobs: usize) -> Result<Vec<String>> {
    let wasm = lean::wasm(place)?;
    let folder = Folder::make(place)?;
    let kept = lean::store(place)?;
    // The control is the longest run: it comes first.
    let waiting: Mutex<VecDeque<Option<&Mutant>>> =
        Mutex::new([None].into_iter().chain(mutants.iter().map(Some)).collect());
    let next = || hold(&waiting).pop_front();
    let work = |number: usize| -> Result<Vec<String>> {
        let mut bench = Bench::set_up(place, &wasm, &kept, &folder, number)?;
        let mut failed = Vec::new();
        while let Some(task) = next() {
            failed.extend(one(&mut bench, task, mutants).inspect_err(|_| hold(&waiting).clear())?);
        }
        Ok(failed)
    };
    let results: Vec<Result<Vec<String>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs.min(mutants.len() + 1))
            .map(|number| scope.spawn(move || work(number)))
            .collect();
        threads
            .into_iter()
            .map(|t| t.join().unwrap_or_else(|e| std::panic::resume_unwind(e)))
            .collect()
    });
    let all: Result<Vec<Vec<String>>> = results.into_iter().collect();
    Ok(all?.concat())
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A copy of the sources with what checks it.
struct Bench<'a> {
    copy: Copy,
    checks: Checks<'a>,
}

/// A process, and the results that it reads and writes.
struct Checks<'a> {
    wasm: &'a Wasm,
    /// The output folder, on Lean's path.
    out: PathBuf,
    /// Results of unchanged modules.
    kept: &'a Store,
    /// Results of changed ones, for this run only.
    own: Store,
    worker: Worker<'a>,
}

impl<'a> Bench<'a> {
    fn set_up(
        place: &Place,
        wasm: &'a Wasm,
        kept: &'a Store,
        folder: &Folder,
        number: usize,
    ) -> Result<Bench<'a>> {
        let path = folder.path.join(number.to_string());
        let copy = Copy::make(place, path.join("lean"))?;
        let out = path.join("out");
        let launch = Launch {
            node: wasm.lean.node.clone(),
            lean_js: wasm.lean.lean_js.clone(),
            lean_path: vec![wasm.lean.library.clone(), out.clone()],
            cwd: copy.folder.clone(),
            export: path.join("export"),
            exported_to: place.root.join("certificates"),
        };
        let checks = Checks {
            wasm,
            out,
            kept,
            own: Store::open(path.join("store"))?,
            worker: Worker::new(launch, &wasm.options),
        };
        Ok(Bench { copy, checks })
    }
}

impl Checks<'_> {
    /// Checks these modules of the copy, and what they import, up to the first that fails. Also the number of those that had to be checked.
    fn check(&mut self, copy: &Copy, names: &[String]) -> Result<(usize, Option<Failure>)> {
        let modules = Modules::read(&copy.folder, &self.wasm.id)?;
        let wanted = modules.closure(names);
        let mut count = 0;
        for module in modules
            .ordered()
            .iter()
            .filter(|m| wanted.contains(&m.name))
        {
            if let Some(entry) = self.kept.get(module).or_else(|| self.own.get(module)) {
                store::lay_out(&self.out, module, &entry)?;
                continue;
            }
            count += 1;
            let (entry, answer) =
                self.worker
                    .check(&self.own, module, Path::new("."), &module.file, false)?;
            if let Some(entry) = entry {
                store::lay_out(&self.out, module, &entry)?;
                continue;
            }
            let failure = Failure {
                module: module.name.clone(),
                source: copy.text(&module.file)?,
                messages: messages::parse(&answer.output),
                crash: answer.end.err(),
            };
            return Ok((count, Some(failure)));
        }
        Ok((count, None))
    }
}

impl Checker for Bench<'_> {
    fn mutant(&mut self, mutant: &Mutant) -> Result<Verdict> {
        let Bench { copy, checks } = self;
        let names = std::slice::from_ref(&mutant.module);
        let (_, failure) = copy.with_error(mutant, || checks.check(copy, names))?;
        Ok(verdict::judge(mutant, failure.as_ref()))
    }

    fn control(&mut self, mutants: &[Mutant]) -> Result<std::result::Result<usize, String>> {
        let Bench { copy, checks } = self;
        let names: Vec<String> = mutants.iter().map(|m| m.module.clone()).collect();
        let (count, failure) = copy.with_comments(mutants, || checks.check(copy, &names))?;
        Ok(match failure {
            None => Ok(count),
            Some(failure) => Err(failure.to_string()),
        })
    }
}
