/** A button that opens the browser's file dialog; the input itself is hidden. */
import { useRef } from "preact/hooks";

interface FileButtonProps {
  /** The button's text. */
  readonly text: string;
  /** The input's label, for screen readers. */
  readonly label: string;
  readonly accept: string;
  readonly disabled?: boolean;
  readonly onFile: (file: File) => unknown;
}

export function FileButton({ text, label, accept, disabled, onFile }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" disabled={disabled} onClick={() => input.current?.click()}>
        {text}
      </button>
      <input
        ref={input}
        type="file"
        accept={accept}
        aria-label={label}
        hidden
        onChange={({ currentTarget: { files }, currentTarget }) => {
          if (files?.[0]) void onFile(files[0]);
          // So that the same file can be chosen again after it was fixed.
          currentTarget.value = "";
        }}
      />
    </>
  );
}
