//! Comparison with Lean: the texts and hashes that Lean's exporter writes as test vectors must be those that this crate computes from the compiled modules.

use std::fs;
use std::path::Path;

use lmx_cert::canonical::{self, name_text};
use lmx_graph::canonical::{Json, parse};
use lmx_graph::sha256;

use crate::canonical::{Canonical, Proofs, text};
use crate::environment::Environment;
use crate::error::{ProofError, Result};

/// Names of the test vectors that are made for the purpose, and declared nowhere.
const MADE: [&str; 2] = ["Lmx.Vectors.", "_private.Lmx.0."];

/// What was compared and found equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Declarations of the project, by text and hash.
    pub declarations: usize,
    /// Theorems, by the hash of what they reach.
    pub theorems: usize,
}

/// Compares a file of test vectors with an environment. That nothing is there to compare is an error.
pub fn check_vectors(env: &Environment, path: &Path) -> Result<Compared> {
    let bytes = fs::read(path).map_err(|source| ProofError::Io {
        path: path.to_owned(),
        source,
    })?;
    let json = parse(&bytes).or_else(|e| committed(path, e.to_string()))?;
    let Some((vectors, theorems)) = read(&json) else {
        return committed(path, "not test vectors".to_owned());
    };
    let mut compared = Compared::default();
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
        compared.declarations += 1;
    }
    let mut canonical = Canonical::new(env);
    for theorem in theorems {
        let reached = canonical.reach(env.find(&theorem.name)?.name, theorem.proofs)?;
        let (hash, count) = (reached.sha256(&env.store), reached.project.len() as u64);
        if hash.to_string() != theorem.sha256 || count != theorem.declarations {
            let (name, proofs) = (theorem.name, theorem.proofs);
            return differs(
                path,
                format!("{name}, proofs {proofs:?}: {count} declarations, sha256 {hash}"),
            );
        }
        compared.theorems += 1;
    }
    if compared.declarations == 0 || compared.theorems == 0 {
        return committed(path, "no declaration of the project to compare".to_owned());
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

struct Vector<'j> {
    name: String,
    text: &'j str,
    sha256: &'j str,
}

struct Theorem<'j> {
    name: String,
    proofs: Proofs,
    declarations: u64,
    sha256: &'j str,
}

fn read<'j>(json: &'j Json<'_>) -> Option<(Vec<Vector<'j>>, Vec<Theorem<'j>>)> {
    let object = |json: &'j Json<'_>, key: &str| match json {
        Json::Object(object) => object.get(key),
        _ => None,
    };
    let array = |json: &'j Json<'_>, key: &str| match object(json, key)? {
        Json::Array(array) => Some(array.iter()),
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
    let name = |json: &'j Json<'_>| {
        let parts: Option<Vec<_>> = array(json, "name")?.map(part).collect();
        Some(name_text(&parts?))
    };
    let vector = |json: &'j Json<'_>| {
        Some(Vector {
            name: name(json)?,
            text: string(object(json, "text")?)?,
            sha256: string(object(json, "sha256")?)?,
        })
    };
    let theorem = |json: &'j Json<'_>| {
        let (Json::Bool(proofs), Json::Int(declarations)) =
            (object(json, "proofs")?, object(json, "declarations")?)
        else {
            return None;
        };
        Some(Theorem {
            name: name(json)?,
            proofs: if *proofs { Proofs::Kept } else { Proofs::Left },
            declarations: *declarations,
            sha256: string(object(json, "sha256")?)?,
        })
    };
    let vectors: Option<Vec<_>> = array(json, "vectors")?.map(vector).collect();
    let theorems: Option<Vec<_>> = array(json, "theorems")?.map(theorem).collect();
    Some((vectors?, theorems?))
}
