//! A small, complete graph for tests: a multi-layer perceptron with all four programs, written by hand.

use lmx_graph::{
    Activation, Direction, Graph, GraphError, Init, Layer, LayerKind, Op, Param, ParamRole,
    Program, ProgramBuilder, Role, Shape, Spec, ValueId, sha256, to_canonical_json,
};

type Built<T> = Result<T, GraphError>;

/// A perceptron of the given widths, input first and classes last, ReLU between its layers.
pub fn mlp(name: &str, widths: &[u64]) -> Graph {
    let mut params = vec![];
    let mut layers = vec![];
    for (i, pair) in widths.windows(2).enumerate() {
        let (fan_in, units) = (pair[0], pair[1]);
        let layer = format!("dense{}", i + 1);
        let names = [format!("{layer}.weight"), format!("{layer}.bias")];
        params.push(Param {
            name: names[0].clone(),
            shape: vec![fan_in, units],
            role: ParamRole::Weight,
            init: Init::HeNormal { fan_in },
            decay: true,
        });
        params.push(Param {
            name: names[1].clone(),
            shape: vec![units],
            role: ParamRole::Bias,
            init: Init::Zeros,
            decay: false,
        });
        let last = i + 2 == widths.len();
        let activation = if last {
            Activation::Identity
        } else {
            Activation::Relu
        };
        layers.push(Layer {
            name: layer,
            kind: LayerKind::Dense { units, activation },
            output: vec![units],
            params: names.to_vec(),
        });
    }
    let spec = Spec {
        input: vec![widths[0]],
        classes: *widths.last().unwrap(),
        layers,
    };
    let program = |which: &str| build(which, &spec, &params).expect("the sample types");
    let names = ["forward", "grad", "train_adamw", "train_sgd"];
    let programs = names.map(|n| (n.to_owned(), program(n))).into();
    let mut graph = Graph {
        name: name.to_owned(),
        spec,
        params,
        programs,
        sha256: sha256(b""),
    };
    graph.sha256 = sha256(&to_canonical_json(&graph));
    graph
}

fn build(which: &str, spec: &Spec, params: &[Param]) -> Built<Program> {
    let mut b = ProgramBuilder::new();
    let mut inputs = |role, prefix: &str| {
        let input =
            |p: &Param| b.input(role, &format!("{prefix}{}", p.name), Shape::fixed(&p.shape));
        params.iter().map(input).collect::<Built<Vec<ValueId>>>()
    };
    let ps = inputs(Role::Param, "")?;
    let state = match which {
        "train_sgd" => vec![inputs(Role::OptimizerState, "momentum/")?],
        "train_adamw" => {
            vec![
                inputs(Role::OptimizerState, "m/")?,
                inputs(Role::OptimizerState, "v/")?,
            ]
        }
        _ => vec![],
    };
    let image = b.input(Role::Image, "image", Shape::batched(&spec.input))?;
    let label = b.input(Role::Label, "label", Shape::batched(&[spec.classes]))?;
    let names: &[&str] = match which {
        "grad" => &["label_smoothing"],
        "train_sgd" => &[
            "label_smoothing",
            "learning_rate",
            "momentum",
            "weight_decay",
        ],
        "train_adamw" => &[
            "label_smoothing",
            "beta1",
            "beta2",
            "epsilon",
            "learning_rate",
            "step",
            "weight_decay",
        ],
        _ => &[],
    };
    let hyper = |b: &mut ProgramBuilder| -> Built<Vec<ValueId>> {
        names
            .iter()
            .map(|n| b.input(Role::Hyperparameter, n, Shape(vec![])))
            .collect()
    };
    let hyper = hyper(&mut b)?;
    let of = |name: &str| hyper[names.iter().position(|n| *n == name).unwrap()];

    let mut net = Net {
        b,
        classes: spec.classes,
    };
    let (activations, logits) = net.forward(&ps, image)?;
    let target = if which == "forward" {
        label
    } else {
        net.smooth(label, of("label_smoothing"))?
    };
    let (loss, cotangent) = net.loss(logits, target)?;
    let correct = net.correct(logits, label)?;
    match which {
        "forward" => net.b.output(Role::Logits, "logits", logits),
        "grad" => {}
        _ => {
            let gradients = net.backward(&ps, &activations, cotangent)?;
            let (new, state) = match which {
                "train_sgd" => {
                    let hyper = [of("learning_rate"), of("momentum"), of("weight_decay")];
                    net.sgd(params, &ps, &state[0], &gradients, hyper)?
                }
                _ => {
                    let hyper = [
                        "beta1",
                        "beta2",
                        "epsilon",
                        "learning_rate",
                        "step",
                        "weight_decay",
                    ];
                    net.adamw(params, &ps, &state, &gradients, hyper.map(of))?
                }
            };
            for (p, v) in params.iter().zip(new) {
                net.b.output(Role::Param, &p.name, v);
            }
            for (prefix, values) in state {
                for (p, v) in params.iter().zip(values) {
                    net.b
                        .output(Role::OptimizerState, &format!("{prefix}{}", p.name), v);
                }
            }
        }
    }
    net.b.output(Role::Loss, "loss", loss);
    net.b.output(Role::Metric, "correct", correct);
    if which == "grad" {
        let gradients = net.backward(&ps, &activations, cotangent)?;
        for (p, g) in params.iter().zip(gradients) {
            net.b.output(Role::Gradient, &p.name, g);
        }
    }
    net.b.finish()
}

/// New parameters, and the new optimizer states by prefix.
type Updated = (Vec<ValueId>, Vec<(&'static str, Vec<ValueId>)>);

struct Net {
    b: ProgramBuilder,
    classes: u64,
}

impl Net {
    fn shape(&self, v: ValueId) -> Shape {
        self.b.ty(v).unwrap().shape.clone()
    }

    fn full(&mut self, scalar: ValueId, shape: Shape) -> Built<ValueId> {
        self.b.broadcast(scalar, &[], shape)
    }

    fn splat(&mut self, p: i64, q: i64, like: ValueId) -> Built<ValueId> {
        let shape = self.shape(like);
        self.b.constant(p, q, shape)
    }

    fn scale(&mut self, x: ValueId, scalar: ValueId) -> Built<ValueId> {
        let full = self.full(scalar, self.shape(x))?;
        self.b.op(Op::Multiply, &[x, full])
    }

    fn dot(&mut self, x: ValueId, y: ValueId, lhs: usize, rhs: usize) -> Built<ValueId> {
        let op = Op::DotGeneral {
            lhs_batch: vec![],
            rhs_batch: vec![],
            lhs_contract: vec![lhs],
            rhs_contract: vec![rhs],
        };
        self.b.op(op, &[x, y])
    }

    /// Each layer's input, and the logits.
    fn forward(&mut self, ps: &[ValueId], image: ValueId) -> Built<(Vec<ValueId>, ValueId)> {
        let mut x = image;
        let mut activations = vec![];
        let layers = ps.len() / 2;
        for (i, pair) in ps.chunks(2).enumerate() {
            activations.push(x);
            let product = self.dot(x, pair[0], 1, 0)?;
            let bias = self.b.broadcast(pair[1], &[1], self.shape(product))?;
            x = self.b.op(Op::Add, &[product, bias])?;
            if i + 1 < layers {
                let zero = self.splat(0, 1, x)?;
                x = self.b.op(Op::Maximum, &[x, zero])?;
            }
        }
        Ok((activations, x))
    }

    /// label · (1 − s) + s / classes
    fn smooth(&mut self, label: ValueId, s: ValueId) -> Built<ValueId> {
        let one = self.b.constant(1, 1, Shape(vec![]))?;
        let keep = self.b.op(Op::Subtract, &[one, s])?;
        let kept = self.scale(label, keep)?;
        let each = self.b.constant(1, self.classes as i64, Shape(vec![]))?;
        let each = self.b.op(Op::Multiply, &[s, each])?;
        let spread = self.full(each, self.shape(label))?;
        self.b.op(Op::Add, &[kept, spread])
    }

    /// The softmax cross-entropy, summed over the batch and divided by B, and its cotangent at the logits.
    fn loss(&mut self, logits: ValueId, target: ValueId) -> Built<(ValueId, ValueId)> {
        let shape = self.shape(logits);
        let max = self.b.op(Op::ReduceMax { dims: vec![1] }, &[logits])?;
        let max = self.b.broadcast(max, &[0], shape.clone())?;
        let centred = self.b.op(Op::Subtract, &[logits, max])?;
        let exp = self.b.op(Op::Exponential, &[centred])?;
        let sum = self.b.op(Op::ReduceSum { dims: vec![1] }, &[exp])?;
        let log = self.b.op(Op::Log, &[sum])?;
        let log = self.b.broadcast(log, &[0], shape.clone())?;
        let log_softmax = self.b.op(Op::Subtract, &[centred, log])?;
        let each = self.b.op(Op::Multiply, &[target, log_softmax])?;
        let total = self.b.op(Op::ReduceSum { dims: vec![0, 1] }, &[each])?;
        let total = self.b.op(Op::Negate, &[total])?;
        let batch = self.b.op(Op::BatchSize, &[])?;
        let loss = self.b.op(Op::Divide, &[total, batch])?;

        // (softmax · Σ target − target) / B
        let softmax = self.b.op(Op::Exponential, &[log_softmax])?;
        let weight = self.b.op(Op::ReduceSum { dims: vec![1] }, &[target])?;
        let weight = self.b.broadcast(weight, &[0], shape.clone())?;
        let weighted = self.b.op(Op::Multiply, &[softmax, weight])?;
        let difference = self.b.op(Op::Subtract, &[weighted, target])?;
        let batch = self.full(batch, shape)?;
        Ok((loss, self.b.op(Op::Divide, &[difference, batch])?))
    }

    /// The number of rows whose label is the one and only largest logit.
    fn correct(&mut self, logits: ValueId, label: ValueId) -> Built<ValueId> {
        let shape = self.shape(logits);
        let max = self.b.op(Op::ReduceMax { dims: vec![1] }, &[logits])?;
        let max = self.b.broadcast(max, &[0], shape)?;
        let is_max = self.b.op(
            Op::Compare {
                direction: Direction::Eq,
            },
            &[logits, max],
        )?;
        let (one, zero) = (self.splat(1, 1, logits)?, self.splat(0, 1, logits)?);
        let largest = self.b.op(Op::Select, &[is_max, one, zero])?;
        let count = self.b.op(Op::ReduceSum { dims: vec![1] }, &[largest])?;
        let hit = self.b.op(Op::Multiply, &[largest, label])?;
        let hit = self.b.op(Op::ReduceSum { dims: vec![1] }, &[hit])?;
        let one = self.splat(1, 1, count)?;
        let alone = self.b.op(
            Op::Compare {
                direction: Direction::Eq,
            },
            &[count, one],
        )?;
        let zero = self.splat(0, 1, hit)?;
        let hit = self.b.op(Op::Select, &[alone, hit, zero])?;
        self.b.op(Op::ReduceSum { dims: vec![0] }, &[hit])
    }

    fn backward(
        &mut self,
        ps: &[ValueId],
        activations: &[ValueId],
        cotangent: ValueId,
    ) -> Built<Vec<ValueId>> {
        let mut gradients = vec![];
        let mut dy = cotangent;
        for (i, (pair, x)) in ps.chunks(2).zip(activations).enumerate().rev() {
            let bias = self.b.op(Op::ReduceSum { dims: vec![0] }, &[dy])?;
            let weight = self.dot(*x, dy, 0, 0)?;
            gradients.extend([bias, weight]);
            if i > 0 {
                let dx = self.dot(dy, pair[0], 1, 1)?;
                let zero = self.splat(0, 1, *x)?;
                let on = self.b.op(
                    Op::Compare {
                        direction: Direction::Gt,
                    },
                    &[*x, zero],
                )?;
                dy = self.b.op(Op::Select, &[on, dx, zero])?;
            }
        }
        gradients.reverse();
        Ok(gradients)
    }

    /// g + decay · p where the parameter decays.
    fn sgd(
        &mut self,
        params: &[Param],
        ps: &[ValueId],
        state: &[ValueId],
        gradients: &[ValueId],
        [rate, momentum, decay]: [ValueId; 3],
    ) -> Built<Updated> {
        let (mut new, mut velocities) = (vec![], vec![]);
        for (((param, p), m), g) in params.iter().zip(ps).zip(state).zip(gradients) {
            let mut g = *g;
            if param.decay {
                let decayed = self.scale(*p, decay)?;
                g = self.b.op(Op::Add, &[g, decayed])?;
            }
            let kept = self.scale(*m, momentum)?;
            let velocity = self.b.op(Op::Add, &[kept, g])?;
            let step = self.scale(velocity, rate)?;
            new.push(self.b.op(Op::Subtract, &[*p, step])?);
            velocities.push(velocity);
        }
        Ok((new, vec![("momentum/", velocities)]))
    }

    /// AdamW; 1 − βᵗ is exp and log of β.
    fn adamw(
        &mut self,
        params: &[Param],
        ps: &[ValueId],
        state: &[Vec<ValueId>],
        gradients: &[ValueId],
        [beta1, beta2, epsilon, rate, step, decay]: [ValueId; 6],
    ) -> Built<Updated> {
        let one = self.b.constant(1, 1, Shape(vec![]))?;
        let mut correction = |beta: ValueId| {
            let log = self.b.op(Op::Log, &[beta])?;
            let power = self.b.op(Op::Multiply, &[log, step])?;
            let power = self.b.op(Op::Exponential, &[power])?;
            let rest = self.b.op(Op::Subtract, &[one, beta])?;
            Ok::<_, GraphError>((self.b.op(Op::Subtract, &[one, power])?, rest))
        };
        let ((c1, r1), (c2, r2)) = (correction(beta1)?, correction(beta2)?);
        let (mut new, mut ms, mut vs) = (vec![], vec![], vec![]);
        for (i, (param, p)) in params.iter().zip(ps).enumerate() {
            let g = gradients[i];
            let square = self.b.op(Op::Multiply, &[g, g])?;
            let mut average =
                |old: ValueId, x: ValueId, beta: ValueId, rest: ValueId, c: ValueId| {
                    let (old, x) = (self.scale(old, beta)?, self.scale(x, rest)?);
                    let mean = self.b.op(Op::Add, &[old, x])?;
                    let c = self.full(c, self.shape(mean))?;
                    Ok::<_, GraphError>((mean, self.b.op(Op::Divide, &[mean, c])?))
                };
            let (m, m_hat) = average(state[0][i], g, beta1, r1, c1)?;
            let (v, v_hat) = average(state[1][i], square, beta2, r2, c2)?;
            let root = self.b.op(Op::Sqrt, &[v_hat])?;
            let epsilon = self.full(epsilon, self.shape(root))?;
            let root = self.b.op(Op::Add, &[root, epsilon])?;
            let mut update = self.b.op(Op::Divide, &[m_hat, root])?;
            if param.decay {
                let decayed = self.scale(*p, decay)?;
                update = self.b.op(Op::Add, &[update, decayed])?;
            }
            let update = self.scale(update, rate)?;
            new.push(self.b.op(Op::Subtract, &[*p, update])?);
            ms.push(m);
            vs.push(v);
        }
        Ok((new, vec![("m/", ms), ("v/", vs)]))
    }
}
