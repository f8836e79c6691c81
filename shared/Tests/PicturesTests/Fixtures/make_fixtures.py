"""Makes the pictures that PNGTests and GIFTests read: pip install pillow numpy; python3 make_fixtures.py

Each NAME.png or NAME.gif has its pixels beside it in NAME.rgb, as Pillow reads them (RGB bytes, transparent parts
over white, the frames of a GIF one after the other). What Pillow cannot write - interlaced and 16-bit color
PNGs, GIFs with every disposal and awkward rectangles - is put together here from the formats' own pieces.
"""
import os, struct, zlib
import numpy as np
from PIL import Image, ImageSequence

os.chdir(os.path.dirname(os.path.abspath(__file__)))
W, H = 21, 13                                       # odd, so that no pass of an interlaced file is full
y, x = np.mgrid[0:H, 0:W]
rgb = np.stack([x * 12, y * 19, (x * 7 + y * 31) % 256], -1).astype(np.uint8)
alpha = ((x + y) * 8 % 256).astype(np.uint8)


def over_white(image):
    rgba = np.asarray(image.convert("RGBA")).astype(int)
    a = rgba[..., 3:]
    return ((rgba[..., :3] * a + 255 * (255 - a) + 127) // 255).astype(np.uint8)


def png(name, image, expected=None, **options):
    image.save(name + ".png", **options)
    (over_white(Image.open(name + ".png")) if expected is None else expected).tofile(name + ".rgb")


def raw_png(name, depth, kind, rows, expected, interlaced=False):
    """rows(y0, dy, x0, dx): the bytes of each line of the picture's pixels y0, y0+dy... and x0, x0+dx..."""
    def chunk(tag, data):
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
    adam7 = [(0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1)]
    lines = b"".join(b"\0" + line for part in (adam7 if interlaced else [(0, 1, 0, 1)]) for line in rows(*part) if line)
    header = struct.pack(">IIBBBBB", W, H, depth, kind, 0, 0, int(interlaced))
    with open(name + ".png", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b""))
    expected.tofile(name + ".rgb")


color = Image.fromarray(rgb)
png("rgb", color)
png("rgba", Image.fromarray(np.dstack([rgb, alpha])))
png("grey", Image.fromarray(rgb[..., 2]))
png("grey-alpha", Image.fromarray(np.dstack([rgb[..., 2], alpha])))
png("one-bit", Image.fromarray(rgb[..., 2]).convert("1"))
png("palette", color.quantize(200))
png("palette-two-bits", color.quantize(4), bits=2)
png("palette-transparent", color.quantize(16), transparency=3)
deep = (rgb[..., 2].astype(np.uint16) * 251 + 77)
png("grey-16", Image.fromarray(deep), np.repeat(((deep + 128.0) // 257)[..., None], 3, -1).astype(np.uint8))

deep = rgb.astype(np.uint16) * 249 + 1234
raw_png("rgb-16", 16, 2, lambda a, b, c, d: [r.astype(">u2").tobytes() for r in deep[a::b, c::d]],
        ((deep + 128.0) // 257).astype(np.uint8))
raw_png("interlaced", 8, 2, lambda a, b, c, d: [r.tobytes() for r in rgb[a::b, c::d]], rgb, interlaced=True)
grey1 = (rgb[..., 2] > 100).astype(np.uint8)
raw_png("interlaced-one-bit", 1, 0, lambda a, b, c, d: [np.packbits(r).tobytes() for r in grey1[a::b, c::d]],
        np.repeat(grey1[..., None] * 255, 3, -1).astype(np.uint8), interlaced=True)
for name in ["interlaced", "interlaced-one-bit"]:   # Pillow reads what we put together as we meant it
    assert np.array_equal(over_white(Image.open(name + ".png")), np.fromfile(name + ".rgb", np.uint8).reshape(H, W, 3))


def lzw(indices, bits):
    """Codes that are never combined: a clear code early enough that their width stays bits + 1."""
    clear, value, n, out = 1 << bits, 0, 0, bytearray()
    codes = []
    for i, index in enumerate(indices):
        if i % ((1 << bits) - 2) == 0:
            codes.append(clear)
        codes.append(int(index))
    for code in codes + [clear + 1]:
        value |= code << n
        n += bits + 1
        while n >= 8:
            out.append(value & 255)
            value >>= 8
            n -= 8
    out.append(value & 255)
    blocks = [bytes(out[i:i + 255]) for i in range(0, len(out), 255)]
    return bytes([bits]) + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0"


def palette(seed):
    colors = np.random.default_rng(seed).integers(0, 256, (16, 3)).astype(np.uint8)
    return colors.tobytes()


def gif(name, frames, size=(18, 12)):
    """frames: dictionaries with box (x, y, w, h), disposal, transparent, local (palette seed), interlaced, delay."""
    out = b"GIF89a" + struct.pack("<HHBBB", *size, 0xF3, 0, 0) + palette(0)
    for k, f in enumerate(frames):
        left, top, w, h = f.get("box", (0, 0) + size)
        transparent = f.get("transparent")
        out += b"\x21\xF9\x04" + struct.pack("<BHBB", f.get("disposal", 1) << 2 | (transparent is not None),
                                             f.get("delay", 7), transparent or 0, 0)
        local = f.get("local")
        out += b"\x2C" + struct.pack("<HHHHB", left, top, w, h, (0x83 if local is not None else 0) | (0x40 if f.get("interlaced") else 0))
        out += palette(local) if local is not None else b""
        yy, xx = np.mgrid[0:h, 0:w]
        indices = (xx // 2 + yy // 3 * 5 + k * 3) % 16
        order = [r for a, b in ((0, 8), (4, 8), (2, 4), (1, 2)) for r in range(a, h, b)] if f.get("interlaced") else range(h)
        out += lzw(indices[list(order)].flatten(), 4)
    open(name + ".gif", "wb").write(out + b"\x3B")
    expect(name)


def expect(name):
    with open(name + ".rgb", "wb") as file:
        for frame in ImageSequence.Iterator(Image.open(name + ".gif")):
            file.write(over_white(frame).tobytes())


part = (5, 3, 9, 7)
gif("still", [{}])
gif("keep", [{}, {"box": part, "disposal": 1}, {"box": (0, 0, 4, 4), "disposal": 0}])
gif("clear", [{"transparent": 2}, {"box": part, "disposal": 2, "transparent": 2}, {"box": (0, 8, 18, 4), "transparent": 2}])
gif("restore", [{"delay": 20}, {"box": part, "disposal": 3, "delay": 4}, {"box": (1, 1, 3, 3), "disposal": 3}, {"box": (9, 9, 2, 2)}])
gif("local", [{"local": 5}, {"box": part, "local": 6}, {"box": (0, 6, 18, 6)}, {"local": 7, "interlaced": True}])
gif("transparent", [{"transparent": 1}, {"transparent": 4}, {"box": part, "transparent": 0, "local": 9}])
gif("interlaced-frames", [{"interlaced": True}, {"box": part, "interlaced": True}, {"box": (3, 3, 1, 9), "interlaced": True}])
gif("partial-first", [{"box": part, "transparent": 15}, {"box": (0, 0, 6, 6), "transparent": 3, "disposal": 2}, {"box": (2, 2, 9, 3), "transparent": 15}])

frames = []                                         # and one as Pillow itself writes and optimizes it
for k in range(4):
    still = rgb.copy()
    still[2:8, 3 * k:3 * k + 6] = (255, 40, 10)
    frames.append(Image.fromarray(still).quantize(64))
frames[0].save("pillow.gif", save_all=True, append_images=frames[1:], duration=[50, 120, 70, 250], loop=0)
expect("pillow")
