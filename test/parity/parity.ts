/** What an op does at a place, and whether the table of exceptions says so. */
import type { DType, OpName } from '@reidgrad/core/graph';
import { casesOf, float64CasesOf } from './cases.js';
import type { ParityCase } from './cases.js';
import { defaultTolerance, exceptionFor } from './exceptions.js';
import { differencesAt } from './places.js';
import type { Difference, PlaceName } from './places.js';

/** One op in one dtype at one place. */
export interface Outcome {
  op: OpName;
  dtype: DType;
  place: PlaceName;
  /** The largest relative difference of all its samples; `null` where it did not run. */
  difference: number | null;
  /** The outputs that differ most, or the error. */
  detail: string;
}

const worstFirst = (a: Difference, b: Difference): number => b.difference - a.difference;

async function outcomesOf(place: PlaceName, cases: readonly ParityCase[]): Promise<Outcome[]> {
  const keys = [...new Map(cases.map((one) => [`${one.case.op} ${one.dtype}`, one])).values()];
  try {
    const differences = await differencesAt(place, cases);
    return keys.map(({ dtype, case: { op } }) => {
      const [worst] = differences.filter((one) => one.op === op && one.dtype === dtype).sort(worstFirst);
      return { op, dtype, place, difference: worst.difference, detail: worst.what };
    });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return keys.map(({ dtype, case: { op } }) => ({ op, dtype, place, difference: null, detail }));
  }
}

/** Every sample of `op` at `place`: one session for all dtypes but float64, and one for that. */
export async function tryOp(op: OpName, place: PlaceName): Promise<Outcome[]> {
  const wide = float64CasesOf(op);
  return [...(await outcomesOf(place, casesOf(op))), ...(wide.length > 0 ? await outcomesOf(place, wide) : [])];
}

/** The first sample of each op in each of its dtypes but float64, all as one graph. */
export async function tryFirstSamples(ops: readonly OpName[], place: PlaceName): Promise<Outcome[]> {
  const cases = ops.flatMap((op) => {
    const all = casesOf(op);
    return all.filter(({ dtype }, i) => all.findIndex((other) => other.dtype === dtype) === i);
  });
  return outcomesOf(place, cases);
}

/** How an outcome contradicts the table of exceptions, as a sentence; `null` where it does not. */
export function complaintAbout({ op, dtype, place, difference, detail }: Outcome): string | null {
  const row = exceptionFor(op, dtype, place);
  const what = `${op}, ${dtype}, ${place}`;
  if (difference === null) {
    if (row?.error?.test(detail)) return null;
    return `${what} does not run: ${detail}`;
  }
  if (row?.error !== undefined)
    return `${what} runs (difference ${difference}): its row in exceptions.ts is not needed`;
  const allowed = row?.tolerance ?? defaultTolerance[dtype] ?? 0;
  return difference <= allowed ? null : `${what}: ${detail} differs by ${difference}, more than ${allowed}`;
}

/** Rows with a tolerance that no outcome needed: all of theirs stay within the default. */
export function unneededTolerances(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ op, dtype, place, difference }) => {
    const row = exceptionFor(op, dtype, place);
    const needed = difference === null || difference > (defaultTolerance[dtype] ?? 0);
    return row?.tolerance === undefined || needed ? [] : [`${op}, ${dtype}, ${place} differs by only ${difference}`];
  });
}
