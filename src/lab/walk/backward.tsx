/** The stops of the backward pass and the update, in words and pictures. */
import { Bars } from "./bars.tsx";
import { Cells } from "./cells.tsx";
import type { Letter } from "./example.ts";
import { count, counted, factor, glyph, number, percent, SHOWN_PLACES } from "./format.ts";
import { Ch, CharacterBars, Context, N, type Seen, UnitBars } from "./seen.tsx";
import { TableMoves } from "./table_moves.tsx";

/** The index of the largest of `values`, but for `without`. */
function top(values: ArrayLike<number>, without?: number): number {
  let best = without === 0 ? 1 : 0;
  for (let i = 0; i < values.length; i++) if (i !== without && values[i] > values[best]) best = i;
  return best;
}
const magnitudes = (values: ArrayLike<number>): Float64Array => Float64Array.from(values, Math.abs);

export function LossBackStop(seen: Seen) {
  const { batch, example } = seen;
  const { dlogits, target, probs } = example;
  const hardest = top(dlogits, target);
  return (
    <>
      <p>
        The first gradient asks how the loss would change with each of the {count(dlogits.length)} logits. A
        step goes against the gradient, so the picture shows <code>dlogits</code> with its sign turned: what
        pulls each logit. The target <Ch token={target} batch={batch} /> is pulled up by{" "}
        <N of={-dlogits[target]} />. All others are pushed down, and the likelier the network thought a
        character, the harder: <Ch token={hardest} batch={batch} />, with its {percent(probs[hardest])}, by{" "}
        <N of={dlogits[hardest]} />.
      </p>
      <p>
        The one pull up is as strong as all pushes down together: the row adds up to 0. It would be weak if
        the network had been sure of the target, and there would be little left to learn. All of it is{" "}
        {count(batch.sizes.batch)} times smaller than it would be for one example alone, because the loss is a
        mean.
      </p>
      <CharacterBars {...seen} values={dlogits.map((x) => -x)} by="magnitude" name="The pull on each logit">
        −<code>dlogits</code> of this example: up for the target, ▲, and down for all others.
      </CharacterBars>
    </>
  );
}

export function SecondLayerBackStop(seen: Seen) {
  const { batch, example } = seen;
  const { unit, hidden, target, dlogits } = example;
  const main = top(magnitudes(unit.pulls));
  const h = hidden.h[unit.at];
  return (
    <>
      <p>
        Unit {unit.at} had a hand in every logit, by its row of weights in <code>W2</code>. So its gradient
        gathers what comes back from all of them, each times the weight it went through: the bars add up to{" "}
        <N of={hidden.dh[unit.at]} />, and <Ch token={main} batch={batch} /> gives the largest part,{" "}
        <N of={unit.pulls[main]} />.{" "}
        {hidden.dh[unit.at] < 0
          ? "It is negative: more of this unit would make the loss smaller."
          : "It is positive: less of this unit would make the loss smaller."}
      </p>
      <p>
        The weights get theirs here too. For the one from unit {unit.at} to{" "}
        <Ch token={target} batch={batch} /> this example says what went in times what comes back, {factor(h)}{" "}
        · {factor(dlogits[target])} ≈ <N of={h * dlogits[target]} />. Every example of the minibatch says
        something, and <code>dW2</code> is the sum; <code>db2</code> just adds up the rows of{" "}
        <code>dlogits</code>.
      </p>
      <div class="pair">
        <CharacterBars
          {...seen}
          values={unit.pulls}
          by="magnitude"
          name={`What each logit gives unit ${unit.at}`}
        >
          What each logit gives back to unit {unit.at}; ▲ marks the target.
        </CharacterBars>
        <UnitBars {...seen} name="dh" />
      </div>
    </>
  );
}

export function TanhBackStop(seen: Seen) {
  const { unit, hidden } = seen.example;
  const { h, dh, dhpreact } = hidden;
  const flattest = top(magnitudes(h));
  const slope = (j: number) => 1 - h[j] ** 2;
  return (
    <>
      <p>
        A number that moves a little before tanh moves tanh’s slope times as much after it, and so the
        gradient comes back times that slope, unit by unit. Unit {unit.at} stands at {number(h[unit.at])},
        where the slope is <N of={slope(unit.at)} />: of <N of={dh[unit.at]} />, <N of={dhpreact[unit.at]} />{" "}
        gets through.
      </p>
      <p>
        In the picture, the outlines are what arrived and the bars what is left. Unit {flattest}, furthest out
        at {number(h[flattest])}, passes on {percent(slope(flattest))}. A unit that is far out in every
        example gets almost no gradient, and so hardly ever comes back. That is why one takes care that units
        begin near the middle, where the slope is 1.
      </p>
      <UnitBars {...seen} name="dhpreact" before="dh">
        The outlines are <code>dh</code>.
      </UnitBars>
    </>
  );
}

export function BatchNormBackStop(seen: Seen) {
  const { batch, example } = seen;
  const { unit, hidden } = example;
  const { straight, mean, variance } = unit.paths;
  return (
    <>
      <p>
        If one example’s sum grows, three things happen. Its own normalised value grows: along this straight
        path comes <N of={straight} />. The batch’s mean grows, which moves all {count(batch.sizes.batch)}{" "}
        examples of this unit the other way: <N of={mean} />. And the batch’s variance changes, which
        stretches or shrinks them all, the more the further this example lies from the mean:{" "}
        <N of={variance} />. Paths add up: unit {unit.at}’s gradient is <N of={hidden.dhprebn[unit.at]} />.
      </p>
      <p>
        So every example now also answers for what it does to the others. And over the batch, each unit’s
        gradients add up to 0: to move all examples alike would change nothing, since the mean is taken away.
        For the same reason <code>b1</code> will get no gradient.
      </p>
      <div class="pair">
        <Bars
          bars={[
            { label: "straight", value: straight },
            { label: "mean", value: mean },
            { label: "variance", value: variance },
            { label: "sum", value: hidden.dhprebn[unit.at], marked: true },
          ]}
          label={`dhprebn of unit ${unit.at} by its paths: straight ${number(straight)}, through the mean ${number(mean)}, through the variance ${number(variance)}; the sum is ${number(hidden.dhprebn[unit.at])}`}
        >
          <code>dhprebn</code> of unit {unit.at}, by the paths on which it comes.
        </Bars>
        <UnitBars {...seen} name="dhprebn" />
      </div>
    </>
  );
}

/** The last places of the context with their parts of a row of K numbers. */
function placesOf({ batch, example }: Seen, values: Float32Array) {
  const E = batch.sizes.embedding;
  return [...example.context.keys()].slice(-SHOWN_PLACES).map((t) => ({
    label: glyph(batch.characters[example.context[t]]),
    values: values.subarray(t * E, (t + 1) * E),
  }));
}

export function FirstLayerBackStop(seen: Seen) {
  const { batch, example } = seen;
  const { embedding: E, context: T, hidden: H } = batch.sizes;
  const { dembcat, context, unit, embedding, hidden } = example;
  const strongest = top(magnitudes(dembcat));
  const place = Math.floor(strongest / E);
  const rows = placesOf(seen, dembcat);
  const into = embedding[strongest];
  return (
    <>
      <p>
        As in the second layer, the gradient comes back through the weights by which the values went in: each
        of the {count(T * E)} inputs gathers from all {counted(H, "unit")}. The strongest is number{" "}
        {(strongest % E) + 1} of <Ch token={context[place]} batch={batch} />
        {T > 1 && ` in place ${place + 1}`}, with <N of={dembcat[strongest]} />.
      </p>
      <p>
        And again each weight gets what went in times what comes back, summed over the minibatch. To the
        weight from that input to unit {unit.at} this example gives {factor(into)} ·{" "}
        {factor(hidden.dhprebn[unit.at])} ≈ <N of={into * hidden.dhprebn[unit.at]} />. Only <code>db1</code>{" "}
        comes to nothing, but for rounding: it adds up what BatchNorm has made add up to 0. With BatchNorm
        behind it, the first layer’s bias is of no use.
      </p>
      <Cells rows={rows} label={`The gradient of this example's embedding, ${E} numbers for each character`}>
        <code>dembcat</code> of this example, a row for each of its characters
        {T > rows.length && `, the last ${rows.length} of ${count(T)}`}
      </Cells>
    </>
  );
}

/** The letters that a picture has room for; the padding last, which says least. */
const lettersOf = ({ example }: Seen): readonly Letter[] =>
  [...example.letters].sort((a, b) => Number(a.token === 0) - Number(b.token === 0)).slice(0, 4);

export function EmbeddingBackStop(seen: Seen) {
  const { batch, example } = seen;
  const { context: T, batch: N_, embedding: E, vocabulary: V } = batch.sizes;
  const letters = lettersOf(seen);
  const [first] = letters;
  const end = example.letters.find(({ token }) => token === 0);
  const absent = batch.occurs.reduce((n, times) => n + Number(times === 0), 0);
  const of = (letter: Letter) => glyph(batch.characters[letter.token]);
  return (
    <>
      <p>
        Forward, the row of <Ch token={first.token} batch={batch} /> was copied to wherever the character
        stands: to {counted(first.everywhere, "place")} of the {count(N_ * T)} in this minibatch,{" "}
        {count(first.here)} of them in our example. Whatever one row does in several places comes back from
        all of them, so backward the copies’ gradients add up in its row of <code>dC</code>.
        {end && end.everywhere > first.everywhere && (
          <>
            {" "}
            <Ch token={0} batch={batch} /> stands in {count(end.everywhere)} places and gathers from them all.
          </>
        )}
      </p>
      <p>
        {absent > 0
          ? `${absent === 1 ? "One of the" : `Of the ${count(V)} characters, ${count(absent)}`}${absent === 1 ? ` ${count(V)} characters stands` : " stand"} in no context here: ${absent === 1 ? "its row of gradients is" : "their rows of gradients are"} exactly 0.`
          : `All ${count(V)} characters stand in some context here, so every row gets a gradient.`}{" "}
        With this we have arrived at the beginning: every weight of the network knows how the loss changes
        with it.
      </p>
      <div class="pair">
        <Cells
          rows={letters.map((letter) => ({ label: of(letter), values: letter.own }))}
          label={`What this example gives to the rows of ${letters.map(of).join(", ")}, ${E} numbers each`}
        >
          What our example gives to its characters’ rows
        </Cells>
        <Cells
          rows={letters.map((letter) => ({ label: of(letter), values: letter.gradient }))}
          label={`The rows of dC of ${letters.map(of).join(", ")}, ${E} numbers each`}
        >
          The same rows of <code>dC</code>, from all examples
        </Cells>
      </div>
    </>
  );
}

export function UpdateStop(seen: Seen) {
  const { batch, example } = seen;
  const { update, moved, loss, lossAfter } = batch;
  const still = moved.reduce((n, distance) => n + Number(distance === 0), 0);
  const furthest = top(moved);
  const [first] = lettersOf(seen);
  const own = example.letters.map(({ token }) => token);
  return (
    <>
      <p>
        <Rule seen={seen} /> The row of <Ch token={first.token} batch={batch} /> moves by{" "}
        <N of={first.moved} />
        {furthest === first.token ? (
          ", further than any other."
        ) : (
          <>
            ; furthest goes <Ch token={furthest} batch={batch} />, by <N of={moved[furthest]} />.
          </>
        )}{" "}
        {still > 0
          ? `${counted(still, "row stays", "rows stay")} where ${still === 1 ? "it is" : "they are"}: no gradient, no move.`
          : update.rule !== "sgd" &&
            "Rows without a gradient move too: what the optimiser has kept moves them."}
      </p>
      <p>
        And the loss? Run once more with the new weights, the same minibatch has a loss of{" "}
        <N of={lossAfter} digits={5} /> instead of <N of={loss} digits={5} />.{" "}
        {lossAfter > loss && "It went up: for this minibatch the step was too long. "}
        <Ch token={example.target} batch={batch} /> after <Context {...seen} /> now gets{" "}
        {percent(example.probAfter, 4)} instead of {percent(example.probs[example.target], 4)}. The next step
        draws other examples and begins again.
      </p>
      <TableMoves batch={batch} own={own} />
    </>
  );
}

/** A setting as it was given, but for the last digits of a float. */
const rateText = (x: number): string => String(Number(x.toPrecision(6)));

/** What the optimiser does, in a sentence or two. */
function Rule({ seen: { batch } }: { seen: Seen }) {
  const { rule, lr, momentum, weightDecay } = batch.update;
  const rate = <b class="value">{rateText(lr)}</b>;
  const each = `each of the ${count(batch.parameters)} weights`;
  switch (rule) {
    case "sgd":
      return (
        <>
          SGD moves {each} against its gradient: the move is the gradient times the learning rate, {rate}.
        </>
      );
    case "momentum":
      return (
        <>
          SGD with momentum keeps a sum for {each}: {rateText(momentum)} of what it was, plus the new
          gradient. The weight moves against that sum, times the learning rate, {rate}.
        </>
      );
    case "adamw":
      return (
        <>
          AdamW keeps two running means for {each}, of its gradients and of their squares. It moves the weight
          against the first, divided by the root of the second: by something like the learning rate, {rate},
          whether the gradients are large or small.{" "}
          {weightDecay > 0 && (
            <>
              Weight decay also takes <N of={lr * weightDecay} /> of the weight away.
            </>
          )}
        </>
      );
  }
}
