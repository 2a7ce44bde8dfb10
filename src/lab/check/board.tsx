/** The notebook's `cmp` as a table. Each row opens its tensor. */
import { MOST_ROUNDINGS } from "../../plan/rounding.ts";
import type { Board, BoardRow } from "./engine.ts";
import { ROUNDING } from "./explain.ts";
import { Judged } from "./level_choice.tsx";
import { indexText, rough, value } from "./numbers.ts";
import { statusOf, verdictText } from "./status.ts";

interface BoardProps {
  readonly board: Board;
  readonly open: (name: string) => void;
  /** Goes to a gradient's exercise. */
  readonly derive?: (name: string) => void;
}

export function BoardView({ board, open, derive }: BoardProps) {
  const { gradients, forward, verdict } = board;
  return (
    <>
      <Judged board={board} open={open} />
      {verdict?.note && <p class="board-note">{verdict.note}</p>}
      {[...forward, ...gradients].some((r) => r.within === false) && <Blame board={board} open={open} />}
      <Columns />
      <Rows
        caption={`The ${gradients.length} gradients`}
        rows={gradients}
        board={board}
        open={open}
        derive={derive}
      />
      <details class="board-more">
        <summary>
          {forward.length === 1 ? "The loss" : `The ${forward.length} tensors of the forward pass`}
        </summary>
        <Rows caption="The forward pass" rows={forward} board={board} open={open} />
      </details>
      <p class="hint">{ROUNDING}</p>
    </>
  );
}

/** What the columns say. */
const Columns = () => (
  <dl class="board-columns">
    <dt>roundings</dt>
    <dd>
      The verdict: how many times float32's rounding, as it spreads to the tensor, the worst element is off.
      Up to {MOST_ROUNDINGS} is right (✓).
    </dd>
    <dt>exact</dt>
    <dd>Every element is the float64 result, rounded once to float32.</dd>
    <dt>approximate</dt>
    <dd>
      torch.allclose, as in the notebook: |got − want| ≤ atol + rtol · |want| with rtol 1e−5 and atol 1e−8 (in
      the forward pass at least 2⁻¹⁹ of the tensor's largest value). It knows nothing of rounding, and decides
      nothing here.
    </dd>
    <dt>maxdiff</dt>
    <dd>The largest |got − want|; worst is the element that decides.</dd>
  </dl>
);

/** Says where the mistake is. */
function Blame({ board: { verdict, level }, open }: BoardProps) {
  const culprit = verdict?.culprit;
  if (!culprit && level === "single")
    return (
      <p class="blame">
        One kernel makes all of it, so no operation can be blamed. Look at the fused level: its operations do
        the same one by one.
      </p>
    );
  if (!culprit)
    return (
      <p class="blame">
        Every operation is right for its inputs, yet their errors add up to more than rounding explains. Open
        a tensor to see how.
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
  board,
  open,
  derive,
}: BoardProps & { caption: string; rows: readonly BoardRow[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="board-rows" aria-label={caption} tabIndex={0}>
      <table class="board">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">tensor</th>
            <th scope="col">
              roundings <small>of {MOST_ROUNDINGS}</small>
            </th>
            <th scope="col">exact</th>
            <th scope="col">approximate</th>
            <th scope="col" class="number">
              maxdiff
            </th>
            <th scope="col" class="index">
              worst
            </th>
            <th scope="col" class="number spare">
              got
            </th>
            <th scope="col" class="number spare">
              want
            </th>
            {derive && <th scope="col">exercise</th>}
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
              <td class="verdict">{verdictText(row, board)}</td>
              <td>{String(row.exact)}</td>
              <td>{String(row.approximate)}</td>
              <td class="number">{rough(row.maxdiff)}</td>
              <td class="index">{indexText("", row.worst.index)}</td>
              <td class="number spare">{value(row.worst.got)}</td>
              <td class="number spare">{value(row.worst.want)}</td>
              {derive && (
                <td>
                  <button
                    type="button"
                    class="derive"
                    aria-label={`Derive ${row.name} yourself`}
                    title="Derive it yourself"
                    onClick={() => derive(row.name)}
                  >
                    derive
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
