"""make_goldens.py - what does PyTorch say that the masked autoencoder computes, and which way does its loss point?

Writes masked-autoencoder.safetensors beside this script. Computed in 64 bits, stored in 32; inputs are exact in 32 bits.

    pip install torch numpy safetensors
    python make_goldens.py

weights.*    of the micro configuration of the tests, keys as in a checkpoint
input, mask  frames [2,3,16,16,3] and hidden patches [2,3,16,1]
latents, reconstruction, color, edges, loss
gradients.*  of the loss, before clipping
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
SIDE, PATCH, T, S, Z, E, HEADS, HIDDEN, BLOCKS = 16, 4, 3, 4, 3, 16, 2, 24, 2
ROW = SIDE // PATCH
N, HD = ROW * ROW, E // HEADS


def exact(t):
    return t.float().double()


def parameters():
    p = {}
    def linear(name, i, o, bias=True):
        p[f"{name}.weight"] = torch.randn(o, i) / math.sqrt(i)
        if bias: p[f"{name}.bias"] = 0.1 * torch.randn(o)
    def norm(name): p[f"{name}.weight"] = 1 + 0.2 * torch.randn(E)
    def attention(name):
        norm(f"{name}.norm")
        linear(f"{name}.qkv", E, 3 * E, bias=False)
        linear(f"{name}.output", E, E, bias=False)
    def feedforward(name):
        norm(f"{name}.norm")
        linear(f"{name}.gate", E, HIDDEN, bias=False)
        linear(f"{name}.up", E, HIDDEN, bias=False)
        linear(f"{name}.down", HIDDEN, E, bias=False)
    linear("encoder.patch_embedding", PATCH * PATCH * 3, E)
    p["encoder.mask_token"], p["encoder.latent_tokens"] = 0.5 * torch.randn(1, E), 0.5 * torch.randn(S, E)
    for side in ["encoder", "decoder"]:
        for i in range(BLOCKS):
            attention(f"{side}.blocks.{i}.space")
            feedforward(f"{side}.blocks.{i}.feedforward")
        attention(f"{side}.time_blocks.0.space")
        attention(f"{side}.time_blocks.0.time")
        feedforward(f"{side}.time_blocks.0.feedforward")
        norm(f"{side}.norm")
    linear("encoder.gathering", N // S * E, E)
    linear("decoder.spreading", E, N // S * E)
    linear("encoder.to_latent", E, Z)
    linear("decoder.from_latent", Z, E)
    p["decoder.queries"] = 0.5 * torch.randn(N, E)
    linear("decoder.to_pixels", E, PATCH * PATCH * 3)
    return {name: exact(t).requires_grad_() for name, t in p.items()}


def rms(x, w): return x / (x.pow(2).mean(-1, keepdim=True) + 1e-6).sqrt() * w


def turned(x, angles):
    """Rotary, "rotate half": x [.., L, hd], angles [L, hd/2]."""
    a, b = x.chunk(2, -1)
    c, s = angles.cos(), angles.sin()
    return torch.cat([a * c - b * s, b * c + a * s], -1)


def attention(p, name, x, angles, mask):
    """x [.., L, E], what each adds to it."""
    q, k, v = (rms(x, p[f"{name}.norm.weight"]) @ p[f"{name}.qkv.weight"].T).chunk(3, -1)
    heads = lambda t: t.unflatten(-1, (HEADS, HD)).transpose(-2, -3)
    q, k, v = turned(heads(q), angles), turned(heads(k), angles), heads(v)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return y.transpose(-2, -3).flatten(-2) @ p[f"{name}.output.weight"].T


def feedforward(p, name, x):
    n = rms(x, p[f"{name}.norm.weight"])
    return (F.silu(n @ p[f"{name}.gate.weight"].T) * (n @ p[f"{name}.up.weight"].T)) @ p[f"{name}.down.weight"].T


def grid_angles(places):
    pairs = HD // 4
    frequencies = torch.tensor([100 ** (-i / pairs) for i in range(pairs)])
    return torch.stack([torch.cat([r * frequencies, c * frequencies]) for r, c in places])


latent_places = [((r + 0.5) * ROW / 2 - 0.5, (c + 0.5) * ROW / 2 - 0.5) for r in range(2) for c in range(2)]
patch_places = [(float(r), float(c)) for r in range(ROW) for c in range(ROW)]
own_angles, all_angles = grid_angles(latent_places), grid_angles(latent_places + patch_places)
line_angles = torch.tensor([[t * 100 ** (-i / (HD // 2)) for i in range(HD // 2)] for t in range(T)])
is_latent = torch.arange(S + N) < S
hears = {  # [who asks, who is heard]
    "encoder": is_latent[:, None] | ~is_latent[None, :],
    "decoder": ~is_latent[:, None] | is_latent[None, :],
}


def frame_blocks(p, side, x):
    for i in range(BLOCKS):
        x = x + attention(p, f"{side}.blocks.{i}.space", x, all_angles, hears[side])
        x = x + feedforward(p, f"{side}.blocks.{i}.feedforward", x)
    return x


def time_block(p, side, x):
    name = f"{side}.time_blocks.0"
    x = x + attention(p, f"{name}.space", x, own_angles, None)
    turned_round = x.transpose(1, 2)                                     # [B,S,T,E]
    x = x + attention(p, f"{name}.time", turned_round, line_angles, torch.ones(T, T, dtype=torch.bool).tril()).transpose(1, 2)
    return x + feedforward(p, f"{name}.feedforward", x)


def patches(frames):
    b = frames.shape[0]
    return (frames * 2 - 1).reshape(b, T, ROW, PATCH, ROW, PATCH, 3).permute(0, 1, 2, 4, 3, 5, 6).reshape(b, T, N, -1)


def pixels(x):
    b = x.shape[0]
    return (x.reshape(b, T, ROW, ROW, PATCH, PATCH, 3).permute(0, 1, 2, 4, 3, 5, 6).reshape(b, T, SIDE, SIDE, 3) + 1) / 2


def encode(p, frames, mask):
    x = patches(frames) @ p["encoder.patch_embedding.weight"].T + p["encoder.patch_embedding.bias"]
    x = torch.where(mask > 0, p["encoder.mask_token"], x)
    share = x.reshape(*x.shape[:2], 2, ROW // 2, 2, ROW // 2, E).permute(0, 1, 2, 4, 3, 5, 6).reshape(*x.shape[:2], S, -1)
    latents = share @ p["encoder.gathering.weight"].T + p["encoder.gathering.bias"] + p["encoder.latent_tokens"]
    x = time_block(p, "encoder", frame_blocks(p, "encoder", torch.cat([latents, x], 2))[:, :, :S])
    return (rms(x, p["encoder.norm.weight"]) @ p["encoder.to_latent.weight"].T + p["encoder.to_latent.bias"]).tanh()


def decode(p, z):
    x = time_block(p, "decoder", z @ p["decoder.from_latent.weight"].T + p["decoder.from_latent.bias"])
    share = x @ p["decoder.spreading.weight"].T + p["decoder.spreading.bias"]
    own = share.reshape(*x.shape[:2], 2, 2, ROW // 2, ROW // 2, E).permute(0, 1, 2, 4, 3, 5, 6).reshape(*x.shape[:2], N, E)
    x = torch.cat([x, own + p["decoder.queries"]], 2)
    x = rms(frame_blocks(p, "decoder", x)[:, :, S:], p["decoder.norm.weight"])
    return pixels(x @ p["decoder.to_pixels.weight"].T + p["decoder.to_pixels.bias"])


def color_weights(frames):
    color = frames - frames.mean(-1, keepdim=True)
    color = color[..., [0, 2]]
    d = (color - color.mean((-2, -3), keepdim=True)).pow(2).sum(-1, keepdim=True)
    return 0.5 + 0.5 * d / d.mean((-2, -3), keepdim=True)


p = parameters()
frames = exact(torch.rand(2, T, SIDE, SIDE, 3))
mask = (torch.rand(2, T, N, 1) < 0.4).double()
latents = encode(p, frames, mask)
reconstruction = decode(p, latents)
error = reconstruction - frames
color = (error.pow(2) * color_weights(frames)).mean()
edges = (error[..., 1:, :] - error[..., :-1, :]).abs().mean() + (error[..., 1:, :, :] - error[..., :-1, :, :]).abs().mean()
# The running sizes have seen one loss of 0.5 (and 0.25) before; decay 0.99.
color_scale = (0.99 * 0.5 ** 2 + 0.01 * color.detach() ** 2).sqrt()
edge_scale = (0.99 * 0.25 ** 2 + 0.01 * edges.detach() ** 2).sqrt()
loss = color / color_scale + 0.2 * edges / edge_scale
loss.backward()
tensors = dict(input=frames, mask=mask, latents=latents, reconstruction=reconstruction, color=color, edges=edges, loss=loss)
tensors |= {f"weights.{name}": t for name, t in p.items()} | {f"gradients.{name}": t.grad for name, t in p.items()}
save_file({k: t.detach().float().contiguous() for k, t in tensors.items()}, Path(__file__).resolve().parent / "masked-autoencoder.safetensors")
print(f"color {color:.5f}, edges {edges:.5f}, loss {loss:.5f}; smallest largest gradient {min(t.grad.abs().max() for t in p.values()):.1e}")
