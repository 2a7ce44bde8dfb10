"""PyTorch eager on one thread: exercise 4's manual backward, or autograd."""

import os
import pathlib
import sys
import time

start = time.time()
os.environ["OMP_NUM_THREADS"] = "1"

import torch
import torch.nn.functional as F

from protocol import processor, serve

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "tests" / "oracle"))
from tiny_safetensors import load_file

torch.set_num_threads(1)
variant, file = sys.argv[1:]
tensors, metadata = load_file(file)
lr = float(metadata["lr"])
# Of the first network, if there are many.
parameters = [tensors[name][0] for name in ("C", "W1", "b1", "W2", "b2", "bngain", "bnbias")]
C, W1, b1, W2, b2, bngain, bnbias = parameters
batches = list(zip(tensors["Xb"][0].long(), tensors["Yb"][0].long()))
n = len(batches[0][1])
rows = torch.arange(n)


def forward(Xb, Yb):
    emb = C[Xb]
    embcat = emb.view(n, -1)
    hprebn = embcat @ W1 + b1
    bnmean = hprebn.mean(0, keepdim=True)
    bnvar = hprebn.var(0, keepdim=True, unbiased=True)
    bnvar_inv = (bnvar + 1e-5) ** -0.5
    bnraw = (hprebn - bnmean) * bnvar_inv
    hpreact = bngain * bnraw + bnbias
    h = torch.tanh(hpreact)
    logits = h @ W2 + b2
    return embcat, bnvar_inv, bnraw, h, logits, F.cross_entropy(logits, Yb)


def manual(Xb, Yb):
    with torch.no_grad():
        embcat, bnvar_inv, bnraw, h, logits, loss = forward(Xb, Yb)
        dlogits = F.softmax(logits, 1)
        dlogits[rows, Yb] -= 1
        dlogits /= n
        dh = dlogits @ W2.T
        dW2 = h.T @ dlogits
        db2 = dlogits.sum(0)
        dhpreact = (1.0 - h**2) * dh
        dbngain = (bnraw * dhpreact).sum(0, keepdim=True)
        dbnbias = dhpreact.sum(0, keepdim=True)
        dhprebn = bngain * bnvar_inv / n * (n * dhpreact - dbnbias - n / (n - 1) * bnraw * dbngain)
        dembcat = dhprebn @ W1.T
        dW1 = embcat.T @ dhprebn
        db1 = dhprebn.sum(0)
        # The notebook adds row by row in Python; this is the fast way to say it.
        dC = torch.zeros_like(C).index_add_(0, Xb.view(-1), dembcat.view(-1, C.shape[1]))
        for p, g in zip(parameters, (dC, dW1, db1, dW2, db2, dbngain, dbnbias)):
            p.sub_(g, alpha=lr)
    return loss


def autograd(Xb, Yb):
    loss = forward(Xb, Yb)[-1]
    for p in parameters:
        p.grad = None
    loss.backward()
    with torch.no_grad():
        for p in parameters:
            p.sub_(p.grad, alpha=lr)
    return loss


step = {"manual": manual, "autograd": autograd}[variant]
for p in parameters:
    p.requires_grad_(variant == "autograd")
serve(start, lambda i: step(*batches[i % len(batches)]), processor(1))
