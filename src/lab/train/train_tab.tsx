/** The Train tab: words and settings, the run, and the network as it trains. */
import { signal } from "@preact/signals";
import { DataPanel } from "../data/data_panel.tsx";
import { Runs } from "../kept/runs.tsx";
import { Lazy } from "../lazy.tsx";
import { Activations } from "./activations.tsx";
import { Embedding } from "./embedding.tsx";
import { Gradients } from "./gradients.tsx";
import { Loss } from "./loss.tsx";
import { Names } from "./names.tsx";
import { RunPanel } from "./run_panel.tsx";
import { SettingsForm } from "./settings_form.tsx";
import "./train.css";

/** On a narrow screen words and settings are folded, also when it becomes one, so that the run is in sight. */
const wide = matchMedia("(min-width: 60rem)");
const roomy = signal(wide.matches);
wide.addEventListener("change", ({ matches }) => {
  roomy.value = matches;
});

async function loadLive() {
  const { Live } = await import("./live/live.tsx");
  return <Live />;
}

async function loadPlay() {
  const { Play } = await import("./play/play.tsx");
  return <Play />;
}

export function TrainTab() {
  return (
    <div class="train">
      <div class="aside">
        <DataPanel open={roomy.value} />
        <SettingsForm open={roomy.value} />
      </div>
      <div class="live">
        <RunPanel />
        <Loss />
        <Runs />
        <Lazy load={loadLive} />
        <Lazy load={loadPlay} />
        <Names />
        <Activations />
        <Embedding />
        <Gradients />
      </div>
    </div>
  );
}
