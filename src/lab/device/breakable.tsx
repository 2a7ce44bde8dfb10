/** A name in code that a narrow column may break after a dot or an underscore, or before a capital. */
export function Breakable({ name }: { name: string }) {
  const [first, ...rest] = name.split(/(?<=[._])|(?=[A-Z])/);
  return (
    <>
      {first}
      {rest.flatMap((part, i) => [<wbr key={`${i} ${part}`} />, part])}
    </>
  );
}
