export type { Checkpoint } from './checkpoint.js';
export { decodeCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint.js';
export { checkpointName, latestCheckpoint, pruneCheckpoints } from './folder.js';
export type { CheckpointDtype, CheckpointInfo } from './header.js';
export { CHECKPOINT_VERSION } from './header.js';
export type { CheckpointData, CheckpointTensor } from './tensor-bytes.js';
