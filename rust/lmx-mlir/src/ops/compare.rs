//! Truth values: made and used.

use lmx_graph::Direction;
use melior::ir::Value;

use crate::builder::{Built, Site};

/// x = y, x ≥ y or x > y. The optional `compare_type` is left out: for floats it is `FLOAT`, IEEE 754's comparison.
pub(super) fn compare<'c, 'b>(
    site: &Site<'_, 'c, 'b>,
    direction: Direction,
) -> Built<Value<'c, 'b>> {
    let name = match direction {
        Direction::Eq => "EQ",
        Direction::Ge => "GE",
        Direction::Gt => "GT",
    };
    let direction = site.cx.parsed(
        "comparison_direction",
        format!("#stablehlo<comparison_direction {name}>"),
    )?;
    site.op("stablehlo.compare", &[direction])
}

/// x where p holds, y elsewhere.
pub(super) fn select<'c, 'b>(site: &Site<'_, 'c, 'b>) -> Built<Value<'c, 'b>> {
    site.op("stablehlo.select", &[])
}
