//! The idx format of MNIST's files, raw or gzipped (recognised by content, not by name).
//!
//! A file is a big-endian magic number (two zero bytes, the element type, the number of dimensions), a big-endian
//! `u32` for each dimension, and the elements. Only unsigned bytes (type 8) in one dimension (labels) or three
//! (images) are read. The reader is strict: nothing missing, nothing after the end, no dimension zero, at most [`MAX_BYTES`] of data, and it
//! never reserves memory on the word of a header.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::DataError;

/// The most data a file may declare: 1 GiB.
pub const MAX_BYTES: u64 = 1 << 30;

const LABELS_MAGIC: u32 = 0x0000_0801;
const IMAGES_MAGIC: u32 = 0x0000_0803;

/// Grayscale images, one byte a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// How many.
    pub count: usize,
    /// Height of each.
    pub rows: usize,
    /// Width of each.
    pub columns: usize,
    /// `count × rows × columns` pixels, row-major.
    pub pixels: Vec<u8>,
}

/// Reads an image file.
///
/// # Errors
/// [`DataError::Io`], and whatever [`parse_images`] refuses.
pub fn read_images(path: &Path) -> Result<Images, DataError> {
    parse_images(open(path)?, path)
}

/// Reads a label file.
///
/// # Errors
/// [`DataError::Io`], and whatever [`parse_labels`] refuses.
pub fn read_labels(path: &Path, classes: u64) -> Result<Vec<u8>, DataError> {
    parse_labels(open(path)?, path, classes)
}

/// Parses an image file; `file` is its name in messages.
///
/// # Errors
/// [`DataError::Magic`], [`DataError::Truncated`], [`DataError::Trailing`], [`DataError::TooLarge`], [`DataError::Empty`],
/// [`DataError::Gzip`]; [`DataError::Io`] if the reader fails.
pub fn parse_images(reader: impl Read, file: &Path) -> Result<Images, DataError> {
    let ([count, rows, columns], pixels) = parse(reader, file, "an idx image file", IMAGES_MAGIC)?;
    Ok(Images {
        count,
        rows,
        columns,
        pixels,
    })
}

/// Parses a label file; `file` is its name in messages. Each label is below `classes`.
///
/// # Errors
/// Those of [`parse_images`], and [`DataError::Label`].
pub fn parse_labels(reader: impl Read, file: &Path, classes: u64) -> Result<Vec<u8>, DataError> {
    let ([_], labels) = parse(reader, file, "an idx label file", LABELS_MAGIC)?;
    match labels.iter().position(|&l| u64::from(l) >= classes) {
        None => Ok(labels),
        Some(index) => {
            let label = labels.get(index).copied().map_or(0, u32::from);
            Err(DataError::Label {
                file: file.to_path_buf(),
                index,
                label,
                classes,
            })
        }
    }
}

fn open(path: &Path) -> Result<File, DataError> {
    File::open(path).map_err(DataError::io("open", path))
}

/// A reader of the uncompressed bytes, and whether they were compressed.
pub(crate) fn decompressed<'a>(reader: impl Read + 'a) -> io::Result<(Box<dyn Read + 'a>, bool)> {
    use io::BufRead;
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    let gzip = reader.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if gzip {
        (Box::new(MultiGzDecoder::new(reader)), true)
    } else {
        (Box::new(reader), false)
    })
}

fn parse<const RANK: usize>(
    reader: impl Read,
    file: &Path,
    what: &'static str,
    magic: u32,
) -> Result<([usize; RANK], Vec<u8>), DataError> {
    let (mut reader, gzip) = decompressed(reader).map_err(DataError::io("read", file))?;
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
            if gzip =>
        {
            DataError::Gzip {
                file: file.to_path_buf(),
                source,
            }
        }
        _ => DataError::Io {
            action: "read",
            path: file.to_path_buf(),
            source,
        },
    };

    let header_len = 4 + 4 * RANK as u64;
    let mut header = Vec::new();
    reader
        .by_ref()
        .take(header_len)
        .read_to_end(&mut header)
        .map_err(failed)?;
    let (words, _) = header.as_chunks::<4>();
    let mut words = words.iter().map(|w| u32::from_be_bytes(*w));
    // The magic number is reported before a short header: a file that is no idx file at all is the likelier fault.
    if let Some(found) = words.next()
        && found != magic
    {
        return Err(DataError::Magic {
            file: file.to_path_buf(),
            what,
            expected: magic,
            found,
        });
    }
    let found = header.len() as u64;
    if found < header_len {
        return Err(DataError::Truncated {
            file: file.to_path_buf(),
            expected: header_len,
            found,
        });
    }

    let dims: Vec<u32> = words.collect();
    let shown = || {
        dims.iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join("×")
    };
    if dims.contains(&0) {
        return Err(DataError::Empty {
            file: file.to_path_buf(),
            dims: shown(),
        });
    }
    let too_large = || DataError::TooLarge {
        file: file.to_path_buf(),
        dims: shown(),
        limit: MAX_BYTES,
    };
    let len = dims
        .iter()
        .try_fold(1u64, |n, &d| n.checked_mul(d.into()))
        .filter(|&n| n <= MAX_BYTES)
        .ok_or_else(too_large)?;
    let mut sizes = [0usize; RANK];
    for (size, &d) in sizes.iter_mut().zip(&dims) {
        *size = usize::try_from(d).map_err(|_| too_large())?;
    }

    let mut data = Vec::new();
    reader
        .by_ref()
        .take(len + 1)
        .read_to_end(&mut data)
        .map_err(failed)?;
    let found = data.len() as u64;
    if found < len {
        return Err(DataError::Truncated {
            file: file.to_path_buf(),
            expected: header_len + len,
            found: header_len + found,
        });
    }
    if found > len {
        return Err(DataError::Trailing {
            file: file.to_path_buf(),
            header: shown(),
            expected: header_len + len,
        });
    }
    Ok((sizes, data))
}
