"""The program `forward` against JAX, and what it does with padding rows and ties."""

import math

import numpy as np
import pytest

import batches
import compare
import lmx
import model
import reference

Outputs = dict[str, dict[str, np.ndarray]]


def run(name: str, params: model.Params, image: np.ndarray, label: np.ndarray) -> Outputs:
    outputs = lmx.run(name, "forward", len(image), {"param": params, "image": {"image": image}, "label": {"label": label}})
    assert {(role, n) for role, group in outputs.items() for n in group} == {
        ("logits", "logits"),
        ("loss", "loss"),
        ("metric", "correct"),
    }
    return outputs


def drawn(name: str, seed: int) -> tuple[model.Params, np.ndarray, np.ndarray]:
    """Parameters with biases, images and labels of which about half are what the net answers."""
    net, rng = reference.net(name), np.random.default_rng(seed)
    params = reference.random_params(net, rng, biases=True)
    image, label = batches.batch(net, params, rng, reference.SIZES[name])
    answers = np.argmax(reference.evaluate(reference.compiled(name, "forward"), np.float64, params, image, label, 0.0)[0], axis=1)
    label[::2] = np.eye(net.classes, dtype=np.float32)[answers[::2]]
    return params, image, label


@pytest.mark.parametrize("name", lmx.NETS)
def test_logits_loss_and_count(name: str) -> None:
    params, image, label = drawn(name, 0)
    found = run(name, params, image, label)
    forward = reference.compiled(name, "forward")
    z, exact_rows, hits = reference.evaluate(forward, np.float64, params, image, label, 0.0)
    samples, rows = [], []
    for order in reference.orders(len(image)):
        values = reference.evaluate(forward, np.float32, params, image[order], label[order], 0.0)
        samples.append({"logits": values[0][np.argsort(order)]})
        rows.append(values[1][np.argsort(order)])
    results = compare.check_loss(found["loss"]["loss"], rows, exact_rows)
    results += compare.check(found["logits"], samples, {"logits": z})
    print(compare.summary(name, results))
    assert len(image) / 2 <= hits == found["metric"]["correct"]


@pytest.mark.parametrize("name", lmx.NETS)
def test_a_padding_row_adds_nothing(name: str) -> None:
    """The sums over a batch whose last rows are zero are those over the others; the loss divides by the whole batch all the same."""
    params, image, label = drawn(name, 1)
    size, kept = len(image), len(image) - 3
    image[kept:], label[kept:] = 0, 0
    found = run(name, params, image, label)
    forward = reference.compiled(name, "forward")
    _, exact_rows, hits = reference.evaluate(forward, np.float64, params, image[:kept], label[:kept], 0.0)
    rows = reference.evaluate(forward, np.float32, params, image[:kept], label[:kept], 0.0)[1]
    compare.check_loss(found["loss"]["loss"], [rows], exact_rows, batch=size)
    assert found["metric"]["correct"] == hits > 0


@pytest.mark.parametrize("name", lmx.NETS)
def test_equal_logits_are_no_answer(name: str) -> None:
    net = reference.net(name)
    params = {p["name"]: np.zeros(p["shape"], np.float32) for p in net.params}
    _, image, label = drawn(name, 2)
    found = run(name, params, image, label)
    assert not np.any(found["logits"]["logits"])
    assert found["loss"]["loss"] == pytest.approx(math.log(net.classes), rel=1e-6)
    assert found["metric"]["correct"] == 0


@pytest.mark.parametrize("name", lmx.NETS)
def test_large_logits_do_not_overflow(name: str) -> None:
    """Softmax is computed in its stable form: with logits of ±10⁴ the loss is their distance, not infinity."""
    net = reference.net(name)
    params = {p["name"]: np.zeros(p["shape"], np.float32) for p in net.params}
    last = net.params[-1]["name"]
    params[last][:] = np.linspace(1e4, -1e4, net.classes)
    _, image, label = drawn(name, 2)
    label[:] = np.eye(net.classes, dtype=np.float32)[-1]
    found = run(name, params, image, label)
    assert found["loss"]["loss"] == pytest.approx(2e4, rel=1e-6)
    assert found["metric"]["correct"] == 0
