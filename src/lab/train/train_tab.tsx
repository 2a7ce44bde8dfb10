/** The Train tab: words and settings, the run, and the network as it trains. */
import { DataPanel } from "../data/data_panel.tsx";
import { Activations } from "./activations.tsx";
import { Embedding } from "./embedding.tsx";
import { Gradients } from "./gradients.tsx";
import { Loss } from "./loss.tsx";
import { Names } from "./names.tsx";
import { RunPanel } from "./run_panel.tsx";
import { SettingsForm } from "./settings_form.tsx";
import "./train.css";

/** On a narrow screen words and settings start folded, so that the run is in sight. */
const roomy = matchMedia("(min-width: 60rem)").matches;

export function TrainTab() {
  return (
    <div class="train">
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
