//! The report of an accepted certificate.

use std::fmt;

use lmx_graph::text::plain;

use crate::certificate::{AxiomClosure, Derived};
use crate::verify::{Level, Verified};

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = &self.certificate;
        let name = &certificate.name;
        writeln!(f, "{name}: certificate accepted by {}", self.accepted_by())?;
        writeln!(f, "\nestablished here:")?;
        for level in &self.levels {
            self.level(f, level)?;
        }
        writeln!(f, "\nnot established here:")?;
        writeln!(
            f,
            "  kernel: no proof was checked again; that each one holds, and which axioms it uses, rests on"
        )?;
        writeln!(f, "    a check by {}", plain(&certificate.toolchain))?;
        let proofs = &certificate.proofs;
        writeln!(
            f,
            "    (the proofs, {:.1} MB of lean4export {}, have the sha256 {}; `cargo xtask proofs` writes them",
            proofs.bytes as f64 / 1e6,
            plain(&proofs.format),
            proofs.sha256
        )?;
        writeln!(f, "    for an independent checker)")?;
        writeln!(
            f,
            "  sources: the {} Lean files named were not compared",
            certificate.sources.len()
        )?;
        writeln!(f, "\ntheorems:")?;
        for (theorem, property) in certificate.theorems.iter().zip(&self.properties) {
            writeln!(f, "  {}", plain(&theorem.name))?;
            writeln!(
                f,
                "    {} {}",
                plain(property),
                plain(&certificate.term.constant)
            )?;
            for line in theorem.statement.lines() {
                writeln!(f, "    {}", plain(line))?;
            }
            writeln!(f, "    statement sha256 {}", theorem.statement_sha256)?;
            let axioms: Vec<_> = theorem.axioms.iter().map(|a| plain(a)).collect();
            let axioms = if axioms.is_empty() {
                "none".to_owned()
            } else {
                axioms.join(", ")
            };
            writeln!(f, "    axioms: {axioms}")?;
        }
        if !certificate.kinks.is_empty() {
            writeln!(f, "\nwhere there is no derivative:")?;
            for kink in &certificate.kinks {
                writeln!(f, "  {}", plain(kink))?;
            }
        }
        Ok(())
    }
}

impl Verified {
    /// The allow-list that accepted it, and the beginning of its sha256.
    pub fn accepted_by(&self) -> String {
        let list = self.allowlist.to_string_lossy();
        format!(
            "{} (sha256 {:.12}…)",
            plain(&list),
            self.allowlist_sha256.to_string()
        )
    }

    fn level(&self, f: &mut fmt::Formatter<'_>, level: &Level) -> fmt::Result {
        match level {
            Level::Hashes => {
                writeln!(
                    f,
                    "  hashes: the certificate has its digest; {} has the sha256 it names,",
                    self.certificate.graph_file
                )?;
                writeln!(
                    f,
                    "    {}, and every shape and dtype in it checks",
                    self.graph.sha256
                )
            }
            Level::AllowList => {
                let count = self.certificate.theorems.len();
                writeln!(
                    f,
                    "  allow-list: exactly the statements that {} lists for this net ({count}),",
                    self.allowlist.display()
                )?;
                writeln!(
                    f,
                    "    under a listed toolchain, {}",
                    plain(&self.certificate.toolchain)
                )
            }
            Level::Term => {
                let term = &self.certificate.term;
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
                        "    derived: kernel; that it is the spec's own graph is part of the theorem"
                    ),
                }
            }
            Level::Axioms(closure) => {
                writeln!(
                    f,
                    "  axiom closure: the certificate names listed axioms alone, found by"
                )?;
                match closure {
                    AxiomClosure::Full => writeln!(f, "    following every proof to its end"),
                    AxiomClosure::Project {
                        sealed,
                        sealed_sha256,
                    } => writeln!(
                        f,
                        "    following the project's proofs; {sealed} declarations of Lean's core, which shows no proofs,\n    were taken as they are (their names have the sha256 {sealed_sha256})"
                    ),
                }
            }
        }
    }
}
