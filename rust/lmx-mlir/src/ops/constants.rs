//! Constants.

use lmx_graph::rational_to_f32;
use melior::ir::Value;
use num_rational::BigRational;

use crate::builder::{Built, Site};

/// The rational, correctly rounded, in every element. MLIR prints it so that it reads back to the same bits.
pub(super) fn constant<'c, 'b>(
    site: &Site<'_, 'c, 'b>,
    value: &BigRational,
) -> Built<Value<'c, 'b>> {
    site.splat(rational_to_f32(value), site.ty)
}

/// The batch size, rounded where it is beyond 2^24.
pub(super) fn batch_size<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.splat(site.cx.batch as f32, site.ty)
}
