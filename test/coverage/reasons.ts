/** Why a name is missing, and what some names do that are there. Keys are `<within>.<name>`, as `coverage.ts` writes them. */

import * as serialization from '@reidgrad/core/serialization';
import * as reid from '@reidgrad/reid';

/** Names that another module than `@reidgrad/core` has, so that only programs that use them carry them. */
export const elsewhere: Readonly<Record<string, { from: string; module: object; name: string }>> = {
  load: { from: '@reidgrad/core/serialization', module: serialization, name: 'load' },
  save: { from: '@reidgrad/core/serialization', module: serialization, name: 'save' },
  'utils.tensorboard.SummaryWriter': { from: '@reidgrad/reid', module: reid, name: 'SummaryWriter' },
};

/** For every name that is missing: what to do instead, or why there is nothing. */
export const missing: Readonly<Record<string, string>> = {
  'autograd.profiler.profile': "Node's and the browser's profilers; ONNX Runtime's with `enableProfiling`",
  ByteStorage: 'storages are not exposed; used to send pickles between processes',
  'ByteStorage.from_buffer': 'storages are not exposed; `from_numpy(bytes)`',
  'hub.load_state_dict_from_url': 'weights are not downloaded; `load` of what `fetch` gave',
  'multiprocessing.spawn': 'one process',
  'utils.model_zoo.load_url': 'weights are not downloaded; `load` of what `fetch` gave',
  'utils.cpp_extension.CUDA_HOME': 'nothing is compiled',
  'utils.cpp_extension.ROCM_HOME': 'nothing is compiled',
  'utils.cpp_extension.BuildExtension': 'nothing is compiled',
  'utils.cpp_extension.CUDAExtension': 'nothing is compiled',
  'distributed.all_gather': 'one process; it would return its argument',
  'distributed.gather': 'one process',
  'distributed.get_backend': 'one process',
  'distributed.new_group': 'one process',
  'distributed.group': 'one process',
  'distributed.group.WORLD': 'one process',
  'distributed.init_process_group': 'one process',
  'distributed.reduce': 'one process',
  'cuda.Stream': 'a compiled function queues its runs; there are no streams',
  'cuda.stream': 'a compiled function queues its runs; there are no streams',
  'cuda.current_stream': 'a compiled function queues its runs; there are no streams',
  'cuda.FloatTensor': 'eager tensors live on the host; `FloatTensor`',
  'cuda.amp.GradScaler': 'eager arithmetic keeps its precision; float16 gradients are not scaled',
  'cuda.get_device_name': 'no CUDA device for eager tensors; `compile` names its provider',
  'Tensor.resize': "found by name only: PIL's and numpy's `resize`; `reshape`, or `resize_as_` for the legacy form",
  'Tensor.values': "found by name only: Python's dict",
  'Tensor.names': 'found by name only',
  'Tensor.put': "found by name only: a queue's `put`; `index_put_` writes",
  'Tensor.storage': 'storages are not exposed; `data_ptr()` tells whether two tensors share their place',
};

/** Names that ported code may use and that do little here, by prefix. */
export const harmless: Readonly<Record<string, string>> = {
  'backends.cudnn.': 'may be set, changes nothing: results are always deterministic',
  'cuda.': 'no CUDA device for eager tensors; a compiled function runs on the provider of its choice',
  'distributed.': 'rank 0 of 1',
  'nn.DataParallel': 'one device: calls the module',
  'nn.parallel.': 'one process: calls the module',
  'nn.SyncBatchNorm': 'one process',
};
