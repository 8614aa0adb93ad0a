//! The certificate: its data and its strict reader.

use std::path::Path;

use lmx_graph::canonical::{self, Json};
use lmx_graph::decode::{At, DecodeError};
use lmx_graph::file::read_limited;
use lmx_graph::{Sha256, limits, sha256};

use crate::canonical::is_name;
use crate::error::CertError;

/// Bytes that a certificate may have.
pub(crate) const FILE_BYTES: u64 = 16 << 20;

const FORMAT: &str = "lmx-cert";
const VERSION: u64 = 3;

/// A certificate whose form and digest were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The net's name.
    pub name: String,
    /// The graph's file name, in the certificate's folder.
    pub graph_file: String,
    /// The sha256 of the graph file.
    pub graph_sha256: Sha256,
    /// The term that the theorems are about.
    pub term: TermRef,
    /// The Lean toolchain that checked the theorems.
    pub toolchain: String,
    /// The Lean files that the net, the exporter and the theorems are made of, sorted by path.
    pub sources: Vec<Source>,
    /// What is claimed about the graph, sorted by name; not empty.
    pub theorems: Vec<Theorem>,
    /// What the program computes at a kink: [`kinks`](crate::kinks) of the graph.
    pub kinks: Vec<String>,
    /// How far the axioms were followed.
    pub axiom_closure: AxiomClosure,
    /// The proofs, for checkers that are not Lean.
    pub proofs: ProofObjects,
    /// The sha256 of the certificate without this field.
    pub digest: Sha256,
}

/// The definition of the graph in Lean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermRef {
    /// The constant that is defined, by which statements refer to the graph.
    pub constant: String,
    /// The term's file name, in the certificate's folder.
    pub file: String,
    /// The sha256 of the term file: the hash of the definition.
    pub sha256: Sha256,
    /// How it is known that the term is what the spec derives.
    pub derived: Derived,
}

/// How it is known that the term is what the spec derives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// A theorem says so, which Lean's kernel closed by evaluation: it is part of [`CORRECT`].
    Kernel,
}

/// The property of a graph that is derived from its spec and computes what its programs' names say.
pub const CORRECT: &str = "Lmx.Graph.Correct";

/// The file with the theorems' proofs and all that they rest on. It is large, and made again from the sources when it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofObjects {
    /// The version of lean4export's NDJSON format.
    pub format: String,
    /// Its size.
    pub bytes: u64,
    /// The sha256 of its bytes, uncompressed.
    pub sha256: Sha256,
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
    /// The canonical text of the theorem's declaration, without the proof.
    pub statement_term: String,
    /// The project's declarations that the statement reaches, the theorem itself first. `statement_sha256` is over them.
    pub declarations: Vec<Declared>,
    /// The hash of the proof and of all that it reaches in the project.
    pub proof_sha256: Sha256,
    /// The axioms that the proof depends on.
    pub axioms: Vec<String>,
}

/// A declaration, by name and hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The text of its name.
    pub name: String,
    /// The hash of its canonical text.
    pub sha256: Sha256,
}

/// How far the proofs were followed to find their axioms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AxiomClosure {
    /// To the end.
    Full,
    /// Through the project, and through what the core library shows; so many of its declarations were reached that show no proof or value.
    Project {
        /// How many.
        sealed: u64,
        /// The sha256 of their names, sorted, each with a line feed.
        sealed_sha256: Sha256,
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
        let term_file = format!("{}.term", certificate.name);
        if certificate.term.file != term_file {
            let found = certificate.term.file;
            return Err(CertError::TermFile {
                file: file(),
                expected: term_file,
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
        proofs,
        sources,
        term,
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
        "proofs",
        "sources",
        "term",
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
        term: read_term(term)?,
        toolchain: toolchain.str()?.to_owned(),
        sources: sources.list("sources", ENTRIES, read_source)?,
        theorems: theorems.list("theorems", ENTRIES, read_theorem)?,
        kinks: kinks.list("sentences", ENTRIES, string)?,
        axiom_closure: read_closure(axiom_closure)?,
        proofs: read_proofs(proofs)?,
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

fn read_term(at: At<'_>) -> Result<TermRef, DecodeError> {
    let [constant, derived, file, sha256] = at.fields(["constant", "derived", "file", "sha256"])?;
    let known = |k: &str| (k == "kernel").then_some(Derived::Kernel);
    if !is_name(constant.str()?) {
        return Err(constant.unexpected("a name as canonical texts spell it"));
    }
    Ok(TermRef {
        constant: string(constant)?,
        file: string(file)?,
        sha256: sha256.sha256()?,
        derived: derived.one_of("derivation", ["kernel"], known)?,
    })
}

fn read_proofs(at: At<'_>) -> Result<ProofObjects, DecodeError> {
    let [bytes, format, sha256] = at.fields(["bytes", "format", "sha256"])?;
    Ok(ProofObjects {
        format: string(format)?,
        bytes: bytes.int()?,
        sha256: sha256.sha256()?,
    })
}

fn read_declared(at: At<'_>) -> Result<Declared, DecodeError> {
    let read = at.str()?.split_once(' ').and_then(|(name, sha256)| {
        let sha256 = sha256.parse().ok()?;
        is_name(name).then(|| Declared {
            name: name.to_owned(),
            sha256,
        })
    });
    read.ok_or_else(|| at.unexpected("a name, a space and a sha256"))
}

fn read_source(at: At<'_>) -> Result<Source, DecodeError> {
    let [path, sha256] = at.fields(["path", "sha256"])?;
    Ok(Source {
        path: string(path)?,
        sha256: sha256.sha256()?,
    })
}

fn read_theorem(at: At<'_>) -> Result<Theorem, DecodeError> {
    let [
        axioms,
        declarations,
        name,
        proof_sha256,
        statement,
        statement_sha256,
        statement_term,
    ] = at.fields([
        "axioms",
        "declarations",
        "name",
        "proof_sha256",
        "statement",
        "statement_sha256",
        "statement_term",
    ])?;
    Ok(Theorem {
        name: string(name)?,
        statement: string(statement)?,
        statement_sha256: statement_sha256.sha256()?,
        statement_term: string(statement_term)?,
        declarations: declarations.list("declarations", ENTRIES, read_declared)?,
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
    let [_, sealed, sealed_sha256] = at.fields(["kind", "sealed", "sealed_sha256"])?;
    Ok(AxiomClosure::Project {
        sealed: sealed.int()?,
        sealed_sha256: sealed_sha256.sha256()?,
    })
}
