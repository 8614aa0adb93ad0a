//! Ops that move elements and compute nothing.

use lmx_graph::{Dim, rational_to_f32};
use melior::ir::Value;
use melior::ir::attribute::IntegerAttribute;
use melior::ir::r#type::IntegerType;
use num_rational::BigRational;

use super::{dims_at, index, indices, sizes};
use crate::builder::{Built, Site};

/// Operand dimension i becomes result dimension `dims[i]`; along the others the operand is repeated.
pub(super) fn broadcast_in_dim<'c, 'b>(
    site: &Site<'_, 'c, 'b>,
    dims: &[usize],
) -> Built<Value<'c, 'b>> {
    site.op(
        "stablehlo.broadcast_in_dim",
        &[site.cx.list("broadcast_dimensions", &indices(dims)?)],
    )
}

/// The same elements in row-major order.
pub(super) fn reshape<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.reshape", &[])
}

/// Result dimension i is operand dimension `permutation[i]`.
pub(super) fn transpose<'c, 'b>(
    site: &Site<'_, 'c, 'b>,
    permutation: &[usize],
) -> Built<Value<'c, 'b>> {
    site.op(
        "stablehlo.transpose",
        &[site.cx.list("permutation", &indices(permutation)?)],
    )
}

/// The elements at `start`, `start + stride`, … below `limit`, in each dimension.
pub(super) fn slice<'c, 'b>(
    site: &Site<'_, 'c, 'b>,
    start: &[u64],
    limit: &[Dim],
    stride: &[u64],
) -> Built<Value<'c, 'b>> {
    let cx = site.cx;
    site.op(
        "stablehlo.slice",
        &[
            cx.list("start_indices", &sizes(start)?),
            cx.list("limit_indices", &dims_at(limit, cx.batch)?),
            cx.list("strides", &sizes(stride)?),
        ],
    )
}

/// The operand with the value before, after and between its elements.
pub(super) fn pad<'c, 'b>(
    site: &Site<'_, 'c, 'b>,
    low: &[u64],
    high: &[u64],
    interior: &[u64],
    value: &BigRational,
) -> Built<Value<'c, 'b>> {
    let cx = site.cx;
    let value = site.splat(rational_to_f32(value), cx.scalar())?;
    site.op_with(
        "stablehlo.pad",
        value,
        &[
            cx.list("edge_padding_low", &sizes(low)?),
            cx.list("edge_padding_high", &sizes(high)?),
            cx.list("interior_padding", &sizes(interior)?),
        ],
    )
}

/// The operands one after the other along a dimension.
pub(super) fn concatenate<'c, 'b>(site: &Site<'_, 'c, 'b>, dim: usize) -> Built<Value<'c, 'b>> {
    let dim = index(dim)?;
    let integer = IntegerType::new(site.cx.context, 64).into();
    site.op(
        "stablehlo.concatenate",
        &[site
            .cx
            .named("dimension", IntegerAttribute::new(integer, dim))],
    )
}
