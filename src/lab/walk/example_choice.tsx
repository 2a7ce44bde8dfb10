/** Which example of the minibatch is walked through. */
import { useId } from "preact/hooks";
import type { WalkBatch } from "./batch.ts";
import { contextText, count, glyph, percent } from "./format.ts";

/** Most examples that are listed; of larger minibatches one is chosen by its number. */
const LISTED = 256;

interface Props {
  readonly batch: WalkBatch;
  readonly index: number;
  readonly choose: (index: number) => void;
}

export function ExampleChoice({ batch, index, choose }: Props) {
  const id = useId();
  const n = batch.sizes.batch;
  return (
    <div class="walk-example">
      <label for={id}>Example</label>
      {n <= LISTED ? (
        <select id={id} value={index} onChange={(e) => choose(Number(e.currentTarget.value))}>
          {Array.from({ length: n }, (_, i) => (
            <option key={i} value={i}>
              {exampleText(batch, i)}, {percent(Math.exp(-batch.losses[i]))}
            </option>
          ))}
        </select>
      ) : (
        <>
          <input
            id={id}
            type="number"
            min={1}
            max={n}
            value={index + 1}
            onChange={(e) => {
              const chosen = Math.round(Number(e.currentTarget.value)) - 1;
              if (chosen >= 0 && chosen < n) choose(chosen);
              else e.currentTarget.value = String(index + 1);
            }}
          />
          <span>
            of {count(n)}: {exampleText(batch, index)}
          </span>
        </>
      )}
    </div>
  );
}

/** `..e → m` */
export function exampleText({ Xb, Yb, sizes, characters }: WalkBatch, i: number): string {
  const context = Xb.subarray(i * sizes.context, (i + 1) * sizes.context);
  return `${contextText(context, characters)} → ${glyph(characters[Yb[i]])}`;
}
