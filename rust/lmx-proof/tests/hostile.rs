//! Bytes that Lean did not write: an error with its place, never a panic.

mod common;

use common::{Image, NIL, V};
use lmx_proof::canonical::{Proofs, text};
use lmx_proof::olean::{Decoder, ModuleData, Parts, Word};
use lmx_proof::store::Store;
use lmx_proof::{Result, declaration::Declaration};
use proptest::prelude::*;

/// Decodes all that is in a module of one file, and writes it.
fn read(bytes: Vec<u8>) -> Result<Vec<Declaration>> {
    let mut decoder = Decoder::new(Parts::new(vec![("Lmx/M.olean".into(), bytes)])?);
    let mut store = Store::default();
    let data = ModuleData::read(&mut decoder, &mut store, 0)?;
    data.doc_strings(&mut decoder, &mut store)?;
    data.ranges(&mut decoder, &mut store)?;
    data.module_docs(&decoder, &store)?;
    let constants = data.constants.iter();
    let all = constants.map(|c| decoder.declaration(&mut store, *c));
    let all = all.collect::<Result<Vec<_>>>()?;
    for declaration in &all {
        text(&store, declaration, Proofs::Kept);
    }
    Ok(all)
}

fn refused(bytes: Vec<u8>, message: &str) {
    let error = read(bytes).expect_err("refused").to_string();
    let message = format!("Lmx/M.olean: byte {message}");
    assert!(
        error.contains(&message),
        "expected {message}, found {error}"
    );
}

fn module(word: Word, make: impl FnOnce(&mut Image) -> V) -> Vec<u8> {
    let mut image = Image::new(word, 0x20000);
    let constant = make(&mut image);
    let root = image.module(&["Init"], &[("Lmx.a", constant)], &[]);
    image.finish(root)
}

/// A module with a bit of everything.
fn sample(word: Word) -> Vec<u8> {
    let mut image = Image::new(word, 0x20000);
    let u = image.level_param("u");
    let sort = image.sort(u);
    let zero = image.bound(0);
    let nat = image.big(false, &[1, 2]);
    let nat = image.ctor(0, &[nat], &[]);
    let nat = image.expr(9, &[nat]);
    let f = image.constant("Lmx.f", &[u]);
    let app = image.app(f, nat);
    let lam = image.binder(6, "x", sort, app, 1);
    let pi = image.binder(7, "x", sort, zero, 0);
    let def = image.def("Lmx.d", &["u"], pi, lam);
    let rec = image.recursor("Lmx.T.rec", pi, "Lmx.T", &[("Lmx.T.c", lam)]);
    let ty = image.inductive("Lmx.T", sort, &["Lmx.T.c"]);
    let ctor = image.constructor("Lmx.T.c", f, "Lmx.T", 0);
    let thm = image.theorem("Lmx.t", &[], sort, zero);
    let doc = image.doc("Lmx.d", "text");
    let constants = [
        ("Lmx.d", def),
        ("Lmx.T.rec", rec),
        ("Lmx.T", ty),
        ("Lmx.T.c", ctor),
        ("Lmx.t", thm),
    ];
    let root = image.module(&["Init"], &constants, &[("Lean.docStringExt", &[doc])]);
    image.finish(root)
}

#[test]
fn each_kind_of_wrong_byte_is_told() {
    let good = || module(Word::W64, |i| i.axiom("Lmx.a", &[], NIL));
    let changed = |at: usize, byte: u8| {
        let mut bytes = good();
        bytes[at] = byte;
        bytes
    };
    refused(vec![], "0: expected 5 bytes more");
    refused(changed(0, b'O'), "0: expected `olean`");
    refused(changed(5, 3), "5: expected version 2 of the form, found 3");
    refused(
        changed(80, 1),
        "80: expected the addresses of a 32-bit or a 64-bit",
    );
    refused(good(), "0: expected a term, found the scalar 0");
    for word in [Word::W32, Word::W64] {
        let axiom = |make: fn(&mut Image) -> V| {
            module(word, |i| {
                let ty = make(i);
                i.axiom("Lmx.a", &[], ty)
            })
        };
        let at = 80 + 2 * word.size();
        let refused = |make, message: &str| refused(axiom(make), message);
        refused(
            |i| i.expr(1, &[NIL]),
            &format!("{at}: expected a closed term, found a free variable"),
        );
        refused(
            |i| i.expr(2, &[NIL]),
            &format!("{at}: expected a closed term, found a metavariable"),
        );
        refused(
            |i| i.expr(12, &[NIL]),
            &format!("{at}: expected a term, found constructor 12 with 1 fields"),
        );
        refused(
            |i| i.expr(5, &[V(0x30000), NIL]),
            &format!("{}: expected an object before this one", at + 8),
        );
        refused(
            |i| i.expr(5, &[V(0x1000), NIL]),
            "0: expected an address in the module's parts, found 0x1000",
        );
        refused(
            |i| i.expr(5, &[V(0x20002), NIL]),
            "2: expected an address in the module's parts",
        );
        refused(
            |i| {
                let name = i.big(false, &[5]);
                i.expr(4, &[name, NIL])
            },
            &format!("{at}: expected a name, found a big number"),
        );
        refused(
            |i| {
                let n = i.big(true, &[5]);
                let n = i.ctor(0, &[n], &[]);
                i.expr(9, &[n])
            },
            &format!("{at}: expected a natural number, found a negative one"),
        );
        refused(
            |i| {
                let n = i.big(false, &vec![1; 1 << 15]);
                let n = i.ctor(0, &[n], &[]);
                i.expr(9, &[n])
            },
            &format!("{}: expected at most 65536 bytes of a number", at + 8),
        );
    }
}

#[test]
fn parts_must_belong_together() {
    let part = |base| {
        let mut image = Image::new(Word::W64, base);
        let root = image.module(&[], &[], &[]);
        image.finish(root)
    };
    let parts = |first: Vec<u8>, second: Vec<u8>| {
        let files = vec![("a".into(), first), ("b".into(), second)];
        Parts::new(files).map(|_| ()).map_err(|e| e.to_string())
    };
    assert_eq!(parts(part(0x10000), part(0x20000)), Ok(()));
    let error = parts(part(0x10000), part(0x10000)).unwrap_err();
    assert!(error.ends_with("found overlapping addresses"), "{error}");
    let mut other = part(0x20000);
    other[50] = b'x';
    let error = parts(part(0x10000), other).unwrap_err();
    assert!(error.ends_with("found another build of Lean"), "{error}");
}

#[test]
fn every_truncated_file_is_refused() {
    for word in [Word::W32, Word::W64] {
        let bytes = sample(word);
        assert_eq!(read(bytes.clone()).unwrap().len(), 5);
        for end in 0..bytes.len() {
            assert!(read(bytes[..end].to_vec()).is_err(), "{end}");
        }
    }
}

#[test]
fn no_flipped_bit_is_a_panic() {
    for word in [Word::W32, Word::W64] {
        let bytes = sample(word);
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut bytes = bytes.clone();
                bytes[at] ^= 1 << bit;
                let _ = read(bytes);
            }
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_are_a_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        wide in any::<bool>(),
    ) {
        let mut bytes = sample(if wide { Word::W64 } else { Word::W32 });
        for (at, byte) in changes {
            let at = at.index(bytes.len() - 80) + 80;
            bytes[at] = byte;
        }
        let _ = read(bytes);
    }
}
