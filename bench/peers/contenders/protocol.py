"""What the contenders in Python share: worker.ts's protocol, and what PyTorch computes on. By itself it prints what there is, as JSON."""

import json
import os
import sys
import time

import torch


def blas():
    """Most of a step is its matrix products, and the reference BLAS is much slower than the others."""
    try:
        with open("/proc/self/maps") as maps:
            loaded = maps.read()
    except OSError:
        loaded = ""
    libraries = {"openblas": "OpenBLAS", "libblis": "BLIS", "libblas.so": "the slow reference BLAS"}
    found = [name for part, name in libraries.items() if part in loaded]
    return "MKL" if torch.backends.mkl.is_available() else found[0] if found else "its own BLAS"


def where(device):
    if device == "cuda":
        return f"{torch.cuda.get_device_name()} (PyTorch {torch.__version__})"
    return f"CPU (PyTorch {torch.__version__}, {blas()})"


def serve(start, step, device="cpu"):
    """
    Takes a step, then for every line {"steps"} on stdin as many; answers on descriptor 3. start: time.time() when the process began. step(i)
    makes the i-th step and returns the loss, of each network if there are many.
    """
    answers = os.fdopen(3, "w")
    done = 0

    def answer(since, steps, **more):
        nonlocal done
        for _ in range(steps):
            loss = step(done)
            done += 1
        # On a GPU this waits for all that was asked of it before, the last update too.
        losses = loss.reshape(-1).tolist()
        milliseconds = 1e3 * (time.time() - since)
        print(json.dumps({"milliseconds": milliseconds, "losses": losses, **more}), file=answers, flush=True)

    answer(start, 1, on=where(device))
    for line in sys.stdin:
        answer(time.time(), json.loads(line)["steps"])


if __name__ == "__main__":
    print(json.dumps({"blas": blas(), "version": torch.__version__, "cuda": torch.cuda.is_available()}))
