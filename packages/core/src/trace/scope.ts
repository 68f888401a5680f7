/** A module whose `forward` is running. */
interface Scope {
  /** Dotted path from the outermost module, `''` for that one. */
  path: string;
  /** The module's class. */
  type: string;
}

const scopes: Scope[] = [];

/** Opens a scope for a module; closed by the returned function. */
export function enterScope(path: string, type: string): () => void {
  scopes.push({ path, type });
  return () => {
    scopes.pop();
  };
}

/** Dotted path of the innermost module whose `forward` is running, `''` outside of them. */
export function currentScope(): string {
  return scopes.at(-1)?.path ?? '';
}

/**
 * A function that adds to an error's text in which module it happened, as of now: ` [in stem.conv (Conv2d)]`. The
 * outermost module is named only where the text does not begin with its name already.
 */
export function located(): (message: string) => string {
  const scope = scopes.at(-1);
  if (scope === undefined) return (message) => message;
  const { path, type } = scope;
  return (message) => {
    if (path === '') return message.startsWith(type) ? message : `${message} [in ${type}]`;
    return `${message} [in ${path} (${type})]`;
  };
}
