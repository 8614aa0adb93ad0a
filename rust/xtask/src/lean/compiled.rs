//! What `certificates/` is made of: what elaborating the modules below `Lmx.Exported` wrote, and certificates made of what Lean compiled.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lmx_graph::sha256;
use lmx_proof::canonical::Canonical;
use lmx_proof::certify::{Net, certify};
use lmx_proof::{Environment, Folders, check};

use crate::error::{Error, Result, io};
use crate::lean::bundle;
use crate::lean::export::{GRAPH, VECTORS, read_folder};
use crate::lean::modules::Modules;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A net that a module exports.
#[derive(Debug)]
pub struct ExportedNet {
    /// The module, such as `Lmx.Exported.MnistMlp`.
    pub module: String,
    /// The net's name, such as `mnist-mlp`.
    pub name: String,
    /// The graph file.
    pub graph: Vec<u8>,
}

/// The package after its check.
#[derive(Debug)]
pub struct Compiled {
    /// The `lean/` folder.
    pub folder: PathBuf,
    /// All modules.
    pub modules: Modules,
    /// What each module that runs code wrote, by its name.
    pub exports: BTreeMap<String, PathBuf>,
    /// Where the project's compiled modules lie.
    pub project: PathBuf,
    /// Where the core library's do.
    pub core: PathBuf,
}

impl Compiled {
    /// All declarations.
    pub fn environment(&self) -> Result<Environment> {
        let modules = self.modules.ordered().iter().map(|m| m.name.as_str());
        // The exporter proves nothing, and is not compiled module by module everywhere.
        let modules: Vec<&str> = modules.filter(|name| !bundle::holds(name)).collect();
        let folders = Folders::new(&self.project, &self.core);
        Ok(Environment::load_modules(&folders, &modules)?)
    }

    /// The nets, by module.
    pub fn nets(&self) -> Result<Vec<ExportedNet>> {
        let mut nets = Vec::new();
        for (module, folder) in &self.exports {
            for (file, graph) in read_folder(folder, |name| name.ends_with(GRAPH))? {
                nets.push(ExportedNet {
                    module: module.clone(),
                    name: file.trim_end_matches(GRAPH).to_owned(),
                    graph,
                });
            }
        }
        Ok(nets)
    }

    /// What `certificates/` must hold beside the allow-list. Lean's hashes of the test vectors must be those that are computed here.
    pub fn files(&self) -> Result<Files> {
        let env = self.environment()?;
        let mut canonical = Canonical::new(&env);
        let mut all = Files::new();
        for net in self.nets()? {
            let sources = self.sources(&net.module)?;
            let certified = certify(
                &env,
                &mut canonical,
                Net {
                    module: &net.module,
                    graph: &net.graph,
                    sources: &sources,
                },
            )?;
            let file = |suffix| format!("{}{suffix}", net.name);
            insert(&mut all, file(".cert.json"), certified.certificate)?;
            insert(&mut all, file(".term"), certified.term)?;
            insert(&mut all, file(GRAPH), net.graph)?;
        }
        for folder in self.exports.values() {
            for (name, bytes) in read_folder(folder, |name| name == VECTORS)? {
                let compared = check::check_vectors(&env, &folder.join(VECTORS))?;
                eprintln!(
                    "lean: test vectors: Lean and Rust agree on {} declarations and {} theorems",
                    compared.declarations, compared.theorems
                );
                insert(&mut all, name, bytes)?;
            }
        }
        Ok(all)
    }

    /// The Lean files that a module is made of, with their hashes.
    fn sources(&self, module: &str) -> Result<Vec<(String, lmx_graph::Sha256)>> {
        let closure = self.modules.closure(&[module.to_string()]);
        let modules = self.modules.ordered().iter();
        let mut sources = Vec::new();
        for module in modules.filter(|m| closure.contains(&m.name)) {
            let path = self.folder.join(&module.file);
            let bytes = fs::read(&path).map_err(io("read", &path))?;
            sources.push((format!("lean/{}", slashes(&module.file)), sha256(&bytes)));
        }
        sources.sort();
        Ok(sources)
    }
}

/// A relative path as it is written everywhere.
fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|p| p.to_string_lossy()).collect();
    parts.join("/")
}

fn insert(all: &mut Files, name: String, bytes: Vec<u8>) -> Result<()> {
    match all.insert(name.clone(), bytes) {
        None => Ok(()),
        Some(_) => Err(Error::Check(format!("two Lean modules export {name}"))),
    }
}
