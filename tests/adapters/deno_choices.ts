/** What Deno says when it is asked for the adapters of its arguments, one after another: a JSON array a line, of name and refusal. */
import type { AdapterChoice } from "../../src/gpu/adapters.ts";
import { openDevice } from "../../src/gpu/device.ts";

for (const adapter of process.argv.slice(2) as AdapterChoice[]) {
  try {
    const { name, close } = await openDevice({ adapter });
    close();
    console.log(JSON.stringify([name, ""]));
  } catch (error) {
    console.log(JSON.stringify(["", (error as Error).message]));
  }
}
