/** The Train tab: words and settings, the run, and the network as it trains. */
import { signal } from "@preact/signals";
import { DataPanel } from "../data/data_panel.tsx";
import { Runs } from "../kept/runs.tsx";
import { Lazy } from "../lazy.tsx";
import { NetworksChoice } from "../population/choice.tsx";
import { several } from "../state.ts";
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

async function loadPopulation() {
  const { PopulationView } = await import("../population/view.tsx");
  return <PopulationView />;
}

export function TrainTab() {
  return (
    <div class="train">
      <div class="aside">
        <NetworksChoice />
        <DataPanel open={roomy.value} />
        <SettingsForm open={roomy.value} />
      </div>
      <div class="live">{several.value ? <Lazy load={loadPopulation} /> : <One />}</div>
    </div>
  );
}

/** One network, with all that there is to be seen of it. */
function One() {
  return (
    <>
      <RunPanel />
      <Loss />
      <Runs />
      <Lazy load={loadLive} />
      <Lazy load={loadPlay} />
      <Names />
      <Activations />
      <Embedding />
      <Gradients />
    </>
  );
}
