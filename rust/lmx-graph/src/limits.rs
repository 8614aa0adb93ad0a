//! The limits of the format: a file beyond one of them is refused.

/// Bytes of a graph file.
pub const FILE_BYTES: u64 = 64 << 20;
/// Nodes of a program.
pub const NODES: usize = 100_000;
/// Inputs of a program, and outputs.
pub const INPUTS: usize = 4096;
/// Dimensions of a shape.
pub const RANK: usize = 8;
/// The product of a shape's dimensions, each `nB` counted as n, is below this.
pub const ELEMENTS: u64 = 1 << 40;
/// Digits of a rational's numerator, and of its denominator.
pub const RATIONAL_DIGITS: usize = 64;
/// Characters of a net's name.
pub const NET_NAME: usize = 64;
/// Characters of the name of a layer or a parameter.
pub const NAME: usize = 128;
/// Nesting of arrays and objects in a JSON text.
pub const JSON_DEPTH: usize = 64;
/// Values in a JSON text. With the limit on its bytes it bounds the memory that reading one takes: a text of small arrays or objects alone,
/// the worst, takes about 1 GiB.
pub const JSON_VALUES: usize = 1 << 24;
