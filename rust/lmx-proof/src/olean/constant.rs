//! `Lean.ConstantInfo`.

use super::{Decoder, Object, Value};
use crate::declaration::{Body, Declaration, Hints, QuotKind, RecursorRule, Safety};
use crate::error::Result;
use crate::store::{ExprId, Level, NameId, Store};

/// The fields of a declaration's object that are values.
struct Fields<'d> {
    decoder: &'d mut Decoder,
    store: &'d mut Store,
    object: Object,
}

impl Fields<'_> {
    fn value(&self, index: u8) -> Result<Value> {
        self.decoder.parts.field(self.object, index)
    }

    fn expr(&mut self, index: u8) -> Result<ExprId> {
        let value = self.value(index)?;
        self.decoder.expr(self.store, value)
    }

    fn name(&mut self, index: u8) -> Result<NameId> {
        let value = self.value(index)?;
        self.decoder.name(self.store, value)
    }

    fn names(&mut self, index: u8) -> Result<Vec<NameId>> {
        let value = self.value(index)?;
        self.decoder.name_list(self.store, value)
    }

    fn number(&self, index: u8) -> Result<u32> {
        let value = self.value(index)?;
        self.decoder.u32(value, "as a count")
    }

    fn byte(&self, place: u64) -> Result<u8> {
        self.decoder.parts.scalar_byte(self.object, place)
    }

    fn flag(&self, place: u64) -> Result<bool> {
        match self.byte(place)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => self.wrong("a truth value"),
        }
    }

    fn wrong<T>(&self, expected: &'static str) -> Result<T> {
        let object = Value::Object(self.object);
        self.decoder.parts.unexpected(object, expected)
    }

    /// The same, of another object.
    fn of(&mut self, object: Object) -> Fields<'_> {
        Fields {
            decoder: self.decoder,
            store: self.store,
            object,
        }
    }

    fn hints(&self, index: u8) -> Result<Hints> {
        match self.value(index)? {
            Value::Scalar(0) => Ok(Hints::Opaque),
            Value::Scalar(1) => Ok(Hints::Abbrev),
            value => {
                let regular = self.decoder.parts.ctor(value, 0, "reducibility hints")?;
                match regular.tag {
                    2 => Ok(Hints::Regular(self.decoder.parts.scalar_u32(regular, 0)?)),
                    _ => self.decoder.parts.unexpected(value, "reducibility hints"),
                }
            }
        }
    }

    fn safety(&self) -> Result<Safety> {
        match self.byte(0)? {
            0 => Ok(Safety::Unsafe),
            1 => Ok(Safety::Safe),
            2 => Ok(Safety::Partial),
            _ => self.wrong("a definition's safety"),
        }
    }

    fn rules(&mut self, index: u8) -> Result<Vec<RecursorRule>> {
        let list = self.decoder.parts.list(self.value(index)?)?;
        let rule = |value| {
            let object = self.decoder.parts.ctor(value, 3, "a recursor's rule")?;
            let mut rule = self.of(object);
            Ok(RecursorRule {
                ctor: rule.name(0)?,
                fields: rule.number(1)?,
                rhs: rule.expr(2)?,
            })
        };
        list.into_iter().map(rule).collect()
    }
}

impl Decoder {
    /// A declaration.
    pub fn declaration(&mut self, store: &mut Store, value: Value) -> Result<Declaration> {
        let info = self.parts.ctor(value, 1, "a declaration")?;
        // How many fields the kind's own object has.
        let fields = match info.tag {
            0 | 4 => 1,
            1 => 4,
            2 | 3 => 3,
            5 => 6,
            6 => 5,
            7 => 7,
            _ => return self.parts.unexpected(value, "a declaration"),
        };
        let object = self
            .parts
            .ctor(self.parts.field(info, 0)?, fields, "a declaration's data")?;
        let common =
            self.parts
                .ctor(self.parts.field(object, 0)?, 3, "name, parameters and type")?;
        let mut common = Fields {
            decoder: self,
            store,
            object: common,
        };
        let (name, level_params, ty) = (common.name(0)?, common.names(1)?, common.expr(2)?);
        for param in &level_params {
            // So that the exchange format can name it, used or not.
            common.store.add_level(Level::Param(*param));
        }
        let mut own = common.of(object);
        let body = match info.tag {
            0 => Body::Axiom {
                is_unsafe: own.flag(0)?,
            },
            1 => Body::Def {
                value: own.expr(1)?,
                hints: own.hints(2)?,
                all: own.names(3)?,
                safety: own.safety()?,
            },
            2 => Body::Theorem {
                value: own.expr(1)?,
                all: own.names(2)?,
            },
            3 => Body::Opaque {
                value: own.expr(1)?,
                all: own.names(2)?,
                is_unsafe: own.flag(0)?,
            },
            4 => Body::Quot(match own.byte(0)? {
                0 => QuotKind::Type,
                1 => QuotKind::Ctor,
                2 => QuotKind::Lift,
                3 => QuotKind::Ind,
                _ => return own.wrong("a kind of quotient constant"),
            }),
            5 => Body::Inductive {
                params: own.number(1)?,
                indices: own.number(2)?,
                all: own.names(3)?,
                ctors: own.names(4)?,
                nested: own.number(5)?,
                is_rec: own.flag(0)?,
                is_unsafe: own.flag(1)?,
                is_reflexive: own.flag(2)?,
            },
            6 => Body::Constructor {
                induct: own.name(1)?,
                index: own.number(2)?,
                params: own.number(3)?,
                fields: own.number(4)?,
                is_unsafe: own.flag(0)?,
            },
            _ => Body::Recursor {
                all: own.names(1)?,
                params: own.number(2)?,
                indices: own.number(3)?,
                motives: own.number(4)?,
                minors: own.number(5)?,
                rules: own.rules(6)?,
                k: own.flag(0)?,
                is_unsafe: own.flag(1)?,
            },
        };
        Ok(Declaration {
            name,
            level_params,
            ty,
            body,
        })
    }
}
