"""make_goldens.py - what does PyTorch say that Dreamer 4's policy loss is, and which way it points?

Writes preference.safetensors beside this script: `logits`, `prior` [6,4], `actions`, `advantages` [6], `loss`, `gradient` of the logits.

    pip install torch numpy safetensors
    python make_goldens.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
logits, prior = torch.randn(6, 4).float().double().requires_grad_(), torch.randn(6, 4).float().double()
actions, advantages = torch.randint(4, (6,)), torch.tensor([0.3, -0.1, -2.0, 0.0, -0.4, -0.7])
policy = torch.distributions.Categorical(logits=logits)
better = advantages >= 0
log = policy.log_prob(actions)
kl = torch.distributions.kl_divergence(policy, torch.distributions.Categorical(logits=prior))
loss = 0.5 * log[~better].mean() - 0.5 * log[better].mean() + 0.3 * kl.mean()
loss.backward()
tensors = dict(logits=logits, prior=prior, advantages=advantages, loss=loss, gradient=logits.grad)
save_file({k: t.detach().float().contiguous() for k, t in tensors.items()} | dict(actions=actions), Path(__file__).resolve().parent / "preference.safetensors")
print(f"loss {loss:.5f}")
