/** What the exercises tab knows, as signals, and what its parts can do. No DOM. */
import {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals";
import { readSource, type Source } from "../../exercises/files.ts";
import type { LineValues } from "../../exercises/judge.ts";
import type { LinesRow, Verdict } from "../../exercises/report.ts";
import type { Trained } from "../../exercises/train.ts";
import { type Alone, alone, edited } from "./alone.ts";
import type { Diagnostic } from "./editor/diagnostics.ts";
import { type Exported, exported } from "./export.ts";
import { isHalfTyped } from "./half_typed.ts";
import { type Judges, Judging } from "./judging.ts";
import type { Progress } from "./kept.ts";
import type { Judged } from "./lines_judge.ts";
import { decodeText, encodeText } from "./link.ts";
import { marksOf } from "./marks.ts";
import {
  type ExerciseNumber,
  type Item,
  itemOf,
  type Key,
  type LinesKey,
  SHEETS,
  type Sheet,
  sheetOf,
} from "./sheets.ts";
import type { Texts } from "./texts.ts";
import { type Compared, type Trainee, Training, type Trains } from "./training.ts";

/** A text that came with an address, and the exercise that it is for. */
export interface SharedText {
  readonly exercise: string | undefined;
  readonly encoded: string;
}

/** The page around the tab. */
export interface Page {
  /** The exercise and the tensor of it that are open, as the address has them. */
  readonly exercise: Signal<string | undefined>;
  readonly tensor: Signal<string | undefined>;
  readonly shared: Signal<SharedText | undefined>;
  /** A file that was dropped on the page. */
  readonly brought: Signal<File | undefined>;
  /** The address of an exercise with a text. */
  address(exercise: Key, encoded: string): string;
}

/** Of a file's code, what makes gradients. */
export interface Finds {
  found(source: Source): Promise<string | undefined>;
}

/** A text beside the reader's own, which is used if the reader says so. */
export interface Offer {
  readonly key: Key;
  readonly text: string;
  /** `a link`, or the name of a file. */
  readonly from: string;
}

/** A row of the board. */
export interface Row extends LinesRow {
  /** Of its item. */
  readonly id: string;
  /** Whether it is about a line that is being typed. */
  readonly notYet: boolean;
}

const FIRST: Key = "warm-up";
const A_LINK = "a link";
/** Steps of a training. */
const STEPS = 500;

export class Exercises {
  readonly #texts: Texts;
  readonly #judging: Judging;
  readonly #trains: Trains;
  readonly #training = new Training<Trainee, Trained>("nothing trains: no line gives a gradient");
  readonly #finds: Finds;
  readonly #page: Page;
  readonly #cursor = signal<number | undefined>(undefined);
  readonly #offer = signal<Offer | undefined>(undefined);
  readonly #fileProblem = signal<string | undefined>(undefined);

  readonly sheets: readonly Sheet[] = SHEETS;
  /** Two views of one text. */
  readonly view = signal<"tensor" | "cell">("tensor");
  /** The line of the whole cell that was asked for last. */
  readonly place = signal<{ readonly line: number } | undefined>(undefined);

  constructor(o: { texts: Texts; judges: Judges & Finds; trains: Trains; page: Page }) {
    this.#texts = o.texts;
    this.#finds = o.judges;
    this.#judging = new Judging(o.judges, (key) => o.texts.save(key));
    this.#trains = o.trains;
    this.#page = o.page;
    // A verdict on a text that another tab has replaced says nothing about the new one.
    o.texts.onAdopted = (key) => this.#judging.forget(key as LinesKey);
    effect(() => {
      void [this.key.value, this.#alone.value];
      this.#typed.value = undefined;
    });
    effect(() => {
      void this.view.value;
      this.place.value = undefined;
    });
    this.#keepProgress();
    this.#takeShared();
    effect(() => {
      const file = o.page.brought.value;
      if (!file) return;
      o.page.brought.value = undefined;
      void this.bring(file);
    });
  }

  /** Reads the store. */
  load(): Promise<void> {
    return this.#texts.load(SHEETS.map(({ key }) => key));
  }

  /** Stores what is not stored yet: the page is being left. */
  flush(): void {
    this.#texts.flush();
  }

  // What is open.

  readonly key: ReadonlySignal<Key> = computed(() => this.sheet.value.key);

  readonly sheet: ReadonlySignal<Sheet> = computed(
    () => sheetOf(this.#page.exercise.value ?? FIRST) ?? sheetOf(FIRST)!,
  );

  /** A notebook's are those of its last verdict, or of the one that was kept. */
  readonly items: ReadonlySignal<readonly Item[]> = computed(() => this.#itemsOf(this.sheet.value));

  /** Undefined for a kernel. */
  readonly item: ReadonlySignal<Item | undefined> = computed(() => {
    const [items, id] = [this.items.value, this.#page.tensor.value];
    return items.find((item) => item.id === id) ?? items[0];
  });

  /** The address names something that there is not. */
  readonly unknown: ReadonlySignal<string | undefined> = computed(() => {
    const [exercise, id] = [this.#page.exercise.value, this.#page.tensor.value];
    if (exercise !== undefined && !sheetOf(exercise))
      return `there is no exercise ${JSON.stringify(exercise)}; choose one of the list`;
    const [{ key, title }, items] = [this.sheet.value, this.items.value];
    if (id === undefined || key === "notebook" || items.some((item) => item.id === id)) return undefined;
    return `${title} has no ${JSON.stringify(id)}; choose one of the list`;
  });

  show(key: Key, id?: string): void {
    batch(() => {
      this.#page.exercise.value = key;
      this.#page.tensor.value = id;
      this.#cursor.value = undefined;
      this.place.value = undefined;
      // Whoever goes on has read it.
      this.#fileProblem.value = undefined;
    });
  }

  /** A row of the board: its gradient, and in the whole cell its line. */
  open({ id, line }: Pick<Row, "id" | "line">): void {
    batch(() => {
      this.show(this.key.value, id);
      if (this.view.value === "cell" && line !== null) this.place.value = { line };
    });
  }

  /** To the next item, or the one before. */
  move(by: 1 | -1): void {
    const items = this.items.value;
    const to = items[items.indexOf(this.item.value!) + by];
    if (to) this.#page.tensor.value = to.id;
  }

  // Texts.

  get loaded(): ReadonlySignal<boolean> {
    return this.#texts.loaded;
  }

  readonly text: ReadonlySignal<string> = computed(() => this.#textOf(this.sheet.value));

  /** What the editor shows: beside one tensor's lines a stub, if there are none yet. */
  readonly shownText: ReadonlySignal<string> = computed(() => this.#lines.value?.text ?? this.text.value);

  /** The lines of {@link shownText} that are other tensors'. The same lines stay the same array. */
  readonly hidden: ReadonlySignal<readonly boolean[] | undefined> = steady(
    () => this.#lines.value?.hidden,
    (a, b) => a?.length === b?.length && !a?.some((line, i) => line !== b?.[i]),
  );

  /** The file that a notebook's text is from, as long as nobody has edited it. */
  readonly from: ReadonlySignal<string | undefined> = computed(
    () => this.#texts.kept.value[this.key.value]?.from,
  );

  /** Whether there is something to reset. */
  readonly changed: ReadonlySignal<boolean> = computed(() => this.text.value !== this.sheet.value.stub);

  /** What has gone wrong with texts and files, in one line. */
  readonly problem: ReadonlySignal<string | undefined> = computed(
    () => this.#fileProblem.value ?? this.#texts.problem.value,
  );

  /** The reader has typed. */
  type(text: string): void {
    const { value: sheet } = this.sheet;
    if (text === this.shownText.value) return;
    batch(() => {
      this.#fileProblem.value = undefined;
      const lines = this.#lines.value;
      this.#typed.value = lines && edited(lines, text);
      this.#texts.change(sheet.key, text);
    });
    if (sheet.kind === "lines") this.#judging.soon(sheet.key, { text, exercise: sheet.exercise });
  }

  /** @param line of {@link shownText}, from 1; undefined if the cursor is elsewhere */
  cursor(line: number | undefined): void {
    this.#cursor.value = line;
  }

  /** Back to what there was at first. */
  reset(): void {
    this.#replace(this.sheet.value, this.sheet.value.stub);
  }

  /** Another tab's text, where both were changed. */
  readonly conflict: ReadonlySignal<string | undefined> = computed(
    () => this.#texts.others.value[this.key.value]?.text,
  );

  useOther(): void {
    this.#texts.useOther(this.key.value);
  }

  keepMine(): void {
    this.#texts.keepMine(this.key.value);
  }

  get offer(): ReadonlySignal<Offer | undefined> {
    return this.#offer;
  }

  useOffer(): void {
    const offer = this.#offer.value;
    if (!offer) return;
    this.discardOffer();
    const sheet = sheetOf(offer.key)!;
    this.#replace(sheet, offer.text, offer.from === A_LINK ? undefined : offer.from);
    this.show(offer.key);
    void this.check();
  }

  discardOffer(): void {
    batch(() => {
      if (this.#offer.value?.from === A_LINK) this.#page.shared.value = undefined;
      this.#offer.value = undefined;
    });
  }

  /** A notebook or a Python file: what makes gradients in it is judged as a text of its own. One that was edited here is asked about first. */
  async bring(file: Blob & { readonly name: string }): Promise<void> {
    this.#fileProblem.value = undefined;
    const sheet = sheetOf("notebook")!;
    try {
      const source = readSource(new Uint8Array(await file.arrayBuffer()), file.name);
      const text = await this.#finds.found(source);
      if (text === undefined)
        throw new Error(
          `${file.name}: no line of it gives a gradient a value; the exercises' are called dlogprobs, dprobs, … dC`,
        );
      await this.#untilLoaded();
      const own = this.#texts.kept.value[sheet.key];
      this.show(sheet.key);
      if (own && own.text !== "" && own.from === undefined && own.text !== text) {
        this.#offer.value = { key: sheet.key, text, from: file.name };
        return;
      }
      this.#replace(sheet, text, file.name);
      await this.check();
    } catch (error) {
      this.#fileProblem.value = (error as Error).message;
    }
  }

  exported(): Exported {
    return exported(this.sheet.value, this.text.value);
  }

  /** An address that carries the text. @throws LinkError */
  async link(): Promise<string> {
    return this.#page.address(this.key.value, await encodeText(this.text.value));
  }

  // Verdicts on lines.

  readonly judged: ReadonlySignal<Judged | undefined> = computed(
    () => this.#judging.judged.value[this.key.value as LinesKey],
  );

  readonly rows: ReadonlySignal<readonly Row[]> = computed(() => {
    const judged = this.judged.value;
    const { key } = this.sheet.value;
    return (judged?.report.rows ?? []).map((row) => ({
      ...row,
      id: idOf(key, row),
      notYet: row.verdict === "error" && row.line !== null && this.#isTyped(judged!.text, row.line),
    }));
  });

  get judging(): ReadonlySignal<boolean> {
    return this.#judging.busy;
  }

  /** Why there is no verdict on the text that is open. */
  readonly judgeProblem: ReadonlySignal<string | undefined> = computed(
    () => this.#judging.problem.value[this.key.value as LinesKey],
  );

  /** What stands at the lines of {@link shownText}, but for the one that is being typed. The same messages stay the same array. */
  get diagnostics(): ReadonlySignal<readonly Diagnostic[]> {
    return this.#diagnostics;
  }

  /** The button, and Ctrl-Enter. A kernel is not checked here. */
  async check(): Promise<void> {
    const { value: sheet } = this.sheet;
    if (sheet.kind !== "lines") return;
    await this.#judging.now(sheet.key, { text: this.text.value, exercise: sheet.exercise });
  }

  /** Undefined if there is no verdict on the text that is shown. */
  values(row: Pick<LinesRow, "name" | "exercise">): Promise<LineValues | undefined> {
    return this.#judging.values(this.key.value as LinesKey, row);
  }

  // Progress.

  readonly progress: ReadonlySignal<Readonly<Record<string, Progress>>> = computed(() =>
    Object.fromEntries(Object.entries(this.#texts.kept.value).map(([key, { progress }]) => [key, progress])),
  );

  stateOf(key: Key, id: string): "open" | "some" | "right" {
    const verdict = this.progress.value[key]?.[id];
    if (verdict === undefined || verdict === "missing") return "open";
    return verdict === "right" ? "right" : "some";
  }

  countOf(key: Key): { right: number; of: number } {
    const sheet = sheetOf(key)!;
    const ids =
      sheet.kind === "kernel"
        ? [sheet.task.name]
        : this.#itemsOf(sheet).flatMap(({ id, optional }) => (optional ? [] : [id]));
    return { right: ids.filter((id) => this.stateOf(key, id) === "right").length, of: ids.length };
  }

  /** Resolves once the text that is open is stored; a kernel runs after that. */
  saved(): Promise<void> {
    return this.#texts.save(this.key.value);
  }

  /** A verdict on a kernel. */
  record(key: Key, progress: Progress): void {
    this.#texts.record(key, progress, sheetOf(key)!.stub);
  }

  // Exercise 4.

  get training(): ReadonlySignal<(Trainee & Compared<Trained>) | undefined> {
    return this.#training.run;
  }

  async train(steps = STEPS): Promise<void> {
    await this.saved();
    const text = this.text.value;
    await this.#training.start({ text, steps }, (onLosses) => this.#trains(text, steps, onLosses));
  }

  stopTraining(): void {
    this.#training.stop();
  }

  // What is behind that.

  /** The item whose lines are shown alone. */
  readonly #alone = computed(() => {
    const { value: sheet } = this.sheet;
    if (this.view.value === "cell" || sheet.key === "exercise-4" || sheet.key === "notebook")
      return undefined;
    return this.item.value;
  });

  /** The open item's lines as they are typed; they are looked for anew when another one is opened. */
  readonly #typed = signal<Alone | undefined>(undefined);

  readonly #lines = computed((): Alone | undefined => {
    const [item, text, typed] = [this.#alone.value, this.text.value, this.#typed.value];
    if (!item) return undefined;
    if (typed?.text === text) return typed;
    return alone(
      text,
      item.name,
      this.items.value.map(({ name }) => name),
    );
  });

  #textOf({ key, stub }: Sheet): string {
    return this.#texts.kept.value[key]?.text ?? stub;
  }

  #itemsOf(sheet: Sheet): readonly Item[] {
    if (sheet.kind === "kernel") return [];
    if (sheet.key !== "notebook") return sheet.items;
    const judged = this.#judging.judged.value.notebook;
    const ids = judged
      ? judged.report.rows.map((row) => idOf(sheet.key, row))
      : Object.keys(this.#texts.kept.value.notebook?.progress ?? {});
    return ids.flatMap((id) => {
      const [exercise, name] = id.split("/");
      return itemOf(name, Number(exercise) as ExerciseNumber, { id }) ?? [];
    });
  }

  #replace({ key, kind }: Sheet, text: string, from?: string): void {
    batch(() => {
      if (kind === "lines") this.#judging.forget(key as LinesKey);
      this.#texts.change(key, text, from);
      this.#texts.record(key, {}, text);
    });
  }

  #isTyped(text: string, line: number): boolean {
    const cursor = this.#cursor.value;
    const stub = this.#stubLine.value;
    if (cursor === undefined || cursor === stub) return false;
    return isHalfTyped(text, line, stub !== undefined && cursor > stub ? cursor - 1 : cursor);
  }

  /** The line of the stub that is shown and not in the text. */
  readonly #stubLine = computed(() => {
    const [text, shown] = [this.text.value, this.shownText.value];
    if (text === shown) return undefined;
    const [lines, all] = [text.split("\n"), shown.split("\n")];
    return all.findIndex((line, i) => line !== lines[i]) + 1;
  });

  readonly #marks = steady(
    () => {
      const judged = this.judged.value;
      const all = judged ? marksOf(judged) : [];
      const marks = all.flatMap((mark) =>
        mark.severity !== "warning" && this.#isTyped(judged!.text, mark.line)
          ? []
          : [{ ...mark, line: this.#shownLine(mark.line) }],
      );
      return { judged, marks };
    },
    (a, b) => a.judged === b.judged && JSON.stringify(a.marks) === JSON.stringify(b.marks),
  );
  readonly #diagnostics = computed(() => this.#marks.value.marks);

  #shownLine(line: number): number {
    const stub = this.#stubLine.value;
    return stub !== undefined && line >= stub ? line + 1 : line;
  }

  /** What the last verdicts were is kept; a line that is being typed keeps the one it had. */
  #keepProgress(): void {
    effect(() => {
      const judged = this.judged.value;
      const rows = this.rows.value;
      if (!judged) return;
      untracked(() => {
        const { key, stub } = this.sheet.value;
        if (judged.text !== this.text.value) return;
        const before = this.progress.value[key] ?? {};
        const now = rows.flatMap(({ id, verdict, notYet }): [string, Verdict][] => {
          const kept = notYet ? (before[id] as Verdict | undefined) : verdict;
          return kept === undefined || kept === "missing" ? [] : [[id, kept]];
        });
        this.#texts.record(key, Object.fromEntries(now), stub);
      });
    });
  }

  /** A link's text is offered, and neither stored nor judged before the reader says so. */
  #takeShared(): void {
    effect(() => {
      const shared = this.#page.shared.value;
      if (shared) void this.#offerShared(shared);
    });
  }

  async #offerShared(shared: SharedText): Promise<void> {
    const sheet = sheetOf(shared.exercise ?? FIRST);
    try {
      if (!sheet) throw new Error(`the link's text is for an exercise that there is not; ask for it again`);
      const text = await decodeText(shared.encoded);
      await this.#untilLoaded();
      if (this.#page.shared.value !== shared) return;
      if (text === this.#textOf(sheet)) this.#page.shared.value = undefined;
      else this.#offer.value = { key: sheet.key, text, from: A_LINK };
    } catch (error) {
      batch(() => {
        this.#page.shared.value = undefined;
        this.#fileProblem.value = (error as Error).message;
      });
    }
  }

  #untilLoaded(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.loaded.subscribe((loaded) => {
        if (!loaded) return;
        resolve();
        queueMicrotask(() => stop());
      });
    });
  }
}

/** Of the item that a row is about. */
const idOf = (key: Key, { exercise, name }: Pick<LinesRow, "exercise" | "name">): string =>
  key === "notebook" ? `${exercise}/${name}` : name;

/** Keeps the value that it had as long as the new one is no different. */
function steady<T>(compute: () => T, equal: (a: T, b: T) => boolean): ReadonlySignal<T> {
  let last: { readonly value: T } | undefined;
  return computed(() => {
    const value = compute();
    if (!last || !equal(last.value, value)) last = { value };
    return last.value;
  });
}
