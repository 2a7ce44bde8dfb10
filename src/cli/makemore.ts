/** What makemore.py calls by another name, for those who come from it. */
const HERE: Readonly<Record<string, string>> = {
  "-i": "here it is --words FILE",
  "--input-file": "here it is --words FILE",
  "-o": "here it is --out FILE, the checkpoint itself",
  "--work-dir": "here it is --out FILE, the checkpoint itself",
  "--sample-only": "here that is a command of its own, sample",
  "-n": "here it belongs to the command sample, and there are no workers",
  "--num-workers": "there are none here; leave it out",
  "--max-steps": "here it is --steps",
  "--device": "here it is --backend gpu or --backend cpu",
  "--top-k": "here it belongs to the command sample",
  "--type": "here there is one network, the MLP with BatchNorm; leave it out",
  "--n-layer": "here there is one hidden layer; leave it out",
  "--n-head": "here nothing attends; leave it out",
  "--n-embd": "here it is --embedding",
  "--n-embd2": "here it is --hidden",
  "-b": "here it is --batch",
  "--batch-size": "here it is --batch",
  "-l": "here it is --lr",
  "--learning-rate": "here it is --lr",
  "-w": "here it is --weight-decay, with --optimizer adamw",
};

/** The refusal of an option that a command does not know, with what it is called here in the place of a guess at what was meant. */
export function withHint(refusal: string): string {
  const [unknown, option] = /^error: unknown option '(-[^'=]*)[^']*'/.exec(refusal) ?? [];
  const hint = option === undefined ? undefined : HERE[option];
  return unknown !== undefined && hint ? `${unknown}: ${hint}` : refusal;
}
