"""Whole trainings by `lmx-rs train` with its own defaults: accuracy, time, peak memory."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import lmx


@dataclass(frozen=True)
class Training:
    """What a training reached."""

    test_accuracy: float
    seconds: float
    images_per_s: float
    peak_mib: float | None
    """Resident memory of lmx-rs itself, without the compiler that it starts; None where the system does not say."""


def _peak_kib(pid: int) -> int | None:
    """The most memory that a process has had resident."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)


def train(net: str, epochs: int) -> Training:
    """Trains a net on MNIST and keeps nothing but the figures."""
    lmx.call("data", "get", "mnist")
    command = [lmx.binary(), "train", "--cert", str(lmx.certificate(net)), "--epochs", str(epochs), "--no-save", "--json"]
    begun, peak = time.perf_counter(), None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            # The peak never falls, so the last reading is the one that counts.
            peak = _peak_kib(process.pid) or peak
            time.sleep(0.1)
        output = process.stdout.read() if process.stdout else ""
    if process.returncode != 0:
        raise lmx.LmxError(f"{' '.join(command)}: exit code {process.returncode}")
    report = json.loads(output.strip().splitlines()[-1])
    seconds = time.perf_counter() - begun
    return Training(report["test_accuracy"], seconds, report["images_per_s"], peak / 1024 if peak else None)
