const path: string[] = [];

/** Opens a scope for the module `name`; closed by the returned function. */
export function enterScope(name: string): () => void {
  path.push(name);
  return () => {
    path.pop();
  };
}

/** Dotted path of the modules whose `forward` is running, `''` outside of them. */
export function currentScope(): string {
  return path.length === 0 ? '' : path[path.length - 1];
}
