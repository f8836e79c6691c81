"""make_goldens.py - what does PyTorch say that a conditioned block does, forwards and backwards?

Writes conditioned-block.safetensors beside this script. Computed in 64 bits, stored in 32; inputs are exact in 32 bits.

    pip install torch numpy safetensors
    python make_goldens.py

For each kind of conditioning, `adaln` and `add`: `weights.*` (keys as in a checkpoint), `x` [B,T,N,E], `condition` [B,T,E], `y`,
`grad_y`, and what comes of it: `grad_x`, `grad_condition`, `grad_modulation`.
"""

import sys
from pathlib import Path

import torch

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import attention, exact, feedforward, grid_turns, linear, random, rms, turns, write

torch.set_default_dtype(torch.float64)
B, T, SIDE, E, HEADS, HIDDEN = 2, 3, 2, 16, 2, 24
N, HEAD = SIDE * SIDE, E // HEADS


place = torch.arange(N)
grid, line, no_future = grid_turns(place // SIDE, place % SIDE, HEAD // 2), turns(range(T), HEAD // 2), torch.ones(T, T, dtype=torch.bool).tril()


def block(w, x, condition, adaptive):
    def space(x): return attention(w, "space", x, grid, HEADS)
    def time(x): return attention(w, "time", x.transpose(1, 2), line, HEADS, no_future).transpose(1, 2)
    def think(x): return feedforward(w, "feedforward", x)
    modulation = linear(w, "modulation", condition)[:, :, None]   # [B,T,1,..]
    if not adaptive:
        x = x + modulation
        modulation = None
    for i, sublayer in enumerate((space, time, think)):
        h = rms(w, f"norms.{i}", x)
        if modulation is None:
            x = x + sublayer(h)
        else:  # DiT, arXiv 2212.09748, section 3.2
            scale, shift, gate = modulation[..., 3 * i * E:3 * (i + 1) * E].chunk(3, dim=-1)
            x = x + gate * sublayer(h * (1 + scale) + shift)
    return x


tensors = {}
for kind in ("adaln", "add"):
    torch.manual_seed(2)
    outputs = 9 * E if kind == "adaln" else E
    shapes = {f"norms.{i}.weight": (E,) for i in range(3)}
    for axis in ("space", "time"):
        shapes |= {f"{axis}.qkv.weight": (3 * E, E), f"{axis}.output.weight": (E, E)}
    shapes |= {"feedforward.gate.weight": (HIDDEN, E), "feedforward.up.weight": (HIDDEN, E), "feedforward.down.weight": (E, HIDDEN)}
    shapes |= {"modulation.weight": (outputs, E), "modulation.bias": (outputs,)}
    w = {name: exact(torch.randn(shape) / shape[-1] ** 0.5 + (1 if "norms" in name else 0)).requires_grad_() for name, shape in shapes.items()}
    x, condition = random(B, T, N, E).requires_grad_(), random(B, T, E).requires_grad_()
    y = block(w, x, condition, kind == "adaln")
    grad_y = random(*y.shape)
    (y * grad_y).sum().backward()
    tensors |= {f"{kind}.weights.{name}": t for name, t in w.items()}
    tensors |= {f"{kind}.{name}": t for name, t in dict(
        x=x, condition=condition, y=y, grad_y=grad_y, grad_x=x.grad, grad_condition=condition.grad, grad_modulation=w["modulation.weight"].grad).items()}

write(here / "conditioned-block.safetensors", tensors)
