/** From the loss back to the logits, line by line. */
import type { Derivation } from "./types.ts";

const r = String.raw;

export const loss = {
  dlogprobs: {
    steps: [
      {
        say: "The loss is minus the mean of $n$ numbers: from each row $i$ of `logprobs` the one in the column of the right character, $Yb_{i}$. With two examples it reads:",
        formula: r`loss = −\frac{1}{2} (logprobs_{1 Yb_{1}} + logprobs_{2 Yb_{2}})`,
      },
      {
        say: "A number that was picked stands in this sum once, with the factor $−1/n$ in front of it. That factor is its slope: raise the number a little, and the loss falls by one $n$th of that.",
        formula: r`\frac{\partial loss}{\partial logprobs_{i Yb_{i}}} = −\frac{1}{n}`,
      },
      {
        say: "A number that was not picked stands nowhere in it. Move it as you like, the loss stays the same.",
        formula: r`\frac{\partial loss}{\partial logprobs_{iv}} = 0, \quad v \neq Yb_{i}`,
      },
    ],
    last: "Both cases in one formula: a bracket is 1 where what stands in it is true, and 0 elsewhere. A gradient always has the shape of its tensor, here $(n, V)$, also where most of it is 0. So the code starts with zeros and fills $n$ places.",
    traps: [
      "$−1/n$ everywhere would be the gradient of minus a sum over the whole table, divided by $n$. Only one number of each row enters this loss.",
      "The values of `logprobs` are not in the gradient. The loss is a straight line in each of them, and a straight line has the same slope everywhere.",
    ],
  },
  dprobs: {
    steps: [
      {
        say: "Each log-probability is made of one probability, the one in the same place. So each probability has one way to the loss, and nothing is added up.",
        formula: r`logprobs_{iv} = \ln probs_{iv}`,
      },
      {
        say: r`The scalar case: the slope of $\ln x$ is $1/x$.`,
        formula: r`\frac{\partial logprobs_{iv}}{\partial probs_{iv}} = \frac{1}{probs_{iv}}`,
      },
      {
        say: "The chain rule: what arrives at the result, times the slope of this one line.",
        formula: r`dprobs_{iv} = dlogprobs_{iv} \frac{\partial logprobs_{iv}}{\partial probs_{iv}}`,
      },
      {
        say: "What that means here: only the right character's probability gets a gradient. The less likely the network found it, the larger that is.",
        formula: r`dprobs_{i Yb_{i}} = −\frac{1}{n \, probs_{i Yb_{i}}}`,
        here: true,
      },
    ],
    last: "Put the slope into the chain rule. All three tensors have the same shape, so the line works number by number.",
    traps: [
      "`1 / probs` alone is only the slope of the logarithm. Without `dlogprobs` it would be the same whatever the targets are.",
      "The slope is 1 over what went into the logarithm, `probs`, and not over what came out of it.",
    ],
  },
  dcounts_sum_inv: {
    steps: [
      {
        say: "One number for each row, in a column of shape $(n, 1)$, multiplies all $V$ counts of that row. PyTorch copies it along the row to do so: that is broadcasting.",
        formula: "probs_{iv} = counts_{iv} counts_sum_inv_{i}",
      },
      {
        say: "A row of two characters, written out. The same factor stands in both lines.",
        formula: r`\begin{aligned} probs_{i1} &= counts_{i1} counts_sum_inv_{i} \\ probs_{i2} &= counts_{i2} counts_sum_inv_{i} \end{aligned}`,
      },
      {
        say: "In a product, the slope towards one factor is the other factor.",
        formula: r`\frac{\partial probs_{iv}}{\partial counts_sum_inv_{i}} = counts_{iv}`,
      },
      {
        say: "Whoever moves this factor moves both probabilities, and the loss hears of it both ways. What comes back along several ways adds up.",
        formula: "dcounts_sum_inv_{i} = dprobs_{i1} counts_{i1} + dprobs_{i2} counts_{i2}",
      },
    ],
    last: "With $V$ characters it is a sum over the row. That is the rule to remember: *what was broadcast on the way forward is summed on the way back*, along the same axis. The gradient has the tensor's shape, $(n, 1)$, so the line says `keepdim=True`.",
    traps: [
      "Without `keepdim=True` the numbers are right, but their shape is $(n)$: a row. The next line would set this row of $n$ against a column of $n$, and broadcasting would make a table of $n × n$ of them without a word.",
      "The sum goes around the product: multiply first, then sum. `counts.sum(1, keepdim=True) * dprobs` lets every count act on every other character.",
    ],
  },
  dcounts_sum: {
    steps: [
      {
        say: "One number for each row, made of one number: no sum in either direction.",
        formula: "counts_sum_inv_{i} = counts_sum_{i}^{−1}",
      },
      {
        say: "The power rule: the exponent comes down as a factor, and the new exponent is one less. From $x^{−1}$ that makes $−x^{−2}$.",
        formula: r`\frac{\partial counts_sum_inv_{i}}{\partial counts_sum_{i}} = −counts_sum_{i}^{−2}`,
      },
      {
        say: "The chain rule: what arrives, times this slope.",
        formula: r`dcounts_sum_{i} = dcounts_sum_inv_{i} \frac{\partial counts_sum_inv_{i}}{\partial counts_sum_{i}}`,
      },
    ],
    last: "Dividing by the square is the same as the power $−2$. The minus makes sense: a larger total makes its inverse smaller.",
    traps: [
      "`-counts_sum**-2` is what it should be: Python takes the power first, and the minus after that. In `(-counts_sum)**-2` the minus is squared away.",
      "This is only one of two paths to `counts`. Its other one is waiting in the next line.",
    ],
  },
  dcounts: {
    steps: [
      {
        say: "Two lines of the forward pass read `counts`, so there are two ways from each count to the loss.",
        formula: r`\begin{aligned} counts_sum_{i} &= \sum_{v} counts_{iv} \\ probs_{iv} &= counts_{iv} counts_sum_inv_{i} \end{aligned}`,
      },
      {
        say: "First the way through the product. Its slope is the other factor, which is held fixed here: that it depends on the counts as well is what the second way is for.",
        formula: r`\frac{\partial probs_{iv}}{\partial counts_{iv}} = counts_sum_inv_{i}`,
      },
      {
        say: "Then the way through the total. Each count is one of its terms, and one more in a term is one more in the total.",
        formula: r`\frac{\partial counts_sum_{i}}{\partial counts_{iv}} = 1`,
      },
      {
        say: "A count that moves a little moves both results at once, and the two changes of the loss add up. So do the gradients.",
        formula: r`dcounts_{iv} = dprobs_{iv} \frac{\partial probs_{iv}}{\partial counts_{iv}} + dcounts_sum_{i} \frac{\partial counts_sum_{i}}{\partial counts_{iv}}`,
      },
    ],
    last: "The second term is the same for the whole row: $(n, 1)$ beside $(n, V)$, and broadcasting copies it. That is the earlier rule in a mirror: *what was summed on the way forward is broadcast on the way back*.",
    traps: [
      "The first path can be written as soon as `dprobs` is known, the second one only after `dcounts_sum`. Whoever writes them at different times needs `=` the first time and `+=` the second. With `=` twice the first path is lost; a cell with `+=` that runs twice adds its path twice.",
      "Compared after the first path alone, `cmp` says `False`. That is no mistake: it is half of the gradient.",
      "PyTorch does the same: `backward()` adds into `.grad`. That is also why one sets it to zero before every step.",
    ],
  },
  dnorm_logits: {
    steps: [
      {
        say: "Number by number again: each count is made of one of these.",
        formula: r`counts_{iv} = \exp norm_logits_{iv}`,
      },
      {
        say: r`The scalar case: the slope of $\exp x$ is $\exp x$ itself. The forward pass has computed it and kept it.`,
        formula: r`\frac{\partial counts_{iv}}{\partial norm_logits_{iv}} = \exp norm_logits_{iv} = counts_{iv}`,
      },
      {
        say: "The chain rule:",
        formula: r`dnorm_logits_{iv} = dcounts_{iv} \frac{\partial counts_{iv}}{\partial norm_logits_{iv}}`,
      },
      {
        say: "All lines so far, put together, come to something short. Exercise 2 finds it without any of them.",
        formula: r`dnorm_logits_{iv} = \frac{1}{n} (probs_{iv} − [v = Yb_{i}])`,
        here: true,
      },
    ],
    last: "Put the slope into the chain rule. All shapes are equal, so nothing is summed.",
    traps: [
      "`probs * dcounts` would divide by the total once more. The division has lines of its own, and `dcounts` has them behind it.",
    ],
  },
  dlogit_maxes: {
    steps: [
      {
        say: "One number for each row is subtracted from the whole row: broadcasting again.",
        formula: "norm_logits_{iv} = logits_{iv} − logit_maxes_{i}",
      },
      {
        say: "The slope towards what is subtracted is $−1$.",
        formula: r`\frac{\partial norm_logits_{iv}}{\partial logit_maxes_{i}} = −1`,
      },
      {
        say: "The maximum acts on all $V$ numbers of its row, so what comes back from them adds up.",
        formula: r`dlogit_maxes_{i} = \sum_{v} dnorm_logits_{iv} \frac{\partial norm_logits_{iv}}{\partial logit_maxes_{i}}`,
      },
      {
        say: r`Why this should be 0: subtract any number $c$ from a whole row. Every count is multiplied by $\exp(−c)$, the total is too, and in the division that cancels. No probability changes, so the loss does not. ($u$ runs over the characters too.)`,
        formula: r`\frac{\exp(logits_{iv} − c)}{\sum_{u} \exp(logits_{i u} − c)} = \frac{\exp logits_{iv}}{\sum_{u} \exp logits_{i u}}`,
      },
      {
        say: "It can be seen in the numbers too: each row of `dnorm_logits` is probabilities, which add up to 1, minus a single 1, over $n$.",
        formula: r`\sum_{v} dnorm_logits_{iv} = \frac{1}{n} (1 − 1) = 0`,
        here: true,
      },
    ],
    last: "The minus comes out of the sum. The shape is $(n, 1)$, hence `keepdim=True`.",
    traps: [
      "What the line prints is not quite 0, but some 1e-9: that is rounding, and no mistake.",
      "Since the true values are 0, the notebook's `cmp` cannot see a wrong sign here. And zeros are right in this network without being this line's derivative.",
    ],
  },
  dlogits: {
    steps: [
      {
        say: "Two lines read the logits.",
        formula: r`\begin{aligned} logit_maxes_{i} &= \max_{v} logits_{iv} \\ norm_logits_{iv} &= logits_{iv} − logit_maxes_{i} \end{aligned}`,
      },
      {
        say: "The way through the difference, with the maximum held fixed: what arrives goes on as it is.",
        formula: r`\frac{\partial norm_logits_{iv}}{\partial logits_{iv}} = 1`,
      },
      {
        say: "The way through the maximum: it is equal to the largest logit and moves with it. The others may move a little without any effect.",
        formula: r`\frac{\partial logit_maxes_{i}}{\partial logits_{iv}} = [v = logit_argmax_{i}]`,
      },
      {
        say: "Two paths, which add up.",
        formula: r`dlogits_{iv} = dnorm_logits_{iv} \frac{\partial norm_logits_{iv}}{\partial logits_{iv}} + dlogit_maxes_{i} \frac{\partial logit_maxes_{i}}{\partial logits_{iv}}`,
      },
    ],
    last: "In code the bracket is `F.one_hot`: a table with a single 1 in each row, in the column of the maximum. Times the column $(n, 1)$, it puts each row's number into that place.",
    traps: [
      "The columns are those of the maxima of `logits`. In `logit_maxes` each row has a single column, so its maximum is always in column 0.",
      "`dlogits = dnorm_logits` makes no copy: both names are one tensor, and `+=` on one changes the other. `dnorm_logits.clone()` does.",
      "Without the second path `cmp` is content, because `dlogit_maxes` is 0 here. It is half of the derivative all the same.",
    ],
  },
} satisfies Readonly<Record<string, Derivation>>;
