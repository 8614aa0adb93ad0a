//! Proof objects: declarations in the format of lean4export, for checkers that are not Lean.
//!
//! The format is version 3.1.0 of `format_ndjson.md` in the repository leanprover/lean4export: JSON objects, one a line. Names, levels and terms are
//! numbered lines, each behind those that it is made of; a declaration is a line behind those of all declarations that it uses. Metadata is left out, and
//! terms that differ only in names and annotations of binders are one, as lean4export has it. Keys are sorted and nothing depends on the
//! machine, so that equal modules give equal bytes.
//!
//! An axiom of the file is one of Lean's or the project's, or a core declaration whose proof (or value) the part of the core library that was read does
//! not have: [`Exported`] tells them apart.

mod order;
mod write;

use std::io::{self, Write};
use std::path::Path;

use flate2::GzBuilder;

use crate::canonical::CORE_AXIOMS;
use crate::declaration::{Body, Declaration};
use crate::environment::Environment;
use crate::error::{ProofError, Result};
use crate::store::NameId;

use order::Order;
use write::Writer;

/// The version of the format.
pub const FORMAT: &str = "3.1.0";

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Lines.
    pub lines: u64,
    /// Bytes, before any compression.
    pub bytes: u64,
    /// Names, levels and terms.
    pub primitives: u64,
    /// Theorems with their proofs.
    pub theorems: u64,
    /// Definitions and opaque constants with their values.
    pub definitions: u64,
    /// Groups of inductive types with constructors and recursors.
    pub inductives: u64,
    /// The axioms that are reached, sorted: Lean's, and any that the project declares.
    pub axioms: Vec<String>,
    /// Everything else that is written as an axiom, sorted: core theorems without proofs, core definitions without values.
    pub sealed: Vec<String>,
}

/// Writes some declarations and all that they reach.
pub fn export(env: &Environment, roots: &[NameId], out: &mut dyn Write) -> Result<Exported> {
    let mut exported = Exported::default();
    let mut writer = Writer::new(env, out);
    let mut order = Order::new(env, roots);
    writer.meta().map_err(failed)?;
    while let Some(block) = order.next(&writer)? {
        for declaration in &block {
            exported.count(env, declaration);
        }
        writer.block(&block).map_err(failed)?;
    }
    writer.flush().map_err(failed)?;
    exported.axioms.sort_unstable();
    exported.sealed.sort_unstable();
    exported.lines = writer.lines;
    exported.bytes = writer.bytes;
    exported.primitives = writer.primitives();
    Ok(exported)
}

/// The same, compressed with gzip; no time and no name are stored, so that equal contents have equal bytes.
pub fn export_gzip(env: &Environment, roots: &[NameId], out: &mut dyn Write) -> Result<Exported> {
    // The best level takes five times as long and saves a twentieth.
    let level = flate2::Compression::new(6);
    let mut gzip = GzBuilder::new().mtime(0).write(out, level);
    let exported = export(env, roots, &mut gzip)?;
    gzip.finish().map_err(failed)?;
    Ok(exported)
}

fn failed(source: io::Error) -> ProofError {
    ProofError::Io {
        path: Path::new("proof objects").to_owned(),
        source,
    }
}

impl Exported {
    /// A configuration with which the checker nanoda checks the written file: it permits the axioms that are listed here and no others.
    pub fn nanoda_config(&self, file: &str) -> String {
        let permitted: Vec<&String> = self.axioms.iter().chain(&self.sealed).collect();
        let config = serde_json::json!({
            "export_file_path": file,
            "permitted_axioms": permitted,
            "unpermitted_axiom_hard_error": true,
            "nat_extension": true,
            "string_extension": true,
            "print_axioms": false,
            "print_success_message": true,
        });
        format!("{config:#}\n")
    }

    fn count(&mut self, env: &Environment, declaration: &Declaration) {
        match declaration.body {
            Body::Axiom { .. } => {
                let name = env.store.name_text(declaration.name);
                if CORE_AXIOMS.contains(&name.as_str()) || env.is_project(declaration.name) {
                    self.axioms.push(name);
                } else {
                    self.sealed.push(name);
                }
            }
            Body::Theorem { .. } => self.theorems += 1,
            Body::Def { .. } | Body::Opaque { .. } => self.definitions += 1,
            // A group is counted by its first type.
            Body::Inductive { ref all, .. } if all.first() == Some(&declaration.name) => {
                self.inductives += 1;
            }
            _ => {}
        }
    }
}
