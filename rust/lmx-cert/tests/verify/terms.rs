//! The term, and that the graph is it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use lmx_cert::{CertError, Certificate, check_graph, check_statements, check_term};
use lmx_graph::{Dim, Graph, Op, sha256, to_canonical_json};
use num_bigint::BigInt;

use crate::fixture::*;
use crate::{common, encode};

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
