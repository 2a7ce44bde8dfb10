/** A button that opens the browser's choice of a file; the control itself is out of sight. */
import { useRef } from "preact/hooks";

interface FileButtonProps {
  /** On the button. */
  readonly text: string;
  /** Of the control, for those who do not see the page. */
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
          // The same file can be chosen again, after it was mended.
          currentTarget.value = "";
        }}
      />
    </>
  );
}
