"""time_convolution.py - how long does PyTorch take for a 3x3 convolution, and for a training step of a U-Net?

    pip install torch
    python time_convolution.py --threads 2

The opponent of `benchmark-convolution`. One request a line on standard input, one JSON line as the answer:

    layer B SIDE C     a layer of C channels on B pictures, with both gradients: milliseconds, the better of the two layouts
    unet B             a training step (AdamW) of the mean network of stage 3's pixel diffusion on B clips: the same
"""

import argparse
import json
import sys
import time

import torch
from pixel_diffusion_reference import Configuration, UNet

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
torch.set_num_threads(parser.parse_args().threads)
layers, networks = {}, {}


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


def made_network(batch, layout):
    c = Configuration()
    model = UNet(c.past, c).to(memory_format=layout)
    past = [torch.rand(batch, 3, c.side, c.side).to(memory_format=layout) for _ in range(c.past)]
    actions, noise = torch.ones(batch, c.past, dtype=torch.long), torch.zeros(batch)
    return model, torch.optim.AdamW(model.parameters(), lr=1e-3), past, torch.rand_like(past[0]), actions, noise


def training_step(model, optimizer, past, next, actions, noise):
    start = time.perf_counter()
    torch.nn.functional.mse_loss(model([p * 2 for p in past], actions, None, noise) / 2, next).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
    optimizer.step()
    optimizer.zero_grad()
    return 1000 * (time.perf_counter() - start)


def unet(batch):
    if batch not in networks:
        both = [made_network(batch, layout) for layout in (torch.contiguous_format, torch.channels_last)]
        networks[batch] = min(both, key=lambda one: min(training_step(*one) for _ in range(3)))
    return training_step(*networks[batch])


print("ready", flush=True)
for line in sys.stdin:
    what, *shape = line.split()
    print(json.dumps({"milliseconds": (layer if what == "layer" else unet)(*map(int, shape))}), flush=True)
