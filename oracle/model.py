"""A network in JAX, built from the layer list of a graph file.

Written from the textbook definitions and from `docs/graph-format.md`: `conv_general_dilated` for a convolution, `reduce_window` for a
pool, `jax.value_and_grad` for the gradient. The programs of the graph file are never read: they are what is under test.
The precision is that of the arguments: arrays of float64 (with `jax_enable_x64`) give the same function in float64.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

Params: TypeAlias = dict[str, Any]
"""Tensors by name: parameters (`dense1.weight`), gradients, or optimizer state (`momentum/dense1.weight`)."""

Hyper: TypeAlias = Mapping[str, Any]
"""Scalars by name: `label_smoothing`, `learning_rate`, …"""


@dataclass(frozen=True)
class Net:
    """What a graph file declares, without its programs."""

    name: str
    input: tuple[int, ...]
    classes: int
    layers: tuple[dict[str, Any], ...]
    params: tuple[dict[str, Any], ...]

    @property
    def decayed(self) -> frozenset[str]:
        """The parameters that weight decay applies to."""
        return frozenset(p["name"] for p in self.params if p["decay"])


def load(path: Path) -> Net:
    """The net of a graph file."""
    graph = json.loads(path.read_bytes())
    if (graph["format"], graph["version"]) != ("lmx-graph", 1):
        raise ValueError(f"{path}: expected lmx-graph version 1, found {graph['format']} version {graph['version']}")
    spec = graph["spec"]
    return Net(graph["name"], tuple(spec["input"]), spec["classes"], tuple(spec["layers"]), tuple(graph["params"]))


def init(net: Net, rng: np.random.Generator) -> Params:
    """Parameters drawn as the manifest says, in float32."""

    def draw(p: dict[str, Any]) -> np.ndarray:
        match p["init"]:
            case {"kind": "zeros"}:
                return np.zeros(p["shape"], np.float32)
            case {"kind": "he_normal", "fan_in": n}:
                return rng.normal(0.0, (2 / n) ** 0.5, p["shape"]).astype(np.float32)
            case {"kind": "xavier_uniform", "fan_in": n, "fan_out": m}:
                bound = (6 / (n + m)) ** 0.5
                return rng.uniform(-bound, bound, p["shape"]).astype(np.float32)
            case other:
                raise ValueError(f"{net.name}: parameter {p['name']}: unknown initialisation {other}")

    return {p["name"]: draw(p) for p in net.params}


def linear_part(layer: dict[str, Any], params: Params, x: Array) -> Array:
    """A layer without its activation, on `x` of shape [B, height, width, channels] or [B, n]."""
    match layer["kind"]:
        case "dense":
            weight, bias = (params[name] for name in layer["params"])
            return x @ weight + bias
        case "conv2d":
            weight, bias = (params[name] for name in layer["params"])
            convolved = lax.conv_general_dilated(
                x, weight, layer["stride"], layer["padding"].upper(), dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            return convolved + bias
        case "max_pool":
            window, stride = (1, *layer["window"], 1), (1, *layer["stride"], 1)
            return lax.reduce_window(x, -jnp.inf, lax.max, window, stride, layer["padding"].upper())
        case "global_avg_pool":
            return jnp.mean(x, axis=(1, 2))
        case "flatten":
            return x.reshape(x.shape[0], -1)
        case kind:
            raise ValueError(f"layer {layer['name']}: unknown kind {kind}")


def activate(layer: dict[str, Any], x: Array) -> Array:
    """A layer's activation."""
    match layer.get("activation", "identity"):
        case "identity":
            return x
        case "relu":
            return jax.nn.relu(x)
        case other:
            raise ValueError(f"layer {layer['name']}: unknown activation {other}")


def logits(net: Net, params: Params, image: Array) -> Array:
    """[B, classes] of images [B, input…]."""
    x = image
    for layer in net.layers:
        x = activate(layer, linear_part(layer, params, x))
        if x.shape[1:] != tuple(layer["output"]):
            raise ValueError(f"{net.name}: layer {layer['name']}: JAX's output is {x.shape[1:]}, the spec's {layer['output']}")
    return x


def row_losses(z: Array, label: Array, smoothing: Any) -> Array:
    """[B]: -Σ t·log softmax(z) of each row, for the target t = (1 - smoothing)·label + smoothing / classes."""
    target = (1 - smoothing) * label + smoothing / z.shape[1]
    return -jnp.sum(target * jax.nn.log_softmax(z), axis=1)


def correct(z: Array, label: Array) -> Array:
    """The number of rows whose label is the one and only largest logit."""
    top = z == jnp.max(z, axis=1, keepdims=True)
    unique = jnp.sum(top, axis=1) == 1
    return jnp.sum(jnp.where(unique, jnp.sum(label * top, axis=1), 0))


def forward(net: Net) -> Callable[..., tuple[Array, Array, Array]]:
    """(params, image, label, smoothing) to (logits, loss of each row, correct)."""

    def run(params: Params, image: Array, label: Array, smoothing: Any) -> tuple[Array, Array, Array]:
        z = logits(net, params, image)
        return z, row_losses(z, label, smoothing), correct(z, label)

    return run


def grad(net: Net) -> Callable[..., tuple[Array, Array, Params]]:
    """(params, image, label, smoothing) to (loss, correct, gradients); the loss is the mean over the rows."""

    def loss(params: Params, image: Array, label: Array, smoothing: Any) -> tuple[Array, Array]:
        z = logits(net, params, image)
        return jnp.mean(row_losses(z, label, smoothing)), correct(z, label)

    def run(params: Params, image: Array, label: Array, smoothing: Any) -> tuple[Array, Array, Params]:
        (value, hits), gradients = jax.value_and_grad(loss, has_aux=True)(params, image, label, smoothing)
        return value, hits, gradients

    return run
