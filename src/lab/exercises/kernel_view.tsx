/** The work on a kernel. */
import type { KernelSheet } from "./sheets.ts";
import type { Exercises } from "./state.ts";

export function KernelView({ sheet }: { exercises: Exercises; sheet: KernelSheet }) {
  return (
    <section class="work" aria-labelledby="work-title">
      <header class="asked">
        <h2 id="work-title">{sheet.title}</h2>
        <p>{sheet.about}</p>
      </header>
    </section>
  );
}
