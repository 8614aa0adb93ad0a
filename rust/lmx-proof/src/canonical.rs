//! Canonical texts, their hashes, and what a theorem reaches: `docs/certificate-format.md`.

use lmx_cert::canonical::{self, Id, Kind, Term, TermsBuilder};
use lmx_graph::{Sha256, sha256};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::declaration::Declaration;
use crate::environment::Environment;
use crate::error::{ProofError, Result};
use crate::store::{Expr, ExprId, Level, LevelId, NameId, Store};

/// The axioms that the core library declares. Any other core axiom is something whose proof or value the part that was read does not have.
pub const CORE_AXIOMS: [&str; 7] = [
    "propext",
    "Quot.sound",
    "Classical.choice",
    "sorryAx",
    "Lean.ofReduceBool",
    "Lean.ofReduceNat",
    "Lean.trustCompiler",
];

/// Whether proofs count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proofs {
    /// Theorems are their statements.
    Left,
    /// Theorems are statements and proofs.
    Kept,
}

/// Hash of a declaration, and what it uses.
#[derive(Clone, Debug)]
pub struct Hashed {
    /// The sha256 of its canonical text.
    pub sha256: Sha256,
    /// The declarations that it names, in order of first use, then those that come with it.
    pub uses: Vec<NameId>,
}

/// What a declaration reaches.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    /// The project's declarations in order of first use, each with the sha256 of its text. The theorem is the first.
    pub project: Vec<(NameId, Sha256)>,
}

/// Texts and hashes of an environment's declarations. Hashes are kept from one theorem to the next.
#[derive(Debug)]
pub struct Canonical<'e> {
    env: &'e Environment,
    hashes: FxHashMap<(NameId, Proofs), Hashed>,
}

impl<'e> Canonical<'e> {
    /// Of this environment.
    pub fn new(env: &'e Environment) -> Canonical<'e> {
        Canonical {
            env,
            hashes: FxHashMap::default(),
        }
    }

    /// Hash of a declaration, and what it uses.
    pub fn hashed(&mut self, declaration: &Declaration, proofs: Proofs) -> &Hashed {
        let env = self.env;
        self.hashes
            .entry((declaration.name, proofs))
            .or_insert_with(|| {
                let (text, uses) = text(&env.store, declaration, proofs);
                Hashed {
                    sha256: sha256(text.as_bytes()),
                    uses,
                }
            })
    }

    /// What of the project a declaration reaches through its statement, or through its proof as well: depth first, in order of first use.
    pub fn reach(&mut self, name: NameId, proofs: Proofs) -> Result<Reached> {
        let env = self.env;
        let mut reached = Reached::default();
        let mut seen = FxHashSet::default();
        let mut todo = vec![name];
        while let Some(name) = todo.pop() {
            if !seen.insert(name) {
                continue;
            }
            let Some(declaration) = env.get(name) else {
                return Err(ProofError::NoDeclaration {
                    name: env.store.name_text(name),
                    by: None,
                });
            };
            if env.is_project(name) {
                let hashed = self.hashed(declaration, proofs);
                reached.project.push((name, hashed.sha256));
                todo.extend(hashed.uses.iter().rev());
            }
        }
        Ok(reached)
    }
}

impl Reached {
    /// The lines that the hash of a statement or a proof is over: name and sha256 of each of the project's declarations.
    pub fn declarations(&self, store: &Store) -> Vec<String> {
        let line = |(name, hash): &(NameId, Sha256)| format!("{} {hash}", store.name_text(*name));
        self.project.iter().map(line).collect()
    }

    /// `statement_sha256` or `proof_sha256`.
    pub fn sha256(&self, store: &Store) -> Sha256 {
        lines_sha256(&self.declarations(store))
    }
}

/// The sha256 of lines, each with a line feed.
pub(crate) fn lines_sha256(lines: &[String]) -> Sha256 {
    let text: String = lines
        .iter()
        .flat_map(|line| [line.as_str(), "\n"])
        .collect();
    sha256(text.as_bytes())
}

/// The canonical text of a declaration, and the declarations that it uses: those on its lines in their order, each once, then those that come
/// with it.
pub fn text(store: &Store, declaration: &Declaration, proofs: Proofs) -> (String, Vec<NameId>) {
    let kind = declaration.kind();
    let mut roots = vec![declaration.ty];
    if kind != Kind::Theorem || proofs == Proofs::Kept {
        roots.extend(declaration.value());
    }
    let order = store.postorder(&roots);

    let mut uses = vec![];
    let mut used = FxHashSet::default();
    let mut names: FxHashMap<NameId, String> = FxHashMap::default();
    // The texts that terms are made of, by the terms' places in the order; the terms borrow them.
    let mut texts: Vec<String> = Vec::with_capacity(order.len());
    for id in &order {
        let mut name = |name: NameId| {
            if used.insert(name) {
                uses.push(name);
            }
            let text = names.entry(name);
            text.or_insert_with(|| store.name_text(name)).clone()
        };
        texts.push(match store.expr(*id) {
            Expr::Sort(level) => level_text(store, &declaration.level_params, level),
            Expr::Const(constant, levels) => {
                let mut text = name(constant);
                for level in store.levels(levels) {
                    text.push(' ');
                    text.push_str(&level_text(store, &declaration.level_params, *level));
                }
                text
            }
            Expr::Proj { structure, .. } => name(structure),
            Expr::Nat(n) => store.nat(n),
            _ => String::new(),
        });
    }

    let mut builder = TermsBuilder::default();
    let mut ids: FxHashMap<ExprId, Id> = FxHashMap::default();
    for (id, text) in order.iter().zip(&texts) {
        // A term's parts are before it.
        let part = |id: ExprId| ids.get(&id).copied().unwrap_or_default();
        let term = match store.expr(*id) {
            Expr::Bound(i) => Term::Bound(u64::from(i)),
            Expr::Sort(_) => Term::Sort(text),
            Expr::Const(..) => Term::Const(text),
            Expr::App(f, x) => Term::App(part(f), part(x)),
            Expr::Lambda(binder, body) => Term::Lambda(part(binder.ty), part(body)),
            Expr::Pi(binder, body) => Term::Pi(part(binder.ty), part(body)),
            Expr::Let {
                ty, value, body, ..
            } => Term::Let(part(ty), part(value), part(body)),
            Expr::Nat(_) => Term::Nat(text),
            Expr::Str(s) => Term::Str(store.str(s)),
            Expr::Proj { field, of, .. } => Term::Field {
                structure: text,
                field: u64::from(field),
                of: part(of),
            },
        };
        ids.insert(*id, builder.add(term));
    }
    let roots = roots.iter().filter_map(|id| ids.get(id).copied());
    let name = store.name_text(declaration.name);
    let text = canonical::Declaration {
        kind,
        name: &name,
        parameters: declaration.level_params.len() as u64,
        roots: roots.collect(),
        terms: builder.finish(),
    }
    .to_text();
    uses.extend(declaration.companions());
    (text, uses)
}

/// A level; parameters by their places.
fn level_text(store: &Store, params: &[NameId], level: LevelId) -> String {
    enum Piece {
        Level(LevelId),
        Text(&'static str),
    }
    let mut out = String::new();
    let mut stack = vec![Piece::Level(level)];
    while let Some(piece) = stack.pop() {
        let id = match piece {
            Piece::Text(text) => {
                out.push_str(text);
                continue;
            }
            Piece::Level(id) => id,
        };
        let two = |out: &mut String, stack: &mut Vec<Piece>, open, a, b| {
            out.push_str(open);
            stack.push(Piece::Text(")"));
            stack.push(Piece::Level(b));
            stack.push(Piece::Text(","));
            stack.push(Piece::Level(a));
        };
        match store.level(id) {
            Level::Zero => out.push('0'),
            Level::Succ(of) => {
                out.push_str("S(");
                stack.push(Piece::Text(")"));
                stack.push(Piece::Level(of));
            }
            Level::Max(a, b) => two(&mut out, &mut stack, "M(", a, b),
            Level::IMax(a, b) => two(&mut out, &mut stack, "I(", a, b),
            Level::Param(name) => {
                let place = params.iter().position(|p| *p == name);
                // A parameter that is not declared counts as one behind the last.
                out.push_str(&format!("P{}", place.unwrap_or(params.len())));
            }
        }
    }
    out
}
