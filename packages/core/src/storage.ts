import type { DType, HostArray, Shape } from './dtype.js';

/**
 * Host bytes. `holders` counts who besides one cell may still look at them (a tape, another cell, a run in flight):
 * an in-place op may write into them only when there is none.
 */
export interface HostStorage {
  kind: 'host';
  data: HostArray;
  holders: number;
}

/** A tensor that lives in a runtime session (WebGPU). Only its owner can read it. */
export interface DeviceStorage {
  kind: 'device';
  holders: number;
  /** Names the device and how to read it, for the error of a synchronous read. */
  device: string;
  /** Copies the bytes to the host. */
  read(): Promise<HostArray>;
}

/** A value of a trace that is running or has ended. */
export interface NodeStorage {
  kind: 'node';
  /** The trace it belongs to; compared by identity. */
  trace: object;
  id: number;
  /** Where the trace was made, for the error of a value that escaped it. */
  madeAt: string;
}

export type Storage = HostStorage | DeviceStorage | NodeStorage;

/** What a tensor is worth at one moment. What others can see of it never changes. */
export interface Value {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly storage: Storage;
}

let cells = 0;

/** The place that handles share: `detach()` and `.data` give another handle on the same cell. */
export class Cell {
  /** Creation order; a trace tells its own cells from captured ones by it. */
  readonly id = ++cells;
  /** Counts rebinds, so that views know when to read their base afresh. */
  version = 0;
  /** Set while a compiled run uses the cell as state: reads give the old value, writes throw its text. */
  lease: string | null = null;
  private current: Value;

  constructor(value: Value) {
    this.current = value;
  }

  get value(): Value {
    return this.current;
  }

  /** Rebinds the cell. Throws while a run has leased it. */
  set value(next: Value) {
    if (this.lease !== null) throw new Error(this.lease);
    this.current = next;
    this.version++;
  }
}

/** The number that the next cell will exceed. */
export function lastCellId(): number {
  return cells;
}

export function hostStorage(data: HostArray): HostStorage {
  return { kind: 'host', data, holders: 0 };
}

export function hostValue(dtype: DType, shape: Shape, data: HostArray): Value {
  return { dtype, shape, storage: hostStorage(data) };
}
