//! The library out of what Lean compiled, and the sources.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use lmx_proof::canonical::CORE_AXIOMS;
use lmx_proof::declaration::{Body, Declaration as Compiled};
use lmx_proof::environment::Environment;
use lmx_proof::store::{Expr, ExprId, NameId};

use crate::error::{Result, io};
use crate::model::{Declaration, Kind, Library};
use crate::{scope, statement};

/// Reads the project's named declarations. `lean` is the folder with the sources, `leave_out` the modules that are not part of the library, by the
/// beginning of their names.
pub fn library(
    env: &Environment,
    lean: &Path,
    leave_out: &[String],
    accepted: BTreeSet<String>,
) -> Result<Library> {
    let mut reader = Reader {
        env,
        owner: HashMap::new(),
        by_name: HashMap::new(),
        named: Vec::new(),
    };
    for module in env.modules().iter().filter(|m| m.project) {
        let name = env.store.name_text(module.name);
        let left_out = leave_out.iter().any(|p| {
            name.strip_prefix(p.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if left_out {
            continue;
        }
        let file = module.source(&env.store);
        let path = lean.join(&file);
        let source = fs::read_to_string(&path).map_err(io("read", &path))?;
        reader.module(&name, &file, &source, &module.names);
    }
    Ok(reader.finish(accepted))
}

/// A declaration with a name of its own.
struct Named {
    id: NameId,
    name: String,
    module: String,
    file: String,
    line: usize,
    text: String,
    variables: Vec<String>,
}

struct Reader<'e> {
    env: &'e Environment,
    /// The named declaration that each constant is part of.
    owner: HashMap<NameId, usize>,
    /// The same by name, private ones without their modules.
    by_name: HashMap<String, usize>,
    named: Vec<Named>,
}

impl Reader<'_> {
    fn module(&mut self, module: &str, file: &str, source: &str, names: &[NameId]) {
        let env = self.env;
        let own = names
            .iter()
            .copied()
            // Not what the exporter's copy of the library has as private names.
            .filter(|id| env.get(*id).is_some() && self.shown(*id).starts_with("Lmx."))
            .collect::<Vec<_>>();
        let mut ranged: Vec<_> = Vec::new();
        let mut rest: Vec<NameId> = Vec::new();
        for id in own {
            match env.range(id) {
                Some(range) => {
                    let start = (range.whole.start.line, range.whole.start.column);
                    let end = (range.whole.end.line, range.whole.end.column);
                    let line = range.selection.start.line as usize;
                    ranged.push((start, std::cmp::Reverse(end), self.shown(id), id, line));
                }
                None => rest.push(id),
            }
        }
        // The outermost first: what stands inside another declaration is part of it.
        ranged.sort();
        let mut open: Option<((usize, usize), usize)> = None;
        for (start, std::cmp::Reverse(end), name, id, line) in ranged {
            let start = (start.0 as usize, start.1 as usize);
            let end = (end.0 as usize, end.1 as usize);
            match open {
                Some((until, owner)) if start < until => {
                    self.owner.insert(id, owner);
                    self.by_name.insert(name, owner);
                }
                _ => {
                    let text = statement::excerpt(source, start, end);
                    let index = self.named.len();
                    self.by_name.insert(name.clone(), index);
                    self.named.push(Named {
                        id,
                        name,
                        module: module.into(),
                        file: format!("lean/{file}"),
                        line,
                        variables: scope::variables(source, start.0),
                        text,
                    });
                    self.owner.insert(id, index);
                    open = Some((end, index));
                }
            }
        }
        // What has no place in the source: made by Lean for a declaration, or by a command of the project.
        rest.sort_by_key(|id| (self.shown(*id).len(), self.shown(*id)));
        for id in rest {
            let name = self.shown(id);
            let mut prefix = name.as_str();
            let mut owner = None;
            while let Some((before, _)) = prefix.rsplit_once('.') {
                prefix = before;
                owner = self.by_name.get(prefix).copied();
                if owner.is_some() {
                    break;
                }
            }
            if let Some(owner) = owner {
                self.owner.insert(id, owner);
            } else if env
                .get(id)
                .is_some_and(|d| matches!(d.body, Body::Def { .. } | Body::Theorem { .. }))
                && plain(&name)
            {
                let index = self.named.len();
                self.named.push(Named {
                    id,
                    name: name.clone(),
                    module: module.into(),
                    file: format!("lean/{file}"),
                    line: 1,
                    text: String::new(),
                    variables: Vec::new(),
                });
                self.owner.insert(id, index);
                self.by_name.insert(name, index);
            }
        }
    }

    /// A name without the module that a private one begins with.
    fn shown(&self, id: NameId) -> String {
        let text = self.env.store.name_text(id);
        match text
            .strip_prefix("_private.")
            .and_then(|t| t.split_once(".0."))
        {
            Some((_, name)) => name.to_string(),
            None => text,
        }
    }

    fn finish(self, accepted: BTreeSet<String>) -> Library {
        let mut parts: Vec<Vec<NameId>> = vec![Vec::new(); self.named.len()];
        for (&id, &owner) in &self.owner {
            if let Some(list) = parts.get_mut(owner) {
                list.push(id);
            }
        }
        let mut declarations = Vec::with_capacity(self.named.len());
        let mut direct: Vec<BTreeSet<String>> = Vec::with_capacity(self.named.len());
        for (i, named) in self.named.iter().enumerate() {
            let Some(compiled) = self.env.get(named.id) else {
                continue;
            };
            let members = parts.get(i).map_or(&[][..], Vec::as_slice);
            let (declaration, axioms) = self.declaration(i, named, compiled, members);
            declarations.push(declaration);
            direct.push(axioms);
        }
        let mut library = Library::new(declarations, accepted);
        spread(&library, &mut direct);
        for (d, axioms) in library.declarations.iter_mut().zip(direct) {
            d.axioms = axioms;
        }
        library
    }

    fn declaration(
        &self,
        index: usize,
        named: &Named,
        compiled: &Compiled,
        members: &[NameId],
    ) -> (Declaration, BTreeSet<String>) {
        let env = self.env;
        let parts = statement::cut(&named.text);
        let kind = kind(compiled, &parts.statement);
        let mut stating = vec![compiled.ty];
        let mut proving: Vec<ExprId> = compiled.value().into_iter().collect();
        for d in members.iter().filter_map(|id| env.get(*id)) {
            match d.body {
                Body::Constructor { .. } => stating.push(d.ty),
                _ if d.name != compiled.name => proving.extend(d.terms()),
                _ => {}
            }
        }
        let stating = self.constants(&stating);
        let proving = self.constants(&proving);
        let mut axioms: BTreeSet<String> = BTreeSet::new();
        for id in stating.iter().chain(&proving) {
            let name = env.store.name_text(*id);
            let core = CORE_AXIOMS.contains(&name.as_str());
            let own = env.is_project(*id)
                && env
                    .get(*id)
                    .is_none_or(|d| matches!(d.body, Body::Axiom { .. }));
            if core || own {
                axioms.insert(name);
            }
        }
        let owners = |ids: &BTreeSet<NameId>| -> BTreeSet<usize> {
            ids.iter()
                .filter_map(|id| self.owner.get(id).copied())
                .filter(|&u| u != index)
                .collect()
        };
        let stated = owners(&stating);
        let proved = owners(&proving).difference(&stated).copied().collect();
        let mentions = self
            .constants(&[compiled.ty])
            .into_iter()
            .filter(|id| {
                env.get(*id)
                    .is_some_and(|d| matches!(d.body, Body::Constructor { .. }))
            })
            .map(|id| env.store.name_text(id))
            .collect();
        let constructors = match &compiled.body {
            Body::Inductive { ctors, .. } => {
                ctors.iter().map(|c| env.store.name_text(*c)).collect()
            }
            _ => Vec::new(),
        };
        let body_wanted = kind != Kind::Theorem && !parts.body.is_empty();
        let context = if body_wanted && kind == Kind::Definition {
            format!("{} {}", parts.statement, parts.body)
        } else {
            parts.statement.clone()
        };
        let statement = if named.text.is_empty() {
            format!(
                "{} {} : {}",
                if kind == Kind::Theorem {
                    "theorem"
                } else {
                    "def"
                },
                named.name,
                self.print(compiled.ty).unwrap_or_else(|| "…".into())
            )
        } else {
            parts.statement
        };
        let declaration = Declaration {
            name: named.name.clone(),
            kind,
            module: named.module.clone(),
            file: named.file.clone(),
            line: named.line,
            made: named.text.is_empty(),
            doc: env
                .doc(named.id)
                .map(|d| d.trim().to_string())
                .or_else(|| statement::docstring(&named.text)),
            variables: scope::needed(&named.variables, &context),
            statement,
            body: body_wanted.then_some(parts.body),
            stated,
            proved,
            axioms: BTreeSet::new(),
            constructors,
            mentions,
            signature: self.signature(compiled.ty),
            strings: compiled.value().map_or_else(Vec::new, |v| self.strings(v)),
        };
        (declaration, axioms)
    }

    /// The constants in terms. One that belongs to no named declaration stands for those in its own terms.
    fn constants(&self, terms: &[ExprId]) -> BTreeSet<NameId> {
        let mut found = BTreeSet::new();
        let mut seen: HashSet<NameId> = HashSet::new();
        let mut open = terms.to_vec();
        while !open.is_empty() {
            let mut next = Vec::new();
            for id in self.env.store.postorder(&open) {
                let name = match self.env.store.expr(id) {
                    Expr::Const(name, _) => name,
                    Expr::Proj { structure, .. } => structure,
                    _ => continue,
                };
                found.insert(name);
                if self.env.is_project(name)
                    && !self.owner.contains_key(&name)
                    && seen.insert(name)
                    && let Some(d) = self.env.get(name)
                {
                    next.extend(d.terms());
                }
            }
            open = next;
        }
        found
    }

    fn strings(&self, value: ExprId) -> Vec<String> {
        let store = &self.env.store;
        store
            .postorder(&[value])
            .into_iter()
            .filter_map(|id| match store.expr(id) {
                Expr::Str(s) => Some(store.str(s).to_string()),
                _ => None,
            })
            .collect()
    }

    /// A type of constants and arrows.
    fn signature(&self, ty: ExprId) -> Option<String> {
        let store = &self.env.store;
        match store.expr(ty) {
            Expr::Const(name, _) => Some(store.name_text(name)),
            Expr::Pi(binder, body) => {
                let Expr::Const(name, _) = store.expr(binder.ty) else {
                    return None;
                };
                Some(format!(
                    "{} → {}",
                    store.name_text(name),
                    self.signature(body)?
                ))
            }
            _ => None,
        }
    }

    /// A term of constants and applications.
    fn print(&self, term: ExprId) -> Option<String> {
        let store = &self.env.store;
        match store.expr(term) {
            Expr::Const(name, _) => Some(store.name_text(name)),
            Expr::App(f, x) => {
                let argument = self.print(x)?;
                let argument = if argument.contains(' ') {
                    format!("({argument})")
                } else {
                    argument
                };
                Some(format!("{} {argument}", self.print(f)?))
            }
            _ => None,
        }
    }
}

/// Adds to each declaration's axioms those of what it uses, until there are no more to add.
fn spread(library: &Library, axioms: &mut [BTreeSet<String>]) {
    loop {
        let mut grew = false;
        for (i, d) in library.declarations.iter().enumerate() {
            let uses = d.stated.iter().chain(&d.proved);
            let more: BTreeSet<String> = uses
                .filter_map(|&u| axioms.get(u))
                .flatten()
                .cloned()
                .collect();
            if let Some(own) = axioms.get_mut(i) {
                let before = own.len();
                own.extend(more);
                grew |= own.len() > before;
            }
        }
        if !grew {
            return;
        }
    }
}

/// A name that a person would give: no component that Lean makes up.
fn plain(name: &str) -> bool {
    name.split('.').all(|part| {
        !part.is_empty()
            && !part.starts_with('_')
            && !part.starts_with(|c: char| c.is_ascii_digit())
    })
}

fn kind(compiled: &Compiled, statement: &str) -> Kind {
    let word = statement
        .split_whitespace()
        .find(|w| {
            !matches!(
                *w,
                "public"
                    | "private"
                    | "protected"
                    | "noncomputable"
                    | "unsafe"
                    | "partial"
                    | "local"
                    | "scoped"
                    | "meta"
            )
        })
        .unwrap_or("");
    match compiled.body {
        Body::Theorem { .. } => Kind::Theorem,
        Body::Axiom { .. } | Body::Quot(_) => Kind::Axiom,
        Body::Inductive { .. } => match word {
            "structure" => Kind::Structure,
            "class" => Kind::Class,
            _ => Kind::Inductive,
        },
        _ if word == "instance" => Kind::Instance,
        _ => Kind::Definition,
    }
}
