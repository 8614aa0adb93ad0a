//! Standard output, and small pieces of text.

use std::io::{self, Write};

use crate::failure::Failure;

/// Writes text and a line's end to standard output.
///
/// # Errors
/// [`Failure::OutputClosed`] if its reader is gone.
pub fn line(text: &str) -> Result<(), Failure> {
    write(&format!("{text}\n"))
}

/// Writes text to standard output.
///
/// # Errors
/// [`Failure::OutputClosed`] if its reader is gone.
pub fn write(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::OutputClosed),
        Err(error) => Err(Failure::new(
            format!("cannot write to standard output: {error}"),
            "free some space, or send the output elsewhere",
        )),
    }
}

/// A number with its thousands apart: `1,234,567`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let first = digits.len() % 3;
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && i % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Dimensions as `28×28×1`; `scalar` for none.
pub fn dims(dims: &[u64]) -> String {
    if dims.is_empty() {
        return "scalar".to_owned();
    }
    dims.iter()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join("×")
}

/// A share as `97.31 %`.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// Rows in columns: the first is flush left, as are those whose number is in `left`; two spaces apart, none at the end of a line.
pub fn table(rows: &[Vec<String>], left: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| {
        let cells = rows.iter().filter_map(|row| row.get(i));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (i, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let fill = " ".repeat(width - cell.chars().count());
            let gap = if i == 0 { "" } else { "  " };
            line += &if i == 0 || left.contains(&i) {
                format!("{gap}{cell}{fill}")
            } else {
                format!("{gap}{fill}{cell}")
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let found = [0, 12, 123, 1234, 123_456, 1_234_567].map(thousands);
        assert_eq!(found, ["0", "12", "123", "1,234", "123,456", "1,234,567"]);
    }

    #[test]
    fn tables() {
        let rows = [["a", "1", "x"], ["bcd", "22", "é"], ["", "", ""]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows, &[2]), "a     1  x\nbcd  22  é\n\n");
    }
}
