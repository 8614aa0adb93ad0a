//! Derivatives by finite differences, against which a gradient program is held.

use lmx_graph::Program;

use crate::error::InterpError;
use crate::run;
use crate::tensor::Tensor;

/// The derivative of a scalar output by one element of an input, as the central difference
/// (f(x + h) − f(x − h)) / 2h. Its error is O(h²) from the curvature and about 10⁻¹⁶ · |f| / h from rounding.
///
/// `None` if there is no such output, input or element.
pub fn finite_difference(
    program: &Program,
    batch: u64,
    inputs: &[Tensor],
    output: usize,
    (input, element): (usize, usize),
    h: f64,
) -> Result<Option<f64>, InterpError> {
    let at = |step: f64| -> Result<Option<f64>, InterpError> {
        let mut inputs = inputs.to_vec();
        let Some(x) = inputs.get_mut(input).and_then(|t| t.data.get_mut(element)) else {
            return Ok(None);
        };
        *x += step;
        let outputs = run(program, batch, &inputs)?;
        Ok(outputs
            .get(output)
            .filter(|t| t.dims.is_empty())
            .and_then(|t| t.data.first().copied()))
    };
    let (above, below) = (at(h)?, at(-h)?);
    Ok(above
        .zip(below)
        .map(|(above, below)| (above - below) / (2.0 * h)))
}
