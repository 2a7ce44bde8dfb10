/** The WGSL of an operation: the kernel that ran, the other one, and the chunked chain that it takes the place of. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { NOTEBOOK } from "../../model/notebook.ts";
import type { Rung } from "../../plan/contract.ts";
import { Explained } from "../terms/term.tsx";
import { Code } from "./code.tsx";
import type { Inspection, Making } from "./engine.ts";
import type { KernelText, Replaced } from "./levels.ts";
import { count } from "./numbers.ts";
import { unrolledNames } from "./unrolled.ts";

interface KernelsProps {
  readonly making: Making;
  readonly backend: Inspection["backend"];
  /** Opens a tensor of the chunked step. */
  readonly openChunked: (name: string) => void;
  /** Hides the chain's lines from who has not solved them yet. */
  readonly guard: (chain: ComponentChildren) => ComponentChildren;
}

const TITLES: Readonly<Record<Rung, string>> = {
  plain: "plain, written to be read",
  fast: "fast, written for speed",
};

export function Kernels({ making, backend, openChunked, guard }: KernelsProps) {
  const { op, kernels, rung, replaces } = making;
  const chosen = useSignal<Rung>(rung);
  const group = useId();
  const rungs = (["plain", "fast"] as const).filter((r) => kernels[r]);
  const shown = kernels[chosen.value] ? chosen.value : rungs[0];
  const texts = kernels[shown] ?? [];
  return (
    <>
      <p>
        <Explained text={whatRan(making, backend)} />
      </p>
      {rungs.length > 1 && (
        <fieldset class="choices">
          <legend class="visually-hidden">Kernel shown</legend>
          {rungs.map((r) => (
            <label key={r}>
              <input
                type="radio"
                name={group}
                checked={shown === r}
                onChange={() => {
                  chosen.value = r;
                }}
              />{" "}
              {TITLES[r]}, {count(lineCount(kernels[r] ?? []))} lines
            </label>
          ))}
        </fieldset>
      )}
      <div class={replaces.length > 0 ? "beside" : ""}>
        <div>
          {replaces.length > 0 && (
            <h4>
              One operation, <code>{op}</code>
            </h4>
          )}
          <Passes op={op} title={shown} kernels={texts} />
        </div>
        {replaces.length > 0 && (
          <div>
            <h4>The {replaces.length} operations of the chunked step in whose place it stands</h4>
            {guard(<Chain replaces={replaces} openChunked={openChunked} />)}
          </div>
        )}
      </div>
    </>
  );
}

function whatRan({ op, kernels, rung }: Making, backend: Inspection["backend"]): string {
  const ran =
    backend === "gpu"
      ? "It computed the values above."
      : "A GPU would run it at this level; here the CPU twin computed the values above.";
  if (rung === "fast") return `At this level ${op} runs its fast kernel. ${ran}`;
  return kernels.fast
    ? `At this level ${op} runs its plain kernel, which is written to be read. ${ran} The other levels run the fast one.`
    : `${op} has one kernel, written to be read. ${ran}`;
}

const lineCount = (kernels: readonly KernelText[]): number =>
  kernels.reduce((n, k) => n + k.wgsl.split("\n").length, 0);

export function workgroups(grid: readonly number[]): string {
  const all = grid.reduce((n, a) => n * a, 1);
  return all === 1 ? "1 workgroup" : `${count(all)} workgroups (${grid.join(" × ")})`;
}

/** One kernel after another, as they are dispatched. */
function Passes({ op, title, kernels }: { op: string; title: string; kernels: readonly KernelText[] }) {
  return kernels.map(({ pass, grid, invocations, wgsl }) => (
    <div key={pass}>
      <p>
        {pass && `${pass}: `}
        <Explained
          text={`${workgroups(grid)} of ${invocations} ${invocations === 1 ? "invocation" : "invocations"}`}
        />
      </p>
      <Unrolled wgsl={wgsl} />
      <Code text={wgsl} language="wgsl" label={`WGSL of ${op}, ${title}${pass && `: ${pass}`}`} />
    </div>
  ));
}

/** Explains, once for a text, the names that it numbers. */
export function Unrolled({ wgsl }: { wgsl: string }) {
  const families = unrolledNames(wgsl);
  if (families.length === 0) return null;
  return (
    <details class="unrolled">
      <summary>Numbered names: loops that are written out</summary>
      <p>
        A value for each turn of a short loop, so that all of them stay in registers. The numbers say which
        turn.
      </p>
      <ul>
        {families.map(({ names, meaning }) => (
          <li key={names}>
            <code>{names}</code>
            {meaning && `: ${meaning}`}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The chunked operations that a fused one does as well: their lines, and their plain kernels one after another. */
function Chain({
  replaces,
  openChunked,
}: { replaces: readonly Replaced[] } & Pick<KernelsProps, "openChunked">) {
  const names = new Set(replaces.flatMap((r) => r.makes));
  const lines = [...names].map((name) => NOTEBOOK[name].torch).join("\n");
  const kernels = replaces.flatMap(({ kernels }) => kernels.map((k) => k.wgsl)).join("\n\n");
  return (
    <>
      <p>A name opens its tensor in the chunked step.</p>
      <Code
        text={lines}
        language="python"
        label="The lines that it replaces"
        names={names}
        open={openChunked}
      />
      <p>Their plain kernels, one after another:</p>
      <Code text={kernels} language="wgsl" label="WGSL of the operations that it replaces" />
    </>
  );
}
