"""Record what PyTorch makes of the texts below: tests/fixtures/dialect.json, for the exercises' language.

    python3 tests/oracle/make_dialect_fixtures.py

Each text is run twice on the tensors of INPUTS, with float64 and with float32 as the default type, and what it leaves in `dout`
is recorded. FAILS lists texts that PyTorch refuses: only that they fail is recorded, not its words.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

# Names that came with PyTorch 2.
torch.concatenate = getattr(torch, "concatenate", torch.cat)

# Multiples of 1/8, which float32 holds exactly; two maxima in a row of `tied`.
INPUTS = {
    "a": [[0.5, -1.25, 2.0], [1.75, 0.375, -0.5]],
    "b": [[1.5, 2.25, -0.75], [-1.0, 0.625, 3.0]],
    "p": [[0.125, 0.25, 0.625], [0.5, 0.375, 0.875]],
    "row": [1.5, -2.0, 0.25],
    "col": [[2.0], [-0.5]],
    "v": [0.5, 1.25, -3.0],
    "s": 1.5,
    "m": [[1.0, -0.5, 2.0, 0.25], [0.0, 1.5, -1.0, 0.75], [3.0, -2.0, 0.5, 1.0]],
    "x": [[[(5 * i + 3 * j + 7 * k) % 11 / 4 - 1 for k in range(4)] for j in range(3)] for i in range(2)],
    "tied": [[1.0, 3.0, 3.0], [2.0, 2.0, 0.0]],
    "odd": [0.0, math.inf, -math.inf, math.nan, 1.0],
    "i": [[1, -2, 3], [4, 0, -7]],
    "j": [[2, 3, 1], [1, 2, 5]],
    "idx": [2, 0, 2, 1],
    "y": [2, 0],
    "zero": 0,
    "mask": [[True, False, True], [False, False, True]],
    "rows": [True, False],
    "n": 2,
}
NUMBERS = {"n"}

UNARY = """exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal tanh sinh cosh sin cos tan sigmoid relu abs absolute neg negative
square sign floor ceil trunc round logical_not isnan isinf isfinite positive""".split()
ONLY_NEW = {"isnan", "isinf", "isfinite", "positive", "maximum", "minimum"}
BINARY = """add sub mul div floor_divide remainder fmod pow maximum minimum eq ne lt le gt ge subtract multiply divide true_divide
not_equal less less_equal greater greater_equal logical_and logical_or logical_xor""".split()

TEXTS = []
for name in UNARY:
    argument = "p" if name in ("log", "log2", "log10", "log1p", "sqrt", "rsqrt") else "a"
    TEXTS += [f"dout = torch.{name}({argument})", f"dout = {argument}.T.{name}()", f"dout = odd.{name}()", f"dout = i.abs().{name}()"]
    if name not in ONLY_NEW:
        TEXTS += [f"dout = {argument}.clone()\ndout.{name}_()"]
for name in BINARY:
    left = "p" if name == "pow" else "a"
    TEXTS += [f"dout = torch.{name}({left}, b)", f"dout = {left}.{name}(row)", f"dout = i.{name}(j)", f"dout = {left}.{name}(col)"]
    if name not in ONLY_NEW:
        TEXTS += [f"dout = {left}.clone()\ndout.{name}_(row)"]
        if not name.startswith("logical"):
            TEXTS += [f"dout = {left}.{name}(2)", f"dout = {left}.{name}(1.5)", f"dout = i.{name}(2.5)", f"dout = {left}.{name}(s)"]
    if name.startswith("logical"):
        TEXTS += [f"dout = {left}.{name}(mask)", f"dout = mask.{name}(mask)"]
for name in ("and", "or", "xor"):
    TEXTS += [f"dout = i.bitwise_{name}(j)", f"dout = torch.bitwise_{name}(mask, rows.view(2, 1))"]
    TEXTS += [f"dout = mask.clone()\ndout.bitwise_{name}_(rows.view(2, 1))"]
for op in ("+", "-", "*", "/", "//", "%", "**"):
    base = "p" if op == "**" else "a"
    for right in ("b", "row", "col", "s", "2", "1.5", "-1", "i", "zero", "x[:, :, 0]", "m[:2, 1:]"):
        if op in ("//", "%", "/") and right == "zero":
            continue
        TEXTS.append(f"dout = {base} {op} {right}")
    for left in ("2", "1.5", "s"):
        TEXTS.append(f"dout = {left} {op} {base}")
    for left in ("7", "-7", "7.5", "-7.5", "True"):
        for right in ("2", "-2", "2.0", "0.5"):
            if not (op == "**" and left in ("-7", "-7.5") and right == "0.5"):
                TEXTS.append(f"dout = ({left}) {op} ({right})")
    TEXTS.append(f"dout = i {op} j")
    TEXTS.append(f"dout = {base}.clone()\ndout {op}= row")
    TEXTS.append(f"dout = {base}.clone()\ndout {op}= 2")
    if op not in ("**", "%", "//", "/"):
        TEXTS.append(f"dout = i.clone()\ndout {op}= j")
for power in ("2", "3", "-1", "-2", "0.5", "-0.5", "1.5", "-1.5", "0", "4"):
    TEXTS.append(f"dout = p ** {power}")
for op in ("==", "!=", "<", "<=", ">", ">="):
    TEXTS += [f"dout = a {op} b", f"dout = a {op} 0.375", f"dout = tied {op} 3", f"dout = i {op} j", f"dout = 1 {op} i"]
    TEXTS += [f"dout = 2 {op} 2.0", f"dout = 1 {op} 2", f"dout = (1, 2) == (1, 2)", f"dout = odd {op} odd"]
TEXTS += r"""
dout = mask & rows.view(2, 1)
dout = mask | rows.view(2, 1)
dout = mask ^ True
dout = ~mask
dout = ~i
dout = i & 3
dout = -i
dout = +a
dout = -a
dout = mask + mask
dout = mask * mask
dout = mask * a
dout = mask + 1
dout = mask / mask.sum()
dout = True + mask
dout = mask * 2.5
dout = 7 // 2 * 2 - 3 ** 2 / 4
dout = not True
dout = 1 in (1, 2)
dout = 3 not in [1, 2]
dout = None is None
dout = a @ m
dout = row @ a.T
dout = a @ v
dout = v @ v
dout = x @ m.T
dout = x @ m.T[:, :2]
dout = m @ m.T @ m
dout = x.transpose(1, 2) @ x
dout = i @ j.T
dout = torch.matmul(a, m)
dout = a.matmul(m)
dout = torch.mm(a, m)
dout = a.T.mm(b)
dout = torch.bmm(x, x.transpose(1, 2))
dout = x.bmm(x.permute(0, 2, 1))
dout = torch.mv(a, v)
dout = a.mv(v)
dout = torch.dot(row, v)
dout = row.dot(v)
dout = torch.inner(row, v)
dout = row.inner(v)
dout = torch.outer(row, col.view(-1))
dout = row.outer(v)
dout = torch.ger(row, v)
dout = row.ger(v)
dout = torch.einsum("ij,jk->ik", a, m)
dout = torch.einsum("ij,ij->j", a, b)
dout = torch.einsum("ij->ji", a)
dout = torch.einsum("ij,jk", a, m)
dout = torch.einsum("ii->i", m[:, :3])
dout = torch.einsum("ii", m[:, :3])
dout = torch.einsum("i,j->ij", row, v)
dout = torch.einsum("bij,bkj->ik", x, x)
dout = torch.einsum("ij,j,j->i", a, row, v)
dout = F.linear(a, m.T, m[0])
dout = torch.trace(m[:, :3])
dout = m[:, :3].trace()
dout = torch.zeros(2, 3)
dout = torch.zeros((2, 3), dtype=torch.int64)
dout = torch.zeros(3)
dout = torch.zeros(a.shape)
dout = torch.zeros(size=(2, 2))
dout = torch.ones([2, 3], dtype=torch.bool)
dout = torch.ones(4)
dout = torch.empty(2, 3).zero_()
dout = torch.empty_like(a).fill_(2)
dout = torch.zeros_like(a)
dout = torch.zeros_like(i)
dout = torch.ones_like(a, dtype=torch.int64)
dout = torch.ones_like(mask)
dout = torch.full((2, 3), 1.5)
dout = torch.full((2,), 3)
dout = torch.full((2,), True)
dout = torch.full_like(a, 3)
dout = torch.full_like(i, 2)
dout = a.new_zeros(2, 2)
dout = i.new_zeros((2, 2))
dout = a.new_ones(3)
dout = a.new_full((2, 2), 7)
dout = torch.eye(3)
dout = torch.eye(2, 3, dtype=torch.int64)
dout = torch.arange(5)
dout = torch.arange(1, 7, 2)
dout = torch.arange(0, 1, 0.25)
dout = torch.arange(5.0)
dout = torch.arange(3, 0, -1)
dout = torch.arange(0, 3, dtype=torch.float64)
dout = torch.linspace(0, 1, 5)
dout = torch.linspace(-1, 1, steps=3)
dout = torch.tensor(3)
dout = torch.tensor([1.0, 2])
dout = torch.tensor([[1, 2], [3, 4]])
dout = torch.tensor([True, False])
dout = torch.tensor(2.5)
dout = torch.tensor([1, 2], dtype=torch.float64)
dout = torch.tensor(range(3))
dout = torch.tensor([])
dout = torch.as_tensor([1, 2])
dout = torch.as_tensor(a)
dout = torch.clamp(a, 0, 1)
dout = a.clamp(min=0.0)
dout = a.clip(max=1)
dout = torch.clip(a, -1, 1)
dout = a.clone()\ndout.clamp_(min=0)
dout = a.clone()\ndout.clip_(max=0.5)
dout = torch.where(a > 0, a, b)
dout = torch.where(mask, a, 0.0)
dout = torch.where(a > 0, row, col)
dout = torch.where(a > 0)
dout = a.where(mask, b)
dout = torch.isclose(a, a + 1e-9)
dout = a.isclose(b)
dout = torch.allclose(a, a + 1e-12)
dout = a.allclose(b)
dout = torch.equal(a, a.clone())
dout = a.equal(b)
dout = torch.bitwise_not(mask)
dout = i.bitwise_not()
dout = torch.add(a, b, alpha=2)
dout = a.sub(b, alpha=0.5)
dout = torch.div(a, b, rounding_mode="floor")
dout = torch.pow(2, p)
dout = a.sum()
dout = a.sum(0)
dout = a.sum(1, keepdim=True)
dout = a.sum(1, True)
dout = a.sum(axis=1, keepdims=True)
dout = a.sum(-1)
dout = a.sum((0, 1))
dout = a.sum(dim=(0, 1), keepdim=True)
dout = x.sum((0, 2))
dout = x.sum(1)
dout = x.sum([0, -1], keepdim=True)
dout = torch.sum(x, 2)
dout = torch.sum(input=a, dim=0)
dout = i.sum()
dout = mask.sum(1)
dout = a.sum(0, dtype=torch.float64)
dout = s.sum(0)
dout = a.mean()
dout = a.mean(0, keepdim=True)
dout = torch.mean(x, (0, 1))
dout = i.mean(dtype=torch.float64)
dout = a.prod()
dout = a.prod(0)
dout = torch.prod(i, 1, keepdim=True)
dout = a.var()
dout = a.var(0)
dout = a.var(0, keepdim=True)
dout = a.var(0, unbiased=False)
dout = a.var(0, True, True)
dout = a.var(False)
dout = a.var(dim=1, correction=0)
dout = torch.var(x, (0, 1))
dout = x.var((0, 2), unbiased=True, keepdim=True)
dout = a.std()
dout = torch.std(a, 0)
dout = a.std(1, keepdim=True)
dout = a.norm()
dout = torch.norm(a)
dout = a.norm(dim=1)
dout = a.max()
dout = a.max(1)
dout = a.max(1).values
dout = a.max(1).indices
dout = a.max(1)[0]
dout = a.max(1, keepdim=True).values
dout = a.max(dim=0, keepdims=True).indices
dout = tied.max(1).indices
dout = torch.max(a, 1).indices
dout = torch.max(a, b)
dout = a.max(b)
dout = odd.max()
dout = i.max()
dout = mask.max()
dout = a.min()
dout = a.min(0)
dout = torch.min(a, 1).values
dout = tied.min(1).indices
dout = a.amax()
dout = a.amax(1, keepdim=True)
dout = torch.amax(x, (0, 1))
dout = a.amin(0)
dout = torch.amin(a, 0)
dout = a.argmax()
dout = a.argmax(1)
dout = tied.argmax(1)
dout = torch.argmax(a, dim=1, keepdim=True)
dout = a.argmin(0)
dout = torch.argmin(a)
dout = mask.all()
dout = mask.any(1)
dout = torch.all(mask, 0)
dout = torch.any(mask, 0, keepdim=True)
dout = torch.any(a > 1)
dout = torch.count_nonzero(i)
dout = i.count_nonzero(0)
dout = a.cumsum(0)
dout = torch.cumsum(x, 1)
dout = i.cumsum(1)
dout = torch.logsumexp(a, 1)
dout = a.logsumexp((0, 1), keepdim=True)
dout = torch.softmax(a, 1)
dout = a.softmax(dim=0)
dout = a.softmax(-1)
dout = F.softmax(a, 1)
dout = F.softmax(x, dim=1)
dout = F.softmax(100 * a, dim=1)
dout = torch.log_softmax(a, 1)
dout = a.log_softmax(0)
dout = F.log_softmax(80 * a, dim=1)
dout = torch.nn.functional.softmax(a, dim=1)
dout = F.cross_entropy(a, y)
dout = F.cross_entropy(a, y, reduction="sum")
dout = F.nll_loss(F.log_softmax(a, 1), y)
dout = F.nll_loss(a, y, reduction="none")
dout = F.mse_loss(a, b)
dout = F.relu(a)
dout = F.tanh(a)
dout = F.sigmoid(a)
dout = torch.sort(a, 1)
dout = a.sort(0, descending=True)
dout = torch.argsort(a)
dout = a.argsort(0)
dout = torch.topk(a, 2)
dout = a.topk(1, dim=0, largest=False)
dout = a.view(3, 2)
dout = a.view((6,))
dout = a.view(-1)
dout = a.view(-1, 2)
dout = a.view(a.shape)
dout = a.view([3, 2])
dout = x.view(x.shape[0], -1)
dout = x.transpose(0, 1)[:, :, 0].unsqueeze(1).view(3, 2)
dout = x[:, :, 1:3].view(2, 3, 2, 1)
dout = x[:, :, 1:3].view(6, 2)
dout = s.view(1, 1)
dout = a.view_as(m[:, :2])
dout = a.reshape(3, 2)
dout = a.T.reshape(6)
dout = a.T.reshape(-1, 2)
dout = torch.reshape(a, (3, -1))
dout = a.reshape_as(m[:, :2])
dout = a.flatten()
dout = x.flatten(1)
dout = torch.flatten(x, 0, 1)
dout = s.flatten()
dout = torch.ravel(a.T)
dout = a.ravel()
dout = row.expand(2, 3)
dout = col.expand(2, 3)
dout = col.expand(-1, 3)
dout = col.expand((4, 2, 3))
dout = col.expand(*a.shape)
dout = col.expand_as(a)
dout = torch.broadcast_to(row, (2, 3))
dout = col.broadcast_to(2, 3) if False else col.broadcast_to((2, 3))
dout = torch.broadcast_tensors(row, col)
dout = torch.t(a)
dout = a.t()
dout = row.t()
dout = a.T
dout = x.mT
dout = torch.transpose(a, 0, 1)
dout = x.transpose(-1, 0)
dout = torch.swapaxes(x, 0, 1)
dout = x.swapaxes(0, 2)
dout = torch.swapdims(x, 0, 1)
dout = x.swapdims(0, 2)
dout = x.permute(2, 0, 1)
dout = x.permute((1, 0, 2))
dout = torch.permute(x, (-1, 0, 1))
dout = row.unsqueeze(0)
dout = row.unsqueeze(-1)
dout = torch.unsqueeze(a, 1)
dout = col.squeeze()
dout = col.squeeze(1)
dout = col.squeeze(0)
dout = torch.squeeze(col, -1)
dout = torch.narrow(m, 1, 1, 2)
dout = m.narrow(0, 0, 2)
dout = torch.select(x, 1, 2)
dout = x.select(-1, -1)
dout = torch.diagonal(m)
dout = m.diagonal(1)
dout = x.diagonal(0, 1, 2)
dout = torch.diag(row)
dout = torch.diag(m)
dout = row.diag(1)
dout = m.diag(-1)
dout = torch.unbind(a)
dout = a.unbind(1)
dout = torch.split(m, 2, dim=1)
dout = m.split(2)
dout = m.split([1, 3], 1)
dout = torch.chunk(m, 2, 1)
dout = m.chunk(3)
dout = a.detach()
dout = torch.detach(a)
dout = a.data
dout = a.cpu()
dout = a.clone()
dout = torch.clone(a.T)
dout = a.T.contiguous()
dout = a.T.is_contiguous()
dout = torch.cat([a, b])
dout = torch.cat((a, b), dim=1)
dout = torch.concat([a, i], 0)
dout = torch.concatenate([a, col], 1)
dout = torch.stack([row, v])
dout = torch.stack((row, v), dim=1)
dout = torch.hstack([a, col])
dout = torch.vstack([row, v])
dout = a.repeat(2, 1)
dout = row.repeat(2, 2)
dout = x.repeat(1, 2, 1)
dout = a.tile(2)
dout = torch.tile(row, (2, 1))
dout = torch.repeat_interleave(row, 2)
dout = a.repeat_interleave(2, dim=0)
dout = a.flip(0)
dout = torch.flip(a, (0, 1))
dout = torch.tril(m)
dout = m.tril(-1)
dout = torch.triu(m)
dout = m.triu(1)
dout = F.one_hot(idx)
dout = F.one_hot(idx, 4)
dout = F.one_hot(y, num_classes=a.shape[1])
dout = F.one_hot(i.abs(), num_classes=8)
dout = torch.gather(a, 1, torch.tensor([[0, 2], [1, 1]]))
dout = a.gather(0, torch.tensor([[0, 1, 1]]))
dout = a.gather(1, y.view(-1, 1))
dout = torch.take(a, torch.tensor([0, 5, -1]))
dout = a.take(torch.tensor([[0, 4]]))
dout = torch.index_select(m, 0, idx)
dout = m.index_select(1, torch.tensor([3, 0]))
dout = F.embedding(torch.tensor([[0, 2], [1, 1]]), m)
dout = torch.masked_select(a, mask)
dout = a.masked_select(a > 0)
dout = torch.nonzero(mask)
dout = mask.nonzero()
dout = mask.nonzero(as_tuple=True)
dout = torch.zeros(2, 3).scatter_(1, y.view(-1, 1), 1.0)
dout = torch.zeros(2, 3).scatter_(1, y.view(-1, 1), col)
dout = torch.zeros(2, 3).scatter(1, y.view(-1, 1), value=-2)
dout = torch.scatter(a, 0, torch.tensor([[1, 0, 1]]), b)
dout = torch.zeros(2, 3).scatter_(1, torch.tensor([[0, 0], [2, 1]]), a, reduce="add")
dout = torch.zeros(2, 3).scatter_add_(1, torch.tensor([[0, 0, 2], [2, 2, 2]]), a)
dout = a.scatter_add(0, torch.tensor([[1, 0, 1]]), b)
dout = torch.scatter_add(a, 1, torch.tensor([[1, 1]]), b)
dout = torch.zeros(3, 4).index_add_(0, idx, torch.cat([m, m[:1]]))
dout = m.index_add(1, torch.tensor([0, 0]), m[:, 1:3], alpha=2)
dout = torch.index_add(m, 0, torch.tensor([1]), m[:1])
dout = m.clone().index_copy_(0, torch.tensor([2, 0]), m[:2])
dout = m.index_copy(0, torch.tensor([1]), m[:1])
dout = torch.index_copy(m, 1, torch.tensor([1]), m[:, :1])
dout = m.clone().index_fill_(1, torch.tensor([0, 2]), -1)
dout = m.index_fill(0, torch.tensor([0]), 2.5)
dout = torch.index_fill(m, 0, torch.tensor([0]), 2)
dout = a.clone().masked_fill_(mask, 0)
dout = a.masked_fill(mask, 1.5)
dout = torch.masked_fill(a, rows.view(2, 1), -1)
dout = torch.zeros(3).index_put_((idx,), torch.ones(4), accumulate=True)
dout = a.clone().index_put_((torch.tensor([0, 1]), y), col.view(-1))
dout = a.index_put((torch.tensor([0, 1]), y), col.view(-1))
dout = torch.index_put(a, (y.clamp(max=1),), row)
dout = torch.zeros(3, 4).index_put_((idx,), m[0], True)
dout = a.clone().fill_(3)
dout = a.clone().zero_()
dout = a.clone().copy_(row)
dout = i.clone().copy_(a)
dout = i.float()
dout = a.float()
dout = a.double()
dout = a.long()
dout = (a * 3).int()
dout = a.bool()
dout = mask.float()
dout = a.to(torch.int64)
dout = i.to(a.dtype)
dout = a.to("cpu")
dout = i.to(dtype=torch.float64)
dout = a.type(torch.int64)
dout = i.type_as(a)
dout = s.item()
dout = zero.item()
dout = mask[0, 0].item()
dout = a.tolist()
dout = i[0].tolist()
dout = torch.numel(a)
dout = x.numel()
dout = x.nelement()
dout = x.dim()
dout = x.ndimension()
dout = x.ndim
dout = x.size()
dout = x.size(1)
dout = x.size(-1)
dout = x.shape
dout = x.shape[0]
dout = x.shape[1:]
dout = x.shape.numel()
dout = x.T.stride() if False else a.T.stride()
dout = a.stride(0)
dout = torch.is_tensor(a)
dout = a.dtype == i.dtype
dout = a.requires_grad
dout = torch.zeros(2, device=a.device)
dout = a.clone().requires_grad_().detach()
dout = round(0.125, 2)
dout = round(0.375, 2)
dout = round(-1.5)
dout = round(1234.5, -2)
dout = i.sign()
dout = torch.add(a, 2)
dout = torch.where(mask, 1.0, a)
dout = torch.tensor(a[0, 0].item())
dout = a.var(1, False)
dout = x.max(-1).values.sum(1)
dout = a / a.sum(1, keepdim=True)
dout = a * 0.1 + 1 / 3
dout = (a * 0.1) ** -1.5
dout = 0.1 * i
dout = a == a * 1.0
dout = (a * 0.1).sum() * 0.3
dout = len(a)
dout = len(a.shape)
dout = sum([1, 2.5])
dout = sum([row, v])
dout = sum(a)
dout = max(1, 2.5)
dout = min([3, 1, 2])
dout = abs(-3)
dout = abs(a)
dout = int(3.7)
dout = float(s)
dout = bool(zero)
dout = round(2.5)
dout = round(2.675, 2)
dout = list(range(1, 6, 2))
dout = list(enumerate([5, 6]))
dout = list(zip(range(3), (1, 2)))
dout = tuple(a.shape) + (1,)
dout = [1, 2] * 2
dout = sorted([3, 1, 2], reverse=True)
dout = a[0]
dout = a[-1]
dout = a[0, 1]
dout = a[:, 0]
dout = a[:, -1:]
dout = a[..., 0]
dout = x[..., None, 1]
dout = x[0, ..., 1:3]
dout = a[None]
dout = a[:, None, :]
dout = a[:, None]
dout = x[:, 0, ::2]
dout = x[1:, :2, 3]
dout = a[5:]
dout = a[-5:1]
dout = a[[0, 1], [2, 0]]
dout = a[range(n), y]
dout = a[range(2), [0, 1]]
dout = a[torch.arange(n), y]
dout = a[y.clamp(max=1)]
dout = a[[1, 0, 1]]
dout = a[[True, False]]
dout = a[rows]
dout = a[mask]
dout = a[a > 0]
dout = a[:, [0, 2]]
dout = a[:, torch.tensor([[0, 2], [1, 1]])]
dout = m[torch.tensor([[0, 2], [1, 1]])]
dout = x[:, y]
dout = x[[0, 1], :, [1, 2]]
dout = x[0, :, [1, 2]]
dout = x[:, [0, 1], [1, 2]]
dout = x[[[0], [1]], [0, 2]] if False else x[torch.tensor([[0], [1]]), torch.tensor([0, 2])]
dout = x[mask]
dout = x[:, a[0] > 0]
dout = x[..., [0, 3]]
dout = x[None, [0, 1], None, [1, 2]]
dout = x[zero]
dout = a[zero, y[0]]
dout = x[-1, [-1, -2]]
dout = a[True]
dout = a[False]
dout = a[y[1]:y[0]]
dout = s[None]
dout = s[...]
dout = "abc"[1]
dout = (1, 2, 3)[1:]
dout = [1, 2, 3][::-1]
dout = range(10)[2]
dout = torch.zeros_like(a)\ndout[range(n), y] = -1.0 / n
dout = torch.zeros(2, 3)\ndout[0] = row
dout = torch.zeros(2, 3)\ndout[:, 0] = 1
dout = torch.zeros(2, 3)\ndout[:, 1:] = col
dout = torch.zeros(2, 3)\ndout[0] = row[None]
dout = torch.zeros(2, 3)\ndout[mask] = 5
dout = torch.zeros(2, 3)\ndout[mask] = row
dout = torch.zeros(2, 3)\ndout[a > 0] += 1
dout = torch.zeros(3, 4)\ndout[idx] = torch.cat([m, 2 * m[:1]])
dout = torch.zeros(3, 4)\ndout[idx] += 1
dout = torch.zeros(3, 4)\ndout[idx, [0, 1, 0, 3]] += torch.arange(4.0)
dout = torch.zeros(2, 3)\ndout[...] = a
dout = torch.zeros(2, 3)\ndout[1, 2] = s
dout = torch.zeros(2, 3, 4)\ndout[:, [0, 2], 1] = 3
dout = torch.zeros(2, 3, 4)\ndout[[0, 1], :, [1, 2]] = a
dout = i.clone()\ndout[0] = 1.75
dout = i.clone()\ndout[0] = row
dout = torch.zeros(2, 3)\ndout[0] = i[0]
dout = torch.zeros(2, 3)\ndout[:] = 2
dout = torch.zeros(2, 3)\nfor t in range(2):\n    for k in range(3):\n        dout[t, k] += a[t, k] * k
dout = torch.zeros(3)\nfor r in a:\n    dout += r
dout = torch.zeros(3)\nfor t, r in enumerate(a):\n    dout[t] = r.sum()
dout = [1, 2]\ndout[0] = 5
dout = [1]\ndout.append(2)
t = a.clone()\ndout = t\nt += 1
t = a.clone()\ndout = t.T\nt += 1
t = a.clone()\ndout = t.view(-1)\nt[0] = 9
t = a.clone()\ndout = t.reshape(3, 2)\nt[0] = 9
t = a.clone()\ndout = t.T.reshape(-1)\nt[0] = 9
t = a.clone()\ndout = t[0]\nt *= 2
t = a.clone()\ndout = t[[0]]\nt *= 2
t = a.clone()\ndout = t[:, 1:]\nt *= 2
t = col.clone()\ndout = t.expand(2, 3)\nt *= 2
t = a.clone()\ndout = t.detach()\nt *= 2
t = a.clone()\ndout = t.data\nt *= 2
t = a.clone()\ndout = t.contiguous()\nt *= 2
t = a.clone()\ndout = t.T.contiguous()\nt *= 2
t = a.clone()\ndout = t.to("cpu")\nt *= 2
t = a.clone()\ndout = t.permute(1, 0)\nt *= 2
t = a.clone()\ndout = t.unsqueeze(0)\nt *= 2
t = a.clone()\ndout = t.squeeze()\nt *= 2
t = a.clone()\ndout = t.diagonal()\nt *= 2
t = a.clone()\ndout = t.diag()\nt *= 2
t = a.clone()\ndout = t.flatten()\nt *= 2
t = a.clone()\ndout = t.narrow(0, 0, 1)\nt *= 2
t = a.clone()\ndout = t.unbind(1)[0]\nt *= 2
t = a.clone()\ndout = t.split(1)[1]\nt *= 2
t = a.clone()\ndout = t.view_as(b)\nt *= 2
t = a.clone()\ndout = t.expand_as(b)\nt *= 2
t = a.clone()\ndout = t.long()\nt *= 2
t = i.clone()\ndout = t.long()\nt *= 2
t = a.clone()\ndout = t\nt = t + 1
t = a.clone()\ndout = t\nt -= t
t = a.clone()\nt[0] += t[1]\ndout = t
t = m[:, :3].clone()\nt.T.add_(1)\ndout = t
t = m.clone()\nt[:, 1:3].mul_(2)\ndout = t
dout = a.clone()\ndout.add_(b, alpha=2)
dout = a.clone()\ndout.copy_(dout)
t = a.clone()\nt[:, 0] = t[:, 1]\ndout = t
dout = math.sqrt(2.0) + math.pi
dout = torch.pi
dout = 1e-5 + 1
dout = a.T.sum(0) + (a * b).T[0].mean()
dout = bool(a[0, 0] > 0) and 3
""".strip("\n").split("\n")

FAILS = r"""
dout = a + m
dout = a + v[:2]
dout = a - mask
dout = mask - mask
dout = 1 - mask
dout = -mask
dout = ~a
dout = a & b
dout = a @ b
dout = a @ i.T
dout = mask @ mask.T
dout = s @ a
dout = a @ 2
dout = a + "x"
dout = a + [1, 2, 3]
dout = a + None
dout = i ** -1
dout = 1 / 0
dout = 1 // 0
dout = 1.0 % 0
dout = 0.0 ** -1
dout = i // zero
dout = i % zero
dout = mask % mask
dout = mask // mask
dout = mask ** mask
dout = row.clone()\ndout += a
dout = i.clone()\ndout += a
dout = i.clone()\ndout /= 2
dout = i.clone()\ndout *= 1.5
dout = mask.clone()\ndout += 1
dout = col.expand(2, 3)\ndout += 1
dout = torch.zeros(3, 3)\ndout += dout.T
dout = a.sum(2)
dout = a.sum((0, 0))
dout = a.sum(1.0)
dout = a.sum(0, 1)
dout = a.sum(foo=1)
dout = a.sum(0, dim=0)
dout = i.mean()
dout = i.var()
dout = a.max(2)
dout = a.max((0, 1))
dout = torch.zeros(0).max()
dout = torch.zeros(0, 3).argmax(0)
dout = a.softmax()
dout = i.softmax(1)
dout = torch.log_softmax(i, 1)
dout = F.one_hot(a)
dout = F.one_hot(i)
dout = F.one_hot(y, 2)
dout = F.one_hot(mask)
dout = a.view(4)
dout = a.view(-1, -1)
dout = a.view(-1, 4)
dout = a.T.view(6)
dout = x.transpose(0, 1).view(6, 4)
dout = a.reshape(5)
dout = a.expand(2, 4)
dout = a.expand(3)
dout = row.expand(-1, 3)
dout = x.t()
dout = a.permute(0)
dout = a.permute(0, 0)
dout = a.transpose(0, 2)
dout = a.unsqueeze(3)
dout = a.squeeze(2)
dout = row.mT
dout = a.flatten(1, 0)
dout = a.narrow(0, 1, 2)
dout = a.select(0, 2)
dout = a.split([1, 2])
dout = row.diagonal()
dout = x.diag()
dout = a.item()
dout = int(a)
dout = bool(a)
dout = not a
dout = len(s)
dout = a[2]
dout = a[0, 3]
dout = a[0, 0, 0]
dout = a[0.5]
dout = a[row]
dout = a["x"]
dout = a[::-1]
dout = a[::0]
dout = a[[0, 2]]
dout = a[:, [0, 3]]
dout = a[[0, 1], [0, 1, 2]]
dout = a[mask.T]
dout = s[0]
dout = torch.zeros(2, 3)\ndout[0] = a
dout = torch.zeros(2, 3)\ndout[0] = v[:2]
dout = torch.zeros(2, 3)\ndout[mask] = v[:2]
dout = torch.zeros(2, 3)\ndout[0] = [1, 2, 3]
dout = torch.zeros(2, 3)\ndout[[0, 1], [0, 1]] = i[0, :2]
dout = torch.zeros(2, 3)\ndout[3] = 1
dout = torch.zeros(-1)
dout = torch.arange(0, 5, -1)
dout = torch.tensor([[1, 2], [3]])
dout = torch.tensor([a, b])
dout = torch.tensor("x")
dout = torch.cat([a, row])
dout = torch.cat([a, m])
dout = torch.cat([s, s])
dout = torch.stack([a, row])
dout = torch.cat([])
dout = torch.mm(a, v)
dout = torch.mm(x, x)
dout = torch.dot(a, b)
dout = torch.dot(row, y.float())
dout = torch.bmm(a, b)
dout = torch.outer(a, b)
dout = torch.einsum("ij,jk->ik", a, b)
dout = torch.einsum("ij->ik", a)
dout = torch.einsum("ijk->i", a)
dout = torch.einsum("ij,jk->ik", a)
dout = torch.where(a, a, b)
dout = torch.where(mask, a, m)
dout = torch.clamp(a)
dout = a.gather(1, a)
dout = a.gather(1, torch.tensor([[3], [0]]))
dout = a.gather(1, y)
dout = a.gather(1, torch.tensor([[-1], [0]]))
dout = m.index_select(0, torch.tensor([3]))
dout = m.index_select(0, torch.tensor([[0]]))
dout = torch.zeros(3, 4).index_add_(0, idx, m)
dout = torch.zeros(3, 4).index_add_(0, idx.float(), m)
dout = torch.zeros(3, 4).index_add_(0, torch.tensor([0, 1, 3]), m)
dout = torch.zeros(2, 3).scatter_(1, y.view(-1, 1), i)
dout = torch.zeros(2, 3).scatter_(1, y, 1.0)
dout = torch.zeros(2, 3).scatter_add_(1, y.view(-1, 1) + 2, a)
dout = a.masked_fill(i, 0)
dout = a.masked_fill(mask.T, 0)
dout = a.repeat(2)
dout = row.tril()
dout = a.abs(1)
dout = torch.exp()
dout = torch.exp(2.0)
dout = torch.tanh("x")
dout = i.clone().exp_()
dout = mask.abs()
dout = mask.relu()
dout = range(0.5)
dout = range(1, 2, 0)
dout = max([])
dout = float("x")
dout = [1, 2][2]
dout = (1, 2)[0.5]
dout = 3[0]
dout = a()
dout = math.sqrt(-1)
dout = math.log(0)
dout = a.topk(4)
dout = F.cross_entropy(a, idx)
dout = F.softmax(a, 2)
dout = a.size(2)
dout = torch.eye(-1)
for r in s:\n    dout = r
""".strip("\n").split("\n")


def encode(value):
    if isinstance(value, torch.Tensor):
        flat = value.detach().contiguous().view(-1).tolist()
        dtype = str(value.dtype).replace("torch.", "")
        return {"dtype": dtype, "shape": list(value.shape), "values": [encode(each) for each in flat]}
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return {"float": value}
        return {"float": str(value)}
    if isinstance(value, tuple):
        return {"tuple": [encode(each) for each in value]}
    if isinstance(value, list):
        return {"list": [encode(each) for each in value]}
    raise TypeError(f"{type(value)} is not recorded")


def inputs():
    return {name: value if name in NUMBERS else torch.tensor(value) for name, value in INPUTS.items()}


def plain(value):
    """Numbers in a tensor need no mark of their type."""
    if isinstance(value, dict) and "values" in value:
        floats = [each["float"] if isinstance(each, dict) else each for each in value["values"]]
        return {**value, "values": floats}
    if isinstance(value, dict):
        return {key: [plain(each) for each in items] if isinstance(items, list) else items for key, items in value.items()}
    return value


def result(text, dtype):
    torch.set_default_dtype(dtype)
    names = {"torch": torch, "F": F, "math": math, **inputs()}
    exec(text, names)
    return plain(encode(names["dout"]))


def main():
    out = {"torch": torch.__version__, "inputs": None, "results": [], "fails": []}
    torch.set_default_dtype(torch.float64)
    out["inputs"] = {name: plain(encode(value)) for name, value in inputs().items()}
    seen = set()
    for text in TEXTS:
        text = text.replace("\\n", "\n")
        if text in seen:
            continue
        seen.add(text)
        try:
            wide = result(text, torch.float64)
        except Exception as error:
            raise SystemExit(f"{text}\nfails: {error}") from error
        try:
            narrow = result(text, torch.float32)
        except Exception as error:
            raise SystemExit(f"{text}\nfails with float32: {error}") from error
        out["results"].append({"text": text, "float64": wide, **({} if narrow == wide else {"float32": narrow})})
    for text in FAILS:
        text = text.replace("\\n", "\n")
        try:
            value = result(text, torch.float64)
        except Exception:
            out["fails"].append(text)
            continue
        raise SystemExit(f"{text}\nis not refused: {value}")
    lines = {key: json.dumps(value, separators=(",", ":")) for key, value in out.items() if key not in ("results", "fails")}
    for key in ("results", "fails"):
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in out[key])
        lines[key] = f"[\n{rows}\n]"
    text = "{\n" + ",\n".join(f"{json.dumps(key)}:{value}" for key, value in lines.items()) + "\n}\n"
    path = pathlib.Path(__file__).parent.parent / "fixtures" / "dialect.json"
    path.write_text(text)
    print(f"{path}: {len(out['results'])} results, {len(out['fails'])} refusals, {len(text)} bytes")


if __name__ == "__main__":
    main()
