"""What JAX computes for a net: in float64 as the exact value, in float32 as samples of rounding."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

import lmx
import model
import optim

SIZES = {"mnist-linear": 16, "mnist-mlp": 16, "mnist-cnn": 8, "digits-mlp": 16}
"""The batch that each net is tested with."""

Function = Callable[..., Any]


@functools.cache
def net(name: str) -> model.Net:
    """The net of that name."""
    return model.load(lmx.graph(name))


@functools.cache
def compiled(name: str, program: str) -> Function:
    """A net's program, compiled by JAX: `forward`, `grad`, `train_sgd`, `train_adamw`, or `train_adamw` with powers by logarithm."""
    functions: dict[str, Callable[[model.Net], Function]] = {
        "forward": model.forward,
        "grad": model.grad,
        "train_sgd": optim.sgd,
        "train_adamw": optim.adamw,
        "train_adamw_by_log": lambda net: optim.adamw(net, optim.power_by_log),
    }
    return jax.jit(functions[program](net(name)))


def cast(tree: Any, dtype: type) -> Any:
    """Every leaf as a numpy array of the type; Python's numbers by way of float32, so that both precisions start from the same ones."""
    return jax.tree.map(lambda x: np.asarray(np.float32(x) if isinstance(x, float | int) else x, dtype), tree)


def evaluate(function: Function, dtype: type, *args: Any) -> Any:
    """The function on arguments of the type, back as numpy."""
    return jax.tree.map(np.asarray, function(*cast(args, dtype)))


def orders(size: int) -> list[np.ndarray]:
    """Orders of a batch: the sum over the batch is the same, rounded in other places."""
    rng = np.random.default_rng(0)
    return [np.arange(size), np.arange(size)[::-1], rng.permutation(size), rng.permutation(size)]


def random_params(net: model.Net, rng: np.random.Generator, biases: bool) -> model.Params:
    """Parameters as the manifest draws them; with `biases`, biases that are not zero."""
    params = model.init(net, rng)
    for p in net.params:
        if biases and p["role"] == "bias":
            params[p["name"]] = rng.normal(0.0, 0.1, p["shape"]).astype(np.float32)
    return params
