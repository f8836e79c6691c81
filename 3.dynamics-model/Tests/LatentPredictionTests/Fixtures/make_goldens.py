"""make_goldens.py - what does PyTorch say that the transition over latents does?

Writes dino-wm.safetensors and v-jepa.safetensors beside this script: random weights under the names of our checkpoint, latents, actions, the
prediction, both losses, and the gradient of one weight.

    pip install torch numpy safetensors
    python make_goldens.py
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
B, H, N, Z, E, HEADS, HIDDEN, A = 2, 3, 4, 6, 32, 2, 24, 5
SIDE = 2


def rms(x, w):
    return x / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * w


def angles(frames, per):
    pairs = E // HEADS // 2
    quarter = pairs // 4

    def turns(at, count):
        return [at * 100 ** (-i / count) for i in range(count)]

    rows = []
    for p in range(frames * per):
        frame, place = p // per, max(0, p % per - (per - N))
        rows.append(turns(place // SIDE, quarter) + turns(place % SIDE, quarter) + turns(frame, pairs - 2 * quarter))
    return torch.tensor(rows, dtype=torch.float64)


def rotate(x, angle):                                        # [B,nh,L,hd], halves rotated against each other
    a, b = x.chunk(2, -1)
    return torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], -1)


def transition(w, z, actions, token):
    T = z.shape[1]
    told = w["action.weight"][actions].reshape(B, T, 1, E)
    seen = z @ w["input.weight"].T + w["input.bias"]
    x = torch.cat([told, seen], 2) if token else seen + told
    per = x.shape[2]
    x = x.reshape(B, T * per, E)
    frame = torch.arange(T * per) // per
    mask = torch.where(frame[None, :] <= frame[:, None], 0.0, float("-inf"))
    angle = angles(T, per)
    name = "blocks.0."
    qkv = rms(x, w[name + "attention.norm.weight"]) @ w[name + "attention.qkv.weight"].T
    q, k, v = (part.reshape(B, -1, HEADS, E // HEADS).transpose(1, 2) for part in qkv.chunk(3, -1))
    q, k = rotate(q, angle), rotate(k, angle)
    heard = torch.softmax(q @ k.transpose(2, 3) / (E // HEADS) ** 0.5 + mask, -1) @ v
    x = x + heard.transpose(1, 2).reshape(B, -1, E) @ w[name + "attention.output.weight"].T
    y = rms(x, w[name + "feedforward.norm.weight"])
    x = x + (F.silu(y @ w[name + "feedforward.gate.weight"].T) * (y @ w[name + "feedforward.up.weight"].T)) @ w[name + "feedforward.down.weight"].T
    x = rms(x, w["norm.weight"]).reshape(B, T, per, E)[:, :, per - N:]
    return z + x @ w["output.weight"].T + w["output.bias"]


for name, token in [("dino-wm", False), ("v-jepa", True)]:
    torch.manual_seed(11)
    shapes = {
        "input.weight": (E, Z), "input.bias": (E,), "action.weight": (A, E), "norm.weight": (E,), "output.weight": (Z, E), "output.bias": (Z,),
        "blocks.0.attention.norm.weight": (E,), "blocks.0.attention.qkv.weight": (3 * E, E), "blocks.0.attention.output.weight": (E, E),
        "blocks.0.feedforward.norm.weight": (E,), "blocks.0.feedforward.gate.weight": (HIDDEN, E), "blocks.0.feedforward.up.weight": (HIDDEN, E),
        "blocks.0.feedforward.down.weight": (E, HIDDEN),
    }
    w = {k: (torch.randn(s, dtype=torch.float64) / s[-1] ** 0.5 + (1 if "norm" in k else 0)).requires_grad_() for k, s in shapes.items()}
    z = torch.randn(B, H + 2, N, Z, dtype=torch.float64)
    actions = torch.randint(0, A, (B, H + 1))
    guess = transition(w, z[:, :H], actions[:, :H], token)
    squared = F.mse_loss(guess, z[:, 1:H + 1])
    loss = squared
    if token:
        second = transition(w, guess, actions[:, 1:], token)
        loss = F.l1_loss(guess, z[:, 1:H + 1]) + F.l1_loss(second, z[:, 2:])
    loss.backward()
    out = {"weights." + k: v.detach() for k, v in w.items()}
    out |= {"z": z, "guess": guess.detach(), "squared": squared.detach().reshape(1), "loss": loss.detach().reshape(1)}
    out |= {"gradient.qkv": w["blocks.0.attention.qkv.weight"].grad, "gradient.action": w["action.weight"].grad}
    save_file({k: v.float().contiguous() for k, v in out.items()} | {"actions": actions}, HERE / f"{name}.safetensors")
    print(name, float(loss))
