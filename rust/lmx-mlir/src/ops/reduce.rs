//! Reductions along dimensions.

use melior::ir::Value;

use super::indices;
use crate::builder::{Built, Site};

/// The sum along the dimensions.
pub(super) fn reduce_sum<'c, 'b>(site: &Site<'_, 'c, 'b>, dims: &[usize]) -> Built<Value<'c, 'b>> {
    reduce(site, dims, 0.0, "stablehlo.add")
}

/// The largest along the dimensions.
pub(super) fn reduce_max<'c, 'b>(site: &Site<'_, 'c, 'b>, dims: &[usize]) -> Built<Value<'c, 'b>> {
    reduce(site, dims, f32::NEG_INFINITY, "stablehlo.maximum")
}

fn reduce<'c, 'b>(
    site: &Site<'_, 'c, 'b>,
    dims: &[usize],
    start: f32,
    combine: &str,
) -> Built<Value<'c, 'b>> {
    let start = site.splat(start, site.cx.scalar())?;
    site.op_with_region(
        "stablehlo.reduce",
        start,
        combine,
        &[site.cx.list("dimensions", &indices(dims)?)],
    )
}
