//! The project's Lean modules: which there are, what each imports, in which order they are checked, and the
//! content key under which a result is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, io};
use crate::hash::{Hasher, hex};
use crate::lean::{bundle, header};

/// A Lean source file of the project.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its name, such as `Lmx.Ir.Op`.
    pub name: String,
    /// Its path below the Lean folder, such as `Lmx/Ir/Op.lean`.
    pub file: PathBuf,
    /// Modules of the project that it imports.
    pub imports: Vec<String>,
    /// Changes if and only if the result of checking it can change.
    pub key: String,
}

/// All modules in an order in which each stands after its imports.
#[derive(Debug)]
pub struct Modules {
    ordered: Vec<Module>,
}

impl Modules {
    /// Reads every `.lean` file under `folder`. `toolchain` enters every key.
    pub fn read(folder: &Path, toolchain: &str) -> Result<Modules> {
        let mut files = Vec::new();
        collect(folder, Path::new(""), &mut files)?;
        let mut sources = BTreeMap::new();
        for file in files {
            let path = folder.join(&file);
            let bytes = fs::read(&path).map_err(io("read", &path))?;
            let text = String::from_utf8(bytes)
                .map_err(|e| Error::Check(format!("{}: not UTF-8: {e}", path.display())))?;
            sources.insert(module_name(&file), (file, text));
        }
        Modules::from_sources(sources, toolchain)
    }

    /// The same from sources in memory: module name to path and text.
    pub fn from_sources(
        sources: BTreeMap<String, (PathBuf, String)>,
        toolchain: &str,
    ) -> Result<Modules> {
        let roots: BTreeSet<&str> = sources.keys().map(|n| root_of(n)).collect();
        let mut imports = BTreeMap::new();
        for (name, (file, text)) in &sources {
            let mut own = Vec::new();
            for import in header::imports(text) {
                if sources.contains_key(&import) {
                    own.push(import);
                } else if roots.contains(root_of(&import)) {
                    return Err(Error::Check(format!(
                        "lean/{}: imports {import}, but there is no lean/{}.lean",
                        file.display(),
                        import.replace('.', "/")
                    )));
                }
            }
            imports.insert(name.clone(), own);
        }
        let order = topological_order(&imports)?;
        let mut keys: BTreeMap<String, String> = BTreeMap::new();
        let mut ordered = Vec::new();
        for name in order {
            let (Some((file, text)), Some(imports)) = (sources.get(&name), imports.remove(&name))
            else {
                continue;
            };
            let mut hasher = Hasher::default();
            hasher.field(toolchain).field(&name).field(text);
            for import in imports.iter().collect::<BTreeSet<_>>() {
                hasher
                    .field(import)
                    .field(keys.get(import).map_or("", String::as_str));
            }
            let key = hex(&hasher.finish());
            keys.insert(name.clone(), key.clone());
            ordered.push(Module {
                name,
                file: file.clone(),
                imports,
                key,
            });
        }
        Ok(Modules { ordered })
    }

    /// All modules, imports first.
    pub fn ordered(&self) -> &[Module] {
        &self.ordered
    }

    /// The module of this name.
    pub fn get(&self, name: &str) -> Option<&Module> {
        self.ordered.iter().find(|m| m.name == name)
    }

    /// What must have a result before this module is checked. The exporter's own modules are checked as part of those that run it.
    pub fn awaited(&self, name: &str) -> Vec<String> {
        if bundle::runs(name) {
            let mut all = self.closure(&[name.to_string()]);
            all.retain(|n| !bundle::holds(n) && n != name);
            return all.into_iter().collect();
        }
        self.get(name).map_or(Vec::new(), |m| m.imports.clone())
    }

    /// `names` and everything that they import.
    pub fn closure(&self, names: &[String]) -> BTreeSet<String> {
        let mut wanted: BTreeSet<String> = names.iter().cloned().collect();
        for module in self.ordered.iter().rev() {
            if wanted.contains(&module.name) {
                wanted.extend(module.imports.iter().cloned());
            }
        }
        wanted
    }
}

/// Orders modules so that each stands after what it imports; ties by name. A cycle is an error that names it.
pub fn topological_order(imports: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>> {
    let mut done = BTreeSet::new();
    let mut order = Vec::new();
    for name in imports.keys() {
        visit(name, imports, &mut Vec::new(), &mut done, &mut order)?;
    }
    Ok(order)
}

fn visit(
    name: &str,
    imports: &BTreeMap<String, Vec<String>>,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
    order: &mut Vec<String>,
) -> Result<()> {
    if done.contains(name) {
        return Ok(());
    }
    if let Some(start) = path.iter().position(|p| p == name) {
        let mut cycle = path.split_off(start);
        cycle.push(name.to_string());
        return Err(Error::Check(format!(
            "Lean modules import each other in a circle: {}",
            cycle.join(" → ")
        )));
    }
    path.push(name.to_string());
    for import in imports.get(name).into_iter().flatten() {
        visit(import, imports, path, done, order)?;
    }
    path.pop();
    done.insert(name.to_string());
    order.push(name.to_string());
    Ok(())
}

/// `Lmx/Ir/Op.lean` → `Lmx.Ir.Op`.
pub fn module_name(file: &Path) -> String {
    let stem = file.with_extension("");
    let parts: Vec<_> = stem
        .iter()
        .map(|p| p.to_string_lossy().into_owned())
        .collect();
    parts.join(".")
}

fn root_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn collect(folder: &Path, below: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let here = folder.join(below);
    for entry in fs::read_dir(&here).map_err(io("list", &here))? {
        let entry = entry.map_err(io("list", &here))?;
        let name = entry.file_name();
        let hidden = name.to_string_lossy().starts_with('.');
        let path = below.join(&name);
        let kind = entry
            .file_type()
            .map_err(io("look at", folder.join(&path)))?;
        if kind.is_dir() && !hidden {
            collect(folder, &path, files)?;
        } else if kind.is_file()
            && !hidden
            && path.extension().is_some_and(|e| e == "lean")
            && name != "lakefile.lean"
        {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(sources: &[(&str, &str)]) -> Result<Modules> {
        let sources = sources
            .iter()
            .map(|(n, t)| {
                (
                    n.to_string(),
                    (PathBuf::from(n.replace('.', "/") + ".lean"), t.to_string()),
                )
            })
            .collect();
        Modules::from_sources(sources, "toolchain 1")
    }

    fn key(modules: &Modules, name: &str) -> String {
        modules.get(name).unwrap().key.clone()
    }

    #[test]
    fn imports_come_first() {
        let m = modules(&[
            ("A", "import C\nimport B.X"),
            ("B.X", "import C"),
            ("C", "import Init"),
        ])
        .unwrap();
        let names: Vec<_> = m.ordered().iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["C", "B.X", "A"]);
    }

    #[test]
    fn a_circle_is_named() {
        let e = modules(&[("A", "import B"), ("B", "import C"), ("C", "import B")]).unwrap_err();
        assert!(e.to_string().contains("B → C → B"), "{e}");
    }

    #[test]
    fn a_missing_module_of_the_project_is_named_and_a_library_module_is_not_ours() {
        let e = modules(&[("Lmx.A", "import Lmx.Gone")]).unwrap_err();
        assert!(
            e.to_string().contains("lean/Lmx/A.lean: imports Lmx.Gone"),
            "{e}"
        );
        assert!(
            modules(&[("Lmx.A", "import Lean.Elab\nimport Std")])
                .unwrap()
                .ordered()[0]
                .imports
                .is_empty()
        );
    }

    #[test]
    fn a_change_reaches_the_keys_of_importers_and_no_others() {
        let before = modules(&[("A", "import B"), ("B", "-- one"), ("C", "")]).unwrap();
        let after = modules(&[("A", "import B"), ("B", "-- two"), ("C", "")]).unwrap();
        assert_ne!(key(&before, "A"), key(&after, "A"));
        assert_ne!(key(&before, "B"), key(&after, "B"));
        assert_eq!(key(&before, "C"), key(&after, "C"));
    }

    #[test]
    fn the_toolchain_and_the_name_are_part_of_the_key() {
        let one = modules(&[("A", ""), ("B", "")]).unwrap();
        assert_ne!(key(&one, "A"), key(&one, "B"));
        let sources = BTreeMap::from([("A".to_string(), (PathBuf::from("A.lean"), String::new()))]);
        let other = Modules::from_sources(sources, "toolchain 2").unwrap();
        assert_ne!(key(&one, "A"), key(&other, "A"));
    }

    #[test]
    fn the_closure_holds_what_is_imported_and_not_the_importers() {
        let m = modules(&[("A", "import B"), ("B", "import C"), ("C", ""), ("D", "")]).unwrap();
        assert_eq!(
            m.closure(&["B".to_string()]),
            BTreeSet::from(["B".to_string(), "C".to_string()])
        );
    }

    #[test]
    fn a_path_names_a_module() {
        assert_eq!(module_name(Path::new("Lmx/Ir/Op.lean")), "Lmx.Ir.Op");
    }
}
