/** What a bad call says; the failure to say anything throws. Generators are run to their end. */
export async function messageOf(name: string, call: () => unknown): Promise<string> {
  try {
    const result = await call();
    if (typeof result === 'object' && result !== null && Symbol.iterator in result && 'next' in result) {
      Array.from(result as Iterable<unknown>);
    }
  } catch (error) {
    if (error instanceof Error) return `${error instanceof TypeError ? 'TypeError: ' : ''}${error.message}`;
    throw error;
  }
  throw new Error(`${name}: the bad call was accepted`);
}
