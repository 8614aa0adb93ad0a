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

/// The severity in a message's first line, `FILE:LINE:COLUMN: SEVERITY: TEXT` or `SEVERITY(NAME): TEXT`.
fn severity(line: &str) -> Option<&str> {
    let (place, rest) = line.split_once(": ")?;
    let mut parts = place.rsplitn(3, ':');
    let number =
        |p: Option<&str>| p.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    if !(number(parts.next()) && number(parts.next()) && parts.next().is_some()) {
        return None;
    }
    let word = rest.split([':', '(']).next()?;
    ["warning", "error", "info", "information"]
        .into_iter()
        .find(|s| *s == word)
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
