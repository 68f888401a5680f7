import type { Image } from '../images/index.js';

/** One picture of one identity, seen by one camera. */
export interface ReidImage {
  /** The pixels, already at the data set's size. */
  readonly image: Image;
  /** The identity. In `train` they count from 0 without gaps (class labels); elsewhere they are the data set's own. */
  readonly pid: number;
  /** The camera, as the data set numbers it. */
  readonly camid: number;
  /** What reports and errors call the picture: a file name or a title. */
  readonly name: string;
}

/** One evaluation: every query image searches the whole gallery. */
export interface EvaluationDirection {
  /** Short name for tables, such as `google -> twitter`. */
  readonly name: string;
  readonly query: readonly ReidImage[];
  readonly gallery: readonly ReidImage[];
}

/** A data set whose test identities are never seen in training. */
export interface ReidDataset {
  readonly name: string;
  readonly train: readonly ReidImage[];
  /** At least one. */
  readonly directions: readonly EvaluationDirection[];
  /** How many identities `train` has; its pids are 0 .. numTrainPids - 1. */
  readonly numTrainPids: number;
  readonly imageSize: ImageSize;
  /** What was left out while reading, one sentence each, to be shown to the user. */
  readonly notes: readonly string[];
}

/** The size of every picture of a data set, in pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}
