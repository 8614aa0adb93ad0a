//! One function for each op of the graph format, by family.

mod compare;
mod constants;
mod contract;
mod pointwise;
mod reduce;
mod reindex;

use lmx_graph::{Dim, Op};
use melior::ir::Value;

use crate::builder::{Built, Site};

/// Appends the StableHLO op of a node and gives its result.
pub(crate) fn append<'c, 'b>(site: &Site<'_, 'c, 'b>, op: &Op) -> Built<Value<'c, 'b>> {
    match op {
        Op::Constant { value } => constants::constant(site, value),
        Op::BatchSize => constants::batch_size(site),
        Op::Negate => pointwise::negate(site),
        Op::Exponential => pointwise::exponential(site),
        Op::Log => pointwise::log(site),
        Op::Sqrt => pointwise::sqrt(site),
        Op::Add => pointwise::add(site),
        Op::Subtract => pointwise::subtract(site),
        Op::Multiply => pointwise::multiply(site),
        Op::Divide => pointwise::divide(site),
        Op::Maximum => pointwise::maximum(site),
        Op::Compare { direction } => compare::compare(site, *direction),
        Op::Select => compare::select(site),
        Op::BroadcastInDim { dims } => reindex::broadcast_in_dim(site, dims),
        Op::Reshape => reindex::reshape(site),
        Op::Transpose { permutation } => reindex::transpose(site, permutation),
        Op::Slice {
            start,
            limit,
            stride,
        } => reindex::slice(site, start, limit, stride),
        Op::Pad {
            low,
            high,
            interior,
            value,
        } => reindex::pad(site, low, high, interior, value),
        Op::Concatenate { dim } => reindex::concatenate(site, *dim),
        Op::DotGeneral {
            lhs_batch,
            rhs_batch,
            lhs_contract,
            rhs_contract,
        } => contract::dot_general(site, [lhs_batch, rhs_batch, lhs_contract, rhs_contract]),
        Op::ReduceSum { dims } => reduce::reduce_sum(site, dims),
        Op::ReduceMax { dims } => reduce::reduce_max(site, dims),
    }
}

/// A dimension's number as MLIR's integer.
fn index(dim: usize) -> Built<i64> {
    i64::try_from(dim).map_err(|_| too_large(dim))
}

/// Numbers of dimensions as MLIR's integers. The checker bounds them by the rank.
fn indices(dims: &[usize]) -> Built<Vec<i64>> {
    dims.iter().copied().map(index).collect()
}

/// Sizes as MLIR's integers.
fn sizes(sizes: &[u64]) -> Built<Vec<i64>> {
    sizes
        .iter()
        .map(|n| i64::try_from(*n).map_err(|_| too_large(n)))
        .collect()
}

/// Dimensions at the batch size as MLIR's integers.
fn dims_at(dims: &[Dim], batch: u64) -> Built<Vec<i64>> {
    dims.iter()
        .map(|d| {
            d.at(batch)
                .and_then(|n| i64::try_from(n).ok())
                .ok_or_else(|| too_large(d))
        })
        .collect()
}

fn too_large(number: impl ToString) -> melior::Error {
    melior::Error::AttributeParse(format!(
        "{} is not a 64-bit signed integer",
        number.to_string()
    ))
}
