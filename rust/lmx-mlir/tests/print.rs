//! What is printed for each op, as IREE's own StableHLO verifier accepts and prints it.

mod common;

use std::collections::BTreeSet;

use common::{BATCH, all_ops, cases, compiler, program, rational};
use lmx_graph::{Op, ProgramBuilder, Role, Shape};
use lmx_mlir::{EmitError, emit, op_histogram};

/// The attributes that IREE's printer had no place for: what is misspelt or unknown. Braces else enclose only the module,
/// the function and a region.
fn leftover_attributes(pretty: &str) -> Vec<&str> {
    pretty
        .lines()
        .filter(|line| line.contains('{') && !line.trim_end().ends_with('{'))
        .collect()
}

#[test]
fn every_op_prints_as_its_snapshot() {
    let compiler = compiler();
    let mut failures = Vec::new();
    for case in cases() {
        let text = emit(&case.program, BATCH).unwrap();
        let pretty = compiler
            .pretty(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(leftover_attributes(&pretty), [""; 0], "{}", case.name);
        // All of them, not the first alone, so that `cargo insta review` has all of them.
        if std::panic::catch_unwind(|| insta::assert_snapshot!(case.name, pretty)).is_err() {
            failures.push(case.name);
        }
    }
    assert!(
        failures.is_empty(),
        "changed: {failures:?}; `cargo insta review` shows how"
    );
}

#[test]
fn the_cases_cover_every_op() {
    let covered: BTreeSet<_> = cases()
        .iter()
        .flat_map(|case| op_histogram(&case.program).into_keys())
        .collect();
    assert_eq!(covered.into_iter().collect::<Vec<_>>(), all_ops());
}

#[test]
fn the_generic_form() {
    let case = cases()
        .into_iter()
        .find(|case| case.name == "reduce_max")
        .unwrap();
    insta::assert_snapshot!(emit(&case.program, BATCH).unwrap());
}

#[test]
fn a_misspelt_attribute_would_be_seen() {
    let case = cases()
        .into_iter()
        .find(|case| case.name == "compare_gt")
        .unwrap();
    let text = emit(&case.program, BATCH).unwrap();
    let wrong = text.replace(
        "comparison_direction = ",
        "compare_typ = #stablehlo<comparison_type FLOAT>, comparison_direction = ",
    );
    assert_ne!(wrong, text);
    let pretty = compiler().pretty(&wrong).unwrap();
    assert_eq!(leftover_attributes(&pretty).len(), 1, "{pretty}");
}

#[test]
fn a_misspelt_required_attribute_is_refused() {
    let case = cases()
        .into_iter()
        .find(|case| case.name == "slice")
        .unwrap();
    let wrong = emit(&case.program, BATCH)
        .unwrap()
        .replace("limit_indices", "limits");
    let error = compiler().pretty(&wrong).unwrap_err().to_string();
    assert!(error.contains("limit_indices"), "{error}");
}

#[test]
fn inputs_and_outputs_keep_their_order() {
    let mut builder = ProgramBuilder::new();
    let x = builder.input(Role::Param, "x", Shape::fixed(&[3])).unwrap();
    let y = builder
        .input(Role::Image, "image", Shape::batched(&[]))
        .unwrap();
    let z = builder.op(Op::Negate, &[x]).unwrap();
    builder.output(Role::Loss, "loss", z);
    builder.output(Role::Logits, "logits", y);
    builder.output(Role::Metric, "again", z);
    let text = emit(&builder.finish().unwrap(), 5).unwrap();
    assert!(
        text.contains(
            "(tensor<3xf32>, tensor<5xf32>) -> (tensor<3xf32>, tensor<5xf32>, tensor<3xf32>)"
        ),
        "{text}"
    );
    assert!(text.contains(r#""func.return"(%0, %arg1, %0)"#), "{text}");
}

#[test]
fn a_batch_of_none_is_an_error() {
    let program = program(&[Shape::batched(&[2])], |p, ids| p.op(Op::Negate, ids));
    assert!(matches!(emit(&program, 0), Err(EmitError::NoBatch)));
}

#[test]
fn a_batch_that_overflows_is_an_error() {
    let program = program(&[Shape::batched(&[3, 1 << 20])], |p, ids| {
        p.op(Op::Negate, ids)
    });
    for batch in [1 << 40, u64::MAX] {
        let error = emit(&program, batch).unwrap_err();
        assert!(matches!(error, EmitError::TooLarge { .. }), "{error}");
        let message = error.to_string();
        assert!(
            message.starts_with("inputs[0]: a tensor of shape [B, 3, 1048576] is too large"),
            "{message}"
        );
    }
}

#[test]
fn a_program_that_does_not_check_is_an_error() {
    let good = program(&[Shape::batched(&[2])], |p, ids| p.op(Op::Negate, ids));
    let mut forward = good.clone();
    forward.nodes[0].args = vec![1];
    let mut misshapen = good.clone();
    misshapen.nodes[0].ty.shape = Shape::batched(&[3]);
    let mut missing = good.clone();
    missing.outputs[0].value = 7;
    for (program, part) in [
        (forward, "nodes[0].args[0]"),
        (misshapen, "nodes[0]"),
        (missing, "outputs[0].value"),
    ] {
        let error = emit(&program, 2).unwrap_err();
        assert!(
            matches!(error, EmitError::Program(_)) && error.to_string().contains(part),
            "{error}"
        );
    }
}

#[test]
fn counts_ops() {
    let program = program(&[], |p, _| {
        let x = p.op_as(
            Op::Constant {
                value: rational(1, 2),
            },
            &[],
            Shape::fixed(&[2]),
        )?;
        let y = p.op(Op::Add, &[x, x])?;
        p.op(Op::Add, &[x, y])
    });
    assert_eq!(
        op_histogram(&program).into_iter().collect::<Vec<_>>(),
        [("add", 2), ("constant", 1)]
    );
}
