/** Tensors that stay on a GPU between runs. */
import * as platform from '#runtime';
import type { DeviceStorage, DType, HostArray } from '@reidgrad/core/graph';
import { onnxTypeOf } from '../lower/constants.js';
import type { OnnxModel } from '../onnx/model.js';
import { writeModel } from '../onnx/write.js';
import { fromOrt } from './convert.js';
import { createSession } from './ort.js';
import type { OrtModule, OrtSession, OrtTensor } from './ort.js';
import { sessionOptions } from './providers.js';

/** A session that copies its input to the host: one per dtype and rank. */
const readers = new Map<string, Promise<OrtSession>>();

function readerModel(dtype: DType, rank: number): OnnxModel {
  const elemType = onnxTypeOf[dtype];
  const dims = Array.from({ length: rank }, (_, i) => `d${i}`);
  return {
    irVersion: 10,
    producerName: 'reidgrad',
    opsets: { '': 21 },
    graph: {
      name: 'read',
      nodes: [{ name: 'copy', opType: 'Identity', inputs: ['x'], outputs: ['y'], attributes: {} }],
      initializers: [],
      inputs: [{ name: 'x', elemType, dims }],
      outputs: [{ name: 'y', elemType, dims }],
    },
    metadata: {},
  };
}

async function readThroughSession(ort: OrtModule, tensor: OrtTensor, dtype: DType): Promise<unknown> {
  const key = `${dtype}:${tensor.dims.length}`;
  let reader = readers.get(key);
  if (reader === undefined) {
    reader = createSession(ort, writeModel(readerModel(dtype, tensor.dims.length)), sessionOptions(['webgpu', 'cpu']));
    readers.set(key, reader);
  }
  const { y } = await (await reader).run({ x: tensor });
  return y.data;
}

/** Frees the buffers of storages that nothing refers to any more. */
const freed = new FinalizationRegistry<{ owner: SessionTensors; tensor: OrtTensor }>(({ owner, tensor }) =>
  owner.free(tensor),
);

/** The GPU tensors that a session made: none of them may outlive it. */
export class SessionTensors {
  private readonly live = new Map<OrtTensor, WeakRef<GpuStorage>>();

  constructor(
    readonly device: string,
    readonly ort: OrtModule,
  ) {}

  /** `tensor` as storage; see `GpuStorage` for the dtypes. */
  adopt(tensor: OrtTensor, graphDtype: DType, dtype: DType): GpuStorage {
    const storage = new GpuStorage(this, tensor, graphDtype, dtype);
    this.live.set(tensor, new WeakRef(storage));
    freed.register(storage, { owner: this, tensor }, storage);
    return storage;
  }

  /** Frees the buffer of `tensor`, once. */
  free(tensor: OrtTensor): void {
    if (this.live.delete(tensor)) tensor.dispose();
  }

  /** Before the session goes: what is still in use moves to the host, and all buffers are freed. */
  async leave(): Promise<void> {
    for (const [tensor, storage] of this.live) {
      await storage.deref()?.comeHome();
      this.free(tensor);
    }
  }
}

/** A GPU tensor as storage of a value. */
export class GpuStorage implements DeviceStorage {
  readonly kind = 'device';
  holders = 0;
  readonly device: string;
  private disposed = false;
  /** The data, once the session is gone. */
  private home: HostArray | null = null;

  constructor(
    private readonly owner: SessionTensors,
    readonly tensor: OrtTensor,
    /** dtype in the graph (int64 values are int32 there) and of the value. */
    readonly graphDtype: DType,
    private readonly dtype: DType,
  ) {
    this.device = owner.device;
  }

  /** Whether the buffer is there, so that a session may take it as it is. */
  get onDevice(): boolean {
    return !this.disposed && this.home === null;
  }

  async read(): Promise<HostArray> {
    if (this.home !== null) return this.home;
    if (this.disposed) throw new Error(`read: this tensor on ${this.device} was replaced by a later run`);
    const data = platform.canReadDeviceTensors
      ? await this.tensor.getData()
      : await readThroughSession(this.owner.ort, this.tensor, this.graphDtype);
    return fromOrt(data, this.graphDtype, this.dtype, 'read');
  }

  /** Keeps the data on the host, so that the buffer can be freed. */
  async comeHome(): Promise<void> {
    if (!this.disposed) this.home = await this.read();
  }

  /** Frees the buffer now rather than at the next garbage collection. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    freed.unregister(this);
    this.owner.free(this.tensor);
  }
}
