"""Controls: each kind of wrong result must make the comparison fail, and name the tensor."""

from collections.abc import Callable

import numpy as np
import pytest

import batches
import compare
import lmx
import reference

Tensors = dict[str, np.ndarray]
NET, SQUARE = "mnist-mlp", "dense2.weight"


def sound(name: str, smoothing: float = 0.0) -> tuple[Tensors, list[Tensors], Tensors]:
    """Gradients by JAX in float32 to stand for ours, other samples of them, and the exact ones."""
    net, rng = reference.net(name), np.random.default_rng(0)
    params = reference.random_params(net, rng, biases=True)
    image, label = batches.batch(net, params, rng, 8)
    grad = reference.compiled(name, "grad")
    orders = reference.orders(len(image))
    samples = [reference.evaluate(grad, np.float32, params, image[o], label[o], smoothing)[2] for o in orders]
    exact = reference.evaluate(grad, np.float64, params, image, label, smoothing)[2]
    return {k: v.copy() for k, v in samples[-1].items()}, samples[:-1], exact


def one_element(share: float) -> Callable[[np.ndarray], np.ndarray]:
    """Moves the smallest element by a share of the largest."""

    def change(x: np.ndarray) -> np.ndarray:
        x = x.copy()
        x.flat[np.argmin(np.abs(x))] += np.float32(share) * np.max(np.abs(x))
        return x

    return change


WRONG: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "one element off by a thousandth of the largest": one_element(1e-3),
    "one element off by a ten-thousandth of the largest": one_element(1e-4),
    "transposed": lambda x: np.ascontiguousarray(x.T),
    "wrong sign": lambda x: -x,
    "a sum in place of a mean": lambda x: x * np.float32(8),
    "every element too large by 0.01 %": lambda x: x * np.float32(1.0001),
    "shifted by one row": lambda x: np.roll(x, 1, axis=0),
    "zero": np.zeros_like,
    "not a number": lambda x: np.where(x == x.max(), np.float32(np.nan), x),
    "infinite": lambda x: np.where(x == x.max(), np.float32(np.inf), x),
    "of another precision": lambda x: x.astype(np.float64),
    "of another shape": lambda x: x.reshape(-1),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_gradient_is_found(change: Callable[[np.ndarray], np.ndarray]) -> None:
    found, samples, exact = sound(NET)
    compare.check(found, samples, exact)
    found[SQUARE] = change(found[SQUARE])
    with pytest.raises(AssertionError, match=rf"^{SQUARE}: [^\n]+$"):
        compare.check(found, samples, exact)


@pytest.mark.parametrize("name", lmx.NETS)
def test_one_wrong_element_is_found_in_every_tensor(name: str) -> None:
    found, samples, exact = sound(name)
    compare.check(found, samples, exact)
    for tensor in exact:
        with pytest.raises(AssertionError, match=f"^{tensor}: "):
            compare.check({**found, tensor: one_element(1e-4)(found[tensor])}, samples, exact)


def test_another_loss_is_found() -> None:
    """The gradient with label smoothing is not that without."""
    found, _, _ = sound(NET, smoothing=0.001)
    _, samples, exact = sound(NET)
    with pytest.raises(AssertionError):
        compare.check(found, samples, exact)


def test_a_wrong_loss_is_found() -> None:
    exact = np.linspace(1.0, 3.0, 8)
    rows = exact.astype(np.float32)
    compare.check_loss(np.array(2.0, np.float32), [rows], exact)
    compare.check_loss(np.array(1.6, np.float32), [rows], exact, batch=10)
    for wrong in (2.0002, 16.0, 1.6, -2.0, np.nan):
        with pytest.raises(AssertionError, match="^loss: "):
            compare.check_loss(np.array(wrong, np.float32), [rows], exact)


def test_a_missing_tensor_is_found() -> None:
    found, samples, exact = sound("digits-mlp")
    with pytest.raises(AssertionError, match="found has"):
        compare.check({k: v for k, v in found.items() if k != "dense1.bias"}, samples, exact)


def test_a_tensor_of_zeros_must_be_zero() -> None:
    zero, tiny = np.zeros(3), np.full(3, 1e-30, np.float32)
    assert compare.agreement("x", zero.astype(np.float32), [zero.astype(np.float32)], zero).holds
    assert not compare.agreement("x", tiny, [zero.astype(np.float32)], zero).holds


def test_an_example_at_a_kink_is_left_out() -> None:
    """A pre-activation within rounding of zero is no fair test of a gradient; one that is exactly zero is."""
    net = reference.net("digits-mlp")
    params = {p["name"]: np.zeros(p["shape"], np.float32) for p in net.params}
    params["dense1.weight"][0, :] = 1.0
    images = np.zeros((3, *net.input), np.float32)
    images[:, 0, 0, 0] = [1.0, 1e-6, 0.0]
    assert batches.off_kinks(net, params, images).tolist() == [True, False, True]
