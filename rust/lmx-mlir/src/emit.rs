//! A program as a module with one function.

use std::cell::RefCell;
use std::rc::Rc;

use lmx_graph::{GraphError, Program, TensorType, check_program};
use melior::Context;
use melior::diagnostic::Diagnostic;
use melior::dialect::DialectHandle;
use melior::ir::attribute::{StringAttribute, TypeAttribute};
use melior::ir::operation::{OperationBuilder, OperationLike, OperationPrintingFlags};
use melior::ir::r#type::FunctionType;
use melior::ir::{Block, BlockLike, Module, Region, RegionLike, Type, Value};

use crate::EmitError;
use crate::builder::{Cx, Site};
use crate::ops;

/// Prints a program at a batch size, as an MLIR module in generic form with the one function `main`: its arguments
/// and results are the program's inputs and outputs in their order, tensors of f32 with static dimensions.
///
/// # Errors
/// [`EmitError::Program`] for a program that does not check; [`EmitError::NoBatch`] and [`EmitError::TooLarge`] for a
/// batch size that does not do.
pub fn emit(program: &Program, batch: u64) -> Result<String, EmitError> {
    if batch == 0 {
        return Err(EmitError::NoBatch);
    }
    check_program("program", program)?;
    // Single-threaded: starting MLIR's thread pool would cost more than it saves.
    let context = Context::new_with_threading(false);
    // Before any op is built: an op of a dialect that is loaded later would stay unknown.
    DialectHandle::func().load_dialect(&context);
    // StableHLO's ops and attributes.
    context.set_allow_unregistered_dialects(true);
    let messages = collect_messages(&context);

    let module = build(&Cx::new(&context, batch), program)?;
    if !module.as_operation().verify() {
        return Err(EmitError::Refused {
            messages: messages.take(),
        });
    }
    Ok(module
        .as_operation()
        .to_string_with_flags(OperationPrintingFlags::new().print_generic_operation_form())?)
}

/// What MLIR says goes here, and not to standard error.
fn collect_messages(context: &Context) -> Rc<RefCell<Vec<String>>> {
    let messages = Rc::new(RefCell::new(Vec::new()));
    let handler = Rc::clone(&messages);
    context.attach_diagnostic_handler(move |diagnostic: Diagnostic| {
        handler.borrow_mut().push(diagnostic.to_string());
        true
    });
    messages
}

fn build<'c>(cx: &Cx<'c>, program: &Program) -> Result<Module<'c>, EmitError> {
    let inputs = program
        .inputs
        .iter()
        .enumerate()
        .map(|(i, input)| tensor(cx, &input.ty, || format!("inputs[{i}]")))
        .collect::<Result<Vec<_>, _>>()?;
    let outputs = program
        .outputs
        .iter()
        .enumerate()
        .map(|(i, output)| {
            let at = || format!("outputs[{i}]");
            tensor(
                cx,
                program
                    .ty(output.value)
                    .ok_or_else(|| undefined(program, at(), output.value))?,
                at,
            )
        })
        .collect::<Result<Vec<_>, _>>()?;

    let body = body(cx, program, &inputs)?;
    let region = Region::new();
    region.append_block(body);
    let ty = FunctionType::new(cx.context, &inputs, &outputs);
    let function = OperationBuilder::new("func.func", cx.location)
        .add_attributes(&[
            cx.named("sym_name", StringAttribute::new(cx.context, "main")),
            cx.named("function_type", TypeAttribute::new(ty.into())),
        ])
        .add_regions([region])
        .build()?;
    let module = Module::new(cx.location);
    module.body().append_operation(function);
    Ok(module)
}

/// The function's block: an op or two for each node, then the return.
fn body<'c>(cx: &Cx<'c>, program: &Program, inputs: &[Type<'c>]) -> Result<Block<'c>, EmitError> {
    let arguments: Vec<_> = inputs.iter().map(|ty| (*ty, cx.location)).collect();
    let block = Block::new(&arguments);
    let mut values: Vec<Value<'c, '_>> = Vec::with_capacity(inputs.len() + program.nodes.len());
    for i in 0..inputs.len() {
        values.push(block.argument(i)?.into());
    }
    for (i, node) in program.nodes.iter().enumerate() {
        let at = || format!("nodes[{i}]");
        let args = gather(program, &values, &node.args, at)?;
        let site = Site {
            cx,
            block: &block,
            args: &args,
            ty: tensor(cx, &node.ty, at)?,
        };
        let value = ops::append(&site, &node.op).map_err(|source| EmitError::Op {
            at: at(),
            op: node.op.name(),
            source,
        })?;
        values.push(value);
    }
    let results: Vec<usize> = program.outputs.iter().map(|output| output.value).collect();
    let results = gather(program, &values, &results, || "outputs".to_owned())?;
    block.append_operation(
        OperationBuilder::new("func.return", cx.location)
            .add_operands(&results)
            .build()?,
    );
    Ok(block)
}

fn gather<'c, 'b>(
    program: &Program,
    values: &[Value<'c, 'b>],
    ids: &[usize],
    at: impl Fn() -> String,
) -> Result<Vec<Value<'c, 'b>>, EmitError> {
    ids.iter()
        .map(|id| {
            values
                .get(*id)
                .copied()
                .ok_or_else(|| undefined(program, at(), *id))
        })
        .collect()
}

/// `check_program` has refused such a value before.
fn undefined(program: &Program, at: String, found: usize) -> EmitError {
    let limit = program.inputs.len() + program.nodes.len();
    EmitError::Program(GraphError::Undefined {
        at,
        op: None,
        limit,
        found,
    })
}

fn tensor<'c>(
    cx: &Cx<'c>,
    ty: &TensorType,
    at: impl Fn() -> String,
) -> Result<Type<'c>, EmitError> {
    cx.tensor(ty).ok_or_else(|| EmitError::TooLarge {
        at: at(),
        shape: ty.shape.to_string(),
        batch: cx.batch,
    })
}
