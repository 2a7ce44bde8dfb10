/** The page: shows itself, and opens the device. */
import { render } from "preact";
import { open } from "./actions.ts";
import { Shell } from "./shell.tsx";
import "./style.css";

const root = document.getElementById("lab");
if (!root) throw new Error("index.html has no element #lab");
render(<Shell />, root);
void open();
