/** A count in a message, to be read: 20,000. Fractions, and values of options as somebody typed them, stay as they are. */
export const count = (n: number): string => (Number.isInteger(n) ? n.toLocaleString("en-US") : String(n));
