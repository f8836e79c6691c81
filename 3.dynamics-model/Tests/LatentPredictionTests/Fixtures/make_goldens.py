"""make_goldens.py - what does PyTorch say that the transition over latents does?

Writes dino-wm.safetensors and v-jepa.safetensors beside this script: random weights under the names of our checkpoint, latents, actions, the
prediction, both losses, and the gradient of one weight.

    pip install torch numpy safetensors
    python make_goldens.py
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import attention, feedforward, linear, rms, turns, write

torch.set_default_dtype(torch.float64)
B, H, N, Z, E, HEADS, HIDDEN, A = 2, 3, 4, 6, 32, 2, 24, 5
SIDE = 2


def angles(frames, per):
    """A quarter of the pairs turns with the row, a quarter with the column, the rest with the frame."""
    pairs, p = E // HEADS // 2, torch.arange(frames * per)
    place = (p % per - (per - N)).clamp(min=0)
    return torch.cat((turns(place // SIDE, pairs // 4), turns(place % SIDE, pairs // 4), turns(p // per, pairs - pairs // 4 * 2)), 1)


def transition(w, z, actions, token):
    T = z.shape[1]
    told = w["action.weight"][actions].reshape(B, T, 1, E)
    seen = linear(w, "input", z)
    x = torch.cat([told, seen], 2) if token else seen + told
    per = x.shape[2]
    x = x.reshape(B, T * per, E)
    frame = torch.arange(T * per) // per
    x = x + attention(w, "blocks.0.attention", x, angles(T, per), HEADS, frame[None, :] <= frame[:, None])
    x = x + feedforward(w, "blocks.0.feedforward", x)
    return z + linear(w, "output", rms(w, "norm", x).reshape(B, T, per, E)[:, :, per - N:])


for name, token in [("dino-wm", False), ("v-jepa", True)]:
    torch.manual_seed(11)
    shapes = {
        "input.weight": (E, Z), "input.bias": (E,), "action.weight": (A, E), "norm.weight": (E,), "output.weight": (Z, E), "output.bias": (Z,),
        "blocks.0.attention.norm.weight": (E,), "blocks.0.attention.qkv.weight": (3 * E, E), "blocks.0.attention.output.weight": (E, E),
        "blocks.0.feedforward.norm.weight": (E,), "blocks.0.feedforward.gate.weight": (HIDDEN, E), "blocks.0.feedforward.up.weight": (HIDDEN, E),
        "blocks.0.feedforward.down.weight": (E, HIDDEN),
    }
    w = {k: (torch.randn(s) / s[-1] ** 0.5 + (1 if "norm" in k else 0)).requires_grad_() for k, s in shapes.items()}
    z = torch.randn(B, H + 2, N, Z)
    actions = torch.randint(0, A, (B, H + 1))
    guess = transition(w, z[:, :H], actions[:, :H], token)
    squared = F.mse_loss(guess, z[:, 1:H + 1])
    loss = squared
    if token:
        dreamed = torch.cat([z[:, 1:H], guess[:, H - 1:]], dim=1)
        second = transition(w, dreamed, actions[:, 1:], token)[:, H - 1:]
        loss = F.l1_loss(guess, z[:, 1:H + 1]) + F.l1_loss(second, z[:, H + 1:])
    loss.backward()
    out = {f"weights.{k}": v for k, v in w.items()}
    out |= dict(z=z, guess=guess, squared=squared.view(1), loss=loss.view(1), actions=actions)
    out |= {"gradient.qkv": w["blocks.0.attention.qkv.weight"].grad, "gradient.action": w["action.weight"].grad}
    write(here / f"{name}.safetensors", out)
