/** Lines that are in the text and not in sight: folded into a slim row, left out by the cursor, and kept from every edit. */
import {
  EditorState,
  type Extension,
  Prec,
  StateEffect,
  StateField,
  type TransactionSpec,
} from "@codemirror/state";
import {
  type Command,
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  WidgetType,
} from "@codemirror/view";

const hide = StateEffect.define<readonly boolean[]>();

/** The transaction that hides these lines, and shows all others. */
export const withHidden = (hidden: readonly boolean[]): TransactionSpec => ({ effects: hide.of(hidden) });

class Fold extends WidgetType {
  readonly #lines: number;
  constructor(lines: number) {
    super();
    this.#lines = lines;
  }
  override eq(other: Fold): boolean {
    return other.#lines === this.#lines;
  }
  override toDOM(): HTMLElement {
    const row = document.createElement("div");
    row.className = "fold";
    row.textContent = `⋯ ${this.#lines} ${this.#lines === 1 ? "line" : "lines"}`;
    return row;
  }
  override get estimatedHeight(): number {
    return 18;
  }
}

const folds = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, tr) {
    shown = shown.map(tr.changes);
    for (const effect of tr.effects) if (effect.is(hide)) shown = foldsOf(tr.state, effect.value);
    return shown;
  },
  provide: (field) => [
    EditorView.decorations.from(field),
    EditorView.atomicRanges.of((view) => view.state.field(field)),
  ],
});

function foldsOf({ doc }: EditorState, hidden: readonly boolean[]): DecorationSet {
  const ranges = [];
  for (let first = 1; first <= doc.lines; first++) {
    if (!hidden[first - 1]) continue;
    let last = first;
    while (last < doc.lines && hidden[last]) last++;
    const fold = Decoration.replace({ widget: new Fold(last - first + 1), block: true });
    ranges.push(fold.range(doc.line(first).from, doc.line(last).to));
    first = last;
  }
  return Decoration.set(ranges);
}

/** Where the hidden lines are, from the newline before each fold to the one behind it. */
function closed(state: EditorState): number[] {
  const ranges: number[] = [];
  state.field(folds).between(0, state.doc.length, (from, to) => {
    ranges.push(from - 1, to + 1);
  });
  return ranges;
}

/** Where a cursor that comes from `before` ends up instead of in a fold: on its other side, or where it came from if there is nothing behind. */
function inSight(state: EditorState, at: number, before: number): number {
  const ranges = closed(state);
  for (let i = 0; i < ranges.length; i += 2) {
    const [above, below] = [ranges[i], ranges[i + 1]];
    if (at <= above || at >= below) continue;
    const on = at >= before ? below : above;
    const back = at >= before ? above : below;
    return [on, back].find((each) => each >= 0 && each <= state.doc.length) ?? at;
  }
  return at;
}

const cursorInSight = EditorState.transactionFilter.of((tr) => {
  if (!tr.selection && !tr.effects.some((effect) => effect.is(hide))) return tr;
  const { state, startState } = tr;
  const before = tr.changes.mapPos(startState.selection.main.head);
  const { anchor, head } = state.selection.main;
  const to = { anchor: inSight(state, anchor, before), head: inSight(state, head, before) };
  return to.anchor === anchor && to.head === head ? tr : [tr, { selection: to, sequential: true }];
});

/** Selects what is in sight around the cursor: to type over the whole text would only change the part that may be. */
const selectShown: Command = ({ state, dispatch }) => {
  const ranges = closed(state);
  if (ranges.length === 0) return false;
  const { head } = state.selection.main;
  let [anchor, end] = [0, state.doc.length];
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i + 1] <= head) anchor = Math.max(anchor, Math.min(ranges[i + 1], state.doc.length));
    else if (ranges[i] >= head) end = Math.min(end, ranges[i]);
  }
  dispatch(state.update({ selection: { anchor, head: Math.max(anchor, end) } }));
  return true;
};

export const hiddenLines: Extension = [
  folds,
  cursorInSight,
  EditorState.changeFilter.of(({ startState }) => {
    const ranges = closed(startState);
    return ranges.length === 0 || ranges;
  }),
  Prec.high(keymap.of([{ key: "Mod-a", run: selectShown }])),
];
