//! Random programs that type, from any list of numbers.

use lmx_graph::{Dim, Direction, Op, Program, ProgramBuilder, Shape, ValueId};
use num_rational::BigRational;

/// Numbers to decide by; zeros when they run out.
pub struct Choices<'a>(pub std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn below(&mut self, n: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % n.max(1)
    }

    fn list(&mut self, len: usize, n: usize) -> Vec<usize> {
        (0..len).map(|_| self.below(n)).collect()
    }

    fn sizes(&mut self, len: usize, n: usize) -> Vec<u64> {
        self.list(len, n).into_iter().map(|x| x as u64).collect()
    }

    fn rational(&mut self) -> BigRational {
        BigRational::new(
            (self.below(9) as i64 - 4).into(),
            (self.below(4) as i64 + 1).into(),
        )
    }

    fn shape(&mut self) -> Shape {
        let dims = (0..self.below(4)).map(|_| match self.below(4) {
            0 => Dim::Batch(1),
            n => Dim::Fixed(n as u64),
        });
        Shape(dims.collect())
    }
}

/// Appends nodes to a program, in which it also changes nothing else; an op that does not type is left out.
pub fn append(program: &Program, mut choices: Choices<'_>) -> Program {
    let mut b = ProgramBuilder::new();
    for input in &program.inputs {
        b.input(input.role, &input.name, input.ty.shape.clone())
            .unwrap();
    }
    let mut values = program.inputs.len();
    for node in &program.nodes {
        b.op_as(node.op.clone(), &node.args, node.ty.shape.clone())
            .unwrap();
        values += 1;
    }
    while choices.0.len() > 0 {
        let args = choices.list(3, values);
        if let Some((op, arity, shape)) = op(&b, &mut choices, &args)
            && b.op_as(op, &args[..arity], shape).is_ok()
        {
            values += 1;
        }
    }
    for output in &program.outputs {
        b.output(output.role, &output.name, output.value);
    }
    b.finish().unwrap()
}

fn op(b: &ProgramBuilder, c: &mut Choices<'_>, args: &[ValueId]) -> Option<(Op, usize, Shape)> {
    let x = &b.ty(args[0])?.shape;
    let rank = x.0.len();
    let scalar = Shape(vec![]);
    Some(match c.below(22) {
        0 => (
            Op::Constant {
                value: c.rational(),
            },
            0,
            c.shape(),
        ),
        1 => (Op::BatchSize, 0, scalar),
        2 => (Op::Negate, 1, scalar),
        3 => (Op::Exponential, 1, scalar),
        4 => (Op::Log, 1, scalar),
        5 => (Op::Sqrt, 1, scalar),
        6 => (Op::Add, 2, scalar),
        7 => (Op::Subtract, 2, scalar),
        8 => (Op::Multiply, 2, scalar),
        9 => (Op::Divide, 2, scalar),
        10 => (Op::Maximum, 2, scalar),
        11 => {
            let direction = [Direction::Eq, Direction::Ge, Direction::Gt][c.below(3)];
            (Op::Compare { direction }, 2, scalar)
        }
        12 => (Op::Select, 3, scalar),
        13 => {
            let mut shape = x.clone();
            let at = c.below(rank + 1);
            shape.0.insert(at, Dim::Fixed(c.below(3) as u64 + 1));
            let dims = (0..=rank).filter(|i| *i != at).collect();
            (Op::BroadcastInDim { dims }, 1, shape)
        }
        14 => {
            let mut shape = x.clone();
            shape.0.reverse();
            shape.0.insert(c.below(rank + 1), Dim::Fixed(1));
            (Op::Reshape, 1, shape)
        }
        15 => (
            Op::Transpose {
                permutation: c.list(rank, rank),
            },
            1,
            scalar,
        ),
        16 => {
            let limit = x.0.iter().map(|d| match d {
                Dim::Fixed(n) if c.below(2) == 0 => Dim::Fixed((n / 2).max(1)),
                d => *d,
            });
            let limit = limit.collect();
            let start = c.sizes(rank, 2);
            let stride = c.sizes(rank, 2).into_iter().map(|s| s + 1).collect();
            (
                Op::Slice {
                    start,
                    limit,
                    stride,
                },
                1,
                scalar,
            )
        }
        17 => {
            let [low, high, interior] = [(); 3].map(|()| c.sizes(rank, 2));
            (
                Op::Pad {
                    low,
                    high,
                    interior,
                    value: c.rational(),
                },
                1,
                scalar,
            )
        }
        18 => (
            Op::Concatenate { dim: c.below(rank) },
            1 + c.below(3),
            scalar,
        ),
        19 => {
            let other = b.ty(args[1])?.shape.0.len();
            let (batch, contract) = (c.below(2), c.below(2));
            let op = Op::DotGeneral {
                lhs_batch: c.list(batch, rank),
                rhs_batch: c.list(batch, other),
                lhs_contract: c.list(contract, rank),
                rhs_contract: c.list(contract, other),
            };
            (op, 2, scalar)
        }
        20 => (
            Op::ReduceSum {
                dims: vec![c.below(rank)],
            },
            1,
            scalar,
        ),
        _ => (
            Op::ReduceMax {
                dims: vec![c.below(rank)],
            },
            1,
            scalar,
        ),
    })
}
