//! The coverage page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::coverage::{Cell, Checked};
use crate::html::{Names, breakable, escape, inline, short};
use crate::model::Library;
use crate::page::page;

const TEMPLATE: &str = include_str!("../assets/coverage.html");

/// The page's text.
pub fn render(library: &Library, tables: &[Checked]) -> String {
    let mut out = String::new();
    for table in tables {
        let _ = write!(
            out,
            "<section><h2>{}</h2><p>{}</p><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><thead><tr><th scope=\"col\"></th>",
            escape(&table.title),
            inline(&table.about, &Names::default()),
            escape(&table.title),
        );
        for column in &table.columns {
            let _ = write!(out, "<th scope=\"col\">{}</th>", escape(column));
        }
        out.push_str("</tr></thead><tbody>");
        for row in &table.rows {
            let name = library.get(row.declaration).map_or("", |d| &d.name);
            let _ = write!(
                out,
                "<tr><th scope=\"row\"><a href=\"index.html#{}\">{}</a></th>",
                escape(name),
                escape(short(&row.title))
            );
            for cell in &row.cells {
                let _ = write!(out, "<td>{}</td>", show(cell));
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table></div></section>");
    }
    let values = [("tables", out.as_str()), ("counts", &counts(tables))];
    page("coverage", TEMPLATE, &values)
}

fn show(cell: &Cell) -> String {
    let mut out = String::new();
    let mut claim = |class: &str, word: &str, items: Vec<String>| {
        if !items.is_empty() {
            let _ = write!(
                out,
                "<span class=\"mark {class}\">{word}</span><ul>{}</ul>",
                items.concat()
            );
        }
    };
    let theorems = |names: &[String]| -> Vec<String> {
        names
            .iter()
            .map(|n| {
                format!(
                    "<li><a href=\"index.html#{}\"><code>{}</code></a></li>",
                    escape(n),
                    breakable(short(n))
                )
            })
            .collect()
    };
    claim("proved", "proved", theorems(&cell.proved));
    claim("kinks", "proved off kinks", theorems(&cell.off_kinks));
    claim(
        "tested",
        "tested",
        cell.tested.iter().map(|t| test(t)).collect(),
    );
    if let Some(reason) = &cell.open {
        let _ = write!(
            out,
            "<span class=\"mark open\">open</span><small>{}</small>",
            inline(reason, &Names::default())
        );
    }
    if let Some(reason) = &cell.none {
        let _ = write!(
            out,
            "<span class=\"mark none\">{}</span>",
            inline(reason, &Names::default())
        );
    }
    if let Some(note) = &cell.note {
        let _ = write!(out, "<small>{}</small>", inline(note, &Names::default()));
    }
    out
}

/// A test or a snapshot by its last name; the path is its title.
fn test(path: &str) -> String {
    let (file, name) = path.split_once("::").unwrap_or((path, ""));
    let file_name = file.rsplit('/').next().unwrap_or(file);
    let snapshot = file_name.strip_suffix(".snap").unwrap_or(file_name);
    let snapshot = snapshot.split_once("__").map_or(snapshot, |(_, s)| s);
    let text = if name.is_empty() { snapshot } else { name };
    format!(
        "<li title=\"{}\"><code>{}</code></li>",
        escape(path),
        breakable(text)
    )
}

fn counts(tables: &[Checked]) -> String {
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for cell in tables.iter().flat_map(|t| &t.rows).flat_map(|r| &r.cells) {
        let kind = if !cell.proved.is_empty() {
            "proved"
        } else if !cell.off_kinks.is_empty() {
            "kinks"
        } else if !cell.tested.is_empty() {
            "tested"
        } else if cell.open.is_some() {
            "open"
        } else {
            continue;
        };
        *all.entry(kind).or_default() += 1;
    }
    [
        ("proved", "proved"),
        ("kinks", "proved off kinks"),
        ("tested", "tested only"),
        ("open", "open"),
    ]
    .iter()
    .map(|(class, word)| {
        format!(
            "<span class=\"mark {class}\">{} {word}</span>",
            all.get(class).copied().unwrap_or(0)
        )
    })
    .collect()
}
