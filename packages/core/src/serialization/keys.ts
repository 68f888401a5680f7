/** Whether JavaScript would take a key of an object for an index, and move it before all others. */
export function isIndex(key: string): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
}
