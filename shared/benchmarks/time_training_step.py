"""time_training_step.py - how long does PyTorch take for one training step of the tokenizer?

    pip install torch numpy
    python time_training_step.py --preset default --steps 20 --threads 2

A step is forward, backward, clipping to norm 1 and the optimizer; frames are random and ready in memory. Prints one JSON
line: median and minimum in milliseconds. With --interactive it prints a line when it is warm, then for each line on
standard input does --steps steps and prints such a line, until standard input ends: so another program can take turns
with it on the same machine, A B A B, and neither is favored by a busy minute.
"""

import argparse
import json
import statistics
import sys
import time

import torch
from muon_reference import Muon
from tokenizer_reference import PRESETS, Tokenizer, reconstruction_loss


def optimizers(model, kind):
    """AdamW for all, or Muon for the matrices of the blocks and AdamW for the rest."""
    def adamw(parameters, lr): return torch.optim.AdamW(parameters, lr=lr, betas=(0.9, 0.95), weight_decay=0.01, fused=True)
    if kind == "adamw": return [adamw(model.parameters(), 1e-3)]
    named = dict(model.named_parameters())
    matrices = {name: p for name, p in named.items() if ".blocks." in name and p.ndim == 2}
    qkv = [p for name, p in matrices.items() if "qkv" in name]
    single = [p for name, p in matrices.items() if "qkv" not in name]
    return [Muon([{"params": single}, {"params": qkv, "split": 3}], lr=0.01),
            adamw([p for name, p in named.items() if name not in matrices], 2e-3)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, default="default")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warm-up", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--optimizer", choices=["adamw", "muon"], default="adamw")
    parser.add_argument("--normalize-latents", action="store_true")
    parser.add_argument("--compile", action="store_true", help="torch.compile; needs a C++ compiler")
    parser.add_argument("--interactive", action="store_true", help="measure once for each line on standard input")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    c = PRESETS[options.preset]
    c.normalize_latents = options.normalize_latents
    model = Tokenizer(c)
    forward = torch.compile(model) if options.compile else model
    steppers = optimizers(model, options.optimizer)
    parameters = list(model.parameters())
    frames = torch.rand(c.batch, c.frames, c.side, c.side, 3)

    def step():
        reconstruction, _ = forward(frames)
        reconstruction_loss(reconstruction, frames).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for stepper in steppers:
            stepper.step()
            stepper.zero_grad(set_to_none=True)

    def measure(steps):
        milliseconds = []
        for _ in range(steps):
            start = time.perf_counter()
            step()
            milliseconds.append(1000 * (time.perf_counter() - start))
        return {"median_ms": round(statistics.median(milliseconds), 2), "min_ms": round(min(milliseconds), 2), "steps": steps}

    about = {"preset": options.preset, "optimizer": options.optimizer, "threads": options.threads, "compiled": options.compile,
             "parameters": sum(p.numel() for p in parameters), "torch": torch.__version__}
    measure(max(1, options.warm_up))
    if options.interactive:
        print(json.dumps({"ready": True, **about}), flush=True)
        for _ in sys.stdin: print(json.dumps(measure(options.steps)), flush=True)
    else:
        print(json.dumps({**measure(options.steps), **about}))


if __name__ == "__main__":
    main()
