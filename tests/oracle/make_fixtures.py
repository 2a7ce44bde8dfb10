"""Make tests/fixtures with PyTorch: what the network's every tensor and gradient should be.

The network is the notebook's (karpathy/nn-zero-to-hero, makemore_part4_backprop.ipynb), line for line, and the
gradients are autograd's: no derivative is written here. Run from anywhere; the notebook's word list, names.txt of
karpathy/makemore, is not part of this project:

    python3 tests/oracle/make_fixtures.py --words names.txt

Step files (*.safetensors): the parameters, Xb (N,T), Yb (N), every intermediate, loss, and grad.NAME for the 26.
trajectory.safetensors: ten steps of training, their minibatches Xb (10,N,T), Yb (10,N), losses (10), after.NAME.
trajectory-momentum.safetensors, trajectory-adamw.safetensors: the same minibatches with an optimiser of torch.optim.
They hold its state after ten steps too, after.momentum_buffer.NAME or after.exp_avg.NAME and after.exp_avg_sq.NAME,
and its settings in the metadata. BatchNorm makes the gradient of b1 zero but for rounding. AdamW divides that noise
by its own size, so after.b1 and the averages of b1 depend on the order of sums; the losses do not depend on b1.
losses.json: the first ten losses of training on the notebook's words.
losses-optimizers.json: the same with these optimisers.
"""

import argparse
import hashlib
import json
import pathlib
import random

import torch
import torch.nn.functional as F
from tiny_safetensors import save_file

PARAMETERS = ["C", "W1", "b1", "W2", "b2", "bngain", "bnbias"]
LR = 0.1
STEPS = 10
OPTIMIZERS = {
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adamw": lambda parameters: torch.optim.AdamW(parameters, lr=0.01, weight_decay=0.01),
}


def build_dataset(words, block_size=3):
    """X (examples, block_size) and Y (examples) of the words, int64, as the notebook builds them."""
    chars = sorted(list(set("".join(words))))
    stoi = {s: i + 1 for i, s in enumerate(chars)}
    stoi["."] = 0
    random.seed(42)
    random.shuffle(words)
    X, Y = [], []
    for w in words[: int(0.8 * len(words))]:
        context = [0] * block_size
        for ch in w + ".":
            ix = stoi[ch]
            X.append(context)
            Y.append(ix)
            context = context[1:] + [ix]
    return torch.tensor(X), torch.tensor(Y), len(stoi)


def notebook_parameters(g, vocab_size, n_hidden, n_embd=10, block_size=3):
    """The notebook's initialisation; what it leaves to the unseeded generator comes from torch.manual_seed(0)."""
    C = torch.randn((vocab_size, n_embd), generator=g)
    W1 = torch.randn((n_embd * block_size, n_hidden), generator=g) * (5 / 3) / ((n_embd * block_size) ** 0.5)
    b1 = torch.randn(n_hidden, generator=g) * 0.1
    W2 = torch.randn((n_hidden, vocab_size), generator=g) * 0.1
    b2 = torch.randn(vocab_size, generator=g) * 0.1
    torch.manual_seed(0)
    bngain = torch.randn((1, n_hidden)) * 0.1 + 1.0
    bnbias = torch.randn((1, n_hidden)) * 0.1
    return [C, W1, b1, W2, b2, bngain, bnbias]


def random_parameters(g, V, E, T, H, gain=None, bias=0.1, W2_scale=0.1):
    """Parameters of any shape, with nothing at a value that could hide an error; gain (1,H) is drawn if None."""
    C = torch.randn((V, E), generator=g)
    W1 = torch.randn((T * E, H), generator=g) * (5 / 3) / ((T * E) ** 0.5)
    b1 = torch.randn(H, generator=g) * 0.1
    W2 = torch.randn((H, V), generator=g) * W2_scale
    b2 = torch.randn(V, generator=g) * 0.1
    bngain = torch.randn((1, H), generator=g) * 0.1 + 1.0 if gain is None else gain
    bnbias = torch.randn((1, H), generator=g) * bias
    return [C, W1, b1, W2, b2, bngain, bnbias]


def step(parameters, Xb, Yb):
    """One step of exercise 1: every tensor by its name, and autograd's gradients as grad.NAME."""
    parameters = [p.clone().requires_grad_() for p in parameters]
    C, W1, b1, W2, b2, bngain, bnbias = parameters
    n = Xb.shape[0]

    emb = C[Xb]
    embcat = emb.view(emb.shape[0], -1)
    hprebn = embcat @ W1 + b1
    bnmeani = 1 / n * hprebn.sum(0, keepdim=True)
    bndiff = hprebn - bnmeani
    bndiff2 = bndiff**2
    bnvar = 1 / (n - 1) * (bndiff2).sum(0, keepdim=True)
    bnvar_inv = (bnvar + 1e-5) ** -0.5
    bnraw = bndiff * bnvar_inv
    hpreact = bngain * bnraw + bnbias
    h = torch.tanh(hpreact)
    logits = h @ W2 + b2
    logit_maxes = logits.max(1, keepdim=True).values
    norm_logits = logits - logit_maxes
    counts = norm_logits.exp()
    counts_sum = counts.sum(1, keepdims=True)
    counts_sum_inv = counts_sum**-1
    probs = counts * counts_sum_inv
    logprobs = probs.log()
    loss = -logprobs[range(n), Yb].mean()

    intermediates = {
        "emb": emb, "embcat": embcat, "hprebn": hprebn,
        "bnmeani": bnmeani, "bndiff": bndiff, "bndiff2": bndiff2, "bnvar": bnvar, "bnvar_inv": bnvar_inv,
        "bnraw": bnraw, "hpreact": hpreact, "h": h,
        "logits": logits, "logit_maxes": logit_maxes, "norm_logits": norm_logits, "counts": counts,
        "counts_sum": counts_sum, "counts_sum_inv": counts_sum_inv, "probs": probs, "logprobs": logprobs,
    }  # fmt: skip
    for t in intermediates.values():
        t.retain_grad()
    loss.backward()

    differentiated = {**dict(zip(PARAMETERS, parameters)), **intermediates}
    gradients = {f"grad.{name}": t.grad for name, t in differentiated.items()}
    return {**differentiated, "Xb": Xb, "Yb": Yb, "loss": loss, **gradients}


def train(parameters, g, Xtr, Ytr, make_optimizer=None):
    """STEPS steps of exercise 4's loop with autograd, updated as the notebook does or by an optimiser of torch.optim.

    Returns the minibatches, the losses, the parameters after them, and the optimiser.
    """
    parameters = [p.clone().requires_grad_() for p in parameters]
    C, W1, b1, W2, b2, bngain, bnbias = parameters
    optimizer = make_optimizer(parameters) if make_optimizer else None
    batches, losses = [], []
    for _ in range(STEPS):
        ix = torch.randint(0, Xtr.shape[0], (32,), generator=g)
        Xb, Yb = Xtr[ix], Ytr[ix]

        emb = C[Xb]
        embcat = emb.view(emb.shape[0], -1)
        hprebn = embcat @ W1 + b1
        bnmean = hprebn.mean(0, keepdim=True)
        bnvar = hprebn.var(0, keepdim=True, unbiased=True)
        bnvar_inv = (bnvar + 1e-5) ** -0.5
        bnraw = (hprebn - bnmean) * bnvar_inv
        hpreact = bngain * bnraw + bnbias
        h = torch.tanh(hpreact)
        logits = h @ W2 + b2
        loss = F.cross_entropy(logits, Yb)

        for p in parameters:
            p.grad = None
        loss.backward()
        if optimizer:
            optimizer.step()
        else:
            for p in parameters:
                p.data += -LR * p.grad
        batches.append((Xb, Yb))
        losses.append(loss.item())
    return batches, losses, parameters, optimizer


def settings_of(optimizer):
    """The settings that an optimiser ran with, named as in this project's configuration."""
    used = optimizer.defaults
    if isinstance(optimizer, torch.optim.SGD):
        return {"optimizer": "sgd", "lr": used["lr"], "momentum": used["momentum"]}
    beta1, beta2 = used["betas"]
    adamw = {"beta1": beta1, "beta2": beta2, "eps": used["eps"], "weightDecay": used["weight_decay"]}
    return {"optimizer": "adamw", "lr": used["lr"], **adamw}


def write_trajectory(path, metadata, parameters, batches, losses, after, optimizer=None):
    """Write ten steps of training: where they began, their minibatches and losses, and what they ended with."""
    tensors = dict(zip(PARAMETERS, parameters))
    tensors["Xb"] = torch.stack([Xb for Xb, _ in batches])
    tensors["Yb"] = torch.stack([Yb for _, Yb in batches])
    tensors["losses"] = torch.tensor(losses)
    tensors.update({f"after.{name}": p for name, p in zip(PARAMETERS, after)})
    for kind in ("momentum_buffer", "exp_avg", "exp_avg_sq") if optimizer else ():
        for name, p in zip(PARAMETERS, after):
            if kind in optimizer.state[p]:
                tensors[f"after.{kind}.{name}"] = optimizer.state[p][kind]
    save_file(tensors, path, metadata)
    print(f"{path.name:32s} loss {losses[-1]:.6f} after {STEPS} steps  {path.stat().st_size:,} bytes")


def write_step(path, what, parameters, Xb, Yb):
    tensors = step(parameters, Xb, Yb)
    assert all(torch.isfinite(t).all() for t in tensors.values()), f"{path.name}: not finite"
    # Counts below the smallest normal float32 may be flushed to zero, and 1/probs overflow: not comparable.
    assert tensors["norm_logits"].min() > -85, f"{path.name}: norm_logits {tensors['norm_logits'].min()}"
    save_file(tensors, path, {"what": what, "made_with": f"PyTorch {torch.__version__}"})
    print(f"{path.name:32s} loss {tensors['loss'].item():.6f}  {path.stat().st_size:,} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", required=True, help="the notebook's word list, one word a line")
    parser.add_argument("--out", default=pathlib.Path(__file__).parent.parent / "fixtures", type=pathlib.Path)
    args = parser.parse_args()
    torch.set_num_threads(1)  # one order of summation
    args.out.mkdir(parents=True, exist_ok=True)

    raw = pathlib.Path(args.words).read_bytes()
    words = raw.decode().splitlines()
    count = len(words)
    Xtr, Ytr, vocab_size = build_dataset(words)

    for n_hidden in (64, 200):
        g = torch.Generator().manual_seed(2147483647)
        parameters = notebook_parameters(g, vocab_size, n_hidden)
        ix = torch.randint(0, Xtr.shape[0], (32,), generator=g)
        what = f"the notebook's first step, hidden {n_hidden}, seed 2147483647, bngain and bnbias from seed 0"
        write_step(args.out / f"notebook-h{n_hidden}.safetensors", what, parameters, Xtr[ix], Ytr[ix])

    def write_random(name, what, seed, N, V, E, T, H, **scales):
        g = torch.Generator().manual_seed(seed)
        parameters = random_parameters(g, V, E, T, H, **scales)
        Xb = torch.randint(0, V, (N, T), generator=g)
        Yb = torch.randint(0, V, (N,), generator=g)
        write_step(args.out / name, what, parameters, Xb, Yb)

    write_random("odd.safetensors", "shapes that no tile divides", 1, N=19, V=31, E=7, T=5, H=53)
    write_random("tiny.safetensors", "the smallest shapes", 2, N=2, V=3, E=2, T=1, H=2)
    write_random(
        "saturated.safetensors", "|hpreact| up to about 100, logits up to about 40", 3,
        N=16, V=27, E=10, T=3, H=24, gain=torch.linspace(0.5, 50, 24).view(1, -1), bias=5.0, W2_scale=2.5,
    )  # fmt: skip

    runs, optimizer_runs = [], []
    for seed in (2147483647, 42):
        for n_hidden in (64, 200):

            def run(make_optimizer=None):
                g = torch.Generator().manual_seed(seed)
                parameters = notebook_parameters(g, vocab_size, n_hidden)
                return parameters, *train(parameters, g, Xtr, Ytr, make_optimizer)

            is_trajectory = (seed, n_hidden) == (2147483647, 64)
            parameters, batches, losses, after, _ = run()
            runs.append({"seed": seed, "hidden": n_hidden, "losses": losses})
            if is_trajectory:
                metadata = {"what": "ten steps of exercise 4's loop", "lr": str(LR)}
                path = args.out / "trajectory.safetensors"
                write_trajectory(path, metadata, parameters, batches, losses, after)
            for name, make_optimizer in OPTIMIZERS.items():
                parameters, batches, losses, after, optimizer = run(make_optimizer)
                settings = settings_of(optimizer)
                optimizer_runs.append({"seed": seed, "hidden": n_hidden, **settings, "losses": losses})
                if is_trajectory:
                    what = f"ten steps of exercise 4's loop with torch.optim.{type(optimizer).__name__}"
                    metadata = {"what": what, "made_with": f"PyTorch {torch.__version__}"}
                    metadata.update({key: str(value) for key, value in settings.items()})
                    path = args.out / f"trajectory-{name}.safetensors"
                    write_trajectory(path, metadata, parameters, batches, losses, after, optimizer)

    def write_losses(name, what, runs, **settings):
        summary = {
            "what": f"the first losses of {what}; the list's words as the notebook splits them",
            "words": {"count": count, "sha256": hashlib.sha256(raw).hexdigest()},
            **settings, "batch": 32, "context": 3, "embedding": 10, "bnSeed": 0,
            "runs": runs,
        }  # fmt: skip
        (args.out / name).write_text(json.dumps(summary, indent=2) + "\n")

    write_losses("losses.json", "the notebook's training loop", runs, lr=LR)
    write_losses("losses-optimizers.json", "the notebook's training loop with torch's optimisers", optimizer_runs)


if __name__ == "__main__":
    main()
