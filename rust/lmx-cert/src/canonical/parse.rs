//! The strict reader.

use std::borrow::Cow;
use std::collections::HashSet;

use lmx_graph::text::shown;

use super::name::{is_decimal, is_name};
use super::{DIGITS, Declaration, Id, Kind, LEVEL_DEPTH, LINES, PARAMETERS, Term, Terms};

/// A text that is not the canonical one of a declaration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected {expected}, found {found}")]
pub struct CanonicalError {
    /// Where, counted from 1; a text literal's line feeds count.
    pub line: usize,
    /// What should stand there.
    pub expected: Cow<'static, str>,
    /// What does.
    pub found: String,
}

type Parsed<T> = Result<T, CanonicalError>;

impl<'a> Declaration<'a> {
    /// The declaration of which these bytes are the canonical text.
    pub fn parse(bytes: &'a [u8]) -> Parsed<Declaration<'a>> {
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
            CanonicalError {
                line: 1 + before.iter().filter(|c| **c == b'\n').count(),
                expected: "UTF-8".into(),
                found: "other bytes".to_owned(),
            }
        })?;
        let mut reader = Reader {
            rest: text,
            line: 1,
            parameters: 0,
        };
        reader.declaration()
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    parameters: u64,
}

impl<'a> Reader<'a> {
    fn error<T>(&self, expected: impl Into<Cow<'static, str>>, found: &str) -> Parsed<T> {
        Err(CanonicalError {
            line: self.line,
            expected: expected.into(),
            found: shown(found),
        })
    }

    /// The rest of the line; the reader stands behind it.
    fn line(&mut self, expected: &'static str) -> Parsed<&'a str> {
        match cut(self.rest, b'\n') {
            Some((line, rest)) => {
                self.rest = rest;
                Ok(line)
            }
            None => Err(CanonicalError {
                line: self.line,
                expected: expected.into(),
                found: "the end of the text (is the file truncated?)".to_owned(),
            }),
        }
    }

    fn declaration(&mut self) -> Parsed<Declaration<'a>> {
        const HEADER: &str = "a kind, a name and a number of universe parameters";
        let line = self.line(HEADER)?;
        let mut words = line.split(' ');
        let header = match (words.next(), words.next(), words.next(), words.next()) {
            (Some(kind), Some(name), Some(n), None) if is_name(name) => {
                let parameters = number(n).filter(|n| *n <= PARAMETERS);
                Kind::from_name(kind).zip(parameters).zip(Some(name))
            }
            _ => None,
        };
        let Some(((kind, parameters), name)) = header else {
            return self.error(HEADER, line);
        };
        self.parameters = parameters;
        self.line += 1;

        let mut terms = Terms::default();
        // Equal terms have equal lines, since their subterms have one number each.
        let lines = self.rest.len() / 12;
        let mut seen = HashSet::with_capacity(lines.min(LINES));
        loop {
            let (before, at) = (self.rest, self.line);
            match self.term(terms.len())? {
                Line::Term(term) => {
                    let line = before.len() - self.rest.len();
                    let line = before.get(..line).unwrap_or_default();
                    if !seen.insert(line) {
                        self.line = at;
                        return self.error("each subterm once", line.trim_end());
                    }
                    terms.terms.push(term);
                }
                Line::Roots(roots) => {
                    let (least, most) = kind.roots();
                    if !(least..=most).contains(&roots.len()) {
                        let expected = format!("{least} to {most} terms of a {kind}");
                        return self.error(expected, &format!("{}", roots.len()));
                    }
                    if !self.rest.is_empty() {
                        self.line += 1;
                        let rest = self.rest;
                        return self.error("the end of the text", rest);
                    }
                    let order = terms.completed(&roots);
                    if order.len() != terms.len()
                        || order.iter().enumerate().any(|(i, id)| i != *id)
                    {
                        let expected = "the subterms in order of completion, each of them used";
                        return self.error(expected, "another order");
                    }
                    return Ok(Declaration {
                        kind,
                        name,
                        parameters,
                        terms,
                        roots,
                    });
                }
            }
        }
    }

    /// The next line, where `count` subterms stand before it.
    fn term(&mut self, count: usize) -> Parsed<Line<'a>> {
        const LINE: &str = "a line of a subterm (v, s, c, a, l, p, z, j, n, t) or of the roots (r)";
        if count > LINES {
            return self.error(format!("at most {LINES} subterms"), "more");
        }
        if let Some(rest) = self.rest.strip_prefix("t ") {
            return self.text(rest).map(|t| Line::Term(Term::Str(t)));
        }
        let line = self.line(LINE)?;
        let id = |word: Option<&str>| -> Option<Id> {
            let id = usize::try_from(number(word?)?).ok()?;
            (id < count).then_some(id)
        };
        let Some((tag, rest)) = cut(line, b' ') else {
            return self.error(LINE, line);
        };
        let mut words = Words(Some(rest));
        let mut next = || words.next();
        let read = match tag {
            "v" => next().and_then(number).map(Term::Bound),
            "s" => next().filter(|l| self.is_level(l)).map(Term::Sort),
            "c" => {
                let fine = next().is_some_and(is_name) && words.by_ref().all(|l| self.is_level(l));
                fine.then_some(Term::Const(rest))
            }
            "a" => id(next()).zip(id(next())).map(|(f, x)| Term::App(f, x)),
            "l" => id(next()).zip(id(next())).map(|(t, b)| Term::Lambda(t, b)),
            "p" => id(next()).zip(id(next())).map(|(t, b)| Term::Pi(t, b)),
            "z" => {
                let read = (id(next()), id(next()), id(next()));
                match read {
                    (Some(t), Some(v), Some(b)) => Some(Term::Let(t, v, b)),
                    _ => None,
                }
            }
            "j" => {
                let structure = next().filter(|n| is_name(n));
                let field = next().and_then(number);
                match (structure, field, id(next())) {
                    (Some(structure), Some(field), Some(of)) => Some(Term::Field {
                        structure,
                        field,
                        of,
                    }),
                    _ => None,
                }
            }
            "n" => next()
                .filter(|w| w.len() <= DIGITS && is_decimal(w))
                .map(Term::Nat),
            "r" => {
                let roots: Option<Vec<Id>> =
                    Words(Some(rest)).take(3).map(|w| id(Some(w))).collect();
                return match roots {
                    Some(roots) => Ok(Line::Roots(roots)),
                    None => self.error("the numbers of a type and a value", line),
                };
            }
            _ => return self.error(LINE, line),
        };
        match read {
            Some(term) if words.next().is_none() => {
                self.line += 1;
                Ok(Line::Term(term))
            }
            _ => self.error(
                format!("a line `{tag}` of subterms before it, as the format has it"),
                line,
            ),
        }
    }

    /// A text literal behind its tag.
    fn text(&mut self, rest: &'a str) -> Parsed<&'a str> {
        const TEXT: &str = "a length in bytes, a text of this length and a line feed";
        let read = rest.split_once(' ').and_then(|(length, rest)| {
            let length = usize::try_from(number(length)?).ok()?;
            let (text, rest) = rest.split_at_checked(length)?;
            Some((text, rest.strip_prefix('\n')?))
        });
        match read {
            Some((text, rest)) => {
                self.rest = rest;
                self.line += 1 + text.bytes().filter(|c| *c == b'\n').count();
                Ok(text)
            }
            None => self.error(TEXT, rest.lines().next().unwrap_or_default()),
        }
    }

    /// Whether a text is a level over the declaration's parameters.
    fn is_level(&self, text: &str) -> bool {
        level(text, self.parameters, LEVEL_DEPTH) == Some("")
    }
}

enum Line<'a> {
    Term(Term<'a>),
    Roots(Vec<Id>),
}

/// Words with one space between.
struct Words<'a>(Option<&'a str>);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0?;
        let (word, rest) = cut(rest, b' ').map_or((rest, None), |(w, r)| (w, Some(r)));
        self.0 = rest;
        Some(word)
    }
}

/// What stands before an ASCII character, and what behind it. The lines are short: this is faster than a search made for long texts.
fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = text.bytes().position(|c| c == at)?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// A number without leading zeros.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || (digits.starts_with('0') && digits != "0") {
        return None;
    }
    digits.bytes().try_fold(0u64, |n, c| {
        let digit = c.checked_sub(b'0').filter(|d| *d <= 9)?;
        n.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// What follows the level at the start of a text.
fn level(text: &str, parameters: u64, depth: usize) -> Option<&str> {
    let depth = depth.checked_sub(1)?;
    if let Some(rest) = text.strip_prefix('0') {
        return Some(rest);
    }
    if let Some(rest) = text.strip_prefix("S(") {
        return level(rest, parameters, depth)?.strip_prefix(')');
    }
    if let Some(rest) = text.strip_prefix("M(").or(text.strip_prefix("I(")) {
        let rest = level(rest, parameters, depth)?.strip_prefix(',')?;
        return level(rest, parameters, depth)?.strip_prefix(')');
    }
    let rest = text.strip_prefix('P')?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (digits, rest) = rest.split_at_checked(end)?;
    (number(digits)? < parameters).then_some(rest)
}
