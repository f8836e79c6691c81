"""muon_reference.py - what does one step of Muon do to a matrix of weights?

The idea of Keller Jordan (kellerjordan.github.io/posts/muon): average the gradients, then replace the average by the
nearest matrix whose singular values are all about 1, so that every direction of the weight learns equally fast.
"""

import torch


def orthogonalize(G, steps=5):
    """[..., rows, columns] -> about U V^T of its singular value decomposition U S V^T, by Newton-Schulz."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = G.size(-2) > G.size(-1)
    X = G.mT if tall else G
    X = X / (X.norm(dim=(-2, -1), keepdim=True) + 1e-7)     # now no singular value is above 1
    for _ in range(steps):
        A = X @ X.mT
        X = a * X + (b * A + c * A @ A) @ X                 # each singular value s -> a s + b s^3 + c s^5
    return X.mT if tall else X


class Muon(torch.optim.Optimizer):
    """For matrices only. A parameter in a group with `split=3` (fused qkv) is three matrices above each other."""

    def __init__(self, groups, lr=0.01, momentum=0.95, weight_decay=0.0):
        super().__init__(groups, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, split=1))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta = group["momentum"]
            for p in group["params"]:
                average = self.state[p].setdefault("momentum", torch.zeros_like(p))
                average.lerp_(p.grad, 1 - beta)             # average = beta average + (1 - beta) gradient
                update = p.grad.lerp(average, beta)         # Nesterov: look one step ahead
                update = orthogonalize(update.view(group["split"], -1, p.size(1)))
                scale = max(1, update.size(1) / update.size(2)) ** 0.5
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(update.reshape(p.shape), alpha=-group["lr"] * scale)
