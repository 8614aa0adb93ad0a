"""Random batches on which rounding decides nothing.

ReLU and max-pooling have kinks. Where a pre-activation is so near to zero, or two entries of a window so near to each other, that rounding
decides which branch is taken, float32 and float64 rightly differ by more than rounding. So examples are drawn until a batch is full of
those that stay clear of every kink, as the theorems about the gradient ask for too. Exact kinks (a pre-activation that is 0 in any precision,
as over a black background without biases) are kept: there the conventions must agree.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

import model
from model import Net, Params

MARGIN = 2e-5
"""The least distance from a kink, relative to the root mean square of the layer's values."""

Draw: TypeAlias = Callable[[np.random.Generator, int, tuple[int, ...]], np.ndarray]


def noise(rng: np.random.Generator, count: int, shape: tuple[int, ...]) -> np.ndarray:
    """Normal pixels."""
    return rng.normal(size=(count, *shape)).astype(np.float32)


def drawing(rng: np.random.Generator, count: int, shape: tuple[int, ...]) -> np.ndarray:
    """Bright pixels in a rectangle, on a background that is exactly zero."""
    images = np.zeros((count, *shape), np.float32)
    for image in images:
        (top, bottom), (left, right) = (np.sort(rng.choice(n + 1, 2, replace=False)) for n in shape[:2])
        part = image[top:bottom, left:right]
        part[...] = rng.uniform(0.1, 1.0, part.shape)
    return images


def _clear(distance: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Per example: is every distance, but for those that are exactly zero, above the margin?"""
    scale = np.sqrt(np.mean(np.square(values)))
    return np.all((distance == 0) | (distance > MARGIN * scale), axis=tuple(range(1, distance.ndim)))


def _window_gaps(layer: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """Largest minus second largest entry of each pooling window."""
    if layer["padding"] != "valid":
        raise NotImplementedError(f"layer {layer['name']}: kinks of a pool with padding {layer['padding']}")
    (sh, sw), window = layer["stride"], tuple(layer["window"])
    windows = np.lib.stride_tricks.sliding_window_view(x, window, axis=(1, 2))[:, ::sh, ::sw]
    ordered = np.sort(windows.reshape(*windows.shape[:4], -1), axis=-1)
    return ordered[..., -1] - ordered[..., -2]


def off_kinks(net: Net, params: Params, images: np.ndarray) -> np.ndarray:
    """Which of the images stay clear of every kink, computed in float64."""
    exact = jax.tree.map(lambda p: jnp.asarray(p, jnp.float64), params)
    x = jnp.asarray(images, jnp.float64)
    if x.dtype != jnp.float64:
        raise RuntimeError("float64 is off: set jax_enable_x64")
    clear = np.full(len(images), True)
    for layer in net.layers:
        if layer["kind"] == "max_pool":
            clear &= _clear(_window_gaps(layer, np.asarray(x)), np.asarray(x))
        z = model.linear_part(layer, exact, x)
        if layer.get("activation") == "relu":
            clear &= _clear(np.abs(np.asarray(z)), np.asarray(z))
        x = model.activate(layer, z)
    return clear


def batch(net: Net, params: Params, rng: np.random.Generator, size: int, draw: Draw = noise) -> tuple[np.ndarray, np.ndarray]:
    """Images [size, input…] clear of kinks at these parameters, and random one-hot labels [size, classes], in float32."""
    found: list[np.ndarray] = []
    for _ in range(100):
        images = draw(rng, size, net.input)
        found += list(images[off_kinks(net, params, images)])
        if len(found) >= size:
            break
    else:
        raise RuntimeError(f"{net.name}: {len(found)} of {size} examples are clear of kinks after 100 draws")
    labels = np.eye(net.classes, dtype=np.float32)[rng.integers(0, net.classes, size)]
    return np.stack(found[:size]), labels
