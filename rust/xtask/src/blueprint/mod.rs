//! `cargo xtask blueprint`: the pages that show what is proved, out of what Lean compiled.

mod devtools;
mod trial;

use std::path::PathBuf;
use std::time::Instant;

use lmx_blueprint::{Written, generate};

use crate::error::{Error, Result};
use crate::lean;
use crate::lean::compiled::Compiled;
use crate::place::Place;
use crate::setup::chromium;

const USAGE: &str = "usage: cargo xtask blueprint [--out FOLDER] [--check] [--screenshots FOLDER]";

/// What `cargo xtask blueprint` was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Where to write, in place of `target/blueprint`.
    pub out: Option<PathBuf>,
    /// Try the pages in a browser.
    pub check: bool,
    /// Where to keep pictures of them.
    pub screenshots: Option<PathBuf>,
}

impl Options {
    /// Reads the command line behind `cargo xtask blueprint`.
    pub fn parse(args: &[String]) -> Result<Options> {
        let mut options = Options::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut folder = || {
                args.next()
                    .map(PathBuf::from)
                    .ok_or_else(|| Error::Usage(format!("{arg} takes a folder\n{USAGE}")))
            };
            match arg.as_str() {
                "--check" => options.check = true,
                "--out" => options.out = Some(folder()?),
                "--screenshots" => options.screenshots = Some(folder()?),
                other => {
                    return Err(Error::Usage(format!(
                        "unexpected argument {other}\n{USAGE}"
                    )));
                }
            }
        }
        Ok(options)
    }
}

/// Checks Lean, writes the pages and, if asked, tries them.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    let Some(compiled) = lean::run(place, &lean::Options::default())? else {
        return Err(Error::Check("the whole package was not compiled".into()));
    };
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| place.root.join("target/blueprint"));
    let written = write(place, &compiled, &out)?;
    println!("{}", out.join("index.html").display());
    if options.check || options.screenshots.is_some() {
        let program = chromium::ensure()?;
        trial::run(&program, &out, &written, options.screenshots.as_deref())?;
    }
    Ok(())
}

/// What `cargo xtask test` does: pages from what was compiled, tried in a browser. Without a browser, an error where continuous integration runs,
/// else a note: nothing else depends on it.
pub fn test(place: &Place, compiled: &Compiled) -> Result<()> {
    let out = place.root.join("target/blueprint");
    let written = write(place, compiled, &out)?;
    match chromium::ensure() {
        Ok(program) => trial::run(&program, &out, &written, None),
        Err(e @ Error::Missing { .. }) if std::env::var_os("CI").is_none() => {
            eprintln!("blueprint: NOT tried in a browser: {e}");
            Ok(())
        }
        Err(e) => Err(e),
    }
}

fn write(place: &Place, compiled: &Compiled, out: &std::path::Path) -> Result<Written> {
    let began = Instant::now();
    let written = generate(&compiled.environment()?, &place.root, out)?;
    eprintln!(
        "blueprint: {} declarations, {} in the graph, {} edges, {} coverage rows: {:.1} s",
        written.declarations,
        written.nodes,
        written.edges,
        written.rows,
        began.elapsed().as_secs_f64()
    );
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_read() {
        let parse = |line: &str| {
            Options::parse(
                &line
                    .split_whitespace()
                    .map(String::from)
                    .collect::<Vec<_>>(),
            )
        };
        let o = parse("--out a --check").unwrap();
        assert_eq!((o.out, o.check), (Some(PathBuf::from("a")), true));
        assert_eq!(parse("").unwrap(), Options::default());
        assert!(parse("--out").is_err());
        assert!(parse("b").is_err());
    }
}
