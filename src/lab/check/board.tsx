/** The notebook's `cmp` as a table. Each row opens its tensor. */
import type { CheckRow } from "../../train/check.ts";
import type { Board } from "./engine.ts";
import { indexText, rough, shapeText, value } from "./numbers.ts";
import { statusOf } from "./status.ts";

interface BoardProps {
  readonly board: Board;
  readonly open: (name: string) => void;
}

export function BoardView({ board, open }: BoardProps) {
  return (
    <>
      {!board.ok && Number.isFinite(board.loss) && <Blame board={board} open={open} />}
      <Rows caption={`The ${board.gradients.length} gradients`} rows={board.gradients} open={open} />
      <details class="board-more">
        <summary>The {board.forward.length} tensors of the forward pass</summary>
        <Rows caption="The forward pass" rows={board.forward} open={open} />
      </details>
    </>
  );
}

/** Explains the rows that are not approximate. */
function Blame({ board: { culprit, rounding }, open }: BoardProps) {
  if (!culprit)
    return (
      <p class="blame">
        {rounding
          ? "Float32 on the CPU differs from float64 by about as much: here torch.allclose asks for slightly more than float32 can give. Open a tensor to see why."
          : "Every operation is within its tolerance for its inputs, yet their errors add up to more than rounding explains. Open a tensor to see how."}
      </p>
    );
  return (
    <p class="blame">
      The first operation with a wrong result for its inputs is <code>{culprit.op}</code>, which makes{" "}
      <button type="button" class="name" onClick={() => open(culprit.tensor)}>
        {culprit.tensor}
      </button>
      .
    </p>
  );
}

function Rows({
  caption,
  rows,
  open,
}: {
  caption: string;
  rows: readonly CheckRow[];
  open: BoardProps["open"];
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="board-rows" aria-label={caption} tabIndex={0}>
      <table class="board">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">tensor</th>
            <th scope="col">exact</th>
            <th scope="col">approximate</th>
            <th scope="col" class="number">
              maxdiff
            </th>
            <th scope="col">shape</th>
            <th scope="col">worst</th>
            <th scope="col" class="number">
              got
            </th>
            <th scope="col" class="number">
              want
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name} class={statusOf(row)}>
              <th scope="row">
                <button type="button" class="name" data-tensor={row.name} onClick={() => open(row.name)}>
                  {row.name}
                </button>
              </th>
              <td>{row.exact ? "✓ true" : "– false"}</td>
              <td class="allclose">{row.approximate ? "✓ true" : "✗ false"}</td>
              <td class="number">{rough(row.maxdiff)}</td>
              <td>{shapeText(row.shape)}</td>
              <td>{indexText("", row.worst.index)}</td>
              <td class="number">{value(row.worst.got)}</td>
              <td class="number">{value(row.worst.want)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
