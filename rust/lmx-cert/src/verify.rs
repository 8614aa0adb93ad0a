//! Verification of a certificate against its graph and the allow-list.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lmx_graph::file::{ReadError, read_limited};
use lmx_graph::text::{short, shown};
use lmx_graph::{Graph, Sha256, limits, sha256};

use crate::allowlist::{AllowList, NEVER_ALLOWED};
use crate::canonical::Declaration;
use crate::certificate::{CORRECT, Certificate, Derived};
use crate::error::CertError;
use crate::kinks::kinks;
use crate::statement::check_statements;
use crate::term::{self, Difference, TermError};

/// What a verification established.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The certificate is as it was written, the graph is the one that it names, and the graph checks.
    Hashes,
    /// Theorems and statements are, by name and hash, those that were reviewed, none missing, none more; what the certificate says of axioms
    /// and toolchain is on the list.
    AllowList,
    /// Each statement is a property of the term, by the hash of its definition, and the term was decoded and is equal to the graph.
    Term,
}

/// A certificate that was accepted, and its graph. Its `Display` is the report of `lmx-rs verify`.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The graph.
    pub graph: Graph,
    /// The certificate.
    pub certificate: Certificate,
    /// The property of the graph that each theorem states, by its name in Lean.
    pub properties: Vec<String>,
    /// The allow-list that accepted it.
    pub allowlist: PathBuf,
    /// The sha256 of that list.
    pub allowlist_sha256: Sha256,
    /// What was established.
    pub levels: Vec<Level>,
}

/// Verifies the certificate at `cert_path` and the graph beside it. Without `allowlist_path`, the list is
/// `allowlist.json` in the same folder.
pub fn verify(cert_path: &Path, allowlist_path: Option<&Path>) -> Result<Verified, CertError> {
    verify_recorded(cert_path, allowlist_path, None)
}

/// The same against the allow-list of this sha256 alone, if one is given: the list that a run was begun with.
///
/// # Errors
/// The refusal; [`CertError::OtherAllowList`] if the list is another.
pub fn verify_recorded(
    cert_path: &Path,
    allowlist_path: Option<&Path>,
    recorded: Option<Sha256>,
) -> Result<Verified, CertError> {
    let certificate = Certificate::read(cert_path)?;
    let allowlist_path = allowlist_path.map_or_else(
        || cert_path.with_file_name("allowlist.json"),
        Path::to_owned,
    );
    let bytes = AllowList::read_bytes(&allowlist_path)?;
    let allowlist_sha256 = sha256(&bytes);
    if let Some(recorded) = recorded {
        check_recorded(&allowlist_path, recorded, allowlist_sha256)?;
    }
    let allowlist = AllowList::from_bytes(&allowlist_path, &bytes)?;
    check_allowed(cert_path, &certificate, &allowlist_path, &allowlist)?;

    let properties = check_statements(cert_path, &certificate)?;
    check_derived(cert_path, &certificate, &properties)?;

    let graph_path = cert_path.with_file_name(&certificate.graph_file);
    let bytes = read_beside(&graph_path, "graph", |graph| CertError::GraphMissing {
        file: cert_path.to_owned(),
        graph,
    })?;
    let graph = check_graph(&certificate, &graph_path, &bytes)?;
    check_kinks(cert_path, &certificate, &graph)?;
    let term_path = cert_path.with_file_name(&certificate.term.file);
    let bytes = read_beside(&term_path, "term", |term| CertError::TermMissing {
        file: cert_path.to_owned(),
        term,
    })?;
    check_term(&certificate, &term_path, &bytes, &graph_path, &graph)?;
    Ok(Verified {
        graph,
        certificate,
        properties,
        allowlist: allowlist_path,
        allowlist_sha256,
        levels: vec![Level::Hashes, Level::AllowList, Level::Term],
    })
}

/// Checks that an allow-list is the one that was recorded; the path is for messages.
///
/// # Errors
/// [`CertError::OtherAllowList`].
pub fn check_recorded(path: &Path, recorded: Sha256, found: Sha256) -> Result<(), CertError> {
    if recorded == found {
        return Ok(());
    }
    Err(CertError::OtherAllowList {
        file: path.to_owned(),
        expected: recorded,
        found,
    })
}

/// Checks that the theorem is there which the term's derivation rests on; the path is for messages.
pub fn check_derived(
    path: &Path,
    certificate: &Certificate,
    properties: &[String],
) -> Result<(), CertError> {
    match certificate.term.derived {
        Derived::Kernel if properties.iter().any(|p| p == CORRECT) => Ok(()),
        Derived::Kernel => Err(CertError::NotDerived {
            file: path.to_owned(),
            expected: format!(
                "a theorem that {CORRECT} {}",
                short(&certificate.term.constant)
            ),
            found: names(properties),
        }),
    }
}

fn read_beside(
    path: &Path,
    what: &'static str,
    missing: impl FnOnce(PathBuf) -> CertError,
) -> Result<Vec<u8>, CertError> {
    read_limited(path, limits::FILE_BYTES).map_err(|source| match source {
        ReadError::Io { path, source } if source.kind() == ErrorKind::NotFound => missing(path),
        source => CertError::Read { what, source },
    })
}

/// Checks that these bytes are the term that the certificate names, and that it denotes the graph; the paths are for messages.
pub fn check_term(
    certificate: &Certificate,
    path: &Path,
    bytes: &[u8],
    graph_path: &Path,
    graph: &Graph,
) -> Result<(), CertError> {
    let file = || path.to_owned();
    let (expected, found) = (certificate.term.sha256, sha256(bytes));
    if expected != found {
        return Err(CertError::TermHash {
            file: file(),
            expected,
            found,
        });
    }
    let declaration = Declaration::parse(bytes).map_err(|source| CertError::TermText {
        file: file(),
        source,
    })?;
    let term = |source| CertError::Term {
        file: file(),
        source,
    };
    if declaration.name != certificate.term.constant {
        return Err(term(TermError {
            at: "name".to_owned(),
            expected: short(&certificate.term.constant),
            found: short(declaration.name),
        }));
    }
    let decoded = term::decode(&declaration, found).map_err(term)?;
    match term::difference(&decoded, graph) {
        None => Ok(()),
        Some(Difference {
            at,
            expected,
            found,
        }) => Err(CertError::TermDiffers {
            file: graph_path.to_owned(),
            term: file(),
            at: at.into(),
            expected: expected.into(),
            found: found.into(),
        }),
    }
}

/// Checks that the certificate's list of kinks is the graph's; the path is for messages.
fn check_kinks(path: &Path, certificate: &Certificate, graph: &Graph) -> Result<(), CertError> {
    let expected = kinks(graph);
    if certificate.kinks == expected {
        return Ok(());
    }
    let list = |kinks: Vec<String>| match kinks.is_empty() {
        true => "none".to_owned(),
        false => kinks.join(", "),
    };
    let found = certificate.kinks.iter().take(expected.len() + 1);
    Err(CertError::Kinks {
        file: path.to_owned(),
        expected: list(expected.iter().map(|k| format!("{k:?}")).collect()),
        found: list(found.map(|k| shown(k)).collect()),
    })
}

/// The graph in these bytes, if it is the one that the certificate is about; `path` is for messages.
pub fn check_graph(
    certificate: &Certificate,
    path: &Path,
    bytes: &[u8],
) -> Result<Graph, CertError> {
    let file = || path.to_owned();
    let (expected, found) = (certificate.graph_sha256, sha256(bytes));
    if expected != found {
        return Err(CertError::GraphHash {
            file: file(),
            expected,
            found,
        });
    }
    let graph = Graph::from_bytes(bytes).map_err(|source| CertError::Graph {
        file: file(),
        source: Box::new(source),
    })?;
    if graph.name != certificate.name {
        let expected = certificate.name.clone();
        return Err(CertError::Name {
            file: file(),
            expected,
            found: graph.name,
        });
    }
    Ok(graph)
}

/// Checks toolchain, axioms and theorems against the list; the paths are for messages.
pub fn check_allowed(
    path: &Path,
    certificate: &Certificate,
    allowlist_path: &Path,
    allowlist: &AllowList,
) -> Result<(), CertError> {
    let file = || path.to_owned();
    let list = || allowlist_path.to_owned();
    let Some(allowed) = allowlist.nets.get(&certificate.name) else {
        let known = names(allowlist.nets.keys());
        let found = certificate.name.clone();
        return Err(CertError::NetNotListed {
            file: file(),
            allowlist: list(),
            known,
            found,
        });
    };
    if !allowlist.toolchains.contains(&certificate.toolchain) {
        let known = names(&allowlist.toolchains);
        let found = certificate.toolchain.clone();
        return Err(CertError::Toolchain {
            file: file(),
            allowlist: list(),
            known,
            found,
        });
    }
    let axioms: BTreeSet<_> = allowlist.axioms.iter().collect();
    let mut missing: BTreeMap<_, _> = allowed
        .iter()
        .map(|t| (t.name.as_str(), t.statement_sha256))
        .collect();
    for (index, theorem) in certificate.theorems.iter().enumerate() {
        let name = || theorem.name.clone();
        // Named for what it is even if the list should hold it.
        if theorem.axioms.iter().any(|a| a == "sorryAx") {
            return Err(CertError::Sorry {
                file: file(),
                index,
                theorem: name(),
            });
        }
        let never = |a: &&String| NEVER_ALLOWED.contains(&a.as_str());
        if let Some(axiom) = theorem.axioms.iter().find(never) {
            return Err(CertError::NeverAllowed {
                file: file(),
                index,
                theorem: name(),
                found: axiom.clone(),
            });
        }
        if let Some(axiom) = theorem.axioms.iter().find(|a| !axioms.contains(a)) {
            return Err(CertError::Axiom {
                file: file(),
                index,
                theorem: name(),
                allowlist: list(),
                known: names(&allowlist.axioms).into(),
                found: axiom.clone(),
            });
        }
        let Some(expected) = missing.remove(theorem.name.as_str()) else {
            let known = names(allowed.iter().map(|t| &t.name));
            let (allowlist, found) = (list(), name());
            return Err(CertError::TheoremNotListed {
                file: file(),
                index,
                allowlist,
                known,
                found,
            });
        };
        let found = theorem.statement_sha256;
        if found != expected {
            let (theorem, allowlist) = (name(), list());
            let (expected, found) = (Box::new(expected), Box::new(found));
            return Err(CertError::Statement {
                file: file(),
                index,
                theorem,
                allowlist,
                expected,
                found,
            });
        }
    }
    match missing.into_keys().next() {
        None => Ok(()),
        Some(name) => {
            let (allowlist, expected) = (list(), name.to_owned());
            Err(CertError::TheoremMissing {
                file: file(),
                allowlist,
                expected,
            })
        }
    }
}

fn names<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    const SHOWN: usize = 20;
    let mut names = names.into_iter();
    let mut texts: Vec<_> = names.by_ref().take(SHOWN).map(|n| short(n)).collect();
    let more = names.count();
    if more > 0 {
        texts.push(format!("{more} more"));
    }
    if texts.is_empty() {
        "none".to_owned()
    } else {
        texts.join(", ")
    }
}
