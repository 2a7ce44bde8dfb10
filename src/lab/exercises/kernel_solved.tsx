/** What there is to learn from a kernel that is right: this package's own, the plain and the fast one. */
import { useMemo } from "preact/hooks";
import type { KernelTask } from "../../exercises/kernels/types.ts";
import type { Target } from "../../plan/target.ts";
import { Code } from "../check/code.tsx";
import { fastPasses } from "./kernel_sources.ts";
import { OtherWays } from "./other_ways.tsx";

interface SolvedProps {
  readonly task: KernelTask;
  /** The reader's text. */
  readonly text: string;
  /** What the fast kernel is written for; by default any device. */
  readonly target: Target | undefined;
  readonly next?: { readonly title: string; readonly show: () => void };
}

export function KernelSolved({ task, text, target, next }: SolvedProps) {
  const [plain, ...others] = task.spellings;
  const fast = useMemo(() => fastPasses(task, target), [task, target]);
  const lines = fast?.reduce((n, { wgsl }) => n + wgsl.split("\n").length, 0);
  const unlike = others.filter((other) => bare(other) !== bare(text));
  return (
    <section class="solved" aria-labelledby="solved-heading">
      <h3 id="solved-heading">The plain kernel of this project</h3>
      <Code text={plain} language="wgsl" label="The plain kernel" />
      {fast && (
        <details>
          <summary>The fast kernel, {lines} lines</summary>
          <p class="hint">
            The same math at the sizes of the Train tab's network, and what it trains with
            {target ? " on your device" : " on any device"}.
          </p>
          {fast.map(({ pass, wgsl }) => (
            <Code key={pass} text={wgsl} language="wgsl" label={`The fast kernel${pass && `: ${pass}`}`} />
          ))}
        </details>
      )}
      <OtherWays texts={unlike} language="wgsl" />
      {next && (
        <p class="actions">
          <button type="button" class="primary" onClick={next.show}>
            Next: {next.title}
          </button>
        </p>
      )}
    </section>
  );
}

const bare = (text: string): string => text.replace(/\/\/.*|\s+/g, "");
