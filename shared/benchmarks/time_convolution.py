"""time_convolution.py - how long does PyTorch take for a 3x3 convolution, forward and backward?

    pip install torch
    python time_convolution.py --threads 2

The opponent of `benchmark-convolution`. One request a line on standard input, one JSON line as the answer:

    layer B SIDE C     a layer of C channels on B pictures, with both gradients: milliseconds, the better of the two layouts
"""

import argparse
import json
import sys
import time

import torch

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
torch.set_num_threads(parser.parse_args().threads)
layers = {}


def made(batch, side, channels, layout):
    x = torch.randn(batch, channels, side, side).to(memory_format=layout).requires_grad_()
    return x, torch.nn.Conv2d(channels, channels, 3, padding=1).to(memory_format=layout), torch.randn_like(x)


def milliseconds(x, layer, slope):
    start = time.perf_counter()
    layer(x).backward(slope)
    x.grad = None
    layer.zero_grad()
    return 1000 * (time.perf_counter() - start)


def layer(*shape):
    if shape not in layers:
        both = [made(*shape, layout) for layout in (torch.contiguous_format, torch.channels_last)]
        layers[shape] = min(both, key=lambda one: min(milliseconds(*one) for _ in range(5)))
    return milliseconds(*layers[shape])


print("ready", flush=True)
for line in sys.stdin:
    what, *shape = line.split()
    print(json.dumps({"milliseconds": layer(*map(int, shape))}), flush=True)
