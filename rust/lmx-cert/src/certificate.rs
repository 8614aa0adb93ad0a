//! The certificate: its data and its strict reader.

use std::path::Path;

use lmx_graph::canonical::{self, Json};
use lmx_graph::decode::{At, DecodeError};
use lmx_graph::file::read_limited;
use lmx_graph::{Sha256, limits, sha256};

use crate::error::CertError;

/// Bytes that a certificate may have.
pub(crate) const FILE_BYTES: u64 = 16 << 20;

const FORMAT: &str = "lmx-cert";
const VERSION: u64 = 1;

/// A certificate whose form and digest were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The net's name.
    pub name: String,
    /// The graph's file name, in the certificate's folder.
    pub graph_file: String,
    /// The sha256 of the graph file.
    pub graph_sha256: Sha256,
    /// The Lean toolchain that checked the theorems.
    pub toolchain: String,
    /// The Lean files of the exporter and the theorems, sorted by path.
    pub sources: Vec<Source>,
    /// What is claimed about the graph, sorted by name; not empty.
    pub theorems: Vec<Theorem>,
    /// What the program computes where the mathematics has no derivative.
    pub kinks: Vec<String>,
    /// How far the axioms were followed.
    pub axiom_closure: AxiomClosure,
    /// The sha256 of the certificate without this field.
    pub digest: Sha256,
}

/// A Lean file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path in the repository.
    pub path: String,
    /// The sha256 of its bytes.
    pub sha256: Sha256,
}

/// A theorem about the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theorem {
    /// Its full Lean name.
    pub name: String,
    /// The statement as people read it.
    pub statement: String,
    /// The hash of the statement and of all that it reaches in the project.
    pub statement_sha256: Sha256,
    /// The hash of the proof and of all that it reaches in the project.
    pub proof_sha256: Sha256,
    /// The axioms that the proof depends on.
    pub axioms: Vec<String>,
}

/// How far the exporter followed a proof to find its axioms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxiomClosure {
    /// To the end.
    Full,
    /// Through the project; so many core theorems were reached whose proofs the toolchain does not ship.
    Project {
        /// How many.
        sealed: u64,
    },
}

impl Certificate {
    /// Reads a certificate; a file over 16 MiB is refused without reading it.
    pub fn read(path: &Path) -> Result<Certificate, CertError> {
        let bytes = read_limited(path, FILE_BYTES).map_err(|source| CertError::Read {
            what: "certificate",
            source,
        })?;
        Certificate::from_bytes(path, &bytes)
    }

    /// The certificate that these bytes are the canonical spelling of; `path` is for messages.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Certificate, CertError> {
        let file = || path.to_owned();
        let mut json = canonical::parse(bytes).map_err(|source| CertError::Json {
            file: file(),
            source,
        })?;
        let certificate = decode(&json).map_err(|source| CertError::Form {
            file: file(),
            source,
        })?;
        let graph_file = format!("{}.graph.json", certificate.name);
        if certificate.graph_file != graph_file {
            let found = certificate.graph_file;
            return Err(CertError::GraphFile {
                file: file(),
                expected: graph_file,
                found,
            });
        }
        if let Json::Object(object) = &mut json {
            object.remove("digest");
        }
        let computed = sha256(&json.to_bytes());
        if computed != certificate.digest {
            let found = certificate.digest;
            return Err(CertError::Digest {
                file: file(),
                expected: computed,
                found,
            });
        }
        Ok(certificate)
    }
}

fn decode(json: &Json<'_>) -> Result<Certificate, DecodeError> {
    let root = At::root(json);
    root.header(FORMAT, VERSION)?;
    let [
        axiom_closure,
        digest,
        _,
        graph,
        kinks,
        name,
        sources,
        theorems,
        toolchain,
        _,
    ] = root.fields([
        "axiom_closure",
        "digest",
        "format",
        "graph",
        "kinks",
        "name",
        "sources",
        "theorems",
        "toolchain",
        "version",
    ])?;
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
    let [graph_file, graph_sha256] = graph.fields(["file", "sha256"])?;
    let certificate = Certificate {
        name: name.name(limits::NET_NAME, "a-z, 0-9 and '-'", allowed)?,
        graph_file: graph_file.str()?.to_owned(),
        graph_sha256: graph_sha256.sha256()?,
        toolchain: toolchain.str()?.to_owned(),
        sources: sources.list("sources", ENTRIES, read_source)?,
        theorems: theorems.list("theorems", ENTRIES, read_theorem)?,
        kinks: kinks.list("sentences", ENTRIES, string)?,
        axiom_closure: read_closure(axiom_closure)?,
        digest: digest.sha256()?,
    };
    if certificate.theorems.is_empty() {
        return Err(theorems.unexpected("at least one theorem"));
    }
    if !certificate.theorems.is_sorted_by(|a, b| a.name < b.name) {
        return Err(theorems.unexpected("theorems sorted by name, each once"));
    }
    if !certificate.sources.is_sorted_by(|a, b| a.path < b.path) {
        return Err(sources.unexpected("sources sorted by path, each once"));
    }
    Ok(certificate)
}

/// Entries of a certificate's list.
const ENTRIES: usize = 100_000;

fn string(at: At<'_>) -> Result<String, DecodeError> {
    at.str().map(str::to_owned)
}

fn read_source(at: At<'_>) -> Result<Source, DecodeError> {
    let [path, sha256] = at.fields(["path", "sha256"])?;
    Ok(Source {
        path: string(path)?,
        sha256: sha256.sha256()?,
    })
}

fn read_theorem(at: At<'_>) -> Result<Theorem, DecodeError> {
    let [axioms, name, proof_sha256, statement, statement_sha256] = at.fields([
        "axioms",
        "name",
        "proof_sha256",
        "statement",
        "statement_sha256",
    ])?;
    Ok(Theorem {
        name: string(name)?,
        statement: string(statement)?,
        statement_sha256: statement_sha256.sha256()?,
        proof_sha256: proof_sha256.sha256()?,
        axioms: axioms.list("axioms", ENTRIES, string)?,
    })
}

fn read_closure(at: At<'_>) -> Result<AxiomClosure, DecodeError> {
    const KINDS: [&str; 2] = ["full", "project"];
    let [kind] = at.some_fields(["kind"])?;
    let known = |k: &str| KINDS.into_iter().find(|known| *known == k);
    if kind.one_of("axiom closure", KINDS, known)? == "full" {
        return at.fields(["kind"]).map(|_| AxiomClosure::Full);
    }
    let [_, sealed] = at.fields(["kind", "sealed"])?;
    Ok(AxiomClosure::Project {
        sealed: sealed.int()?,
    })
}
