"""Writes python.safetensors with Python's own package: one tensor of each kind that SafeTensorsTests reads.

    pip install 'safetensors>=0.8' numpy
    python make_fixtures.py
"""
from pathlib import Path

import numpy as np
from safetensors import TensorSpec, serialize_file

numbers = np.array([[-2.5, 0.0, 1.0], [0.375, 65504.0, -6.103515625e-05]], dtype=np.float32)
tensors = {
    "f64": ("float64", numbers.astype(np.float64)),
    "f32": ("float32", numbers),
    "f16": ("float16", numbers.astype(np.float16)),
    # NumPy has no bfloat16: the upper half of each float32.
    "bf16": ("bfloat16", (numbers.view(np.uint32) >> 16).astype(np.uint16)),
    "i64": ("int64", np.array([-(2**62), -1, 0, 2**62], dtype=np.int64)),
    "i32": ("int32", np.array([[-(2**31)], [2**31 - 1]], dtype=np.int32)),
    "u8": ("uint8", np.arange(256, dtype=np.uint8).reshape(2, 2, 64)),
    "scalar": ("float32", np.array(3.25, dtype=np.float32)),
    "empty": ("float32", np.zeros((0, 4), dtype=np.float32)),
}
serialize_file(
    {name: TensorSpec(dtype=dtype, shape=list(array.shape), data_ptr=array.ctypes.data, data_len=array.nbytes)
     for name, (dtype, array) in tensors.items()},
    str(Path(__file__).with_name("python.safetensors")),
    metadata={"source": "python", "quote\"": "ä ☃ \\ / \n"},
)
