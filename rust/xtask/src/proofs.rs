//! `cargo xtask proofs`: the proof objects of the exported theorems, for checkers that are not Lean.

use std::fs::{self, File};
use std::path::PathBuf;

use lmx_proof::certify::correct;
use lmx_proof::ndjson::export_gzip;

use crate::error::{Error, Result, io};
use crate::lean;
use crate::place::Place;

const USAGE: &str = "usage: cargo xtask proofs [--out FOLDER]";

/// Writes, for each net, `NET.proofs.ndjson.gz` and a configuration with which the checker nanoda checks it.
pub fn run(place: &Place, args: &[String]) -> Result<()> {
    let out = match args {
        [] => place.root.join("target/proofs"),
        [flag, folder] if flag == "--out" => PathBuf::from(folder),
        _ => return Err(Error::Usage(USAGE.into())),
    };
    let compiled = lean::run(place, &lean::Options::default())?
        .ok_or_else(|| Error::Check("the Lean package was not checked whole".into()))?;
    let env = compiled.environment()?;
    fs::create_dir_all(&out).map_err(io("create", &out))?;
    for net in compiled.nets()? {
        let (theorem, _) = correct(&env, &net.module)?;
        let path = out.join(format!("{}.proofs.ndjson.gz", net.name));
        let draft = path.with_extension("gz.tmp");
        let mut file = File::create(&draft).map_err(io("write", &draft))?;
        let exported = export_gzip(&env, &[theorem], &mut file)?;
        fs::rename(&draft, &path).map_err(io("write", &path))?;
        let config = out.join(format!("{}.nanoda.json", net.name));
        let text = exported.nanoda_config(&format!("{}.proofs.ndjson", net.name));
        fs::write(&config, text).map_err(io("write", &config))?;
        println!(
            "{}: {} theorems, {} definitions, {} core declarations taken as axioms, {:.1} MB before compression",
            path.display(),
            exported.theorems,
            exported.definitions,
            exported.sealed.len(),
            exported.bytes as f64 / 1e6
        );
    }
    Ok(())
}
