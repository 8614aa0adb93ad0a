//! The declarations of a project, and those of the core library that they reach.

mod load;

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::declaration::Declaration;
use crate::error::{ProofError, Result};
use crate::olean::{DeclarationRange, Import, ModuleDoc};
use crate::store::{NameId, Store};

pub use load::Folders;

/// The number of a module in its environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(u32);

/// A module that was read.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its name.
    pub name: NameId,
    /// Its first file.
    pub path: PathBuf,
    /// Whether it is the project's, read to its private part. Of a core module only the declarations that the project reaches are kept.
    pub project: bool,
    /// How many of its files were read: 3 of a module of the project.
    pub parts: usize,
    /// The modules that it imports.
    pub imports: Vec<Import>,
    /// The names that it declares, in its own order.
    pub names: Vec<NameId>,
    /// Its module docstrings.
    pub docs: Vec<ModuleDoc>,
    /// The version of the Lean that compiled it.
    pub lean_version: String,
    /// The commit of that Lean.
    pub githash: String,
}

/// Modules loaded together. All names, levels and terms are in one [`Store`].
#[derive(Debug, Default)]
pub struct Environment {
    /// What names, levels and terms stand for.
    pub store: Store,
    modules: Vec<Module>,
    declarations: FxHashMap<NameId, (ModuleId, Declaration)>,
    docs: FxHashMap<NameId, String>,
    ranges: FxHashMap<NameId, DeclarationRange>,
}

impl Environment {
    /// Loads every module of the project, and what it reaches of the core library.
    pub fn load(folders: &Folders) -> Result<Environment> {
        load::load(folders, None)
    }

    /// Loads these modules of the project, what they import of it, and what they reach of the core library.
    pub fn load_modules(folders: &Folders, modules: &[&str]) -> Result<Environment> {
        load::load(folders, Some(modules))
    }

    /// A declaration, if there is one of this name.
    pub fn get(&self, name: NameId) -> Option<&Declaration> {
        self.declarations.get(&name).map(|(_, d)| d)
    }

    /// A declaration by its name's canonical text: `Lmx.trainStep_correct`.
    pub fn find(&self, name: &str) -> Result<&Declaration> {
        let found = self.store.find_name(name).and_then(|id| self.get(id));
        found.ok_or_else(|| ProofError::NoDeclaration {
            name: name.to_owned(),
            by: None,
        })
    }

    /// The module that declares a name.
    pub fn module_of(&self, name: NameId) -> Option<&Module> {
        let (module, _) = self.declarations.get(&name)?;
        self.modules.get(module.0 as usize)
    }

    /// A declaration's docstring. Core modules ship none in the part that is read.
    pub fn doc(&self, name: NameId) -> Option<&str> {
        self.docs.get(&name).map(String::as_str)
    }

    /// Where a declaration stands in its module's source.
    pub fn range(&self, name: NameId) -> Option<DeclarationRange> {
        self.ranges.get(&name).copied()
    }

    /// The modules, each behind those that it imports.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// How many declarations were kept.
    pub fn len(&self) -> usize {
        self.declarations.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.declarations.is_empty()
    }

    /// The project's declarations, module by module.
    pub fn project(&self) -> impl Iterator<Item = &Declaration> {
        let modules = self.modules.iter().enumerate().filter(|(_, m)| m.project);
        modules.flat_map(move |(place, module)| {
            let here = move |name: &NameId| {
                let (home, declaration) = self.declarations.get(name)?;
                (home.0 as usize == place).then_some(declaration)
            };
            module.names.iter().filter_map(here)
        })
    }

    /// Whether a declaration is the project's: below `Lmx` or private to a module below it, or declared by a module of the project under another
    /// name. Lean does the latter for lemmas that it makes about core functions on demand, and such a lemma is no part of the core library.
    pub fn is_project(&self, name: NameId) -> bool {
        use lmx_cert::canonical::Part;
        match self.store.parts(name).as_slice() {
            [Part::Text("Lmx"), ..] => true,
            [Part::Text("_private"), Part::Text("Lmx"), ..] => true,
            _ => self.module_of(name).is_some_and(|module| module.project),
        }
    }
}

impl Module {
    /// The source file of a module of the project, below the package's folder: `Lmx/Basic/List.lean`.
    pub fn source(&self, store: &Store) -> String {
        store.name_text(self.name).replace('.', "/") + ".lean"
    }
}

/// The file of a module in a folder.
fn file_of(folder: &Path, module: &str) -> PathBuf {
    let mut path = folder.to_owned();
    path.extend(module.split('.'));
    path.as_mut_os_string().push(".olean");
    path
}

/// The names of a mutual group's recursors, as type and last component: `T.rec` for each type, and of the first `T.rec_1` and so on for nested
/// occurrences.
pub(crate) fn recursor_names(all: &[NameId], nested: u32) -> Vec<(NameId, String)> {
    let own = all.iter().map(|ty| (*ty, "rec".to_owned()));
    let first = all.first().copied();
    let nested = (1..=nested).filter_map(|i| Some((first?, format!("rec_{i}"))));
    own.chain(nested).collect()
}
