"""Elementwise comparison against float64, with a tolerance that is measured.

Three values of each tensor are at hand: `found`, ours in float32; `samples`, JAX's in float32, once or more (the same mathematics,
rounded in other places); `exact`, JAX's in float64. For each tensor both must hold:

    max |found - exact|  ≤  FACTOR · (max over samples and elements |sample - exact|  +  2⁻²⁴ · max |exact|)
    rms (found - exact)  ≤  FACTOR · (max over samples rms (sample - exact)           +  2⁻²⁴ · rms exact)

The first binds every single element; the second sees a small error that is everywhere. The terms with 2⁻²⁴, one rounding of
float32, stand for a tensor that JAX happens to get exactly. A tensor that is exactly zero must be zero.

A loss is one number, in which JAX's errors can cancel by luck. Its floor is the largest error of one row's loss instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

FACTOR = 16.0
"""IREE adds the n terms of a sum one after the other (its logits of mnist-linear are those of a chain of fused multiply-adds, bit
for bit), where XLA keeps up to 16 partial sums in a vector. Rounding errors grow as the root of the length of a chain: by
√16 = 4 on average. Four times that is left for chance. The controls in `test_compare.py` say what is still found."""

ROUNDING = 2.0**-24


@dataclass(frozen=True)
class Agreement:
    """How far a tensor is from float64, as error / tolerance: at most 1 where it agrees."""

    name: str
    quotient: float
    detail: str

    @property
    def holds(self) -> bool:
        return self.quotient <= 1.0


def _rms(x: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(x))))


def _quotient(error: float, floor: float, scale: float) -> float:
    tolerance = FACTOR * (floor + ROUNDING * scale)
    if error == 0.0:
        return 0.0
    return error / tolerance if tolerance > 0.0 else float("inf")


def _fault(what: str, x: np.ndarray, shape: tuple[int, ...], dtype: type) -> str | None:
    """What makes a tensor impossible to compare."""
    if x.shape != shape or x.dtype != dtype:
        return f"{what} is {x.dtype}{list(x.shape)}, expected {np.dtype(dtype)}{list(shape)}"
    return None if np.all(np.isfinite(x)) else f"{what} is not finite"


def agreement(name: str, found: np.ndarray, samples: Sequence[np.ndarray], exact: np.ndarray) -> Agreement:
    """Compares one tensor."""
    tensors = [("found", found, np.float32), ("exact", exact, np.float64), *(("sample", s, np.float32) for s in samples)]
    for what, x, dtype in tensors:
        if fault := _fault(what, x, exact.shape, dtype):
            return Agreement(name, float("inf"), fault)
    errors = np.abs(found - exact)
    noise = [np.abs(s - exact) for s in samples]
    peak, worst = float(np.max(np.abs(exact))), float(np.max(errors))
    floor = max(float(np.max(n)) for n in noise)
    spread, spread_floor = _rms(errors), max(_rms(n) for n in noise)
    quotient = max(_quotient(worst, floor, peak), _quotient(spread, spread_floor, _rms(exact)))
    place = np.unravel_index(int(np.argmax(errors)), errors.shape)
    detail = (
        f"at {[int(i) for i in place]}: expected {exact[place]:.9g}, found {found[place]:.9g}; "
        f"largest error {worst:.3g} (JAX f32: {floor:.3g}), rms error {spread:.3g} (JAX f32: {spread_floor:.3g}), largest value {peak:.3g}"
    )
    return Agreement(name, quotient, detail)


def _raise_unless_all_hold(results: Sequence[Agreement]) -> None:
    wrong = [r for r in results if not r.holds]
    assert not wrong, "\n".join(f"{r.name}: {r.quotient:.3g} times the tolerance, {r.detail}" for r in wrong)


def check(
    found: Mapping[str, np.ndarray], samples: Sequence[Mapping[str, np.ndarray]], exact: Mapping[str, np.ndarray]
) -> list[Agreement]:
    """Compares tensors by name; raises `AssertionError` with every one that disagrees."""
    for what, other in [("found", found), *(("sample", s) for s in samples)]:
        assert other.keys() == exact.keys(), f"{what} has {sorted(other)}, expected {sorted(exact)}"
    results = [agreement(name, found[name], [s[name] for s in samples], exact[name]) for name in exact]
    _raise_unless_all_hold(results)
    return results


def check_loss(found: np.ndarray, samples: Sequence[np.ndarray], exact: np.ndarray, batch: int | None = None) -> list[Agreement]:
    """Compares a loss with the sum of the rows' losses over `batch`, by default the number of rows."""
    fault = _fault("found", found, (), np.float32)
    expected = float(np.sum(exact)) / (batch or len(exact))
    floor, peak = max(float(np.max(np.abs(s - exact))) for s in samples), float(np.max(np.abs(exact)))
    error = abs(float(found) - expected) if fault is None else float("inf")
    detail = fault or f"expected {expected:.9g}, found {found:.9g}; error {error:.3g} (largest of a row in JAX f32: {floor:.3g})"
    results = [Agreement("loss", _quotient(error, floor, peak), detail)]
    _raise_unless_all_hold(results)
    return results


def summary(title: str, results: Sequence[Agreement]) -> str:
    """One line: how near the nearest tensor came to its tolerance."""
    worst = max(results, key=lambda r: r.quotient)
    return f"{title}: {len(results)} tensors agree; nearest to its tolerance: {worst.name}, {worst.quotient:.2f} of it, {worst.detail}"
