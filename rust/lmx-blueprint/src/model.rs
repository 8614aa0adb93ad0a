//! What the pages are made of: the named declarations of the proof library and what each uses.

use std::collections::{BTreeMap, BTreeSet};

/// What a declaration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A theorem.
    Theorem,
    /// A definition, an abbreviation or an opaque constant.
    Definition,
    /// A structure.
    Structure,
    /// A class.
    Class,
    /// An inductive type.
    Inductive,
    /// An instance of a class.
    Instance,
    /// An axiom.
    Axiom,
}

impl Kind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Theorem => "theorem",
            Kind::Definition => "definition",
            Kind::Structure => "structure",
            Kind::Class => "class",
            Kind::Inductive => "inductive type",
            Kind::Instance => "instance",
            Kind::Axiom => "axiom",
        }
    }

    /// Is it a type that is declared by its fields or constructors?
    pub fn is_type(self) -> bool {
        matches!(self, Kind::Structure | Kind::Class | Kind::Inductive)
    }
}

/// A declaration that stands in a source file under a name of its own. What Lean makes of it (constructors, recursors, matchers,
/// equations, local functions) counts as part of it.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Its full name, such as `Lmx.trainStep_correct`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its module, such as `Lmx.Theorems.Train.Correct`.
    pub module: String,
    /// Its file from the checkout's root.
    pub file: String,
    /// The line on which it starts, from 1.
    pub line: usize,
    /// Whether a command made it, so that no source text declares it.
    pub made: bool,
    /// Its docstring.
    pub doc: Option<String>,
    /// The binders that its statement takes from `variable` commands.
    pub variables: Vec<String>,
    /// Its source text up to `:=` or `where`.
    pub statement: String,
    /// The rest of its source text, but for a theorem.
    pub body: Option<String>,
    /// The declarations that its type mentions (for a type, also those that its constructors mention).
    pub stated: BTreeSet<usize>,
    /// The declarations that its value or proof mentions and its type does not.
    pub proved: BTreeSet<usize>,
    /// Every axiom that it depends on.
    pub axioms: BTreeSet<String>,
    /// Its constructors, for a type.
    pub constructors: Vec<String>,
    /// The constructors that its type mentions.
    pub mentions: BTreeSet<String>,
    /// Its type, where that is constants and arrows only: `Lmx.Program → Lmx.Program`.
    pub signature: Option<String>,
    /// The strings in its value, in order.
    pub strings: Vec<String>,
}

/// What is known of a declaration's truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A theorem whose proof rests on the accepted axioms only.
    Proved,
    /// A definition of any kind, resting on the accepted axioms only.
    Defined,
    /// Rests on `sorry` or on an axiom that is not accepted.
    Unsound,
}

impl Status {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Status::Proved => "proved",
            Status::Defined => "definition",
            Status::Unsound => "not proved",
        }
    }

    /// Its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Status::Proved => "proved",
            Status::Defined => "defined",
            Status::Unsound => "unsound",
        }
    }
}

/// The named declarations in an order that is the same for the same sources.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The declarations; `stated` and `proved` are indices into them.
    pub declarations: Vec<Declaration>,
    /// The axioms that may occur.
    pub accepted: BTreeSet<String>,
    by_name: BTreeMap<String, usize>,
}

impl Library {
    /// The library of these declarations.
    pub fn new(declarations: Vec<Declaration>, accepted: BTreeSet<String>) -> Library {
        let by_name = declarations
            .iter()
            .enumerate()
            .map(|(i, d)| (d.name.clone(), i))
            .collect();
        Library {
            declarations,
            accepted,
            by_name,
        }
    }

    /// The index of a name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The declaration of an index.
    pub fn get(&self, index: usize) -> Option<&Declaration> {
        self.declarations.get(index)
    }

    /// Whether a declaration is proved or defined from accepted axioms.
    pub fn status(&self, declaration: &Declaration) -> Status {
        if declaration.kind == Kind::Axiom || !declaration.axioms.is_subset(&self.accepted) {
            Status::Unsound
        } else if declaration.kind == Kind::Theorem {
            Status::Proved
        } else {
            Status::Defined
        }
    }

    /// Everything that a declaration uses, directly or not, itself included.
    pub fn closure(&self, start: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(i) = open.pop() {
            let Some(d) = self.get(i) else { continue };
            for &u in d.stated.iter().chain(&d.proved) {
                if found.insert(u) {
                    open.push(u);
                }
            }
        }
        found
    }
}
#[cfg(test)]
impl Declaration {
    /// A declaration with nothing in it, for tests to fill.
    pub fn example(name: &str, kind: Kind) -> Declaration {
        Declaration {
            name: name.into(),
            kind,
            module: "Lmx.M".into(),
            file: "lean/Lmx/M.lean".into(),
            line: 1,
            made: false,
            doc: None,
            variables: Vec::new(),
            statement: String::new(),
            body: None,
            stated: BTreeSet::new(),
            proved: BTreeSet::new(),
            axioms: BTreeSet::new(),
            constructors: Vec::new(),
            mentions: BTreeSet::new(),
            signature: None,
            strings: Vec::new(),
        }
    }
}
