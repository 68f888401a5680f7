import type { TrainConfig } from '../config/index.js';
import type { ReidDataset } from '../datasets/index.js';
import type { ReportData } from '../report/index.js';
import { rankingExamples, renderReport } from '../report/index.js';
import type { StepRecord } from './checkpoint-state.js';
import type { Measured } from './evaluate-run.js';

/** Examples of one direction; each picture is inside the page. */
const EXAMPLES = { count: 12, top: 10 };

/** What the page is made from. */
export interface ReportInput {
  readonly dataset: ReidDataset;
  readonly config: TrainConfig;
  /** In the order of the tables; the last is the result, and the examples show it. */
  readonly measured: readonly Measured[];
  readonly history: readonly StepRecord[];
  /** Further sentences below the settings. */
  readonly notes: readonly string[];
}

function settingsOf(config: TrainConfig): ReportData['settings'] {
  return Object.entries(config).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: Array.isArray(value) ? value.join(', ') : String(value) }],
  );
}

/** What was trained with, as a sentence begins. */
function lossText({ loss, ceWeight, normalize }: TrainConfig): string {
  const onFeatures = `${loss}${normalize === 0 ? '' : ` on features of length ${normalize}`}`;
  const crossEntropy = `cross-entropy${ceWeight === 1 ? '' : ` times ${ceWeight}`}`;
  if (loss === 'none') return `Trained by ${crossEntropy}`;
  return ceWeight === 0 ? `Trained by the loss ${onFeatures}` : `Trained by ${crossEntropy} and the loss ${onFeatures}`;
}

/** The run as one self-contained HTML page. */
export function reportPage({ dataset, config, measured, history, notes }: ReportInput): string {
  const rows = config.p * config.k;
  const result = measured[measured.length - 1];
  return renderReport({
    title: `Re-identification on ${dataset.name}`,
    summary:
      `${lossText(config)}, ${history.length} steps of ${rows} pictures of ` +
      `${dataset.numTrainPids} identities; tested on identities never seen in training.`,
    settings: settingsOf(config),
    notes: [...dataset.notes, ...notes],
    history: history.map(({ loss, correct }, i) => ({ step: i + 1, loss, correct: correct / rows })),
    directions: dataset.directions.map((direction, i) => ({
      name: direction.name,
      queries: direction.query.length,
      gallery: direction.gallery.length,
      embeddings: measured.map(({ label, directions }) => {
        const { cmc, mAP, mINP, validQueries } = directions[i];
        return { label, cmc: [...cmc], mAP, mINP, validQueries };
      }),
      examples: rankingExamples(direction, result.directions[i].distances, EXAMPLES),
    })),
  });
}
