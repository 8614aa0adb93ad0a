//! `cargo xtask lean`: checks the Lean package and writes what it exports into `certificates/`.

pub mod bundle;
pub mod check;
pub mod compiled;
pub mod export;
pub mod header;
pub mod messages;
pub mod modules;
pub mod native;
pub mod patch;
pub mod process;
pub mod store;
pub mod worker;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, io};
use crate::hash::{Hasher, hex};
use crate::lean::check::Check;
use crate::lean::compiled::Compiled;
use crate::lean::modules::Modules;
use crate::lean::process::Launch;
use crate::lean::store::Store;
use crate::place::Place;
use crate::setup;
use crate::setup::lean::LeanWasm;

/// Goes up when results kept by an earlier form of this driver are of no more use.
const STORE_REVISION: u32 = 2;

/// What `cargo xtask lean` was asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Check again what has a result.
    pub force: bool,
    /// Compare with the committed files instead of writing them.
    pub check: bool,
    /// The most processes; by default the number of cores, at most 2.
    pub jobs: Option<usize>,
    /// Only these files and what they import; then nothing is exported.
    pub files: Vec<PathBuf>,
}

impl Options {
    /// Reads the command line behind `cargo xtask lean`.
    pub fn parse(args: &[String]) -> Result<Options> {
        let mut options = Options::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--force" => options.force = true,
                "--check" => options.check = true,
                "--jobs" => {
                    let n = args.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                    options.jobs =
                        Some(n.ok_or_else(|| {
                            Error::Usage("--jobs takes a number from 1 on".into())
                        })?);
                }
                flag if flag.starts_with('-') => {
                    return Err(Error::Usage(format!(
                        "unknown option {flag}\nusage: cargo xtask lean [--force] [--check] [--jobs N] [FILES…]"
                    )));
                }
                file => options.files.push(PathBuf::from(file)),
            }
        }
        if options.check && !options.files.is_empty() {
            return Err(Error::Usage(
                "--check compares what the whole package exports: give it no files".into(),
            ));
        }
        Ok(options)
    }
}

/// Checks, with a native Lean if there is one, and writes `certificates/` or compares it. What was compiled, unless only some files were
/// asked for.
pub fn run(place: &Place, options: &Options) -> Result<Option<Compiled>> {
    let compiled = match native::find(place)? {
        Some(lake) => native::run(place, &lake, options)?,
        None => run_wasm(place, options)?,
    };
    if let Some(compiled) = &compiled {
        export::deliver(place, &compiled.files()?, options.check)?;
    }
    Ok(compiled)
}

fn run_wasm(place: &Place, options: &Options) -> Result<Option<Compiled>> {
    let folder = place.root.join("lean");
    let Wasm {
        lean,
        options: lean_options,
        id,
    } = wasm(place)?;
    let modules = Modules::read(&folder, &id)?;
    let roots = if options.files.is_empty() {
        modules.ordered().iter().map(|m| m.name.clone()).collect()
    } else {
        named(&folder, &modules, &options.files)?
    };
    let mut wanted = modules.closure(&roots);
    wanted.retain(|n| !bundle::holds(n));

    let store = store(place)?;
    let work = work_folder(place, "work")?;
    let _lock = setup::install::lock(&work.join("lock"))?;

    let (out, core) = (work.join("out"), lean.library.clone());
    let mut clean = BTreeMap::new();
    let mut stale = Vec::new();
    for module in modules
        .ordered()
        .iter()
        .filter(|m| wanted.contains(&m.name))
    {
        if options.force && roots.contains(&module.name) {
            store.forget(module)?;
        }
        match store.get(module) {
            Some(entry) => drop(clean.insert(module.name.clone(), entry)),
            None => stale.push(module.name.clone()),
        }
    }
    if stale.is_empty() {
        eprintln!("lean: {} modules, none changed", wanted.len());
    } else {
        eprintln!("lean: {} of {} modules to check", stale.len(), wanted.len());
        lay_out(&out, &modules, &clean)?;
        let certificates = place.root.join("certificates");
        fs::create_dir_all(&certificates).map_err(io("create", &certificates))?;
        let launch = Launch {
            node: lean.node,
            lean_js: lean.lean_js,
            lean_path: vec![lean.library, out.clone()],
            cwd: folder.clone(),
            export: work.join("export"),
            exported_to: certificates,
        };
        let jobs = options.jobs.unwrap_or_else(default_jobs);
        let check = Check {
            modules: &modules,
            store: &store,
            out: out.clone(),
            bundles: work.join("bundles"),
            launch,
            options: lean_options,
            jobs,
        };
        clean = check.run(stale, clean)?;
        store.tidy(&modules.ordered().iter().collect::<Vec<_>>())?;
    }
    if !options.files.is_empty() {
        return Ok(None);
    }
    lay_out(&out, &modules, &clean)?;
    let exports = clean.into_iter().filter(|(name, _)| bundle::runs(name));
    Ok(Some(Compiled {
        folder,
        exports: exports.map(|(n, e)| (n, e.join("export"))).collect(),
        modules,
        project: out,
        core,
    }))
}

/// Puts the files of kept results where Lean looks for them.
fn lay_out(out: &Path, modules: &Modules, kept: &BTreeMap<String, PathBuf>) -> Result<()> {
    for (name, entry) in kept {
        if let Some(module) = modules.get(name) {
            store::lay_out(out, module, entry)?;
        }
    }
    Ok(())
}

/// Lean as WebAssembly, for this project.
pub struct Wasm {
    /// What runs.
    pub lean: LeanWasm,
    /// `-D` options of the package.
    pub options: Vec<String>,
    /// Names build, options and driver in content keys.
    pub id: String,
}

/// Finds or installs it.
pub fn wasm(place: &Place) -> Result<Wasm> {
    let lean = setup::lean::lean_wasm(place)?;
    let options = lean_options(&place.root.join("lean"))?;
    let id = format!("{} store {STORE_REVISION} {options:?}", lean.id);
    Ok(Wasm { lean, options, id })
}

/// The kept results.
pub fn store(place: &Place) -> Result<Store> {
    Store::open(place.home.join("lean/store"))
}

/// A folder for this checkout among those of `kind`, made if it is not there.
pub fn work_folder(place: &Place, kind: &str) -> Result<PathBuf> {
    let mut of_checkout = Hasher::default();
    of_checkout.field(place.root.join("lean").as_os_str().as_encoded_bytes());
    let name = &hex(&of_checkout.finish())[..16];
    let folder = place.home.join("lean").join(kind).join(name);
    fs::create_dir_all(&folder).map_err(io("create", &folder))?;
    Ok(folder)
}

/// The most processes where nothing was asked for: the number of cores, at most 2.
pub fn default_jobs() -> usize {
    std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(2)
}

/// The modules of files given on the command line, relative to the current folder, the checkout or `lean/`; a module's name
/// serves too.
fn named(folder: &Path, modules: &Modules, files: &[PathBuf]) -> Result<Vec<String>> {
    files
        .iter()
        .map(|file| {
            let places = [
                file.clone(),
                folder.join(file),
                folder.join("..").join(file),
            ];
            let found = places.iter().find_map(|p| {
                let path = fs::canonicalize(p).ok()?;
                let inside = path.strip_prefix(folder).ok()?;
                modules.get(&modules::module_name(inside))
            });
            found
                .or_else(|| modules.get(&file.to_string_lossy()))
                .map(|m| m.name.clone())
                .ok_or_else(|| {
                    Error::Usage(format!(
                        "{}: not a Lean file of {}",
                        file.display(),
                        folder.display()
                    ))
                })
        })
        .collect()
}

/// The `leanOptions` of `lakefile.toml`, as `name=value`, so that this check and Lake's agree.
fn lean_options(folder: &Path) -> Result<Vec<String>> {
    let path = folder.join("lakefile.toml");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(native::lean_options(&text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(io("read", &path)(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(
            &line
                .split_whitespace()
                .map(str::to_string)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn the_command_line_is_read() {
        let o = parse("--force --jobs 2 lean/Lmx/A.lean").unwrap();
        assert!(o.force && !o.check);
        assert_eq!((o.jobs, o.files.len()), (Some(2), 1));
        assert!(parse("--check").unwrap().check);
    }

    #[test]
    fn a_wrong_command_line_says_why() {
        for (line, word) in [
            ("--wrong", "usage"),
            ("--jobs", "--jobs"),
            ("--jobs 0", "--jobs"),
            ("--check A.lean", "no files"),
        ] {
            let e = parse(line).unwrap_err();
            assert!(e.to_string().contains(word), "{e}");
            assert_eq!(e.exit_code(), 2);
        }
    }
}
