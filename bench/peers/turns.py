"""How a peer takes its turns: `python PEER.py CASE.json` says that it is ready, then trains for a
while at each line of standard input and says how far it came. One line of JSON each."""

import json
import os
import sys
import time


def tell(**words):
    print(json.dumps(words), flush=True)


def missing(error):
    tell(missing=f"{error}: pip install -r bench/peers/requirements.txt")
    sys.exit()


def read_case():
    with open(sys.argv[1], encoding="utf8") as file:
        case = json.load(file)
    # Before anything that reads them is imported.
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(case["threads"])
    return case


def timed(epoch, seconds):
    """Runs whole epochs until `seconds` have passed; `epoch()` returns its number of steps."""
    steps = 0
    began, worked = time.perf_counter(), time.process_time()
    while True:
        steps += epoch()
        took = time.perf_counter() - began
        if took >= seconds:
            return {"steps": steps, "seconds": took, "processor": time.process_time() - worked}


def take_turns(epoch, seconds, **ready):
    tell(ready=ready)
    for _ in sys.stdin:
        tell(**timed(epoch, seconds))
