//! A module that runs the exporter, as one file.
//!
//! Lean as WebAssembly checks modules, but cannot run code of one module from another. The modules below `Lmx.Exported` run code of nearly all
//! of them, so their text is put behind the text of every module that they run: under another name, since the originals are
//! imported beside them for the theorems to be about. A native Lean takes `lean/Lmx/Exported/` as it stands.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::error::{Result, io};
use crate::lean::header;
use crate::lean::modules::{Module, Modules};

/// Modules whose elaboration runs code of the project.
const EXPORTED: &str = "Lmx.Exported.";

/// What is only proved about, never run.
const THEOREMS: &str = "Lmx.Theorems.";

/// What is only run, never proved about.
const EXPORT: &str = "Lmx.Export.";

/// Does elaborating the module run code of the project?
pub fn runs(module: &str) -> bool {
    module.starts_with(EXPORTED)
}

/// Is the module checked as part of others' text, and not on its own?
pub fn holds(module: &str) -> bool {
    module.starts_with(EXPORT)
}

/// The text to check in the place of a module that runs code.
pub fn source(modules: &Modules, name: &str, folder: &Path) -> Result<String> {
    let wanted = modules.closure(&[name.to_string()]);
    let all: Vec<&Module> = modules
        .ordered()
        .iter()
        .filter(|m| wanted.contains(&m.name))
        .collect();
    let run = closure_without(&all, name, THEOREMS);
    let mut text = String::from("module\npublic import Lean\npublic meta import Lean\n");
    for module in all.iter().filter(|m| !holds(&m.name) && m.name != name) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "import all {}", module.name);
    }
    text.push_str("public meta section\n");
    for module in all.iter().filter(|m| run.contains(m.name.as_str())) {
        let path = folder.join(&module.file);
        let source = fs::read_to_string(&path).map_err(io("read", &path))?;
        text.push_str(&renamed(header::body(&source)));
        text.push('\n');
    }
    Ok(text)
}

/// A module and what it imports, without going through modules of a prefix.
fn closure_without<'a>(all: &[&'a Module], name: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::from([name]);
    for module in all.iter().rev() {
        if found.contains(module.name.as_str()) {
            let imports = module.imports.iter().map(String::as_str);
            found.extend(imports.filter(|i| !i.starts_with(prefix)));
        }
    }
    found
}

/// The text with the project's namespace under another name. Quoted names and strings keep it: they name the originals. `public section`
/// loses its modifiers, as the copy is not exported.
fn renamed(body: &str) -> String {
    let body = body.replacen("@[expose] public section", "section", 1);
    let mut out = String::with_capacity(body.len() + 1024);
    let mut before = ' ';
    let mut rest = body.as_str();
    while let Some(c) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let ends = |r: &str| r.chars().next().is_none_or(|c| !word(c));
        match rest.strip_prefix("Lmx") {
            Some(after) if ends(after) && !word(before) && before != '`' && before != '"' => {
                out.push_str("LmxRun");
                before = 'x';
                rest = after;
            }
            _ => {
                out.push(c);
                before = c;
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_but_quoted_ones_stay() {
        let body = "@[expose] public section\nopen Lmx\nnamespace Lmx.Nets\ndef LmxA := (`Lmx.B, \"Lmx\", Lmx.c)";
        let expected =
            "section\nopen LmxRun\nnamespace LmxRun.Nets\ndef LmxA := (`Lmx.B, \"Lmx\", LmxRun.c)";
        assert_eq!(renamed(body), expected);
    }

    #[test]
    fn theorems_are_imported_and_programs_are_copied() {
        let module = |name: &str, imports: &[&str]| Module {
            name: name.into(),
            file: format!("{}.lean", name.replace('.', "/")).into(),
            imports: imports.iter().map(|s| s.to_string()).collect(),
            key: String::new(),
        };
        let all = [
            module("Lmx.Ir", &[]),
            module("Lmx.Theorems.Ir", &["Lmx.Ir"]),
            module("Lmx.Export.Json", &["Lmx.Ir"]),
            module("Lmx.Exported.Net", &["Lmx.Export.Json", "Lmx.Theorems.Ir"]),
        ];
        let all: Vec<&Module> = all.iter().collect();
        let run = closure_without(&all, "Lmx.Exported.Net", THEOREMS);
        assert_eq!(
            run.into_iter().collect::<Vec<_>>(),
            ["Lmx.Export.Json", "Lmx.Exported.Net", "Lmx.Ir"]
        );
    }
}
