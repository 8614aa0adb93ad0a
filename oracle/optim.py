"""SGD with momentum and AdamW, from the formulas in `lean/Lmx/Optim/`, as JAX functions of a whole train step.

A step takes (params, state, image, label, hyper) and gives (params, state, loss, correct). State is named `SLOT/PARAM`.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import jax.numpy as jnp
from jax import Array

import model
from model import Hyper, Net, Params

Step: TypeAlias = Callable[[Params, Params, Array, Array, Hyper], tuple[Params, Params, Array, Array]]

Power: TypeAlias = Callable[[Any, Any], Array]

SLOTS = {"sgd": ("momentum",), "adamw": ("m", "v")}


def zero_state(optimizer: str, params: Params) -> Params:
    """The state before the first step."""
    return {f"{slot}/{name}": jnp.zeros_like(p) for slot in SLOTS[optimizer] for name, p in params.items()}


def sgd(net: Net) -> Step:
    """g ← g + λ p where p decays; v ← μ v + g; p ← p - η v."""
    gradient = model.grad(net)

    def step(params: Params, state: Params, image: Array, label: Array, h: Hyper) -> tuple[Params, Params, Array, Array]:
        loss, hits, g = gradient(params, image, label, h["label_smoothing"])
        new, new_state = {}, {}
        for name, p in params.items():
            d = g[name] + h["weight_decay"] * p if name in net.decayed else g[name]
            v = h["momentum"] * state[f"momentum/{name}"] + d
            new[name], new_state[f"momentum/{name}"] = p - h["learning_rate"] * v, v
        return new, new_state, loss, hits

    return step


def power(base: Any, exponent: Any) -> Array:
    """base^exponent."""
    return base**exponent


def power_by_log(base: Any, exponent: Any) -> Array:
    """The same, as exp(exponent · log base)."""
    return jnp.exp(exponent * jnp.log(base))


def adamw_update(p: Any, m: Any, v: Any, h: Hyper, decays: bool, power: Power = power) -> Any:
    """p - η (m̂ / (√v̂ + ε) + λ p), the last term where p decays; m̂ = m / (1 - β₁^t), v̂ = v / (1 - β₂^t)."""
    m_hat, v_hat = m / (1 - power(h["beta1"], h["step"])), v / (1 - power(h["beta2"], h["step"]))
    direction = m_hat / (jnp.sqrt(v_hat) + h["epsilon"])
    if decays:
        direction += h["weight_decay"] * p
    return p - h["learning_rate"] * direction


def adamw(net: Net, power: Power = power) -> Step:
    """m ← β₁ m + (1 - β₁) g; v ← β₂ v + (1 - β₂) g²; then the update."""
    gradient = model.grad(net)

    def step(params: Params, state: Params, image: Array, label: Array, h: Hyper) -> tuple[Params, Params, Array, Array]:
        loss, hits, gs = gradient(params, image, label, h["label_smoothing"])
        new, new_state = {}, {}
        for name, p in params.items():
            m = h["beta1"] * state[f"m/{name}"] + (1 - h["beta1"]) * gs[name]
            v = h["beta2"] * state[f"v/{name}"] + (1 - h["beta2"]) * gs[name] ** 2
            new[name] = adamw_update(p, m, v, h, name in net.decayed, power)
            new_state[f"m/{name}"], new_state[f"v/{name}"] = m, v
        return new, new_state, loss, hits

    return step
