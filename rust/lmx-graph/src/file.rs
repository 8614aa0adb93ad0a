//! Reading a file of bounded size.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system's reason.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A folder, a device, a pipe.
    #[error("{}: expected a regular file, found {found}", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// Over the limit.
    #[error("{}: expected at most {limit} bytes, found {found}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit, in bytes.
        limit: u64,
        /// The size found, in bytes.
        found: u64,
    },
}

/// The bytes of a regular file of at most `limit` bytes. A larger one is refused by its size, without reading it.
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let io = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    let too_large = |found| ReadError::TooLarge {
        path: path.to_owned(),
        limit,
        found,
    };
    let meta = fs::metadata(path).map_err(io)?;
    if !meta.is_file() {
        let found = if meta.is_dir() {
            "a folder"
        } else {
            "a device or a pipe"
        };
        return Err(ReadError::NotAFile {
            path: path.to_owned(),
            found,
        });
    }
    if meta.len() > limit {
        return Err(too_large(meta.len()));
    }
    // The file may grow between the two calls.
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0).saturating_add(1));
    let file = File::open(path).map_err(io)?;
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(io)?;
    match bytes.len() as u64 {
        found if found > limit => Err(too_large(found)),
        _ => Ok(bytes),
    }
}
