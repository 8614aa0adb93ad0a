//! Reader of the files that Lean compiles a module to.
//!
//! An `.olean` file is a header and an image of Lean's memory: objects one after another, each behind those that it points at, with addresses
//! counted from the header's base. A module of the module system has three files (`.olean`, `.olean.server`, `.olean.private`), which share
//! objects: the later ones point into the earlier ones. [`Parts`] holds them and gives out objects; nothing is trusted, and every access is checked.

mod constant;
mod data;
mod decode;
mod entries;
mod header;
mod parts;

pub use data::{Entry, Import, ModuleData};
pub use decode::Decoder;
pub use entries::{DeclarationRange, ModuleDoc, Position, Range};
pub use header::Header;
pub use parts::{Object, Parts, Value};

/// The size of an address: that of the Lean that wrote the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// Four bytes, as in Lean's WebAssembly build.
    W32,
    /// Eight bytes.
    W64,
}

impl Word {
    /// In bytes.
    pub fn size(self) -> usize {
        match self {
            Word::W32 => 4,
            Word::W64 => 8,
        }
    }

    /// The word at a place.
    pub(crate) fn read(self, bytes: &[u8], at: usize) -> Option<u64> {
        let rest = bytes.get(at..)?;
        Some(match self {
            Word::W32 => u64::from(u32::from_le_bytes(*rest.first_chunk()?)),
            Word::W64 => u64::from_le_bytes(*rest.first_chunk()?),
        })
    }
}
