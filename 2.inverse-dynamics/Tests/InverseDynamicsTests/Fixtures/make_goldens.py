"""make_goldens.py - what does PyTorch say that a conditioned block does, forwards and backwards?

Writes conditioned-block.safetensors beside this script. Computed in 64 bits, stored in 32; inputs are exact in 32 bits.

    pip install torch numpy safetensors
    python make_goldens.py

For each kind of conditioning, `adaln` and `add`: `weights.*` (keys as in a checkpoint), `x` [B,T,N,E], `condition` [B,T,E], `y`,
`grad_y`, and what comes of it: `grad_x`, `grad_condition`, `grad_modulation`.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.set_default_dtype(torch.float64)
B, T, SIDE, E, HEADS, HIDDEN = 2, 3, 2, 16, 2, 24
N, HEAD = SIDE * SIDE, E // HEADS


def exact(t):
    return t.float().double()


def line_angles(length):
    pairs = HEAD // 2
    return torch.arange(length)[:, None] * 100.0 ** (-torch.arange(pairs) / pairs)


def grid_angles(side):
    pairs = HEAD // 4
    turn = 100.0 ** (-torch.arange(pairs) / pairs)
    position = torch.arange(side * side)
    return torch.cat([(position // side)[:, None] * turn, (position % side)[:, None] * turn], dim=1)


def rotated(x, angles):  # [..,L,hd], pairs (i, i + hd/2)
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], dim=-1)


def attention(x, qkv, output, angles, causal):  # [..,L,E]
    q, k, v = (part.unflatten(-1, (HEADS, HEAD)).transpose(-2, -3) for part in (x @ qkv.T).chunk(3, dim=-1))
    y = F.scaled_dot_product_attention(rotated(q, angles), rotated(k, angles), v, is_causal=causal)
    return y.transpose(-2, -3).flatten(-2) @ output.T


def rms_norm(x, weight):
    return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * weight


def block(w, x, condition, adaptive):
    def space(x): return attention(x, w["space.qkv.weight"], w["space.output.weight"], grid_angles(SIDE), False)
    def time(x): return attention(x.transpose(1, 2), w["time.qkv.weight"], w["time.output.weight"], line_angles(T), True).transpose(1, 2)
    def feed_forward(x):
        return (F.silu(x @ w["feedforward.gate.weight"].T) * (x @ w["feedforward.up.weight"].T)) @ w["feedforward.down.weight"].T
    modulation = (condition @ w["modulation.weight"].T + w["modulation.bias"])[:, :, None]   # [B,T,1,..]
    if not adaptive:
        x = x + modulation
        modulation = None
    for i, sublayer in enumerate((space, time, feed_forward)):
        h = rms_norm(x, w[f"norms.{i}.weight"])
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
    x, condition = (exact(torch.randn(shape)).requires_grad_() for shape in ((B, T, N, E), (B, T, E)))
    y = block(w, x, condition, kind == "adaln")
    grad_y = exact(torch.randn_like(y))
    (y * grad_y).sum().backward()
    tensors |= {f"{kind}.weights.{name}": t for name, t in w.items()}
    tensors |= {f"{kind}.{name}": t for name, t in dict(
        x=x, condition=condition, y=y, grad_y=grad_y, grad_x=x.grad, grad_condition=condition.grad, grad_modulation=w["modulation.weight"].grad).items()}

path = Path(__file__).resolve().parent / "conditioned-block.safetensors"
save_file({name: t.detach().float().contiguous() for name, t in tensors.items()}, path)
print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")
