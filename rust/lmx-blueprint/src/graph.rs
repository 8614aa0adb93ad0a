//! Which declarations the graph shows, and its edges: what is not shown is folded into what uses it.

use std::collections::{BTreeMap, BTreeSet};

use crate::chapters::Chapters;
use crate::model::{Kind, Library};

/// How a declaration depends on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependence {
    /// Its statement mentions it, or mentions something folded that uses it.
    Stated,
    /// Only its proof or value does.
    Proved,
}

/// The graph that is drawn. Declarations are named by their index in the library.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The declarations shown.
    pub shown: BTreeSet<usize>,
    /// Of each shown declaration the shown ones it depends on, without those that another of them depends on.
    pub edges: BTreeMap<usize, BTreeMap<usize, Dependence>>,
}

impl Graph {
    /// The graph of a library.
    pub fn of(library: &Library, chapters: &Chapters, chapter_of: &[usize]) -> Graph {
        let shown = shown(library, chapters, chapter_of);
        let full = folded(library, &shown);
        Graph {
            edges: reduced(&full),
            shown,
        }
    }

    /// The number of edges.
    pub fn size(&self) -> usize {
        self.edges.values().map(BTreeMap::len).sum()
    }
}

/// Shown are documented theorems and instances, documented types, and documented definitions that the statements of enough documented
/// theorems mention; and what the data file says.
fn shown(library: &Library, chapters: &Chapters, chapter_of: &[usize]) -> BTreeSet<usize> {
    let documented = |i: &usize| library.get(*i).is_some_and(|d| d.doc.is_some());
    let theorems: Vec<usize> = (0..library.declarations.len())
        .filter(documented)
        .filter(|&i| {
            library
                .get(i)
                .is_some_and(|d| matches!(d.kind, Kind::Theorem | Kind::Instance))
        })
        .collect();
    let mut mentions: BTreeMap<usize, usize> = BTreeMap::new();
    for d in theorems.iter().filter_map(|&i| library.get(i)) {
        for &u in &d.stated {
            *mentions.entry(u).or_default() += 1;
        }
    }
    let mut shown: BTreeSet<usize> = theorems.into_iter().collect();
    for (i, d) in library.declarations.iter().enumerate() {
        let chapter = chapter_of.get(i).and_then(|&k| chapters.chapter.get(k));
        let enough = chapter
            .and_then(|c| c.mentioned)
            .unwrap_or(chapters.mentioned);
        let often = mentions.get(&i).copied().unwrap_or(0) >= enough;
        if documented(&i) && (d.kind.is_type() || (d.kind == Kind::Definition && often)) {
            shown.insert(i);
        }
        if d.made && matches!(d.kind, Kind::Theorem | Kind::Definition) {
            shown.insert(i);
        }
        // An axiom of the project has to be seen.
        if d.kind == Kind::Axiom || !d.axioms.is_subset(&library.accepted) {
            shown.insert(i);
        }
    }
    let named =
        |names: &[String]| -> Vec<usize> { names.iter().filter_map(|n| library.find(n)).collect() };
    for i in named(&chapters.hide) {
        shown.remove(&i);
    }
    shown.extend(named(&chapters.show));
    shown.extend(named(&chapters.main));
    shown
}

/// Of each shown declaration the shown ones that it reaches through others only. Uses point backwards in the library's order, so
/// that there is no cycle.
fn folded(
    library: &Library,
    shown: &BTreeSet<usize>,
) -> BTreeMap<usize, BTreeMap<usize, Dependence>> {
    // What a folded declaration stands for; computed in order, since it uses earlier ones only.
    let mut stands_for: Vec<BTreeSet<usize>> = Vec::with_capacity(library.declarations.len());
    let mut full = BTreeMap::new();
    for (i, d) in library.declarations.iter().enumerate() {
        let gather = |uses: &BTreeSet<usize>| {
            let mut found = BTreeSet::new();
            for &u in uses.iter().filter(|&&u| u < i) {
                if shown.contains(&u) {
                    found.insert(u);
                } else if let Some(set) = stands_for.get(u) {
                    found.extend(set);
                }
            }
            found
        };
        let stated = gather(&d.stated);
        let proved = gather(&d.proved);
        if shown.contains(&i) {
            let mut edges: BTreeMap<usize, Dependence> =
                proved.iter().map(|&u| (u, Dependence::Proved)).collect();
            edges.extend(stated.iter().map(|&u| (u, Dependence::Stated)));
            full.insert(i, edges);
        }
        stands_for.push(stated.union(&proved).copied().collect());
    }
    full
}

/// The same order with the fewest edges.
fn reduced(
    full: &BTreeMap<usize, BTreeMap<usize, Dependence>>,
) -> BTreeMap<usize, BTreeMap<usize, Dependence>> {
    let mut below: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut edges = BTreeMap::new();
    for (&i, uses) in full {
        let mut reached: BTreeSet<usize> = BTreeSet::new();
        let mut kept = BTreeMap::new();
        // From the latest on: what one of them reaches is earlier than it.
        for (&u, &how) in uses.iter().rev() {
            if !reached.contains(&u) {
                kept.insert(u, how);
                reached.insert(u);
                if let Some(more) = below.get(&u) {
                    reached.extend(more);
                }
            }
        }
        below.insert(i, reached);
        edges.insert(i, kept);
    }
    edges
}
