"""make_goldens.py - what does PyTorch say that a video diffusion model's loss, its gradients and a guided sample are?

Writes micro.safetensors beside this script: weights under our names, inputs, and what comes of them, computed in 64 bits and stored in 32.

    pip install torch numpy safetensors
    python make_goldens.py

Written from the papers: EDM (arXiv 2206.00364, table 1, equation 5), AdaLN-Zero (arXiv 2212.09748), guidance (arXiv 2207.12598).
"""

import sys
from pathlib import Path

import torch
from torch.nn import functional as F

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import add_linear, attention, exact, feedforward, grid_turns, linear, random, rms, turns, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
B, T, S, Z, C, E, HEADS, HIDDEN, BLOCKS = 3, 4, 4, 3, 6, 16, 2, 24, 2
HEAD, place = E // HEADS, torch.arange(S)
grid, line = grid_turns(place // 2, place % 2, HEAD // 2), turns(range(T - 1), HEAD // 2)
everybody = torch.ones(T - 1, T - 1, dtype=torch.bool)

p = {}
for name, inputs, bias in (("embedding", Z, True), ("before_embedding", Z, False), ("seen_embedding", Z, False), ("noise", 64, True), ("text", C, False), ("mix", E, True)):
    add_linear(p, name, inputs, E, bias)
p["places"] = 0.1 * torch.randn(S, E)
for i in range(BLOCKS):
    b = f"blocks.{i}"
    for j in range(3): p[f"{b}.norms.{j}.weight"] = 1 + 0.2 * torch.randn(E)
    for axis in ("space", "time"):
        add_linear(p, f"{b}.{axis}.qkv", E, 3 * E, bias=False)
        add_linear(p, f"{b}.{axis}.output", E, E, bias=False)
    for layer in ("gate", "up"): add_linear(p, f"{b}.feedforward.{layer}", E, HIDDEN, bias=False)
    add_linear(p, f"{b}.feedforward.down", HIDDEN, E, bias=False)
    add_linear(p, f"{b}.modulation", E, 9 * E)
p["norm.weight"] = 1 + 0.2 * torch.randn(E)
add_linear(p, "output", E, Z)
p = {name: exact(t).requires_grad_() for name, t in p.items()}

numbers = 0.3 * 100 ** (torch.arange(32) / 31)


def column(sigma): return sigma[..., None, None]


def answer(y, sigma, seen, text):
    """F; sigma [B,F]."""
    scaled = y / (column(sigma) ** 2 + 1).sqrt()
    before = torch.cat((seen, scaled[:, :-1]), 1)
    told = (text @ p["text.weight"].T)[:, None]
    x = linear(p, "embedding", scaled) + before @ p["before_embedding.weight"].T + seen @ p["seen_embedding.weight"].T + p["places"] + told[:, None]
    angles = (sigma.log() / 4)[..., None] * numbers
    heard = linear(p, "noise", torch.cat((angles.sin(), angles.cos()), -1)) + told
    condition = F.silu(linear(p, "mix", F.silu(heard)))
    for i in range(BLOCKS):
        b = f"blocks.{i}"
        modulation = linear(p, f"{b}.modulation", condition)[:, :, None]

        def space(h): return attention(p, f"{b}.space", h, grid, HEADS)
        def time(h): return attention(p, f"{b}.time", h.transpose(1, 2), line, HEADS, everybody).transpose(1, 2)
        def think(h): return feedforward(p, f"{b}.feedforward", h)
        for j, sublayer in enumerate((space, time, think)):
            scale, shift, gate = modulation[..., 3 * j * E:3 * (j + 1) * E].chunk(3, -1)
            x = x + gate * sublayer(rms(p, f"{b}.norms.{j}", x) * (1 + scale) + shift)
    return linear(p, "output", rms(p, "norm", x))


def denoised(y, sigma, seen, text):
    s = column(sigma)
    return y / (s ** 2 + 1) + s / (s ** 2 + 1).sqrt() * answer(y, sigma, seen, text)


def levels(count, largest, smallest, rho=7):
    i = torch.arange(count) / (count - 1)
    return torch.cat(((largest ** (1 / rho) + i * (smallest ** (1 / rho) - largest ** (1 / rho))) ** rho, torch.zeros(1)))


x, seen, text, start = random(B, T - 1, S, Z), random(B, 1, S, Z), random(B, C), random(B, T - 1, S, Z)
sigma = torch.tensor([[0.125, 0.125, 0.125], [1.0, 4.0, 0.5], [8.0, 2.0, 0.25]])
noisy = exact(x + column(sigma) * random(B, T - 1, S, Z))
# In EDM's own words: λ·|D - x|², λ = (σ² + σ_data²) / (σ·σ_data)²; our loss is of what F is asked for. They must be one number.
weight = (column(sigma) ** 2 + 1) / column(sigma) ** 2
loss = (weight * (denoised(noisy, sigma, seen, text) - x) ** 2).mean()
loss.backward()


def drawn(delay, steps=3, guidance=2):
    """Each frame goes down the same stairs, `delay` passes after the one before it."""
    z, stairs = start * 20, levels(steps, 20, 0.05)
    for n in range(steps + delay * (T - 2)):
        now = torch.tensor([min(max(n - delay * f, 0), steps) for f in range(T - 1)])
        after = torch.tensor([min(max(n + 1 - delay * f, 0), steps) for f in range(T - 1)])
        s = stairs[now].clamp(min=0.05).expand(B, T - 1)
        silent = denoised(z, s, seen, torch.zeros_like(text))
        d = silent + guidance * (denoised(z, s, seen, text) - silent)
        moved = z + (z - d) / column(s) * column(stairs[after] - stairs[now])
        z = torch.where(column(now == after), z, moved)
    return z


with torch.no_grad(): together, staircase, in_turn = drawn(0), drawn(1), drawn(3)
write(here / "micro.safetensors", {f"weights.{name}": t for name, t in p.items()}
      | {f"gradients.{name}": t.grad for name, t in p.items()}
      | dict(x=x, seen=seen, text=text, sigma=sigma, noisy=noisy, start=start, loss=loss.view(1), together=together, staircase=staircase, in_turn=in_turn))
