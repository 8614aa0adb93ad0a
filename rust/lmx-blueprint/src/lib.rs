//! The blueprint: a web page with the dependency graph of the proof library's definitions and theorems, and a coverage page. Both are
//! generated from what Lean compiled and checked against it; neither needs a network, a server or, to be read, a script.
//!
//! - [`read`]: the named declarations, from `.olean` files and sources;
//! - [`chapters`], [`graph`], [`layout`]: what is drawn, and where;
//! - [`coverage`]: the claims of `blueprint/coverage.toml`, each checked;
//! - [`page`], [`svg`], [`coverage_page`]: the pages.

pub mod chapters;
pub mod coverage;
pub mod coverage_page;
pub mod error;
pub mod graph;
pub mod html;
pub mod layout;
pub mod model;
pub mod page;
pub mod read;
pub mod scope;
pub mod statement;
pub mod svg;

use std::fs;
use std::path::Path;

use error::{Result, io};
use lmx_proof::Environment;

/// What was written.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Declarations.
    pub declarations: usize,
    /// Nodes of the graph.
    pub nodes: usize,
    /// Edges of the graph.
    pub edges: usize,
    /// Rows of the coverage tables.
    pub rows: usize,
}

/// Generates `index.html` and `coverage.html` in the folder `out`, from what Lean compiled of the checkout at `root`. Nothing is written if a check
/// fails.
pub fn generate(environment: &Environment, root: &Path, out: &Path) -> Result<Written> {
    let text = |file: &str| {
        let path = root.join(file);
        fs::read_to_string(&path).map_err(io("read", path))
    };
    let chapters = chapters::Chapters::parse(&text(chapters::FILE)?)?;
    let coverage = coverage::Coverage::parse(&text(coverage::FILE)?)?;
    let library = read::library(
        environment,
        &root.join("lean"),
        &chapters.leave_out,
        chapters.axioms.clone(),
    )?;
    let chapter_of = chapters.assign(&library)?;
    let tables = coverage.check(&library, root)?;
    let graph = graph::Graph::of(&library, &chapters, &chapter_of);
    let index = page::render(&library, &chapters, &chapter_of, &graph);
    let covered = coverage_page::render(&library, &tables);
    fs::create_dir_all(out).map_err(io("create", out))?;
    for (name, text) in [("index.html", &index), ("coverage.html", &covered)] {
        let path = out.join(name);
        fs::write(&path, text).map_err(io("write", path))?;
    }
    Ok(Written {
        declarations: library.declarations.len(),
        nodes: graph.shown.len(),
        edges: graph.size(),
        rows: tables.iter().map(|t| t.rows.len()).sum(),
    })
}
