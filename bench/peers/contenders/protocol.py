"""worker.ts's protocol, for Python: a step, then for every line {"steps"} on stdin as many; answers on descriptor 3."""

import json
import os
import sys
import time


def serve(start, step, on):
    """start: time.time() when the process began. step(i) makes the i-th step and returns the loss, of each network if there are many."""
    answers = os.fdopen(3, "w")
    done = 0

    def answer(since, steps, **more):
        nonlocal done
        for _ in range(steps):
            loss = step(done)
            done += 1
        losses = loss.reshape(-1).tolist()
        milliseconds = 1e3 * (time.time() - since)
        print(json.dumps({"milliseconds": milliseconds, "losses": losses, **more}), file=answers, flush=True)

    answer(start, 1, on=on)
    for line in sys.stdin:
        answer(time.time(), json.loads(line)["steps"])
