//! Modules written by hand are read, in both layouts, and give the texts, hashes and proof objects that they should.

mod common;

use common::{Image, NIL, put, scalar};
use lmx_cert::canonical::Declaration;
use lmx_proof::canonical::{Canonical, Proofs, text};
use lmx_proof::check::{Compared, check_vectors};
use lmx_proof::olean::{Position, Range, Word};
use lmx_proof::{Environment, Folders, ProofError, ndjson};
use std::path::Path;

/// `Init`: a type `Unit` with one constructor, an axiom of Lean, a theorem whose proof is not there.
fn core(word: Word) -> Vec<u8> {
    core_part(Image::new(word, 0x10000), false)
}

/// The same, with the theorem's proof: what a build of Lean that hides nothing puts beside it.
fn core_private(word: Word) -> Vec<u8> {
    core_part(Image::new(word, 0x2000_0000), true)
}

fn core_part(mut image: Image, proofs: bool) -> Vec<u8> {
    let one = image.level_succ(NIL);
    let ty = image.sort(one);
    let unit = image.constant("Unit", &[]);
    let u = image.level_param("u");
    let sort = image.sort(u);
    let (zero, first, second) = (image.bound(0), image.bound(1), image.bound(2));
    let star = image.constant("Unit.star", &[]);
    let minor = image.app(zero, star);
    let result = image.app(second, zero);
    let to_sort = image.binder(7, "t", unit, sort, 0);
    let rec_ty = image.binder(7, "t", unit, result, 0);
    let rec_ty = image.binder(7, "star", minor, rec_ty, 0);
    let rec_ty = image.binder(7, "motive", to_sort, rec_ty, 1);
    let rhs = image.binder(6, "star", minor, zero, 0);
    let rhs = image.binder(6, "motive", to_sort, rhs, 0);
    let prop = image.sort(NIL);
    let _ = first;
    let lemma = if proofs {
        let proof = image.constant("Classical.choice", &[]);
        image.theorem("Unit.lemma", &[], prop, proof)
    } else {
        image.axiom("Unit.lemma", &[], prop)
    };
    let constants = [
        ("Unit", image.inductive("Unit", ty, &["Unit.star"])),
        ("Unit.star", image.constructor("Unit.star", unit, "Unit", 0)),
        (
            "Unit.rec",
            image.recursor("Unit.rec", rec_ty, "Unit", &[("Unit.star", rhs)]),
        ),
        ("propext", image.axiom("propext", &[], prop)),
        (
            "Classical.choice",
            image.axiom("Classical.choice", &[], prop),
        ),
        ("Unit.lemma", lemma),
        ("Unit.unused", image.axiom("Unit.unused", &[], prop)),
    ];
    let root = image.module(&[], &constants, &[]);
    image.finish(root)
}

/// The definition of every kind of term, and its canonical text.
const ALL: &str = "def Lmx.all 2\n\
    s S(P1)\n\
    c Unit.rec P0 S(0)\n\
    v 0\n\
    l 1 2\n\
    a 1 3\n\
    p 1 4\n\
    n 79228162514264337593543950335\n\
    t 4 a\nb \n\
    j Lmx.Pair 1 2\n\
    z 6 7 8\n\
    a 5 9\n\
    r 0 10\n";

/// A module of the project in two files, the second pointing into the first.
fn project(word: Word, gmp: bool) -> (Vec<u8>, Vec<u8>) {
    let new = |base| {
        let image = Image::new(word, base);
        if gmp { image.with_gmp() } else { image }
    };
    let mut image = new(0x5000_0000);
    let (u, v) = (image.level_param("u"), image.level_param("v"));
    let (one, sv) = (image.level_succ(NIL), image.level_succ(v));
    let ty = image.sort(sv);
    let rec = image.constant("Unit.rec", &[u, one]);
    let zero = image.bound(0);
    // Binders' names and metadata do not count.
    let lam = image.binder(6, "x", rec, zero, 0);
    let lam = image.expr(10, &[NIL, lam]);
    let again = image.binder(6, "y", rec, zero, 3);
    let app = image.app(rec, lam);
    let pi = image.binder(7, "z", rec, app, 1);
    let _ = again;
    let big = image.big(false, &[u32::MAX; 3]);
    let big = image.ctor(0, &[big], &[]);
    let big = image.expr(9, &[big]);
    let text = image.string("a\nb ");
    let text = image.ctor(1, &[text], &[]);
    let text = image.expr(9, &[text]);
    let pair = image.name("Lmx.Pair");
    let field = image.expr(11, &[pair, scalar(1), zero]);
    let name = image.name("w");
    let scalars = [0, 0, 0, 0, 0, 0, 0, 0, 1];
    let let_in = image.ctor(8, &[name, big, text, field], &scalars);
    let value = image.app(pi, let_in);
    let all = image.def("Lmx.all", &["u", "v"], ty, value);
    let empty = image.module(&["Init"], &[], &[]);
    let bytes = image.finish(empty);

    let mut image = new(0x5001_0000);
    let prop = image.sort(NIL);
    let star = image.constant("Unit.star", &[]);
    let lemma = image.constant("Unit.lemma", &[]);
    let axiom = image.constant("propext", &[]);
    let own = image.constant("_private.Lmx.M.0.Lmx.own", &[]);
    let proof = image.app(lemma, axiom);
    let proof = image.app(proof, own);
    let theorem = image.theorem("Lmx.thm", &[], star, proof);
    let own = image.axiom("_private.Lmx.M.0.Lmx.own", &[], prop);
    // Deeper than any stack.
    let mut deep = star;
    for _ in 0..200_000 {
        deep = image.app(deep, deep);
    }
    let deep = image.def("Lmx.deep", &[], prop, deep);
    let doc = image.doc("Lmx.thm", "What it says.");
    let name = image.name("Lmx.thm");
    let (whole, selection) = (image.range((3, 0), (5, 7)), image.range((4, 8), (4, 11)));
    let ranges = image.ctor(0, &[whole, selection], &[]);
    let range = image.ctor(0, &[name, ranges], &[]);
    let text = image.string("# Module");
    let module_doc = image.ctor(0, &[text, whole], &[]);
    let root = image.module(
        &["Init"],
        &[
            ("Lmx.all", all),
            ("_private.Lmx.M.0.Lmx.own", own),
            ("Lmx.thm", theorem),
            ("Lmx.deep", deep),
        ],
        &[
            ("Lean.docStringExt", &[doc]),
            ("Lean.declRangeExt", &[range]),
            (
                "_private.Lean.DocString.Extension.0.Lean.moduleDocExt",
                &[module_doc],
            ),
        ],
    );
    (bytes, image.finish(root))
}

fn lay_out(folder: &Path, word: Word, gmp: bool) -> Folders {
    let (exported, private) = project(word, gmp);
    put(
        folder,
        &[
            ("out/Lmx/M.olean", &exported),
            ("out/Lmx/M.olean.private", &private),
            ("lib/Init.olean", &core(word)),
        ],
    );
    Folders::new(folder.join("out"), folder.join("lib"))
}

#[test]
fn both_layouts_give_the_same() {
    for (word, gmp) in [(Word::W32, false), (Word::W64, false), (Word::W64, true)] {
        let dir = tempfile::tempdir().unwrap();
        let env = Environment::load(&lay_out(dir.path(), word, gmp)).unwrap();
        let store = &env.store;

        let all = env.find("Lmx.all").unwrap();
        let (found, uses) = text(store, all, Proofs::Left);
        assert_eq!(found, ALL);
        assert_eq!(Declaration::parse(ALL.as_bytes()).unwrap().to_text(), ALL);
        let uses: Vec<String> = uses.iter().map(|n| store.name_text(*n)).collect();
        assert_eq!(uses, ["Unit.rec", "Lmx.Pair"]);

        let thm = env.find("Lmx.thm").unwrap();
        assert_eq!(
            text(store, thm, Proofs::Left).0,
            "theorem Lmx.thm 0\nc Unit.star\nr 0\n"
        );
        assert_eq!(env.doc(thm.name), Some("What it says."));
        let place = |line, column| Position { line, column };
        let range = env.range(thm.name).unwrap();
        let (start, end) = (place(4, 8), place(4, 11));
        assert_eq!(range.selection, Range { start, end });
        assert_eq!(range.whole.start, place(3, 0));
        let module = env.module_of(thm.name).unwrap();
        assert_eq!(module.source(store), "Lmx/M.lean");
        assert_eq!((module.parts, module.docs.len()), (2, 1));
        assert_eq!(
            (module.lean_version.as_str(), module.project),
            ("4.28.0", true)
        );

        let deep = text(store, env.find("Lmx.deep").unwrap(), Proofs::Left).0;
        assert_eq!(deep.lines().count(), 200_004);
        // Of the core library, what is reached.
        assert!(env.find("Unit").is_ok() && env.find("Unit.unused").is_err());
    }
}

#[test]
fn a_theorem_reaches_what_it_rests_on() {
    let dir = tempfile::tempdir().unwrap();
    let env = Environment::load(&lay_out(dir.path(), Word::W32, false)).unwrap();
    let store = &env.store;
    let mut canonical = Canonical::new(&env);
    let thm = env.find("Lmx.thm").unwrap().name;
    let statement = canonical.reach(thm, Proofs::Left).unwrap();
    assert_eq!(statement.project.len(), 1);
    let proof = canonical.reach(thm, Proofs::Kept).unwrap();
    let lines = proof.declarations(store);
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("Lmx.thm ") && lines[1].starts_with("_private.Lmx.M.0.Lmx.own "));
    assert_ne!(statement.sha256(store), proof.sha256(store));
    let all = env.find("Lmx.all").unwrap().name;
    let error = canonical.reach(all, Proofs::Left).unwrap_err();
    assert_eq!(error.to_string(), "Lmx.Pair: not declared");
}

#[test]
fn core_proofs_are_followed_where_they_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    let folders = lay_out(dir.path(), Word::W64, false);
    let closure = || {
        let env = Environment::load(&folders).unwrap();
        let thm = env.find("Lmx.thm").unwrap().name;
        let exported = ndjson::export(&env, &[thm], &mut vec![]).unwrap();
        let project = Canonical::new(&env).reach(thm, Proofs::Kept).unwrap();
        (exported.axioms, exported.sealed, project.sha256(&env.store))
    };
    // An axiom of the project is named, and so is Lean's own; a core theorem without its proof is counted apart.
    let (axioms, sealed, hidden) = closure();
    assert_eq!(axioms, ["_private.Lmx.M.0.Lmx.own", "propext"]);
    assert_eq!(sealed, ["Unit.lemma"]);
    put(
        dir.path(),
        &[("lib/Init.olean.private", &core_private(Word::W64))],
    );
    let (axioms, sealed, shown) = closure();
    assert_eq!(
        axioms,
        ["Classical.choice", "_private.Lmx.M.0.Lmx.own", "propext"]
    );
    assert!(sealed.is_empty(), "{sealed:?}");
    // The hash of a proof is over the project's declarations alone.
    assert_eq!(hidden, shown);
}

#[test]
fn proof_objects_are_written_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let env = Environment::load(&lay_out(dir.path(), Word::W64, true)).unwrap();
    let thm = env.find("Lmx.thm").unwrap().name;
    let mut out = vec![];
    let exported = ndjson::export(&env, &[thm], &mut out).unwrap();
    let text = String::from_utf8(out.clone()).unwrap();
    let expected = include_str!("export.ndjson");
    assert_eq!(text, expected.replace("VERSION", env!("CARGO_PKG_VERSION")));
    assert_eq!(exported.axioms, ["_private.Lmx.M.0.Lmx.own", "propext"]);
    assert_eq!(exported.sealed, ["Unit.lemma"]);
    assert_eq!((exported.theorems, exported.inductives), (1, 1));
    assert_eq!(exported.bytes, text.len() as u64);
    assert_eq!(exported.lines, text.lines().count() as u64);
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }

    let mut gzip = vec![];
    ndjson::export_gzip(&env, &[thm], &mut gzip).unwrap();
    let mut again = vec![];
    ndjson::export_gzip(&env, &[thm], &mut again).unwrap();
    assert_eq!(gzip, again);
    let mut inflated = vec![];
    std::io::copy(
        &mut flate2::read::GzDecoder::new(gzip.as_slice()),
        &mut inflated,
    )
    .unwrap();
    assert_eq!(inflated, out);
}

#[test]
fn what_is_missing_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let folders = lay_out(dir.path(), Word::W32, false);
    let error = Environment::load_modules(&folders, &["Lmx.N"]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("module Lmx.N: no Lmx/N.olean in "),
        "{error}"
    );
    std::fs::remove_file(dir.path().join("lib/Init.olean")).unwrap();
    let error = Environment::load(&folders).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("module Init, which Lmx.M imports: "),
        "{error}"
    );

    put(dir.path(), &[("lib/Init.olean", &core(Word::W32))]);
    let env = Environment::load(&folders).unwrap();
    assert!(matches!(
        env.find("Lmx.none"),
        Err(ProofError::NoDeclaration { .. })
    ));
    // This core library has no numbers.
    let all = env.find("Lmx.all").unwrap().name;
    let error = ndjson::export(&env, &[all], &mut vec![]).unwrap_err();
    assert_eq!(error.to_string(), "Nat: not declared, but Lmx.all uses it");
}

#[test]
fn a_wrong_vector_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let env = Environment::load(&lay_out(dir.path(), Word::W32, false)).unwrap();
    let thm = env.find("Lmx.thm").unwrap().name;
    let reached = Canonical::new(&env).reach(thm, Proofs::Kept).unwrap();
    let (count, closure) = (reached.project.len(), reached.sha256(&env.store));
    let folder = dir.path().join("vectors");
    let check = |vectors: &str, theorems: &str| {
        let file = format!("{{\"theorems\":[{theorems}],\"vectors\":[{vectors}]}}");
        put(&folder, &[("vectors.json", file.as_bytes())]);
        check_vectors(&env, &folder.join("vectors.json")).map_err(|e| e.to_string())
    };
    let vector = |text: &str, hash: &str| {
        let text = serde_json::Value::from(text);
        format!("{{\"name\":[\"Lmx\",\"thm\"],\"sha256\":\"{hash}\",\"text\":{text}}}")
    };
    let theorem = |proofs: bool, count: usize| {
        format!(
            "{{\"declarations\":{count},\"name\":[\"Lmx\",\"thm\"],\"proofs\":{proofs},\"sha256\":\"{closure}\"}}"
        )
    };
    let good = "theorem Lmx.thm 0\nc Unit.star\nr 0\n";
    let hash = lmx_graph::sha256(good.as_bytes()).to_string();
    let compared = check(&vector(good, &hash), &theorem(true, count)).unwrap();
    let expected = Compared {
        declarations: 1,
        theorems: 1,
    };
    assert_eq!(compared, expected);
    for (vectors, theorems, message) in [
        (
            vector("theorem Lmx.thm 0\nc Unit\nr 0\n", &hash),
            theorem(true, count),
            "Lmx.thm: another text".to_owned(),
        ),
        (
            vector(good, &"0".repeat(64)),
            theorem(true, count),
            format!("Lmx.thm: the sha256 is {hash}"),
        ),
        (
            vector(good, &hash),
            theorem(true, count + 1),
            format!("Lmx.thm, proofs Kept: {count} declarations, sha256 {closure}"),
        ),
        // The closure without proofs is another one.
        (
            vector(good, &hash),
            theorem(false, count),
            "Lmx.thm, proofs Left: ".to_owned(),
        ),
        // Nothing to compare does not pass.
        (
            String::new(),
            theorem(true, count),
            "no declaration of the project to compare".to_owned(),
        ),
        (
            vector(good, &hash),
            String::new(),
            "no declaration of the project to compare".to_owned(),
        ),
    ] {
        let error = check(&vectors, &theorems).unwrap_err();
        assert!(error.contains(&message), "{message}\n{error}");
    }
}

#[test]
fn a_name_declared_twice_must_be_the_same() {
    let module = |base, value: u64| {
        let mut image = Image::new(Word::W32, base);
        let prop = image.sort(NIL);
        let value = image.bound(value);
        let theorem = image.theorem("Lmx.lemma", &[], prop, value);
        let fixed = image.bound(0);
        let def = image.def("Lmx.def", &[], prop, fixed);
        let other = image.def("Lmx.other", &[], prop, value);
        (image, theorem, def, other)
    };
    let dir = tempfile::tempdir().unwrap();
    let folders = Folders::new(dir.path(), dir.path());
    for (name, value) in [("Lmx/A.olean", 1), ("Lmx/B.olean", 2)] {
        let (mut image, theorem, def, _) = module(0x10000 * value, value);
        let root = image.module(&[], &[("Lmx.lemma", theorem), ("Lmx.def", def)], &[]);
        put(dir.path(), &[(name, &image.finish(root))]);
    }
    // One statement with two proofs, and one definition.
    assert_eq!(Environment::load(&folders).unwrap().len(), 2);
    for (name, value) in [("Lmx/A.olean", 1), ("Lmx/B.olean", 2)] {
        let (mut image, _, _, other) = module(0x10000 * value, value);
        let root = image.module(&[], &[("Lmx.other", other)], &[]);
        put(dir.path(), &[(name, &image.finish(root))]);
    }
    let error = Environment::load(&folders).unwrap_err().to_string();
    assert_eq!(
        error,
        "Lmx.other is declared by Lmx.A and, differently, by Lmx.B"
    );
}
