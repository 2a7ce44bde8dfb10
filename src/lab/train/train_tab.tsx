/** The Train tab: what is trained, how far it is, and what there is to see of it. */
import { loadCheckpoint } from "../actions.ts";
import { useFile } from "../data/actions.ts";
import { DataPanel } from "../data/data_panel.tsx";
import { phase, problem } from "../state.ts";
import { Activations } from "./activations.tsx";
import { Embedding } from "./embedding.tsx";
import { Gradients } from "./gradients.tsx";
import { Loss } from "./loss.tsx";
import { Names } from "./names.tsx";
import { RunPanel } from "./run_panel.tsx";
import { SettingsForm } from "./settings_form.tsx";
import "./train.css";

/** On a narrow screen the run comes before what it is made of. */
const roomy = matchMedia("(min-width: 60rem)").matches;

export function TrainTab() {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way to what two buttons do
    <div
      class="train"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const file = event.dataTransfer?.files[0];
        if (file) take(file);
      }}
    >
      <div class="aside">
        <DataPanel open={roomy} />
        <SettingsForm open={roomy} />
      </div>
      <div class="live">
        <RunPanel />
        <Loss />
        <Names />
        <Activations />
        <Embedding />
        <Gradients />
      </div>
    </div>
  );
}

/** A checkpoint or a word list, by its name. */
function take(file: File): void {
  if (!file.name.endsWith(".safetensors")) void useFile(file);
  else if (phase.value === "idle") void loadCheckpoint(file);
  else problem.value = `${file.name} is a checkpoint and would replace the run; pause first`;
}
