/** What the loss guide measured, as results.json keeps it. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Rank-1 and mAP of every search direction. */
export type Scores = readonly { readonly rank1: number; readonly mAP: number }[];

export interface Point {
  readonly step: number;
  /** Pictures seen until then. */
  readonly pictures: number;
  readonly directions: Scores;
}

/** One training run. */
export interface Run {
  readonly data: 'emoji' | 'persons';
  readonly flags: string;
  readonly seed: number;
  /** Pictures in a batch. */
  readonly rows: number;
  readonly steps: number;
  readonly points: readonly Point[];
  /** Means over equal parts of the run: the loss that was minimised, and the share of correct rows. */
  readonly loss: readonly number[];
  readonly correct: readonly number[];
  /** In one batch after the last step, of raw features: the mean furthest positive and closest negative. */
  readonly distances: { readonly positive: number; readonly negative: number };
  readonly seconds: number;
}

/** What no training gives. */
export interface Baseline {
  readonly data: Run['data'];
  readonly seed: number;
  readonly queries: number;
  readonly gallery: number;
  readonly trainIdentities: number;
  readonly trainPictures: number;
  readonly pixels: Scores;
  readonly untrained: Scores;
}

/** `TripletLoss_WRT` of rows of one length, as the origin computes it and with `stable`. */
export interface ScaleRow {
  readonly seed: number;
  readonly scale: number;
  /** The closest negative of a row, mean over rows. */
  readonly negative: number;
  readonly variants: Readonly<Record<'origin' | 'stable', ScaleResult>>;
}

export interface ScaleResult {
  readonly loss: number;
  readonly correct: number;
  /** Sum of the weights over a row's negatives, mean over rows; 1 where all is well. */
  readonly weightSum: number;
  /** What the loss takes for the closest negative, mean over rows. */
  readonly closestNegative: number;
}

export interface Results {
  readonly baselines: readonly Baseline[];
  readonly runs: readonly Run[];
  readonly scale: readonly ScaleRow[];
}

const resultsUrl = new URL('results.json', import.meta.url);

export function readResults(): Results {
  return JSON.parse(readFileSync(resultsUrl, 'utf8')) as Results;
}

/** One line an entry, so that a change is seen where it is. */
export function writeResults(results: Results): void {
  const lists = Object.entries(results as unknown as Record<string, readonly unknown[]>).map(
    ([name, list]) => `"${name}": [\n${list.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`,
  );
  writeFileSync(resultsUrl, `{\n${lists.join(',\n')}\n}\n`);
}
