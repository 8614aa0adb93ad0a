//! `Lean.ModuleData`: what a part of a module says.

use super::{Decoder, Value};
use crate::error::Result;
use crate::store::{NameId, Store};

/// An imported module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its name.
    pub module: NameId,
    /// Whether its private parts are imported.
    pub all: bool,
    /// Whether those who import this module see it.
    pub exported: bool,
    /// Whether it is imported for what runs while Lean elaborates.
    pub meta: bool,
}

/// What an environment extension keeps with a module.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The extension.
    pub extension: NameId,
    /// An array.
    pub values: Value,
}

/// A part of a module.
#[derive(Clone, Debug)]
pub struct ModuleData {
    /// Whether it takes part in the module system.
    pub is_module: bool,
    /// The modules that it imports.
    pub imports: Vec<Import>,
    /// The names of the declarations.
    pub names: Vec<NameId>,
    /// The declarations, in the same order, to be decoded.
    pub constants: Vec<Value>,
    /// What the extensions keep.
    pub entries: Vec<Entry>,
}

impl ModuleData {
    /// Reads a part.
    pub fn read(decoder: &mut Decoder, store: &mut Store, part: usize) -> Result<ModuleData> {
        const WHAT: &str = "a module's data";
        let root = Value::Object(decoder.parts.root(part)?);
        let root = decoder.parts.ctor(root, 5, WHAT)?;
        if root.tag != 0 {
            return decoder.parts.unexpected(Value::Object(root), WHAT);
        }
        let array = |decoder: &Decoder, i| decoder.parts.array(decoder.parts.field(root, i)?);
        let imports = array(decoder, 0)?.into_iter().map(|value| {
            let import = decoder.parts.ctor(value, 1, "an import")?;
            let flag = |i| Ok(decoder.parts.scalar_byte(import, i)? != 0);
            let (all, exported, meta) = (flag(0)?, flag(1)?, flag(2)?);
            let module = decoder.parts.field(import, 0)?;
            Ok(Import {
                module: decoder.name(store, module)?,
                all,
                exported,
                meta,
            })
        });
        let imports = imports.collect::<Result<_>>()?;
        let names = array(decoder, 1)?.into_iter();
        let names = names.map(|value| decoder.name(store, value));
        let names: Vec<NameId> = names.collect::<Result<_>>()?;
        let constants = array(decoder, 2)?;
        if constants.len() != names.len() {
            return decoder
                .parts
                .unexpected(Value::Object(root), "as many names as declarations");
        }
        let entries = array(decoder, 4)?.into_iter().map(|value| {
            let pair = decoder.parts.ctor(value, 2, "a pair")?;
            let extension = decoder.parts.field(pair, 0)?;
            Ok(Entry {
                extension: decoder.name(store, extension)?,
                values: decoder.parts.field(pair, 1)?,
            })
        });
        let entries = entries.collect::<Result<_>>()?;
        Ok(ModuleData {
            is_module: decoder.parts.scalar_byte(root, 0)? != 0,
            imports,
            names,
            constants,
            entries,
        })
    }
}
