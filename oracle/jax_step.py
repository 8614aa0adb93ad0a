"""Times JAX's train step, in a process of its own: `python jax_step.py NET BATCH WARMUP ITERATIONS` prints one JSON object.

As a JAX user would write a loop of training: one jitted function, parameters and optimizer state donated, the batch and the
hyperparameters on the device already. A step ends when all of its results are there (`block_until_ready`).
"""

import json
import statistics
import sys
import time

import jax
import numpy as np

import lmx
import model
import optim

HYPER = {"label_smoothing": 0.0, "learning_rate": 1e-3, "momentum": 0.9, "weight_decay": 1e-2}
"""Those that `lmx-rs bench` takes. They are arguments of the step here too, not constants in it."""


def main(name: str, batch: int, warmup: int, iterations: int) -> None:
    jax.config.update("jax_platforms", "cpu")
    net, rng = model.load(lmx.graph(name)), np.random.default_rng(0)
    params = jax.device_put(model.init(net, rng))
    state = optim.zero_state("sgd", params)
    # Normal pixels, and labels in turn.
    image = jax.device_put(rng.normal(size=(batch, *net.input)).astype(np.float32))
    label = jax.device_put(np.eye(net.classes, dtype=np.float32)[np.arange(batch) % net.classes])
    hyper = jax.device_put({k: np.float32(v) for k, v in HYPER.items()})
    begun = time.perf_counter()
    step = jax.jit(optim.sgd(net), donate_argnums=(0, 1)).lower(params, state, image, label, hyper).compile()
    compile_s = time.perf_counter() - begun
    times = []
    for _ in range(warmup + iterations):
        begun = time.perf_counter()
        params, state, loss, _ = jax.block_until_ready(step(params, state, image, label, hyper))
        times.append((time.perf_counter() - begun) * 1e3)
    if not np.isfinite(loss):
        raise RuntimeError(f"{name}: JAX's loss is {loss} after {len(times)} steps")
    print(json.dumps({"step_ms": statistics.median(times[warmup:]), "compile_s": compile_s}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
