/** docs/losses.md, from the table. `make-losses-page.ts` writes it. */
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { tripletFamily } from '@reidgrad/losses';
import type { FamilyRow } from '@reidgrad/losses';

/** Where it is kept. */
export const pageUrl = new URL('../../docs/losses.md', import.meta.url);

const HEAD = `# The triplet family

<!-- Written by test/losses/make-losses-page.ts from packages/losses/src/family/table.ts; do not edit. -->

ReID repositories have a dozen triplet losses under two or three names, and they differ: in what a row without negatives
costs, whether a row is its own positive, who gets the gradient of two equal distances, what is returned. \`@reidgrad/losses\`
has each under a name of its own with its origin's values and gradients, compared with the origin's code in PyTorch in
float64 (1e-10) and float32 (1e-5). All of them trace, compile and [export with their gradient](exporting.md) for any batch size.
Which to take, with which margin, batch and weight: [choosing a loss](choosing-a-loss.md), with measured curves.

## Which is which
`;

const TAIL = `## Equal values, different gradients

Batches with duplicated rows are routine: samplers draw with replacement where an identity has few images. There
\`OriTripletLoss\` and \`AGWTripletLoss\` have the same value and different gradients, since a full \`max()\` shares the gradient
among equal entries and \`max(dim)\` gives it to the first. \`ties: 'even' | 'first'\` chooses; the default, \`'origin'\`, is the
column above.

## Classes of unequal size

\`BagOfTricksTripletLoss\` and \`AGWTripletLoss\` view all selected distances as N blocks, as their origins do. **With classes of
unequal size that is an error where the number of pairs is not a multiple of N, and silently wrong where it is**: with classes of
1, 1 and 4 rows the blocks mix rows, and the loss of the tests' six points at margin 0.3 is 5.0016 where the rows' own distances give 4.1200.
That is the default, for parity; \`unequal_counts: 'per-row'\` takes each row's own distances, and is the same for equal classes.

## Empty rows

A row is empty when no other row has its label, or no row has another. \`empty_rows\` is \`'origin'\` (default, see the table),
\`'throw'\` (an error naming the row), \`'skip'\` (not counted in the mean) or \`'zero'\` (counted with a loss of 0).

## The stable twin

\`stable: true\` gives the same numbers where the origin is sound and right ones where it is not:

- The weighted losses put 1e-6 under weights e^−d that are not shifted, so that for features that are not normalised the closest
  negative collapses to 0: at distances above 14 the loss grows by the whole distance ([measured](choosing-a-loss.md#the-scale-trap)), and nothing is NaN. The twin equals the
  origin while the closest negative is nearer than 6.9 and is a plain softmax beyond.
- log(1 + e^x) overflows in float32 for x above 88, with a gradient of NaN. The twin does not.
- The squared distance of a row to itself is a rounding error, whose root has a slope of up to 5e5. The twin takes squared
  distances within rounding of 0 as 1e-12, without gradient.
- A zero row that is scaled to length 1 has the gradient factor 1e12. The twin has 1.

## Large batches

The matrix of all pairs takes 67 MB for 4,096 rows in float32, and a loss with its gradient holds a dozen of that size.
\`rows_per_tile: 256\` computes 256 of its rows at a time and holds no matrix of all pairs: memory grows with rows times features.
Every entry is computed as at once, ties and empty rows included; only sums are added up in another order.

\`\`\`ts
import * as torch from '@reidgrad/core';
import { OriTripletLoss } from '@reidgrad/losses';

const embeddings = torch.randn([64, 16], { requires_grad: true });
const labels = torch.arange(64).floor_divide(4);
const [loss] = new OriTripletLoss(64, 0.3, { rows_per_tile: 16 }).forward(embeddings, labels);
loss.backward();
\`\`\`

- The default, null, is the origin's form: all rows at once. A tile of the batch's size or more is the same as null.
- Nothing of a tile stays on the tape. Its gradient is taken along with its value, so that the time is about the same. Where more
  than the loss is differentiated (distances that a loss returns, derivatives of higher order), and for fast-reid's soft form,
  whose guard against overflow looks at the whole batch, the backward pass computes each tile again.
- A traced graph holds one tile after the other, each made to wait for the one before: fewer, larger tiles make smaller graphs.
  The batch axis of an exported file cannot be dynamic then; the export says so.
- It does not go with \`unequal_counts: 'origin'\`, whose blocks mix the rows of the whole matrix, nor with a
  \`distance_metric\` of your own, which gives the whole matrix. The losses that are composed of a distance and a miner pass
  whole matrices on.
- In compiled tiles of a single row, a runtime may round the product of a row with itself unlike its products with equal rows,
  which then are not at exactly 0 in \`batch_all_triplet_loss\` and \`batch_hard_triplet_loss\`.

[Figures](../bench/README.md#memory-of-losses): at 4,096 x 2,048 a compiled process with its libraries takes some 400 MB where it took 0.8 to 2 GB.

## Collapse

When all embeddings become equal, a hinge sits at its margin and a soft form at ln 2. \`CollapseMonitor\` takes the loss and a distance
of every step and warns when they stay there while distances have shrunk. What to do then is in
[choosing a loss](choosing-a-loss.md#stuck-at-03-or-0693).

\`\`\`ts
import { CollapseMonitor } from '@reidgrad/losses';

const monitor = new CollapseMonitor({ margin: 0.3, window: 2 });
monitor.observe({ loss: 1.2, distance: 5 });
monitor.observe({ loss: 0.3, distance: 0.01 });
console.log(monitor.observe({ loss: 0.3, distance: 0.01 })?.split(':')[0]); // CollapseMonitor
\`\`\`

## Other losses of ReID repositories

| name | what | origin |
| --- | --- | --- |
| \`CrossEntropyLabelSmooth\`, \`TorchreidCrossEntropyLoss\` | targets (1 − ε) · one-hot + ε / K | reid-strong-baseline, ReID-Survey; torchreid |
| \`fastreid_cross_entropy_loss\` | ε / (K − 1) off the label, mean over losses that are not 0, adaptive ε | fast-reid |
| \`focal_loss\` | −α (1 − p)^γ log p | fast-reid |
| \`pairwise_circleloss\`, \`pairwise_cosface\` | log-sum-exp over the cosines of pairs | fast-reid |
| \`CenterLoss\` | squared distance to a trained centre per class; masked entries are lifted to 1e-12 | reid-strong-baseline |
| \`OIMLoss\` | cross entropy with a table of running features; \`update\` writes it | open-reid |
| \`DeepSupervision\` | mean of a loss over several outputs | torchreid |
`;

const code = (name: string): string => `\`${name}\``;

function sectionOf(row: FamilyRow): string {
  const fields = {
    Origin: row.source,
    Call: code(`${row.reference ? '' : row.name}${row.call}`),
    Distance: row.distance,
    Mining: row.mining,
    'Loss of a row': row.margin,
    Reduction: row.reduction,
    Returns: row.returns,
    'No other row of the label': row.withoutPositives,
    'No other label': row.withoutNegatives,
    Options: row.options.map(code).join(', ') || 'none',
  };
  const lines = Object.entries(fields).map(([name, text]) => `- ${name}: ${text}`);
  return `### ${row.name}\n\n${lines.join('\n')}\n`;
}

/** The page as it should be. */
export async function lossesPage(): Promise<string> {
  const rows = tripletFamily.map(
    ({ name, positives, ties, withoutNegatives, returns }) =>
      `| ${code(name)} | ${positives} | ${withoutNegatives} | ${ties} | ${returns} |`,
  );
  const summary = [
    '| name | positives | no negatives | gradient of ties | returns |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
  const text = [HEAD, summary, '', TAIL, '## One by one\n', ...tripletFamily.map(sectionOf)].join('\n');
  const filepath = fileURLToPath(pageUrl);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}
