/** Shown only where there is no WebGPU: why, what to try in this browser, and that the page works meanwhile. */
import { Explained } from "../terms/term.tsx";
import { adviseOn, type Surroundings } from "./advice.ts";

export function NoWebGpu(surroundings: Surroundings) {
  const { title, steps } = adviseOn(surroundings);
  return (
    <section class="help" aria-labelledby="no-webgpu">
      <h2 id="no-webgpu">{title}</h2>
      <p>
        <Explained text="Until then the CPU reference does the training: every tab works, and every number agrees to rounding." />
      </p>
      <ol>
        {steps.map((step) => (
          <li key={step}>
            {step.split("`").map((part, i) => (i % 2 === 1 ? <code key={part}>{part}</code> : part))}
          </li>
        ))}
      </ol>
      <p>
        The command line may find more: <code>npm run doctor</code> looks for Vulkan, Metal and Direct3D
        itself, and comes with a software device.
      </p>
    </section>
  );
}
