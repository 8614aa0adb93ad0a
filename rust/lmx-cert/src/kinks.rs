//! Where the theorem does not speak.

use lmx_graph::{Activation, Graph, LayerKind};

/// What a graph's programs compute at a kink, by its layers: the `kinks` of its certificate.
pub fn kinks(graph: &Graph) -> Vec<&'static str> {
    let layers = || graph.spec.layers.iter().map(|l| &l.kind);
    let pools = layers().any(|kind| matches!(kind, LayerKind::MaxPool { .. }));
    let relus = layers().any(|kind| {
        matches!(
            kind,
            LayerKind::Dense {
                activation: Activation::Relu,
                ..
            } | LayerKind::Conv2d {
                activation: Activation::Relu,
                ..
            }
        )
    });
    let pools = pools.then_some(
        "max-pooling: the cotangent of a window goes to the first place, row by row, that attains its maximum",
    );
    let relus = relus.then_some("ReLU: the derivative at 0 is 0");
    pools.into_iter().chain(relus).collect()
}
