//! Functions of one or two numbers, applied to each element.

use melior::ir::Value;

use crate::builder::{Built, Site};

/// −x
pub(super) fn negate<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.negate", &[])
}

/// eˣ
pub(super) fn exponential<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.exponential", &[])
}

/// ln x
pub(super) fn log<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.log", &[])
}

/// √x
pub(super) fn sqrt<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.sqrt", &[])
}

/// x + y
pub(super) fn add<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.add", &[])
}

/// x − y
pub(super) fn subtract<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.subtract", &[])
}

/// x · y
pub(super) fn multiply<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.multiply", &[])
}

/// x / y
pub(super) fn divide<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.divide", &[])
}

/// The larger of x and y.
pub(super) fn maximum<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.maximum", &[])
}
