//! What ties a statement to the term: its hash.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use lmx_graph::sha256;
use lmx_graph::text::{short, shown};

use crate::canonical::{Declaration, Kind, Term, name_of};
use crate::certificate::{Certificate, Theorem};
use crate::error::CertError;

/// Checks that each theorem states a property of the term's constant, and that its statement's hash covers this statement and the term's
/// definition; the path is for messages. Returns the properties' names.
pub fn check_statements(path: &Path, certificate: &Certificate) -> Result<Vec<String>, CertError> {
    let theorems = certificate.theorems.iter().enumerate();
    theorems
        .map(|(index, theorem)| {
            check_declarations(path, certificate, index, theorem)?;
            property(path, certificate, index, theorem)
        })
        .collect()
}

fn unbound<T>(
    path: &Path,
    index: usize,
    at: &'static str,
    expected: String,
    found: String,
) -> Result<T, CertError> {
    Err(CertError::Unbound {
        file: path.to_owned(),
        index,
        at,
        expected,
        found,
    })
}

/// Checks that the statement's hash is over the declarations listed, and that the theorem and the term are among them.
fn check_declarations(
    path: &Path,
    certificate: &Certificate,
    index: usize,
    theorem: &Theorem,
) -> Result<(), CertError> {
    let mut text = String::new();
    let mut names = BTreeSet::new();
    for declared in &theorem.declarations {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} {}", declared.name, declared.sha256);
        if !names.insert(&declared.name) {
            let expected = "each declaration once".to_owned();
            let found = format!("{} again", shown(&declared.name));
            return unbound(path, index, "declarations", expected, found);
        }
    }
    let found = sha256(text.as_bytes());
    if found != theorem.statement_sha256 {
        let expected = format!("lines whose sha256 is {}", theorem.statement_sha256);
        return unbound(path, index, "declarations", expected, format!("{found}"));
    }

    let place = |at, place: Option<usize>, name: &str, sha256| {
        let mut entries = theorem.declarations.iter().enumerate();
        let entry = match place {
            Some(place) => entries.nth(place),
            None => entries.find(|(_, declared)| declared.name == name),
        };
        match entry {
            Some((_, declared)) if declared.name == name && declared.sha256 == sha256 => Ok(()),
            entry => {
                let found = entry.map(|(_, d)| format!("{} {}", short(&d.name), d.sha256));
                let found = found.unwrap_or_else(|| "none".to_owned());
                unbound(path, index, at, format!("{} {sha256}", short(name)), found)
            }
        }
    };
    let statement = sha256(theorem.statement_term.as_bytes());
    place("declarations[0]", Some(0), &theorem.name, statement)?;
    let term = &certificate.term;
    place("declarations", None, &term.constant, term.sha256)
}

/// The property that the theorem states of the term's constant.
fn property(
    path: &Path,
    certificate: &Certificate,
    index: usize,
    theorem: &Theorem,
) -> Result<String, CertError> {
    const AT: &str = "statement_term";
    let declaration = Declaration::parse(theorem.statement_term.as_bytes()).map_err(|source| {
        CertError::StatementText {
            file: path.to_owned(),
            index,
            source,
        }
    })?;
    let (kind, name) = (declaration.kind, declaration.name);
    let (Kind::Theorem, &[statement], true) =
        (kind, declaration.roots.as_slice(), name == theorem.name)
    else {
        let expected = format!("the statement of the theorem {}", short(&theorem.name));
        return unbound(path, index, AT, expected, format!("{kind} {}", short(name)));
    };
    let constant = &certificate.term.constant;
    let terms = &declaration.terms;
    let subject = |id| terms.get(id) == Some(Term::Const(constant));
    if let Some(Term::App(property, graph)) = terms.get(statement)
        && let Some(Term::Const(property)) = terms.get(property)
        && subject(graph)
    {
        return Ok(name_of(property).to_owned());
    }
    let expected = format!("a constant property of {}", short(constant));
    unbound(path, index, AT, expected, terms.show(statement))
}
