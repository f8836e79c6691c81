"""make_goldens.py - what does PyTorch say that the mean, the denoiser, its loss and a sample are?

Writes micro.safetensors beside this script: weights under our names, inputs, and what comes of them, computed in 64 bits and stored in 32.

    pip install torch safetensors
    python make_goldens.py
"""

import sys
from pathlib import Path

import torch

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import exact, random, write
from pixel_diffusion_reference import Configuration, PixelDiffusion

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
c = Configuration(side=8, square=2, channels=(8, 8), groups=4, condition=8, past=2, actions=3)
model = PixelDiffusion(c)
for p in model.parameters(): p.data = exact(p.data)
model.data_deviation.data[:] = 0.25
B, K = 3, c.past


def pictures(): return exact(torch.rand(B, 3, c.side, c.side) * 2 - 1)
def last(x): return x.permute(0, 2, 3, 1)      # [B,H,W,C], as ours


past, frame, start = [pictures() for _ in range(K)], pictures(), random(B, 3, c.side, c.side)
actions, past_noise = torch.tensor([[0, 2], [3, 1], [1, 1]]), torch.tensor([0.0, 0.05, 0.1])
sigma = torch.tensor([0.01, 0.7, 8.0])
expected = model.expected(past, actions, past_noise)
rest = (frame - expected).detach()
noisy = (rest + start * sigma[:, None, None, None] * model.data_deviation).detach()
loss = model.loss(rest, noisy, sigma, past, actions, past_noise, expected.detach())
loss.backward()
c_skip, c_out, c_in, c_noise = model.factors(sigma)
out = {
    "past": torch.stack([last(p) for p in past]), "frame": last(frame), "start": last(start), "actions": actions, "past_noise": past_noise, "sigma": sigma,
    "expected": last(expected), "noisy": last(noisy), "loss": loss.view(1),
    "factors": torch.stack([v.flatten() for v in (c_skip, c_out, c_in, c_noise)]), "levels": torch.tensor(model.levels(3)),
    "denoised": last(model.denoised(noisy, sigma, past, actions, past_noise, expected)),
    "sample": last(model.sample(start, 3, past, actions, past_noise)),
    "gradient.denoiser.input.weight": model.denoiser.input.weight.grad,
    "gradient.denoiser.condition.actions.weight": model.denoiser.condition.actions.weight.grad,
    "gradient.denoiser.blocks.up.0.convolutions.0.weight": model.denoiser.blocks["up"][0].convolutions[0].weight.grad,
}
write(here / "micro.safetensors", out | model.state_dict())
