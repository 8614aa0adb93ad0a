//! Printing takes milliseconds for graphs of thousands of nodes.
#![cfg(not(debug_assertions))]

mod common;

use std::time::{Duration, Instant};

use common::{program, rational};
use lmx_graph::{Dim, Op, Program, Shape};
use lmx_mlir::emit;

/// Layers of products, slices, reductions and constants, each with numbers of its own.
fn deep(nodes: u64) -> Program {
    let (x, w) = (Shape::batched(&[16, 8]), Shape::fixed(&[8, 8]));
    program(&[x.clone(), w], |p, ids| {
        let mut h = ids[0];
        for i in 0..nodes / 10 {
            let dot = Op::DotGeneral {
                lhs_batch: vec![],
                rhs_batch: vec![],
                lhs_contract: vec![2],
                rhs_contract: vec![(i % 2) as usize],
            };
            let product = p.op(dot, &[h, ids[1]])?;
            let start = i % 15;
            let limit = vec![Dim::Batch(1), Dim::Fixed(start + 1), Dim::Fixed(8)];
            let row = p.op(
                Op::Slice {
                    start: vec![0, start, 0],
                    limit,
                    stride: vec![1, 1, 1],
                },
                &[product],
            )?;
            let (low, high) = (vec![0, start, 0], vec![0, 15 - start, 0]);
            let row = p.op(
                Op::Pad {
                    low,
                    high,
                    interior: vec![0; 3],
                    value: rational(0, 1),
                },
                &[row],
            )?;
            let top = p.op(Op::ReduceMax { dims: vec![2] }, &[row])?;
            let top = p.op_as(Op::BroadcastInDim { dims: vec![0, 1] }, &[top], x.clone())?;
            let shifted = p.op(Op::Subtract, &[product, top])?;
            let scale = p.op_as(
                Op::Constant {
                    value: rational(i as i64 + 1, 7),
                },
                &[],
                x.clone(),
            )?;
            let scaled = p.op(Op::Multiply, &[shifted, scale])?;
            let swapped = p.op(
                Op::Transpose {
                    permutation: vec![0, 1, 2],
                },
                &[scaled],
            )?;
            h = p.op(Op::Add, &[swapped, h])?;
        }
        Ok(h)
    })
}

/// The least of many times: what else runs on the machine only adds.
fn best(program: &Program) -> Duration {
    let time = |_| {
        let start = Instant::now();
        assert!(emit(program, 128).is_ok_and(|text| text.len() > 1000));
        start.elapsed()
    };
    (0..20).map(time).min().unwrap_or_default()
}

#[test]
fn three_thousand_nodes_take_less_than_50_ms() {
    let program = deep(3000);
    assert_eq!(program.nodes.len(), 3000);
    let time = best(&program);
    println!("300 nodes: {:?}, 3,000 nodes: {time:?}", best(&deep(300)));
    assert!(time < Duration::from_millis(50), "{time:?}");
}
