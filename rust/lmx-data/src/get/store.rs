//! The files of a set on this machine: which are there, how one is accepted, how all are installed at once.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Event;
use crate::catalog::{FileInfo, IdxFiles};
use crate::digits::hex;
use crate::error::DataError;
use crate::idx;

/// Why a source gave nothing.
#[derive(Debug)]
pub(super) enum Fault {
    /// The source's fault: the next one may do better.
    Source(String),
    /// This machine's: every other source would fail alike.
    Local(DataError),
}

impl From<DataError> for Fault {
    fn from(error: DataError) -> Fault {
        Fault::Local(error)
    }
}

/// The right to change a set, held until dropped.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(
        data: &Path,
        set: &str,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<Lock, DataError> {
        let path = data.join(format!(".{set}.lock"));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(DataError::io("create", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                report(Event::Line(&format!(
                    "{set}: another process fetches it, waiting"
                )));
                file.lock().map_err(DataError::io("lock", &path))?;
            }
            Err(TryLockError::Error(e)) => return Err(DataError::io("lock", &path)(e)),
        }
        Ok(Lock { _file: file })
    }
}

/// The state of a set's files. Only the holder of the [`Lock`] has one.
pub(super) struct Store {
    installed: PathBuf,
    staging: PathBuf,
    scratch: PathBuf,
    missing: Vec<FileInfo>,
}

impl Store {
    /// Looks at what is there, by checksum.
    pub(super) fn open(data: &Path, set: &str, files: &IdxFiles) -> Result<Store, DataError> {
        let mut store = Store {
            installed: data.join(set),
            staging: data.join(format!(".{set}.staging")),
            scratch: data.join(format!(".{set}.scratch")),
            missing: Vec::new(),
        };
        for file in files.all() {
            if !is_whole(&store.installed.join(file.name), file)?
                && !is_whole(&store.staging.join(file.name), file)?
            {
                store.missing.push(*file);
            }
        }
        Ok(store)
    }

    /// The files that no source gave yet.
    pub(super) fn missing(&self) -> &[FileInfo] {
        &self.missing
    }

    /// The path of an unfinished download, which outlives this process.
    pub(super) fn part(&self, name: &str) -> Result<PathBuf, DataError> {
        self.make_staging()?;
        Ok(self.staging.join(format!("{name}.part")))
    }

    /// A fresh empty folder, removed when the guard goes.
    pub(super) fn scratch(&self) -> Result<Scratch, DataError> {
        let scratch = Scratch {
            path: self.scratch.clone(),
        };
        scratch.clear()?;
        fs::create_dir_all(&scratch.path).map_err(DataError::io("create", &scratch.path))?;
        Ok(scratch)
    }

    fn make_staging(&self) -> Result<(), DataError> {
        fs::create_dir_all(&self.staging).map_err(DataError::io("create", &self.staging))
    }

    /// Takes a file, raw or gzipped, if its uncompressed content is the published one. `from` names it in messages.
    pub(super) fn accept(
        &mut self,
        reader: impl Read,
        file: &FileInfo,
        from: &str,
    ) -> Result<(), Fault> {
        self.make_staging()?;
        let unchecked = self.staging.join(format!("{}.unchecked", file.name));
        let outcome = copy_checked(reader, file, &unchecked, from);
        if outcome.is_err() {
            // It may never have been created; what is left is removed at the next run too.
            let _ = fs::remove_file(&unchecked);
        }
        outcome?;
        let staged = self.staging.join(file.name);
        fs::rename(&unchecked, &staged).map_err(DataError::io("rename", &unchecked))?;
        self.missing.retain(|f| f.name != file.name);
        Ok(())
    }

    /// Moves what was staged to where the set is read. All four files at once where none was there.
    pub(super) fn install(&self) -> Result<PathBuf, DataError> {
        if self.staging.exists() {
            let entries =
                fs::read_dir(&self.staging).map_err(DataError::io("read", &self.staging))?;
            let mut staged = Vec::new();
            for entry in entries {
                let path = entry.map_err(DataError::io("read", &self.staging))?.path();
                if path
                    .extension()
                    .is_some_and(|e| e == "part" || e == "unchecked")
                {
                    fs::remove_file(&path).map_err(DataError::io("remove", &path))?;
                } else if let Some(name) = path.file_name() {
                    staged.push((self.installed.join(name), path));
                }
            }
            if self.installed.exists() {
                for (to, from) in staged {
                    fs::rename(&from, &to).map_err(DataError::io("rename", &from))?;
                }
                fs::remove_dir(&self.staging).map_err(DataError::io("remove", &self.staging))?;
            } else {
                fs::rename(&self.staging, &self.installed)
                    .map_err(DataError::io("rename", &self.staging))?;
            }
            // Folders cannot be synchronised everywhere; the files themselves were.
            if let Some(Ok(folder)) = self.installed.parent().map(File::open) {
                let _ = folder.sync_all();
            }
        }
        Ok(self.installed.clone())
    }
}

/// A folder for a package client's files.
pub(super) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn clear(&self) -> Result<(), DataError> {
        match fs::remove_dir_all(&self.path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(DataError::io("remove", &self.path)(e))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is removed by the next `scratch`.
        let _ = self.clear();
    }
}

fn is_whole(path: &Path, file: &FileInfo) -> Result<bool, DataError> {
    let reader = match File::open(path) {
        Ok(reader) => reader,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(DataError::io("open", path)(e)),
    };
    let len = reader
        .metadata()
        .map_err(DataError::io("read", path))?
        .len();
    if len != file.len {
        return Ok(false);
    }
    let mut hash = Sha256::new();
    io::copy(&mut reader.take(file.len), &mut hash).map_err(DataError::io("read", path))?;
    Ok(hex(&hash.finalize()) == file.sha256)
}

fn copy_checked(reader: impl Read, file: &FileInfo, to: &Path, from: &str) -> Result<(), Fault> {
    let unreadable = |e: io::Error| Fault::Source(format!("{from}: {e}"));
    let (mut reader, _) = idx::decompressed(reader).map_err(unreadable)?;
    let mut out = File::create(to).map_err(DataError::io("create", to))?;
    let mut hash = Sha256::new();
    let mut len = 0u64;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = match reader.read(&mut buffer) {
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(unreadable(e)),
        };
        let Some(chunk @ [_, ..]) = buffer.get(..n) else {
            break;
        };
        len = len.saturating_add(n as u64);
        if len > file.len {
            return Err(Fault::Source(format!(
                "{from}: expected {} bytes uncompressed, found more; not kept",
                file.len
            )));
        }
        hash.update(chunk);
        out.write_all(chunk).map_err(DataError::io("write", to))?;
    }
    let found = hex(&hash.finalize());
    if found != file.sha256 {
        return Err(Fault::Source(format!(
            "{from}: wrong checksum: expected sha256 {} of {} bytes uncompressed, found {found} of {len}; not kept",
            file.sha256, file.len
        )));
    }
    // The content must be on disk before the name is.
    out.sync_all().map_err(DataError::io("write", to))?;
    Ok(())
}
