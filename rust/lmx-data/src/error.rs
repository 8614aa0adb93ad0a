//! What can go wrong, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Any failure of this crate. Each message names the file, what was expected, what was found and the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A name that is not in the catalog.
    #[error("unknown data set `{name}`: expected one of {known}")]
    UnknownSet {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
    },

    /// Reading or writing failed.
    #[error("cannot {action} {}: {source}{}", path.display(), hint(source))]
    Io {
        /// A verb: `read`, `write`, `create`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// Neither `LMX_HOME` nor a home folder is known.
    #[error(
        "no folder for data sets: none of LMX_HOME, XDG_CACHE_HOME and HOME is set; set LMX_HOME to a folder with some 60 MB free"
    )]
    NoHome,

    /// The set is not on this machine.
    #[error("data set `{set}` is not here: {} does not exist; run `lmx-rs data get {set}`", file.display())]
    Missing {
        /// The set.
        set: String,
        /// The first file that is missing.
        file: PathBuf,
    },

    /// The first four bytes are not those of the idx file that was expected.
    #[error("{}: not {what}: expected magic number {expected:#010x} (unsigned bytes, {} dimensions), found {found:#010x}{}; check that the file is the right one, or get the set again",
        file.display(), expected & 0xff, describe_magic(*found))]
    Magic {
        /// The file.
        file: PathBuf,
        /// `an idx image file`, `an idx label file`
        what: &'static str,
        /// The magic number of such a file.
        expected: u32,
        /// The file's first four bytes, big-endian.
        found: u32,
    },

    /// The file ends before the data its header declares.
    #[error("{}: truncated: the header asks for {expected} bytes in all, found {found}; the file is half-written, get the set again", file.display())]
    Truncated {
        /// The file.
        file: PathBuf,
        /// Bytes (uncompressed) that the header declares, or the header's own size if that is cut.
        expected: u64,
        /// Bytes (uncompressed) there are.
        found: u64,
    },

    /// The file goes on after the data its header declares.
    #[error("{}: trailing bytes: the header {header} makes {expected} bytes, found more; the file is damaged or is not idx, get the set again", file.display())]
    Trailing {
        /// The file.
        file: PathBuf,
        /// The dimensions in the header.
        header: String,
        /// Bytes (uncompressed) that the header declares.
        expected: u64,
    },

    /// The header declares more than this reader takes.
    #[error("{}: dimensions {dims} are absurd: expected at most {limit} bytes of data; the header is damaged, get the set again", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The dimensions in the header.
        dims: String,
        /// The limit.
        limit: u64,
    },

    /// A dimension is zero.
    #[error("{}: dimensions {dims} hold no data: expected each to be at least 1; get the set again", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
        /// The dimensions in the header.
        dims: String,
    },

    /// The gzip stream is damaged.
    #[error("{}: damaged gzip data: {source}; delete the file and get the set again", file.display())]
    Gzip {
        /// The file.
        file: PathBuf,
        /// The decoder's reason.
        source: io::Error,
    },

    /// Images and labels do not pair up.
    #[error("{}: {images} images, but {}: {labels} labels: expected the same number; the two files are not of one set", images_file.display(), labels_file.display())]
    CountMismatch {
        /// The image file.
        images_file: PathBuf,
        /// Its images.
        images: usize,
        /// The label file.
        labels_file: PathBuf,
        /// Its labels.
        labels: usize,
    },

    /// A label that is no class.
    #[error("{}: label {label} of example {index} (counted from 0) is out of range: expected 0 to {}; the file is damaged or of another set", file.display(), classes.saturating_sub(1))]
    Label {
        /// The file.
        file: PathBuf,
        /// Which example.
        index: usize,
        /// Its label.
        label: u32,
        /// How many classes there are.
        classes: u64,
    },

    /// Images of another size than the set's.
    #[error("{}: images are {found:?}: expected {expected:?} (height, width, channels); the file is of another set", file.display())]
    ImageDims {
        /// The file.
        file: PathBuf,
        /// The set's dimensions.
        expected: Vec<u64>,
        /// The file's.
        found: Vec<u64>,
    },

    /// The bytes are not the published ones.
    #[error("{}: wrong checksum: expected sha256 {expected}, found {found}; the file is damaged or another version, {next}", file.display())]
    Checksum {
        /// The file.
        file: PathBuf,
        /// The pinned sha256 of the uncompressed file.
        expected: String,
        /// The file's.
        found: String,
        /// What to do.
        next: &'static str,
    },

    /// The embedded CSV does not parse. Cannot happen with the bytes whose checksum is pinned.
    #[error("{}: line {line}: expected {expected}, found `{found}`", file.display())]
    Csv {
        /// The file.
        file: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: String,
    },

    /// No source had the set.
    #[error(
        "cannot get data set `{set}`; tried:\n{}\nPut these files (raw, or gzipped as NAME.gz) into a folder DIR and run `lmx-rs data get {set} --from DIR`:\n{}",
        bullets(tried),
        indent(files)
    )]
    AllSourcesFailed {
        /// The set.
        set: String,
        /// Each source with the reason why it failed.
        tried: Vec<(String, String)>,
        /// The files that make the set.
        files: Vec<String>,
    },

    /// Batches that cannot be made.
    #[error("batch size {batch}: expected 1 to {limit} ({what}); choose one in this range")]
    BatchSize {
        /// The batch size asked for.
        batch: usize,
        /// The largest possible.
        limit: usize,
        /// Where the limit comes from.
        what: &'static str,
    },

    /// A resumed position after the epoch's end.
    #[error(
        "batch {index} of an epoch: expected 0 to {len}; the run was saved with another batch size or another data set"
    )]
    BatchIndex {
        /// The batch asked for.
        index: usize,
        /// Batches in an epoch.
        len: usize,
    },

    /// An image file that cannot be decoded.
    #[error("{}: cannot decode the image: {reason}; expected a PNG, JPEG or BMP file of at most {limit}×{limit} pixels", file.display())]
    Picture {
        /// The file.
        file: PathBuf,
        /// The decoder's reason.
        reason: String,
        /// Largest width and height.
        limit: u32,
    },

    /// An image for a network whose input is no grayscale image.
    #[error(
        "a network input of shape {found:?} is no image that files can be decoded to: expected [height, width, 1], each 1 to {limit}"
    )]
    PictureDims {
        /// The shape.
        found: Vec<u64>,
        /// Largest width and height.
        limit: u32,
    },

    /// No thread could be started.
    #[error("cannot start the thread that prepares batches: {0}")]
    Thread(io::Error),
}

impl DataError {
    /// An [`DataError::Io`] maker for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DataError {
        let path = path.to_path_buf();
        move |source| DataError::Io {
            action,
            path,
            source,
        }
    }
}

fn hint(e: &io::Error) -> &'static str {
    match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some space, or set LMX_HOME to a folder on another disk, and run the command again: it resumes"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; set LMX_HOME to a folder that you may write"
        }
        _ => "",
    }
}

fn describe_magic(found: u32) -> &'static str {
    match found {
        0x0000_0801 => " (an idx label file)",
        0x0000_0803 => " (an idx image file)",
        _ if found >> 16 == 0x1f8b => " (a gzip file inside a gzip file)",
        _ => "",
    }
}

fn bullets(tried: &[(String, String)]) -> String {
    let lines: Vec<_> = tried
        .iter()
        .map(|(source, why)| format!("  - {source}: {why}"))
        .collect();
    lines.join("\n")
}

fn indent(files: &[String]) -> String {
    let lines: Vec<_> = files.iter().map(|f| format!("  {f}")).collect();
    lines.join("\n")
}
