//! What IREE computes of the printed ops, against the interpreter of the graph format.

mod common;

use common::{BATCH, Case, cases, compiler, program, rational};
use lmx_graph::{Input, Op, Program, Shape, rational_to_f32};
use lmx_interp::Tensor;
use lmx_iree::{Device, DeviceTensor, Session, Target};
use lmx_mlir::emit;

/// Multiples of 1/4 in a range: they are exact in f32, and often equal, which `compare` and `maximum` should see.
fn quarters(range: (f64, f64), count: u64, seed: &mut u64) -> Vec<f64> {
    let steps = ((range.1 - range.0) * 4.0) as u64 + 1;
    let mut next = || {
        // Knuth's MMIX generator; its high bits are the good ones.
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % steps
    };
    (0..count).map(|_| range.0 + next() as f64 / 4.0).collect()
}

fn inputs(program: &Program, range: (f64, f64), seed: &mut u64) -> Vec<Tensor> {
    let tensor = |shape: &Shape| {
        let dims = shape.at(BATCH).unwrap();
        let data = quarters(range, dims.iter().product(), seed);
        Tensor { dims, data }
    };
    program
        .inputs
        .iter()
        .map(|input| &input.ty.shape)
        .map(tensor)
        .collect()
}

fn run(device: &Device, program: &Program, inputs: &[Tensor]) -> Vec<Tensor> {
    let module = compiler()
        .compile(&emit(program, BATCH).unwrap(), &Target::llvm_cpu())
        .unwrap();
    let session = Session::load(device, &module).unwrap();
    let upload = |tensor: &Tensor| {
        let data: Vec<f32> = tensor.data.iter().map(|x| *x as f32).collect();
        DeviceTensor::upload(device, &tensor.dims, &data).unwrap()
    };
    let inputs: Vec<_> = inputs.iter().map(upload).collect();
    let results = session.call(&inputs.iter().collect::<Vec<_>>()).unwrap();
    let download = |tensor: &DeviceTensor| Tensor {
        dims: tensor.dims().to_vec(),
        data: tensor
            .download()
            .unwrap()
            .into_iter()
            .map(f64::from)
            .collect(),
    };
    results.iter().map(download).collect()
}

/// Whether each element of a result is the expected one, rounded to f32, or within the tolerance of it.
fn agrees(found: &[Tensor], expected: &[Tensor], tolerance: f64) -> bool {
    let near = |(x, y): (&f64, &f64)| {
        let rounded = f64::from(*y as f32);
        *x == rounded || (x - y).abs() <= tolerance * (1.0 + y.abs())
    };
    found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(f, e)| f.dims == e.dims && f.data.iter().zip(&e.data).all(near))
}

/// All programs side by side in one, so that IREE compiles once.
fn side_by_side(cases: &[Case]) -> Program {
    let inputs = cases.iter().flat_map(|case| case.program.inputs.clone());
    let named = inputs.enumerate().map(|(i, input)| Input {
        name: format!("x{i}"),
        ..input
    });
    let mut all = Program {
        inputs: named.collect(),
        ..Program::default()
    };
    let mut inputs_before = 0;
    for case in cases {
        let own = case.program.inputs.len();
        let nodes_before = all.inputs.len() + all.nodes.len();
        let renumber = |id: usize| {
            if id < own {
                inputs_before + id
            } else {
                nodes_before + id - own
            }
        };
        for mut node in case.program.nodes.clone() {
            node.args.iter_mut().for_each(|id| *id = renumber(*id));
            all.nodes.push(node);
        }
        for mut output in case.program.outputs.clone() {
            output.value = renumber(output.value);
            output.name = case.name.to_owned();
            all.outputs.push(output);
        }
        inputs_before += own;
    }
    all
}

#[test]
fn iree_computes_what_the_interpreter_computes() {
    let device = Device::open("local-sync").unwrap();
    let cases = cases();
    let mut seed = 1;
    let inputs: Vec<_> = cases
        .iter()
        .map(|case| inputs(&case.program, case.range, &mut seed))
        .collect();
    let found = run(&device, &side_by_side(&cases), &inputs.concat());
    assert_eq!(found.len(), cases.len());
    let mut failures = String::new();
    for ((case, inputs), found) in cases.iter().zip(&inputs).zip(found) {
        let expected = lmx_interp::run(&case.program, BATCH, inputs).unwrap();
        let found = [found];
        if !agrees(&found, &expected, case.tolerance) {
            failures += &format!(
                "{}: on {inputs:?}\n  found {found:?}\n  expected {expected:?}\n",
                case.name
            );
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn a_wrong_op_would_be_seen() {
    let device = Device::open("local-sync").unwrap();
    let binary = |op| {
        program(&[Shape::batched(&[8]), Shape::batched(&[8])], |p, ids| {
            p.op(op, ids)
        })
    };
    let (right, wrong) = (binary(Op::Subtract), binary(Op::Add));
    let inputs = inputs(&right, (0.25, 1.0), &mut 7);
    let expected = lmx_interp::run(&right, BATCH, &inputs).unwrap();
    assert!(agrees(&run(&device, &right, &inputs), &expected, 0.0));
    assert!(!agrees(&run(&device, &wrong, &inputs), &expected, 1e-2));
}

#[test]
fn literals_keep_every_bit() {
    let tiny = |exponent| rational(1, 1) / rational(2, 1).pow(exponent);
    let literals = [
        rational(0, 1),
        rational(1, 10),
        rational(-1, 3),
        rational(16_777_217, 1),
        rational(33_554_431, 16_777_216),
        rational(1_000_000_007, 998_244_353),
        tiny(126),
        tiny(-127),
    ];
    let constants = |p: &mut lmx_graph::ProgramBuilder| {
        let parts = literals
            .iter()
            .map(|v| p.op_as(Op::Constant { value: v.clone() }, &[], Shape::fixed(&[1])));
        parts.collect::<Result<Vec<_>, _>>()
    };
    let program = program(&[], |p, _| {
        let parts = constants(p)?;
        p.op(Op::Concatenate { dim: 0 }, &parts)
    });
    let device = Device::open("local-sync").unwrap();
    let found = run(&device, &program, &[]).swap_remove(0).data;
    let bits = |x: f64| (x as f32).to_bits();
    let expected: Vec<_> = literals
        .iter()
        .map(|v| rational_to_f32(v).to_bits())
        .collect();
    assert_eq!(found.into_iter().map(bits).collect::<Vec<_>>(), expected);
}
