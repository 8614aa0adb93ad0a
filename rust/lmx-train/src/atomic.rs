//! Files that are whole or not there.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::TrainError;

/// Writes a file by way of a temporary one in the same folder, which is on the disk before it takes the name. After an error, the
/// file that was there before is as it was.
///
/// # Errors
/// [`TrainError::Write`].
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    replace(path, |file| file.write_all(bytes)).map_err(TrainError::writing(path))
}

fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".lmx-")
        .suffix(".tmp")
        .permissions_if_unix()
        .tempfile_in(folder)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    persist(file, path)?;
    // The name, too, is on the disk only once its folder is.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map(drop).map_err(|error| error.error)
}

trait Permissions {
    fn permissions_if_unix(&mut self) -> &mut Self;
}

impl Permissions for tempfile::Builder<'_, '_> {
    /// What the user's mask allows, as for any file, and not the temporary file's own "owner alone".
    fn permissions_if_unix(&mut self) -> &mut Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            self.permissions(std::fs::Permissions::from_mode(0o666));
        }
        self
    }
}

/// Gives a file a second name, atomically, in place of what had it.
///
/// # Errors
/// [`TrainError::Write`].
pub(crate) fn copy_atomically(from: &Path, to: &Path) -> Result<(), TrainError> {
    let copy = || {
        let mut source = File::open(from)?;
        replace(to, |file| io::copy(&mut source, file).map(drop))
    };
    copy().map_err(TrainError::writing(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        copy_atomically(&path, &dir.path().join("copy")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read(dir.path().join("copy")).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write_atomically(&path, b"one").unwrap();
        let error = replace(&path, |file| {
            file.write_all(b"tw")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_full_disk_says_what_to_do() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = TrainError::writing(Path::new("x/checkpoint.safetensors"))(full);
        let text = error.to_string();
        assert!(text.contains("x/checkpoint.safetensors"), "{text}");
        assert!(error.help().is_some_and(|h| h.contains("free some space")));
    }
}
