/** The notebook's 26 lines as people write them. Every one is right. */
export const solutions: Readonly<Record<string, string>> = {
  "the lecture's": `
dlogprobs = torch.zeros_like(logprobs)
dlogprobs[range(n), Yb] = -1.0/n
dprobs = (1.0 / probs) * dlogprobs
dcounts_sum_inv = (counts * dprobs).sum(1, keepdim=True)
dcounts = counts_sum_inv * dprobs
dcounts_sum = (-counts_sum**-2) * dcounts_sum_inv
dcounts += torch.ones_like(counts) * dcounts_sum
dnorm_logits = counts * dcounts
dlogits = dnorm_logits.clone()
dlogit_maxes = (-dnorm_logits).sum(1, keepdim=True)
dlogits += F.one_hot(logits.max(1).indices, num_classes=logits.shape[1]) * dlogit_maxes
dh = dlogits @ W2.T
dW2 = h.T @ dlogits
db2 = dlogits.sum(0)
dhpreact = (1.0 - h**2) * dh
dbngain = (bnraw * dhpreact).sum(0, keepdim=True)
dbnraw = bngain * dhpreact
dbnbias = dhpreact.sum(0, keepdim=True)
dbndiff = bnvar_inv * dbnraw
dbnvar_inv = (bndiff * dbnraw).sum(0, keepdim=True)
dbnvar = (-0.5*(bnvar + 1e-5)**-1.5) * dbnvar_inv
dbndiff2 = (1.0/(n-1))*torch.ones_like(bndiff2) * dbnvar
dbndiff += (2*bndiff) * dbndiff2
dhprebn = dbndiff.clone()
dbnmeani = (-dbndiff).sum(0, keepdim=True)
dhprebn += 1.0/n * (torch.ones_like(hprebn) * dbnmeani)
dembcat = dhprebn @ W1.T
dW1 = embcat.T @ dhprebn
db1 = dhprebn.sum(0)
demb = dembcat.view(emb.shape)
dC = torch.zeros_like(C)
for k in range(Xb.shape[0]):
  for j in range(Xb.shape[1]):
    ix = Xb[k,j]
    dC[ix] += demb[k,j]
`,
  "points without a digit, one line each, no ones": `
dlogprobs = torch.zeros(logprobs.shape); dlogprobs[torch.arange(batch_size), Yb] = -1./n
dprobs = dlogprobs / probs
dcounts_sum_inv = (dprobs*counts).sum(dim=1, keepdims=True)
dcounts_sum = -1./counts_sum**2 * dcounts_sum_inv
dcounts = counts_sum_inv * dprobs + dcounts_sum
dnorm_logits = norm_logits.exp() * dcounts
dlogit_maxes = -dnorm_logits.sum(axis=1, keepdim=True)
dlogits = dnorm_logits + (logits == logit_maxes) * dlogit_maxes
dh = dlogits @ W2.t()
dW2 = (dlogits.T @ h).T
db2 = dlogits.sum(dim=0)
dhpreact = dh * (1. - h*h)
dbngain = (dhpreact * bnraw).sum(0, True)
dbnbias = dhpreact.sum(dim=0, keepdim=True)
dbnraw = dhpreact * bngain
dbnvar_inv = (dbnraw * bndiff).sum(0, keepdim=True)
dbnvar = dbnvar_inv * -.5 * (bnvar + 1e-5)**(-3/2)
dbndiff2 = (dbnvar / (n - 1)).expand(n, -1)
dbndiff = dbnraw * bnvar_inv + 2. * bndiff * dbndiff2
dbnmeani = -dbndiff.sum(0, keepdim=True)
dhprebn = dbndiff + dbnmeani / n
dembcat = dhprebn @ W1.transpose(0, 1)
dW1 = torch.transpose(embcat, 0, 1) @ dhprebn
db1 = torch.sum(dhprebn, 0)
demb = dembcat.view_as(emb)
dC = torch.zeros_like(C).index_add_(0, Xb.view(-1), demb.view(-1, n_embd))
`,
  "functions of torch": `
import torch.nn.functional as TF
dlogprobs = -TF.one_hot(Yb, vocab_size).float() / n
dprobs = torch.mul(torch.pow(probs, -1), dlogprobs)
dcounts_sum_inv = torch.sum(torch.mul(counts, dprobs), dim=1, keepdim=True)
dcounts_sum = torch.neg(torch.pow(counts_sum, -2)) * dcounts_sum_inv
dcounts = torch.add(counts_sum_inv * dprobs, dcounts_sum.expand_as(counts))
dnorm_logits = torch.exp(norm_logits) * dcounts
dlogit_maxes = torch.sum(-dnorm_logits, 1).unsqueeze(1)
dlogits = dnorm_logits + torch.nn.functional.one_hot(torch.argmax(logits, 1), vocab_size) * dlogit_maxes
dh = torch.matmul(dlogits, torch.t(W2))
dW2 = torch.einsum('ij,ik->jk', h, dlogits)
db2 = torch.sum(dlogits, dim=0)
dhpreact = dh * (1 - torch.tanh(hpreact)**2)
dbngain = torch.sum(bnraw * dhpreact, dim=0, keepdim=True)
dbnbias = torch.sum(dhpreact, dim=0, keepdim=True)
dbnraw = torch.mul(bngain, dhpreact)
dbnvar_inv = torch.sum(bndiff * dbnraw, dim=0, keepdim=True)
dbnvar = -0.5 * torch.pow(bnvar + 1e-5, -1.5) * dbnvar_inv
dbndiff2 = torch.broadcast_to(dbnvar / (n - 1), bndiff2.shape)
dbndiff = bnvar_inv * dbnraw + 2 * bndiff * dbndiff2
dbnmeani = -torch.sum(dbndiff, 0, keepdim=True)
dhprebn = dbndiff + torch.full((n, n_hidden), 1/n) * dbnmeani
dembcat = torch.mm(dhprebn, W1.T)
dW1 = torch.mm(embcat.T, dhprebn)
db1 = dhprebn.sum(dim=0)
demb = torch.reshape(dembcat, emb.shape)
dC = torch.einsum('abc,abg->cg', F.one_hot(Xb, vocab_size).to(demb.dtype), demb)
`,
  "loops over rows": `
dlogprobs = torch.zeros_like(logprobs)
for i, y in enumerate(Yb):
    dlogprobs[i, y] -= 1 / n
dprobs = probs**-1 * dlogprobs
dcounts_sum_inv = torch.zeros_like(counts_sum_inv)
for i in range(len(counts)):
    dcounts_sum_inv[i] = (counts[i] * dprobs[i]).sum()
dcounts = dprobs * counts_sum_inv
dcounts_sum = dcounts_sum_inv * -(counts_sum**-2)
for i in range(n):
    dcounts[i] += dcounts_sum[i]
dnorm_logits = dcounts * counts
dlogit_maxes = torch.zeros_like(logit_maxes)
for row, out in zip(dnorm_logits, dlogit_maxes):
    out -= row.sum()
dlogits = dnorm_logits.clone()
for i in range(n):
    m = logits[i].argmax().item()
    if m >= 0 and not m != logits[i].argmax():
        dlogits[i, m] += dlogit_maxes[i, 0]
    else:
        dlogits[i, m] = 0
dh, dW2 = dlogits @ W2.T, h.T @ dlogits
db2 = dlogits[0].clone()
for row in dlogits[1:]:
    db2 += row
dhpreact = dh - dh * h**2
dbngain = torch.zeros_like(bngain)
dbnbias = torch.zeros_like(bnbias)
for a, b in zip(bnraw, dhpreact):
    dbngain += a * b
    dbnbias[0] += b
dbnraw = dhpreact * bngain
dbnvar_inv = (dbnraw * bndiff).sum(0)[None, :]
dbnvar = dbnvar_inv * -0.5 * bnvar_inv**3
dbndiff2 = torch.ones_like(bndiff2)
dbndiff2 *= dbnvar
dbndiff2 /= n - 1
dbndiff = dbnraw * bnvar_inv
dbndiff += 2 * bndiff * dbndiff2
dbnmeani = -dbndiff.sum(0).unsqueeze(0)
dhprebn = dbndiff.clone()
dhprebn += dbnmeani.repeat(n, 1) / n
dembcat = dhprebn @ W1.T
dW1 = (dhprebn.T @ embcat).T
db1 = dhprebn.sum(0)
demb = dembcat.reshape(*emb.shape)
dC = 0 * C
for xs, des in zip(Xb, demb):
    for x, de in zip(xs, des):
        dC[x.item()] += de
`,
  "views and masks, in place": `
with torch.no_grad():
    dlogprobs = torch.zeros_like(logprobs)
    dlogprobs.scatter_(1, Yb.view(-1, 1), -1.0 / n)
    dprobs = dlogprobs.clone().div_(probs)
    dcounts = dprobs * counts_sum_inv
    dcounts_sum_inv = (dprobs * counts).sum(1).view(-1, 1)
    dcounts_sum = dcounts_sum_inv.clone()
    dcounts_sum *= -1
    dcounts_sum /= counts_sum.pow(2)
    dcounts.add_(dcounts_sum)
    dnorm_logits = counts.clone()
    dnorm_logits.mul_(dcounts)
    dlogit_maxes = (dnorm_logits.neg() @ torch.ones(vocab_size, 1))
    mask = logits == logits.max(1, keepdim=True)[0]
    tmp = torch.zeros_like(logits)
    tmp[mask] = dlogit_maxes.squeeze(1)
    dlogits = tmp + dnorm_logits
    dh = dlogits.matmul(W2.permute(1, 0))
    dW2 = h.t().mm(dlogits)
    db2 = torch.ones(n) @ dlogits
    dhpreact = dh * (1 - h.square())
    dbngain = (bnraw * dhpreact).sum(dim=0)[None]
    dbnbias = dhpreact.mean(0, keepdim=True) * n
    dbnraw = dhpreact.mul(bngain)
    dbnvar_inv = (bndiff * dbnraw).sum((0,), keepdim=True)
    dbnvar = dbnvar_inv * (-0.5) / (bnvar + 1e-5).sqrt()**3
    dbndiff2 = dbnvar.repeat(n, 1) / (n - 1)
    dbndiff = dbnraw * bnvar_inv
    dbndiff[...] = dbndiff + 2 * bndiff * dbndiff2
    dbnmeani = dbndiff.sum(0, keepdim=True) * -1.0
    dhprebn = dbndiff + dbnmeani.expand_as(hprebn) / hprebn.size(0)
    dembcat = dhprebn @ W1.T
    dW1 = embcat.T @ dhprebn
    db1 = dhprebn.sum(0)
    demb = dembcat.view(-1, block_size, n_embd)
    dC = (F.one_hot(Xb, vocab_size).transpose(2, 1).float() @ demb).sum(0)
`,
};
