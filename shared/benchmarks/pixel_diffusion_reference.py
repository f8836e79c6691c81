"""pixel_diffusion_reference.py - the pixel diffusion model of stage 3, in PyTorch, under the same names.

Pictures are [B,C,H,W] here, as PyTorch likes them. A convolution's weight is a matrix [out, k*k*in], as in our checkpoints.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass
class Configuration:
    side: int = 64
    square: int = 4
    channels: tuple = (96, 128)
    groups: int = 8
    condition: int = 128
    past: int = 4
    actions: int = 5
    offset_noise: float = 0.2
    largest_noise: float = 10
    smallest_noise: float = 0.004
    start_noise: float = 2


class Convolution(nn.Module):
    def __init__(self, inputs, outputs, size=3, stride=1):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, size * size * inputs) / (size * size * inputs) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.size, self.stride = size, stride

    def forward(self, x):
        weight = self.weight.view(len(self.weight), self.size, self.size, -1).permute(0, 3, 1, 2)
        return F.conv2d(x, weight, self.bias, self.stride, (self.size - self.stride + 1) // 2)


class AdaptiveGroupNorm(nn.Module):
    def __init__(self, channels, c):
        super().__init__()
        self.modulation, self.groups = nn.Linear(c.condition, 2 * channels), c.groups

    def forward(self, x, condition):
        scale, shift = self.modulation(condition)[:, :, None, None].chunk(2, 1)
        return F.group_norm(x, self.groups) * (1 + scale) + shift


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, c):
        super().__init__()
        self.norms = nn.ModuleList([AdaptiveGroupNorm(inputs, c), AdaptiveGroupNorm(outputs, c)])
        self.convolutions = nn.ModuleList([Convolution(inputs, outputs), Convolution(outputs, outputs)])
        self.shortcut = nn.Identity() if inputs == outputs else Convolution(inputs, outputs, size=1)

    def forward(self, x, condition):
        h = self.convolutions[0](F.silu(self.norms[0](x, condition)))
        return self.convolutions[1](F.silu(self.norms[1](h, condition))) + self.shortcut(x)


class Condition(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.count = c.actions + 1
        self.actions = nn.Embedding(c.past * self.count, c.condition)
        self.noise, self.past_noise = nn.Linear(64, c.condition), nn.Linear(64, c.condition)
        self.mix = nn.Linear(c.condition, c.condition)

    def waves(self, x):
        angles = x[:, None] * 0.3 * 100 ** (torch.arange(32) / 31)
        return torch.cat([angles.sin(), angles.cos()], 1)

    def forward(self, actions, noise, past_noise):
        """actions [B,K]; unknown ones have the number A."""
        rows = torch.arange(actions.shape[1]) * self.count + actions
        e = self.actions(rows).sum(1) + self.past_noise(self.waves(past_noise * 10))
        if noise is not None: e = e + self.noise(self.waves(noise))
        return F.silu(self.mix(F.silu(e)))


def fold(x, f):
    b, c, h, w = x.shape
    return x.view(b, c, h // f, f, w // f, f).permute(0, 3, 5, 1, 2, 4).reshape(b, f * f * c, h // f, w // f)


def unfold(x, f):
    b, c, h, w = x.shape
    return x.view(b, f, f, c // (f * f), h, w).permute(0, 3, 4, 1, 5, 2).reshape(b, c // (f * f), h * f, w * f)


class UNet(nn.Module):
    def __init__(self, pictures, c):
        super().__init__()
        C, numbers, self.square = c.channels, 3 * c.square ** 2, c.square
        self.condition, self.input, self.output = Condition(c), Convolution(pictures * numbers, C[0], size=1), Convolution(C[0], numbers)
        pairs = list(zip(C, C[1:]))
        self.blocks = nn.ModuleDict({
            "down": nn.ModuleList([ResidualBlock(n, n, c) for n in C]), "halve": nn.ModuleList([Convolution(a, b, stride=2) for a, b in pairs]),
            "bottom": ResidualBlock(C[-1], C[-1], c), "widen": nn.ModuleList([Convolution(b, a, size=1) for a, b in pairs]),
            "up": nn.ModuleList([ResidualBlock(2 * a, a, c) for a, b in pairs])})
        self.norm = nn.GroupNorm(c.groups, C[0])

    def forward(self, pictures, actions, noise, past_noise):
        e, b, skips = self.condition(actions, noise, past_noise), self.blocks, []
        h = self.input(torch.cat([fold(p, self.square) for p in pictures], 1))
        for level, block in enumerate(b["down"]):
            h = block(h, e)
            if level < len(b["halve"]):
                skips.append(h)
                h = b["halve"][level](h)
        h = b["bottom"](h, e)
        for level in reversed(range(len(b["up"]))):
            h = b["up"][level](torch.cat([F.interpolate(b["widen"][level](h), scale_factor=2), skips[level]], 1), e)
        return unfold(self.output(F.silu(self.norm(h))), self.square)


class PixelDiffusion(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c, self.mean, self.denoiser = c, UNet(c.past, c), UNet(c.past + 2, c)
        self.data_deviation = nn.Parameter(torch.tensor([0.5]), requires_grad=False)

    def expected(self, past, actions, past_noise):
        """past: K pictures from -1 to 1."""
        return self.mean([p * 2 for p in past], actions, None, past_noise) / 2

    def factors(self, sigma):
        """EDM, table 1; sigma [B] in units of the data's deviation."""
        data = self.data_deviation
        s = ((sigma * data) ** 2 + (self.c.offset_noise * data) ** 2).sqrt()
        c_skip, c_out, c_in = data ** 2 / (s ** 2 + data ** 2), s * data / (s ** 2 + data ** 2).sqrt(), 1 / (s ** 2 + data ** 2).sqrt()
        return *(v[:, None, None, None] for v in (c_skip, c_out, c_in)), (s / data).log() / 4

    def denoised(self, noisy, sigma, past, actions, past_noise, expected):
        c_skip, c_out, c_in, c_noise = self.factors(sigma)
        seen = [p * 2 for p in past] + [expected * 2, noisy * c_in]
        return noisy * c_skip + self.denoiser(seen, actions, c_noise, past_noise) * c_out

    def loss(self, rest, noisy, sigma, past, actions, past_noise, expected):
        c_skip, c_out, c_in, c_noise = self.factors(sigma)
        seen = [p * 2 for p in past] + [expected * 2, noisy * c_in]
        return F.mse_loss(self.denoiser(seen, actions, c_noise, past_noise), (rest - noisy * c_skip) / c_out)

    def levels(self, count, rho=7):
        a, b = self.c.largest_noise ** (1 / rho), self.c.smallest_noise ** (1 / rho)
        return [(a + i / max(1, count - 1) * (b - a)) ** rho for i in range(count)] + [0.0]

    def sample(self, start, count, past, actions, past_noise):
        """start: normal draws."""
        expected = self.expected(past, actions, past_noise)
        x, levels = start * self.c.start_noise * self.data_deviation, self.levels(count)
        for sigma, following in zip(levels, levels[1:]):
            d = self.denoised(x, torch.full((len(x),), sigma), past, actions, past_noise, expected)
            x = x + (x - d) / sigma * (following - sigma)
        return expected + x
