"""tokenizer_reference.py - how would the video tokenizer of stage 1 look in PyTorch?

The twin of the Swift model: the same architecture, the same names of weights, the same numbers. It is the
opponent of the speed benchmark (time_training_step.py) and the source of the golden numbers of the tests.
So it is written for speed as a good PyTorch user would: fused attention, fused qkv, no copy that can be saved.

Symbols: B clips, T frames, H W pixels, P patch side, N patches a frame, E width, Z latent dimensions, L levels.
Needs: pip install torch numpy
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel


@dataclass
class Configuration:
    side: int = 64                  # H = W
    frames: int = 8                 # T
    patch: int = 8                  # P
    width: int = 128                # E
    heads: int = 4
    hidden: int = 344               # of the feed-forward: about 8/3 E
    blocks: int = 4                 # in the encoder, and again in the decoder
    levels: tuple = (8, 5, 5, 5)    # of finite scalar quantization: V = 1000 codes
    batch: int = 8                  # B
    normalize_latents: bool = False


PRESETS = {
    "default": Configuration(),
    "large": Configuration(side=128, frames=4, heads=8, levels=(4, 4, 4, 4, 4), batch=4),
    "tiny": Configuration(side=32, frames=4, width=32, heads=2, hidden=88, blocks=1),
    "micro": Configuration(side=16, frames=3, patch=4, width=16, heads=2, hidden=24, blocks=1, batch=2),
}


def angles(positions, count, base=100.0):
    """[L] positions -> [L, count]: angle[p, i] = p * base^(-i/count)."""
    return positions[:, None] * base ** (-torch.arange(count) / count)


def space_angles(rows, columns, head_width):
    """[N, hd/2]: the first half of the angles turns with the row, the second with the column."""
    row = torch.arange(rows).repeat_interleave(columns)
    column = torch.arange(columns).repeat(rows)
    return torch.cat((angles(row, head_width // 4), angles(column, head_width // 4)), dim=1)


def time_angles(frames, head_width):
    """[T, hd/2]."""
    return angles(torch.arange(frames), head_width // 2)


def rotate(x, cos, sin):
    """Rotary positions, the convention that turns the first half of a head against its second half."""
    x1, x2 = x.chunk(2, dim=-1)
    return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1)


class Attention(nn.Module):
    """x [S, L, E] -> [S, L, E]: each of the S sequences attends within itself. `mask` [L, L], if there is one, says who sees whom."""

    def __init__(self, width, heads, angles, causal, mask=None):
        super().__init__()
        self.heads, self.causal = heads, causal
        # Over time there are thousands of sequences of a few frames: too short for the flash kernel, with which the
        # default step took 490 ms instead of 430. Over space (64 patches, 256 in `large`) it is the faster one, in `large` by far.
        self.kernel = SDPBackend.FLASH_ATTENTION if mask is None and not causal else SDPBackend.MATH
        self.register_buffer("mask", mask, persistent=False)
        self.norm = nn.RMSNorm(width, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.register_buffer("cos", angles.cos()[:, None, None], persistent=False)  # [L, 1, 1, hd/2]
        self.register_buffer("sin", angles.sin()[:, None, None], persistent=False)

    def attend(self, x):
        S, L, E = x.shape
        qkv = self.qkv(x).view(S, L, 3, self.heads, E // self.heads)
        q, k = rotate(qkv[:, :, :2], self.cos, self.sin).transpose(1, 3).unbind(2)  # each [S, heads, L, hd]
        v = qkv[:, :, 2].transpose(1, 2)
        with sdpa_kernel(self.kernel):
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=self.mask, is_causal=self.causal)
        return self.output(y.transpose(1, 2).reshape(S, L, E))

    def forward(self, x):
        return self.attend(self.norm(x))


class FeedForward(nn.Module):
    """down(silu(gate(x)) * up(x))."""

    def __init__(self, width, hidden):
        super().__init__()
        self.norm = nn.RMSNorm(width, eps=1e-6)
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def expand(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))

    def forward(self, x):
        return self.expand(self.norm(x))


class Block(nn.Module):
    """x [B, T, N, E] -> the same shape: look around in the frame, look back in time, think."""

    def __init__(self, c):
        super().__init__()
        grid, head_width = c.side // c.patch, c.width // c.heads
        self.space = Attention(c.width, c.heads, space_angles(grid, grid, head_width), causal=False)
        self.time = Attention(c.width, c.heads, time_angles(c.frames, head_width), causal=True)
        self.feedforward = FeedForward(c.width, c.hidden)

    def forward(self, x):
        B, T, N, E = x.shape
        x = x + self.space(x.view(B * T, N, E)).view(B, T, N, E)
        columns = x.transpose(1, 2).reshape(B * N, T, E)
        x = x + self.time(columns).view(B, N, T, E).transpose(1, 2)
        return x + self.feedforward(x)


class FiniteScalarQuantizer(nn.Module):
    """arXiv 2309.15505, section 3.1 and appendix A.1, with arctanh for the shift: the appendix prints `tan`, which
    its author calls a slip (github.com/lucidrains/vector-quantize-pytorch/issues/94). Only then is 0 mapped to 0."""

    def __init__(self, levels):
        super().__init__()
        L = torch.tensor(levels)
        reach = (L - 1) * (1 - 1e-3) / 2
        offset = torch.where(L % 2 == 0, 0.5, 0.0)
        self.register_buffer("reach", reach, persistent=False)
        self.register_buffer("offset", offset, persistent=False)
        self.register_buffer("shift", torch.atanh(offset / reach), persistent=False)
        self.register_buffer("half_width", L // 2, persistent=False)
        self.register_buffer("levels", L, persistent=False)
        self.register_buffer("basis", torch.cumprod(torch.tensor((1, *levels[:-1])), dim=0), persistent=False)

    def bound(self, z):
        return torch.tanh(z + self.shift) * self.reach - self.offset

    def forward(self, z):
        """[..., Z] -> the codes in -1...1 [..., Z], with the gradient of `bound`, and their index [...]."""
        bounded = self.bound(z)
        digits = bounded.detach().round()
        quantized = bounded + (digits - bounded.detach())
        return quantized / self.half_width, ((digits.long() + self.half_width) * self.basis).sum(-1)

    def codes(self, indices):
        """The way back: indices [...] -> codes in -1...1 [..., Z]."""
        return (indices[..., None] // self.basis % self.levels - self.half_width) / self.half_width


def normalize_latents(z):
    """[B, T, N, Z]: each dimension to mean 0 and variance 1 over the batch; gradients flow through the statistics."""
    variance, mean = torch.var_mean(z, dim=(0, 1, 2), correction=0)
    return (z - mean) * torch.rsqrt(variance + 1e-5)


class Half(nn.Module):
    """What encoder and decoder share: blocks and the norm at their end."""

    def __init__(self, c, first, last):
        super().__init__()
        for name, layer in first.items(): self.add_module(name, layer)
        self.blocks = nn.Sequential(*[Block(c) for _ in range(c.blocks)])
        self.norm = nn.RMSNorm(c.width, eps=1e-6)
        for name, layer in last.items(): self.add_module(name, layer)


class Tokenizer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.configuration = c
        pixels, Z = 3 * c.patch ** 2, len(c.levels)
        self.encoder = Half(c, {"patch_embedding": nn.Linear(pixels, c.width)}, {"to_latent": nn.Linear(c.width, Z)})
        self.decoder = Half(c, {"from_latent": nn.Linear(Z, c.width)}, {"to_pixels": nn.Linear(c.width, pixels)})
        self.quantizer = FiniteScalarQuantizer(c.levels)

    def patchify(self, frames):
        """[B, T, H, W, 3] -> [B, T, N, P*P*3]."""
        B, T, H, W, C = frames.shape
        P = self.configuration.patch
        x = frames.view(B, T, H // P, P, W // P, P, C).transpose(3, 4)
        return x.reshape(B, T, -1, P * P * C)

    def unpatchify(self, patches):
        """[B, T, N, P*P*3] -> [B, T, H, W, 3]."""
        B, T = patches.shape[:2]
        S, P = self.configuration.side, self.configuration.patch
        x = patches.view(B, T, S // P, S // P, P, P, 3).transpose(3, 4)
        return x.reshape(B, T, S, S, 3)

    def encode(self, frames):
        """Frames in 0...1 -> latents [B, T, N, Z], not yet quantized."""
        e = self.encoder
        z = e.to_latent(e.norm(e.blocks(e.patch_embedding(self.patchify(frames * 2 - 1)))))
        if self.configuration.normalize_latents:
            z = normalize_latents(z)
        return z

    def decode(self, codes):
        d = self.decoder
        return (self.unpatchify(d.to_pixels(d.norm(d.blocks(d.from_latent(codes))))) + 1) / 2

    def forward(self, frames):
        """Frames [B, T, H, W, 3] in 0...1 -> their reconstruction and the index of each patch's code [B, T, N]."""
        codes, indices = self.quantizer(self.encode(frames))
        return self.decode(codes), indices


def reconstruction_loss(reconstruction, frames):
    return F.mse_loss(reconstruction, frames)
