"""make_goldens.py - what does PyTorch say that one whole training step of the tokenizer does?

Writes the safetensors files beside this script. Computed in 64 bits, stored in 32; inputs are exact in 32 bits.

    pip install torch numpy safetensors
    python make_goldens.py

micro-weights.safetensors            initial weights of the micro configuration, keys as in a checkpoint
micro-step.safetensors               `input`, `latents`, `codes` (indices), `reconstruction`, `loss`, `gradientNorm` (before clipping)
micro-gradients.safetensors          before clipping, keys as in a checkpoint
micro-weights-after.safetensors      after clipping to norm 1 and one step of AdamW
micro-normalized-*.safetensors       the same step where latents are normalized over the batch before they are quantized. There
                                     the gradient of `encoder.to_latent.bias` is 0 (the mean takes the bias out again), so
                                     what AdamW makes of it is rounding: do not compare that weight afterwards
fsq.safetensors                      the quantizer alone, `fsq-8-5-5-5.input` and so on; `normalize.*`
"""

import dataclasses
import sys
from pathlib import Path

import torch

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from goldens import exact, random, write
from tokenizer_reference import PRESETS, FiniteScalarQuantizer, Tokenizer, normalize_latents, reconstruction_loss

torch.set_default_dtype(torch.float64)


def check_margin(quantizer, z):
    """A latent on the border of two codes would fall to either side, by rounding alone."""
    bounded = quantizer.bound(z)
    margin = 0.5 - (bounded - bounded.round()).abs().max()
    assert margin > 1e-4, f"a latent is {margin:.1e} from the border of its code: choose another seed"


def training_step(prefix, normalize):
    """One step from the same weights and frames each time: forward, backward, clip, AdamW."""
    configuration = dataclasses.replace(PRESETS["micro"], normalize_latents=normalize)
    torch.manual_seed(2)
    model = Tokenizer(configuration)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "norm" in name: p.add_(0.2 * torch.randn_like(p))   # not all ones, or a forgotten weight would not show
            if name == "encoder.to_latent.weight": p.mul_(2)       # latents wide enough to reach many codes
            p.copy_(exact(p))
    if not normalize: write(here / "micro-weights.safetensors", model.state_dict(), notes=dataclasses.asdict(configuration))

    frames = exact(torch.rand(configuration.batch, configuration.frames, configuration.side, configuration.side, 3))
    latents = model.encode(frames)
    check_margin(model.quantizer, latents)
    reconstruction, codes = model(frames)
    loss = reconstruction_loss(reconstruction, frames)
    loss.backward()
    weights = dict(model.named_parameters())
    write(here / f"{prefix}-gradients.safetensors", {name: p.grad for name, p in weights.items()}, notes={})
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.01)
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    write(here / f"{prefix}-weights-after.safetensors", weights, notes=dict(
        optimizer="AdamW, learning rate 0.001, betas 0.9 0.95, eps 1e-8, weight decay 0.01 of every weight, clip 1.0"))
    write(here / f"{prefix}-step.safetensors", dict(
        input=frames, latents=latents, codes=codes, reconstruction=reconstruction, loss=loss.view(1), gradientNorm=norm.view(1)), notes={})
    print(f"  loss {loss:.5f}, gradient norm {norm:.4f}, {codes.unique().numel()} of {codes.numel()} codes differ,",
          f"smallest gradient {min(p.grad.abs().min() for p in weights.values()):.1e}")


def quantizers():
    """Inputs from far left to far right of every dimension, and their gradient (straight through the rounding)."""
    tensors = {}
    for levels in ((8, 5, 5, 5), (4, 4, 4, 4, 4), (3, 3)):
        torch.manual_seed(3)
        quantizer = FiniteScalarQuantizer(levels)
        z = exact(torch.cat((torch.zeros(1, len(levels)), torch.full((1, len(levels)), -9.0), torch.full((1, len(levels)), 9.0),
                             1.5 * torch.randn(61, len(levels))))).requires_grad_()
        check_margin(quantizer, z)
        output, indices = quantizer(z)
        grad_output = random(*output.shape)
        (output * grad_output).sum().backward()
        case = "fsq-" + "-".join(map(str, levels))
        for key, t in dict(input=z, bounded=quantizer.bound(z), output=output, indices=indices,
                           gradOutput=grad_output, gradInput=z.grad).items(): tensors[f"{case}.{key}"] = t

    z = random(2, 3, 4, 5, scale=3, offset=torch.arange(5)).requires_grad_()    # [B,T,N,Z]
    output = normalize_latents(z)
    grad_output = random(*output.shape)
    (output * grad_output).sum().backward()
    for key, t in dict(input=z, output=output, gradOutput=grad_output, gradInput=z.grad).items(): tensors[f"normalize.{key}"] = t
    write(here / "fsq.safetensors", tensors, notes=dict(
        normalize="(z - mean) / sqrt(variance + 1e-5) over B, T, N; variance of the whole batch (divided by n)"))


training_step("micro", normalize=False)
training_step("micro-normalized", normalize=True)
quantizers()
