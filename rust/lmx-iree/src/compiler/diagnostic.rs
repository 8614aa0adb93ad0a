//! What the compiler says about a module, with line and column.

use std::fmt;

/// One message of the compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Line in the module's text, from 1.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// `error`, `warning`, `note` or `remark`.
    pub severity: String,
    /// The message.
    pub message: String,
    /// The line itself, shortened to the surroundings of the column.
    pub source: Option<String>,
}

impl Diagnostic {
    /// The diagnostics in a compiler's standard error: lines of the form `<stdin>:4:10: error: message`.
    pub(super) fn parse_all(stderr: &str, text: &str) -> Vec<Diagnostic> {
        stderr
            .lines()
            .filter_map(|line| Diagnostic::parse(line, text))
            .collect()
    }

    fn parse(line: &str, text: &str) -> Option<Diagnostic> {
        let rest = ["<stdin>:", "-:"]
            .iter()
            .find_map(|prefix| line.strip_prefix(prefix))?;
        let (row, rest) = rest.split_once(':')?;
        let (column, rest) = rest.split_once(": ")?;
        let (severity, message) = rest.split_once(": ")?;
        if !["error", "warning", "note", "remark"].contains(&severity) {
            return None;
        }
        let row: u64 = row.parse().ok()?;
        let column: u64 = column.parse().ok()?;
        let source = usize::try_from(row.checked_sub(1)?)
            .ok()
            .and_then(|n| text.lines().nth(n));
        Some(Diagnostic {
            line: row,
            column,
            severity: severity.to_owned(),
            message: message.to_owned(),
            source: source.map(|s| s.trim().chars().take(200).collect()),
        })
    }

    /// Whether it is an error and not a remark on one.
    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.line, self.column, self.severity, self.message
        )?;
        match &self.source {
            Some(source) if self.is_error() => write!(f, "\n  | {source}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_line_and_column() {
        let text = "module {\n  \"stablehlo.add\"(%a, %b)\n}\n";
        let found = Diagnostic::parse_all(
            "<stdin>:2:3: error: 'stablehlo.add' op: wrong\n   ^\nnoise: x: y\n",
            text,
        );
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].to_string(),
            "2:3: error: 'stablehlo.add' op: wrong\n  | \"stablehlo.add\"(%a, %b)"
        );
    }

    #[test]
    fn odd_lines_are_no_diagnostics() {
        for line in [
            "",
            "<stdin>:",
            "<stdin>:x:1: error: m",
            "<stdin>:1:1: fatal: m",
            "<stdin>:0:1: error: m",
            "a.mlir:1:1: error: m",
        ] {
            assert_eq!(Diagnostic::parse(line, "x"), None, "{line}");
        }
    }
}
