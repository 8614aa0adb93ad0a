//! Why a certificate was refused.

use std::path::PathBuf;

use lmx_graph::canonical::JsonError;
use lmx_graph::decode::DecodeError;
use lmx_graph::file::ReadError;
use lmx_graph::text::shown;
use lmx_graph::{GraphError, Sha256};

use crate::canonical::CanonicalError;
use crate::term::TermError;

/// Why a certificate was refused: the file and the field, what was expected, what was found, what to do.
#[derive(Debug, thiserror::Error)]
pub enum CertError {
    /// A file could not be read, or is over the limit.
    #[error(
        "{source}; the {what} must be a readable file within the limit: check the path, or export it again"
    )]
    Read {
        /// Which of the files.
        what: &'static str,
        /// The reason.
        source: ReadError,
    },
    /// The certificate is not canonical JSON.
    #[error("{}: {source}; fetch or export the certificate again", file.display())]
    Json {
        /// The certificate.
        file: PathBuf,
        /// What is wrong with it.
        source: JsonError,
    },
    /// The certificate is not of the format.
    #[error("{}: {source}; fetch or export the certificate again", file.display())]
    Form {
        /// The certificate.
        file: PathBuf,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The allow-list is not of its format.
    #[error("{}: {reason}; correct the allow-list (docs/certificate-format.md)", file.display())]
    AllowList {
        /// The allow-list.
        file: PathBuf,
        /// What is wrong with it, and where.
        reason: String,
    },
    /// The allow-list is not the one that a run or a checkpoint recorded.
    #[error(
        "{}: sha256: expected {expected}, of the allow-list that was recorded, found {found}; \
         the list was changed or is another: review it, then name it with --allowlist",
        file.display()
    )]
    OtherAllowList {
        /// The allow-list.
        file: PathBuf,
        /// Of the recorded one.
        expected: Sha256,
        /// Of this one.
        found: Sha256,
    },
    /// The certificate was changed after it was written.
    #[error(
        "{}: digest: expected {expected}, the sha256 of the content, found {found}; \
         the certificate was changed or damaged: fetch or export it again",
        file.display()
    )]
    Digest {
        /// The certificate.
        file: PathBuf,
        /// Of its content.
        expected: Sha256,
        /// What it states.
        found: Sha256,
    },
    /// The graph's file is not the one of the net, in the same folder.
    #[error(
        "{}: graph.file: expected {}, a file beside the certificate, found {}; export the certificate again",
        file.display(), shown(expected), shown(found)
    )]
    GraphFile {
        /// The certificate.
        file: PathBuf,
        /// The net's file name.
        expected: String,
        /// What the certificate names.
        found: String,
    },
    /// There is no graph beside the certificate.
    #[error(
        "{}: graph.file: expected the file {}, found none; put the graph beside its certificate, or export both again",
        file.display(), graph.display()
    )]
    GraphMissing {
        /// The certificate.
        file: PathBuf,
        /// The graph that it names.
        graph: PathBuf,
    },
    /// The graph is not the one that the theorems are about.
    #[error(
        "{}: sha256: expected {expected}, which the certificate names, found {found}; \
         the graph was changed or belongs to another certificate: export both again",
        file.display()
    )]
    GraphHash {
        /// The graph file.
        file: PathBuf,
        /// What the certificate names.
        expected: Sha256,
        /// Of the file.
        found: Sha256,
    },
    /// The graph has the right hash and does not check.
    #[error("{}: {source}; Lean exported a graph that does not check: report it", file.display())]
    Graph {
        /// The graph file.
        file: PathBuf,
        /// What is wrong with it.
        source: Box<GraphError>,
    },
    /// The certificate's kinks are not the graph's.
    #[error("{}: kinks: expected {expected}, by the graph's layers, found {found}; export the certificate again", file.display())]
    Kinks {
        /// The certificate.
        file: PathBuf,
        /// The graph's.
        expected: String,
        /// The certificate's.
        found: String,
    },
    /// The graph is of another net.
    #[error(
        "{}: name: expected {}, the certificate's, found {}; export both again",
        file.display(), shown(expected), shown(found)
    )]
    Name {
        /// The graph file.
        file: PathBuf,
        /// The certificate's.
        expected: String,
        /// The graph's.
        found: String,
    },
    /// The term's file is not the one of the net, in the same folder.
    #[error(
        "{}: term.file: expected {}, a file beside the certificate, found {}; export the certificate again",
        file.display(), shown(expected), shown(found)
    )]
    TermFile {
        /// The certificate.
        file: PathBuf,
        /// The net's file name.
        expected: String,
        /// What the certificate names.
        found: String,
    },
    /// There is no term beside the certificate.
    #[error(
        "{}: term.file: expected the file {}, found none; put the term beside its certificate, or export both again",
        file.display(), term.display()
    )]
    TermMissing {
        /// The certificate.
        file: PathBuf,
        /// The term that it names.
        term: PathBuf,
    },
    /// The term is not the one that the statements refer to.
    #[error(
        "{}: sha256: expected {expected}, by which the statements refer to the term, found {found}; \
         the term was changed or belongs to another certificate: export both again",
        file.display()
    )]
    TermHash {
        /// The term file.
        file: PathBuf,
        /// What the certificate names.
        expected: Sha256,
        /// Of the file.
        found: Sha256,
    },
    /// The term file is not the canonical text of a declaration.
    #[error("{}: {source}; fetch or export the term again", file.display())]
    TermText {
        /// The term file.
        file: PathBuf,
        /// What is wrong with it.
        source: CanonicalError,
    },
    /// The term is none of a graph.
    #[error("{}: {source}; the theorems are about a term that is no exported graph: report it", file.display())]
    Term {
        /// The term file.
        file: PathBuf,
        /// What is wrong with it.
        source: TermError,
    },
    /// The graph file says something else than the term.
    #[error(
        "{}: {at}: expected {expected}, as in the term that the theorems are about ({}), found {found}: \
         the term differs from the graph; export both again",
        file.display(), term.display()
    )]
    TermDiffers {
        /// The graph file.
        file: PathBuf,
        /// The term file.
        term: PathBuf,
        /// Where they differ first.
        at: Box<str>,
        /// What the term has there.
        expected: Box<str>,
        /// What the graph file has there.
        found: Box<str>,
    },
    /// The text of a statement is not canonical.
    #[error(
        "{}: theorems[{index}].statement_term: {source}; fetch or export the certificate again",
        file.display()
    )]
    StatementText {
        /// The certificate.
        file: PathBuf,
        /// The theorem's place in it.
        index: usize,
        /// What is wrong with it.
        source: CanonicalError,
    },
    /// A statement that is not, by its hash, a statement about the term.
    #[error(
        "{}: theorems[{index}].{at}: expected {expected}, found {found}; \
         the statement is not tied to the term: export the certificate again",
        file.display()
    )]
    Unbound {
        /// The certificate.
        file: PathBuf,
        /// The theorem's place in it.
        index: usize,
        /// The field.
        at: &'static str,
        /// What should stand there.
        expected: String,
        /// What does.
        found: String,
    },
    /// The certificate says that the kernel derived the term, and carries no theorem that says so.
    #[error(
        "{}: term.derived: expected {expected}, found theorems that state: {found}; \
         nothing says that the term is what the spec derives: export the certificate again",
        file.display()
    )]
    NotDerived {
        /// The certificate.
        file: PathBuf,
        /// What should be stated.
        expected: String,
        /// The properties that are.
        found: String,
    },
    /// The allow-list does not know the net.
    #[error(
        "{}: name: expected a net that {} lists ({known}), found {}; review its theorems and add it to the list",
        file.display(), allowlist.display(), shown(found)
    )]
    NetNotListed {
        /// The certificate.
        file: PathBuf,
        /// The allow-list.
        allowlist: PathBuf,
        /// The nets it has.
        known: String,
        /// The certificate's.
        found: String,
    },
    /// The theorems were checked by a Lean that is not on the list.
    #[error(
        "{}: toolchain: expected one that {} lists ({known}), found {}; \
         export with a listed toolchain, or review this one and add it",
        file.display(), allowlist.display(), shown(found)
    )]
    Toolchain {
        /// The certificate.
        file: PathBuf,
        /// The allow-list.
        allowlist: PathBuf,
        /// The toolchains it has.
        known: String,
        /// The certificate's.
        found: String,
    },
    /// A proof is unfinished.
    #[error(
        "{}: theorems[{index}].axioms: expected a finished proof of {}, found `sorryAx`: \
         a `sorry` stands in it; finish the proof and export again",
        file.display(), shown(theorem)
    )]
    Sorry {
        /// The certificate.
        file: PathBuf,
        /// The theorem's place in it.
        index: usize,
        /// The theorem.
        theorem: String,
    },
    /// A proof trusts compiled code.
    #[error(
        "{}: theorems[{index}].axioms: expected a proof of {} by Lean's kernel alone, found `{found}`, which no list can allow; \
         prove it without `native_decide` and the like",
        file.display(), shown(theorem)
    )]
    NeverAllowed {
        /// The certificate.
        file: PathBuf,
        /// The theorem's place in it.
        index: usize,
        /// The theorem.
        theorem: String,
        /// The axiom, one of [`NEVER_ALLOWED`](crate::NEVER_ALLOWED).
        found: String,
    },
    /// A proof depends on an axiom that is not on the list.
    #[error(
        "{}: theorems[{index}].axioms: expected axioms that {} lists ({known}), found {} in {}; \
         prove it without this axiom",
        file.display(), allowlist.display(), shown(found), shown(theorem)
    )]
    Axiom {
        /// The certificate.
        file: PathBuf,
        /// The theorem's place in it.
        index: usize,
        /// The theorem.
        theorem: String,
        /// The allow-list.
        allowlist: PathBuf,
        /// The axioms it has.
        known: Box<str>,
        /// The other one.
        found: String,
    },
    /// A theorem that nobody reviewed.
    #[error(
        "{}: theorems[{index}].name: expected a theorem that {} lists for this net ({known}), found {}; \
         review its statement and add it to the list",
        file.display(), allowlist.display(), shown(found)
    )]
    TheoremNotListed {
        /// The certificate.
        file: PathBuf,
        /// The theorem's place in it.
        index: usize,
        /// The allow-list.
        allowlist: PathBuf,
        /// The theorems it has for the net.
        known: String,
        /// The other one.
        found: String,
    },
    /// A theorem that the list demands is not there.
    #[error(
        "{}: theorems: expected {}, which {} demands for this net, found no such theorem; \
         export again with the proof of it",
        file.display(), shown(expected), allowlist.display()
    )]
    TheoremMissing {
        /// The certificate.
        file: PathBuf,
        /// The allow-list.
        allowlist: PathBuf,
        /// The theorem.
        expected: String,
    },
    /// A theorem says something else than what was reviewed.
    #[error(
        "{}: theorems[{index}].statement_sha256: expected {expected}, which {} lists for {}, found {found}; \
         the statement or a definition it uses was changed: review it and change the list",
        file.display(), allowlist.display(), shown(theorem)
    )]
    Statement {
        /// The certificate.
        file: PathBuf,
        /// The theorem's place in it.
        index: usize,
        /// The theorem.
        theorem: String,
        /// The allow-list.
        allowlist: PathBuf,
        /// What it lists.
        expected: Box<Sha256>,
        /// What the certificate carries.
        found: Box<Sha256>,
    },
}
