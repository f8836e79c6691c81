"""make_goldens.py - what does the `transformers` library say that a published DINOv2 sees?

Writes beside this script:
    base/, registers/, swiglu/   three small random models in Hugging Face's layout, under the names of the published files. base is like dinov2-small,
                                 registers like dinov2-with-registers-small (another epsilon, other widths), swiglu like dinov2-giant, in F16
    features.safetensors         their features, stage by stage, for pictures of the native size, smaller, larger and not square; and resized grids

    pip install torch numpy safetensors transformers
    python make_goldens.py

Every parameter is drawn at random: the library's own start has zero biases, norms and layer scales of 1, and a loader that lost them would pass.
Residual streams of base are made tiny, so that the epsilon of its norms shows. Pixels are made by a formula, `pixels` below and in the tests.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3] / "shared" / "benchmarks"))
from goldens import write

out = {}


def pixels(height, width):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * x * 7 + y * 13 + x * y * 3 + c * 57) % 255 / 127.5 - 1).astype(np.float32)


def published(name):
    """The names in the published files; newer versions of the library hold their modules under others."""
    for old, new in [(".attention.q_proj.", ".attention.attention.query."), (".attention.k_proj.", ".attention.attention.key."),
                     (".attention.v_proj.", ".attention.attention.value."), (".attention.o_proj.", ".attention.output.dense.")]:
        name = name.replace(old, new)
    return name


def model(name, config, kind, scale, dtype, sizes):
    torch.manual_seed(7)
    config._attn_implementation = "eager"
    net = kind(config).eval()
    with torch.no_grad():
        for key, p in net.named_parameters():
            if "lambda1" in key:
                p.copy_(torch.rand_like(p) * 0.9 + 0.1)
            elif "norm" in key:
                p.copy_(torch.randn_like(p) * 0.2 + (1 if key.endswith("weight") else 0))
            elif p.dim() == 2 and "mask" not in key:
                p.copy_(torch.randn_like(p) * 1.2 / p.shape[1] ** 0.5)
            elif "projection.weight" in key:
                p.copy_(torch.randn_like(p) * 0.05)
            else:
                p.copy_(torch.randn_like(p) * 0.3)
            if key.startswith("embeddings") or "lambda1" in key:
                p.mul_(scale)
            p.copy_(p.to(dtype))
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    config.save_pretrained(folder)
    state = {}
    for key, tensor in net.state_dict().items():
        key = published(key)
        if ".gate_proj." in key:
            up = net.state_dict()[[k for k in net.state_dict() if published(k) == key.replace("gate_proj", "up_proj")][0]]
            state[key.replace("gate_proj", "weights_in")] = torch.cat([tensor, up]).to(dtype)
        elif ".up_proj." in key:
            continue
        else:
            state[key.replace("down_proj", "weights_out")] = tensor.to(dtype).contiguous()
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    print(name, sum(p.numel() for p in net.parameters()), sorted(state)[:12], json.loads((folder / "config.json").read_text()))

    for height, width in sizes:
        picture = torch.tensor(pixels(height, width)).permute(2, 0, 1)[None]
        with torch.no_grad():
            result = net(picture, output_hidden_states=True)
            embedded = net.embeddings(picture)
        key = f"{name}.{height}x{width}"
        out[f"{key}.embedded"] = embedded[0]
        out[f"{key}.block0"] = result.hidden_states[1][0]
        out[f"{key}.features"] = result.last_hidden_state[0]
        print(key, result.last_hidden_state.shape, float(result.last_hidden_state.std()))


SIZES = [(70, 70), (56, 56), (98, 98), (56, 84), (28, 14), (14, 350)]
small = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, mlp_ratio=4, image_size=70, patch_size=14)
model("base", Dinov2Config(**small), Dinov2Model, 3e-3, torch.float32, SIZES)
model("registers", Dinov2WithRegistersConfig(**small | dict(hidden_size=32, num_attention_heads=2, layer_norm_eps=1e-2, num_register_tokens=3)),
      Dinov2WithRegistersModel, 1, torch.float32, SIZES)
model("swiglu", Dinov2Config(**small | dict(num_hidden_layers=1, use_swiglu_ffn=True)), Dinov2Model, 1, torch.float16, SIZES[:2])

grid = torch.randn(1, 3, 5, 5)
out["grid"] = grid[0].permute(1, 2, 0)
for height, width in [(4, 4), (7, 7), (4, 6), (2, 3), (11, 3)]:  # not one column: there PyTorch 2.15 gives all rows the same
    for antialias in (False, True):
        new = F.interpolate(grid, size=(height, width), mode="bicubic", align_corners=False, antialias=antialias)
        out[f"grid.{height}x{width}.{antialias}"] = new[0].permute(1, 2, 0)
write(HERE / "features.safetensors", out)
