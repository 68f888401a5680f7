/** What a bad call says; the failure to say anything throws. */
export function messageOf(name: string, call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return `${error instanceof TypeError ? 'TypeError: ' : ''}${error.message}`;
    throw error;
  }
  throw new Error(`${name}: the bad call was accepted`);
}
