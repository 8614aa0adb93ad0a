//! Finds words in Lean sources that get around the kernel or its limits, outside of comments and strings.

use crate::lean::header::after_block_comment;

/// The words, and what is wrong with them.
const WORDS: [(&str, &str); 9] = [
    ("sorry", "a proof that is not there"),
    ("admit", "a proof that is not there"),
    ("axiom", "an assumption: state it as a hypothesis"),
    ("native_decide", "trusts compiled code: use decide"),
    ("unsafe", "leaves the type theory"),
    (
        "implemented_by",
        "runs other code than what is reasoned about",
    ),
    ("extern", "runs other code than what is reasoned about"),
    ("skipKernelTC", "keeps the kernel from checking"),
    ("maxHeartbeats", "raises a limit: split the proof"),
];

/// Each use of a forbidden word: line, word, reason.
pub fn forbidden(source: &str) -> Vec<(usize, &'static str, &'static str)> {
    let mut found = Vec::new();
    scan(source, source, &mut found);
    found
}

/// Scans `text`, which ends where `whole` ends or is a part of it.
fn scan(text: &str, whole: &str, found: &mut Vec<(usize, &'static str, &'static str)>) {
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let mut after = &rest[c.len_utf8()..];
        if rest.starts_with("--") {
            after = rest.find('\n').map_or("", |i| &rest[i..]);
        } else if rest.starts_with("/-") {
            after = after_block_comment(rest);
        } else if let Some(end) = raw_string(rest) {
            after = &rest[end..];
        } else if c == '"' {
            after = string(rest, before == '!', whole, found);
        } else if c == '\'' {
            after = &rest[char_literal(rest)..];
        } else if c == '«' {
            after = rest.split_once('»').map_or("", |(_, a)| a);
        } else if is_word(c) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let line = whole[..offset(whole, rest)].matches('\n').count() + 1;
            for (word, why) in WORDS {
                if rest[..end].split('.').any(|part| part == word) {
                    found.push((line, word, why));
                }
            }
            after = &rest[end..];
        }
        before = rest[..rest.len() - after.len()]
            .chars()
            .next_back()
            .unwrap_or(' ');
        rest = after;
    }
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize)
        .saturating_sub(whole.as_ptr() as usize)
        .min(whole.len())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '\'' | '.' | '?')
}

/// The length of a raw string, `r"…"` or `r#"…"#`, that opens the text.
fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('r')?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let body = rest[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close).map_or(body.len(), |i| i + close.len());
    Some(1 + hashes + 1 + end)
}

/// What follows the string that opens the text. In an interpolated one the parts in braces are code, and are scanned.
fn string<'a>(
    text: &'a str,
    interpolated: bool,
    whole: &str,
    found: &mut Vec<(usize, &'static str, &'static str)>,
) -> &'a str {
    let mut depth = 0usize;
    let mut code = 1;
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' if interpolated => {
                if depth == 0 {
                    code = i + 1;
                }
                depth += 1;
            }
            '}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    scan(&text[code..i], whole, found);
                }
            }
            '"' if depth == 0 => return &text[i + 1..],
            _ => {}
        }
    }
    ""
}

/// The length of the character literal that opens the text, or 1 if the quote stands alone.
fn char_literal(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    let Some((_, first)) = chars.next() else {
        return 1;
    };
    if first == '\\' {
        // '\n', '\'', '\x41', '\u1234'
        return text
            .char_indices()
            .skip(3)
            .find(|(_, c)| *c == '\'')
            .map_or(1, |(i, _)| i + 1);
    }
    match chars.next() {
        Some((i, '\'')) => i + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<(usize, &'static str)> {
        forbidden(source)
            .into_iter()
            .map(|(l, w, _)| (l, w))
            .collect()
    }

    #[test]
    fn each_word_is_found_in_code() {
        for (source, word) in [
            ("theorem t : False := by sorry", "sorry"),
            ("theorem t : False := by admit", "admit"),
            ("axiom magic : False", "axiom"),
            ("private axiom magic : False", "axiom"),
            ("theorem t : p := by native_decide", "native_decide"),
            ("unsafe def f := 1", "unsafe"),
            ("@[implemented_by g] def f := 1", "implemented_by"),
            ("@[extern \"f\"] opaque f : Nat", "extern"),
            ("set_option debug.skipKernelTC true", "skipKernelTC"),
            ("set_option maxHeartbeats 400000 in", "maxHeartbeats"),
            ("set_option synthInstance.maxHeartbeats 0", "maxHeartbeats"),
            ("def s := s!\"{(sorry : Nat)}\"", "sorry"),
            ("def c := '\"' def d := sorry", "sorry"),
            ("def x' := 1 theorem t := sorry -- '", "sorry"),
            ("def c := '\\'' theorem t := sorry", "sorry"),
            ("/- a /- b -/ c -/ theorem t := sorry", "sorry"),
            ("def r := r\"\\\" theorem t := sorry", "sorry"),
        ] {
            assert_eq!(words(source), [(1, word)], "{source}");
        }
    }

    #[test]
    fn comments_strings_and_longer_words_are_free() {
        for source in [
            "-- sorry\n/- axiom /- unsafe -/ admit -/\n/-- native_decide -/ def x := 1",
            "def s := \"sorry\" ++ \"a \\\" sorry\"",
            "def s := m!\"axiom {x} unsafe\"",
            "def s := r#\"sorry \" axiom\"#",
            "def axioms := 1 def sorryAx := `sorryAx def unsafely := 2 def axiom' := 3",
            "def «axiom» := 1",
            "",
        ] {
            assert!(words(source).is_empty(), "{source}: {:?}", words(source));
        }
    }

    #[test]
    fn lines_are_counted_across_comments_and_strings() {
        assert_eq!(
            words("/-\n\n-/\ndef s := \"\n\"\nsorry\n\naxiom a"),
            [(6, "sorry"), (8, "axiom")]
        );
    }
}
