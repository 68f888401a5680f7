/**
 * Imports a library of bench/peers/package.json by a name that the compiler does not resolve, so that types and lint
 * pass where it is not installed. `T` is what we use of it, as its documentation says: nothing checks it.
 */
export async function importPeer<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}
