//! A small program for each op, and IREE's compiler.
#![allow(dead_code)] // Each test binary uses a part of it.

use lmx_graph::{Dim, Direction, GraphError, Op, Program, ProgramBuilder, Role, Shape, ValueId};
use lmx_iree::Compiler;
use num_rational::BigRational;

/// The batch size that the tests print and run at: a number that no case has as a dimension of its own.
pub const BATCH: u64 = 7;

/// A program about one op.
pub struct Case {
    /// The op's name, and what is special about the case.
    pub name: &'static str,
    /// Inputs to try are multiples of 1/4 in this range.
    pub range: (f64, f64),
    /// How far the result may be from the real one, relative to 1 + its magnitude; 0 where the op moves or compares
    /// numbers and rounds nothing.
    pub tolerance: f64,
    pub program: Program,
}

/// IREE's compiler. Fails, with the reason, where there is none: these tests would say nothing without it.
pub fn compiler() -> Compiler {
    match Compiler::find() {
        Ok(compiler) => compiler.with_cache(env!("CARGO_TARGET_TMPDIR")),
        Err(error) => panic!("these tests need IREE's compiler: {error}"),
    }
}

pub fn rational(p: i64, q: i64) -> BigRational {
    BigRational::new(p.into(), q.into())
}

/// `[B, dims…]`
fn b(dims: &[u64]) -> Shape {
    Shape::batched(dims)
}

fn n(dims: &[u64]) -> Shape {
    Shape::fixed(dims)
}

/// A program with these inputs, and as its one output what `make` makes of them.
pub fn program(
    inputs: &[Shape],
    make: impl FnOnce(&mut ProgramBuilder, &[ValueId]) -> Result<ValueId, GraphError>,
) -> Program {
    let mut builder = ProgramBuilder::new();
    let ids: Vec<_> = inputs
        .iter()
        .enumerate()
        .map(|(i, shape)| {
            builder
                .input(Role::Param, &format!("x{i}"), shape.clone())
                .unwrap()
        })
        .collect();
    let result = make(&mut builder, &ids).unwrap();
    builder.output(Role::Logits, "logits", result);
    builder.finish().unwrap()
}

/// A program of the one op.
fn one(op: Op, inputs: &[Shape]) -> Program {
    program(inputs, |p, ids| p.op(op, ids))
}

/// A program of the one op, whose shape is its own choice.
fn one_as(op: Op, inputs: &[Shape], shape: Shape) -> Program {
    program(inputs, |p, ids| p.op_as(op, ids, shape))
}

fn pointwise() -> Vec<Case> {
    const ANY: (f64, f64) = (-3.0, 3.0);
    const POSITIVE: (f64, f64) = (0.25, 4.0);
    let case = |name, op, arity, range, tolerance| Case {
        name,
        range,
        tolerance,
        program: one(op, &vec![b(&[3]); arity]),
    };
    vec![
        case("negate", Op::Negate, 1, ANY, 0.0),
        case("exponential", Op::Exponential, 1, ANY, 1e-6),
        case("log", Op::Log, 1, POSITIVE, 1e-6),
        case("sqrt", Op::Sqrt, 1, POSITIVE, 1e-6),
        case("add", Op::Add, 2, ANY, 0.0),
        case("subtract", Op::Subtract, 2, ANY, 0.0),
        case("multiply", Op::Multiply, 2, ANY, 0.0),
        case("divide", Op::Divide, 2, POSITIVE, 1e-6),
        case("maximum", Op::Maximum, 2, ANY, 0.0),
    ]
}

/// 1 where the comparison holds, 0 elsewhere.
fn compare(direction: Direction) -> Program {
    program(&[b(&[8]), b(&[8])], |p, ids| {
        let holds = p.op(Op::Compare { direction }, ids)?;
        let one = p.op_as(
            Op::Constant {
                value: rational(1, 1),
            },
            &[],
            b(&[8]),
        )?;
        let zero = p.op_as(
            Op::Constant {
                value: rational(0, 1),
            },
            &[],
            b(&[8]),
        )?;
        p.op(Op::Select, &[holds, one, zero])
    })
}

fn dot(dims: [&[usize]; 4], inputs: [Shape; 2]) -> Program {
    let [lhs_batch, rhs_batch, lhs_contract, rhs_contract] = dims.map(<[usize]>::to_vec);
    one(
        Op::DotGeneral {
            lhs_batch,
            rhs_batch,
            lhs_contract,
            rhs_contract,
        },
        &inputs,
    )
}

/// Every op at least once.
pub fn cases() -> Vec<Case> {
    let exact = |name, program| Case {
        name,
        range: (-1.0, 1.0),
        tolerance: 0.0,
        program,
    };
    let close = |name, program| Case {
        name,
        range: (-1.0, 1.0),
        tolerance: 1e-6,
        program,
    };
    let mut cases = pointwise();
    cases.extend([
        exact(
            "constant",
            one_as(
                Op::Constant {
                    value: rational(1, 10),
                },
                &[],
                b(&[3]),
            ),
        ),
        exact(
            "constant_scalar",
            one_as(
                Op::Constant {
                    value: rational(-7, 3),
                },
                &[],
                n(&[]),
            ),
        ),
        exact("batch_size", one(Op::BatchSize, &[])),
        exact("compare_eq", compare(Direction::Eq)),
        exact("compare_ge", compare(Direction::Ge)),
        exact("compare_gt", compare(Direction::Gt)),
        exact(
            "select",
            program(&[b(&[8]), b(&[8])], |p, ids| {
                let greater = p.op(
                    Op::Compare {
                        direction: Direction::Gt,
                    },
                    ids,
                )?;
                p.op(Op::Select, &[greater, ids[1], ids[0]])
            }),
        ),
        exact(
            "broadcast_in_dim",
            one_as(Op::BroadcastInDim { dims: vec![1] }, &[n(&[3])], b(&[3])),
        ),
        exact(
            "broadcast_in_dim_scalar",
            one_as(Op::BroadcastInDim { dims: vec![] }, &[n(&[])], b(&[2, 3])),
        ),
        exact(
            "broadcast_in_dim_rows",
            one_as(
                Op::BroadcastInDim { dims: vec![0, 2] },
                &[b(&[2])],
                b(&[3, 2]),
            ),
        ),
        exact("reshape", one_as(Op::Reshape, &[b(&[2, 3])], b(&[6]))),
        exact(
            "reshape_batch",
            one_as(
                Op::Reshape,
                &[b(&[2, 3])],
                Shape(vec![Dim::Batch(2), Dim::Fixed(3)]),
            ),
        ),
        exact(
            "transpose",
            one(
                Op::Transpose {
                    permutation: vec![2, 0, 1],
                },
                &[b(&[3, 4])],
            ),
        ),
        exact(
            "slice",
            one(
                Op::Slice {
                    start: vec![0, 1, 2],
                    limit: vec![Dim::Batch(1), Dim::Fixed(5), Dim::Fixed(3)],
                    stride: vec![1, 2, 1],
                },
                &[b(&[6, 4])],
            ),
        ),
        exact(
            "pad",
            one(
                Op::Pad {
                    low: vec![0, 1, 2],
                    high: vec![0, 3, 0],
                    interior: vec![0, 0, 1],
                    value: rational(-1, 3),
                },
                &[b(&[2, 3])],
            ),
        ),
        exact(
            "concatenate",
            one(Op::Concatenate { dim: 1 }, &[b(&[2]), b(&[3]), b(&[1])]),
        ),
        exact(
            "concatenate_one",
            one(Op::Concatenate { dim: 1 }, &[b(&[2])]),
        ),
        close(
            "dot_general",
            dot([&[], &[], &[1], &[0]], [b(&[5]), n(&[5, 3])]),
        ),
        close(
            "dot_general_batch",
            dot([&[0], &[0], &[2], &[1]], [b(&[3, 4]), b(&[4, 2])]),
        ),
        close(
            "dot_general_two_contracted",
            dot([&[], &[], &[1, 2], &[1, 0]], [b(&[3, 4]), n(&[4, 3, 2])]),
        ),
        close(
            "dot_general_over_the_batch",
            dot([&[], &[], &[0], &[0]], [b(&[3]), b(&[4])]),
        ),
        close(
            "reduce_sum",
            one(Op::ReduceSum { dims: vec![1] }, &[b(&[5])]),
        ),
        close(
            "reduce_sum_all",
            one(
                Op::ReduceSum {
                    dims: vec![0, 1, 2],
                },
                &[b(&[2, 3])],
            ),
        ),
        exact(
            "reduce_max",
            one(Op::ReduceMax { dims: vec![0, 2] }, &[b(&[4, 3])]),
        ),
    ]);
    cases
}

/// The names of all ops. The match says when one is missing here.
pub fn all_ops() -> Vec<&'static str> {
    const fn listed(op: &Op) {
        match op {
            Op::Constant { .. }
            | Op::BatchSize
            | Op::Negate
            | Op::Exponential
            | Op::Log
            | Op::Sqrt => {}
            Op::Add
            | Op::Subtract
            | Op::Multiply
            | Op::Divide
            | Op::Maximum
            | Op::Compare { .. } => {}
            Op::Select | Op::BroadcastInDim { .. } | Op::Reshape | Op::Transpose { .. } => {}
            Op::Slice { .. } | Op::Pad { .. } | Op::Concatenate { .. } | Op::DotGeneral { .. } => {}
            Op::ReduceSum { .. } | Op::ReduceMax { .. } => {}
        }
    }
    listed(&Op::Negate);
    let mut names = vec![
        "constant",
        "batch_size",
        "negate",
        "exponential",
        "log",
        "sqrt",
        "add",
        "subtract",
        "multiply",
        "divide",
        "maximum",
        "compare",
        "select",
        "broadcast_in_dim",
        "reshape",
        "transpose",
        "slice",
        "pad",
        "concatenate",
        "dot_general",
        "reduce_sum",
        "reduce_max",
    ];
    names.sort_unstable();
    names
}
