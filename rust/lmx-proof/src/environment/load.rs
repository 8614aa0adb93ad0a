//! Reading modules and what they import.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lmx_cert::canonical::Kind;
use lmx_cert::canonical::Part;
use lmx_graph::file::read_limited;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Environment, Module, ModuleId, file_of, recursor_names};
use crate::declaration::{Body, Declaration};
use crate::error::{ProofError, Result};
use crate::olean::{Decoder, ModuleData, Parts, Value};
use crate::store::{Expr, ExprId, Name, NameId, Store};

/// Where compiled modules lie.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The project's: `Lmx/Basic/List.olean` and so on, with the other parts beside.
    pub project: PathBuf,
    /// The core library's: `Init.olean` and so on. Where a build of Lean ships the private parts of its modules, core theorems have proofs, and they
    /// are followed like the project's.
    pub core: PathBuf,
}

impl Folders {
    /// A project and a core library.
    pub fn new(project: impl Into<PathBuf>, core: impl Into<PathBuf>) -> Folders {
        Folders {
            project: project.into(),
            core: core.into(),
        }
    }
}

/// A core module, to be decoded where it is reached.
struct Lazy {
    decoder: Decoder,
    constants: Vec<Value>,
}

#[derive(Default)]
struct Loader {
    env: Environment,
    /// Core modules by their numbers.
    lazy: FxHashMap<ModuleId, Lazy>,
    /// Where the declarations of core modules are: module and place in it.
    core: FxHashMap<NameId, (ModuleId, usize)>,
    /// Modules that were read or are being read.
    met: FxHashSet<NameId>,
}

pub(super) fn load(folders: &Folders, modules: Option<&[&str]>) -> Result<Environment> {
    let mut loader = Loader::default();
    let roots = match modules {
        Some(modules) => modules.iter().map(|m| (*m).to_owned()).collect(),
        None => modules_in(&folders.project)?,
    };
    for root in roots {
        loader.module_and_imports(folders, &root)?;
    }
    loader.reached()?;
    Ok(loader.env)
}

/// The modules that lie in a folder, in order of their names.
fn modules_in(folder: &Path) -> Result<BTreeSet<String>> {
    let mut modules = BTreeSet::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = open.pop() {
        let io = |source| ProofError::Io {
            path: path.clone(),
            source,
        };
        for entry in fs::read_dir(&path).map_err(io)? {
            let entry = entry.map_err(io)?;
            let (path, name) = (entry.path(), entry.file_name());
            // A module's name is UTF-8.
            let Some(name) = name.to_str() else { continue };
            if path.is_dir() {
                open.push((path, format!("{prefix}{name}.")));
            } else if let Some(name) = name.strip_suffix(".olean") {
                modules.insert(format!("{prefix}{name}"));
            }
        }
    }
    Ok(modules)
}

/// Bytes that a file may have; Lean's largest have a tenth of it.
const FILE_BYTES: u64 = 1 << 30;

fn read(path: &Path) -> Result<Vec<u8>> {
    read_limited(path, FILE_BYTES).map_err(ProofError::Read)
}

impl Loader {
    /// Reads a module behind those that it imports. The chain of imports is walked with a stack of its own.
    fn module_and_imports(&mut self, folders: &Folders, root: &str) -> Result<()> {
        struct Open {
            module: Module,
            data: ModuleData,
            decoder: Decoder,
            next: usize,
        }
        let mut stack: Vec<Open> = vec![];
        let mut wanted = Some((self.env.store.add_dotted(root), None));
        loop {
            if let Some((name, by)) = wanted.take()
                && self.met.insert(name)
            {
                let (module, data, decoder) = self.open(folders, name, by)?;
                stack.push(Open {
                    module,
                    data,
                    decoder,
                    next: 0,
                });
            }
            let Some(top) = stack.last_mut() else {
                return Ok(());
            };
            if let Some(import) = top.data.imports.get(top.next) {
                top.next += 1;
                wanted = Some((import.module, Some(top.module.name)));
            } else if let Some(done) = stack.pop() {
                self.keep(done.module, &done.data, done.decoder)?;
            }
        }
    }

    /// Reads a module's files.
    fn open(
        &mut self,
        folders: &Folders,
        name: NameId,
        by: Option<NameId>,
    ) -> Result<(Module, ModuleData, Decoder)> {
        let store = &mut self.env.store;
        let text = store.name_text(name);
        let path = file_of(&folders.project, &text);
        let in_core = file_of(&folders.core, &text);
        // A name is no way out of the folders.
        let plain = !text.contains(['/', '\\', '\0']);
        let (path, project) = match () {
            () if plain && path.is_file() => (path, true),
            () if plain && in_core.is_file() => (in_core, false),
            () => {
                let (project, core) = (folders.project.display(), folders.core.display());
                return Err(ProofError::NoModule {
                    module: text,
                    by: by.map(|by| store.name_text(by)),
                    folders: format!("{project} or {core}"),
                });
            }
        };
        let mut files = vec![(path.clone(), read(&path)?)];
        for suffix in ["server", "private"] {
            let part = path.with_extension(format!("olean.{suffix}"));
            if part.is_file() {
                files.push((part.clone(), read(&part)?));
            }
        }
        let mut decoder = Decoder::new(Parts::new(files)?);
        let parts = decoder.parts.len();
        let data = ModuleData::read(&mut decoder, store, parts.saturating_sub(1))?;
        let (lean_version, githash) = decoder
            .parts
            .headers()
            .next()
            .map(|(_, header)| (header.lean_version.clone(), header.githash.clone()))
            .unwrap_or_default();
        let module = Module {
            name,
            path,
            project,
            parts,
            imports: data.imports.clone(),
            names: data.names.clone(),
            docs: vec![],
            lean_version,
            githash,
        };
        Ok((module, data, decoder))
    }

    /// Keeps a module: of the project all, of the core library what it takes to decode a declaration later.
    fn keep(&mut self, mut module: Module, data: &ModuleData, mut decoder: Decoder) -> Result<()> {
        let id = ModuleId(u32::try_from(self.env.modules.len()).unwrap_or(u32::MAX));
        if module.project {
            let env = &mut self.env;
            env.docs
                .extend(data.doc_strings(&mut decoder, &mut env.store)?);
            env.ranges
                .extend(data.ranges(&mut decoder, &mut env.store)?);
            module.docs = data.module_docs(&decoder, &env.store)?;
            env.modules.push(module);
            for value in &data.constants {
                let declaration = decoder.declaration(&mut self.env.store, *value)?;
                self.declare(id, declaration)?;
            }
        } else {
            let places = data.names.iter().enumerate();
            for (place, name) in places {
                self.core.entry(*name).or_insert((id, place));
            }
            self.env.modules.push(module);
            let constants = data.constants.clone();
            self.lazy.insert(id, Lazy { decoder, constants });
        }
        Ok(())
    }

    /// Two modules may declare one name, for what Lean makes on demand: a theorem with the same statement, or the same definition. The first stays.
    /// So it does of a name that is not below `Lmx`: modules that run the exporter as one file each have a copy of it.
    fn declare(&mut self, module: ModuleId, declaration: Declaration) -> Result<()> {
        let env = &mut self.env;
        if let Some((first, before)) = env.declarations.get(&declaration.name) {
            let theorem = declaration.kind() == Kind::Theorem;
            let same = before.kind() == declaration.kind()
                && before.ty == declaration.ty
                && (theorem || before.value() == declaration.value())
                && before.level_params == declaration.level_params;
            let own = matches!(
                env.store.parts(declaration.name).as_slice(),
                [Part::Text("Lmx"), ..] | [Part::Text("_private"), Part::Text("Lmx"), ..]
            );
            if same || !own {
                return Ok(());
            }
            let module_name = |id: ModuleId| {
                let module = env.modules.get(id.0 as usize);
                module.map_or_else(String::new, |m| env.store.name_text(m.name))
            };
            return Err(ProofError::Twice {
                name: env.store.name_text(declaration.name),
                first: module_name(*first),
                second: module_name(module),
            });
        }
        let entry = (module, declaration);
        env.declarations.insert(entry.1.name, entry);
        Ok(())
    }

    /// Decodes the core declarations that are reached: every term in the store belongs to a declaration that was decoded, and so each is looked at
    /// once.
    fn reached(&mut self) -> Result<()> {
        let mut names: Vec<NameId> = vec![];
        for (_, declaration) in self.env.declarations.values() {
            with_it(&mut self.env.store, declaration, &mut names);
        }
        names.sort_unstable();
        // What literals are made of.
        for name in [
            "Nat",
            "String",
            "String.ofList",
            "String.mk",
            "Char",
            "Char.ofNat",
            "List",
            "Eq",
        ] {
            names.push(self.env.store.add_dotted(name));
        }
        let mut terms = 0;
        loop {
            while let Some(name) = names.pop() {
                self.decode_core(name, &mut names)?;
            }
            let count = self.env.store.expr_count();
            if terms == count {
                return Ok(());
            }
            for term in terms..count {
                match self.env.store.expr(ExprId(term as u32)) {
                    Expr::Const(name, _) => names.push(name),
                    Expr::Proj { structure, .. } => names.push(structure),
                    _ => {}
                }
            }
            terms = count;
        }
    }

    fn decode_core(&mut self, name: NameId, names: &mut Vec<NameId>) -> Result<()> {
        if self.env.declarations.contains_key(&name) {
            return Ok(());
        }
        let Some((module, place)) = self.core.get(&name).copied() else {
            return Ok(());
        };
        let lazy = self.lazy.get_mut(&module);
        let Some(lazy) = lazy else { return Ok(()) };
        let Some(value) = lazy.constants.get(place) else {
            return Ok(());
        };
        let declaration = lazy.decoder.declaration(&mut self.env.store, *value)?;
        with_it(&mut self.env.store, &declaration, names);
        self.declare(module, declaration)
    }
}

/// The declarations that come with one, which its terms need not name: constructors, recursors, the other types of a mutual group.
fn with_it(store: &mut Store, declaration: &Declaration, names: &mut Vec<NameId>) {
    names.extend(declaration.companions());
    match &declaration.body {
        Body::Inductive { all, nested, .. } => {
            names.extend(all);
            for (ty, last) in recursor_names(all, *nested) {
                names.push(store.add_name(Name::Str(ty, last.into())));
            }
        }
        Body::Quot(_) => {
            for name in ["Eq", "Quot", "Quot.mk", "Quot.lift", "Quot.ind"] {
                names.push(store.add_dotted(name));
            }
        }
        _ => {}
    }
}
