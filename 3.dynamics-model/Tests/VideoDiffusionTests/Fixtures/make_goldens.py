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
B, T, S, M, Z, C, A, E, HEADS, HIDDEN, BLOCKS = 3, 4, 4, 2, 3, 6, 3, 16, 2, 24, 2
W = M * Z
HEAD, place = E // HEADS, torch.arange(S)
grid, line = grid_turns(place // 2, place % 2, HEAD // 2), turns(range(T), HEAD // 2)
everybody = torch.ones(T, T, dtype=torch.bool)

p = {}
for name, inputs, bias in (("embedding", W, True), ("before_embedding", W, False), ("noise", M * 64, True), ("text", C, False), ("mix", E, True)):
    add_linear(p, name, inputs, E, bias)
p["places"] = 0.1 * torch.randn(S, E)
p["actions.weight"] = torch.randn(A + 1, E)
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
add_linear(p, "output", E, W)
p = {name: exact(t).requires_grad_() for name, t in p.items()}

numbers = 0.3 * 100 ** (torch.arange(32) / 31)


def column(sigma):
    """[B,T,M] -> a number for each part of [B,T,S,M·Z]."""
    return sigma[:, :, None, :, None].expand(B, T, S, M, Z).reshape(B, T, S, W)


def answer(y, sigma, text, led):
    """F; sigma [B,T,M]; led [B,T], A where nobody knows."""
    scaled = y / (column(sigma) ** 2 + 1).sqrt()
    before = torch.cat((torch.zeros(B, 1, S, W), scaled[:, :-1]), 1)
    told = (text @ p["text.weight"].T)[:, None] + p["actions.weight"][led]
    x = linear(p, "embedding", scaled) + before @ p["before_embedding.weight"].T + p["places"] + told[:, :, None]
    angles = (sigma.log() / 4)[..., None] * numbers
    condition = F.silu(linear(p, "mix", F.silu(linear(p, "noise", torch.cat((angles.sin(), angles.cos()), -1).flatten(2)) + told)))
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


def denoised(y, sigma, text, led):
    s = column(sigma)
    return y / (s ** 2 + 1) + s / (s ** 2 + 1).sqrt() * answer(y, sigma, text, led)


def levels(count, largest, smallest, rho=7):
    i = torch.arange(count) / (count - 1)
    return torch.cat(((largest ** (1 / rho) + i * (smallest ** (1 / rho) - largest ** (1 / rho))) ** rho, torch.zeros(1)))


x, text, start = random(B, T, S, W), random(B, C), random(B, T, S, W)
led = torch.tensor([[A, 0, 1, 2], [A, 2, 2, 0], [A, 1, A, 0]])
# One video under one noise, its first frame known; one whose frames have noise of their own; one whose parts have.
sigma = torch.tensor([[[0.05, 0.05], [2.0, 2.0], [2.0, 2.0], [2.0, 2.0]],
                      [[0.5, 0.5], [1.0, 1.0], [4.0, 4.0], [0.125, 0.125]],
                      [[0.05, 8.0], [0.25, 1.0], [2.0, 0.5], [0.05, 0.05]]])
noisy = exact(x + column(sigma) * random(B, T, S, W))
# In EDM's own words: λ·|D - x|², λ = (σ² + σ_data²) / (σ·σ_data)², where there is more than the least noise; our loss is of what F is asked for.
# They must be one number.
weight = (column(sigma) ** 2 + 1) / column(sigma) ** 2
asked = column(sigma) > 0.05
loss = (weight * (denoised(noisy, sigma, text, led) - x) ** 2)[asked].mean()
loss.backward()


def drawn(turns, delay, steps=3, guidance=2):
    """Each turn goes down the same stairs, `delay` passes after the one before it; who has none is known."""
    turn = torch.tensor([[-1 if t is None else t for t in frame] for frame in turns])                # [T,M]
    stairs, known = levels(steps, 20, 0.05), column((turn < 0).expand(B, T, M))
    z = torch.where(known, x, start * 20)
    for n in range(steps + delay * int(turn.max())):
        now, after = ((m - delay * turn).clamp(0, steps) for m in (n, n + 1))
        now, after = (torch.where(turn < 0, steps, m).expand(B, T, M) for m in (now, after))
        s = stairs[now].clamp(min=0.05)
        silent = denoised(z, s, torch.zeros_like(text), torch.full_like(led, A))
        d = silent + guidance * (denoised(z, s, text, led) - silent)
        z = torch.where(column(now == after), z, z + (z - d) / column(s) * column(stairs[after] - stairs[now]))
    return z


end = [[None, None], [0, 0], [1, 1], [2, 2]]
with torch.no_grad():
    together, staircase, in_turn = drawn(end, 0), drawn(end, 1), drawn(end, 3)
    parts = drawn([[None, 0]] * T, 0)
write(here / "micro.safetensors", {f"weights.{name}": t for name, t in p.items()}
      | {f"gradients.{name}": t.grad for name, t in p.items()}
      | dict(x=x, text=text, sigma=sigma, noisy=noisy, start=start, loss=loss.view(1))
      | dict(together=together, staircase=staircase, in_turn=in_turn, parts=parts))
