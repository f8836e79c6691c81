"""make_goldens.py - what does PyTorch say that each layer and optimizer gives?

Writes layers.safetensors and optimizers.safetensors beside this script: inputs, weights, outputs and the gradients of
sum(output * gradOutput), computed in 64 bits and stored in 32. Run it again only when a case is added:

    pip install torch numpy safetensors
    python make_goldens.py

Keys: `case.input`, `.weight`, `.bias`, `.output`, `.gradOutput`, `.gradInput`, `.gradWeight`, `.gradBias`; a layer with
several weights has `.weight.NAME` and `.gradWeight.NAME`. Layouts are PyTorch's. The metadata's `notes` say the rest.
"""

import sys
from pathlib import Path

import torch
from torch.nn import functional as F

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[2] / "benchmarks"))
from goldens import random, write
from muon_reference import Muon
from tokenizer_reference import Attention, FeedForward, space_angles, time_angles

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
layers, layer_notes, optimizers, optimizer_notes = {}, {}, {}, {}


def case(name, function, input, note=None, **weights):
    """Runs `function(input, **weights)` forward and backward and keeps all there is to compare."""
    differentiable = input.is_floating_point()
    if differentiable: input.requires_grad_()
    for weight in weights.values(): weight.requires_grad_()
    output = function(input, **weights)
    grad_output = random(*output.shape) if output.numel() > 1 else torch.tensor([1.5])
    (output * grad_output).sum().backward()
    layers.update({f"{name}.input": input, f"{name}.output": output, f"{name}.gradOutput": grad_output})
    if differentiable: layers[f"{name}.gradInput"] = input.grad
    for key, weight in weights.items():
        key = key if key in ("weight", "bias") else f"weight.{key}"
        layers[f"{name}.{key}"] = weight
        layers[f"{name}.grad{key[0].upper()}{key[1:]}"] = weight.grad
    if note: layer_notes[name] = note


case("linear", F.linear, random(2, 5, 6), weight=random(4, 6), bias=random(4))
case("linear-no-bias", F.linear, random(2, 5, 6), weight=random(4, 6))
case("rms-norm", lambda x, weight: F.rms_norm(x, (8,), weight, 1e-6), random(5, 8, scale=2),
     weight=random(8, scale=0.2, offset=1), note="eps 1e-6, over the last dimension")
case("layer-norm", lambda x, weight, bias: F.layer_norm(x, (8,), weight, bias, 1e-5), random(5, 8, scale=2, offset=0.5),
     weight=random(8, scale=0.2, offset=1), bias=random(8, scale=0.2), note="eps 1e-5, over the last dimension")
case("gelu-tanh", lambda x: F.gelu(x, approximate="tanh"), random(4, 9, scale=2))
case("gelu-erf", F.gelu, random(4, 9, scale=2))
case("silu", F.silu, random(4, 9, scale=2))
case("sigmoid", torch.sigmoid, random(4, 9, scale=2))
case("softmax", lambda x: F.softmax(x, dim=-1), random(3, 7, scale=2), note="over the last dimension")
case("embedding", F.embedding, torch.tensor([[3, 0, 3], [1, 4, 3]]), weight=random(5, 4),
     note="input: indices I64 [2,3], row 2 is not used; weight [5,4]")

targets = torch.tensor([2, 0, 4, 4, 1, 3])
layers["cross-entropy.targets"] = targets
case("cross-entropy", lambda x: F.cross_entropy(x, targets).view(1), random(6, 5, scale=2), note="mean over the 6 rows")
truth = torch.tensor([[0.0, 1, 1, 0], [1, 0, 0.25, 1]])
layers["sigmoid-loss.targets"] = truth
case("sigmoid-loss", lambda x: F.binary_cross_entropy_with_logits(x, truth).view(1), random(2, 4, scale=2),
     note="binary cross-entropy of logits, mean over all")

def convolution(x, weight, bias, size, **options):
    """Ours: frames [B,H,W,C], weight [out,k*k*C]."""
    weight = weight.view(len(weight), size, size, -1).permute(0, 3, 1, 2)
    return F.conv2d(x.permute(0, 3, 1, 2), weight, bias, **options).permute(0, 2, 3, 1)


case("conv", lambda x, **weights: convolution(x, size=3, **weights), random(2, 6, 5, 3), weight=random(4, 27), bias=random(4),
     note="stride 1, padding 0; input [B,H,W,C], weight [out,3*3*C]")
case("conv-stride-padding", lambda x, **weights: convolution(x, size=3, stride=2, padding=1, **weights),
     random(2, 6, 5, 3), weight=random(4, 27), bias=random(4), note="stride 2, padding 1; output [2,3,3,4]")

# The layers of the tokenizer's blocks, without the norm at their door.
E, heads, head_width = 16, 2, 8


def without_norm(layer):
    layer.norm = torch.nn.Identity()
    return lambda x, **weights: torch.func.functional_call(
        layer, {f"{name}.weight": weight for name, weight in weights.items()}, x)


case("swiglu", without_norm(FeedForward(E, 24)), random(5, E), note="down(silu(gate(x)) * up(x))",
     gate=random(24, E, scale=0.3), up=random(24, E, scale=0.3), down=random(E, 24, scale=0.3))

rows, columns, B, T = 3, 4, 2, 3
space = without_norm(Attention(E, heads, space_angles(rows, columns, head_width), causal=False))
case("space-attention", lambda x, **weights: space(x.view(B * T, -1, E), **weights).view(B, T, -1, E),
     random(B, T, rows * columns, E), qkv=random(3 * E, E, scale=0.4), output=random(E, E, scale=0.3),
     note=f"[B,T,N,E], {heads} heads, N = {rows} rows x {columns} columns, row-major; rotary base 100")

T, N = 5, 3
time = without_norm(Attention(E, heads, time_angles(T, head_width), causal=True))
case("time-attention", lambda x, **weights: time(x.transpose(1, 2).reshape(B * N, T, E), **weights).view(B, N, T, E).transpose(1, 2),
     random(B, T, N, E), qkv=random(3 * E, E, scale=0.4), output=random(E, E, scale=0.3),
     note=f"[B,T,N,E], {heads} heads, causal over T; rotary base 100")

# Optimizers: `case.NAME.before`, `.gradient.STEP` (before clipping), `.after.STEP`, STEP from 1.
def trajectory(case, optimizer, parameters, steps, gradient_scales, clip=None):
    for name, p in parameters.items(): optimizers[f"{case}.{name}.before"] = p.detach().clone()
    for step, scale in zip(range(1, steps + 1), gradient_scales):
        for name, p in parameters.items():
            p.grad = random(*p.shape, scale=scale)
            optimizers[f"{case}.{name}.gradient.{step}"] = p.grad.clone()
        if clip: optimizers[f"{case}.norm.{step}"] = torch.nn.utils.clip_grad_norm_(parameters.values(), clip).view(1)
        optimizer.step()
        for name, p in parameters.items(): optimizers[f"{case}.{name}.after.{step}"] = p.detach().clone()


parameters = {"weight": random(3, 4).requires_grad_(), "bias": random(3).requires_grad_()}
trajectory("adamw", torch.optim.AdamW(parameters.values(), lr=1e-2, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1),
           parameters, 3, (2, 0.1, 1), clip=1.0)
optimizer_notes["adamw"] = ("learning rate 0.01, betas 0.9 0.95, eps 1e-8, weight decay 0.1 of both; the gradients of weight and bias together "
                            "clipped to norm 1: times min(1, 1/(norm + 1e-6))")

parameters = {"tall": random(6, 4).requires_grad_(), "wide": random(4, 6).requires_grad_(), "fused": random(12, 4).requires_grad_()}
trajectory("muon", Muon([{"params": [parameters["tall"], parameters["wide"]]}, {"params": [parameters["fused"]], "split": 3}],
                        lr=0.02, weight_decay=0.1), parameters, 2, (1, 1))
optimizer_notes["muon"] = ("learning rate 0.02, momentum 0.95, weight decay 0.1, 5 Newton-Schulz steps; fused is three matrices [4,4]")

# Pictures [B,H,W,C].
def picture(layer):
    return lambda x, **weights: layer(x.permute(0, 3, 1, 2), **weights).permute(0, 2, 3, 1)


case("upsampled", picture(lambda x: F.interpolate(x, scale_factor=2, mode="nearest")), random(2, 3, 4, 5))
case("average-pooled", picture(lambda x: F.avg_pool2d(x, 2)), random(2, 4, 6, 3))
case("max-pooled", picture(lambda x: F.max_pool2d(x, 2)), random(2, 4, 6, 3))
case("group-norm", picture(lambda x, weight, bias: F.group_norm(x, 2, weight, bias, 1e-5)), random(3, 4, 3, 6, scale=2, offset=0.5),
     weight=random(6, scale=0.2, offset=1), bias=random(6, scale=0.2), note="2 groups, eps 1e-5")
case("adaptive-group-norm", picture(lambda x, weight, bias: F.group_norm(x, 3, eps=1e-5) * weight[:, :, None, None] + bias[:, :, None, None]),
     random(3, 4, 3, 6, scale=2, offset=0.5), weight=random(3, 6, scale=0.2, offset=1), bias=random(3, 6, scale=0.2),
     note="3 groups, scale and shift [B,C] from outside")


write(here / "layers.safetensors", layers, layer_notes)
write(here / "optimizers.safetensors", optimizers, optimizer_notes)
