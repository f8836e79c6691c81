"""make_goldens.py - what does PyTorch say that the masked autoencoder computes, and which way does its loss point?

Writes masked-autoencoder.safetensors beside this script. Computed in 64 bits, stored in 32; inputs are exact in 32 bits.

    pip install torch numpy safetensors
    python make_goldens.py

weights.*    of the micro configuration of the tests, keys as in a checkpoint
input, mask  frames [2,3,16,16,3] and hidden patches [2,3,16,1]
latents, reconstruction, color, edges, loss
gradients.*  of the loss, before clipping
"""

import sys
from pathlib import Path

import torch

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import add_attention, add_feedforward, add_linear, add_norm, attention, exact, feedforward, grid_turns, linear, rms, turns, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
SIDE, PATCH, T, S, Z, E, HEADS, HIDDEN, BLOCKS = 16, 4, 3, 4, 3, 16, 2, 24, 2
ROW = SIDE // PATCH
N, HD = ROW * ROW, E // HEADS


def parameters():
    p = {}
    add_linear(p, "encoder.patch_embedding", PATCH * PATCH * 3, E)
    p["encoder.mask_token"], p["encoder.latent_tokens"] = 0.5 * torch.randn(1, E), 0.5 * torch.randn(S, E)
    for side in ["encoder", "decoder"]:
        for i in range(BLOCKS):
            add_attention(p, f"{side}.blocks.{i}.space", E)
            add_feedforward(p, f"{side}.blocks.{i}.feedforward", E, HIDDEN)
        add_attention(p, f"{side}.time_blocks.0.space", E)
        add_attention(p, f"{side}.time_blocks.0.time", E)
        add_feedforward(p, f"{side}.time_blocks.0.feedforward", E, HIDDEN)
        add_norm(p, f"{side}.norm", E)
    add_linear(p, "encoder.gathering", N // S * E, E)
    add_linear(p, "decoder.spreading", E, N // S * E)
    add_linear(p, "encoder.to_latent", E, Z)
    add_linear(p, "decoder.from_latent", Z, E)
    p["decoder.queries"] = 0.5 * torch.randn(N, E)
    add_linear(p, "decoder.to_pixels", E, PATCH * PATCH * 3)
    return {name: exact(t).requires_grad_() for name, t in p.items()}


def grid_angles(places): return grid_turns(*zip(*places), HD // 2)


latent_places = [((r + 0.5) * ROW / 2 - 0.5, (c + 0.5) * ROW / 2 - 0.5) for r in range(2) for c in range(2)]
patch_places = [(float(r), float(c)) for r in range(ROW) for c in range(ROW)]
own_angles, all_angles = grid_angles(latent_places), grid_angles(latent_places + patch_places)
is_latent = torch.arange(S + N) < S
hears = {  # [who asks, who is heard]
    "encoder": is_latent[:, None] | ~is_latent[None, :],
    "decoder": ~is_latent[:, None] | is_latent[None, :],
}


def frame_blocks(p, side, x):
    for i in range(BLOCKS):
        x = x + attention(p, f"{side}.blocks.{i}.space", x, all_angles, HEADS, hears[side])
        x = x + feedforward(p, f"{side}.blocks.{i}.feedforward", x)
    return x


def time_block(p, side, x):
    name, no_future = f"{side}.time_blocks.0", torch.ones(T, T, dtype=torch.bool).tril()
    x = x + attention(p, f"{name}.space", x, own_angles, HEADS)
    x = x + attention(p, f"{name}.time", x.transpose(1, 2), turns(range(T), HD // 2), HEADS, no_future).transpose(1, 2)
    return x + feedforward(p, f"{name}.feedforward", x)


def patches(frames):
    b = frames.shape[0]
    return (frames * 2 - 1).reshape(b, T, ROW, PATCH, ROW, PATCH, 3).permute(0, 1, 2, 4, 3, 5, 6).reshape(b, T, N, -1)


def pixels(x):
    b = x.shape[0]
    return (x.reshape(b, T, ROW, ROW, PATCH, PATCH, 3).permute(0, 1, 2, 4, 3, 5, 6).reshape(b, T, SIDE, SIDE, 3) + 1) / 2


def encode(p, frames, mask):
    x = torch.where(mask > 0, p["encoder.mask_token"], linear(p, "encoder.patch_embedding", patches(frames)))
    share = x.reshape(*x.shape[:2], 2, ROW // 2, 2, ROW // 2, E).permute(0, 1, 2, 4, 3, 5, 6).reshape(*x.shape[:2], S, -1)
    latents = linear(p, "encoder.gathering", share) + p["encoder.latent_tokens"]
    x = time_block(p, "encoder", frame_blocks(p, "encoder", torch.cat([latents, x], 2))[:, :, :S])
    return linear(p, "encoder.to_latent", rms(p, "encoder.norm", x)).tanh()


def decode(p, z):
    x = time_block(p, "decoder", linear(p, "decoder.from_latent", z))
    share = linear(p, "decoder.spreading", x)
    own = share.reshape(*x.shape[:2], 2, 2, ROW // 2, ROW // 2, E).permute(0, 1, 2, 4, 3, 5, 6).reshape(*x.shape[:2], N, E)
    x = torch.cat([x, own + p["decoder.queries"]], 2)
    return pixels(linear(p, "decoder.to_pixels", rms(p, "decoder.norm", frame_blocks(p, "decoder", x)[:, :, S:])))


def color_weights(frames):
    color = frames - frames.mean(-1, keepdim=True)
    color = color[..., [0, 2]]
    d = (color - color.mean((-2, -3), keepdim=True)).pow(2).sum(-1, keepdim=True)
    return 0.2 + 0.8 * d / d.mean((-2, -3), keepdim=True)


p = parameters()
frames = exact(torch.rand(2, T, SIDE, SIDE, 3))
mask = (torch.rand(2, T, N, 1) < 0.4).double()
latents = encode(p, frames, mask)
reconstruction = decode(p, latents)
error = reconstruction - frames
hidden = mask.reshape(2, T, ROW, 1, ROW, 1).expand(2, T, ROW, PATCH, ROW, PATCH).reshape(2, T, SIDE, SIDE, 1)
color = (error.pow(2) * torch.where(hidden > 0, 0.2, color_weights(frames))).mean()
edges = (error[..., 1:, :] - error[..., :-1, :]).abs().mean() + (error[..., 1:, :, :] - error[..., :-1, :, :]).abs().mean()
# The running sizes have seen one loss of 0.5 (and 0.25) before; decay 0.99.
color_scale = (0.99 * 0.5 ** 2 + 0.01 * color.detach() ** 2).sqrt()
edge_scale = (0.99 * 0.25 ** 2 + 0.01 * edges.detach() ** 2).sqrt()
loss = color / color_scale + 0.2 * edges / edge_scale
loss.backward()
tensors = dict(input=frames, mask=mask, latents=latents, reconstruction=reconstruction, color=color, edges=edges, loss=loss)
tensors |= {f"weights.{name}": t for name, t in p.items()} | {f"gradients.{name}": t.grad for name, t in p.items()}
write(here / "masked-autoencoder.safetensors", tensors)
print(f"color {color:.5f}, edges {edges:.5f}, loss {loss:.5f}; smallest largest gradient {min(t.grad.abs().max() for t in p.values()):.1e}")
