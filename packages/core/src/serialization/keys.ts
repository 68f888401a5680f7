/** Whether JavaScript would take a key of an object for an index, and move it before all others. */
export function isIndex(key: string): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
}

/** A key in the text of a path. Of tuples no text is made: a small file can make theirs endless. */
export function keyText(key: unknown): string {
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean' ? String(key) : '(…)';
}
