//! What Lean prints: which of it is a complaint, and how it is shown.

use std::path::Path;

/// Whether the output holds a warning, an error or a panic. All of them fail a check: `sorry` is only a warning to Lean.
pub fn complains(output: &[String]) -> bool {
    output.iter().any(|line| {
        line.starts_with("PANIC")
            || line.starts_with("INTERNAL PANIC")
            || line.starts_with("uncaught exception")
            || matches!(severity(line), Some("warning" | "error"))
    })
}

/// The severity in a message's first line.
fn severity(line: &str) -> Option<&'static str> {
    head(line).map(|m| m.severity)
}

/// A message of Lean's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The file, as it was given to Lean.
    pub file: String,
    /// The line, from 1 on.
    pub line: usize,
    /// The column, from 0 on.
    pub column: usize,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// The text, of several lines perhaps.
    pub text: String,
}

/// The messages among what Lean printed.
pub fn parse(output: &[String]) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    for line in output {
        match (head(line), all.last_mut()) {
            (Some(message), _) => all.push(message),
            (None, Some(open)) => {
                open.text.push('\n');
                open.text.push_str(line);
            }
            (None, None) => {}
        }
    }
    all
}

/// Reads a message's first line, `FILE:LINE:COLUMN: SEVERITY: TEXT` or `SEVERITY(NAME): TEXT`.
fn head(line: &str) -> Option<Message> {
    let (place, rest) = line.split_once(": ")?;
    let mut parts = place.rsplitn(3, ':');
    let mut number = || {
        let digits = parts.next()?;
        let plain = digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<usize>().ok()).flatten()
    };
    let (column, line) = (number()?, number()?);
    let file = parts.next()?.to_string();
    let word = rest.split([':', '(']).next()?;
    let severity = ["warning", "error", "info", "information"]
        .into_iter()
        .find(|s| *s == word)?;
    let text = rest.split_once(": ").map_or("", |(_, text)| text);
    Some(Message {
        file,
        line,
        column,
        severity,
        text: text.to_string(),
    })
}

/// The lines with the file's path made relative to the checkout.
pub fn shown(output: &[String], file: &Path) -> Vec<String> {
    let file = file.display().to_string();
    output
        .iter()
        .map(|line| match line.strip_prefix(&file) {
            Some(rest) if rest.starts_with(':') => format!("lean/{file}{rest}"),
            _ => line.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_string).collect()
    }

    #[test]
    fn warnings_errors_and_panics_are_complaints() {
        for line in [
            "Lmx/A.lean:1:2: warning: declaration uses 'sorry'",
            "Lmx/A.lean:10:20: error: unknown identifier",
            "Lmx/A.lean:10:20: error(lean.unknownIdentifier): Unknown identifier `x`",
            "PANIC at Lean.Expr.x Lean.Expr:12:3: unreachable",
            "uncaught exception: no such file",
        ] {
            assert!(complains(&lines(line)), "{line}");
        }
    }

    #[test]
    fn other_output_is_not() {
        for line in [
            "Lmx/A.lean:1:2: info: 3",
            "42",
            "the word warning: in a text",
            "a:b:c: warning: x",
            "",
        ] {
            assert!(!complains(&lines(line)), "{line}");
        }
    }

    #[test]
    fn a_message_is_read_with_its_following_lines() {
        let output = lines(
            "noise\nLmx/A.lean:3:12: error: unsolved goals\nx : Nat\n⊢ x = 1\n\
             Lmx/A.lean:5:0: error(lean.unknownIdentifier): Unknown identifier `y`",
        );
        let messages = parse(&output);
        let shown: Vec<_> = messages
            .iter()
            .map(|m| {
                (
                    m.file.as_str(),
                    m.line,
                    m.column,
                    m.severity,
                    m.text.as_str(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                (
                    "Lmx/A.lean",
                    3,
                    12,
                    "error",
                    "unsolved goals\nx : Nat\n⊢ x = 1"
                ),
                ("Lmx/A.lean", 5, 0, "error", "Unknown identifier `y`"),
            ]
        );
    }

    #[test]
    fn paths_are_shown_from_the_checkout() {
        let output = lines("Lmx/A.lean:1:2: info: 3\nLmx/A.leanish\n  Lmx/A.lean:1");
        assert_eq!(
            shown(&output, Path::new("Lmx/A.lean")),
            [
                "lean/Lmx/A.lean:1:2: info: 3",
                "Lmx/A.leanish",
                "  Lmx/A.lean:1"
            ]
        );
    }
}
