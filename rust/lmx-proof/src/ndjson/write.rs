//! The lines.

use std::io::{self, Write};

use rustc_hash::FxHashMap;

use super::FORMAT;
use crate::declaration::{Body, Declaration, Hints, QuotKind, Safety};
use crate::environment::Environment;
use crate::store::{
    ANONYMOUS, Binder, BinderInfo, Expr, ExprId, Level, LevelId, Name, NameId, ZERO,
};

/// Writes lines, and knows the numbers of those that were written.
pub(super) struct Writer<'w> {
    env: &'w Environment,
    out: io::BufWriter<&'w mut dyn Write>,
    names: Numbers,
    levels: Numbers,
    exprs: Numbers,
    /// Terms by what they are up to binders' names and annotations: with the numbers of lines in place of those of the store.
    kinds: FxHashMap<Expr, u32>,
    /// Lines written.
    pub(super) lines: u64,
    /// Bytes written.
    pub(super) bytes: u64,
}

/// The numbers of lines, by the numbers in the store.
#[derive(Default)]
struct Numbers {
    lines: Vec<Option<u32>>,
    next: u32,
}

impl Numbers {
    fn get(&self, id: u32) -> Option<u32> {
        self.lines.get(id as usize).copied().flatten()
    }

    fn set(&mut self, id: u32, line: u32) {
        let at = id as usize;
        if self.lines.len() <= at {
            self.lines.resize(at + 1, None);
        }
        if let Some(place) = self.lines.get_mut(at) {
            *place = Some(line);
        }
    }

    /// Gives the next number to one.
    fn add(&mut self, id: u32) -> u32 {
        let line = self.next;
        self.next = line.saturating_add(1);
        self.set(id, line);
        line
    }
}

/// A text in JSON.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(numbers: &[u32]) -> String {
    let texts: Vec<String> = numbers.iter().map(u32::to_string).collect();
    format!("[{}]", texts.join(","))
}

impl<'w> Writer<'w> {
    pub(super) fn new(env: &'w Environment, out: &'w mut dyn Write) -> Writer<'w> {
        let mut writer = Writer {
            env,
            out: io::BufWriter::with_capacity(1 << 16, out),
            names: Numbers::default(),
            levels: Numbers::default(),
            exprs: Numbers::default(),
            kinds: FxHashMap::default(),
            lines: 0,
            bytes: 0,
        };
        // Known without a line.
        writer.names.add(ANONYMOUS.0);
        writer.levels.add(ZERO.0);
        writer
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// How many names, levels and terms were written.
    pub(super) fn primitives(&self) -> u64 {
        let next = [self.names.next - 1, self.levels.next - 1, self.exprs.next];
        next.into_iter().map(u64::from).sum()
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.lines += 1;
        self.bytes += line.len() as u64 + 1;
        self.out.write_all(line.as_bytes())?;
        self.out.write_all(b"\n")
    }

    /// The first line.
    pub(super) fn meta(&mut self) -> io::Result<()> {
        let modules = self.env.modules();
        let lean = modules.iter().find(|m| m.project).or(modules.first());
        let (githash, version) = lean.map_or(("", ""), |m| (&m.githash, &m.lean_version));
        let (githash, version) = (json(githash), json(version));
        let exporter = json(env!("CARGO_PKG_VERSION"));
        self.line(&format!(
            "{{\"meta\":{{\"exporter\":{{\"name\":\"lmx-proof\",\"version\":{exporter}}},\"format\":{{\"version\":\"{FORMAT}\"}},\"lean\":{{\"githash\":{githash},\"version\":{version}}}}}}}"
        ))
    }

    /// The terms among these and their parts that have no line yet, each behind its parts.
    pub(super) fn unwritten(&self, roots: &[ExprId]) -> Vec<ExprId> {
        let known = |id: ExprId| self.exprs.get(id.0).is_some();
        self.env.store.postorder_without(roots, known)
    }

    fn name(&mut self, id: NameId) -> io::Result<u32> {
        let mut open = vec![];
        let mut at = id;
        let mut number = loop {
            if let Some(number) = self.names.get(at.0) {
                break number;
            }
            open.push(at);
            at = match self.env.store.name(at) {
                Name::Anonymous => ANONYMOUS,
                Name::Str(prefix, _) | Name::Num(prefix, _) => *prefix,
            };
        };
        while let Some(id) = open.pop() {
            let prefix = number;
            number = self.names.add(id.0);
            let line = match self.env.store.name(id) {
                Name::Str(_, text) => format!(
                    "{{\"in\":{number},\"str\":{{\"pre\":{prefix},\"str\":{}}}}}",
                    json(text)
                ),
                Name::Num(_, n) => {
                    format!("{{\"in\":{number},\"num\":{{\"i\":{n},\"pre\":{prefix}}}}}")
                }
                Name::Anonymous => continue,
            };
            self.line(&line)?;
        }
        Ok(number)
    }

    fn names(&mut self, ids: &[NameId]) -> io::Result<String> {
        let numbers = ids.iter().map(|id| self.name(*id));
        Ok(list(&numbers.collect::<io::Result<Vec<u32>>>()?))
    }

    fn level(&mut self, id: LevelId) -> io::Result<u32> {
        let mut stack = vec![id];
        let mut number = 0;
        while let Some(id) = stack.last().copied() {
            if let Some(known) = self.levels.get(id.0) {
                number = known;
                stack.pop();
                continue;
            }
            let level = self.env.store.level(id);
            let parts = match level {
                Level::Zero | Level::Param(_) => vec![],
                Level::Succ(a) => vec![a],
                Level::Max(a, b) | Level::IMax(a, b) => vec![a, b],
            };
            let mut numbers = vec![];
            for part in parts.iter().rev() {
                match self.levels.get(part.0) {
                    Some(number) => numbers.insert(0, number),
                    None => stack.push(*part),
                }
            }
            if numbers.len() < parts.len() {
                continue;
            }
            let numbers = list(&numbers);
            let inner = match level {
                Level::Zero => continue,
                Level::Succ(_) => format!("\"succ\":{}", numbers.trim_matches(['[', ']'])),
                Level::Max(..) => format!("\"max\":{numbers}"),
                Level::IMax(..) => format!("\"imax\":{numbers}"),
                Level::Param(name) => format!("\"param\":{}", self.name(name)?),
            };
            let number = self.levels.add(id.0);
            self.line(&format!("{{\"il\":{number},{inner}}}"))?;
        }
        Ok(number)
    }

    /// The number of a term whose line was written.
    fn number(&self, id: ExprId) -> u32 {
        self.exprs.get(id.0).unwrap_or_default()
    }

    /// The terms' lines, as far as they are not written.
    fn terms(&mut self, roots: &[ExprId]) -> io::Result<()> {
        for id in self.unwritten(roots) {
            let expr = self.env.store.expr(id);
            let kind = self.kind(expr);
            if let Some(number) = self.kinds.get(&kind) {
                self.exprs.set(id.0, *number);
                continue;
            }
            let inner = self.term(expr)?;
            let number = self.exprs.add(id.0);
            self.kinds.insert(kind, number);
            let (before, after) = match expr {
                // Keys that come before `ie`.
                Expr::App(..) | Expr::Bound(_) | Expr::Const(..) | Expr::Pi(..) => {
                    (inner.as_str(), "")
                }
                _ => ("", inner.as_str()),
            };
            let comma = |text: &str| if text.is_empty() { "" } else { "," };
            let line = format!(
                "{{{before}{}\"ie\":{number}{}{after}}}",
                comma(before),
                comma(after)
            );
            self.line(&line)?;
        }
        Ok(())
    }

    /// A term up to binders' names and annotations, by the numbers of lines.
    fn kind(&self, expr: Expr) -> Expr {
        let line = |id: ExprId| ExprId(self.number(id));
        let plain = |binder: Binder| Binder {
            name: ANONYMOUS,
            ty: line(binder.ty),
            info: BinderInfo::Default,
        };
        match expr {
            Expr::App(f, x) => Expr::App(line(f), line(x)),
            Expr::Lambda(binder, body) => Expr::Lambda(plain(binder), line(body)),
            Expr::Pi(binder, body) => Expr::Pi(plain(binder), line(body)),
            Expr::Let {
                ty, value, body, ..
            } => Expr::Let {
                name: ANONYMOUS,
                ty: line(ty),
                value: line(value),
                body: line(body),
            },
            Expr::Proj {
                structure,
                field,
                of,
            } => Expr::Proj {
                structure,
                field,
                of: line(of),
            },
            Expr::Bound(_) | Expr::Sort(_) | Expr::Const(..) | Expr::Nat(_) | Expr::Str(_) => expr,
        }
    }

    fn term(&mut self, expr: Expr) -> io::Result<String> {
        Ok(match expr {
            Expr::Bound(i) => format!("\"bvar\":{i}"),
            Expr::Sort(level) => format!("\"sort\":{}", self.level(level)?),
            Expr::Const(name, levels) => {
                let name = self.name(name)?;
                let levels = self.env.store.levels(levels).iter();
                let levels = levels.map(|l| self.level(*l));
                let levels = list(&levels.collect::<io::Result<Vec<u32>>>()?);
                format!("\"const\":{{\"name\":{name},\"us\":{levels}}}")
            }
            Expr::App(f, x) => format!(
                "\"app\":{{\"arg\":{},\"fn\":{}}}",
                self.number(x),
                self.number(f)
            ),
            Expr::Lambda(binder, body) => self.binder("lam", binder, body)?,
            Expr::Pi(binder, body) => self.binder("forallE", binder, body)?,
            Expr::Let {
                name,
                ty,
                value,
                body,
            } => format!(
                "\"letE\":{{\"body\":{},\"name\":{},\"nondep\":false,\"type\":{},\"value\":{}}}",
                self.number(body),
                self.name(name)?,
                self.number(ty),
                self.number(value)
            ),
            Expr::Nat(n) => format!("\"natVal\":\"{}\"", self.env.store.nat(n)),
            Expr::Str(s) => format!("\"strVal\":{}", json(self.env.store.str(s))),
            Expr::Proj {
                structure,
                field,
                of,
            } => format!(
                "\"proj\":{{\"idx\":{field},\"struct\":{},\"typeName\":{}}}",
                self.number(of),
                self.name(structure)?
            ),
        })
    }

    fn binder(&mut self, key: &str, binder: Binder, body: ExprId) -> io::Result<String> {
        let info = match binder.info {
            BinderInfo::Default => "default",
            BinderInfo::Implicit => "implicit",
            BinderInfo::StrictImplicit => "strictImplicit",
            BinderInfo::InstImplicit => "instImplicit",
        };
        let name = self.name(binder.name)?;
        let (ty, body) = (self.number(binder.ty), self.number(body));
        Ok(format!(
            "\"{key}\":{{\"binderInfo\":\"{info}\",\"body\":{body},\"name\":{name},\"type\":{ty}}}"
        ))
    }

    /// A block: one line, or one for each constant of quotients.
    pub(super) fn block(&mut self, block: &[&Declaration]) -> io::Result<()> {
        let mut groups: [Vec<String>; 3] = Default::default();
        for declaration in block {
            let (name, ty) = (declaration.name, declaration.ty);
            self.terms(&declaration.terms())?;
            let params = self.names(&declaration.level_params)?;
            for param in &declaration.level_params {
                if let Some(level) = self.env.store.find_level(Level::Param(*param)) {
                    self.level(level)?;
                }
            }
            let (name, ty) = (self.name(name)?, self.number(ty));
            // Object by object, keys in order.
            let tail = format!("\"levelParams\":{params},\"name\":{name}");
            let line = match &declaration.body {
                Body::Axiom { is_unsafe } => {
                    format!("\"axiom\":{{\"isUnsafe\":{is_unsafe},{tail},\"type\":{ty}}}")
                }
                Body::Def {
                    value,
                    hints,
                    safety,
                    all,
                } => {
                    let (all, value) = (self.names(all)?, self.number(*value));
                    let (hints, safety) = (hints_json(*hints), safety_json(*safety));
                    format!(
                        "\"def\":{{\"all\":{all},\"hints\":{hints},{tail},\"safety\":{safety},\"type\":{ty},\"value\":{value}}}"
                    )
                }
                Body::Theorem { value, all } => {
                    let (all, value) = (self.names(all)?, self.number(*value));
                    format!("\"thm\":{{\"all\":{all},{tail},\"type\":{ty},\"value\":{value}}}")
                }
                Body::Opaque {
                    value,
                    is_unsafe,
                    all,
                } => {
                    let (all, value) = (self.names(all)?, self.number(*value));
                    format!(
                        "\"opaque\":{{\"all\":{all},\"isUnsafe\":{is_unsafe},{tail},\"type\":{ty},\"value\":{value}}}"
                    )
                }
                Body::Quot(kind) => {
                    let kind = match kind {
                        QuotKind::Type => "type",
                        QuotKind::Ctor => "ctor",
                        QuotKind::Lift => "lift",
                        QuotKind::Ind => "ind",
                    };
                    format!("\"quot\":{{\"kind\":\"{kind}\",{tail},\"type\":{ty}}}")
                }
                _ => {
                    let (group, member) = self.member(declaration, &tail, ty)?;
                    if let Some(group) = groups.get_mut(group) {
                        group.push(member);
                    }
                    continue;
                }
            };
            self.line(&format!("{{{line}}}"))?;
        }
        let [types, ctors, recs] = groups.map(|group| group.join(","));
        if types.is_empty() {
            return Ok(());
        }
        self.line(&format!(
            "{{\"inductive\":{{\"ctors\":[{ctors}],\"recs\":[{recs}],\"types\":[{types}]}}}}"
        ))
    }

    /// A member of a group of inductive types, and in which list it goes.
    fn member(
        &mut self,
        declaration: &Declaration,
        tail: &str,
        ty: u32,
    ) -> io::Result<(usize, String)> {
        Ok(match &declaration.body {
            Body::Inductive {
                params,
                indices,
                all,
                ctors,
                nested,
                is_rec,
                is_unsafe,
                is_reflexive,
            } => {
                let (all, ctors) = (self.names(all)?, self.names(ctors)?);
                let flags = format!(
                    "\"isRec\":{is_rec},\"isReflexive\":{is_reflexive},\"isUnsafe\":{is_unsafe}"
                );
                let counts = format!(
                    "\"numIndices\":{indices},\"numNested\":{nested},\"numParams\":{params}"
                );
                (
                    0,
                    format!(
                        "{{\"all\":{all},\"ctors\":{ctors},{flags},{tail},{counts},\"type\":{ty}}}"
                    ),
                )
            }
            Body::Constructor {
                induct,
                index,
                params,
                fields,
                is_unsafe,
            } => {
                let induct = self.name(*induct)?;
                let counts = format!("\"numFields\":{fields},\"numParams\":{params}");
                (
                    1,
                    format!(
                        "{{\"cidx\":{index},\"induct\":{induct},\"isUnsafe\":{is_unsafe},{tail},{counts},\"type\":{ty}}}"
                    ),
                )
            }
            Body::Recursor {
                all,
                params,
                indices,
                motives,
                minors,
                rules,
                k,
                is_unsafe,
            } => {
                let all = self.names(all)?;
                let mut texts = vec![];
                for rule in rules {
                    let (ctor, rhs) = (self.name(rule.ctor)?, self.number(rule.rhs));
                    let fields = rule.fields;
                    texts.push(format!(
                        "{{\"ctor\":{ctor},\"nfields\":{fields},\"rhs\":{rhs}}}"
                    ));
                }
                let rules = texts.join(",");
                let counts = format!(
                    "\"numIndices\":{indices},\"numMinors\":{minors},\"numMotives\":{motives},\"numParams\":{params}"
                );
                (
                    2,
                    format!(
                        "{{\"all\":{all},\"isUnsafe\":{is_unsafe},\"k\":{k},{tail},{counts},\"rules\":[{rules}],\"type\":{ty}}}"
                    ),
                )
            }
            _ => (3, String::new()),
        })
    }
}

fn hints_json(hints: Hints) -> String {
    match hints {
        Hints::Opaque => "\"opaque\"".to_owned(),
        Hints::Abbrev => "\"abbrev\"".to_owned(),
        Hints::Regular(height) => format!("{{\"regular\":{height}}}"),
    }
}

fn safety_json(safety: Safety) -> &'static str {
    match safety {
        Safety::Unsafe => "\"unsafe\"",
        Safety::Safe => "\"safe\"",
        Safety::Partial => "\"partial\"",
    }
}
