"""make_goldens.py - what do Pillow and the `transformers` library say that a published CLIP does?

Writes beside this script:
    base/, large/         two random models in Hugging Face's layout: shaped like ViT-B/32 (F32, quick_gelu, and the end token 2 of
                          the first configurations) and like ViT-L/14 (F16, gelu, towers of different widths). Both with a small
                          byte-pair vocabulary, trained here on the sentences below
    models.safetensors    their logits_per_image and embeddings, computed in 64 bits
    tokens.json           several hundred texts and their ids
    resize.safetensors    pictures that Pillow resized and cropped

    pip install torch numpy safetensors pillow transformers
    python make_goldens.py

Pictures are made by a formula, `picture` below and in Samples.swift, so that none need be stored.
"""

import json
import random
import shutil
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3] / "shared" / "benchmarks"))
from goldens import write

random.seed(5)

# --- a small vocabulary ---

SENTENCES = """
a red Kong dog toy centered in the frame. an empty kitchen floor with no toy. the robot turns left, the toy moves right.
a photo of a kitchen with wooden cabinets, a steel oven and a marbled floor. there's a toy near the wall; it's far away, isn't it?
the dog can't find its toy. we'll look again, and they're waiting: "where is it?" he'd have seen 12 toys in 2024, at 10:45.
naïve café, crème brûlée, Ångström, fünf Äpfel, mañana, garçon. кошка на кухне. 台所の床に赤いおもちゃ。 le jouet rouge est là.
a red ball, a red cone, a blue cone, a green toy, a toy in the center, the center of the frame, floor, floors, flooring.
🙂🙂 👍 👍🏽 😀 😀 👩‍👩‍👧 🇩🇪 ❤️ toys!!! toys... toys??? ==== ---- (a) [b] {c} <d> #toy @home 100% $5 a/b c\\d e_f
"""

BYTES = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
OTHERS = [b for b in range(256) if b not in BYTES]
SYMBOL = {b: chr(b) for b in BYTES} | {b: chr(256 + i) for i, b in enumerate(OTHERS)}


def train(words, count):
    """The `count` commonest merges; ties go to the pair that sorts first."""
    words = {tuple(SYMBOL[b] for b in w[:-1]) + (SYMBOL[w[-1]] + "</w>",): n for w, n in words.items()}
    merges = []
    while len(merges) < count:
        pairs = Counter()
        for word, n in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        new = Counter()
        for word, n in words.items():
            parts, i = [], 0
            while i < len(word):
                both = word[i:i + 2] == best
                parts.append("".join(best) if both else word[i])
                i += 2 if both else 1
            new[tuple(parts)] += n
        words = new
    return merges


words = Counter(w.encode() for w in SENTENCES.lower().replace(",", " ,").replace(".", " .").split())
merges = train(words, 250)
# In the order of the published vocabulary: bytes, bytes that end a word, merges, the two special tokens.
symbols = [SYMBOL[b] for b in BYTES + OTHERS]
tokens = symbols + [s + "</w>" for s in symbols] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
assert len(set(tokens)) == len(tokens)


def write_vocabulary(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(m) for m in merges) + "\n")


for name in ("base", "large"):
    write_vocabulary(HERE / name)
tokenizer = CLIPTokenizer(str(HERE / "base/vocab.json"), str(HERE / "base/merges.txt"))

# --- texts ---

texts = [s.strip() for s in SENTENCES.strip().split("\n")] + SENTENCES.split() + [
    "", " ", "\n\t ", "a", "A", "toy", "TOY", "Toy's", "TOY'S", "don't DON'T", "we've we'll we'd they're I'm it's", "'",
    "''", "'s", "'S", "''s", "a's's", "'tis", "rock 'n' roll", "o'clock", "’s", "it’s", "'lla", "x'mas", "!'s", "!!'re",
    "a 's", "'sam", "'ve've", "1's", "0", "12", "1234567890", "3.14", "1,000", "½ ² ³ ①", "Ⅷ", "٣٤", "१२३", "a1b2",
    "1st 2nd", "10:45", "二〇二四", "a  b", "a\tb", "a\nb", "a\r\nb", "\u00a0a\u00a0b", "a\u2003b", "a\u3000b", "a\u200bb",
    "a\u2028b", "a\u0085b", "\ufeffa", "a\u00adb", "a\x00b", "a\x1cb", "\x7f", "é", "e\u0301", "É", "E\u0301", "Å", "\u212b",
    "ﬁ", "ß", "ẞ", "İ", "ı", "I\u0307", "Σ", "ΟΔΟΣ", "ΟΔΟΣ ΟΔΟΣ", "ǆ ǅ Ǆ", "ﬀ", "Ａｂｃ", "\u1e9b\u0323", "한국어",
    "\u1112\u1161\u11ab", "a\u0301\u0323", "q\u0307\u0323", "नमस्ते", "สวัสดี", "שלום", "مرحبا", "日本語", "中文字符", "ｶﾀｶﾅ",
    "ᏣᎳᎩ ꮳ", "𝔘𝔫𝔦", "𐐀𐐨", "ⓐⒶ", "🙂", "🙂🙂", "🙂 🙂", "👍🏽", "👩‍👩‍👧", "🇩🇪", "❤️", "❤", "1️⃣", "toy🙂", "🙂toy", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☃",
    "\U0001f9ff", "a🙂1", "!", "!!!", "...", "…", "—", "a-b", "a_b", "a/b", "e=mc²", "$5", "100%", "#toy", "@home", "(a)",
    "[[a]]", "<b>", "<|", "|>", "a|b", "\\", "\"a\"", "«a»", "¿qué?", "`~^", "€5", "°C", "<|startoftext|>", "<|endoftext|>",
    "a <|endoftext|> b", "a<|endoftext|>b", "<|EndOfText|>", "<|ENDOFTEXT|>!!", "!<|ENDOFTEXT|>",
    "<|endoftext|><|endoftext|>", "x<|startoftext|>y", "<|endoftext", "endoftext|>", "<<|endoftext|>>",
    "<|endoftext|>\u0338", "<|STARTOFTEXT|>'s", "<|Startoftext|>a", "< |endoftext|>", "a" * 100, "toy " * 74, "toy " * 75,
    "toy " * 76, "toy " * 200, "🙂" * 40, "1" * 80, "!" * 500, "a b " * 37 + "a", "x <|endoftext|> " * 60, "é" * 90, "aaa",
    "aaaa", "aaaaa", "ababab", "===", "=====", "www.example.com/a?b=c&d=e", "C:\\temp\\file.txt", "don`t", "naïve CAFÉ",
    "Crème Brûlée", "the quick brown fox jumps over the lazy dog", "A RED KONG DOG TOY",
]
alphabet = list("abctoyredKONG  '’.,!?-0123") + ["'s", "'ll", "é", "e\u0301", "Ä", "ß", "🙂", "👍🏽",
                                                          "\u200d", "\ufe0f", "\n", "\t", "\u00a0", "中", "の", "К", "ш", "١", "½", "_", "<|endoftext|>", "<|", "İ", "Σ"]
texts += ["".join(random.choice(alphabet) for _ in range(random.randint(1, 24))) for _ in range(250)]
texts = list(dict.fromkeys(texts))
ids = tokenizer(texts, truncation=True, max_length=77)["input_ids"]
lines = ",\n".join(json.dumps([t, i], separators=(",", ":")) for t, i in zip(texts, ids))
(HERE / "tokens.json").write_text("[\n" + lines + "\n]\n")
print(f"{len(texts)} texts, {len(tokens)} tokens")

# --- pictures ---


def picture(width, height, seed):
    """Sharp and soft places, all byte values; whole numbers only."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    soft = (x * (c + 2) * 3 + y * (5 - c) * 2 + seed * 31) % 256
    sharp = (x * x * 7 + y * 13 + x * y * 3 + c * 57 + seed * 101) % 256
    return np.where((x // 8 + y // 8 + seed) % 3 == 0, sharp, soft).astype(np.uint8)


def square(image, size):
    """The processor's resize and crop. Two calls of Pillow: rows first, as every version did when the models were trained. From
    version 13 on, one call begins with the columns where the height shrinks more than the width, be it by rounding."""
    w, h = image.size
    width, height = int(size * w / min(w, h)), int(size * h / min(w, h))
    image = image.resize((width, h), Image.Resampling.BICUBIC).resize((width, height), Image.Resampling.BICUBIC)
    crop = CLIPImageProcessorPil(crop_size={"height": size, "width": size})
    return crop(image, do_resize=False, do_normalize=False, do_rescale=False, return_tensors="np")["pixel_values"][0]


def pixels(images, size):
    """[B,3,S,S] as the library gives them to a model."""
    squares = [Image.fromarray(square(i, size).transpose(1, 2, 0)) for i in images]
    processor = CLIPImageProcessorPil(size={"shortest_edge": size}, crop_size={"height": size, "width": size})
    return processor(squares, return_tensors="pt")["pixel_values"]


sizes = [(64, 64, 32), (64, 64, 42), (33, 32, 32), (32, 32, 32), (20, 20, 32), (1, 1, 32), (3, 50, 32), (200, 7, 32),
         (97, 61, 42), (31, 90, 30), (640, 480, 56), (1000, 20, 16)]
resized = {f"{w}x{h} {size}": torch.tensor(square(Image.fromarray(picture(w, h, n)), size).transpose(1, 2, 0))
           for n, (w, h, size) in enumerate(sizes)}
resized["normalized"] = pixels([Image.fromarray(picture(8, 8, 1))], 8)[0]
write(HERE / "resize.safetensors", resized)

# --- models ---

PROMPTS = ["a red Kong dog toy centered in the frame", "an empty kitchen floor with no toy", "",
           "Toys!!! 🙂 in 2024", "toy " * 100, "a <|endoftext|> b"]
SIZES = [(64, 64), (50, 80), (120, 33), (9, 9)]


def model(name, dtype, text, vision, projection, scale):
    torch.manual_seed(7)
    text |= dict(vocab_size=len(tokens), bos_token_id=len(tokens) - 2, pad_token_id=len(tokens) - 1)
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=projection)
    net = CLIPModel(config).eval()
    with torch.no_grad():
        # The library's own start has zero biases, unit norms and tiny embeddings: mistakes would not show.
        for key, p in net.named_parameters():
            if key == "logit_scale":
                p.fill_(float(np.log(scale)))
            elif "norm" in key or "layrnorm" in key:
                p.copy_(torch.randn_like(p) * 0.3 + (1 if key.endswith("weight") else 0))
            elif p.dim() == 1 or "embedding" in key:
                p.copy_(torch.randn_like(p) * (0.1 if "patch" in key else 0.5))
            else:
                p.copy_(torch.randn_like(p) * 1.2 / p.shape[-1] ** 0.5)
            p.copy_(p.to(dtype))
    folder = HERE / name
    config.save_pretrained(folder)
    state = {key: t.to(dtype).contiguous() for key, t in net.state_dict().items()}
    # The first published files hold this too; it is not a weight.
    state["text_model.embeddings.position_ids"] = torch.arange(77)[None]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})

    net = net.double()
    pictures = pixels([Image.fromarray(picture(w, h, i)) for i, (w, h) in enumerate(SIZES)], vision["image_size"])
    inputs = tokenizer(PROMPTS, padding=True, truncation=True, max_length=77, return_tensors="pt")
    with torch.no_grad():
        out = net(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], pixel_values=pictures.double())
    print(name, sum(p.numel() for p in net.parameters()), "weights; logits\n", out.logits_per_image)
    return {f"{name}.logits": out.logits_per_image, f"{name}.images": out.image_embeds, f"{name}.texts": out.text_embeds}


expected = model(
    "base", torch.float32, scale=100, projection=24,
    text=dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, hidden_act="quick_gelu",
              eos_token_id=2),
    vision=dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, hidden_act="quick_gelu",
                image_size=32, patch_size=8))
expected |= model(
    "large", torch.float16, scale=100, projection=32,
    text=dict(hidden_size=32, intermediate_size=96, num_hidden_layers=2, num_attention_heads=2, hidden_act="gelu",
              eos_token_id=len(tokens) - 1, layer_norm_eps=1e-4),
    vision=dict(hidden_size=48, intermediate_size=96, num_hidden_layers=2, num_attention_heads=3, hidden_act="gelu",
                image_size=42, patch_size=14, layer_norm_eps=1e-4))
write(HERE / "models.safetensors", expected)
