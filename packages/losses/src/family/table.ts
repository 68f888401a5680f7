/** The triplet family as data: what docs/losses.md shows and what the tests of the family go through. */

/** One variant. The words are for people; the literal unions are also read by tests. */
export interface FamilyRow {
  /** The export of this package; for `reference` rows where the loss is found. */
  name: string;
  /** Repository and file. */
  source: string;
  /** The call with its defaults. */
  call: string;
  distance: string;
  /** Whether a row is its own positive. */
  positives: 'self included' | 'others';
  mining: string;
  /** From the mined distances ap, an (weighted: fp, cn) to a row's loss. */
  margin: string;
  reduction: string;
  returns: string;
  /** A row whose label no other row has. */
  withoutPositives: string;
  /** A row without another label: an error, or what happens. */
  withoutNegatives:
    'throws' | 'cn = 0' | 'an is about 1e9' | 'an is the row maximum' | 'an is 0' | 'no triplet' | 'dropped';
  /** Who gets the gradient of equal distances; `'all'`: every entry takes part. */
  ties: 'even' | 'first' | 'all';
  /** Options beyond the origin's arguments. */
  options: readonly ('ties' | 'empty_rows' | 'stable' | 'unequal_counts' | 'rows_per_tile')[];
  /** Another entry of the package holds it; not one of the classes of this table. */
  reference?: true;
}

const clamped = '√max(d², 1e-12)';
const guarded = '√max(d², 0), 0 at equal rows';
const selfAt = 'ap = 1e-6 (itself)';
const all = ['ties', 'empty_rows', 'stable', 'rows_per_tile'] as const;
const weighted = ['empty_rows', 'stable', 'rows_per_tile'] as const;
const hinge = 'max(ap − an + margin, 0)';

const hardest = {
  distance: clamped,
  positives: 'self included',
  mining: 'hardest of each row',
  margin: hinge,
  reduction: 'mean over rows',
  withoutPositives: selfAt,
  withoutNegatives: 'throws',
  ties: 'even',
  options: all,
} as const;

const blocks = {
  ...hardest,
  mining: 'hardest of each of N blocks of dist[mask]; classes of unequal size: error or mixed rows',
  margin: `${hinge}; margin null: log(1 + e^(ap − an))`,
  returns: '[loss, ap, an]',
  ties: 'first',
  options: [...all, 'unequal_counts'],
} as const;

const softmaxWeighted = {
  distance: clamped,
  positives: 'self included',
  mining: 'means weighted by e^d and e^−d (`softmax_weights`)',
  margin: 'log(1 + e^(fp − cn))',
  reduction: 'mean over rows',
  withoutPositives: 'fp = 1e-6 (itself)',
  withoutNegatives: 'cn = 0',
  ties: 'all',
  options: weighted,
} as const;

/** Every variant, in the order of its history within each kind. */
export const tripletFamily: readonly FamilyRow[] = [
  {
    ...hardest,
    name: 'OpenReidTripletLoss',
    source: 'Cysu/open-reid, reid/loss/triplet.py',
    call: '(margin = 0).forward(inputs, targets)',
    returns: '[loss, share of rows with an > ap]',
  },
  {
    ...hardest,
    name: 'TorchreidTripletLoss',
    source: 'KaiyangZhou/deep-person-reid, torchreid/losses/hard_mine_triplet_loss.py',
    call: '(margin = 0.3).forward(inputs, targets)',
    returns: 'loss',
  },
  {
    ...hardest,
    name: 'OriTripletLoss',
    source: 'mangye16/Cross-Modal-Re-ID-baseline, loss.py',
    call: '(batch_size, margin = 0.3).forward(inputs, targets)',
    returns: '[loss, number of rows with an ≥ ap]',
  },
  {
    ...blocks,
    name: 'BagOfTricksTripletLoss',
    source: 'michuanhaohao/reid-strong-baseline, layers/triplet_loss.py',
    call: '(margin = null).forward(global_feat, labels, normalize_feature = false)',
  },
  {
    ...blocks,
    name: 'AGWTripletLoss',
    source: 'mangye16/ReID-Survey, modeling/layer/triplet_loss.py',
    call: '(margin = null).forward(global_feat, labels, normalize_feature = false)',
  },
  {
    ...hardest,
    name: 'FastReidTripletLoss',
    source: 'JDAI-CV/fast-reid, fastreid/modeling/losses/triplet_loss.py, hard_example_mining',
    call: '(margin = 0.3, norm_feat = false).forward(embedding, targets)',
    distance: `${clamped}; norm_feat: 2 − 2 cos`,
    mining: 'max(D · pos), min(D · neg + pos · 1e9)',
    margin: `${hinge}; margin 0: log(1 + e^(ap − an)), or if that is infinite the hinge at 0.3`,
    returns: 'loss',
    withoutNegatives: 'an is about 1e9',
    ties: 'first',
  },
  {
    ...softmaxWeighted,
    name: 'FastReidWeightedTriplet',
    source: 'JDAI-CV/fast-reid, fastreid/modeling/losses/triplet_loss.py, weighted_example_mining',
    call: '(margin = 0, norm_feat = false).forward(embedding, targets)',
    distance: `${clamped}; norm_feat: 2 − 2 cos`,
    margin: 'margin 0: log(1 + e^(fp − cn)), or if that is infinite the hinge at 0.3; else max(fp − cn + margin, 0)',
    returns: 'loss',
  },
  {
    ...softmaxWeighted,
    name: 'WeightedRegularizedTriplet',
    source: 'mangye16/ReID-Survey, modeling/layer/triplet_loss.py',
    call: '().forward(global_feat, labels, normalize_feature = false)',
    returns: '[loss, fp, cn]',
  },
  {
    ...softmaxWeighted,
    name: 'VideoWeightedRegularizedTriplet',
    source: 'mangye16/ReID-Survey, video-reid-AWG/losses.py',
    call: '().forward(global_feat, labels, normalize_feature = false)',
    returns: 'loss',
  },
  {
    ...softmaxWeighted,
    name: 'TripletLoss_WRT',
    source: 'mangye16/Cross-Modal-Re-ID-baseline, loss.py',
    call: '().forward(inputs, targets, normalize_feature = false)',
    returns: '[loss, number of rows with cn ≥ fp]',
  },
  {
    ...softmaxWeighted,
    name: 'TripletLoss_ADP',
    source: 'mangye16/Cross-Modal-Re-ID-baseline, ICCV21_CAJ/loss.py',
    call: '(alpha = 1, gamma = 1, square = 0).forward(inputs, targets, normalize_feature = false)',
    mining: 'means weighted by e^(alpha·d) and e^(−alpha·d)',
    margin: 'log(1 + e^(gamma (fp − cn))); square: log(1 + e^(±min(gamma (fp − cn)², 88))), + where fp > cn',
    returns: '[loss, number of rows with cn ≥ fp]',
  },
  {
    name: 'batch_all_triplet_loss',
    source: 'omoindrot/tensorflow-triplet-loss, model/triplet_loss.py',
    call: '(labels, embeddings, margin, { squared: false })',
    distance: `${guarded}; or squared`,
    positives: 'others',
    mining: 'all valid triplets',
    margin: 'max(d(a, p) − d(a, n) + margin, 0)',
    reduction: 'mean over triplets above 1e-16',
    returns: '[loss, share of triplets above 1e-16]',
    withoutPositives: 'no triplet',
    withoutNegatives: 'no triplet',
    ties: 'all',
    options: ['rows_per_tile'],
  },
  {
    name: 'batch_hard_triplet_loss',
    source: 'omoindrot/tensorflow-triplet-loss, model/triplet_loss.py',
    call: '(labels, embeddings, margin, { squared: false })',
    distance: `${guarded}; or squared`,
    positives: 'others',
    mining: 'max(D · pos), min(D + rowmax · (1 − neg))',
    margin: hinge,
    reduction: 'mean over rows',
    returns: 'loss',
    withoutPositives: 'ap = 0',
    withoutNegatives: 'an is the row maximum',
    ties: 'even',
    options: ['ties', 'empty_rows', 'rows_per_tile'],
  },
  {
    name: 'TripletHardLoss',
    source: 'tensorflow/addons, tensorflow_addons/losses/triplet.py',
    call: "({ margin: 1, soft: false, distance_metric: 'L2' }).call(y_true, y_pred)",
    distance: `${guarded}; squared; 1 − cos; a function`,
    positives: 'others',
    mining: 'hardest of each row, by shifted masks',
    margin: `${hinge}; soft: log(1 + e^(ap − an))`,
    reduction: 'mean over rows',
    returns: 'loss',
    withoutPositives: 'ap = 0',
    withoutNegatives: 'an is the row maximum',
    ties: 'even',
    options: all,
  },
  {
    name: 'TripletSemiHardLoss',
    source: 'tensorflow/addons, tensorflow_addons/losses/triplet.py',
    call: "({ margin: 1, distance_metric: 'L2' }).call(y_true, y_pred)",
    distance: `${guarded}; squared; 1 − cos; a function`,
    positives: 'others',
    mining: 'per positive pair the closest negative that is farther, else the farthest',
    margin: 'max(d(a, p) − d(a, n) + margin, 0)',
    reduction: 'mean over positive pairs; NaN without any',
    returns: 'loss',
    withoutPositives: 'no pair',
    withoutNegatives: 'an is 0',
    ties: 'even',
    options: ['ties', 'empty_rows', 'rows_per_tile'],
  },
  {
    name: 'TripletMarginLoss with BatchHardMiner',
    source: 'KevinMusgrave/pytorch-metric-learning',
    call: 'composed of a distance, a miner, the loss and a reducer',
    distance: 'Euclidean of rows scaled to length 1',
    positives: 'others',
    mining: 'hardest of each row, as index triplets',
    margin: 'max(ap − an + 0.05, 0)',
    reduction: 'mean over losses above 0',
    returns: 'loss',
    withoutPositives: 'dropped',
    withoutNegatives: 'dropped',
    ties: 'first',
    options: [],
    reference: true,
  },
];
