//! The blueprint page: the graph, and every declaration with its statement.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::chapters::Chapters;
use crate::graph::Graph;
use crate::html::{Names, breakable, code, escape, link, prose, short};
use crate::layout;
use crate::model::{Declaration, Kind, Library, Status};
use crate::svg;

const HEAD: &str = include_str!("../assets/head.html");
const TEMPLATE: &str = include_str!("../assets/index.html");
const STYLE: &str = include_str!("../assets/style.css");
const SCRIPT: &str = include_str!("../assets/blueprint.js");
const THEME: &str = include_str!("../assets/theme.js");

/// Fills a template's `{{name}}` places. Values are not searched for places.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out =
        String::with_capacity(template.len() + values.iter().map(|v| v.1.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        out.push_str(values.iter().find(|v| v.0 == name).map_or("", |v| v.1));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A self-contained page: the head that the pages share, and a body from its template.
pub fn page(title: &str, body: &str, values: &[(&str, &str)]) -> String {
    let head = fill(
        HEAD,
        &[("title", title), ("style", STYLE), ("theme", THEME)],
    );
    head + &fill(body, values)
}

/// The page's text.
pub fn render(
    library: &Library,
    chapters: &Chapters,
    chapter_of: &[usize],
    graph: &Graph,
) -> String {
    let layout = layout::place(graph, chapter_of);
    let graph_svg = svg::draw(library, chapters, chapter_of, graph, &layout);
    let list = list(library, chapters, chapter_of, graph);
    let contents = contents(library, chapters, chapter_of);
    let data = data(library, graph);
    let facts = facts(library, graph);
    let main = main_results(library, chapters);
    let values = [
        ("facts", facts.as_str()),
        ("main", &main),
        ("chapters", &contents),
        ("graph", &graph_svg),
        ("list", &list),
        ("data", &data),
        ("script", SCRIPT),
    ];
    page("blueprint", TEMPLATE, &values)
}

/// How much there is, and what it rests on.
fn facts(library: &Library, graph: &Graph) -> String {
    let theorems = library
        .declarations
        .iter()
        .filter(|d| d.kind == Kind::Theorem);
    let (mut proved, mut all) = (0usize, 0usize);
    let mut axioms: BTreeSet<&str> = BTreeSet::new();
    for d in theorems {
        all += 1;
        proved += usize::from(library.status(d) == Status::Proved);
        axioms.extend(d.axioms.iter().map(String::as_str));
    }
    let unsound: Vec<String> = library
        .declarations
        .iter()
        .filter(|d| library.status(d) == Status::Unsound)
        .map(|d| link(&d.name))
        .collect();
    let axioms: Vec<String> = axioms
        .iter()
        .map(|a| format!("<code>{}</code>", escape(a)))
        .collect();
    let mut text = format!(
        "<p>{} declarations, {all} of them theorems, {proved} of these proved. Axioms that the proofs name, core theorems not followed: {}. The graph shows {} declarations; lemmas without a docstring and most definitions are folded into what uses them, and open by name.</p>",
        library.declarations.len(),
        axioms.join(", "),
        graph.shown.len(),
    );
    if !unsound.is_empty() {
        let _ = write!(
            text,
            "<p class=\"alarm\">Resting on <code>sorry</code> or an axiom that is not accepted: {}.</p>",
            unsound.join(", ")
        );
    }
    text
}

fn main_results(library: &Library, chapters: &Chapters) -> String {
    let mut out = String::new();
    for d in chapters
        .main
        .iter()
        .filter_map(|n| library.find(n))
        .filter_map(|i| library.get(i))
    {
        let _ = write!(out, "<li>{}</li>", link(&d.name));
    }
    out
}

fn contents(library: &Library, chapters: &Chapters, chapter_of: &[usize]) -> String {
    let mut out = String::new();
    for (k, chapter) in chapters.chapter.iter().enumerate() {
        let members = || (0..library.declarations.len()).filter(|i| chapter_of.get(*i) == Some(&k));
        if members().next().is_none() {
            continue;
        }
        let theorems = members()
            .filter(|&i| library.get(i).is_some_and(|d| d.kind == Kind::Theorem))
            .count();
        let _ = write!(
            out,
            "<li><a href=\"#list-{id}\" data-chapter=\"{id}\"><span>{title}</span><small>{theorems} / {all}</small></a></li>",
            id = escape(&chapter.id),
            title = escape(&chapter.title),
            all = members().count(),
        );
    }
    out
}

fn list(library: &Library, chapters: &Chapters, chapter_of: &[usize], graph: &Graph) -> String {
    let mut out = String::new();
    for (k, chapter) in chapters.chapter.iter().enumerate() {
        if !chapter_of.contains(&k) {
            continue;
        }
        let _ = write!(
            out,
            "<section class=\"chapter\" aria-labelledby=\"list-{id}\"><h2 id=\"list-{id}\">{}</h2><p>{}</p>",
            escape(&chapter.title),
            escape(&chapter.about),
            id = escape(&chapter.id),
        );
        for (i, d) in library.declarations.iter().enumerate() {
            if chapter_of.get(i) == Some(&k) {
                article(&mut out, library, graph, chapter.title.as_str(), i, d);
            }
        }
        out.push_str("</section>");
    }
    out
}

fn article(
    out: &mut String,
    library: &Library,
    graph: &Graph,
    chapter: &str,
    i: usize,
    d: &Declaration,
) {
    let status = library.status(d);
    let stating = Names::of(library, d.stated.iter().copied().chain([i]));
    let names = Names::of(
        library,
        d.stated.iter().chain(&d.proved).copied().chain([i]),
    );
    let _ = write!(
        out,
        "<article class=\"d {class}{shown}\" id=\"{id}\" data-i=\"{i}\" data-kind=\"{kind}\"><h3><a href=\"#{id}\">{name}</a></h3><p class=\"meta\"><span class=\"badge {class}\">{badge}</span> {chapter} <span class=\"src\">{file}:{line}</span></p>",
        class = status.class(),
        shown = if graph.shown.contains(&i) {
            " shown"
        } else {
            ""
        },
        id = escape(&d.name),
        kind = d.kind.word(),
        name = breakable(short(&d.name)),
        badge = match status {
            Status::Defined => d.kind.word(),
            s => s.word(),
        },
        chapter = escape(chapter),
        file = breakable(&d.file).replace('/', "/<wbr>"),
        line = d.line,
    );
    if let Some(doc) = &d.doc {
        let _ = write!(out, "<div class=\"doc\">{}</div>", prose(doc, &names));
    }
    out.push_str("<pre>");
    if !d.variables.is_empty() {
        let _ = writeln!(
            out,
            "<span class=\"variables\">variable {}</span>",
            code(&d.variables.join(" "), &stating)
        );
    }
    out.push_str(&code(&d.statement, &stating));
    match &d.body {
        Some(body) if body.lines().count() <= 40 => {
            let _ = write!(
                out,
                "{}<span class=\"body\">{}</span></pre>",
                if body.starts_with('|') { "\n  " } else { " " },
                code(body, &names)
            );
        }
        Some(body) => {
            let _ = write!(
                out,
                "</pre><details><summary>Definition, {} lines</summary><pre>{}</pre></details>",
                body.lines().count(),
                code(body, &names)
            );
        }
        None => out.push_str("</pre>"),
    }
    let axioms: Vec<String> = d
        .axioms
        .iter()
        .map(|a| {
            let class = if library.accepted.contains(a) {
                ""
            } else {
                " class=\"alarm\""
            };
            format!("<code{class}>{}</code>", escape(a))
        })
        .collect();
    let _ = write!(
        out,
        "<p class=\"axioms\">Axioms: {}</p></article>",
        if axioms.is_empty() {
            "none".to_string()
        } else {
            axioms.join(", ")
        }
    );
}

/// For the script: what each declaration uses, in its statement and in its proof only, as indices.
fn data(library: &Library, graph: &Graph) -> String {
    let numbers = |set: &BTreeSet<usize>| {
        let all: Vec<String> = set.iter().map(usize::to_string).collect();
        format!("[{}]", all.join(","))
    };
    let uses: Vec<String> = library
        .declarations
        .iter()
        .map(|d| format!("[{},{}]", numbers(&d.stated), numbers(&d.proved)))
        .collect();
    format!(
        "{{\"uses\":[{}],\"shown\":{}}}",
        uses.join(","),
        numbers(&graph.shown)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_once() {
        assert_eq!(
            fill("a{{x}}b{{y}}c", &[("x", "{{y}}"), ("y", "2")]),
            "a{{y}}b2c"
        );
        assert_eq!(fill("{{none}}.", &[]), ".");
    }
}
