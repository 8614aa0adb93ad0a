//! Text as HTML: escaping, docstrings, and source text with its names as links.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::Library;

/// Text in which no character means anything to HTML.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// A name as it is shown: without the namespace that all share.
pub fn short(name: &str) -> &str {
    name.strip_prefix("Lmx.").unwrap_or(name)
}

/// A link to a declaration.
pub fn link(name: &str) -> String {
    format!(
        "<a href=\"#{}\">{}</a>",
        escape(name),
        breakable(short(name))
    )
}

/// A name that may be broken after dots and underscores.
pub fn breakable(name: &str) -> String {
    escape(name).replace('.', ".<wbr>").replace('_', "_<wbr>")
}

/// The names that a text's words may stand for: by their last component.
#[derive(Debug, Default)]
pub struct Names<'a> {
    by_last: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Names<'a> {
    /// From the declarations that a text mentions.
    pub fn of(library: &'a Library, used: impl IntoIterator<Item = usize>) -> Names<'a> {
        let mut by_last: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for d in used.into_iter().filter_map(|i| library.get(i)) {
            let last = d.name.rsplit('.').next().unwrap_or(&d.name);
            by_last.entry(last).or_default().push(&d.name);
        }
        Names { by_last }
    }

    /// The one declaration that a word such as `valid` or `Textbook.loss` can stand for.
    fn find(&self, word: &str) -> Option<&'a str> {
        let last = word.rsplit('.').next().unwrap_or(word);
        let all = self.by_last.get(last)?;
        let fits = |name: &&&str| {
            **name == word
                || name
                    .strip_suffix(word)
                    .is_some_and(|before| before.ends_with('.'))
        };
        let mut fitting = all.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(name), None) => Some(name),
            (Some(_), Some(_)) => None,
            // A word such as `spec.valid`: a variable's name, then the declaration's.
            (None, _) => match all.as_slice() {
                [name] if word.contains('.') => Some(name),
                _ => None,
            },
        }
    }
}

const KEYWORDS: [&str; 24] = [
    "theorem",
    "def",
    "abbrev",
    "structure",
    "class",
    "inductive",
    "instance",
    "axiom",
    "opaque",
    "where",
    "extends",
    "deriving",
    "noncomputable",
    "private",
    "protected",
    "public",
    "fun",
    "match",
    "with",
    "if",
    "then",
    "else",
    "let",
    "do",
];

/// Lean text with its keywords marked and its names linked.
pub fn code(text: &str, names: &Names<'_>) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("--") || rest.starts_with("/-") {
            let end = if rest.starts_with("--") {
                rest.find('\n').unwrap_or(rest.len())
            } else {
                rest.find("-/").map_or(rest.len(), |i| i + 2)
            };
            let _ = write!(out, "<i>{}</i>", escape(&rest[..end]));
            rest = &rest[end..];
        } else if starts_name(c) {
            let mut end = rest.find(|c| !in_name(c)).unwrap_or(rest.len());
            while rest[..end].ends_with('.') {
                end -= 1;
            }
            if text[..text.len() - rest.len()].ends_with('.') {
                // Behind a dot, as in `(a b).finish.denote`, each component is a declaration's.
                let parts: Vec<String> = rest[..end].split('.').map(|p| field(p, names)).collect();
                out.push_str(&parts.join("."));
            } else {
                out.push_str(&word(&rest[..end], names));
            }
            rest = &rest[end..];
        } else {
            let step = c.len_utf8();
            out.push_str(&escape(&rest[..step]));
            rest = &rest[step..];
        }
    }
    out
}

fn starts_name(c: char) -> bool {
    (c.is_alphabetic() && c != 'λ') || c == '_'
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '\'' | '!' | '?' | '.' | '₀'..='₉')
}

fn field(part: &str, names: &Names<'_>) -> String {
    match names.by_last.get(part).map(Vec::as_slice) {
        Some([name]) => format!("<a href=\"#{}\">{}</a>", escape(name), escape(part)),
        _ => escape(part),
    }
}

fn word(word: &str, names: &Names<'_>) -> String {
    if KEYWORDS.contains(&word) {
        return format!("<b>{word}</b>");
    }
    let Some(name) = names.find(word) else {
        return escape(word);
    };
    // Only the part that the name ends with is the link's text.
    let shared = word
        .rsplit('.')
        .zip(name.rsplit('.'))
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len() + 1)
        .sum::<usize>()
        .saturating_sub(1);
    let (before, text) = word.split_at(word.len().saturating_sub(shared));
    format!(
        "{}<a href=\"#{}\">{}</a>",
        escape(before),
        escape(name),
        escape(text)
    )
}

/// A docstring: paragraphs, lists, code between backticks, bold between asterisks.
pub fn prose(text: &str, names: &Names<'_>) -> String {
    let mut out = String::new();
    for block in text.split("\n\n").map(str::trim).filter(|b| !b.is_empty()) {
        if block.starts_with("- ") || block.starts_with("* ") {
            out.push_str("<ul>");
            for item in items(block) {
                let _ = write!(out, "<li>{}</li>", inline(&item, names));
            }
            out.push_str("</ul>");
        } else {
            let _ = write!(out, "<p>{}</p>", inline(block, names));
        }
    }
    out
}

fn items(block: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in block.lines() {
        let line = line.trim();
        match (
            line.strip_prefix("- ").or(line.strip_prefix("* ")),
            items.last_mut(),
        ) {
            (None, Some(last)) => {
                last.push(' ');
                last.push_str(line);
            }
            (item, _) => items.push(item.unwrap_or(line).to_string()),
        }
    }
    items
}

/// One paragraph.
pub fn inline(text: &str, names: &Names<'_>) -> String {
    let mut out = String::new();
    for (k, part) in text.split('`').enumerate() {
        if k % 2 == 1 {
            let _ = write!(out, "<code>{}</code>", code(part, names));
            continue;
        }
        for (k, part) in part.split("**").enumerate() {
            if k % 2 == 1 {
                let _ = write!(out, "<strong>{}</strong>", escape(part));
            } else {
                out.push_str(&escape(part));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Declaration, Kind};
    use std::collections::BTreeSet;

    fn library(names: &[&str]) -> Library {
        let all = names.iter();
        let all = all.map(|n| Declaration::example(n, Kind::Definition));
        Library::new(all.collect(), BTreeSet::new())
    }

    #[test]
    fn names_are_linked_where_they_are_certain() {
        let library = library(&[
            "Lmx.NetSpec.valid",
            "Lmx.Textbook.loss",
            "Lmx.A.f",
            "Lmx.B.f",
        ]);
        let names = Names::of(&library, 0..4);
        assert_eq!(
            code("spec.valid = true", &names),
            "spec.<a href=\"#Lmx.NetSpec.valid\">valid</a> = true"
        );
        assert_eq!(
            code("Textbook.loss x", &names),
            "<a href=\"#Lmx.Textbook.loss\">Textbook.loss</a> x"
        );
        assert_eq!(
            code("(g x).valid.f.loss", &names),
            "(g x).<a href=\"#Lmx.NetSpec.valid\">valid</a>.f.<a href=\"#Lmx.Textbook.loss\">loss</a>"
        );
        assert_eq!(code("f a.f valid_", &names), "f a.f valid_");
        assert_eq!(code("A.f", &names), "<a href=\"#Lmx.A.f\">A.f</a>");
    }

    #[test]
    fn what_means_something_to_html_is_escaped() {
        let none = Names::default();
        assert_eq!(code("a < b ∧ c && d", &none), "a &lt; b ∧ c &amp;&amp; d");
        assert_eq!(code("-- <x>\ny", &none), "<i>-- &lt;x&gt;</i>\ny");
        assert_eq!(
            prose("**Bold** `a < b`.\n\n- one\n  two\n- <three>", &none),
            "<p><strong>Bold</strong> <code>a &lt; b</code>.</p><ul><li>one two</li><li>&lt;three&gt;</li></ul>"
        );
    }
}
