//! Declarations, as Lean's kernel has them.

use lmx_cert::canonical::Kind;

use crate::store::{ExprId, NameId};

/// What all declarations have.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// The name.
    pub name: NameId,
    /// Its universe parameters.
    pub level_params: Vec<NameId>,
    /// Its type; a theorem's statement.
    pub ty: ExprId,
    /// What else, by kind.
    pub body: Body,
}

/// How eagerly a definition is unfolded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Lean's names.
pub enum Hints {
    Opaque,
    Abbrev,
    /// By height.
    Regular(u32),
}

/// Whether the kernel relies on a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Lean's names.
pub enum Safety {
    Unsafe,
    Safe,
    Partial,
}

/// The four constants of quotients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Lean's names.
pub enum QuotKind {
    Type,
    Ctor,
    Lift,
    Ind,
}

/// How a recursor computes on a constructor.
#[derive(Clone, Copy, Debug)]
pub struct RecursorRule {
    /// The constructor.
    pub ctor: NameId,
    /// How many fields it has.
    pub fields: u32,
    /// What the recursor becomes.
    pub rhs: ExprId,
}

/// What a declaration of some kind has beyond name and type.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // Lean's names.
pub enum Body {
    Axiom {
        is_unsafe: bool,
    },
    Def {
        value: ExprId,
        hints: Hints,
        safety: Safety,
        all: Vec<NameId>,
    },
    Theorem {
        value: ExprId,
        all: Vec<NameId>,
    },
    Opaque {
        value: ExprId,
        is_unsafe: bool,
        all: Vec<NameId>,
    },
    Quot(QuotKind),
    Inductive {
        params: u32,
        indices: u32,
        all: Vec<NameId>,
        ctors: Vec<NameId>,
        nested: u32,
        is_rec: bool,
        is_unsafe: bool,
        is_reflexive: bool,
    },
    Constructor {
        induct: NameId,
        index: u32,
        params: u32,
        fields: u32,
        is_unsafe: bool,
    },
    Recursor {
        all: Vec<NameId>,
        params: u32,
        indices: u32,
        motives: u32,
        minors: u32,
        rules: Vec<RecursorRule>,
        k: bool,
        is_unsafe: bool,
    },
}

impl Declaration {
    /// What is declared.
    pub fn kind(&self) -> Kind {
        match self.body {
            Body::Axiom { .. } => Kind::Axiom,
            Body::Def { .. } => Kind::Def,
            Body::Theorem { .. } => Kind::Theorem,
            Body::Opaque { .. } => Kind::Opaque,
            Body::Quot(_) => Kind::Quot,
            Body::Inductive { .. } => Kind::Inductive,
            Body::Constructor { .. } => Kind::Constructor,
            Body::Recursor { .. } => Kind::Recursor,
        }
    }

    /// A definition's value, a theorem's proof.
    pub fn value(&self) -> Option<ExprId> {
        match self.body {
            Body::Def { value, .. } | Body::Theorem { value, .. } | Body::Opaque { value, .. } => {
                Some(value)
            }
            _ => None,
        }
    }

    /// Whether it is outside of what the kernel relies on: unsafe or partial.
    pub fn is_unsafe(&self) -> bool {
        match self.body {
            Body::Axiom { is_unsafe }
            | Body::Opaque { is_unsafe, .. }
            | Body::Inductive { is_unsafe, .. }
            | Body::Constructor { is_unsafe, .. }
            | Body::Recursor { is_unsafe, .. } => is_unsafe,
            Body::Def { safety, .. } => safety != Safety::Safe,
            Body::Theorem { .. } | Body::Quot(_) => false,
        }
    }

    /// Every term of it: the type, the value, and a recursor's right-hand sides.
    pub fn terms(&self) -> Vec<ExprId> {
        let mut terms = vec![self.ty];
        terms.extend(self.value());
        if let Body::Recursor { rules, .. } = &self.body {
            terms.extend(rules.iter().map(|rule| rule.rhs));
        }
        terms
    }

    /// The declarations that come with one, as the canonical order has them: an inductive type's constructors, a constructor's type, the types
    /// that a recursor belongs to.
    pub fn companions(&self) -> &[NameId] {
        match &self.body {
            Body::Inductive { ctors, .. } => ctors,
            Body::Constructor { induct, .. } => std::slice::from_ref(induct),
            Body::Recursor { all, .. } => all,
            _ => &[],
        }
    }
}
