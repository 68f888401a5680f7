/** Why a public name has no bad call, and where a message departs from the rules. */

const because = (reason: string, names: string): Record<string, string> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, reason]),
  );

/** Names without a bad call. */
export const withoutCall: Readonly<Record<string, string>> = {
  ...because(
    'takes no argument, or one that may be anything',
    `torch.autograd.is_anomaly_enabled torch.cuda.is_available torch.cuda.device_count torch.cuda.manual_seed
    torch.cuda.max_memory_allocated torch.distributed.is_available torch.distributed.is_initialized
    torch.distributed.get_rank torch.distributed.get_world_size torch.get_default_dtype torch.get_rng_state
    torch.is_autocast_enabled torch.is_grad_enabled torch.is_tensor torch.nn.Identity torch.nn.Identity.forward
    torch.optim.swa_utils.get_swa_avg_fn reid.emojiAugmentation reid.personAugmentation reid.helpText
    Tensor.detach Tensor.contiguous Tensor.cpu Tensor.cuda Tensor.new Tensor.storage_offset Tensor.data_ptr
    Tensor.toString Tensor.dim Tensor.numel Tensor.nelement Tensor.element_size Tensor.is_floating_point
    Tensor.is_contiguous Module.named_children Module.children Module.named_modules Module.modules
    Module.named_parameters Module.parameters Module.named_buffers Module.buffers Module.train Module.eval
    Module.requires_grad_ Module.zero_grad Module.float Module.double Module.half Module.cuda Module.cpu
    Module.deepcopy Module.state_dict Module.extra_repr Module.toString Optimizer.zero_grad Optimizer.state_dict
    Optimizer.toString SummaryWriter.flush SummaryWriter.close Generator.initial_seed Generator.get_state OnnxProgram.report`,
  ),
  ...because(
    'its only option is inplace, which may be anything, or it has none',
    `torch.nn.ReLU torch.nn.ReLU6 torch.nn.SELU torch.nn.SiLU torch.nn.Mish torch.nn.Hardswish torch.nn.Hardsigmoid
    torch.nn.LogSigmoid torch.nn.Sigmoid torch.nn.Tanh torch.nn.Softmax2d losses.AvgNonZeroReducer
    losses.DivisorReducer losses.MeanReducer losses.SumReducer losses.DoNothingReducer`,
  ),
  ...because(
    'a base class: those that extend it check their own arguments, and are called here',
    `torch.nn.Module torch.optim.Optimizer torch.optim.lr_scheduler.LRScheduler torch.utils.data.Dataset
    torch.utils.data.Sampler losses.Distance losses.Distance.forward losses.MetricLoss losses.MetricLoss.forward
    losses.Miner losses.Miner.forward losses.Reducer losses.Reducer.forward`,
  ),
  ...because(
    'made by other functions, not with new: tensors by tensor(), a FunctionContext by Function.apply, a program by export',
    'torch.Tensor torch.autograd.FunctionContext onnx.OnnxProgram',
  ),
  ...because('an error itself, made of any message', 'reid.StepError reid.UsageError'),
  'serialization.PythonObject': 'made by load; holds whatever the file says',
  'torch.Generator': 'its seed is checked by manual_seed',
  'losses.DoNothingReducer.forward': 'gives back what it gets',
  'onnx.checkModel': 'gives what is wrong with a model as a list instead of throwing',
  'onnx.statePath': 'any text is a path',
  'OnnxProgram.verify': 'throws where ONNX Runtime and the kernels differ, which no argument brings about',
  'reid.TrainProgress': 'only prints; its numbers are counts that the trainer made',
  'reid.checkpointName': 'any number gives a name',
  'reid.flagOf': 'any name of a setting has a flag',
  'reid.latestCheckpoint': 'gives undefined for a folder without checkpoints, and for none',
  'reid.parseMarket1501Name': 'gives undefined for other names',
  'reid.randomNormalPair': 'takes a source of random numbers only',
  'reid.randomUniform': 'any two numbers are bounds',
  'reid.rankingInput': 'puts labels together; evaluate checks them',
  'reid.reportPage': 'a page from a finished run; renderReport checks its data',
  'reid.resultsTable': 'prints measurements that measureEmbedder made',
};

const inside = 'what runs inside of a compiled or exported function speaks for itself, as in an eager call';
const compiled = 'a compiled function speaks by the name it was given, since a program may have several';
const flags = 'a flag of the command line is the argument; the command prints the line';
const made = 'makes an object of this class with the argument as it is';
const passed = 'passes the argument on under the same name';

/** Messages that begin with another name than the one called: that name, and why. */
export const inAnotherName: Readonly<Record<string, readonly [speaker: string, because: string]>> = {
  'torch.autograd.Function': ['Doubled.backward', 'the class of the user speaks'],
  'torch.autograd.Function (forward)': ['Numbers.forward', 'the class of the user speaks'],
  'torch.autograd.Function (shape)': ['Shapeless.backward', 'the class of the user speaks'],
  'torch.autograd.detect_anomaly (NaN)': ['backward', 'the backward pass finds the NaN'],
  'Module.forward': ['Module', 'its class has no forward to speak for'],
  'Module.register_backward_hook': ['register_full_backward_hook', 'its old name in PyTorch'],
  'onnx.export (async)': ['export', 'the result is checked by export itself'],
  'onnx.export (inside)': ['linear', inside],
  'onnx.export (item)': ['item', inside],
  'onnx.export (list)': ['mul', inside],
  'onnx.export (nonzero)': ['nonzero', inside],
  'onnx.compile.compile (async)': ['step', compiled],
  'onnx.compile.compile (check)': ['one_hot', inside],
  'onnx.compile.compile (function as argument)': ['double', compiled],
  'onnx.compile.compile (in place)': ['step', compiled],
  'onnx.compile.compile (item)': ['item', inside],
  'onnx.compile.compile (list)': ['mul', inside],
  'onnx.compile.compile (result of a tape)': ['step', compiled],
  'onnx.compile.compile (shapes)': ['add', inside],
  'reid.ResNetNL': ['ResNet', 'a ResNet with more blocks'],
  'reid.base_resnet': ['ResNet', made],
  'reid.thermal_module': ['ResNet', made],
  'reid.visible_module': ['ResNet', made],
  'reid.resnet18': ['ResNet', made],
  'reid.resnet34': ['ResNet', made],
  'reid.resnet50': ['ResNet', made],
  'reid.osnet_x0_25': ['OSNet', made],
  'reid.osnet_x1_0': ['OSNet', made],
  'reid.metricTerm': ['OriTripletLoss', made],
  'reid.trainingCriterion': ['OriTripletLoss', made],
  'reid.trainingStep': ['OriTripletLoss', 'the loss of the step speaks'],
  'reid.distanceMatrix': ['compile', passed],
  'reid.embedImages': ['compile', passed],
  'reid.measureEmbedder': ['compile', passed],
  'reid.measurePixels': ['compile', passed],
  'reid.pixelFeatures': ['imageBatch', passed],
  'reid.rankingExamples': ['rankedGallery', passed],
  'reid.exportEmbedder': ['save', 'the folder is the path that the program is saved to'],
  'reid.exportLoss': ['save', 'the folder is the path that the program is saved to'],
  'reid.exportTrainingStep': ['save', 'the folder is the path that the program is saved to'],
  'reid.parseFlags': ['--los', flags],
  'reid.parseFlags (no value)': ['--lr', flags],
  'reid.parseFlags (value)': ['--lr', flags],
  'reid.resolveConfig': ['--batch', flags],
  'reid.resumedConfig (flag)': ['--margin', flags],
  'reid.runTraining': ['--size', flags],
};

/** Messages of a call that is wrong by what a tensor, module or optimizer is, not by an argument; the message says what to do. */
export const notOfAnArgument: readonly (readonly [message: RegExp, because: string])[] = [
  [/escaped the trace of .*; return it from the function$/, 'the tensor has no numbers any more'],
  [/the value of .* is not known while .* is being traced; /, 'the tensor has no numbers yet'],
  [/cannot be traced: its length depends on the data; /, 'what it gives has no shape yet'],
  [/is a leaf that requires grad and cannot be written in place; /, 'the tensor written is the wrong one'],
  [
    /is a view of .*, a leaf that requires grad, and cannot be written in place; /,
    'the tensor written is the wrong one',
  ],
  [/is a view, and views cannot be detached in place; /, 'the tensor written is the wrong one'],
  [/is expanded from .* clone\(\) it before writing$/, 'the tensor written is the wrong one'],
  [/the result is .* and cannot be written into .*; /, 'the tensor written has the wrong dtype'],
  [/the result has shape .* and does not fit the tensor written, /, 'the tensor written has the wrong shape'],
  [/requires grad, so its size must stay$/, 'the tensor written is the wrong one'],
  [/does not require grad/, 'the tensor has no gradient'],
  [/is the result of \w+, and only leaves can be switched off; /, 'the tensor is no leaf'],
  [/the graph was already used: .* retain_graph: true/, 'an earlier call is at fault'],
  [/an int64 result exceeds 2\^53/, 'the result is too large, of whatever operands'],
  [/forward is not defined; /, 'the class lacks a method'],
  [/does not fit \w+: (missing|unexpected) keys: /, 'keys are listed, all of them at once'],
  [/^load: the zip archive is truncated/, 'the file is at fault'],
  [/the writer is closed$/, 'an earlier call is at fault'],
  [/called twice in one compiled function/, 'an earlier call is at fault'],
  [/gave a NaN or infinite gradient for its input \d, .* called at /, 'it names the op and its line'],
  [/the gradient is .*, finite differences give /, 'the gradient of the function is wrong'],
  [/its samples are promises; iterate with /, 'another loop is needed'],
  [/depends on a dynamic size/, 'it names the line that cannot be exported'],
  [/is written in place, which a compiled call cannot do/, 'it names the tensor of the caller'],
  [/is a result that requires grad, and gradients would stop at it; /, 'it names the tensor of the caller'],
  [/did not start: .*; /, 'the machine lacks something, and the message says what'],
];
