//! The allow-list.

use std::fs;

use lmx_cert::{CertError, NEVER_ALLOWED};
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
}

#[test]
fn axioms_that_no_list_can_allow() {
    assert_eq!(NEVER_ALLOWED.len(), 4);
    for axiom in NEVER_ALLOWED {
        let fixture = Fixture::new();
        fixture.certificate(|c| set_first(c, "axioms", Json::array(["propext", axiom])));
        let error = fixture.refused(&[
            "theorems[0].axioms: expected a ",
            &format!("found `{axiom}`"),
        ]);
        let sorry = matches!(error, CertError::Sorry { .. });
        assert!(sorry || matches!(error, CertError::NeverAllowed { .. }));
        // Not even a list that names it lets it through.
        let axioms = format!("\"{axiom}\", \"propext\"");
        let list = fixture.allowlist().replace("\"propext\"", &axioms);
        fs::write(fixture.path("allowlist.json"), list).unwrap();
        let error = fixture.refused(&[
            "allowlist.json: line 3 column ",
            &format!("axioms: expected none that nothing may allow, found {axiom:?}"),
        ]);
        assert!(matches!(error, CertError::AllowList { .. }));
    }
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

/// An array in the place of an object would have no names to review.
#[test]
fn allow_lists_of_arrays() {
    let fixture = Fixture::new();
    let list: serde_json::Value = serde_json::from_str(&fixture.allowlist()).unwrap();
    let fields = ["format", "version", "axioms", "toolchains", "nets"];
    let whole = serde_json::json!(fields.map(|field| list[field].clone()));
    let mut theorems = list.clone();
    for theorem in theorems["nets"]["tiny"].as_array_mut().unwrap() {
        *theorem = serde_json::json!([theorem["name"], theorem["statement_sha256"]]);
    }
    for (text, message) in [
        (
            whole.to_string(),
            "invalid type: sequence, expected an object",
        ),
        (
            theorems.to_string(),
            "invalid type: sequence, expected an object",
        ),
        (format!("{list} {list}"), "trailing characters"),
    ] {
        fs::write(fixture.path("allowlist.json"), text).unwrap();
        let error = fixture.refused(&["allowlist.json: line 1 column ", message]);
        assert!(matches!(error, CertError::AllowList { .. }));
    }
    fs::write(fixture.path("allowlist.json"), list.to_string()).unwrap();
    fixture.verify().unwrap();
}
