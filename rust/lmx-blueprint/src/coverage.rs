//! `blueprint/coverage.toml`: what is known of each op, layer, optimizer, pass, net and program, and the checks that keep it true.
//!
//! The rows of a table come from the Lean environment, and the file must have exactly these. Every theorem that it names must exist, be
//! proved and concern its row; every test must exist in the checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::{Kind, Library, Status};

/// The file, for messages.
pub const FILE: &str = "blueprint/coverage.toml";

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// The tables, in order.
    pub table: Vec<Table>,
}

/// A table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its title.
    pub title: String,
    /// What its rows are and what its columns claim.
    pub about: String,
    /// Where its rows come from.
    pub rows: Source,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The claims of a column wherever a row has none of its own.
    #[serde(default)]
    pub default: BTreeMap<String, Cell>,
    /// The rows.
    pub row: BTreeMap<String, Claims>,
}

/// A row.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Claims {
    /// Declarations that stand for the row: a theorem that reaches one of them concerns it, as does one that reaches the row's own declaration.
    #[serde(default)]
    pub concerns: Vec<String>,
    /// The claims, by column.
    #[serde(flatten)]
    pub cells: BTreeMap<String, Cell>,
}

/// Where the rows of a table come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Source {
    /// The constructors of types.
    Constructors(Vec<String>),
    /// Definitions of exactly this type: `Lmx.Optimizer`, `Lmx.Program → Lmx.Program`.
    DefinitionsOf(String),
    /// All definitions of a module.
    DefinitionsIn(String),
    /// The strings in a definition, once for each definition of a type in a namespace. A row of the file is for all of these, and stands for each in turn
    /// as `{name}` and, as in file names, `{file}`.
    StringsForEach {
        /// The definition with the strings.
        strings: String,
        /// The type.
        of: String,
        /// The namespace.
        below: String,
    },
}

/// A column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its key in the rows.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// What is known.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Theorems that prove it.
    #[serde(default)]
    pub proved: Vec<String>,
    /// Theorems that prove it where no kink is met.
    #[serde(default)]
    pub off_kinks: Vec<String>,
    /// Tests: files, or `file::name` for a name that the file has.
    #[serde(default)]
    pub tested: Vec<String>,
    /// What is neither proved nor tested.
    pub open: Option<String>,
    /// Why there is nothing to claim.
    pub none: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// A row with its checked claims.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is shown: a name, or a net and a program.
    pub title: String,
    /// The declaration that it belongs to.
    pub declaration: usize,
    /// One cell for each column.
    pub cells: Vec<Cell>,
}

/// A table whose claims were checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its title.
    pub title: String,
    /// Its explanation.
    pub about: String,
    /// Column titles.
    pub columns: Vec<String>,
    /// Its rows, in the environment's order.
    pub rows: Vec<Row>,
}

/// A row as the environment has it.
struct Found {
    /// Its key in the file.
    key: String,
    title: String,
    declaration: usize,
    /// The constructor that it is.
    constructor: Option<String>,
    /// What `{name}` stands for.
    name: Option<String>,
}

impl Coverage {
    /// Reads the file's text.
    pub fn parse(text: &str) -> Result<Coverage> {
        toml::from_str(text).map_err(|e| Error::Data {
            file: FILE,
            reason: e.to_string(),
        })
    }

    /// Checks every claim against the environment and the checkout at `root`.
    pub fn check(&self, library: &Library, root: &Path) -> Result<Vec<Checked>> {
        let mut checker = Checker {
            library,
            root,
            faults: BTreeSet::new(),
            closures: BTreeMap::new(),
        };
        let tables = self.table.iter().map(|t| checker.table(t)).collect();
        if checker.faults.is_empty() {
            Ok(tables)
        } else {
            Err(Error::Faults {
                file: FILE,
                faults: checker.faults.into_iter().collect(),
            })
        }
    }
}

struct Checker<'a> {
    library: &'a Library,
    root: &'a Path,
    faults: BTreeSet<String>,
    closures: BTreeMap<usize, BTreeSet<usize>>,
}

impl Checker<'_> {
    fn fault(&mut self, table: &Table, row: &str, what: &str) {
        self.faults
            .insert(format!("  {} / {row}: {what}", table.title));
    }

    fn table(&mut self, table: &Table) -> Checked {
        let found = self.rows(table);
        if found.is_empty() {
            self.fault(table, "rows", "the environment has none of these");
        }
        let keys: BTreeSet<&str> = found.iter().map(|f| f.key.as_str()).collect();
        for key in table.row.keys() {
            if !keys.contains(key.as_str()) {
                self.fault(table, key, "the environment has no such row: remove it");
            }
        }
        let columns: BTreeSet<&str> = table.columns.iter().map(|c| c.id.as_str()).collect();
        for (row, cells) in table
            .row
            .iter()
            .map(|(k, v)| (k.as_str(), &v.cells))
            .chain([("default", &table.default)])
        {
            for id in cells.keys().filter(|id| !columns.contains(id.as_str())) {
                self.fault(table, row, &format!("there is no column {id}"));
            }
        }
        let mut rows = Vec::new();
        for row in &found {
            let Some(own) = table.row.get(&row.key) else {
                self.fault(
                    table,
                    &row.key,
                    "has no row: say what is proved or tested of it, or that it is open",
                );
                continue;
            };
            let mut concerns = vec![row.declaration];
            for name in &own.concerns {
                match self.library.find(name) {
                    Some(i) => concerns.push(i),
                    None => self.fault(
                        table,
                        &row.key,
                        &format!("{name} is not in the environment"),
                    ),
                }
            }
            let mut cells = Vec::new();
            for column in &table.columns {
                match own
                    .cells
                    .get(&column.id)
                    .or_else(|| table.default.get(&column.id))
                {
                    Some(cell) => {
                        let cell = cell.of(row.name.as_deref());
                        self.cell(table, row, &concerns, &cell);
                        cells.push(cell);
                    }
                    None => self.fault(
                        table,
                        &row.key,
                        &format!("says nothing in column {}", column.id),
                    ),
                }
            }
            rows.push(Row {
                title: row.title.clone(),
                declaration: row.declaration,
                cells,
            });
        }
        Checked {
            title: table.title.clone(),
            about: table.about.clone(),
            columns: table.columns.iter().map(|c| c.title.clone()).collect(),
            rows,
        }
    }

    fn rows(&mut self, table: &Table) -> Vec<Found> {
        let library = self.library;
        let definitions = |fits: &dyn Fn(&crate::model::Declaration) -> bool| -> Vec<usize> {
            (0..library.declarations.len())
                .filter(|&i| {
                    library
                        .get(i)
                        .is_some_and(|d| d.kind == Kind::Definition && fits(d))
                })
                .collect()
        };
        let row = |i: usize| {
            let name = library.get(i).map_or("", |d| &d.name).to_string();
            Found {
                title: name.clone(),
                key: name,
                declaration: i,
                constructor: None,
                name: None,
            }
        };
        match &table.rows {
            Source::Constructors(types) => {
                let mut rows = Vec::new();
                for name in types {
                    let Some(i) = library.find(name) else {
                        self.fault(table, "rows", &format!("there is no type {name}"));
                        continue;
                    };
                    for c in library.get(i).into_iter().flat_map(|d| &d.constructors) {
                        rows.push(Found {
                            key: c.clone(),
                            title: c.clone(),
                            declaration: i,
                            constructor: Some(c.clone()),
                            name: None,
                        });
                    }
                }
                rows
            }
            Source::DefinitionsOf(signature) => {
                definitions(&|d| d.signature.as_deref() == Some(signature))
                    .into_iter()
                    .map(row)
                    .collect()
            }
            Source::DefinitionsIn(module) => definitions(&|d| d.module == *module)
                .into_iter()
                .map(row)
                .collect(),
            Source::StringsForEach { strings, of, below } => {
                let inside = |name: &str| {
                    let rest = name.strip_prefix(below.as_str());
                    rest.is_some_and(|rest| rest.starts_with('.'))
                };
                let texts = library
                    .find(strings)
                    .and_then(|i| library.get(i))
                    .map_or(&[][..], |d| &d.strings);
                let mut rows = Vec::new();
                for i in definitions(&|d| d.signature.as_deref() == Some(of) && inside(&d.name)) {
                    let name = library.get(i).map_or("", |d| last(&d.name)).to_string();
                    rows.extend(texts.iter().map(|text| Found {
                        key: text.clone(),
                        title: format!("{name} · {text}"),
                        declaration: i,
                        constructor: None,
                        name: Some(name.clone()),
                    }));
                }
                rows
            }
        }
    }

    fn cell(&mut self, table: &Table, row: &Found, concerns: &[usize], cell: &Cell) {
        let claims = cell.proved.len() + cell.off_kinks.len() + cell.tested.len();
        let says_nothing = usize::from(cell.open.is_some()) + usize::from(cell.none.is_some());
        if claims == 0 && says_nothing != 1 || claims > 0 && cell.none.is_some() {
            self.fault(
                table,
                &row.title,
                "a cell has claims, or `open`, or `none` with the reason",
            );
        }
        for name in cell.proved.iter().chain(&cell.off_kinks) {
            if let Err(what) = self.theorem(row, concerns, name) {
                self.fault(table, &row.title, &format!("{name} {what}"));
            }
        }
        for test in &cell.tested {
            if let Err(what) = self.test(test) {
                self.fault(table, &row.title, &format!("{test} {what}"));
            }
        }
    }

    /// A theorem that is proved and concerns the row: its statement mentions the row's constructor if it mentions constructors of that type at
    /// all, and statement and proof reach the row's declaration or one that stands for it.
    fn theorem(
        &mut self,
        row: &Found,
        concerns: &[usize],
        name: &str,
    ) -> std::result::Result<(), String> {
        let library = self.library;
        let (i, d) = library
            .find(name)
            .and_then(|i| Some((i, library.get(i)?)))
            .ok_or("is not in the environment")?;
        if d.kind != Kind::Theorem || library.status(d) != Status::Proved {
            return Err("is not a proved theorem".into());
        }
        if let Some(constructor) = &row.constructor {
            let family = library
                .get(row.declaration)
                .map_or(&[][..], |d| &d.constructors);
            let others: Vec<&str> = family
                .iter()
                .filter(|c| d.mentions.contains(*c))
                .map(|c| last(c))
                .collect();
            if !others.is_empty() && !d.mentions.contains(constructor) {
                return Err(format!("speaks of {}", others.join(", ")));
            }
        }
        let closure = self.closures.entry(i).or_insert_with(|| library.closure(i));
        if concerns.iter().any(|c| closure.contains(c)) {
            Ok(())
        } else {
            Err("does not reach what the row is about".into())
        }
    }

    fn test(&self, test: &str) -> std::result::Result<(), String> {
        let (file, name) = match test.split_once("::") {
            Some((file, name)) => (file, Some(name)),
            None => (test, None),
        };
        let path = self.root.join(file);
        let Some(name) = name else {
            return if path.is_file() {
                Ok(())
            } else {
                Err("is not in the checkout".into())
            };
        };
        let text = fs::read_to_string(&path).map_err(|e| format!("cannot be read: {e}"))?;
        let defined = ["fn ", "def "]
            .iter()
            .any(|word| text.contains(&format!("{word}{name}(")));
        if defined {
            Ok(())
        } else {
            Err("names no test of that file".into())
        }
    }
}

impl Cell {
    fn of(&self, name: Option<&str>) -> Cell {
        let Some(name) = name else {
            return self.clone();
        };
        let file = kebab(name);
        let put = |text: &String| text.replace("{name}", name).replace("{file}", &file);
        let all = |texts: &[String]| texts.iter().map(put).collect();
        Cell {
            proved: all(&self.proved),
            off_kinks: all(&self.off_kinks),
            tested: all(&self.tested),
            open: self.open.as_ref().map(put),
            none: self.none.as_ref().map(put),
            note: self.note.as_ref().map(put),
        }
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// `mnistCnn` as `mnist-cnn`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Declaration;

    fn library() -> Library {
        let mut op = Declaration::example("Lmx.Op", Kind::Inductive);
        op.constructors = vec!["Lmx.Op.dot".into(), "Lmx.Op.pad".into()];
        let mut dot = Declaration::example("Lmx.pullsBack_dot", Kind::Theorem);
        dot.stated = BTreeSet::from([0]);
        dot.mentions = BTreeSet::from(["Lmx.Op.dot".into()]);
        let mut all = Declaration::example("Lmx.pullsBack", Kind::Theorem);
        all.proved = BTreeSet::from([1]);
        let mut bad = Declaration::example("Lmx.guess", Kind::Theorem);
        bad.stated = BTreeSet::from([0]);
        bad.axioms = BTreeSet::from(["sorryAx".into()]);
        let far = Declaration::example("Lmx.elsewhere", Kind::Theorem);
        let mut net = Declaration::example("Lmx.Nets.mnistCnn", Kind::Definition);
        net.signature = Some("Lmx.NetSpec".into());
        let mut graph = Declaration::example("Lmx.graph", Kind::Definition);
        graph.strings = vec!["grad".into()];
        Library::new(vec![op, dot, all, bad, far, net, graph], BTreeSet::new())
    }

    fn check(rows: &str) -> std::result::Result<Vec<Checked>, String> {
        let text = format!(
            "[[table]]\ntitle = \"Ops\"\nabout = \"\"\nrows = {{ constructors = [\"Lmx.Op\"] }}\ncolumns = [{{ id = \"adjoint\", title = \"Adjoint\" }}]\n{rows}"
        );
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.rs"), "fn executes() {}").unwrap();
        Coverage::parse(&text)
            .and_then(|c| c.check(&library(), folder.path()))
            .map_err(|e| e.to_string())
    }

    const PAD: &str = "[table.row.\"Lmx.Op.pad\"]\nadjoint = { open = \"later\" }\n";

    fn dot(cell: &str) -> std::result::Result<Vec<Checked>, String> {
        check(&format!(
            "[table.row.\"Lmx.Op.dot\"]\nadjoint = {cell}\n{PAD}"
        ))
    }

    #[test]
    fn claims_that_hold_are_kept_in_the_environments_order() {
        let tables = dot("{ proved = [\"Lmx.pullsBack_dot\", \"Lmx.pullsBack\"], tested = [\"t.rs\", \"t.rs::executes\"] }").unwrap();
        let titles: Vec<&str> = tables[0].rows.iter().map(|r| r.title.as_str()).collect();
        assert_eq!(titles, ["Lmx.Op.dot", "Lmx.Op.pad"]);
    }

    #[test]
    fn a_new_op_without_a_row_fails() {
        let e = check("[table.row.\"Lmx.Op.dot\"]\nadjoint = { open = \"x\" }\n").unwrap_err();
        assert!(e.contains("Ops / Lmx.Op.pad: has no row"), "{e}");
    }

    #[test]
    fn a_row_that_is_no_more_fails() {
        let e = check(&format!(
            "[table.default]\nadjoint = {{ open = \"x\" }}\n[table.row.\"Lmx.Op.gone\"]\n[table.row.\"Lmx.Op.dot\"]\n{PAD}"
        ))
        .unwrap_err();
        assert!(
            e.contains("Ops / Lmx.Op.gone: the environment has no such row"),
            "{e}"
        );
        assert!(!e.contains("Lmx.Op.dot"), "{e}");
    }

    #[test]
    fn a_claim_that_does_not_hold_fails() {
        for (cell, reason) in [
            (
                "{ proved = [\"Lmx.nothing\"] }",
                "Lmx.nothing is not in the environment",
            ),
            (
                "{ proved = [\"Lmx.guess\"] }",
                "Lmx.guess is not a proved theorem",
            ),
            (
                "{ proved = [\"Lmx.graph\"] }",
                "Lmx.graph is not a proved theorem",
            ),
            (
                "{ off_kinks = [\"Lmx.elsewhere\"] }",
                "does not reach what the row is about",
            ),
            ("{ tested = [\"u.rs\"] }", "u.rs is not in the checkout"),
            (
                "{ tested = [\"t.rs::exec\"] }",
                "names no test of that file",
            ),
            ("{ }", "a cell has claims, or `open`, or `none`"),
            (
                "{ none = \"a\", tested = [\"t.rs\"] }",
                "a cell has claims, or `open`, or `none`",
            ),
        ] {
            let e = dot(cell).unwrap_err();
            assert!(e.contains(reason), "{cell}: {e}");
        }
        let e = check("[table.row.\"Lmx.Op.dot\"]\nadjoint = { open = \"x\" }\n[table.row.\"Lmx.Op.pad\"]\nadjoint = { proved = [\"Lmx.pullsBack_dot\"] }\n").unwrap_err();
        assert!(e.contains("Lmx.pullsBack_dot speaks of dot"), "{e}");
        let e = dot("{ open = \"x\" }\nsecond = { open = \"x\" }").unwrap_err();
        assert!(e.contains("there is no column second"), "{e}");
    }

    #[test]
    fn a_row_may_say_what_stands_for_it() {
        let rows = |name: &str| {
            check(&format!(
                "[table.row.\"Lmx.Op.dot\"]\nconcerns = [\"{name}\"]\nadjoint = {{ proved = [\"Lmx.elsewhere\"] }}\n{PAD}"
            ))
        };
        assert!(rows("Lmx.elsewhere").is_ok());
        let e = rows("Lmx.graph").unwrap_err();
        assert!(e.contains("Lmx.elsewhere does not reach"), "{e}");
        let e = rows("Lmx.nothing").unwrap_err();
        assert!(e.contains("Lmx.nothing is not in the environment"), "{e}");
    }

    #[test]
    fn a_program_has_a_row_for_every_net() {
        let text = "[[table]]\ntitle = \"P\"\nabout = \"\"\nrows = { strings_for_each = { strings = \"Lmx.graph\", of = \"Lmx.NetSpec\", below = \"Lmx.Nets\" } }\ncolumns = [{ id = \"a\", title = \"A\" }]\n[table.row.grad]\na = { open = \"{name} {file}\" }\n";
        let tables = Coverage::parse(text)
            .unwrap()
            .check(&library(), Path::new("/"))
            .unwrap();
        let row = &tables[0].rows[0];
        assert_eq!(row.title, "mnistCnn · grad");
        assert_eq!(row.cells[0].open.as_deref(), Some("mnistCnn mnist-cnn"));
    }
}
