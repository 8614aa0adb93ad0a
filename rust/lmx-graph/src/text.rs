//! Texts of files as messages show them: without what a terminal would obey, and of bounded length.

/// Characters of a file's text that a message shows.
const SHOWN: usize = 80;

/// A text in which controls and characters that nobody sees, or that change the order of others (U+202E, U+2066 and so on), are escaped.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => out.push(c),
            _ => out.extend(c.escape_debug()),
        }
    }
    out
}

/// The beginning of a text, as long as a message may show, with `…` if that is not all; not escaped.
pub(crate) fn beginning(text: &str) -> (&str, &'static str) {
    match text.char_indices().nth(SHOWN) {
        None => (text, ""),
        Some((cut, _)) => (text.get(..cut).unwrap_or_default(), "…"),
    }
}

/// A text in quotes, escaped, cut at 80 characters.
pub fn shown(text: &str) -> String {
    let (text, more) = beginning(text);
    format!("{text:?}{more}")
}

/// A text without quotes, escaped, cut at 80 characters: for names, which a message quotes itself, or numbers.
pub fn short(text: &str) -> String {
    let (text, more) = beginning(text);
    plain(text) + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        let hostile = [
            '\u{0}', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}', '\u{61c}', '\u{200b}',
            '\u{200e}', '\u{200f}', '\u{2028}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}',
            '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}', '\u{feff}',
        ];
        for c in hostile {
            let text = format!("a{c}b");
            for shown in [plain(&text), shown(&text), short(&text)] {
                assert!(!shown.contains(c) && shown.contains("\\"), "{shown}");
            }
        }
        let fine = "∀ p ∈ \"tiny\", f' = λ x ↦ x₁\\é";
        assert_eq!(plain(fine), fine);
    }

    #[test]
    fn long_texts_are_cut() {
        let (fits, long) = ("é".repeat(80), "é".repeat(81));
        assert_eq!(shown(&fits), format!("\"{fits}\""));
        assert_eq!(shown(&long), format!("\"{fits}\"…"));
        assert_eq!(short(&long), format!("{fits}…"));
    }
}
