//! Checks stale modules with one or two processes, imports before importers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result, io};
use crate::lean::modules::{Module, Modules};
use crate::lean::process::{Answer, Launch};
use crate::lean::store::{self, Store};
use crate::lean::worker::Worker;
use crate::lean::{bundle, messages};

/// What a check works with.
pub struct Check<'a> {
    /// All modules of the project.
    pub modules: &'a Modules,
    /// Where clean results are.
    pub store: &'a Store,
    /// The output folder, on Lean's path.
    pub out: PathBuf,
    /// Where modules that run the exporter are put together.
    pub bundles: PathBuf,
    /// How to start a process; each gets its own export folder.
    pub launch: Launch,
    /// `-D` options of the package.
    pub options: Vec<String>,
    /// The most processes at once.
    pub jobs: usize,
}

#[derive(Default)]
struct State {
    waiting: Vec<String>,
    running: BTreeSet<String>,
    clean: BTreeMap<String, PathBuf>,
    failed: BTreeSet<String>,
    total: usize,
    fault: Option<Error>,
}

impl Check<'_> {
    /// Checks the modules named in `stale`; the others of `clean` have results already. Returns all results, or an error if
    /// one module failed. Every failure was shown by then.
    pub fn run(
        &self,
        stale: Vec<String>,
        clean: BTreeMap<String, PathBuf>,
    ) -> Result<BTreeMap<String, PathBuf>> {
        let total = stale.len();
        let workers = self.jobs.min(self.width(&stale)).max(1);
        let state = Mutex::new(State {
            waiting: stale,
            clean,
            total,
            ..State::default()
        });
        let changed = Condvar::new();
        std::thread::scope(|scope| {
            for number in 0..workers {
                let (state, changed) = (&state, &changed);
                scope.spawn(move || {
                    if let Err(e) = self.work(number, state, changed) {
                        let mut state = hold(state);
                        state.fault.get_or_insert(e);
                        state.waiting.clear();
                        changed.notify_all();
                    }
                });
            }
        });
        let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(fault) = state.fault {
            return Err(fault);
        }
        if state.failed.is_empty() {
            return Ok(state.clean);
        }
        let names: Vec<&str> = state.failed.iter().map(String::as_str).collect();
        Err(Error::Check(format!(
            "Lean: {} of {total} modules failed or gave a warning: {}",
            names.len(),
            names.join(", ")
        )))
    }

    /// The most stale modules that stand at one depth of the import graph: more processes than that would idle.
    fn width(&self, stale: &[String]) -> usize {
        let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for name in stale {
            let imports = self.modules.awaited(name);
            let depth = imports
                .iter()
                .filter_map(|i| depths.get(i.as_str()))
                .max()
                .map_or(0, |d| d + 1);
            depths.insert(name, depth);
            *counts.entry(depth).or_default() += 1;
        }
        // A second process costs its start-up: not worth it for a handful of files.
        if stale.len() < 5 {
            1
        } else {
            counts.into_values().max().unwrap_or(1)
        }
    }

    fn work(&self, number: usize, state: &Mutex<State>, changed: &Condvar) -> Result<()> {
        let mut launch = self.launch.clone();
        launch.export = self.launch.export.join(number.to_string());
        let mut worker = Worker::new(launch, &self.options);
        while let Some(name) = self.next(state, changed) {
            let Some(module) = self.modules.get(&name) else {
                continue;
            };
            let (result, answer) = self.one(module, &mut worker)?;
            let mut state = hold(state);
            state.running.remove(&name);
            let done = state.total - state.waiting.len() - state.running.len();
            let seconds = answer.time.as_secs_f64();
            let verdict = if result.is_some() { "ok" } else { "FAILED" };
            eprintln!(
                "lean: [{done}/{}] {verdict} lean/{} {seconds:.1} s",
                state.total,
                module.file.display()
            );
            for line in messages::shown(&answer.output, &module.file) {
                eprintln!("{line}");
            }
            if let Err(why) = &answer.end {
                eprintln!("lean/{}: Lean crashed: {why}", module.file.display());
            }
            match result {
                Some(entry) => drop(state.clean.insert(name, entry)),
                None => drop(state.failed.insert(name)),
            }
            changed.notify_all();
        }
        Ok(())
    }

    /// Takes the next module whose imports are all clean; marks those with a failed import as failed.
    fn next(&self, state: &Mutex<State>, changed: &Condvar) -> Option<String> {
        let mut guard = hold(state);
        loop {
            let s = &mut *guard;
            let imports = |name: &str| self.modules.awaited(name);
            let (skipped, waiting) = std::mem::take(&mut s.waiting)
                .into_iter()
                .partition::<Vec<_>, _>(|n| imports(n).iter().any(|i| s.failed.contains(i)));
            s.waiting = waiting;
            if !skipped.is_empty() {
                for name in skipped {
                    eprintln!("lean: skipped {name}: it imports a module that failed");
                    s.failed.insert(name);
                }
                changed.notify_all();
                continue;
            }
            let ready = s
                .waiting
                .iter()
                .position(|n| imports(n).iter().all(|i| s.clean.contains_key(i)));
            if let Some(index) = ready {
                let name = s.waiting.remove(index);
                s.running.insert(name.clone());
                return Some(name);
            }
            if s.waiting.is_empty() {
                return None;
            }
            guard = changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Checks one module; its kept result if it is clean.
    fn one(&self, module: &Module, worker: &mut Worker) -> Result<(Option<PathBuf>, Answer)> {
        // What the kernel closes by evaluation needs the memory of a whole process.
        let alone = bundle::runs(&module.name);
        let (root, file) = if alone {
            let text = bundle::source(self.modules, &module.name, &self.launch.cwd)?;
            let file = self.bundles.join(&module.file);
            write(&file, &text)?;
            (self.bundles.as_path(), file)
        } else {
            (Path::new("."), module.file.clone())
        };
        let (entry, answer) = worker.check(self.store, module, root, &file, alone)?;
        if let Some(entry) = &entry {
            store::lay_out(&self.out, module, entry)?;
        }
        Ok((entry, answer))
    }
}

fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(io("create", folder))?;
    }
    fs::write(file, text).map_err(io("write", file))
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
