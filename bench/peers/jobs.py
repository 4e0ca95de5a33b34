"""What the scripts of whole jobs share: their words, `--check`, and a training loop."""

import argparse
import json
import sys


def check(version):
    """`--check` says that everything is there; everything was imported just now."""
    if "--check" in sys.argv:
        print(json.dumps({"ready": {"version": version}}))
        sys.exit()


def missing(error):
    print(json.dumps({"missing": f"{error}: pip install -r bench/peers/requirements.txt"}))
    sys.exit()


def words():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data")
    parser.add_argument("--out")
    parser.add_argument("--label")
    parser.add_argument("--hidden", type=lambda text: [int(n) for n in text.split(",") if n])
    parser.add_argument("--latent", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--anomalies", action="store_true")
    return parser.parse_args()
