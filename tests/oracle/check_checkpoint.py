"""Show that PyTorch can use a checkpoint: list its tensors and run the network once, on the context of all zeros.

    python3 tests/oracle/check_checkpoint.py FILE

A checkpoint holds C W1 b1 W2 b2 bngain bnbias and the statistics bnmean, bnvar that stand for the batch's own.
"""

import sys

import torch
from tiny_safetensors import load_file


def logits_of(Xb, C, W1, b1, W2, b2, bngain, bnbias, bnmean, bnvar):
    """The logits (N,V) of the contexts Xb (N,T), as the notebook infers them."""
    emb = C[Xb]
    embcat = emb.view(emb.shape[0], -1)
    hprebn = embcat @ W1 + b1
    bnraw = (hprebn - bnmean) * (bnvar + 1e-5) ** -0.5
    hpreact = bngain * bnraw + bnbias
    h = torch.tanh(hpreact)
    return h @ W2 + b2


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check_checkpoint.py FILE")
    tensors, metadata = load_file(sys.argv[1])
    for name, tensor in tensors.items():
        print(f"{name:8s} {str(tuple(tensor.shape)):10s} {tensor.dtype}  sum {tensor.double().sum().item():.9g}")
    print("metadata", ", ".join(metadata) or "none")
    names = ["C", "W1", "b1", "W2", "b2", "bngain", "bnbias", "bnmean", "bnvar"]
    missing = [name for name in names if name not in tensors]
    if missing:
        sys.exit(f"{sys.argv[1]} has no {', '.join(missing)}; a checkpoint holds {', '.join(names)}")
    block_size = tensors["W1"].shape[0] // tensors["C"].shape[1]
    logits = logits_of(torch.zeros((1, block_size), dtype=torch.int64), *(tensors[name] for name in names))
    print(f"logits   {tuple(logits.shape)}  sum {logits.double().sum().item():.9g}")


if __name__ == "__main__":
    main()
