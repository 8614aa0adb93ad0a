"""One train step of lmx-rs beside JAX's: the same network, batch, optimizer and machine, in turn.

The step is `train_sgd` (SGD with momentum 0.9, weight decay on the weights, no label smoothing). In each round both run in a
fresh process, one after the other, and the order changes from round to round. Each compiles, runs steps that are not counted,
then times steps one by one, from the call until every result is there; parameters and state stay on the device. A round's
figure is the median of its steps; the table has the median, the least and the largest of the rounds, and the quotient of the medians.

Both may use every core. Nothing is set for either but what it sets itself: lmx-rs asks glibc to keep freed memory; the same
settings in JAX's environment (MALLOC_…) gave it no clear gain in two trials.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax

import lmx
import machine
import training

PROGRAM = "train_sgd"
BUSY = 0.1
"""The share of processor time used by others above which a measurement is marked."""


@dataclass(frozen=True)
class Case:
    """A net to measure."""

    net: str
    key: str
    iterations: int
    epochs: int


CASES = (Case("mnist-mlp", "mlp", 300, 12), Case("mnist-cnn", "cnn", 20, 6))


@dataclass
class Figures:
    """What the rounds gave for a net: one number a round in each list."""

    ours_ms: list[float] = field(default_factory=list)
    jax_ms: list[float] = field(default_factory=list)
    verify_ms: list[float] = field(default_factory=list)
    emission_ms: list[float] = field(default_factory=list)
    compile_s: list[float] = field(default_factory=list)
    jax_compile_s: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Our step's time over JAX's."""
        return statistics.median(self.ours_ms) / statistics.median(self.jax_ms)

    def json(self, key: str) -> dict[str, Any]:
        """The keys of the last line for this net."""
        medians = {
            f"{key}_step_ms": self.ours_ms,
            f"{key}_jax_step_ms": self.jax_ms,
            f"{key}_verify_ms": self.verify_ms,
            f"{key}_emission_ms": self.emission_ms,
            f"{key}_compile_s": self.compile_s,
            f"{key}_jax_compile_s": self.jax_compile_s,
        }
        rounds = {f"{key}_step_ms_rounds": self.ours_ms, f"{key}_jax_step_ms_rounds": self.jax_ms}
        return {f"{key}_ratio_to_jax": self.ratio, **{k: statistics.median(v) for k, v in medians.items()}, **rounds}


def measure_ours(case: Case, args: argparse.Namespace, figures: Figures) -> None:
    """One round of lmx-rs."""
    options = ["--cert", str(lmx.certificate(case.net)), "--program", PROGRAM, "--batch", str(args.batch)]
    steps = ["--iters", str(args.iters or case.iterations), "--warmup", str(args.warmup)]
    report = json.loads(lmx.call("bench", *options, *steps, "--json", *args.lmx).strip().splitlines()[-1])
    figures.ours_ms.append(report["step_ms"])
    figures.verify_ms.append(report["verification_ms"])
    figures.emission_ms.append(report["emission_ms"])
    figures.compile_s.append(report["compilation_s"])


def measure_jax(case: Case, args: argparse.Namespace, figures: Figures) -> None:
    """One round of JAX."""
    numbers = [args.batch, args.warmup, args.iters or case.iterations]
    worker = [sys.executable, str(Path(__file__).with_name("jax_step.py")), case.net, *map(str, numbers)]
    report = json.loads(subprocess.run(worker, stdout=subprocess.PIPE, text=True, check=True).stdout)
    figures.jax_ms.append(report["step_ms"])
    figures.jax_compile_s.append(report["compile_s"])


def table(results: dict[str, Figures]) -> str:
    """The figures for people."""

    def spread(values: list[float], digits: int, unit: str) -> str:
        return f"{statistics.median(values):.{digits}f} {unit} ({min(values):.{digits}f} to {max(values):.{digits}f})"

    rows = [["", *results]]
    rows.append(["step, lmx-rs", *(spread(f.ours_ms, 2, "ms") for f in results.values())])
    rows.append(["step, JAX", *(spread(f.jax_ms, 2, "ms") for f in results.values())])
    rows.append(["lmx-rs / JAX", *(f"{f.ratio:.3f}" for f in results.values())])
    rows.append(["verification", *(spread(f.verify_ms, 1, "ms") for f in results.values())])
    rows.append(["emission", *(spread(f.emission_ms, 1, "ms") for f in results.values())])
    rows.append(["compilation, IREE", *(spread(f.compile_s, 2, "s") for f in results.values())])
    rows.append(["compilation, JAX", *(spread(f.jax_compile_s, 2, "s") for f in results.values())])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="cargo xtask bench", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds of each net [default: 5]")
    parser.add_argument("--batch", type=int, default=128, metavar="N", help="examples a step [default: 128]")
    parser.add_argument(
        "--iters", type=int, metavar="N", help="steps that a round times [default: 300 of the MLP, 20 of the CNN]"
    )
    parser.add_argument("--warmup", type=int, default=10, metavar="N", help="steps before those [default: 10]")
    parser.add_argument("--lmx", action="append", default=[], metavar="ARG", help="one more argument for lmx-rs bench")
    parser.add_argument("--train", action="store_true", help="then train both on MNIST: accuracy and peak memory (minutes)")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = parser.parse_args()
    if min(args.rounds, args.batch, args.warmup, args.iters or 1) < 1:
        parser.error("--rounds, --batch, --iters and --warmup are at least 1")
    return args


def main() -> None:
    """Measures, prints."""
    args = arguments()
    version = lmx.call("--version").strip()
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    load = os.getloadavg()[0]
    print(f"{machine.describe()}\n{now}; load average {load:.2f}")
    print(f"{version}; jax {jax.__version__}, Python {sys.version.split()[0]}")
    print(
        f"{PROGRAM} (SGD, momentum 0.9), batch {args.batch}, {args.rounds} rounds, {machine.cores()} cores for each", flush=True
    )
    results = {case.net: Figures() for case in CASES}
    others: list[float] = []
    for number in range(args.rounds):
        for case in CASES:
            both = [measure_ours, measure_jax]
            for measure in both if number % 2 == 0 else both[::-1]:
                others.append(machine.busy() or 0.0)
                measure(case, args, results[case.net])
            f = results[case.net]
            print(
                f"round {number + 1}, {case.net}: lmx-rs {f.ours_ms[-1]:.2f} ms, JAX {f.jax_ms[-1]:.2f} ms",
                file=sys.stderr,
                flush=True,
            )
    print(f"\n{table(results)}")
    if max(others) > BUSY:
        print(
            f"warning: up to {max(others):.0%} of the processor time was used by others between measurements; repeat with nothing else running"
        )
    line: dict[str, Any] = {}
    for case in CASES if args.train else ():
        t = training.train(case.net, case.epochs)
        memory = f"{t.peak_mib:.0f} MiB" if t.peak_mib else "unknown"
        print(
            f"training {case.net}, {case.epochs} epochs: test accuracy {t.test_accuracy:.4f}, {t.seconds:.0f} s, peak memory {memory}"
        )
        line |= {f"{case.key}_test_accuracy": t.test_accuracy, f"{case.key}_train_s": t.seconds}
        line |= {f"{case.key}_images_per_s": t.images_per_s, f"{case.key}_train_peak_mib": t.peak_mib}
    if args.json:
        for case in CASES:
            line |= results[case.net].json(case.key)
        cnn = results["mnist-cnn"].json("cnn")
        line |= {"emission_ms": cnn["cnn_emission_ms"], "compile_s": cnn["cnn_compile_s"], "verify_ms": cnn["cnn_verify_ms"]}
        line |= {"program": PROGRAM, "batch": args.batch, "rounds": args.rounds, "date": now, "machine": machine.describe()}
        line |= {"lmx_rs": version, "jax": jax.__version__, "load_average": load, "busy_share_of_others": max(others)}
        print(json.dumps(line))


if __name__ == "__main__":
    try:
        main()
    except (lmx.LmxError, subprocess.CalledProcessError) as error:
        sys.exit(f"bench: {error}")
