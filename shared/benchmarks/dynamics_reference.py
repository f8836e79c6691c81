"""dynamics_reference.py - how would the dynamics model of stage 3 look in PyTorch?

The twin of the Swift model: the same architecture, names of weights and sampler, the same numbers. It is the opponent of the
speed benchmark (time_dynamics.py) and the source of the golden numbers of the tests. Written for speed as a good PyTorch
user would: fused attention, keys and values of past frames kept, turned once, in arrays made beforehand.

Symbols: B clips, T frames, N patches a frame, E width, V vocabulary, A actions, K decoding steps, M tokens that are masked.
Needs: pip install torch numpy
"""

import math
from dataclasses import dataclass

import torch
from tokenizer_reference import Attention, Block, angles, rotate
from torch import nn
from torch.nn import functional as F


@dataclass
class Configuration:
    side: int = 8                   # patches along a side of the frame
    levels: tuple = (8, 5, 5, 5)    # of the digits of a code; their product is V, and the mask token is one more
    frames: int = 8                 # T
    actions: int = 8                # A
    width: int = 64                 # E
    heads: int = 2
    hidden: int = 176
    blocks: int = 4
    motion_heads: int = 4
    expected: int = 0               # the numbers a place that it is told of what is expected: none, Z, or with what is carried over 2Z
    patch: int = 1                  # what `Block` divides the side by

    @property
    def vocabulary(self): return math.prod(self.levels)


def who_sees_whom(T):
    """[2(T-1), 2(T-1)]: first T-1 frames that are read, then T-1 that are guessed, each from the read frames before it."""
    i, j = torch.arange(2 * (T - 1))[:, None], torch.arange(2 * (T - 1))
    return torch.where(i < T - 1, j <= i, (j == i) | (j <= i - (T - 1)))


class TwiceBlock(Block):
    """A space-time block over the 2(T-1) frames of a training pass."""

    def __init__(self, c):
        super().__init__(c)
        positions, head_width = torch.cat((torch.arange(c.frames - 1), torch.arange(1, c.frames))), c.width // c.heads
        self.time = Attention(c.width, c.heads, angles(positions, head_width // 2), causal=False, mask=who_sees_whom(c.frames))


class Past:
    """Keys and values of attention over time, [B*N, heads, T, hd] for each block, of which the first `frames` are filled."""

    def __init__(self, blocks, batch, patches, frames):
        t = blocks[0].time
        shape = (len(blocks), 2, batch * patches, t.heads, frames, t.qkv.in_features // t.heads)
        self.arrays, self.frames = t.qkv.weight.new_empty(shape), 0


def extend(block, x, keys, values, M):
    """x [B, F, N, E], the frames that come after M others whose keys and values are known. Writes theirs behind those."""
    B, frames, N, E = x.shape
    end, t, s = M + frames, block.time, block.space
    assert M == 0 or frames == 1, "several frames at once only at the beginning: else a mask would be needed"
    # Over space. `Block.forward` would do too, but choosing a kernel by hand costs a small pass more than it brings.
    qkv = s.qkv(s.norm(x)).view(B * frames, N, 3, s.heads, E // s.heads)
    q, k = rotate(qkv[:, :, :2], s.cos, s.sin).transpose(1, 3).unbind(2)
    y = F.scaled_dot_product_attention(q, k, qkv[:, :, 2].transpose(1, 2))
    x = x + s.output(y.transpose(1, 2).reshape(B, frames, N, E))
    # Over time.
    qkv = t.qkv(t.norm(x)).view(B, frames, N, 3, t.heads, E // t.heads).transpose(1, 2).flatten(0, 1)   # [B*N, F, 3, heads, hd]
    first = M and M + len(t.cos) - keys.shape[2]      # the angles of a training pass are those of the read frames, then of 1 ... T-1
    q, k = rotate(qkv[:, :, :2], t.cos[first:first + frames], t.sin[first:first + frames]).transpose(1, 3).unbind(2)
    keys[:, :, M:end], values[:, :, M:end] = k, qkv[:, :, 2].transpose(1, 2)
    y = F.scaled_dot_product_attention(q, keys[:, :, :end], values[:, :, :end], is_causal=frames > 1)   # [B*N, heads, F, hd]
    x = x + t.output(y.transpose(1, 2).reshape(B, N, frames, E).transpose(1, 2))
    return x + block.feedforward(x)


class Motion(nn.Module):
    """Where does that which stands at a place come from, for each action? Attention with weights that hang on places alone."""

    def __init__(self, c):
        super().__init__()
        self.heads, rows, columns = c.motion_heads, torch.arange(c.side ** 2) // c.side, torch.arange(c.side ** 2) % c.side
        distance = (rows[:, None] - rows) ** 2 + (columns[:, None] - columns) ** 2
        near = (distance * -1.5 / 8).to(torch.get_default_dtype()).flatten()
        self.origins = nn.Parameter(near.repeat(c.actions + 1, c.motion_heads))                # [A+1, H*N*N]
        self.output = nn.Linear(c.width, c.width)

    def forward(self, last, actions):
        """last [B, F, N, E], actions [B, F] -> [B, F, N, E]."""
        B, frames, N, E = last.shape
        maps = (self.origins * 8).view(-1, self.heads, N, N).softmax(-1)[actions]              # [B, F, H, N, N]
        moved = maps @ last.view(B, frames, N, self.heads, -1).transpose(2, 3)
        return self.output(moved.transpose(2, 3).reshape(last.shape))


class Dynamics(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.configuration, self.mask_token = c, c.vocabulary
        self.token_embedding = nn.Embedding(c.vocabulary + 1, c.width)
        self.digit_embedding = nn.Parameter(0.15 * torch.randn(sum(c.levels), c.width))
        code, digits = torch.arange(c.vocabulary), []
        for level in c.levels:      # the first digit changes fastest
            digits.append(F.one_hot(code % level, level))
            code = code // level
        digits = F.pad(torch.cat(digits, dim=1), (0, 0, 0, 1)).to(torch.get_default_dtype())    # the mask token has none
        self.register_buffer("digits", digits, persistent=False)                        # [V+1, sum of levels]
        self.action_embeddings = nn.ModuleList(nn.Embedding(c.actions + 1, c.width) for _ in range(c.blocks))
        self.blocks = nn.ModuleList(TwiceBlock(c) for _ in range(c.blocks))
        self.norm = nn.RMSNorm(c.width, eps=1e-6)
        self.motion = Motion(c)
        if c.expected: self.expectation = nn.Linear(c.expected, c.width)
        self.bias = nn.Parameter(torch.zeros(c.vocabulary))

    def embeddings(self):
        """[V+1, E]: the sum of the vectors of a code's digits, and something of its own."""
        return torch.addmm(self.token_embedding.weight, self.digits, self.digit_embedding)

    def laid_under(self, guessed, last, actions, expected):
        """Guessed frames over the frames before them, moved, and over what is expected [B, F, N, Z or 2Z]."""
        x = guessed + self.motion(last, actions)
        return x if expected is None else x + self.expectation(expected)

    def to_logits(self, x, embeddings):
        return F.linear(self.norm(x) / 4, embeddings[:-1], self.bias)

    def forward(self, read, guessed, actions, expected=None):
        """Training: tokens [B, T-1, N] of frames 1 ... T-1 and 2 ... T, actions [B, T-1] -> logits [M, V] of the masked tokens."""
        B, steps = read.shape[:2]
        embeddings = self.embeddings()
        seen = F.embedding(read, embeddings)
        # What is guessed is laid over the frame before it.
        x = torch.cat((seen, self.laid_under(F.embedding(guessed, embeddings), seen, actions, expected)), dim=1)       # [B, 2(T-1), N, E]
        led = torch.cat((actions.new_full((B, 1), self.configuration.actions), actions[:, :-1], actions), dim=1)
        for block, embedding in zip(self.blocks, self.action_embeddings):
            x = block(x + embedding(led)[:, :, None])
        return self.to_logits(x[:, steps:][guessed == self.mask_token], embeddings)

    def empty_past(self, batch):
        c = self.configuration
        return Past(self.blocks, batch, c.side ** 2, c.frames)

    def extended(self, x, actions, past):
        """x [B, F, N, E] and the actions [B, F] that led there -> [B, F, N, E]. What `past` counts as its frames stays."""
        for block, embedding, (keys, values) in zip(self.blocks, self.action_embeddings, past.arrays):
            x = extend(block, x + embedding(actions)[:, :, None], keys, values, past.frames)
        return x

    def read(self, tokens, actions, past):
        """tokens [B, F, N] and the actions [B, F] that led there."""
        self.extended(F.embedding(tokens, self.embeddings()), actions, past)
        past.frames += tokens.shape[1]

    def logits(self, tokens, actions, past, last, places, expected=None):
        """tokens [B, N] of the frame after `past`, whose last frame had `last` [B, N], actions [B] -> [M, V] at `places` of the B*N."""
        embeddings = self.embeddings()
        x = self.laid_under(F.embedding(tokens, embeddings)[:, None], F.embedding(last, embeddings)[:, None], actions[:, None], expected)
        return self.to_logits(self.extended(x, actions[:, None], past).flatten(0, 2)[places], embeddings)

    def digit_probabilities(self, logits):
        """[M, V] -> for each digit of a code [M, L]."""
        return (logits.softmax(-1) @ self.digits[:-1]).split(list(self.configuration.levels), dim=1)

    def middle(self, logits):
        """[M, V] -> [M, 1]: of each digit of a code the median, the first level at which half of the probability is reached."""
        code, place = 0, 1
        for p in self.digit_probabilities(logits):
            code = code + place * (p.cumsum(1)[:, :-1] < 0.5).sum(1, keepdim=True)
            place *= p.size(1)
        return code

    def sample(self, actions, past, last, codebook, steps=4, temperature=0.0, expected=None):
        """MaskGIT, arXiv 2202.04200, section 3.2: the next frame [B, N] of each of B clips, after `last` [B, N], and what the decoder draws,
        [B, N, Z]: of all codes, whose latents are `codebook` [V, Z], the mean at temperature 0, else those of the tokens."""
        B, N = len(actions), self.configuration.side ** 2
        latents = codebook.new_empty(B * N, codebook.size(1))
        tokens = torch.full((B, N), self.mask_token)
        for k in range(steps):
            places = (tokens.view(-1) == self.mask_token).nonzero().squeeze(1)          # the same number in each clip
            logits = self.logits(tokens, actions, past, last, places, expected)
            if temperature > 0:   # where a uniform number falls: 0.1 ms, torch.multinomial takes 2
                pieces = (logits / temperature).softmax(-1).cumsum(-1)
                drawn = torch.searchsorted(pieces, torch.rand(len(pieces), 1)).clamp_(max=self.mask_token - 1)
            else:
                drawn = self.middle(logits)
            scores = logits.gather(1, drawn).squeeze(1) - logits.logsumexp(-1)
            noise = temperature * (1 - (k + 1) / steps)
            if noise > 0: scores = scores - noise * torch.empty_like(scores).exponential_().log()      # Gumbel's
            masked = 0 if k + 1 == steps else int(N * math.cos(math.pi / 2 * (k + 1) / steps))
            scores, places, drawn = scores.view(B, -1), places.view(B, -1), drawn.view(B, -1)
            best = scores.topk(scores.size(1) - min(scores.size(1), masked), sorted=False).indices
            tokens.view(-1)[places.gather(1, best)] = drawn.gather(1, best)
            if temperature == 0:
                mean = (logits.softmax(-1) @ codebook).view(B, places.size(1), -1)
                latents[places.gather(1, best)] = mean.gather(1, best[:, :, None].expand(-1, -1, mean.size(2)))
        return tokens, latents.view(B, N, -1) if temperature == 0 else F.embedding(tokens, codebook)


class Window:
    """What a model that looks back at no more than `most` frames remembers of a dream without end."""

    def __init__(self, most, past):
        self.most, self.past, self.first = most, past, 0

    def next(self, count):
        """Which frames are still to be read, of `count`. When the memory is full it forgets all and begins at the later half."""
        if count - self.first > self.most: self.past.frames, self.first = 0, count - (self.most + 1) // 2
        return range(self.first + self.past.frames, count)


class Dream:
    """Frames imagined one after the other, as in `play`."""

    def __init__(self, dynamics, tokenizer, tokens, expected=None):
        """tokens [1, N] of the first frame; expected [1, 1, N, Z or 2Z], of every frame the same."""
        self.dynamics, self.tokenizer, self.expected = dynamics, tokenizer, expected
        c, d = tokenizer.configuration, tokenizer.decoder
        self.codebook = tokenizer.quantizer.codes(torch.arange(dynamics.mask_token))                 # [V, Z]
        self.frames, self.led, self.latents = [tokens], [dynamics.configuration.actions], [F.embedding(tokens, self.codebook)]
        self.past = Window(dynamics.configuration.frames - 1, dynamics.empty_past(1))
        self.drawn = Window(c.frames, Past(d.blocks, 1, (c.side // c.patch) ** 2, c.frames))

    @torch.inference_mode()
    def sample(self, action, steps, temperature):
        unread = self.past.next(len(self.frames))
        if unread:
            led = torch.tensor([[self.led[t] for t in unread]])
            if self.past.past.frames == 0: led[:, 0] = self.dynamics.configuration.actions      # in training nobody knew that one
            self.dynamics.read(torch.stack([self.frames[t] for t in unread], dim=1), led, self.past.past)
        return self.dynamics.sample(torch.tensor([action]), self.past.past, self.frames[-1], self.codebook, steps, temperature, self.expected)

    @torch.inference_mode()
    def draw(self, tokens, latents, action):
        """Adds the frame and draws it: [H, W, 3]."""
        self.frames.append(tokens)
        self.latents.append(latents)
        self.led.append(action)
        undrawn, d = self.drawn.next(len(self.frames)), self.tokenizer.decoder
        x, past = d.from_latent(torch.stack([self.latents[t] for t in undrawn], dim=1)), self.drawn.past
        for block, (keys, values) in zip(d.blocks, past.arrays):
            x = extend(block, x, keys, values, past.frames)
        past.frames += len(undrawn)
        return (self.tokenizer.unpatchify(d.to_pixels(d.norm(x[:, -1:])))[0, 0] + 1) / 2

    def step(self, action, steps=4, temperature=0.0):
        return self.draw(*self.sample(action, steps, temperature), action)
