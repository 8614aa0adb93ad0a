//! `lmx-rs verify`

use lmx_cert::{AxiomClosure, Certificate, Derived, Level, Verified};
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

/// What was established, and under `as_the_certificate_says` what was not checked.
fn report(verified: &Verified) -> Value {
    let certificate = &verified.certificate;
    let theorems = certificate.theorems.iter().zip(&verified.properties);
    let theorems = theorems.map(|(theorem, property)| {
        json!({
            "name": theorem.name,
            "property": property,
            "statement_sha256": theorem.statement_sha256.to_string(),
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
        "allowlist": verified.allowlist.to_string_lossy(),
        "allowlist_sha256": verified.allowlist_sha256.to_string(),
        "levels": verified.levels.iter().map(|l| level(*l)).collect::<Vec<_>>(),
        "theorems": theorems.collect::<Vec<_>>(),
        "kinks": certificate.kinks,
        "as_the_certificate_says": claims(certificate),
    })
}

fn claims(certificate: &Certificate) -> Value {
    let theorems = certificate.theorems.iter().map(|theorem| {
        json!({
            "name": theorem.name,
            "statement": theorem.statement,
            "proof_sha256": theorem.proof_sha256.to_string(),
            "axioms": theorem.axioms,
        })
    });
    json!({
        "toolchain": certificate.toolchain,
        "proofs": {
            "format": certificate.proofs.format,
            "bytes": certificate.proofs.bytes,
            "sha256": certificate.proofs.sha256.to_string(),
        },
        "theorems": theorems.collect::<Vec<_>>(),
        "axiom_closure": match &certificate.axiom_closure {
            AxiomClosure::Full => json!({ "kind": "full" }),
            AxiomClosure::Project { sealed, sealed_sha256 } => json!({
                "kind": "project",
                "sealed": sealed,
                "sealed_sha256": sealed_sha256.to_string(),
            }),
        },
        "sources": certificate.sources.len(),
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Hashes => "hashes",
        Level::AllowList => "allow-list",
        Level::Term => "term",
    }
}
