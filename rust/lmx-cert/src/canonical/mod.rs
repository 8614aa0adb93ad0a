//! The canonical serialisation of declarations, by which statements, definitions and proofs are hashed.
//!
//! A declaration is a header, a line for each distinct subterm in order of completion, and a line that names its type and value.
//! `docs/certificate-format.md` describes the lines. What does not count (binder names, annotations) is not written, so that equal terms
//! have equal texts, and nothing is written twice. [`Declaration::parse`] accepts canonical texts alone, and never panics.

mod name;
mod parse;

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use lmx_graph::text::{plain, short};

pub use name::{Part, is_name, name_text};
pub use parse::CanonicalError;

/// Lines of a text, which bounds the memory that reading one takes.
pub const LINES: usize = 1 << 22;
/// Digits of a number literal.
pub const DIGITS: usize = 1000;
/// Nesting of a level.
pub const LEVEL_DEPTH: usize = 64;
/// Universe parameters of a declaration.
pub const PARAMETERS: u64 = 1000;

/// The number of a subterm: of its line, from 0.
pub type Id = usize;

/// A term, by the numbers of its subterms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Term<'a> {
    /// A bound variable, by its de Bruijn index.
    Bound(u64),
    /// A sort, by the text of its level.
    Sort(&'a str),
    /// A constant: the text of its name and, each behind a space, of its levels.
    Const(&'a str),
    /// A function applied to an argument.
    App(Id, Id),
    /// A function, by its argument's type and its body.
    Lambda(Id, Id),
    /// A function type, by its argument's type and its body.
    Pi(Id, Id),
    /// A `let`: type, value, body.
    Let(Id, Id, Id),
    /// A field of a structure.
    Field {
        /// The structure type's name.
        structure: &'a str,
        /// The field's number.
        field: u64,
        /// The structure.
        of: Id,
    },
    /// A natural number, in decimal.
    Nat(&'a str),
    /// A text.
    Str(&'a str),
}

/// Distinct terms, numbered.
#[derive(Clone, Debug, Default)]
pub struct Terms<'a> {
    terms: Vec<Term<'a>>,
}

/// Terms in the making.
#[derive(Clone, Debug, Default)]
pub struct TermsBuilder<'a> {
    terms: Terms<'a>,
    numbers: HashMap<Term<'a>, Id>,
}

/// What is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names of the format.
pub enum Kind {
    Axiom,
    Def,
    Theorem,
    Opaque,
    Quot,
    Inductive,
    Constructor,
    Recursor,
}

/// A declaration.
#[derive(Clone, Debug)]
pub struct Declaration<'a> {
    /// What is declared.
    pub kind: Kind,
    /// The text of its name.
    pub name: &'a str,
    /// How many universe parameters it has.
    pub parameters: u64,
    /// Its subterms.
    pub terms: Terms<'a>,
    /// Its type, and its value where that counts.
    pub roots: Vec<Id>,
}

impl<'a> TermsBuilder<'a> {
    /// The number of a term, which is added if it is not there.
    pub fn add(&mut self, term: Term<'a>) -> Id {
        let terms = &mut self.terms.terms;
        *self.numbers.entry(term).or_insert_with(|| {
            terms.push(term);
            terms.len() - 1
        })
    }

    /// The terms.
    pub fn finish(self) -> Terms<'a> {
        self.terms
    }
}

impl<'a> Terms<'a> {
    /// The term of a number.
    pub fn get(&self, id: Id) -> Option<Term<'a>> {
        self.terms.get(id).copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The terms that the roots are made of, in order of completion: a term after its subterms, these from left to right.
    fn completed(&self, roots: &[Id]) -> Vec<Id> {
        let mut done = vec![false; self.terms.len()];
        let mut order = Vec::with_capacity(self.terms.len());
        // Each entry is met twice: first its subterms are put before it, then it is complete.
        let mut stack: Vec<(Id, bool)> = roots.iter().rev().map(|id| (*id, false)).collect();
        while let Some((id, complete)) = stack.pop() {
            let (Some(term), Some(flag)) = (self.terms.get(id), done.get_mut(id)) else {
                continue;
            };
            if *flag {
                continue;
            }
            if complete {
                *flag = true;
                order.push(id);
                continue;
            }
            stack.push((id, true));
            let mut push = |id: Id| stack.push((id, false));
            match *term {
                Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => {
                    push(b);
                    push(a);
                }
                Term::Let(a, b, c) => {
                    push(c);
                    push(b);
                    push(a);
                }
                Term::Field { of, .. } => push(of),
                Term::Bound(_) | Term::Sort(_) | Term::Const(_) | Term::Nat(_) | Term::Str(_) => {}
            }
        }
        order
    }

    /// A term in words for messages, cut where it is long.
    pub fn show(&self, id: Id) -> String {
        let mut out = String::new();
        self.show_into(id, 6, &mut out);
        match out.char_indices().nth(160) {
            None => plain(&out),
            Some((cut, _)) => plain(out.get(..cut).unwrap_or_default()) + "…",
        }
    }

    fn show_into(&self, id: Id, depth: usize, out: &mut String) {
        let Some(term) = self.get(id) else {
            return out.push('?');
        };
        if depth == 0 || out.len() > 200 {
            return out.push('…');
        }
        // Writing to a string cannot fail.
        let _ = match term {
            Term::Bound(i) => write!(out, "#{i}"),
            Term::Sort(l) => write!(out, "Sort {l}"),
            Term::Const(c) => write!(out, "{}", short(name_of(c))),
            Term::Nat(n) => write!(out, "{n}"),
            Term::Str(s) => write!(out, "{s:?}"),
            Term::App(..) => {
                let (head, args) = self.spine(id);
                out.push('(');
                self.show_into(head, depth - 1, out);
                for arg in args {
                    out.push(' ');
                    self.show_into(arg, depth - 1, out);
                }
                write!(out, ")")
            }
            Term::Lambda(..) => write!(out, "a function"),
            Term::Pi(..) => write!(out, "a function type"),
            Term::Let(..) => write!(out, "a let"),
            Term::Field {
                structure, field, ..
            } => write!(out, "field {field} of a {structure}"),
        };
    }

    /// What is applied, and to what; at most the last eight arguments.
    fn spine(&self, id: Id) -> (Id, Vec<Id>) {
        let (mut head, mut args) = (id, vec![]);
        while let Some(Term::App(f, a)) = self.get(head)
            && args.len() < 8
        {
            args.push(a);
            head = f;
        }
        args.reverse();
        (head, args)
    }
}

/// A constant's name, without its levels.
pub fn name_of(constant: &str) -> &str {
    constant.split_once(' ').map_or(constant, |(name, _)| name)
}

impl Kind {
    const NAMES: [(Kind, &'static str); 8] = [
        (Kind::Axiom, "axiom"),
        (Kind::Def, "def"),
        (Kind::Theorem, "theorem"),
        (Kind::Opaque, "opaque"),
        (Kind::Quot, "quot"),
        (Kind::Inductive, "inductive"),
        (Kind::Constructor, "constructor"),
        (Kind::Recursor, "recursor"),
    ];

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<Kind> {
        let named = Kind::NAMES.iter().find(|(_, n)| *n == name);
        named.map(|(kind, _)| *kind)
    }

    /// How many roots a declaration of this kind has, at least and at most. A theorem's proof is left out where only its statement counts.
    fn roots(self) -> (usize, usize) {
        match self {
            Kind::Def | Kind::Opaque => (2, 2),
            Kind::Theorem => (1, 2),
            _ => (1, 1),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Kind::NAMES.iter().find(|(kind, _)| kind == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}

impl<'a> Declaration<'a> {
    /// Its canonical text, whatever the order in which its terms were added.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "{} {} {}", self.kind, self.name, self.parameters)?;
        let order = self.terms.completed(&self.roots);
        let mut numbers = vec![0; self.terms.len()];
        for (number, id) in order.iter().enumerate() {
            if let Some(place) = numbers.get_mut(*id) {
                *place = number;
            }
        }
        let n = |id: Id| numbers.get(id).copied().unwrap_or_default();
        for term in order.iter().filter_map(|id| self.terms.get(*id)) {
            match term {
                Term::Bound(i) => writeln!(out, "v {i}")?,
                Term::Sort(level) => writeln!(out, "s {level}")?,
                Term::Const(constant) => writeln!(out, "c {constant}")?,
                Term::App(f, x) => writeln!(out, "a {} {}", n(f), n(x))?,
                Term::Lambda(t, b) => writeln!(out, "l {} {}", n(t), n(b))?,
                Term::Pi(t, b) => writeln!(out, "p {} {}", n(t), n(b))?,
                Term::Let(t, v, b) => writeln!(out, "z {} {} {}", n(t), n(v), n(b))?,
                Term::Field {
                    structure,
                    field,
                    of,
                } => writeln!(out, "j {structure} {field} {}", n(of))?,
                Term::Nat(digits) => writeln!(out, "n {digits}")?,
                Term::Str(text) => writeln!(out, "t {} {text}", text.len())?,
            }
        }
        write!(out, "r")?;
        for root in &self.roots {
            write!(out, " {}", n(*root))?;
        }
        writeln!(out)
    }
}
