//! `cargo xtask doctor`: what is there, where, of which version, or how to get it. Installs nothing.

use serde_json::json;

use crate::error::{Error, Result};
use crate::lean::native;
use crate::place::Place;
use crate::setup::{Found, chromium, cpp, iree, lean, llvm, oracle, python};
use crate::shell::{ask, which};

struct Row {
    component: &'static str,
    found: Option<Found>,
    /// How to get it: a command, or that the setup does it.
    remedy: String,
    /// Not needed for `cargo xtask train`, or there is a substitute.
    optional: bool,
}

/// Prints the table; fails if something is missing that no task installs.
pub fn run(place: &Place, args: &[String]) -> Result<()> {
    let as_json = match args {
        [] => false,
        [a] if a == "--json" => true,
        _ => return Err(Error::Usage("usage: cargo xtask doctor [--json]".into())),
    };
    let rows = rows(place)?;
    if as_json {
        let list: Vec<_> = rows
            .iter()
            .map(|r| {
                json!({
                    "component": r.component,
                    "found": r.found.is_some(),
                    "path": r.found.as_ref().map(|f| f.path.display().to_string()),
                    "version": r.found.as_ref().map(|f| f.version.clone()),
                    "remedy": r.remedy,
                    "optional": r.optional,
                })
            })
            .collect();
        println!(
            "{}",
            json!({ "home": place.home.display().to_string(), "components": list })
        );
        return Ok(());
    }
    for row in &rows {
        match &row.found {
            Some(f) => println!(
                "{:<16} {:<40} {}",
                row.component,
                f.version,
                f.path.display()
            ),
            None if row.optional => println!("{:<16} not there; {}", row.component, row.remedy),
            None => println!("{:<16} MISSING; {}", row.component, row.remedy),
        }
    }
    println!("{:<16} {}", "LMX_HOME", place.home.display());
    Ok(())
}

fn rows(place: &Place) -> Result<Vec<Row>> {
    let setup = "`cargo xtask setup` installs it";
    let row = |component, found, remedy: &str, optional| Row {
        component,
        found,
        remedy: remedy.into(),
        optional,
    };
    let llvm = llvm::find();
    let libclang = llvm::find_libclang(place, llvm.as_ref());
    let lake = native::find(place)?.and_then(|path| {
        let version = ask(&path, &["--version"])?;
        Some(Found { path, version })
    });
    let has_lake = lake.is_some();
    let npm = which("npm").and_then(|path| {
        Some(Found {
            version: ask(&path, &["--version"])?,
            path,
        })
    });
    Ok(vec![
        row("C++ compiler", cpp::find_compiler(), setup, false),
        row("make or ninja", cpp::find_make(), setup, false),
        row("CMake", cpp::find_cmake(place), setup, false),
        row(
            "LLVM with MLIR",
            llvm,
            &format!("`cargo xtask setup` runs: {}", llvm::remedy()),
            false,
        ),
        row("libclang", libclang, setup, false),
        row("IREE compiler", iree::find(place), setup, false),
        row(
            "Lean (lake)",
            lake,
            "optional: https://lean-lang.org/install; without it Lean runs as WebAssembly",
            true,
        ),
        row("Lean (wasm)", lean::find(place), setup, has_lake),
        row("Node 24", lean::find_node(place), setup, has_lake),
        row(
            "npm",
            npm,
            "install Node.js with npm (apt-get install npm, brew install node)",
            has_lake,
        ),
        row(
            "Python",
            python::find(),
            "apt-get install python3 python3-venv, or brew install python: 3.11 or later",
            false,
        ),
        row(
            "JAX (oracle)",
            oracle::find(place),
            "`cargo xtask test` and `bench` install it",
            true,
        ),
        row(
            "Chromium",
            chromium::find(),
            &format!(
                "`cargo xtask test` tries the blueprint in it: {}",
                chromium::remedy()
            ),
            true,
        ),
    ])
}
