"""check_against_diamond.py - does our reference do what the code of DIAMOND's authors does, where both do the same?

    git clone https://github.com/eloialonso/diamond
    python check_against_diamond.py diamond

Theirs draws the whole next frame; ours draws what a first network has left open, with past frames of labelled noise. What a level of noise means, what the
network is asked for, which levels a sample goes through and how, are the same. They are run here side by side, with one small network in the middle of both.
"""

import sys
import types
from pathlib import Path

import torch

from pixel_diffusion_reference import Configuration, PixelDiffusion

if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "src" / "models" / "diffusion").is_dir():
    sys.exit("usage: python check_against_diamond.py FOLDER, a clone of github.com/eloialonso/diamond")
# Their package opens data sets and logs to the network; only its `diffusion` is wanted.
source = Path(sys.argv[1]).resolve() / "src"
for name, path in [("models", [str(source / "models")]), ("data", []), ("utils", [])]: sys.modules[name] = types.ModuleType(name)
sys.modules["models"].__path__ = [str(source / "models")]
sys.modules["data"].Batch = sys.modules["utils"].LossAndLogs = object
sys.path.insert(0, str(source))
from models.diffusion.denoiser import Denoiser, DenoiserConfig
from models.diffusion.diffusion_sampler import DiffusionSampler, DiffusionSamplerConfig, build_sigmas

torch.manual_seed(1)
DATA, B = 0.5, 4
c = Configuration(side=16)
ours = PixelDiffusion(c)
ours.data_deviation.data[:] = DATA


class Theirs(Denoiser):
    """Their denoiser around any network: f(c_in·y, c_noise)."""
    device = torch.device("cpu")

    def __init__(self, network):
        torch.nn.Module.__init__(self)
        self.cfg = DenoiserConfig(inner_model=None, sigma_data=DATA, sigma_offset_noise=c.offset_noise * DATA)
        self.network = network

    def compute_model_output(self, noisy, obs, act, cs): return self.network(noisy * cs.c_in, cs.c_noise)


def network(x, c_noise): return torch.tanh(1.5 * x.roll(1, -1) - x.mean((1, 2, 3), keepdim=True) + c_noise.view(-1, 1, 1, 1))
def same(what, a, b, within=1e-5):
    distance = (a - b).abs().max().item()
    print(f"{what:58} {distance:.1e}")
    if not distance <= within: sys.exit(f"{what}: not the same")


theirs = Theirs(network)
sigma = torch.tensor([0.004, 0.1, 1.0, 10.0])       # ours are in units of the data's deviation
factors, conditioners = ours.factors(sigma), theirs.compute_conditioners(sigma * DATA)
for name, a, b in zip(["c_skip", "c_out", "c_in"], factors, [conditioners.c_skip, conditioners.c_out, conditioners.c_in]): same(name, a, b)
same("c_noise (ours is log(s / data) / 4)", factors[3] + torch.tensor(DATA).log() / 4, conditioners.c_noise.view(-1))

levels = build_sigmas(3, c.smallest_noise * DATA, c.largest_noise * DATA, 7, "cpu")
same("the levels of three steps", torch.tensor(ours.levels(3)) * DATA, levels)

# Ours with the same network in the middle: nothing is expected, so that what is left is the whole frame.
ours.denoiser.forward = lambda seen, actions, c_noise, past_noise: network(seen[-1], c_noise + torch.tensor(DATA).log() / 4)
ours.expected = lambda past, actions, past_noise: torch.zeros(B, 3, c.side, c.side)
frame, noise = (torch.rand(B, 3, c.side, c.side) * 2 - 1) * 0.8, torch.randn(B, 3, c.side, c.side)
noisy, nothing = frame + noise * (sigma * DATA).view(-1, 1, 1, 1), torch.zeros(B, 3, c.side, c.side)
output = theirs.compute_model_output(noisy, None, None, conditioners)
target = (frame - conditioners.c_skip * noisy) / conditioners.c_out
same("the loss", ours.loss(frame, noisy, sigma, [nothing] * c.past, None, None, nothing), torch.nn.functional.mse_loss(output, target))
denoised = ours.denoised(noisy, sigma, [nothing] * c.past, None, None, nothing)
same("a denoised frame (theirs has 256 values)", denoised.clamp(-1, 1), theirs.denoise(noisy, sigma * DATA, None, None), within=0.008)


class Unrounded(Theirs):
    def wrap_model_output(self, noisy, output, cs): return cs.c_skip * noisy + cs.c_out * output


for steps in [1, 3, 10]:
    sampler = DiffusionSampler(
        Unrounded(network), DiffusionSamplerConfig(steps, sigma_min=c.smallest_noise * DATA, sigma_max=c.largest_noise * DATA))
    torch.manual_seed(2)
    sample, _ = sampler.sample(torch.zeros(B, 1, 3, c.side, c.side), None)
    torch.manual_seed(2)
    start = torch.randn(B, 3, c.side, c.side) / (c.start_noise * DATA)      # theirs begins with noise of deviation 1
    same(f"a sample of {steps} steps", ours.sample(start, steps, [nothing] * c.past, None, None), sample, within=1e-4)
print("the same")
