import { z } from 'zod';

const share = z.number().min(0).max(1);

const pictureSchema = z.object({
  /** The picture itself, so that the page stands alone. */
  source: z
    .string()
    .regex(/^data:image\/(png|jpeg);base64,[A-Za-z0-9+/=]+$/, { error: 'expected a data:image/... URI' }),
  name: z.string(),
});

const exampleSchema = z.object({
  query: pictureSchema,
  /** Gallery pictures, nearest first. */
  ranked: z.array(pictureSchema.extend({ match: z.boolean(), distance: z.number() })),
});
/** One query with its ranked gallery pictures. */
export type RankingExample = z.infer<typeof exampleSchema>;

const embeddingSchema = z.object({
  /** Such as `raw pixels`, `untrained`, `trained`. */
  label: z.string(),
  cmc: z.array(share).min(1),
  mAP: share,
  mINP: share,
  validQueries: z.int().min(1),
});

/** What {@link renderReport} shows. Curves and tables list embeddings in the given order; the last is the result. */
export const reportDataSchema = z.object({
  title: z.string(),
  /** One sentence below the title: what was trained on what. */
  summary: z.string(),
  /** Shown in a table, in order. */
  settings: z.array(z.object({ name: z.string(), value: z.string() })),
  /** What was left out or went otherwise than asked, one sentence each. */
  notes: z.array(z.string()),
  /** One entry a step; `correct` is a share of the batch. */
  history: z.array(z.object({ step: z.int().min(0), loss: z.number(), correct: share })),
  directions: z
    .array(
      z.object({
        name: z.string(),
        queries: z.int().min(1),
        gallery: z.int().min(1),
        embeddings: z.array(embeddingSchema).min(1),
        examples: z.array(exampleSchema),
      }),
    )
    .min(1),
});
export type ReportData = z.infer<typeof reportDataSchema>;
