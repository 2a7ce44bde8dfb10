/** A page with nothing but the editor, a button before it and one behind. The tests set its properties and read what it was told. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { Editor, type EditorProps } from "../../../src/lab/exercises/editor/editor.tsx";
import "../../../src/lab/style.css";

const props = signal<EditorProps>({ value: "", language: "python", label: "Your lines" });
const told: string[] = [];
const heard: string[] = [];
const violations: string[] = [];
document.addEventListener("securitypolicyviolation", (e) =>
  violations.push(`${e.effectiveDirective}: ${e.blockedURI} ${e.sample}`),
);

const Page = () => (
  <>
    <h1>The editor</h1>
    <button type="button">Before</button>
    <Editor
      {...props.value}
      onCursor={(line) => heard.push(`line ${line}`)}
      onCheck={() => heard.push("check")}
      onChange={(value) => {
        told.push(value);
        props.value = { ...props.value, value };
      }}
    />
    <button type="button">Behind</button>
  </>
);

const page = {
  /** What `onChange` was called with. */
  told,
  /** Of the cursor's lines and of checks. */
  heard,
  violations,
  set(changed: Partial<EditorProps>): void {
    props.value = { ...props.value, ...changed };
  },
};
export type EditorPage = typeof page;
Object.assign(window, { page });
render(<Page />, document.getElementById("page")!);
