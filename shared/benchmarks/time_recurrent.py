"""time_recurrent.py - how long does PyTorch take for an LSTM or a GRU?

    pip install torch
    python time_recurrent.py --threads 2

The opponent of `benchmark-recurrent`. One request a line on standard input, one JSON line as the answer:

    lstm train COUNT    forward and backward through a batch of clips: mean milliseconds of COUNT
    gru frame COUNT     one frame of one clip, the state handed on
"""

import argparse
import json
import sys
import time

import torch

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
for name, value in {"input": 37, "width": 256, "batch-size": 32, "frames": 32, "threads": 2}.items():
    parser.add_argument(f"--{name}", type=int, default=value)
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)
layers = {"lstm": torch.nn.LSTM(options.input, options.width, batch_first=True), "gru": torch.nn.GRU(options.input, options.width, batch_first=True)}
clips, frame = torch.randn(options.batch_size, options.frames, options.input), torch.randn(1, 1, options.input)
states = {"lstm": None, "gru": None}


def train(layer):
    layer(clips)[0].square().mean().backward()
    layer.zero_grad(set_to_none=True)


def step(name):
    with torch.inference_mode(): states[name] = layers[name](frame, states[name])[1]


def timed(name, what, count):
    start = time.perf_counter()
    for _ in range(count): train(layers[name]) if what == "train" else step(name)
    return 1000 * (time.perf_counter() - start) / count


for name in layers:
    for what in ("train", "frame"): timed(name, what, 3)
print(json.dumps({"ready": True, "torch": torch.__version__}), flush=True)
for line in sys.stdin:
    name, what, count = line.split()
    print(json.dumps({"milliseconds": timed(name, what, int(count))}), flush=True)
