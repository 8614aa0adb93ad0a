//! Names: components with dots between them, spelt so that different names have different texts.

use std::fmt::Write as _;

/// A component of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A text.
    Text(&'a str),
    /// A number, as in the names that Lean makes.
    Number(u64),
}

/// The text of a name. In a component's text, controls, space, `%`, `.` and a digit at the start are `%` and two hexadecimal digits; an empty
/// one is `%` alone.
pub fn name_text(parts: &[Part<'_>]) -> String {
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push('.');
        }
        match part {
            // Writing to a string cannot fail.
            Part::Number(n) => drop(write!(out, "{n}")),
            Part::Text("") => out.push('%'),
            Part::Text(text) => {
                for (i, c) in text.chars().enumerate() {
                    if escaped(c) || (i == 0 && c.is_ascii_digit()) {
                        let _ = write!(out, "%{:02x}", u32::from(c));
                    } else {
                        out.push(c);
                    }
                }
            }
        }
    }
    out
}

fn escaped(c: char) -> bool {
    matches!(c, '\0'..=' ' | '%' | '.' | '\u{7f}')
}

/// Whether a text is the text of a name.
pub fn is_name(text: &str) -> bool {
    text.split('.').all(is_component)
}

fn is_component(text: &str) -> bool {
    if text == "%" || is_decimal(text) {
        return true;
    }
    let mut chars = text.chars();
    let mut first = true;
    while let Some(c) = chars.next() {
        let fine = if c == '%' {
            let code = chars.next().zip(chars.next()).and_then(|(high, low)| {
                // Lower-case digits alone, and only of a character that must be written so.
                let lower = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
                let digit = |c: char| c.to_digit(16).filter(|_| lower(c));
                char::from_u32(digit(high)? * 16 + digit(low)?)
            });
            code.is_some_and(|c| escaped(c) || (first && c.is_ascii_digit()))
        } else {
            !(escaped(c) || first && c.is_ascii_digit())
        };
        if !fine {
            return false;
        }
        first = false;
    }
    !first
}

/// Whether a text is a number without leading zeros.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_names_have_different_texts() {
        use Part::{Number, Text};
        let names: [(&[Part<'_>], &str); 8] = [
            (&[Text("Lmx"), Text("Dim"), Text("fixed")], "Lmx.Dim.fixed"),
            (&[Text("Lmx"), Text("Dim.fixed")], "Lmx.Dim%2efixed"),
            (&[Text("a"), Number(12)], "a.12"),
            (&[Text("a"), Text("12")], "a.%312"),
            (&[Text("a"), Text("")], "a.%"),
            (&[Text("a"), Text("%")], "a.%25"),
            (&[Text("head?"), Text("x y\n")], "head?.x%20y%0a"),
            (&[Text("ünï"), Text("x1")], "ünï.x1"),
        ];
        for (parts, text) in names {
            assert_eq!(name_text(parts), text);
            assert!(is_name(text), "{text}");
        }
    }

    #[test]
    fn other_spellings_are_no_names() {
        for text in [
            "", ".", "a.", ".a", "a..b", "a b", "a\n", "01", "1a", "%%", "%2", "%2E", "%41",
            "a%31", "a%", "%+1",
        ] {
            assert!(!is_name(text), "{text:?}");
        }
    }
}
