//! Certificates, graphs and their files.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use lmx_cert::{CertError, Certificate, Level, check_graph, verify};
use lmx_graph::canonical::Json;
use lmx_graph::{sha256, to_canonical_json};
use tempfile::TempDir;

use crate::common;
use crate::fixture::*;

#[test]
fn a_good_certificate_is_accepted_and_reported() {
    let fixture = Fixture::of(&[1, 2, 1]);
    let verified = fixture.verify().unwrap();
    assert_eq!(verified.graph.sha256, sha256(&fixture.graph));
    assert_eq!(
        verified.levels,
        [Level::Hashes, Level::AllowList, Level::Term]
    );
    let list = fs::read(fixture.path("allowlist.json")).unwrap();
    assert_eq!(verified.allowlist_sha256, sha256(&list));
    assert_eq!(
        verified.properties,
        ["Lmx.Graph.Correct", "Lmx.Graph.Correct"]
    );
    let report = verified.to_string();
    let (established, said) = report
        .split_once("\nas the certificate says, not checked here:\n")
        .unwrap();
    for text in [
        "tiny: certificate accepted by ",
        "the certificate has its digest, which shows damage, not forgery; tiny.graph.json has the sha256",
        "lists for this net (2)",
        "    Lmx.Theorems.tiny_wellShaped : Lmx.Graph.Correct Lmx.Exported.tiny\n      statement sha256 ",
        "term: the theorem's own term, decoded and equal to the graph",
        "derived: kernel; that it is the spec's own graph is part of the statement",
        "where the theorem does not speak:\n  ReLU: the derivative at 0 is 0\n",
    ] {
        assert!(
            established.contains(text),
            "\nexpected: {text}\nfound: {report}"
        );
    }
    for text in [
        "proofs: no proof was checked again",
        "the proofs, 40.1 MB of lean4export 3.1.0, have the sha256",
        "∀ p ∈ tiny.programs,\n      p.WellFormed",
        "proof sha256 ",
        "axioms: propext, Quot.sound",
        "7 declarations of Lean's core, which shows no proofs,",
        "the 1 Lean files named were not compared",
    ] {
        assert!(
            said.contains(text) && !established.contains(text),
            "\nexpected: {text}\nfound: {report}"
        );
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

/// What a message quotes of a file is escaped, and of bounded length.
#[test]
fn refusals_quote_hostile_texts_briefly_and_escaped() {
    let fixture = Fixture::new();
    let hostile = format!("\u{202e}\u{85}{}", "x".repeat(1_000_000));
    let refused = || {
        let message = fixture.verify().unwrap_err().to_string();
        assert!(message.contains("\\u{202e}\\u{85}xxx"), "{message}");
        assert!(message.contains('…') && message.len() < 1000, "{message}");
        assert!(!message.contains(['\u{202e}', '\u{85}']), "{message}");
    };
    let text = || Json::Str(hostile.clone().into());
    fixture.certificate(|c| drop(c.insert("toolchain", text())));
    refused();
    fixture.certificate(|c| drop(c.insert(hostile.clone(), Json::Null)));
    refused();
    fixture.certificate(|c| set_first(c, "axioms", Json::array([hostile.clone()])));
    refused();
    fixture.certificate(|c| set_first(c, "name", format!("A{hostile}").into()));
    let message = fixture.verify().unwrap_err().to_string();
    assert!(
        message.contains("A\\u{202e}") && message.len() < 1000,
        "{message}"
    );
    fixture.certificate(|c| {
        let Some(Json::Object(mut term)) = c.remove("term") else {
            panic!("term")
        };
        term.insert("constant", text());
        c.insert("term", own(&Json::Object(term)));
    });
    refused();
    fixture.certificate(|_| {});
    let list = fixture.allowlist();
    let other = list.replacen("\"axioms\"", &format!("\"{hostile}\""), 1);
    fs::write(fixture.path("allowlist.json"), other).unwrap();
    refused();
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
fn kinks_are_those_of_the_graph() {
    let fixture = Fixture::of(&[1, 2, 1]);
    fixture.certificate(|c| {
        c.insert("kinks", Json::Array(vec![]));
    });
    let error = fixture.refused(&[
        "tiny.cert.json: kinks: expected \"ReLU: the derivative at 0 is 0\", by the graph's layers, found none; export",
    ]);
    assert!(matches!(error, CertError::Kinks { .. }));
    let fixture = Fixture::new();
    fixture.certificate(|c| {
        c.insert("kinks", Json::array(["there is none".to_owned()]));
    });
    fixture.refused(&["kinks: expected none, by the graph's layers, found \"there is none\""]);
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
        let term = [
            ("constant", "a b"),
            ("derived", "kernel"),
            ("file", "tiny.term"),
            ("sha256", "0"),
        ];
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
        text.replace("tiny.WellShaped", "tiny.WellShapes"),
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
