"""make_goldens.py - the mixture's loss, the divergence of dice, and one training step of the MDN-RNN, in PyTorch.

Writes memory.safetensors beside this script, computed in 64 bits and stored in 32:

    pip install torch numpy safetensors
    python make_goldens.py

MDN-RNN: D = 3 numbers a frame, A = 2 actions, H = 4, K = 2 Gaussians. Dice: 5 rows of G = 2 dice with C = 3 faces.
"""

import sys
from pathlib import Path

import torch
from torch.nn import functional as F

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import random, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(6)
golden = {}


def mixture_loss(numbers, x, K):
    """numbers [n,3*D*K] -> -mean log sum_k pi N(x), over n and D, as torch.distributions has it."""
    pi, mean, log_deviation = numbers.view(len(numbers), 3, -1, K).unbind(1)
    mixture = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=pi), torch.distributions.Normal(mean, log_deviation.clamp(-5, 5).exp()))
    return -mixture.log_prob(x).mean()


numbers, x = random(4, 3 * 3 * 2).requires_grad_(), random(4, 3)
loss = mixture_loss(numbers, x, 2)
loss.backward()
golden |= {"mixture.numbers": numbers, "mixture.x": x, "mixture.loss": loss.view(1), "mixture.grad": numbers.grad}

D, A, H, K, B, T = 3, 2, 4, 2, 2, 5
lstm, heads = torch.nn.LSTM(D + A, H, batch_first=True), torch.nn.Linear(H, 3 * D * K)
with torch.no_grad():
    for p in [*lstm.parameters(), *heads.parameters()]: p.copy_(random(*p.shape, scale=0.5))
    lstm.bias_hh_l0.zero_()
frames, actions = random(B, T, D), torch.randint(0, A, (B, T - 1))
hidden, _ = lstm(torch.cat([frames[:, :-1], F.one_hot(actions, A).double()], -1))
loss = mixture_loss(heads(hidden).flatten(0, 1), frames[:, 1:].flatten(0, 1), K)
loss.backward()
golden |= {"step.frames": frames, "step.actions": actions, "step.loss": loss.view(1)}
for name, p in {"lstm.input.weight": lstm.weight_ih_l0, "lstm.input.bias": lstm.bias_ih_l0, "lstm.weight": lstm.weight_hh_l0,
                "heads.weight": heads.weight, "heads.bias": heads.bias}.items():
    golden |= {f"step.{name}": p, f"step.grad.{name}": p.grad}

q, p = random(5, 6, scale=2).requires_grad_(), random(5, 6, scale=2).requires_grad_()


def dice(logits): return torch.distributions.Categorical(probs=0.99 * logits.view(5, 2, 3).softmax(-1) + 0.01 / 3)


divergence = torch.distributions.kl_divergence(dice(q), dice(p)).sum(-1)
(0.5 * torch.distributions.kl_divergence(dice(q.detach()), dice(p)).sum(-1).clamp(min=1).mean()
 + 0.1 * torch.distributions.kl_divergence(dice(q), dice(p.detach())).sum(-1).clamp(min=1).mean()).backward()
golden |= {"dice.q": q, "dice.p": p, "dice.divergence": divergence, "dice.grad.q": q.grad, "dice.grad.p": p.grad}

write(here / "memory.safetensors", golden)
