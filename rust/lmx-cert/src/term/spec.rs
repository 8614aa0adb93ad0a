//! What follows from a spec: the layers' names and shapes, and the parameters. `lean/Lmx/Spec` is the original.

use lmx_graph::{Activation, Init, Layer, LayerKind, Padding, Param, ParamRole, Shape, Spec};

use super::{At, TermError};

/// A declared network, `Lmx.NetSpec`.
pub(super) struct NetSpec {
    pub(super) name: String,
    pub(super) input: Vec<u64>,
    pub(super) classes: u64,
    pub(super) layers: Vec<LayerKind>,
}

/// The spec and the manifest of the graph file.
pub(super) fn resolve(at: At<'_>, net: NetSpec) -> Result<(Spec, Vec<Param>), TermError> {
    let mut shape = net.input.clone();
    let mut layers: Vec<Layer> = Vec::with_capacity(net.layers.len());
    let mut params = vec![];
    let mut counts = [0u64; 5];
    for (i, kind) in net.layers.into_iter().enumerate() {
        let (word, count) = word(&kind, &mut counts);
        *count = count.saturating_add(1);
        let name = format!("{word}{count}");
        let (Some(output), Some(own)) = (output(&kind, &shape), parameters(&name, &kind, &shape))
        else {
            return Err(TermError {
                at: at.field("layers").index(i).to_string(),
                expected: format!(
                    "a layer that fits its input of shape {}",
                    Shape::fixed(&shape)
                ),
                found: format!("{name}, which does not"),
            });
        };
        let names = own.iter().map(|p| p.name.clone()).collect();
        params.extend(own);
        shape.clone_from(&output);
        layers.push(Layer {
            name,
            kind,
            output,
            params: names,
        });
    }
    let spec = Spec {
        input: net.input,
        classes: net.classes,
        layers,
    };
    Ok((spec, params))
}

/// The first word of a layer's name, and how many layers have it.
fn word<'c>(
    kind: &LayerKind,
    [dense, conv, pool, gap, flatten]: &'c mut [u64; 5],
) -> (&'static str, &'c mut u64) {
    match kind {
        LayerKind::Dense { .. } => ("dense", dense),
        LayerKind::Conv2d { .. } => ("conv", conv),
        LayerKind::MaxPool { .. } => ("pool", pool),
        LayerKind::GlobalAvgPool => ("gap", gap),
        LayerKind::Flatten => ("flatten", flatten),
    }
}

fn output(kind: &LayerKind, input: &[u64]) -> Option<Vec<u64>> {
    match (kind, input) {
        (LayerKind::Dense { units, .. }, [_]) => Some(vec![*units]),
        (
            LayerKind::Conv2d {
                filters,
                kernel,
                stride,
                padding,
                ..
            },
            [height, width, _],
        ) => {
            let [h, w] = windows(*kernel, *stride, *padding, [*height, *width])?;
            Some(vec![h, w, *filters])
        }
        (
            LayerKind::MaxPool {
                window,
                stride,
                padding,
            },
            [height, width, channels],
        ) => {
            let [h, w] = windows(*window, *stride, *padding, [*height, *width])?;
            Some(vec![h, w, *channels])
        }
        (LayerKind::GlobalAvgPool, [_, _, channels]) => Some(vec![*channels]),
        (LayerKind::Flatten, shape) => product(shape).map(|n| vec![n]),
        _ => None,
    }
}

/// Rows and columns of windows over an image.
fn windows(
    [height, width]: [u64; 2],
    [down, right]: [u64; 2],
    padding: Padding,
    [rows, columns]: [u64; 2],
) -> Option<[u64; 2]> {
    Some([
        window_count(rows, height, down, padding)?,
        window_count(columns, width, right, padding)?,
    ])
}

/// How many windows fit into a dimension.
fn window_count(extent: u64, size: u64, stride: u64, padding: Padding) -> Option<u64> {
    let padded = match padding {
        Padding::Valid => extent,
        Padding::Same => {
            let steps = extent
                .checked_add(stride.checked_sub(1)?)?
                .checked_div(stride)?;
            let reach = steps
                .saturating_sub(1)
                .checked_mul(stride)?
                .checked_add(size)?;
            extent.max(reach)
        }
    };
    let count = padded
        .checked_sub(size)?
        .checked_div(stride)?
        .checked_add(1)?;
    (size > 0).then_some(count)
}

fn product(shape: &[u64]) -> Option<u64> {
    shape.iter().try_fold(1u64, |n, d| n.checked_mul(*d))
}

fn parameters(layer: &str, kind: &LayerKind, input: &[u64]) -> Option<Vec<Param>> {
    let (shape, outputs, init) = match (kind, input) {
        (LayerKind::Dense { units, activation }, [n]) => {
            (vec![*n, *units], *units, init(*activation, *n, *units))
        }
        (
            LayerKind::Conv2d {
                filters,
                kernel: [height, width],
                activation,
                ..
            },
            [_, _, channels],
        ) => {
            let shape = vec![*height, *width, *channels, *filters];
            let fan_in = product(&[*height, *width, *channels])?;
            let fan_out = product(&[*height, *width, *filters])?;
            (shape, *filters, init(*activation, fan_in, fan_out))
        }
        _ => return Some(vec![]),
    };
    let weight = Param {
        name: format!("{layer}.weight"),
        shape,
        role: ParamRole::Weight,
        init,
        decay: true,
    };
    let bias = Param {
        name: format!("{layer}.bias"),
        shape: vec![outputs],
        role: ParamRole::Bias,
        init: Init::Zeros,
        decay: false,
    };
    Some(vec![weight, bias])
}

/// He's initialisation before a ReLU, Glorot's elsewhere.
fn init(activation: Activation, fan_in: u64, fan_out: u64) -> Init {
    match activation {
        Activation::Relu => Init::HeNormal { fan_in },
        Activation::Identity => Init::XavierUniform { fan_in, fan_out },
    }
}
