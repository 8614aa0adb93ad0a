//! Decoding of JSON into types, strictly: every field is required, no other is allowed, and an error says where.

use std::borrow::Cow;
use std::fmt;

use crate::canonical::Json;
use crate::names::Named;
use crate::text::{short, shown};
use crate::types::Sha256;

/// JSON that is not of the form that the format demands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The file is of another format.
    #[error("format: expected {expected:?}, found {found}")]
    Format {
        /// The format that is read here.
        expected: &'static str,
        /// What the file says.
        found: String,
    },
    /// A version that is not known.
    #[error(
        "version: expected {expected}, the only version of {format} known here, found {found}; \
         use the lmx-rs that belongs to the file, or export it again"
    )]
    Version {
        /// The format.
        format: &'static str,
        /// The version that is read here.
        expected: u64,
        /// What the file says.
        found: String,
    },
    /// A value of the wrong form.
    #[error("{at}: expected {expected}, found {found}")]
    Unexpected {
        /// Where.
        at: String,
        /// What should stand there.
        expected: Cow<'static, str>,
        /// What does.
        found: String,
    },
    /// A field that the format does not have at this place.
    #[error(
        "{at}: expected the fields {expected}, found the unknown field `{}`",
        short(found)
    )]
    UnknownField {
        /// Where.
        at: String,
        /// The fields known at this place.
        expected: String,
        /// The field.
        found: String,
    },
    /// A field that the format demands.
    #[error("{at}: expected the field `{expected}`, found none")]
    MissingField {
        /// Where.
        at: String,
        /// The field.
        expected: String,
    },
    /// A name that the format does not know, of an op, a role, a dtype and so on.
    #[error("{at}: expected a known {what} ({expected}), found {}", shown(found))]
    UnknownName {
        /// Where.
        at: String,
        /// What it should name.
        what: &'static str,
        /// The names known.
        expected: String,
        /// The name.
        found: String,
    },
    /// More than the format allows.
    #[error("{at}: expected at most {limit} {what}, found {found}")]
    Limit {
        /// Where.
        at: String,
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: usize,
        /// How much there is.
        found: usize,
    },
}

/// A JSON value and the path that leads to it.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    json: &'a Json<'a>,
    path: Path<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(Path::Root, name) => write!(f, "{name}"),
            Path::Field(parent, name) => write!(f, "{parent}.{name}"),
            Path::Index(parent, i) => write!(f, "{parent}[{i}]"),
        }
    }
}

impl fmt::Display for At<'_> {
    /// The path, such as `programs.grad.nodes[17].attrs.limit[0]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path {
            Path::Root => write!(f, "top level"),
            path => write!(f, "{path}"),
        }
    }
}

impl<'a> At<'a> {
    /// The whole text.
    pub fn root(json: &'a Json<'a>) -> Self {
        At {
            json,
            path: Path::Root,
        }
    }

    /// The value.
    pub fn json(&self) -> &'a Json<'a> {
        self.json
    }

    /// The error of a value that is not what is expected here.
    pub fn unexpected(&self, expected: impl Into<Cow<'static, str>>) -> DecodeError {
        let found = self.json.to_string();
        DecodeError::Unexpected {
            at: self.to_string(),
            expected: expected.into(),
            found,
        }
    }

    /// Checks the `format` and `version` of a file before anything else of it is looked at.
    pub fn header(&self, format: &'static str, version: u64) -> Result<(), DecodeError> {
        let [found] = self.some_fields(["format"])?;
        if !matches!(found.json, Json::Str(s) if s == format) {
            let found = found.json.to_string();
            return Err(DecodeError::Format {
                expected: format,
                found,
            });
        }
        let [found] = self.some_fields(["version"])?;
        if *found.json != Json::Int(version) {
            let found = found.json.to_string();
            return Err(DecodeError::Version {
                format,
                expected: version,
                found,
            });
        }
        Ok(())
    }

    /// The values of an object's fields, which must be exactly these.
    pub fn fields<'b, const N: usize>(
        &'b self,
        names: [&'b str; N],
    ) -> Result<[At<'b>; N], DecodeError> {
        let Json::Object(object) = self.json else {
            return Err(self.unexpected("an object"));
        };
        // Names given in the order of the keys, as they mostly are, cost one comparison each.
        if object.iter().len() == N && object.iter().map(|(k, _)| k).eq(names) {
            let mut found = [At {
                json: self.json,
                path: Path::Root,
            }; N];
            for ((at, name), (_, json)) in found.iter_mut().zip(names).zip(object.iter()) {
                *at = At {
                    json,
                    path: Path::Field(&self.path, name),
                };
            }
            return Ok(found);
        }
        if let Some((unknown, _)) = object.iter().find(|(k, _)| !names.contains(k)) {
            return Err(DecodeError::UnknownField {
                at: self.to_string(),
                expected: list(names),
                found: unknown.to_owned(),
            });
        }
        self.some_fields(names)
    }

    /// The values of some of an object's fields, whatever else it holds.
    pub fn some_fields<'b, const N: usize>(
        &'b self,
        names: [&'b str; N],
    ) -> Result<[At<'b>; N], DecodeError> {
        let Json::Object(object) = self.json else {
            return Err(self.unexpected("an object"));
        };
        let mut found = [At {
            json: self.json,
            path: Path::Root,
        }; N];
        for (at, name) in found.iter_mut().zip(names) {
            let Some(json) = object.get(name) else {
                return Err(DecodeError::MissingField {
                    at: self.to_string(),
                    expected: name.to_owned(),
                });
            };
            *at = At {
                json,
                path: Path::Field(&self.path, name),
            };
        }
        Ok(found)
    }

    /// An array of at most `limit` elements (named `what` in the message), each read by `read`.
    pub fn list<T, E: From<DecodeError>>(
        &self,
        what: &'static str,
        limit: usize,
        mut read: impl FnMut(At<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let Json::Array(elements) = self.json else {
            return Err(self.unexpected("an array").into());
        };
        if elements.len() > limit {
            let (at, found) = (self.to_string(), elements.len());
            return Err(DecodeError::Limit {
                at,
                what,
                limit,
                found,
            }
            .into());
        }
        elements
            .iter()
            .enumerate()
            .map(|(i, json)| {
                read(At {
                    json,
                    path: Path::Index(&self.path, i),
                })
            })
            .collect()
    }

    /// A string.
    pub fn str(&self) -> Result<&'a str, DecodeError> {
        match self.json {
            Json::Str(s) => Ok(s),
            _ => Err(self.unexpected("a string")),
        }
    }

    /// An integer.
    pub fn int(&self) -> Result<u64, DecodeError> {
        match self.json {
            Json::Int(n) => Ok(*n),
            _ => Err(self.unexpected("an integer")),
        }
    }

    /// An integer that is not zero.
    pub fn positive(&self) -> Result<u64, DecodeError> {
        match self.json {
            Json::Int(n @ 1..) => Ok(*n),
            _ => Err(self.unexpected("a positive integer")),
        }
    }

    /// An integer that can index.
    pub fn index(&self) -> Result<usize, DecodeError> {
        usize::try_from(self.int()?).map_err(|_| self.unexpected("an index"))
    }

    /// A truth value.
    pub fn bool(&self) -> Result<bool, DecodeError> {
        match self.json {
            Json::Bool(b) => Ok(*b),
            _ => Err(self.unexpected("true or false")),
        }
    }

    /// A sha256.
    pub fn sha256(&self) -> Result<Sha256, DecodeError> {
        let parsed = self.str().ok().and_then(|s| s.parse().ok());
        parsed.ok_or_else(|| self.unexpected("a sha256 of 64 lower-case hexadecimal digits"))
    }

    /// The member of an enumeration.
    pub fn named<T: Named>(&self) -> Result<T, DecodeError> {
        self.one_of(
            T::WHAT,
            T::NAMES.iter().map(|(_, name)| *name),
            T::from_name,
        )
    }

    /// What a string names, by `lookup`; the names known are for the message.
    pub fn one_of<T>(
        &self,
        what: &'static str,
        known: impl IntoIterator<Item = &'static str>,
        lookup: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, DecodeError> {
        let name = self.str()?;
        lookup(name).ok_or_else(|| DecodeError::UnknownName {
            at: self.to_string(),
            what,
            expected: list(known),
            found: name.to_owned(),
        })
    }

    /// A name of 1 to `limit` characters, each allowed by `allowed`, which `rule` describes.
    pub fn name(
        &self,
        limit: usize,
        rule: &'static str,
        allowed: impl Fn(char) -> bool,
    ) -> Result<String, DecodeError> {
        match self.json {
            Json::Str(s) if (1..=limit).contains(&s.len()) && s.chars().all(allowed) => {
                Ok(s.clone().into_owned())
            }
            _ => Err(self.unexpected(format!("1 to {limit} characters of {rule}"))),
        }
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().map(|n| format!("`{n}`")).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
