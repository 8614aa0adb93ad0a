//! The header of an `.olean` file.

use super::Word;
use crate::error::Problem;

/// What a file begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whether big numbers are stored as GMP has them.
    pub gmp: bool,
    /// Lean's version, such as `4.28.0`.
    pub lean_version: String,
    /// The commit that Lean was built from.
    pub githash: String,
    /// The address that the file's first byte has in the addresses that it holds.
    pub base: u64,
    /// The address of the module's data.
    pub root: u64,
    /// The size of an address.
    pub word: Word,
}

/// Where the base address stands.
const BASE: usize = 80;

impl Header {
    /// Reads it. The word size is not stored: of a module's first file it is the one with which the addresses make sense, a base of which the
    /// lowest 16 bits are zero, and a root inside the file. A later file has that of the first, and its root may lie in an earlier one.
    pub fn read(bytes: &[u8], known: Option<Word>) -> Result<Header, (usize, Problem)> {
        let field = |at: usize, len: usize| {
            let end = at + len;
            let missing = end.saturating_sub(bytes.len()) as u64;
            bytes
                .get(at..end)
                .ok_or((bytes.len(), Problem::Truncated(missing)))
        };
        if field(0, 5)? != b"olean" {
            return Err((0, Problem::Magic));
        }
        let text = |at, len| {
            let bytes = field(at, len)?.split(|c| *c == 0).next();
            Ok(String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned())
        };
        let (version, flags) = match field(5, 2)? {
            [version, flags] => (*version, *flags),
            _ => return Err((5, Problem::Truncated(2))),
        };
        if version != 2 {
            return Err((5, Problem::Version(version)));
        }
        let (lean_version, githash) = (text(7, 33)?, text(40, 40)?);
        field(BASE, 2 * Word::W32.size())?;
        // 64 bits first: the upper half of such a root would have to be a 32-bit object's header.
        for word in [Word::W64, Word::W32] {
            let (Some(base), Some(root)) =
                (word.read(bytes, BASE), word.read(bytes, BASE + word.size()))
            else {
                continue;
            };
            let first = base.saturating_add(Header::len(word) as u64);
            let end = base.saturating_add(bytes.len() as u64);
            let fits = match known {
                Some(known) => known == word,
                None => first <= root && root < end,
            };
            if fits && base % (1 << 16) == 0 {
                return Ok(Header {
                    gmp: flags & 1 == 1,
                    lean_version,
                    githash,
                    base,
                    root,
                    word,
                });
            }
        }
        Err((BASE, Problem::Layout))
    }

    /// How many bytes it takes, the root's address included.
    pub fn len(word: Word) -> usize {
        BASE + 2 * word.size()
    }
}
