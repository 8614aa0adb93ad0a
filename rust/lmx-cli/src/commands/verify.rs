//! `lmx-rs verify`

use lmx_cert::{AxiomClosure, Derived, Level, Verified};
use serde_json::{Value, json};

use crate::args::VerifyArgs;
use crate::failure::Failure;
use crate::{net, output};

pub fn run(args: &VerifyArgs) -> Result<(), Failure> {
    let verified = net::verified(&args.cert)?;
    if args.json {
        return output::line(&report(&verified).to_string());
    }
    output::write(&verified.to_string())
}

fn report(verified: &Verified) -> Value {
    let certificate = &verified.certificate;
    let theorems = certificate.theorems.iter().zip(&verified.properties);
    let theorems = theorems.map(|(theorem, property)| {
        json!({
            "name": theorem.name,
            "property": property,
            "statement": theorem.statement,
            "statement_sha256": theorem.statement_sha256.to_string(),
            "proof_sha256": theorem.proof_sha256.to_string(),
            "axioms": theorem.axioms,
        })
    });
    json!({
        "accepted": true,
        "net": certificate.name,
        "graph_sha256": verified.graph.sha256.to_string(),
        "term": {
            "constant": certificate.term.constant,
            "sha256": certificate.term.sha256.to_string(),
            "derived": match certificate.term.derived {
                Derived::Kernel => "kernel",
            },
        },
        "proofs": {
            "format": certificate.proofs.format,
            "bytes": certificate.proofs.bytes,
            "sha256": certificate.proofs.sha256.to_string(),
        },
        "toolchain": certificate.toolchain,
        "allowlist": verified.allowlist.to_string_lossy(),
        "allowlist_sha256": verified.allowlist_sha256.to_string(),
        "levels": verified.levels.iter().map(level).collect::<Vec<_>>(),
        "theorems": theorems.collect::<Vec<_>>(),
        "kinks": certificate.kinks,
    })
}

fn level(level: &Level) -> Value {
    match level {
        Level::Hashes => json!({ "level": "hashes" }),
        Level::AllowList => json!({ "level": "allow-list" }),
        Level::Term => json!({ "level": "term" }),
        Level::Axioms(AxiomClosure::Full) => json!({ "level": "axiom closure", "kind": "full" }),
        Level::Axioms(AxiomClosure::Project {
            sealed,
            sealed_sha256,
        }) => json!({
            "level": "axiom closure",
            "kind": "project",
            "sealed": sealed,
            "sealed_sha256": sealed_sha256.to_string(),
        }),
    }
}
