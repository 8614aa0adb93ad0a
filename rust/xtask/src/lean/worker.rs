//! Checks files one after the other in a process that is replaced when it is full or has died.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Result, io};
use crate::lean::messages;
use crate::lean::modules::Module;
use crate::lean::process::{Answer, Launch, Process};
use crate::lean::store::{self, Store};

/// A process is replaced when it holds this much of its 2 GiB: Lean frees nothing between files.
const MEMORY_LIMIT: u64 = 1400 << 20;

/// The same for what the system counts for it, which is more: 3 to 4 GiB as a rule, but 12 were seen.
const RESIDENT_LIMIT: u64 = 6 << 30;

/// A process, started when the first file comes.
pub struct Worker<'a> {
    launch: Launch,
    options: &'a [String],
    process: Option<Process>,
}

impl<'a> Worker<'a> {
    /// A worker with an export folder of its own. `options` are `-D` options.
    pub fn new(launch: Launch, options: &'a [String]) -> Worker<'a> {
        Worker {
            launch,
            options,
            process: None,
        }
    }

    /// Checks a module's text in `file`, its path from `root` being its name; its result, kept in the store, if it is clean. `alone` gives it the memory of a whole process.
    /// A crash is tried once more in a fresh process.
    pub fn check(
        &mut self,
        store: &Store,
        module: &Module,
        root: &Path,
        file: &Path,
        alone: bool,
    ) -> Result<(Option<PathBuf>, Answer)> {
        let folder = &self.launch.export;
        let mut last_try = false;
        loop {
            let draft = store.draft(module)?;
            store::remove(folder)?;
            fs::create_dir_all(folder).map_err(io("create", folder))?;
            if self
                .process
                .as_ref()
                .is_some_and(|p| alone || p.memory > MEMORY_LIMIT || p.resident() > RESIDENT_LIMIT)
            {
                self.process = None;
            }
            let fresh = self.process.is_none();
            let running = match &mut self.process {
                Some(p) => p,
                none => none.insert(Process::start(&self.launch)?),
            };
            if fresh && env::var_os("LMX_LEAN_TIMES").is_some() {
                eprintln!("lean: started in {:.1} s", running.start_up.as_secs_f64());
            }
            let answer = running.check(root, file, &draft.join("module.olean"), self.options);
            if env::var_os("LMX_LEAN_TIMES").is_some() {
                let (own, all) = (answer.memory >> 20, running.resident() >> 20);
                eprintln!("lean: {own} MiB, resident {all} MiB, after {}", module.name);
            }
            if answer.end.is_err() {
                self.process = None;
                if !last_try && !fresh {
                    last_try = true;
                    store::remove(&draft)?;
                    continue;
                }
            }
            if answer.end != Ok(0) || messages::complains(&answer.output) {
                store::remove(&draft)?;
                return Ok((None, answer));
            }
            let export = draft.join("export");
            store::remove(&export)?;
            fs::rename(folder, &export).map_err(io("move", &export))?;
            fs::create_dir_all(folder).map_err(io("create", folder))?;
            return Ok((Some(store.keep(module, &draft)?), answer));
        }
    }
}
