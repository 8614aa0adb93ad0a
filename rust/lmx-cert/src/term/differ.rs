//! Where two graphs differ first.

use lmx_graph::canonical::{Json, parse};
use lmx_graph::{Graph, to_canonical_json};

/// A place in a graph file, and what two graphs have there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) at: String,
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// The first difference, in the order of the graph file; `None` if the graphs say the same. Whose files they are does not count.
pub(crate) fn difference(expected: &Graph, found: &Graph) -> Option<Difference> {
    let same = expected.name == found.name
        && expected.spec == found.spec
        && expected.params == found.params
        && expected.programs == found.programs;
    if same {
        return None;
    }
    let (expected, found) = (to_canonical_json(expected), to_canonical_json(found));
    let somewhere = || Difference {
        at: "the graph".to_owned(),
        expected: "another".to_owned(),
        found: "this one".to_owned(),
    };
    let first = match (parse(&expected), parse(&found)) {
        (Ok(expected), Ok(found)) => walk("", &expected, &found),
        _ => None,
    };
    Some(first.unwrap_or_else(somewhere))
}

fn walk(at: &str, expected: &Json<'_>, found: &Json<'_>) -> Option<Difference> {
    if expected == found {
        return None;
    }
    let inside = match (expected, found) {
        (Json::Object(expected), Json::Object(found)) => {
            let dot = if at.is_empty() { "" } else { "." };
            let mut members = expected
                .iter()
                .filter_map(|(k, v)| Some((k, v, found.get(k)?)));
            members.find_map(|(k, e, f)| walk(&format!("{at}{dot}{k}"), e, f))
        }
        (Json::Array(expected), Json::Array(found)) => {
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.find_map(|(i, (e, f))| walk(&format!("{at}[{i}]"), e, f))
        }
        _ => None,
    };
    inside.or_else(|| {
        Some(Difference {
            at: at.to_owned(),
            expected: describe(expected),
            found: describe(found),
        })
    })
}

/// A value; an object by its keys, since two that differ in no common member differ in these.
fn describe(json: &Json<'_>) -> String {
    match json {
        Json::Object(object) => {
            let keys: Vec<_> = object.iter().map(|(k, _)| k).collect();
            format!("the members {}", keys.join(", "))
        }
        other => other.to_string(),
    }
}
