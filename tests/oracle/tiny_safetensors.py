"""A reader and a writer of safetensors for torch, so that the oracle needs nothing but PyTorch."""

import json
import struct

import torch

DTYPES = {
    "F64": torch.float64, "I64": torch.int64, "F32": torch.float32, "I32": torch.int32,
    "F16": torch.float16, "BF16": torch.bfloat16,
}  # fmt: skip


def save_file(tensors, path, metadata=None):
    """Write tensors (name -> tensor) in the order given, the wider element types first; metadata: str -> str."""
    names = {dtype: name for name, dtype in DTYPES.items()}
    header, data = {"__metadata__": metadata or {}}, b""
    for key, tensor in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        whole = tensor.detach().contiguous()
        # NumPy has no bfloat16.
        raw = (whole.view(torch.int16) if tensor.dtype == torch.bfloat16 else whole).numpy().tobytes()
        offsets = [len(data), len(data) + len(raw)]
        header[key] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # aligns the data to 8 bytes
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def load_file(path):
    """The tensors (name -> tensor) and the metadata (str -> str) of a file."""
    with open(path, "rb") as file:
        raw = bytearray(file.read())
    start = 8 + struct.unpack_from("<Q", raw)[0]
    header = json.loads(raw[8:start])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for key, info in header.items():
        begin, end = info["data_offsets"]
        dtype = DTYPES[info["dtype"]]
        tensors[key] = torch.frombuffer(raw[start + begin : start + end], dtype=dtype).reshape(info["shape"])
    return tensors, metadata
