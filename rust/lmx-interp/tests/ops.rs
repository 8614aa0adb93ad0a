//! Each op on values worked out by hand.

use lmx_graph::{Dim, Direction, Op, Program, ProgramBuilder, Role, Shape};
use lmx_interp::{InterpError, Tensor, run};
use num_rational::BigRational;

fn t(dims: &[u64], data: &[f64]) -> Tensor {
    Tensor::new(dims, data)
}

/// A program of one op on fixed inputs; `shape` is for the ops whose shape is their own choice.
fn program(op: Op, args: &[Tensor], shape: &[u64]) -> Program {
    let mut b = ProgramBuilder::new();
    let input = |(i, t): (usize, &Tensor)| {
        b.input(Role::Param, &format!("x{i}"), Shape::fixed(&t.dims))
            .unwrap()
    };
    let ids: Vec<_> = args.iter().enumerate().map(input).collect();
    let result = b.op_as(op, &ids, Shape::fixed(shape)).unwrap();
    b.output(Role::Param, "y", result);
    b.finish().unwrap()
}

#[track_caller]
fn gives(op: Op, args: &[Tensor], expected: Tensor) {
    let program = program(op, args, &expected.dims);
    assert_eq!(run(&program, 3, args).unwrap(), [expected]);
}

/// 1, 2, 3, … in the given dimensions.
fn counted(dims: &[u64]) -> Tensor {
    let n: u64 = dims.iter().product();
    t(dims, &(1..=n).map(|x| x as f64).collect::<Vec<_>>())
}

#[test]
fn constants() {
    let value = BigRational::new((-3).into(), 4.into());
    gives(Op::Constant { value }, &[], t(&[2, 1], &[-0.75, -0.75]));
    gives(Op::BatchSize, &[], Tensor::scalar(3.0));
}

#[test]
fn pointwise() {
    let x = || t(&[3], &[0.0, 1.0, 4.0]);
    gives(Op::Negate, &[x()], t(&[3], &[-0.0, -1.0, -4.0]));
    gives(
        Op::Exponential,
        &[x()],
        t(&[3], &[1.0, std::f64::consts::E, 4f64.exp()]),
    );
    gives(
        Op::Log,
        &[x()],
        t(&[3], &[f64::NEG_INFINITY, 0.0, 2.0 * 2f64.ln()]),
    );
    gives(Op::Sqrt, &[x()], t(&[3], &[0.0, 1.0, 2.0]));
    let y = || t(&[3], &[2.0, -1.0, 8.0]);
    gives(Op::Add, &[x(), y()], t(&[3], &[2.0, 0.0, 12.0]));
    gives(Op::Subtract, &[x(), y()], t(&[3], &[-2.0, 2.0, -4.0]));
    gives(Op::Multiply, &[x(), y()], t(&[3], &[0.0, -1.0, 32.0]));
    gives(Op::Divide, &[x(), y()], t(&[3], &[0.0, -1.0, 0.5]));
    gives(Op::Maximum, &[x(), y()], t(&[3], &[2.0, 1.0, 8.0]));
}

#[test]
fn maximum_follows_ieee_754() {
    let args = [
        t(&[4], &[f64::NAN, 1.0, -0.0, 0.0]),
        t(&[4], &[1.0, f64::NAN, 0.0, -0.0]),
    ];
    let y = run(&program(Op::Maximum, &args, &[]), 1, &args)
        .unwrap()
        .remove(0)
        .data;
    assert!(y[0].is_nan() && y[1].is_nan());
    assert!(y[2].is_sign_positive() && y[3].is_sign_positive());
}

#[test]
fn compare_and_select() {
    for (direction, expected) in [
        (Direction::Eq, [-1.0, 2.0, -3.0, -4.0]),
        (Direction::Ge, [-1.0, 2.0, 3.0, -4.0]),
        (Direction::Gt, [-1.0, -2.0, 3.0, -4.0]),
    ] {
        let mut b = ProgramBuilder::new();
        let x = b.input(Role::Param, "x", Shape::fixed(&[4])).unwrap();
        let y = b.input(Role::Param, "y", Shape::fixed(&[4])).unwrap();
        let p = b.op(Op::Compare { direction }, &[x, y]).unwrap();
        let z = b.input(Role::Param, "z", Shape::fixed(&[4]));
        assert!(z.is_err(), "inputs come before nodes");
        let negated = b.op(Op::Negate, &[x]).unwrap();
        let result = b.op(Op::Select, &[p, x, negated]).unwrap();
        b.output(Role::Param, "y", result);
        let args = [
            t(&[4], &[1.0, 2.0, 3.0, 4.0]),
            t(&[4], &[5.0, 2.0, 1.0, f64::NAN]),
        ];
        let found = run(&b.finish().unwrap(), 1, &args).unwrap();
        assert_eq!(found, [t(&[4], &expected)], "{direction:?}");
    }
}

#[test]
fn reindexing() {
    let along = |dims: &[usize]| Op::BroadcastInDim {
        dims: dims.to_vec(),
    };
    gives(
        along(&[1]),
        &[counted(&[2])],
        t(&[2, 2], &[1.0, 2.0, 1.0, 2.0]),
    );
    gives(
        along(&[0]),
        &[counted(&[2])],
        t(&[2, 2], &[1.0, 1.0, 2.0, 2.0]),
    );
    gives(along(&[]), &[Tensor::scalar(7.0)], t(&[2], &[7.0, 7.0]));
    gives(Op::Reshape, &[counted(&[2, 3])], counted(&[3, 2]));
    let transpose = Op::Transpose {
        permutation: vec![1, 0],
    };
    gives(
        transpose,
        &[counted(&[2, 3])],
        t(&[3, 2], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]),
    );
    // A permutation that is not its own inverse: result[i, j, k] = operand[j, k, i].
    let cycle = Op::Transpose {
        permutation: vec![2, 0, 1],
    };
    gives(
        cycle,
        &[counted(&[1, 2, 3])],
        t(&[3, 1, 2], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]),
    );
    let slice = Op::Slice {
        start: vec![1, 0],
        limit: vec![Dim::Fixed(3), Dim::Fixed(4)],
        stride: vec![1, 3],
    };
    gives(
        slice,
        &[counted(&[3, 4])],
        t(&[2, 2], &[5.0, 8.0, 9.0, 12.0]),
    );
}

#[test]
fn pads_and_concatenations() {
    let pad = Op::Pad {
        low: vec![1, 0],
        high: vec![0, 1],
        interior: vec![0, 1],
        value: BigRational::new((-1).into(), 2.into()),
    };
    let h = -0.5;
    let expected = [h, h, h, h, 1.0, h, 2.0, h, 3.0, h, 4.0, h];
    gives(pad, &[counted(&[2, 2])], t(&[3, 4], &expected));
    let x = [counted(&[2, 1]), t(&[2, 2], &[7.0, 8.0, 9.0, 10.0])];
    let expected = [1.0, 7.0, 8.0, 2.0, 9.0, 10.0];
    gives(Op::Concatenate { dim: 1 }, &x, t(&[2, 3], &expected));
    let x = [counted(&[1, 2]), counted(&[2, 2])];
    gives(
        Op::Concatenate { dim: 0 },
        &x,
        t(&[3, 2], &[1.0, 2.0, 1.0, 2.0, 3.0, 4.0]),
    );
}

#[test]
fn contractions() {
    let dot = |lists: [&[usize]; 4]| {
        let [lhs_batch, rhs_batch, lhs_contract, rhs_contract] = lists.map(<[usize]>::to_vec);
        Op::DotGeneral {
            lhs_batch,
            rhs_batch,
            lhs_contract,
            rhs_contract,
        }
    };
    let x = || counted(&[2, 3]);
    // The matrix product, with the transposed product, the outer product and a batched one.
    gives(
        dot([&[], &[], &[1], &[0]]),
        &[x(), counted(&[3, 1])],
        t(&[2, 1], &[14.0, 32.0]),
    );
    gives(
        dot([&[], &[], &[0], &[0]]),
        &[x(), counted(&[2, 1])],
        t(&[3, 1], &[9.0, 12.0, 15.0]),
    );
    let outer = t(&[2, 2], &[1.0, 2.0, 2.0, 4.0]);
    gives(
        dot([&[], &[], &[], &[]]),
        &[counted(&[2]), counted(&[2])],
        outer,
    );
    gives(
        dot([&[0], &[0], &[1], &[1]]),
        &[x(), x()],
        t(&[2], &[14.0, 77.0]),
    );
    // Batch dimensions come first in the result, wherever they stand in the operands.
    let expected = t(&[3, 2, 1], &[1.0, 4.0, 4.0, 10.0, 9.0, 18.0]);
    gives(
        dot([&[1], &[0], &[], &[]]),
        &[x(), counted(&[3, 1])],
        expected,
    );
    // Two contracted dimensions, paired crosswise: Σ x[i, j] · y[j, i].
    let crossed = Tensor::scalar(1.0 + 6.0 + 15.0 + 8.0 + 20.0 + 36.0);
    gives(
        dot([&[], &[], &[0, 1], &[1, 0]]),
        &[x(), counted(&[3, 2])],
        crossed,
    );
}

#[test]
fn reductions() {
    let x = || counted(&[2, 2, 2]);
    let sum = |dims: &[usize]| Op::ReduceSum {
        dims: dims.to_vec(),
    };
    gives(sum(&[1]), &[x()], t(&[2, 2], &[4.0, 6.0, 12.0, 14.0]));
    gives(sum(&[0, 2]), &[x()], t(&[2], &[14.0, 22.0]));
    gives(sum(&[0, 1, 2]), &[x()], Tensor::scalar(36.0));
    let max = Op::ReduceMax { dims: vec![0, 1] };
    gives(
        max,
        &[t(&[2, 1, 2], &[-3.0, -1.0, -2.0, -5.0])],
        t(&[2], &[-2.0, -1.0]),
    );
}

#[test]
fn bad_inputs_are_refused() {
    let args = [counted(&[2])];
    let negate = program(Op::Negate, &args, &[]);
    assert_eq!(run(&negate, 0, &args), Err(InterpError::EmptyBatch));
    let error = |inputs: &[Tensor]| run(&negate, 1, inputs).unwrap_err().to_string();
    assert_eq!(error(&[]), "expected 1 inputs, found 0");
    let shape = "input `x0`: expected dimensions [2], found [3]";
    assert_eq!(error(&[counted(&[3])]), shape);
    let data = "input `x0`: expected data for dimensions [2], found 1 numbers";
    assert_eq!(error(&[t(&[2], &[0.0])]), data);

    let mut b = ProgramBuilder::new();
    let x = b.constant(1, 1, Shape(vec![Dim::Batch(1 << 30)])).unwrap();
    b.output(Role::Loss, "loss", x);
    let huge = run(&b.finish().unwrap(), 1 << 40, &[]).unwrap_err();
    assert_eq!(huge, InterpError::TooLarge { value: 0 });
}
