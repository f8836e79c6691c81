"""make_goldens.py - what does PyTorch say that the dynamics model does, in training and in use?

Writes masked-dynamics, written-dynamics and told-dynamics.safetensors beside this script. Computed in 64 bits, stored in 32; inputs are exact in 32 bits.

    pip install torch numpy safetensors
    python make_goldens.py

`weights.*` and `gradients.*` (of the cross-entropy) under the keys of a checkpoint. A training pass of 2 clips of 4 frames of 4
tokens: `read`, `guessed`, `actions`, `targets` and what comes of them, `logits`, `loss`. And `next.logits` of the masked tokens of
the first clip's last frame, after its first three were read one by one.

The second file is the same pass in raster order: each place of a guessed frame is shown the token before it, hears no place behind
it, and is asked. The third is that with a row of `words` above each of the 4 frames.
"""

import sys
from pathlib import Path

import torch

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[3] / "shared" / "benchmarks"))
from dynamics_reference import Configuration, Dynamics
from goldens import exact, write
from tokenizer_reference import rotate, space_angles

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
c = Configuration(side=2, levels=(4, 3), frames=4, actions=3, width=16, heads=2, hidden=24, blocks=2)
B, T, N = 2, c.frames, c.side ** 2

model = Dynamics(c)
with torch.no_grad():
    for name, p in model.named_parameters():
        if "norm" in name: p.add_(0.2 * torch.randn_like(p))     # not all ones, or a forgotten weight would not show
        if name == "bias": p.copy_(torch.randn_like(p))
        p.copy_(exact(p))

read, actions = torch.randint(c.vocabulary, (B, T - 1, N)), torch.randint(c.actions, (B, T - 1))
masks = torch.rand(B, T - 1, N) < 0.6
masks[:, :, 0] = True                                            # at least one in each frame
targets = torch.randint(c.vocabulary, (B, T - 1, N))
guessed = targets.masked_fill(masks, model.mask_token)

logits = model(read, guessed, actions)
loss = torch.nn.functional.cross_entropy(logits, targets[masks])
loss.backward()

with torch.inference_mode():
    past = model.empty_past(1)
    model.read(read[:1, :1], torch.tensor([[c.actions]]), past)  # nothing led to the first frame
    for t in (1, 2): model.read(read[:1, t:t + 1], actions[:1, t - 1:t], past)
    known = guessed[:1, T - 2]
    places = (known.view(-1) == model.mask_token).nonzero().squeeze(1)
    after = model.logits(known, actions[:1, T - 2], past, read[:1, -1], places)
    of_training = logits[masks[0, :T - 2].sum():masks[0].sum()]
    assert torch.allclose(after, of_training, atol=1e-12), "frame by frame is not what training computes"
    whole = model.empty_past(1)
    model.read(read[:1, :3], torch.cat((torch.tensor([[c.actions]]), actions[:1, :2]), dim=1), whole)
    assert torch.allclose(model.logits(known, actions[:1, T - 2], whole, read[:1, -1], places), after, atol=1e-12)

tensors = {f"weights.{name}": p for name, p in model.named_parameters()}
tensors |= {f"gradients.{name}": p.grad for name, p in model.named_parameters()}
tensors |= dict(read=read, guessed=guessed, actions=actions, targets=targets[masks], logits=logits, loss=loss.view(1))
tensors["next.logits"] = after
write(here / "masked-dynamics.safetensors", tensors)
print(f"loss {loss:.5f} of {len(logits)} masked tokens, smallest gradient {min(p.grad.abs().max() for p in model.parameters()):.1e}")


def one_after_the_other(block):
    """Attention over space for a training pass [B*2(T-1), N, E] in raster order: frames that are read hear all of themselves."""
    s = block.space

    def attend(x):
        S, L, E = x.shape
        qkv = s.qkv(s.norm(x)).view(S, L, 3, s.heads, E // s.heads)
        q, k = rotate(qkv[:, :, :2], s.cos, s.sin).transpose(1, 3).unbind(2)
        is_read = (torch.arange(S) % (2 * (T - 1)) < T - 1)[:, None, None, None]
        sees = is_read | torch.ones(L, L, dtype=torch.bool).tril()
        y = torch.nn.functional.scaled_dot_product_attention(q, k, qkv[:, :, 2].transpose(1, 2), attn_mask=sees)
        return s.output(y.transpose(1, 2).reshape(S, L, E))
    return attend


for block in model.blocks: block.space.forward = one_after_the_other(block)
shown = torch.cat((torch.full((B, T - 1, 1), model.mask_token), targets[:, :, :-1]), dim=2)


def written(name, above=None, **more):
    """One pass; `above` [B, 2(T-1), W, E] stands above the places."""
    model.zero_grad()
    embeddings = model.embeddings()
    seen = embeddings[read]
    x = torch.cat((seen, model.laid_under(embeddings[shown], seen, actions, None)), dim=1)
    if above is not None: x = torch.cat((above, x), dim=2)
    led = torch.cat((actions.new_full((B, 1), c.actions), actions[:, :-1], actions), dim=1)
    for block, embedding in zip(model.blocks, model.action_embeddings): x = block(x + embedding(led)[:, :, None])
    logits = model.to_logits(x[:, T - 1:, -N:].flatten(0, 2), embeddings)
    loss = torch.nn.functional.cross_entropy(logits, targets.flatten())
    loss.backward()
    parameters = dict(model.named_parameters()) | more.pop("parameters", {})
    tensors = {f"weights.{name}": p for name, p in parameters.items()}
    tensors |= {f"gradients.{name}": p.grad for name, p in parameters.items()}
    tensors |= dict(read=read, guessed=shown, actions=actions, targets=targets.flatten(), logits=logits, loss=loss.view(1)) | more
    write(here / f"{name}-dynamics.safetensors", tensors)
    print(f"{name}: loss {loss:.5f} of {len(logits)} tokens, one after the other")


written("written")
table, words = exact(0.3 * torch.randn(5, c.width)).requires_grad_(), torch.randint(5, (B, T, c.side))
angles = space_angles(c.side + 1, c.side, c.width // c.heads)
for block in model.blocks: block.space.cos, block.space.sin = angles.cos()[:, None, None], angles.sin()[:, None, None]
said = table[words]
written("told", torch.cat((said[:, :-1], said[:, 1:]), dim=1), parameters={"word_embedding.weight": table}, words=words)
