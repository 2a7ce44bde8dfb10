/** One tensor's neighbours: what it is made from, what is made from it, and those before and after it in the step. */
import type { Making } from "./engine.ts";
import type { StepGraph } from "./graph.ts";

interface Props {
  readonly graph: StepGraph;
  readonly name: string;
  readonly open: (name: string) => void;
}

/** Links to the board, and to the tensors that the step makes just before and just after this one. */
export function Walk({ graph, name, open }: Props & { open: (name: string | undefined) => void }) {
  const { nodes, calls } = graph;
  const made = graph.edges.some((e) => e.to === name);
  const at = nodes.findIndex((n) => n.name === name);
  const { position } = nodes[at];
  const step = (to: number, text: (name: string) => string) =>
    nodes[to] && (
      <button type="button" onClick={() => open(nodes[to].name)}>
        {text(nodes[to].name)}
      </button>
    );
  return (
    <nav class="walk" aria-label="The way through the step">
      <button type="button" onClick={() => open(undefined)}>
        All tensors
      </button>
      {step(at - 1, (n) => `← ${n}`)}
      <span>{position ? `operation ${position} of ${calls}` : made ? "a view" : "given"}</span>
      {step(at + 1, (n) => `${n} →`)}
    </nav>
  );
}

export function Neighbours({ graph, name, making, open }: Props & { making?: Making }) {
  const { edges, updates } = graph;
  const from = edges.filter((e) => e.to === name);
  const to = edges.filter((e) => e.from === name);
  const update = updates.find((u) => u.gradient === name || u.parameter === name);
  const formal = new Map(making?.args.map((a) => [a.tensor, a.formal]));
  const view = from.some((e) => e.op === "view");
  return (
    <section class="neighbours" aria-label="Where it comes from and goes to">
      <div>
        <h3>Comes from</h3>
        <ul>
          {from.map((e) => (
            <Link
              key={e.from}
              name={e.from}
              note={e.op === "view" ? "" : asFormal(formal.get(e.from))}
              open={open}
            />
          ))}
          {update?.parameter === name && (
            <Link name={update.gradient} note="in the step before" open={open} />
          )}
          {from.length === 0 && update?.parameter !== name && <li>the data</li>}
        </ul>
      </div>
      <p class="by">
        {view && <span>the same memory</span>}
        {making && !view && (
          <span>
            <code>{making.op}</code>
            <small>{making.math}</small>
          </span>
        )}
      </p>
      <div>
        <h3>Goes to</h3>
        <ul>
          {to.map((e) => (
            <Link key={e.to} name={e.to} note={e.op} open={open} />
          ))}
          {update?.gradient === name && <Link name={update.parameter} note={update.math} open={open} />}
          {to.length === 0 && update?.gradient !== name && <li>nothing: it is a result of the step</li>}
        </ul>
      </div>
    </section>
  );
}

const asFormal = (formal?: string): string => (formal ? `as ${formal}` : "");

function Link({ name, note, open }: { name: string; note: string; open: Props["open"] }) {
  return (
    <li>
      <button type="button" class="name" onClick={() => open(name)}>
        {name}
      </button>
      {note && <small> {note}</small>}
    </li>
  );
}
