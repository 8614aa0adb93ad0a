//! The folder of a run.
//!
//! | file | what it holds |
//! |---|---|
//! | `config.toml` | the resolved settings |
//! | `metrics.jsonl` | [`crate::metrics`] |
//! | `checkpoint.safetensors` | the newest state |
//! | `best.safetensors` | the state of the best test accuracy |
//! | `run.lock` | locked while a process uses the folder |

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use lmx_graph::Graph;

use crate::atomic::{copy_atomically, write_atomically};
use crate::checkpoint::{Checkpoint, Progress};
use crate::config::Config;
use crate::error::TrainError;
use crate::metrics::{Line, Metrics};

const CONFIG: &str = "config.toml";
const METRICS: &str = "metrics.jsonl";
pub(crate) const CHECKPOINT: &str = "checkpoint.safetensors";
const BEST: &str = "best.safetensors";
const LOCK: &str = "run.lock";

/// The folder of a run, locked against other processes until it is dropped.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    metrics: Option<Metrics>,
    _lock: File,
}

impl RunFolder {
    /// Makes the folder of a new run. Nothing of another run may be in it.
    ///
    /// # Errors
    /// [`TrainError::Locked`], [`TrainError::RunExists`], [`TrainError::Write`].
    pub fn create(path: &Path) -> Result<RunFolder, TrainError> {
        fs::create_dir_all(path).map_err(TrainError::writing(path))?;
        let folder = RunFolder {
            _lock: lock(path)?,
            path: path.to_owned(),
            metrics: None,
        };
        for name in [CONFIG, METRICS, CHECKPOINT, BEST] {
            if path.join(name).exists() {
                return Err(TrainError::RunExists {
                    path: path.to_owned(),
                    found: name,
                    saved: [CONFIG, CHECKPOINT].iter().all(|n| path.join(n).is_file()),
                });
            }
        }
        Ok(folder)
    }

    /// Takes up the folder of a run.
    ///
    /// # Errors
    /// [`TrainError::Locked`], [`TrainError::NoRun`].
    pub fn open(path: &Path) -> Result<RunFolder, TrainError> {
        for expected in [CONFIG, CHECKPOINT] {
            if !path.join(expected).is_file() {
                return Err(TrainError::NoRun {
                    path: path.to_owned(),
                    expected,
                });
            }
        }
        Ok(RunFolder {
            _lock: lock(path)?,
            path: path.to_owned(),
            metrics: None,
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The settings' file in a run folder.
    pub fn config_path(folder: &Path) -> PathBuf {
        folder.join(CONFIG)
    }

    /// The newest checkpoint in a run folder.
    pub fn checkpoint_path(folder: &Path) -> PathBuf {
        folder.join(CHECKPOINT)
    }

    /// The checkpoint of the best test accuracy in a run folder.
    pub fn best_path(folder: &Path) -> PathBuf {
        folder.join(BEST)
    }

    /// Writes the settings.
    ///
    /// # Errors
    /// [`TrainError::Write`].
    pub fn write_config(&self, config: &Config) -> Result<(), TrainError> {
        let path = self.path.join(CONFIG);
        write_atomically(&path, config.to_toml()?.as_bytes())
    }

    /// Reads the newest checkpoint of a run on this number of training examples.
    ///
    /// # Errors
    /// Those of [`Checkpoint::read`] and [`Checkpoint::check_progress`].
    pub fn read_checkpoint(&self, graph: &Graph, examples: u64) -> Result<Checkpoint, TrainError> {
        let path = self.path.join(CHECKPOINT);
        let checkpoint = Checkpoint::read(&path, graph)?;
        checkpoint.check_progress(&path, examples)?;
        Ok(checkpoint)
    }

    /// Prepares the metrics file for a run that stands at `progress`.
    pub(crate) fn begin(&mut self, progress: &Progress) -> Result<(), TrainError> {
        self.metrics = Some(Metrics::open(&self.path.join(METRICS), progress)?);
        Ok(())
    }

    pub(crate) fn log(&mut self, line: &Line) -> Result<(), TrainError> {
        match &mut self.metrics {
            Some(metrics) => metrics.write(line),
            None => Ok(()),
        }
    }

    /// Writes the newest checkpoint, and makes it the best one as well.
    pub(crate) fn save(
        &mut self,
        checkpoint: &Checkpoint,
        best: bool,
    ) -> Result<PathBuf, TrainError> {
        // The metrics first: lines beyond a checkpoint are cut off on resuming, missing ones cannot be made up.
        if let Some(metrics) = &mut self.metrics {
            metrics.sync()?;
        }
        let path = self.path.join(CHECKPOINT);
        checkpoint.write(&path)?;
        if best {
            copy_atomically(&path, &self.path.join(BEST))?;
        }
        Ok(path)
    }
}

/// How files of a run folder are opened for writing: not through a link, since a folder that comes from somebody else may have links to anywhere.
pub(crate) fn no_links() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
    options
}

/// Locks the folder. The system gives the lock back when the process ends, however it ends.
fn lock(folder: &Path) -> Result<File, TrainError> {
    let path = folder.join(LOCK);
    let open = no_links()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let mut file = open.map_err(TrainError::writing(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let read = (&mut file).take(20).read_to_string(&mut owner);
            let number = owner.trim().parse::<u32>().ok().filter(|_| read.is_ok());
            return Err(TrainError::Locked {
                path: folder.to_owned(),
                owner: number.map_or("another process".to_owned(), |n| format!("process {n}")),
            });
        }
        Err(TryLockError::Error(error)) => return Err(TrainError::writing(&path)(error)),
    }
    let mut sign = || {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    sign().map_err(TrainError::writing(&path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_user_is_refused_by_number() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("runs/one");
        let first = RunFolder::create(&path).unwrap();
        let error = RunFolder::create(&path).unwrap_err();
        let number = std::process::id();
        let expected = format!(
            "{}: the run folder is in use by process {number}",
            path.display()
        );
        assert_eq!(error.to_string(), expected);
        assert!(error.help().is_some_and(|help| help.contains("--run-dir")));
        drop(first);
        RunFolder::create(&path).unwrap();
    }

    #[test]
    fn a_new_run_does_not_overwrite_another() {
        let dir = tempfile::tempdir().unwrap();
        let refused = |found: &str, can_go_on: bool| {
            let error = RunFolder::create(dir.path()).unwrap_err();
            let found = format!("found {found} in it");
            assert!(error.to_string().contains(&found), "{error}");
            let help = error.help().unwrap();
            assert_eq!(help.contains("--resume"), can_go_on, "{help}");
            assert_eq!(help.contains("remove the folder"), !can_go_on, "{help}");
        };
        fs::write(dir.path().join(METRICS), "").unwrap();
        refused(METRICS, false);
        // A run that failed before it saved anything cannot be gone on with.
        fs::write(dir.path().join(CONFIG), "").unwrap();
        refused(CONFIG, false);
        fs::write(dir.path().join(CHECKPOINT), "").unwrap();
        refused(CONFIG, true);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let elsewhere = dir.path().join("elsewhere");
        fs::write(&elsewhere, "text").unwrap();
        for name in [LOCK, METRICS] {
            let run = dir.path().join(name.replace('.', "-"));
            fs::create_dir(&run).unwrap();
            std::os::unix::fs::symlink(&elsewhere, run.join(name)).unwrap();
            let error = match name {
                LOCK => RunFolder::create(&run).map(|_| ()),
                _ => Metrics::open(&run.join(name), &Progress::default()).map(|_| ()),
            };
            assert!(error.unwrap_err().to_string().contains(name));
            assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "text");
        }
    }

    #[test]
    fn what_is_no_run_is_not_taken_up() {
        let dir = tempfile::tempdir().unwrap();
        let error = RunFolder::open(dir.path()).unwrap_err();
        assert!(
            error.to_string().contains("with config.toml in it"),
            "{error}"
        );
        fs::write(dir.path().join(CONFIG), "").unwrap();
        let error = RunFolder::open(dir.path()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("with checkpoint.safetensors in it"),
            "{error}"
        );
        let help = error.help().unwrap();
        assert!(help.contains("remove the folder and begin anew"), "{help}");
    }
}
