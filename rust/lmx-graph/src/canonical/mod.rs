//! Canonical JSON: each value has exactly one spelling, so that the hash of the bytes is the hash of the value.
//!
//! Keys are sorted by their UTF-8 bytes and unique; there is no white space; the only numbers are integers from
//! 0 to 2⁶⁴ − 1 without leading zeros; characters from space to `~` stand for themselves, but for `"` and `\`,
//! which are escaped by `\`; backspace, tab, line feed, form feed and carriage return are `\b \t \n \f \r`; every
//! other character is `\uxxxx` (lower-case hexadecimal, a surrogate pair beyond U+FFFF). It is what Python's
//! `json.dumps(value, sort_keys=True, separators=(",", ":"))` prints.

mod parse;
mod print;

use std::borrow::Cow;
use std::fmt;

use crate::text::shown;

pub use parse::{JsonError, JsonErrorKind, parse};

/// A JSON value, without floating-point and negative numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(u64),
    /// A string, borrowed where it holds no escape.
    Str(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object.
    Object(Object<'a>),
}

/// An object's members, sorted by key, each key once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object<'a> {
    members: Vec<(Cow<'a, str>, Json<'a>)>,
}

impl<'a> Object<'a> {
    /// The members in the order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json<'a>)> {
        self.members.iter().map(|(k, v)| (k.as_ref(), v))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        let i = self
            .members
            .binary_search_by(|(k, _)| k.as_ref().cmp(key))
            .ok()?;
        self.members.get(i).map(|(_, v)| v)
    }

    /// Sets a key's value; the one it had, if any.
    pub fn insert(&mut self, key: impl Into<Cow<'a, str>>, value: Json<'a>) -> Option<Json<'a>> {
        let key = key.into();
        match self.members.binary_search_by(|(k, _)| k.cmp(&key)) {
            Ok(i) => self
                .members
                .get_mut(i)
                .map(|(_, v)| std::mem::replace(v, value)),
            Err(i) => {
                self.members.insert(i, (key, value));
                None
            }
        }
    }

    /// Takes a key's value out.
    pub fn remove(&mut self, key: &str) -> Option<Json<'a>> {
        let i = self
            .members
            .binary_search_by(|(k, _)| k.as_ref().cmp(key))
            .ok()?;
        Some(self.members.remove(i).1)
    }
}

impl<'a, K: Into<Cow<'a, str>>> FromIterator<(K, Json<'a>)> for Object<'a> {
    /// Of members in any order; of equal keys the last one counts.
    fn from_iter<I: IntoIterator<Item = (K, Json<'a>)>>(members: I) -> Self {
        let mut object = Object::default();
        for (k, v) in members {
            object.insert(k, v);
        }
        object
    }
}

impl<'a> Json<'a> {
    /// An object of the given members.
    pub fn object<K: Into<Cow<'a, str>>>(members: impl IntoIterator<Item = (K, Json<'a>)>) -> Self {
        Json::Object(members.into_iter().collect())
    }

    /// An array of the given elements.
    pub fn array<T: Into<Json<'a>>>(elements: impl IntoIterator<Item = T>) -> Self {
        Json::Array(elements.into_iter().map(Into::into).collect())
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        print::print(self, &mut out);
        out
    }
}

impl fmt::Display for Json<'_> {
    /// A short description for messages: scalars are spelt out, long strings cut, containers counted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => write!(f, "null"),
            Json::Bool(b) => write!(f, "{b}"),
            Json::Int(n) => write!(f, "{n}"),
            Json::Str(s) => f.write_str(&shown(s)),
            Json::Array(a) => write!(f, "an array of {}", a.len()),
            Json::Object(o) => write!(f, "an object of {}", o.iter().len()),
        }
    }
}

impl From<u64> for Json<'_> {
    fn from(n: u64) -> Self {
        Json::Int(n)
    }
}

impl From<usize> for Json<'_> {
    fn from(n: usize) -> Self {
        Json::Int(n as u64)
    }
}

impl From<bool> for Json<'_> {
    fn from(b: bool) -> Self {
        Json::Bool(b)
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(s: &'a str) -> Self {
        Json::Str(Cow::Borrowed(s))
    }
}

impl From<String> for Json<'_> {
    fn from(s: String) -> Self {
        Json::Str(Cow::Owned(s))
    }
}
