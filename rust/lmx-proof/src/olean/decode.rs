//! Names, levels and terms, from a module's objects into a [`Store`].

use num_bigint::BigUint;
use rustc_hash::FxHashMap;

use super::{Object, Parts, Value};
use crate::error::{Problem, Result};
use crate::store::{
    ANONYMOUS, Binder, BinderInfo, Expr, ExprId, Level, LevelId, LevelsId, Name, NameId, Store,
    ZERO,
};

/// Decodes a module's objects, each once.
#[derive(Debug)]
pub struct Decoder {
    /// The module's files.
    pub parts: Parts,
    names: FxHashMap<u64, NameId>,
    levels: FxHashMap<u64, LevelId>,
    lists: FxHashMap<u64, LevelsId>,
    exprs: FxHashMap<u64, ExprId>,
}

/// The tags of `Lean.Level`'s constructors.
mod level {
    pub const ZERO: u8 = 0;
    pub const SUCC: u8 = 1;
    pub const MAX: u8 = 2;
    pub const IMAX: u8 = 3;
    pub const PARAM: u8 = 4;
}

/// The tags of `Lean.Expr`'s constructors.
mod expr {
    pub const BVAR: u8 = 0;
    pub const FVAR: u8 = 1;
    pub const MVAR: u8 = 2;
    pub const SORT: u8 = 3;
    pub const CONST: u8 = 4;
    pub const APP: u8 = 5;
    pub const LAM: u8 = 6;
    pub const FORALL: u8 = 7;
    pub const LET: u8 = 8;
    pub const LIT: u8 = 9;
    pub const MDATA: u8 = 10;
    pub const PROJ: u8 = 11;
}

/// Bytes of the cached data behind a term's fields, before a binder's annotation.
const EXPR_DATA: u64 = 8;

impl Decoder {
    /// A decoder of these parts.
    pub fn new(parts: Parts) -> Decoder {
        Decoder {
            parts,
            names: FxHashMap::default(),
            levels: FxHashMap::default(),
            lists: FxHashMap::default(),
            exprs: FxHashMap::default(),
        }
    }

    fn wrong<T>(&self, object: Object, expected: &'static str) -> Result<T> {
        self.parts.unexpected(Value::Object(object), expected)
    }

    /// A number below 2^32.
    pub fn u32(&self, value: Value, what: &'static str) -> Result<u32> {
        let n = self.parts.nat(value)?;
        u32::try_from(n).map_err(|_| {
            let at = match value {
                Value::Object(object) => object.address,
                Value::Scalar(_) => 0,
            };
            let limit = u64::from(u32::MAX);
            self.parts.error(at, Problem::TooMany { what, limit })
        })
    }

    /// A name.
    pub fn name(&mut self, store: &mut Store, value: Value) -> Result<NameId> {
        // From the last component to the first whose name is known; then back.
        let mut open = vec![];
        let mut at = value;
        let mut id = loop {
            let object = match at {
                Value::Scalar(0) => break ANONYMOUS,
                _ => self.parts.ctor(at, 2, "a name")?,
            };
            if let Some(id) = self.names.get(&object.address) {
                break *id;
            }
            open.push(object);
            at = self.parts.field(object, 0)?;
        };
        while let Some(object) = open.pop() {
            let last = self.parts.field(object, 1)?;
            let name = match object.tag {
                1 => Name::Str(id, self.parts.string(last)?.into()),
                2 => Name::Num(id, u64::from(self.u32(last, "as a number in a name")?)),
                _ => return self.wrong(object, "a name"),
            };
            id = store.add_name(name);
            self.names.insert(object.address, id);
        }
        Ok(id)
    }

    /// A list of names.
    pub fn name_list(&mut self, store: &mut Store, value: Value) -> Result<Vec<NameId>> {
        let list = self.parts.list(value)?;
        list.into_iter().map(|n| self.name(store, n)).collect()
    }

    /// A level that was decoded before.
    fn known_level(&self, value: Value) -> Option<LevelId> {
        match value {
            Value::Scalar(0) => Some(ZERO),
            Value::Scalar(_) => None,
            Value::Object(object) => self.levels.get(&object.address).copied(),
        }
    }

    /// A level.
    pub fn level(&mut self, store: &mut Store, value: Value) -> Result<LevelId> {
        let mut stack = vec![value];
        while let Some(top) = stack.last().copied() {
            if self.known_level(top).is_some() {
                stack.pop();
                continue;
            }
            let object = self.parts.as_object(top, "a level")?;
            let fields = match (object.tag, object.fields) {
                (level::ZERO, 0) => 0,
                (level::SUCC, 1) => 1,
                (level::MAX | level::IMAX, 2) => 2,
                (level::PARAM, 1) => 0,
                (5, 1) => {
                    return Err(self
                        .parts
                        .error(object.address, Problem::Open("a level metavariable")));
                }
                _ => return self.wrong(object, "a level"),
            };
            let before = stack.len();
            let mut known = [LevelId(0); 2];
            for (i, slot) in (0..fields).zip(&mut known) {
                let part = self.parts.field(object, i)?;
                match self.known_level(part) {
                    Some(id) => *slot = id,
                    None => stack.push(part),
                }
            }
            if stack.len() > before {
                continue;
            }
            let [a, b] = known;
            let level = match object.tag {
                level::ZERO => Level::Zero,
                level::SUCC => Level::Succ(a),
                level::MAX => Level::Max(a, b),
                level::IMAX => Level::IMax(a, b),
                _ => {
                    let name = self.parts.field(object, 0)?;
                    Level::Param(self.name(store, name)?)
                }
            };
            self.levels.insert(object.address, store.add_level(level));
            stack.pop();
        }
        match self.known_level(value) {
            Some(id) => Ok(id),
            None => self.parts.unexpected(value, "a level"),
        }
    }

    fn level_list(&mut self, store: &mut Store, value: Value) -> Result<LevelsId> {
        let address = match value {
            Value::Scalar(_) => 0,
            Value::Object(object) => object.address,
        };
        if let Some(id) = self.lists.get(&address) {
            return Ok(*id);
        }
        let list = self.parts.list(value)?;
        let levels: Result<Vec<LevelId>> = list.into_iter().map(|l| self.level(store, l)).collect();
        let id = store.add_levels(levels?.into());
        self.lists.insert(address, id);
        Ok(id)
    }

    fn known_expr(&self, value: Value) -> Option<ExprId> {
        match value {
            Value::Scalar(_) => None,
            Value::Object(object) => self.exprs.get(&object.address).copied(),
        }
    }

    /// A term, whatever its depth.
    pub fn expr(&mut self, store: &mut Store, value: Value) -> Result<ExprId> {
        let mut stack = vec![value];
        while let Some(top) = stack.last().copied() {
            if self.known_expr(top).is_some() {
                stack.pop();
                continue;
            }
            let object = self.parts.as_object(top, "a term")?;
            let before = stack.len();
            let mut known = [ExprId(0); 3];
            for (field, slot) in self.parts_of(object)?.iter().zip(&mut known) {
                let part = self.parts.field(object, *field)?;
                match self.known_expr(part) {
                    Some(id) => *slot = id,
                    None => stack.push(part),
                }
            }
            if stack.len() > before {
                continue;
            }
            let id = self.complete(store, object, known)?;
            self.exprs.insert(object.address, id);
            stack.pop();
        }
        match self.known_expr(value) {
            Some(id) => Ok(id),
            None => self.parts.unexpected(value, "a term"),
        }
    }

    /// The fields of a term that are terms.
    fn parts_of(&self, object: Object) -> Result<&'static [u8]> {
        let open = |what| Err(self.parts.error(object.address, Problem::Open(what)));
        Ok(match (object.tag, object.fields) {
            (expr::BVAR | expr::SORT | expr::LIT, 1) | (expr::CONST, 2) => &[],
            (expr::APP, 2) => &[0, 1],
            (expr::LAM | expr::FORALL, 3) => &[1, 2],
            (expr::LET, 4) => &[1, 2, 3],
            (expr::MDATA, 2) => &[1],
            (expr::PROJ, 3) => &[2],
            (expr::FVAR, 1) => return open("a free variable"),
            (expr::MVAR, 1) => return open("a metavariable"),
            _ => return self.wrong(object, "a term"),
        })
    }

    /// The term whose parts are known.
    fn complete(
        &mut self,
        store: &mut Store,
        object: Object,
        known: [ExprId; 3],
    ) -> Result<ExprId> {
        let field = |decoder: &Decoder, i| decoder.parts.field(object, i);
        let [a, b, c] = known;
        let first = field(self, 0)?;
        let expr = match object.tag {
            expr::BVAR => Expr::Bound(self.u32(first, "as a bound variable")?),
            expr::SORT => Expr::Sort(self.level(store, first)?),
            expr::CONST => {
                let levels = field(self, 1)?;
                Expr::Const(self.name(store, first)?, self.level_list(store, levels)?)
            }
            expr::APP => Expr::App(a, b),
            expr::LAM => Expr::Lambda(self.binder(store, object, a)?, b),
            expr::FORALL => Expr::Pi(self.binder(store, object, a)?, b),
            expr::LET => Expr::Let {
                name: self.name(store, first)?,
                ty: a,
                value: b,
                body: c,
            },
            expr::LIT => return self.literal(store, first),
            expr::MDATA => return Ok(a),
            _ => {
                let index = field(self, 1)?;
                Expr::Proj {
                    structure: self.name(store, first)?,
                    field: self.u32(index, "as a field's number")?,
                    of: a,
                }
            }
        };
        Ok(store.add_expr(expr))
    }

    fn binder(&mut self, store: &mut Store, object: Object, ty: ExprId) -> Result<Binder> {
        let name = self.parts.field(object, 0)?;
        let info = match self.parts.scalar_byte(object, EXPR_DATA)? {
            0 => BinderInfo::Default,
            1 => BinderInfo::Implicit,
            2 => BinderInfo::StrictImplicit,
            3 => BinderInfo::InstImplicit,
            _ => return self.wrong(object, "a binder's annotation"),
        };
        let name = self.name(store, name)?;
        Ok(Binder { name, ty, info })
    }

    fn literal(&mut self, store: &mut Store, value: Value) -> Result<ExprId> {
        let literal = self.parts.ctor(value, 1, "a literal")?;
        let content = self.parts.field(literal, 0)?;
        let expr = match literal.tag {
            0 => {
                let n: BigUint = self.parts.nat(content)?;
                Expr::Nat(store.add_nat(n))
            }
            1 => Expr::Str(store.add_str(self.parts.string(content)?)),
            _ => return self.wrong(literal, "a literal"),
        };
        Ok(store.add_expr(expr))
    }
}
