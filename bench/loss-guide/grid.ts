/**
 * What the loss guide trains: fixed before the first run, and not changed by what came out. Added after the first results:
 * `LATER`, the losses that were best in the short runs to `LONG_LOSSES`, and all long runs on persons.
 */

/** A configuration: flags of `npm start`, beside those of its data set. */
export interface Entry {
  readonly data: DataName;
  /** Such as `--loss wrt --normalize 1`. */
  readonly flags: string;
}

export type DataName = keyof typeof PROTOCOL;

/** Not those of the main job's default (0), with which its recipe was chosen. Each decides split, weights and batches. */
export const SEEDS = [11, 12, 13];

/** Shares of a run's steps after which it is measured; the last is the result, whatever was better before it. */
export const MEASURED_AT = [0.25, 0.5, 1];

/** Values that are kept of the loss and of the correct rows: means over equal parts of the run. */
export const CURVE_POINTS = 28;

/** What all runs on a data set share; the rest is the main job's default. */
export const PROTOCOL = {
  /** 32 x 2, an epoch of 42 steps: 168 steps, 10,752 pictures. */
  emoji: '--data emoji --epochs 4 --threads 1',
  /** Persons in the layout of Market-1501, given by --persons. 12 x 4, an epoch of 3 steps: 120 steps, 5,760 pictures. */
  persons: '--epochs 40 --threads 1',
} as const;

/** The losses beside each other, the triplet losses with margin 0.3. */
export const LOSSES = [
  '--loss ori',
  '--loss soft-margin',
  '--loss wrt',
  '--loss wrt --normalize 1',
  '--loss batch-all',
  '--loss semi-hard',
  '--loss circle',
  '--loss multi-similarity',
  '--loss sup-con',
];

/** Flags of another batch and the epochs that make the pictures of the protocol, as near as whole epochs come. */
export const SHAPES = {
  '64 x 1': '--p 64 --k 1 --epochs 8',
  '16 x 4': '--p 16 --k 4 --epochs 2',
  '16 x 2': '--p 16 --k 2',
  '64 x 2': '--p 64 --k 2',
} as const;

/** The same for persons: there are 16 pictures of each. */
export const PERSON_SHAPES = {
  '24 x 2': '--p 24 --k 2 --epochs 120',
  '6 x 8': '--p 6 --k 8 --epochs 20',
} as const;

export const CE_WEIGHTS = [0, 0.25, 1, 4];
export const MARGINS = [0.1, 0.3, 1];

/** Losses that are trained at ten times the learning rate, where embeddings may collapse. */
export const COLLAPSE = '--lr 0.03 --ce-weight 0';
export const COLLAPSING = ['--loss ori', '--loss soft-margin', '--loss batch-all', '--loss wrt'];

/** The length of `npm start`: does the order of a short run hold? 420 steps on emoji, 390 on persons. */
export const LONG = { emoji: '--epochs 10', persons: '--epochs 130' } as const;
export const LONG_LOSSES = {
  emoji: ['--loss none', ...LOSSES.slice(0, 4), '--loss circle'],
  persons: ['--loss none', ...LOSSES.slice(0, 4), '--loss circle', '--loss multi-similarity'],
};

/**
 * Added when WRT had found less on features of length 1 than on raw ones: the greatest round length at which the origin's
 * weights are sound, since rows that are not alike are about 1.4 · 5 apart.
 */
export const LATER = '--loss wrt --normalize 5';

/** Flags with the weight of cross-entropy; 1 is the default and has no flag. */
export function weighted(flags: string, weight: number): string {
  return weight === 1 ? flags : `${flags} --ce-weight ${weight}`;
}

/** Flags with a margin; 0.3 is the default and has no flag. */
export function withMargin(flags: string, margin: number): string {
  return margin === 0.3 ? flags : `${flags} --margin ${margin}`;
}

function emojiFlags(): string[] {
  const [ori, , wrt, scaled] = LOSSES;
  const shaped = Object.values(SHAPES);
  return [
    '--loss none',
    ...LOSSES,
    ...[ori, wrt, scaled].flatMap((loss) => CE_WEIGHTS.map((weight) => weighted(loss, weight))),
    ...LOSSES.map((loss) => weighted(loss, 0)),
    ...[1, 0].flatMap((weight) => MARGINS.map((margin) => weighted(withMargin(ori, margin), weight))),
    ...[ori, wrt].flatMap((loss) => shaped.map((shape) => `${loss} ${shape}`)),
  ];
}

function personFlags(): string[] {
  const [ori, , wrt, scaled] = LOSSES;
  return [
    '--loss none',
    ...LOSSES,
    ...[ori, wrt, scaled].map((loss) => weighted(loss, 0)),
    ...[ori, wrt].flatMap((loss) => Object.values(PERSON_SHAPES).map((shape) => `${loss} ${shape}`)),
  ];
}

function longFlags(data: DataName): string[] {
  return LONG_LOSSES[data].map((loss) => `${loss} ${LONG[data]}`);
}

function laterEmojiFlags(): string[] {
  return [
    ...COLLAPSING.map((loss) => `${loss} ${COLLAPSE}`),
    ...longFlags('emoji'),
    ...CE_WEIGHTS.map((weight) => weighted(LATER, weight)),
  ];
}

/** All configurations, each once, in the order in which they run. */
export function entries(): Entry[] {
  const of = (data: DataName, flags: readonly string[]): Entry[] => flags.map((line) => ({ data, flags: line }));
  const all = [
    ...of('emoji', emojiFlags()),
    ...of('persons', personFlags()),
    ...of('emoji', laterEmojiFlags()),
    ...of('persons', [LATER, ...longFlags('persons')]),
  ];
  const names = all.map(({ data, flags }) => `${data} ${flags}`);
  return all.filter((_, i) => names.indexOf(names[i]) === i);
}
