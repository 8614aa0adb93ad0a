//! The metrics file of a run: a line of JSON for every so many steps, and one for each epoch.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::checkpoint::Progress;
use crate::error::TrainError;
use crate::run_folder::no_links;

/// A line of the file. Steps and epochs count from 1; `loss` is the mean over the step's batch, the others over the epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)] // The names of the lines' keys.
pub enum Line {
    Step {
        step: u64,
        epoch: u64,
        loss: f32,
        learning_rate: f64,
        images_per_s: f64,
    },
    Epoch {
        epoch: u64,
        step: u64,
        train_loss: f64,
        train_accuracy: f64,
        test_loss: f64,
        test_accuracy: f64,
        images_per_s: f64,
        seconds: f64,
    },
}

impl Line {
    /// Whether a run that stands there has written it.
    fn is_before(&self, progress: &Progress) -> bool {
        match self {
            Line::Step { step, .. } => *step <= progress.step,
            Line::Epoch { epoch, .. } => *epoch <= progress.epoch,
        }
    }
}

/// The file, open at its end.
#[derive(Debug)]
pub struct Metrics {
    path: PathBuf,
    file: File,
}

impl Metrics {
    /// Opens the file of a run that stands at `progress`: what was written after that, or in part, is cut off.
    ///
    /// # Errors
    /// [`TrainError::Write`].
    pub fn open(path: &Path, progress: &Progress) -> Result<Metrics, TrainError> {
        let open = || {
            let text = match std::fs::read(path) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                Err(error) => return Err(error),
            };
            let file = no_links().create(true).append(true).open(path)?;
            file.set_len(kept(&text, progress))?;
            Ok(file)
        };
        match open() {
            Ok(file) => Ok(Metrics {
                path: path.to_owned(),
                file,
            }),
            Err(error) => Err(TrainError::writing(path)(error)),
        }
    }

    /// Appends a line.
    ///
    /// # Errors
    /// [`TrainError::Write`].
    pub fn write(&mut self, line: &Line) -> Result<(), TrainError> {
        let text = serde_json::to_string(line).map_err(io::Error::from);
        text.and_then(|text| self.file.write_all(format!("{text}\n").as_bytes()))
            .map_err(TrainError::writing(&self.path))
    }

    /// Has the lines on the disk.
    ///
    /// # Errors
    /// [`TrainError::Write`].
    pub fn sync(&mut self) -> Result<(), TrainError> {
        self.file
            .sync_data()
            .map_err(TrainError::writing(&self.path))
    }
}

/// How many bytes are whole lines of a run that stands at `progress`.
fn kept(text: &[u8], progress: &Progress) -> u64 {
    let mut kept = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let whole = line.ends_with(b"\n");
        let line_of = serde_json::from_slice::<Line>(line);
        if !whole || !line_of.is_ok_and(|line| line.is_before(progress)) {
            break;
        }
        kept += line.len() as u64;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u64) -> Line {
        Line::Step {
            step,
            epoch: 1 + (step - 1) / 4,
            loss: 0.1,
            learning_rate: 0.5,
            images_per_s: 1.0,
        }
    }

    fn epoch(epoch: u64) -> Line {
        Line::Epoch {
            epoch,
            step: 4 * epoch,
            train_loss: 0.1,
            train_accuracy: 0.1,
            test_loss: 0.1,
            test_accuracy: 0.1,
            images_per_s: 1.0,
            seconds: 1.0,
        }
    }

    /// The lines that are left for a run that stands there.
    fn left(progress: Progress, tail: &str) -> Vec<Line> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("metrics.jsonl");
        let mut metrics = Metrics::open(&path, &Progress::default()).unwrap();
        for line in [step(2), step(4), epoch(1), step(6), step(8), epoch(2)] {
            metrics.write(&line).unwrap();
        }
        metrics.file.write_all(tail.as_bytes()).unwrap();
        let mut metrics = Metrics::open(&path, &progress).unwrap();
        metrics.write(&step(99)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<Line> = text
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        assert_eq!(lines.pop(), Some(step(99)));
        lines
    }

    #[test]
    fn lines_past_the_checkpoint_are_cut() {
        let at = |step, epoch, batch| Progress {
            step,
            epoch,
            batch,
            ..Progress::default()
        };
        assert_eq!(left(at(0, 0, 0), ""), []);
        assert_eq!(left(at(3, 0, 3), ""), [step(2)]);
        // Stopped after the epoch's last step, before its evaluation.
        assert_eq!(left(at(4, 0, 4), ""), [step(2), step(4)]);
        assert_eq!(left(at(4, 1, 0), ""), [step(2), step(4), epoch(1)]);
        assert_eq!(left(at(8, 2, 0), "{\"kind\":\"st").len(), 6);
        assert_eq!(left(at(8, 2, 0), "garbage\n").len(), 6);
    }
}
