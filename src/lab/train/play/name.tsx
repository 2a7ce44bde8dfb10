/** A name that the network has made up. */

interface NameProps {
  readonly name: string;
  /** It is one of the words that the network is trained on. */
  readonly known?: boolean;
  /** ln of its probability. */
  readonly logProbability?: number;
}

export function Name({ name, known = false, logProbability }: NameProps) {
  const about = [
    name || "the network ended the name at once",
    known && "a training word",
    logProbability !== undefined && `ln p = ${logProbability.toFixed(2)}`,
  ];
  return (
    <li class={known ? "known" : ""} title={about.filter(Boolean).join(", ")}>
      {name || <span class="muted">(empty)</span>}
    </li>
  );
}

/** What the mark of a {@link Name} means. */
export const NamesLegend = () => (
  <>
    <span class="known">Underlined</span>: a training word, learnt by heart or likely anyway.
  </>
);
