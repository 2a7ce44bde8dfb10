/** The page around the tabs: the adapter's name and the list of tabs. */
import { useComputed, useSignal } from "@preact/signals";
import { proxy } from "comlink";
import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { engine } from "./client.ts";
import { DropTarget } from "./drop_target.tsx";
import { Intro, IntroButton } from "./intro.tsx";
import { Lazy } from "./lazy.tsx";
import { data, lookInside, machine, phase, setup, tab } from "./state.ts";
import { Explanations } from "./terms/term.tsx";
import { TrainTab } from "./train/train_tab.tsx";
import { TABS, type Tab } from "./url.ts";
import { WAYS } from "./ways.ts";

export function Shell() {
  return (
    <>
      <header>
        <h1>backprop-ninja</h1>
        <IntroButton />
        <Tabs />
        <Adapter />
      </header>
      <main>
        <Intro />
        <Panel name="walk">
          <Lazy load={loadWalk} />
        </Panel>
        <Panel name="exercises">
          <Lazy load={loadExercises} />
        </Panel>
        <Panel name="train">
          <TrainTab />
        </Panel>
        <Panel name="check">
          <Lazy load={loadCheck} />
        </Panel>
        <Panel name="device">
          <Lazy load={loadDevice} />
        </Panel>
      </main>
      <Explanations />
      <DropTarget />
    </>
  );
}

async function loadWalk(): Promise<JSX.Element> {
  return (await import("./walk/open.tsx")).openWalk();
}

async function loadExercises(): Promise<JSX.Element> {
  const [{ ExercisesTab }, { openExercises }] = await Promise.all([
    import("./exercises/exercises_tab.tsx"),
    import("./exercises/open.ts"),
  ]);
  return <ExercisesTab {...openExercises()} lookInside={lookInside} />;
}

async function loadCheck(): Promise<JSX.Element> {
  return (await import("./check/open.tsx")).openCheck();
}

async function loadDevice(): Promise<JSX.Element> {
  const { DeviceTab } = await import("./device/device_tab.tsx");
  const device: Parameters<typeof DeviceTab>[0]["engine"] = {
    machine,
    report: () => engine.report(),
    selfTest: (onResult) => engine.selfTest(proxy(onResult)),
    measure: (onProgress) => engine.measure(proxy(onProgress)),
    profile: (config, note) => engine.profile(config, proxy(note)),
    stopMeasuring: () => engine.stopMeasuring(),
    setup,
  };
  return <DeviceTab engine={device} />;
}

/** The tabs of the ARIA pattern: arrows move between them, and the panel follows. */
function Tabs() {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = TABS.indexOf(tab.value);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: TABS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    tab.value = TABS[(to + TABS.length) % TABS.length];
    list.current?.querySelector<HTMLElement>(`#tab-${tab.value}`)?.focus();
  };
  return (
    <div role="tablist" aria-label="Parts of the lab" ref={list} onKeyDown={onKeyDown}>
      {TABS.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-controls={`panel-${name}`}
          aria-selected={tab.value === name}
          tabIndex={tab.value === name ? 0 : -1}
          onClick={() => {
            tab.value = name;
          }}
        >
          {WAYS[name].title}
          <small>{WAYS[name].about}</small>
        </button>
      ))}
    </div>
  );
}

function Panel({ name, children }: { name: Tab; children: ComponentChildren }) {
  return (
    <div role="tabpanel" id={`panel-${name}`} aria-labelledby={`tab-${name}`} hidden={tab.value !== name}>
      <Visited name={name}>{children}</Visited>
    </div>
  );
}

/** Renders nothing until the tab is first shown and its data is there; after that it stays, and keeps its state. */
function Visited({ name, children }: { name: Tab; children: ComponentChildren }) {
  const visited = useSignal(false);
  const open = useComputed(() => {
    // Judging lines needs no device.
    if (name === "train" || name === "exercises") return true;
    return machine.value !== undefined && (name === "device" || data.value !== undefined);
  });
  if (tab.value === name && open.value) visited.value = true;
  if (visited.value) return <>{children}</>;
  return phase.value === "opening" ? <p role="status">Opening the device and the words…</p> : null;
}

function Adapter() {
  const m = machine.value;
  if (!m)
    return <p class="adapter">{phase.value === "opening" ? "Looking for a WebGPU adapter…" : "No device"}</p>;
  return (
    <p class="adapter">
      {m.name}
      {m.kind === "software" && <strong>: software, not a GPU; expect it to be slow</strong>}
    </p>
  );
}
