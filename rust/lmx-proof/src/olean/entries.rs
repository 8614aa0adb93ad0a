//! What two of Lean's environment extensions keep with a module: docstrings and places in the source.

use super::{Decoder, ModuleData, Value};
use crate::error::Result;
use crate::store::{NameId, Store};

/// A place in a source file, as Lean counts: lines from 1, columns in characters from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// A stretch of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// Its first character.
    pub start: Position,
    /// What follows its last character.
    pub end: Position,
}

/// Where a declaration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeclarationRange {
    /// All of it, from docstring or keyword to the end.
    pub whole: Range,
    /// Its name.
    pub selection: Range,
}

/// A module docstring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleDoc {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub range: Range,
}

const DOC_STRINGS: &str = "Lean.docStringExt";
const RANGES: &str = "Lean.declRangeExt";
/// The last components of a private name; the first ones name the module that has it.
const MODULE_DOCS: &str = "Lean.moduleDocExt";

impl ModuleData {
    /// The values that an extension keeps, by the extension's name, or by the end of it where the name is private.
    fn kept(&self, decoder: &Decoder, store: &Store, extension: &str) -> Result<Vec<Value>> {
        let mut values = vec![];
        for entry in &self.entries {
            let name = store.name_text(entry.extension);
            let name = match name.strip_prefix("_private.") {
                Some(private) => private.split_once(".0.").map_or("", |(_, name)| name),
                None => &name,
            };
            if name == extension {
                values.extend(decoder.parts.array(entry.values)?);
            }
        }
        Ok(values)
    }

    /// The docstrings of declarations.
    pub fn doc_strings(
        &self,
        decoder: &mut Decoder,
        store: &mut Store,
    ) -> Result<Vec<(NameId, String)>> {
        let kept = self.kept(decoder, store, DOC_STRINGS)?.into_iter();
        let doc = |value| {
            let pair = decoder.parts.ctor(value, 2, "a name and its docstring")?;
            let name = decoder.parts.field(pair, 0)?;
            let text = decoder.parts.field(pair, 1)?;
            Ok((
                decoder.name(store, name)?,
                decoder.parts.string(text)?.to_owned(),
            ))
        };
        kept.map(doc).collect()
    }

    /// Where declarations stand.
    pub fn ranges(
        &self,
        decoder: &mut Decoder,
        store: &mut Store,
    ) -> Result<Vec<(NameId, DeclarationRange)>> {
        let kept = self.kept(decoder, store, RANGES)?.into_iter();
        let range = |value| {
            let pair = decoder.parts.ctor(value, 2, "a name and its ranges")?;
            let name = decoder.parts.field(pair, 0)?;
            let ranges = decoder
                .parts
                .ctor(decoder.parts.field(pair, 1)?, 2, "two ranges")?;
            let whole = decoder.range(decoder.parts.field(ranges, 0)?)?;
            let selection = decoder.range(decoder.parts.field(ranges, 1)?)?;
            Ok((
                decoder.name(store, name)?,
                DeclarationRange { whole, selection },
            ))
        };
        kept.map(range).collect()
    }

    /// The module's own docstrings, in order.
    pub fn module_docs(&self, decoder: &Decoder, store: &Store) -> Result<Vec<ModuleDoc>> {
        let kept = self.kept(decoder, store, MODULE_DOCS)?.into_iter();
        let doc = |value| {
            let doc = decoder.parts.ctor(value, 2, "a module docstring")?;
            let text = decoder.parts.string(decoder.parts.field(doc, 0)?)?;
            Ok(ModuleDoc {
                text: text.to_owned(),
                range: decoder.range(decoder.parts.field(doc, 1)?)?,
            })
        };
        kept.map(doc).collect()
    }
}

impl Decoder {
    /// Start and end, each followed by the column in UTF-16, which is left out.
    fn range(&self, value: Value) -> Result<Range> {
        let range = self.parts.ctor(value, 4, "a range")?;
        let position = |index| {
            let value = self.parts.field(range, index)?;
            let position = self.parts.ctor(value, 2, "a position")?;
            let number = |index| self.u32(self.parts.field(position, index)?, "as a position");
            Ok(Position {
                line: number(0)?,
                column: number(1)?,
            })
        };
        Ok(Range {
            start: position(0)?,
            end: position(2)?,
        })
    }
}
