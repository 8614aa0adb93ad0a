//! Each refusal, with its message; and what is accepted, with its report.

#[path = "../../lmx-graph/tests/common/mod.rs"]
mod common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lmx_cert::{AxiomClosure, CertError, Certificate, Level, check_graph, verify};
use lmx_graph::canonical::{self, Json};
use lmx_graph::{sha256, to_canonical_json};
use tempfile::TempDir;

/// A folder with a graph, its certificate and an allow-list that accepts it.
struct Fixture {
    folder: TempDir,
    graph: Vec<u8>,
}

const WELL_FORMED: &str = "Lmx.Theorems.tiny_wellFormed";
const WELL_SHAPED: &str = "Lmx.Theorems.tiny_wellShaped";

impl Fixture {
    fn new() -> Self {
        Fixture::of(&[1, 1])
    }

    fn of(widths: &[u64]) -> Self {
        let graph = to_canonical_json(&common::mlp("tiny", widths));
        let fixture = Fixture {
            folder: TempDir::new().unwrap(),
            graph,
        };
        fs::write(fixture.path("tiny.graph.json"), &fixture.graph).unwrap();
        fixture.certificate(|_| {});
        fs::write(fixture.path("allowlist.json"), allowlist()).unwrap();
        fixture
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the certificate with a change, and the digest that belongs to it.
    fn certificate(&self, change: impl FnOnce(&mut canonical::Object<'_>)) -> Vec<u8> {
        let theorem = |name: &'static str, statement: &'static str| {
            Json::object([
                ("axioms", Json::array(["propext", "Quot.sound"])),
                ("name", name.into()),
                ("proof_sha256", sha256(b"proof").to_string().into()),
                ("statement", statement.into()),
                (
                    "statement_sha256",
                    sha256(name.as_bytes()).to_string().into(),
                ),
            ])
        };
        let mut object: canonical::Object<'_> = [
            (
                "axiom_closure",
                Json::object([("kind", "project".into()), ("sealed", 7u64.into())]),
            ),
            ("format", "lmx-cert".into()),
            ("graph", graph_ref("tiny.graph.json", &self.graph)),
            ("kinks", Json::array(["The derivative of relu at 0 is 0."])),
            ("name", "tiny".into()),
            (
                "sources",
                Json::array([Json::object([
                    ("path", "lean/Lmx.lean".into()),
                    ("sha256", sha256(b"").to_string().into()),
                ])]),
            ),
            (
                "theorems",
                Json::array([
                    theorem(WELL_FORMED, "∀ p ∈ tiny.programs,\n  p.WellFormed"),
                    theorem(WELL_SHAPED, "tiny.WellShaped"),
                ]),
            ),
            ("toolchain", "leanprover/lean4:v4.28.0".into()),
            ("version", 1u64.into()),
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

fn allowlist() -> String {
    let hash = |name: &str| sha256(name.as_bytes());
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
    let closure = AxiomClosure::Project { sealed: 7 };
    assert_eq!(
        verified.levels,
        [Level::Hashes, Level::AllowList, Level::Axioms(closure)]
    );
    let report = verified.to_string();
    for text in [
        "tiny: certificate accepted",
        "tiny.graph.json has the sha256 it names",
        "lists for this net (2)",
        "7 theorems of Lean's core were taken as they are",
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
    let expected = sha256(WELL_FORMED.as_bytes()).to_string();
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
    let list = allowlist().replace("\"propext\"", "\"sorryAx\", \"Lmx.cheat\"");
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
        c.insert("version", 2u64.into());
        c.insert("wings", 2u64.into());
    });
    fixture.refused(&[
        "tiny.cert.json: version: expected 1, the only version of lmx-cert known here, found 2",
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
        let list = allowlist();
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

/// A graph of 2 MB is verified in about 40 ms, optimised; the limit leaves room for a busy machine.
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
