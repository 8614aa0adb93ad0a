//! A declaration's source text, cut into its statement and the rest.

/// A declaration's text in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What is declared: up to `:=`, `where` or the first alternative.
    pub statement: String,
    /// What follows, if anything does.
    pub body: String,
}

/// The text between two places of a source: lines from 1, columns from 0 in characters, the end not included.
pub fn excerpt(source: &str, from: (usize, usize), to: (usize, usize)) -> String {
    let mut text = String::new();
    for (number, line) in source.split_inclusive('\n').enumerate() {
        let number = number + 1;
        if number < from.0 || number > to.0 {
            continue;
        }
        let first = if number == from.0 { from.1 } else { 0 };
        let last = if number == to.0 { to.1 } else { usize::MAX };
        text.extend(line.chars().take(last).skip(first));
    }
    text
}

/// Cuts a declaration's text; its docstring and attributes are left out.
pub fn cut(text: &str) -> Parts {
    let text = without_preamble(text);
    let end = end_of_statement(text);
    let (statement, body) = text.split_at(end);
    Parts {
        statement: dedent(statement),
        body: dedent(body),
    }
}

/// The docstring at the start of a declaration's text.
pub fn docstring(text: &str) -> Option<String> {
    let rest = text.trim_start().strip_prefix("/--")?;
    let end = rest.find("-/")?;
    Some(rest[..end].trim().to_string())
}

fn without_preamble(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let next = if let Some(after) = rest.strip_prefix("/-") {
            after.find("-/").map(|i| &after[i + 2..])
        } else if rest.starts_with("@[") {
            closing(rest, '[', ']').map(|i| &rest[i..])
        } else if rest.starts_with("--") {
            rest.find('\n').map(|i| &rest[i..])
        } else {
            None
        };
        match next {
            Some(next) => rest = next.trim_start(),
            None => return rest.trim_end(),
        }
    }
}

/// Where the bracket that opens first is closed: the place behind it.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0usize;
    for (i, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(i + c.len_utf8());
            }
        }
    }
    None
}

/// The place of the first `:=`, `where` or line that starts with `|`, outside brackets, strings and comments. The `:=` of a `let` or
/// `have` inside the statement does not end it.
fn end_of_statement(text: &str) -> usize {
    let mut depth = 0usize;
    let mut bound = 0usize;
    let mut before = '\n';
    let mut line_start = true;
    let mut i = 0;
    while let Some(c) = text[i..].chars().next() {
        let rest = &text[i..];
        let here = c.len_utf8();
        let mut step = here;
        if rest.starts_with("--") {
            step = rest.find('\n').unwrap_or(rest.len());
        } else if let Some(after) = rest.strip_prefix("/-") {
            step = after.find("-/").map_or(rest.len(), |j| j + 4);
        } else if c == '"' {
            step = string_end(rest);
        } else if matches!(c, '(' | '[' | '{' | '⟨' | '⦃') {
            depth += 1;
        } else if matches!(c, ')' | ']' | '}' | '⟩' | '⦄') {
            depth = depth.saturating_sub(1);
        } else if depth == 0 {
            if rest.starts_with(":=") {
                if bound == 0 {
                    return i;
                }
                bound -= 1;
                step = 2;
            } else if c == '|' && line_start {
                return i;
            } else if is_word(c) && !is_word(before) && before != '.' {
                step = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                match &rest[..step] {
                    "where" | "deriving" => return i,
                    "let" | "have" => bound += 1,
                    _ => {}
                }
            }
        }
        for c in text[i..i + step].chars() {
            line_start = c == '\n' || (line_start && c.is_whitespace());
            before = c;
        }
        i += step;
    }
    text.len()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '\'' | '!' | '?')
}

fn string_end(rest: &str) -> usize {
    let mut escaped = false;
    for (i, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The text without white space at its ends, and with the indentation that all its lines but the first share taken away, up to what is
/// beyond two columns.
fn dedent(text: &str) -> String {
    let text = text.trim_end();
    let text = text.trim_start_matches('\n');
    let shared = text
        .lines()
        .skip(1)
        .filter(|l| !l.trim().is_empty())
        .map(|l| l.len() - l.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    let take = shared.saturating_sub(2);
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.lines().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let cut = if i > 0 {
            line.get(take..).unwrap_or("")
        } else {
            line
        };
        out.push_str(cut.trim_end());
    }
    out.trim_start().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, String) {
        let p = cut(text);
        (p.statement, p.body)
    }

    #[test]
    fn a_theorem_ends_at_its_proof() {
        let text = "/-- Doc := no. -/\n@[simp, grind =] theorem a (n : Nat := 3) (h : ∀ x, x = n) :\n    n = 1 := by\n  exact h";
        let (statement, body) = parts(text);
        assert_eq!(
            statement,
            "theorem a (n : Nat := 3) (h : ∀ x, x = n) :\n  n = 1"
        );
        assert_eq!(body, ":= by\n  exact h");
    }

    #[test]
    fn a_let_in_a_statement_does_not_end_it() {
        let (statement, _) = parts("theorem a : let x := 3; x = 3 := rfl");
        assert_eq!(statement, "theorem a : let x := 3; x = 3");
    }

    #[test]
    fn types_and_matches_end_where_their_parts_begin() {
        assert_eq!(
            parts("structure A (n : Nat) : Prop where\n  /-- f -/\n  f : Nat"),
            (
                "structure A (n : Nat) : Prop".into(),
                "where\n  /-- f -/\n  f : Nat".into()
            )
        );
        assert_eq!(
            parts("def f : Nat → Nat\n  | 0 => 1\n  | n => n"),
            ("def f : Nat → Nat".into(), "| 0 => 1\n  | n => n".into())
        );
        assert_eq!(
            parts("theorem a (x : R) : |x| = x where_ := foo").0,
            "theorem a (x : R) : |x| = x where_"
        );
    }

    #[test]
    fn text_in_strings_and_comments_is_not_read() {
        let (statement, _) = parts("def f (s : String) : s = \":= \\\" where\" -- := no\n  := rfl");
        assert_eq!(
            statement,
            "def f (s : String) : s = \":= \\\" where\" -- := no"
        );
    }

    #[test]
    fn a_range_is_cut_by_characters() {
        let source = "α β\nγδε ζ\nη";
        assert_eq!(excerpt(source, (1, 2), (2, 3)), "β\nγδε");
        assert_eq!(excerpt(source, (3, 0), (3, 9)), "η");
    }

    #[test]
    fn the_docstring_is_found() {
        assert_eq!(docstring("/-- A b. -/\ndef x").as_deref(), Some("A b."));
        assert_eq!(docstring("def x"), None);
    }
}
