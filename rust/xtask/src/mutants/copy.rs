//! Copies of the Lean sources, in a folder that goes when the run ends.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, io};
use crate::lean;
use crate::lean::store::remove;
use crate::mutants::table::Mutant;
use crate::place::Place;
use crate::setup::install;

/// What a control adds to each file.
const COMMENT: &str = "\n-- The control of the mutants: a comment changes nothing.\n";

/// The folder of a run. It is removed at the end and on Ctrl-C; what a killed run left is removed by the next.
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes it, empty. A second run on the same checkout waits for the first.
    pub fn make(place: &Place) -> Result<Folder> {
        let own = lean::work_folder(place, "mutants")?;
        let lock = install::lock(&own.join("lock"))?;
        let path = own.join("run");
        remove(&path)?;
        fs::create_dir_all(&path).map_err(io("create", &path))?;
        let at_stop = path.clone();
        ctrlc::set_handler(move || {
            // Whatever cannot be removed now is removed by the next run.
            let _ = remove(&at_stop);
            std::process::exit(130);
        })
        .map_err(|e| Error::Check(format!("cannot handle Ctrl-C: {e}")))?;
        Ok(Folder { path, _lock: lock })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(e) = remove(&self.path) {
            eprintln!("mutants: {e}");
        }
    }
}

/// A copy of `lean/`.
pub struct Copy {
    /// Where it is.
    pub folder: PathBuf,
    /// Where the sources are.
    from: PathBuf,
}

impl Copy {
    /// Copies everything, what Lake built included.
    pub fn make(place: &Place, folder: PathBuf) -> Result<Copy> {
        let from = place.root.join("lean");
        copy_all(&from, &folder)?;
        Ok(Copy { folder, from })
    }

    /// Calls `act` with the error in place, and takes it out again.
    pub fn with_error<T>(&self, mutant: &Mutant, act: impl FnOnce() -> Result<T>) -> Result<T> {
        let text = self.original(&mutant.file)?;
        self.write(&mutant.file, &mutant.apply(&text)?)?;
        let result = act();
        self.write(&mutant.file, &text)?;
        result
    }

    /// Calls `act` with a comment at the end of each file that the mutants change.
    pub fn with_comments<T>(
        &self,
        mutants: &[Mutant],
        act: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        for m in mutants {
            self.write(&m.file, &(self.original(&m.file)? + COMMENT))?;
        }
        let result = act();
        for m in mutants {
            self.write(&m.file, &self.original(&m.file)?)?;
        }
        result
    }

    /// The text of a file as it is in the copy.
    pub fn text(&self, file: &Path) -> Result<String> {
        let path = self.folder.join(file);
        fs::read_to_string(&path).map_err(io("read", &path))
    }

    fn original(&self, file: &Path) -> Result<String> {
        let path = self.from.join(file);
        fs::read_to_string(&path).map_err(io("read", &path))
    }

    fn write(&self, file: &Path, text: &str) -> Result<()> {
        let path = self.folder.join(file);
        fs::write(&path, text).map_err(io("write", &path))
    }
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(io("create", to))?;
    for entry in fs::read_dir(from).map_err(io("list", from))? {
        let entry = entry.map_err(io("list", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(io("look at", &source))?;
        if kind.is_dir() {
            copy_all(&source, &target)?;
        } else if kind.is_file() {
            fs::copy(&source, &target).map_err(io("copy", &source))?;
            // Lake goes by the time of a file.
            if let Ok(time) = entry.metadata().and_then(|m| m.modified()) {
                let file = File::options().append(true).open(&target);
                let _ = file.and_then(|f| f.set_modified(time));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_or_comments_are_in_place_only_while_they_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let (root, home) = (folder.path().join("root"), folder.path().join("home"));
        fs::create_dir_all(root.join("lean/A")).unwrap();
        fs::write(root.join("lean/A/B.lean"), "x := a + b").unwrap();
        let place = Place { root, home };
        let copy = Copy::make(&place, folder.path().join("copy")).unwrap();
        let file = PathBuf::from("A/B.lean");
        let mutant = Mutant {
            name: "m".into(),
            error: "E.".into(),
            file: file.clone(),
            old: "a + b".into(),
            new: "a - b".into(),
            module: "T".into(),
            theorem: "t".into(),
        };
        let text = || copy.text(&file);
        assert_eq!(copy.with_error(&mutant, text).unwrap(), "x := a - b");
        assert_eq!(text().unwrap(), "x := a + b");
        let twice = [mutant.clone(), mutant];
        assert_eq!(
            copy.with_comments(&twice, text).unwrap(),
            format!("x := a + b{COMMENT}")
        );
        assert_eq!(text().unwrap(), "x := a + b");
        let original = place.root.join("lean/A/B.lean");
        assert_eq!(fs::read_to_string(original).unwrap(), "x := a + b");
    }
}
