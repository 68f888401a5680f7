/** Reads the golden files of test/goldens/data and compares arrays with them. */
import { readFileSync } from 'node:fs';
import type { DType } from '@reidgrad/core';
import type { InputSpec, JsonNumber } from './inputs.js';

/** A stored array: row-major, NaN and the infinities as words. */
export interface GoldenArray {
  shape: number[];
  data: JsonNumber[];
}

/** An input of a case: seeded by `key`, or literal `values`. */
export interface GoldenInput extends InputSpec {
  key: string;
}

/** A plain argument of a case, under PyTorch's name. */
export type GoldenArg = number | boolean | string | null | GoldenArg[] | { [name: string]: GoldenArg };

/** One call: `fn(inputs, args)` in `dtype`, what it gave, and the gradients of its first output (see README.md). */
export interface GoldenCase {
  fn: string;
  name: string;
  dtype: 'float32' | 'float64';
  args: Record<string, GoldenArg>;
  inputs: Record<string, GoldenInput>;
  /** Absent where the call throws. */
  outputs?: Record<string, GoldenArray>;
  /** By input name. */
  grads?: Record<string, GoldenArray>;
  /** The kind of error PyTorch raises. */
  error?: string;
}

/** A run of an optimizer: losses of all steps, parameters after some of them. */
export interface OptimCase {
  optimizer: 'SGD' | 'Adam' | 'AdamW' | 'RMSprop' | 'RAdam';
  options: Record<string, number | boolean>;
  /** Options of the second parameter group; absent: one group holds all. */
  secondGroup?: Record<string, number | boolean>;
  dtype: 'float32' | 'float64';
  inputs: Record<string, GoldenInput>;
  losses: JsonNumber[];
  /** By step count, then by parameter name. */
  parameters: Record<string, Record<string, GoldenArray>>;
}

/** A sample of an op, as TypeScript writes it to op-samples.json. */
export interface OpSample {
  op: string;
  name: string;
  ins: InputSpec[];
  attrs: Record<string, unknown>;
}

/** What PyTorch computes for an {@link OpSample}, in float64. */
export interface OpCase {
  op: string;
  name: string;
  outputs: GoldenArray[];
  /** The outputs that PyTorch differentiates; absent: none. */
  differentiated?: number[];
  /** Of sum(output * cotangent) over the differentiated outputs, by input; null for inputs without a gradient. */
  grads?: (GoldenArray | null)[];
}

/** An argument of a {@link FunctionCase}: `{ $: spec }` an input, `{ list }` a list, another object the options. */
export type FunctionArg = number | boolean | string | null | FunctionArg[] | { [key: string]: unknown };

/** A call of a function of the torch namespace, in float64, or draws after `manual_seed(7)`. */
export interface FunctionCase {
  fn: string;
  name: string;
  call?: FunctionArg[];
  draw?: { weights: number[]; count: number; replacement: boolean; dtype: 'float32' | 'float64' };
  outputs: GoldenArray[];
  differentiated?: number[];
  /** As in {@link OpCase}, by number of the input. */
  grads?: (GoldenArray | null)[];
}

/** A program of corners.py: its outputs and, by input, its first and second derivatives. */
export interface CornerCase {
  name: string;
  inputs: Record<string, GoldenArray & { dtype: DType; grad: boolean }>;
  outputs: (GoldenArray & { dtype: DType })[];
  grads?: Record<string, GoldenArray | null>;
  second?: Record<string, GoldenArray | null>;
}

/** A file that PyTorch wrote, in data/serialization, and a description of what `torch.load` gives for it. */
export interface SerializationCase {
  file: string;
  /** Whether the file holds a whole module, and `expected` is its state dict. */
  state_dict: boolean;
  expected: unknown;
}

/** A checkpoint in data/serialization and how training goes on from it in PyTorch. */
export interface ResumeCase {
  file: string;
  optimizer: string;
  scheduler: string;
  epochs: { rates: number[]; parameters: [number[], number[][]] }[];
}

interface GoldenFiles {
  corners: CornerCase;
  functions: FunctionCase;
  losses: GoldenCase;
  'triplet-family': GoldenCase;
  nn: GoldenCase;
  layers: GoldenCase;
  optim: OptimCase;
  ops: OpCase;
  resume: ResumeCase;
  serialization: SerializationCase;
  inputs: { key: string; hash: number; spec: InputSpec; out: JsonNumber[] };
}

/** The cases of data/<name>.json. */
export function loadGoldens<N extends keyof GoldenFiles>(name: N): GoldenFiles[N][] {
  const url = new URL(`./data/${name}.json`, import.meta.url);
  // The files are written by the scripts beside this one; this cast is the one place that owns their type.
  const file = JSON.parse(readFileSync(url, 'utf8')) as { torch: string; cases: GoldenFiles[N][] };
  return file.cases;
}

/** Allowed difference: `|actual - expected| <= atol + rtol * |expected|`. */
export interface Tolerance {
  rtol?: number;
  atol?: number;
}

/** A tensor as far as comparing needs it. */
export interface ArrayWithShape {
  shape: readonly number[];
  data: ArrayLike<number>;
}

function isClose(actual: number, expected: number, rtol: number, atol: number): boolean {
  if (Object.is(actual, expected) || actual === expected) return true;
  return Number.isFinite(expected) && Math.abs(actual - expected) <= atol + rtol * Math.abs(expected);
}

function position(flat: number, shape: readonly number[]): string {
  const indices: number[] = [];
  let rest = flat;
  for (let dim = shape.length - 1; dim >= 0; dim--) {
    indices.unshift(rest % shape[dim]);
    rest = Math.floor(rest / shape[dim]);
  }
  return `[${indices.join(', ')}]`;
}

/**
 * Throws unless shapes are equal and every element is close; the message names the first element that is not and how
 * many there are. NaN equals NaN, an infinity itself.
 * @param tolerance default rtol 1e-9 and atol 1e-12, for float64; float32 wants about 1e-5 and 1e-6.
 */
export function expectClose(
  actual: ArrayWithShape,
  expected: GoldenArray,
  { rtol = 1e-9, atol = 1e-12 }: Tolerance = {},
  what = 'value',
): void {
  if (actual.shape.join() !== expected.shape.join() || actual.data.length !== expected.data.length) {
    throw new Error(`${what}: got shape [${actual.shape.join(', ')}], expected [${expected.shape.join(', ')}]`);
  }
  const wanted = expected.data.map(Number);
  const different = wanted.flatMap((value, i) => (isClose(actual.data[i], value, rtol, atol) ? [] : [i]));
  if (different.length === 0) return;
  const first = different[0];
  throw new Error(
    `${what}: ${different.length} of ${wanted.length} elements differ, the first at ${position(first, expected.shape)}: ` +
      `got ${actual.data[first]}, expected ${wanted[first]} (rtol ${rtol}, atol ${atol})`,
  );
}
