//! The report of an accepted certificate: what was established, apart from what the certificate alone says.

use std::fmt;

use lmx_graph::text::plain;

use crate::certificate::{AxiomClosure, Derived, Theorem};
use crate::verify::{Level, Verified};

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.certificate.name;
        writeln!(f, "{name}: certificate accepted by {}", self.accepted_by())?;
        writeln!(f, "\nestablished here:")?;
        for level in &self.levels {
            self.level(f, *level)?;
        }
        if !self.certificate.kinks.is_empty() {
            writeln!(f, "\nwhere the theorem does not speak:")?;
            for kink in &self.certificate.kinks {
                writeln!(f, "  {}", plain(kink))?;
            }
        }
        writeln!(f, "\nas the certificate says, not checked here:")?;
        self.claims(f)
    }
}

impl Verified {
    /// The allow-list that accepted it, and the beginning of its sha256.
    pub fn accepted_by(&self) -> String {
        let list = self.allowlist.to_string_lossy();
        let sha256 = self.allowlist_sha256.to_string();
        format!("{} (sha256 {sha256:.12}…)", plain(&list))
    }

    fn level(&self, f: &mut fmt::Formatter<'_>, level: Level) -> fmt::Result {
        let certificate = &self.certificate;
        match level {
            Level::Hashes => {
                writeln!(
                    f,
                    "  hashes: the certificate has its digest, which shows damage, not forgery; {} has the sha256",
                    certificate.graph_file
                )?;
                writeln!(
                    f,
                    "    it names, {}, and every shape and dtype in it checks",
                    self.graph.sha256
                )
            }
            Level::AllowList => {
                writeln!(
                    f,
                    "  allow-list: by their hashes, exactly the statements that {} lists for this net ({}):",
                    plain(&self.allowlist.to_string_lossy()),
                    certificate.theorems.len()
                )?;
                let constant = plain(&certificate.term.constant);
                for (theorem, property) in certificate.theorems.iter().zip(&self.properties) {
                    let name = plain(&theorem.name);
                    writeln!(f, "    {name} : {} {constant}", plain(property))?;
                    writeln!(f, "      statement sha256 {}", theorem.statement_sha256)?;
                }
                Ok(())
            }
            Level::Term => {
                let term = &certificate.term;
                writeln!(
                    f,
                    "  term: the theorem's own term, decoded and equal to the graph: {} defines",
                    term.file
                )?;
                writeln!(
                    f,
                    "    {}, of which the statements speak by the hash of this definition,",
                    plain(&term.constant)
                )?;
                writeln!(f, "    {}", term.sha256)?;
                match term.derived {
                    Derived::Kernel => writeln!(
                        f,
                        "    derived: kernel; that it is the spec's own graph is part of the statement"
                    ),
                }
            }
        }
    }

    /// What rests on the certificate's word.
    fn claims(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = &self.certificate;
        writeln!(
            f,
            "  proofs: no proof was checked again; that each statement holds rests on a check by"
        )?;
        writeln!(
            f,
            "    {}, which the allow-list names",
            plain(&certificate.toolchain)
        )?;
        let proofs = &certificate.proofs;
        writeln!(
            f,
            "    (the proofs, {:.1} MB of lean4export {}, have the sha256 {}; `cargo xtask proofs` writes them",
            proofs.bytes as f64 / 1e6,
            plain(&proofs.format),
            proofs.sha256
        )?;
        writeln!(f, "    for an independent checker)")?;
        for theorem in &certificate.theorems {
            theorem_claims(f, theorem)?;
        }
        writeln!(
            f,
            "  axiom closure: these axioms, which the allow-list names, were found by"
        )?;
        match &certificate.axiom_closure {
            AxiomClosure::Full => writeln!(f, "    following every proof to its end")?,
            AxiomClosure::Project {
                sealed,
                sealed_sha256,
            } => writeln!(
                f,
                "    following the project's proofs; {sealed} declarations of Lean's core, which shows no proofs,\n    were taken as they are (their names have the sha256 {sealed_sha256})"
            )?,
        }
        writeln!(
            f,
            "  sources: the {} Lean files named were not compared",
            certificate.sources.len()
        )
    }
}

fn theorem_claims(f: &mut fmt::Formatter<'_>, theorem: &Theorem) -> fmt::Result {
    writeln!(f, "  {}, in words:", plain(&theorem.name))?;
    for line in theorem.statement.lines() {
        writeln!(f, "    {}", plain(line))?;
    }
    writeln!(f, "    proof sha256 {}", theorem.proof_sha256)?;
    let axioms: Vec<_> = theorem.axioms.iter().map(|a| plain(a)).collect();
    let axioms = if axioms.is_empty() {
        "none".to_owned()
    } else {
        axioms.join(", ")
    };
    writeln!(f, "    axioms: {axioms}")
}
