//! The canonical serialisation: the texts that Lean writes, and what is refused.

use std::fs;
use std::path::Path;

use lmx_cert::canonical::{Declaration, Id, Kind, Part, Term, TermsBuilder, name_text};
use lmx_graph::canonical::{Json, parse};
use lmx_graph::sha256;

fn array<'j>(json: &'j Json<'j>) -> &'j [Json<'j>] {
    match json {
        Json::Array(a) => a,
        _ => panic!("an array, not {json}"),
    }
}

fn text<'j>(json: &'j Json<'j>) -> &'j str {
    match json {
        Json::Str(s) => s,
        _ => panic!("a text, not {json}"),
    }
}

fn int(json: &Json<'_>) -> u64 {
    match json {
        Json::Int(n) => *n,
        _ => panic!("a number, not {json}"),
    }
}

fn name(json: &Json<'_>) -> &'static str {
    let part = |json: &Json<'_>| match json {
        Json::Int(n) => Part::Number(*n),
        _ => Part::Text(text(json).to_owned().leak()),
    };
    let parts: Vec<_> = array(json).iter().map(part).collect();
    name_text(&parts).leak()
}

fn level(json: &Json<'_>) -> String {
    let parts = array(json);
    match (text(&parts[0]), &parts[1..]) {
        ("0", []) => "0".to_owned(),
        ("P", [place]) => format!("P{}", int(place)),
        ("S", [l]) => format!("S({})", level(l)),
        (tag @ ("M" | "I"), [a, b]) => format!("{tag}({},{})", level(a), level(b)),
        (tag, _) => panic!("level {tag}"),
    }
}

/// Adds a tree, in which nothing is shared.
fn add(terms: &mut TermsBuilder<'static>, json: &Json<'_>) -> Id {
    let parts = array(json);
    let term = match (text(&parts[0]), &parts[1..]) {
        ("v", [i]) => Term::Bound(int(i)),
        ("s", [l]) => Term::Sort(level(l).leak()),
        ("c", [constant, levels]) => {
            let levels = array(levels).iter().map(|l| format!(" {}", level(l)));
            let levels: String = levels.collect();
            Term::Const(format!("{}{levels}", name(constant)).leak())
        }
        ("a", [a, b]) => Term::App(add(terms, a), add(terms, b)),
        // The order of addition does not matter: here the body comes first.
        ("l", [a, b]) => {
            let body = add(terms, b);
            Term::Lambda(add(terms, a), body)
        }
        ("p", [a, b]) => {
            let body = add(terms, b);
            Term::Pi(add(terms, a), body)
        }
        ("z", [a, b, c]) => Term::Let(add(terms, a), add(terms, b), add(terms, c)),
        ("j", [structure, field, of]) => Term::Field {
            structure: name(structure),
            field: int(field),
            of: add(terms, of),
        },
        ("n", [digits]) => Term::Nat(text(digits).to_owned().leak()),
        ("t", [t]) => Term::Str(text(t).to_owned().leak()),
        (tag, _) => panic!("term {tag}"),
    };
    terms.add(term)
}

/// `certificates/canonical-vectors.json` is written by Lean with every export.
#[test]
fn lean_and_rust_write_the_same_text() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../certificates/canonical-vectors.json");
    let bytes = fs::read(&path).expect("written by `cargo xtask lean`");
    let json = parse(&bytes).unwrap();
    let Json::Object(file) = &json else {
        panic!("an object")
    };
    let vectors = array(file.get("vectors").unwrap());
    assert!(vectors.len() >= 10);
    for vector in vectors {
        let Json::Object(vector) = vector else {
            panic!("an object")
        };
        let get = |key| vector.get(key).unwrap();
        let mut terms = TermsBuilder::default();
        let roots = array(get("roots")).iter();
        let roots = roots.map(|root| add(&mut terms, root)).collect();
        let declaration = Declaration {
            kind: Kind::from_name(text(get("kind"))).unwrap(),
            name: name(get("name")),
            parameters: int(get("params")),
            terms: terms.finish(),
            roots,
        };
        let expected = text(get("text"));
        assert_eq!(declaration.to_text(), expected);
        assert_eq!(sha256(expected.as_bytes()).to_string(), text(get("sha256")));
        let read = Declaration::parse(expected.as_bytes()).unwrap();
        assert_eq!(read.to_text(), expected);
        assert_eq!(read.terms.len(), declaration.terms.len());
        for end in 0..expected.len() {
            assert!(Declaration::parse(&expected.as_bytes()[..end]).is_err());
        }
    }
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = Declaration::parse(text.as_bytes()).expect_err("refused");
    assert_eq!(error.to_string(), message, "{text:?}");
}

#[test]
fn other_texts_are_refused() {
    let good = "def a 1\nc A\nc f P0\nt 3 x\ny\na 1 2\nr 0 3\n";
    assert_eq!(Declaration::parse(good.as_bytes()).unwrap().to_text(), good);
    let header = |found: &str| {
        format!(
            "line 1: expected a kind, a name and a number of universe parameters, found {found}"
        )
    };
    refused("", &header("the end of the text (is the file truncated?)"));
    for bad in [
        "def a\n",
        "def a 01\n",
        "def a 1001\n",
        "def a 99999999999999999999999999\n",
        "defn a 0\n",
        "def  a 0\n",
        "def a b 0\n",
        "def a. 0\n",
        "def a 0 \n",
        "def a -1\n",
    ] {
        refused(bad, &header(&format!("{:?}", bad.trim_end_matches('\n'))));
    }
    for (line, tag) in [
        ("c f P1", "c"),
        ("c f S(P0", "c"),
        ("c f M(0)", "c"),
        ("c f  0", "c"),
        ("c ", "c"),
        ("s P00", "s"),
        ("s 0 0", "s"),
        ("v -1", "v"),
        ("v 18446744073709551616", "v"),
        ("v +1", "v"),
        ("a 0 1", "a"),
        ("a 0", "a"),
        ("a 0 0 0", "a"),
        ("a 0 00", "a"),
        ("l 0 99999999999999999999999", "l"),
        ("z 0 0", "z"),
        ("j A 0", "j"),
        ("n 01", "n"),
        ("n ", "n"),
    ] {
        refused(
            &format!("def a 1\nc A\n{line}\nr 0 0\n"),
            &format!(
                "line 3: expected a line `{tag}` of subterms before it, as the format has it, found {line:?}"
            ),
        );
    }
    let digits = "9".repeat(1001);
    assert!(Declaration::parse(format!("def a 0\nc A\nn {digits}\nr 0 1\n").as_bytes()).is_err());
    let deep = format!("{}0{}", "S(".repeat(100_000), ")".repeat(100_000));
    assert!(Declaration::parse(format!("def a 0\nc A\ns {deep}\nr 0 1\n").as_bytes()).is_err());
    for line in ["x 1", "c", "", " c A", "?"] {
        refused(
            &format!("def a 0\nc A\n{line}\nr 0 0\n"),
            &format!(
                "line 3: expected a line of a subterm (v, s, c, a, l, p, z, j, n, t) or of the roots (r), found {line:?}"
            ),
        );
    }
    for line in [
        "t 2 x",
        "t 99999999999999999999 x",
        "t 4294967296 x",
        "t 01 x",
        "t 1 é",
        "t x",
    ] {
        refused(
            &format!("def a 0\nc A\n{line}\nr 0 1\n"),
            &format!(
                "line 3: expected a length in bytes, a text of this length and a line feed, found {:?}",
                &line[2..]
            ),
        );
    }
    refused(
        "def a 0\nc A\nc A\nr 0 1\n",
        "line 3: expected each subterm once, found \"c A\"",
    );
    let order =
        "expected the subterms in order of completion, each of them used, found \"another order\"";
    refused("def a 0\nc A\nc B\nr 1 0\n", &format!("line 4: {order}"));
    refused(
        "def a 0\nc A\nc B\nc C\nr 0 1\n",
        &format!("line 5: {order}"),
    );
    refused(
        "def a 0\nc A\nc B\na 1 0\nr 2 0\n",
        &format!("line 5: {order}"),
    );
    refused(
        "def a 0\nc A\nr 0\n",
        "line 3: expected 2 to 2 terms of a def, found \"1\"",
    );
    refused(
        "theorem a 0\nc A\nr 0 0 0\n",
        "line 3: expected 1 to 2 terms of a theorem, found \"3\"",
    );
    refused(
        "def a 0\nc A\nr 0 1\n",
        "line 3: expected the numbers of a type and a value, found \"r 0 1\"",
    );
    refused(
        "def a 0\nc A\nr 0 0\n\n",
        "line 4: expected the end of the text, found \"\\n\"",
    );
    refused(
        "def a 0\r\nc A\nr 0 0\n",
        "line 1: expected a kind, a name and a number of universe parameters, found \"def a 0\\r\"",
    );
    let error = Declaration::parse(b"def a 0\nc \xff\n").expect_err("refused");
    assert_eq!(
        error.to_string(),
        "line 2: expected UTF-8, found other bytes"
    );
}

/// Depth and sharing cost no stack and no more time than the text is long.
#[test]
fn deep_and_shared_terms_are_read() {
    let mut text = "def a 0\nc A\n".to_owned();
    const DEPTH: usize = 300_000;
    for i in 0..DEPTH {
        // A tree of 2^300000 leaves.
        text.push_str(&format!("a {i} {i}\n"));
    }
    text.push_str(&format!("r 0 {DEPTH}\n"));
    let read = Declaration::parse(text.as_bytes()).unwrap();
    assert_eq!(read.to_text(), text);
    assert!(read.terms.show(DEPTH).chars().count() < 200);
}
