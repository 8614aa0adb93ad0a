//! Where the graph's nodes stand: chapters are bands from top to bottom, each with rows in which every node stands below what it
//! depends on. Nothing is random, so the same library gives the same picture.

use std::collections::BTreeMap;

use crate::graph::Graph;

/// Columns of nodes in a band.
pub const COLUMNS: usize = 7;
/// Width of a node.
pub const NODE_WIDTH: f64 = 184.0;
/// Height of a node.
pub const NODE_HEIGHT: f64 = 42.0;
const COLUMN_STEP: f64 = 204.0;
const ROW_STEP: f64 = 70.0;
const MARGIN: f64 = 24.0;
const TITLE_HEIGHT: f64 = 72.0;
const BAND_GAP: f64 = 28.0;
const SWEEPS: usize = 24;

/// A chapter's band.
#[derive(Clone, Debug)]
pub struct Band {
    /// The chapter's number.
    pub chapter: usize,
    /// Upper edge.
    pub y: f64,
    /// Height.
    pub height: f64,
}

/// The picture's geometry.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Width of the picture.
    pub width: f64,
    /// Height of the picture.
    pub height: f64,
    /// The bands, from the top.
    pub bands: Vec<Band>,
    /// The upper left corner of each node.
    pub places: BTreeMap<usize, (f64, f64)>,
    /// Where each edge (from, to) leaves the upper node and enters the lower one.
    pub ports: BTreeMap<(usize, usize), (f64, f64)>,
    /// Nodes in reading order: band by band, row by row.
    pub order: Vec<usize>,
}

struct Row {
    chapter: usize,
    nodes: Vec<usize>,
}

/// Places the nodes. `chapter_of` gives each declaration's chapter.
pub fn place(graph: &Graph, chapter_of: &[usize]) -> Layout {
    let mut rows = rows(graph, chapter_of);
    let neighbours = neighbours(graph);
    let mut slots: BTreeMap<usize, f64> = BTreeMap::new();
    for row in &mut rows {
        settle(row, &mut slots, None);
    }
    for sweep in 0..SWEEPS {
        let order: Vec<usize> = if sweep % 2 == 0 {
            (0..rows.len()).collect()
        } else {
            (0..rows.len()).rev().collect()
        };
        for r in order {
            if let Some(row) = rows.get_mut(r) {
                settle(row, &mut slots, Some((&neighbours, chapter_of)));
            }
        }
    }
    let mut layout = draw(&rows, &slots);
    layout.ports = ports(graph, &layout.places);
    layout
}

/// Spreads the edges over the lower and upper edges of the nodes, in the order of their other ends, so that they do not run together.
fn ports(
    graph: &Graph,
    places: &BTreeMap<usize, (f64, f64)>,
) -> BTreeMap<(usize, usize), (f64, f64)> {
    let mut below: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (&i, uses) in &graph.edges {
        for &u in uses.keys() {
            below.entry(u).or_default().push(i);
        }
    }
    let place = |i: usize| places.get(&i).copied().unwrap_or_default();
    let spread = |node: usize, others: &mut Vec<usize>| -> Vec<(usize, f64)> {
        others.sort_by(|&a, &b| {
            let (a, b) = (place(a), place(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let room = NODE_WIDTH - 36.0;
        let n = others.len();
        let step = if n > 1 {
            (room / (n as f64 - 1.0)).min(14.0)
        } else {
            0.0
        };
        let first = place(node).0 + NODE_WIDTH / 2.0 - step * (n as f64 - 1.0) / 2.0;
        let at = |(k, &other): (usize, &usize)| (other, first + step * k as f64);
        others.iter().enumerate().map(at).collect()
    };
    let mut ports: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for (u, mut to) in below {
        for (i, x) in spread(u, &mut to) {
            ports.entry((u, i)).or_default().0 = x;
        }
    }
    for (&i, uses) in &graph.edges {
        for (u, x) in spread(i, &mut uses.keys().copied().collect()) {
            ports.entry((u, i)).or_default().1 = x;
        }
    }
    ports
}

/// Rows of at most `COLUMNS` nodes, each node below those of its chapter that it depends on; nodes on which long chains rest come first.
fn rows(graph: &Graph, chapter_of: &[usize]) -> Vec<Row> {
    let chapter = |i: usize| chapter_of.get(i).copied().unwrap_or(0);
    let mut height: BTreeMap<usize, usize> = BTreeMap::new();
    for (&i, uses) in graph.edges.iter().rev() {
        let own = height.get(&i).copied().unwrap_or(0);
        for &u in uses.keys().filter(|&&u| chapter(u) == chapter(i)) {
            let h = height.entry(u).or_default();
            *h = (*h).max(own + 1);
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &i in &graph.shown {
        members.entry(chapter(i)).or_default().push(i);
    }
    let mut rows = Vec::new();
    for (number, mut waiting) in members {
        waiting.sort_by_key(|i| (std::cmp::Reverse(height.get(i).copied().unwrap_or(0)), *i));
        let mut placed: BTreeMap<usize, usize> = BTreeMap::new();
        let first = rows.len();
        while !waiting.is_empty() {
            let depth = rows.len() - first;
            let ready = |i: &usize, placed: &BTreeMap<usize, usize>| {
                graph.edges.get(i).is_none_or(|uses| {
                    uses.keys()
                        .filter(|&&u| chapter(u) == number)
                        .all(|u| placed.get(u).is_some_and(|&d| d < depth))
                })
            };
            let row: Vec<usize> = waiting
                .iter()
                .copied()
                .filter(|i| ready(i, &placed))
                .take(COLUMNS)
                .collect();
            // Edges point backwards, so that the first in the library's order is always ready; were it not, it is placed anyway.
            let row = if row.is_empty() {
                waiting.iter().copied().min().into_iter().collect()
            } else {
                row
            };
            waiting.retain(|i| !row.contains(i));
            placed.extend(row.iter().map(|&i| (i, depth)));
            rows.push(Row {
                chapter: number,
                nodes: row,
            });
        }
    }
    rows
}

fn neighbours(graph: &Graph) -> BTreeMap<usize, Vec<usize>> {
    let mut all: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (&i, uses) in &graph.edges {
        for &u in uses.keys() {
            all.entry(i).or_default().push(u);
            all.entry(u).or_default().push(i);
        }
    }
    all
}

type Context<'a> = (&'a BTreeMap<usize, Vec<usize>>, &'a [usize]);

/// Orders a row by the mean place of its nodes' neighbours, those of its own chapter counting four times, and gives each node a column as near to
/// that as the order allows. Without neighbours to go by, the row is centred in the library's order.
fn settle(row: &mut Row, slots: &mut BTreeMap<usize, f64>, context: Option<Context<'_>>) {
    let n = row.nodes.len();
    let middle = (COLUMNS as f64 - 1.0) / 2.0;
    let mut wanted: Vec<(f64, usize)> = row
        .nodes
        .iter()
        .enumerate()
        .map(|(k, &i)| {
            let at_rest = middle + k as f64 - (n as f64 - 1.0) / 2.0;
            let Some((neighbours, chapter_of)) = context else {
                return (at_rest, i);
            };
            let own = slots.get(&i).copied().unwrap_or(at_rest);
            let (mut sum, mut weight) = (own * 0.5, 0.5);
            for u in neighbours.get(&i).into_iter().flatten() {
                let near = chapter_of.get(*u) == chapter_of.get(i);
                let w = if near { 4.0 } else { 1.0 };
                if let Some(x) = slots.get(u) {
                    sum += x * w;
                    weight += w;
                }
            }
            (sum / weight, i)
        })
        .collect();
    wanted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let columns = assign(&wanted.iter().map(|w| w.0).collect::<Vec<_>>());
    row.nodes = wanted.iter().map(|w| w.1).collect();
    for (&(_, i), column) in wanted.iter().zip(columns) {
        slots.insert(i, column as f64);
    }
}

/// Columns in ascending order, at the least sum of squared distances from the wanted places.
fn assign(wanted: &[f64]) -> Vec<usize> {
    let n = wanted.len();
    let cost = |k: usize, c: usize| (wanted.get(k).copied().unwrap_or(0.0) - c as f64).powi(2);
    // best[k][c]: the least cost of the first k places in the first c columns.
    let mut best = vec![vec![f64::INFINITY; COLUMNS + 1]; n + 1];
    best[0] = vec![0.0; COLUMNS + 1];
    for k in 1..=n {
        for c in k..=COLUMNS {
            best[k][c] = best[k][c - 1].min(best[k - 1][c - 1] + cost(k - 1, c - 1));
        }
    }
    let mut columns = vec![0; n];
    let mut c = COLUMNS;
    for k in (1..=n).rev() {
        while c > k && best[k][c - 1] <= best[k - 1][c - 1] + cost(k - 1, c - 1) {
            c -= 1;
        }
        columns[k - 1] = c - 1;
        c -= 1;
    }
    columns
}

fn draw(rows: &[Row], slots: &BTreeMap<usize, f64>) -> Layout {
    let mut layout = Layout {
        width: 2.0 * MARGIN + COLUMN_STEP * (COLUMNS as f64 - 1.0) + NODE_WIDTH,
        ..Layout::default()
    };
    let mut y = 0.0;
    for (k, row) in rows.iter().enumerate() {
        let starts = k == 0 || rows.get(k - 1).is_some_and(|r| r.chapter != row.chapter);
        if starts {
            if k > 0 {
                y += BAND_GAP;
            }
            layout.bands.push(Band {
                chapter: row.chapter,
                y,
                height: TITLE_HEIGHT,
            });
            y += TITLE_HEIGHT;
        }
        for &i in &row.nodes {
            let column = slots.get(&i).copied().unwrap_or(0.0);
            layout.places.insert(i, (MARGIN + column * COLUMN_STEP, y));
            layout.order.push(i);
        }
        y += ROW_STEP;
        if let Some(band) = layout.bands.last_mut() {
            band.height += ROW_STEP;
        }
    }
    layout.height = y;
    layout
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Dependence;

    fn graph(edges: &[(usize, &[usize])]) -> Graph {
        Graph {
            shown: edges.iter().map(|e| e.0).collect(),
            edges: edges
                .iter()
                .map(|(i, uses)| (*i, uses.iter().map(|&u| (u, Dependence::Proved)).collect()))
                .collect(),
        }
    }

    #[test]
    fn a_node_stands_below_what_it_depends_on_and_no_two_overlap() {
        let edges: Vec<(usize, Vec<usize>)> = (0..60)
            .map(|i| (i, (0..i).filter(|u| (i * 7 + u * 3) % 11 == 0).collect()))
            .collect();
        let edges: Vec<(usize, &[usize])> = edges.iter().map(|(i, u)| (*i, u.as_slice())).collect();
        let graph = graph(&edges);
        let chapters: Vec<usize> = (0..60).map(|i| i / 20).collect();
        let layout = place(&graph, &chapters);
        assert_eq!(layout.places.len(), 60);
        for (i, uses) in &graph.edges {
            for u in uses.keys() {
                assert!(layout.places[u].1 < layout.places[i].1, "{u} above {i}");
            }
        }
        let places: Vec<&(f64, f64)> = layout.places.values().collect();
        for (k, a) in places.iter().enumerate() {
            for b in &places[..k] {
                let apart = (a.0 - b.0).abs() >= NODE_WIDTH || (a.1 - b.1).abs() >= NODE_HEIGHT;
                assert!(apart, "{a:?} and {b:?} overlap");
            }
        }
        assert_eq!(layout.bands.len(), 3);
        assert_eq!(
            format!("{layout:?}"),
            format!("{:?}", place(&graph, &chapters))
        );
    }

    #[test]
    fn columns_are_as_near_as_the_order_allows() {
        assert_eq!(assign(&[3.2]), [3]);
        assert_eq!(assign(&[3.0, 3.1]), [3, 4]);
        assert_eq!(assign(&[0.0, 0.0, 6.0]), [0, 1, 6]);
        assert_eq!(assign(&[3.0; 7]), [0, 1, 2, 3, 4, 5, 6]);
    }
}
