import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

const FILE = /^checkpoint-(\d+)\.rgck$/;

/** The file name of the checkpoint after `step` steps: `checkpoint-000120.rgck`. */
export function checkpointName(step: number): string {
  return `checkpoint-${String(step).padStart(6, '0')}.rgck`;
}

/** The checkpoints of a folder by ascending step; files half written or of other names are not among them. */
async function checkpointsIn(folder: string): Promise<{ step: number; file: string }[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries
    .flatMap((entry) => {
      const match = FILE.exec(entry);
      return match === null ? [] : [{ step: Number(match[1]), file: path.join(folder, entry) }];
    })
    .sort((a, b) => a.step - b.step);
}

/** The checkpoint with the most steps in a folder, or `undefined` when there is none. */
export async function latestCheckpoint(folder: string): Promise<string | undefined> {
  return (await checkpointsIn(folder)).at(-1)?.file;
}

/**
 * Deletes all but the newest `keep` checkpoints of a folder.
 * @throws RangeError when `keep` is not a non-negative integer; nothing is deleted then.
 */
export async function pruneCheckpoints(folder: string, keep: number): Promise<void> {
  if (!Number.isInteger(keep) || keep < 0) {
    throw new RangeError(`pruneCheckpoints: keep is ${keep}; expected a non-negative integer`);
  }
  const files = await checkpointsIn(folder);
  await Promise.all(files.slice(0, Math.max(0, files.length - keep)).map(({ file }) => rm(file)));
}
