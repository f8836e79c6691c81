"""make_goldens.py - what does PyTorch say that the losses of a joint embedding are?

Writes losses.safetensors beside this script: inputs, values, and gradients by autograd.

    pip install torch numpy safetensors
    python make_goldens.py
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import write

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
out = {}

# --- smooth L1 of I-JEPA, on targets with mean 0 and variance 1 over their features ---
raw = torch.randn(3, 5, 16) * 2
target = F.layer_norm(raw, (16,))
prediction = (torch.randn(3, 5, 16) * 2).requires_grad_()
loss = F.smooth_l1_loss(prediction, target)
loss.backward()
out |= {"smooth.raw": raw, "smooth.target": target, "smooth.prediction": prediction, "smooth.loss": loss, "smooth.gradient": prediction.grad}

# --- SIGReg (LeJEPA): Epps and Pulley's statistic at 17 knots, along random directions ---
z = (torch.randn(2, 20, 6) * 1.5 + 0.3).requires_grad_()
directions = F.normalize(torch.randn(7, 6), dim=1)
t = torch.linspace(0, 3, 17)
phi = torch.exp(-t ** 2 / 2)
weights = torch.full((17,), 2 * 3 / 16)
weights[[0, -1]] = 3 / 16
angles = (z @ directions.T)[..., None] * t                      # [T,B,M,K]
error = (angles.cos().mean(1) - phi) ** 2 + angles.sin().mean(1) ** 2
loss = ((error @ (weights * phi)) * z.shape[1]).mean()
loss.backward()
out |= {"sigreg.z": z, "sigreg.directions": directions, "sigreg.loss": loss, "sigreg.gradient": z.grad}

# --- variance and covariance (VICReg), at each time step ---
z = (torch.randn(2, 9, 5) * 0.8).requires_grad_()
variance = covariance = 0
for step in z:
    variance = variance + F.relu(1 - torch.sqrt(step.var(0) + 1e-4)).mean() / 2
    c = torch.cov(step.T)
    covariance = covariance + (c - torch.diag(torch.diagonal(c))).pow(2).sum() / (5 * 4) / 2
(3 * variance + covariance).backward()
out |= {"vicreg.z": z, "vicreg.variance": variance, "vicreg.covariance": covariance, "vicreg.gradient": z.grad}

# --- RankMe, ridge ---
z = torch.randn(40, 8) @ torch.diag(torch.tensor([3, 2, 1, 1, 0.5, 0.2, 0.1, 0.01])) @ torch.linalg.qr(torch.randn(8, 8))[0]
s = torch.linalg.svdvals(z)
p = s / s.sum() + 1e-7
y = torch.randn(40, 2)
out |= {"rank.z": z, "rank.rankme": torch.exp(-(p * p.log()).sum())}
out |= {"ridge.y": y, "ridge.weights": torch.linalg.solve(z.T @ z + 0.7 * torch.eye(8), z.T @ y)}

write(here / "losses.safetensors", {name: t.view(1) if t.dim() == 0 else t for name, t in out.items()})
