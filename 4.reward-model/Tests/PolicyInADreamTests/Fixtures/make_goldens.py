"""make_goldens.py - what does PyTorch say that these losses are, and which way they point?

Writes beside this script
    preference.safetensors    Dreamer 4's policy loss: `logits`, `prior` [6,4], `actions`, `advantages` [6], `loss`, `gradient` of the logits
    actor-critic.safetensors  a whole update of DreamerV3's actor and critic, from 3 dreams of 4 steps: `scores` [3,5], `goes_on` [3,4], `actions` [12],
                              `actor` [12,5] and `critic` [15,K], `slow` [12,K] logits; the `returns` and `weights` [12], `scale`, both losses and gradients

    pip install torch numpy safetensors
    python make_goldens.py
"""

import sys
from pathlib import Path

import torch

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import exact, random, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
logits, prior = random(6, 4).requires_grad_(), random(6, 4)
actions, advantages = torch.randint(4, (6,)), torch.tensor([0.3, -0.1, -2.0, 0.0, -0.4, -0.7])
policy = torch.distributions.Categorical(logits=logits)
better = advantages >= 0
log = policy.log_prob(actions)
kl = torch.distributions.kl_divergence(policy, torch.distributions.Categorical(logits=prior))
loss = 0.5 * log[~better].mean() - 0.5 * log[better].mean() + 0.3 * kl.mean()
loss.backward()
write(here / "preference.safetensors", dict(
    logits=logits, prior=prior, actions=actions, advantages=advantages, loss=loss, gradient=logits.grad))
print(f"loss {loss:.5f}")

# One update of an actor and a critic (arXiv 2301.04104, equations 10 to 12). Rewards are (1-gamma)(score - 1), bins are even from -1 to 0.
B, H, A, K, gamma, lam, eta = 3, 4, 5, 11, 0.9, 0.8, 0.05
scores, goes_on, actions = exact(torch.rand(B, H + 1)), torch.ones(B, H), torch.randint(A, (B * H,))
goes_on[1, 1], goes_on[2, 3] = 0.25, 0.0
actor, critic, slow = random(B * H, A).requires_grad_(), random(B * (H + 1), K).requires_grad_(), random(B * H, K)
bins = torch.linspace(-1, 0, K)
values = (critic.softmax(-1) @ bins).detach().reshape(B, H + 1)
rewards = (1 - gamma) * (scores[:, 1:] - 1)
returns = torch.zeros(B, H)
after = values[:, H]
for t in reversed(range(H)):
    after = rewards[:, t] + gamma * goes_on[:, t] * ((1 - lam) * values[:, t + 1] + lam * after)
    returns[:, t] = after
weights = torch.cat([torch.ones(B, 1), goes_on[:, :-1].cumprod(1)], 1).reshape(-1)
returns = returns.reshape(-1)
spread = torch.quantile(returns, 0.95) - torch.quantile(returns, 0.05)
scale = max(0.001, 0.01 * spread.item())
policy = torch.distributions.Categorical(logits=actor)
advantages = (returns - values[:, :H].reshape(-1)) / scale
actor_loss = -(weights * (advantages * policy.log_prob(actions) + eta * policy.entropy())).mean()


def two_hot(x):
    place = ((x + 1) * (K - 1)).clamp(0, K - 1)
    below = place.floor().clamp(max=K - 2).long()
    share = (place - below)[:, None]
    return torch.nn.functional.one_hot(below, K) * (1 - share) + torch.nn.functional.one_hot(below + 1, K) * share


lived = critic.reshape(B, H + 1, K)[:, :H].reshape(-1, K)
log = lived.log_softmax(-1)
target = two_hot(returns) + two_hot(slow.softmax(-1) @ bins)
critic_loss = -(weights * (target * log).sum(-1)).mean()
(actor_loss + critic_loss).backward()
write(here / "actor-critic.safetensors", dict(
    scores=scores, goes_on=goes_on, actions=actions, actor=actor, critic=critic, slow=slow, returns=returns, weights=weights, scale=torch.tensor(scale),
    actor_loss=actor_loss, critic_loss=critic_loss, actor_gradient=actor.grad, critic_gradient=critic.grad))
print(f"actor {actor_loss:.5f}, critic {critic_loss:.5f}")
