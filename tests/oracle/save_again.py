"""Save a checkpoint again as PyTorch's users do, and evaluate it in PyTorch.

    python3 tests/oracle/save_again.py CHECKPOINT WORDS FOLDER

Writes into FOLDER the weights without metadata in four types (F32.safetensors, F64, F16, BF16), without BatchNorm's statistics
(bare.safetensors), and with torch.save (new.pt, and old.pt as before PyTorch 1.6). Prints, as JSON, the dev loss under the statistics of
the whole training set.
"""

import json
import pathlib
import random
import sys

import torch
import torch.nn.functional as F
from check_checkpoint import logits_of
from tiny_safetensors import DTYPES, load_file, save_file

STATISTICS = ["bnmean", "bnvar"]


def split(words, block_size):
    """The notebook's (X, Y) of the training words and of the dev words."""
    chars = sorted(list(set("".join(words))))
    stoi = {s: i + 1 for i, s in enumerate(chars)}
    stoi["."] = 0
    random.seed(42)
    random.shuffle(words)
    ends = [0, int(0.8 * len(words)), int(0.9 * len(words))]
    for part in (words[a:b] for a, b in zip(ends, ends[1:])):
        X, Y = [], []
        for w in part:
            context = [0] * block_size
            for ch in w + ".":
                X.append(context)
                Y.append(stoi[ch])
                context = context[1:] + [stoi[ch]]
        yield torch.tensor(X), torch.tensor(Y)


def main():
    checkpoint, list_of_words, folder = sys.argv[1:]
    tensors, _ = load_file(checkpoint)
    parameters = {name: t for name, t in tensors.items() if name not in STATISTICS}
    into = pathlib.Path(folder)
    for name in ("F32", "F64", "F16", "BF16"):
        save_file({key: t.to(DTYPES[name]) for key, t in tensors.items()}, into / f"{name}.safetensors")
    save_file(parameters, into / "bare.safetensors")
    torch.save(tensors, into / "new.pt")
    torch.save(tensors, into / "old.pt", _use_new_zipfile_serialization=False)

    p = {name: t.double() for name, t in parameters.items()}
    block_size = p["W1"].shape[0] // p["C"].shape[1]
    words = pathlib.Path(list_of_words).read_text(encoding="utf-8").splitlines()
    (Xtr, _), (Xdev, Ydev) = split(words, block_size)
    hprebn = p["C"][Xtr].view(Xtr.shape[0], -1) @ p["W1"] + p["b1"]
    bnmean, bnvar = hprebn.mean(0, keepdim=True), hprebn.var(0, keepdim=True, unbiased=True)
    order = ["C", "W1", "b1", "W2", "b2", "bngain", "bnbias"]
    logits = logits_of(Xdev, *(p[name] for name in order), bnmean, bnvar)
    print(json.dumps({"dev": F.cross_entropy(logits, Ydev).item()}))


if __name__ == "__main__":
    main()
