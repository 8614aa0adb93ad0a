//! In which order declarations are written: each behind those that it uses.

use rustc_hash::FxHashSet;

use super::write::Writer;
use crate::declaration::{Body, Declaration};
use crate::environment::{Environment, recursor_names};
use crate::error::{ProofError, Result};
use crate::store::{Expr, NameId};

/// The blocks that are reached: a declaration by itself, or a group of inductive types with their constructors and recursors, or the constants of
/// quotients.
pub(super) struct Order<'e> {
    env: &'e Environment,
    /// Blocks that were begun, by their heads.
    begun: FxHashSet<NameId>,
    /// Names to look at, the next one last; and blocks to write when all before them are.
    todo: Vec<Step<'e>>,
}

enum Step<'e> {
    Reach { name: NameId, by: Option<NameId> },
    Write(Vec<&'e Declaration>),
}

impl<'e> Order<'e> {
    pub(super) fn new(env: &'e Environment, roots: &[NameId]) -> Order<'e> {
        let reach = |name: &NameId| Step::Reach {
            name: *name,
            by: None,
        };
        Order {
            env,
            begun: FxHashSet::default(),
            todo: roots.iter().rev().map(reach).collect(),
        }
    }

    /// The next block to write.
    pub(super) fn next(&mut self, writer: &Writer<'_>) -> Result<Option<Vec<&'e Declaration>>> {
        while let Some(step) = self.todo.pop() {
            let (name, by) = match step {
                Step::Write(block) => return Ok(Some(block)),
                Step::Reach { name, by } => (name, by),
            };
            let head = self.head(self.declared(name, by)?);
            if !self.begun.insert(head) {
                continue;
            }
            let block = self.block(head)?;
            let uses = self.uses(&block, writer);
            self.todo.push(Step::Write(block));
            let reach = |name: NameId| Step::Reach {
                name,
                by: Some(head),
            };
            self.todo.extend(uses.into_iter().rev().map(reach));
        }
        Ok(None)
    }

    fn declared(&self, name: NameId, by: Option<NameId>) -> Result<&'e Declaration> {
        let store = &self.env.store;
        let declaration = self.env.get(name);
        let declaration = declaration.ok_or_else(|| ProofError::NoDeclaration {
            name: store.name_text(name),
            by: by.map(|by| store.name_text(by)),
        })?;
        if declaration.is_unsafe() {
            return Err(ProofError::Kind {
                name: store.name_text(name),
                expected: "a declaration that the kernel relies on",
                found: format!("an unsafe or partial {}", declaration.kind()),
            });
        }
        Ok(declaration)
    }

    /// The name that a block goes by.
    fn head(&self, declaration: &Declaration) -> NameId {
        let first_of = |name: NameId| match self.env.get(name).map(|d| &d.body) {
            Some(Body::Inductive { all, .. }) => all.first().copied().unwrap_or(name),
            _ => name,
        };
        match &declaration.body {
            Body::Inductive { .. } => first_of(declaration.name),
            Body::Constructor { induct, .. } => first_of(*induct),
            Body::Recursor { all, .. } => all.first().copied().unwrap_or(declaration.name),
            Body::Quot(_) => self.env.store.find_name("Quot").unwrap_or(declaration.name),
            _ => declaration.name,
        }
    }

    /// The declarations of a block, in the order in which they are written.
    fn block(&self, head: NameId) -> Result<Vec<&'e Declaration>> {
        let first = self.declared(head, None)?;
        let mut block = vec![];
        match &first.body {
            Body::Inductive { all, nested, .. } => {
                for name in all {
                    block.push(self.declared(*name, Some(head))?);
                }
                for ty in block.clone() {
                    for name in ty.companions() {
                        block.push(self.declared(*name, Some(head))?);
                    }
                }
                for (ty, last) in recursor_names(all, *nested) {
                    let name = self.env.store.find_child(ty, &last);
                    let recursor = name.ok_or_else(|| ProofError::NoDeclaration {
                        name: format!("{}.{last}", self.env.store.name_text(ty)),
                        by: Some(self.env.store.name_text(head)),
                    })?;
                    block.push(self.declared(recursor, Some(head))?);
                }
            }
            Body::Quot(_) => {
                for name in ["Quot", "Quot.mk", "Quot.lift", "Quot.ind"] {
                    block.push(self.env.find(name)?);
                }
            }
            _ => block.push(first),
        }
        Ok(block)
    }

    /// What a block uses, in order of first use. What an already written term uses is written already, and so is not looked for.
    fn uses(&self, block: &[&Declaration], writer: &Writer<'_>) -> Vec<NameId> {
        let store = &self.env.store;
        let mut seen = FxHashSet::default();
        let mut uses = vec![];
        let mut use_name = |name: Option<NameId>| uses.extend(name.filter(|n| seen.insert(*n)));
        for declaration in block {
            if matches!(declaration.body, Body::Quot(_)) {
                use_name(store.find_name("Eq"));
            }
            for id in writer.unwritten(&declaration.terms()) {
                match store.expr(id) {
                    Expr::Const(name, _) => use_name(Some(name)),
                    Expr::Proj { structure, .. } => use_name(Some(structure)),
                    Expr::Nat(_) => use_name(store.find_name("Nat")),
                    Expr::Str(_) => {
                        use_name(store.find_name("Char.ofNat"));
                        use_name(store.find_name("String.ofList"));
                    }
                    _ => {}
                }
            }
        }
        uses
    }
}
