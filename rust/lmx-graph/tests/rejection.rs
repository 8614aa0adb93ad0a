//! One refusal for each kind of bad graph file, with its message.

mod common;

use std::fs::File;
use std::time::{Duration, Instant};

use lmx_graph::canonical::Json;
use lmx_graph::{Graph, to_canonical_json};

fn sample() -> String {
    String::from_utf8(to_canonical_json(&common::mlp("sample", &[2, 3, 2]))).unwrap()
}

/// The message of the sample in which the first `from` after `after` became `to`.
#[track_caller]
fn message_after(after: &str, from: &str, to: &str) -> String {
    let text = sample();
    let start = text.find(after).expect("the anchor is in the sample");
    let at = start + text[start..].find(from).expect("the text is in the sample");
    let changed = format!("{}{to}{}", &text[..at], &text[at + from.len()..]);
    Graph::from_bytes(changed.as_bytes())
        .expect_err("refused")
        .to_string()
}

#[track_caller]
fn refused(after: &str, from: &str, to: &str, message: &str) {
    let found = message_after(after, from, to);
    assert!(
        found.contains(message),
        "\nexpected: {message}\nfound:    {found}"
    );
}

#[test]
fn another_format_or_version() {
    refused(
        "",
        "lmx-graph",
        "lmx-cert",
        r#"format: expected "lmx-graph", found "lmx-cert""#,
    );
    let text = "version: expected 1, the only version of lmx-graph known here, found 2";
    refused("", "\"version\":1", "\"version\":2", text);
    refused(
        "",
        "\"version\":1",
        "\"version\":\"1\"",
        "known here, found \"1\"",
    );
    // A later version is named as such, whatever fields it has.
    refused("", "\"version\":1", "\"version\":2,\"wings\":3", text);
    refused(
        "",
        "\"format\":\"lmx-graph\",",
        "",
        "top level: expected the field `format`, found none",
    );
}

#[test]
fn unknown_names() {
    let op = "programs.forward.nodes[0].op: expected a known op (`add`, `batch_size`";
    refused("forward", "\"dot_general\"", "\"dot_generic\"", op);
    refused(
        "forward",
        "\"dot_general\"",
        "\"dot_generic\"",
        "found \"dot_generic\"",
    );
    let role = "programs.forward.inputs[4].role: expected a known role (`param`, `optimizer_state`, \
                `image`, `label`, `hyperparameter`), found \"picture\"";
    refused("", "\"role\":\"image\"", "\"role\":\"picture\"", role);
    refused(
        "",
        "\"role\":\"image\"",
        "\"role\":\"loss\"",
        "`hyperparameter`), found \"loss\"",
    );
    refused(
        "",
        "\"role\":\"logits\"",
        "\"role\":\"image\"",
        "programs.forward.outputs[0].role: expected",
    );
    let dtype =
        "programs.forward.inputs[0].dtype: expected a known dtype (`f32`, `i1`), found \"f64\"";
    refused("forward", "\"dtype\":\"f32\"", "\"dtype\":\"f64\"", dtype);
    let i1 = "programs.forward.inputs[0].dtype: expected f32, found i1";
    refused("forward", "\"dtype\":\"f32\"", "\"dtype\":\"i1\"", i1);
    refused(
        "",
        "\"direction\":\"EQ\"",
        "\"direction\":\"NE\"",
        "attrs.direction: expected a known direction",
    );
    refused(
        "",
        "\"kind\":\"dense\"",
        "\"kind\":\"dance\"",
        "spec.layers[0].kind: expected a known layer kind",
    );
    refused(
        "",
        "\"kind\":\"zeros\"",
        "\"kind\":\"ones\"",
        "params[1].init.kind: expected a known init",
    );
    refused(
        "",
        "\"activation\":\"relu\"",
        "\"activation\":\"gelu\"",
        "expected a known activation (`identity`, `relu`)",
    );
    refused(
        "params",
        "\"role\":\"bias\"",
        "\"role\":\"param\"",
        "params[1].role: expected a known role (`weight`, `bias`)",
    );
}

#[test]
fn unknown_missing_and_misplaced_fields() {
    let known = "programs.forward.inputs[0]: expected the fields `dtype`, `name`, `role`, `shape`, \
                 found the unknown field `extra`";
    refused(
        "forward",
        "\"dtype\":\"f32\",",
        "\"dtype\":\"f32\",\"extra\":0,",
        known,
    );
    let attrs = "programs.forward.nodes[1].attrs: expected the fields `dims`, found the unknown field `axis`";
    refused(
        "forward",
        "\"attrs\":{\"dims\"",
        "\"attrs\":{\"axis\":0,\"dims\"",
        attrs,
    );
    let none = "attrs: expected the fields none, found the unknown field `axis`";
    refused("forward", "\"attrs\":{}", "\"attrs\":{\"axis\":0}", none);
    let missing = "params[0]: expected the field `decay`, found none";
    refused("params", "\"decay\":true,", "", missing);
    refused(
        "",
        "\"grad\":",
        "\"gradient\":",
        "programs: expected the fields `forward`, `grad`, `train_adamw`, `train_sgd`, found the unknown field `gradient`",
    );
    refused(
        "",
        "\"version\":1",
        "\"version\":1,\"wings\":3",
        "found the unknown field `wings`",
    );
    refused(
        "spec",
        "\"units\":3",
        "\"units\":3,\"window\":1",
        "spec.layers[0]: expected the fields",
    );
}

#[test]
fn values_of_the_wrong_form() {
    refused(
        "",
        "\"sample\"",
        "\"Sample\"",
        "name: expected 1 to 64 characters of a-z, 0-9 and '-', found \"Sample\"",
    );
    refused(
        "",
        "\"sample\"",
        "\"\"",
        "name: expected 1 to 64 characters",
    );
    let long = format!("\"{}\"", "a".repeat(65));
    refused("", "\"sample\"", &long, "name: expected 1 to 64 characters");
    refused(
        "params",
        "dense1.weight",
        "../weight",
        "params[0].name: expected 1 to 128 characters of A-Z",
    );
    refused(
        "",
        "\"decay\":true",
        "\"decay\":1",
        "params[0].decay: expected true or false, found 1",
    );
    refused(
        "",
        "\"fan_in\":2",
        "\"fan_in\":0",
        "params[0].init.fan_in: expected a positive integer, found 0",
    );
    refused(
        "",
        "\"classes\":2",
        "\"classes\":[2]",
        "spec.classes: expected a positive integer, found an array of 1",
    );
    refused(
        "forward",
        "\"args\":[4,0]",
        "\"args\":[4,\"0\"]",
        "nodes[0].args[1]: expected an integer, found \"0\"",
    );
    refused(
        "forward",
        "\"args\":[4,0]",
        "\"args\":{}",
        "nodes[0].args: expected an array, found an object of 0",
    );
    for value in ["1", "2/4", "1/0", "-0/1", "01/1", "0.5", "1/-1", "+1/1"] {
        let to = format!("\"value\":\"{value}\"");
        let message = format!(
            "attrs.value: expected a rational \"p/q\" in lowest terms, at most 64 digits each, found \"{value}\""
        );
        refused("", "\"value\":\"0/1\"", &to, &message);
    }
    let long = format!("\"value\":\"{}/1\"", "9".repeat(65));
    refused(
        "",
        "\"value\":\"0/1\"",
        &long,
        "attrs.value: expected a rational",
    );
    let huge = format!("\"value\":\"{}/1\"", "9".repeat(64));
    refused(
        "",
        "\"value\":\"0/1\"",
        &huge,
        "attrs.value: `constant`: expected a value in the range of f32",
    );
    for dim in [
        "0",
        "\"1B\"",
        "\"0B\"",
        "\"02B\"",
        "\"2b\"",
        "\"BB\"",
        "\"-2B\"",
        "\"+2B\"",
        "\"\"",
        "\"99999999999999999999B\"",
    ] {
        let message = "programs.forward.inputs[4].shape[0]: expected a positive integer, \"B\", or \"nB\" with n ≥ 2, found ";
        refused(
            "\"role\":\"image\"",
            "\"B\"",
            dim,
            &format!("{message}{dim}"),
        );
    }
}

#[test]
fn not_canonical() {
    for (from, to, message) in [
        (
            "{\"format\"",
            "{ \"format\"",
            "byte 1: expected no white space, found ' '",
        ),
        (
            "\"version\":1}",
            "\"version\":1}\n",
            "expected no white space, found byte 0x0a",
        ),
        (
            "\"version\":1}",
            "\"version\":1}x",
            "expected the end of the text, found 'x'",
        ),
        (
            "\"version\":1}",
            "\"version\":1.0}",
            "found a floating-point number",
        ),
        (
            "\"version\":1}",
            "\"version\":1e0}",
            "found a floating-point number",
        ),
        (
            "\"version\":1}",
            "\"version\":01}",
            "expected an integer without leading zeros",
        ),
        (
            "\"version\":1}",
            "\"version\":-1}",
            "found a negative number",
        ),
        (
            "\"version\":1}",
            "\"version\":1,\"version\":1}",
            "expected each key once, found \"version\" again",
        ),
        (
            "\"version\":1}",
            "\"version\":1,\"a\":1}",
            "expected keys sorted, found \"a\" after \"version\"",
        ),
        (
            "\"sample\"",
            "\"\\u0073ample\"",
            "expected the canonical spelling of a character",
        ),
        (
            "\"sample\"",
            "\"\\u00E9ample\"",
            "expected the canonical spelling of a character",
        ),
        (
            "\"sample\"",
            "\"sämple\"",
            "expected printable ASCII in a string, found byte 0xc3",
        ),
    ] {
        let text = message_after("", from, to);
        assert!(text.starts_with("not canonical JSON at byte "), "{text}");
        assert!(text.contains(message), "{text}");
    }
}

#[test]
fn forward_references() {
    // forward has 6 inputs: node 0 is value 6.
    refused(
        "forward",
        "\"args\":[4,0]",
        "\"args\":[4,6]",
        "programs.forward.nodes[0].args[1]: expected a value below 6, found 6 (a forward reference, in an op `dot_general`)",
    );
    refused(
        "forward",
        "\"args\":[4,0]",
        "\"args\":[4,18446744073709551615]",
        "found 18446744073709551615 (a forward",
    );
    refused(
        "\"name\":\"logits\"",
        "\"value\":",
        "\"value\":9",
        "programs.forward.outputs[0].value: expected a value below",
    );
}

#[test]
fn shapes_that_do_not_follow() {
    refused(
        "forward",
        "\"op\":\"dot_general\",\"shape\":[\"B\",3]",
        "\"op\":\"dot_general\",\"shape\":[\"B\",4]",
        "programs.forward.nodes[0].shape: `dot_general`: expected f32[B, 3], found f32[B, 4]",
    );
    refused(
        "forward",
        "\"dtype\":\"i1\",\"op\":\"compare\"",
        "\"dtype\":\"f32\",\"op\":\"compare\"",
        ".dtype: `compare`: expected i1[B, 2], found f32[B, 2]",
    );
}

#[test]
fn sizes_that_overflow() {
    let expected =
        "programs.forward.inputs[4].shape: expected dimensions whose product is below 2^40, found";
    for shape in [
        "\"B\",1099511627776",
        "1048576,1048576",
        "18446744073709551615,18446744073709551615",
        "\"4294967296B\",4294967296",
    ] {
        refused("\"role\":\"image\"", "\"B\",2", shape, expected);
    }
    refused(
        "\"role\":\"image\"",
        "\"B\",2",
        "18446744073709551616",
        "expected an integer below 2^64",
    );
}

#[test]
fn ranks_over_the_limit() {
    let nine = "\"B\",2,1,1,1,1,1,1,1";
    refused(
        "\"role\":\"image\"",
        "\"B\",2",
        nine,
        "programs.forward.inputs[4].shape: expected at most 8 dimensions, found 9",
    );
    refused(
        "forward",
        "\"dims\":[1]",
        "\"dims\":[0,1,2,3,4,5,6,7,8]",
        "attrs.dims: expected at most 8 entries, found 9",
    );
    refused(
        "spec",
        "\"input\":[2]",
        "\"input\":[2,1,1,1,1,1,1,1]",
        "spec.input: expected at most 7 dimensions, found 8",
    );
}

#[test]
fn counts_over_the_limit() {
    let node = "{\"args\":[],\"attrs\":{},\"dtype\":\"f32\",\"op\":\"batch_size\",\"shape\":[]},";
    let to = format!("\"nodes\":[{}", node.repeat(100_000));
    refused(
        "forward",
        "\"nodes\":[",
        &to,
        "programs.forward.nodes: expected at most 100000 nodes, found 1000",
    );
    let input = "{\"dtype\":\"f32\",\"name\":\"x\",\"role\":\"image\",\"shape\":[]},";
    let to = format!("\"inputs\":[{}", input.repeat(4096));
    refused(
        "forward",
        "\"inputs\":[",
        &to,
        "programs.forward.inputs: expected at most 4096 inputs, found 4102",
    );
    let output = "{\"name\":\"x\",\"role\":\"loss\",\"value\":0},";
    let to = format!("\"outputs\":[{}", output.repeat(4096));
    refused(
        "forward",
        "\"outputs\":[",
        &to,
        "programs.forward.outputs: expected at most 4096 outputs, found 4099",
    );
}

#[test]
fn names_twice() {
    refused(
        "\"forward\"",
        "dense1.bias",
        "dense1.weight",
        "programs.forward.inputs[1]: expected each role and name once, found param `dense1.weight` again",
    );
    let message = "params[1].name: expected each parameter once, found `dense1.weight` again";
    refused("\"params\"", "dense1.bias", "dense1.weight", message);
    let message = "spec.layers[1].name: expected each layer once, found `dense1` again";
    refused(
        "\"spec\"",
        "\"name\":\"dense2\"",
        "\"name\":\"dense1\"",
        message,
    );
}

#[test]
fn programs_that_disagree_with_the_manifest() {
    refused(
        "\"forward\"",
        "dense1.bias",
        "dense9.bias",
        "programs.forward.inputs[1]: expected param `dense1.bias` f32[3], found param `dense9.bias` f32[3]",
    );
    refused(
        "\"params\"",
        "\"shape\":[2,3]",
        "\"shape\":[3,2]",
        "programs.forward.inputs[0]: expected param `dense1.weight` f32[3, 2], found param `dense1.weight` f32[2, 3]",
    );
    refused(
        "\"grad\"",
        "\"label_smoothing\"",
        "\"momentum\"",
        "programs.grad.inputs[6]: expected hyperparameter `label_smoothing` f32[], found hyperparameter `momentum` f32[]",
    );
    refused(
        "\"train_sgd\"",
        "momentum/dense1.bias",
        "v/dense1.bias",
        "programs.train_sgd.inputs[5]: expected optimizer_state `momentum/dense1.bias` f32[3]",
    );
    refused(
        "\"outputs\"",
        "{\"name\":\"logits\"",
        "{\"name\":\"logit\"",
        "programs.forward.outputs[0]: expected logits `logits` f32[B, 2], found logits `logit`",
    );
    refused(
        "\"name\":\"loss\",\"role\":\"loss\"",
        "loss",
        "cost",
        "programs.forward.outputs[1]: expected loss `loss` f32[], found loss `cost`",
    );
    refused(
        "\"outputs\"",
        "{\"name\":\"correct\"",
        "{\"name\":\"loss\",\"role\":\"metric\",\"value\":0},{\"name\":\"correct\"",
        "programs.forward.outputs[2]: expected metric `correct` f32[], found metric `loss` f32[2, 3]",
    );
    refused(
        "\"spec\"",
        "\"dense1.bias\"",
        "\"dense9.bias\"",
        "spec.layers[0].params[1]: expected a parameter of the manifest, found `dense9.bias`",
    );
    refused(
        "\"spec\"",
        ",\"dense2.bias\"",
        "",
        "params[3].name: expected a parameter that a layer names, found `dense2.bias`",
    );
    refused(
        "\"spec\"",
        "\"classes\":2",
        "\"classes\":3",
        "spec.layers: expected a last layer whose output is [3], found [2]",
    );
}

#[test]
fn a_file_over_the_limit_is_refused_unread() {
    let folder = std::env::temp_dir().join(format!("lmx-graph-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("huge.graph.json");
    // Sparse: it takes no space, and reading it would take seconds.
    File::create(&path).unwrap().set_len(2 << 30).unwrap();
    let start = Instant::now();
    let error = Graph::read(&path).unwrap_err().to_string();
    let time = start.elapsed();
    let missing = Graph::read(&folder.join("none.graph.json"))
        .unwrap_err()
        .to_string();
    let not_a_file = Graph::read(&folder).unwrap_err().to_string();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(
        error.ends_with("huge.graph.json: expected at most 67108864 bytes, found 2147483648"),
        "{error}"
    );
    assert!(time < Duration::from_millis(500), "{time:?}");
    assert!(missing.contains("none.graph.json: "), "{missing}");
    assert!(
        not_a_file.contains("expected a regular file, found a folder"),
        "{not_a_file}"
    );
}

#[test]
fn bytes_over_the_limit_are_refused() {
    let error = Graph::from_bytes(&vec![b'['; (64 << 20) + 1])
        .unwrap_err()
        .to_string();
    assert_eq!(error, "expected at most 67108864 bytes, found 67108865");
}

/// What a message quotes of a file is escaped, and of bounded length.
#[test]
fn messages_quote_hostile_texts_briefly_and_escaped() {
    let hostile = format!("\u{1b}[2K\r\u{202e}{}", "x".repeat(100_000));
    let escaped = r#"\u{1b}[2K\r\u{202e}xxx"#;
    let fresh = |key: &str| Json::object([(key.to_owned(), Json::Null)]).to_bytes();
    let [key, other] = [&hostile, &format!("\u{1b}{hostile}")].map(|text| {
        let text = String::from_utf8(fresh(text)).unwrap();
        text[1..text.len() - 1].to_owned()
    });
    let twice = format!("{{{key},{key}}}");
    let unsorted = format!("{{{key},{other}}}");
    let graph = |format: Json<'_>| {
        Json::object([
            ("format".to_owned(), format),
            ("version".to_owned(), Json::Int(1)),
            (hostile.clone(), Json::Null),
        ])
        .to_bytes()
    };
    for bytes in [
        twice.into_bytes(),
        unsorted.into_bytes(),
        graph("lmx-graph".into()),
        graph(hostile.clone().into()),
    ] {
        let message = Graph::from_bytes(&bytes).unwrap_err().to_string();
        assert!(message.contains(escaped), "{message}");
        assert!(message.contains('…') && message.len() < 600, "{message}");
        assert!(!message.contains(['\u{1b}', '\r', '\u{202e}']), "{message}");
    }
}
