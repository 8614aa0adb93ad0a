//! Progress on standard error: a bar on a terminal, else plain lines.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use lmx_train::Event;
use lmx_train::metrics::Line;

use crate::output::{percent, thousands};

/// Between two lines about steps where there is no terminal.
const QUIET: Duration = Duration::from_secs(10);

/// Shows the events of a run.
pub struct Progress {
    bar: Option<ProgressBar>,
    epochs: u64,
    said: Instant,
}

impl Progress {
    /// For a run of so many steps and epochs, of which some are done.
    pub fn new(done: u64, steps: u64, epochs: u64) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(steps).with_position(done);
            let style =
                ProgressStyle::with_template("{prefix} {bar:24} {pos}/{len}  {msg}  {eta} left");
            if let Ok(style) = style {
                bar.set_style(style.progress_chars("━╸─"));
            }
            // The rate is of what is done from here on.
            bar.reset_eta();
            bar
        });
        Progress {
            bar,
            epochs,
            said: Instant::now(),
        }
    }

    /// Shows an event.
    pub fn show(&mut self, event: &Event) {
        match event {
            Event::Step {
                step: (step, steps),
                epoch: (epoch, epochs),
                loss,
                accuracy,
                images_per_s,
            } => {
                let numbers = format!(
                    "loss {loss:.4}  accuracy {}  {} images/s",
                    percent(*accuracy),
                    thousands(*images_per_s as u64)
                );
                if let Some(bar) = &self.bar {
                    bar.set_prefix(format!("epoch {epoch}/{epochs}"));
                    bar.set_message(numbers);
                    bar.set_position(*step);
                } else if self.said.elapsed() >= QUIET {
                    self.line(&format!("step {step}/{steps}  {numbers}"));
                }
            }
            Event::Evaluating => {
                if let Some(bar) = &self.bar {
                    bar.set_message("evaluating");
                }
            }
            Event::Epoch(Line::Epoch {
                epoch,
                train_loss,
                train_accuracy,
                test_loss,
                test_accuracy,
                images_per_s,
                seconds,
                ..
            }) => {
                let epochs = self.epochs;
                let width = epochs.to_string().len();
                self.line(&format!(
                    "epoch {epoch:width$}/{epochs}  train loss {train_loss:.4} accuracy {}  test loss {test_loss:.4} accuracy {}  \
                     {} images/s  {seconds:.1} s",
                    percent(*train_accuracy),
                    percent(*test_accuracy),
                    thousands(*images_per_s as u64),
                ));
            }
            _ => {}
        }
    }

    /// Shows a line, above the bar.
    pub fn line(&mut self, text: &str) {
        self.said = Instant::now();
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
