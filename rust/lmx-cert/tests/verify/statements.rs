//! Statements, and what they are tied to.

use std::fs;

use lmx_cert::CertError;
use lmx_graph::canonical::Json;
use lmx_graph::sha256;

use crate::fixture::*;

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
