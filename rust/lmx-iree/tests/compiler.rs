//! The real compiler, through its cache.

mod common;

use std::fs;
use std::thread;

use common::{compiler, main_function, sum_and_product};
use lmx_iree::{Backend, IreeError, Target};

fn target() -> Target {
    Target::llvm_cpu()
}

#[test]
fn the_second_time_comes_from_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    let compiler = compiler().with_cache(dir.path().join("vmfb"));
    let text = sum_and_product(3);
    let first = compiler.compile(&text, &target()).unwrap();
    assert!(!first.cached());
    let second = compiler.compile(&text, &target()).unwrap();
    assert!(second.cached());
    assert_eq!(first.bytes(), second.bytes());
    assert!(
        !compiler
            .compile(&text, &target().data_tiling(true))
            .unwrap()
            .cached(),
        "flags are part of the key"
    );
    assert!(
        !compiler
            .compile(&sum_and_product(4), &target())
            .unwrap()
            .cached(),
        "the text is part of the key"
    );
}

#[test]
fn a_damaged_entry_is_compiled_again() {
    let dir = tempfile::tempdir().unwrap();
    let compiler = compiler().with_cache(dir.path());
    let text = sum_and_product(3);
    let path = compiler
        .compile(&text, &target())
        .unwrap()
        .path()
        .to_owned();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let again = compiler.compile(&text, &target()).unwrap();
    assert!(!again.cached());
    assert!(compiler.compile(&text, &target()).unwrap().cached());
}

#[test]
fn many_may_compile_the_same_module_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let compiler = compiler().with_cache(dir.path());
    let text = sum_and_product(5);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| compiler.compile(&text, &target()).unwrap()))
            .collect();
        for worker in workers {
            assert!(!worker.join().unwrap().bytes().is_empty());
        }
    });
    assert!(compiler.compile(&text, &target()).unwrap().cached());
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        1,
        "temporary files were left"
    );
}

#[test]
fn a_wrong_module_is_refused_with_line_and_column() {
    let text = main_function(
        "%x: tensor<2x3xf32>, %y: tensor<4x5xf32>",
        "tensor<2x5xf32>",
        "    %0 = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0] : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>\n\
         \x20   return %0 : tensor<2x5xf32>",
    );
    for result in [
        compiler().compile(&text, &target()).map(drop),
        compiler().pretty(&text).map(drop),
    ] {
        let error = result.unwrap_err();
        let IreeError::Refused { diagnostics, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!(
            (diagnostics[0].line, diagnostics[0].column),
            (3, 10),
            "{error}"
        );
        let message = error.to_string();
        assert!(
            message.contains("contracting dimension sizes must match"),
            "{message}"
        );
        assert!(
            message.contains("| %0 = stablehlo.dot_general"),
            "{message}"
        );
    }
}

#[test]
fn a_flag_that_the_compiler_does_not_know_is_an_error() {
    let error = compiler()
        .compile(&sum_and_product(2), &target().flag("--no-such-flag"))
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("exit code 1") && message.contains("--no-such-flag"),
        "{message}"
    );
}

#[test]
fn the_pretty_form_is_stable() {
    let compiler = compiler();
    let pretty = compiler.pretty(&sum_and_product(2)).unwrap();
    assert!(
        pretty.contains("stablehlo.add %arg0, %arg1 : tensor<2xf32>"),
        "{pretty}"
    );
    assert_eq!(compiler.pretty(&pretty).unwrap().trim(), pretty.trim());
}

#[test]
fn other_backends_compile() {
    let dir = tempfile::tempdir().unwrap();
    let compiler = compiler().with_cache(dir.path());
    let backends = [
        Backend::Cuda {
            arch: "sm_80".into(),
        },
        Backend::Vulkan { family: None },
        Backend::Vulkan {
            family: Some("ampere".into()),
        },
        Backend::Metal,
        Backend::Rocm {
            arch: "gfx1100".into(),
        },
    ];
    for backend in backends {
        let module = compiler.compile(&sum_and_product(64), &Target::new(backend.clone()));
        assert!(module.is_ok_and(|m| !m.cached()), "{backend:?}");
    }
}
