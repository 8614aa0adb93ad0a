//! The graph as SVG. It works without a script: every node is a link to its declaration.

use std::fmt::Write as _;

use crate::chapters::Chapters;
use crate::graph::{Dependence, Graph};
use crate::html::{escape, short};
use crate::layout::{Layout, NODE_HEIGHT, NODE_WIDTH};
use crate::model::{Declaration, Library};

/// The most characters on a line of a node's label.
const LINE: usize = 23;

/// Draws the graph.
pub fn draw(
    library: &Library,
    chapters: &Chapters,
    chapter_of: &[usize],
    graph: &Graph,
    layout: &Layout,
) -> String {
    let mut svg = String::with_capacity(graph.size() * 120 + layout.order.len() * 300);
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w:.0} {h:.0}\" width=\"{w:.0}\" height=\"{h:.0}\" role=\"group\" aria-label=\"Dependency graph\">",
        w = layout.width,
        h = layout.height
    );
    for band in &layout.bands {
        let Some(chapter) = chapters.chapter.get(band.chapter) else {
            continue;
        };
        let _ = write!(
            svg,
            "<g class=\"band\" id=\"chapter-{id}\"><rect x=\"0.5\" y=\"{y:.1}\" width=\"{w:.0}\" height=\"{h:.1}\" rx=\"10\"/><text class=\"title\" x=\"24\" y=\"{ty:.1}\">{title}</text><text class=\"about\" x=\"24\" y=\"{ay:.1}\">{about}</text></g>",
            id = escape(&chapter.id),
            y = band.y + 0.5,
            w = layout.width - 1.0,
            h = band.height - 1.0,
            ty = band.y + 30.0,
            ay = band.y + 51.0,
            title = escape(&chapter.title),
            about = escape(&chapter.about),
        );
    }
    svg.push_str("<g class=\"edges\" fill=\"none\" aria-hidden=\"true\">");
    let chapter_at = |y: f64| layout.bands.iter().rposition(|b| b.y <= y);
    for (&i, uses) in &graph.edges {
        for (&u, how) in uses {
            let (Some(&(x0, y0)), Some(&(x1, y1))) = (layout.places.get(&u), layout.places.get(&i))
            else {
                continue;
            };
            let far = chapter_at(y0) != chapter_at(y1);
            let class = match (how, far) {
                (Dependence::Stated, false) => "e",
                (Dependence::Stated, true) => "e far",
                (Dependence::Proved, false) => "e p",
                (Dependence::Proved, true) => "e p far",
            };
            let _ = write!(
                svg,
                "<path class=\"{class}\" data-f=\"{u}\" data-t=\"{i}\" d=\"{}\"/>",
                curve(
                    layout.ports.get(&(u, i)).copied().unwrap_or((x0, x1)),
                    y0,
                    y1
                )
            );
        }
    }
    svg.push_str("</g><g class=\"nodes\">");
    for &i in &layout.order {
        if let (Some(d), Some(&place)) = (library.get(i), layout.places.get(&i)) {
            let namespace = chapter_of
                .get(i)
                .and_then(|&k| chapters.chapter.get(k))
                .and_then(|c| c.namespace.as_deref());
            node(&mut svg, library, d, label(&d.name, namespace), i, place);
        }
    }
    svg.push_str("</g></svg>");
    svg
}

/// From the lower edge of the upper node to the upper edge of the lower one.
fn curve((ax, bx): (f64, f64), y0: f64, by: f64) -> String {
    let ay = y0 + NODE_HEIGHT;
    let bend = ((by - ay).abs() * 0.5).clamp(10.0, 90.0);
    format!(
        "M{ax:.0} {ay:.0}C{ax:.0} {:.0} {bx:.0} {:.0} {bx:.0} {by:.0}",
        ay + bend,
        by - bend
    )
}

/// A name without its chapter's namespace.
fn label<'a>(name: &'a str, namespace: Option<&str>) -> &'a str {
    namespace
        .and_then(|n| name.strip_prefix(n)?.strip_prefix('.'))
        .unwrap_or(short(name))
}

fn node(
    svg: &mut String,
    library: &Library,
    d: &Declaration,
    label: &str,
    i: usize,
    (x, y): (f64, f64),
) {
    let status = library.status(d);
    let kind = if d.kind.is_type() { "type" } else { "" };
    let _ = write!(
        svg,
        "<a class=\"n {status} {kind}\" href=\"#{name}\" data-i=\"{i}\" aria-label=\"{full_name}, {word}\"><title>{full}</title><rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"{NODE_WIDTH}\" height=\"{NODE_HEIGHT}\" rx=\"{rx}\"/>",
        status = status.class(),
        name = escape(&d.name),
        full_name = escape(short(&d.name)),
        word = match status {
            crate::model::Status::Defined => d.kind.word(),
            s => s.word(),
        },
        full = escape(&tooltip(d)),
        rx = if d.kind.is_type() { 3 } else { 9 },
    );
    let lines = lines(label);
    let first = y + NODE_HEIGHT / 2.0 + 4.5 - 7.5 * (lines.len() as f64 - 1.0);
    for (k, line) in lines.iter().enumerate() {
        let _ = write!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.1}\">{}</text>",
            x + NODE_WIDTH / 2.0,
            first + 15.0 * k as f64,
            escape(line)
        );
    }
    svg.push_str("</a>");
}

fn tooltip(d: &Declaration) -> String {
    let doc = d.doc.as_deref().unwrap_or("");
    let first = doc.split("\n\n").next().unwrap_or("");
    let first = first.replace(['\n', '`', '*'], " ");
    format!(
        "{}\n{}",
        d.name,
        first.split_whitespace().collect::<Vec<_>>().join(" ")
    )
}

/// A name on at most two lines, broken after a dot or an underscore or before a capital; what is too long loses its middle.
fn lines(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    if chars.len() <= LINE {
        return vec![name.to_string()];
    }
    let may_break = |k: usize| match (k.checked_sub(1).and_then(|j| chars.get(j)), chars.get(k)) {
        (Some('.' | '_'), _) => 0,
        (Some(a), Some(b)) if a.is_lowercase() && b.is_uppercase() => 4,
        _ => 100,
    };
    let half = chars.len().div_ceil(2);
    let at = (1..chars.len())
        .min_by_key(|&k| {
            let longest = k.max(chars.len() - k);
            may_break(k) + k.abs_diff(half) + 50 * longest.saturating_sub(LINE)
        })
        .unwrap_or(half);
    let (a, b) = chars.split_at(at);
    vec![shortened(a), shortened(b)]
}

fn shortened(line: &[char]) -> String {
    if line.len() <= LINE {
        return line.iter().collect();
    }
    let keep = LINE / 2;
    let end = line.len() - (LINE - keep - 1);
    let head: String = line.iter().take(keep).collect();
    let tail: String = line.iter().skip(end).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_break_where_names_do() {
        assert_eq!(lines("trainStep_correct"), ["trainStep_correct"]);
        assert_eq!(
            lines("Textbook.softmaxCrossEntropy_has_vjp"),
            ["Textbook.softmax", "CrossEntropy_has_vjp"]
        );
        assert_eq!(
            lines("Program.Typed.finish_of_something"),
            ["Program.Typed.", "finish_of_something"]
        );
        for line in lines("a_name_that_is_much_longer_than_two_lines_of_a_node_can_hold_x") {
            assert!(line.chars().count() <= LINE, "{line}");
        }
    }
}
