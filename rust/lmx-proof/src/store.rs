//! Names, levels and terms, each stored once: equal ones have equal numbers, whichever module they come from.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;
use lmx_cert::canonical::{Part, is_name, name_text};
use num_bigint::BigUint;
use rustc_hash::FxBuildHasher;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub(crate) u32);
    };
}

id!(
    /// A name.
    NameId
);
id!(
    /// A universe level.
    LevelId
);
id!(
    /// A list of universe levels.
    LevelsId
);
id!(
    /// A term.
    ExprId
);
id!(
    /// A text literal.
    StrId
);
id!(
    /// A natural number.
    NatId
);

/// A name: the empty one, or one more component behind a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// The empty name.
    Anonymous,
    /// A text behind a name.
    Str(NameId, Box<str>),
    /// A number behind a name.
    Num(NameId, u64),
}

/// A universe level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Lean's names.
pub enum Level {
    Zero,
    Succ(LevelId),
    Max(LevelId, LevelId),
    IMax(LevelId, LevelId),
    Param(NameId),
}

/// How a binder's argument is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Lean's names.
pub enum BinderInfo {
    Default,
    Implicit,
    StrictImplicit,
    InstImplicit,
}

/// What binds a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binder {
    /// The variable's name, which has no meaning.
    pub name: NameId,
    /// The argument's type.
    pub ty: ExprId,
    /// How the argument is given.
    pub info: BinderInfo,
}

/// A closed term or a part of one. Metadata is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A bound variable, by its de Bruijn index.
    Bound(u32),
    /// A sort.
    Sort(LevelId),
    /// A constant at levels.
    Const(NameId, LevelsId),
    /// An application.
    App(ExprId, ExprId),
    /// A function.
    Lambda(Binder, ExprId),
    /// A function type.
    Pi(Binder, ExprId),
    /// A `let`.
    Let {
        /// The variable's name.
        name: NameId,
        /// Its type.
        ty: ExprId,
        /// Its value.
        value: ExprId,
        /// Where it is used.
        body: ExprId,
    },
    /// A natural number.
    Nat(NatId),
    /// A text.
    Str(StrId),
    /// A field of a structure.
    Proj {
        /// The structure's type.
        structure: NameId,
        /// The field's number, from 0.
        field: u32,
        /// The structure.
        of: ExprId,
    },
}

impl Expr {
    /// The terms that it is made of, from left to right.
    pub fn children(self) -> impl DoubleEndedIterator<Item = ExprId> {
        let (a, b, c) = match self {
            Expr::Bound(_) | Expr::Sort(_) | Expr::Const(..) | Expr::Nat(_) | Expr::Str(_) => {
                (None, None, None)
            }
            Expr::App(f, x) => (Some(f), Some(x), None),
            Expr::Lambda(binder, body) | Expr::Pi(binder, body) => {
                (Some(binder.ty), Some(body), None)
            }
            Expr::Let {
                ty, value, body, ..
            } => (Some(ty), Some(value), Some(body)),
            Expr::Proj { of, .. } => (Some(of), None, None),
        };
        [a, b, c].into_iter().flatten()
    }
}

/// Distinct values, numbered from 0.
#[derive(Debug)]
struct Interner<T> {
    items: Vec<T>,
    table: HashTable<u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner {
            items: Vec::new(),
            table: HashTable::new(),
        }
    }
}

impl<T: Eq + Hash> Interner<T> {
    /// The number of a value. There are fewer than 2^32: each takes more than a byte of memory, and modules are limited in size.
    fn intern(&mut self, value: T) -> u32 {
        let hash = FxBuildHasher.hash_one(&value);
        let items = &self.items;
        let same = |at: &u32| items.get(*at as usize) == Some(&value);
        if let Some(at) = self.table.find(hash, same) {
            return *at;
        }
        let at = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        let rehash = |at: &u32| {
            items
                .get(*at as usize)
                .map_or(0, |v| FxBuildHasher.hash_one(v))
        };
        self.table.insert_unique(hash, at, rehash);
        self.items.push(value);
        at
    }

    fn find(&self, value: &T) -> Option<u32> {
        let same = |at: &u32| self.items.get(*at as usize) == Some(value);
        self.table
            .find(FxBuildHasher.hash_one(value), same)
            .copied()
    }
}

/// The names, levels and terms of an environment.
#[derive(Debug)]
pub struct Store {
    names: Interner<Name>,
    levels: Interner<Level>,
    lists: Interner<Box<[LevelId]>>,
    exprs: Interner<Expr>,
    strs: Interner<Box<str>>,
    nats: Interner<BigUint>,
}

impl Default for Store {
    fn default() -> Self {
        let mut store = Store {
            names: Interner::default(),
            levels: Interner::default(),
            lists: Interner::default(),
            exprs: Interner::default(),
            strs: Interner::default(),
            nats: Interner::default(),
        };
        store.add_name(Name::Anonymous);
        store.add_level(Level::Zero);
        store
    }
}

/// The empty name's number.
pub const ANONYMOUS: NameId = NameId(0);
/// The number of level 0.
pub const ZERO: LevelId = LevelId(0);

// An id is given out by the store that it is used with, so that what it names is there; each look-up has a harmless answer nevertheless.
impl Store {
    pub(crate) fn add_name(&mut self, name: Name) -> NameId {
        NameId(self.names.intern(name))
    }

    pub(crate) fn add_level(&mut self, level: Level) -> LevelId {
        LevelId(self.levels.intern(level))
    }

    pub(crate) fn add_levels(&mut self, levels: Box<[LevelId]>) -> LevelsId {
        LevelsId(self.lists.intern(levels))
    }

    pub(crate) fn add_expr(&mut self, expr: Expr) -> ExprId {
        ExprId(self.exprs.intern(expr))
    }

    pub(crate) fn add_str(&mut self, text: &str) -> StrId {
        StrId(self.strs.intern(text.into()))
    }

    pub(crate) fn add_nat(&mut self, n: BigUint) -> NatId {
        NatId(self.nats.intern(n))
    }

    /// The name of a canonical text, such as `Lmx.trainStep_correct` or `_private.Lmx.Ir.Op.0.Lmx.aux`, if it occurs.
    pub fn find_name(&self, text: &str) -> Option<NameId> {
        if !is_name(text) {
            return None;
        }
        text.split('.').try_fold(ANONYMOUS, |prefix, part| {
            let name = match part.parse::<u64>() {
                Ok(n) => Name::Num(prefix, n),
                Err(_) => Name::Str(prefix, unescape(part)?.into()),
            };
            self.names.find(&name).map(NameId)
        })
    }

    /// The name with one more text, if it occurs.
    pub(crate) fn find_child(&self, prefix: NameId, text: &str) -> Option<NameId> {
        let name = Name::Str(prefix, text.into());
        self.names.find(&name).map(NameId)
    }

    /// A level, if it occurs.
    pub(crate) fn find_level(&self, level: Level) -> Option<LevelId> {
        self.levels.find(&level).map(LevelId)
    }

    /// Adds a name of texts with dots between.
    pub(crate) fn add_dotted(&mut self, dotted: &str) -> NameId {
        dotted.split('.').fold(ANONYMOUS, |prefix, part| {
            self.add_name(Name::Str(prefix, part.into()))
        })
    }

    /// A name.
    pub fn name(&self, id: NameId) -> &Name {
        self.names
            .items
            .get(id.0 as usize)
            .unwrap_or(&Name::Anonymous)
    }

    /// A name's components from the first.
    pub fn parts(&self, id: NameId) -> Vec<Part<'_>> {
        let mut parts = vec![];
        let mut at = id;
        loop {
            at = match self.name(at) {
                Name::Anonymous => break,
                Name::Str(prefix, text) => {
                    parts.push(Part::Text(text));
                    *prefix
                }
                Name::Num(prefix, n) => {
                    parts.push(Part::Number(*n));
                    *prefix
                }
            };
        }
        parts.reverse();
        parts
    }

    /// The canonical text of a name.
    pub fn name_text(&self, id: NameId) -> String {
        name_text(&self.parts(id))
    }

    /// A level.
    pub fn level(&self, id: LevelId) -> Level {
        self.levels
            .items
            .get(id.0 as usize)
            .copied()
            .unwrap_or(Level::Zero)
    }

    /// A list of levels.
    pub fn levels(&self, id: LevelsId) -> &[LevelId] {
        self.lists.items.get(id.0 as usize).map_or(&[], |l| l)
    }

    /// A term.
    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs
            .items
            .get(id.0 as usize)
            .copied()
            .unwrap_or(Expr::Bound(0))
    }

    /// A text literal.
    pub fn str(&self, id: StrId) -> &str {
        self.strs.items.get(id.0 as usize).map_or("", |s| s)
    }

    /// A natural number, in decimal.
    pub fn nat(&self, id: NatId) -> String {
        self.nats
            .items
            .get(id.0 as usize)
            .map_or_else(|| "0".to_owned(), BigUint::to_string)
    }

    /// How many terms there are.
    pub fn expr_count(&self) -> usize {
        self.exprs.items.len()
    }

    /// How many names there are.
    pub fn name_count(&self) -> usize {
        self.names.items.len()
    }

    /// How many levels there are.
    pub fn level_count(&self) -> usize {
        self.levels.items.len()
    }

    /// The terms that some terms are made of, each once and after its own parts, these from left to right.
    pub fn postorder(&self, roots: &[ExprId]) -> Vec<ExprId> {
        self.postorder_without(roots, |_| false)
    }

    /// The same, without the terms that are known, and what only these are made of.
    pub(crate) fn postorder_without(
        &self,
        roots: &[ExprId],
        known: impl Fn(ExprId) -> bool,
    ) -> Vec<ExprId> {
        let mut done = rustc_hash::FxHashSet::default();
        let mut order = vec![];
        // Each entry is met twice: first its parts are put before it, then it is complete.
        let mut stack: Vec<(ExprId, bool)> = roots.iter().rev().map(|id| (*id, false)).collect();
        while let Some((id, complete)) = stack.pop() {
            if done.contains(&id) || known(id) {
                continue;
            }
            if complete {
                done.insert(id);
                order.push(id);
                continue;
            }
            stack.push((id, true));
            stack.extend(self.expr(id).children().rev().map(|child| (child, false)));
        }
        order
    }
}

/// The text of a name's component.
fn unescape(part: &str) -> Option<String> {
    if part == "%" {
        return Some(String::new());
    }
    let mut pieces = part.split('%');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2)?;
        text.push(char::from(u8::from_str_radix(code, 16).ok()?));
        text.push_str(rest);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_their_canonical_texts() {
        let mut store = Store::default();
        let mut name = ANONYMOUS;
        for part in ["_private", "a.b", "", "12", "50% of\n", "é"] {
            name = store.add_name(Name::Str(name, part.into()));
            name = store.add_name(Name::Num(name, 12));
            assert_eq!(store.find_name(&store.name_text(name)), Some(name));
        }
        for text in [
            "",
            "_private.12.x",
            "_private.012",
            "_private.1",
            "x",
            "%1",
            "%é",
        ] {
            assert_eq!(store.find_name(text), None, "{text}");
        }
    }

    #[test]
    fn equal_terms_are_one_and_order_is_by_completion() {
        let mut store = Store::default();
        let leaf = store.add_expr(Expr::Bound(0));
        let mut deep = leaf;
        for _ in 0..200_000 {
            deep = store.add_expr(Expr::App(deep, deep));
        }
        assert_eq!(store.add_expr(Expr::Bound(0)), leaf);
        assert_eq!(store.expr_count(), 200_001);
        let order = store.postorder(&[deep, leaf]);
        assert_eq!((order.len(), order.first()), (200_001, Some(&leaf)));
    }
}
