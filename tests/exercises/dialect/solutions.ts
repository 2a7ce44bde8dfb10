/**
 * The notebook's 26 lines as people write them, some with exercises 2 and 3 after them. Every one is right, and in the shape of its
 * tensor.
 */
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
  "einsum throughout, then exercises 2 and 3": `
dlogprobs = torch.eye(vocab_size)[Yb] * (-1.0 / n)
dprobs = torch.einsum('ij,ij->ij', dlogprobs, 1 / probs)
dcounts_sum_inv = torch.einsum('ij,ij->i', counts, dprobs)[:, None]
dcounts_sum = torch.einsum('ij, ij -> ij', dcounts_sum_inv, -counts_sum**-2)
dcounts = torch.einsum('ij,ik->ik', counts_sum_inv, dprobs) + dcounts_sum
dnorm_logits = torch.einsum('ij,ij->ij', counts, dcounts)
dlogit_maxes = -torch.einsum('ij->i', dnorm_logits).unsqueeze(-1)
highest = F.one_hot(logits.argmax(dim=1), vocab_size).float()
dlogits = dnorm_logits + torch.einsum('ij,ik->ij', highest, dlogit_maxes)
dh = torch.einsum('nv,hv->nh', dlogits, W2)
dW2 = torch.einsum('nh,nv->hv', h, dlogits)
db2 = torch.einsum('nv->v', dlogits)
dhpreact = torch.einsum('nh,nh->nh', 1 - h**2, dh)
dbngain = torch.einsum('nh,nh->h', dhpreact, bnraw)[None, :]
dbnbias = torch.einsum('nh->h', dhpreact)[None, :]
dbnraw = torch.einsum('oh,nh->nh', bngain, dhpreact)
dbnvar_inv = torch.einsum('nh,nh->h', dbnraw, bndiff).unsqueeze(0)
dbnvar = torch.einsum('oh,oh->oh', dbnvar_inv, -0.5 * bnvar_inv**3)
dbndiff2 = torch.einsum('nh,oh->nh', torch.ones(n, n_hidden), dbnvar) / (n - 1)
dbndiff = torch.einsum('nh,oh->nh', dbnraw, bnvar_inv) + 2 * torch.einsum('nh,nh->nh', bndiff, dbndiff2)
dbnmeani = -torch.einsum('nh->h', dbndiff)[None]
dhprebn = dbndiff + dbnmeani / n
dembcat = torch.einsum('nh,kh->nk', dhprebn, W1)
dW1 = torch.einsum('nk,nh->kh', embcat, dhprebn)
db1 = torch.einsum('nh->h', dhprebn)
demb = dembcat.view(n, block_size, n_embd)
dC = torch.einsum('ntv,nte->ve', F.one_hot(Xb, num_classes=C.shape[0]).float(), demb)

# exercise 2
p = torch.einsum('nv,n->nv', logits.exp(), 1 / logits.exp().sum(1))
dlogits = torch.einsum('nv->nv', p - torch.eye(vocab_size)[Yb]) / n

# exercise 3
along_mean = torch.einsum('nh->h', dhpreact) / n
along_var = torch.einsum('nh,nh->h', dhpreact, bnraw) / (n - 1)
dhprebn = torch.einsum('h,nh->nh', (bngain * bnvar_inv).squeeze(), dhpreact - along_mean - bnraw * along_var)
`,
  "every path starts at zero and is added, index_add_": `
dlogprobs, dprobs = torch.zeros_like(logprobs), torch.zeros_like(probs)
dcounts_sum_inv = torch.zeros_like(counts_sum_inv)
dcounts, dcounts_sum = torch.zeros_like(counts), torch.zeros_like(counts_sum)
dnorm_logits, dlogit_maxes = torch.zeros_like(norm_logits), torch.zeros_like(logit_maxes)
dlogits = torch.zeros_like(logits)
dlogprobs[torch.arange(n), Yb] -= 1 / n
dprobs += dlogprobs * probs**-1
dcounts_sum_inv += (dprobs * counts).sum(-1, keepdim=True)
dcounts += dprobs * counts_sum_inv
dcounts_sum -= dcounts_sum_inv / (counts_sum * counts_sum)
dcounts += dcounts_sum
dnorm_logits += dcounts * norm_logits.exp()
dlogits += dnorm_logits
dlogit_maxes -= dnorm_logits.sum(-1, keepdim=True)
dlogits[range(n), logits.max(dim=1)[1]] += dlogit_maxes[:, 0]
dW2 = torch.zeros(n_hidden, vocab_size)
dW2 += h.T @ dlogits
db2 = torch.zeros(vocab_size).index_add_(0, torch.arange(vocab_size).repeat(n), dlogits.view(-1))
dh = torch.zeros([n, n_hidden])
dh += dlogits @ W2.T
dhpreact = dh.clone()
dhpreact -= h * h * dh
dbngain = torch.zeros_like(bngain)
dbngain += (dhpreact * bnraw).sum(0)
dbnbias = torch.zeros_like(bnbias)
dbnbias += dhpreact.sum(0)
dbnraw = torch.zeros_like(bnraw)
dbnraw += dhpreact * bngain
dbndiff = torch.zeros_like(bndiff)
dbndiff += dbnraw * bnvar_inv
dbnvar_inv = torch.zeros_like(bnvar_inv)
dbnvar_inv += (dbnraw * bndiff).sum(0)
dbnvar = torch.zeros_like(bnvar)
dbnvar -= dbnvar_inv / (2 * (bnvar + 1e-5)**1.5)
dbndiff2 = torch.zeros_like(bndiff2)
dbndiff2 += dbnvar / (n - 1)
dbndiff += dbndiff2 * bndiff * 2
dhprebn = torch.zeros_like(hprebn)
dhprebn += dbndiff
dbnmeani = torch.zeros_like(bnmeani)
dbnmeani -= dbndiff.sum(0)
dhprebn += dbnmeani / n
dembcat = torch.zeros_like(embcat)
dembcat += dhprebn @ W1.T
dW1 = torch.zeros_like(W1)
dW1 += embcat.T @ dhprebn
db1 = torch.zeros_like(b1)
db1 += dhprebn.sum(0)
demb = torch.zeros_like(emb)
demb += dembcat.view(emb.shape)
dC = torch.zeros_like(C)
dC.index_add_(0, Xb.flatten(), demb.flatten(0, 1))
`,
  "chains of methods, then exercises 2 and 3": `
rows = torch.arange(n)
dlogprobs = logprobs.new_zeros(logprobs.shape).index_put_((rows, Yb), torch.tensor(-1.0).div(n))
dprobs = probs.reciprocal().mul(dlogprobs)
dcounts_sum_inv = counts.mul(dprobs).sum(dim=1).unsqueeze(dim=1)
dcounts_sum = counts_sum.square().reciprocal().neg().mul(dcounts_sum_inv)
dcounts = dprobs.mul(counts_sum_inv).add(dcounts_sum)
dnorm_logits = dcounts.mul(norm_logits.exp())
dlogit_maxes = dnorm_logits.sum(dim=1, keepdim=True).neg()
dlogits = dnorm_logits.scatter_add(1, logits.argmax(1, keepdim=True), dlogit_maxes)
dh = dlogits.mm(W2.t())
dW2 = h.t().mm(dlogits)
db2 = dlogits.sum(dim=0)
dhpreact = h.square().neg().add(1).mul(dh)
dbngain = dhpreact.mul(bnraw).sum(dim=0).unsqueeze(0)
dbnbias = dhpreact.sum(dim=0).view(1, -1)
dbnraw = dhpreact.mul(bngain)
dbnvar_inv = bndiff.mul(dbnraw).sum(dim=0).reshape(bnvar_inv.shape)
dbnvar = bnvar.add(1e-5).pow(-1.5).mul(-0.5).mul(dbnvar_inv)
dbndiff2 = dbnvar.div(n - 1).expand_as(bndiff2)
dbndiff = dbnraw.mul(bnvar_inv).add(bndiff.mul(dbndiff2), alpha=2)
dbnmeani = dbndiff.neg().sum(dim=0, keepdim=True)
dhprebn = dbnmeani.div(n).add(dbndiff)
dembcat = dhprebn.matmul(W1.transpose(-2, -1))
dW1 = embcat.transpose(0, 1).matmul(dhprebn)
db1 = dhprebn.sum(dim=0)
demb = dembcat.reshape_as(emb)
dC = F.one_hot(Xb.view(-1), C.size(0)).to(torch.float32).t().matmul(demb.view(-1, C.size(1)))

# exercise 2
dlogits = logits.softmax(dim=1).sub(F.one_hot(Yb, logits.size(1))).div(logits.size(0))

# exercise 3, from dbnraw
dhprebn = dbnraw.sub(dbnraw.mean(0)).sub(bnraw.mul(bnraw.mul(dbnraw).sum(0)).div(n - 1)).mul(bnvar_inv)
`,
  "one example at a time": `
dlogprobs = torch.zeros_like(logprobs)
dprobs = torch.zeros_like(probs)
dcounts_sum_inv = torch.zeros_like(counts_sum_inv)
dcounts_sum = torch.zeros_like(counts_sum)
dcounts = torch.zeros_like(counts)
dnorm_logits = torch.zeros_like(norm_logits)
dlogit_maxes = torch.zeros_like(logit_maxes)
dlogits = torch.zeros_like(logits)
dh = torch.zeros_like(h)
dW2 = torch.zeros_like(W2)
db2 = torch.zeros_like(b2)
dhpreact = torch.zeros_like(hpreact)
dbngain = torch.zeros_like(bngain)
dbnbias = torch.zeros_like(bnbias)
dbnraw = torch.zeros_like(bnraw)
dbnvar_inv = torch.zeros_like(bnvar_inv)
for i in range(n):
    dlogprobs[i, Yb[i]] = -1.0 / n
    dprobs[i] = dlogprobs[i] / probs[i]
    dcounts_sum_inv[i] = torch.dot(counts[i], dprobs[i])
    dcounts_sum[i] = -dcounts_sum_inv[i] * counts_sum[i]**-2
    dcounts[i] = counts_sum_inv[i] * dprobs[i] + dcounts_sum[i]
    dnorm_logits[i] = counts[i] * dcounts[i]
    dlogit_maxes[i] = -dnorm_logits[i].sum()
    dlogits[i] = dnorm_logits[i]
    dlogits[i, logits[i].argmax()] += dlogit_maxes[i].item()
    dh[i] = W2 @ dlogits[i]
    dW2 += torch.outer(h[i], dlogits[i])
    db2 += dlogits[i]
    dhpreact[i] = (1 - h[i]**2) * dh[i]
    dbngain += bnraw[i] * dhpreact[i]
    dbnbias += dhpreact[i]
    dbnraw[i] = bngain[0] * dhpreact[i]
    dbnvar_inv += bndiff[i] * dbnraw[i]
dbnvar = -0.5 * (bnvar + 1e-5)**-1.5 * dbnvar_inv
dbndiff2 = torch.zeros_like(bndiff2)
dbndiff = torch.zeros_like(bndiff)
dbnmeani = torch.zeros_like(bnmeani)
for i in range(n):
    dbndiff2[i, :] = dbnvar[0] / (n - 1)
    dbndiff[i, :] = bnvar_inv[0] * dbnraw[i] + 2 * bndiff[i] * dbndiff2[i]
    dbnmeani[0, :] -= dbndiff[i]
dhprebn = torch.zeros_like(hprebn)
dembcat = torch.zeros_like(embcat)
demb = torch.zeros_like(emb)
dW1 = torch.zeros_like(W1)
db1 = torch.zeros_like(b1)
dC = torch.zeros_like(C)
for i in range(n):
    dhprebn[i] = dbndiff[i] + dbnmeani[0] / n
    dembcat[i] = W1 @ dhprebn[i]
    dW1 += embcat[i].unsqueeze(1) * dhprebn[i].unsqueeze(0)
    db1 += dhprebn[i]
    for t in range(block_size):
        demb[i, t] = dembcat[i, t * n_embd:(t + 1) * n_embd]
        dC[Xb[i, t]] += demb[i, t]
`,
  "means for sums over n, the two paths apart, then exercises 2 and 3": `
targets = torch.arange(vocab_size) == Yb[:, None]
dlogprobs = torch.where(targets, -1 / n, 0.0)
dprobs = dlogprobs * (1 / probs)
dcounts_sum_inv = vocab_size * (counts * dprobs).mean(1, keepdim=True)
dcounts_sum = dcounts_sum_inv * (-1 * counts_sum**(-2))
dcounts_1 = counts_sum_inv * dprobs
dcounts_2 = torch.ones((n, vocab_size)) * dcounts_sum
dcounts = dcounts_1 + dcounts_2
dnorm_logits = dcounts * counts
dlogit_maxes = dnorm_logits.mean(1, keepdim=True) * -vocab_size
dlogits1 = dnorm_logits
dlogits2 = torch.where(logits == logits.amax(1, keepdim=True), dlogit_maxes, torch.zeros_like(logits))
dlogits = dlogits1 + dlogits2
dh = dlogits @ torch.transpose(W2, 1, 0)
dW2 = n * (h.unsqueeze(2) * dlogits.unsqueeze(1)).mean(0)
db2 = n * dlogits.mean(0)
dtanh = 1 - h.pow(2)
dhpreact = dtanh * dh
dbngain = (dhpreact * bnraw).mean(0, keepdim=True) * n
dbnbias = dhpreact.mean(0, keepdim=True) * n
dbnraw = dhpreact * bngain
dbnvar_inv = (dbnraw * bndiff).mean(0, keepdim=True) * n
dbnvar = dbnvar_inv * -0.5 * (bnvar + 1e-5)**-1 * bnvar_inv
dbndiff2 = dbnvar * torch.full_like(bndiff2, 1 / (n - 1))
dbndiff_1, dbndiff_2 = bnvar_inv * dbnraw, 2 * bndiff * dbndiff2
dbndiff = dbndiff_1 + dbndiff_2
dbnmeani = -n * dbndiff.mean(0, keepdim=True)
dhprebn_1, dhprebn_2 = dbndiff, dbnmeani.broadcast_to(hprebn.shape) * (1 / n)
dhprebn = dhprebn_1 + dhprebn_2
dembcat = (W1 @ dhprebn.T).T
dW1 = (dhprebn.T @ embcat).T
db1 = n * dhprebn.mean(0)
demb = torch.stack(torch.split(dembcat, n_embd, dim=1), 1)
dC = torch.zeros_like(C)
for character in range(vocab_size):
    dC[character] = demb[Xb == character].sum(0)

# exercise 2
dlogits = torch.log_softmax(logits, 1).exp()
dlogits -= F.one_hot(Yb, num_classes=vocab_size)
dlogits *= 1 / n

# exercise 3
std = (bnvar + 1e-5)**0.5
dhprebn_direct = bngain / std * dhpreact
dhprebn_mean = -(bngain / std) * dhpreact.mean(0) * torch.ones_like(hprebn)
dhprebn_var = -(bngain / std) * bnraw * (dhpreact * bnraw).mean(0) * n / (n - 1)
dhprebn = dhprebn_direct + dhprebn_mean + dhprebn_var
`,
  "semicolons, continued lines and helpers' names": `
N, V = logits.shape
onehot, ones = F.one_hot(Yb, num_classes=V).float(), torch.ones(1, N)
dlogprobs = onehot / -N ; dprobs = 1. / probs * dlogprobs
dcounts_sum_inv = (
    counts * dprobs
) @ torch.ones(V, 1)
dcounts_sum = -dcounts_sum_inv / torch.pow(counts_sum, 2)
dcounts = counts_sum_inv.expand(-1, V) * dprobs \\
    + dcounts_sum.expand(N, V)
dnorm_logits = dcounts * counts; dlogit_maxes = -1 * dnorm_logits @ torch.ones(V, 1)
mask = torch.zeros_like(logits)
mask[range(N), torch.max(logits, 1).indices] = 1
dlogits = dnorm_logits + mask * dlogit_maxes
db2 = (ones @ dlogits).view(-1); dW2 = torch.matmul(h.permute(1, 0), dlogits); dh = F.linear(dlogits, W2)
dhpreact = (1 - h) * (1 + h) * dh
dbngain = ones @ (bnraw * dhpreact); dbnbias = ones @ dhpreact
dbnraw = bngain.repeat(N, 1) * dhpreact
dbnvar_inv = ones @ (bndiff * dbnraw)
dbnvar = dbnvar_inv * (-1 / (2 * (bnvar + 1e-05)**(3/2)))
dbndiff2 = ones.T @ dbnvar * (N - 1)**-1
dbndiff = ones.T @ bnvar_inv * dbnraw; dbndiff = dbndiff + bndiff * dbndiff2 + dbndiff2 * bndiff
dbnmeani = -(ones @ dbndiff)
dhprebn = dbndiff + ones.T @ dbnmeani * (1 / N)
dembcat = F.linear(dhprebn, W1); dW1 = torch.t(embcat) @ dhprebn; db1 = (ones @ dhprebn).squeeze(0)
demb = torch.cat([dembcat[:, None, :n_embd], dembcat[:, n_embd:].view(N, -1, n_embd)], dim=1)
dC = torch.zeros_like(C)
for i, tokens in enumerate(Xb.tolist()):
    for j, token in enumerate(tokens): dC[token, :] += demb[i, j, :]
`,
};
