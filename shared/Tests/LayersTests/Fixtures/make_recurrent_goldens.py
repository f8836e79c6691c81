"""make_recurrent_goldens.py - what do PyTorch's LSTM and GRU give, forward and backward, and what are two-hot's bins?

Writes recurrent.safetensors beside this script, computed in 64 bits and stored in 32:

    pip install torch numpy safetensors
    python make_recurrent_goldens.py

Clips are [B,T,I]. PyTorch's LSTM has two biases for the same gates; the second is 0 here, as ours has one.
"""

import sys
from pathlib import Path

import torch
from torch.nn import functional as F

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[2] / "benchmarks"))
from goldens import exact, random, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(2)
B, T, I, H = 3, 4, 5, 19
golden = {}

for kind, layer in {"lstm": torch.nn.LSTM(I, H, batch_first=True), "gru": torch.nn.GRU(I, H, batch_first=True)}.items():
    with torch.no_grad():
        for p in layer.parameters(): p.copy_(random(*p.shape, scale=0.4))
        if kind == "lstm": layer.bias_hh_l0.zero_()
    x = random(B, T, I).requires_grad_()
    state = [random(1, B, H, scale=0.7).requires_grad_() for _ in range(2 if kind == "lstm" else 1)]
    output, last = layer(x, tuple(state) if kind == "lstm" else state[0])
    slope, slope_last = random(B, T, H), [random(1, B, H) for _ in state]
    last = list(last) if kind == "lstm" else [last]
    (output * slope).sum().add(sum((a * b).sum() for a, b in zip(last, slope_last))).backward()
    golden |= {f"{kind}.input": x, f"{kind}.output": output, f"{kind}.slope": slope, f"{kind}.gradInput": x.grad}
    for i, name in enumerate("hc"[:len(state)]):
        golden |= {f"{kind}.{name}": state[i][0], f"{kind}.last.{name}": last[i][0], f"{kind}.slope.{name}": slope_last[i][0], f"{kind}.grad.{name}": state[i].grad[0]}
    for name, p in layer.named_parameters(): golden |= {f"{kind}.{name}": p, f"{kind}.grad.{name}": p.grad}

# Two-hot with the bins of DreamerV3: the shares of the two neighbors of each number, and the loss of some logits.
bins = torch.linspace(-20, 20, 255)
bins = torch.sign(bins) * torch.expm1(bins.abs())
values = exact(torch.tensor([-3e8, -37.5, -1e-3, 0, 0.25, 1.0, 812.0, 9e9]))
above = torch.searchsorted(bins, values).clamp(1, 254)
share = ((values - bins[above - 1]) / (bins[above] - bins[above - 1])).clamp(0, 1)
target = F.one_hot(above, 255) * share[:, None] + F.one_hot(above - 1, 255) * (1 - share)[:, None]
logits = random(len(values), 255).requires_grad_()
loss = -(target * F.log_softmax(logits, -1)).sum(-1).mean()
loss.backward()
golden |= {"two-hot.bins": bins, "two-hot.values": values, "two-hot.target": target, "two-hot.logits": logits, "two-hot.loss": loss.view(1),
           "two-hot.gradLogits": logits.grad, "two-hot.decoded": (logits.softmax(-1)[:, 100:155] * bins[100:155]).sum(-1)}

write(here / "recurrent.safetensors", golden)
