import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a bad call says; the failure to say anything throws. Generators are run to their end. */
export async function messageOf(name: string, call: () => unknown): Promise<string> {
  try {
    const result = await call();
    if (typeof result === 'object' && result !== null && Symbol.iterator in result && 'next' in result) {
      Array.from(result as Iterable<unknown>);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message = error.message.replaceAll(root, '').replace(/(\w\.ts):\d+/g, '$1:<line>');
    return `${error instanceof TypeError ? 'TypeError: ' : ''}${message}`;
  }
  throw new Error(`${name}: the bad call was accepted`);
}
