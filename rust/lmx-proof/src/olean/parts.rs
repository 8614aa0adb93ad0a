//! The memory image: objects by their addresses.

use std::path::{Path, PathBuf};

use num_bigint::BigUint;

use super::{Header, Word};
use crate::error::{Problem, ProofError, Result};

/// The files of a module, the exported part first.
#[derive(Debug)]
pub struct Parts {
    parts: Vec<Part>,
    word: Word,
    gmp: bool,
}

#[derive(Debug)]
struct Part {
    path: PathBuf,
    bytes: Vec<u8>,
    header: Header,
}

/// A value: a small number, or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number, or a constructor without fields by its number.
    Scalar(u64),
    /// What is at an address.
    Object(Object),
}

/// An object whose header was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its address.
    pub address: u64,
    /// The constructor's number, or one of the tags.
    pub tag: u8,
    /// How many fields a constructor has that are values.
    pub fields: u8,
    /// The size that the header states, in bytes.
    size: u16,
}

const MAX_CTOR: u8 = 243;
const ARRAY: u8 = 246;
const SCALAR_ARRAY: u8 = 248;
const STRING: u8 = 249;
const MPZ: u8 = 250;
const THUNK: u8 = 251;
const TASK: u8 = 252;
const REF: u8 = 253;
/// Bytes that a number may have: it takes quadratic time to write one in decimal.
const NUMBER_BYTES: u64 = 1 << 16;
/// An object's header.
const HEADER: u64 = 8;

fn tag_name(tag: u8) -> String {
    match tag {
        0..=MAX_CTOR => format!("constructor {tag}"),
        ARRAY => "an array".to_owned(),
        SCALAR_ARRAY => "an array of scalars".to_owned(),
        STRING => "a text".to_owned(),
        MPZ => "a big number".to_owned(),
        THUNK | TASK | REF => "a thunk, task or reference".to_owned(),
        _ => format!("an object with tag {tag}"),
    }
}

impl Parts {
    /// The parts in these files: of one module, in order.
    pub fn new(files: Vec<(PathBuf, Vec<u8>)>) -> Result<Parts> {
        let mut parts: Vec<Part> = Vec::with_capacity(files.len());
        for (path, bytes) in files {
            let problem = |at: usize, problem| ProofError::Olean {
                path: path.clone(),
                offset: at as u64,
                problem,
            };
            let known = parts.first().map(|part| part.header.word);
            let header = Header::read(&bytes, known).map_err(|(at, p)| problem(at, p))?;
            if let Some(before) = parts.last() {
                let end = before.header.base.saturating_add(before.bytes.len() as u64);
                let wrong =
                    if header.githash != before.header.githash || header.gmp != before.header.gmp {
                        Some("another build of Lean")
                    } else if header.base < end {
                        Some("overlapping addresses")
                    } else {
                        None
                    };
                if let Some(wrong) = wrong {
                    return Err(problem(0, Problem::Parts(wrong)));
                }
            }
            parts.push(Part {
                path,
                bytes,
                header,
            });
        }
        let first = parts
            .first()
            .map(|part| (part.header.word, part.header.gmp));
        let (word, gmp) = first.unwrap_or((Word::W64, false));
        Ok(Parts { parts, word, gmp })
    }

    /// The files' headers.
    pub fn headers(&self) -> impl Iterator<Item = (&Path, &Header)> {
        self.parts
            .iter()
            .map(|part| (part.path.as_path(), &part.header))
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The root object of a part, by the part's place.
    pub fn root(&self, part: usize) -> Result<Object> {
        match self.parts.get(part) {
            Some(part) => self.object(part.header.root),
            None => Err(self.error(0, Problem::Address(0))),
        }
    }

    /// A problem at an address.
    pub fn error(&self, address: u64, problem: Problem) -> ProofError {
        let part = self.part_of(address).or(self.parts.first());
        ProofError::Olean {
            path: part.map(|part| part.path.clone()).unwrap_or_default(),
            offset: part.map_or(0, |part| address.saturating_sub(part.header.base)),
            problem,
        }
    }

    fn expected<T>(&self, at: u64, expected: &'static str, found: String) -> Result<T> {
        Err(self.error(at, Problem::Expected { expected, found }))
    }

    fn part_of(&self, address: u64) -> Option<&Part> {
        self.parts.iter().rev().find(|part| {
            let offset = address.checked_sub(part.header.base);
            offset.is_some_and(|offset| offset < part.bytes.len() as u64)
        })
    }

    /// The bytes from an address to the end of its part.
    fn rest(&self, address: u64) -> Result<&[u8]> {
        let rest = self.part_of(address).and_then(|part| {
            let offset = usize::try_from(address - part.header.base).ok()?;
            part.bytes.get(offset..)
        });
        rest.ok_or_else(|| self.error(address, Problem::Address(address)))
    }

    fn bytes(&self, address: u64, len: u64) -> Result<&[u8]> {
        let rest = self.rest(address)?;
        let wanted = usize::try_from(len).ok().and_then(|len| rest.get(..len));
        wanted.ok_or_else(|| {
            let missing = len.saturating_sub(rest.len() as u64);
            self.error(address, Problem::Truncated(missing))
        })
    }

    fn word_at(&self, address: u64) -> Result<u64> {
        let rest = self.rest(address)?;
        let word = self.word.read(rest, 0);
        word.ok_or_else(|| self.error(address, Problem::Truncated(self.word.size() as u64)))
    }

    fn size(&self) -> u64 {
        self.word.size() as u64
    }

    /// The object at an address.
    fn object(&self, address: u64) -> Result<Object> {
        let in_image = self
            .part_of(address)
            .is_some_and(|part| address - part.header.base >= Header::len(self.word) as u64);
        if !in_image || !address.is_multiple_of(self.size()) {
            return Err(self.error(address, Problem::Address(address)));
        }
        let bytes = self.bytes(address, HEADER)?;
        let header: [u8; 8] = bytes
            .first_chunk()
            .copied()
            .ok_or_else(|| self.error(address, Problem::Truncated(HEADER)))?;
        let [_, _, _, _, low, high, fields, tag] = header;
        let object = Object {
            address,
            tag,
            fields,
            size: u16::from_le_bytes([low, high]),
        };
        if tag <= MAX_CTOR {
            let needed = HEADER + u64::from(fields) * self.size();
            if u64::from(object.size) < needed {
                let found = format!("a constructor of {} bytes and {fields} fields", object.size);
                return self.expected(address, "a size that holds the fields", found);
            }
            self.bytes(address, u64::from(object.size))?;
        }
        Ok(object)
    }

    /// The value at a place of an object.
    fn value_at(&self, object: Object, place: u64) -> Result<Value> {
        let word = self.word_at(place)?;
        if word & 1 == 1 {
            return Ok(Value::Scalar(word >> 1));
        }
        if word >= object.address {
            return Err(self.error(place, Problem::Forward(word)));
        }
        Ok(Value::Object(self.object(word)?))
    }

    /// A constructor's field.
    pub fn field(&self, object: Object, index: u8) -> Result<Value> {
        if object.tag > MAX_CTOR || index >= object.fields {
            let found = format!("{} with {} fields", tag_name(object.tag), object.fields);
            return self.expected(object.address, "a constructor with more fields", found);
        }
        self.value_at(
            object,
            object.address + HEADER + u64::from(index) * self.size(),
        )
    }

    /// A byte behind a constructor's fields, by its place behind them.
    pub fn scalar_byte(&self, object: Object, place: u64) -> Result<u8> {
        let at = self.scalars(object, place, 1)?;
        Ok(self.bytes(at, 1)?.first().copied().unwrap_or_default())
    }

    /// Four bytes behind a constructor's fields.
    pub fn scalar_u32(&self, object: Object, place: u64) -> Result<u32> {
        let at = self.scalars(object, place, 4)?;
        let bytes = self.bytes(at, 4)?.first_chunk().copied();
        Ok(u32::from_le_bytes(bytes.unwrap_or_default()))
    }

    fn scalars(&self, object: Object, place: u64, len: u64) -> Result<u64> {
        let place = HEADER + u64::from(object.fields) * self.size() + place;
        if object.tag > MAX_CTOR || place + len > u64::from(object.size) {
            let found = format!("{} of {} bytes", tag_name(object.tag), object.size);
            return self.expected(object.address, "a constructor with more bytes", found);
        }
        Ok(object.address + place)
    }

    /// A constructor with so many fields.
    pub fn ctor(&self, value: Value, fields: u8, expected: &'static str) -> Result<Object> {
        let object = self.as_object(value, expected)?;
        if object.tag > MAX_CTOR || object.fields != fields {
            let found = format!("{} with {} fields", tag_name(object.tag), object.fields);
            return self.expected(object.address, expected, found);
        }
        Ok(object)
    }

    /// An object.
    pub fn as_object(&self, value: Value, expected: &'static str) -> Result<Object> {
        match value {
            Value::Object(object) => Ok(object),
            Value::Scalar(n) => self.expected(0, expected, format!("the scalar {n}")),
        }
    }

    /// A value of the wrong kind.
    pub fn unexpected<T>(&self, value: Value, expected: &'static str) -> Result<T> {
        match value {
            Value::Scalar(n) => self.expected(0, expected, format!("the scalar {n}")),
            Value::Object(o) => {
                let found = format!("{} with {} fields", tag_name(o.tag), o.fields);
                self.expected(o.address, expected, found)
            }
        }
    }

    /// An array's elements.
    pub fn array(&self, value: Value) -> Result<Vec<Value>> {
        let object = self.as_object(value, "an array")?;
        if object.tag != ARRAY {
            return self.expected(object.address, "an array", tag_name(object.tag));
        }
        let first = object.address + HEADER + 2 * self.size();
        let len = self.word_at(object.address + HEADER)?;
        let size = len.checked_mul(self.size());
        let size = size.ok_or_else(|| self.error(object.address, Problem::Truncated(u64::MAX)))?;
        self.bytes(first, size)?;
        (0..len)
            .map(|i| self.value_at(object, first + i * self.size()))
            .collect()
    }

    /// A list's elements. Lists end: each of their cells is before the last one.
    pub fn list(&self, value: Value) -> Result<Vec<Value>> {
        let mut elements = vec![];
        let mut rest = value;
        loop {
            match rest {
                Value::Scalar(0) => return Ok(elements),
                _ => {
                    let cell = self.ctor(rest, 2, "a list")?;
                    if cell.tag != 1 {
                        return self.unexpected(rest, "a list");
                    }
                    elements.push(self.field(cell, 0)?);
                    rest = self.field(cell, 1)?;
                }
            }
        }
    }

    /// A text.
    pub fn string(&self, value: Value) -> Result<&str> {
        let object = self.as_object(value, "a text")?;
        if object.tag != STRING {
            return self.expected(object.address, "a text", tag_name(object.tag));
        }
        let size = self.word_at(object.address + HEADER)?;
        let first = object.address + HEADER + 3 * self.size();
        match self.bytes(first, size)? {
            [text @ .., 0] => {
                std::str::from_utf8(text).map_err(|_| self.error(first, Problem::Utf8))
            }
            _ => self.expected(
                first,
                "a text that ends with a zero",
                "other bytes".to_owned(),
            ),
        }
    }

    /// A natural number.
    pub fn nat(&self, value: Value) -> Result<BigUint> {
        match value {
            Value::Scalar(n) => Ok(n.into()),
            Value::Object(object) if object.tag == MPZ => self.big_nat(object),
            Value::Object(object) => {
                self.expected(object.address, "a number", tag_name(object.tag))
            }
        }
    }

    /// With GMP: two 32-bit numbers, room and size (negative for a negative number), and the address of limbs of a word each. Without: the sign,
    /// the size, and the address of 32-bit digits. In both, the lowest digit is first.
    fn big_nat(&self, object: Object) -> Result<BigUint> {
        let start = object.address + HEADER;
        let word = self.size();
        let int = |at: u64| -> Result<u32> {
            let bytes = self.bytes(at, 4)?.first_chunk().copied();
            Ok(u32::from_le_bytes(bytes.unwrap_or_default()))
        };
        let (negative, len, digits, digit) = if self.gmp {
            let size = int(start + 4)?.cast_signed();
            (
                size < 0,
                u64::from(size.unsigned_abs()),
                self.word_at(start + 8)?,
                word,
            )
        } else {
            let negative = self.bytes(start, 1)?.first().is_some_and(|sign| *sign != 0);
            let (len, digits) = (self.word_at(start + word)?, self.word_at(start + 2 * word)?);
            (negative, len, digits, 4)
        };
        if negative {
            return self.expected(
                object.address,
                "a natural number",
                "a negative one".to_owned(),
            );
        }
        let len = len.saturating_mul(digit);
        if len > NUMBER_BYTES {
            let (what, limit) = ("bytes of a number", NUMBER_BYTES);
            return Err(self.error(start, Problem::TooMany { what, limit }));
        }
        Ok(BigUint::from_bytes_le(self.bytes(digits, len)?))
    }
}
