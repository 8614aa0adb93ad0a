//! The typing rules: from an op and the types of its operands, the type of its result.

use crate::limits;
use crate::rational::rational_to_f32;
use crate::types::{DType, Dim, Op, Shape, TensorType};

use DType::{F32, I1};

/// An op that does not type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: `{op}`: expected {expected}, found {found}")]
pub struct TypeError {
    /// The op.
    pub op: &'static str,
    /// The part of the node, such as `.args[1]` or `.attrs.limit[0]`.
    pub place: String,
    /// What the op demands.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

type Typed<T> = Result<T, TypeError>;

/// The result type of `op` on operands of the types `args`, which the table of `docs/graph-format.md` gives.
///
/// `declared` is the type that the node states. The shape of `constant`, `broadcast_in_dim` and `reshape` is read off
/// it, as it does not follow from the rest; whether it equals the result is for the caller to check.
pub fn infer(op: &Op, args: &[&TensorType], declared: &TensorType) -> Typed<TensorType> {
    let cx = Cx {
        op: op.name(),
        args,
    };
    let ty = match op {
        Op::Constant { value } => {
            cx.operands([])?;
            cx.finite("attrs.value", value)?;
            TensorType::f32(declared.shape.clone())
        }
        Op::BatchSize => {
            cx.operands([])?;
            TensorType::f32(Shape(vec![]))
        }
        Op::Negate | Op::Exponential | Op::Log | Op::Sqrt => cx.same([F32], F32)?,
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Maximum => {
            cx.same([F32, F32], F32)?
        }
        Op::Compare { .. } => cx.same([F32, F32], I1)?,
        Op::Select => cx.same([I1, F32, F32], F32)?,
        Op::BroadcastInDim { dims } => cx.broadcast(dims, &declared.shape)?,
        Op::Reshape => cx.reshape(&declared.shape)?,
        Op::Transpose { permutation } => cx.transpose(permutation)?,
        Op::Slice {
            start,
            limit,
            stride,
        } => cx.slice(start, limit, stride)?,
        Op::Pad {
            low,
            high,
            interior,
            value,
        } => {
            cx.finite("attrs.value", value)?;
            cx.pad(low, high, interior)?
        }
        Op::Concatenate { dim } => cx.concatenate(*dim)?,
        Op::DotGeneral {
            lhs_batch,
            rhs_batch,
            lhs_contract,
            rhs_contract,
        } => cx.dot_general([lhs_batch, rhs_batch], [lhs_contract, rhs_contract])?,
        Op::ReduceSum { dims } | Op::ReduceMax { dims } => cx.reduce(dims)?,
    };
    cx.limits(&ty.shape)?;
    Ok(ty)
}

struct Cx<'a> {
    op: &'static str,
    args: &'a [&'a TensorType],
}

impl<'a> Cx<'a> {
    fn fail<T>(
        &self,
        place: impl AsRef<str>,
        expected: impl Into<String>,
        found: impl ToString,
    ) -> Typed<T> {
        Err(TypeError {
            op: self.op,
            place: format!(".{}", place.as_ref()),
            expected: expected.into(),
            found: found.to_string(),
        })
    }

    /// The operands' shapes, if there are as many as `dtypes` and they are of these.
    fn operands<const N: usize>(&self, dtypes: [DType; N]) -> Typed<[&'a [Dim]; N]> {
        if self.args.len() != N {
            return self.fail("args", format!("{N} operands"), self.args.len());
        }
        let mut shapes: [&[Dim]; N] = [&[]; N];
        for (i, ((ty, dtype), shape)) in self.args.iter().zip(dtypes).zip(&mut shapes).enumerate() {
            if ty.dtype != dtype {
                return self.fail(format!("args[{i}]"), dtype.to_string(), ty);
            }
            *shape = &ty.shape.0;
        }
        Ok(shapes)
    }

    fn finite(&self, place: &str, value: &num_rational::BigRational) -> Typed<()> {
        if rational_to_f32(value).is_finite() {
            return Ok(());
        }
        self.fail(place, "a value in the range of f32", value)
    }

    fn limits(&self, shape: &Shape) -> Typed<()> {
        if shape.0.len() > limits::RANK {
            let expected = format!("rank at most {}", limits::RANK);
            return self.fail("shape", expected, format!("rank {}", shape.0.len()));
        }
        if shape.coefficient().is_none() {
            return self.fail("shape", "a product of dimensions below 2^40", shape);
        }
        Ok(())
    }

    fn same<const N: usize>(&self, dtypes: [DType; N], result: DType) -> Typed<TensorType> {
        let shapes = self.operands(dtypes)?;
        let first = *shapes.first().unwrap_or(&[].as_slice());
        for (i, shape) in shapes.into_iter().enumerate() {
            if shape != first {
                let expected = Shape(first.to_vec()).to_string();
                return self.fail(format!("args[{i}]"), expected, Shape(shape.to_vec()));
            }
        }
        Ok(TensorType {
            dtype: result,
            shape: Shape(first.to_vec()),
        })
    }

    fn broadcast(&self, dims: &[usize], result: &Shape) -> Typed<TensorType> {
        let [x] = self.operands([F32])?;
        self.length("attrs.dims", x.len(), dims.len())?;
        self.increasing("attrs.dims", dims, result.0.len())?;
        for (i, (d, place)) in x.iter().zip(dims).enumerate() {
            let there = result.0.get(*place);
            if there != Some(d) {
                let found = there.map_or_else(String::new, Dim::to_string);
                let expected = format!("a result whose dimension {place} is {d}");
                return self.fail(format!("attrs.dims[{i}]"), expected, found);
            }
        }
        Ok(TensorType::f32(result.clone()))
    }

    fn reshape(&self, result: &Shape) -> Typed<TensorType> {
        let [x] = self.operands([F32])?;
        let x = Shape(x.to_vec());
        if x.elements() != result.elements() {
            return self.fail("shape", format!("as many elements as {x}"), result);
        }
        Ok(TensorType::f32(result.clone()))
    }

    fn transpose(&self, permutation: &[usize]) -> Typed<TensorType> {
        let [x] = self.operands([F32])?;
        let place = "attrs.permutation";
        self.length(place, x.len(), permutation.len())?;
        self.distinct(place, permutation, &[], x.len())?;
        Ok(TensorType::f32(Shape(
            permutation
                .iter()
                .filter_map(|p| x.get(*p))
                .copied()
                .collect(),
        )))
    }

    fn slice(&self, start: &[u64], limit: &[Dim], stride: &[u64]) -> Typed<TensorType> {
        let [x] = self.operands([F32])?;
        self.length("attrs.start", x.len(), start.len())?;
        self.length("attrs.limit", x.len(), limit.len())?;
        self.length("attrs.stride", x.len(), stride.len())?;
        let mut shape = Vec::with_capacity(x.len());
        for (i, (((d, start), limit), stride)) in
            x.iter().zip(start).zip(limit).zip(stride).enumerate()
        {
            let at = |name: &str| format!("attrs.{name}[{i}]");
            shape.push(match (*d, *limit) {
                (Dim::Fixed(n), Dim::Fixed(limit)) => {
                    if *stride == 0 {
                        return self.fail(at("stride"), "a stride of at least 1", stride);
                    }
                    if limit > n {
                        return self.fail(at("limit"), format!("at most {n}"), limit);
                    }
                    match limit.checked_sub(*start) {
                        Some(width @ 1..) => Dim::Fixed(width.div_ceil(*stride)),
                        _ => return self.fail(at("start"), format!("below {limit}"), start),
                    }
                }
                (Dim::Batch(_), limit) if limit == *d => match (start, stride) {
                    (0, 1) => *d,
                    (0, _) => return self.fail(at("stride"), "1 in a batch dimension", stride),
                    _ => return self.fail(at("start"), "0 in a batch dimension", start),
                },
                (_, limit) => return self.fail(at("limit"), at_most(*d), limit),
            });
        }
        Ok(TensorType::f32(Shape(shape)))
    }

    fn pad(&self, low: &[u64], high: &[u64], interior: &[u64]) -> Typed<TensorType> {
        let [x] = self.operands([F32])?;
        self.length("attrs.low", x.len(), low.len())?;
        self.length("attrs.high", x.len(), high.len())?;
        self.length("attrs.interior", x.len(), interior.len())?;
        let mut shape = Vec::with_capacity(x.len());
        for (i, (((d, low), high), interior)) in
            x.iter().zip(low).zip(high).zip(interior).enumerate()
        {
            shape.push(match *d {
                Dim::Batch(_) => {
                    for (name, amount) in [("low", low), ("high", high), ("interior", interior)] {
                        if *amount != 0 {
                            let at = format!("attrs.{name}[{i}]");
                            return self.fail(at, "0 in a batch dimension", amount);
                        }
                    }
                    *d
                }
                Dim::Fixed(n) => {
                    let between = n.saturating_sub(1).checked_mul(*interior);
                    let padded = between
                        .and_then(|b| b.checked_add(n))
                        .and_then(|b| b.checked_add(*low))
                        .and_then(|b| b.checked_add(*high));
                    match padded {
                        Some(n) => Dim::Fixed(n),
                        None => {
                            let found = format!("dimension {i} beyond 64 bits");
                            return self.fail(
                                "attrs",
                                "dimensions whose product is below 2^40",
                                found,
                            );
                        }
                    }
                }
            });
        }
        Ok(TensorType::f32(Shape(shape)))
    }

    fn concatenate(&self, dim: usize) -> Typed<TensorType> {
        let Some(first) = self.args.first() else {
            return self.fail("args", "at least 1 operand", 0);
        };
        let rank = first.shape.0.len();
        let mut size = 0u64;
        for (i, ty) in self.args.iter().enumerate() {
            let at = format!("args[{i}]");
            if ty.dtype != F32 {
                return self.fail(at, "f32", ty);
            }
            let along = match ty.shape.0.get(dim) {
                Some(Dim::Fixed(n)) => *n,
                Some(d) => return self.fail("attrs.dim", "not a batch dimension", d),
                None => return self.fail("attrs.dim", format!("below the rank {rank}"), dim),
            };
            let others = |s: &Shape| {
                let mut dims = s.0.clone();
                if dim < dims.len() {
                    dims.remove(dim);
                }
                dims
            };
            if others(&ty.shape) != others(&first.shape) {
                let expected = format!("{} but for dimension {dim}", first.shape);
                return self.fail(at, expected, &ty.shape);
            }
            size = match size.checked_add(along) {
                Some(size) => size,
                None => {
                    return self.fail(at, "sizes that add up to below 2^40", "more than 64 bits");
                }
            };
        }
        let mut shape = first.shape.clone();
        if let Some(d) = shape.0.get_mut(dim) {
            *d = Dim::Fixed(size);
        }
        Ok(TensorType::f32(shape))
    }

    fn dot_general(
        &self,
        batch: [&Vec<usize>; 2],
        contract: [&Vec<usize>; 2],
    ) -> Typed<TensorType> {
        let [x, y] = self.operands([F32, F32])?;
        let sides = [("lhs", x), ("rhs", y)];
        for (((side, shape), batch), contract) in sides.into_iter().zip(batch).zip(contract) {
            self.distinct(&format!("attrs.{side}_batch"), batch, &[], shape.len())?;
            self.distinct(
                &format!("attrs.{side}_contract"),
                contract,
                batch,
                shape.len(),
            )?;
        }
        for (kind, [lhs, rhs]) in [("batch", batch), ("contract", contract)] {
            self.length(&format!("attrs.rhs_{kind}"), lhs.len(), rhs.len())?;
            for (i, (l, r)) in lhs.iter().zip(rhs).enumerate() {
                if let (Some(l), Some(r)) = (x.get(*l), y.get(*r))
                    && l != r
                {
                    let expected = format!("a dimension of size {l}");
                    return self.fail(format!("attrs.rhs_{kind}[{i}]"), expected, r);
                }
            }
        }
        let [lhs_batch, rhs_batch] = batch;
        let [lhs_contract, rhs_contract] = contract;
        let mut shape: Vec<Dim> = lhs_batch
            .iter()
            .filter_map(|i| x.get(*i))
            .copied()
            .collect();
        shape.extend(without(x, &[lhs_batch, lhs_contract]));
        shape.extend(without(y, &[rhs_batch, rhs_contract]));
        Ok(TensorType::f32(Shape(shape)))
    }

    fn reduce(&self, dims: &[usize]) -> Typed<TensorType> {
        let [x] = self.operands([F32])?;
        if dims.is_empty() {
            return self.fail("attrs.dims", "at least 1 dimension", "none");
        }
        self.increasing("attrs.dims", dims, x.len())?;
        Ok(TensorType::f32(Shape(without(x, &[dims]))))
    }

    fn length(&self, place: &str, expected: usize, found: usize) -> Typed<()> {
        if expected == found {
            return Ok(());
        }
        self.fail(place, format!("{expected} entries"), found)
    }

    fn increasing(&self, place: &str, dims: &[usize], rank: usize) -> Typed<()> {
        self.distinct(place, dims, &[], rank)?;
        if dims.is_sorted() {
            return Ok(());
        }
        self.fail(place, "strictly increasing dimensions", format!("{dims:?}"))
    }

    /// Checks that dimensions are below the rank, and none is there twice or among `others`.
    fn distinct(&self, place: &str, dims: &[usize], others: &[usize], rank: usize) -> Typed<()> {
        for (i, d) in dims.iter().enumerate() {
            let at = || format!("{place}[{i}]");
            if *d >= rank {
                return self.fail(at(), format!("below the rank {rank}"), d);
            }
            if others.contains(d) || dims.iter().take(i).any(|e| e == d) {
                return self.fail(at(), "each dimension once", format!("{d} again"));
            }
        }
        Ok(())
    }
}

fn at_most(d: Dim) -> String {
    match d {
        Dim::Fixed(n) => format!("at most {n}"),
        Dim::Batch(_) => format!("{d}, the whole batch dimension"),
    }
}

/// The dimensions of a shape whose places are in none of the lists, in order.
fn without(shape: &[Dim], lists: &[&[usize]]) -> Vec<Dim> {
    let kept = |i: &usize| !lists.iter().any(|list| list.contains(i));
    shape
        .iter()
        .enumerate()
        .filter(|(i, _)| kept(i))
        .map(|(_, d)| *d)
        .collect()
}
