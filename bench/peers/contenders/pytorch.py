"""PyTorch: the notebook's lines with exercise 4's manual backward, or with autograd; or the same step in operations that PyTorch has fused, also as a CUDA graph."""

import pathlib
import sys
import time
from typing import List

start = time.time()

import torch
import torch.nn.functional as F

from protocol import serve

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "tests" / "oracle"))
from tiny_safetensors import load_file

variant, device, file = sys.argv[1:]
tensors, metadata = load_file(file)
lr = float(metadata["lr"])
# Of the first network, if there are many.
parameters = [tensors[name][0].to(device) for name in ("C", "W1", "b1", "W2", "b2", "bngain", "bnbias")]
C, W1, b1, W2, b2, bngain, bnbias = parameters
batches = list(zip(*(tensors[name][0].long().to(device) for name in ("Xb", "Yb"))))
n = len(batches[0][1])
rows = torch.arange(n, device=device)


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


def fused_step(parameters: List[torch.Tensor], Xb: torch.Tensor, Yb: torch.Tensor, lr: float):
    """A manual backward in PyTorch's own BatchNorm, tanh and addmm, with biases added and gradients taken off in place."""
    C, W1, b1, W2, b2, bngain, bnbias = parameters
    n = len(Yb)
    # PyTorch's BatchNorm divides by n where the notebook divides by n - 1; the same with another gain and epsilon.
    correction = ((n - 1) / n) ** 0.5
    gain, eps = bngain.view(-1) * correction, 1e-5 * (n - 1) / n
    targets = Yb.view(n, 1)
    characters = Xb.view(-1)
    embcat = torch.embedding(C, characters).view(n, -1)
    hprebn = torch.addmm(b1, embcat, W1)
    h, bnmean, bnvar_inv = torch.native_batch_norm(hprebn, gain, bnbias.view(-1), None, None, True, 0.0, eps)
    h.tanh_()
    logprobs = torch.log_softmax(torch.addmm(b2, h, W2), 1)
    loss = -logprobs.gather(1, targets).mean()
    dlogits = logprobs.exp_()
    dlogits.scatter_add_(1, targets, torch.full((n, 1), -1.0, device=Yb.device)).div_(n)
    dhpreact = torch.ops.aten.tanh_backward(torch.mm(dlogits, W2.t()), h)
    dhprebn, dgain, dbnbias = torch.ops.aten.native_batch_norm_backward(
        dhpreact, hprebn, gain, None, None, bnmean, bnvar_inv, True, eps, [True, True, True]
    )
    dembcat = torch.mm(dhprebn, W1.t())
    W2.addmm_(h.t(), dlogits, alpha=-lr)
    W1.addmm_(embcat.t(), dhprebn, alpha=-lr)
    C.index_add_(0, characters, dembcat.view(-1, C.size(1)), alpha=-lr)
    b2.sub_(dlogits.sum(0), alpha=lr)
    b1.sub_(dhprebn.sum(0), alpha=lr)
    bngain.view(-1).sub_(dgain, alpha=lr * correction)
    bnbias.view(-1).sub_(dbnbias, alpha=lr)
    return loss


def fused():
    # TorchScript saves what Python costs between operations.
    scripted = torch.jit.script(fused_step)
    return lambda Xb, Yb: scripted(parameters, Xb, Yb, lr)


def graph():
    """
    The fused step, captured once over a minibatch of its own, which takes in each step's. As
    https://pytorch.org/docs/stable/notes/cuda.html#cuda-graphs has it: first some steps on a stream beside the usual one. They change the
    parameters, which are put back; capturing only records.
    """
    Xb, Yb = (t.clone() for t in batches[0])
    kept = [p.clone() for p in parameters]
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            fused_step(parameters, Xb, Yb, lr)
    torch.cuda.current_stream().wait_stream(aside)
    recorded = torch.cuda.CUDAGraph()
    with torch.cuda.graph(recorded):
        loss = fused_step(parameters, Xb, Yb, lr)
    for p, k in zip(parameters, kept):
        p.copy_(k)

    def replay(X, Y):
        Xb.copy_(X)
        Yb.copy_(Y)
        recorded.replay()
        return loss

    return replay


step = {"manual": lambda: manual, "autograd": lambda: autograd, "fused": fused, "graph": graph}[variant]()
for p in parameters:
    p.requires_grad_(variant == "autograd")
serve(start, lambda i: step(*batches[i % len(batches)]), device)
