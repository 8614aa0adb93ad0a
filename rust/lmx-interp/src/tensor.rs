//! Values of a run.

/// A dense tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Dimensions, outermost first.
    pub dims: Vec<u64>,
    /// Elements, the last dimension fastest.
    pub data: Vec<f64>,
}

impl Tensor {
    /// A tensor of the given dimensions and elements, of which there must be as many as the dimensions hold.
    pub fn new(dims: &[u64], data: &[f64]) -> Self {
        Tensor {
            dims: dims.to_vec(),
            data: data.to_vec(),
        }
    }

    /// A tensor of no dimensions.
    pub fn scalar(x: f64) -> Self {
        Tensor {
            dims: vec![],
            data: vec![x],
        }
    }
}

/// A value: numbers, or the truth values of a `compare`.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Numbers(Tensor),
    Truths(Vec<bool>),
}
