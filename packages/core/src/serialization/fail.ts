/** Throws the one-line error of a file that cannot be read. */
export function fail(what: string): never {
  throw new Error(`load: ${what}`);
}

/** A part of an untrusted text for an error message: short, and on one line. */
export function quoted(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  return `'${short.replace(/[\p{Cc}\u2028\u2029]/gu, '?')}'`;
}
