//! The typing rule of each op: what it gives, and what it refuses with which message.

use lmx_graph::{DType, Dim, Direction, Op, Shape, TensorType, infer};
use num_rational::BigRational;

/// `f32[2, B, 3B]` as `"2,B,3B"`.
fn shape(text: &str) -> Shape {
    let dim = |d: &str| match d.strip_suffix('B') {
        Some("") => Dim::Batch(1),
        Some(n) => Dim::Batch(n.parse().unwrap()),
        None => Dim::Fixed(d.parse().unwrap()),
    };
    Shape(text.split(',').filter(|d| !d.is_empty()).map(dim).collect())
}

/// A type; `"i1 …"` is a predicate.
fn ty(text: &str) -> TensorType {
    match text.strip_prefix("i1 ") {
        Some(dims) => TensorType {
            dtype: DType::I1,
            shape: shape(dims),
        },
        None => TensorType::f32(shape(text)),
    }
}

fn run(op: Op, args: &[&str], declared: &str) -> Result<String, String> {
    let types: Vec<_> = args.iter().map(|a| ty(a)).collect();
    let types: Vec<_> = types.iter().collect();
    infer(&op, &types, &ty(declared))
        .map(|t| t.to_string())
        .map_err(|e| e.to_string())
}

#[track_caller]
fn gives(op: Op, args: &[&str], result: &str) {
    assert_eq!(run(op, args, result), Ok(ty(result).to_string()));
}

#[track_caller]
fn refuses(op: Op, args: &[&str], declared: &str, message: &str) {
    let name = op.name();
    let found = run(op, args, declared).expect_err("refused");
    assert!(found.contains(&format!("`{name}`")), "{found}");
    assert!(
        found.contains(message),
        "\nexpected: {message}\nfound:    {found}"
    );
}

fn one() -> BigRational {
    BigRational::new(1.into(), 1.into())
}

fn dot(lists: [&[usize]; 4]) -> Op {
    let [lhs_batch, rhs_batch, lhs_contract, rhs_contract] = lists.map(<[usize]>::to_vec);
    Op::DotGeneral {
        lhs_batch,
        rhs_batch,
        lhs_contract,
        rhs_contract,
    }
}

fn slice(start: &[u64], limit: &str, stride: &[u64]) -> Op {
    Op::Slice {
        start: start.to_vec(),
        limit: shape(limit).0,
        stride: stride.to_vec(),
    }
}

fn pad(low: &[u64], high: &[u64], interior: &[u64]) -> Op {
    Op::Pad {
        low: low.to_vec(),
        high: high.to_vec(),
        interior: interior.to_vec(),
        value: one(),
    }
}

#[test]
fn constants() {
    gives(Op::Constant { value: one() }, &[], "B,3");
    refuses(
        Op::Constant { value: one() },
        &["2"],
        "2",
        ".args: `constant`: expected 0 operands, found 1",
    );
    let huge = BigRational::from_integer(num_bigint::BigInt::from(10).pow(39));
    refuses(
        Op::Constant { value: huge },
        &[],
        "2",
        ".attrs.value: `constant`: expected a value in the range of f32",
    );
    gives(Op::BatchSize, &[], "");
    refuses(Op::BatchSize, &["B"], "", "expected 0 operands, found 1");
}

#[test]
fn pointwise() {
    for op in [Op::Negate, Op::Exponential, Op::Log, Op::Sqrt] {
        gives(op.clone(), &["2,B"], "2,B");
        refuses(op.clone(), &[], "2", "expected 1 operands, found 0");
        refuses(op, &["i1 2"], "2", ".args[0]: ");
    }
    for op in [Op::Add, Op::Subtract, Op::Multiply, Op::Divide, Op::Maximum] {
        gives(op.clone(), &["2,B", "2,B"], "2,B");
        refuses(op.clone(), &["2,B"], "2,B", "expected 2 operands, found 1");
        refuses(op.clone(), &["2", "3"], "2", "expected [2], found [3]");
        refuses(op.clone(), &["2", "B"], "2", "expected [2], found [B]");
        refuses(op.clone(), &["2", ""], "2", "expected [2], found []");
        refuses(op, &["2", "i1 2"], "2", "expected f32, found i1[2]");
    }
}

#[test]
fn predicates() {
    let compare = Op::Compare {
        direction: Direction::Ge,
    };
    gives(compare.clone(), &["2,B", "2,B"], "i1 2,B");
    refuses(
        compare.clone(),
        &["2", "3"],
        "i1 2",
        ".args[1]: `compare`: expected [2], found [3]",
    );
    refuses(
        compare,
        &["i1 2", "i1 2"],
        "i1 2",
        ".args[0]: `compare`: expected f32, found i1[2]",
    );
    gives(Op::Select, &["i1 B", "B", "B"], "B");
    refuses(
        Op::Select,
        &["B", "B", "B"],
        "B",
        ".args[0]: `select`: expected i1, found f32[B]",
    );
    refuses(
        Op::Select,
        &["i1 ", "B", "B"],
        "B",
        ".args[1]: `select`: expected [], found [B]",
    );
    refuses(
        Op::Select,
        &["i1 B", "B", "2"],
        "B",
        ".args[2]: `select`: expected [B], found [2]",
    );
}

#[test]
fn broadcasts() {
    let to = |dims: &[usize]| Op::BroadcastInDim {
        dims: dims.to_vec(),
    };
    gives(to(&[]), &[""], "B,3");
    gives(to(&[1]), &["3"], "B,3");
    gives(to(&[0, 2]), &["B,3"], "B,2,3");
    refuses(
        to(&[0]),
        &["3"],
        "B,3",
        ".attrs.dims[0]: `broadcast_in_dim`: expected a result whose dimension 0 is 3, found B",
    );
    refuses(
        to(&[0]),
        &["1"],
        "2",
        "expected a result whose dimension 0 is 1, found 2",
    );
    refuses(
        to(&[2]),
        &["3"],
        "B,3",
        ".attrs.dims[0]: `broadcast_in_dim`: expected below the rank 2, found 2",
    );
    refuses(
        to(&[1, 0]),
        &["3,B"],
        "B,3",
        "expected strictly increasing dimensions, found [1, 0]",
    );
    refuses(
        to(&[1, 1]),
        &["3,3"],
        "B,3",
        "expected each dimension once, found 1 again",
    );
    refuses(
        to(&[]),
        &["3"],
        "B,3",
        ".attrs.dims: `broadcast_in_dim`: expected 1 entries, found 0",
    );
    refuses(to(&[0]), &["i1 3"], "3", "expected f32, found i1[3]");
}

#[test]
fn reshapes() {
    gives(Op::Reshape, &["B,4,3"], "B,12");
    gives(Op::Reshape, &["2,B"], "2B");
    gives(Op::Reshape, &["B,B,6"], "2B,3B");
    gives(Op::Reshape, &["1,1"], "");
    refuses(
        Op::Reshape,
        &["B,4"],
        "B,3",
        ".shape: `reshape`: expected as many elements as [B, 4], found [B, 3]",
    );
    refuses(
        Op::Reshape,
        &["B,4"],
        "4",
        "expected as many elements as [B, 4], found [4]",
    );
    refuses(
        Op::Reshape,
        &["B"],
        "B,B",
        "expected as many elements as [B], found [B, B]",
    );
}

#[test]
fn transposes() {
    let by = |p: &[usize]| Op::Transpose {
        permutation: p.to_vec(),
    };
    gives(by(&[2, 0, 1]), &["B,4,3"], "3,B,4");
    refuses(
        by(&[0, 0]),
        &["2,3"],
        "2,2",
        ".attrs.permutation[1]: `transpose`: expected each dimension once, found 0 again",
    );
    refuses(
        by(&[0, 2]),
        &["2,3"],
        "2,3",
        "expected below the rank 2, found 2",
    );
    refuses(
        by(&[0]),
        &["2,3"],
        "2",
        ".attrs.permutation: `transpose`: expected 2 entries, found 1",
    );
}

#[test]
fn slices() {
    gives(slice(&[0, 1], "B,6", &[1, 2]), &["B,7"], "B,3");
    gives(slice(&[0], "7", &[3]), &["7"], "3");
    gives(slice(&[0], "3B", &[1]), &["3B"], "3B");
    refuses(
        slice(&[0], "8", &[1]),
        &["7"],
        "8",
        ".attrs.limit[0]: `slice`: expected at most 7, found 8",
    );
    refuses(
        slice(&[3], "3", &[1]),
        &["7"],
        "0",
        ".attrs.start[0]: `slice`: expected below 3, found 3",
    );
    refuses(
        slice(&[0], "3", &[0]),
        &["7"],
        "3",
        ".attrs.stride[0]: `slice`: expected a stride of at least 1, found 0",
    );
    refuses(
        slice(&[0], "B", &[1]),
        &["2B"],
        "B",
        ".attrs.limit[0]: `slice`: expected 2B, the whole batch dimension, found B",
    );
    refuses(
        slice(&[0], "1", &[1]),
        &["B"],
        "1",
        "expected B, the whole batch dimension, found 1",
    );
    refuses(
        slice(&[0], "B", &[1]),
        &["2"],
        "B",
        ".attrs.limit[0]: `slice`: expected at most 2, found B",
    );
    refuses(
        slice(&[1], "B", &[1]),
        &["B"],
        "B",
        ".attrs.start[0]: `slice`: expected 0 in a batch dimension, found 1",
    );
    refuses(
        slice(&[0], "B", &[2]),
        &["B"],
        "B",
        ".attrs.stride[0]: `slice`: expected 1 in a batch dimension, found 2",
    );
    refuses(
        slice(&[0], "2,2", &[1]),
        &["2"],
        "2",
        ".attrs.limit: `slice`: expected 1 entries, found 2",
    );
    refuses(
        slice(&[], "2", &[1]),
        &["2"],
        "2",
        ".attrs.start: `slice`: expected 1 entries, found 0",
    );
    refuses(
        slice(&[0], "2", &[1, 1]),
        &["2"],
        "2",
        ".attrs.stride: `slice`: expected 1 entries, found 2",
    );
}

#[test]
fn pads() {
    gives(pad(&[0, 1], &[0, 2], &[0, 3]), &["B,4"], "B,16");
    gives(pad(&[0], &[0], &[5]), &["1"], "1");
    refuses(
        pad(&[1], &[0], &[0]),
        &["B"],
        "B",
        ".attrs.low[0]: `pad`: expected 0 in a batch dimension, found 1",
    );
    refuses(
        pad(&[0], &[0], &[1]),
        &["B"],
        "B",
        ".attrs.interior[0]: `pad`: expected 0 in a batch dimension, found 1",
    );
    refuses(
        pad(&[0, 0], &[0], &[0]),
        &["2"],
        "2",
        ".attrs.low: `pad`: expected 1 entries, found 2",
    );
    let huge = u64::MAX;
    for op in [
        pad(&[huge], &[0], &[0]),
        pad(&[0], &[huge], &[0]),
        pad(&[0], &[0], &[huge]),
    ] {
        refuses(
            op,
            &["3"],
            "3",
            "expected dimensions whose product is below 2^40, found dimension 0 beyond 64 bits",
        );
    }
    refuses(
        pad(&[1 << 40], &[0], &[0]),
        &["3"],
        "3",
        ".shape: `pad`: expected a product of dimensions below 2^40",
    );
    let beyond = Op::Pad {
        low: vec![0],
        high: vec![0],
        interior: vec![0],
        value: one() / BigRational::new(1.into(), num_bigint::BigInt::from(10).pow(40)),
    };
    refuses(
        beyond,
        &["3"],
        "3",
        ".attrs.value: `pad`: expected a value in the range of f32",
    );
}

#[test]
fn concatenations() {
    let along = |dim| Op::Concatenate { dim };
    gives(along(1), &["B,2", "B,3", "B,1"], "B,6");
    gives(along(0), &["2"], "2");
    refuses(
        along(0),
        &[],
        "2",
        ".args: `concatenate`: expected at least 1 operand, found 0",
    );
    refuses(
        along(0),
        &["B,2", "B,2"],
        "2B,2",
        ".attrs.dim: `concatenate`: expected not a batch dimension, found B",
    );
    refuses(
        along(2),
        &["B,2"],
        "B,2",
        ".attrs.dim: `concatenate`: expected below the rank 2, found 2",
    );
    refuses(
        along(0),
        &["2,B", "3,4"],
        "5,B",
        ".args[1]: `concatenate`: expected [2, B] but for dimension 0, found [3, 4]",
    );
    refuses(
        along(0),
        &["2", "2,1"],
        "4",
        ".args[1]: `concatenate`: expected [2] but for dimension 0, found [2, 1]",
    );
    refuses(
        along(0),
        &["2", "i1 2"],
        "4",
        ".args[1]: `concatenate`: expected f32, found i1[2]",
    );
}

#[test]
fn contractions() {
    gives(dot([&[], &[], &[1], &[0]]), &["B,4", "4,3"], "B,3");
    gives(dot([&[], &[], &[0], &[0]]), &["B,4", "B,3"], "4,3");
    gives(dot([&[0], &[1], &[2], &[0]]), &["B,5,4", "4,B,3"], "B,5,3");
    gives(dot([&[], &[], &[], &[]]), &["2", "3"], "2,3");
    gives(
        dot([&[], &[], &[1, 2], &[0, 1]]),
        &["B,2,3", "2,3,5"],
        "B,5",
    );
    refuses(
        dot([&[], &[], &[1], &[0]]),
        &["B,4", "5,3"],
        "B,3",
        ".attrs.rhs_contract[0]: `dot_general`: expected a dimension of size 4, found 5",
    );
    refuses(
        dot([&[0], &[0], &[1], &[1]]),
        &["B,4", "2,4"],
        "B",
        ".attrs.rhs_batch[0]: `dot_general`: expected a dimension of size B, found 2",
    );
    refuses(
        dot([&[0], &[], &[1], &[0]]),
        &["B,4", "4,3"],
        "B,3",
        ".attrs.rhs_batch: `dot_general`: expected 1 entries, found 0",
    );
    refuses(
        dot([&[], &[], &[2], &[0]]),
        &["B,4", "4,3"],
        "B,3",
        ".attrs.lhs_contract[0]: `dot_general`: expected below the rank 2, found 2",
    );
    refuses(
        dot([&[0], &[0], &[0], &[1]]),
        &["4,4", "4,4"],
        "4",
        ".attrs.lhs_contract[0]: `dot_general`: expected each dimension once, found 0 again",
    );
    refuses(
        dot([&[], &[], &[1, 1], &[0, 1]]),
        &["B,4", "4,4"],
        "B",
        ".attrs.lhs_contract[1]: `dot_general`: expected each dimension once",
    );
    refuses(
        dot([&[], &[], &[], &[]]),
        &["1048576", "1048576"],
        "1",
        "expected a product of dimensions below 2^40",
    );
    refuses(
        dot([&[], &[], &[], &[]]),
        &["1,1,1,1,1", "1,1,1,1"],
        "1",
        "expected rank at most 8, found rank 9",
    );
}

#[test]
fn reductions() {
    for op in [|dims| Op::ReduceSum { dims }, |dims| Op::ReduceMax { dims }] {
        gives(op(vec![1]), &["B,4,3"], "B,3");
        gives(op(vec![0, 2]), &["B,4,3"], "4");
        gives(op(vec![0]), &["B"], "");
        refuses(
            op(vec![]),
            &["B"],
            "B",
            "expected at least 1 dimension, found none",
        );
        refuses(
            op(vec![1]),
            &["B"],
            "B",
            "expected below the rank 1, found 1",
        );
        refuses(
            op(vec![1, 0]),
            &["B,2"],
            "",
            "expected strictly increasing dimensions, found [1, 0]",
        );
        refuses(
            op(vec![0, 0]),
            &["B,2"],
            "2",
            "expected each dimension once, found 0 again",
        );
        refuses(op(vec![0]), &["i1 B"], "", "expected f32, found i1[B]");
    }
}
