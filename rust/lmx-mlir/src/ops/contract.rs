//! Sums of products.

use melior::ir::Value;

use crate::builder::{Built, Site};

/// Σ over the contracted dimensions of x · y. The dimensions are lhs batch, rhs batch, lhs contracted, rhs contracted. The
/// optional `precision_config` is left out: f32 products, f32 sums.
pub(super) fn dot_general<'c, 'b>(
    site: &Site<'_, 'c, 'b>,
    dims: [&[usize]; 4],
) -> Built<Value<'c, 'b>> {
    let [lhs_batch, rhs_batch, lhs_contract, rhs_contract] = dims;
    let numbers = site.cx.parsed(
        "dot_dimension_numbers",
        format!(
            "#stablehlo.dot<lhs_batching_dimensions = {lhs_batch:?}, rhs_batching_dimensions = {rhs_batch:?}, \
             lhs_contracting_dimensions = {lhs_contract:?}, rhs_contracting_dimensions = {rhs_contract:?}>"
        ),
    )?;
    site.op("stablehlo.dot_general", &[numbers])
}
