/** Optional arguments: by name in a trailing object, in PyTorch's order, or first some in order and then an object. */

/**
 * The ways to pass the options `O` after the required arguments. `Names` lists those that may stand in order, as in
 * PyTorch's signature, separated by spaces.
 * @example Positional<{ a?: number; b?: string; c?: null }, 'a b'> // [{…}?] | [a, {…}?] | [a, b, {…}?]
 */
export type Positional<O, Names extends string> =
  // Options of which none is required may be left out.
  (Partial<O> extends O ? [options?: O] : [options: O]) | InOrder<O, Names>;

type InOrder<O, Names extends string> = Names extends `${infer First} ${infer Rest}`
  ? First extends keyof O
    ? [O[First], options?: Partial<O>] | [O[First], ...InOrder<O, Rest>]
    : never
  : Names extends keyof O
    ? [O[Names], options?: Partial<O>]
    : never;

// Not tensors, samplers and the like, which are arguments themselves.
const isOptions = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/**
 * The options that `args` are, see {@link Positional}.
 * @param who what was called, or a text that begins with its name.
 * @throws for more arguments than `names`.
 */
export function named<O extends object, Names extends string>(
  who: string,
  names: Names,
  args: Positional<O, Names>,
): O {
  const order = names.split(' ');
  const options: Record<string, unknown> = {};
  (args as readonly unknown[]).forEach((arg, i) => {
    if (isOptions(arg)) Object.assign(options, arg);
    else if (i < order.length) options[order[i]] = arg;
    else {
      const most = `at most ${order.length}: ${order.join(', ')}`;
      throw new Error(`${who.split(' ')[0]}: options: got ${args.length} by position, expected ${most}`);
    }
  });
  // Each name stands for its option by the type of `args`.
  return options as O;
}
