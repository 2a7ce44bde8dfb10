/** The stops of the forward pass, in words and pictures. */
import { SATURATED } from "../train/probe.ts";
import { Bars } from "./bars.tsx";
import { Cells } from "./cells.tsx";
import { contextText, count, counted, factor, glyph, number, percent, SHOWN_PLACES } from "./format.ts";
import { binsOf, strongest } from "./pick.ts";
import { Ch, CharacterBars, Context, N, type Seen, UnitBars, unitsOf } from "./seen.tsx";
import { TanhCurve } from "./tanh_curve.tsx";

const END = 0;

export function ExampleStop({ batch, example }: Seen) {
  const { context, target } = example;
  const shown = [...context.keys()].slice(-SHOWN_PLACES);
  const box = (token: number) => (
    <span class="box">
      <b>{glyph(batch.characters[token])}</b>
      <small>{token}</small>
    </span>
  );
  return (
    <>
      <p>
        A step begins with a minibatch: {count(batch.sizes.batch)} examples, drawn at random from the training
        words. This walk follows one of them. After <Context batch={batch} example={example} />{" "}
        {target === END ? (
          <>
            the word ended, which is written <Ch token={END} batch={batch} />.
          </>
        ) : (
          <>
            the word went on with <Ch token={target} batch={batch} />.
          </>
        )}{" "}
        {context.includes(END) && (
          <>
            Before a word begins there is only <Ch token={END} batch={batch} />.{" "}
          </>
        )}
        The network sees numbers, the characters’ places in an alphabet of {count(batch.sizes.vocabulary)}.
      </p>
      <p>
        The step asks three things: what does the network expect here, how wrong is that, and how should each
        of its {count(batch.parameters)} weights move to make it less wrong? The forward pass answers the
        first two, the backward pass the third.
      </p>
      <figure class="boxes">
        <div
          role="img"
          aria-label={`The context ${contextText(context, batch.characters)}, and the target ${glyph(batch.characters[target])}, with their indices`}
        >
          {context.length > shown.length && <span>…</span>}
          {shown.map((t) => box(context[t]))}
          <span>→</span>
          {box(target)}
        </div>
        <figcaption>
          A row of <code>Xb</code> and its entry of <code>Yb</code>: characters, and below them their numbers.
        </figcaption>
      </figure>
    </>
  );
}

export function EmbeddingStop({ batch, example }: Seen) {
  const { embedding: E, context: T } = batch.sizes;
  const twice = example.letters.find(({ here }) => here > 1);
  const places = [...example.context.keys()].slice(-SHOWN_PLACES);
  return (
    <>
      <p>
        Every character owns a row of {counted(E, "number")} in the table <code>C</code>. The embedding looks
        up the rows of the {counted(T, "character")} and lays them end to end: these{" "}
        {counted(T * E, "number")} are all that the network knows of{" "}
        <Context batch={batch} example={example} />. Nothing is computed here, only copied
        {twice && (
          <>
            ; <Ch token={twice.token} batch={batch} /> stands here {twice.here} times, so its row is copied{" "}
            {twice.here} times
          </>
        )}
        .
      </p>
      <p>
        At first the rows are random. Training moves them, until characters after which similar things come
        lie near one another. All examples share the table, which will matter on the way back.
      </p>
      <Cells
        rows={places.map((t) => ({
          label: glyph(batch.characters[example.context[t]]),
          values: example.embedding.subarray(t * E, (t + 1) * E),
        }))}
        label={`The rows of C of ${contextText(example.context, batch.characters)}, ${E} numbers each`}
      >
        <code>emb</code> of this example: a row of <code>C</code> for each of its characters
        {T > places.length && `, the last ${places.length} of ${count(T)}`}
      </Cells>
    </>
  );
}

export function FirstLayerStop(seen: Seen) {
  const { batch, example } = seen;
  const { unit, hidden, context } = example;
  const places = strongest(unit.shares, SHOWN_PLACES, []);
  const most = places.reduce(
    (a, t) => (Math.abs(unit.shares[t]) > Math.abs(unit.shares[a]) ? t : a),
    places[0],
  );
  return (
    <>
      <p>
        Each of the {counted(batch.sizes.hidden, "hidden unit")} takes a weighted sum of all{" "}
        {count(batch.sizes.context * batch.sizes.embedding)} numbers and adds a bias. The weights are its
        column of <code>W1</code>: by them a unit looks for a pattern of characters.
      </p>
      <p>
        We follow unit {unit.at}, one of those through which most of this example’s gradient will come back.
        Its sum is <N of={hidden.hprebn[unit.at]} />. The picture splits it by character:{" "}
        <Ch token={context[most]} batch={batch} /> {context.length > 1 && `in place ${most + 1} `}counts most,
        with <N of={unit.shares[most]} />. The bias <code>b1</code> adds <N of={unit.bias} />, and BatchNorm
        will take that away again in a moment.
      </p>
      <div class="pair">
        <Bars
          bars={[
            ...places.map((t) => ({ label: glyph(batch.characters[context[t]]), value: unit.shares[t] })),
            { label: "b1", value: unit.bias },
            { label: "sum", value: hidden.hprebn[unit.at], marked: true },
          ]}
          label={`What unit ${unit.at} adds up: ${places.map((t) => `${glyph(batch.characters[context[t]])} ${number(unit.shares[t])}`).join(", ")}, b1 ${number(unit.bias)}; the sum is ${number(hidden.hprebn[unit.at])}`}
        >
          What unit {unit.at} adds up, by character
          {context.length > places.length &&
            `, the ${places.length} strongest places of ${count(context.length)}`}
          .
        </Bars>
        <UnitBars {...seen} name="hprebn" />
      </div>
    </>
  );
}

/** A unit's values over the batch, this example's bin marked. */
function ColumnBars({ batch, example, normal = false }: Seen & { normal?: boolean }) {
  const { unit, hidden } = example;
  const name = normal ? "bnraw" : "hprebn";
  const bins = binsOf(unit.column, hidden.hprebn[unit.at]);
  const shown = (x: number) => (normal ? (x - unit.mean) / Math.sqrt(unit.variance + 1e-5) : x);
  return (
    <Bars
      bars={Array.from(bins.counts, (value, i) => ({ value, marked: i === bins.mine }))}
      ends={[number(shown(bins.from)), number(shown(bins.to))]}
      label={`How unit ${unit.at}'s ${name} is distributed over the batch, from ${number(shown(bins.from))} to ${number(shown(bins.to))}; this example's is ${number(hidden[name][unit.at])}`}
      format={count}
    >
      <code>{name}</code> of unit {unit.at} over the {count(batch.sizes.batch)} examples: how many have which
      value. ▲ marks ours.
    </Bars>
  );
}

export function StatisticsStop(seen: Seen) {
  const { batch, example } = seen;
  const { unit, hidden } = example;
  const n = batch.sizes.batch;
  const deviation = Math.sqrt(unit.variance);
  const off = (hidden.hprebn[unit.at] - unit.mean) / deviation;
  return (
    <>
      <p>
        So far the example was alone. BatchNorm looks at the whole minibatch: for each unit it takes the mean
        and the variance of the {count(n)} sums. For unit {unit.at} the mean is <N of={unit.mean} /> and the
        standard deviation <N of={deviation} />. Ours, <N of={hidden.hprebn[unit.at]} />, lies{" "}
        {Number.isFinite(off) ? (
          <>
            <N of={Math.abs(off)} /> standard deviations {off < 0 ? "below" : "above"} the mean.
          </>
        ) : (
          "on the mean, as all others do."
        )}
      </p>
      <p>
        The variance divides by n − 1 = {count(n - 1)}, not by {count(n)}, because the mean was taken from the
        same examples (Bessel’s correction). From here on, what the network makes of an example depends on
        which others were drawn with it; backward, so will its gradient.
      </p>
      <ColumnBars {...seen} />
    </>
  );
}

export function BatchNormStop(seen: Seen) {
  const { unit, hidden } = seen.example;
  const raw = hidden.bnraw[unit.at];
  return (
    <>
      <p>
        Minus the mean, divided by the standard deviation: unit {unit.at}’s <N of={hidden.hprebn[unit.at]} />{" "}
        becomes <N of={raw} />. (Inside the root, a small 10⁻⁵ guards against a division by zero.) Over the
        batch every unit now has mean 0 and variance 1, however large its weights are, so that none begins
        where tanh is flat.
      </p>
      <p>
        The network may prefer another scale, so each unit has a gain and a bias that are learned. Here they
        make <N of={unit.gain} /> · {factor(raw)} {unit.shift < 0 ? "−" : "+"} {number(Math.abs(unit.shift))}{" "}
        ≈ <N of={hidden.hpreact[unit.at]} />. The distribution keeps its shape, and so does our place in it.
      </p>
      <div class="pair">
        <ColumnBars {...seen} normal />
        <UnitBars {...seen} name="hpreact" />
      </div>
    </>
  );
}

export function TanhStop(seen: Seen) {
  const { batch, example } = seen;
  const { unit, hidden } = example;
  const { units, which } = unitsOf(seen, "hpreact");
  const saturated = hidden.h.reduce((n, x) => n + Number(Math.abs(x) > SATURATED), 0);
  const own = { before: hidden.hpreact[unit.at], after: hidden.h[unit.at] };
  return (
    <>
      <p>
        tanh squeezes every value into the range from −1 to 1. Unit {unit.at}’s <N of={own.before} /> becomes{" "}
        <N of={own.after} />. Without such a bend in between, two linear layers would be no more than one.
      </p>
      <p>
        Near 0 the curve is almost a straight line of slope 1; further out it is flat. Of this example’s{" "}
        {counted(batch.sizes.hidden, "unit")}, {saturated === 0 ? "none" : count(saturated)}{" "}
        {saturated > 1 ? "are" : "is"} beyond ±{SATURATED}, where a unit is called saturated: less than 6 % of
        a gradient gets back through it. At our unit’s point the slope, the dashed line, is{" "}
        <N of={1 - own.after ** 2} />. We will meet that number again on the way back.
      </p>
      <TanhCurve
        units={units.map((j) => ({ before: hidden.hpreact[j], after: hidden.h[j] }))}
        own={own}
        label={`tanh with a dot for each unit; unit ${unit.at} at ${number(own.before)}, where tanh is ${number(own.after)}`}
      >
        A dot for each unit of this example ({which}). The ring marks unit {unit.at}.
      </TanhCurve>
    </>
  );
}

/** How many values are larger, and 1: first, second, … */
const rankOf = (values: ArrayLike<number>, at: number): number =>
  Array.from(values).reduce((n, x) => n + Number(x > values[at]), 1);
const argmax = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((best, x, i) => (x > values[best] ? i : best), 0);

export function LogitsStop(seen: Seen) {
  const { batch, example } = seen;
  const { logits, target } = example;
  const top = argmax(logits);
  const rank = rankOf(logits, target);
  return (
    <>
      <p>
        The second layer turns the {counted(batch.sizes.hidden, "activation")} into a score for each of the{" "}
        {count(batch.sizes.vocabulary)} characters, its logit: again a weighted sum and a bias, now from a
        column of <code>W2</code>. The highest goes to <Ch token={top} batch={batch} />,{" "}
        <N of={logits[top]} />.{" "}
        {top === target ? (
          "That is the target."
        ) : (
          <>
            The target <Ch token={target} batch={batch} /> gets <N of={logits[target]} />, place {rank} of{" "}
            {count(logits.length)}.
          </>
        )}
      </p>
      <p>
        A logit means nothing by itself: add 1 to all of them, and the next stop gives the same. Only the
        differences count.
      </p>
      <CharacterBars {...seen} values={logits} name="The logits">
        <code>logits</code> of this example; ▲ marks the target.
      </CharacterBars>
    </>
  );
}

export function SoftmaxStop(seen: Seen) {
  const { batch, example } = seen;
  const { probs, target, logits } = example;
  const top = argmax(probs);
  const V = probs.length;
  return (
    <>
      <p>
        Softmax makes probabilities of scores: exp of each, divided by the sum of all. Every result is
        positive, and together they make 100 %. The largest logit, <N of={logits[top]} />, is first subtracted
        from all, so that exp cannot overflow; the probabilities stay the same.
      </p>
      <p>
        After <Context {...seen} /> the network gives{" "}
        {top === target ? (
          <>
            the target <Ch token={target} batch={batch} /> <b class="value">{percent(probs[target])}</b>, more
            than any other character.
          </>
        ) : (
          <>
            <Ch token={top} batch={batch} /> <b class="value">{percent(probs[top])}</b>, and the target{" "}
            <Ch token={target} batch={batch} /> <b class="value">{percent(probs[target])}</b>.
          </>
        )}{" "}
        Somebody who knew nothing would give each of the {count(V)} characters 1/{count(V)} = {percent(1 / V)}
        .
      </p>
      <CharacterBars {...seen} values={probs} name="Probabilities" format={percent}>
        <code>probs</code> of this example; ▲ marks the target.
      </CharacterBars>
    </>
  );
}

export function LossStop({ batch, example }: Seen) {
  const { probs, target, loss } = example;
  const V = probs.length;
  const bins = binsOf(batch.losses, loss);
  return (
    <>
      <p>
        The loss asks for the right character only. The network gave <Ch token={target} batch={batch} />{" "}
        <b class="value">{percent(probs[target])}</b>, so this example’s loss is −ln{" "}
        {number(probs[target], 4)} = <N of={loss} />. Certainty would cost 0; the smaller the probability, the
        higher the price.
      </p>
      <p>
        The step’s loss is the mean over the {counted(batch.sizes.batch, "example")}:{" "}
        <N of={batch.loss} digits={5} />. Giving every character the same would cost ln {count(V)} ={" "}
        {number(Math.log(V))}. That is the forward pass. From here on we go back, and ask of every number on
        the way: how would the loss change with it?
      </p>
      <Bars
        bars={Array.from(bins.counts, (value, i) => ({ value, marked: i === bins.mine }))}
        ends={[number(bins.from), number(bins.to)]}
        label={`The losses of the ${batch.sizes.batch} examples, from ${number(bins.from)} to ${number(bins.to)}; ours is ${number(loss)}, the mean ${number(batch.loss)}`}
        format={count}
      >
        The examples’ losses: how many have which. ▲ marks ours.
      </Bars>
    </>
  );
}
