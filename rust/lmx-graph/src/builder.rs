//! Programs built node by node, each node's type inferred.

use num_rational::BigRational;

use crate::check::check_program;
use crate::error::GraphError;
use crate::infer::infer;
use crate::types::{Input, Node, Op, Output, Program, Role, Shape, TensorType, ValueId};

/// A program in the making.
///
/// ```
/// use lmx_graph::{Op, ProgramBuilder, Role, Shape};
///
/// let mut b = ProgramBuilder::new();
/// let x = b.input(Role::Image, "image", Shape::batched(&[2]))?;
/// let y = b.op(Op::Exponential, &[x])?;
/// let total = b.op(Op::ReduceSum { dims: vec![0, 1] }, &[y])?;
/// b.output(Role::Loss, "loss", total);
/// assert_eq!(b.finish()?.nodes.len(), 2);
/// # Ok::<(), lmx_graph::GraphError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ProgramBuilder {
    program: Program,
}

impl ProgramBuilder {
    /// No inputs, no nodes, no outputs.
    pub fn new() -> Self {
        ProgramBuilder::default()
    }

    /// Adds an f32 input. Inputs come first: after a node there may be none, and this is an error.
    pub fn input(&mut self, role: Role, name: &str, shape: Shape) -> Result<ValueId, GraphError> {
        let id = self.program.inputs.len();
        if !self.program.nodes.is_empty() {
            return Err(GraphError::Disagrees {
                at: format!("inputs[{id}]"),
                expected: "inputs before nodes".to_owned(),
                found: format!("input `{name}` after {} nodes", self.program.nodes.len()),
            });
        }
        self.program.inputs.push(Input {
            name: name.to_owned(),
            role,
            ty: TensorType::f32(shape),
        });
        Ok(id)
    }

    /// Adds a node whose type follows from its operands.
    pub fn op(&mut self, op: Op, args: &[ValueId]) -> Result<ValueId, GraphError> {
        self.op_as(op, args, Shape(vec![]))
    }

    /// Adds a node of the given shape: a `constant`, `broadcast_in_dim` or `reshape`, whose shape is their own choice.
    /// With other ops the shape is ignored.
    pub fn op_as(&mut self, op: Op, args: &[ValueId], shape: Shape) -> Result<ValueId, GraphError> {
        let i = self.program.nodes.len();
        let limit = self.program.inputs.len() + i;
        let mut types = Vec::with_capacity(args.len());
        for (j, arg) in args.iter().enumerate() {
            types.push(self.program.ty(*arg).ok_or_else(|| GraphError::Undefined {
                at: format!("nodes[{i}].args[{j}]"),
                op: Some(op.name()),
                limit,
                found: *arg,
            })?);
        }
        let ty = infer(&op, &types, &TensorType::f32(shape)).map_err(|error| GraphError::Type {
            at: format!("nodes[{i}]"),
            error,
        })?;
        self.program.nodes.push(Node {
            op,
            args: args.to_vec(),
            ty,
        });
        Ok(limit)
    }

    /// Adds a constant p/q of the given shape.
    ///
    /// # Panics
    ///
    /// If `q` is zero.
    pub fn constant(&mut self, p: i64, q: i64, shape: Shape) -> Result<ValueId, GraphError> {
        let value = BigRational::new(p.into(), q.into());
        self.op_as(Op::Constant { value }, &[], shape)
    }

    /// Broadcasts a value to the given shape, its dimension i at `dims[i]`.
    pub fn broadcast(
        &mut self,
        x: ValueId,
        dims: &[usize],
        shape: Shape,
    ) -> Result<ValueId, GraphError> {
        self.op_as(
            Op::BroadcastInDim {
                dims: dims.to_vec(),
            },
            &[x],
            shape,
        )
    }

    /// Names an output.
    pub fn output(&mut self, role: Role, name: &str, value: ValueId) {
        self.program.outputs.push(Output {
            name: name.to_owned(),
            role,
            value,
        });
    }

    /// The type of a value added before.
    pub fn ty(&self, value: ValueId) -> Option<&TensorType> {
        self.program.ty(value)
    }

    /// The program, if it checks.
    pub fn finish(self) -> Result<Program, GraphError> {
        check_program("program", &self.program)?;
        Ok(self.program)
    }
}
