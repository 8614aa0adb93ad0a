//! Any bytes give an error or a graph that checks; printing and reading are inverse.

mod common;
#[path = "common/random.rs"]
mod random;

use std::sync::LazyLock;

use lmx_graph::{Graph, canonical, sha256, to_canonical_json};
use proptest::prelude::*;

static SAMPLE: LazyLock<Vec<u8>> =
    LazyLock::new(|| to_canonical_json(&common::mlp("sample", &[2, 3, 2])));

/// Bytes that are refused, or are the canonical bytes of a graph.
fn refused_or_canonical(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(graph) = Graph::from_bytes(bytes) {
        prop_assert_eq!(to_canonical_json(&graph), bytes);
        prop_assert_eq!(graph.sha256, sha256(bytes));
    }
    if let Ok(json) = canonical::parse(bytes) {
        prop_assert_eq!(json.to_bytes(), bytes);
    }
    Ok(())
}

#[test]
fn the_sample_reads_back() {
    let graph = common::mlp("sample", &[2, 3, 2]);
    assert_eq!(Graph::from_bytes(&SAMPLE).unwrap(), graph);
    assert_eq!(graph.sha256, sha256(&SAMPLE));
}

/// Proper prefixes are refused, as truncated.
#[test]
fn truncations_are_refused() {
    let last = SAMPLE.len() - 100;
    for end in (0..last).step_by(307).chain(last..SAMPLE.len()) {
        let error = Graph::from_bytes(&SAMPLE[..end]).unwrap_err().to_string();
        assert!(
            error.contains("is the file truncated?"),
            "at {end}: {error}"
        );
    }
}

/// No two files hold the same graph: a changed byte is refused, or changes the graph.
#[test]
fn a_changed_byte_counts() {
    let sample = Graph::from_bytes(&SAMPLE).unwrap();
    let mut bytes = SAMPLE.clone();
    for i in (0..bytes.len()).step_by(103) {
        let old = bytes[i];
        for new in [old ^ 1, b'0', b'"'] {
            bytes[i] = new;
            if let Ok(graph) = Graph::from_bytes(&bytes)
                && new != old
            {
                assert_eq!(to_canonical_json(&graph), bytes);
                assert_ne!(
                    Graph {
                        sha256: sample.sha256,
                        ..graph
                    },
                    sample,
                    "byte {i}"
                );
            }
        }
        bytes[i] = old;
    }
}

/// Swaps the members at i and i + 1 of the n-th object with at least two.
fn swap_members(text: &str, n: usize) -> Option<String> {
    let (start, _) = text.match_indices("{\"").nth(n)?;
    let comma = start + text[start..].find(",\"")?;
    let end = comma + text[comma..].find(['}', ']'])?;
    let [first, second] = [&text[start + 1..comma], &text[comma + 1..end]];
    Some(format!(
        "{}{second},{first}{}",
        &text[..=start],
        &text[end..]
    ))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        refused_or_canonical(&bytes)?;
    }

    #[test]
    fn any_json_like_text(text in r#"([{}\[\],:"0-9a-c\\u \-.]|"[a-d]{0,2}":|"B"|null|true){0,40}"#) {
        refused_or_canonical(text.as_bytes())?;
    }

    #[test]
    fn any_strings_survive(strings in proptest::collection::btree_map(any::<String>(), any::<u64>(), 0..8)) {
        let json = canonical::Json::object(strings.iter().map(|(k, v)| {
            (k.as_str(), canonical::Json::array([canonical::Json::from(k.as_str()), (*v).into()]))
        }));
        let bytes = json.to_bytes();
        prop_assert_eq!(canonical::parse(&bytes).unwrap(), json);
    }

    #[test]
    fn mutations_are_refused_or_canonical(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..4),
    ) {
        let mut bytes = SAMPLE.clone();
        for (index, byte, kind) in edits {
            let i = index.index(bytes.len());
            match kind {
                0 => bytes[i] = byte,
                1 => bytes.insert(i, byte),
                _ => { bytes.remove(i); }
            }
        }
        refused_or_canonical(&bytes)?;
    }

    #[test]
    fn moved_and_repeated_spans_are_refused_or_canonical(
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        len in 1..60usize,
    ) {
        let from = from.index(SAMPLE.len());
        let span = SAMPLE[from..(from + len).min(SAMPLE.len())].to_vec();
        let mut bytes = SAMPLE.clone();
        let to = to.index(bytes.len());
        bytes.splice(to..to, span);
        refused_or_canonical(&bytes)?;
    }

    #[test]
    fn swapped_keys_are_refused(n in 0..400usize) {
        let text = std::str::from_utf8(&SAMPLE).unwrap();
        if let Some(swapped) = swap_members(text, n) {
            prop_assert!(swapped == text || Graph::from_bytes(swapped.as_bytes()).is_err());
        }
    }

    #[test]
    fn generated_programs_read_back(choices in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut graph = common::mlp("generated", &[2, 2]);
        let forward = random::append(&graph.programs["forward"], random::Choices(choices.iter()));
        graph.programs.insert("forward".to_owned(), forward);
        let bytes = to_canonical_json(&graph);
        graph.sha256 = sha256(&bytes);
        let read = Graph::from_bytes(&bytes).unwrap();
        prop_assert_eq!(to_canonical_json(&read), bytes);
        prop_assert_eq!(read, graph);
    }
}

/// The generator reaches every op, so that the property above speaks of all of them.
#[test]
fn the_generator_reaches_every_op() {
    let start = common::mlp("generated", &[2, 2]).programs["forward"].clone();
    let mut state = 1u64;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..50 {
        let choices: Vec<u8> = (0..2000)
            .map(|_| {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                (state >> 56) as u8
            })
            .collect();
        let program = random::append(&start, random::Choices(choices.iter()));
        seen.extend(
            program.nodes[start.nodes.len()..]
                .iter()
                .map(|n| n.op.name()),
        );
    }
    assert_eq!(seen.len(), 22, "{seen:?}");
}
