"""make_goldens.py - one training step of a small variational autoencoder in PyTorch: the codes, the pictures, the loss, all gradients.

Writes autoencoder.safetensors beside this script, computed in 64 bits and stored in 32:

    pip install torch numpy safetensors
    python make_goldens.py

Layouts are ours: frames [n,H,W,C], a convolution's weight [O,k*k*C].
"""

import sys
from pathlib import Path

import torch
from torch.nn import functional as F

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import exact, random, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(4)
size, channels, Z, n, layers = 16, 2, 3, 3, 2
tolerance = 0.5


def conv(x, weight, bias, k, stride, padding):
    w = weight.view(weight.shape[0], k, k, -1).permute(0, 3, 1, 2)
    return F.conv2d(x.permute(0, 3, 1, 2), w, bias, stride=stride, padding=padding).permute(0, 2, 3, 1)


def depth_to_space(x):
    b, h, w, c = x.shape
    return x.view(b, h, w, 2, 2, c // 4).permute(0, 1, 3, 2, 4, 5).reshape(b, 2 * h, 2 * w, c // 4)


widths = [3] + [channels << i for i in range(layers)]
golden = {}
for side in (1, 4):
    per = 16 // (side * side)
    shapes = {}
    for i in range(layers): shapes |= {f"down.{i}.weight": (widths[i + 1], 16 * widths[i]), f"down.{i}.bias": (widths[i + 1],)}
    shapes |= {"to_latents.weight": (2 * Z, per * widths[-1]), "to_latents.bias": (2 * Z,), "from_latents.weight": (per * widths[-1], Z),
               "from_latents.bias": (per * widths[-1],)}
    for i, layer in enumerate(reversed(range(layers))):
        shapes |= {f"up.{i}.weight": (4 * widths[layer], 9 * widths[layer + 1]), f"up.{i}.bias": (4 * widths[layer],)}
    weights = {name: random(*shape, scale=0.4).requires_grad_() for name, shape in shapes.items()}
    frames, noise = exact(torch.rand(n, size, size, 3)), random(n, side * side, Z)

    x = frames * 2 - 1
    for i in range(layers): x = conv(x, weights[f"down.{i}.weight"], weights[f"down.{i}.bias"], 4, 2, 1).relu()
    both = F.linear(x.reshape(n, side * side, -1), weights["to_latents.weight"], weights["to_latents.bias"])
    mean, log_variance = both[..., :Z], both[..., Z:].clamp(-8, 8)
    latents = mean + (0.5 * log_variance).exp() * noise
    x = F.linear(latents, weights["from_latents.weight"], weights["from_latents.bias"]).relu().reshape(n, 4, 4, -1)
    for i in range(layers):
        x = depth_to_space(conv(x, weights[f"up.{i}.weight"], weights[f"up.{i}.bias"], 3, 1, 1))
        x = x.relu() if i < layers - 1 else x.sigmoid()
    divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).flatten(1).sum(1)
    loss = ((x - frames)**2).flatten(1).sum(1).mean() + divergence.clamp(min=tolerance * side * side * Z).mean()
    loss.backward()
    golden |= {f"{side}.frames": frames, f"{side}.noise": noise, f"{side}.mean": mean, f"{side}.log_variance": log_variance, f"{side}.decoded": x,
               f"{side}.loss": loss.view(1), f"{side}.divergence": divergence.mean().view(1)}
    for name, weight in weights.items(): golden |= {f"{side}.{name}": weight, f"{side}.grad.{name}": weight.grad}

write(here / "autoencoder.safetensors", golden)
