"""make_rssm_golden.py - one training step of the RSSM in PyTorch: four losses and every gradient, through a GRU and the throws of its dice.

Writes rssm.safetensors beside this script, computed in 64 bits and stored in 32:

    pip install torch numpy safetensors
    python make_rssm_golden.py

D = 3 numbers a frame, A = 2 actions, H = 4, E = 8, G = 2 dice of C = 3 faces; B = 2 clips of T = 4 frames. What is thrown follows from the same
random numbers as ours: SplitMix64 with seed 9, one for each die, in the order of frames, clips and dice.
"""

import sys
from pathlib import Path

import torch
from torch.nn import functional as F

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import exact, random, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(8)
D, A, H, E, G, C, B, T = 3, 2, 4, 8, 2, 3, 2, 4
BITS = (1 << 64) - 1


def uniforms(state):
    while True:
        state = (state + 0x9E3779B97F4A7C15) & BITS
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & BITS
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & BITS
        yield ((z ^ (z >> 31)) >> 40) * 2.0 ** -24


chance = uniforms(9)
shapes = {"to_state": (E, G * C + A), "prior_hidden": (E, H), "prior": (G * C, E), "posterior_hidden": (E, H + D), "posterior": (G * C, E),
          "decoder_hidden": (E, H + G * C), "decoder": (D, E), "gru.input": (3 * H, E)}
w = {"gru.weight": torch.randn(3 * H, H), "gru.bias": 0.3 * torch.randn(3 * H)}
for name, shape in shapes.items(): w |= {f"{name}.weight": torch.randn(shape) / shape[1] ** 0.5, f"{name}.bias": 0.3 * torch.randn(shape[0])}
for name in ["state", "prior", "posterior", "decoder"]: w[f"{name}_norm.weight"] = 1 + 0.2 * torch.randn(E)
w = {name: exact(p).requires_grad_() for name, p in w.items()}
frames, actions = random(B, T, D, scale=2), torch.randint(0, A, (B, T - 1))


def linear(name, *x): return F.linear(torch.cat(x, -1), w[f"{name}.weight"], w[f"{name}.bias"])
def normed(name, x): return F.silu(F.rms_norm(x, (E,), w[f"{name}_norm.weight"], eps=1e-6))
def dice(logits): return 0.99 * logits.view(*logits.shape[:-1], G, C).softmax(-1) + 0.01 / C
def posterior(h, x): return dice(linear("posterior", normed("posterior", linear("posterior_hidden", h, x))))
def divergence(q, p): return (q * (q.log() - p.log())).sum((-2, -1))


def thrown(p):
    """One-hot, with the gradient of the probabilities: [B,G·C]."""
    faces = torch.tensor([[min(C - 1, int((torch.tensor(next(chance)) >= die.cumsum(0)).sum())) for die in row] for row in p.detach()])
    return (p + (F.one_hot(faces, C) - p).detach()).flatten(1)


seen = frames.sign() * frames.abs().log1p()
h, z, states, throws = torch.zeros(B, H), torch.zeros(B, G * C), [], []
for t in range(T):
    a = torch.zeros(B, A) if t == 0 else F.one_hot(actions[:, t - 1], A).double()
    x = normed("state", linear("to_state", z, a))
    (r, u, n), (hr, hu, hn) = linear("gru.input", x).chunk(3, -1), F.linear(h, w["gru.weight"], w["gru.bias"]).chunk(3, -1)
    keep = torch.sigmoid(u + hu)
    h = (1 - keep) * torch.tanh(n + torch.sigmoid(r + hr) * hn) + keep * h
    z = thrown(posterior(h, seen[:, t]))
    states.append(h)
    throws.append(z)
h, z = torch.stack(states, 1), torch.stack(throws, 1)
q, p = posterior(h, seen), dice(linear("prior", normed("prior", linear("prior_hidden", h))))
said = linear("decoder", normed("decoder", linear("decoder_hidden", h, z)))
prediction = (said - seen).pow(2).sum(-1).mean()
guess, yielding = divergence(q.detach(), p), divergence(q, p.detach())
FREE = 0.2      # so that some frames are above it and some below
loss = prediction + 0.5 * guess.clamp(min=FREE).mean() + 0.1 * yielding.clamp(min=FREE).mean()
loss.backward()
assert 0 < (guess < FREE).sum() < B * T, "some frames are free, and some are not"

golden = {"frames": frames, "actions": actions, "loss": loss.view(1), "prediction": prediction.view(1), "divergence": guess.mean().view(1)}
for name, p in w.items(): golden |= {name: p, f"grad.{name}": p.grad}
write(here / "rssm.safetensors", golden)
print(f"{int((guess < FREE).sum())} of {B * T} frames are free")
