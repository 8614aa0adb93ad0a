//! `blueprint/chapters.toml`: which modules make up which chapter, and what is drawn.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::Library;

/// The file, for messages.
pub const FILE: &str = "blueprint/chapters.toml";

/// The chapters in reading order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapters {
    /// Axioms that a declaration may rest on.
    pub axioms: BTreeSet<String>,
    /// Modules that are not part of the library, by the beginning of their names.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// Declarations that the graph shows although the rule leaves them out.
    #[serde(default)]
    pub show: Vec<String>,
    /// Declarations that the graph leaves out although the rule shows them.
    #[serde(default)]
    pub hide: Vec<String>,
    /// The statements of how many documented theorems must mention a definition for it to be shown.
    pub mentioned: usize,
    /// The results to begin reading with.
    pub main: Vec<String>,
    /// The chapters.
    pub chapter: Vec<Chapter>,
}

/// A chapter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// Its id in links.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is about, in one sentence.
    pub about: String,
    /// The namespace that the names on its nodes leave out.
    pub namespace: Option<String>,
    /// `mentioned`, for this chapter.
    pub mentioned: Option<usize>,
    /// Its modules: a module's name, or the beginning of names up to a dot. The longest that fits decides.
    pub modules: Vec<String>,
}

impl Chapters {
    /// Reads the file's text.
    pub fn parse(text: &str) -> Result<Chapters> {
        toml::from_str(text).map_err(|e| Error::Data {
            file: FILE,
            reason: e.to_string(),
        })
    }

    /// The chapter of each declaration. Modules without a chapter and unknown names are errors.
    pub fn assign(&self, library: &Library) -> Result<Vec<usize>> {
        let mut faults = BTreeSet::new();
        let mut chapters = Vec::with_capacity(library.declarations.len());
        for d in &library.declarations {
            match self.of_module(&d.module) {
                Some(chapter) => chapters.push(chapter),
                None => {
                    faults.insert(format!("  {} belongs to no chapter: enter it", d.module));
                }
            }
        }
        for name in self.show.iter().chain(&self.hide).chain(&self.main) {
            if library.find(name).is_none() {
                faults.insert(format!("  {name}: no such declaration"));
            }
        }
        if faults.is_empty() {
            Ok(chapters)
        } else {
            Err(Error::Faults {
                file: FILE,
                faults: faults.into_iter().collect(),
            })
        }
    }

    fn of_module(&self, module: &str) -> Option<usize> {
        let fits = |prefix: &str| {
            module
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.chapter
            .iter()
            .enumerate()
            .flat_map(|(i, c)| c.modules.iter().map(move |m| (i, m.as_str())))
            .filter(|(_, m)| fits(m))
            .max_by_key(|(_, m)| m.len())
            .map(|(i, _)| i)
    }
}
