//! The meaning of each op. Every function gives `None` for operands that do not type, which a checked program has not.

use lmx_graph::{Dim, Direction, Op, rational_to_f64};

use crate::index::{count, for_each_index, place, strides};
use crate::tensor::{Tensor, Value};

/// An operand: its dimensions and elements.
struct View<'a> {
    dims: Vec<usize>,
    data: &'a [f64],
}

fn view(tensor: &Tensor) -> Option<View<'_>> {
    let dims: Option<Vec<usize>> = tensor
        .dims
        .iter()
        .map(|d| usize::try_from(*d).ok())
        .collect();
    Some(View {
        dims: dims?,
        data: &tensor.data,
    })
}

fn numbers<'a>(args: &[&'a Value], i: usize) -> Option<View<'a>> {
    match args.get(i)? {
        Value::Numbers(tensor) => view(tensor),
        Value::Truths(_) => None,
    }
}

/// The result of an op, whose dimensions are `dims`.
pub(crate) fn eval(op: &Op, args: &[&Value], dims: Vec<usize>, batch: u64) -> Option<Value> {
    let x = || numbers(args, 0);
    let data = match op {
        Op::Constant { value } => vec![rational_to_f64(value); count(&dims)],
        Op::BatchSize => vec![batch as f64],
        Op::Negate => unary(&x()?, |x| -x),
        Op::Exponential => unary(&x()?, f64::exp),
        Op::Log => unary(&x()?, f64::ln),
        Op::Sqrt => unary(&x()?, f64::sqrt),
        Op::Add => binary(args, |x, y| x + y)?,
        Op::Subtract => binary(args, |x, y| x - y)?,
        Op::Multiply => binary(args, |x, y| x * y)?,
        Op::Divide => binary(args, |x, y| x / y)?,
        Op::Maximum => binary(args, maximum)?,
        Op::Compare { direction } => {
            let holds = match direction {
                Direction::Eq => |x: f64, y: f64| x == y,
                Direction::Ge => |x: f64, y: f64| x >= y,
                Direction::Gt => |x: f64, y: f64| x > y,
            };
            return Some(Value::Truths(binary(args, holds)?));
        }
        Op::Select => select(args)?,
        Op::BroadcastInDim { dims: places } => broadcast_in_dim(&x()?, places, &dims)?,
        Op::Reshape => x()?.data.to_vec(),
        Op::Transpose { permutation } => transpose(&x()?, permutation, &dims)?,
        Op::Slice {
            start,
            stride,
            limit,
        } => slice(&x()?, start, limit, stride, &dims)?,
        Op::Pad {
            low,
            interior,
            value,
            ..
        } => pad(&x()?, low, interior, rational_to_f64(value), &dims)?,
        Op::Concatenate { dim } => concatenate(args, *dim, &dims)?,
        Op::DotGeneral {
            lhs_batch,
            rhs_batch,
            lhs_contract,
            rhs_contract,
        } => dot_general(
            [&x()?, &numbers(args, 1)?],
            [lhs_batch, rhs_batch],
            [lhs_contract, rhs_contract],
            &dims,
        )?,
        Op::ReduceSum { dims: over } => reduce(&x()?, over, &dims, 0.0, |x, y| x + y)?,
        Op::ReduceMax { dims: over } => reduce(&x()?, over, &dims, f64::NEG_INFINITY, maximum)?,
    };
    (data.len() == count(&dims)).then(|| {
        let dims = dims.into_iter().map(|d| d as u64).collect();
        Value::Numbers(Tensor { dims, data })
    })
}

/// IEEE 754-2019 `maximum`, as the spec's section "maximum" asks: NaN if either is, and 0 above −0.
fn maximum(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        f64::NAN
    } else if x == y {
        if x.is_sign_negative() { y } else { x }
    } else if x > y {
        x
    } else {
        y
    }
}

fn unary(x: &View<'_>, f: impl Fn(f64) -> f64) -> Vec<f64> {
    x.data.iter().map(|x| f(*x)).collect()
}

fn binary<T>(args: &[&Value], f: impl Fn(f64, f64) -> T) -> Option<Vec<T>> {
    let (x, y) = (numbers(args, 0)?, numbers(args, 1)?);
    (x.dims == y.dims).then(|| x.data.iter().zip(y.data).map(|(x, y)| f(*x, *y)).collect())
}

/// Section "select".
fn select(args: &[&Value]) -> Option<Vec<f64>> {
    let Some(Value::Truths(predicate)) = args.first() else {
        return None;
    };
    let (x, y) = (numbers(args, 1)?, numbers(args, 2)?);
    let choose = |((p, x), y): ((&bool, &f64), &f64)| if *p { *x } else { *y };
    Some(
        predicate
            .iter()
            .zip(x.data)
            .zip(y.data)
            .map(choose)
            .collect(),
    )
}

/// The result whose element at each index is the operand's at a place: the index weighted by `weights`, from `origin` on.
fn gather(x: &View<'_>, dims: &[usize], weights: &[usize], origin: usize) -> Option<Vec<f64>> {
    let mut out = Vec::with_capacity(count(dims));
    let mut whole = true;
    for_each_index(dims, |index| {
        match x.data.get(origin + place(index, weights)) {
            Some(value) => out.push(*value),
            None => whole = false,
        }
    });
    whole.then_some(out)
}

/// Section "broadcast_in_dim": result[i] = operand[j] with j[d] = i[dims[d]].
fn broadcast_in_dim(x: &View<'_>, places: &[usize], dims: &[usize]) -> Option<Vec<f64>> {
    let mut weights = vec![0; dims.len()];
    for (stride, at) in strides(&x.dims).into_iter().zip(places) {
        *weights.get_mut(*at)? = stride;
    }
    gather(x, dims, &weights, 0)
}

/// Section "transpose": result[i] = operand[j] with i[d] = j[permutation[d]].
fn transpose(x: &View<'_>, permutation: &[usize], dims: &[usize]) -> Option<Vec<f64>> {
    let strides = strides(&x.dims);
    let weights: Option<Vec<usize>> = permutation
        .iter()
        .map(|p| strides.get(*p).copied())
        .collect();
    gather(x, dims, &weights?, 0)
}

/// Section "slice": result[i] = operand[start + i · stride].
fn slice(
    x: &View<'_>,
    start: &[u64],
    limit: &[Dim],
    stride: &[u64],
    dims: &[usize],
) -> Option<Vec<f64>> {
    if [start.len(), limit.len(), stride.len()] != [dims.len(); 3] {
        return None;
    }
    let strides = strides(&x.dims);
    let (start, step) = (sizes(start)?, sizes(stride)?);
    let weights: Vec<usize> = strides.iter().zip(&step).map(|(s, t)| s * t).collect();
    gather(x, dims, &weights, place(&start, &strides))
}

/// Section "pad": result[low + i · (interior + 1)] = operand[i], the padding value elsewhere.
fn pad(
    x: &View<'_>,
    low: &[u64],
    interior: &[u64],
    value: f64,
    dims: &[usize],
) -> Option<Vec<f64>> {
    let strides = strides(dims);
    let (low, interior) = (sizes(low)?, sizes(interior)?);
    let weights: Vec<usize> = strides
        .iter()
        .zip(&interior)
        .map(|(s, n)| s * (n + 1))
        .collect();
    let origin = place(&low, &strides);
    let mut out = vec![value; count(dims)];
    let mut values = x.data.iter();
    let mut whole = true;
    for_each_index(&x.dims, |index| {
        match (out.get_mut(origin + place(index, &weights)), values.next()) {
            (Some(slot), Some(value)) => *slot = *value,
            _ => whole = false,
        }
    });
    whole.then_some(out)
}

/// Section "concatenate": the operands' elements one after the other along a dimension.
fn concatenate(args: &[&Value], dim: usize, dims: &[usize]) -> Option<Vec<f64>> {
    let strides = strides(dims);
    let step = *strides.get(dim)?;
    let mut out = vec![0.0; count(dims)];
    let mut offset = 0;
    for i in 0..args.len() {
        let x = numbers(args, i)?;
        let mut values = x.data.iter();
        let mut whole = true;
        for_each_index(&x.dims, |index| {
            match (
                out.get_mut(offset * step + place(index, &strides)),
                values.next(),
            ) {
                (Some(slot), Some(value)) => *slot = *value,
                _ => whole = false,
            }
        });
        if !whole {
            return None;
        }
        offset += x.dims.get(dim)?;
    }
    Some(out)
}

/// Section "dot_general": at batch index b, lhs index l and rhs index r the sum over the contracted index k of
/// lhs[b, l, k] · rhs[b, r, k], each entry at its operand's place; the result's dimensions are b, l, r.
fn dot_general(
    [x, y]: [&View<'_>; 2],
    batch: [&Vec<usize>; 2],
    contract: [&Vec<usize>; 2],
    dims: &[usize],
) -> Option<Vec<f64>> {
    let ([lhs_batch, rhs_batch], [lhs_contract, rhs_contract]) = (batch, contract);
    let (x_strides, y_strides) = (strides(&x.dims), strides(&y.dims));
    let pick = |from: &[usize], at: &[usize]| -> Option<Vec<usize>> {
        at.iter().map(|d| from.get(*d).copied()).collect()
    };
    let free = |rank: usize, lists: [&Vec<usize>; 2]| -> Vec<usize> {
        (0..rank)
            .filter(|d| !lists.iter().any(|list| list.contains(d)))
            .collect()
    };
    let x_free = free(x.dims.len(), [lhs_batch, lhs_contract]);
    let y_free = free(y.dims.len(), [rhs_batch, rhs_contract]);

    // Where the result's index and the contracted index lead in each operand.
    let zeros = |n: usize| std::iter::repeat_n(0, n);
    let mut x_weights = pick(&x_strides, lhs_batch)?;
    x_weights.extend(pick(&x_strides, &x_free)?);
    x_weights.extend(zeros(y_free.len()));
    let mut y_weights = pick(&y_strides, rhs_batch)?;
    y_weights.extend(zeros(x_free.len()));
    y_weights.extend(pick(&y_strides, &y_free)?);
    let contracted = pick(&x.dims, lhs_contract)?;
    let (x_along, y_along) = (
        pick(&x_strides, lhs_contract)?,
        pick(&y_strides, rhs_contract)?,
    );
    let mut terms = Vec::with_capacity(count(&contracted));
    for_each_index(&contracted, |k| {
        terms.push((place(k, &x_along), place(k, &y_along)))
    });

    let mut out = Vec::with_capacity(count(dims));
    let mut whole = true;
    for_each_index(dims, |index| {
        let (x_at, y_at) = (place(index, &x_weights), place(index, &y_weights));
        let mut sum = 0.0;
        for (dx, dy) in &terms {
            match (x.data.get(x_at + dx), y.data.get(y_at + dy)) {
                (Some(x), Some(y)) => sum += x * y,
                _ => whole = false,
            }
        }
        out.push(sum);
    });
    whole.then_some(out)
}

/// Section "reduce", with the op's own initial value and body, in row-major order.
fn reduce(
    x: &View<'_>,
    over: &[usize],
    dims: &[usize],
    initial: f64,
    body: impl Fn(f64, f64) -> f64,
) -> Option<Vec<f64>> {
    // A reduced dimension has no weight in the result's place.
    let mut kept = strides(dims).into_iter();
    let weights = (0..x.dims.len()).map(|d| {
        if over.contains(&d) {
            Some(0)
        } else {
            kept.next()
        }
    });
    let weights: Option<Vec<usize>> = weights.collect();
    let weights = weights?;
    let mut out = vec![initial; count(dims)];
    let mut values = x.data.iter();
    let mut whole = true;
    for_each_index(&x.dims, |index| {
        match (out.get_mut(place(index, &weights)), values.next()) {
            (Some(slot), Some(value)) => *slot = body(*slot, *value),
            _ => whole = false,
        }
    });
    whole.then_some(out)
}

fn sizes(list: &[u64]) -> Option<Vec<usize>> {
    list.iter().map(|n| usize::try_from(*n).ok()).collect()
}
