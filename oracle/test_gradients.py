"""The program `grad` against `jax.value_and_grad`: every element of every gradient, for every net."""

import numpy as np
import pytest

import batches
import compare
import lmx
import model
import reference


def check_grad(name: str, params: model.Params, image: np.ndarray, label: np.ndarray, smoothing: float) -> None:
    """Runs `lmx-rs run --program grad` and compares all that it returns."""
    inputs = {"param": params, "image": {"image": image}, "label": {"label": label}}
    found = lmx.run(name, "grad", len(image), inputs | {"hyperparameter": {"label_smoothing": smoothing}})
    assert found.keys() == {"loss", "metric", "gradient"}
    grad, forward = reference.compiled(name, "grad"), reference.compiled(name, "forward")
    _, hits, exact = reference.evaluate(grad, np.float64, params, image, label, smoothing)
    exact_rows = reference.evaluate(forward, np.float64, params, image, label, smoothing)[1]
    samples, rows = [], []
    for order in reference.orders(len(image)):
        args = (params, image[order], label[order], smoothing)
        samples.append(reference.evaluate(grad, np.float32, *args)[2])
        rows.append(reference.evaluate(forward, np.float32, *args)[1][np.argsort(order)])
    results = compare.check_loss(found["loss"]["loss"], rows, exact_rows)
    results += compare.check(found["gradient"], samples, exact)
    assert found["metric"]["correct"] == hits
    print(compare.summary(name, results))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", lmx.NETS)
def test_every_gradient_element(name: str, seed: int, smoothing: float) -> None:
    net, rng = reference.net(name), np.random.default_rng(seed)
    params = reference.random_params(net, rng, biases=seed > 0)
    check_grad(name, params, *batches.batch(net, params, rng, reference.SIZES[name]), smoothing)


@pytest.mark.parametrize("size", [1, 7])
def test_other_batch_sizes(size: int) -> None:
    net, rng = reference.net("digits-mlp"), np.random.default_rng(size)
    params = reference.random_params(net, rng, biases=True)
    check_grad("digits-mlp", params, *batches.batch(net, params, rng, size), 0.1)


@pytest.mark.parametrize("name", lmx.NETS)
def test_conventions_at_exact_kinks(name: str) -> None:
    """On a black background, without biases, pre-activations are exactly zero and windows are tied, as when a training starts."""
    net, rng = reference.net(name), np.random.default_rng(3)
    params = reference.random_params(net, rng, biases=False)
    check_grad(name, params, *batches.batch(net, params, rng, reference.SIZES[name], batches.drawing), 0.0)
