//! Whole programs: gradients against finite differences, train steps against their formulas.

#[path = "../../lmx-graph/tests/common/mod.rs"]
mod common;
#[path = "../../lmx-graph/tests/common/random.rs"]
mod random;

use lmx_graph::{Dim, Direction, GraphError, Op, Program, ProgramBuilder, Role, Shape};
use lmx_interp::{Tensor, finite_difference, run};
use proptest::prelude::*;

/// Reproducible numbers, uniform on ±1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn tensor(&mut self, dims: &[u64]) -> Tensor {
        let n: u64 = dims.iter().product();
        let data: Vec<f64> = (0..n).map(|_| self.next()).collect();
        Tensor::new(dims, &data)
    }
}

/// Inputs of a program by role: random parameters and images, one-hot labels, states ≥ 0, hyperparameters by name.
fn inputs(program: &Program, batch: u64) -> Vec<Tensor> {
    let mut numbers = Numbers(7);
    let mut tensors = vec![];
    for input in &program.inputs {
        let dims = input.ty.shape.at(batch).unwrap();
        let mut tensor = numbers.tensor(&dims);
        match input.role {
            Role::Label => {
                let classes = dims[1] as usize;
                for (i, x) in tensor.data.iter_mut().enumerate() {
                    *x = f64::from(u8::from(i % classes == (i / classes) % classes));
                }
            }
            Role::OptimizerState => tensor.data.iter_mut().for_each(|x| *x = x.abs()),
            Role::Hyperparameter => tensor.data = vec![hyperparameter(&input.name)],
            _ => {}
        }
        tensors.push(tensor);
    }
    tensors
}

fn hyperparameter(name: &str) -> f64 {
    match name {
        "beta1" | "momentum" => 0.9,
        "beta2" => 0.99,
        "epsilon" => 1e-8,
        "label_smoothing" => 0.1,
        "learning_rate" => 0.05,
        "step" => 3.0,
        "weight_decay" => 0.01,
        other => panic!("no value for {other}"),
    }
}

fn place<T>(items: &[T], is: impl Fn(&T) -> bool) -> usize {
    items.iter().position(is).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "{found} {expected}"
    );
}

#[test]
fn the_gradient_program_agrees_with_finite_differences() {
    let graph = common::mlp("sample", &[5, 4, 3]);
    let program = &graph.programs["grad"];
    let inputs = inputs(program, 6);
    let outputs = run(program, 6, &inputs).unwrap();
    let loss = place(&program.outputs, |o| o.role == Role::Loss);
    for (output, gradient) in program.outputs.iter().zip(&outputs) {
        if output.role != Role::Gradient {
            continue;
        }
        let input = place(&program.inputs, |i| {
            i.role == Role::Param && i.name == output.name
        });
        for (element, found) in gradient.data.iter().enumerate() {
            let at = (input, element);
            let expected = finite_difference(program, 6, &inputs, loss, at, 1e-5)
                .unwrap()
                .unwrap();
            close(*found, expected, 1e-8);
        }
    }
    assert_eq!(
        finite_difference(program, 6, &inputs, loss, (0, 1000), 1e-5),
        Ok(None)
    );
}

#[test]
fn padding_rows_add_nothing_to_forward() {
    let graph = common::mlp("sample", &[5, 4, 3]);
    let program = &graph.programs["forward"];
    let [loss, correct] = [1, 2];
    let mut whole = inputs(program, 4);
    let full = run(program, 4, &whole).unwrap();
    for (input, tensor) in program.inputs.iter().zip(&mut whole) {
        if matches!(input.role, Role::Image | Role::Label) {
            let width = tensor.dims[1] as usize;
            tensor.dims[0] = 6;
            tensor.data.extend(vec![0.0; 2 * width]);
        }
    }
    let padded = run(program, 6, &whole).unwrap();
    close(padded[loss].data[0] * 6.0, full[loss].data[0] * 4.0, 1e-14);
    assert_eq!(padded[correct], full[correct]);
}

#[test]
fn the_sgd_step_is_its_formula() {
    let graph = common::mlp("sample", &[5, 4, 3]);
    let (grad, step) = (&graph.programs["grad"], &graph.programs["train_sgd"]);
    let at = inputs(step, 6);
    let find = |role, name: &str| &at[place(&step.inputs, |i| i.role == role && i.name == name)];
    let grad_inputs: Vec<_> = grad
        .inputs
        .iter()
        .map(|i| find(i.role, &i.name).clone())
        .collect();
    let (gradients, new) = (
        run(grad, 6, &grad_inputs).unwrap(),
        run(step, 6, &at).unwrap(),
    );
    for param in &graph.params {
        let g = &gradients[place(&grad.outputs, |o| {
            o.role == Role::Gradient && o.name == param.name
        })];
        let state = format!("momentum/{}", param.name);
        let (p, m) = (
            find(Role::Param, &param.name),
            find(Role::OptimizerState, &state),
        );
        let new =
            |role, name: &str| &new[place(&step.outputs, |o| o.role == role && o.name == name)];
        for i in 0..p.data.len() {
            let decay = if param.decay { 0.01 } else { 0.0 };
            let velocity = 0.9 * m.data[i] + g.data[i] + decay * p.data[i];
            close(new(Role::OptimizerState, &state).data[i], velocity, 1e-15);
            close(
                new(Role::Param, &param.name).data[i],
                p.data[i] - 0.05 * velocity,
                1e-15,
            );
        }
    }
}

#[test]
fn a_digits_sized_run_learns() {
    let graph = common::mlp("digits", &[64, 32, 10]);
    let program = &graph.programs["train_adamw"];
    let mut at = inputs(program, 20);
    for (input, tensor) in program.inputs.iter().zip(&mut at) {
        match (input.role, input.name.as_str()) {
            (Role::OptimizerState, _) => tensor.data.fill(0.0),
            (Role::Hyperparameter, "label_smoothing" | "weight_decay") => tensor.data = vec![0.0],
            (Role::Hyperparameter, "step") => tensor.data = vec![0.0],
            _ => {}
        }
    }
    let step = place(&program.inputs, |i| i.name == "step");
    let states = program.outputs.len() - 2;
    let mut losses = vec![];
    for _ in 0..12 {
        at[step].data[0] += 1.0;
        let outputs = run(program, 20, &at).unwrap();
        losses.push(outputs[states].data[0]);
        at[..states].clone_from_slice(&outputs[..states]);
    }
    assert!(losses[11] < 0.2 * losses[0], "{losses:?}");
}

/// A convolution as slices and a contraction, ReLU, a max-pool as maximum of slices, and the gradient by its weight.
fn cnn() -> Result<Program, GraphError> {
    const FILTERS: u64 = 4;
    let mut b = ProgramBuilder::new();
    let kernel = b.input(Role::Param, "kernel", Shape::fixed(&[9, FILTERS]))?;
    let image = b.input(Role::Image, "image", Shape::batched(&[28, 28, 1]))?;
    let weights = b.input(Role::Param, "weights", Shape::fixed(&[14, 14, FILTERS]))?;
    let pad = |low: [u64; 2], high: [u64; 2], interior: u64| Op::Pad {
        low: vec![0, low[0], low[1], 0],
        high: vec![0, high[0], high[1], 0],
        interior: vec![0, interior, interior, 0],
        value: num_rational::BigRational::from_integer(0.into()),
    };
    let window = |[i, j]: [u64; 2], size: u64, stride: u64, channels: u64| Op::Slice {
        start: vec![0, i, j, 0],
        limit: vec![
            Dim::Batch(1),
            Dim::Fixed(i + size),
            Dim::Fixed(j + size),
            Dim::Fixed(channels),
        ],
        stride: vec![1, stride, stride, 1],
    };
    let contract = |lhs: &[usize], rhs: &[usize]| Op::DotGeneral {
        lhs_batch: vec![],
        rhs_batch: vec![],
        lhs_contract: lhs.to_vec(),
        rhs_contract: rhs.to_vec(),
    };
    let padded = b.op(pad([1, 1], [1, 1], 0), &[image])?;
    let mut columns = vec![];
    for k in 0..9 {
        columns.push(b.op(window([k / 3, k % 3], 28, 1, 1), &[padded])?);
    }
    let columns = b.op(Op::Concatenate { dim: 3 }, &columns)?;
    let convolved = b.op(contract(&[3], &[0]), &[columns, kernel])?;
    let zero = b.constant(0, 1, Shape::batched(&[28, 28, FILTERS]))?;
    let relu = b.op(Op::Maximum, &[convolved, zero])?;
    let corners = [[0, 0], [0, 1], [1, 0], [1, 1]];
    let mut quarters = vec![];
    for corner in corners {
        quarters.push(b.op(window(corner, 27, 2, FILTERS), &[relu])?);
    }
    let mut pooled = quarters[0];
    for quarter in &quarters[1..] {
        pooled = b.op(Op::Maximum, &[pooled, *quarter])?;
    }
    let each = b.op(contract(&[1, 2, 3], &[0, 1, 2]), &[pooled, weights])?;
    let loss = b.op(Op::ReduceSum { dims: vec![0] }, &[each])?;
    b.output(Role::Loss, "loss", loss);

    let cotangent = b.broadcast(weights, &[1, 2, 3], Shape::batched(&[14, 14, FILTERS]))?;
    let none = b.constant(0, 1, Shape::batched(&[14, 14, FILTERS]))?;
    let mut total = zero;
    for (quarter, [i, j]) in quarters.iter().zip(corners) {
        let largest = b.op(
            Op::Compare {
                direction: Direction::Eq,
            },
            &[*quarter, pooled],
        )?;
        let share = b.op(Op::Select, &[largest, cotangent, none])?;
        let share = b.op(pad([i, j], [1 - i, 1 - j], 1), &[share])?;
        total = b.op(Op::Add, &[total, share])?;
    }
    let on = b.op(
        Op::Compare {
            direction: Direction::Gt,
        },
        &[convolved, zero],
    )?;
    let total = b.op(Op::Select, &[on, total, zero])?;
    let gradient = b.op(contract(&[0, 1, 2], &[0, 1, 2]), &[columns, total])?;
    b.output(Role::Gradient, "kernel", gradient);
    b.finish()
}

#[test]
fn a_convolution_step_agrees_with_its_formula_and_finite_differences() {
    let program = cnn().unwrap();
    let inputs = inputs(&program, 2);
    let outputs = run(&program, 2, &inputs).unwrap();
    for element in [0, 7, 17, 35] {
        let expected = finite_difference(&program, 2, &inputs, 0, (0, element), 1e-7).unwrap();
        close(outputs[1].data[element], expected.unwrap(), 1e-6);
    }

    // The loss, from the textbook sum.
    let [kernel, image, weights] = [&inputs[0].data, &inputs[1].data, &inputs[2].data];
    let pixel = |n: usize, i: usize, j: usize| match (i, j) {
        (1..=28, 1..=28) => image[(n * 28 + i - 1) * 28 + j - 1],
        _ => 0.0,
    };
    let convolved = |n: usize, i: usize, j: usize, f: usize| -> f64 {
        (0..9)
            .map(|k| pixel(n, i + k / 3, j + k % 3) * kernel[k * 4 + f])
            .sum()
    };
    let mut loss = 0.0;
    for (n, i, j, f) in (0..2 * 14 * 14 * 4).map(|x| (x / 784, x / 56 % 14, x / 4 % 14, x % 4)) {
        let corners = [(0, 0), (0, 1), (1, 0), (1, 1)];
        let window = corners.map(|(a, b)| convolved(n, 2 * i + a, 2 * j + b, f));
        loss += window.into_iter().fold(0.0, f64::max) * weights[(i * 14 + j) * 4 + f];
    }
    close(outputs[0].data[0], loss, 1e-12);
}

proptest! {
    #[test]
    fn every_checked_program_runs_and_has_the_inferred_shapes(
        choices in proptest::collection::vec(any::<u8>(), 0..400),
        batch in 1..4u64,
    ) {
        let start = common::mlp("random", &[2, 2]).programs["forward"].clone();
        let mut program = random::append(&start, random::Choices(choices.iter()));
        // Some programs are too large to hold.
        let elements = |n: &lmx_graph::Node| n.ty.shape.at(batch).map(|d| d.iter().product::<u64>());
        prop_assume!(program.nodes.iter().all(|n| elements(n).is_some_and(|n| n < 10_000)));
        let values = (0..program.nodes.len()).map(|i| i + program.inputs.len());
        let numbers = values.filter(|v| program.ty(*v).is_some_and(|t| t.dtype == lmx_graph::DType::F32));
        program.outputs = numbers
            .map(|value| lmx_graph::Output { name: format!("v{value}"), role: Role::Metric, value })
            .collect();
        let outputs = run(&program, batch, &inputs(&program, batch)).unwrap();
        for (output, tensor) in program.outputs.iter().zip(outputs) {
            let dims = program.ty(output.value).unwrap().shape.at(batch).unwrap();
            prop_assert_eq!(tensor.data.len() as u64, dims.iter().product::<u64>());
            prop_assert_eq!(tensor.dims, dims);
        }
    }
}
