//! The data of a graph file, after it was parsed and checked. `docs/graph-format.md` is the format.

use std::collections::BTreeMap;
use std::fmt;

use num_rational::BigRational;

use crate::limits;
use crate::names::Named;

/// A dimension: fixed, or a multiple of the batch size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dim {
    /// `n`
    Fixed(u64),
    /// `n` times the batch size
    Batch(u64),
}

/// The dimensions of a tensor, outermost first; empty for a scalar.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape(pub Vec<Dim>);

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// IEEE binary32.
    F32,
    /// A truth value.
    I1,
}

/// An element type and a shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TensorType {
    /// Element type.
    pub dtype: DType,
    /// Shape.
    pub shape: Shape,
}

/// The direction of `compare`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// x = y
    Eq,
    /// x ≥ y
    Ge,
    /// x > y
    Gt,
}

/// An op with its attributes. The table of `docs/graph-format.md` gives each one's meaning and typing.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // The variants and fields are the op and attribute names of the format.
pub enum Op {
    Constant {
        value: BigRational,
    },
    BatchSize,
    Negate,
    Exponential,
    Log,
    Sqrt,
    Add,
    Subtract,
    Multiply,
    Divide,
    Maximum,
    Compare {
        direction: Direction,
    },
    Select,
    BroadcastInDim {
        dims: Vec<usize>,
    },
    Reshape,
    Transpose {
        permutation: Vec<usize>,
    },
    Slice {
        start: Vec<u64>,
        limit: Vec<Dim>,
        stride: Vec<u64>,
    },
    Pad {
        low: Vec<u64>,
        high: Vec<u64>,
        interior: Vec<u64>,
        value: BigRational,
    },
    Concatenate {
        dim: usize,
    },
    DotGeneral {
        lhs_batch: Vec<usize>,
        rhs_batch: Vec<usize>,
        lhs_contract: Vec<usize>,
        rhs_contract: Vec<usize>,
    },
    ReduceSum {
        dims: Vec<usize>,
    },
    ReduceMax {
        dims: Vec<usize>,
    },
}

/// The number of a value in a program: inputs first, then nodes.
pub type ValueId = usize;

/// What an input or an output is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // The names of the format.
pub enum Role {
    Param,
    OptimizerState,
    Image,
    Label,
    Hyperparameter,
    Gradient,
    Logits,
    Loss,
    Metric,
}

/// A program's input.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Name, unique in its role.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Its type; the dtype is always f32.
    pub ty: TensorType,
}

/// One op on earlier values.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The op.
    pub op: Op,
    /// Its operands, all below the node's own number.
    pub args: Vec<ValueId>,
    /// The result's type, re-derived and found equal when the file was read.
    pub ty: TensorType,
}

/// A program's output.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Name, unique in its role.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The value it names.
    pub value: ValueId,
}

/// A straight-line program in static single assignment form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// Inputs; values `0..inputs.len()`.
    pub inputs: Vec<Input>,
    /// Nodes; values `inputs.len()..`.
    pub nodes: Vec<Node>,
    /// Outputs.
    pub outputs: Vec<Output>,
}

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names of the format.
pub enum Init {
    /// Normal with standard deviation √(2/fan_in) (He et al. 2015, arXiv:1502.01852).
    HeNormal { fan_in: u64 },
    /// Uniform on ±√(6/(fan_in + fan_out)) (Glorot & Bengio 2010).
    XavierUniform { fan_in: u64, fan_out: u64 },
    /// All zeros.
    Zeros,
}

/// A weight or a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ParamRole {
    Weight,
    Bias,
}

/// A line of the parameter manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Name, such as `conv1.weight`.
    pub name: String,
    /// Shape; no batch dimension.
    pub shape: Vec<u64>,
    /// Weight or bias.
    pub role: ParamRole,
    /// How it starts.
    pub init: Init,
    /// Whether weight decay applies to it.
    pub decay: bool,
}

/// Padding of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Padding {
    Same,
    Valid,
}

/// The activation after a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Activation {
    Identity,
    Relu,
}

/// What a layer is. The Rust side only reports it: programs say what is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names of the format.
pub enum LayerKind {
    Dense {
        units: u64,
        activation: Activation,
    },
    Conv2d {
        filters: u64,
        kernel: [u64; 2],
        stride: [u64; 2],
        padding: Padding,
        activation: Activation,
    },
    MaxPool {
        window: [u64; 2],
        stride: [u64; 2],
        padding: Padding,
    },
    GlobalAvgPool,
    Flatten,
}

/// A layer of the declared network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Name, such as `conv1`.
    pub name: String,
    /// What it is.
    pub kind: LayerKind,
    /// Its output's shape without the batch dimension.
    pub output: Vec<u64>,
    /// Names of its parameters in the manifest.
    pub params: Vec<String>,
}

/// The declared network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Input shape without the batch dimension.
    pub input: Vec<u64>,
    /// Number of classes.
    pub classes: u64,
    /// Layers, first to last.
    pub layers: Vec<Layer>,
}

/// The sha256 of a file's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256(pub [u8; 32]);

/// A checked graph file.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Net name.
    pub name: String,
    /// The declared network.
    pub spec: Spec,
    /// The parameter manifest, in the order of the programs' inputs.
    pub params: Vec<Param>,
    /// `forward`, `grad`, `train_adamw`, `train_sgd`.
    pub programs: BTreeMap<String, Program>,
    /// Of the file's bytes.
    pub sha256: Sha256,
}

impl Dim {
    /// The size at a batch size; `None` on overflow.
    pub fn at(self, batch: u64) -> Option<u64> {
        match self {
            Dim::Fixed(n) => Some(n),
            Dim::Batch(n) => n.checked_mul(batch),
        }
    }
}

impl Shape {
    /// The dimensions at a batch size; `None` if one, or their product, overflows.
    pub fn at(&self, batch: u64) -> Option<Vec<u64>> {
        let dims = self
            .0
            .iter()
            .map(|d| d.at(batch))
            .collect::<Option<Vec<_>>>()?;
        dims.iter().try_fold(1u64, |n, d| n.checked_mul(*d))?;
        Some(dims)
    }
}

impl Shape {
    /// Fixed dimensions.
    pub fn fixed(dims: &[u64]) -> Self {
        Shape(dims.iter().copied().map(Dim::Fixed).collect())
    }

    /// `[B, dims…]`
    pub fn batched(dims: &[u64]) -> Self {
        let dims = dims.iter().copied().map(Dim::Fixed);
        Shape(std::iter::once(Dim::Batch(1)).chain(dims).collect())
    }

    /// The product of the dimensions, each `nB` counted as n; `None` if it is not below the format's limit.
    pub fn coefficient(&self) -> Option<u64> {
        let count = |product: u64, dim: &Dim| match dim {
            Dim::Fixed(n) | Dim::Batch(n) => product.checked_mul(*n),
        };
        self.0
            .iter()
            .try_fold(1, count)
            .filter(|n| *n < limits::ELEMENTS)
    }

    /// The number of elements as a monomial in the batch size: coefficient and exponent. `None` beyond the limit.
    pub fn elements(&self) -> Option<(u64, usize)> {
        let exponent = self.0.iter().filter(|d| matches!(d, Dim::Batch(_))).count();
        Some((self.coefficient()?, exponent))
    }
}

impl TensorType {
    /// f32 elements.
    pub fn f32(shape: Shape) -> Self {
        TensorType {
            dtype: DType::F32,
            shape,
        }
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dim::Fixed(n) => write!(f, "{n}"),
            Dim::Batch(1) => write!(f, "B"),
            Dim::Batch(n) => write!(f, "{n}B"),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[")?;
        for (i, d) in self.0.iter().enumerate() {
            write!(f, "{}{d}", if i == 0 { "" } else { ", " })?;
        }
        write!(f, "]")
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.dtype, self.shape)
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Program {
    /// The type of a value, or `None` if there is no such value.
    pub fn ty(&self, v: ValueId) -> Option<&TensorType> {
        match v.checked_sub(self.inputs.len()) {
            None => self.inputs.get(v).map(|i| &i.ty),
            Some(n) => self.nodes.get(n).map(|n| &n.ty),
        }
    }
}
