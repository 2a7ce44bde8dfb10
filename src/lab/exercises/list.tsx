/** The exercises with how far one is: a list beside the work, and on a narrow page two fields above it. */
import { useRef } from "preact/hooks";
import type { Item, Key, Sheet } from "./sheets.ts";
import { SHEETS, sheetOf } from "./sheets.ts";
import type { Exercises } from "./state.ts";

interface Props {
  readonly exercises: Exercises;
}

const SIGNS = { open: "○", some: "◐", right: "●" } as const;
const WORDS = { open: "not yet", some: "not right yet", right: "right" } as const;

const KINDS = [
  ["lines", "Lines of PyTorch"],
  ["kernel", "Kernels for the GPU"],
] as const;

export function List({ exercises }: Props) {
  const list = useRef<HTMLElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...list.current!.querySelectorAll("button")];
    const at = all.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(to, all.length - 1))].focus();
  };
  return (
    <nav class="exercise-list card" aria-label="Exercises" ref={list} onKeyDown={onKeyDown}>
      {KINDS.map(([kind, title]) => (
        <div key={kind}>
          <h2>{title}</h2>
          <ul>
            {SHEETS.filter((sheet) => sheet.kind === kind).map((sheet) => (
              <SheetEntry key={sheet.key} sheet={sheet} exercises={exercises} />
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

/** `Exercise 1: every gradient` as its number and what it is about. */
const titleOf = ({ title }: Sheet): readonly [string, string | undefined] => {
  const [head, ...rest] = title.split(": ");
  return [head, rest.length > 0 ? rest.join(": ") : undefined];
};

function SheetEntry({ sheet, exercises }: Props & { sheet: Sheet }) {
  const open = exercises.key.value === sheet.key;
  const [head, rest] = titleOf(sheet);
  const item = exercises.item.value;
  // Only one of the list's buttons is a stop of the Tab key; arrows move between them.
  const stop = open && (item === undefined || exercises.view.value === "cell");
  return (
    <li>
      <button
        type="button"
        class="entry"
        aria-current={open || undefined}
        tabIndex={stop ? 0 : -1}
        onClick={() => exercises.show(sheet.key)}
      >
        <span>
          {head}
          {rest && <small>{rest}</small>}
        </span>
        <Count sheet={sheet} exercises={exercises} />
      </button>
      {open && sheet.kind === "lines" && <Items exercises={exercises} />}
    </li>
  );
}

/** "12 of 26", or a mark for what is one thing. */
function Count({ sheet, exercises }: Props & { sheet: Sheet }) {
  const { right, of } = exercises.countOf(sheet.key);
  if (sheet.kind === "kernel" || of === 1) {
    const id = sheet.kind === "kernel" ? sheet.task.name : sheet.items.find((i) => !i.optional)?.id;
    return id === undefined ? null : <State state={exercises.stateOf(sheet.key, id)} />;
  }
  if (of === 0) return null;
  return (
    <span class={right === of ? "count all" : "count"}>
      {right} of {of}
    </span>
  );
}

function State({ state }: { state: keyof typeof SIGNS }) {
  return (
    <>
      <span class={`state ${state}`} aria-hidden="true">
        {SIGNS[state]}
      </span>
      <span class="visually-hidden"> {WORDS[state]}</span>
    </>
  );
}

/** Items of a sheet by their groups, in order. */
function grouped(items: readonly Item[]): [string, Item[]][] {
  const groups: [string, Item[]][] = [];
  for (const item of items) {
    if (groups.at(-1)?.[0] === item.group) groups.at(-1)![1].push(item);
    else groups.push([item.group, [item]]);
  }
  return groups;
}

function Items({ exercises }: Props) {
  const groups = grouped(exercises.items.value);
  return (
    <ul class="groups">
      {groups.map(([group, items]) => (
        <li key={group + items[0].id}>
          {groups.length > 1 && <h3>{group}</h3>}
          <ul>
            {items.map((item) => (
              <ItemEntry key={item.id} item={item} exercises={exercises} />
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

function ItemEntry({ item, exercises }: Props & { item: Item }) {
  const key = exercises.key.value;
  const open = exercises.item.value?.id === item.id && exercises.view.value === "tensor";
  return (
    <li>
      <button
        type="button"
        class="item"
        aria-current={open || undefined}
        tabIndex={open ? 0 : -1}
        onClick={() => {
          exercises.view.value = "tensor";
          exercises.show(key, item.id);
        }}
      >
        <State state={exercises.stateOf(key, item.id)} />
        <span class="mono">{item.name}</span>
        {/* In a training loop most of them are, and it goes without saying. */}
        {item.optional && item.exercise !== 4 && <small>optional</small>}
      </button>
    </li>
  );
}

/** The same choice on a narrow page. */
export function Picker({ exercises }: Props) {
  const key = exercises.key.value;
  const items = exercises.items.value;
  const sign = (id: string) => SIGNS[exercises.stateOf(key, id)];
  return (
    <div class="exercise-picker card">
      <label>
        Exercise
        <select
          value={key}
          onChange={({ currentTarget: { value } }) => {
            if (sheetOf(value)) exercises.show(value as Key);
          }}
        >
          {KINDS.map(([kind, title]) => (
            <optgroup key={kind} label={title}>
              {SHEETS.filter((sheet) => sheet.kind === kind).map((sheet) => (
                <option key={sheet.key} value={sheet.key}>
                  {sheet.title}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      {items.length > 0 && (
        <label>
          Gradient
          <select
            value={exercises.item.value?.id}
            onChange={({ currentTarget: { value } }) => {
              exercises.view.value = "tensor";
              exercises.show(key, value);
            }}
          >
            {grouped(items).map(([group, members]) => (
              <optgroup key={group + members[0].id} label={group}>
                {members.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {sign(id)} {name}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
