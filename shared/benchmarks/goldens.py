"""goldens.py - what do the scripts of golden numbers (Tests/*/Fixtures/make_*golden*.py) share?

A script computes in 64 bits what PyTorch says to inputs that 32 bits hold, and stores it in 32: then a difference to ours is
ours. Here are numbers of that kind, the file they go to, and the layers of our transformers a second time: tokenizer_reference.py
has them as modules with PyTorch's fused attention, here stands what the papers write, on a dictionary `p` of weights by
their names in a checkpoint. Two writings that agree are hardly wrong in the same way.

Symbols: L tokens of a sequence, E width, hd width of a head.
"""

import json

import torch
from safetensors.torch import save_file
from torch.nn import functional as F


def exact(t):
    """The nearest numbers that 32 bits hold, so that both sides start from the same."""
    return t.float().double()


def random(*shape, scale=1.0, offset=0.0):
    return exact(torch.randn(shape) * scale + offset)


def write(path, tensors, notes=None):
    """What has a fraction in 32 bits, whole numbers as they are; `notes` as one key, so that the file comes out the same each time."""
    tensors = {name: (t.float() if t.is_floating_point() else t).detach().contiguous() for name, t in tensors.items()}
    save_file(tensors, path, metadata=None if notes is None else {"notes": json.dumps(notes)})
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


# Random weights, added to `p`: a linear layer, and the two halves of a block with the norm at their door.


def add_linear(p, name, inputs, outputs, bias=True):
    p[f"{name}.weight"] = torch.randn(outputs, inputs) / inputs ** 0.5
    if bias: p[f"{name}.bias"] = 0.1 * torch.randn(outputs)


def add_norm(p, name, E):
    p[f"{name}.weight"] = 1 + 0.2 * torch.randn(E)     # not all ones, or a forgotten weight would not show


def add_attention(p, name, E):
    add_norm(p, f"{name}.norm", E)
    add_linear(p, f"{name}.qkv", E, 3 * E, bias=False)
    add_linear(p, f"{name}.output", E, E, bias=False)


def add_feedforward(p, name, E, hidden):
    add_norm(p, f"{name}.norm", E)
    for layer in ("gate", "up"): add_linear(p, f"{name}.{layer}", E, hidden, bias=False)
    add_linear(p, f"{name}.down", hidden, E, bias=False)


# What the layers do.


def linear(p, name, x):
    return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def rms(p, name, x):
    return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * p[f"{name}.weight"]


def at_the_door(p, name, x):
    """Most layers norm what comes in."""
    return rms(p, f"{name}.norm", x) if f"{name}.norm.weight" in p else x


def turns(positions, count, base=100.0):
    """Positions [L] -> angles [L,count]: position · base^(-i/count)."""
    return torch.as_tensor(positions)[:, None] * base ** (-torch.arange(count) / count)


def grid_turns(rows, columns, count):
    """Of places with a row and a column: the first half of the angles from the row, the second from the column."""
    return torch.cat((turns(rows, count // 2), turns(columns, count // 2)), 1)


def rotated(x, angles):
    """Rotary positions: x [..,L,hd], of which each number of the first half is turned with one of the second; angles [L,hd/2]."""
    a, b = x.chunk(2, -1)
    return torch.cat((a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()), -1)


def attention(p, name, x, angles, heads, sees=None):
    """x [..,L,E] -> [..,L,E]. Where `sees` [L,L] is false, the one of the row does not hear the one of the column."""
    q, k, v = (t.unflatten(-1, (heads, -1)).transpose(-2, -3) for t in (at_the_door(p, name, x) @ p[f"{name}.qkv.weight"].T).chunk(3, -1))
    scores = rotated(q, angles) @ rotated(k, angles).mT / q.shape[-1] ** 0.5
    if sees is not None: scores = scores.masked_fill(~sees, float("-inf"))
    return (scores.softmax(-1) @ v).transpose(-2, -3).flatten(-2) @ p[f"{name}.output.weight"].T


def feedforward(p, name, x):
    """SwiGLU: x [..,E] -> [..,E]."""
    x = at_the_door(p, name, x)
    return (F.silu(x @ p[f"{name}.gate.weight"].T) * (x @ p[f"{name}.up.weight"].T)) @ p[f"{name}.down.weight"].T
