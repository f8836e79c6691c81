"""time_dynamics.py - how long does PyTorch take to imagine a frame, and for one training step of the dynamics model?

    pip install torch numpy safetensors
    python time_dynamics.py FOLDER --threads 2

The opponent of `benchmark-dynamics`, which writes FOLDER (model, tokenizer, training batches, a dream) and then takes turns with this
script on the same machine, A B A B, so that neither is favored by a busy minute. One request a line on standard input, one JSON
line as the answer:

    check            is all that the other side computed what this one computes? (see `Opponent.check`)
    imagine COUNT    goes on with a dream of its own: seconds for COUNT frames, sampled, read and drawn, one at a time
    train T COUNT    COUNT training steps on clips of T frames (AdamW): median milliseconds
    next T COUNT     COUNT next frames after T-1 others, sampled only: median milliseconds
"""

import argparse
import dataclasses
import json
import math
import statistics
import sys
import time
from pathlib import Path

import torch
from dynamics_reference import Configuration, Dream, Dynamics
from safetensors import safe_open
from safetensors.torch import load_file
from tokenizer_reference import Configuration as TokenizerConfiguration
from tokenizer_reference import Tokenizer
from torch.nn import functional as F


def opened(path):
    """The configuration that a checkpoint holds as JSON, and its weights."""
    with safe_open(path, "pt") as file: return json.loads(file.metadata()["configuration"]), load_file(path)


def load_dynamics(path):
    j, weights = opened(path)
    model = Dynamics(Configuration(
        side=j["side"], levels=tuple(j["levels"]), frames=j["frames"], actions=j["actions"], width=j["embeddingDimensions"],
        heads=j["heads"], hidden=j["hiddenDimensions"], blocks=j["blocks"], motion_heads=j["motionHeads"],
        expected=len(j["levels"]) * (bool(j.get("expects")) + bool(j.get("carries")))))
    model.load_state_dict({name: t for name, t in weights.items() if not name.startswith("flow.")})   # where pixels come from: not trained
    return model


def load_tokenizer(path):
    j, weights = opened(path)
    model = Tokenizer(TokenizerConfiguration(
        side=j["imageSize"], frames=j["frames"], patch=j["patchSize"], width=j["embeddingDimensions"], heads=j["heads"],
        hidden=j["hiddenDimensions"], blocks=j["blocks"], levels=tuple(j["levels"])))
    model.load_state_dict({name: t for name, t in weights.items() if not name.startswith("quantizer.")})
    return model


def milliseconds(count, body):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        body()
        times.append(1000 * (time.perf_counter() - start))
    return {"milliseconds": statistics.median(times)}


class Opponent:
    def __init__(self, folder, steps, temperature):
        self.steps, self.temperature = steps, temperature
        self.dynamics, self.tokenizer = load_dynamics(folder / "model.safetensors"), load_tokenizer(folder / "tokenizer.safetensors")
        self.script = load_file(folder / "dream.safetensors")           # start [N], actions [F], tokens [F, N], latents [F, N, Z], pictures [F, H, W, 3]
        self.batches = {int(file.stem.split("-")[1]): load_file(file) for file in folder.glob("batch-*.safetensors")}
        self.expected = self.script.get("expected")                     # [1, N, 2Z], always the same
        if self.expected is not None: self.expected = self.expected[:, None]
        self.dream, self.ready = self.new_dream(), {}

    def new_dream(self):
        return Dream(self.dynamics, self.tokenizer, self.script["start"][None], self.expected)

    def check(self):
        """How far apart the two sides are, at most:
            logits     of a training pass, relative to the largest
            gradient   of the loss, its norm, relative
            frames     how many are imagined with the same tokens, all of them, at temperature 0, each from the same past
            choices    see `shortfall`
            latents    of frames with the same tokens
            picture    of these frames
        """
        batch = self.batch(self.dynamics)
        logits, loss = self.loss(self.dynamics)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.dynamics.parameters(), math.inf)
        self.dynamics.zero_grad(set_to_none=True)
        answer = {"logits": ((logits - batch["logits"]).abs().max() / batch["logits"].abs().max()).item(),
                  "gradient": (norm / batch["gradient_norm"] - 1).abs().item(), "frames": 0, "choices": 0.0, "latents": 0.0, "picture": 0.0}
        s, dream = self.script, self.new_dream()
        for action, tokens, filled, latents, picture in zip(s["actions"].tolist(), s["tokens"], s["filled"], s["latents"], s["pictures"]):
            own, drawn = dream.sample(action, self.steps, 0)
            if torch.equal(own[0], tokens):
                answer["frames"] += 1
                answer["latents"] = max(answer["latents"], (drawn[0] - latents).abs().max().item())
            answer["choices"] = max(answer["choices"], self.shortfall(dream, action, tokens, filled))
            # Whatever was drawn here, the other side's frame is the one that is remembered.
            answer["picture"] = max(answer["picture"], (dream.draw(tokens[None], latents[None], action) - picture).abs().max().item())
        return answer

    @torch.inference_mode()
    def shortfall(self, dream, action, tokens, filled):
        """The other side kept `tokens` [N] in the decoding steps `filled` [N]. In each step, from what it knew then: how far is a token that it
        kept from the middle (for each digit, the probability between the two), and by how much (in log-probability) is it less sure than what
        it left masked?"""
        most, model = 0.0, self.dynamics
        for k in range(self.steps):
            places = (filled >= k).nonzero().squeeze(1)
            known = torch.where(filled < k, tokens, model.mask_token)[None]
            logits = model.logits(known, torch.tensor([action]), dream.past.past, dream.frames[-1], places, self.expected).log_softmax(-1)
            own, kept = tokens[places][:, None], filled[places] == k
            if not kept.any(): continue
            rest = own
            for p in model.digit_probabilities(logits):
                digit, rest, through = rest % p.size(1), rest // p.size(1), p.cumsum(1)
                through, here = through.gather(1, digit), p.gather(1, digit)
                most = max(most, (0.5 - through)[kept].max().item(), (through - here - 0.5)[kept].max().item())
            if not kept.all():
                most = max(most, (logits.gather(1, model.middle(logits))[~kept].max() - logits.gather(1, own)[kept].min()).item())
        return most

    def imagine(self, count):
        start = time.perf_counter()
        for i in range(count): self.dream.step(i // 8 % self.dynamics.configuration.actions, self.steps, self.temperature)
        return {"seconds": time.perf_counter() - start}

    def batch(self, model):
        """The other side trains on it too."""
        return self.batches[model.configuration.frames]

    def loss(self, model):
        """Logits and loss."""
        b = self.batch(model)
        logits = model(b["read"], b["guessed"], b["actions"], b.get("expected"))
        return logits, F.cross_entropy(logits, b["targets"], weight=b["weights"])

    def model(self, frames):
        """With random weights: what a step costs does not depend on them."""
        return Dynamics(dataclasses.replace(self.dynamics.configuration, frames=frames))

    def train(self, frames, count):
        key = ("train", frames)
        if key not in self.ready:
            model = self.model(frames)
            adamw = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.01, fused=True)
            parameters = list(model.parameters())

            def step():
                self.loss(model)[1].backward()
                torch.nn.utils.clip_grad_norm_(parameters, 1.0)
                adamw.step()
                adamw.zero_grad(set_to_none=True)

            self.ready[key] = step
            milliseconds(3, step)                                       # to get warm
        return milliseconds(count, self.ready[key])

    def next(self, frames, count):
        key = ("next", frames)
        if key not in self.ready:
            model = self.model(frames)
            past, N = model.empty_past(1), model.configuration.side ** 2
            tokens = torch.randint(model.configuration.vocabulary, (1, frames - 1, N))
            with torch.inference_mode(): model.read(tokens, torch.zeros(1, frames - 1, dtype=torch.long), past)

            @torch.inference_mode()
            def step(): model.sample(torch.zeros(1, dtype=torch.long), past, tokens[:, -1], self.dream.codebook, self.steps, self.temperature, self.expected)

            self.ready[key] = step
            milliseconds(3, step)
        return milliseconds(count, self.ready[key])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sampling-steps", type=int, default=4)
    parser.add_argument("--temperature", type=float, default=0.0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    opponent = Opponent(options.folder, options.sampling_steps, options.temperature)
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        request, *numbers = line.split()
        print(json.dumps(getattr(opponent, request)(*map(int, numbers))), flush=True)


if __name__ == "__main__":
    main()
