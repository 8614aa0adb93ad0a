//! A folder with a small graph and all that belongs to it.

use std::fs;
use std::path::PathBuf;

use lmx_cert::{CertError, kinks, verify};
use lmx_graph::canonical::{self, Json};
use lmx_graph::{Graph, sha256, to_canonical_json};
use tempfile::TempDir;

use crate::{common, encode};

/// A folder with a graph, its term, its certificate and an allow-list that accepts it.
pub struct Fixture {
    pub folder: TempDir,
    pub graph: Vec<u8>,
    pub term: Vec<u8>,
}

pub const CONSTANT: &str = "Lmx.Exported.tiny";

pub const WELL_FORMED: &str = "Lmx.Theorems.tiny_wellFormed";

pub const WELL_SHAPED: &str = "Lmx.Theorems.tiny_wellShaped";

impl Fixture {
    pub fn new() -> Self {
        Fixture::of(&[1, 1])
    }

    pub fn of(widths: &[u64]) -> Self {
        let graph = encode::with_lean_inits(common::mlp("tiny", widths));
        let fixture = Fixture {
            folder: TempDir::new().unwrap(),
            graph: to_canonical_json(&graph),
            term: encode::term(CONSTANT, &graph).into_bytes(),
        };
        fs::write(fixture.path("tiny.graph.json"), &fixture.graph).unwrap();
        fs::write(fixture.path("tiny.term"), &fixture.term).unwrap();
        fixture.certificate(|_| {});
        fs::write(fixture.path("allowlist.json"), fixture.allowlist()).unwrap();
        fixture
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the certificate with a change, and the digest that belongs to it.
    pub fn certificate(&self, change: impl FnOnce(&mut canonical::Object<'_>)) -> Vec<u8> {
        let theorem = |name: &'static str, statement: &'static str| {
            let lines = declarations(name, &self.term);
            Json::object([
                ("axioms", Json::array(["propext", "Quot.sound"])),
                ("declarations", Json::array(lines.clone())),
                ("name", name.into()),
                ("proof_sha256", sha256(b"proof").to_string().into()),
                ("statement", statement.into()),
                ("statement_sha256", statement_sha256(&lines).into()),
                ("statement_term", statement_term(name).into()),
            ])
        };
        let mut object: canonical::Object<'_> = [
            (
                "axiom_closure",
                Json::object([
                    ("kind", "project".into()),
                    ("sealed", 7u64.into()),
                    ("sealed_sha256", sha256(b"names").to_string().into()),
                ]),
            ),
            ("format", "lmx-cert".into()),
            ("graph", graph_ref("tiny.graph.json", &self.graph)),
            ("kinks", Json::array(self.kinks())),
            ("name", "tiny".into()),
            (
                "proofs",
                Json::object([
                    ("bytes", 40_100_000u64.into()),
                    ("format", "3.1.0".into()),
                    ("sha256", sha256(b"proofs").to_string().into()),
                ]),
            ),
            (
                "sources",
                Json::array([Json::object([
                    ("path", "lean/Lmx.lean".into()),
                    ("sha256", sha256(b"").to_string().into()),
                ])]),
            ),
            ("term", term_ref("tiny.term", &self.term)),
            (
                "theorems",
                Json::array([
                    theorem(WELL_FORMED, "∀ p ∈ tiny.programs,\n  p.WellFormed"),
                    theorem(WELL_SHAPED, "tiny.WellShaped"),
                ]),
            ),
            ("toolchain", "leanprover/lean4:v4.28.0".into()),
            ("version", 3u64.into()),
        ]
        .into_iter()
        .collect();
        change(&mut object);
        let digest = sha256(&Json::Object(object.clone()).to_bytes());
        object.insert("digest", digest.to_string().into());
        let bytes = Json::Object(object).to_bytes();
        fs::write(self.path("tiny.cert.json"), &bytes).unwrap();
        bytes
    }

    /// None for a graph that does not check.
    fn kinks(&self) -> Vec<&'static str> {
        Graph::from_bytes(&self.graph).map_or(vec![], |graph| kinks(&graph))
    }

    pub fn allowlist(&self) -> String {
        allowlist(&self.term)
    }

    /// Another term in the place of the right one, with every hash that covers it, in certificate and allow-list.
    pub fn replace_term(&mut self, term: &[u8]) {
        self.term = term.to_vec();
        fs::write(self.path("tiny.term"), term).unwrap();
        self.certificate(|_| {});
        fs::write(self.path("allowlist.json"), self.allowlist()).unwrap();
    }

    /// Another graph in the place of the right one, with every hash that covers it.
    pub fn replace_graph(&mut self, graph: &[u8]) {
        self.graph = graph.to_vec();
        fs::write(self.path("tiny.graph.json"), graph).unwrap();
        self.certificate(|_| {});
    }

    pub fn verify(&self) -> Result<lmx_cert::Verified, CertError> {
        verify(&self.path("tiny.cert.json"), None)
    }

    /// Checks that the fixture is refused with all these texts in the message; the error, to check its variant.
    #[track_caller]
    pub fn refused(&self, texts: &[&str]) -> CertError {
        let error = self.verify().expect_err("refused");
        let message = error.to_string();
        for text in texts {
            assert!(
                message.contains(text),
                "\nexpected: {text}\nfound:    {message}"
            );
        }
        error
    }
}

pub fn graph_ref(file: &'static str, bytes: &[u8]) -> Json<'static> {
    Json::object([
        ("file", file.into()),
        ("sha256", sha256(bytes).to_string().into()),
    ])
}

pub fn term_ref(file: &'static str, bytes: &[u8]) -> Json<'static> {
    Json::object([
        ("constant", CONSTANT.into()),
        ("derived", "kernel".into()),
        ("file", file.into()),
        ("sha256", sha256(bytes).to_string().into()),
    ])
}

/// The canonical text of the theorem that the tiny graph is fine.
pub fn statement_term(theorem: &str) -> String {
    format!("theorem {theorem} 0\nc Lmx.Graph.Correct\nc {CONSTANT}\na 0 1\nr 2\n")
}

/// What it reaches.
pub fn declarations(theorem: &str, term: &[u8]) -> Vec<String> {
    let statement = statement_term(theorem);
    vec![
        format!("{theorem} {}", sha256(statement.as_bytes())),
        format!("Lmx.Graph.Correct {}", sha256(b"fine")),
        format!("{CONSTANT} {}", sha256(term)),
    ]
}

pub fn statement_sha256(declarations: &[String]) -> String {
    let lines: String = declarations.iter().map(|d| format!("{d}\n")).collect();
    sha256(lines.as_bytes()).to_string()
}

/// Gives the first theorem a statement and declarations, and the hash that belongs to them.
pub fn set_statement(object: &mut canonical::Object<'_>, term: &str, declarations: Vec<String>) {
    set_first(object, "statement_term", term.to_owned().into());
    let hash = statement_sha256(&declarations);
    set_first(object, "declarations", Json::array(declarations));
    set_first(object, "statement_sha256", hash.into());
}

pub fn allowlist(term: &[u8]) -> String {
    let hash = |name: &str| statement_sha256(&declarations(name, term));
    format!(
        r#"{{
  "format": "lmx-allowlist", "version": 1,
  "axioms": ["propext", "Quot.sound", "Classical.choice"],
  "toolchains": ["leanprover/lean4:v4.28.0"],
  "nets": {{"tiny": [
    {{"name": "{WELL_SHAPED}", "statement_sha256": "{}"}},
    {{"name": "{WELL_FORMED}", "statement_sha256": "{}"}}
  ]}}
}}"#,
        hash(WELL_SHAPED),
        hash(WELL_FORMED)
    )
}

/// Sets a field of the first theorem.
pub fn set_first(object: &mut canonical::Object<'_>, field: &'static str, value: Json<'static>) {
    let Some(Json::Array(mut theorems)) = object.remove("theorems") else {
        panic!("theorems")
    };
    let Json::Object(theorem) = &mut theorems[0] else {
        panic!("a theorem")
    };
    theorem.insert(field, value);
    let theorems: Vec<Json<'static>> = theorems.iter().map(|t| own(t)).collect();
    object.insert("theorems", Json::Array(theorems));
}

pub fn own(json: &Json<'_>) -> Json<'static> {
    match json {
        Json::Null => Json::Null,
        Json::Bool(b) => Json::Bool(*b),
        Json::Int(n) => Json::Int(*n),
        Json::Str(s) => s.clone().into_owned().into(),
        Json::Array(a) => Json::Array(a.iter().map(own).collect()),
        Json::Object(o) => Json::object(o.iter().map(|(k, v)| (k.to_owned(), own(v)))),
    }
}
