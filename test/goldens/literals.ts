/**
 * Numbers that were published with the losses or recorded from their authors' code, written down by hand: a check on
 * the goldens as much as on the losses. Inputs are given in full, except where `golden` names a case of losses.json.
 */

/** One call and what it gives. */
export interface Literal {
  name: string;
  fn: string;
  args: Record<string, number | boolean | string>;
  embeddings?: readonly (readonly number[])[];
  /** The name of the case of losses.json that holds the embeddings. */
  golden?: string;
  labels?: readonly number[];
  /** By output name; `grad` is the gradient of the first output with respect to the embeddings. */
  expected: Record<string, number | readonly number[] | readonly (readonly number[])[]>;
  /** How far the written digits go. */
  atol: number;
}

const sixPoints = [
  [0, 0],
  [3, 4],
  [6, 8],
  [1, 0],
  [0, 2],
  [5, 5],
];
const sixPointsMoved = sixPoints.map((row) => row.map((value) => value + 0.5));
const sixLabels = [0, 0, 1, 1, 2, 2];
const onOneClass = [0, 0, 0, 0, 0, 0];
const allDistinct = [0, 1, 2, 3, 4, 5];
const four = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
  [9, 10, 11, 12],
];
const fourLabels = [1, 0, 1];
const duplicates = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 2],
  [0, -2],
  [0, 2],
];
const unitPair = [
  [0, 1],
  [1, 0],
];
const double = 1e-12;

/** margin, batch-all loss, batch-all fraction, batch-hard loss of the numpy file on its own sample. */
const numpySample = [
  [0, 8, 1, 5.333333333333333],
  [0.2, 8.2, 1, 5.466666666666666],
  [1, 9, 1, 6],
  [10, 18, 1, 12.666666666666666],
] as const;

/** fn, arguments, loss of TensorFlow Addons' losses on the six points with margin 1. */
const tensorflowSample = [
  ['TripletHardLoss', { distance_metric: 'L2', soft: false }, 5.815908739772642],
  ['TripletHardLoss', { distance_metric: 'squared-L2', soft: false }, 46],
  ['TripletHardLoss', { distance_metric: 'L2', soft: true }, 4.837565574766484],
  ['TripletHardLoss', { distance_metric: 'squared-L2', soft: true }, 45.00000000034987],
  ['TripletSemiHardLoss', { distance_metric: 'L2' }, 0.9821109473488017],
  ['TripletSemiHardLoss', { distance_metric: 'squared-L2' }, 8.333333333333334],
] as const;

const numpyLiterals: Literal[] = numpySample.flatMap(([margin, all, fraction, hard]): Literal[] => {
  const shared = { embeddings: four, labels: fourLabels, args: { margin, squared: false }, atol: double };
  const name = `the numpy file's sample, margin ${margin}`;
  return [
    { ...shared, name, fn: 'batch_all_triplet_loss', expected: { loss: all, fraction } },
    { ...shared, name, fn: 'batch_hard_triplet_loss', expected: { loss: hard } },
  ];
});

const tensorflowLiterals: Literal[] = tensorflowSample.map(([fn, args, loss]) => ({
  name: `six points, ${JSON.stringify(args)}`,
  fn,
  args: { margin: 1, ...args },
  embeddings: sixPoints,
  labels: sixLabels,
  expected: { loss },
  atol: double,
}));

/** Every literal, float64. */
export const literals: readonly Literal[] = [
  ...numpyLiterals,
  ...tensorflowLiterals,
  {
    name: "the numpy file's distances",
    fn: 'pairwise_distances',
    args: { squared: false },
    embeddings: four,
    expected: {
      distances: [
        [0, 8, 16],
        [8, 0, 8],
        [16, 8, 0],
      ],
    },
    atol: double,
  },
  {
    name: 'FaceNet hinge on 12 triplets of numpy seed 666, mean',
    fn: 'triplet_loss',
    args: { alpha: 0.2, reduction: 'mean' },
    golden: 'seed 1',
    expected: { loss: 1.2325163081196637 },
    atol: double,
  },
  {
    name: 'FaceNet hinge on 12 triplets of numpy seed 666, sum',
    fn: 'triplet_loss',
    args: { alpha: 0.2, reduction: 'sum' },
    golden: 'seed 1',
    expected: { loss: 14.790195697435966 },
    atol: double,
  },
  {
    name: 'six points',
    fn: 'OriTripletLoss',
    args: { margin: 0.3 },
    embeddings: sixPoints,
    labels: sixLabels,
    expected: {
      loss: 5.11590874,
      correct: 0,
      grad: [
        [0.1333, -0.1],
        [0.4981, 0.4157],
        [0.124, 0.1246],
        [-0.51, -0.2827],
        [-0.2858, -0.3382],
        [0.0404, 0.1805],
      ],
    },
    atol: 5.1e-5,
  },
  {
    name: 'duplicated sample: ties split evenly',
    fn: 'OriTripletLoss',
    args: { margin: 5 },
    embeddings: duplicates,
    labels: [0, 0, 0, 1, 1, 1],
    expected: {
      loss: 5.7546,
      grad: [
        [0, 0.2222],
        [0.3421, 0.0497],
        [-0.3421, 0.0497],
        [0, -0.0716],
        [0, -0.1784],
        [0, -0.0716],
      ],
    },
    atol: 5.1e-5,
  },
  {
    name: 'class counts 1, 1, 4',
    fn: 'OriTripletLoss',
    args: { margin: 0.3 },
    embeddings: sixPoints,
    labels: [0, 1, 2, 2, 2, 2],
    expected: { loss: 4.12 },
    atol: 5.1e-5,
  },
  {
    name: 'six points, value',
    fn: 'TripletLoss_WRT',
    args: { normalize_feature: false },
    embeddings: sixPoints,
    labels: sixLabels,
    expected: { loss: 4.489464713342532, correct: 0 },
    atol: double,
  },
  {
    name: 'six points, gradient',
    fn: 'TripletLoss_WRT',
    args: { normalize_feature: false },
    embeddings: sixPoints,
    labels: sixLabels,
    expected: {
      grad: [
        [0.1278, -0.1459],
        [0.4673, 0.3946],
        [0.1286, 0.112],
        [-0.5439, -0.2393],
        [-0.2522, -0.3493],
        [0.0725, 0.2279],
      ],
    },
    atol: 5.1e-5,
  },
  {
    name: 'six points + 0.5, normalised',
    fn: 'TripletLoss_WRT',
    args: { normalize_feature: true },
    embeddings: sixPointsMoved,
    labels: sixLabels,
    expected: { loss: 0.6719, correct: 4 },
    atol: 5.1e-5,
  },
  {
    name: 'one class',
    fn: 'TripletLoss_WRT',
    args: { normalize_feature: false },
    embeddings: sixPoints,
    labels: onOneClass,
    expected: { loss: 8.0458, correct: 0 },
    atol: 5.1e-5,
  },
  {
    name: 'all distinct',
    fn: 'TripletLoss_WRT',
    args: { normalize_feature: false },
    embeddings: sixPoints,
    labels: allDistinct,
    expected: { loss: 0.1188, correct: 6 },
    atol: 5.1e-5,
  },
  {
    name: 'six points, margin 0.3',
    fn: 'batch_all_triplet_loss',
    args: { margin: 0.3, squared: false },
    embeddings: sixPoints,
    labels: sixLabels,
    expected: { loss: 3.793334449760459, fraction: 0.75 },
    atol: double,
  },
  {
    name: 'six points, margin 0.3, squared',
    fn: 'batch_all_triplet_loss',
    args: { margin: 0.3, squared: true },
    embeddings: sixPoints,
    labels: sixLabels,
    expected: { loss: 37.18888888888887, fraction: 0.75 },
    atol: double * 100,
  },
  {
    name: 'one class gives zeros, not NaN',
    fn: 'batch_all_triplet_loss',
    args: { margin: 0.3, squared: false },
    embeddings: sixPoints,
    labels: onOneClass,
    expected: { loss: 0, fraction: 0 },
    atol: 0,
  },
  {
    name: 'six points, margin 0.3',
    fn: 'batch_hard_triplet_loss',
    args: { margin: 0.3, squared: false },
    embeddings: sixPoints,
    labels: sixLabels,
    expected: { loss: 5.115908739772641 },
    atol: double,
  },
  {
    name: 'six points, margin 0.3, squared',
    fn: 'batch_hard_triplet_loss',
    args: { margin: 0.3, squared: true },
    embeddings: sixPoints,
    labels: sixLabels,
    expected: { loss: 45.3 },
    atol: double,
  },
  {
    name: 'no negatives: the margin',
    fn: 'batch_hard_triplet_loss',
    args: { margin: 0.3, squared: false },
    embeddings: sixPoints,
    labels: onOneClass,
    expected: { loss: 0.3 },
    atol: double,
  },
  {
    name: 'no negatives: the margin',
    fn: 'TripletHardLoss',
    args: { margin: 1, soft: false, distance_metric: 'L2' },
    embeddings: sixPoints,
    labels: onOneClass,
    expected: { loss: 1 },
    atol: double,
  },
  {
    name: 'six points + 0.5, angular',
    fn: 'TripletHardLoss',
    args: { margin: 1, soft: false, distance_metric: 'angular' },
    embeddings: sixPointsMoved,
    labels: sixLabels,
    expected: { loss: 1.081469137540939 },
    atol: double,
  },
  {
    name: 'six points + 0.5, angular',
    fn: 'TripletSemiHardLoss',
    args: { margin: 1, distance_metric: 'angular' },
    embeddings: sixPointsMoved,
    labels: sixLabels,
    expected: { loss: 0.950454388746303 },
    atol: double,
  },
  {
    name: 'documentation: two samples of one class',
    fn: 'TripletSemiHardLoss',
    args: { margin: 1, distance_metric: 'L2' },
    embeddings: unitPair,
    labels: [0, 0],
    expected: { loss: 2.4142137 },
    atol: 1e-6,
  },
  {
    name: 'documentation: two samples of one class',
    fn: 'TripletHardLoss',
    args: { margin: 1, soft: false, distance_metric: 'L2' },
    embeddings: unitPair,
    labels: [0, 0],
    expected: { loss: 1 },
    atol: double,
  },
  {
    name: 'no positive pair: 0 / 0',
    fn: 'TripletSemiHardLoss',
    args: { margin: 1, distance_metric: 'L2' },
    embeddings: sixPoints,
    labels: allDistinct,
    expected: { loss: NaN },
    atol: 0,
  },
  {
    name: 'all singletons',
    fn: 'TripletHardLoss',
    args: { margin: 1, soft: false, distance_metric: 'L2' },
    embeddings: sixPoints,
    labels: allDistinct,
    expected: { loss: 0 },
    atol: double,
  },
];

/** Per-row values inside the losses on the six points: hardest distances, and the weighted means of TripletLoss_WRT. */
export const sixPointRows = {
  embeddings: sixPoints,
  labels: sixLabels,
  distAp: [5, 5, 9.43398, 9.43398, 5.83095, 5.83095],
  distAn: [1, 2.23607, 3.16228, 1, 2, 2.23607],
  distAtol: 5.1e-6,
  furthestPositive: [
    4.966530785540631, 4.966530785540631, 9.433217415900598, 9.433217415900598, 5.813880689991684, 5.813880689991684,
  ],
  closestNegative: [
    1.2795006462180987, 2.7706872172033616, 3.441857000026822, 1.3704486821760822, 2.2603714124921876,
    2.567034418634659,
  ],
  weightedAtol: double,
} as const;
