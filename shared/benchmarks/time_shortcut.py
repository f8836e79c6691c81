"""time_shortcut.py - how fast is the shortcut model of stage 3 in PyTorch?

The twin of the Swift model, and the opponent of `benchmark-shortcut`, which starts it. Written for speed as a good PyTorch user would: fused
attention, keys and values of finished frames kept. It answers each line on standard input with one line of JSON.

Symbols: B clips, F frames, S latents a frame, Z numbers a latent, E width, A actions, K the finest steps, M frames in memory.
Needs: pip install torch numpy safetensors
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from dynamics_reference import Configuration, Past, TwiceBlock, Window, extend
from safetensors.torch import load_file
from time_dynamics import milliseconds, opened
from torch import nn


class Shortcut(nn.Module):
    def __init__(self, c, numbers, finest):
        super().__init__()
        self.c, self.finest, E = c, finest, c.width
        self.embedding, self.last_embedding = nn.Linear(numbers, E), nn.Linear(numbers, E, bias=False)
        self.places = nn.Parameter(0.1 * torch.randn(c.side ** 2, E))
        tables = lambda count: nn.ModuleList(nn.Embedding(count, E) for _ in range(c.blocks))
        self.action_embeddings, self.level_embeddings, self.length_embeddings = tables(c.actions + 1), tables(finest + 1), tables(finest)
        self.blocks = nn.ModuleList(TwiceBlock(c) for _ in range(c.blocks))
        self.norm, self.output = nn.RMSNorm(E, eps=1e-6), nn.Linear(E, numbers)
        self.register_buffer("latent_mean", torch.zeros(numbers))
        self.register_buffer("latent_deviation", torch.ones(numbers))

    def embedded(self, z, before):
        return self.embedding(z) + self.last_embedding(before) + self.places

    def labeled(self, i, actions, levels, lengths):
        """[B, F] each -> [B, F, 1, E], what the labels add in block i."""
        return (self.action_embeddings[i](actions) + self.level_embeddings[i](levels) + self.length_embeddings[i](lengths - 1))[:, :, None]

    def predict(self, guessed, past, actions, levels, lengths, led):
        """Training: [B, F, S, Z] of the frames to guess and of the past, labels [B, F] -> the clean latents [B, F, S, Z]."""
        F = past.shape[1]
        x = self.embedded(torch.cat((past, guessed), 1), torch.cat((torch.zeros_like(past[:, :1]), past[:, :-1], past), 1))
        full = lambda value: torch.full_like(led, value)
        labels = torch.cat((led, actions), 1), torch.cat((full(self.finest), levels), 1), torch.cat((full(1), lengths), 1)
        for i, block in enumerate(self.blocks): x = block(x + self.labeled(i, *labels))
        return self.output(self.norm(x[:, F:]))

    def loss(self, clips, actions, coarse):
        """The flow loss of clips [B, T, S, Z], and of the last `coarse` of them the bootstrap's (Dreamer 4, arXiv 2509.24527, section 3.2)."""
        truth, (B, F), K = clips[:, 1:], actions.shape, self.finest
        led = torch.cat((actions.new_full((B, 1), self.c.actions), actions[:, :-1]), 1)
        lengths, levels = torch.ones(B, F, dtype=torch.long), torch.randint(K, (B, F)) * (torch.rand(B, F) > 0.25)
        if coarse:
            lengths[-coarse:] = K >> torch.randint(K.bit_length() - 1, (coarse, F))
            levels[-coarse:] = lengths[-coarse:] * (torch.rand(coarse, F) * (K / lengths[-coarse:])).long()
        noisy = lambda z, signal: signal * z + (1 - signal) * torch.randn_like(z)
        guessed, past, target = noisy(truth, (levels / K)[..., None, None]), noisy(clips[:, :-1], 0.9), truth
        if coarse:
            with torch.no_grad():
                own = slice(B - coarse, B)
                z, half, level = guessed[own], lengths[own] // 2, levels[own]
                guess = lambda z, level: self.predict(z, past[own], actions[own], level, half, led[own])
                share = lambda steps: (steps / K)[..., None, None]
                first = (guess(z, level) - z) / share(K - level)
                there = z + first * share(half)
                second = (guess(there, level + half) - there) / share(K - level - half)
                target = torch.cat((truth[:B - coarse], z + share(K - level) * (first + second) / 2))
        return (self.predict(guessed, past, actions, levels, lengths, led) - target).square().mean()


class Dream:
    """Latents imagined one frame after the other; nothing is drawn."""

    def __init__(self, model, start, context_noise):
        """start [1, 1, S, Z], standardized."""
        self.model, self.signal = model, 1 - context_noise
        self.past = Window(model.c.frames - 1, Past(model.blocks, 1, model.c.side ** 2, model.c.frames))
        self.seen, self.led = [], []
        self.append(start, model.c.actions)

    def append(self, z, led):
        self.seen.append(self.signal * z + (1 - self.signal) * torch.randn_like(z))
        self.led.append(led)

    def extended(self, z, before, labels):
        past, x = self.past.past, self.model.embedded(z, before)
        for i, (block, (keys, values)) in enumerate(zip(self.model.blocks, past.arrays)):
            x = extend(block, x + self.model.labeled(i, *labels), keys, values, past.frames)
        return x

    @torch.inference_mode()
    def advance(self, action, steps, temperature):
        m, past = self.model, self.past.past
        unread = self.past.next(len(self.seen))
        if unread:
            led, before = [self.led[t] for t in unread], [self.seen[t - 1] for t in unread]
            if past.frames == 0: led[0], before[0] = m.c.actions, torch.zeros_like(self.seen[0])    # in training nobody knew those
            label = lambda value: torch.full((1, len(unread)), value)
            self.extended(torch.cat([self.seen[t] for t in unread], 1), torch.cat(before, 1), (torch.tensor([led]), label(m.finest), label(1)))
            past.frames += len(unread)
        labels = lambda level, length: (torch.tensor([[action]]), torch.tensor([[level]]), torch.tensor([[length]]))
        predict = lambda z, *label: m.output(m.norm(self.extended(z, self.seen[-1], labels(*label))))
        z = torch.zeros_like(self.seen[-1])
        if temperature == 0:
            z = predict(z, 0, 1)
        else:
            z, length = temperature * torch.randn_like(z), max(1, m.finest // steps)
            for k in range(steps): z = z + (predict(z, k * m.finest // steps // length * length, length) - z) / (steps - k)
        self.append(z, action)
        return z


class Opponent:
    def __init__(self, folder, batch):
        j, self.weights = opened(folder / "model.safetensors")
        self.json, self.script = j, load_file(folder / "dream.safetensors")        # start [1, 1, S, Z], actions [F], latents [F, S, Z]
        self.short, self.batch = self.model(j["shortFrames"]), batch
        self.adamw = torch.optim.AdamW(self.short.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.01, fused=True)
        self.dream = Dream(self.model(j["frames"]), self.script["start"], 0.1)

    def model(self, frames):
        j = self.json
        c = Configuration(side=j["rows"], frames=frames, actions=j["actions"], width=j["embeddingDimensions"], heads=j["heads"],
                          hidden=j["hiddenDimensions"], blocks=j["blocks"])
        model = Shortcut(c, j["latentDimensions"], j["finestSteps"])
        model.load_state_dict(self.weights)
        return model

    def check(self):
        """The largest difference of a latent, over dreams in which no chance is left."""
        dream = Dream(self.dream.model, self.script["start"], 0)
        return {"difference": max((dream.advance(action, 1, 0)[0, 0] - latents).abs().max().item()
                                  for action, latents in zip(self.script["actions"].tolist(), self.script["latents"]))}

    def imagine(self, count, steps):
        start = time.perf_counter()
        for i in range(count): self.dream.advance(i // 8 % self.json["actions"], steps, 1)
        return {"milliseconds": 1000 * (time.perf_counter() - start) / count}

    def train(self, coarse):
        j = self.json
        clips = torch.randn(self.batch, j["shortFrames"], j["rows"] * j["columns"], j["latentDimensions"])
        actions, parameters = torch.randint(j["actions"], (self.batch, j["shortFrames"] - 1)), list(self.short.parameters())

        def step():
            self.short.loss(clips, actions, coarse).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            self.adamw.step()
            self.adamw.zero_grad(set_to_none=True)

        return milliseconds(1, step)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=8)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    opponent = Opponent(options.folder, options.batch_size)
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        request, *numbers = line.split()
        print(json.dumps(getattr(opponent, request)(*map(int, numbers))), flush=True)


if __name__ == "__main__":
    main()
