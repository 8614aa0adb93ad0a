"""The programs `train_sgd` and `train_adamw` against JAX over several steps, each fed with its own results."""

from typing import Any

import jax
import numpy as np
import pytest

import batches
import compare
import lmx
import optim
import reference

STEPS = 3

HYPER = {
    "sgd": {"label_smoothing": 0.1, "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.01},
    "adamw": {
        "label_smoothing": 0.1,
        "beta1": 0.9,
        "beta2": 0.999,
        # Where a gradient is smaller than its rounding, a small ε makes of it a full step in either direction, and float32 and float64
        # rightly part. This one keeps the step a continuous function of the gradient; the usual one has its own test.
        "epsilon": 1e-3,
        "learning_rate": 1e-3,
        "weight_decay": 0.1,
    },
}

# float32 evaluations of the same step: the program, and the order of the batch. 1 - β^t loses digits at the first steps, and
# how many depends on how the power is formed.
SAMPLES = {
    "sgd": [("train_sgd", i) for i in range(4)],
    "adamw": [("train_adamw", 0), ("train_adamw", 1), ("train_adamw_by_log", 2), ("train_adamw_by_log", 3)],
}

Tensors = dict[str, np.ndarray]


def run(name: str, optimizer: str, at: tuple[Any, Any], image: np.ndarray, label: np.ndarray, hyper: dict[str, float]) -> Any:
    """One step of ours: outputs by role and name."""
    inputs = {"param": at[0], "optimizer_state": at[1], "image": {"image": image}, "label": {"label": label}}
    found = lmx.run(name, f"train_{optimizer}", len(image), inputs | {"hyperparameter": hyper})
    assert found.keys() == {"param", "optimizer_state", "loss", "metric"}
    return found


def hyper_at(optimizer: str, step: int) -> dict[str, float]:
    """The hyperparameters of a step, which counts from 1."""
    return HYPER[optimizer] | ({"step": float(step)} if optimizer == "adamw" else {})


def start(name: str, optimizer: str, rng: np.random.Generator) -> tuple[Tensors, Tensors]:
    """Parameters and state before the first step."""
    params = reference.random_params(reference.net(name), rng, biases=True)
    return params, reference.cast(optim.zero_state(optimizer, params), np.float32)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("name", lmx.NETS)
def test_steps(name: str, optimizer: str) -> None:
    rng = np.random.default_rng(5)
    ours: Any = start(name, optimizer, rng)
    exact: Any = ours
    samples: list[Any] = [ours] * len(SAMPLES[optimizer])
    forward = reference.compiled(name, "forward")
    for step in range(1, STEPS + 1):
        hyper = hyper_at(optimizer, step)
        image, label = batches.batch(reference.net(name), exact[0], rng, reference.SIZES[name])
        found = run(name, optimizer, ours, image, label, hyper)
        ours = (found["param"], found["optimizer_state"])
        smoothing = hyper["label_smoothing"]
        exact_rows = reference.evaluate(forward, np.float64, exact[0], image, label, smoothing)[1]
        function = reference.compiled(name, f"train_{optimizer}")
        *exact, _, hits = reference.evaluate(function, np.float64, *exact, image, label, hyper)
        rows = []
        for i, (program, place) in enumerate(SAMPLES[optimizer]):
            order = reference.orders(len(image))[place]
            rows.append(reference.evaluate(forward, np.float32, samples[i][0], image, label, smoothing)[1])
            function = reference.compiled(name, program)
            samples[i] = reference.evaluate(function, np.float32, *samples[i], image[order], label[order], hyper)[:2]
        results = compare.check_loss(found["loss"]["loss"], rows, exact_rows)
        results += compare.check(ours[0] | ours[1], [s[0] | s[1] for s in samples], exact[0] | exact[1])
        assert found["metric"]["correct"] == hits
        print(compare.summary(f"{name}, {optimizer}, step {step}", results))


def updated(name: str, dtype: type, power: optim.Power, params: Tensors, state: Tensors, hyper: dict[str, float]) -> Tensors:
    """AdamW's update of each parameter from moments that are given."""
    update = jax.jit(optim.adamw_update, static_argnums=(4, 5))
    decayed = reference.net(name).decayed
    moments = {p: (params[p], state[f"m/{p}"], state[f"v/{p}"], hyper) for p in params}
    return {p: np.asarray(update(*reference.cast(args, dtype), p in decayed, power)) for p, args in moments.items()}


@pytest.mark.parametrize("name", lmx.NETS)
def test_adamw_update_with_the_usual_epsilon(name: str) -> None:
    """With ε = 10⁻⁸: the new parameters are AdamW's formula, in float64, of the old ones and of the moments that the step returned."""
    rng = np.random.default_rng(6)
    params, state = start(name, "adamw", rng)
    for step in range(1, STEPS + 1):
        hyper = hyper_at("adamw", step) | {"epsilon": 1e-8}
        image, label = batches.batch(reference.net(name), params, rng, reference.SIZES[name])
        found = run(name, "adamw", (params, state), image, label, hyper)
        state = found["optimizer_state"]
        samples = [updated(name, np.float32, power, params, state, hyper) for power in (optim.power, optim.power_by_log)]
        exact = updated(name, np.float64, optim.power, params, state, hyper)
        print(compare.summary(f"{name}, usual epsilon, step {step}", compare.check(found["param"], samples, exact)))
        params = found["param"]
