//! Results of checked modules, kept by content key, and the output folder that Lean reads them from.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::{Result, io};
use crate::lean::modules::Module;

/// Entries that no run has used for this long are removed.
const KEEP: Duration = Duration::from_secs(30 * 24 * 3600);

/// The cache folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in this folder.
    pub fn open(folder: PathBuf) -> Result<Store> {
        fs::create_dir_all(&folder).map_err(io("create", &folder))?;
        Ok(Store { folder })
    }

    /// The folder of a clean result, if there is one: `module.olean…`, and `export/` for what the exporter wrote.
    pub fn get(&self, module: &Module) -> Option<PathBuf> {
        let entry = self.entry(module);
        entry.join("module.olean").is_file().then_some(entry)
    }

    /// An empty folder to write a result into.
    pub fn draft(&self, module: &Module) -> Result<PathBuf> {
        let draft = self
            .folder
            .join(format!("draft-{}-{}", std::process::id(), module.key));
        remove(&draft)?;
        let export = draft.join("export");
        fs::create_dir_all(&export).map_err(io("create", &export))?;
        Ok(draft)
    }

    /// Keeps a draft as the clean result of the module. If another process was faster, its result stays.
    pub fn keep(&self, module: &Module, draft: &Path) -> Result<PathBuf> {
        let entry = self.entry(module);
        if let Some(parent) = entry.parent() {
            fs::create_dir_all(parent).map_err(io("create", parent))?;
        }
        match fs::rename(draft, &entry) {
            Ok(()) => Ok(entry),
            Err(_) if self.get(module).is_some() => remove(draft).map(|()| entry),
            Err(e) => Err(io("keep", &entry)(e)),
        }
    }

    /// Removes a result, for `--force`.
    pub fn forget(&self, module: &Module) -> Result<()> {
        remove(&self.entry(module))
    }

    /// Marks results as used and removes those that were not for a long time.
    pub fn tidy(&self, used: &[&Module]) -> Result<()> {
        let now = SystemTime::now();
        for module in used {
            let file = self.entry(module).join("module.olean");
            if let Ok(file) = fs::File::options().append(true).open(&file) {
                // A time that could not be set costs at worst a check that is done again.
                let _ = file.set_modified(now);
            }
        }
        for group in list(&self.folder)? {
            let is_draft = group
                .file_name()
                .is_some_and(|n| n.to_string_lossy().starts_with("draft-"));
            let entries = if is_draft { vec![group] } else { list(&group)? };
            for entry in entries {
                let sample = if is_draft {
                    entry.clone()
                } else {
                    entry.join("module.olean")
                };
                let age = fs::metadata(&sample)
                    .and_then(|m| m.modified())
                    .ok()
                    .and_then(|t| now.duration_since(t).ok());
                if age.is_some_and(|a| a > KEEP) {
                    remove(&entry)?;
                }
            }
        }
        Ok(())
    }

    fn entry(&self, module: &Module) -> PathBuf {
        let (group, rest) = module.key.split_at(2);
        self.folder.join(group).join(rest)
    }
}

/// Makes `out/Lmx/Foo.olean` (and `.olean.server`, `.olean.private`) be the files of a kept result.
pub fn lay_out(out: &Path, module: &Module, entry: &Path) -> Result<()> {
    for suffix in ["olean", "olean.server", "olean.private"] {
        let from = entry.join(format!("module.{suffix}"));
        let to = out.join(&module.file).with_extension(suffix);
        let source = match fs::metadata(&from) {
            Ok(source) => source,
            Err(_) => {
                remove(&to)?;
                continue;
            }
        };
        if fs::metadata(&to).is_ok_and(|t| t.ino() == source.ino() && t.dev() == source.dev()) {
            continue;
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(io("create", parent))?;
        }
        remove(&to)?;
        fs::hard_link(&from, &to)
            .or_else(|_| fs::copy(&from, &to).map(|_| ()))
            .map_err(io("write", &to))?;
    }
    Ok(())
}

/// Removes a file or a folder with all in it; fine if it is not there.
pub fn remove(path: &Path) -> Result<()> {
    let done = match fs::symlink_metadata(path) {
        Ok(m) if m.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    done.map_err(io("remove", path))
}

fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(io("list", folder))?;
    entries
        .map(|e| e.map(|e| e.path()).map_err(io("list", folder)))
        .filter(|p| p.as_ref().map_or(true, |p| p.is_dir()))
        .collect()
}
