"""
PyTorch eager with all networks side by side: as batched tensors with exercise 4's manual backward, or one network's loss under functorch's grad
and vmap. Tensors have a leading axis of networks.
"""

import pathlib
import sys
import time

start = time.time()

import torch
import torch.nn.functional as F

from protocol import serve

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "tests" / "oracle"))
from tiny_safetensors import load_file

variant, file = sys.argv[1:]
tensors, metadata = load_file(file)
lr = float(metadata["lr"])
parameters = [tensors[name] for name in ("C", "W1", "b1", "W2", "b2", "bngain", "bnbias")]
C, W1, b1, W2, b2, bngain, bnbias = parameters
Xb, Yb = tensors["Xb"].long().transpose(0, 1), tensors["Yb"].long().transpose(0, 1)  # (S, M, n, T), (S, M, n)
S, M, n, T = Xb.shape
V, E = C.shape[1:]


def batched():
    """baddbmm adds biases, and takes the weights' gradients off them in place."""
    vectors = [p.view(M, 1, -1) for p in (b1, b2, bngain, bnbias)]
    b1_, b2_, bngain_, bnbias_ = vectors
    Call = C.view(M * V, E)
    # Every network's characters in one list of rows.
    rows = (Xb + V * torch.arange(M).view(M, 1, 1)).reshape(S, -1)
    targets = Yb.reshape(S, M, n, 1)
    minus = torch.full((M, n, 1), -1.0)

    @torch.no_grad()
    def step(i):
        X, Y = rows[i % S], targets[i % S]
        embcat = Call.index_select(0, X).view(M, n, T * E)
        hprebn = torch.baddbmm(b1_, embcat, W1)
        bndiff = hprebn.sub_(hprebn.mean(1, keepdim=True))
        bnvar = (bndiff * bndiff).sum(1, keepdim=True) / (n - 1)
        bnvar_inv = (bnvar + 1e-5).rsqrt_()
        bnraw = bndiff.mul_(bnvar_inv)
        h = torch.addcmul(bnbias_, bngain_, bnraw).tanh_()
        logprobs = F.log_softmax(torch.baddbmm(b2_, h, W2), 2)
        loss = -logprobs.gather(2, Y).mean(1)
        dlogits = logprobs.exp_().scatter_add_(2, Y, minus).div_(n)
        dh = torch.bmm(dlogits, W2.transpose(1, 2))
        dhpreact = (1.0 - h * h).mul_(dh)
        dbngain = (bnraw * dhpreact).sum(1, keepdim=True)
        dbnbias = dhpreact.sum(1, keepdim=True)
        dhprebn = torch.addcmul(dhpreact - dbnbias / n, bnraw, dbngain, value=-1 / (n - 1)).mul_(bngain_ * bnvar_inv)
        dembcat = torch.bmm(dhprebn, W1.transpose(1, 2))
        W2.baddbmm_(h.transpose(1, 2), dlogits, alpha=-lr)
        W1.baddbmm_(embcat.transpose(1, 2), dhprebn, alpha=-lr)
        Call.index_add_(0, X, dembcat.view(-1, E), alpha=-lr)
        sums = dhprebn.sum(1, keepdim=True), dlogits.sum(1, keepdim=True), dbngain, dbnbias
        for p, g in zip(vectors, sums):
            p.sub_(g, alpha=lr)
        return loss

    return step


def vmapped():
    try:
        from torch.func import grad_and_value, vmap
    except ImportError:
        try:
            from functorch import grad_and_value, vmap
        except ImportError:
            sys.exit(f"ImportError: PyTorch {torch.__version__} has neither torch.func nor functorch")

    def loss(p, X, Y):
        C, W1, b1, W2, b2, bngain, bnbias = p
        hprebn = C[X].view(n, -1) @ W1 + b1
        bndiff = hprebn - hprebn.mean(0, keepdim=True)
        bnvar = (bndiff**2).sum(0, keepdim=True) / (n - 1)
        h = torch.tanh(bngain * (bndiff * (bnvar + 1e-5) ** -0.5) + bnbias)
        return F.cross_entropy(h @ W2 + b2, Y)

    each = vmap(grad_and_value(loss))

    def step(i):
        gradients, losses = each(parameters, Xb[i % S], Yb[i % S])
        for p, g in zip(parameters, gradients):
            p.sub_(g, alpha=lr)
        return losses

    return step


step = {"batched": batched, "vmap": vmapped}[variant]()
serve(start, step)
