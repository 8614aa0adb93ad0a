//! What the tests of the real compiler and runtime share.
#![allow(dead_code)] // Each test binary uses a part of it.

use lmx_iree::{CompiledModule, Compiler, DeviceTensor, Target};

/// The compiler, with a cache that outlives the test run. Fails, with the reason, where there is none: a test of the real
/// compiler that passes without one would say nothing.
pub fn compiler() -> Compiler {
    match Compiler::find() {
        Ok(compiler) => compiler.with_cache(env!("CARGO_TARGET_TMPDIR")),
        Err(error) => panic!("these tests need IREE's compiler: {error}"),
    }
}

/// A module of a function `main` with this body.
pub fn main_function(arguments: &str, result: &str, body: &str) -> String {
    format!("module {{\n  func.func @main({arguments}) -> {result} {{\n{body}\n  }}\n}}\n")
}

/// `main(x, y) = (x + y, x * y)` on `tensor<{n}xf32>`.
pub fn sum_and_product(n: usize) -> String {
    let t = format!("tensor<{n}xf32>");
    main_function(
        &format!("%x: {t}, %y: {t}"),
        &format!("({t}, {t})"),
        &format!(
            "    %s = stablehlo.add %x, %y : {t}\n    %p = stablehlo.multiply %x, %y : {t}\n    return %s, %p : {t}, {t}"
        ),
    )
}

/// Compiles for this CPU.
pub fn compile(text: &str) -> CompiledModule {
    compiler().compile(text, &Target::llvm_cpu()).unwrap()
}

/// The elements of each tensor.
pub fn download(tensors: &[DeviceTensor]) -> Vec<Vec<f32>> {
    tensors.iter().map(|t| t.download().unwrap()).collect()
}
