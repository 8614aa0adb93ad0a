//! The allow-list.

use std::fs;

use lmx_cert::CertError;
use lmx_graph::canonical::Json;
use lmx_graph::sha256;

use crate::fixture::*;

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
