/** Random programs of views, in-place ops, detaches and a backward, against flat buffers with PyTorch's aliasing. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { no_grad } from '../autograd/mode.js';
import { setInPlaceShortcut } from '../dispatch.js';
import { tensor } from '../functions/create.js';
import { slice } from '../functions/indexing.js';
import type { Tensor } from '../tensor.js';
import { Reference } from './reference.testing.js';

interface Pair {
  ours: Tensor;
  reference: Reference;
}

/** One step; numbers choose tensors and places modulo what there is. */
type Step = readonly [name: (typeof names)[number], a: number, b: number, p: number, q: number];

const views = ['reshape', 'permute', 'slice', 'select', 'expand', 'detach', 'clone'] as const;
const writes = ['mul_ number', 'mul_', 'add_', 'copy_', 'fill_', 'no_grad mul_', 'no_grad add_', 'mul'] as const;
const names = [...views, ...writes] as const;

const steps = fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(30), fc.nat(30), fc.nat(30), fc.nat(30)), {
  minLength: 3,
  maxLength: 14,
});

function makeView([name, , , p, q]: Step, { ours, reference }: Pair): Pair | null {
  const rank = reference.shape.length;
  const size = reference.shape.reduce((a, b) => a * b, 1);
  const dim = rank === 0 ? 0 : p % rank;
  const length = reference.shape[dim] ?? 0;
  switch (name) {
    case 'reshape': {
      const divisors = Array.from({ length: size }, (_, i) => i + 1).filter((n) => size % n === 0);
      const first = divisors[p % divisors.length];
      const shape = q % 2 === 0 ? [first, size / first] : [size];
      return { ours: ours.reshape(shape), reference: reference.reshape(shape) };
    }
    case 'permute': {
      const dims = reference.shape.map((_, i) => (i + q) % rank);
      return { ours: ours.permute(dims), reference: reference.permute(dims) };
    }
    case 'slice': {
      if (length === 0) return null;
      const start = q % length;
      const step = 1 + (q % 2);
      const before = Array.from({ length: dim }, () => slice());
      return {
        ours: ours.index(...before, slice(start, null, step)),
        reference: reference.slice(dim, start, length, step),
      };
    }
    case 'select':
      return rank === 0 ? null : { ours: ours.select(dim, q % length), reference: reference.select(dim, q % length) };
    case 'expand':
      if (size > 40) return null;
      return { ours: ours.expand([2, ...reference.shape]), reference: reference.expand(2) };
    case 'detach':
      return { ours: ours.detach(), reference: reference.detach() };
    case 'clone':
      return { ours: ours.clone(), reference: reference.clone() };
    default:
      return null;
  }
}

/** Values and derivatives of `a op b`. */
function product(a: Reference, b: Reference): [number[], number[]] {
  const [x, dx, y, dy] = [a.values(), a.derivatives(), b.values(), b.derivatives()];
  return [x.map((v, i) => v * y[i]), x.map((v, i) => dx[i] * y[i] + v * dy[i])];
}

function write(step: Step, target: Pair, other: Pair, pool: Pair[]): void {
  const [name, , , p] = step;
  const { ours, reference } = target;
  const factor = [0.5, -1, 1.5][p % 3];
  const source = other.reference.broadcast(reference.shape);
  if (name === 'mul') {
    if (source === null) return;
    const [values, tangents] = product(reference, source);
    pool.push({ ours: ours.mul(other.ours), reference: Reference.of(values, tangents, reference.shape) });
    return;
  }
  const needsSource = name === 'mul_' || name === 'add_' || name === 'copy_' || name === 'no_grad add_';
  if (needsSource && source === null) return;
  if (reference.expanded) {
    expect(() => ours.mul_(2)).toThrow('clone() it before writing');
    return;
  }
  const values = reference.values();
  const tangents = reference.derivatives();
  const add = (x: readonly number[], y: readonly number[]): number[] => x.map((v, i) => v + y[i]);
  switch (name) {
    case 'mul_ number':
      ours.mul_(factor);
      return reference.write(
        values.map((x) => x * factor),
        tangents.map((x) => x * factor),
      );
    case 'no_grad mul_':
      no_grad(() => ours.mul_(factor));
      return reference.write(
        values.map((x) => x * factor),
        null,
      );
    case 'fill_':
      ours.fill_(factor);
      return reference.write(
        values.map(() => factor),
        values.map(() => 0),
      );
    case 'mul_': {
      const result = product(reference, source!);
      ours.mul_(other.ours);
      return reference.write(...result);
    }
    case 'add_': {
      const [sum, slope] = [add(values, source!.values()), add(tangents, source!.derivatives())];
      ours.add_(other.ours);
      return reference.write(sum, slope);
    }
    case 'no_grad add_': {
      const sum = add(values, source!.values());
      no_grad(() => ours.add_(other.ours));
      return reference.write(sum, null);
    }
    case 'copy_': {
      const [copied, slope] = [source!.values(), source!.derivatives()];
      ours.copy_(other.ours);
      return reference.write(copied, slope);
    }
    default:
      throw new Error(`no such step: ${name}`);
  }
}

const flat = (x: Tensor): number[] => [x.tolist()].flat(Infinity as 1) as number[];

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((x, i) => expect(Math.abs(x - expected[i])).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(expected[i]))));
}

/** Runs a program on both and compares every tensor after every step, and the derivative at the end. */
function run(
  program: readonly Step[],
  initial: readonly number[],
  direction: readonly number[],
  recorded: boolean,
): number[] {
  const leaf = tensor([...initial], { dtype: 'float64' })
    .reshape(3, 4)
    .detach()
    .requires_grad_(recorded);
  const pool: Pair[] = [{ ours: leaf.clone(), reference: Reference.of(initial, direction, [3, 4]) }];
  const seen: number[] = [];
  for (const step of program) {
    const [, a, b] = step;
    const target = pool[a % pool.length];
    const made = makeView(step, target);
    if (made !== null) pool.push(made);
    else if (writes.some((name) => name === step[0])) write(step, target, pool[b % pool.length], pool);
    for (const { ours, reference } of pool) {
      expect(ours.shape).toEqual(reference.shape);
      expectNear(flat(ours), reference.values());
      seen.push(...flat(ours));
    }
  }
  if (!recorded) return seen;
  let loss = tensor(0, { dtype: 'float64' });
  let expected = 0;
  pool.forEach(({ ours, reference }, k) => {
    loss = loss.add(ours.sum().mul(k + 1));
    expected += reference.derivatives().reduce((x, y) => x + y, 0) * (k + 1);
  });
  if (!loss.requires_grad) {
    expectNear([0], [expected]);
    return seen;
  }
  loss.backward();
  const gradient = leaf.grad === null ? initial.map(() => 0) : flat(leaf.grad);
  const along = gradient.reduce((total, g, i) => total + g * direction[i], 0);
  const size = gradient.reduce((total, g, i) => total + Math.abs(g * direction[i]), 1);
  expect(Math.abs(along - expected)).toBeLessThanOrEqual(1e-9 * size);
  return [...seen, ...gradient];
}

const start = Array.from({ length: 12 }, (_, i) => 1 + i / 8);
const along = Array.from({ length: 12 }, (_, i) => ((i * 7) % 5) - 2 + i / 16);

describe.each([
  ['without gradients', false],
  ['with gradients', true],
] as const)('programs %s', (_, recorded) => {
  afterEach(() => {
    setInPlaceShortcut(true);
  });

  it('alias as flat buffers do, with the in-place shortcut and without', () => {
    fc.assert(
      fc.property(steps, (program) => {
        setInPlaceShortcut(true);
        const over = run(program, start, along, recorded);
        setInPlaceShortcut(false);
        expect(run(program, start, along, recorded)).toEqual(over);
      }),
      { numRuns: 200, seed: 20 },
    );
  });
});
