//! `lmx-rs emit`

use lmx_iree::Compiler;
use lmx_train::{TrainError, write_atomically};

use crate::args::EmitArgs;
use crate::failure::Failure;
use crate::{net, output};

pub fn run(args: &EmitArgs) -> Result<(), Failure> {
    let graph = net::verified(&args.cert)?.graph;
    let Some(program) = graph.programs.get(&args.program) else {
        let known: Vec<_> = graph.programs.into_keys().collect();
        return Err(TrainError::NoProgram {
            net: graph.name,
            found: args.program.clone(),
            known: known.join(", "),
        }
        .into());
    };
    let generic = lmx_mlir::emit(program, args.batch)?;
    let text = if args.generic {
        generic
    } else {
        Compiler::find()?.pretty(&generic)?
    };
    match &args.output {
        Some(path) => Ok(write_atomically(path, text.as_bytes())?),
        None => output::write(&text),
    }
}
