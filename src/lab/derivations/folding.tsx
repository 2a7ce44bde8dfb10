/** A derivation beside much else: once it is folded, so are those of all other gradients, as long as the page is. */
import { signal } from "@preact/signals";
import { Derivation } from "./derivation.tsx";

const open = signal(true);

export function FoldingDerivation(props: Parameters<typeof Derivation>[0]) {
  return (
    <details
      class="folding"
      open={open.value}
      onToggle={({ currentTarget }) => {
        open.value = currentTarget.open;
      }}
    >
      <summary>Derivation</summary>
      <Derivation {...props} />
    </details>
  );
}
