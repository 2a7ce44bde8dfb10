/** Races in the record of a watched kernel: two invocations that touch the same element with no barrier between, one of which writes. */
import { GROUPS, MOST, SITES, type Site, type Watched } from "./watched.ts";

/** Two places where different invocations touch the same element between the same two barriers: one writes it, and the other reads or writes it. */
export interface Conflict {
  readonly written: Site;
  readonly other: Site;
}

/**
 * The first conflict in a record, if there is one. That several invocations write at the same place in the text is none, as what they write is most
 * often the same.
 */
export function conflictIn(
  { sites }: Watched,
  record: ArrayLike<number>,
  invocations: number,
): Conflict | undefined {
  let first: (Conflict & { readonly epoch: number }) | undefined;
  for (let slot = 0; slot < GROUPS; slot++) {
    const touches = touchesIn(record, slot * invocations, invocations);
    // For each element between two barriers who writes it: of each place in the text two invocations are enough.
    const writers = new Map<string, Recording[]>();
    for (const touch of touches) {
      if (!sites[touch.site].writes) continue;
      const known = writers.get(keyOf(sites, touch)) ?? [];
      const same = known.filter(({ site }) => site === touch.site);
      if (same.length < 2 && same[0]?.lane !== touch.lane) known.push(touch);
      writers.set(keyOf(sites, touch), known);
    }
    for (const touch of touches) {
      if (first && first.epoch <= touch.epoch) continue;
      const { reads } = sites[touch.site];
      const writer = writers
        .get(keyOf(sites, touch))
        ?.find(({ lane, site }) => lane !== touch.lane && (reads || site !== touch.site));
      if (writer) first = { epoch: touch.epoch, written: sites[writer.site], other: sites[touch.site] };
    }
  }
  return first;
}

interface Recording {
  readonly lane: number;
  readonly epoch: number;
  readonly site: number;
  readonly element: number;
}

const keyOf = (sites: readonly Site[], { epoch, site, element }: Recording): string =>
  `${epoch} ${sites[site].name} ${element}`;

function touchesIn(record: ArrayLike<number>, from: number, invocations: number): Recording[] {
  const touches: Recording[] = [];
  for (let lane = 0; lane < invocations; lane++)
    for (let k = 0; k < MOST; k++) {
      const at = ((from + lane) * MOST + k) * 2;
      // Behind what was recorded there is what stood there before, which is not a number.
      if (!(record[at] >= 0)) break;
      const [site, epoch] = [record[at] % SITES, Math.floor(record[at] / SITES)];
      touches.push({ lane, epoch, site, element: record[at + 1] });
    }
  return touches;
}
