//! A folder that the user, a package or another program filled.

use std::fs::File;
use std::path::Path;

use super::store::{Fault, Store};

/// Takes what is missing from `dir`, or from its subfolder of the set's name: `NAME`, `NAME.gz`, and both spelt `….idx3-ubyte`, as some copies are.
pub(super) fn fetch(dir: &Path, set: &str, store: &mut Store) -> Result<(), Fault> {
    if !dir.is_dir() {
        return Err(Fault::Source("there is no such folder".to_owned()));
    }
    for file in store.missing().to_vec() {
        let dotted = file.name.replace("-idx", ".idx");
        let names = [
            file.name.to_owned(),
            format!("{}.gz", file.name),
            dotted.clone(),
            format!("{dotted}.gz"),
        ];
        let candidates = [dir.to_path_buf(), dir.join(set)];
        let mut paths = candidates
            .iter()
            .flat_map(|d| names.iter().map(move |n| d.join(n)));
        let Some(path) = paths.find(|p| p.is_file()) else {
            return Err(Fault::Source(format!(
                "it holds neither {0} nor {0}.gz",
                file.name
            )));
        };
        let from = path.display().to_string();
        let reader = File::open(&path).map_err(|e| Fault::Source(format!("{from}: {e}")))?;
        store.accept(reader, &file, &from)?;
    }
    Ok(())
}
