/** Which level of fusion is judged, and with which kernels. */
import type { ReadonlySignal, Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { ALL_PATHS, type AnyPath } from "../../model/plans.ts";
import { Term } from "../terms/term.tsx";
import type { Board } from "./engine.ts";
import { judgedText } from "./status.ts";

const LEVELS: Readonly<Record<AnyPath, string>> = {
  chunked: "every line of the notebook is an operation of its own: exercise 1",
  fused:
    "exercises 2 and 3, and more: softmax with its loss is one operation, and so are BatchNorm with tanh, and a linear layer’s whole way back",
  single: "the whole step is one kernel: exercise 4 at speed",
};

interface LevelProps {
  readonly level: Signal<AnyPath>;
  /** What the run trains on. */
  readonly trains: ReadonlySignal<AnyPath | undefined>;
}

export function LevelChoice({ level, trains }: LevelProps) {
  const group = useId();
  return (
    <fieldset class="levels">
      <legend>
        Level of <Term of="fused">fusion</Term>
      </legend>
      {ALL_PATHS.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name={group}
            checked={level.value === each}
            onChange={() => {
              level.value = each;
            }}
          />{" "}
          <span>
            <strong>{each}</strong>
            {trains.value === each && " (trains here)"} <small>{LEVELS[each]}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** What ran for this board: whose kernels, and how many. */
export function Judged({ board, open }: { board: Board; open: (name: string) => void }) {
  const { operations, backend } = board;
  return (
    <details class="judged">
      <summary>{judgedText(board)}</summary>
      <ol>
        {operations.map(({ op, rung, makes }, i) => (
          <li key={i}>
            <code>{op}</code> <small>{backend === "gpu" ? `${rung} kernel` : "CPU twin"}, makes</small>{" "}
            {makes.map((name, n) => (
              <>
                {n > 0 && ", "}
                <button type="button" class="name" onClick={() => open(name)}>
                  {name}
                </button>
              </>
            ))}
          </li>
        ))}
      </ol>
    </details>
  );
}
