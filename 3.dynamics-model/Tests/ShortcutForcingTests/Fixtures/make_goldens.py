"""make_goldens.py - what does PyTorch say that the shortcut model computes, what its targets are, and which way its loss points?

Writes shortcut-forcing.safetensors beside this script. Computed in 64 bits, stored in 32; inputs are exact in 32 bits.

    pip install torch numpy safetensors
    python make_goldens.py

weights.*                      of the micro configuration of the tests, keys as in a checkpoint
guessed, past, truth           [3,3,4,3]: z~ of frames 2-4, the past frames 1-3, z1 of frames 2-4; of three clips the last two bootstrap
actions, levels, lengths       [9]; led [9], -1 where nothing led to the frame
predicted, target, loss        with weights w = 0.9·tau + 0.1
gradients.*                    of the loss
mean_flow                      [2,3,4,3]: MeanFlow's targets of the clips that bootstrap
next, sampled                  z~ of a fifth frame of the first clip at tau = 1/2 [1,1,4,3], and what one step of d = 1/4 makes of it
"""

import sys
from pathlib import Path

import torch

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import add_attention, add_feedforward, add_linear, add_norm, attention, exact, feedforward, grid_turns, linear, random, rms, turns, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(5)
S, Z, T, A, E, HEADS, HIDDEN, BLOCKS, KMAX = 4, 3, 4, 3, 16, 2, 24, 2, 4
HD, FINEST, PAST = E // HEADS, 1, KMAX
B, N = 3, T - 1


def parameters():
    p = {}
    add_linear(p, "embedding", Z, E)
    add_linear(p, "last_embedding", Z, E, bias=False)
    p["places"] = 0.1 * torch.randn(S, E)
    for i in range(BLOCKS):
        p[f"action_embeddings.{i}.weight"] = 0.3 * torch.randn(A + 1, E)
        p[f"level_embeddings.{i}.weight"] = 0.3 * torch.randn(KMAX + 1, E)
        p[f"length_embeddings.{i}.weight"] = 0.3 * torch.randn(KMAX, E)
        add_attention(p, f"blocks.{i}.space", E)
        add_attention(p, f"blocks.{i}.time", E)
        add_feedforward(p, f"blocks.{i}.feedforward", E, HIDDEN)
    add_norm(p, "norm", E)
    add_linear(p, "output", E, Z)
    return {name: exact(t).requires_grad_() for name, t in p.items()}


grid = grid_turns([0, 0, 1, 1], [0, 1, 0, 1], HD // 2)


def network(p, x, before, actions, levels, lengths, positions, mask):
    """x, before [B,F,S,Z]; labels [B,F]."""
    x = linear(p, "embedding", x) + before @ p["last_embedding.weight"].T + p["places"]
    for i in range(BLOCKS):
        labels = p[f"action_embeddings.{i}.weight"][actions] + p[f"level_embeddings.{i}.weight"][levels] + p[f"length_embeddings.{i}.weight"][lengths - 1]
        x = x + labels[:, :, None]
        x = x + attention(p, f"blocks.{i}.space", x, grid, HEADS)
        x = x + attention(p, f"blocks.{i}.time", x.transpose(1, 2), turns(positions, HD // 2), HEADS, mask).transpose(1, 2)
        x = x + feedforward(p, f"blocks.{i}.feedforward", x)
    return linear(p, "output", rms(p, "norm", x))


def predict(p, guessed, past, actions, levels, lengths, led):
    before = torch.cat([torch.zeros_like(past[:, :1]), past[:, :-1], past], 1)
    i, j = torch.arange(2 * N)[:, None], torch.arange(2 * N)[None]
    mask = torch.where(i < N, j <= i, (j == i) | (j <= i - N))
    full = lambda value: torch.full_like(led, value)
    return network(p, torch.cat([past, guessed], 1), before, torch.cat([led, actions], 1), torch.cat([full(PAST), levels], 1),
                   torch.cat([full(FINEST), lengths], 1), list(range(N)) + list(range(1, N + 1)), mask)[:, N:]


p = parameters()
actions = torch.randint(A, (B, N))
led = torch.cat([torch.full((B, 1), A), actions[:, :-1]], 1)
lengths = torch.tensor([[FINEST] * N, [4, 2, 2], [2, 4, 2]])
levels = torch.tensor([[0, 3, 1], [0, 2, 0], [2, 0, 2]])
truth, past, guessed = random(B, N, S, Z), random(B, N, S, Z), random(B, N, S, Z)
tau, d = (levels / KMAX)[..., None, None], (lengths / KMAX)[..., None, None]
f = lambda z, levels, lengths: predict(p, z, past, actions, levels, lengths, led)
predicted = f(guessed, levels, lengths)
with torch.no_grad():
    half = (lengths // 2).clamp(min=FINEST)     # where the step is the finest, what follows is not used
    b1 = (f(guessed, levels, half) - guessed) / (1 - tau)
    there = guessed + b1 * d / 2
    b2 = (f(there, (levels + half).clamp(max=KMAX), half) - there) / (1 - (tau + d / 2))
# As the paper has it: two losses, of which the second is in v-space and scaled back.
ramp = 0.9 * tau + 0.1
flow = (predicted - truth).pow(2)
bootstrap = (1 - tau).pow(2) * ((predicted - guessed) / (1 - tau) - (b1 + b2) / 2).pow(2)
is_flow = (lengths == FINEST)[..., None, None]
loss = (ramp * torch.where(is_flow, flow, bootstrap)).mean()
loss.backward()
target = torch.where(is_flow, truth, guessed + (1 - tau) * (b1 + b2) / 2)

# MeanFlow: one finest step along the truth, then the network for the rest of the step, for clips two and three.
with torch.no_grad():
    v, fine = (truth - guessed) / (1 - tau), 1 / KMAX
    there = guessed + fine * v
    rest = (lengths - 1).clamp(min=FINEST)
    u = (f(there, (levels + 1).clamp(max=KMAX), rest) - there) / (1 - tau - fine)
    mean_flow = (guessed + (1 - tau) * (fine * v + (d - fine) * u) / d)[1:]

# One sampling step of a frame after the three past frames of the first clip: z + alpha (f - z), alpha = d / (1 - tau).
after = random(1, 1, S, Z)
whole = torch.cat([past[:1], after], 1)
before = torch.cat([torch.zeros(1, 1, S, Z), past[:1]], 1)
x1 = network(p, whole, before, torch.cat([led[:1], torch.tensor([[2]])], 1), torch.tensor([[PAST] * N + [2]]), torch.tensor([[FINEST] * (N + 1)]),
             range(N + 1), torch.ones(N + 1, N + 1, dtype=torch.bool).tril())[:, -1:]
sampled = after + 0.25 / (1 - 0.5) * (x1 - after)

tensors = dict(guessed=guessed, past=past, truth=truth, predicted=predicted, target=target, mean_flow=mean_flow, loss=loss, next=after, sampled=sampled)
tensors |= {f"weights.{k}": t for k, t in p.items()} | {f"gradients.{k}": t.grad for k, t in p.items()}
tensors |= dict(actions=actions.flatten(), levels=levels.flatten(), lengths=lengths.flatten(), led=torch.where(led == A, -1, led).flatten())
write(here / "shortcut-forcing.safetensors", tensors)
print(f"loss {loss:.5f}; smallest largest gradient {min(t.grad.abs().max() for t in p.values()):.1e}")
