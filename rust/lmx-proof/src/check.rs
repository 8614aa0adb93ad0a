//! Comparison with what is committed: the hashes that Lean's exporter wrote must be those that this crate computes from the compiled modules.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use lmx_cert::canonical::{self, Term, name_of, name_text};
use lmx_cert::{Certificate, Theorem};
use lmx_graph::canonical::{Json, parse};
use lmx_graph::{Sha256, sha256};

use crate::canonical::{Canonical, Proofs, text};
use crate::environment::Environment;
use crate::error::{ProofError, Result};

/// What was compared and found equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Declarations of the project among the test vectors, by text and hash.
    pub vectors: usize,
    /// Theorems of certificates, by the hash of the statement.
    pub theorems: usize,
    /// Lines of these theorems' `declarations`.
    pub declarations: usize,
}

/// Names of the test vectors that are made for the purpose, and declared nowhere.
const MADE: [&str; 2] = ["Lmx.Vectors.", "_private.Lmx.0."];

/// Compares the test vectors and the certificates in a folder with an environment. That nothing is there to compare is an error, and so is a
/// certificate's declaration that is not in the environment, but for the term and the theorem, which the certificate itself brings.
pub fn check_committed(env: &Environment, certificates: &Path) -> Result<Compared> {
    let mut compared = Compared {
        vectors: check_vectors(env, &certificates.join("canonical-vectors.json"))?,
        ..Compared::default()
    };
    let io = |source| ProofError::Io {
        path: certificates.to_owned(),
        source,
    };
    let mut files: Vec<PathBuf> = vec![];
    for entry in fs::read_dir(certificates).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.to_string_lossy().ends_with(".cert.json") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return committed(certificates, "no certificate to compare with".to_owned());
    }
    let mut canonical = Canonical::new(env);
    for file in &files {
        let certificate = Certificate::read(file).or_else(|e| committed(file, e.to_string()))?;
        let term_file = certificates.join(&certificate.term.file);
        let term = fs::read(&term_file).map_err(|source| ProofError::Io {
            path: term_file.clone(),
            source,
        })?;
        for theorem in &certificate.theorems {
            let mut given = Given::default();
            given.add(&term_file, &term)?;
            given.add(file, theorem.statement_term.as_bytes())?;
            let lines = given.reach(&mut canonical, env, &theorem.name);
            compare_lines(file, theorem, &lines)?;
            compared.theorems += 1;
            compared.declarations += lines.len();
        }
    }
    Ok(compared)
}

fn committed<T>(path: &Path, reason: String) -> Result<T> {
    Err(ProofError::Committed {
        path: path.to_owned(),
        reason,
    })
}

fn differs<T>(path: &Path, differences: String) -> Result<T> {
    Err(ProofError::Differs {
        path: path.to_owned(),
        differences,
    })
}

fn check_vectors(env: &Environment, path: &Path) -> Result<usize> {
    let bytes = fs::read(path).map_err(|source| ProofError::Io {
        path: path.to_owned(),
        source,
    })?;
    let json = parse(&bytes).or_else(|e| committed(path, e.to_string()))?;
    let vectors = read_vectors(&json);
    let vectors = vectors.map_or_else(|| committed(path, "not test vectors".to_owned()), Ok)?;
    let mut compared = 0;
    for vector in vectors {
        if MADE.iter().any(|made| vector.name.starts_with(made)) {
            continue;
        }
        let (found, _) = text(&env.store, env.find(&vector.name)?, Proofs::Left);
        if found != vector.text {
            return differs(path, format!("{}: another text\n{found}", vector.name));
        }
        let hash = sha256(found.as_bytes()).to_string();
        if hash != vector.sha256 {
            return differs(path, format!("{}: the sha256 is {hash}", vector.name));
        }
        compared += 1;
    }
    if compared == 0 {
        return committed(path, "no declaration of the project to compare".to_owned());
    }
    Ok(compared)
}

struct Vector<'j> {
    name: String,
    text: &'j str,
    sha256: &'j str,
}

fn read_vectors<'j>(json: &'j Json<'_>) -> Option<Vec<Vector<'j>>> {
    let object = |json: &'j Json<'_>, key: &str| match json {
        Json::Object(object) => object.get(key),
        _ => None,
    };
    let array = |json: &'j Json<'_>| match json {
        Json::Array(array) => Some(array),
        _ => None,
    };
    let string = |json: &'j Json<'_>| match json {
        Json::Str(text) => Some(text.as_ref()),
        _ => None,
    };
    let part = |json: &'j Json<'_>| match json {
        Json::Int(n) => Some(canonical::Part::Number(*n)),
        other => string(other).map(canonical::Part::Text),
    };
    let vector = |json: &'j Json<'_>| {
        let name: Option<Vec<_>> = array(object(json, "name")?)?.iter().map(part).collect();
        Some(Vector {
            name: name_text(&name?),
            text: string(object(json, "text")?)?,
            sha256: string(object(json, "sha256")?)?,
        })
    };
    array(object(json, "vectors")?)?
        .iter()
        .map(vector)
        .collect()
}

/// Declarations that a certificate brings as texts: by name, the hash and the names on its lines.
#[derive(Default)]
struct Given {
    declarations: HashMap<String, (Sha256, Vec<String>)>,
}

impl Given {
    fn add(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        let declaration =
            canonical::Declaration::parse(bytes).or_else(|e| committed(path, e.to_string()))?;
        let terms = &declaration.terms;
        let uses = (0..terms.len()).filter_map(|id| match terms.get(id)? {
            Term::Const(constant) => Some(name_of(constant).to_owned()),
            Term::Field { structure, .. } => Some(structure.to_owned()),
            _ => None,
        });
        let entry = (sha256(bytes), uses.collect());
        self.declarations.insert(declaration.name.to_owned(), entry);
        Ok(())
    }

    /// The lines of what a theorem's statement reaches. A name that is declared nowhere has a line with no hash, which no certificate has.
    fn reach(
        &self,
        canonical: &mut Canonical<'_>,
        env: &Environment,
        theorem: &str,
    ) -> Vec<String> {
        let mut lines = vec![];
        let mut seen = HashSet::new();
        let mut todo = vec![theorem.to_owned()];
        while let Some(name) = todo.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            if let Some((hash, uses)) = self.declarations.get(&name) {
                lines.push(format!("{name} {hash}"));
                todo.extend(uses.iter().rev().cloned());
            } else if let Ok(declaration) = env.find(&name) {
                if env.is_project(declaration.name) {
                    let hashed = canonical.hashed(declaration, Proofs::Left);
                    lines.push(format!("{name} {}", hashed.sha256));
                    let names = hashed.uses.iter().rev();
                    todo.extend(names.map(|n| env.store.name_text(*n)));
                }
            } else if ["Lmx.", "_private.Lmx."]
                .iter()
                .any(|prefix| name.starts_with(prefix))
            {
                lines.push(format!("{name} is not declared"));
            }
        }
        lines
    }
}

fn compare_lines(file: &Path, theorem: &Theorem, found: &[String]) -> Result<()> {
    let committed = theorem.declarations.iter();
    let committed: Vec<String> = committed
        .map(|d| format!("{} {}", d.name, d.sha256))
        .collect();
    let length = committed.len().max(found.len());
    for i in 0..length {
        let (old, new) = (committed.get(i), found.get(i));
        if old != new {
            let show = |line: Option<&String>| line.map_or("nothing", |l| l).to_owned();
            let (old, new) = (show(old), show(new));
            let name = &theorem.name;
            return differs(
                file,
                format!(
                    "{name}: declaration {i} is `{old}` there, and `{new}` in the compiled modules"
                ),
            );
        }
    }
    let lines: String = found.iter().flat_map(|l| [l.as_str(), "\n"]).collect();
    let hash = sha256(lines.as_bytes());
    if hash != theorem.statement_sha256 {
        return differs(
            file,
            format!("{}: the statement's sha256 is {hash}", theorem.name),
        );
    }
    Ok(())
}
