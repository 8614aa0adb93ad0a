//! The strict reader: it accepts the canonical spelling of a value and no other.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Json, Object};
use crate::limits;
use crate::text::shown;

/// Bytes that are not canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not canonical JSON at byte {offset}: {kind}")]
pub struct JsonError {
    /// Where, counted from 0.
    pub offset: usize,
    /// What is wrong there.
    pub kind: JsonErrorKind,
}

/// What is wrong with some bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonErrorKind {
    /// The text stops in the middle.
    #[error("expected {expected}, found the end of the text (is the file truncated?)")]
    End {
        /// What should follow.
        expected: &'static str,
    },
    /// A byte that cannot stand there.
    #[error("expected {expected}, found {}", show(*found))]
    Unexpected {
        /// What should stand there.
        expected: &'static str,
        /// What does.
        found: u8,
    },
    /// White space between tokens, or at the end.
    #[error("expected no white space, found {}", show(*found))]
    WhiteSpace {
        /// The byte.
        found: u8,
    },
    /// Bytes after the value.
    #[error("expected the end of the text, found {}", show(*found))]
    Trailing {
        /// The first of them.
        found: u8,
    },
    /// Keys out of order.
    #[error(
        "expected keys sorted, found {} after {}",
        shown(found),
        shown(previous)
    )]
    KeyOrder {
        /// The key before.
        previous: String,
        /// The key that should have come earlier.
        found: String,
    },
    /// A key twice.
    #[error("expected each key once, found {} again", shown(key))]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A fraction, an exponent or a sign.
    #[error("expected a non-negative integer, found a {found} number")]
    Number {
        /// The kind of number.
        found: &'static str,
    },
    /// `007`
    #[error("expected an integer without leading zeros")]
    LeadingZero,
    /// An integer beyond 64 bits.
    #[error("expected an integer below 2^64, found a larger one")]
    TooLarge,
    /// An escape where none is needed, or not in its one form.
    #[error("expected the canonical spelling of a character, found another escape")]
    Escape,
    /// Half a surrogate pair.
    #[error("expected a surrogate pair, found half of one")]
    Surrogate,
    /// A byte that must be escaped.
    #[error("expected printable ASCII in a string, found {}", show(*found))]
    Raw {
        /// The byte.
        found: u8,
    },
    /// Nesting.
    #[error(
        "expected at most {} levels of nesting, found more",
        limits::JSON_DEPTH
    )]
    TooDeep,
    /// Size.
    #[error("expected at most {} values, found more", limits::JSON_VALUES)]
    TooMany,
}

fn show(byte: u8) -> String {
    match byte {
        b' '..=b'~' => format!("'{}'", char::from(byte)),
        _ => format!("byte 0x{byte:02x}"),
    }
}

/// Reads a whole text, refusing every spelling but the canonical one.
pub fn parse(bytes: &[u8]) -> Result<Json<'_>, JsonError> {
    let mut parser = Parser {
        bytes,
        at: 0,
        values: 0,
    };
    let json = parser.value(0)?;
    match parser.peek() {
        None => Ok(json),
        Some(found) if is_white(found) => Err(parser.error(JsonErrorKind::WhiteSpace { found })),
        Some(found) => Err(parser.error(JsonErrorKind::Trailing { found })),
    }
}

fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    values: usize,
}

type Parsed<T> = Result<T, JsonError>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError {
            offset: self.at,
            kind,
        }
    }

    /// The error of the next byte, where `expected` should stand.
    fn unexpected(&self, expected: &'static str) -> JsonError {
        self.error(match self.peek() {
            None => JsonErrorKind::End { expected },
            Some(found) if is_white(found) => JsonErrorKind::WhiteSpace { found },
            Some(found) => JsonErrorKind::Unexpected { expected, found },
        })
    }

    fn eat(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    fn value(&mut self, depth: usize) -> Parsed<Json<'a>> {
        self.values += 1;
        if self.values > limits::JSON_VALUES {
            return Err(self.error(JsonErrorKind::TooMany));
        }
        if depth > limits::JSON_DEPTH {
            return Err(self.error(JsonErrorKind::TooDeep));
        }
        match self.peek() {
            Some(b'"') => Ok(Json::Str(self.string()?)),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'0'..=b'9' | b'-') => self.integer(),
            Some(b't') => self.word(b"true", Json::Bool(true)),
            Some(b'f') => self.word(b"false", Json::Bool(false)),
            Some(b'n') => self.word(b"null", Json::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn word(&mut self, word: &[u8], json: Json<'a>) -> Parsed<Json<'a>> {
        for byte in word {
            if !self.eat(*byte) {
                return Err(self.unexpected("true, false or null"));
            }
        }
        Ok(json)
    }

    fn array(&mut self, depth: usize) -> Parsed<Json<'a>> {
        self.at += 1;
        if self.eat(b']') {
            return Ok(Json::Array(Vec::new()));
        }
        // Without room that stays empty: a text may hold millions of arrays.
        let mut elements = Vec::with_capacity(1);
        loop {
            elements.push(self.value(depth + 1)?);
            if self.eat(b']') {
                elements.shrink_to_fit();
                return Ok(Json::Array(elements));
            }
            if !self.eat(b',') {
                return Err(self.unexpected("',' or ']'"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Parsed<Json<'a>> {
        self.at += 1;
        if self.eat(b'}') {
            return Ok(Json::Object(Object::default()));
        }
        // Most objects are nodes, of five members. Room that stays empty is given back.
        let mut members: Vec<(Cow<'a, str>, Json<'a>)> = Vec::with_capacity(5);
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key"));
            }
            let key = self.string()?;
            let kind = match members
                .last()
                .map(|(previous, _)| (previous.cmp(&key), previous))
            {
                Some((Ordering::Equal, _)) => Some(JsonErrorKind::DuplicateKey {
                    key: key.to_string(),
                }),
                Some((Ordering::Greater, previous)) => Some(JsonErrorKind::KeyOrder {
                    previous: previous.to_string(),
                    found: key.to_string(),
                }),
                _ => None,
            };
            if let Some(kind) = kind {
                return Err(JsonError {
                    offset: start,
                    kind,
                });
            }
            if !self.eat(b':') {
                return Err(self.unexpected("':'"));
            }
            let value = self.value(depth + 1)?;
            members.push((key, value));
            if self.eat(b'}') {
                members.shrink_to_fit();
                return Ok(Json::Object(Object { members }));
            }
            if !self.eat(b',') {
                return Err(self.unexpected("',' or '}'"));
            }
        }
    }

    fn integer(&mut self) -> Parsed<Json<'a>> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            return Err(self.error(JsonErrorKind::Number { found: "negative" }));
        }
        let mut n = 0u64;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            n = n
                .checked_mul(10)
                .and_then(|n| n.checked_add(u64::from(digit - b'0')))
                .ok_or_else(|| self.error(JsonErrorKind::TooLarge))?;
            self.at += 1;
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(self.error(JsonErrorKind::Number {
                found: "floating-point",
            }));
        }
        if self.at - start > 1 && self.bytes.get(start) == Some(&b'0') {
            return Err(JsonError {
                offset: start,
                kind: JsonErrorKind::LeadingZero,
            });
        }
        Ok(Json::Int(n))
    }

    fn string(&mut self) -> Parsed<Cow<'a, str>> {
        self.at += 1;
        let mut owned: Option<String> = None;
        loop {
            let start = self.at;
            let rest = self.bytes.get(start..).unwrap_or_default();
            let plain = |b: &u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\');
            let run = rest.iter().position(|b| !plain(b)).unwrap_or(rest.len());
            self.at += run;
            let run = rest.get(..run).unwrap_or_default();
            // Printable ASCII is UTF-8.
            let run = std::str::from_utf8(run).map_err(|_| JsonError {
                offset: start,
                kind: JsonErrorKind::Raw { found: 0 },
            })?;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(run),
                        Some(s) => Cow::Owned(s + run),
                    });
                }
                Some(b'\\') => {
                    let s = owned.get_or_insert_default();
                    s.push_str(run);
                    s.push(self.escape()?);
                }
                Some(found) => return Err(self.error(JsonErrorKind::Raw { found })),
                None => return Err(self.error(JsonErrorKind::End { expected: "'\"'" })),
            }
        }
    }

    /// A character from its escape, which stands next.
    fn escape(&mut self) -> Parsed<char> {
        let start = self.at;
        self.at += 1;
        let short = match self.peek() {
            Some(b'"') => Some('"'),
            Some(b'\\') => Some('\\'),
            Some(b'b') => Some('\u{8}'),
            Some(b't') => Some('\t'),
            Some(b'n') => Some('\n'),
            Some(b'f') => Some('\u{c}'),
            Some(b'r') => Some('\r'),
            Some(b'u') => None,
            None => {
                return Err(self.error(JsonErrorKind::End {
                    expected: "an escape",
                }));
            }
            Some(_) => {
                return Err(JsonError {
                    offset: start,
                    kind: JsonErrorKind::Escape,
                });
            }
        };
        if let Some(c) = short {
            self.at += 1;
            return Ok(c);
        }
        let first = self.utf16()?;
        let c = match first {
            0xd800..=0xdbff => {
                let second = if self.eat(b'\\') { self.utf16()? } else { 0 };
                char::decode_utf16([first, second])
                    .next()
                    .and_then(Result::ok)
            }
            _ => char::from_u32(u32::from(first)),
        };
        match c {
            None => Err(JsonError {
                offset: start,
                kind: JsonErrorKind::Surrogate,
            }),
            Some(' '..='~' | '\u{8}' | '\t' | '\n' | '\u{c}' | '\r') => Err(JsonError {
                offset: start,
                kind: JsonErrorKind::Escape,
            }),
            Some(c) => Ok(c),
        }
    }

    /// `uxxxx`
    fn utf16(&mut self) -> Parsed<u16> {
        if !self.eat(b'u') {
            return Err(self.error(JsonErrorKind::Surrogate));
        }
        let mut unit = 0u16;
        for _ in 0..4 {
            let digit = match self.peek() {
                Some(c @ b'0'..=b'9') => c - b'0',
                Some(c @ b'a'..=b'f') => c - b'a' + 10,
                Some(b'A'..=b'F') => return Err(self.error(JsonErrorKind::Escape)),
                _ => return Err(self.unexpected("a hexadecimal digit")),
            };
            self.at += 1;
            unit = (unit << 4) | u16::from(digit);
        }
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text.as_bytes())
            .map(|j| j.to_string())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn canonical_texts_print_back() {
        for text in [
            r#"{"":[],"a":{"b":[0,1,18446744073709551615]},"b":[true,false,null]}"#,
            r#""\b\t\n\f\r\"\\/ ~\u0000\u007f\u00e9\u2200\ud835\udd38""#,
            "0",
        ] {
            let json = parse(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(json.to_bytes()).unwrap(), text);
        }
    }

    #[test]
    fn keys_are_sorted_by_utf8_bytes() {
        // As UTF-16, U+10000 would come before U+FFFF.
        assert!(parse(br#"{"\uffff":0,"\ud800\udc00":0}"#).is_ok());
        assert!(parse(br#"{"\ud800\udc00":0,"\uffff":0}"#).is_err());
    }

    #[test]
    fn each_other_spelling_is_refused_with_its_reason() {
        for (text, reason) in [
            (
                "",
                "byte 0: expected a value, found the end of the text (is the file truncated?)",
            ),
            ("[1", "byte 2: expected ',' or ']', found the end"),
            ("{\"a\"", "byte 4: expected ':', found the end"),
            ("\"abc", "byte 4: expected '\"', found the end"),
            ("[1, 2]", "byte 3: expected no white space, found ' '"),
            ("{}\n", "byte 2: expected no white space, found byte 0x0a"),
            ("{}{}", "byte 2: expected the end of the text, found '{'"),
            (
                r#"{"b":0,"a":0}"#,
                r#"byte 7: expected keys sorted, found "a" after "b""#,
            ),
            (
                r#"{"a":0,"a":0}"#,
                r#"byte 7: expected each key once, found "a" again"#,
            ),
            (
                "1.0",
                "byte 1: expected a non-negative integer, found a floating-point number",
            ),
            (
                "1e3",
                "byte 1: expected a non-negative integer, found a floating-point number",
            ),
            (
                "-1",
                "byte 0: expected a non-negative integer, found a negative number",
            ),
            (
                "-0",
                "byte 0: expected a non-negative integer, found a negative number",
            ),
            ("[01]", "byte 1: expected an integer without leading zeros"),
            ("00", "byte 0: expected an integer without leading zeros"),
            ("18446744073709551616", "expected an integer below 2^64"),
            (
                r#""\u000A""#,
                "byte 6: expected the canonical spelling of a character",
            ),
            (
                r#""\u000a""#,
                "byte 1: expected the canonical spelling of a character",
            ),
            (
                r#""\u0041""#,
                "byte 1: expected the canonical spelling of a character",
            ),
            (
                r#""\/""#,
                "byte 1: expected the canonical spelling of a character",
            ),
            (
                r#""\u00E9""#,
                "byte 5: expected the canonical spelling of a character",
            ),
            (
                r#""\ud800""#,
                "byte 1: expected a surrogate pair, found half of one",
            ),
            (
                r#""\udc00\ud800""#,
                "byte 1: expected a surrogate pair, found half of one",
            ),
            (r#""\u12""#, "expected a hexadecimal digit"),
            (
                "\"é\"",
                "byte 1: expected printable ASCII in a string, found byte 0xc3",
            ),
            (
                "\"\n\"",
                "byte 1: expected printable ASCII in a string, found byte 0x0a",
            ),
            (
                "\"\u{7f}\"",
                "byte 1: expected printable ASCII in a string, found byte 0x7f",
            ),
            ("[1,]", "byte 3: expected a value, found ']'"),
            ("{\"a\":1,}", "byte 7: expected a key, found '}'"),
            ("tru", "expected true, false or null, found the end"),
            ("nul1", "expected true, false or null, found '1'"),
            ("NaN", "expected a value, found 'N'"),
            ("\u{feff}{}", "expected a value, found byte 0xef"),
        ] {
            let found = refused(text);
            assert!(found.contains(reason), "{text}: {found}");
        }
    }

    /// A text of 64 MiB may hold millions of containers.
    #[test]
    fn no_container_keeps_room_that_stays_empty() {
        for n in 0..20 {
            let array = format!("[{}]", vec!["0"; n].join(","));
            let members: Vec<_> = (0..n).map(|i| format!("\"{i:02}\":0")).collect();
            let object = format!("{{{}}}", members.join(","));
            match (parse(array.as_bytes()), parse(object.as_bytes())) {
                (Ok(Json::Array(array)), Ok(Json::Object(object))) => {
                    assert_eq!((array.capacity(), object.members.capacity()), (n, n));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |n| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(nested(limits::JSON_DEPTH + 1).as_bytes()).is_ok());
        assert!(refused(&nested(limits::JSON_DEPTH + 2)).contains("at most 64 levels"));
        assert!(refused(&"[".repeat(1_000_000)).contains("at most 64 levels"));
    }
}
