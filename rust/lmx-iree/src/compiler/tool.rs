//! Runs a tool of IREE's on a text.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use super::Diagnostic;
use crate::IreeError;

/// How much of what a failing tool wrote is kept: its end.
const KEPT: usize = 16 * 1024;

/// Gives a tool a text on standard input and returns its standard output.
pub(super) fn run(path: &Path, args: &[String], input: &str) -> Result<Vec<u8>, IreeError> {
    let start_error = |source| IreeError::ToolStart {
        path: path.to_owned(),
        source,
    };
    let mut child = Command::new(path)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(start_error)?;
    let stdin = child.stdin.take();
    // Written beside reading: either pipe may fill up first.
    let output = thread::scope(|scope| {
        scope.spawn(|| feed(stdin, input));
        child.wait_with_output()
    })
    .map_err(start_error)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let diagnostics = Diagnostic::parse_all(&stderr, input);
    let stderr = tail(&stderr);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(IreeError::Refused {
            diagnostics,
            stderr,
        });
    }
    Err(IreeError::ToolFailed {
        path: path.to_owned(),
        status: describe(output.status),
        stderr,
    })
}

/// A tool that ends before it read everything says why by its status, so a broken pipe is no error of its own.
fn feed(stdin: Option<impl Write>, input: &str) {
    if let Some(mut stdin) = stdin {
        let _: io::Result<()> = stdin.write_all(input.as_bytes());
    }
}

fn tail(text: &str) -> String {
    let mut start = text.len().saturating_sub(KEPT);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..).unwrap_or_default().trim_end().to_owned()
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            return format!("crashed, signal {signal}");
        }
    }
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => "no exit code".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_output_keeps_its_end() {
        let text = format!("{}é the end", "é".repeat(KEPT));
        let kept = tail(&text);
        assert!(kept.len() <= KEPT && kept.ends_with("the end"));
    }

    #[test]
    fn a_missing_tool_says_what_to_do() {
        let error = run(Path::new("/no/such/iree-compile"), &[], "")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("/no/such/iree-compile") && error.contains("cargo xtask setup"),
            "{error}"
        );
    }
}
