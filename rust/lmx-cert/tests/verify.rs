//! Each refusal, with its message; and what is accepted, with its report.

#[path = "../../lmx-graph/tests/common/mod.rs"]
mod common;
mod encode;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lmx_cert::{
    AxiomClosure, CertError, Certificate, Level, check_graph, check_statements, check_term, verify,
};
use lmx_graph::canonical::{self, Json};
use lmx_graph::{Dim, Graph, Op, sha256, to_canonical_json};
use num_bigint::BigInt;
use tempfile::TempDir;

/// A folder with a graph, its term, its certificate and an allow-list that accepts it.
struct Fixture {
    folder: TempDir,
    graph: Vec<u8>,
    term: Vec<u8>,
}

const CONSTANT: &str = "Lmx.Exported.tiny";

const WELL_FORMED: &str = "Lmx.Theorems.tiny_wellFormed";
const WELL_SHAPED: &str = "Lmx.Theorems.tiny_wellShaped";

impl Fixture {
    fn new() -> Self {
        Fixture::of(&[1, 1])
    }

    fn of(widths: &[u64]) -> Self {
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

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the certificate with a change, and the digest that belongs to it.
    fn certificate(&self, change: impl FnOnce(&mut canonical::Object<'_>)) -> Vec<u8> {
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
            ("kinks", Json::array(["The derivative of relu at 0 is 0."])),
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

    fn allowlist(&self) -> String {
        allowlist(&self.term)
    }

    /// Another term in the place of the right one, with every hash that covers it, in certificate and allow-list.
    fn replace_term(&mut self, term: &[u8]) {
        self.term = term.to_vec();
        fs::write(self.path("tiny.term"), term).unwrap();
        self.certificate(|_| {});
        fs::write(self.path("allowlist.json"), self.allowlist()).unwrap();
    }

    /// Another graph in the place of the right one, with every hash that covers it.
    fn replace_graph(&mut self, graph: &[u8]) {
        self.graph = graph.to_vec();
        fs::write(self.path("tiny.graph.json"), graph).unwrap();
        self.certificate(|_| {});
    }

    fn verify(&self) -> Result<lmx_cert::Verified, CertError> {
        verify(&self.path("tiny.cert.json"), None)
    }

    /// Checks that the fixture is refused with all these texts in the message; the error, to check its variant.
    #[track_caller]
    fn refused(&self, texts: &[&str]) -> CertError {
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

fn graph_ref(file: &'static str, bytes: &[u8]) -> Json<'static> {
    Json::object([
        ("file", file.into()),
        ("sha256", sha256(bytes).to_string().into()),
    ])
}

fn term_ref(file: &'static str, bytes: &[u8]) -> Json<'static> {
    Json::object([
        ("constant", CONSTANT.into()),
        ("derived", "kernel".into()),
        ("file", file.into()),
        ("sha256", sha256(bytes).to_string().into()),
    ])
}

/// The canonical text of the theorem that the tiny graph is fine.
fn statement_term(theorem: &str) -> String {
    format!("theorem {theorem} 0\nc Lmx.Graph.Correct\nc {CONSTANT}\na 0 1\nr 2\n")
}

/// What it reaches.
fn declarations(theorem: &str, term: &[u8]) -> Vec<String> {
    let statement = statement_term(theorem);
    vec![
        format!("{theorem} {}", sha256(statement.as_bytes())),
        format!("Lmx.Graph.Correct {}", sha256(b"fine")),
        format!("{CONSTANT} {}", sha256(term)),
    ]
}

fn statement_sha256(declarations: &[String]) -> String {
    let lines: String = declarations.iter().map(|d| format!("{d}\n")).collect();
    sha256(lines.as_bytes()).to_string()
}

/// Gives the first theorem a statement and declarations, and the hash that belongs to them.
fn set_statement(object: &mut canonical::Object<'_>, term: &str, declarations: Vec<String>) {
    set_first(object, "statement_term", term.to_owned().into());
    let hash = statement_sha256(&declarations);
    set_first(object, "declarations", Json::array(declarations));
    set_first(object, "statement_sha256", hash.into());
}

fn allowlist(term: &[u8]) -> String {
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
fn set_first(object: &mut canonical::Object<'_>, field: &'static str, value: Json<'static>) {
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

fn own(json: &Json<'_>) -> Json<'static> {
    match json {
        Json::Null => Json::Null,
        Json::Bool(b) => Json::Bool(*b),
        Json::Int(n) => Json::Int(*n),
        Json::Str(s) => s.clone().into_owned().into(),
        Json::Array(a) => Json::Array(a.iter().map(own).collect()),
        Json::Object(o) => Json::object(o.iter().map(|(k, v)| (k.to_owned(), own(v)))),
    }
}

#[test]
fn a_good_certificate_is_accepted_and_reported() {
    let fixture = Fixture::new();
    let verified = fixture.verify().unwrap();
    assert_eq!(verified.graph.sha256, sha256(&fixture.graph));
    let closure = AxiomClosure::Project {
        sealed: 7,
        sealed_sha256: sha256(b"names"),
    };
    assert_eq!(
        verified.levels,
        [
            Level::Hashes,
            Level::AllowList,
            Level::Term,
            Level::Axioms(closure)
        ]
    );
    assert_eq!(verified.properties, ["Lmx.Graph.Correct", "Lmx.Graph.Correct"]);
    let report = verified.to_string();
    for text in [
        "tiny: certificate accepted",
        "tiny.graph.json has the sha256 it names",
        "lists for this net (2)",
        "term: the theorem's own term, decoded and equal to the graph",
        "    Lmx.Graph.Correct Lmx.Exported.tiny",
        "derived: kernel; that it is the spec's own graph is part of the theorem",
        "7 declarations of Lean's core, which shows no proofs,",
        "the proofs, 40.1 MB of lean4export 3.1.0, have the sha256",
        "kernel: no proof was checked again",
        "∀ p ∈ tiny.programs,\n      p.WellFormed",
        WELL_SHAPED,
        "axioms: propext, Quot.sound",
        "The derivative of relu at 0 is 0.",
    ] {
        assert!(report.contains(text), "\nexpected: {text}\nfound: {report}");
    }
    fixture.certificate(|c| {
        c.insert("axiom_closure", Json::object([("kind", "full".into())]));
    });
    let report = fixture.verify().unwrap().to_string();
    assert!(
        report.contains("following every proof to its end"),
        "{report}"
    );
}

#[test]
fn an_allow_list_elsewhere_is_read() {
    let fixture = Fixture::new();
    let elsewhere = TempDir::new().unwrap();
    let list = elsewhere.path().join("list.json");
    fs::rename(fixture.path("allowlist.json"), &list).unwrap();
    let error = fixture.refused(&["allowlist.json: ", "the allow-list must be a readable file"]);
    assert!(matches!(
        error,
        CertError::Read {
            what: "allow-list",
            ..
        }
    ));
    assert!(verify(&fixture.path("tiny.cert.json"), Some(&list)).is_ok());
}

#[test]
fn a_report_holds_no_control_characters() {
    let fixture = Fixture::new();
    fixture.certificate(|c| set_first(c, "statement", "\u{1b}[2Jfine\r".into()));
    let report = fixture.verify().unwrap().to_string();
    assert!(
        report.contains("\\u{1b}[2Jfine") && !report.contains(['\u{1b}', '\r']),
        "{report}"
    );
}

#[test]
fn another_graph() {
    let fixture = Fixture::new();
    let other = to_canonical_json(&common::mlp("tiny", &[2, 1]));
    fs::write(fixture.path("tiny.graph.json"), &other).unwrap();
    let (expected, found) = (
        sha256(&fixture.graph).to_string(),
        sha256(&other).to_string(),
    );
    let error = fixture.refused(&[
        "tiny.graph.json: sha256: expected ",
        &expected,
        &found,
        "export both again",
    ]);
    assert!(matches!(error, CertError::GraphHash { .. }));
}

#[test]
fn a_missing_graph() {
    let fixture = Fixture::new();
    fs::remove_file(fixture.path("tiny.graph.json")).unwrap();
    let error = fixture.refused(&[
        "tiny.cert.json: graph.file: expected the file ",
        "tiny.graph.json, found none",
        "put the graph beside",
    ]);
    assert!(matches!(error, CertError::GraphMissing { .. }));
}

#[test]
fn a_graph_of_another_name() {
    let fixture = Fixture::new();
    let other = to_canonical_json(&common::mlp("other", &[1, 1]));
    fs::write(fixture.path("tiny.graph.json"), &other).unwrap();
    fixture.certificate(|c| {
        c.insert("graph", graph_ref("tiny.graph.json", &other));
    });
    let error = fixture.refused(&[
        "tiny.graph.json: name: expected \"tiny\"",
        "found \"other\"",
    ]);
    assert!(matches!(error, CertError::Name { .. }));
}

#[test]
fn a_graph_that_does_not_check() {
    let fixture = Fixture::new();
    let bad = String::from_utf8(fixture.graph.clone())
        .unwrap()
        .replace("negate", "nagate")
        .into_bytes();
    fs::write(fixture.path("tiny.graph.json"), &bad).unwrap();
    fixture.certificate(|c| {
        c.insert("graph", graph_ref("tiny.graph.json", &bad));
    });
    let error = fixture.refused(&[
        "tiny.graph.json: programs.forward.nodes[",
        "expected a known op",
        "\"nagate\"",
    ]);
    assert!(matches!(error, CertError::Graph { .. }));
}

#[test]
fn paths_out_of_the_folder() {
    let fixture = Fixture::new();
    for file in [
        "../tiny.graph.json",
        "/etc/passwd",
        "a/../tiny.graph.json",
        "..",
        "",
        ".",
        "tiny.graph.json/",
        "tiny.graph.json\0",
    ] {
        fixture.certificate(|c| {
            c.insert("graph", graph_ref(file, &fixture.graph));
        });
        let error = fixture.refused(&["tiny.cert.json: graph.file: expected \"tiny.graph.json\", a file beside the certificate, found "]);
        assert!(matches!(error, CertError::GraphFile { .. }));
        fixture.certificate(|c| {
            c.insert("term", term_ref(file, &fixture.term));
        });
        let error = fixture.refused(&["tiny.cert.json: term.file: expected \"tiny.term\", a file beside the certificate, found "]);
        assert!(matches!(error, CertError::TermFile { .. }));
    }
}

#[test]
fn theorems_not_listed_or_missing() {
    let fixture = Fixture::new();
    fixture.certificate(|c| set_first(c, "name", "Lmx.Theorems.aNewOne".into()));
    let error = fixture.refused(&[
        "tiny.cert.json: theorems[0].name: expected a theorem that ",
        "allowlist.json lists for this net (",
        "found \"Lmx.Theorems.aNewOne\"; review its statement",
    ]);
    assert!(matches!(
        error,
        CertError::TheoremNotListed { index: 0, .. }
    ));

    fixture.certificate(|c| {
        let Some(Json::Array(mut theorems)) = c.remove("theorems") else {
            panic!("theorems")
        };
        theorems.pop();
        c.insert("theorems", Json::Array(theorems));
    });
    let error = fixture.refused(&[
        "tiny.cert.json: theorems: expected \"Lmx.Theorems.tiny_wellShaped\", which ",
        "found no such theorem",
    ]);
    assert!(matches!(error, CertError::TheoremMissing { .. }));

    fixture.certificate(|c| {
        c.insert("theorems", Json::Array(vec![]));
    });
    fixture.refused(&["theorems: expected at least one theorem, found an array of 0"]);
}

#[test]
fn a_changed_statement() {
    let fixture = Fixture::new();
    let other = sha256(b"weaker").to_string();
    let text = other.clone();
    fixture.certificate(move |c| set_first(c, "statement_sha256", text.into()));
    let expected = statement_sha256(&declarations(WELL_FORMED, &fixture.term));
    let error = fixture.refused(&[
        "tiny.cert.json: theorems[0].statement_sha256: expected ",
        &expected,
        &other,
        "review it",
    ]);
    assert!(matches!(error, CertError::Statement { .. }));
}

#[test]
fn axioms_not_listed() {
    let fixture = Fixture::new();
    fixture.certificate(|c| set_first(c, "axioms", Json::array(["propext", "Lmx.cheat"])));
    let error = fixture.refused(&[
        "tiny.cert.json: theorems[0].axioms: expected axioms that ",
        "(propext, Quot.sound, Classical.choice), found \"Lmx.cheat\" in \"Lmx.Theorems.tiny_wellFormed\"",
    ]);
    assert!(matches!(error, CertError::Axiom { .. }));

    fixture.certificate(|c| set_first(c, "axioms", Json::array(["Lmx.cheat", "sorryAx"])));
    let error = fixture.refused(&[
        "theorems[0].axioms: expected a finished proof",
        "found `sorryAx`",
        "finish the proof",
    ]);
    assert!(matches!(error, CertError::Sorry { .. }));
    // Not even a list that names it lets it through.
    let list = fixture
        .allowlist()
        .replace("\"propext\"", "\"sorryAx\", \"Lmx.cheat\"");
    fs::write(fixture.path("allowlist.json"), list).unwrap();
    fixture.refused(&["found `sorryAx`"]);
}

#[test]
fn toolchains_and_nets_not_listed() {
    let fixture = Fixture::new();
    fixture.certificate(|c| {
        c.insert("toolchain", "leanprover/lean4:v4.27.0".into());
    });
    let error = fixture.refused(&[
        "tiny.cert.json: toolchain: expected one that ",
        "(leanprover/lean4:v4.28.0), found \"leanprover/lean4:v4.27.0\"",
    ]);
    assert!(matches!(error, CertError::Toolchain { .. }));

    fixture.certificate(|c| {
        c.insert("name", "tony".into());
        c.insert("graph", graph_ref("tony.graph.json", &fixture.graph));
        c.insert("term", term_ref("tony.term", &fixture.term));
    });
    let error = fixture.refused(&[
        "tiny.cert.json: name: expected a net that ",
        "lists (tiny), found \"tony\"",
    ]);
    assert!(matches!(error, CertError::NetNotListed { .. }));
}

#[test]
fn unknown_versions_fields_and_forms() {
    let fixture = Fixture::new();
    fixture.certificate(|c| {
        c.insert("version", 1u64.into());
        c.insert("wings", 2u64.into());
    });
    fixture.refused(&[
        "tiny.cert.json: version: expected 3, the only version of lmx-cert known here, found 1",
    ]);
    fixture.certificate(|c| {
        c.insert("wings", 2u64.into());
    });
    let error = fixture.refused(&[
        "top level: expected the fields ",
        "found the unknown field `wings`",
    ]);
    assert!(matches!(error, CertError::Form { .. }));
    fixture.certificate(|c| set_first(c, "note", "trust me".into()));
    fixture.refused(&[
        "theorems[0]: expected the fields ",
        "found the unknown field `note`",
    ]);
    fixture.certificate(|c| {
        c.remove("kinks");
    });
    fixture.refused(&["top level: expected the field `kinks`, found none"]);
    fixture.certificate(|c| set_first(c, "statement_sha256", "ABC".into()));
    fixture.refused(&["theorems[0].statement_sha256: expected a sha256 of 64 lower-case hexadecimal digits, found \"ABC\""]);
    fixture.certificate(|c| set_first(c, "declarations", Json::array(["Lmx.Graph.Correct  0"])));
    fixture.refused(&[
        "theorems[0].declarations[0]: expected a name, a space and a sha256, found \"Lmx.Graph.Correct  0\"",
    ]);
    fixture.certificate(|c| {
        let term = [("constant", "a b"), ("file", "tiny.term"), ("sha256", "0")];
        c.insert("term", Json::object(term.map(|(k, v)| (k, v.into()))));
    });
    fixture.refused(&["term.constant: expected a name as canonical texts spell it, found \"a b\""]);
    fixture.certificate(|c| set_first(c, "name", "Z".into()));
    fixture.refused(&["theorems: expected theorems sorted by name, each once"]);
    fixture.certificate(|c| set_first(c, "name", WELL_SHAPED.into()));
    fixture.refused(&["theorems: expected theorems sorted by name, each once"]);
    fixture.certificate(|c| {
        c.insert("axiom_closure", Json::object([("kind", "partial".into())]));
    });
    fixture.refused(&[
        "axiom_closure.kind: expected a known axiom closure (`full`, `project`), found \"partial\"",
    ]);
    fixture.certificate(|c| {
        c.insert("format", "lmx-graph".into());
    });
    fixture.refused(&["format: expected \"lmx-cert\", found \"lmx-graph\""]);
}

#[test]
fn allow_lists_of_another_form() {
    let fixture = Fixture::new();
    for (from, to, message) in [
        (
            "\"version\": 1",
            "\"version\": 2",
            "version: expected 1, found 2",
        ),
        (
            "lmx-allowlist",
            "lmx-list",
            "format: expected \"lmx-allowlist\", found \"lmx-list\"",
        ),
        (
            "\"nets\"",
            "\"wings\": 1, \"nets\"",
            "unknown field `wings`",
        ),
        (
            "\"toolchains\"",
            "\"axioms\": [], \"toolchains\"",
            "duplicate field `axioms`",
        ),
        (
            "{\"tiny\"",
            "{\"tiny\": [], \"tiny\"",
            "nets: \"tiny\" is listed twice",
        ),
        (WELL_SHAPED, WELL_FORMED, "is listed twice"),
        (
            "\"statement_sha256\": \"",
            "\"statement_sha256\": \"0",
            "statement_sha256: expected 64 lower-case",
        ),
        ("}}", "", "EOF while parsing"),
    ] {
        let list = fixture.allowlist();
        let (from, to) = if from == "}}" {
            (list.as_str(), &list[..40])
        } else {
            (from, to)
        };
        fs::write(fixture.path("allowlist.json"), list.replacen(from, to, 1)).unwrap();
        let error = fixture.refused(&["allowlist.json: ", message, "correct the allow-list"]);
        assert!(matches!(error, CertError::AllowList { .. }));
    }
}

#[test]
fn truncated_and_huge_files() {
    let fixture = Fixture::new();
    let bytes = fixture.certificate(|_| {});
    fs::write(fixture.path("tiny.cert.json"), &bytes[..bytes.len() / 2]).unwrap();
    let error = fixture.refused(&[
        "tiny.cert.json: not canonical JSON at byte ",
        "is the file truncated?",
    ]);
    assert!(matches!(error, CertError::Json { .. }));

    // Sparse: reading it would take seconds.
    for (name, limit) in [
        ("tiny.graph.json", "67108864"),
        ("tiny.term", "67108864"),
        ("allowlist.json", "16777216"),
        ("tiny.cert.json", "16777216"),
    ] {
        fixture.certificate(|_| {});
        let path = fixture.path(name);
        let before = fs::read(&path).unwrap();
        File::create(&path).unwrap().set_len(2 << 30).unwrap();
        let start = Instant::now();
        fixture.refused(&[
            name,
            &format!("expected at most {limit} bytes, found 2147483648"),
        ]);
        assert!(
            start.elapsed() < Duration::from_millis(500),
            "{:?}",
            start.elapsed()
        );
        fs::write(path, before).unwrap();
    }

    fs::remove_file(fixture.path("tiny.cert.json")).unwrap();
    let error = fixture.refused(&[
        "tiny.cert.json: ",
        "the certificate must be a readable file",
    ]);
    assert!(matches!(
        error,
        CertError::Read {
            what: "certificate",
            ..
        }
    ));
}

/// Every bit of the certificate counts, whatever the allow-list says.
#[test]
fn every_changed_bit_of_the_certificate_is_refused() {
    let mut bytes = Fixture::new().certificate(|_| {});
    let path = Path::new("tiny.cert.json");
    assert!(Certificate::from_bytes(path, &bytes).is_ok());
    let mut digests = 0;
    for i in 0..bytes.len() {
        for bit in 0..8 {
            bytes[i] ^= 1 << bit;
            let error = Certificate::from_bytes(path, &bytes).expect_err("refused");
            digests += usize::from(matches!(error, CertError::Digest { .. }));
            bytes[i] ^= 1 << bit;
        }
    }
    // A change that keeps the form is seen by the digest alone.
    assert!(digests > 1000, "{digests}");
}

#[test]
fn a_changed_byte_is_refused_by_verify() {
    let fixture = Fixture::new();
    let bytes = fixture.certificate(|_| {});
    let text = String::from_utf8(bytes).unwrap();
    fs::write(
        fixture.path("tiny.cert.json"),
        text.replace("relu at 0 is 0", "relu at 0 is 1"),
    )
    .unwrap();
    let error = fixture.refused(&[
        "tiny.cert.json: digest: expected ",
        "the sha256 of the content, found ",
        "changed or damaged",
    ]);
    assert!(matches!(error, CertError::Digest { .. }));
}

/// Every byte of the graph counts.
#[test]
fn every_changed_byte_of_the_graph_is_refused() {
    let fixture = Fixture::new();
    let path = Path::new("tiny.graph.json");
    let certificate = fixture.verify().unwrap().certificate;
    let mut bytes = fixture.graph.clone();
    for i in 0..bytes.len() {
        bytes[i] ^= 1 << (i % 8);
        let error = check_graph(&certificate, path, &bytes).expect_err("refused");
        assert!(matches!(error, CertError::GraphHash { .. }));
        bytes[i] ^= 1 << (i % 8);
    }
    assert!(check_graph(&certificate, path, &bytes).is_ok());
}

#[test]
fn a_missing_term() {
    let fixture = Fixture::new();
    fs::remove_file(fixture.path("tiny.term")).unwrap();
    let error = fixture.refused(&[
        "tiny.cert.json: term.file: expected the file ",
        "tiny.term, found none",
        "put the term beside",
    ]);
    assert!(matches!(error, CertError::TermMissing { .. }));
}

/// A changed graph with every hash that covers it: only the term betrays it.
#[test]
fn a_graph_that_is_not_the_term() {
    for (from, to, message) in [
        (
            "\"value\":\"1/1\"",
            "\"value\":\"-2/3\"",
            "attrs.value: expected \"1/1\", as in the term that the theorems are about (",
        ),
        (
            "\"direction\":\"EQ\"",
            "\"direction\":\"GE\"",
            "attrs.direction: expected \"EQ\", as in the term ",
        ),
        (
            "\"op\":\"subtract\"",
            "\"op\":\"add\"",
            ".op: expected \"subtract\", as in the term ",
        ),
        (
            "\"decay\":true",
            "\"decay\":false",
            "tiny.graph.json: params[0].decay: expected true, as in the term ",
        ),
        (
            "\"fan_in\":2",
            "\"fan_in\":1",
            "tiny.graph.json: params[0].init.fan_in: expected 2, as in the term ",
        ),
        (
            "\"activation\":\"relu\"",
            "\"activation\":\"identity\"",
            "tiny.graph.json: spec.layers[0].activation: expected \"relu\", as in the term ",
        ),
        (
            "\"name\":\"dense1\"",
            "\"name\":\"dense7\"",
            "tiny.graph.json: spec.layers[0].name: expected \"dense1\", as in the term ",
        ),
    ] {
        let mut fixture = Fixture::of(&[2, 3, 3]);
        let graph = String::from_utf8(fixture.graph.clone()).unwrap();
        let other = graph.replacen(from, to, 1);
        assert!(graph.contains(from), "{from}");
        fixture.replace_graph(other.as_bytes());
        let error = fixture.refused(&[
            "tiny.graph.json: ",
            message,
            "the term differs from the graph",
        ]);
        assert!(matches!(error, CertError::TermDiffers { .. }), "{error}");
    }
    // Another net altogether.
    let mut fixture = Fixture::of(&[2, 3, 3]);
    let other = encode::with_lean_inits(common::mlp("tiny", &[2, 4, 3]));
    fixture.replace_graph(&to_canonical_json(&other));
    let error = fixture.refused(&["params[0].shape[1]: expected 3, as in the term ", "found 4"]);
    assert!(matches!(error, CertError::TermDiffers { .. }));
}

/// A changed term: without its hashes, then with those of the certificate, then with those of the allow-list too.
#[test]
fn a_changed_or_truncated_term() {
    let mut fixture = Fixture::new();
    let right = fixture.term.clone();
    let changed = String::from_utf8(right.clone())
        .unwrap()
        .replacen("Lmx.Direction.eq", "Lmx.Direction.ge", 1)
        .into_bytes();
    assert_ne!(changed, right);

    fs::write(fixture.path("tiny.term"), &changed).unwrap();
    let error = fixture.refused(&[
        "tiny.term: sha256: expected ",
        "by which the statements refer to the term",
    ]);
    assert!(matches!(error, CertError::TermHash { .. }));

    fixture.term = changed.clone();
    fixture.certificate(|_| {});
    let error = fixture.refused(&["theorems[0].statement_sha256: expected ", "review it"]);
    assert!(matches!(error, CertError::Statement { .. }));

    fixture.replace_term(&changed);
    let error = fixture.refused(&[
        "attrs.direction: expected \"GE\", as in the term ",
        "found \"EQ\"",
    ]);
    assert!(matches!(error, CertError::TermDiffers { .. }));

    fixture.replace_term(&right[..right.len() / 2]);
    let error = fixture.refused(&["tiny.term: line ", "(is the file truncated?)"]);
    assert!(matches!(error, CertError::TermText { .. }));
    fixture.replace_term(b"");
    fixture.refused(&["tiny.term: line 1: expected a kind", "truncated"]);
}

/// Whatever stands in the term, and whatever hashes it is given, verification ends with a refusal.
#[test]
fn every_changed_byte_of_the_term_is_refused() {
    let fixture = Fixture::new();
    let verified = fixture.verify().unwrap();
    let (graph, mut certificate) = (verified.graph, verified.certificate);
    let (path, graph_path) = (Path::new("tiny.term"), Path::new("tiny.graph.json"));
    let mut bytes = fixture.term.clone();
    let mut check = |bytes: &[u8]| {
        certificate.term.sha256 = sha256(bytes);
        check_term(&certificate, path, bytes, graph_path, &graph)
    };
    assert!(check(&bytes).is_ok());
    let mut counts = [0; 3];
    for i in (0..bytes.len()).step_by(5) {
        bytes[i] ^= 1 << (i % 7);
        match check(&bytes).expect_err("refused") {
            CertError::TermText { .. } => counts[0] += 1,
            CertError::Term { .. } => counts[1] += 1,
            CertError::TermDiffers { .. } => counts[2] += 1,
            other => panic!("{other}"),
        }
        bytes[i] ^= 1 << (i % 7);
    }
    assert!(counts.iter().all(|n| *n > 0), "{counts:?}");
}

/// Terms that are canonical, and no graphs.
#[test]
fn terms_that_are_no_graphs() {
    let mut fixture = Fixture::of(&[2, 3, 3]);
    let right = String::from_utf8(fixture.term.clone()).unwrap();
    for (from, to, message) in [
        (
            "def Lmx.Exported.tiny 0",
            "def Lmx.Exported.other 0",
            "name: expected Lmx.Exported.tiny, found Lmx.Exported.other",
        ),
        (
            "def Lmx.Exported.tiny 0",
            "opaque Lmx.Exported.tiny 0",
            "the graph: expected a definition of type Lmx.Graph without universe parameters, found a declaration `opaque`",
        ),
        (
            "def Lmx.Exported.tiny 0",
            "def Lmx.Exported.tiny 1",
            "the graph: expected a definition of type",
        ),
        (
            "c Lmx.Graph\n",
            "c Lmx.Groph\n",
            "without universe parameters, found Lmx.Groph",
        ),
        (
            "c Lmx.Graph.mk",
            "c Lmx.Graph.make",
            "the graph: expected Lmx.Graph.mk of 2 terms, found (Lmx.Graph.make (",
        ),
        (
            "c Lmx.Op.batchSize",
            "c Lmx.Op.logSoftmax",
            "].op: expected an op that can be exported, found Lmx.Op.logSoftmax",
        ),
        (
            "c Lmx.Unary.negate",
            "c Lmx.Unary.sinus",
            "].op: expected Lmx.Unary.negate or exponential or log or sqrt, found Lmx.Unary.sinus",
        ),
        (
            "c Lmx.Role.loss",
            "c Lmx.Role.gain",
            "].role: expected Lmx.Role.param or ",
        ),
        ("c List.cons 0", "c List.cons S(0)", "expected a list of "),
        (
            "t 4 tiny",
            "n 4444",
            "spec.name: expected a text of at most 64 bytes, found 4444",
        ),
        (
            "n 3\n",
            "n 18446744073709551616\n",
            "expected a number below 2^64, found 18446744073709551616",
        ),
        (
            "n 3\n",
            "n 100000000000000000000000000000000000\n",
            "expected a number of at most 20 digits",
        ),
        (
            "c Bool.false",
            "c Bool.true",
            "].op.value: expected a rational in lowest terms, found (Lmx.Literal.mk Bool.true 0 1)",
        ),
    ] {
        assert!(right.contains(from), "{from}");
        fixture.replace_term(right.replacen(from, to, 1).as_bytes());
        let error = fixture.refused(&["tiny.term: ", message, "no exported graph: report it"]);
        assert!(matches!(error, CertError::Term { .. }), "{error}");
    }
}

/// A term that stands for many more list elements than it has lines: refused before they take time or memory.
#[test]
fn sharing_is_no_way_around_the_limits() {
    let mut fixture = Fixture::new();
    let mut huge = common::mlp("tiny", &[1, 1]);
    for program in huge.programs.values_mut() {
        let node = program.nodes[0].clone();
        let args = vec![0; 20_000];
        program.nodes = vec![
            lmx_graph::Node {
                op: lmx_graph::Op::Concatenate { dim: 0 },
                args,
                ..node
            };
            400
        ];
        program.outputs.clear();
    }
    let term = encode::term(CONSTANT, &huge);
    assert!(term.len() < 2_000_000, "{}", term.len());
    fixture.replace_term(term.as_bytes());
    let start = Instant::now();
    let error = fixture.refused(&["elements, and 8388608 in all lists, found more"]);
    assert!(matches!(error, CertError::Term { .. }));
    let limit = if cfg!(debug_assertions) { 60 } else { 5 };
    assert!(
        start.elapsed() < Duration::from_secs(limit),
        "{:?}",
        start.elapsed()
    );
}

/// A claim that the kernel derived the term, without the theorem that says so.
#[test]
fn a_derivation_that_no_theorem_states() {
    let fixture = Fixture::new();
    let other = |name: &str| statement_term(name).replace("Lmx.Graph.Correct", "Lmx.Graph.Fine");
    let lines = |name: &str| {
        let mut lines = declarations(name, &fixture.term);
        lines[0] = format!("{name} {}", sha256(other(name).as_bytes()));
        lines
    };
    let mut list = fixture.allowlist();
    for name in [WELL_FORMED, WELL_SHAPED] {
        let old = statement_sha256(&declarations(name, &fixture.term));
        list = list.replace(&old, &statement_sha256(&lines(name)));
    }
    fs::write(fixture.path("allowlist.json"), list).unwrap();
    fixture.certificate(|c| {
        let Some(Json::Array(theorems)) = c.remove("theorems") else {
            panic!("theorems")
        };
        let theorems = theorems.iter().zip([WELL_FORMED, WELL_SHAPED]);
        let theorems = theorems.map(|(theorem, name)| {
            let Json::Object(mut theorem) = own(theorem) else {
                panic!("a theorem")
            };
            theorem.insert("statement_term", other(name).into());
            theorem.insert("declarations", Json::array(lines(name)));
            theorem.insert("statement_sha256", statement_sha256(&lines(name)).into());
            Json::Object(theorem)
        });
        c.insert("theorems", Json::Array(theorems.collect()));
    });
    let error = fixture.refused(&[
        "tiny.cert.json: term.derived: expected a theorem that Lmx.Graph.Correct Lmx.Exported.tiny",
        "found theorems that state: Lmx.Graph.Fine, Lmx.Graph.Fine",
    ]);
    assert!(matches!(error, CertError::NotDerived { .. }));
    fixture.certificate(|c| {
        let mut term = term_ref("tiny.term", &fixture.term);
        if let Json::Object(term) = &mut term {
            term.insert("derived", "evaluated".into());
        }
        c.insert("term", term);
    });
    fixture.refused(&["term.derived", "kernel", "evaluated"]);
}

/// Statements that are not tied to the term by their hash, or speak of something else.
#[test]
fn statements_about_something_else() {
    let fixture = Fixture::new();
    let right = declarations(WELL_FORMED, &fixture.term);
    let with = |term: &str, mut lines: Vec<String>| {
        lines[0] = format!("{WELL_FORMED} {}", sha256(term.as_bytes()));
        let list = fixture
            .allowlist()
            .replace(&statement_sha256(&right), &statement_sha256(&lines));
        fs::write(fixture.path("allowlist.json"), list).unwrap();
        fixture.certificate(|c| set_statement(c, term, lines));
    };
    let refused = |texts: &[&str]| {
        let error = fixture.refused(texts);
        fixture.refused(&["tiny.cert.json: theorems[0]."]);
        assert!(matches!(
            error,
            CertError::Unbound { index: 0, .. } | CertError::StatementText { index: 0, .. }
        ));
    };
    let statement = statement_term(WELL_FORMED);
    with(&statement, right.clone());
    fixture.verify().unwrap();

    // The hash that was reviewed, over other declarations than those listed.
    fixture.certificate(|c| {
        let mut lines = right.clone();
        lines[1] = format!("Lmx.Graph.Correct {}", sha256(b"anything"));
        set_first(c, "declarations", Json::array(lines));
    });
    refused(&[
        "declarations: expected lines whose sha256 is ",
        "not tied to the term",
    ]);
    fixture.certificate(|c| set_first(c, "statement_term", "theorem".into()));
    refused(&["declarations[0]: expected Lmx.Theorems.tiny_wellFormed "]);
    // A statement that does not reach the term, reaches another one, or another one first.
    with(&statement, right[..2].to_vec());
    refused(&["declarations: expected Lmx.Exported.tiny ", "found none"]);
    let mut lines = right.clone();
    lines[2] = format!("{CONSTANT} {}", sha256(b"another term"));
    with(&statement, lines.clone());
    refused(&[
        "declarations: expected Lmx.Exported.tiny ",
        "found Lmx.Exported.tiny ",
    ]);
    lines.push(right[2].clone());
    with(&statement, lines);
    refused(&["declarations: expected each declaration once, found \"Lmx.Exported.tiny\" again"]);
    // Other statements.
    let theorem = |body: &str| format!("theorem {WELL_FORMED} 0\n{body}");
    for (term, message) in [
        (
            theorem("c True\nr 0\n"),
            "statement_term: expected a constant property of Lmx.Exported.tiny, found True",
        ),
        (
            theorem("c Lmx.Graph.Correct\nc Lmx.Exported.other\na 0 1\nr 2\n"),
            "expected a constant property of Lmx.Exported.tiny, found (Lmx.Graph.Correct Lmx.Exported.other)",
        ),
        (
            theorem("c A\nc B\nc Lmx.Exported.tiny\np 1 2\na 0 3\nr 4\n"),
            "expected a constant property of Lmx.Exported.tiny, found (A a function type)",
        ),
        (
            theorem("c Or\nc True\na 0 1\nc Lmx.Exported.tiny\na 2 3\nr 4\n"),
            "found (Or True Lmx.Exported.tiny)",
        ),
        (
            theorem("c A\nc B\na 0 1\nr 2 1\n"),
            "statement_term: expected the statement of the theorem Lmx.Theorems.tiny_wellFormed, found theorem",
        ),
        (
            statement.replacen("theorem", "axiom", 1),
            "expected the statement of the theorem Lmx.Theorems.tiny_wellFormed, found axiom ",
        ),
        (
            statement.replacen(WELL_FORMED, WELL_SHAPED, 1),
            "found theorem Lmx.Theorems.tiny_wellShaped",
        ),
        (
            statement.replacen("a 0 1", "a 0 2", 1),
            "statement_term: line 4: expected a line `a` of subterms before it",
        ),
    ] {
        with(&term, right.clone());
        refused(&[message]);
    }
}

/// The certificates in the repository: what Lean wrote is what this crate decodes, and what it encodes.
#[test]
fn the_exported_terms_are_the_graphs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../certificates");
    let mut nets = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(net) = file.strip_suffix(".cert.json") else {
            continue;
        };
        nets += 1;
        let certificate = Certificate::read(&path).unwrap();
        assert_eq!(
            check_statements(&path, &certificate).unwrap().len(),
            certificate.theorems.len()
        );
        let graph_path = folder.join(&certificate.graph_file);
        let bytes = fs::read(&graph_path).unwrap();
        let graph = check_graph(&certificate, &graph_path, &bytes).unwrap();
        let term_path = folder.join(format!("{net}.term"));
        let term = fs::read(&term_path).unwrap();
        check_term(&certificate, &term_path, &term, &graph_path, &graph).unwrap();
        let constant = certificate.term.constant.clone().leak();
        assert_eq!(encode::term(constant, &graph).as_bytes(), term, "{net}");

        // One attribute of a node changed, the graph still well formed: every kind that the net has.
        let mut changed = 0;
        for change in [stride, start, constant_value] {
            let mut other = graph.clone();
            let Some(at) = change(&mut other) else {
                continue;
            };
            changed += 1;
            let bytes = to_canonical_json(&other);
            let other = Graph::from_bytes(&bytes).unwrap();
            let mut certificate = certificate.clone();
            certificate.graph_sha256 = other.sha256;
            let error = check_term(&certificate, &term_path, &term, &graph_path, &other)
                .expect_err("refused");
            let message = error.to_string();
            assert!(message.contains(&at), "{at} in {message}");
            assert!(matches!(error, CertError::TermDiffers { .. }), "{message}");
        }
        assert_eq!(changed, if net == "mnist-cnn" { 3 } else { 1 }, "{net}");
    }
    assert!(nets >= 4);
}

/// Applies a change to the first node of the last program that it fits; the place that it changed.
fn change(graph: &mut Graph, f: impl Fn(&mut Op) -> Option<&'static str>) -> Option<String> {
    let (name, program) = graph.programs.iter_mut().next_back()?;
    let mut nodes = program.nodes.iter_mut().enumerate();
    nodes.find_map(|(i, node)| {
        let attr = f(&mut node.op)?;
        Some(format!("programs.{name}.nodes[{i}].attrs.{attr}"))
    })
}

/// A stride where a slice takes one element.
fn stride(graph: &mut Graph) -> Option<String> {
    change(graph, |op| match op {
        Op::Slice {
            start,
            limit,
            stride,
        } => {
            let one = |i: &usize| limit[*i] == Dim::Fixed(start[*i] + 1);
            let at = (0..start.len()).find(one)?;
            stride[at] += 1;
            Some("stride[")
        }
        _ => None,
    })
}

/// Start and limit of a slice, both shifted by one.
fn start(graph: &mut Graph) -> Option<String> {
    change(graph, |op| match op {
        Op::Slice { start, limit, .. } => {
            let at = start.iter().position(|s| *s > 0)?;
            let Dim::Fixed(n) = &mut limit[at] else {
                return None;
            };
            *n -= 1;
            start[at] -= 1;
            Some("limit[")
        }
        _ => None,
    })
}

fn constant_value(graph: &mut Graph) -> Option<String> {
    change(graph, |op| match op {
        Op::Constant { value } => {
            *value = -value.clone() - BigInt::from(1);
            Some("value")
        }
        _ => None,
    })
}

/// A graph of 2 MB and its term of 2.6 MB are verified in about 80 ms, optimised; the limit leaves room for a busy machine.
#[test]
fn verification_is_fast() {
    let fixture = Fixture::of(&[2; 200]);
    let size = fixture.graph.len();
    assert!(size > 2_000_000, "{size} bytes");
    let time = || {
        let start = Instant::now();
        fixture.verify().unwrap();
        start.elapsed()
    };
    let best = (0..5).map(|_| time()).min().unwrap();
    eprintln!("{size} bytes verified in {best:?}");
    let limit = if cfg!(debug_assertions) { 3000 } else { 200 };
    assert!(best < Duration::from_millis(limit), "{best:?}");
}
